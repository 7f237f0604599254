-- A pairwise covering array over all axes with host functions in every configuration: output, exit status and what calls keep of the
-- final state are those of offload=none (of the same byte order; the objects are for little-endian programs).
--
-- usage: lua5.4 covering.lua BUILD_DIR JITLAB [SEED]     SEED 0: a new one
local here = arg[0]:match("(.*/)") or "./"
package.path = here .. "../?.lua;" .. here .. "../../experiments/?.lua;" .. package.path
local array = require "array"
local axes = require "axes"
local json = require "dkjson"
local build, jitlab = arg[1], arg[2]
array.seed(arg[3])

local factors = axes.factors(jitlab, { offload = { "functions", "functions:fast=0" } })
for _, factor in ipairs(factors) do
  if factor.name == "offload" then factor.levels, factor.default = { "functions", "functions:fast=0" }, 1 end
end

local configurations, stats = array.configurations(jitlab, factors), os.tmpname()

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
  for _, settings in ipairs(configurations) do
    local set = "--set " .. table.concat(settings, " --set ")
    local text, got = run(set, words)
    array.runs = array.runs + 1
    if text ~= want or (got.counters.offloaded_calls or 0) == 0 or got.fingerprint ~= plain.fingerprint:sub(1, 16) then
      array.fail("DIFFERS: %s %s\n  %s calls, %s\n  %s", words, set, got.counters.offloaded_calls, got.fingerprint, text:sub(1, 400))
    end
  end
end
os.remove(stats)
array.finish(configurations)
