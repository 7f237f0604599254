-- jitlab as another commit makes it: built in a git worktree below build/, with this build's compiler and options, and kept by commit
-- and options, so that the next comparison with it builds nothing. The worktree itself is removed again.

local native = require "jitlab_native"
local fail = require "harness.fail"
local files = require "harness.files"
local paths = require "harness.paths"

local revision = {}

local BUILD_SECONDS = 3600

local function git(...)
  local r = native.run { argv = { "git", "-C", paths.root, ... }, timeout = 120, keep_stdout = 1 << 16 }
  if r and r.ended == "exit" and r.status == 0 then return (r.stdout:gsub("%s+$", "")) end
  return nil, r and r.stderr:gsub("%s+$", ""):match("[^\n]*$") or "git cannot be run"
end

-- The commit that a revision means: its full hash. Refused with one line when there is none.
function revision.resolve(name)
  if not git("rev-parse", "--git-dir") then fail.usage("--against needs the git repository that this source comes from") end
  local commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", name .. "^{commit}")
  if not commit or commit == "" then fail.usage("--against: git knows no commit '%s' here", name) end
  return commit
end

-- The options that decide what the compiler makes of the source, as CMake has them for this build: -DNAME=VALUE.
local function cmake_options()
  local list = {}
  for line in (files.read(paths.build .. "/CMakeCache.txt") or ""):gmatch("[^\n]+") do
    local name, value = line:match("^([%w_]+):%w+=(.*)$")
    local wanted = name and (name == "CMAKE_C_COMPILER" or name == "CMAKE_BUILD_TYPE" or name == "CMAKE_C_COMPILER_LAUNCHER"
      or name:find("^CMAKE_C_FLAGS") or name:find("^CMAKE_EXE_LINKER_FLAGS") or name:find("^JITLAB_"))
    if wanted and name ~= "JITLAB_PROGRAMS" then list[#list + 1] = ("-D%s=%s"):format(name, value) end
  end
  table.sort(list)
  return list
end

local function step(what, argv, log)
  local r, message = native.run { argv = argv, timeout = BUILD_SECONDS, keep_stdout = 1 << 20, keep_stderr = 1 << 18 }
  local output = r and r.stdout .. r.stderr or message
  files.write(log, output)
  if r and r.ended == "exit" and r.status == 0 then return end
  local said = output:match("\n([^\n]*error:[^\n]*)") or output:match("\n(CMake Error[^\n]*)") or output:match("([^\n]+)\n*$") or ""
  fail.usage("%s failed: %s (all of its output: %s)", what, said, log)
end

-- Builds jitlab of a commit, or finds it built. Returns the path of the program.
function revision.build(commit)
  local short, options = commit:sub(1, 12), cmake_options()
  local kept = ("%s/build/against/%s-%s"):format(paths.root, short, native.hash(table.concat(options, "\n")):sub(1, 8))
  local program = kept .. "/jitlab"
  if files.exists(program) then return program end
  files.mkdir(kept)
  local tree, out = kept .. "/source", kept .. "/build"
  local function clean()
    git("worktree", "remove", "--force", tree)
    native.run { argv = { "rm", "-rf", tree, out }, timeout = 120 }
    git("worktree", "prune")
  end
  clean() -- what a comparison that was killed has left
  io.stderr:write("bench.lua: building ", short, "\n")
  local done, message = fail.catch(function()
    -- git takes the path as seen from the repository, not from here
    step("git worktree", { "git", "-C", paths.root, "worktree", "add", "--detach", "--force", tree:sub(#paths.root + 2), commit },
      kept .. "/worktree.log")
    local configure = { "cmake", "-S", tree, "-B", out, "-G", "Ninja", "-DBUILD_TESTING=OFF", "-DJITLAB_PROGRAMS=OFF" }
    step("configuring " .. short, table.move(options, 1, #options, #configure + 1, configure), kept .. "/configure.log")
    step("building " .. short, { "cmake", "--build", out, "--target", "jitlab" }, kept .. "/build.log")
    if not os.rename(out .. "/jitlab", program) then fail.usage("building %s made no jitlab", short) end
  end)
  clean()
  if not done then fail.usage("%s", message) end
  return program
end

return revision
