-- Runs one of the guest tests, in both byte orders, under one or more configurations.
--
-- usage: lua5.4 run.lua BUILD_DIR JITLAB PROGRAMS TEST CONFIG...
--
-- A test checks itself: it prints a line for each check and ends with status 0 and the line "passed". TEST "ticks" stands
-- for all guest programs that have an interval timer in them (ticks_NAME): their output must be that of the host's build
-- of the program without one, and the timer must have struck. CONFIG: "axis=name,axis=name", or "default" (CMake drops empty arguments);
-- "check" among them runs it in lockstep with the interpreter, and alone: what other threads do cannot be done again.
--
-- Each run has a process name space of its own where the host allows it: these programs send signals, and a mistake
-- in fork or kill must reach nobody else.
local build, jitlab, programs, test = arg[1], arg[2], arg[3], arg[4]
local manifest = dofile((arg[0]:match("(.*/)") or "./") .. "../../guests/programs/manifest.lua")
local rounds = { locks = "20000", patching = "500", versions = "100" }

local function quote(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

local own_space = "unshare --pid --fork --kill-child --mount-proc" -- not to be had in a chroot, for one
local apart = os.execute(own_space .. " true 2>/dev/null") and own_space .. " sh -c '\"$@\"; exit $?' sh " or ""

local function run(command)
  local pipe = assert(io.popen(("timeout -k 5 200 %s%s 2>&1; echo \"status $?\""):format(apart, command)))
  local text = pipe:read("a")
  pipe:close()
  return text
end

local function options(config)
  local out = {}
  for setting in (config == "default" and "" or config):gmatch("[^,]+") do
    out[#out + 1] = setting == "check" and "--check" or "--set " .. setting
  end
  return table.concat(out, " ")
end

local failed, done = 0, 0
local function expect(ok, name, variant, config, text)
  done = done + 1
  if not ok then
    failed = failed + 1
    print(("FAILED: %s %s [%s]\n  %s"):format(name, variant, config, text:sub(1, 3000):gsub("\n", "\n  ")))
  end
end

local function each_configuration(fn)
  for i = 5, #arg do
    for _, variant in ipairs({ "mipsel", "mips" }) do
      fn(arg[i], variant)
    end
  end
end

local function ticking()
  local seen = {}
  for _, entry in ipairs(manifest.programs or manifest) do
    local name = entry.program or entry.source:match("([^/]+)%.%w+$") or entry.name
    local binary = io.open(build .. "/mipsel/ticks_" .. name)
    if binary and not seen[name] then
      binary:close()
      seen[name] = true
      local words = {}
      for _, a in ipairs(entry.args.test) do
        words[#words + 1] = quote(a)
      end
      local args = table.concat(words, " ")
      local want = run(("%s/host/%s %s"):format(programs, name, args))
      each_configuration(function(config, variant)
        local got = run(("env TICKS=1 %s exec %s %s/%s/ticks_%s %s"):format(jitlab, options(config), build, variant, name,
          args))
        local ticks = got:match("ticks: (%a+)\n")
        expect(got:gsub("ticks: %a+\n", "") == want and ticks, name, variant, config, got)
      end)
    end
  end
end

if test == "ticks" then
  ticking()
else
  each_configuration(function(config, variant)
    local unwatched = test == "patching" and config:find("invalidate=explicit", 1, true) and "unwatched" or ""
    local alone = config:find("check$") and "alone" or ""
    local got = run(("%s exec %s %s/%s/%s %s %s %s"):format(jitlab, options(config), build, variant, test,
      rounds[test] or "", unwatched, alone))
    expect(got:find("\npassed\nstatus 0\n", 1, true) and not got:find("FAILED", 1, true), test, variant, config, got)
  end)
end
print(("%d runs, %d failed"):format(done, failed))
os.exit(failed == 0 and done > 0)
