-- A pairwise covering array over all axes: every pair of strategies of two axes is in at least one configuration that is run.
-- Each configuration runs a few guest programs; output, exit status and retired guest instructions must be the same in
-- all of them. A configuration may be refused before anything runs, in one sentence; its pairs are then sought in other
-- configurations.
--
-- usage: lua5.4 covering.lua BUILD_DIR JITLAB [SEED [WORKLOAD...]]     SEED 0: a new one
local here = arg[0]:match("(.*/)") or "./"
package.path = here .. "?.lua;" .. here .. "../experiments/?.lua;" .. package.path
local array = require "array"
local axes = require "axes"
local json = require "dkjson"
local pairwise = require "harness.pairwise"
local build, jitlab = arg[1], arg[2]
array.seed(arg[3])

local function read(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  return text, pipe:close()
end

local factors, never = pairwise.possible(axes.factors(jitlab), function(setting) return array.refusal(jitlab, { setting }) end)
for _, n in ipairs(never) do print(("  never: %s: %s"):format(n[1], n[2])) end
local configurations = array.configurations(jitlab, factors)

-- name of a manifest entry -> its program and arguments
local wanted = { calls = true, indirect4 = true, matmul = true, unaligned = true, hotpatch = true, datacode = true, guestjit = true,
  int64 = true, calculator_many = true, sparse = true }
if arg[4] then wanted = {} end
for i = 4, #arg do wanted[arg[i]] = true end
local workloads = {}
for _, entry in ipairs(dofile(here .. "../guests/programs/manifest.lua")) do
  if wanted[entry.name] then
    local program = entry.source:match("([^/]+)%.%w+$")
    workloads[#workloads + 1] = { name = entry.name, program = program, args = table.concat(entry.args.test, " ") }
  end
end
assert(#workloads >= (arg[4] and #arg - 3 or 8), "the manifest has lost workloads of this test")

local stats = os.tmpname()
for n, settings in ipairs(configurations) do
  local set = "--set " .. table.concat(settings, " --set ")
  for k, w in ipairs(workloads) do
    local variant = (n + k) % 2 == 0 and "mipsel" or "mips"
    os.remove(stats)
    local got = read(("timeout 300 %s exec --stats %s %s %s/programs/%s/%s %s 2>&1; echo status $?"):format(jitlab, stats, set,
      build, variant, w.program, w.args))
    array.runs = array.runs + 1
    w.want = w.want or read(("%s/programs/host/%s %s 2>&1; echo status $?"):format(build, w.program, w.args))
    local file = io.open(stats)
    local retired = file and (json.decode(file:read("a")).counters or {}).guest_instructions
    if file then file:close() end
    w.retired = w.retired or {}
    w.retired[variant] = w.retired[variant] or retired
    if got ~= w.want or retired ~= w.retired[variant] then
      array.fail("DIFFERS: %s %s %s\n  retired %s, elsewhere %s\n  %s", w.name, variant, set, retired, w.retired[variant],
        got:sub(1, 600))
    end
  end
end
os.remove(stats)
array.finish(configurations)
