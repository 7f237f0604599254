-- Runs krom's TIMINGNTSC ROMs (github.com/PeterLemon/N64, CPUTest), which count the turns of a loop in a frame, for each of 82
-- instructions, and says how far the numbers on the screen are from those that their sources want.
--
-- usage: lua5.4 turns.lua JITLAB DIR [-- exec options]
--
-- A line for each ROM and for each instruction: what is shown, what is wanted, the difference in parts of ten thousand. Status 1
-- when a ROM shows no numbers, 2 when there is none.
package.path = (arg[0]:match("(.*/)") or "./") .. "../roms/?.lua;" .. package.path
local common = require "common"
local quoted = common.quoted
local jitlab, dir = arg[1], arg[2]
if not dir or (arg[3] and arg[3] ~= "--") then
  io.stderr:write("usage: lua5.4 turns.lua JITLAB DIR [-- exec options]\n")
  os.exit(2)
end

local FRAMES, FIRST_LINE, LINE, DIGITS, DIGITS_AT, WIDTH = 1500, 24, 8, 8, 448, 640


local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  return text, pipe:close()
end

-- A file that krom's collection has beside the ROM.
local function read(path)
  local text = common.read(path)
  if text ~= "" then return text end
  io.stderr:write("turns.lua: cannot read " .. path .. "\n")
  os.exit(2)
end

-- The instructions in order, and what is wanted of each.
local function wanted(source)
  local list = {}
  for name in source:gmatch("\n%s*(%w+)WAITEND:") do
    list[#list + 1] = { name = name, turns = tonumber(source:match("\n" .. name .. "COUNT:%s*dw %$(%x+)"), 16) }
  end
  return list
end

-- A character as a string of its 64 points, from the font: four bytes a point.
local function glyphs(font)
  local of = {}
  for c in ("0123456789ABCDEF"):gmatch(".") do
    of[font:sub(c:byte() * 256 + 1, c:byte() * 256 + 256):gsub("(.)...", function(red) return red:byte() > 127 and "#" or "." end)] = c
  end
  return of
end

local function number_at(raw, y, of)
  local digits = {}
  for d = 0, DIGITS - 1 do
    local points = {}
    for row = 0, 7 do
      for column = 0, 7 do
        local at = 3 * ((y + row) * WIDTH + DIGITS_AT + 8 * d + column) + 1
        points[#points + 1] = (raw:byte(at) or 0) > 127 and "#" or "."
      end
    end
    digits[#digits + 1] = of[table.concat(points)] or "?"
  end
  return tonumber(table.concat(digits), 16)
end

local shot, status, pass, total = os.tmpname(), 0, 0, 0
local options = {}
for i = 4, #arg do options[#options + 1] = quoted(arg[i]) end
local pixels = (jitlab:match("^(.*)/[^/]*$") or ".") .. "/tests/n64/roms/pixels"
local roms = output(("find %s -type f -name '*TIMINGNTSC.N64' | LC_ALL=C sort"):format(quoted(dir)))
for rom in roms:gmatch("[^\n]+") do
  local said, ok = output(("timeout 300 %s exec --frames %d --screenshot %s %s %s 2>&1"):format(
    quoted(jitlab), FRAMES, shot, table.concat(options, " "), quoted(rom)))
  local raw = ok and output(("%s %s"):format(quoted(pixels), shot)):match("^640 480\n(.*)$")
  print(rom:match("[^/]*$") .. (raw and "" or ": no picture: " .. (said:match("^[^\n]+") or "")))
  local of = raw and glyphs(read(rom:match("^(.*)/") .. "/FontBlack8x8.bin"))
  for i, want in ipairs(raw and wanted(read(rom:sub(1, -4) .. "asm")) or {}) do
    local turns = number_at(raw, FIRST_LINE + LINE * (i - 1), of)
    total, pass = total + 1, pass + (turns == want.turns and 1 or 0)
    if not turns then status = 1 end
    print(("  %-8s %7s %7d %s"):format(want.name, turns or "none", want.turns,
      turns and ("%+.1f"):format((turns / want.turns - 1) * 1e4) or ""))
  end
  if not raw then status = 1 end
end
os.remove(shot)
if total == 0 then
  io.stderr:write("turns.lua: no TIMINGNTSC ROM shows anything in " .. dir .. "\n")
  os.exit(2)
end
print(("%d of %d equal"):format(pass, total))
os.exit(status)
