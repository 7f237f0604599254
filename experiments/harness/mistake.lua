-- A mistake in an experiment's file, told with the file, the line where that can be known, and the field.

local fail = require "harness.fail"
local text = require "harness.text"

local mistake = {}

-- The chunk's name while the file runs: a long path would be cut off in Lua's messages.
local CHUNK = "=experiment"

-- Whether the line has the word as a whole.
local function has_word(line, word)
  local from, to = line:find(word, 1, true)
  while from do
    if not line:sub(from - 1, from - 1):find("[%w_]") and not line:sub(to + 1, to + 1):find("[%w_]") then return true end
    from, to = line:find(word, from + 1, true)
  end
  return false
end

-- The number of the first line that has the word, not before `least`.
local function line_of(source, word, least)
  local number = 0
  for line in source:gmatch("([^\n]*)\n?") do
    number = number + 1
    if number >= least and has_word(line, word) then return number end
  end
end

-- Raises one about a field. The line is the first that has `word`, from the field's own name on if it is there, or else that of
-- the field's name; word = false: it stands in no line.
function mistake.at(e, field, word, format, ...)
  local line
  if word ~= false then
    local source, head = e.source_text, line_of(e.source_text, field:match("^[%w_]+") or field, 1)
    line = word ~= nil and (line_of(source, tostring(word), head or 1) or line_of(source, tostring(word), 1)) or head
  end
  fail.usage("%s: %s: %s", line and ("%s:%d"):format(e.file, line) or e.file, field, format:format(...))
end

-- Raises one unless every field of the table is one of `types` ({NAME = "string", ...}; several types in one string) and of its type.
function mistake.fields(e, field, t, types)
  for _, key in ipairs(text.sorted_keys(t, tostring)) do
    local at = field ~= "" and ("%s.%s"):format(field, key) or tostring(key)
    if not types[key] then mistake.at(e, at, key, "%s", text.unknown("field", tostring(key), text.sorted_keys(types))) end
    if not types[key]:find(type(t[key]), 1, true) then
      mistake.at(e, at, key, "a %s was expected, not a %s", types[key], type(t[key]))
    end
  end
end

-- Lua's message with the file's own name: "experiment:7: ..." becomes "FILE:7: ...". One from elsewhere (a design's
-- function that was called wrongly) gets the line of the file that led to it; to be called where the error was raised.
local function placed(e, message)
  local said = fail.is(message) and message.message or tostring(message)
  local line, rest = said:match("^experiment:(%d+): (.*)$")
  local level = 2
  while not line do
    local info = debug.getinfo(level, "Sl")
    if not info then break end
    if info.source == CHUNK then line, rest = info.currentline, said end
    level = level + 1
  end
  return line and ("%s:%s: %s"):format(e.file, line, rest) or ("%s: %s"):format(e.file, said)
end

-- Compiles the file's text and returns the chunk.
function mistake.compile(e)
  local chunk, message = load(e.source_text, CHUNK, "t")
  if not chunk then fail.usage("%s", placed(e, message)) end
  return chunk
end

-- Calls a function of the file; what goes wrong in it is the file's mistake. `what` says which function it was.
function mistake.call(e, what, f, ...)
  local results = table.pack(xpcall(f, function(message) return placed(e, message) end, ...))
  if not results[1] then fail.usage("%s%s", results[2], what and (" (in %s)"):format(what) or "") end
  return table.unpack(results, 2, results.n)
end

return mistake
