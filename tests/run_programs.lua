-- Runs every guest program of the manifest, in both byte orders, under one or more configurations, and compares output
-- and exit status with the host's build of the same program.
--
-- usage: lua5.4 run_programs.lua BUILD_DIR JITLAB SIZE CONFIG...     CONFIG: "--set a=b --set c=d" ("" = the default)
local build, jitlab, size = arg[1], arg[2], arg[3]
local manifest = dofile((arg[0]:match("(.*/)") or "./") .. "../guests/programs/manifest.lua")

local function quote(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

local function run(command)
  local pipe = assert(io.popen(command .. " 2>&1; echo \"status $?\""))
  local text = pipe:read("a")
  pipe:close()
  return text
end

local failed, done = 0, 0
for i = 4, math.max(#arg, 4) do
  local config = arg[i] or ""
  for _, entry in ipairs(manifest.programs or manifest) do
    local name = entry.program or entry.source:match("([^/]+)%.%w+$") or entry.name
    local args = {}
    for _, a in ipairs(entry.args[size]) do
      args[#args + 1] = quote(a)
    end
    local tail = table.concat(args, " ")
    local want = run(("%s/programs/host/%s %s"):format(build, name, tail))
    local stale = entry.smc == "unflushed" and config:find("invalidate=explicit", 1, true)
    for _, variant in ipairs(stale and {} or { "mipsel", "mips" }) do
      local got = run(("timeout 300 %s exec %s %s/programs/%s/%s %s"):format(jitlab, config, build, variant, name, tail))
      done = done + 1
      if got ~= want then
        failed = failed + 1
        print(("DIFFERS: %s %s [%s]\n  host: %s\n  here: %s"):format(entry.name, variant, config,
          want:gsub("\n", "\n        "), got:sub(1, 2000):gsub("\n", "\n        ")))
      end
    end
  end
end
print(("%d runs, %d differences"):format(done, failed))
os.exit(failed == 0 and done > 0)
