-- Databases of a test's own.

local store = require "harness.store"

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

-- What f(store) returns of the database at path.
function scratch.with_store(path, f)
  local opened = store.open(path)
  local result = table.pack(f(opened))
  opened:close()
  return table.unpack(result, 1, result.n)
end

return scratch
