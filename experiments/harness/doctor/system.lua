-- What doctor looks at in the system around trials: other processes, control groups, memory, address randomisation, and whether counters
-- may be read. Arguments as in processor.lua; probes: { hardware = {available=, reason=}, software = ... } as PAPI has them.

local finding = require "harness.doctor.finding"
local machine = require "harness.doctor.machine"
local found, fine, unseen = finding.found, finding.fine, finding.unseen

local system = {}

local TRIAL_KIB = 1 << 20 -- what a trial may have in memory, unless its experiment says otherwise

local function percent(share) return ("%.1f %%"):format(100 * share) end

-- "clang (123) 98 %, ..." of those that took a fiftieth of a CPU or more; the first of them on that CPU, if there is one.
local function busy_names(changes, cpu)
  local names, here = {}, nil
  for _, p in ipairs(changes.idle.processes) do
    if p.share >= 0.02 then
      if #names < 4 then names[#names + 1] = ("%s (%d) %.0f %%"):format(p.name, p.pid, 100 * p.share) end
      here = here or p.cpu == cpu and p or nil
    end
  end
  return #names > 0 and ": " .. table.concat(names, ", ") or "", here
end

local function other_cpu(f)
  for _, cpu in ipairs(f.cpus) do
    if cpu ~= f.cpu then return cpu end
  end
end

function system.load(f, changes)
  local cpus = changes.idle.cpus
  if not (cpus[f.cpu] and cpus.all) then return unseen("load", "no busy times for each CPU in /proc/stat") end
  local names, here = busy_names(changes, f.cpu)
  local busy = cpus[f.cpu].busy
  local what = ("while nothing was measured CPU %d was busy for %s of the time and all CPUs for %s%s"):format(f.cpu, percent(busy),
    percent(cpus.all.busy), names)
  if busy < 0.02 and cpus.all.busy < 0.25 then return fine("load", what) end
  local away = here and other_cpu(f)
  return found("load", busy >= 0.1 and "much" or "some", what,
    "others push trials off their CPU, use the caches up and take the memory's bandwidth",
    away and ("end it, or move it away: taskset -apc %d %d"):format(away, here.pid) or "end what else runs, or wait for it")
end

function system.cpus(f)
  if #f.cpus > 1 then return fine("CPUs", ("%d may be used, trials run on CPU %d"):format(#f.cpus, f.cpu)) end
  return found("CPUs", "some", ("only CPU %d may be used"):format(f.cpus[1]), "trials share their CPU with the harness and all else",
    "allow two or more (taskset, docker run --cpuset-cpus, systemd's AllowedCPUs=)")
end

function system.isolation(f)
  local isolated = machine.cpu_list(f.isolated)
  if not isolated then return unseen("isolation", f.missing.isolated) end
  for _, cpu in ipairs(isolated) do
    if cpu == f.cpu then return fine("isolation", ("CPU %d is kept free by the kernel"):format(cpu)) end
  end
  return found("isolation", "little", ("CPU %d is not kept free for trials"):format(f.cpu), "the kernel may put any process there",
    ("start the kernel with isolcpus=%d nohz_full=%d"):format(f.cpu, f.cpu))
end

system["CPU quota"] = function(f, changes)
  if f.quota == nil then return unseen("CPU quota", f.missing.quota) end
  if not f.quota then return fine("CPU quota", "none in this control group") end
  local slowed = changes.whole.throttled
  return found("CPU quota", slowed and slowed > 0 and "much" or "some",
    ("the control group %s may use %.2g CPUs%s"):format(f.quota_at, f.quota,
      slowed and (", and was stopped %d times while this looked"):format(slowed) or ""),
    "a group that has used its time up stands still for the rest of the period, mostly a tenth of a second",
    "docker run --cpuset-cpus=LIST in the place of --cpus=N; systemctl set-property UNIT CPUQuota=; Kubernetes: no CPU limit")
end

