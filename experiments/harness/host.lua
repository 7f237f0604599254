-- Who ran it, on what, in which state: provenance of a run, and the noise around a trial. What a host does not tell is
-- absent, never guessed.

local native = require "jitlab_native"
local files = require "harness.files"
local paths = require "harness.paths"
local programs = require "harness.programs"

local host = {}

local function first_line(path)
  local content = files.read(path)
  return content and content:match("^[^\n]*")
end

local function output(argv)
  local result = native.run { argv = argv, timeout = 10 }
  if result and result.ended == "exit" and result.status == 0 then return (result.stdout:gsub("%s+$", "")) end
end

-- The CPU that trials are pinned to: the last one allowed, since interrupts tend to go to the first.
function host.trial_cpu()
  local cpus = native.cpus()
  return cpus[#cpus]
end

-- Counters of noise now: ticks stolen by the hypervisor, load, CPU pressure.
function host.noise()
  local stat = files.read("/proc/stat") or ""
  local fields = {}
  for n in (stat:match("^cpu%s+([^\n]*)") or ""):gmatch("%d+") do fields[#fields + 1] = math.tointeger(n) end
  local pressure = (files.read("/proc/pressure/cpu") or ""):match("some avg10=([%d.]+)")
  local load1 = (files.read("/proc/loadavg") or ""):match("^[%d.]+")
  return { steal = fields[8], load1 = load1 and tonumber(load1), pressure = pressure and tonumber(pressure) }
end

local function build()
  local cache = files.read(paths.build .. "/CMakeCache.txt") or ""
  local function value(name) return cache:match("\n" .. name .. ":[%w]+=([^\n]*)") end
  local compiler = value("CMAKE_C_COMPILER")
  return {
    compiler = compiler and (output { compiler, "--version" } or ""):match("^[^\n]*"),
    type = value("CMAKE_BUILD_TYPE"),
    flags = value("CMAKE_C_FLAGS"),
  }
end

local function git(...)
  return output { "git", "-C", paths.root, ... }
end

-- Everything about a run that is not a measurement. cells: whose guest binaries are hashed.
function host.provenance(cells, arguments)
  local cpu = native.cpu()
  local changes = git("status", "--porcelain")
  local binaries = {}
  for _, cell in ipairs(cells) do
    for _, variant in ipairs { cell.variant, "host" } do
      local path = programs.binary(cell.workload.entry, variant)
      local name = variant .. "/" .. programs.binary_name(cell.workload.entry)
      binaries[name] = binaries[name] or native.hash_file(path)
    end
  end
  return {
    arguments = arguments,
    commit = git("rev-parse", "HEAD"),
    dirty = changes and changes ~= "",
    jitlab_hash = native.hash_file(paths.jitlab),
    guest_hashes = binaries,
    build = build(),
    qemu = (output { "qemu-mipsel", "--version" } or ""):match("^[^\n]*"),
    lua = _VERSION,
    host = {
      cpu = cpu,
      cpus = native.cpus(),
      uname = native.uname(),
      governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
      boost = first_line("/sys/devices/system/cpu/cpufreq/boost"),
      smt = first_line("/sys/devices/system/cpu/smt/control"),
      aslr = first_line("/proc/sys/kernel/randomize_va_space"),
      huge_pages = first_line("/sys/kernel/mm/transparent_hugepage/enabled"),
      clock_source = first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
      perf_event_paranoid = first_line("/proc/sys/kernel/perf_event_paranoid"),
    },
  }
end

-- One line for the terminal.
function host.line()
  local cpu = native.cpu()
  local uname = native.uname()
  if not cpu then return ("%s %s"):format(uname.sysname, uname.release) end
  return ("%s (family %s model %s), hypervisor %s, %d CPUs, %s %s"):format(
    cpu.brand, cpu.family or "?", cpu.model or "?", cpu.hypervisor, #native.cpus(), uname.sysname, uname.release)
end

return host
