-- Savestates: a run that is saved and gone on with ends as one run does, to the last hash; what is not a state of this run is
-- refused in one line; state-diff names what differs.
--
-- usage: lua5.4 states.lua JITLAB FOLDER
package.path = (arg[0]:match("(.*/)") or "./") .. "?.lua;" .. package.path
local common = require "common"
local json = require "dkjson"
local jitlab, folder = arg[1], arg[2]
local base = os.tmpname()
local check, read, write = common.check, common.read, common.write

-- Returns what was said on standard error, the status, and the statistics.
local function run(rom, options)
  os.remove(base .. ".json")
  local _, _, status = os.execute(("timeout 60 %s exec --log %s.log --stats %s.json %s %s/%s.z64 2>%s.err"):format(
    jitlab, base, base, options, folder, rom, base))
  return read(base .. ".err"), status, json.decode(read(base .. ".json")) or {}
end

local function hashes(stats)
  local n = stats.n64 or {}
  return ("%s %s %s %s %s"):format(n.frames, n.cycles, n.frame_hash, n.state_hash, stats.fingerprint)
end

local function diff(a, b)
  local _, _, status = os.execute(("%s state-diff %s %s >%s.diff 2>%s.err"):format(jitlab, a, b, base, base))
  return read(base .. ".diff"), status, read(base .. ".err")
end

local state, other, whole = base .. ".state", base .. ".other", base .. ".whole"

-- How a run of `frames` frames ends whole, and in two parts of which the first has these options.
local function same(rom, frames, firsts, options)
  options = options or ""
  local _, _, one = run(rom, ("%s --frames %d --savestate %s"):format(options, frames, whole))
  for _, first in ipairs(firsts) do
    local said, _, part = run(rom, ("%s %s --savestate %s"):format(options, first, state))
    local left = frames - part.n64.frames
    local _, status, two = run(rom, ("%s --frames %d --loadstate %s --savestate %s"):format(options, left, state, other))
    check(status == 0 and hashes(one) == hashes(two), "%s, %s: %s instead of %s (%s)", rom, first, hashes(two), hashes(one), said)
    local lines = diff(whole, other)
    check(lines == "", "%s, %s: %s", rom, first, lines)
  end
end

write(base .. ".pad", "0 8000 16 -128\n3 4000 1 2\n5 0 3 4\n")
for _, rom in ipairs { "cop0", "tlb", "exceptions", "timers" } do same(rom, 4, { "--frames 2" }) end
same("busy", 4, { "--frames 1", "--frames 2" }, ("--inputs %s.pad"):format(base))
same("busy", 3, { "--max-instructions 600001", "--max-instructions 1234567" }, "--rdram 4")
local ipl = ("--ipl %s/ipl.bin"):format(folder)
same("hello", 4, { "--max-instructions 100", "--frames 2" }, ipl)

-- save memory goes with the state, over what the file held
local save = ("--save eeprom4k=%s.save --pak %s.pak"):format(base, base)
same("devices", 4, { "--frames 2" }, save)
local saved, pak = read(base .. ".save"), read(base .. ".pak")
os.remove(base .. ".save")
os.remove(base .. ".pak")
run("devices", ("%s --frames 1 --loadstate %s"):format(save, other))
check(#saved == 512 and read(base .. ".save") == saved, "the EEPROM does not come back with the state")
check(#pak == 32768 and read(base .. ".pak") == pak, "the Controller Pak does not come back with the state")

-- what is refused
local function refused(name, rom, options, ...)
  local said, status = run(rom, options)
  local ok = status == 125 and said:match("^jitlab: [^\n]+\n$")
  for _, text in ipairs { ... } do ok = ok and said:find(text, 1, true) end
  check(ok, "%s: status %s, said: %s", name, status, said)
end
local load = "--frames 1 --loadstate " .. state
run("hello", "--frames 4 --savestate " .. state)
local good = read(state)
for _, size in ipairs { 0, 7, 8, 47, 48, 1000, #good - 1 } do
  write(state, good:sub(1, size))
  refused("cut to " .. size, "hello", load, state)
end
for at = 0, #good - 1, #good // 12 do
  write(state, good:sub(1, at) .. string.char(good:byte(at + 1) ~ 1 << at % 8) .. good:sub(at + 2))
  refused("changed at " .. at, "hello", load, state)
end
write(state, good .. "\0")
refused("too long", "hello", load, "corrupt")
write(state, good:sub(1, 8) .. string.pack("<I4", 99) .. good:sub(13))
refused("newer", "hello", load, "newer")
write(state, read(folder .. "/hello.z64"))
refused("foreign", "hello", load, "not a savestate")
os.execute(("truncate -s 100M %s"):format(state))
refused("huge", "hello", load, "64 MiB")
write(state, good)
refused("another ROM", "busy", load, "another ROM")
refused("another RDRAM", "hello", load .. " --rdram 4", "8 MiB", "--rdram")
-- a state of another console is not corrupt: one sentence names what both have
local function foreign(name, options, sentence)
  refused(name, "hello", options, ("jitlab: %s: the savestate was made with %s\n"):format(options:match("--loadstate (%S+)"), sentence))
end
foreign("no save memory", load .. (" --save sram=%s.sram"):format(base), "no --save, this run has --save sram")
foreign("no pak", load .. (" --pak %s.pak"):format(base), "no --pak, this run has --pak")
run("hello", ("--frames 1 --save eeprom4k=%s.4k --pak %s.pak --savestate %s"):format(base, base, other))
local without = "--frames 1 --loadstate " .. other
foreign("save memory", without .. (" --pak %s.pak"):format(base), "--save eeprom4k, this run has no --save")
foreign("a pak", without .. (" --save eeprom4k=%s.4k"):format(base), "--pak, this run has no --pak")
foreign("other save memory", without .. (" --save eeprom16k=%s.16k"):format(base), "--save eeprom4k, this run has --save eeprom16k")
run("hello", ipl .. " --max-instructions 100 --savestate " .. other)
foreign("a boot ROM", without, "--ipl, this run has no --ipl")
write(base .. ".ipl", ("\0"):rep(1984))
foreign("another boot ROM", without .. (" --ipl %s.ipl"):format(base), "--ipl, this run has another file for it")
refused("missing", "hello", "--frames 1 --loadstate /nowhere/state", "No such file")
refused("not writable", "hello", "--frames 1 --savestate /nowhere/state", "/nowhere/state")

-- what differs
local lines, status = diff(state, state)
check(lines == "" and status == 0, "a state differs from itself: %s", lines)
run("hello", "--frames 5 --savestate " .. other)
lines, status = diff(state, other)
check(status == 1 and lines:find("vi.frames: 0000000000000004 0000000000000005\n", 1, true) and
  lines:find("event.vi_field: ", 1, true) and not lines:find("vi.origin", 1, true), "frames 4 and 5: %s", lines)
run("busy", "--frames 3 --savestate " .. other)
lines = diff(state, other)
for _, text in ipairs { "rom: ", "cpu.gpr[29]: ", "memory.rdram[200000..200fff]: ", "rsp.v01[0]: ", "tlb[3].hi: ", "rdp.fill_colour: " } do
  check(lines:find(text, 1, true), "two ROMs: no %s", text)
end
local _, not_there, said = diff(state, base .. ".nothing")
check(not_there == 125 and said:match("^jitlab: [^\n]+\n$"), "state-diff without a file: %s", said)

os.execute(("rm -f %s %s.*"):format(base, base))
print(common.failed == 0 and "ok" or common.failed .. " failed")
os.exit(common.failed == 0)
