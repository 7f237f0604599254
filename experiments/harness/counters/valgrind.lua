-- Instructions, cache misses and mispredictions by simulation: valgrind's callgrind around a trial of a kind of its own. The same on every
-- repetition of a configuration, on hosts without hardware counters too.
--
-- jitlab switches the counting on where the guest's run begins and off where it ends (client requests), so that its own start and
-- the environment's size do not count; of native programs and QEMU the whole process is counted. A translator that patches its code is
-- silently wrong under valgrind without two of the options below: so every trial's output is compared before its count is believed.

local native = require "jitlab_native"
local files = require "harness.files"

local valgrind = {
  name = "valgrind",
  summary = "simulated processor (callgrind): the guest's run in jitlab, C functions included; natively and under QEMU the whole process"
    .. " (QEMU's varies by a few dozen instructions, its threads' doing, and is marked 'nearly exact')",
  of = "every process",
  trials = { "valgrind" },
  slowdown = 60, -- time limits of trials are for runs without it
}

-- The caches have fixed sizes: those of the host would give other counts elsewhere.
local FIXED = {
  "valgrind", "--tool=callgrind", "--smc-check=all-non-file", "--vex-iropt-register-updates=allregs-at-mem-access",
}
local SIMULATION = { "--cache-sim=yes", "--branch-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64", "--LL=8388608,16,64" }

-- name, callgrind's events that it is the sum of, unit, summary
local EVENTS = {
  { "instructions", { "Ir" }, "instructions", "instructions executed" },
  { "data_reads", { "Dr" }, "accesses", "loads" },
  { "data_writes", { "Dw" }, "accesses", "stores" },
  { "I1_misses", { "I1mr" }, "misses", "misses of the instruction cache (32 KiB, 8 ways, 64-byte lines)" },
  { "D1_misses", { "D1mr", "D1mw" }, "misses", "misses of the data cache (32 KiB, 8 ways, 64-byte lines)" },
  { "LL_misses", { "ILmr", "DLmr", "DLmw" }, "misses", "misses of the last-level cache (8 MiB, 16 ways, 64-byte lines)" },
  { "branches", { "Bc" }, "branches", "conditional branches" },
  { "branch_misses", { "Bcm" }, "branches", "conditional branches predicted wrongly" },
  { "indirect_branches", { "Bi" }, "branches", "indirect jumps, calls and returns" },
  { "indirect_misses", { "Bim" }, "branches", "indirect branches predicted wrongly (a table of 512 last targets)" },
}

local by_name, counters = {}, {}
for i, e in ipairs(EVENTS) do
  local c = { name = "valgrind:" .. e[1], events = e[2], unit = e[3], summary = e[4], exact = true, from = valgrind.name }
  by_name[c.name], counters[i] = c, c
end

local version
-- valgrind's version here; nil and why there is none.
function valgrind.version()
  if version == nil then
    local r = native.run { argv = { "valgrind", "--version" }, timeout = 20 }
    version = r and r.ended == "exit" and r.status == 0 and r.stdout:match("%S+") or false
  end
  if version then return version end
  return nil, "valgrind is not installed (package valgrind)"
end

function valgrind.find(name) return by_name[name] end

function valgrind.list()
  local there, reason = valgrind.version()
  for _, c in ipairs(counters) do c.available, c.reason = there ~= nil, reason end
  return counters
end

-- The names out of a list that are of this source.
local function own(names)
  local list = {}
  for _, name in ipairs(names) do
    if by_name[name] then list[#list + 1] = name end
  end
  return list
end

-- The command that runs argv under callgrind. names: the counters wanted; the caches are simulated only for those that need it. The profile
-- goes to file.PID.
function valgrind.command(argv, names, file, runner)
  local command = table.move(FIXED, 1, #FIXED, 1, {})
  local function add(word) command[#command + 1] = word end
  for _, name in ipairs(own(names)) do
    if name ~= "valgrind:instructions" then
      for _, word in ipairs(SIMULATION) do add(word) end
      break
    end
  end
  if runner == "jitlab" then add("--instr-atstart=no") end -- jitlab asks for it when the guest starts
  add("--callgrind-out-file=" .. file .. ".%p") -- a guest's child processes write files of their own
  return table.move(argv, 1, #argv, #command + 1, command)
end

-- The counters in a profile's text: a table of {value} or {reason} by name.
function valgrind.parse(content, names)
  local total = {}
  local events, totals = content and content:match("\nevents: ([^\n]+)"), content and content:match("\ntotals: ([^\n]+)")
  if events and totals then
    local value = totals:gmatch("%d+")
    for event in events:gmatch("%S+") do total[event] = math.tointeger(tonumber(value() or "0")) end
  end
  local result = {}
  for _, name in ipairs(own(names)) do
    local sum = 0
    for _, event in ipairs(by_name[name].events) do sum = sum and total[event] and sum + total[event] end
    result[name] = sum and { value = sum, unit = by_name[name].unit } or { reason = "callgrind wrote no such total" }
  end
  return result
end

-- QEMU has a thread of its own beside the guest's, which runs a few dozen instructions more or less each time: its counts are marked,
-- and differences of less than this part of them say nothing.
valgrind.NEARLY = 1e-4

-- Takes the counters out of the profile that the process pid left as file.PID, and removes that and its children's.
function valgrind.take(file, pid, names, runner)
  local found = valgrind.parse(files.read(("%s.%d"):format(file, pid)), names)
  for _, counter in pairs(found) do
    if runner == "qemu" and counter.value then counter.reason = "nearly exact" end
  end
  local directory, start = file:match("^(.*)/([^/]*)$")
  for _, entry in ipairs(native.list(directory) or {}) do
    if entry:sub(1, #start) == start then os.remove(directory .. "/" .. entry) end
  end
  return found
end

function valgrind.read(trial, name)
  local c = trial.counters[name]
  if c then return c.value, c.reason end
end

function valgrind.why_absent()
  local _, reason = valgrind.version()
  return reason or "not asked for with --counters"
end

return valgrind
