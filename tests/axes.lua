-- The factors of a configuration, for covering arrays (harness/pairwise.lua): what `jitlab list` says there is, so that a new strategy
-- is among them by itself. A factor is an axis, whose levels are its strategies (oracles left out), some again with an unusual
-- parameter; or one pass, on or off. Strategies marked native are left out too: they want an object made for the program and retire
-- fewer guest instructions; offload/offload.lua has an array with them.
local json = require "dkjson"
local axes = {}

local UNUSUAL = {
  returns = { "rsb:depth=0", "callret:depth=1", "shadow:depth=2:search=1" },
  invalidate = { "checksum-dirty:verify=1:reuse=1", "page-fault:reuse=2", "bitmap:reuse=64", "bitmap-mixed:reuse=3" },
  region = { "loop:size=12", "block:size=3" }, backend = { "x64:pinned=0", "x64:pinned=8" },
  ["code-memory"] = { "rwx:size=96" }, lookup = { "hash:bits=8" }, tier = { "warm:threshold=2" },
  ["inline-cache"] = { "ibtc:bits=0", "sieve:bits=0" },
}

local function levels_of(axis, more)
  local levels = {}
  for _, strategy in ipairs(axis.strategies) do
    if not (strategy.unsafe or strategy.native) then levels[#levels + 1] = strategy.name end
  end
  for _, level in ipairs(UNUSUAL[axis.name] or {}) do levels[#levels + 1] = level end
  for _, level in ipairs(more[axis.name] or {}) do levels[#levels + 1] = level end
  return levels
end

local function passes_of(axis, factors)
  for _, strategy in ipairs(axis.strategies) do
    for _, param in ipairs(strategy.name == "all" and strategy.params or {}) do
      factors[#factors + 1] = { name = param.name, levels = { "1", "0" }, default = 1, pass = true }
    end
  end
end

-- List of { name, levels, default = LEVEL NUMBER, pass = true for a pass }; more: further levels by axis, or nil.
function axes.factors(jitlab, more)
  local pipe, factors = assert(io.popen(jitlab .. " list --json")), {}
  for _, axis in ipairs(json.decode(pipe:read("a")).axes) do
    if axis.name == "passes" then
      passes_of(axis, factors)
    else
      local levels, default = levels_of(axis, more or {}), nil
      for i, level in ipairs(levels) do default = level == axis.default and i or default end
      if #levels > 1 then factors[#factors + 1] = { name = axis.name, levels = levels, default = default } end
    end
  end
  pipe:close()
  return factors
end

-- What to set ("AXIS=NAME...") for a row of level numbers.
function axes.settings(factors, row)
  local words, passes = {}, "all"
  for i, factor in ipairs(factors) do
    local level = factor.levels[row[i]]
    if factor.pass then
      passes = passes .. ":" .. factor.name .. "=" .. level
    else
      words[#words + 1] = ("%s=%s"):format(factor.name, level)
    end
  end
  words[#words + 1] = "passes=" .. passes
  return words
end

return axes
