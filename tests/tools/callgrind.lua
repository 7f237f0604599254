-- Is --count exact? The second witness beside exact.lua: callgrind counts the instructions of the code cache (its range is
-- in the jitdump), and that must be what jitlab counts itself under valgrind, to the instruction.
--
-- usage: lua5.4 callgrind.lua JITLAB PROGRAM_DIR [all]
--
-- Both runs are under valgrind, whose processor may have fewer features than the host.
local shell = dofile((arg[0]:match("(.*/)") or "./") .. "shell.lua")
local capture, quote = shell.capture, shell.quote
local jitlab, programs, all = arg[1], arg[2], arg[3] == "all"

local names = { "calls", "sha256", "nbody", "guestjit", "qsortcb" }
local configurations = {
  "",
  "--set dispatch=c-loop --set lookup=hash-c --set returns=rsb",
  "--set memory=call --set link=none",
  "--set tier=single --set code-memory=rwx:size=64 --set memory=pagetable --set region=block",
  "--set invalidate=checksum --set far-code=inline --set events=split --set lookup=two-level --set inline-cache=ibtc",
}

if capture("valgrind --version 2>/dev/null") == "" then
  print("SKIPPED: valgrind is not installed")
  os.exit(77)
end

local directory = capture("mktemp -d"):match("%S+")
local profile, stats = directory .. "/profile", directory .. "/stats.json"

local function valgrind(options, program)
  os.remove(profile)
  os.remove(stats)
  os.execute(("valgrind --tool=callgrind --smc-check=all-non-file --vex-iropt-register-updates=allregs-at-mem-access "
    .. "--callgrind-out-file=%s %s exec --pid 1 %s %s 1 >%s/out 2>&1"):format(profile, quote(jitlab), options, program,
    directory))
end

-- First and last address of what the jitdump has in it: thunks and regions.
local function cache_range()
  local low, high = math.huge, 0
  local file = assert(io.open(capture("ls " .. directory .. "/jit-*"):match("%S+"), "rb"))
  local text = file:read("a")
  file:close()
  local at = string.unpack("<I4", text, 9) + 1 -- the header's size
  while at < #text do
    local kind, size = string.unpack("<I4I4", text, at)
    if kind == 0 then -- JIT_CODE_LOAD: time, pid, tid, vma; then address and size
      local address, bytes = string.unpack("<I8I8", text, at + 32)
      low, high = math.min(low, address), math.max(high, address + bytes)
    end
    at = at + size
  end
  os.execute("rm -f " .. directory .. "/jit-*")
  return low, high
end

-- What callgrind saw executed there, by functions (the whole cache is one or a few). A line of cost after "calls=" is the
-- callee's.
local function in_cache()
  local low, high = cache_range()
  local address, called, sum = {}, false, 0
  local fn
  for line in io.lines(profile) do
    local kind, id, name = line:match("^(c?fn)=%((%d+)%)%s*(%S*)")
    if id and name ~= "" then address[id] = tonumber(name:match("^0x%x+$")) or 0 end
    if kind == "fn" then fn = address[id] end
    if line:find("^calls=") then
      called = true
    elseif line:find("^[%d+*-]") then
      if not called and fn >= low and fn < high then sum = sum + tonumber(line:match("^%S+ (%d+)") or 0) end
      called = false
    end
  end
  return sum
end

local function counted(options, program)
  valgrind("--count --stats " .. stats .. " " .. options, program)
  local file = assert(io.open(stats))
  local text = file:read("a")
  file:close()
  return tonumber(text:match('"host_instructions": (%d+)'))
end

local failed, runs = 0, 0
for i, name in ipairs(names) do
  for k, options in ipairs(configurations) do
    if all or i == k then
      local program = quote(programs .. "/" .. name)
      valgrind("--jitdump " .. directory .. " " .. options, program)
      local seen, count = in_cache(), counted(options, program)
      runs = runs + 1
      local same = seen == count and seen > 0
      if not same then failed = failed + 1 end
      print(("%-4s %-10s callgrind %d, counted %s  %s"):format(same and "ok" or "FAIL", name, seen, count, options))
    end
  end
end
os.execute("rm -rf " .. directory)
print(("%d runs, %d failed"):format(runs, failed))
os.exit(failed == 0)
