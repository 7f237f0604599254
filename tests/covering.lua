-- A pairwise covering array over all axes: every pair of strategies of two axes is in at least one configuration that is run.
-- Each configuration runs a few guest programs; output, exit status and retired guest instructions must be the same in
-- all of them. A configuration may be refused before anything runs, in one sentence; its pairs are then sought in other
-- configurations.
--
-- usage: lua5.4 covering.lua BUILD_DIR JITLAB [SEED [WORKLOAD...]]     SEED 0: a new one
local here = arg[0]:match("(.*/)") or "./"
package.path = here .. "?.lua;" .. here .. "../experiments/?.lua;" .. package.path
local axes = require "axes"
local json = require "dkjson"
local pairwise = require "harness.pairwise"
local build, jitlab = arg[1], arg[2]
local seed = tonumber(arg[3]) or 0
if seed == 0 then seed = os.time() end
math.randomseed(seed)
print("seed " .. seed)

local function read(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  return text, pipe:close()
end

local failed = 0

-- As pairwise.refusal; what is refused in another way than by one sentence fails the test.
local function refusal(list)
  local sentence, wrong = pairwise.refusal(jitlab, list)
  if wrong then
    failed = failed + 1
    print(wrong)
  end
  return sentence
end

local factors, never = pairwise.possible(axes.factors(jitlab), function(setting) return refusal { setting } end)
for _, n in ipairs(never) do print(("  never: %s: %s"):format(n[1], n[2])) end
local function settings(row) return axes.settings(factors, row) end

local rows, report = pairwise.rows(factors, function(row) return refusal(settings(row)) end)
print(("%d factors, %d pairs, %d configurations; %d refused, %d pairs impossible"):format(#factors, report.pairs, #rows,
  report.refused, #report.impossible))
for sentence, n in pairs(report.sentences) do print(("  refused %d times: %s"):format(n, sentence)) end

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
local runs = 0
for n, row in ipairs(rows) do
  local set = "--set " .. table.concat(settings(row), " --set ")
  for k, w in ipairs(workloads) do
    local variant = (n + k) % 2 == 0 and "mipsel" or "mips"
    os.remove(stats)
    local got = read(("timeout 300 %s exec --stats %s %s %s/programs/%s/%s %s 2>&1; echo status $?"):format(jitlab, stats, set,
      build, variant, w.program, w.args))
    runs = runs + 1
    w.want = w.want or read(("%s/programs/host/%s %s 2>&1; echo status $?"):format(build, w.program, w.args))
    local file = io.open(stats)
    local retired = file and (json.decode(file:read("a")).counters or {}).guest_instructions
    if file then file:close() end
    w.retired = w.retired or {}
    w.retired[variant] = w.retired[variant] or retired
    if got ~= w.want or retired ~= w.retired[variant] then
      failed = failed + 1
      print(("DIFFERS: %s %s %s\n  retired %s, elsewhere %s\n  %s"):format(w.name, variant, set, retired, w.retired[variant],
        got:sub(1, 600)))
    end
  end
end
os.remove(stats)
print(("%d runs in %d configurations, %d wrong"):format(runs, #rows, failed))
os.exit(failed == 0 and runs > 0)
