-- Looking at a file that should become the results database, before anything is written: a file that is damaged, newer or
-- somebody else's has to stay as it is, and opening it as usual would already recover its log or leave files beside it.

local native = require "jitlab_native"
local files = require "harness.files"

local inspect = {}

inspect.APPLICATION = 0x6a69746c -- "jitl"

local MAGIC = "SQLite format 3\0"
local PAGE = 4096

-- A value of the first page. What a write-ahead log holds may be newer.
local function header(content, at) return (string.unpack(">I4", content, at + 1)) end

local function pragma(db, name)
  local rows, message = db:rows("PRAGMA " .. name)
  if not rows then return nil, message end
  local _, value = next(rows[1] or {})
  return value
end
inspect.pragma = pragma

-- What is wrong with an open database, or nil.
local function objection(db, newest)
  local application, message = pragma(db, "application_id")
  if message then return message end
  local version = pragma(db, "user_version")
  local tables
  tables, message = db:rows("SELECT count(*) AS n FROM sqlite_master")
  if not tables then return message end
  if application ~= inspect.APPLICATION and (application ~= 0 or tables[1].n > 0) then
    return "it is a database of another program"
  elseif application == inspect.APPLICATION and version > newest then
    return ("its layout is version %d, this program knows %d and older ones"):format(version, newest)
  end
  local check
  check, message = pragma(db, "quick_check(1)")
  if check ~= "ok" then
    -- The check's own first line only says which database it means.
    return message or "it is damaged: " .. check:gsub("^%*%*%*[^\n]*\n?", ""):match("^[^\n]*")
  end
end

local function read_start(path)
  local f = io.open(path, "rb")
  if not f then return nil end
  local content = f:read(100) or ""
  local size = f:seek("end")
  f:close()
  return content, size
end

local function size_of(path)
  local file = native.file(path)
  return file and file.size or 0
end

local function uri(path, options)
  return "file:" .. path:gsub("[^%w/._-]", function(c) return ("%%%02x"):format(c:byte()) end) .. "?" .. options
end

-- Looks at a copy: a writer that was killed has left an index that needs recovering, which reading alone cannot do.
local function look_at_copy(path, newest)
  local copy = os.tmpname()
  files.write(copy, files.read(path))
  files.write(copy .. "-wal", files.read(path .. "-wal") or "")
  local db, message = native.open(copy)
  local wrong = message
  if db then
    wrong = objection(db, newest)
    db:close()
  end
  for _, ending in ipairs { "", "-wal", "-shm" } do os.remove(copy .. ending) end
  return wrong
end

-- Opens for reading only. Without a log the file alone is the database ("immutable": no lock, no file beside it). With one, its
-- index is read if there is one; one that SQLite has to make is removed again.
local function look(path, newest)
  local log, index = path .. "-wal", path .. "-shm"
  local logged, indexed = size_of(log) > 0, files.exists(index)
  local db, message = native.open(uri(path, not logged and "immutable=1" or indexed and "readonly_shm=1" or "mode=ro"), "read")
  if not db then return message end
  local wrong = objection(db, newest)
  db:close()
  if wrong and logged and not indexed then os.remove(index) end
  if wrong and logged and indexed and wrong:find("locking protocol", 1, true) then return look_at_copy(path, newest) end
  return wrong
end

-- The sentence that refuses the file at path, or nil when it is a results database of a version up to `newest`, can become one, or
-- is not there.
function inspect.refusal(path, newest)
  local start, size = read_start(path)
  if not start or size == 0 then return nil end
  if size < 100 or start:sub(1, #MAGIC) ~= MAGIC then return "file is not a database" end
  local ours = header(start, 68) == inspect.APPLICATION
  -- Only the first page of a database that is being made lacks the mark: the rest is still in its log.
  if not ours and size > PAGE then return "it is a database of another program" end
  if ours and header(start, 60) > newest then
    return ("its layout is version %d, this program knows %d and older ones"):format(header(start, 60), newest)
  end
  -- A journal is what is left when making it was interrupted; opening it undoes that.
  if size_of(path .. "-journal") > 0 then return nil end
  local wrong = look(path, newest)
  -- Somebody may have begun to write while the file alone was read.
  if wrong and size_of(path .. "-wal") > 0 then wrong = look(path, newest) end
  return wrong
end

return inspect
