-- What /proc and /sys say about a machine, for doctor: facts that stay, and snapshots of what is counted up. All of it is read below a
-- root folder, so that tests can make machines up. What cannot be read is nil, and `missing` says why.

local native = require "jitlab_native"
local files = require "harness.files"
local host = require "harness.host"

local machine = {}

-- "0-3,8" -> { 0, 1, 2, 3, 8 }; nil for nil.
function machine.cpu_list(s)
  if not s then return nil end
  local list = {}
  for from, to in s:gmatch("(%d+)%-?(%d*)") do
    for cpu = math.tointeger(from), math.tointeger(to ~= "" and to or from) do list[#list + 1] = cpu end
  end
  return list
end

local function has_bit(hex, bit)
  local value = hex and tonumber(hex, 16)
  return value and (value >> bit) & 1 == 1
end

-- CAP_PERFMON, or CAP_SYS_ADMIN, which held its rights before Linux 5.8.
local function may_perf(root)
  local status, message = files.read(root .. "/proc/self/status")
  local capabilities = status and status:match("CapEff:%s*(%x+)")
  if not capabilities then return nil, message or "no CapEff in /proc/self/status" end
  return has_bit(capabilities, 38) or has_bit(capabilities, 21) or false
end

-- The PMUs of processors that perf knows, of all its event sources.
local function pmus(root)
  local sources, message = native.list(root .. "/sys/bus/event_source/devices")
  if not sources then return nil, message end
  local found = { all = sources }
  for _, name in ipairs(sources) do
    if name == "cpu" or name:find("^cpu_") or name:find("^armv%d") then found[#found + 1] = name end
  end
  return found
end

local function kib(meminfo, name)
  return meminfo and math.tointeger(tonumber(meminfo:match("%f[%w]" .. name .. ":%s*(%d+)")))
end

local function number_in(path) return tonumber((files.read(path) or ""):match("^%d+")) end

-- The control group's own folder of a controller and those above it, nearest first: version 2, or version 1's hierarchy.
local function group_folders(root, controller)
  local text, message = files.read(root .. "/proc/self/cgroup")
  if not text then return nil, message end
  local top, path = "/sys/fs/cgroup", text:match("%f[^\0\n]0::(/[^\n]*)")
  for controllers, at in text:gmatch("%d+:([^:\n]+):(/[^\n]*)") do
    if (("," .. controllers .. ","):find("," .. controller .. ",", 1, true)) then top, path = "/sys/fs/cgroup/" .. controller, at end
  end
  local folders = {}
  while path do -- a container sees its own group where the path's beginning would be, so parts of it may not be there
    local folder = root .. top .. (path == "/" and "" or path)
    if native.list(folder) then folders[#folders + 1] = folder end
    path = path ~= "/" and (path:match("^(/.*)/[^/]+$") or "/") or nil
  end
  if #folders == 0 then return nil, ("no control group of %s in %s"):format(controller, root .. "/sys/fs/cgroup") end
  return folders
end

-- The least number of CPUs' time that a group allows, or false for no limit; and where the limit is. nil and why when no group can be seen.
local function cpu_quota(root)
  local folders, message = group_folders(root, "cpu")
  if not folders then return nil, message end
  local least, at = false, nil
  for _, folder in ipairs(folders) do
    local quota, period = (files.read(folder .. "/cpu.max") or ""):match("^(%d+)%s+(%d+)")
    quota, period = quota or number_in(folder .. "/cpu.cfs_quota_us"), period or number_in(folder .. "/cpu.cfs_period_us")
    local cpus = quota and period and quota / period
    if cpus and (not least or cpus < least) then least, at = cpus, folder end
  end
  return least, nil, at
end

local function memory_limit(root)
  local folders, message = group_folders(root, "memory")
  if not folders then return nil, message end
  local least = false
  for _, folder in ipairs(folders) do
    local limit = number_in(folder .. "/memory.max") or number_in(folder .. "/memory.limit_in_bytes")
    -- Version 1 says a huge number for none.
    if limit and limit < 1 << 60 and (not least or limit < least) then least = math.tointeger(limit) end
  end
  return least
end

-- Whether it runs on the mains: nil where no supply is known, as on servers.
local function mains(root)
  local on
  for _, name in ipairs(native.list(root .. "/sys/class/power_supply") or {}) do
    local folder = root .. "/sys/class/power_supply/" .. name
    if (files.read(folder .. "/type") or ""):find("^Mains") then on = on or number_in(folder .. "/online") == 1 end
  end
  return on
end

-- The hottest zone in degrees Celsius.
local function temperature(root)
  local hottest
  for _, name in ipairs(native.list(root .. "/sys/class/thermal") or {}) do
    local t = name:find("^thermal_zone") and number_in(("%s/sys/class/thermal/%s/temp"):format(root, name))
    if t and (not hottest or t / 1000 > hottest) then hottest = t / 1000 end
  end
  return hottest
end

-- By CPU: ticks that it was busy, that were stolen from it (nil when this kernel does not tell), and all.
local function cpu_times(root)
  local stat, message = files.read(root .. "/proc/stat")
  if not stat then return nil, message end
  local cpus = {}
  for number, rest in stat:gmatch("%f[^\0\n]cpu(%d*) +([^\n]*)") do
    local v = {}
    for n in rest:gmatch("%d+") do v[#v + 1] = math.tointeger(n) end
    local idle, total = v[4] + (v[5] or 0), 0
    for i = 1, math.min(#v, 8) do total = total + v[i] end
    cpus[math.tointeger(tonumber(number)) or "all"] = { steal = v[8], total = total, busy = total - idle - (v[8] or 0) }
  end
  return cpus
end

-- What stays as it is while doctor looks. cpu: that of trials; cpus: those that may be used.
function machine.read(root, cpu, cpus)
  local f, missing = host.settings(cpu, root)
  f.cpu, f.cpus, f.missing = cpu, cpus, missing
  local function set(name, value, message)
    f[name] = value
    if value == nil then missing[name] = message end
  end
  local info, message = files.read(root .. "/proc/cpuinfo")
  local flags = info and info:match("\nflags%s*:([^\n]*)")
  set("virtual", flags and flags:find("%f[%w]hypervisor%f[%W]") ~= nil, message or "no flags in /proc/cpuinfo")
  local all = (cpu_times(root) or {}).all
  f.steal_since_boot = all and all.steal and all.total > 0 and all.steal / all.total or nil
  set("may_perf", may_perf(root))
  set("pmus", pmus(root))
  local meminfo, none = files.read(root .. "/proc/meminfo")
  set("swap_total", kib(meminfo, "SwapTotal"), none)
  set("memory_available", kib(meminfo, "MemAvailable"), none)
  f.swap_free = kib(meminfo, "SwapFree")
  f.quota, missing.quota, f.quota_at = cpu_quota(root)
  set("memory_limit", memory_limit(root))
  f.mains = mains(root)
  f.temperature = temperature(root)
  return f
end

-- By process number: {name=, ticks= of CPU time, started= when, cpu= where it ran last}.
local function processes(root)
  local all = {}
  for _, pid in ipairs(native.list(root .. "/proc") or {}) do
    local name, rest = (pid:find("^%d+$") and files.read(("%s/proc/%s/stat"):format(root, pid)) or ""):match("^%d+ %((.*)%) (.*)$")
    if name then
      local fields = {}
      for field in rest:gmatch("%S+") do fields[#fields + 1] = field end
      all[pid] = { name = name, ticks = tonumber(fields[12]) + tonumber(fields[13]), started = fields[20],
        cpu = math.tointeger(tonumber(fields[37])) }
    end
  end
  return all
end

-- What is counted up: CPU time of all, stolen time, swapping, times that heat or a control group slowed the CPU down.
-- nil and why when there is no /proc/stat.
function machine.snapshot(root, cpu)
  local cpus, message = cpu_times(root)
  if not cpus then return nil, message end
  local vmstat = files.read(root .. "/proc/vmstat")
  local function swapped(name) return vmstat and tonumber(vmstat:match("%f[%w]" .. name .. " (%d+)")) end
  local heat = ("%s/sys/devices/system/cpu/cpu%d/thermal_throttle/"):format(root, cpu)
  local folder = (group_folders(root, "cpu") or {})[1]
  local core, package = number_in(heat .. "core_throttle_count"), number_in(heat .. "package_throttle_count")
  local snapshot = { cpus = cpus, processes = processes(root),
    throttled = folder and tonumber((files.read(folder .. "/cpu.stat") or ""):match("nr_throttled (%d+)")),
    heat = (core or package) and (core or 0) + (package or 0) }
  local swaps_in, swaps_out = swapped("pswpin"), swapped("pswpout")
  snapshot.swapped = swaps_in and swaps_out and swaps_in + swaps_out
  return snapshot
end

local function difference(before, after) return before and after and after - before end

local function cpu_changes(before, after)
  local changes = {}
  for cpu, b in pairs(before) do
    local a = after[cpu]
    local total = a and a.total - b.total
    if a then
      changes[cpu] = { busy = total > 0 and (a.busy - b.busy) / total or 0,
        steal = a.steal and b.steal and (total > 0 and (a.steal - b.steal) / total or 0) }
    end
  end
  return changes
end

-- What happened between two snapshots: by CPU the shares of time busy and stolen; the processes that took CPU time, most first, as
-- {pid=, name=, cpu=, share= of all ticks of one CPU}; and how much more of the rest.
function machine.changes(before, after)
  local changes = { cpus = cpu_changes(before.cpus, after.cpus), processes = {}, swapped = difference(before.swapped, after.swapped),
    throttled = difference(before.throttled, after.throttled), heat = difference(before.heat, after.heat) }
  local ticks, n = 0, 0
  for cpu, a in pairs(after.cpus) do
    if cpu ~= "all" and before.cpus[cpu] then ticks, n = ticks + a.total - before.cpus[cpu].total, n + 1 end
  end
  for pid, a in pairs(after.processes) do
    local b = before.processes[pid]
    local spent = a.ticks - (b and b.started == a.started and b.ticks or 0)
    if spent > 0 and ticks > 0 then
      table.insert(changes.processes, { pid = math.tointeger(tonumber(pid)), name = a.name, cpu = a.cpu, share = spent / (ticks / n) })
    end
  end
  table.sort(changes.processes, function(x, y) return x.share > y.share or x.share == y.share and x.pid < y.pid end)
  return changes
end

return machine
