-- Changing code in every configuration that promises to notice it: the programs of this folder over a pairwise array of
-- the axes that touch translations, in both byte orders, unannounced where the invalidation strategy promises that,
-- announced by cacheflush and by SYNCI everywhere; then some with a 64 KiB code cache and in lockstep with the
-- interpreter; jumps that have to fault or never end; counters that say what was not done needlessly.
--
-- usage: lua5.4 smc.lua BUILD_DIR JITLAB [SEED]
local here = arg[0]:match("(.*/)") or "./"
package.path = here .. "../../experiments/?.lua;" .. package.path
local json = require "dkjson"
local pairwise = require "harness.pairwise"
local build, jitlab = arg[1], arg[2]
local seed = tonumber(arg[3]) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local PROGRAMS = { "inblock", "alias", "pages", "flow", "torture", "fixed" }
-- Programs whose expectations QEMU's user mode confirms when changes are announced (it does not see aliases, and does not
-- fix up unaligned accesses).
local FOR_QEMU = { inblock = true, pages = true, flow = true }
-- What a strategy promises without an announcement: all, or at the next entry of a region ("entry"), or nothing.
local PROMISE = { explicit = nil, checksum = "-u -e", ["checksum-dirty"] = "-u -e" }
local function promise(invalidate)
  if invalidate == "explicit" or invalidate == "none" then return nil end
  return PROMISE[invalidate] or "-u"
end

local scratch = os.tmpname()
os.remove(scratch)
assert(os.execute("mkdir " .. scratch))
local failed, runs, refused = 0, 0, 0

local function shell(command)
  local pipe = assert(io.popen(("cd %s && { %s; } 2>&1; echo \"status $?\""):format(scratch, command)))
  local text = pipe:read("a")
  pipe:close()
  return text
end

local function complain(what, text)
  failed = failed + 1
  print("FAILED: " .. what .. "\n  " .. text:sub(1, 1500):gsub("\n", "\n  "))
end

local function path(variant, name)
  return ("%s/smc/%s/%s"):format(build, variant, name)
end

-- Runs one program; all configurations print the same.
local results = {}
local function run(settings, variant, name, options)
  local what = ("%s/%s %s [%s]"):format(variant, name, options, settings)
  local text = shell(("timeout 120 %s exec %s %s %s"):format(jitlab, settings, path(variant, name), options))
  if text:match("status 125%s*$") then
    refused = refused + 1
    if not text:match("^jitlab: [^\n]+\nstatus 125%s*$") then complain(what, text) end
    return
  end
  runs = runs + 1
  results[name] = results[name] or text
  if not text:match("status 0%s*$") or text ~= results[name] then complain(what, text) end
end

-- ---- QEMU agrees with what the programs expect ----

for _, variant in ipairs { "mipsel", "mips" } do
  if os.execute(("command -v qemu-%s >/dev/null"):format(variant)) then
    for _, name in ipairs(PROGRAMS) do
      if FOR_QEMU[name] then
        local text = shell(("timeout 120 qemu-%s %s"):format(variant, path(variant, name)))
        results[name] = results[name] or text
        if not text:match("status 0%s*$") then complain("qemu " .. name, text) end
      end
    end
  end
end

-- ---- the covering array ----

local AXES = { "dispatch", "lookup", "inline-cache", "link", "returns", "invalidate", "memory", "events", "far-code", "region",
  "tier", "backend", "code-memory" }
local EXTRA = {
  returns = { "rsb:depth=0", "callret:depth=1", "shadow:depth=2:search=1" },
  invalidate = { "checksum-dirty:verify=1", "checksum-dirty:reuse=2", "page-fault:reuse=1", "bitmap:reuse=4", "checksum:reuse=64",
    "explicit:reuse=2", "bitmap-mixed:reuse=3" },
  region = { "loop:size=12", "block:size=3" }, backend = { "x64:pinned=0", "x64:pinned=8" },
  ["code-memory"] = { "rwx:size=64" }, lookup = { "hash:bits=8" },
}
-- Most code here runs a few times only.
local INSTEAD = { warm = "warm:threshold=2" }
local listed, factors = {}, {}
for _, axis in ipairs(json.decode(shell(jitlab .. " list --json"):gsub("status 0%s*$", ""), 1, nil).axes) do
  listed[axis.name] = axis
