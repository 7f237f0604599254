-- Slurm's commands: whether they are there, submitting a job array, and how its elements fare.

local native = require "jitlab_native"
local fail = require "harness.fail"
local text = require "harness.text"

local batch = {}

local function command(argv)
  local result, message = native.run { argv = argv, timeout = 60, keep_stdout = 1 << 24 }
  if not result then return nil, message end
  if result.ended == "exit" and result.status == 0 then return result.stdout end
  local said = {}
  for line in result.stderr:gmatch("[^\n]+") do said[#said + 1] = (line:gsub("^%w+: error: ", ""):gsub("^%w+: fatal: ", "")) end
  if result.ended == "timeout" then table.insert(said, 1, argv[1] .. " did not answer for a minute") end
  return nil, #said > 0 and table.concat(said, "; ") or ("%s ended with %s %d"):format(argv[1], result.ended, result.status)
end

-- A sentence that says which of Slurm's commands is missing or cannot work, or nil.
function batch.missing()
  for _, name in ipairs { "sbatch", "squeue" } do
    local result = native.run { argv = { "/bin/sh", "-c", "command -v " .. name } }
    if not (result and result.status == 0) then
      return ("%s cannot be run: Slurm's commands are not on this machine (--engine local needs none)"):format(name)
    end
    local said, message = command { name, "--version" } -- which reads the configuration
    if not said then return ("%s cannot be run: %s (--engine local needs no Slurm)"):format(name, message) end
  end
end

-- Words that the engine says itself.
local OWN = { ["--array"] = true, ["-a"] = true, ["--wrap"] = true, ["--parsable"] = true, ["--wait"] = true, ["-W"] = true }

-- The further words for sbatch of --slurm; a mistake is the user's.
function batch.words(line)
  local words, wrong = text.words(line)
  if not words then fail.usage("--slurm '%s': %s", line, wrong) end
  for _, word in ipairs(words) do
    local option = word:match("^(%-%-[%w-]+)") or word:match("^%-%a")
    if OWN[option] then fail.usage("--slurm: %s is what the engine says itself", option) end
  end
  return words
end

-- Submits a script as an array of these elements (a list of numbers). words: further words for sbatch. Returns {id=, cluster=}, or nil
-- and why it was refused.
function batch.submit(script, elements, words)
  local argv = { "sbatch", "--parsable", "--array=" .. table.concat(elements, ",") }
  table.move(words, 1, #words, #argv + 1, argv)
  argv[#argv + 1] = script
  local said, message = command(argv)
  if not said then return nil, message end
  local id, cluster = said:match("^(%d+);?([^\n]*)")
  if not id then return nil, "sbatch answered '" .. said:gsub("%s+$", "") .. "'" end
  return { id = id, cluster = cluster ~= "" and cluster or nil, elements = elements }
end

local ENDED = {}
for name in ("BOOT_FAIL CANCELLED COMPLETED DEADLINE FAILED NODE_FAIL OUT_OF_MEMORY PREEMPTED REVOKED TIMEOUT"):gmatch("%S+") do
  ENDED[name] = true
end

-- The elements of a job as Slurm tells them: number -> {state=, active=, node=, reason=}. A job that it has forgotten has none.
-- nil and a sentence when Slurm does not answer.
function batch.states(job)
  local argv = { "squeue", "--all", "--noheader", "--array", "--states=all", "--format=%K|%T|%N|%r", "--jobs=" .. job.id }
  if job.cluster then argv[#argv + 1] = "--clusters=" .. job.cluster end
  local said, message = command(argv)
  if not said then
    if message:find("Invalid job id", 1, true) then return {} end
    return nil, message
  end
  local elements = {}
  for number, state, node, reason in said:gmatch("(%d+)|([^|\n]*)|([^|\n]*)|([^\n]*)") do
    elements[math.tointeger(tonumber(number))] = { state = state, active = not ENDED[state], node = node ~= "" and node or nil,
      reason = reason }
  end
  return elements
end

return batch
