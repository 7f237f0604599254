-- Runs recorded instructions, as tests/testcases/cpu of github.com/Dillonb/n64 has them: each line of a *.testcase file is an
-- instruction, its operands, and what it left behind. vectors.c is the ROM that carries them out; here they are read and
-- put behind it in the cartridge, a file a run.
--
-- usage: lua5.4 vectors.lua JITLAB DIR [-- exec options]
--
-- Each file runs interpreted, and with everything translated at once; or once, with the options that are given. Lines:
--   NAME r21 A B RESULT        A is in rs, B in rt
--   NAME imm11 A IMM RESULT    (of 16 bits)
--   NAME sa A SHIFT RESULT     (32 to 63 for the doublewords' shifts: DSLL32 and its like)
--   NAME lohi A B LO HI
--   NAME branch A B true|false whether it is taken; a likely one's delay slot must be carried out then only, others' always
-- Prints a line for each file:
--   passed      all its lines
--   failed      with the first lines that found something else, or the status and the error of a run that did not end
-- Then the totals. Status 1 when a line failed, 2 when there is nothing to run or a line cannot be read.
local here = arg[0]:match("(.*/)") or "./"
package.path = here .. "?.lua;" .. here .. "../roms/?.lua;" .. package.path
local recorded = require "recorded"
local RESULT, LO_HI, BRANCH = 0, 1, 2 -- vectors.c's kinds, and where it has operands and results
local RS, RT, RD = 8, 9, 10
local BRANCH_WORDS = 3
local INSTRUCTIONS = 1000 -- to carry out one and print that it failed

-- Instructions by form: the field that tells one from another.
local SPECIAL = {
  sllv = 0x04, srlv = 0x06, srav = 0x07, dsllv = 0x14, dsrlv = 0x16, dsrav = 0x17, add = 0x20, addu = 0x21, sub = 0x22, subu = 0x23,
  ["and"] = 0x24, ["or"] = 0x25, xor = 0x26, nor = 0x27, slt = 0x2a, sltu = 0x2b, dadd = 0x2c, daddu = 0x2d, dsub = 0x2e, dsubu = 0x2f,
}
local IMMEDIATE = {
  addi = 0x08, addiu = 0x09, slti = 0x0a, sltiu = 0x0b, andi = 0x0c, ori = 0x0d, xori = 0x0e, daddi = 0x18, daddiu = 0x19,
}
local SHIFT = { sll = 0x00, srl = 0x02, sra = 0x03 }
local LONG_SHIFT = { dsll = 0x38, dsrl = 0x3a, dsra = 0x3b } -- by 32 and more: 4 further on
local MULTIPLY = { mult = 0x18, multu = 0x19, div = 0x1a, divu = 0x1b, dmult = 0x1c, dmultu = 0x1d, ddiv = 0x1e, ddivu = 0x1f }
local TWO_OPERANDS = { beq = 0x04, bne = 0x05, beql = 0x14, bnel = 0x15 }
local ONE_OPERAND = { blez = 0x06, bgtz = 0x07, blezl = 0x16, bgtzl = 0x17 }
local REGIMM = { bltz = 0x00, bgez = 0x01, bltzl = 0x02, bgezl = 0x03, bltzal = 0x10, bgezal = 0x11, bltzall = 0x12, bgezall = 0x13 }
local LIKELY = { beql = true, bnel = true, blezl = true, bgtzl = true, bltzl = true, bgezl = true, bltzall = true, bgezall = true }

-- A hexadecimal number of at most so many bits, or nil.
local function number(text, bits)
  local v = text and #text <= 16 and text:match("^%x+$") and tonumber(text, 16)
  return v and (bits == 64 or v >> bits == 0) and v or nil
end

local function branch_word(name)
  if TWO_OPERANDS[name] then return TWO_OPERANDS[name] << 26 | RS << 21 | RT << 16 | BRANCH_WORDS end
  if ONE_OPERAND[name] then return ONE_OPERAND[name] << 26 | RS << 21 | BRANCH_WORDS end
  return REGIMM[name] and 1 << 26 | RS << 21 | REGIMM[name] << 16 | BRANCH_WORDS
end

-- By form, how many fields there are behind it, and what makes the kind, word, operands and wanted results of them (nil where
-- one is missing).
local FORMS = {
  r21 = { 3, function(name, a, b, result)
    local word = SPECIAL[name] and RS << 21 | RT << 16 | RD << 11 | SPECIAL[name]
    return RESULT, word, number(a, 64), number(b, 64), number(result, 64), 0
  end },
  imm11 = { 3, function(name, a, immediate, result)
    local low = number(immediate, 16)
    local word = low and IMMEDIATE[name] and IMMEDIATE[name] << 26 | RS << 21 | RD << 16 | low
    return RESULT, word, number(a, 64), 0, number(result, 64), 0
  end },
  sa = { 3, function(name, a, shift, result)
    local by = number(shift, LONG_SHIFT[name] and 6 or 5)
    local code = SHIFT[name] or by and LONG_SHIFT[name] and LONG_SHIFT[name] + (by >> 5 << 2)
    local word = by and code and RS << 16 | RD << 11 | (by & 31) << 6 | code
    return RESULT, word, number(a, 64), 0, number(result, 64), 0
  end },
  lohi = { 4, function(name, a, b, lo, hi)
    local word = MULTIPLY[name] and RS << 21 | RT << 16 | MULTIPLY[name]
    return LO_HI, word, number(a, 64), number(b, 64), number(lo, 64), number(hi, 64)
  end },
  branch = { 3, function(name, a, b, taken)
    local yes = ({ ["true"] = 1, ["false"] = 0 })[taken]
    return BRANCH, branch_word(name), number(a, 64), number(b, 64), yes, LIKELY[name] and yes or 1
  end },
}

-- A line as vectors.c wants it, or nil.
local function packed(line)
  local fields = {}
  for field in line:gmatch("%S+") do fields[#fields + 1] = field end
  local form = FORMS[fields[2]]
  if not form or #fields ~= 2 + form[1] then return nil end
  local kind, word, a, b, first, second = form[2](fields[1], table.unpack(fields, 3))
  return word and a and b and first and second and string.pack(">I4I4i8i8i8i8", kind, word, a, b, first, second)
end

-- What the ROM found instead, in words.
local function found(text)
  local first, second, code = text:match("^(%x+) (%x+) (%x+)$")
  return ("%s %s%s"):format(first, second, code == "ff" and "" or ", exception " .. tonumber(code, 16))
end

-- A file's lines, as recorded.lua wants them.
local function read_vectors(path)
  local lines, numbers, vectors, at = {}, {}, {}, 0
  for line in (recorded.read(path) .. "\n"):gmatch("(.-)\r?\n") do
    at = at + 1
    if line:match("%S") then
      local n = #lines + 1
      lines[n], numbers[n] = line, at
      vectors[n] = packed(line) or recorded.refuse("%s:%d: not an instruction that can be run: %s", path, at, line)
    end
  end
  local function explain(i, text) return ("%s:%d: %s"):format(path, numbers[i], lines[i]), found(text) end
  return { path = path, count = #lines, instructions = INSTRUCTIONS, explain = explain,
    table = string.pack(">I4I4", #lines, 0) .. table.concat(vectors) }
end

local o, files = recorded.arguments("vectors"), {}
for _, path in ipairs(recorded.files(o.dir, "*.testcase")) do
  local file = read_vectors(path)
  if file.count > 0 then files[#files + 1] = file end
end
if #files == 0 then recorded.refuse("%s: no file of instructions (*.testcase)", o.dir) end
recorded.run(o, files, "lines")