end
for _, name in ipairs(AXES) do
  local levels = {}
  for _, strategy in ipairs(listed[name].strategies) do
    -- the interpreter reads every instruction from memory: once is enough, below
    if not strategy.unsafe and not (name == "backend" and strategy.name == "interp") then
      levels[#levels + 1] = INSTEAD[strategy.name] or strategy.name
    end
  end
  for _, level in ipairs(EXTRA[name] or {}) do levels[#levels + 1] = level end
  local default
  for i, level in ipairs(levels) do default = level == (INSTEAD[listed[name].default] or listed[name].default) and i or default end
  if #levels > 1 then factors[#factors + 1] = { name = name, levels = levels, default = default } end
end

local function set_of(row)
  local words = {}
  for i, factor in ipairs(factors) do words[i] = ("%s=%s"):format(factor.name, factor.levels[row[i]]) end
  return words
end

local rows, report = pairwise.rows(factors, function(row)
  local sentence, wrong = pairwise.refusal(jitlab, set_of(row))
  if wrong then complain("refusal", wrong) end
  return sentence
end)
print(("%d factors, %d pairs, %d configurations; %d refused, %d pairs impossible"):format(#factors, report.pairs, #rows,
  report.refused, #report.impossible))

local function both(settings, invalidate, turn, names)
  for k, name in ipairs(names or PROGRAMS) do
    local variant = (turn + k) % 2 == 0 and "mipsel" or "mips"
    local unannounced = promise(invalidate)
    if unannounced then run(settings, variant, name, unannounced) end
    if not unannounced or (turn + k) % 3 == 0 then run(settings, variant, name, (turn + k) % 2 == 0 and "-y" or "") end
  end
end

for n, row in ipairs(rows) do
  local invalidate
  for i, factor in ipairs(factors) do
    if factor.name == "invalidate" then invalidate = factor.levels[row[i]]:match("^[^:]+") end
  end
  both("--set " .. table.concat(set_of(row), " --set "), invalidate, n)
end

-- ---- the interpreter, a small cache, lockstep ----

both("--set backend=interp", "interp", 1)
both("--set backend=interp", "interp", 2)
for n, strategy in ipairs(listed.invalidate.strategies) do
  if not strategy.unsafe then
    local set = "--set tier=single --set invalidate=" .. strategy.name
    both(set .. " --set code-memory=rwx:size=64", strategy.name, n)
    both(set .. " --check", strategy.name, n, { "inblock", "pages", "flow", "fixed" })
    -- what checksum notices late, lockstep finds
    both(set .. " --check --set region=block --set memory=pagetable", strategy.name, n + 1,
      strategy.name:match("^checksum") and { "torture", "flow" } or { "torture", "alias" })
  end
end

-- ---- jumps that fault, and loops that never end but at a limit ----

local function ends(settings, variant, kind, want)
  local text = shell(("timeout 60 %s exec %s %s -k %d"):format(jitlab, settings, path(variant, "jumps"), kind))
  runs = runs + 1
  if not text:match("^ready\n") or not text:match("status " .. want .. "%s*$") or text:match("internal") then
    complain(("jumps -k %d [%s], want status %d"):format(kind, settings, want), text)
  end
end

for n, lookup in ipairs(listed.lookup.strategies) do
  for k, returns in ipairs(listed.returns.strategies) do
    if not lookup.unsafe and not returns.unsafe then
      local set = ("--set tier=single --set lookup=%s --set returns=%s"):format(lookup.name, returns.name)
      ends(set, (n + k) % 2 == 0 and "mipsel" or "mips", 0, 128 + 7) -- SIGBUS
      ends(set, (n + k) % 2 == 0 and "mipsel" or "mips", 1, 128 + 7)
    end
  end
end
for _, events in ipairs(listed.events.strategies) do
  for _, region in ipairs { "block", "loop" } do
    local set = ("--max-instructions 300000 --set tier=single --set events=%s --set region=%s"):format(events.name, region)
    ends(set, "mipsel", 2, 124)
    ends(set, "mips", 3, 124)
  end
end

-- A signal from outside while translated code runs is not a fault of it.
do
  local text = shell(("%s exec --seconds 20 %s -k 3 > out & sleep 0.3; kill -SEGV $!; wait $!"):format(jitlab,
    path("mipsel", "jumps")))
  runs = runs + 1
  if not text:match("status 139%s*$") or text:match("internal") then complain("SIGSEGV from outside", text) end
end

-- ---- a changed mapping is noticed under all of them, by the one that looks at nothing too ----

for n, lookup in ipairs(listed.lookup.strategies) do
  for k, more in ipairs { "tier=single", "region=block", "link=none", "returns=callret" } do
    if not lookup.unsafe then
      local set = ("--set invalidate=none --set lookup=%s --set %s"):format(lookup.name, more)
      run(set, (n + k) % 2 == 0 and "mipsel" or "mips", "pages", "-m")
    end
  end
end

-- ---- what is not done needlessly ----

local function counters(settings, variant, name, options)
  local text = shell(("timeout 60 %s exec --stats stats.json %s %s %s"):format(jitlab, settings, path(variant, name), options))
  local file = io.open(scratch .. "/stats.json")
  runs = runs + 1
  if not text:match("status 0%s*$") or not file then
    complain(name .. " for its counters", text)
    return nil
  end
  local values = json.decode(file:read("a")).counters
  file:close()
  return values
end

local function bound(what, value, most)
  if value and value > most then complain(what, ("%d, at most %d expected"):format(value, most)) end
end

-- A loop that is changed while it runs drops one region, not the cache.
local c = counters("--set tier=single --set invalidate=checksum", "mipsel", "inblock", "-u -e")
bound("cache flushes under checksum", c and c.cache_flushes, 0)
c = counters("--set tier=single --set invalidate=checksum", "mips", "alias", "-u -e")
bound("cache flushes under checksum, aliases (of what counted on memory without shared mappings)", c and c.cache_flushes, 1)
-- Data at an address where code was: stores are stores again.
c = counters("--set tier=single --set invalidate=bitmap", "mipsel", "reused", "-u")
bound("stores to a page that had code, interpreted", c and c.interpreted_instructions, 2000)

os.execute("rm -r " .. scratch)
print(("%d runs, %d refused, %d failures"):format(runs, refused, failed))
os.exit(failed == 0 and runs > 0)
