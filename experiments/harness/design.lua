-- Configurations of an experiment: which cells it has. Each function returns a list of {name=, set={AXIS=SPEC,...}},
-- where SPEC is what follows AXIS= in --set. Lists are joined with design.join.
--
-- An axis of a design is {NAME, VALUE, VALUE, ...}. A value is a SPEC of the axis NAME, or {LABEL, {AXIS=SPEC,...}} for a factor that
-- sets something else or several axes at once. Each configuration carries levels = {NAME=LABEL}, and the list
-- design = {kind=, factors={{name=, levels={LABEL,...}},...}}, for whoever estimates effects from it.

local fail = require "harness.fail"
local fractional = require "harness.fractional"
local pairwise = require "harness.pairwise"
local paths = require "harness.paths"
local rng = require "harness.rng"

local design = {}

local function copy(t)
  local c = {}
  for k, v in pairs(t or {}) do c[k] = v end
  return c
end

local function merge(a, b)
  local c = copy(a)
  for k, v in pairs(b or {}) do c[k] = v end
  return c
end

-- One configuration. design.config("default") is jitlab as it comes.
function design.config(name, set, more)
  if type(name) ~= "string" then fail.usage("design.config: the name (a string) comes first, not a %s", type(name)) end
  if set ~= nil and type(set) ~= "table" then fail.usage("design.config: {AXIS=SPEC,...} comes second, not a %s", type(set)) end
  return merge({ name = name, runner = "jitlab", set = copy(set) }, more)
end

-- The same program compiled for this machine.
function design.native() return { name = "native", runner = "native" } end

-- The same guest binary under QEMU's user mode.
function design.qemu() return { name = "qemu", runner = "qemu" } end

-- The same ROM under mupen64plus, with its dynamic translator, no video, no sound and no limit of speed. Cells are left out where it
-- is not installed.
function design.mupen64plus() return { name = "mupen64plus", runner = "mupen64plus" } end

local function read_value(who, axis, value)
  if type(value) == "string" then return { label = value, set = { [axis] = value } } end
  if type(value) ~= "table" or type(value[1]) ~= "string" or type(value[2]) ~= "table" then
    fail.usage("%s: a value of '%s' is a string or {LABEL, {AXIS=SPEC,...}}", who, axis)
  end
  return { label = value[1], set = value[2] }
end

