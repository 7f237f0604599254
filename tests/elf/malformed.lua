-- Bad input: broken executables, wrong options, programs that hit a limit. Each must end with one line on standard error that
-- begins with "jitlab: " and the documented status; nothing may crash or hang.
--
-- usage: lua5.4 malformed.lua JITLAB VALID_ELF LONG_RUNNING_ELF [SEED]
local jitlab, valid, long = arg[1], arg[2], arg[3]
local seed = tonumber(arg[4]) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local file = assert(io.open(valid, "rb"))
local image = file:read("a")
file:close()
local path = os.tmpname()
local failed, cases = 0, 0

local function run(options, program)
  local pipe = assert(io.popen(("timeout 20 %s exec %s %s 2>&1 >/dev/null; echo status $?"):format(jitlab, options, program)))
  local text = pipe:read("a")
  pipe:close()
  local said, status = text:match("^(.*)status (%d+)%s*$")
  return said, tonumber(status)
end

local function expect(name, options, program, status)
  local said, got = run(options, program)
  cases = cases + 1
  if got ~= status or not said:match("^jitlab: [^\n]+\n$") then
    failed = failed + 1
    print(("%s: status %s, said: %s"):format(name, got, said))
  end
end

local function write(bytes)
  local out = assert(io.open(path, "wb"))
  out:write(bytes)
  out:close()
end

