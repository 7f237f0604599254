-- What a turn of the RSP costs beside its work: as many instructions in turns of 512 and in turns of 128, by their difference.
-- Nobody looks at the RSP between two turns, so nothing is interpreted but what is not translated yet; and, where valgrind is
-- installed and the build is an optimised one, host instructions are bounded.
--
-- usage: lua5.4 turns.lua RSP_LOOPS [BUILD_TYPE]
local loops, build_type = arg[1], arg[2] or ""
local STEPS, LONG, SHORT = 1000000, 512, 128
-- Host instructions a turn, gcc 12 at -O3: 750, 540 and 630. It was 1280, 1250 and 1370.
local MOST = { checksum = 880, vertices = 660, filter = 760 }
local INTERPRETED = 0.005 -- 0.11 in turns of 128 when each began and ended in the middle of a block

local failed = false
local function bound(what, value, most)
  local ok = value <= most
  print(("%s %s: %.4g, at most %g"):format(ok and "ok   " or "WRONG", what, value, most))
  failed = failed or not ok
end

local function output(slice, before, name)
  local p = io.popen(("RSP_STEPS=%d RSP_SLICE=%d %s '%s' %s x64 2>&1"):format(STEPS, slice, before, loops, name))
  local text = p:read("a")
  assert(p:close(), text)
  return text
end

local function counted(slice, name)
  local text = output(slice, "valgrind --tool=callgrind --smc-check=all-non-file"
    .. " --vex-iropt-register-updates=allregs-at-mem-access --callgrind-out-file=/dev/null", name)
  return assert(tonumber(text:match("Collected : (%d+)")), text)
end

local p = io.popen("valgrind --version 2>/dev/null")
local has_valgrind = p:read("a") ~= ""
p:close()
for name, most in pairs(MOST) do
  for _, slice in ipairs { LONG, SHORT } do
    local translated = assert(tonumber(output(slice, "", name):match("translated ([%d.]+)")))
    bound(("%s in turns of %d, part interpreted"):format(name, slice), 1 - translated, INTERPRETED)
  end
  if has_valgrind and build_type == "Release" then
    local turns = STEPS / SHORT - STEPS / LONG
    bound(name .. ", host instructions a turn", (counted(SHORT, name) - counted(LONG, name)) / turns, most)
  end
end
os.exit(not failed)