-- The axes as {name=, levels={{label=, set=},...}}, checked. Each has at least `least` values and at most `most`.
local function read_axes(who, axes, least, most)
  if type(axes) ~= "table" or #axes == 0 then fail.usage("%s: a list of {AXIS, SPEC, SPEC, ...} was expected", who) end
  local factors, seen = {}, {}
  for i, axis in ipairs(axes) do
    if type(axis) ~= "table" or type(axis[1]) ~= "string" then
      fail.usage("%s: axis %d is {AXIS, SPEC, SPEC, ...}, not a %s", who, i, type(axis) == "table" and "table without a name" or type(axis))
    end
    local factor, labels = { name = axis[1], levels = {} }, {}
    if seen[factor.name] then fail.usage("%s: the axis '%s' is there twice", who, factor.name) end
    seen[factor.name] = true
    for k = 2, #axis do
      local level = read_value(who, factor.name, axis[k])
      if labels[level.label] then fail.usage("%s: '%s' has the value '%s' twice", who, factor.name, level.label) end
      labels[level.label] = true
      factor.levels[#factor.levels + 1] = level
    end
    local n = #factor.levels
    if n < least or most and n > most then
      fail.usage("%s: '%s' has %d values; %s were expected", who, factor.name, n, most == least and ("%d"):format(least)
        or ("%d or more"):format(least))
    end
    factors[i] = factor
  end
  return factors
end

local function labels_of(factors)
  local list = {}
  for i, factor in ipairs(factors) do
    list[i] = { name = factor.name, levels = {} }
    for k, level in ipairs(factor.levels) do list[i].levels[k] = level.label end
  end
  return list
end

-- The configuration of a row of level numbers, one a factor.
local function point(factors, row, base, name)
  local set, levels, words = copy(base), {}, {}
  for i, factor in ipairs(factors) do
    local level = factor.levels[row[i]]
    set = merge(set, level.set)
    levels[factor.name] = level.label
    words[i] = factor.name .. "=" .. level.label
  end
  return design.config(name or table.concat(words, ","), set, { levels = levels })
end

-- Every combination; base is set in all of them.
function design.factorial(axes, base)
  local factors = read_axes("design.factorial", axes, 1)
  local rows = { {} }
  for _, factor in ipairs(factors) do
    local longer = {}
    for _, row in ipairs(rows) do
      for level = 1, #factor.levels do
        local more = table.move(row, 1, #row, 1, {})
        more[#more + 1] = level
        longer[#longer + 1] = more
      end
    end
    rows = longer
  end
  local list = {}
  for i, row in ipairs(rows) do list[i] = point(factors, row, base) end
  list.design = { kind = "factorial", factors = labels_of(factors) }
  return list
end

-- A ladder: each step is {NAME, {AXIS=SPEC,...}} and keeps what the steps before it set.
function design.ladder(steps)
  local factor = read_axes("design.ladder", { { "step", table.unpack(type(steps) == "table" and steps or {}) } }, 2)[1]
  local list, set = {}, {}
  for i, step in ipairs(factor.levels) do
    set = merge(set, step.set)
    list[i] = design.config(step.label, set, { value = i, levels = { step = step.label } })
  end
  list.design = { kind = "ladder", factors = labels_of { factor } }
  return list
end

-- The base, named `name`, and then each other strategy of each axis alone on top of it. A factor that the base does not set has
-- the level "default" in it.
function design.one_at_a_time(name, base, axes)
  local who = "design.one_at_a_time"
  local factors = read_axes(who, axes, 1)
  local plain = {}
  for _, factor in ipairs(factors) do plain[factor.name] = (base or {})[factor.name] or "default" end
  local list, described = { design.config(name, base, { levels = plain }) }, labels_of(factors)
  for i, factor in ipairs(factors) do
    local levels = { plain[factor.name] }
    for _, level in ipairs(factor.levels) do
      if level.label ~= plain[factor.name] then
        levels[#levels + 1] = level.label
        list[#list + 1] = design.config(factor.name .. "=" .. level.label, merge(base, level.set),
          { levels = merge(plain, { [factor.name] = level.label }) })
      end
    end
    described[i].levels = levels
  end
  list.design = { kind = "one-at-a-time", base = name, factors = described }
  return list
end

-- One axis with a parameter swept: names are "PARAM=VALUE", the values serve as x in line plots.
function design.sweep(axis, strategy, param, values, base)
  if type(values) ~= "table" or #values == 0 then fail.usage("design.sweep: a list of whole numbers was expected") end
  local list, labels = {}, {}
  for i, value in ipairs(values) do
    if not math.tointeger(value) then fail.usage("design.sweep: value %d is %s; a whole number was expected", i, tostring(value)) end
    local spec = ("%s:%s=%d"):format(strategy, param, value)
    labels[i] = ("%d"):format(value)
    list[i] = design.config(param .. "=" .. labels[i], merge(base, { [axis] = spec }), { value = value, levels = { [param] = labels[i] } })
  end
  list.design = { kind = "sweep", factors = { { name = param, levels = labels } } }
  return list
end

-- Settings as jitlab is given them, in order.
function design.settings(set)
  local list = {}
  for axis, spec in pairs(set) do list[#list + 1] = axis .. "=" .. tostring(spec) end
  table.sort(list)
  return list
end

-- Few configurations that have every pair of values of two axes in at least one of them: finds what fails, and what jitlab
-- refuses, rather than effects. What it refuses is left out with its sentence; the first value of each axis is the plain one. The
-- same rows each time for the same seed (1). Names are p1, p2, ... guest: "n64" for an experiment on ROMs, where other
-- combinations are refused.
function design.pairwise(axes, base, seed, guest)
  local factors = read_axes("design.pairwise", axes, 2)
  for _, factor in ipairs(factors) do factor.default = 1 end
  local generator = rng.new(seed or 1, "pairwise")
  local rows, report = pairwise.rows(factors, function(row)
    local sentence, wrong = pairwise.refusal(paths.jitlab, design.settings(point(factors, row, base).set), guest)
    return not wrong and sentence or nil -- what is wrong in another way is told with its line when the settings are checked
  end, function(n) return generator:below(n) end)
  local list = {}
  for i, row in ipairs(rows) do list[i] = point(factors, row, base, "p" .. i) end
  list.design = { kind = "pairwise", factors = labels_of(factors), pairs = report.pairs, refused = report.refused, impossible = {} }
  for i, pair in ipairs(report.impossible) do
    local function word(f, level) return factors[f].name .. "=" .. factors[f].levels[level].label end
    list.design.impossible[i] = { pair = word(pair[1], pair[2]) .. " with " .. word(pair[3], pair[4]), reason = pair[5] }
  end
  return list
end

-- A fraction of all combinations of two values each: with p generators ("E=ABC": the fifth axis is high where the product of the
-- first three signs is) 2^(k-p) configurations instead of 2^k. What cannot be told apart then is printed by --dry-run and
-- with the results. Names are those of the standard notation: the letters of what is high, "(1)" where nothing is.
function design.fractional(axes, generators, base)
  local who = "design.fractional"
  local factors = read_axes(who, axes, 2, 2)
  local fraction, wrong = fractional.new(#factors, generators or {})
  if not fraction then fail.usage("%s: %s", who, wrong) end
  local list = {}
  for i, row in ipairs(fraction.rows) do list[i] = point(factors, row, base, fractional.name(row)) end
  list.design = {
    kind = "fractional", factors = labels_of(factors), generators = fraction.generators, words = fraction.words,
    resolution = fraction.resolution, aliases = fraction.aliases,
  }
  for i, factor in ipairs(list.design.factors) do factor.letter = fractional.letter(i) end
  return list
end

-- Several lists or single configurations as one list.
function design.join(...)
  local all = { designs = {} }
  for i = 1, select("#", ...) do
    local part = select(i, ...)
    if type(part) ~= "table" then
      fail.usage("design.join: part %d is a %s; configurations or lists of them were expected", i, type(part))
    end
    if part.name then
      all[#all + 1] = part
    else
      table.move(part, 1, #part, #all + 1, all)
      if part.design then table.insert(all.designs, part.design) end
      for _, d in ipairs(part.designs or {}) do table.insert(all.designs, d) end
    end
  end
  all.design = all.designs[1]
  return all
end

return design
