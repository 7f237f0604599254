-- Building what bench.lua needs: CMake once, then ninja, which knows by itself what is out of date and takes some
-- milliseconds to find that nothing is. Output goes into build/bench.log and is shown when the build fails.

local fail = require "harness.fail"
local paths = require "harness.paths"
local text = require "harness.text"

local quote = text.quote

local build = {}

-- Runs a shell command; each line of its output goes to `line`, the whole of it into the log.
local function step(command, log, line)
  local pipe = io.popen(command .. " 2>&1", "r")
  local lines = {}
  for l in pipe:lines() do
    lines[#lines + 1] = l
    log:write(l, "\n")
    line(l)
  end
  if pipe:close() then return end
  io.stderr:write("\n")
  for i = math.max(1, #lines - 40), #lines do io.stderr:write(lines[i], "\n") end
  -- Packages that were there once may have gone: look again next time.
  os.remove(paths.root .. "/build/.packages-run")
  os.remove(paths.root .. "/build/.packages-test")
  fail.usage("the build failed; all of its output is in %s/build/bench.log", paths.root)
end

-- Brings the build up to date. Two of these at a time would spoil each other's work, so a lock is held.
function build.update()
  local root, out = paths.root, paths.build
  local log = io.open(root .. "/build/bench.log", "w")
  if not log then fail.usage("%s/build cannot be written to", root) end
  local lock = "exec flock " .. quote(root .. "/build/.lock") .. " "
  local ninja = io.open(out .. "/build.ninja")
  if ninja then
    ninja:close()
  else
    io.stderr:write("bench.lua: configuring\n")
    step(lock .. "cmake -S " .. quote(root) .. " --preset release", log, function() end)
  end
  local told = false
  step(lock .. "ninja -C " .. quote(out), log, function(line)
    if not told and line:find("^%[[1-9]") then
      io.stderr:write("bench.lua: building\n")
      told = true
    end
  end)
  log:close()
end

return build
