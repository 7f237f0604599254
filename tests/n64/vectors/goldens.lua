-- Runs what was recorded of the RSP on a console, as tests/gengolden of github.com/rasky/r64emu has it: NAME.toml describes
-- inputs and outputs and holds inputs, NAME.rsp is the program, NAME.golden what it wrote for each input. goldens.c is
-- the ROM that runs them; here they are read and put behind it in the cartridge, a file a run.
--
-- usage: lua5.4 goldens.lua JITLAB DIR [-- exec options]
--
-- Each file runs interpreted, and with everything translated at once; or once, with the options that are given. Prints a line
-- for each file:
--   passed      all its outputs
--   failed      with the first outputs that are others, or the status and the error of a run that did not end
-- Then the totals. Status 1 when an output is another one, 2 when there is nothing to run or a file cannot be read.
local here = arg[0]:match("(.*/)") or "./"
package.path = here .. "?.lua;" .. here .. "../roms/?.lua;" .. package.path
local recorded = require "recorded"
local HALF, IMEM = 0x800, 0x1000 -- bytes: what goldens.c has room for
local INSTRUCTIONS = 1000000
local BYTES = { v128 = 16, u64 = 8, u32 = 4 }

-- Text without the program's source and comments.
local function stripped(text) return (text:gsub('""".-"""', '""'):gsub("#[^\n]*", "")) end

-- What a description (a list of "type:name") says: the name at each word, or nil.
local function described(text, key)
  local list, words = text:match("%f[%w_]" .. key .. "%s*=%s*(%b[])"), {}
  for kind, name in (list or ""):gmatch('"([^":]*):([^"]*)"') do
    if not BYTES[kind] then return nil end
    for _ = 1, BYTES[kind] // 4 do words[#words + 1] = name end
  end
  return #words > 0 and 4 * #words <= HALF and words or nil
end

-- The inputs' words, packed; nil when they are not so many.
local function packed(list, count)
  local words = {}
  for item in list:sub(2, -2):gsub("_", ""):gmatch("[^%s,]+") do
    local v = math.tointeger(tonumber(item))
    if not v or v < 0 or v > 0xffffffff then return nil end
    words[#words + 1] = string.pack(">I4", v)
  end
  return #words == count and table.concat(words) or nil
end

local function read_goldens(path)
  local function bad(format, ...) recorded.refuse("%s: " .. format, path, ...) end
  local text, base = stripped(recorded.read(path)), path:sub(1, -6)
  local code, golden = recorded.read(base .. ".rsp"), recorded.read(base .. ".golden")
  local inputs, outputs = described(text, "input_desc"), described(text, "output_desc")
  if not inputs or not outputs then bad("no description of inputs and outputs that can be run") end
  if #code == 0 or #code % 4 ~= 0 or #code > IMEM then bad("its program has %d bytes", #code) end
  local names, parts, size = {}, {}, 4 * #outputs
  for name, list in text:gmatch('%[%[test%]%]%s*name%s*=%s*"([^"]*)"%s*input%s*=%s*(%b[])') do
    local n = #names + 1
    names[n] = name
    parts[#parts + 1] = packed(list, #inputs) or bad("%s: not %d words of input", name, #inputs)
    parts[#parts + 1] = golden:sub(size * (n - 1) + 1, size * n)
  end
  local _, tests = text:gsub("%[%[test%]%]", "")
  if #names == 0 or #names ~= tests then bad("%d of %d tests can be read", #names, tests) end
  if #golden ~= size * #names then bad("%d bytes of output for %d tests of %d", #golden, #names, size) end
  local function explain(i, found)
    local at, value = found:match("^(%x+) (%x+)$")
    at = tonumber(at, 16)
    local wanted = string.unpack(">I4", golden, size * (i - 1) + 4 * at + 1)
    return ("%s: %s"):format(path, names[i]), ("%s, at 0x%x: %s instead of %08x"):format(outputs[at + 1], 4 * at, value, wanted)
  end
  return { path = path, count = #names, instructions = INSTRUCTIONS, explain = explain,
    table = string.pack(">I4I4I4I4", #names, #code // 4, #inputs, #outputs) .. code .. table.concat(parts) }
end

local o, files = recorded.arguments("goldens"), {}
for _, path in ipairs(recorded.files(o.dir, "*.toml")) do
  local f = io.open(path:sub(1, -6) .. ".golden")
  if f then
    f:close()
    files[#files + 1] = read_goldens(path)
  end
end
if #files == 0 then recorded.refuse("%s: no file of recordings (*.toml with *.golden)", o.dir) end
recorded.run(o, files, "recordings")
