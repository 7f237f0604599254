-- offload=functions: the same output, exit status and final state as under offload=none; what is counted; what is refused.
--
-- usage: lua5.4 functions.lua BUILD_DIR JITLAB PROGRAMS_DIR [STEPS]
local json = require "dkjson"
local build, jitlab, sources = arg[1], arg[2], arg[3]
local stats, scratch = os.tmpname(), os.tmpname()
local checks, failed = 0, 0

local function check(ok, ...)
  checks = checks + 1
  if not ok then
    failed = failed + 1
    print("FAILED: " .. string.format(...))
  end
end

local function shell(command)
  local pipe = assert(io.popen("{ " .. command .. "; } 2>&1; echo status $?"))
  local text = pipe:read("a")
  pipe:close()
  return text
end

local function exec(options, program)
  os.remove(stats)
  local text = shell(("timeout 60 %s exec --pid 77 --stats %s %s %s"):format(jitlab, stats, options, program))
  local file = io.open(stats)
  local got = file and json.decode(file:read("a"))
  if file then file:close() end
  return text, got
end

local CALLED = { "functions:fast=0", "functions" }

-- ---- programs: words that follow the name; how many calls back there are at least ----

local function same(name, words, back)
  local program = ("%s/programs/mipsel/%s %s"):format(build, name, words)
  local want = shell(("%s/programs/host/%s %s"):format(build, name, words))
  local _, plain = exec("", program)
  for _, set in ipairs(CALLED) do
    local text, got = exec("--set offload=" .. set, program)
    check(text == want, "%s %s under %s:\n%s\nwant\n%s", name, words, set, text, want)
    local c = got and got.counters or {}
    check(got and plain and #got.fingerprint == 16 and plain.fingerprint:sub(1, 16) == got.fingerprint,
      "%s %s under %s: the final state differs", name, words, set)
    check((c.offloaded_functions or 0) > 0 and (c.offloaded_calls or 0) > 0 and (c.offload_callbacks or 0) >= back,
      "%s %s under %s: not called: %s functions, %s calls, %s back", name, words, set, c.offloaded_functions, c.offloaded_calls,
      c.offload_callbacks)
    check(got and got.counters.guest_instructions < plain.counters.guest_instructions, "%s: nothing was saved", name)
  end
  check(plain and plain.counters.offloaded_functions == 0 and plain.counters.offloaded_calls == 0, "%s: counted without", name)
end

same("bodies", "20 -w 16", 0)
same("bodies", "20 -w 1", 0)
same("sha256", "1000", 0)
same("strings", "200 -l", 0)
same("qsortcb", "20", 40000)
same("border", "700", 90000)
same("border", "100 -b", 1600)
for kind = 1, 6 do -- an exit in a call back, faults and a division by zero with and without a handler
  local words = ("border 2 -x %d"):format(kind)
  local want = shell(("%s/programs/host/%s"):format(build, words))
  for _, set in ipairs(CALLED) do
    local got = exec("--set offload=" .. set, ("%s/programs/mipsel/%s"):format(build, words))
    check(got:gsub("timeout.-\n", "") == want:gsub("^.-%.so.-\n", ""), "%s under %s:\n%swant\n%s", words, set, got, want)
  end
end

-- ---- what else a guest may do ----

local odd = build .. "/offload/odd"
for _, kind in ipairs { "threads", "patch", "code", "fork", "alarm", "rounding", "exit" } do
  local want = exec("", odd .. " " .. kind)
  check(want:match("status %d+%s*$") == (kind == "exit" and "status 33\n" or "status 0\n"), "odd %s: %s", kind, want)
  for _, set in ipairs { "functions:fast=0", "functions", "functions --set invalidate=explicit", "functions --set tier=single",
    "functions:fast=0 --set tier=single",
    "functions --set invalidate=checksum-dirty --set code-memory=rwx:size=64" } do
    local got, of = exec("--set offload=" .. set, odd .. " " .. kind)
    check(got == want, "odd %s under %s:\n%swant\n%s", kind, set, got, want)
    check(kind ~= "threads" or of and of.counters.offloaded_calls == 86388, "odd threads under %s: %s calls", set,
      of and of.counters.offloaded_calls)
  end
end
local wild = exec("--set offload=functions", odd .. " wild")
check(wild:match("^jitlab: internal: a host function [^\n]+\nstatus 70\n$"), "odd wild: %s", wild)

-- ---- --count is exact: against a run stepped through the code cache (tests/tools/steps.c), where this host lets one be ----

