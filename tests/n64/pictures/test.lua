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

-- name, how its picture is altered, what is printed
local good = {
  { "same", "", "same" },
  { "colours", "colour 8", "same" },
  { "lines", "repeat 19 repeat 99 repeat 179", "stretched (3 0)" },
  { "left", "repeat 40 left 200", "stretched (1 40)" },
  { "known", "pixel 100 100 pixel 107 103", "partly (same elsewhere): a reason" },
  { "known-lines", "repeat 40 pixel 100 101", "partly (stretched 1 0 elsewhere): a reason" },
  { "other", "pixel 0 0", "differs (1 0 0): another" },
}
local bad = {
  { "pixel", "pixel 319 239", "differs (1 319 239) UNEXPECTED" },
  { "brighter", "colour 9", "differs (%d+ %d+ %d+) UNEXPECTED" },
  { "too-many-lines", "repeat 40 repeat 80 repeat 120 repeat 200", "differs (%d+ %d+ %d+) UNEXPECTED" },
  { "too-early", "repeat 15", "differs (%d+ %d+ %d+) UNEXPECTED" },
  { "shorter", "cut 8", "failed (size 320x240 320x232) UNEXPECTED" },
  { "known", "pixel 100 100 pixel 108 103", "differs (2 100 100) UNEXPECTED" },
  { "other", "", "same UNEXPECTED" }, -- better than it is known to be
}

local function make(folder, list)
  sh("mkdir -p %s/%s", dir, folder)
  for _, case in ipairs(list) do
    sh("cp %s/hello.z64 %s/%s/%s.z64", roms, dir, folder, case[1])
    sh("%s/alter %s/shot.png %s/%s/%s.png %s", tools, dir, dir, folder, case[1], case[2])
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

sh("mkdir -p %s", dir)
sh("%s exec --frames 4 --screenshot %s/shot.png --log /dev/null %s/hello.z64", jitlab, dir, roms)
local known = assert(io.open(dir .. "/known.lua", "w"))
known:write([[local places = { { 100, 100, 8, 4 } }
return { { name = "known", places = places, why = "a reason" }, { name = "known-lines", places = places, why = "a reason" },
  { name = "other", found = "differs", why = "another" } }]])
known:close()
make("good", good)
make("bad", bad)
sh("cp %s/hello.z64 %s/good/no-picture.z64", roms, dir)
sh("cp %s/shot.png %s/bad/no-rom.png && cp %s/shot.png %s/bad/empty.png && touch %s/bad/empty.z64", dir, dir, dir, dir, dir)
bad[#bad + 1] = { "empty", "", "failed (status 125: .+) UNEXPECTED" }
expect("good", good, "7 pictures: 2 same, 2 stretched, 2 partly, 1 differs, 0 failed; 0 unexpected", 0)
expect("bad", bad, "8 pictures: 1 same, 0 stretched, 0 partly, 5 differs, 2 failed; 8 unexpected", 1)
sh("mkdir %s/none", dir)
local _, said, status = pictures("none")
check(status == 2 and said:match("no ROM with a picture$"), "none: status %s: %s", status, said)
_, said, status = pictures("good", "--frames many")
check(status == 2 and said:match("^usage"), "--frames many: status %s: %s", status, said)
sh("rm -r %s", dir)
os.exit(failed == 0)
