-- Runs the test ROMs: each must print that all its checks passed, and run the same way when it is interpreted, when everything is
-- translated at once, and in lockstep. The first one's picture is looked at pixel by pixel, and its ROM in the three byte orders.
--
-- usage: lua5.4 roms.lua JITLAB FOLDER PROGRAMS
package.path = (arg[0]:match("(.*/)") or "./") .. "?.lua;" .. package.path
local common = require "common"
local json = require "dkjson"
local jitlab, folder, programs = arg[1], arg[2], arg[3]
local base = os.tmpname()
local check, read, write = common.check, common.read, common.write

-- Returns what the ROM printed, the statistics, and the status.
local function run(rom, options)
  os.remove(base .. ".json")
  local ok, _, status = os.execute(("timeout 60 %s exec --frames 4 --log %s.log --stats %s.json %s %s >%s.out 2>&1"):format(
    jitlab, base, base, options or "", rom, base))
  local said = read(base .. ".out")
  check(ok and said == "", "%s: status %s, said: %s", rom, status, said)
  return read(base .. ".log"), json.decode(read(base .. ".json")) or {}
end

-- What pixels.c prints of a PNG file.
local function pixels(path)
  local pipe = assert(io.popen(("%s/pixels %s"):format(folder, path)))
  local width, height, raw = pipe:read("a"):match("^(%d+) (%d+)\n(.*)$")
  return raw, tonumber(width), tonumber(height), pipe:close()
end

local function five(v) return v << 3 | v >> 2 end

