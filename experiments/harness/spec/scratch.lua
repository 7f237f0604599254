-- Databases of a test's own.

local scratch = {}

-- A path at which there is nothing.
function scratch.path()
  local path = os.tmpname()
  os.remove(path)
  return path
end

-- Removes a database and what SQLite keeps beside it.
function scratch.remove(path)
  for _, suffix in ipairs { "", "-wal", "-shm", "-journal" } do os.remove(path .. suffix) end
end

return scratch