local function patched(offset, bytes)
  return image:sub(1, offset) .. bytes .. image:sub(offset + #bytes + 1)
end
local function u16(v) return string.pack("<I2", v) end
local function u32(v) return string.pack("<I4", v) end

local phoff, phnum = string.unpack("<I4", image, 0x1c + 1), string.unpack("<I2", image, 0x2c + 1)
local load
for i = 0, phnum - 1 do
  if not load and string.unpack("<I4", image, phoff + 32 * i + 1) == 1 then load = phoff + 32 * i end
end

for _, size in ipairs { 0, 1, 4, 16, 51, 52, 60, phoff + 10, phoff + 32 * phnum - 1, 4096, #image // 2 } do
  write(image:sub(1, size))
  expect("cut to " .. size, "", path, 125)
end
local broken = {
  { "no magic", 0, "\x7eELF" }, { "64-bit class", 4, "\2" }, { "class 9", 4, "\9" }, { "data 7", 5, "\7" },
  { "wrong byte order", 5, "\2" }, { "x86 machine", 18, u16(3) }, { "relocatable", 16, u16(1) }, { "core file", 16, u16(4) },
  { "phentsize", 42, u16(31) }, { "no segments", 44, u16(0) }, { "65535 segments", 44, u16(65535) },
  { "phoff beyond", 28, u32(0xfffffff0) }, { "entry 0", 24, u32(0) }, { "entry high", 24, u32(0xfffffff0) },
  { "segment offset", load + 4, u32(0xfffff000) }, { "segment address high", load + 8, u32(0xfffff000) },
  { "segment at 0", load + 8, u32(0) }, { "file size over memory size", load + 20, u32(1) },
  { "huge file size", load + 16, u32(0xffffffff) }, { "huge memory size", load + 20, u32(0xffffffff) },
}
for _, b in ipairs(broken) do
  write(patched(b[2], b[3]))
  expect(b[1], "", path, 125)
end

-- A dynamic program: its first program header made to name the dynamic linker (whose name is then a piece of the header).
local function interpreter(offset, size) return u32(3) .. u32(offset) .. u32(0) .. u32(0) .. u32(size) .. u32(size) end
for _, b in ipairs { { "linker's name beyond the file", 0xffffff00, 16 }, { "linker's name not ended", 1, 3 },
                     { "linker's name too long", 0, 5000 }, { "linker's name empty", 7, 1 }, { "linker that is not there", 1, 15 } } do
  write(patched(phoff, interpreter(b[2], b[3])))
  expect(b[1], "", path, 125)
end

-- The second segment over the first one, touching it, and equal to it.
local second
for i = 0, phnum - 1 do
  local at = phoff + 32 * i
  if at > load and not second and string.unpack("<I4", image, at + 1) == 1 then second = at end
end
if second then
  local address, size = string.unpack("<I4", image, load + 9), string.unpack("<I4", image, load + 21)
  for _, over in ipairs { address, address + size - 1, address + 4096 } do
    write(patched(second + 8, u32(over)))
    expect(("overlapping segments at %x"):format(over), "", path, 125)
  end
end

-- No section headers at all: a loader does not need them.
write(patched(32, u32(0)):sub(1, 48) .. u16(0) .. u16(0) .. image:sub(53))
do
  local _, status = run("", path)
  local _, whole = run("", valid)
  cases = cases + 1
  if status ~= whole then
    failed = failed + 1
    print(("no sections: status %s, the whole file ends with %s"):format(status, whole))
  end
end

-- Random corruption of the headers: refused, or run to whatever end, but no crash of jitlab's own and no hang.
for _ = 1, 300 do
  local at = math.random(0, phoff + 32 * phnum - 1)
  write(patched(at, string.char(math.random(0, 255))))
  local stats = path .. ".json"
  os.remove(stats)
  local said, status = run("--seconds 5 --max-instructions 20000000 --stats " .. stats, path) -- it may wait for ever, too
  cases = cases + 1
  local written = io.open(stats)
  if written then written:close() end
  if status == 70 or (status >= 128 and not written) or (status == 124 and not said:match("limit")) then
    failed = failed + 1
    print(("byte %d corrupted: status %d, said: %s"):format(at, status, said))
  end
  os.remove(stats)
end

expect("missing file", "", path .. ".missing", 125)
expect("a directory", "", "/", 125)
expect("no program named", "", "", 125)
os.remove(path)
assert(os.execute("mkfifo " .. path))
expect("a FIFO", "", path, 125)
os.remove(path)
expect("a character device", "", "/dev/zero", 125)
write(image)
assert(os.execute("chmod 000 " .. path))
local pipe = assert(io.popen("id -u"))
if pipe:read("l") ~= "0" then expect("an unreadable file", "", path, 125) end -- root may read everything
pipe:close()
assert(os.execute("chmod 600 " .. path))
expect("option unknown", "--frobnicate", valid, 125)
expect("option without its value", "--seconds", "", 125)
expect("a number that is none", "--seconds soon", valid, 125)
expect("a negative number", "--max-instructions -5", valid, 125)
expect("unknown axis", "--set lokup=flat", valid, 125)
expect("unknown strategy", "--set lookup=flet", valid, 125)
expect("unknown parameter", "--set returns=rsb:dept=3", valid, 125)
expect("parameter out of range", "--set returns=rsb:depth=99", valid, 125)
expect("parameter no number", "--set returns=rsb:depth=x", valid, 125)
expect("no axis", "--set flat", valid, 125)
expect("guest not there", "--guest n64", valid, 125)
expect("option not there", "--frames 1", valid, 125)
expect("sysroot that is none", "--sysroot " .. path .. ".missing", valid, 125)
expect("a size that is none", "--max-memory lots", valid, 125)
expect("time limit", "--seconds 0.3", long .. " 2000000000", 124)
do -- pause() at the entry point: nothing but the clock ends it
  local entry, offset, address = string.unpack("<I4", image, 24 + 1), string.unpack("<I4I4", image, load + 4 + 1)
  write(patched(entry - address + offset, u32(0x24020fbd) .. u32(0x0000000c)))
  expect("time limit, waiting in a system call", "--seconds 0.3", path, 124)
  expect("time limit, waiting in a system call, interpreter", "--set backend=interp --seconds 0.3", path, 124)
  local vfork = u32(0x24044112) .. u32(0x24050000) .. u32(0x24021018) .. u32(0x0000000c) -- clone(VM | VFORK | SIGCHLD)
  write(patched(entry - address + offset, vfork .. u32(0x24020fbd) .. u32(0x0000000c)))
  local start = os.time()
  local said, status = run("--seconds 0.3", path) -- a line of each process; timeout's own status is the same
  cases = cases + 1
  if status ~= 124 or not said:match("time limit reached\n") or os.time() - start > 10 then
    failed = failed + 1
    print(("time limit, waiting in a vfork child: status %s, said: %s"):format(status, said))
  end
end
expect("instruction limit", "--max-instructions 3000000", long .. " 2000000000", 124)
expect("instruction limit, interpreter", "--set backend=interp --max-instructions 3000000", long .. " 2000000000", 124)
expect("memory limit", "--max-memory 1", (long:gsub("trees$", "coldmem")) .. " 100000", 124)

os.remove(path)
print(("%d cases, %d failed"):format(cases, failed))
os.exit(failed == 0 and cases > 0)