function system.swap(f, changes)
  if not f.swap_total then return unseen("swap", f.missing.swap_total) end
  local used = f.swap_total - (f.swap_free or f.swap_total)
  local moved = changes.whole.swapped
  if moved and moved > 0 then
    return found("swap", "much", ("%d pages were swapped while this looked"):format(moved), "a trial waits for the disk", "sudo swapoff -a")
  end
  if f.swap_total > 0 and used > f.swap_total // 100 then
    return found("swap", "some", ("%d MiB are swapped out"):format(used // 1024), "memory has been short: trials may wait for the disk",
      "sudo swapoff -a")
  end
  return fine("swap", f.swap_total == 0 and "there is none" or "there is some, unused")
end

function system.memory(f)
  if not f.memory_available then return unseen("memory", f.missing.memory_available) end
  local kib = f.memory_limit and math.min(f.memory_available, f.memory_limit // 1024) or f.memory_available
  local what = ("%d MiB are there for trials%s"):format(kib // 1024, kib < f.memory_available and ", by the control group's limit" or "")
  if kib >= 2 * TRIAL_KIB then return fine("memory", what) end
  return found("memory", kib < TRIAL_KIB and "some" or "little", what, "trials may take 1024 MiB, and would be killed or swapped out",
    "end what holds memory or raise the limit; or lower memory_mib in the experiment")
end

system["address randomisation"] = function(f)
  if not f.aslr then return unseen("address randomisation", f.missing.aslr) end
  if f.aslr == "2" then return fine("address randomisation", "on, as timed trials want it") end
  return found("address randomisation", "some", f.aslr == "0" and "off" or "the heap stays where it is",
    "all trials get one layout of memory, and its luck counts as speed of a configuration", "sudo sysctl kernel.randomize_va_space=2")
end

-- Counters --------------------------------------------------------------------------------------------------------------------

-- Whether the setting does not hold for this process. A capability in a user namespace of its own is none for the kernel's events.
local function exempt(f, probes) return f.may_perf and probes.software.available end

system["perf permission"] = function(f, _, probes)
  local level = f.perf_event_paranoid and tonumber(f.perf_event_paranoid)
  if not level then return unseen("perf permission", f.missing.perf_event_paranoid) end
  local what = ("perf_event_paranoid is %d"):format(level)
  if exempt(f, probes) then return fine("perf permission", what .. ", which does not hold for this process: it has CAP_PERFMON") end
  if level <= 1 then return fine("perf permission", what) end
  local how = "sudo sysctl kernel.perf_event_paranoid=1"
  if level == 2 then
    return found("perf permission", "little", what,
      "events in the kernel (perf::CONTEXT-SWITCHES, perf::CPU-MIGRATIONS) are not counted", how)
  end
  return found("perf permission", "some", what, "no perf event may be counted at all: no hardware counters and no software events", how)
end

-- What to do where a machine has a PMU that cannot be used.
local function why_refused(f, probes)
  local level = tonumber(f.perf_event_paranoid)
  if level and level > 2 and not exempt(f, probes) then return "sudo sysctl kernel.perf_event_paranoid=1" end
  return "in a container allow perf_event_open: docker run --cap-add=PERFMON --security-opt seccomp=unconfined; "
    .. "./bench.lua list counters has each reason"
end

local INSTEAD = "; until then --counters valgrind:instructions and model:..., and host_instructions, are exact"

system["hardware counters"] = function(f, _, probes)
  if probes.hardware.available then return fine("hardware counters", "PAPI counts with them") end
  if not f.pmus then return unseen("hardware counters", f.missing.pmus) end
  local why = "cycles, cache misses and wrong predictions cannot be counted, and only times tell of them"
  if #f.pmus == 0 then
    local how = f.virtual and "give the guest a PMU (QEMU: -cpu host,pmu=on; libvirt: <pmu state='on'/>; cloud: a bare-metal type)"
      or "see what the kernel says: sudo dmesg | grep -i 'performance events'"
    return found("hardware counters", "some", ("no PMU: perf knows of %s only; PAPI: %s"):format(table.concat(f.pmus.all, ", "),
      probes.hardware.reason), why, how .. INSTEAD)
  end
  return found("hardware counters", "some", ("there is a PMU (%s), but PAPI cannot count with it: %s"):format(table.concat(f.pmus, ", "),
    probes.hardware.reason), why, why_refused(f, probes) .. INSTEAD)
end

system["software events"] = function(f, _, probes)
  if probes.software.available then return fine("software events", "PAPI counts the kernel's") end
  return found("software events", "some", "PAPI cannot count the kernel's: " .. probes.software.reason,
    "page faults and context switches around the guest's run are not counted; those of whole processes are", why_refused(f, probes))
end

function system.watchdog(f)
  if not f.nmi_watchdog then return unseen("watchdog", f.missing.nmi_watchdog) end
  if f.nmi_watchdog == "0" or not f.pmus or #f.pmus == 0 then return fine("watchdog", "takes no hardware counter") end
  return found("watchdog", "little", "the kernel's watchdog holds a hardware counter", "one event less fits beside the others",
    "sudo sysctl kernel.nmi_watchdog=0")
end

system.ORDER = { "load", "cpus", "isolation", "CPU quota", "swap", "memory", "address randomisation", "hardware counters",
  "software events", "perf permission", "watchdog" }

return system
