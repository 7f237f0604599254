-- Bad ROMs and options: one line on standard error and status 125, or a run that its limits end; never a crash.
--
-- usage: lua5.4 bad.lua JITLAB FOLDER [SEED]
local jitlab, folder = arg[1], arg[2]
local seed = tonumber(arg[3]) or os.time()
math.randomseed(seed)
print("seed " .. seed)
local failed, path = 0, os.tmpname()

local function run(options, rom, seconds)
  local pipe = assert(io.popen(("timeout %d %s exec --guest n64 %s %s 2>&1 >/dev/null; echo status $?"):format(
    seconds or 60, jitlab, options, rom)))
  local said, status = pipe:read("a"):match("^(.*)status (%d+)%s*$")
  pipe:close()
  return said, tonumber(status)
end

local function refused(name, options, rom, ...)
  local said, status = run(options, rom)
  local ok = status == 125 and said:match("^jitlab: [^\n]+\n$")
  for _, text in ipairs { ... } do ok = ok and said:find(text, 1, true) end
  if ok then return end
  failed = failed + 1
  print(("%s: status %s, said: %s"):format(name, status, said))
end

-- The run ends in one of these ways, with at most one line; by a limit of its own, and not by timeout's.
local function ends(name, options, rom, statuses, seconds)
  local said, status = run(options, rom, seconds)
  local ok = status ~= 124 and said == "" or said:match(status == 124 and "^jitlab: %a+ limit reached\n$" or "^jitlab: [^\n]+\n$")
  if statuses[status] and ok then return end
  failed = failed + 1
  print(("%s: status %s, said: %s"):format(name, status, said))
end

local function write(bytes)
  local out = assert(io.open(path, "wb"))
  out:write(bytes)
  out:close()
  return path
end

local function words(...)
  local out = {}
  for i, w in ipairs { ... } do out[i] = string.pack(">I4", w) end
  return table.concat(out)
end

