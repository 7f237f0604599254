-- Runs test ROMs that have a picture of the right screen beside them (NAME.n64 or NAME.z64, and NAME.png), as krom's do
-- (github.com/PeterLemon/N64), and compares.
--
-- usage: lua5.4 pictures.lua JITLAB DIR [--frames N] [--known FILE] [-- exec options]
--
-- A ROM runs for 10 frames, for 60, and for N (1500), until its picture is right; or once, as known.lua says: for so many
-- instructions or frames, where the picture is of one moment, or with what somebody did with the controller. A line for
-- each:
--   same        but for 5-bit colours' last bits
--   stretched   the picture shows some lines twice, or a pixel to the left, and is the same apart from that (compare.c)
--   partly      same or stretched outside of the places that known.lua names
--   differs     with the number of pixels and the first one
--   failed      the run did not end as it should, or there is no picture of the same size
-- Then the totals. Status 1 when one is worse than known.lua says, or better, 2 when there is nothing to run. Those that
-- known.lua gives a way to run, and nothing that is found, have to be same or stretched.
local folder = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = folder .. "/../roms/?.lua;" .. package.path
local quoted = require("common").quoted
local SHORT, LONGEST, SECONDS, INSTRUCTIONS_A_SECOND = { 10, 60 }, 1500, 120, 20000000

local function usage()
  io.stderr:write("usage: lua5.4 pictures.lua JITLAB DIR [--frames N] [--known FILE] [-- exec options]\n")
  os.exit(2)
end

local function arguments()
  local o = { frames = LONGEST, known = folder .. "/known.lua", exec = {} }
  local i = 1
  while i <= #arg do
    local a = arg[i]
    if a == "--" then
      o.exec = table.move(arg, i + 1, #arg, 1, {})
      break
    elseif a == "--frames" or a == "--known" then
      i = i + 1
      o[a:sub(3)] = a == "--frames" and math.tointeger(tonumber(arg[i])) or a == "--known" and arg[i] or usage()
    elseif not o.jitlab then
      o.jitlab = a
    elseif not o.dir then
      o.dir = a
    else
      usage()
    end
    i = i + 1
  end
  if not o.dir or o.frames < 1 then usage() end
  o.compare = (o.jitlab:match("^(.*)/[^/]*$") or ".") .. "/tests/n64/pictures/compare"
  return o
end

local function exists(path)
  local f = io.open(path, "rb")
  if f then f:close() end
  return f ~= nil
end

-- ROMs with a picture, sorted.
local function roms(dir)
  local list = {}
  local pipe = assert(io.popen("find " .. quoted(dir) .. " -type f -iname '*.[nz]64' | LC_ALL=C sort"))
  for rom in pipe:lines() do
    local name = rom:sub(1, -5)
    if exists(name .. ".png") then list[#list + 1] = { rom = rom, name = name, picture = name .. ".png" } end
  end
  pipe:close()
  return list
end

-- known.lua's entry: the one whose name the ROM's path ends with.
local function entry_of(known, name)
  for _, k in ipairs(known) do
    local tail = "/" .. k.name
    if ("/" .. name):sub(-#tail) == tail then return k end
  end
end

-- Returns the first line that a command prints, and its status.
local function first_line(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  local _, _, status = pipe:close()
  return text:match("^[^\n]*"), status
end

local function rectangles(list)
  local words = {}
  for _, r in ipairs(list or {}) do words[#words + 1] = ("%d,%d,%d,%d"):format(table.unpack(r)) end
  return table.concat(words, " ")
end

-- Runs a ROM as `way` says: for `frames` or for `instructions`, with `inputs` or without. Returns what it said, and the
-- status, which is 0 where it ended as it should (and not 124 where the time was over: that is 143).
local function run_once(o, rom, way, shot)
  local options, pad = {}, way.inputs and os.tmpname()
  for i, v in ipairs(o.exec) do options[i] = quoted(v) end
  if pad then
    local f = assert(io.open(pad, "w"))
    f:write(way.inputs)
    f:close()
    table.insert(options, "--inputs " .. pad)
  end
  os.remove(shot)
  local limit = way.instructions and "--max-instructions " .. way.instructions or "--frames " .. way.frames
  local said, status = first_line(("timeout --preserve-status %d %s exec %s --screenshot %s --log /dev/null %s %s 2>&1"):format(
    SECONDS + (way.instructions or 0) // INSTRUCTIONS_A_SECOND, quoted(o.jitlab), limit, shot, table.concat(options, " "), quoted(rom)))
  if pad then os.remove(pad) end
  return said, way.instructions and status == 124 and 0 or status
end

local function compared(o, shot, picture, rects)
  return (first_line(("%s %s %s %s 2>&1"):format(quoted(o.compare), shot, quoted(picture), rectangles(rects))))
end

-- Returns the word for what was found, and details.
local function judge(o, r, known, way, shot)
  local said, status = run_once(o, r.rom, way, shot)
  if status ~= 0 then return "failed", ("status %s: %s"):format(status, said) end
  local text = compared(o, shot, r.picture)
  local elsewhere = text:match("^differs") and known and known.places and compared(o, shot, r.picture, known.places) or ""
  if elsewhere:match("^s[at]") then return "partly", elsewhere .. " elsewhere" end
  local word, details = text:match("^(%a+) ?(.*)$")
  if word == "size" or not word then return "failed", text end
  return word, details
end

local function is_right(word) return word == "same" or word == "stretched" end

local function try(o, r, known, shot)
  if known and (known.instructions or known.frames) then return judge(o, r, known, known, shot) end
  for _, frames in ipairs(SHORT) do
    if frames < o.frames then
      local word, details = judge(o, r, known, { frames = frames }, shot)
      if is_right(word) or word == "partly" then return word, details end
    end
  end
  return judge(o, r, known, { frames = o.frames }, shot)
end

-- Is the word the one that known.lua's entry (if there is one) lets us expect?
local function is_expected(known, word)
  local want = known and (known.found or known.places and "partly")
  return want and word == want or not want and is_right(word)
end

local function main()
  local o = arguments()
  local list, known = roms(o.dir), dofile(o.known)
  if #list == 0 then
    io.stderr:write(o.dir, ": no ROM with a picture\n")
    os.exit(2)
  end
  local shot, total, unexpected = os.tmpname(), {}, 0
  for _, r in ipairs(list) do
    local k = entry_of(known, r.name)
    local word, details = try(o, r, k, shot)
    local expected = is_expected(k, word)
    total[word] = (total[word] or 0) + 1
    unexpected = unexpected + (expected and 0 or 1)
    local note = expected and (k and ": " .. k.why or "") or " UNEXPECTED"
    print(("%-9s %s%s%s"):format(word, r.name, details ~= "" and " (" .. details .. ")" or "", note))
    io.stdout:flush()
  end
  os.remove(shot)
  local parts = {}
  for _, word in ipairs { "same", "stretched", "partly", "differs", "failed" } do
    parts[#parts + 1] = ("%d %s"):format(total[word] or 0, word)
  end
  print(("%d pictures: %s; %d unexpected"):format(#list, table.concat(parts, ", "), unexpected))
  os.exit(unexpected == 0 and 0 or 1)
end

main()
