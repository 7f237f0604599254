-- The disassembler against binutils: random words of every row of the ISA table, printed by jitlab and by objdump.
--
-- usage: lua5.4 disasm.lua DISASM_WORDS [SEED]
local tool = arg[1]
local seed = tonumber(arg[2]) or os.time()
print("seed " .. seed)

local function lines(command)
  local out, pipe = {}, assert(io.popen(command))
  for line in pipe:lines() do out[#out + 1] = line end
  pipe:close()
  return out
end

-- objdump's line: "   0:\t00851021 \taddu\tv0,a0,a1"; targets as "0x40 <.text+0x40>" or "40 <...>"
local function normal(text)
  text = text:gsub("%s*<.*>$", ""):gsub("%s+", " "):gsub(" $", "")
  -- what objdump spells as an alias all the same: negations, loads of a constant, DI and EI without a register
  text = text:gsub("^(d?)neg(u?) (%w+),(%w+)$", "%1sub%2 %3,zero,%4"):gsub("^d?li (%w+),(0x%x+)$", "ori %1,zero,%2")
  text = text:gsub("^([de]i) zero$", "%1")
  return text
end

local function compare(isa)
  local words = lines(("%s %s rows 40 %d"):format(tool, isa, seed))
  local name = os.tmpname()
  local source = assert(io.open(name .. ".s", "w"))
  source:write(".set noreorder\n.text\n")
  for _, w in ipairs(words) do source:write(".word 0x", w, "\n") end
  source:close()
  local list = assert(io.open(name .. ".txt", "w"))
  list:write(table.concat(words, "\n"), "\n")
  list:close()
  assert(os.execute(("mipsel-linux-gnu-as -o %s.o %s.s"):format(name, name)))
  local want = {}
  local names = "cp0-names=numeric,hwr-names=numeric,cp1-names=numeric"
  local objdump = ("mipsel-linux-gnu-objdump -d -z -M no-aliases,%s -m mips:isa%sr2 %s.o"):format(names, isa:match("%d+"), name)
  for _, line in ipairs(lines(objdump)) do
    local text = line:match("^%s+%x+:\t%x+ \t(.*)$")
    if text then want[#want + 1] = normal(text) end
  end
  local got = lines(("%s %s < %s.txt"):format(tool, isa, name))
  for _, suffix in ipairs { "", ".s", ".o", ".txt" } do os.remove(name .. suffix) end
  for i = #words + 1, #want do want[i] = nil end -- the section's padding
  assert(#want == #words and #got == #words, ("%d words, objdump %d lines, jitlab %d"):format(#words, #want, #got))
  local differ, shown = 0, {}
  for i, w in ipairs(words) do
    if normal(got[i]) ~= want[i] then
      differ = differ + 1
      local mnemonic = want[i]:match("^%S+")
      if not shown[mnemonic] then
        shown[mnemonic] = true
        print(("%s %s: %-40s objdump: %s"):format(isa, w, normal(got[i]), want[i]))
      end
    end
  end
  print(("%s: %d words, %d differ"):format(isa, #words, differ))
  return differ
end

os.exit(compare("mips32r2") + compare("mips64r2") == 0)
