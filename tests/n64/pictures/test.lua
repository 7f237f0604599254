-- Tests pictures.lua with a ROM of our own and pictures made of what it shows.
--
-- usage: lua5.4 test.lua JITLAB FOLDER-OF-ROMS
local jitlab, roms = arg[1], arg[2]
local here = arg[0]:match("^(.*)/") or "."
local tools = jitlab:match("^(.*)/") .. "/tests/n64/pictures"
local dir, failed = os.tmpname(), 0
os.remove(dir)

local function sh(format, ...)
  local command = format:format(...)
  return os.execute(command) or error(command)
end

local function check(ok, format, ...)
  if ok then return end
  failed = failed + 1
  print(format:format(...))
end

-- Runs pictures.lua on a folder; returns what it printed for each ROM, its last line, and its status.
local function pictures(folder, options)
  local pipe = assert(io.popen(("lua5.4 %s/pictures.lua %s %s/%s --known %s/known.lua %s 2>&1"):format(here, jitlab, dir, folder,
    dir, options or "")))
  local found, last = {}, ""
  for line in pipe:lines() do
    local word, name, rest = line:match("^(%a+) +%S*/([%w-]+)(.*)$")
    if name then found[name] = word .. rest end
    last = line
  end
  local _, _, status = pipe:close()
  return found, last, status
end

-- name, how its picture is altered, what is printed; the ROM and its picture, where it is not hello and what that shows
local good = {
  { "same", "", "same" },
  { "colours", "colour 8", "same" },
  { "lines", "repeat 19 repeat 99 repeat 179", "stretched (3 0)" },
  { "left", "repeat 40 left 200", "stretched (1 40)" },
  { "known", "pixel 100 100 pixel 107 103", "partly (same elsewhere): a reason" },
  { "known-lines", "repeat 40 pixel 100 101", "partly (stretched 1 0 elsewhere): a reason" },
  { "other", "pixel 0 0", "differs (1 0 0): another" },
  { "moment", "repeat 40", "stretched (1 0): torn", "moving", "torn" },
  { "moved", "", "same: somebody", "moving", "moved" },
  { "moved-known", "pixel 100 100", "partly (same elsewhere): a place", "moving", "moved" },
  { "moved-other", "", "differs (%d+ %d+ %d+): too early", "moving", "torn" },
}
local bad = {
  { "pixel", "pixel 319 239", "differs (1 319 239) UNEXPECTED" },
  { "brighter", "colour 9", "differs (%d+ %d+ %d+) UNEXPECTED" },
  { "too-many-lines", "repeat 40 repeat 80 repeat 120 repeat 200", "differs (%d+ %d+ %d+) UNEXPECTED" },
  { "too-early", "repeat 15", "differs (%d+ %d+ %d+) UNEXPECTED" },
  { "shorter", "cut 8", "failed (size 320x240 320x232) UNEXPECTED" },
  { "known", "pixel 100 100 pixel 108 103", "differs (2 100 100) UNEXPECTED" },
  { "other", "", "same UNEXPECTED" }, -- better than it is known to be
  { "moment", "", "differs (%d+ %d+ %d+) UNEXPECTED", "moving", "moved" },
  { "moved", "pixel 5 5", "differs (1 5 5) UNEXPECTED", "moving", "moved" },
  { "moved-other", "", "same UNEXPECTED", "moving", "moved" },
}

local function make(folder, list)
  sh("mkdir -p %s/%s", dir, folder)
  for _, case in ipairs(list) do
    sh("cp %s/%s.z64 %s/%s/%s.z64", roms, case[4] or "hello", dir, folder, case[1])
    sh("%s/alter %s/%s.png %s/%s/%s.png %s", tools, dir, case[5] or "shot", dir, folder, case[1], case[2])
  end
end

