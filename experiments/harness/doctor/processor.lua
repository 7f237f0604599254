-- What doctor looks at in the processor: frequency, heat, siblings, clock source, virtualisation. Each check takes facts
-- (machine.read), changes (machine.changes while nothing was measured, `idle`, and over the whole look, `whole`) and returns a finding.

local finding = require "harness.doctor.finding"
local machine = require "harness.doctor.machine"
local found, fine, unseen = finding.found, finding.fine, finding.unseen

local processor = {}

local function percent(share) return ("%.1f %%"):format(100 * share) end

function processor.virtualisation(f)
  if f.virtual == nil then return unseen("virtualisation", f.missing.virtual) end
  if not f.virtual then return fine("virtualisation", "no hypervisor") end
  return found("virtualisation", "some", ("runs under a hypervisor%s"):format(f.hypervisor and ", " .. f.hypervisor or ""),
    "other guests share the processor, and what they and the hypervisor do to its frequency, caches and siblings does not show here",
    "take times on the bare machine; here rely on counters that are the same on every run (host_per_guest, dispatches, "
    .. "--counters valgrind:instructions), and on ratios inside of rounds")
end

function processor.steal(f, changes)
  local cpu = changes.whole.cpus[f.cpu]
  if not (cpu and cpu.steal and f.steal_since_boot) then return unseen("steal", "no stolen time for each CPU in /proc/stat") end
  if f.steal_since_boot == 0 and f.virtual ~= false then
    return unseen("steal", "the hypervisor has reported no stolen time at all since boot, so it may not report any")
  end
  local what = ("the hypervisor took %s of CPU %d's time just now, %s of all CPUs' since boot"):format(percent(cpu.steal), f.cpu,
    percent(f.steal_since_boot))
  if cpu.steal >= 0.002 or f.steal_since_boot >= 0.005 then
    return found("steal", cpu.steal >= 0.02 and "much" or "some", what,
      "a trial stands still meanwhile, and comes back to caches that others have used",
      "dedicated instead of shared CPUs, or a quieter hour; trials' stolen ticks are kept: ./bench.lua report shows them by round")
  end
  return fine("steal", what)
end

function processor.governor(f)
  if not f.governor then return unseen("governor", f.missing.governor) end
  local what = ("governor %s%s on CPU %d"):format(f.governor, f.frequency_driver and " of " .. f.frequency_driver or "", f.cpu)
  if f.governor == "performance" then return fine("governor", what) end
  return found("governor", "much", what, "the frequency follows the load: what runs first, or after a pause, runs slower",
    "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor")
end

function processor.turbo(f)
  local path = f.no_turbo and "/sys/devices/system/cpu/intel_pstate/no_turbo" or "/sys/devices/system/cpu/cpufreq/boost"
  if not (f.no_turbo or f.boost) then return unseen("turbo", f.missing.boost) end
  local off = f.no_turbo == "1" or not f.no_turbo and f.boost == "0"
  if off then return fine("turbo", "off") end
  return found("turbo", "some", "turbo is on",
    "the frequency depends on how many CPUs are busy and how warm they are, and falls in long runs",
    ("echo %d | sudo tee %s"):format(f.no_turbo and 1 or 0, path))
end

function processor.siblings(f, changes)
  local all = machine.cpu_list(f.siblings)
  if not all then return unseen("SMT", f.missing.siblings) end
  local names, busiest = {}, 0
  for _, cpu in ipairs(all) do
    if cpu ~= f.cpu then
      names[#names + 1] = ("%d"):format(cpu)
      busiest = math.max(busiest, (changes.idle.cpus[cpu] or { busy = 0 }).busy)
    end
  end
  if #names == 0 then
    if f.virtual ~= false then
      return unseen("SMT", "the kernel knows of no sibling, but a hypervisor may run another CPU on the same core")
    end
    return fine("SMT", ("CPU %d has its core to itself"):format(f.cpu))
  end
  local list = table.concat(names, ", ")
  local what = ("CPU %d shares its core with CPU %s, which was busy for %s of the time"):format(f.cpu, list, percent(busiest))
  local off = f.smt == "on" and "echo off | sudo tee /sys/devices/system/cpu/smt/control"
    or ("echo 0 | sudo tee /sys/devices/system/cpu/cpu%s/online"):format(names[1])
  return found("SMT", busiest >= 0.05 and "much" or "some", what,
    "two threads of a core share its units and caches: work on one slows the other down, up to twice", off)
end

function processor.heat(f, changes)
  local slowed = changes.whole.heat
  if slowed and slowed > 0 then
    return found("heat", "much", ("heat slowed the processor down %d times while this looked"):format(slowed),
      "the frequency falls when it gets too warm, and differs from trial to trial", "cool it; or lower the frequency, turbo first")
  end
  if f.temperature and f.temperature >= 85 then
    return found("heat", "some", ("%.0f degrees Celsius"):format(f.temperature), "the processor is about to slow itself down",
      "cool it; or lower the frequency, turbo first")
  end
  if not (slowed or f.temperature) then
    return unseen("heat", ("no /sys/class/thermal/thermal_zone* and no /sys/devices/system/cpu/cpu%d/thermal_throttle"):format(f.cpu))
  end
  return fine("heat", slowed and "not slowed down by heat while this looked" or ("%.0f degrees Celsius"):format(f.temperature))
end

function processor.power(f)
  if f.mains == nil then return fine("power", "no battery is known") end
  if f.mains then return fine("power", "on the mains") end
  return found("power", "some", "runs on its battery", "firmware saves power then, in ways that the kernel does not tell", "plug it in")
end

-- Sources that user programs read without a system call.
local FAST = { tsc = true, ["kvm-clock"] = true, hyperv_clocksource_tsc_page = true, arch_sys_counter = true }

processor["clock source"] = function(f)
  if not f.clock_source then return unseen("clock source", f.missing.clock_source) end
  if FAST[f.clock_source] then return fine("clock source", f.clock_source) end
  local has_tsc = (" " .. (f.clock_sources or "") .. " "):find(" tsc ", 1, true)
  return found("clock source", "some", f.clock_source,
    "every look at the clock is a system call or reads a slow device, a microsecond and more",
    has_tsc and "echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource"
    or "see why the kernel does not trust the TSC: sudo dmesg | grep -i -e tsc -e clocksource")
end

processor.ORDER = { "virtualisation", "steal", "governor", "turbo", "siblings", "heat", "power", "clock source" }

return processor
