#!/usr/bin/env lua5.4
-- test_manifest.lua: do the guest programs do what their manifest says?
--
--   lua5.4 test_manifest.lua BUILD_DIR [--args test|quick|full] [--only PATTERN] [--times]
--
-- Checks that manifest and folder name the same sources, that every entry is well formed, that every program refuses
-- bad arguments as the contract says, and runs every entry in every variant (host directly, mipsel and mips under
-- QEMU's user mode), comparing status and output with the manifest and with each other, and repeated in one process. Exit
-- status 1 if anything differs. Fit for ctest. It needs no library; sizes other than `test` and --times (CPU seconds per run) are for
-- calibrating.

local folder = arg[0]:match("^(.*)/[^/]*$") or "."
local signals = { SIGILL = 4, SIGTRAP = 5, SIGFPE = 8, SIGSEGV = 11 } -- the same numbers on MIPS and x86
local variants = {
    { name = "host", run = "" },
    { name = "mipsel", run = "qemu-mipsel" },
    { name = "mips", run = "qemu-mips" },
}
local fields = {
    name = "string", source = "string", kind = "string", isolates = "string", summary = "string", args = "table",
    smc = "string",
}
local failures = 0

local function fail(...)
    failures = failures + 1
    print("FAIL  " .. string.format(...))
end

local function quote(s)
    return "'" .. s:gsub("'", "'\\''") .. "'"
end

-- Standard output of a shell command; its own errors stay visible.
local function capture(command)
    local pipe = assert(io.popen(command))
    local text = pipe:read("a")
    pipe:close()
    return text
end

local function options()
    local o = { args = "test", only = "" }
    local i = 1
    while arg[i] do
        if arg[i] == "--args" or arg[i] == "--only" then
            o[arg[i]:sub(3)] = arg[i + 1]
            i = i + 1
        elseif arg[i] == "--times" then
            o.times = true
        elseif not o.build and arg[i]:sub(1, 1) ~= "-" then
            o.build = arg[i]
        else
            o.build = nil
            break
        end
        i = i + 1
    end
    if not o.build or not o.only or not ({ test = 1, quick = 1, full = 1 })[o.args] then
        io.stderr:write("usage: test_manifest.lua BUILD_DIR [--args test|quick|full] [--only PATTERN] [--times]\n")
        os.exit(2)
    end
    return o
end

local function binary_name(entry)
    return entry.source:match("([^/]+)%.c$")
end

local function check_entry(entry)
    local label = tostring(entry.name)
    for field, kind in pairs(fields) do
        if type(entry[field]) ~= kind then
            fail("%s: field %s is missing", label, field)
            return false
        end
    end
    for _, set in ipairs { "test", "quick", "full" } do
        local vector = entry.args[set]
        if type(vector) ~= "table" or not tostring(vector[1]):match("^[1-9]%d*$") then
            fail("%s: args.%s must begin with SIZE", label, set)
        end
    end
    if not entry.name:match("^[%w_]+$") then fail("%s: bad name", label) end
    if entry.kind ~= "workload" and entry.kind ~= "micro" then fail("%s: kind %s", label, entry.kind) end
    if entry.smc ~= "none" and entry.smc ~= "flushes" and entry.smc ~= "unflushed" then
        fail("%s: smc %s", label, entry.smc)
    end
    if entry.needs and type(entry.needs) ~= "table" then fail("%s: needs must be a list", label) end
    if entry.exit ~= 0 and not signals[entry.exit] then fail("%s: exit %s", label, tostring(entry.exit)) end
    return true
end

-- Sources in the folder against sources in the manifest.
local function check_folder(entries)
    local listed, present = {}, {}
    for _, entry in ipairs(entries) do listed[entry.source or ""] = true end
    for path in capture("cd " .. quote(folder) .. " && ls *.c micro/*.c"):gmatch("[^\n]+") do
        present[path] = true
        if not listed[path] then fail("%s is in no manifest entry", path) end
    end
    for path in pairs(listed) do
        if not present[path] then fail("%s is in the manifest and not in the folder", path) end
    end
end

local function require_tools()
    for _, v in ipairs(variants) do
        if v.run ~= "" and capture("command -v " .. v.run) == "" then
            print("FAIL  " .. v.run .. " not found; install the Debian package qemu-user")
            os.exit(1)
        end
    end
end

-- Runs a command under a time limit. The inner shell waits for the program and reports how it ended, 128 + signal if
-- by one; `timeout` would do so only in its own way.
local function run(command)
    local script = "ulimit -c 0; " .. command .. " 2>/dev/null; printf '\\n%s ' $?; times"
    local text = capture("timeout 300 sh -c " .. quote(script) .. " 2>/dev/null")
    local output, status, times = text:match("^(.*)\n(%d+) (.*)$")
    if not status then return "", "no end within 300 s", 0 end
    local seconds = 0
    for minutes, s in (times:match("\n(.*)") or ""):gmatch("(%d+)m([%d.]+)s") do
        seconds = seconds + 60 * tonumber(minutes) + tonumber(s)
    end
    return output, tonumber(status), seconds
end

local function command_line(build, variant, name, vector)
    local words = { quote(build .. "/programs/" .. variant.name .. "/" .. name) }
    if variant.run ~= "" then table.insert(words, 1, variant.run) end
    for _, a in ipairs(vector) do words[#words + 1] = quote(a) end
    return table.concat(words, " ")
end

-- Three ways to call a program wrongly: one line on stderr, nothing on stdout, status 2.
local function check_usage(build, variant, name)
    local said = os.tmpname()
    for _, vector in ipairs { { "bogus" }, { "0" }, { "1", "-?" } } do
        local output, status = run(("{ %s 2>%s; }"):format(command_line(build, variant, name, vector), said))
        local file = assert(io.open(said))
        local errors = file:read("a")
        file:close()
        if status ~= 2 or output ~= "" or not errors:match("^usage: [^\n]+\n$") then
            fail("%s/%s: bad argument %s not refused properly", variant.name, name, vector[#vector])
        end
    end
    os.remove(said)
end

local function check_run(o, entry)
    local first
    local times = {}
    local want = signals[entry.exit] and 128 + signals[entry.exit] or entry.exit
    for _, variant in ipairs(variants) do
        local command = command_line(o.build, variant, binary_name(entry), entry.args[o.args])
        local output, status, seconds = run(command)
        times[#times + 1] = string.format("%s %.3f s", variant.name, seconds)
        if status ~= want then
            fail("%s/%s: status %s, want %s: %s", variant.name, entry.name, status, want, output:gsub("\n", " "))
        elseif not output:match("result: 0x%x+\n$") then
            fail("%s/%s: no result line: %s", variant.name, entry.name, output:gsub("\n", " "))
        elseif first and output ~= first then
            fail("%s/%s: not what host says: %s", variant.name, entry.name, output:gsub("\n", " "))
        end
        first = first or output
    end
    if o.times then print(string.format("%-22s %s", entry.name, table.concat(times, "  "))) end
end

-- Repeated in one process it prints the same once, and leaves a time for each repetition.
local function check_repeated(o, entry, variant)
    local times = os.tmpname()
    local command = command_line(o.build, variant, binary_name(entry), entry.args.test)
    local once = run(command)
    local output, status = run(("REPEAT=3 REPEAT_TIMES=%s %s"):format(times, command))
    local file = assert(io.open(times))
    local lines, positive = 0, true
    for line in file:lines() do
        lines = lines + 1
        positive = positive and (tonumber(line) or 0) > 0
    end
    file:close()
    os.remove(times)
    if status ~= 0 or output ~= once or lines ~= 3 or not positive then
        fail("%s/%s: three repetitions: status %s, %d times, %s", variant.name, entry.name, status, lines, output:gsub("\n", " "))
    end
end

local o = options()
local entries = dofile(folder .. "/manifest.lua")
local names, programs = {}, {}
require_tools()
check_folder(entries)
local count = 0
for _, entry in ipairs(entries) do
    if check_entry(entry) and entry.name:match(o.only) then
        if names[entry.name] then fail("%s: two entries of this name", entry.name) end
        names[entry.name] = true
        programs[binary_name(entry)] = true
        check_run(o, entry)
        if entry.exit == 0 then
            check_repeated(o, entry, variants[1])
            check_repeated(o, entry, variants[2 + count % 2])
        end
        count = count + 1
    end
end
for name in pairs(programs) do
    for _, variant in ipairs(variants) do check_usage(o.build, variant, name) end
end
print(string.format("%d entries in %d variants, %d failures", count, #variants, failures))
os.exit(failures == 0 and count > 0)
