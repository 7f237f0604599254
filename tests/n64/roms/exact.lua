-- Is --count exact where accesses are changed into jumps and slow paths call devices? As tests/tools/exact.lua: stepped, and counted.
--
-- usage: lua5.4 exact.lua STEPS JITLAB FOLDER
local steps, jitlab, folder = arg[1], arg[2], arg[3]
local runs = { { "timers", 3000 }, { "tlb", 8000 }, { "beside", 20000 }, { "timing", 4000 } }

local function capture(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  pipe:close()
  return text
end

local directory, failed = capture("mktemp -d"):match("%S+"), 0
for _, run in ipairs(runs) do
  for _, memory in ipairs { "fastmem", "softtlb" } do
    local options = ("--set memory=%s --set tier=single --max-instructions %d"):format(memory, run[2])
    local rom = ("%s %s/%s.z64"):format(options, folder, run[1])
    local text = capture(("%s %s %s exec --jitdump %s %s 2>%s/err"):format(steps, directory, jitlab, directory, rom, directory))
    local stepped = tonumber(text:match("^%d+"))
    if not stepped then
      print("SKIPPED: this host does not let a program be stepped (ptrace)")
      os.execute("rm -rf " .. directory)
      os.exit(77)
    end
    capture(("%s exec --count --stats %s/s.json %s 2>&1"):format(jitlab, directory, rom))
    local stats = assert(io.open(directory .. "/s.json")):read("a")
    local function counter(name) return tonumber(stats:match('"' .. name .. '": (%d+)')) end
    local same = stepped == counter("host_instructions") and counter("memory_slow_calls") + counter("host_faults") > 0
    failed = failed + (same and 0 or 1)
    print(("%-4s %-6s stepped %d, counted %d, %d slow calls  %s"):format(same and "ok" or "FAIL", run[1], stepped,
      counter("host_instructions"), counter("memory_slow_calls"), options))
  end
end
os.execute("rm -rf " .. directory)
os.exit(failed == 0)
