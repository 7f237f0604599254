-- What vectors.lua and goldens.lua have in common: files of recordings, each of which goes as a table behind a ROM of ours
-- in a cartridge, whose program does what was recorded, compares, and prints a line for each recording that fails.
local quoted = require("common").quoted

local recorded = {}

local MOST_SHOWN, SECONDS, INSTRUCTIONS = 5, 300, 10000000
local TABLE, END = 0x100000, 0x3ff0000 -- in the cartridge: as recorded.h has it, and where the IS-Viewer begins

local WAYS = { { "interpreted", "--set backend=interp --rsp backend=interp" }, { "translated", "--set tier=single --rsp tier=single" } }

-- Ends the script: the input is bad.
function recorded.refuse(format, ...)
  io.stderr:write(format:format(...), "\n")
  os.exit(2)
end

-- The content of a file.
function recorded.read(path)
  local f = io.open(path, "rb")
  local content = f and f:read("a")
  if f then f:close() end
  return content or recorded.refuse("cannot read %s", path)
end

local function write(path, ...)
  local f = assert(io.open(path, "wb"))
  assert(f:write(...))
  assert(f:close())
end

-- The command line of `name`.lua: jitlab, dir, the ways to run a file, and name.z64, which is built beside jitlab.
function recorded.arguments(name)
  local o, i = { ways = WAYS }, 1
  while arg[i] and arg[i] ~= "--" and i <= 2 do
    o[i == 1 and "jitlab" or "dir"], i = arg[i], i + 1
  end
  if not o.dir or arg[i] and arg[i] ~= "--" then recorded.refuse("usage: lua5.4 %s.lua JITLAB DIR [-- exec options]", name) end
  if arg[i] then
    local options = {}
    for k = i + 1, #arg do options[#options + 1] = quoted(arg[k]) end
    o.ways = { { "run", table.concat(options, " ") } }
  end
  local rom = recorded.read(("%s/tests/n64/vectors/%s.z64"):format(o.jitlab:match("^(.*)/[^/]*$") or ".", name))
  o.head = rom .. ("\0"):rep(TABLE - #rom)
  return o
end

-- The files below a folder that match a pattern of the shell's, sorted.
function recorded.files(dir, pattern)
  local list = {}
  local pipe = assert(io.popen(("find %s -type f -name %s 2>/dev/null | LC_ALL=C sort"):format(quoted(dir), quoted(pattern))))
  for path in pipe:lines() do list[#list + 1] = path end
  pipe:close()
  return list
end

-- Prints the first ones that failed.
local function show(file, way, text)
  local shown = 0
  for index, found in text:gmatch("(%x+): ([^\n]*)\n") do
    shown = shown + 1
    if shown > MOST_SHOWN then break end
    local where, what = file.explain(tonumber(index, 16) + 1, found)
    print(("  %s (%s: %s)"):format(where, way, what))
  end
end

-- Runs the cartridge in one way. Returns how many failed, what is to be said of the run, and what the ROM printed.
local function run(o, way, file, base)
  local limit = INSTRUCTIONS + file.count * file.instructions
  local command = ("timeout %d %s exec --until 'end of recordings' --max-instructions %d --log %s.log %s %s.z64 2>&1"):format(SECONDS,
    quoted(o.jitlab), limit, base, way[2], base)
  write(base .. ".log")
  local pipe = assert(io.popen(command))
  local said = pipe:read("a"):match("^[^\n]*")
  local _, _, status = pipe:close()
  if status ~= 0 then return file.count, ("%s: status %d: %s"):format(way[1], status, said), "" end
  local text = recorded.read(base .. ".log")
  local total, failed = text:match("recordings (%x+) failed (%x+)\nend of recordings$")
  failed = total and tonumber(total, 16) == file.count and tonumber(failed, 16)
  if not failed then return file.count, way[1] .. ": did not run all of them", "" end
  return failed, ("%s: %d passed, %d failed"):format(way[1], file.count - failed, failed), text
end

-- Runs a file in all ways, prints its line, and adds to `failed`. Returns whether all passed.
local function run_file(o, file, base, failed)
  local said, texts, bad = {}, {}, 0
  write(base .. ".z64", o.head, file.table)
  for i, way in ipairs(o.ways) do
    local n
    n, said[i], texts[i] = run(o, way, file, base)
    failed[i], bad = failed[i] + n, bad + n
  end
  print(("%s %s: %s"):format(bad == 0 and "passed" or "failed", file.path, table.concat(said, "; ")))
  for i, way in ipairs(o.ways) do show(file, way[1], texts[i]) end
  io.stdout:flush()
  return bad == 0
end

-- Runs files and ends the script. A file has a path, the count of its recordings, the instructions that one takes at most, the
-- table that its ROM reads, and explain(i, found): which one is the i-th, and what the ROM printed of it, in words.
function recorded.run(o, files, what)
  local base, failed, count, all = os.tmpname(), {}, 0, true
  for i in ipairs(o.ways) do failed[i] = 0 end
  for _, file in ipairs(files) do
    if #file.table > END - TABLE then recorded.refuse("%s: more than a cartridge holds", file.path) end
  end
  for _, file in ipairs(files) do
    all = run_file(o, file, base, failed) and all
    count = count + file.count
  end
  for _, tail in ipairs { "", ".z64", ".log" } do os.remove(base .. tail) end
  local said = {}
  for i, way in ipairs(o.ways) do said[i] = ("%s: %d passed, %d failed"):format(way[1], count - failed[i], failed[i]) end
  print(("%d files, %d %s; %s"):format(#files, count, what, table.concat(said, "; ")))
  os.exit(all and 0 or 1)
end

return recorded