local function look_at_picture(path)
  local raw, width, height = pixels(path)
  if not raw then return check(false, "%s is no picture", path) end
  check(width == 320 and height == 240, "picture is %d by %d", width, height)
  check(#raw == width * 3 * height, "picture has %d bytes", #raw)
  for y = 0, 239 do
    for x = 0, 319 do
      local r, g, b = raw:byte(3 * (y * 320 + x) + 1, 3 * (y * 320 + x) + 3)
      local want = { five(x // 10), five(y // 8), five((x ~ y) & 31) }
      if r ~= want[1] or g ~= want[2] or b ~= want[3] then
        return check(false, "pixel %d, %d is %d %d %d instead of %d %d %d", x, y, r, g, b, want[1], want[2], want[3])
      end
    end
  end
end

write(base .. ".pad", "# A, and the stick to the right and down\n0 8000 16 -128\n")
for _, name in ipairs { "cop0", "tlb", "exceptions", "timers", "devices", "memory", "rsp", "idle", "remap", "beside", "endian", "modes",
  "returns", "misses", "timing" } do
  local options = ("--inputs %s.pad --save eeprom4k=%s.save --pak %s.pak --wav %s.wav"):format(base, base, base, base)
  local text, first = run(("%s/%s.z64"):format(folder, name), options)
  check(text:match("^checks %x+ passed\n$"), "%s: %s", name, text)
  if name == "devices" then
    local save, wav = read(base .. ".save"), read(base .. ".wav")
    check(#save == 512 and save:sub(25, 32) == "\x11\x22\x33\x44\x55\x66\x77\x88", "the EEPROM is not in its file")
    local pak = read(base .. ".pak")
    check(#pak == 32768 and pak:sub(33, 40) == "\x11\x22\x33\x44\x55\x66\x77\1", "the Controller Pak is not in its file")
    check(#wav == 44 + 512 and wav:sub(45, 52) == "\0\0\0\0\1\0\xff\xff", "the sound is not in its file")
  end
  os.remove(base .. ".save")
  os.remove(base .. ".pak")
  local ways = { "", "--set backend=interp --rsp backend=interp",
    "--set tier=single --set events=split:eager=1 --rsp tier=single --rsp region=loop", "--frames 2",
    "--frames 2 --set tier=single --set byte-order=swizzle --check" }
  if name ~= "timers" then -- which polls devices for most of its time
    table.insert(ways, 3, "--set byte-order=swizzle --set idle-loop=skip")
    table.insert(ways, 3, "--set byte-order=swizzle --set backend=interp")
    table.insert(ways, 3, "--set lookup=flat-phys --set invalidate=bitmap --set tier=single")
    table.insert(ways, 3, "--set lookup=flat-phys --set invalidate=bitmap-mixed --set tier=single")
    table.insert(ways, 3, "--set memory=pagetable --set invalidate=bitmap-mixed --set tier=single --check")
  end
  if name == "memory" then table.insert(ways, 3, "--set invalidate=explicit --set backend=interp") end
  for _, memory in ipairs { "call", "pagetable", "softtlb:size=4", "host-mmu" } do -- fastmem is what the others have
    if name ~= "timers" then
      table.insert(ways, 3, ("--set memory=%s --set invalidate=bitmap"):format(memory))
    end
    if name == "memory" then
      table.insert(ways, 3, ("--set memory=%s --set invalidate=explicit --set tier=single"):format(memory))
      table.insert(ways, 3, ("--set memory=%s --set byte-order=swizzle --set tier=single"):format(memory))
      table.insert(ways, 3, "--set byte-order=swizzle --set tier=single")
    end
    if name == "tlb" or name == "memory" then
      table.insert(ways, ("--frames 2 --set tier=single --set memory=%s --check"):format(memory))
    end
  end
  for _, way in ipairs(ways) do
    local again, second = run(("%s/%s.z64"):format(folder, name), options .. " " .. way)
    if way == "--frames 2" then -- lockstep takes its time: compared with a shorter run
      text, first = again, second
    end
    check(again == text and first.fingerprint == second.fingerprint
      and first.counters.guest_instructions == second.counters.guest_instructions
      and first.n64.frame_hash == second.n64.frame_hash and first.n64.state_hash == second.n64.state_hash
      and first.n64.rsp.instructions == second.n64.rsp.instructions,
      "%s: runs differ with '%s'", name, way)
    if name == "idle" then -- 22 waits that can be skipped, each but for its first turns, and the loop at the end
      local loops, skipped = second.counters.idle_loops, second.counters.idle_instructions
      check(way:find("skip", 1, true) and loops >= 23 and skipped > 22 * 19000 or not way:find("skip", 1, true) and skipped == 0,
        "idle: %d loops, %d instructions skipped with '%s'", loops, skipped, way)
    end
    os.remove(base .. ".save")
    os.remove(base .. ".pak")
  end
end

-- FlashRAM, and its file
local flash = ("--save flash=%s.save"):format(base)
for _, way in ipairs { "", "--set backend=interp", "--set tier=single --set byte-order=swizzle" } do
  local said = run(folder .. "/flash.z64", flash .. " " .. way)
  local save = read(base .. ".save")
  check(said:match("^checks %x+ passed\n$"), "flash, '%s': %s", way, said)
  check(#save == 131072 and save:byte(257 * 128 + 1) == 7 and save:byte(257 * 128 + 2) == 10, "FlashRAM is not in its file")
  os.remove(base .. ".save")
end

-- What the TLB maps as before is not translated again.
local _, phys = run(folder .. "/remap.z64", "--set invalidate=bitmap --set tier=single --set lookup=flat-phys")
local _, virtual = run(folder .. "/remap.z64", "--set invalidate=bitmap --set tier=single --set lookup=flat")
check(phys.counters.regions_revived > 200 and phys.counters.regions_translated * 3 < virtual.counters.regions_translated,
  "remap: %d regions translated, %d of a virtual lookup", phys.counters.regions_translated, virtual.counters.regions_translated)

-- Under invalidate=none too a changed TLB is noticed; and what it says it does not see is all that is not: code that is changed where
-- it stands, eight times.
for _, lookup in ipairs { "flat32", "hash-c", "two-level", "flat-phys" } do
  for _, more in ipairs { "", "--set memory=pagetable", "--set region=block --set memory=host-mmu" } do
    local said = run(folder .. "/remap.z64", ("--set invalidate=none --set tier=single --set lookup=%s %s"):format(lookup, more))
    local rest, stale = said:gsub("FAIL changed while it was: [^\n]*\n", "")
    check(rest:match("^checks %x+ FAILED 0008\n$") and stale == 8, "remap, invalidate=none, %s %s: %s", lookup, more, said)
  end
end

-- Stores beside code cost its translations nothing, and a fault each store instruction once.
for _, memory in ipairs { "fastmem", "pagetable", "call" } do
  local _, beside = run(folder .. "/beside.z64", ("--set invalidate=page-fault --set memory=%s --set tier=single"):format(memory))
  local c = beside.counters
  check(c.regions_translated < 250 and c.host_faults < 100, "beside, %s: %d regions translated, %d faults", memory,
    c.regions_translated, c.host_faults)
end

-- Lockstep runs what everybody runs: what faults is patched there too. It has fewer sites, since it leaves in front of what devices do
-- and the rest of the block is a region of its own; but no fault is left unpatched that is patched without it.
for _, name in ipairs { "tlb", "memory", "beside", "misses" } do
  local options = "--frames 2 --set tier=single --set memory=fastmem --set invalidate=page-fault"
  local _, plain = run(("%s/%s.z64"):format(folder, name), options)
  local said, lockstep = run(("%s/%s.z64"):format(folder, name), options .. " --check")
  local a, b = plain.counters, lockstep.counters
  check(said:match("^checks %x+ passed\n$") and plain.n64.state_hash == lockstep.n64.state_hash, "%s, fastmem in lockstep: %s", name, said)
  check(b.accesses_patched >= 10 and b.host_faults - b.accesses_patched <= a.host_faults - a.accesses_patched,
    "%s, fastmem in lockstep: %d of %d faults patched, %d of %d without", name, b.accesses_patched, b.host_faults,
    a.accesses_patched, a.host_faults)
end

-- The model has no notes in stubs: nothing is patched under it, and so it does not get lost.
do
  local options = "--frames 2 --set tier=single --set memory=fastmem"
  local _, plain = run(folder .. "/misses.z64", options)
  local _, modelled = run(folder .. "/misses.z64", options .. " --model default")
  local a, b = plain.counters, modelled.counters
  check(modelled.model and modelled.model.indirect_branches and modelled.model.indirect_branches > 0, "misses, modelled: no counts")
  check(b.accesses_patched == 0 and b.host_faults > a.host_faults and plain.n64.state_hash == modelled.n64.state_hash,
    "misses, modelled: %d accesses patched, %d faults, %d without", b.accesses_patched, b.host_faults, a.host_faults)
end

-- A slow call comes back by one of two thunks, which its walk has to tell apart.
for _, memory in ipairs { "call", "pagetable", "softtlb" } do
  local _, s = run(folder .. "/misses.z64", "--frames 2 --set tier=single --model default --set memory=" .. memory)
  check(math.type(s.model.indirect_branches) == "integer", "misses, modelled, memory=%s: no counts", memory)
end

-- Overlays loaded by DMA: the first makes the page dirty, and the others are found by their checksum.
do
  local rom, single = read(programs .. "/overlay.z64"), "--set tier=single --set invalidate="
  write(base .. ".z64", rom:sub(1, 0x1008) .. (">I4I4I4"):pack(2000, 100, 1) .. rom:sub(0x1008 + 13)) -- guests/n64/programs/README.md
  local _, told = run(base .. ".z64", single .. "explicit")
  local _, dirty = run(base .. ".z64", single .. "checksum-dirty")
  os.remove(base .. ".z64")
  check(dirty.fingerprint == told.fingerprint, "overlays by DMA under checksum-dirty: another end")
  check(dirty.counters.stale_entries > 100 and dirty.counters.code_writes < 10, "overlays by DMA: %d found changed, %d writes",
    dirty.counters.stale_entries, dirty.counters.code_writes)
end

-- Whether each pixel of a scaled picture is what `want` makes of its place in the window (0 to 639 by 0 to 473; black outside).
local function look_at_scaled(path, want)
  local raw, width, height = pixels(path)
  if not raw then return check(false, "%s is no picture", path) end
  check(width == 640 and height == 480, "scaled picture is %d by %d", width, height)
  for y = 0, 479 do
    local row = {}
    for x = 0, 639 do
      local r, g, b = 0, 0, 0
      if y >= 2 and y < 476 then r, g, b = want(x, y - 2) end
      row[x + 1] = string.char(r, g, b)
    end
    local got, wanted = raw:sub(y * 1920 + 1, y * 1920 + 1920), table.concat(row)
    if got ~= wanted then
      local x = 1
      while got:sub(x, x) == wanted:sub(x, x) do x = x + 1 end
      return check(false, "%s, line %d, byte %d is %d instead of %d", path, y, x - 1, got:byte(x), wanted:byte(x))
    end
  end
end

-- hello.c's 320 by 240 pixels are twice as wide and high, and every other column lies in the middle of two pixels
local function stretched(x, y)
  local function at(column)
    local row = y // 2 + column // 320 -- behind a line's end comes the next line
    column = column % 320
    return { five(column // 10), five(row // 8), five((column ~ row) & 31) }
  end
  local left, right, out = at(x // 2), at(x // 2 + 1), {}
  for i = 1, 3 do out[i] = x % 2 == 0 and left[i] or left[i] + ((right[i] - left[i]) * 16 + 16) // 32 end
  return table.unpack(out)
end

-- options may stand behind a ROM
local text, hello = run(("%s/hello.z64 --screenshot %s.png --screenshot-scaled %s.scaled"):format(folder, base, base))
check(text:match("^hello from the cartridge\n"), "hello: %s", text)
look_at_picture(base .. ".png")
look_at_scaled(base .. ".scaled", stretched)
run(("%s/woven.z64 --frames 10 --screenshot-scaled %s.scaled"):format(folder, base))
look_at_scaled(base .. ".scaled", function(x, y) return x & 255, y & 255, (x ~ y) & 255 end)
check(hello.n64.frames == 4 and hello.n64.width == 320 and hello.n64.height == 240, "hello: statistics of the frame")

-- Hashes by frame: the last frame's are those of the end, and a run that goes on from a savestate writes the others' lines.
local function frame_hashes(options)
  local _, ends = run(("%s/busy.z64 --frame-hashes %s.hashes %s"):format(folder, base, options))
  local lines, found = read(base .. ".hashes"), {}
  for frame, picture, ram, rest, instructions in lines:gmatch("(%d+) (%x+) (%x+) (%x+) (%d+)\n") do
    found[#found + 1] = { frame = tonumber(frame), picture = picture, ram = ram, rest = rest, instructions = tonumber(instructions) }
  end
  return found, ends, lines
end
local rows, stats, whole = frame_hashes(("--savestate %s.state"):format(base))
for i, row in ipairs(rows) do
  local before = rows[i - 1] or { instructions = 0 }
  check(row.frame == i and row.instructions > before.instructions and row.ram ~= before.ram and row.rest ~= before.rest,
    "busy: frame %d's hashes", i)
end
check(whole:match("^#[^\n]+\n") and #rows == 4 and rows[4].picture == stats.n64.frame_hash and rows[1].picture ~= rows[4].picture and
  rows[4].instructions == stats.counters.guest_instructions, "busy: hashes by frame")
local _, _, first = frame_hashes(("--frames 2 --set byte-order=swizzle --savestate %s.state"):format(base))
local _, _, second = frame_hashes(("--frames 2 --loadstate %s.state"):format(base))
check(first .. second:gsub("^#[^\n]+\n", "") == whole, "busy: hashes of a run in two parts")
os.execute(("%s exec --frames 2 --frame-hashes /dev/full %s/busy.z64 >%s.out 2>&1"):format(jitlab, folder, base))
check(read(base .. ".out"):match("cannot write /dev/full"), "hashes onto a full disk: %s", read(base .. ".out"))

-- through a boot ROM and the boot code in the cartridge
for _, name in ipairs { "hello", "cop0", "exceptions" } do
  local said, booted = run(("%s/%s.z64 --ipl %s/ipl.bin"):format(folder, name, folder))
  check(said:match("checks %x+ passed\n$"), "%s, booted: %s", name, said)
  check(name ~= "hello" or booted.n64.frame_hash == hello.n64.frame_hash, "hello, booted: another picture")
end

-- The reset button, also after a boot ROM, and with a savestate between what announces it and what it does
local pressed, pressed_stats = run(folder .. "/reset.z64", "--frames 36 --reset-at 2")
check(pressed:match("^checks %x+ passed\n$"), "reset: %s", pressed)
for _, way in ipairs { "--set backend=interp", "--set byte-order=swizzle --set tier=single --set memory=host-mmu" } do
  local again, other = run(folder .. "/reset.z64", "--frames 36 --reset-at 2 " .. way)
  check(again == pressed and other.n64.state_hash == pressed_stats.n64.state_hash, "reset: runs differ with '%s'", way)
end
run(folder .. "/reset.z64", ("--frames 20 --reset-at 2 --savestate %s.state"):format(base))
local later, later_stats = run(folder .. "/reset.z64", ("--frames 16 --loadstate %s.state"):format(base))
check(later == pressed and later_stats.n64.state_hash == pressed_stats.n64.state_hash, "reset in two parts: %s", later)
pressed = run(folder .. "/reset.z64", ("--frames 40 --reset-at 2 --ipl %s/ipl.bin"):format(folder))
check(pressed:match("^checks %x+ passed\n$"), "reset, booted: %s", pressed)
check(run(folder .. "/reset.z64", "--frames 36") == "", "reset without the button")

-- --until ends the run at the text, which the ROM prints in pieces, and nothing is printed behind it.
local ended, ended_stats = run(folder .. "/hello.z64", "--until 'cartridge\nchecks 0'")
check(ended:match("^hello from the cartridge\nchecks %x+$"), "--until printed: %s", ended)
check(ended_stats.exit.kind == "exit" and ended_stats.n64.frames < hello.n64.frames, "--until did not end the run")

local rom = read(folder .. "/hello.z64")
for kind, bytes in pairs { v64 = rom:gsub("(.)(.)", "%2%1"), n64 = rom:gsub("(.)(.)(.)(.)", "%4%3%2%1") } do
  write(base .. "." .. kind, bytes)
  local _, other = run(base .. "." .. kind)
  check(other.fingerprint == hello.fingerprint, "hello.%s runs in another way", kind)
end

-- What depends on the cartridge: its television, and the CIC, of which the boot code's CRC-32 tells. Boot code of our own gets that of
-- Nintendo's by its last four bytes; with these, the program does not stand where the header says.
local function crc32_table()
  local t = {}
  for i = 0, 255 do
    local c = i
    for _ = 1, 8 do c = c & 1 == 1 and c >> 1 ~ 0xedb88320 or c >> 1 end
    t[i] = c
  end
  return t
end
local TABLE = crc32_table()
local function zeros_with_crc(size, wanted)
  local state, back, row_of, out = 0xffffffff, wanted ~ 0xffffffff, {}, {}
  for _ = 1, size - 4 do state = state >> 8 ~ TABLE[state & 0xff] end
  for k = 4, 1, -1 do
    for i = 0, 255 do
      if TABLE[i] >> 24 == back >> 24 then row_of[k] = i end
    end
    back = (back ~ TABLE[row_of[k]]) << 8 & 0xffffffff
  end
  for k = 1, 4 do
    out[k] = string.char(state & 0xff ~ row_of[k])
    state = state >> 8 ~ TABLE[row_of[k]]
  end
  return ("\0"):rep(size - 4) .. table.concat(out)
end
for _, cic in ipairs { { 0x0b050ee0, 0x100000 }, { 0x98bc2c86, 0 }, { 0xacc8580a, 0x200000 } } do
  local entry = string.unpack(">I4", rom, 9) + cic[2]
  write(base .. ".z64", rom:sub(1, 8) .. string.pack(">I4", entry) .. rom:sub(13, 0x40) .. zeros_with_crc(0xfc0, cic[1]) .. rom:sub(0x1001))
  local said, other = run(base .. ".z64")
  check(said:match("^hello from the cartridge\n") and other.n64.frame_hash == hello.n64.frame_hash, "hello, CIC of %x: %s", cic[1], said)
end
local devices = read(folder .. "/devices.z64")
write(base .. ".z64", devices:sub(1, 0x3e) .. "P" .. devices:sub(0x40))
local pal, pal_stats = run(base .. ".z64")
check(pal:find("television: 0000000000000000 instead of 0000000000000001", 1, true), "a PAL cartridge's television")
local _, ntsc_stats = run(folder .. "/devices.z64")
local ratio = ntsc_stats.n64.cycles / pal_stats.n64.cycles -- of clocks, with the same number of them in a frame
check(math.abs(ratio - 49656530 / 48681818) < 1e-4, "a PAL console's clock: %.6f times NTSC's", ratio)

-- A picture whose last pixel is RDRAM's last halfword, which is white
local function words(...)
  local out = {}
  for i, w in ipairs { ... } do out[i] = string.pack(">I4", w) end
  return table.concat(out)
end
local whole_memory = { 0x3c08a080, 0x3409ffff, 0xa509fffe, 0x3c08a440 }
for _, v in ipairs { { 0, 2 }, { 1, 0x800000 - 320 * 240 * 2 }, { 2, 320 }, { 9, 0x006c02ec }, { 10, 0x002501ff }, { 12, 0x200 },
  { 13, 0x400 } } do
  table.move({ 0x3c090000 | v[2] >> 16, 0x35290000 | v[2] & 0xffff, 0xad090000 | v[1] * 4 }, 1, 3, #whole_memory + 1, whole_memory)
end
write(base .. ".z64", rom:sub(1, 0x1000) .. words(table.unpack(whole_memory)) .. words(0x1000ffff, 0))
run(("%s.z64 --screenshot %s.png"):format(base, base))
check(pixels(base .. ".png"):sub(-6) == "\0\0\0\xff\xff\xff", "the pixel at RDRAM's end")

os.execute(("rm -f %s %s.*"):format(base, base))
print(common.failed == 0 and "ok" or common.failed .. " failed")
os.exit(common.failed == 0)