local function expect(folder, list, last, status)
  local found, said, ended = pictures(folder, "--frames 4 -- --rdram 4")
  for _, case in ipairs(list) do
    local pattern = case[3]:gsub("[()]", "%%%0")
    check((found[case[1]] or ""):match("^" .. pattern .. "$"), "%s/%s: %s instead of %s", folder, case[1], found[case[1]], case[3])
  end
  check(said == last, "%s: %s instead of %s", folder, said, last)
  check(ended == status, "%s: status %s instead of %s", folder, ended, status)
end

-- A picture of a ROM, its run's options, and the status that this has to end with.
local function shoot(name, rom, options, wanted)
  local _, _, status = os.execute(("%s exec %s --screenshot %s/%s.png --log /dev/null %s/%s.z64 2>/dev/null"):format(jitlab, options, dir,
    name, roms, rom))
  check(status == wanted, "%s: status %s", name, status)
end

local function write(name, text)
  local f = assert(io.open(("%s/%s"):format(dir, name), "w"))
  f:write(text)
  f:close()
end

local INSTRUCTIONS, INPUTS = 2700000, "1 0000 40 0\n3 8000 0 0\n" -- in the middle of drawing; the stick, and back
sh("mkdir -p %s", dir)
write("pad", INPUTS)
shoot("shot", "hello", "--frames 4", 0)
shoot("torn", "moving", "--max-instructions " .. INSTRUCTIONS, 124)
shoot("moved", "moving", ("--frames 6 --inputs %s/pad"):format(dir), 0)
write("known.lua", ([[local places = { { 100, 100, 8, 4 } }
local inputs = %q
return { { name = "known", places = places, why = "a reason" }, { name = "known-lines", places = places, why = "a reason" },
  { name = "other", found = "differs", why = "another" },
  { name = "moment", instructions = %d, why = "torn" }, { name = "moved", frames = 6, inputs = inputs, why = "somebody" },
  { name = "moved-known", frames = 6, inputs = inputs, places = places, why = "a place" },
  { name = "moved-other", frames = 6, inputs = inputs, found = "differs", why = "too early" } }]]):format(INPUTS, INSTRUCTIONS))
make("good", good)
make("bad", bad)
sh("cp %s/hello.z64 %s/good/no-picture.z64", roms, dir)
sh("cp %s/shot.png %s/bad/no-rom.png && cp %s/shot.png %s/bad/empty.png && touch %s/bad/empty.z64", dir, dir, dir, dir, dir)
bad[#bad + 1] = { "empty", "", "failed (status 125: .+) UNEXPECTED" }
expect("good", good, "11 pictures: 3 same, 3 stretched, 3 partly, 2 differs, 0 failed; 0 unexpected", 0)
expect("bad", bad, "11 pictures: 2 same, 0 stretched, 0 partly, 7 differs, 2 failed; 11 unexpected", 1)
sh("mkdir %s/none", dir)
local _, said, status = pictures("none")
check(status == 2 and said:match("no ROM with a picture$"), "none: status %s: %s", status, said)
local short
short, _, status = pictures("good", "-- --max-instructions 1000")
check(status == 1 and (short.same or ""):match("^failed %(status 124: "), "cut short: status %s: %s", status, short.same)
_, said, status = pictures("good", "--frames many")
check(status == 2 and said:match("^usage"), "--frames many: status %s: %s", status, said)

-- turns.lua says in one line that there are no numbers.
local function turns(folder)
  local pipe = assert(io.popen(("lua5.4 %s/turns.lua %s %s/%s 2>&1"):format(here, jitlab, dir, folder)))
  local text = pipe:read("a")
  local _, _, code = pipe:close()
  return text, code
end
sh("mkdir %s/turns && cp %s/hello.z64 %s/turns/XTIMINGNTSC.N64", dir, roms, dir)
for _, folder in ipairs { "none", "turns" } do
  said, status = turns(folder)
  local told = said:match("turns.lua: no TIMINGNTSC ROM shows anything in [^\n]+\n$")
  check(status == 2 and told, "turns %s: status %s: %s", folder, status, said)
end
sh("rm -r %s", dir)
os.exit(failed == 0)
