-- Counts under valgrind, through bench.lua with the real one: the same on every repetition of a configuration, with a
-- translator that patches its code; natively and under QEMU too; and of the guest's run alone.
--
-- usage: lua5.4 simulated.lua SOURCE_DIR BUILD_DIR     skipped (77) unless BUILD_DIR is SOURCE_DIR/build/release
local source, build = arg[1], arg[2]
local shell = dofile(source .. "/tests/tools/shell.lua")
local quote = shell.quote
if build ~= source .. "/build/release" or shell.capture("valgrind --version 2>/dev/null") == "" then
  print("SKIPPED: bench.lua works on build/release, and valgrind has to be installed")
  os.exit(77)
end
local directory = shell.capture("mktemp -d"):match("%S+")
local failed = 0

local function check(holds, what, ...)
  if not holds then failed = failed + 1 end
  print(("%-4s %s"):format(holds and "ok" or "FAIL", what:format(...)))
end

local path = directory .. "/simulated.lua"
local file = assert(io.open(path, "w"))
file:write [[
  local design = require "harness.design"
  return { name = "simulated", summary = "a test", workloads = { { from = "hotpatch", name = "hotpatch", args = { quick = { 2 } } },
      { from = "hotpatch", name = "twice", args = { quick = { 22 } } } },
    configs = design.join(design.native(), design.qemu(), design.config("default"),
      design.config("guarded", { invalidate = "page-fault", returns = "rsb", ["inline-cache"] = "none" })),
    baseline = "native", pin = false, count = false, repeats = { quick = 1 }, simulations = 2,
    skip = function(config, workload) return config.name == "qemu" and workload.name == "twice" and "slow" or nil end,
    counters = { "valgrind:instructions", "valgrind:D1_misses", "valgrind:branch_misses", "guest_instructions", "translate_ns" } }
]]
file:close()
local said = shell.capture(("timeout 250 %s run %s --quick --db %s/x.db --out %s 2>&1; echo status $?"):format(
  quote(source .. "/bench.lua"), path, directory, directory))
check(said:find("status 0\n$"), "every trial is good: %s", said:match("trials that failed[^\n]*") or "")
check(not said:find("not to be trusted", 1, true), "and has the same final state")

package.cpath = build .. "/lib/?.so"
local db = require("jitlab_native").open(directory .. "/x.db")
local rows = db:rows [[SELECT config, workload, name, count(*) AS n, count(DISTINCT value) AS different, min(value) AS value
  FROM counter JOIN trial ON trial.id = counter.trial JOIN cell ON cell.id = trial.cell
  WHERE kind = 'valgrind' AND name LIKE 'valgrind:%' GROUP BY config, workload, name ORDER BY config, workload, name]]
db:close()
local value = {}
for _, r in ipairs(rows) do
  value[r.config .. "/" .. r.workload .. "/" .. r.name] = r.value
  check(r.n == 2 and r.value > 0 and (r.different == 1 or r.config == "qemu"), -- QEMU has a thread of its own
    "%s/%s %s: %d, %d of %d different", r.config, r.workload, r.name, r.value, r.different, r.n)
end
check(#rows == 21, "all that was asked for: %d", #rows)
local function instructions(config, workload) return value[config .. "/" .. workload .. "/valgrind:instructions"] or 0 end
check(instructions("qemu", "hotpatch") > 3 * instructions("default", "hotpatch"), "QEMU's start counts, jitlab's does not")
check(instructions("default", "twice") > instructions("default", "hotpatch"), "more work is more instructions")

os.execute("rm -rf " .. directory)
os.exit(failed == 0)
