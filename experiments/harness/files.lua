-- Reading and writing whole files.

local fail = require "harness.fail"

local files = {}

-- nil and why when it cannot be read.
function files.read(path)
  local f, message = io.open(path, "rb")
  if not f then return nil, message end
  local content
  content, message = f:read("a")
  f:close()
  if not content then return nil, ("%s: %s"):format(path, message) end
  return content
end

-- Writes by way of a temporary file, so that a reader never sees half of it.
function files.write(path, content)
  local temporary = path .. ".new"
  local f, message = io.open(temporary, "wb")
  if not f then fail.work("cannot write %s", message) end
  local ok
  ok, message = f:write(content)
  if ok then ok, message = f:close() end
  if ok then ok, message = os.rename(temporary, path) end
  if not ok then fail.work("cannot write %s: %s", path, message) end
end

function files.exists(path)
  local f = io.open(path, "rb")
  if f then f:close() end
  return f ~= nil
end

-- Makes a directory and those above it.
function files.mkdir(path)
  local native = require "jitlab_native"
  local at = path:sub(1, 1) == "/" and "/" or ""
  for part in path:gmatch("[^/]+") do
    at = at .. part .. "/"
    local ok, message = native.mkdir(at)
    if not ok then fail.work("cannot make the directory %s", message) end
  end
end

return files
