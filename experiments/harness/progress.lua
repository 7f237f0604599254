-- Progress of a campaign: on a terminal one line that is written over, elsewhere a line a round; and how long is left.

local native = require "jitlab_native"
local text = require "harness.text"

local progress = {}

-- total: trials there will be (the most, with `open`: it may end sooner). known(cell, kind): seconds that such a trial took in
-- earlier runs, or nil.
function progress.new(name, total, known, open)
  local tty = native.isatty(2)
  local state = { done = 0, seconds = {}, sum = 0, n = 0, last = nil }

  local function write_line(format, ...)
    io.stderr:write(tty and "\r\27[K" or "", format:format(...), "\n")
  end

  local function key(task) return task.kind .. "\0" .. task.cell.key end

  -- Takes note of a trial that has ended, now or before this run was resumed.
  function state.note(row, task)
    state.done = state.done + 1
    local s = (row.wall_ns or 0) / 1e9
    state.sum, state.n = state.sum + s, state.n + 1
    local seen = state.seconds[key(task)]
    state.seconds[key(task)] = seen and (seen + s) / 2 or s
    if row.status ~= "ok" then write_line("%s: %s: %s", task.cell.key, row.status, row.detail or "") end
  end

  -- Seconds that the trials take, by what was seen so far, else by earlier runs, else by the mean of what was seen; nil while
  -- nothing is known.
  function state.estimate(tasks)
    local sum, any = 0, state.n > 0
    for _, task in ipairs(tasks) do
      local s = state.seconds[key(task)] or known(task)
      any = any or s ~= nil
      sum = sum + (s or (state.n > 0 and state.sum / state.n or 0))
    end
    return any and sum or nil
  end

  function state.show(what, cell, left)
    local at = ("%s: %d of %s%d trials, %s"):format(name, state.done, open and "up to " or "", total, what)
    if tty then
      local line = ("%s, %s left: %s"):format(at, left and text.duration(left) or "?", cell.key)
      local columns = native.columns(2) or 80 -- a longer line would wrap and stay
      io.stderr:write("\r\27[K", #line < columns and line or line:sub(1, columns - 1))
      io.stderr:flush()
    elseif what ~= state.last then
      io.stderr:write(at, left and ", " .. text.duration(left) .. " left" or "", "\n")
    end
    state.last = what
  end

  function state.finish()
    if tty then io.stderr:write("\r\27[K") end
  end

  return state
end

return progress
