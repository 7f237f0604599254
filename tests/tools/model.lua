-- Does --model say what the strategies are known to do to a processor's front end? exact.lua has the numbers themselves.
--
-- usage: lua5.4 model.lua JITLAB PROGRAM_DIR
local shell = dofile((arg[0]:match("(.*/)") or "./") .. "shell.lua")
local capture, quote = shell.capture, shell.quote
local jitlab, programs = arg[1], arg[2]
local directory = capture("mktemp -d"):match("%S+")
local failed = 0

local function check(holds, what, ...)
  if not holds then failed = failed + 1 end
  print(("%-4s %s"):format(holds and "ok" or "FAIL", what:format(...)))
end

-- The statistics of a run as a function of the name, and as text; options go before the program.
local function run(options, program)
  local stats = directory .. "/stats.json"
  os.remove(stats)
  os.execute(("%s exec --pid 1 --stats %s %s %s/%s >%s/out 2>&1"):format(quote(jitlab), stats, options, quote(programs), program,
    directory))
  local file = assert(io.open(stats))
  local text = file:read("a")
  file:close()
  local function counter(name) return tonumber(text:match('"' .. name .. '": (%d+)')) end
  return counter, text:match('"model": (%b{})'), text:match('"counters": (%b{})')
end

local many = run("--model default", "indirect 200 -f 64")
local one = run("--model default", "indirect 200 -f 1")
check(many("indirect_mispredictions") > 100 * one("indirect_mispredictions"),
  "indirect calls to 64 targets in turn are mispredicted (%d times), to one they are not (%d)",
  many("indirect_mispredictions"), one("indirect_mispredictions"))

local small = run("--model btb=16x1", "indirect 200 -f 64")
check(small("indirect_mispredictions") > many("indirect_mispredictions"), "a small buffer mispredicts more: %d, the large one %d",
  small("indirect_mispredictions"), many("indirect_mispredictions"))
check(small("btb_misses") > 10 * many("btb_misses") and small("btb_lookups") == many("btb_lookups"),
  "and misses more of the same branches: %d, %d", small("btb_misses"), many("btb_misses"))

-- A guest's return is a jump of the host's under dispatch=asm, so the host's return stack sees only the ways out to C;
-- dispatch=c-loop returns after every region.
local asm = run("--model default --set dispatch=asm --set memory=fastmem", "calls 20")
check(asm("returns") == asm("run_entries") + asm("memory_slow_calls"), "dispatch=asm: as many host returns (%d) as ways out",
  asm("returns"))
check(asm("return_mispredictions") == 0, "which the return stack predicts")
local loop = run("--model default --set dispatch=c-loop --set lookup=hash-c --set link=none", "calls 20")
check(loop("returns") > 10 * asm("returns") and loop("return_mispredictions") == 0,
  "dispatch=c-loop: more of them (%d), and predicted", loop("returns"))
check(loop("indirect_branches") * 10 < asm("indirect_branches"), "and hardly an indirect jump: %d, dispatch=asm %d",
  loop("indirect_branches"), asm("indirect_branches"))
local none = run("--model ras=0 --set dispatch=c-loop --set lookup=hash-c --set link=none", "calls 20")
check(none("return_mispredictions") == none("returns") and none("returns") == loop("returns"),
  "without a return stack each of them is mispredicted")

local tiny = run("--model icache=1k:1:64", "sha256 20")
local large = run("--model default", "sha256 20")
check(tiny("icache_accesses") == large("icache_accesses") and tiny("icache_misses") > 5 * large("icache_misses"),
  "a small instruction cache misses more: %d, the large one %d", tiny("icache_misses"), large("icache_misses"))

local _, first, counters = run("--model default", "hotpatch 100")
local _, second = run("--model default", "hotpatch 100")
local _, absent, plain = run("--count", "hotpatch 100")
local function without_ns(text) return (text:gsub('"translate_ns": %d+', "")) end
check(first == second, "the same on every run")
check(without_ns(counters) == without_ns(plain), "and all other counters are those of a run without a model")
check(absent == nil, "which has none")

for _, wrong in ipairs { "btb=3x1", "ras=x", "icache=32k:8:60", "" } do
  local said = capture(("%s exec --model '%s' /nonexistent 2>&1; echo $?"):format(quote(jitlab), wrong))
  local line, status = said:match("^([^\n]*)\n(%d+)\n$")
  if wrong == "" then
    check(line and not line:find("%-%-model"), "no parts at all are the default")
  else
    check(line and line:find("^jitlab: %-%-model: ") and status == "125", "'%s' is refused: %s", wrong, line)
  end
end

os.execute("rm -rf " .. directory)
os.exit(failed == 0)
