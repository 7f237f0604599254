-- Commands: what one prints, and a word for one.
local shell = {}

function shell.capture(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  pipe:close()
  return text
end

function shell.quote(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

return shell
