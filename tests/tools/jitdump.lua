-- The jitdump file: every record is read back and checked (sizes, order of time, code and its lines against the code
-- that --dump host shows), then perf records a run and merges the file, when perf works on this host.
--
-- usage: lua5.4 jitdump.lua JITLAB PROGRAM_DIR
local jitlab, programs = arg[1], arg[2]
local failed, checks = 0, 0

local capture = dofile((arg[0]:match("(.*/)") or "./") .. "shell.lua").capture

local function check(ok, what, ...)
  checks = checks + 1
  if not ok then
    failed = failed + 1
    print("FAIL " .. what:format(...))
  end
end

local directory = capture("mktemp -d"):match("%S+")

-- Runs the program; returns the records of its jitdump, the lines of its listing, and what --dump host printed.
local function run(options, program)
  local dump = capture(("%s exec --set tier=single --jitdump %s --dump host %s %s 2>&1 >/dev/null"):format(jitlab, directory,
    options, program))
  local path = capture("ls " .. directory .. "/jit-*.dump"):match("%S+")
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("a")
  file:close()
  local lines = {}
  for line in io.lines((path:gsub("dump$", "s"))) do lines[#lines + 1] = line end
  os.execute("rm " .. directory .. "/jit-*")
  return bytes, lines, dump
end

-- Host code by address as --dump printed it: the instructions' addresses, in order, region by region.
local function addresses(dump)
  local seen = {}
  for at in dump:gmatch("| (%x+): [^\n]+") do seen[tonumber(at, 16)] = true end
  return seen
end

local function check_header(bytes)
  local magic, version, size, machine, _, pid, time, flags = string.unpack("<I4I4I4I4I4I4I8I8", bytes)
  check(magic == 0x4a695444, "magic %x", magic)
  check(version == 1 and size == 40 and machine == 62 and flags == 0, "header %d %d %d %d", version, size, machine, flags)
  check(pid > 0 and time > 0, "header pid %d time %d", pid, time)
  return size + 1, pid, time
end

local function check_lines(record, lines, seen)
  local _, _, _, code, n, at = string.unpack("<I4I4I8I8I8", record)
  local last = code
  for _ = 1, n do
    local address, line, discriminator, path
    address, line, discriminator, path, at = string.unpack("<I8I4I4z", record, at)
    check(address >= last and discriminator == 0, "line record out of order at %x", address)
    check(seen[address], "line record for %x, where no instruction is", address)
    check(lines[line] and lines[line]:match("^%x%x%x%x%x%x%x%x: %x+  "), "line %d of %s is no instruction", line, path)
    last = address
  end
  check(at == #record + 1, "line record of %d bytes, %d read", #record, at - 1)
  return code
end

local function check_file(options, program)
  local bytes, lines, dump = run(options, program)
  local at, pid, time = check_header(bytes)
  local seen, index, count, lines_for, closed = addresses(dump), 0, {}, nil, false
  while at <= #bytes do
    local id, size, stamp = string.unpack("<I4I4I8", bytes, at)
    local record = bytes:sub(at, at + size - 1)
    check(size >= 16 and #record == size, "record of %d bytes at %d", size, at)
    if size < 16 then break end
    check(stamp >= time and not closed, "record %d at %d out of order", id, at)
    time, at = stamp, at + size
    count[id] = (count[id] or 0) + 1
    if id == 0 then
      local rpid, _, vma, address, code_size, number, name, code = string.unpack("<I4I4I8I8I8I8z", record, 17)
      check(rpid == pid and vma == address and number == index, "load record %d: pid %d number %d", index, rpid, number)
      check(code + code_size == #record + 1, "load record %s: %d bytes of code", name, code_size)
      index = index + 1
      local guest = name:match("^guest_0x(%x+)")
      check(guest or name:match("^jitlab_%l+"), "name %s", name)
      if guest and not name:match("far$") then
        check(seen[address], "%s at %x, where --dump shows nothing", name, address)
        check(dump:find("-- region " .. guest .. ":", 1, true), "%s: no such region dumped", name)
        check(lines_for == address, "%s without line records", name)
      end
      count[guest and "regions" or "thunks"] = (count[guest and "regions" or "thunks"] or 0) + 1
    elseif id == 2 then
      lines_for = check_lines(record, lines, seen)
    elseif id == 3 then
      closed = true
    else
      check(false, "record of kind %d", id)
    end
  end
  check(closed and count.thunks == 15 and (count.regions or 0) > 100, "records missing: %d thunks, %d regions", count.thunks or 0,
        count.regions or 0)
  return bytes
end

-- The code bytes of the thunks and of a region are what stands in memory: gdb's or objdump's view is not needed, since a
-- disassembly of the file's bytes must give the text of --dump.
local function check_code(program)
  local bytes, _, dump = run("", program)
  local at = 41
  local checked = 0
  while at <= #bytes and checked < 20 do
    local id, size = string.unpack("<I4I4", bytes, at)
    if id == 0 then
      local address, code_size, _, name, code = string.unpack("<I8I8I8z", bytes, at + 32)
      if name:match("^guest_0x%x+$") then
        local raw = directory .. "/code"
        local out = assert(io.open(raw, "wb"))
        out:write(bytes:sub(code, code + code_size - 1))
        out:close()
        local text = capture(("objdump -D -b binary -m i386:x86-64 -M intel --adjust-vma=0x%x %s"):format(address, raw))
        for there in text:gmatch("\n +(%x+):\t[%x ]+\t") do
          check(dump:find("| " .. there .. ": ", 1, true) ~= nil, "%s: no instruction at %s in --dump", name, there)
        end
        checked = checked + 1
      end
    end
    at = at + size
  end
  check(checked == 20, "%d regions compared", checked)
end

local function check_perf(program)
  if capture("command -v perf") == "" then return "perf is not installed" end
  local data = directory .. "/perf.data"
  local said = capture(("perf record -q -e cpu-clock -k mono -o %s %s exec --set tier=single --jitdump %s %s 2>&1 >/dev/null"):format(
    data, jitlab, directory, program))
  local file = io.open(data)
  if not file then return "perf cannot record here: " .. said end
  file:close()
  said = capture(("perf inject --jit -i %s -o %s.jit 2>&1"):format(data, data))
  local report = capture(("perf report --stdio -i %s.jit --sort sym 2>/dev/null"):format(data))
  check(report:find("guest_0x%x%x%x%x%x%x%x%x"), "perf report has no guest symbol: %s%s", said, report)
end

check_file("", programs .. "/calls 2")
check_file("--set dispatch=c-loop --set far-code=inline", programs .. "/nbody 1")
check_file("--set code-memory=rwx:size=64", programs .. "/calls 1")
check_code(programs .. "/calls 2")
local refused = capture(("%s exec --jitdump /nonexistent %s/calls 1 2>&1; echo $?"):format(jitlab, programs))
check(refused:match("^jitlab: cannot write the jitdump /nonexistent/[^\n]+\n125\n$"), "bad directory: %s", refused)
local skipped = check_perf(programs .. "/calls 30000")
if skipped then print("perf inject not tried: " .. skipped) end
os.execute("rm -rf " .. directory)
print(("%d checks, %d failed"):format(checks, failed))
os.exit(failed == 0 and checks > 0)
