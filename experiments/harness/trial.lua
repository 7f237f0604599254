-- One trial: the command of a cell, running it, and what its end means.

local native = require "jitlab_native"
local json = require "dkjson"
local files = require "harness.files"
local host = require "harness.host"
local model = require "harness.counters.model"
local papi_events = require "harness.counters.papi_events"
local paths = require "harness.paths"
local programs = require "harness.programs"
local roms = require "harness.roms"
local rng = require "harness.rng"
local statistics = require "harness.stats"
local valgrind = require "harness.counters.valgrind"

local trial = {}

local QEMU = {}
for _, variant in ipairs(programs.variants) do QEMU[variant.name] = variant.qemu end

-- The command line of a cell without what differs from trial to trial.
function trial.command(cell)
  local entry, runner = cell.workload.entry, cell.config.runner
  local argv
  if runner == "native" then
    argv = { programs.binary(entry, "host") }
  elseif runner == "qemu" then
    argv = { QEMU[cell.variant], programs.binary(entry, cell.variant) }
  elseif roms.peers[runner] then
    return roms.peer_command(runner, cell.workload, (roms.of(cell.workload, programs.binary(entry, cell.variant), 1)))
  else
    argv = { cell.config.jitlab or paths.jitlab, "exec" } -- regress measures another commit's beside this one's
    for _, setting in ipairs(cell.config.set) do
      argv[#argv + 1] = "--set"
      argv[#argv + 1] = setting
    end
    if programs.guest(entry) == "n64" then
      local rom, options = roms.of(cell.workload, programs.binary(entry, cell.variant), 1)
      table.move(options, 1, #options, #argv + 1, argv)
      argv[#argv + 1] = rom
      return argv
    end
    argv[#argv + 1] = programs.binary(entry, cell.variant)
  end
  return table.move(cell.workload.args, 1, #cell.workload.args, #argv + 1, argv)
end

-- The kinds of trials that count what is the same on every run, and those that only say what is right.
local UNTIMED = { count = true, valgrind = true, reference = true }

-- Whether trials of that kind are measured by the clock: cold ones ("time", and "papiN", for further events) and those that repeat
-- their work ("warm").
function trial.is_timed(kind) return not UNTIMED[kind] end

-- The command of one trial of a jitlab cell: what is measured goes in before the program.
local function jitlab_command(cell, kind, e, stats_file)
  local argv = table.move(cell.argv, 1, 2, 1, {})
  local function add(...)
    for _, word in ipairs { ... } do argv[#argv + 1] = word end
  end
  local linux = programs.guest(cell.workload.entry) == "linux"
  add("--stats", stats_file)
  if linux then add("--max-memory", ("%d"):format(e.memory_mib)) end
  if linux and (kind == "count" or kind == "valgrind") then
    add("--pid", "4242") -- a fixed process number: the final states are compared
    add("--argv0", programs.binary_name(cell.workload.entry)) -- a guest's start depends on the length of its name
  end
  if kind == "count" then add("--count") end
  if kind == "count" and e.plan.model then add("--model", e.model or model.default) end
  local papi = e.plan.papi[kind] or {}
  if #papi > 0 then add(e.plan.multiplex and "--papi-multiplex" or "--papi", table.concat(papi, ",")) end
  return table.move(cell.argv, 3, #cell.argv, #argv + 1, argv)
end

local LIBRARIES = os.getenv("LD_LIBRARY_PATH")

-- "vary" or "fixed": whether a trial's addresses are randomised and its environment's size is drawn anew.
local function layout(e, kind) return trial.is_timed(kind) and e.layout.time or e.layout.count end

-- The whole environment of a trial. Its size moves the stack and with it the timing: where the layout varies it is drawn anew
-- for each trial, so that no configuration is favoured by one.
local function environment(kind, generator, context, cell)
  local padding = kind ~= "reference" and layout(context.experiment, kind) == "vary" and generator:below(4096) or 64
  local list = { "PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC0", "HOME=/", "JITLAB_PAD=" .. ("x"):rep(padding) }
  if kind == "warm" then
    list[#list + 1] = ("REPEAT=%d"):format(context.experiment.iterations)
    list[#list + 1] = "REPEAT_TIMES=" .. context.times_file
  end
  for _, setting in ipairs(roms.peer_environment(cell.config.runner, cell.workload)) do list[#list + 1] = setting end
  if context.experiment.host_disable then list[#list + 1] = "JITLAB_HOST_DISABLE=" .. context.experiment.host_disable end
  -- For a PAPI that is not where the system's is; a guest's C library reads it too, so not where that is counted.
  if LIBRARIES and trial.is_timed(kind) then list[#list + 1] = "LD_LIBRARY_PATH=" .. LIBRARIES end
  return list
end

local SIGNALS = { SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGBUS = 7, SIGFPE = 8, SIGSEGV = 11 }

-- Whether the program ended as the manifest says it does. A signal may show as status 128+N.
local function as_expected(result, expected)
  local signal = SIGNALS[expected]
  if signal then
    return (result.ended == "signal" and result.status == signal) or (result.ended == "exit" and result.status == 128 + signal)
  end
  return result.ended == "exit" and result.status == expected
end

local function last_line(s)
  return s:gsub("%s+$", ""):match("[^\n]*$")
end

-- What the end of the process means, for a workload with that reference (nil when this is the reference itself).
local function verdict(cell, result, written, reference)
  local kind = written and written.exit and written.exit.kind
  local said = last_line(result.stderr)
  local jitlab = cell.config.runner == "jitlab"
  if result.ended == "timeout" then return "timeout", "killed at its time limit" end
  if result.ended == "memory" then return "memory", "killed at its memory limit" end
  if kind == "limit" or (jitlab and not kind and result.ended == "exit" and result.status == 124) then
    return said:find("memory limit", 1, true) and "memory" or "timeout", said
  end
  if kind == "refused" or (jitlab and not kind and result.ended == "exit" and result.status == 125) then return "refused", said end
  if not as_expected(result, cell.workload.exit) then
    return result.ended, ("%s %d instead of %s%s"):format(result.ended == "signal" and "signal" or "exit status", result.status,
      cell.workload.exit, said ~= "" and ": " .. said or "")
  end
  -- How far an outside ROM gets in its frames is another emulator's own timing.
  local compared = not (roms.peers[cell.config.runner] and cell.workload.entry.folder)
  if reference and compared and result.stdout_hash ~= reference then
    local whose = programs.guest(cell.workload.entry) == "n64" and "interpreter" or "native program"
    return "mismatch", ("its output is not the %s's"):format(whose)
  end
  if jitlab and not written then return "exit", "jitlab wrote no readable --stats file" end
  return "ok"
end

local function counters(stats, plan, kind)
  local all = {}
  for name, value in pairs(stats.counters or {}) do
    if value == json.null then
      all[name] = { reason = kind == "count" and "this configuration does not count it" or "counted only in counting trials" }
    else
      all[name] = { value = value }
    end
  end
  papi_events.take(stats, plan.papi[kind] or {}, all)
  if kind == "count" and plan.model then model.take(stats, all) end
  return all
end

-- Where a trial under valgrind leaves its profile.
local function profile_of(context)
  return (context.stats_file:gsub("[^/]*$", "callgrind"))
end

local COPIED = {
  "max_rss_kib", "minor_faults", "major_faults", "voluntary_switches", "involuntary_switches", "stdout_hash", "stdout_bytes",
}

-- The times that a warm trial left, as a list; or nil and what is wrong with them.
local function read_iterations(context)
  local list = {}
  for line in (files.read(context.times_file) or ""):gmatch("[^\n]+") do list[#list + 1] = math.tointeger(tonumber(line)) end
  local expected = context.experiment.iterations
  if #list ~= expected then return nil, ("it left %d times of %d repetitions"):format(#list, expected) end
  return list
end

-- Adds what a warm trial measured to its row.
local function add_iterations(row, context)
  local list, wrong = read_iterations(context)
  os.remove(context.times_file)
  if row.status ~= "ok" then return end
  if not list then
    row.status, row.detail = "exit", wrong
    return
  end
  row.iterations = list
  row.counters = row.counters or {}
  row.counters.warm_ns = { value = statistics.median(table.move(list, 2, #list, 1, {})), unit = "ns" }
end

-- The command of a warm trial of a ROM: rounds are in the ROM, and their times are taken from outside.
local function repeated(cell, argv, rounds)
  local entry = cell.workload.entry
  argv = table.move(argv, 1, #argv, 1, {})
  argv[#argv] = roms.of(cell.workload, programs.binary(entry, cell.variant), rounds)
  return cell.config.runner == "jitlab" and roms.timed(argv, entry) or argv
end

-- Runs a trial and returns its row for the store. context: experiment, stats_file, times_file, seed, cpu, run_id.
function trial.run(cell, kind, replicate, reference, context)
  local e = context.experiment
  local jitlab = cell.config.runner == "jitlab"
  os.remove(context.stats_file) -- should a harness that was killed have left them
  os.remove(context.times_file)
  local argv = jitlab and jitlab_command(cell, kind, e, context.stats_file) or cell.argv
  if kind == "warm" and programs.guest(cell.workload.entry) == "n64" then argv = repeated(cell, argv, e.iterations) end
  local simulated, timeout = kind == "valgrind", e.timeout
  if simulated then
    argv = valgrind.command(argv, e.plan.valgrind, profile_of(context), cell.config.runner)
    timeout = timeout * valgrind.slowdown
  elseif kind == "count" and e.plan.model then
    timeout = timeout * model.slowdown
  end
  local before = host.noise()
  local started = os.date("!%Y-%m-%dT%H:%M:%SZ")
  local result, message = native.run {
    argv = argv,
    env = environment(kind, rng.new(context.seed, ("%s/%s/%d"):format(cell.key, kind, replicate)), context, cell),
    cpu = e.pin and context.cpu or nil,
    timeout = timeout,
    cpu_seconds = math.ceil(timeout) + 1,
    resident = not simulated and e.memory_mib << 20 or nil,
    -- should it be faster than the looks at it
    address_space = cell.config.runner == "native" and not simulated and e.memory_mib << 21 or nil,
    fixed_layout = kind ~= "reference" and layout(e, kind) == "fixed",
    keep_stdout = 0,
  }
  local row = { run = context.run_id, cell = cell.id, kind = kind, replicate = replicate, started = started,
    cpu = e.pin and context.cpu or nil, load1 = before.load1, pressure = before.pressure }
  if not result then
    row.status, row.detail = "exit", message
    return row
  end
  local after = host.noise()
  row.steal_ticks = before.steal and after.steal and after.steal - before.steal
  local stats
  if jitlab then
    local content = files.read(context.stats_file)
    stats = content and json.decode(content, 1, json.null)
    if type(stats) ~= "table" then stats = nil end
    os.remove(context.stats_file)
  end
  row.status, row.detail = verdict(cell, result, stats, reference)
  if result.ended == "exit" then row.exit_status = result.status else row.signal = result.status end
  row.wall_ns = result.wall_ns
  row.user_ns, row.system_ns = result.user_us * 1000, result.system_us * 1000
  for _, name in ipairs(COPIED) do row[name] = result[name] end
  row.stderr = result.stderr ~= "" and result.stderr or nil
  if stats then
    row.fingerprint = type(stats.fingerprint) == "string" and stats.fingerprint or nil
    row.counters = counters(stats, e.plan, kind)
  end
  if simulated then
    local found = valgrind.take(profile_of(context), result.pid, e.plan.valgrind, cell.config.runner)
    if row.status == "ok" then -- what went another way was not the run that is to be counted
      row.counters = row.counters or {}
      for name, counter in pairs(found) do row.counters[name] = counter end
    else
      row.counters = nil
    end
  end
  if kind == "warm" then add_iterations(row, context) end
  return row
end

return trial
