-- Runs the battery (cases.lua): each case under qemu-mipsel and under jitlab with the same work, two processes at a time; output,
-- errors, status and the files left must be equal. Prints a table with the user CPU times.
--
-- usage: lua5.4 battery.lua FOLDER JITLAB full|small [JITLAB'S OPTION]...
--
-- In the environment: CASE=NAME,NAME: only those. TICKS=DIR: under jitlab all dynamic programs load DIR/$LIB/ticks.so (guest/ticks.c)
-- first, so that signals arrive at 10 kHz; DIR has an empty library of that name for the host's own programs. Stress over everything:
--     TICKS=BUILD/tests/battery/ticks lua5.4 battery.lua BUILD/battery BUILD/jitlab full
--     lua5.4 battery.lua BUILD/battery BUILD/jitlab full --set code-memory=rwx:size=64
local folder, jitlab, size = arg[1], arg[2], arg[3]
local options = table.concat(arg, " ", 4)
local here = arg[0]:match("^(.*)/") or "."
local cases = dofile(here .. "/cases.lua")
local ticks = os.getenv("TICKS")
-- A folder for each test, which run side by side.
local root = ("%s/run-%s%s%s"):format(folder, size, options:gsub("%W+", "-"):lower(), ticks and "-ticks" or "")

local function shell(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  return pipe:close(), text
end
local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("a") or ""
  if file then file:close() end
  return text
end
local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

if not shell(("test -f %s/sysroot/.packages && command -v qemu-mipsel"):format(folder)) then
  print("battery: skipped: no packages were fetched, or there is no qemu-mipsel")
  os.exit(77)
end

-- A small generator of our own, so that the data are the same everywhere.
local state = 12345
local function random(n)
  state = (state * 1103515245 + 12345) & 0x7fffffff
  return (state >> 8) % n
end
local function make_data()
  local words = { "the", "and", "of", "a" }
  local syllables = { "an", "be", "er", "ing", "ed", "th", "wa", "li", "so", "qu", "ne", "ra" }
  for _ = 1, 600 do
    local w = {}
    for k = 1, 1 + random(4) do w[k] = syllables[1 + random(#syllables)] end
    words[#words + 1] = table.concat(w)
  end
  local lines, noise, numbers = {}, {}, {}
  for i = 1, size == "full" and 9000 or 500 do
    local line = {}
    for k = 1, 4 + random(9) do line[k] = words[1 + random(#words) * random(#words) // #words] end
    lines[i] = table.concat(line, " ")
  end
  for i = 1, size == "full" and 200000 or 10000 do noise[i] = string.char(random(256)) end
  for i = 1, 300 do numbers[i] = tostring(random(100000)) end
  return { ["text.dat"] = table.concat(lines, "\n") .. "\n", ["noise.dat"] = table.concat(noise),
           ["words.dat"] = table.concat(words, "\n", 100, 140) .. "\n", ["numbers.dat"] = table.concat(numbers, "\n") .. "\n" }
end

-- The files' time is set: archives hold it, and the two runs' files may be written in two seconds.
-- Both runs of a case happen in a folder of the same name, each below a root of its own, so that paths they print agree.
local runners = {
  qemu = ("qemu-mipsel -L %s/sysroot"):format(folder),
  jitlab = ("%s exec --sysroot %s/sysroot %s"):format(jitlab, folder, options),
}
local function prepare(case, who, data)
  local dir = ("%s/%s/%s"):format(root, who, case.name)
  assert(shell("mkdir -p " .. dir .. "/data"))
  for name, text in pairs(data) do write(dir .. "/data/" .. name, text) end
  assert(shell("touch -d @1000000000 " .. dir .. "/data/*"))
  write(dir .. "/script", ("RUN='%s'\nS=%s/sysroot\nsize() { echo $%d; }\n%s\n"):format(
    runners[who], folder, size == "full" and 1 or 2, case.script))
  local preload = who == "jitlab" and ticks
    and ("TICKS=%s/ticks LD_PRELOAD='%s/$LIB/ticks.so'"):format(dir, ticks) or ""
  write(dir .. "/start", ([[cd %s/data
env -i %s PATH=/usr/bin:/bin LC_ALL=C TZ=UTC HOME=/ sh ../script >../out 2>../err </dev/null
echo $? >../status
times >../times
find . -type f -exec cksum {} + | sort -k3 >../files; find . -type l | sort >>../files
]]):format(dir, preload))
  return dir .. "/start"
end

local function cpu(case, who)
  local m, s = read(("%s/%s/%s/times"):format(root, who, case.name)):match("\n(%d+)m([%d.]+)s")
  return m and tonumber(m) * 60 + tonumber(s) or 0
end

-- How many signals a case's programs had, as far as they came to their regular end.
local function strikes(case)
  local n = 0
  for text in read(("%s/jitlab/%s/ticks"):format(root, case.name)):gmatch("%d+") do n = n + tonumber(text) end
  return n
end

-- The first line in which two texts differ.
local function difference(a, b)
  local mine, theirs = b:gmatch("[^\n]*"), a:gmatch("[^\n]*")
  for line = 1, math.huge do
    local x, y = mine(), theirs()
    if x ~= y or not x then return ("line %d: qemu has '%s', jitlab '%s'"):format(line, y or "", x or "") end
  end
end

local function compare(case)
  for _, what in ipairs { "status", "out", "err", "files" } do
    local q = read(("%s/qemu/%s/%s"):format(root, case.name, what))
    local j = read(("%s/jitlab/%s/%s"):format(root, case.name, what))
    if q ~= j then return what .. ", " .. difference(q, j) end
  end
  return read(("%s/qemu/%s/out"):format(root, case.name)) == "" and "nothing was printed"
end

shell("rm -rf " .. root)
local data, jobs, chosen, failed, struck = make_data(), {}, {}, 0, 0
local only = os.getenv("CASE")
for _, case in ipairs(cases) do
  if not only or ("," .. only .. ","):find("," .. case.name .. ",", 1, true) then
    chosen[#chosen + 1] = case
    jobs[#jobs + 1] = prepare(case, "jitlab", data)
    jobs[#jobs + 1] = prepare(case, "qemu", data)
  end
end
write(root .. "/jobs", table.concat(jobs, "\n") .. "\n")
shell(("xargs -P2 -n1 timeout 300 sh <%s/jobs"):format(root))

print(("%-11s %-6s %8s %8s %6s  %s"):format("program", "equal", "jitlab s", "qemu s", "ratio", "work"))
for _, case in ipairs(chosen) do
  local wrong = compare(case)
  local mine, theirs = cpu(case, "jitlab"), cpu(case, "qemu")
  failed = failed + (wrong and 1 or 0)
  print(("%-11s %-6s %8.2f %8.2f %6.2f  %s"):format(case.name, wrong and "NO" or "yes", mine, theirs,
                                                    mine / math.max(theirs, 0.01), case.work))
  if wrong then print("    " .. wrong) end
  struck = struck + strikes(case)
end
if ticks then print(("%d signals"):format(struck)) end
print(("%d passed, %d failed"):format(#chosen - failed, failed))
os.exit(failed == 0 and #chosen > 0 and (not ticks or struck > 0))
