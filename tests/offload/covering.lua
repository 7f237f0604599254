-- A pairwise covering array over all axes with host functions in every configuration: output, exit status and what calls keep of the
-- final state are those of offload=none (of the same byte order; the objects are for little-endian programs).
--
-- usage: lua5.4 covering.lua BUILD_DIR JITLAB [SEED]     SEED 0: a new one
local here = arg[0]:match("(.*/)") or "./"
package.path = here .. "../?.lua;" .. here .. "../../experiments/?.lua;" .. package.path
local axes = require "axes"
local json = require "dkjson"
local pairwise = require "harness.pairwise"
local build, jitlab, seed = arg[1], arg[2], tonumber(arg[3]) or 0
if seed == 0 then seed = os.time() end
math.randomseed(seed)
print("seed " .. seed)

local factors = axes.factors(jitlab, { offload = { "functions", "functions:fast=0" } })
for _, factor in ipairs(factors) do
  if factor.name == "offload" then factor.levels, factor.default = { "functions", "functions:fast=0" }, 1 end
end

local failed, runs, stats = 0, 0, os.tmpname()
local rows, report = pairwise.rows(factors, function(row)
  local sentence, wrong = pairwise.refusal(jitlab, axes.settings(factors, row))
  if wrong then
    failed = failed + 1
    print(wrong)
  end
  return sentence
end)
print(("%d factors, %d pairs, %d configurations; %d refused, %d pairs impossible"):format(#factors, report.pairs, #rows,
  report.refused, #report.impossible))
for sentence, n in pairs(report.sentences) do print(("  refused %d times: %s"):format(n, sentence)) end

local function run(options, words)
  os.remove(stats)
  local pipe = io.popen(("timeout 120 %s exec --pid 77 --stats %s %s %s/programs/mipsel/%s 2>&1; echo status $?"):format(jitlab, stats,
    options, build, words))
  local text = pipe:read("a")
  pipe:close()
  local file = io.open(stats)
  local got = file and json.decode(file:read("a")) or { counters = {} }
  if file then file:close() end
  return text, got
end

for _, words in ipairs { "border 40", "qsortcb 6", "bodies 8 -w 16", "sha256 200", "strings 40 -l" } do
  local want, plain = run("", words)
  for _, row in ipairs(rows) do
    local set = "--set " .. table.concat(axes.settings(factors, row), " --set ")
    local text, got = run(set, words)
    runs = runs + 1
    if text ~= want or (got.counters.offloaded_calls or 0) == 0 or got.fingerprint ~= plain.fingerprint:sub(1, 16) then
      failed = failed + 1
      print(("DIFFERS: %s %s\n  %s calls, %s\n  %s"):format(words, set, got.counters.offloaded_calls, got.fingerprint, text:sub(1, 400)))
    end
  end
end
os.remove(stats)
print(("%d runs in %d configurations, %d wrong"):format(runs, #rows, failed))
os.exit(failed == 0 and runs > 0)
