-- Who ran it, on what, in which state: provenance of a run, and the noise around a trial. What a host does not tell is
-- absent, never guessed.

local native = require "jitlab_native"
local json = require "dkjson"
local files = require "harness.files"
local paths = require "harness.paths"
local programs = require "harness.programs"
local roms = require "harness.roms"

local host = {}

-- Settings of the kernel that times depend on, a line each; %d is the CPU that trials are pinned to.
local SETTINGS = {
  siblings = "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
  command_line = "/proc/cmdline",
  governor = "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor",
  frequency_driver = "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_driver",
  boost = "/sys/devices/system/cpu/cpufreq/boost",
  no_turbo = "/sys/devices/system/cpu/intel_pstate/no_turbo",
  smt = "/sys/devices/system/cpu/smt/control",
  smt_active = "/sys/devices/system/cpu/smt/active",
  isolated = "/sys/devices/system/cpu/isolated",
  aslr = "/proc/sys/kernel/randomize_va_space",
  huge_pages = "/sys/kernel/mm/transparent_hugepage/enabled",
  clock_source = "/sys/devices/system/clocksource/clocksource0/current_clocksource",
  clock_sources = "/sys/devices/system/clocksource/clocksource0/available_clocksource",
  perf_event_paranoid = "/proc/sys/kernel/perf_event_paranoid",
  nmi_watchdog = "/proc/sys/kernel/nmi_watchdog",
}

-- The settings by name, and for those that cannot be read why. root: where /proc and /sys are looked for ("" if left out).
function host.settings(cpu, root)
  local values, missing = {}, {}
  for name, path in pairs(SETTINGS) do
    local content, message = files.read((root or "") .. path:format(cpu))
    values[name], missing[name] = content and content:match("^[^\n]*"), message
  end
  return values, missing
end

-- What does not change while the harness runs: asking compilers for their versions takes longer than a short run.
local function once(f)
  local known = {}
  return function(key)
    if known[key] == nil then known[key] = f(key) or false end
    return known[key] or nil
  end
end

local function output(argv)
  local result = native.run { argv = argv, timeout = 10, keep_stdout = 1 << 24 }
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

local version_of = once(function(program) return (output { program, "--version" } or ""):match("^[^\n]*") end)

-- The options that a compiler gets, as CMake has them, and the compilers of the guest programs.
local function build()
  local cache = files.read(paths.build .. "/CMakeCache.txt") or ""
  local function value(name) return cache:match("\n" .. name .. ":[%w]+=([^\n]*)") end
  local function version(compiler) return compiler and version_of(compiler) end
  local type = value("CMAKE_BUILD_TYPE")
  local commands = files.read(paths.build .. "/build.ninja") or ""
  local guests = {}
  for _, variant in ipairs { "mipsel", "mips", "host" } do
    local name = "GUEST_CC_" .. variant
    local compiler = value(name)
    -- Every program of a variant is compiled alike: the options are those of the first one.
    local pattern = compiler and ("COMMAND = [^\n]*%s ([^\n]-) %%-I[^\n]*/programs/%s"):format(compiler:gsub("%p", "%%%0"), variant)
    local flags = compiler and commands:match(pattern)
    guests[variant] = { compiler = version(compiler), flags = flags }
  end
  return {
    compiler = version(value("CMAKE_C_COMPILER")),
    type = type,
    flags = value("CMAKE_C_FLAGS"),
    flags_of_type = type and value("CMAKE_C_FLAGS_" .. type:upper()),
    linker_flags = value("CMAKE_EXE_LINKER_FLAGS"),
    guests = guests,
  }
end

local function git(...)
  return output { "git", "-C", paths.root, ... }
end

-- Commit and state of the source. `diff_sha256` tells two dirty states apart.
local function source()
  local changes = git("status", "--porcelain")
  local dirty = changes and changes ~= ""
  return {
    commit = git("rev-parse", "HEAD"), branch = git("rev-parse", "--abbrev-ref", "HEAD"), dirty = dirty,
    changes = dirty and changes or nil, diff_sha256 = dirty and native.sha256(git("diff", "HEAD") or "") or nil,
  }
end

-- The commit that the source is at, and whether it was changed since.
function host.commit()
  local origin = source()
  return origin.commit, origin.dirty
end

-- The raw CPUID leaves as libcpuid writes them: what its reading of them was made from.
local function cpuid_raw()
  local path = os.tmpname()
  local raw = native.cpuid_raw(path) and files.read(path) or nil
  os.remove(path)
  return raw
end

local function machine(cpu)
  local info = files.read("/proc/cpuinfo") or ""
  local memory = (files.read("/proc/meminfo") or ""):match("MemTotal:%s*(%d+)")
  local noise = host.noise()
  local facts = host.settings(cpu)
  facts.cpu = native.cpu()
  facts.cpuid_raw = cpuid_raw()
  facts.microcode = info:match("microcode%s*:%s*(%S+)")
  facts.cpus = native.cpus()
  facts.trial_cpu = cpu
  facts.memory_kib = memory and math.tointeger(memory)
  facts.uname = native.uname()
  facts.load1, facts.pressure, facts.steal_ticks = noise.load1, noise.pressure, noise.steal
  return facts
end

-- Everything about a run that is not a measurement. cells: whose guest binaries are hashed.
function host.provenance(cells, arguments)
  local binaries = {}
  for _, cell in ipairs(cells) do
    local entry = cell.workload.entry
    for _, variant in ipairs { cell.variant, programs.guests[programs.guest(entry)].reference.variant } do
      local name = variant .. "/" .. programs.binary_name(cell.workload.entry)
      binaries[name] = binaries[name] or native.sha256_file(programs.binary(cell.workload.entry, variant))
    end
  end
  local origin = source()
  return {
    arguments = arguments,
    commit = origin.commit, branch = origin.branch, dirty = origin.dirty, changes = origin.changes, diff_sha256 = origin.diff_sha256,
    jitlab_sha256 = native.sha256_file(paths.jitlab),
    guest_sha256 = binaries,
    build = build(),
    qemu = version_of("qemu-mipsel"),
    mupen64plus = roms.peer_version("mupen64plus"),
    lua = _VERSION,
    host = machine(host.trial_cpu()),
  }
end

-- This host for the store: its name (a batch system's for the node, where several may be one machine), provenance, and the
-- identity by which two hosts of one name are told apart.
function host.here()
  local facts = machine(host.trial_cpu())
  local cpu, uname = facts.cpu or {}, facts.uname
  facts.slurm = os.getenv("SLURM_JOB_ID") and { job = os.getenv("SLURM_JOB_ID"), node = os.getenv("SLURMD_NODENAME"),
    array_job = os.getenv("SLURM_ARRAY_JOB_ID"), element = os.getenv("SLURM_ARRAY_TASK_ID") } or nil
  local same = { uname.node, uname.version, cpu.brand or "", facts.microcode or "", tostring(facts.memory_kib) }
  return { name = os.getenv("SLURMD_NODENAME") or uname.node, identity = native.hash(table.concat(same, "\n")),
    provenance = json.encode(facts) }
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