-- A ROM with this entry address and program.
local function rom(entry, program)
  local header = words(0x80371240, 15, entry, 0)
  return header .. ("\0"):rep(0x1000 - #header) .. program
end

local f = assert(io.open(folder .. "/hello.z64", "rb"))
local good = f:read("a")
f:close()

for _, size in ipairs { 0, 1, 3, 4, 64, 0xfff, 0x1000, #good - 1 } do
  refused("cut to " .. size, "", write(good:sub(1, size)), path)
end
local swapped = good:gsub("(.)(.)(.)(.)", "%4%3%2%1")
refused("half a word too few", "", write(swapped:sub(1, -3)), "multiple of 4")
refused("not a ROM", "", write(("text\n"):rep(2000)), "byte orders")

-- Files that are no plain ones: a save has to be one; what is written goes into a pipe, and to where a link leads.
local hello, other = folder .. "/hello.z64", os.tmpname()
local function shell(...) return (os.execute((...):format(select(2, ...)))) end
shell("rm -f %s && mkfifo %s", other, other)
for _, option in ipairs { "--save sram=%s", "--pak %s" } do
  refused(option .. " of a FIFO", "--frames 1 " .. option:format(other), hello, "not a regular file")
  refused(option .. " in no folder", "--frames 1 " .. option:format(other .. "x/y"), hello, "cannot write")
end
for _, option in ipairs { "--stats", "--savestate" } do
  shell("rm -f %s %s && touch %s && ln -s %s %s", path, other, path, path, other)
  ends(option .. " to a link", ("--frames 1 %s %s"):format(option, other), hello, { [0] = true })
  if not shell("test -L %s && test -s %s", other, path) then failed = failed + 1; print(option .. " replaced a link") end
  shell("rm -f %s && mkfifo %s", other, other)
  shell("timeout 20 cat %s >%s.read &", other, path) -- a file of its own: it may still be written when the next thing begins
  ends(option .. " to a FIFO", ("--frames 1 %s %s"):format(option, other), hello, { [0] = true })
  if not shell("test -p %s", other) then failed = failed + 1; print(option .. " replaced a FIFO") end
end
os.remove(other)

-- A store into code that nobody announces is missed under invalidate=explicit: lockstep tells the first difference, once.
local unannounced = write(rom(0x80001000, words(0x3c088000, 0x35082000, 0x3c0903e0, 0x35290008, 0xad090000, 0x3c0a2402, 0x254a0001,
  0xad0a0004, 0x0100f809, 0, 0x1000fffb, 0)))
local told, status = run("--frames 1 --check --set tier=single --set invalidate=explicit", unannounced)
local _, times = told:gsub("jitlab: check:", "")
if status ~= 70 or times ~= 1 then failed = failed + 1; print(("lockstep told %d differences, status %s"):format(times, status)) end
ends("text onto a full disk", "--frames 1 --log /dev/full", hello, { [70] = true })
refused("wrong byte order", "", write((good:gsub("(.)(.)(.)(.)", "%3%4%1%2"))), "byte orders")
refused("an ELF file", "", jitlab, "byte orders")
refused("a folder", "", folder, "not a regular file")
refused("missing", "", path .. ".missing", "No such file")
write(good)
os.execute(("truncate -s %d %s"):format((64 << 20) + 4, path))
refused("too large", "", path, "64 MiB")
refused("entry in a device", "", write(rom(0xa4000040, words(0))), "entry")
refused("entry mapped", "", write(rom(0x00001000, words(0))), "entry")
refused("entry behind RDRAM", "", write(rom(0x80800000, words(0))), "entry")

local function elf_rom(change)
  local elf = { "\x7fELF\1\2\1", ("\0"):rep(9),
    string.pack(">I2I2I4I4I4I4I4I2I2I2I2I2I2", 2, 8, 1, 0x80000400, 52, 0, 0, 52, 32, 1, 0, 0, 0),
    string.pack(">I4I4I4I4I4I4I4I4", 1, 84, 0x80000400, 0, 8, 64, 5, 4), words(0x1000ffff, 0) }
  local bytes = table.concat(elf)
  if change then bytes = bytes:sub(1, change[1]) .. change[2] .. bytes:sub(change[1] + #change[2] + 1) end
  return rom(0x80001000, ("\0"):rep(0x900) .. bytes)
end
ends("an ELF ROM", "--frames 2", write(elf_rom()), { [0] = true })
-- libdragon's boot code unpacks the file if a segment is compressed: it is run, and here it prints two letters without waiting.
do
  local packed = elf_rom { 52 + 24, words(0x1005) }
  local boot = words(0x3c08b3ff, 0x3c096f6b, 0xad090020, 0x24090002, 0xad090014, 0x1000ffff, 0)
  local rom_file = write(packed:sub(1, 0x40) .. boot .. packed:sub(0x41 + #boot))
  ends("a compressed ELF ROM", "--frames 600 --seconds 10 --until ok", rom_file, { [0] = true })
end
refused("ELF of 64 bits", "", write(elf_rom { 4, "\2" }), "ELF")
refused("ELF of x86", "", write(elf_rom { 18, "\0\3" }), "ELF")
refused("ELF headers outside", "", write(elf_rom { 28, words(0xfffffff0) }), "outside the ROM")
refused("ELF segment outside the ROM", "", write(elf_rom { 52 + 4, words(0x7ffffff0) }), "outside the ROM")
refused("ELF segment outside RDRAM", "", write(elf_rom { 52 + 8, words(0x80ffff00) }), "outside RDRAM")
refused("ELF segment too large", "", write(elf_rom { 52 + 20, words(0xfffffff0) }), "outside RDRAM")

write(good)
refused("argument", "", path .. " more", "'more'")
refused("Linux's option", "--strace", path, "--strace", "linux")
refused("RDRAM", "--rdram 5", path, "'5'")
refused("RSP's strategy", "--rsp backend=tape", path, "--rsp", "'tape'")
refused("save kind", "--save tape=x", path, "'tape=x'")
refused("save size", "--save sram=" .. folder .. "/hello.z64", path, "32768")
refused("pak size", "--pak=" .. folder .. "/hello.z64", path, "32768")
refused("inputs", "--inputs " .. folder .. "/hello.z64", path, "FRAME BUTTONS")
refused("screenshot's folder", "--screenshot /nowhere/a.png", path, "/nowhere/a.png")
refused("the RSP's memory in another order", "--rsp byte-order=swizzle", path, "--rsp: byte-order=swizzle")
refused("log's folder", "--log /nowhere/a", path, "/nowhere/a")
refused("frame hashes' folder", "--frame-hashes /nowhere/a", path, "/nowhere/a")
refused("a folder for frame hashes", "--frame-hashes " .. folder, path, folder)
write(good)
os.execute(("head -c 1985 %s >%s.ipl"):format(path, path))
refused("boot ROM's size", "--ipl " .. path .. ".ipl", path, "1984", "2048")
refused("boot ROM's size", "--ipl " .. folder .. "/hello.z64", path, "hello.z64")
refused("no frame for the reset button", "--reset-at 0", path, "'0'")
refused("boot ROM", "--ipl /nowhere/ipl", path, "/nowhere/ipl")
refused("boot ROM is a folder", "--ipl " .. folder, path, "not a regular file")
refused("frames", "--frames no", path, "'no'")
refused("frames behind the ROM", "", path .. " --frames no", "'no'")
write(good .. "\0\1")
ends("half a word more", "--frames 2", path, { [0] = true })
write(good)
ends("time", "--seconds 0.2", path, { [124] = true })
ends("instructions", "--max-instructions 1000000", path, { [124] = true })

-- programs that go wrong on the console as they would on the real one
local programs = {
  ["jumps to nowhere"] = words(0x3c08b700, 0x01000008, 0),
  ["jumps to an odd address"] = words(0x24080003, 0x01000008, 0),
  ["jumps beyond 32 bits"] = words(0x24080001, 0x0008423c, 0x01000008, 0),
  ["writes outside memory"] = words(0x3c088123, 0xad080000, 0x3c08a700, 0xfd080000, 0x1000fffb, 0),
  ["runs into the end of memory"] = words(0x3c08807f, 0x3508fff8, 0x01000008, 0),
  ["loops in exceptions"] = words(0x3c088000, 0x3c090000, 0x3529000d, 0xad090000, 0xad090180, 0xad090080, 0x0000000d, 0),
  ["loops in exceptions at the boot vectors"] = words(0x3c080040, 0x40886000, 0, 0, 0x0000000d),
  ["user mode without a TLB"] = words(0x24080010, 0x40886000, 0, 0, 0),
  ["runs an RSP full of nothing"] = words(0x3c08a404, 0x24090001, 0xad090010, 0x1000ffff, 0),
  ["DMA from nowhere to nowhere"] = words(0x3c08a460, 0x2409ffff, 0xad090000, 0xad090004, 0xad09000c, 0xad090008, 0x1000ffff, 0),
  ["a command list out of all memory"] = words(0x3c08a410, 0x3c09ff7f, 0xad000000, 0x2409fff8, 0xad090004, 0x1000ffff, 0),
  ["a list of large triangles without end"] = words(0x3c08a020, 0x3c09a07f, 0x3c0a0800, 0x354a07ff, 0x3c0b07ff, 0xad0a0000, 0xad0b0004,
    0x25080020, 0x1509fffc, 0, 0x3c08a410, 0x3c090020, 0xad090000, 0x3c09007f, 0xad090004, 0x1000ffff, 0),
  ["a screen outside memory"] = words(0x3c08a440, 0x24090003, 0xad090000, 0x2409ffff, 0xad090004, 0xad090008, 0xad090024, 0xad090028,
    0xad090030, 0xad090034, 0x1000ffff, 0),
}
for name, program in pairs(programs) do
  ends(name, "--frames 2 --screenshot " .. path .. ".png", write(rom(0x80001000, program)), { [0] = true })
  ends(name .. ", by time", "--seconds 0.1", path, { [124] = true })
end

-- A list of large textured rectangles is drawn for minutes while the processor waits behind one store: --seconds cuts it between two.
-- What is left of it is drawn by whoever goes on from there.
local function rectangles(n)
  local draws = words(0x3c08a410, 0x34091100, 0xad090000, 0x34090000 | 0x1100 + 48 + 16 * n, 0xad090004, 0x1000ffff, 0)
  local list = { draws, ("\0"):rep(0x100 - #draws),
    words(0x3f1803ff, 0x00100000, 0x2d000000, 0x00ffcffc, 0x2f080cff, 0x0f0a4000, 0x35100000, 0, 0x3c127fff, 0xfffffe38) }
  for i = 1, n do table.insert(list, words(0x24000000 | (1023 - n + i) << 14 | 0xffc, 0, 0, 0x04000400)) end
  return rom(0x80001000, table.concat(list) .. words(0x29000000, 0))
end
local function drawn(options)
  run(("--frames 1 %s --frame-hashes %s.hashes"):format(options, path), path)
  local file = assert(io.open(path .. ".hashes"))
  local ram = file:read("a"):match("\n%d+ %x+ (%x+) %x+ %d+\n$")
  file:close()
  return ram
end
write(rectangles(500))
ends("large rectangles, by time", "--seconds 0.1", path, { [124] = true }, 10)
write(rectangles(6))
ends("large rectangles, cut", ("--seconds 0.1 --savestate %s.state"):format(path), path, { [124] = true }, 10)
local whole, parts = drawn "", drawn(("--loadstate %s.state"):format(path))
if not whole or whole ~= parts then failed = failed + 1; print(("large rectangles in two parts: %s, not %s"):format(parts, whole)) end

-- any words: what they do is the console's affair
for i = 1, 40 do
  local program = {}
  for k = 1, 200 do program[k] = string.pack(">I4", math.random(0, 0xffffffff)) end
  ends("random program " .. i, "--frames 2 --seconds 10", write(rom(0x80001000, table.concat(program))), { [0] = true, [124] = true })
end

os.execute(("rm -f %s %s.*"):format(path, path))
print(failed == 0 and "ok" or failed .. " failed")
os.exit(failed == 0)
