-- How long trials will take, by those that are in the database already: the same command in the same kind of trial, in whatever run.

local files = require "harness.files"
local stats = require "harness.stats"
local store = require "harness.store"

local estimate = {}

-- What the harness adds to a trial: starting the process, reading its statistics, the row.
estimate.OVERHEAD = 0.008

-- Seconds of a trial where the database knows none of the commands: about what this project's programs take, in jitlab and natively.
estimate.GUESS = { quick = 0.25, full = 2.5 }

-- Of a task {cell=, kind=}: the median of the last trials of it, in seconds, or nil. `results` is the open database or nil.
function estimate.known(results)
  local seconds = {}
  if results then
    local times = {}
    for _, row in ipairs(results:rows([[SELECT kind, command, wall_ns FROM (
        SELECT kind, cell, wall_ns, trial.id AS id FROM trial WHERE status = 'ok' ORDER BY trial.id DESC LIMIT 20000) AS recent
        JOIN cell ON cell.id = recent.cell ORDER BY recent.id DESC]])) do
      local key = row.kind .. "\0" .. row.command
      times[key] = times[key] or {}
      if #times[key] < 9 then table.insert(times[key], row.wall_ns / 1e9) end
    end
    for key, list in pairs(times) do seconds[key] = stats.median(list) end
  end
  return function(task) return seconds[task.kind .. "\0" .. task.cell.command] end
end

-- The database's answer without making one that is not there.
function estimate.known_in(path)
  if not files.exists(path) then return estimate.known(nil) end
  local results = store.open(path)
  local known = estimate.known(results)
  results:close()
  return known
end

-- Seconds of a list of tasks: those known and the mean of the known for the others; how many are known. nil, 0 when none is.
function estimate.total(tasks, known)
  local sum, n = 0, 0
  for _, task in ipairs(tasks) do
    local s = known(task)
    if s then sum, n = sum + s, n + 1 end
  end
  if n == 0 then return nil, 0 end
  return sum * #tasks / n + #tasks * estimate.OVERHEAD, n
end

return estimate
