-- What the scripts of this folder and those beside it have in common: files, words for the shell, and failures, which are printed and
-- counted.
local common = { failed = 0 }

function common.check(ok, format, ...)
  if ok then return end
  common.failed = common.failed + 1
  print(format:format(...))
end

function common.read(path)
  local f = io.open(path, "rb")
  local content = f and f:read("a") or ""
  if f then f:close() end
  return content
end

function common.write(path, content)
  local f = assert(io.open(path, "wb"))
  f:write(content)
  f:close()
  return path
end

-- A word for the shell, whatever is in it.
function common.quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

return common
