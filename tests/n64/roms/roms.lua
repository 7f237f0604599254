-- Runs the test ROMs: each must print that all its checks passed, and run the same way when it is interpreted, when everything is
-- translated at once, and in lockstep. The first one's picture is looked at pixel by pixel, and its ROM in the three byte orders.
--
-- usage: lua5.4 roms.lua JITLAB FOLDER
local json = require "dkjson"
local jitlab, folder = arg[1], arg[2]
local failed, base = 0, os.tmpname()

local function check(ok, format, ...)
  if ok then return end
  failed = failed + 1
  print(format:format(...))
end

local function read(path)
  local f = io.open(path, "rb")
  local content = f and f:read("a") or ""
  if f then f:close() end
  return content
end

local function write(path, content)
  local f = assert(io.open(path, "wb"))
  f:write(content)
  f:close()
end

-- Returns what the ROM printed, the statistics, and the status.
local function run(rom, options)
  os.remove(base .. ".json")
  local ok, _, status = os.execute(("timeout 60 %s exec --frames 10 --log %s.log --stats %s.json %s %s >%s.out 2>&1"):format(
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
for _, name in ipairs { "cop0", "tlb", "exceptions", "timers", "devices", "memory" } do
  local options = ("--inputs %s.pad --save eeprom4k=%s.save --wav %s.wav"):format(base, base, base)
  local text, first = run(("%s/%s.z64"):format(folder, name), options)
  check(text:match("^checks %x+ passed\n$"), "%s: %s", name, text)
  if name == "devices" then
    local save, wav = read(base .. ".save"), read(base .. ".wav")
    check(#save == 512 and save:sub(25, 32) == "\x11\x22\x33\x44\x55\x66\x77\x88", "the EEPROM is not in its file")
    check(#wav == 44 + 512 and wav:sub(45, 52) == "\0\0\0\0\1\0\xff\xff", "the sound is not in its file")
  end
  os.remove(base .. ".save")
  local ways = { "", "--set backend=interp", "--set tier=single", "--frames 2", "--frames 2 --set tier=single --check" }
  for _, memory in ipairs { "call", "pagetable", "softtlb:size=4", "host-mmu" } do -- fastmem is what the others have
    table.insert(ways, 4, ("--set memory=%s --set invalidate=bitmap"):format(memory))
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
      and first.n64.frame_hash == second.n64.frame_hash, "%s: runs differ with '%s'", name, way)
    os.remove(base .. ".save")
  end
end

local text, hello = run(("%s/hello.z64 --screenshot %s.png"):format(folder, base)) -- options may stand behind a ROM
check(text:match("^hello from the cartridge\n"), "hello: %s", text)
look_at_picture(base .. ".png")
check(hello.n64.frames == 10 and hello.n64.width == 320 and hello.n64.height == 240, "hello: statistics of the frame")

local rom = read(folder .. "/hello.z64")
for kind, bytes in pairs { v64 = rom:gsub("(.)(.)", "%2%1"), n64 = rom:gsub("(.)(.)(.)(.)", "%4%3%2%1") } do
  write(base .. "." .. kind, bytes)
  local _, other = run(base .. "." .. kind)
  check(other.fingerprint == hello.fingerprint, "hello.%s runs in another way", kind)
end

os.execute(("rm -f %s %s.*"):format(base, base))
print(failed == 0 and "ok" or failed .. " failed")
os.exit(failed == 0)