for _, words in ipairs(arg[4] and { "bodies 2 -w 4", "sha256 5" } or {}) do
  for _, set in ipairs(CALLED) do
    local folder = io.popen("mktemp -d"):read("l")
    local program = ("%s/programs/mipsel/%s"):format(build, words)
    local stepped = tonumber(shell(("%s %s %s exec --pid 77 --jitdump %s --set offload=%s %s"):format(arg[4], folder, jitlab, folder, set,
      program)):match("^%d+"))
    local _, got = exec("--count --set offload=" .. set, program)
    check(not stepped or got and got.counters.host_instructions == stepped, "%s under %s: %s instructions counted, %s stepped", words, set,
      got and got.counters.host_instructions, stepped)
    os.execute("rm -rf " .. folder)
  end
end

-- ---- some functions only ----

local border = build .. "/programs/mipsel/border 5"
for list, n in pairs { fold = 1, ["fold,descend"] = 2, ["*"] = 7, ["f*,s?x,walk"] = 3 } do
  local text, got = exec(("--set offload=functions --offload-only '%s'"):format(list), border)
  check(got and got.counters.offloaded_functions == n, "--offload-only %s: %s functions, %s", list,
    got and got.counters.offloaded_functions, text)
end

-- ---- refused, in one line ----

local function refused(options, program, sentence)
  local text = exec(options, program)
  check(text:match("^jitlab: [^\n]+\nstatus 125\n$") and text:find(sentence, 1, true), "%s %s: %s\nwant: %s", options, program, text,
    sentence)
end

local programs = build .. "/programs/mipsel/"
local on = "--set offload=functions "
refused(on, programs .. "calls", "calls.offload.so: No such file")
refused(on .. "--offload /nonexistent/x.so", programs .. "bodies", "/nonexistent/x.so: No such file")
refused(on .. "--offload " .. programs .. "border.offload.so", programs .. "bodies", "made for another program")
refused(on .. "--offload " .. sources .. "/bodies.c", programs .. "bodies", "not a shared object of this host")
refused(on .. "--offload-only offloadable,nosuch", programs .. "bodies", "no function nosuch in it")
refused(on .. "--offload-only ''", programs .. "bodies", "no function  in it")
refused(on, build .. "/programs/mips/bodies", "this program is big-endian")
refused(on .. "--check", programs .. "bodies", "--check compares")
refused(on .. "--trap-unaligned", programs .. "bodies", "do not trap on unaligned")
refused("--offload " .. programs .. "bodies.offload.so", programs .. "bodies", "are for offload=functions")
refused("--offload-only x", programs .. "bodies", "are for offload=functions")
refused(on .. "--guest n64", programs .. "bodies", "a ROM has none")
refused(on .. "--set backend=interp", programs .. "bodies", "the interpreter translates nothing")
refused(on .. "--set invalidate=bitmap", programs .. "bodies", "without such a test")
refused(on .. "--set invalidate=bitmap-mixed", programs .. "bodies", "without such a test")
refused(on .. "--set returns=callret", programs .. "bodies", "want the same stack")
refused(on .. "--set dispatch=c-loop", programs .. "bodies", "dispatch=asm")

local function object(from, to, source)
  return shell(("sh %s/offload_object.sh %s %s %s gcc -std=gnu11 -D_GNU_SOURCE -fPIC -shared -w -I%s"):format(sources, from, to, source,
    sources))
end
-- as long as the program, and one byte of its names differs
shell(("cp %sbodies %s.calls && printf X | dd conv=notrunc bs=1 of=%s.calls seek=$(($(stat -c %%s %s.calls) - 1))"):format(programs,
  scratch, scratch, scratch))
refused(on .. "--offload " .. programs .. "bodies.offload.so", scratch .. ".calls", "made for another program")
shell(("head -c 9000 %sbodies.offload.so > %s"):format(programs, scratch))
refused(on .. "--offload " .. scratch, programs .. "bodies", "not a shared object of this host")
shell(("echo 'int x;' | gcc -shared -fPIC -o %s -xc -"):format(scratch))
refused(on .. "--offload " .. scratch, programs .. "bodies", "not an object of host functions")
object(programs .. "sha256", scratch, sources .. "/bodies.c") -- a function that the program does not have
refused(on .. "--offload " .. scratch, programs .. "sha256", "no function offloadable in the program's symbol table")
shell(("cp %scalls %s.calls && mipsel-linux-gnu-strip %s.calls"):format(programs, scratch, scratch))
object(scratch .. ".calls", scratch, sources .. "/bodies.c")
refused(on .. "--offload " .. scratch, scratch .. ".calls", "no symbol table")

os.remove(stats)
os.remove(scratch)
os.remove(scratch .. ".calls")
print(("%d checks, %d failed"):format(checks, failed))
os.exit(failed == 0 and checks > 0)
