-- Failures that are the user's to mend: one sentence and an exit status instead of a traceback.

local fail = {}

local Failure = {}
Failure.__index = Failure
Failure.__tostring = function(f) return f.message end

local function raise(status, format, ...)
  local message = select("#", ...) > 0 and format:format(...) or format
  error(setmetatable({ status = status, message = message }, Failure), 0)
end

-- Something asked for does not exist or makes no sense: status 2.
function fail.usage(format, ...) raise(2, format, ...) end

-- Something went wrong while doing it: status 1.
function fail.work(format, ...) raise(1, format, ...) end

function fail.is(value) return getmetatable(value) == Failure end

-- Calls f; returns true and its results, or false and the sentence. Errors in the program itself go on.
function fail.catch(f, ...)
  local results = table.pack(pcall(f, ...))
  if results[1] then return table.unpack(results, 1, results.n) end
  if fail.is(results[2]) then return false, results[2].message end
  error(results[2], 0)
end

return fail
