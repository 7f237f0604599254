-- Machines made up for doctor: folders with the files of /proc and /sys that it reads.

local files = require "harness.files"
local machine = require "harness.doctor.machine"
local native = require "jitlab_native"

local machines = {}

local CPU = 3 -- that of trials

-- A quiet server of four CPUs: nothing is to be found on it. false instead of a text: there is no such file or folder.
local SERVER = {
  ["/proc/cpuinfo"] = "processor\t: 0\nflags\t\t: fpu tsc msr constant_tsc nonstop_tsc\n",
  ["/proc/meminfo"] = "MemTotal: 32000000 kB\nMemAvailable: 30000000 kB\nSwapCached: 0 kB\nSwapTotal: 4000000 kB\nSwapFree: 4000000 kB\n",
  ["/proc/self/status"] = "Name:\tlua\nCapEff:\t0000000000000000\n",
  ["/proc/self/cgroup"] = "0::/user.slice/session\n",
  ["/proc/sys/kernel/perf_event_paranoid"] = "1\n",
  ["/proc/sys/kernel/nmi_watchdog"] = "0\n",
  ["/proc/sys/kernel/randomize_va_space"] = "2\n",
  ["/sys/fs/cgroup/cpu.stat"] = "usage_usec 1\n",
  ["/sys/fs/cgroup/user.slice/cpu.max"] = "max 100000\n",
  ["/sys/fs/cgroup/user.slice/memory.max"] = "max\n",
  ["/sys/fs/cgroup/user.slice/session/cpu.stat"] = "nr_periods 0\nnr_throttled 0\n",
  ["/sys/bus/event_source/devices/cpu/type"] = "4\n",
  ["/sys/bus/event_source/devices/software/type"] = "1\n",
  ["/sys/class/thermal/thermal_zone0/temp"] = "45000\n",
  ["/sys/devices/system/clocksource/clocksource0/current_clocksource"] = "tsc\n",
  ["/sys/devices/system/clocksource/clocksource0/available_clocksource"] = "tsc hpet acpi_pm \n",
  ["/sys/devices/system/cpu/isolated"] = "2-3\n",
  ["/sys/devices/system/cpu/smt/control"] = "off\n",
  ["/sys/devices/system/cpu/intel_pstate/no_turbo"] = "1\n",
  ["/sys/devices/system/cpu/cpu3/topology/thread_siblings_list"] = "3\n",
  ["/sys/devices/system/cpu/cpu3/cpufreq/scaling_governor"] = "performance\n",
  ["/sys/devices/system/cpu/cpu3/cpufreq/scaling_driver"] = "intel_pstate\n",
  ["/sys/devices/system/cpu/cpu3/thermal_throttle/core_throttle_count"] = "12\n",
  ["/sys/devices/system/cpu/cpu3/thermal_throttle/package_throttle_count"] = "30\n",
}

-- /proc/stat from {busy=, steal=, idle=} of each CPU, in ticks.
function machines.stat(cpus)
  local lines, sum = {}, { 0, 0, 0 }
  for i, c in ipairs(cpus) do
    lines[i] = ("cpu%d %d 0 0 %d 0 0 0 %d 0 0"):format(i - 1, c.busy or 0, c.idle or 0, c.steal or 0)
    for k, name in ipairs { "busy", "idle", "steal" } do sum[k] = sum[k] + (c[name] or 0) end
  end
  table.insert(lines, 1, ("cpu  %d 0 0 %d 0 0 0 %d 0 0"):format(table.unpack(sum)))
  return table.concat(lines, "\n") .. "\nintr 5\nctxt 3\n"
end

-- /proc/PID/stat of a process that has had so many ticks, last on a CPU.
function machines.process(pid, name, ticks, cpu)
  return ("%d (%s) R 1 1 1 0 -1 0 0 0 0 0 %d 0 0 0 20 0 1 0 77 %s17 %d 0 0 0\n"):format(pid, name, ticks, ("0 "):rep(15), cpu)
end

-- What the server counts up, before and after.
local BEFORE = { ["/proc/vmstat"] = "nr_free_pages 1\npswpin 5\npswpout 7\n",
  ["/proc/stat"] = machines.stat { { idle = 1000 }, { idle = 1000 }, { idle = 1000 }, { idle = 1000 } } }
local AFTER = { ["/proc/stat"] = machines.stat { { idle = 1100 }, { idle = 1100 }, { idle = 1100 }, { idle = 1100 } } }

local function write(root, tree)
  for path, content in pairs(tree) do
    if content == false then
      native.run { argv = { "rm", "-r", root .. path } }
    else
      files.mkdir(root .. path:match("^(.*)/"))
      files.write(root .. path, content)
    end
  end
end

-- Facts and changes of the server with other files (`before`) and what they have become (`after`); nothing: of the server's
-- files there is none.
function machines.look(before, after, nothing)
  local root = os.tmpname()
  os.remove(root)
  files.mkdir(root)
  for _, tree in ipairs(nothing and { before } or { SERVER, BEFORE, before or {} }) do write(root, tree) end
  local first = machine.snapshot(root, CPU)
  if not nothing then write(root, AFTER) end
  write(root, after or {})
  local facts = machine.read(root, CPU, { 0, 1, 2, 3 })
  local changes = machine.changes(first, machine.snapshot(root, CPU))
  native.run { argv = { "rm", "-rf", root } }
  return facts, { idle = changes, whole = changes }
end

return machines
