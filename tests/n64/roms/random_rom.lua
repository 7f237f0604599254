-- Random programs for the whole console: an endless loop of pieces that meet what translation may get wrong. Arithmetic, all loads and
-- stores in KSEG0, KSEG1, through the TLB and on devices, exceptions of every kind, TLB entries that come and go, code that is changed (by
-- stores and by DMA) and called directly, through a pointer, through the TLB and in user mode, in either byte order, timer interrupts,
-- Status, the FPU, DMA, the RSP. The handler steps over what raised an exception, and goes back to the kernel.
--
-- What is called, changed and mapped is drawn again each time, by a generator in the program.
--
-- random_rom(seed) is the ROM's bytes. Such a program has no verdict of its own: it is for comparisons.

local BASE, START, ROM_START = 0x80001000, 0x80001000, 0x1000
local FUNCTIONS, PAGES, SLOTS = 0x00210000, 8, 32 -- physical; pages of functions, of 32 words each
local FIRST_FOUR = 0x0180 -- those of a page that are called and changed

-- Registers: what is calculated with, and bases that stay.
local TEMPS = { 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25 }
local AT, DATA, UNCACHED, MAPPED, DMEM, PI, SP, CODE, MAPPED_CODE, MI, RANDOM, COUNTER, RA = 1, 16, 17, 18, 19, 20, 21, 22, 23, 28,
  29, 30, 31
local K0, K1 = 26, 27

return function(seed)
  local state = seed * 0x2545f4914f6cdd1d
  local function random(n) -- 0 to n - 1
    state = state + 0x9e3779b97f4a7c15
    local z = state
    z = (z ~ z >> 30) * 0xbf58476d1ce4e5b9
    z = (z ~ z >> 27) * 0x94d049bb133111eb
    return ((z ~ z >> 31) >> 1) % n
  end
  local function one_of(list) return list[random(#list) + 1] end
  local function temp() return one_of(TEMPS) end

  local out = {}
  local function put(...)
    for _, word in ipairs { ... } do out[#out + 1] = word & 0xffffffff end
  end
  local function here() return START + 4 * #out end
  local function imm(op, rs, rt, v) return op << 26 | rs << 21 | rt << 16 | v & 0xffff end
  local function reg(funct, rs, rt, rd, sa) return rs << 21 | rt << 16 | rd << 11 | (sa or 0) << 6 | funct end
  local function li(r, v)
    put(imm(0x0f, 0, r, v >> 16))
    if v & 0xffff ~= 0 then put(imm(0x0d, r, r, v)) end
  end
  local function mtc0(r, rd) put(0x40800000 | r << 16 | rd << 11) end
  local function far_jump(op, to) put(op << 26 | to >> 2 & 0x3ffffff, 0) end

  local function draw(mask) -- AT = a new random number's bits
    for _, shift in ipairs { { 0x00, 13 }, { 0x02, 17 }, { 0x00, 5 } } do
      put(reg(shift[1], 0, RANDOM, AT, shift[2]), reg(0x26, RANDOM, AT, RANDOM, 0))
    end
    put(imm(0x0c, RANDOM, AT, mask))
  end

  -- ---- pieces ----

  local SHORT = { 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2a, 0x2b, 0x2d, 0x2f, 0x04, 0x06, 0x07, 0x14, 0x16, 0x17 }
  local SHIFTS = { 0x00, 0x02, 0x03, 0x38, 0x3a, 0x3b, 0x3c, 0x3e, 0x3f }
  local WITH_IMMEDIATE = { 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x18, 0x19 }
  local function arithmetic()
    local kind = random(8)
    if kind < 4 then return reg(one_of(SHORT), temp(), temp(), temp()) end
    if kind == 4 then return reg(one_of(SHIFTS), 0, temp(), temp(), random(32)) end
    if kind == 5 then return reg(0x18 + random(8), temp(), temp(), 0) end -- multiplications and divisions
    if kind == 6 then return reg(one_of { 0x10, 0x12 }, 0, 0, temp()) end
    return imm(one_of(WITH_IMMEDIATE), temp(), temp(), random(0x10000))
  end

  local ACCESSES = { { 0x20, 1 }, { 0x24, 1 }, { 0x21, 2 }, { 0x25, 2 }, { 0x23, 4 }, { 0x27, 4 }, { 0x37, 8 }, { 0x28, 1 }, { 0x29, 2 },
    { 0x2b, 4 }, { 0x3f, 8 }, { 0x22, 1 }, { 0x26, 1 }, { 0x1a, 1 }, { 0x1b, 1 }, { 0x2a, 1 }, { 0x2e, 1 }, { 0x2c, 1 }, { 0x2d, 1 },
    { 0x31, 4 }, { 0x35, 8 }, { 0x39, 4 }, { 0x3d, 8 }, { 0x30, 4 }, { 0x38, 4 }, { 0x34, 8 }, { 0x3c, 8 } }
  local function access()
    local a, base = one_of(ACCESSES), one_of { DATA, DATA, DATA, UNCACHED, MAPPED, MAPPED, MAPPED, DMEM }
    local at = random(base == DMEM and 0x1000 or 0x8000)
    if random(16) > 0 then at = at & -a[2] end
    return imm(a[1], base, (a[1] & 0x13) == 0x11 and random(32) or temp(), at)
  end

  local function fpu()
    local format, kind = one_of { 16, 17, 20, 21 }, random(6)
    if kind == 0 then return 0x44000000 | one_of { 0, 1, 4, 5 } << 21 | temp() << 16 | random(32) << 11 end
    if kind == 1 then return 0x44400000 | temp() << 16 | 31 << 11 end
    if kind == 2 then return 0x45000000 | random(4) << 16 | 1, arithmetic() end -- a branch to behind its slot
    return 0x44000000 | format << 21 | random(32) << 16 | random(32) << 11 | random(32) << 6 | one_of { 0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 32,
      33, 36, 37, 48, 50, 60, 63 }
  end

  local function plain()
    local kind = random(8)
    if kind == 7 then put(fpu()) else put(kind < 4 and arithmetic() or access()) end
  end

  -- Of coprocessor 0, whatever comes of it: moves of most registers, the TLB's, CACHE where there may be nothing.
  local WRITTEN = { 0, 0, 2, 3, 4, 5, 6, 8, 10, 13, 14, 16, 19, 20, 21, 26, 28, 29, 30, 31 }
  local function system()
    local kind = random(8)
    if kind == 0 then return one_of { 0x42000001, 0x42000002, 0x42000006, 0x42000008 } end
    if kind == 1 then return imm(0x2f, one_of { DATA, MAPPED, MAPPED_CODE, CODE }, one_of { 0x10, 0x14, 0x19, 0x0d }, random(0x10000)) end
    if kind == 2 then return 0x40000000 | one_of { 0, 1 } << 21 | temp() << 16 | one_of { 1, 6, 7, 13, 17, 20, 25, 28 } << 11 end
    return 0x40800000 | one_of { 0, 1 } << 21 | temp() << 16 | one_of(WRITTEN) << 11
  end

  -- A function's words: calculations and accesses, the return, and one more.
  local function body_word()
    local kind = random(32)
    return kind == 0 and system() or kind <= 8 and access() or arithmetic()
  end
  local function function_words()
    local words = {}
    for i = 1, SLOTS do words[i] = body_word() end
    local length = 1 + random(SLOTS - 3)
    words[length] = 0x03e00008
    return words, length
  end

  local function function_at() return random(PAGES) * 0x1000 + random(4) * 4 * SLOTS end
  local function call(base, mask)
    draw(mask)
    put(reg(0x21, AT, base, AT), reg(0x09, AT, 0, RA), random(2) == 0 and 0 or arithmetic())
  end

  local pieces = {
    plain, plain, plain, plain,
    function() put(one_of { 0x0c, 0x0d, reg(0x34, 2, 3, 0), reg(0x20, 8, 9, 10), 0x7c000000, 0x4c000000, imm(0x23, DATA, 2, 2) }) end,
    function() -- an entry of the TLB: data, or functions
      local code, entry = random(3) == 0, random(16)
      local function lo(to)
        draw(0x1c0)
        put(imm(0x0d, AT, AT, (code and FUNCTIONS or 0x00200000) >> 6 | one_of { 7, 7, 7, 6, 3, 0 }))
        mtc0(AT, to)
      end
      li(AT, entry)
      mtc0(AT, 0)
      draw(0xe000)
      put(imm(0x0f, 0, RA, code and 0x2000 or 0x1000), reg(0x25, RA, AT, AT))
      mtc0(AT, 10)
      lo(2)
      lo(3)
      mtc0(0, 5)
      put(one_of { 0x42000002, 0x42000002, 0x42000006 }, 0, 0)
    end,
    function() put(one_of { 0x42000001, 0x42000008 }, 0, 0) end,
    function() put(system(), system()) end,
    function() put(imm(one_of { 0x04, 0x05, 0x14, 0x15 }, temp(), temp(), 1), system()) end, -- a branch to behind its slot
    function() -- software interrupts
      li(AT, random(4) << 8)
      mtc0(AT, 13)
      if random(2) == 0 then li(AT, 0x34008701); mtc0(AT, 12) end
    end,
    function() -- Status
      local bits = 0x34000000 | (random(4) > 0 and 1 or 0) | (random(4) > 0 and 0x8400 or 0) | (random(3) == 0 and 0x80 or 0)
      if random(8) == 0 then bits = bits & ~0x20000000 end
      if random(4) == 0 then bits = bits & ~0x04000000 end
      li(AT, bits)
      mtc0(AT, 12)
      put(0, 0)
    end,
    function()
      local number = one_of { 0, 1, 2, 8, 9, 9, 9, 10, 11, 12, 13, 14, 17, 30 }
      put(0x40000000 | one_of { 0, 1 } << 21 | temp() << 16 | number << 11, 0)
    end,
    function() -- the timer
      put(0x40014800, 0, imm(0x09, AT, AT, 20 + random(2000)))
      mtc0(AT, 11)
    end,
    function() -- FCSR: rounding, flushing, now and then an enabled exception
      li(AT, (random(2) << 24) | (random(6) == 0 and 1 << 7 + random(5) or 0) | random(4))
      put(0x44c1f800)
    end,
    function() -- a watched address, or none
      li(AT, random(2) == 0 and 0 or (0x00200000 + random(0x8000) & ~7) | random(4))
      mtc0(AT, 18)
    end,
    function() call(CODE, 0x7000 | FIRST_FOUR) end,
    function() call(MAPPED_CODE, 0xf000 | FIRST_FOUR) end,
    function() far_jump(0x03, 0x80000000 + FUNCTIONS + function_at()) end,
    function() far_jump(0x03, 0x80000000 + FUNCTIONS + function_at()) end,
    function() -- one word of a function becomes one of another's, announced in KSEG0
      local at = function_at() + 4 * random(SLOTS)
      draw(0x7ffc)
      put(reg(0x21, AT, CODE, AT), imm(0x23, AT, AT, 0), imm(0x2b, CODE, AT, at), imm(0x2f, CODE, 0x10, at))
    end,
    function() -- in user mode, perhaps in the other byte order; an exception leads back
      local bits = 0x34000012 | (random(2) == 0 and 0x02000000 or 0) | (random(2) == 0 and 0x20 or 0)
      li(AT, bits)
      mtc0(AT, 12)
      draw(0xf000 | FIRST_FOUR)
      put(reg(0x25, MAPPED_CODE, AT, AT))
      mtc0(AT, 14)
      li(RA, here() + 4 * 4)
      put(0, 0x42000018, 0)
    end,
    function() -- PI DMA: a function, or data; nobody waits for its end
      draw(0x7000 | FIRST_FOUR)
      put(imm(0x0f, 0, RA, random(2) == 0 and FUNCTIONS >> 16 or 0x0020), reg(0x25, RA, AT, AT), imm(0x2b, PI, AT, 0))
      draw(0x7f80)
      put(imm(0x0f, 0, RA, 0x1001), reg(0x25, RA, AT, AT), imm(0x09, AT, AT, ROM_START), imm(0x2b, PI, AT, 4))
      put(imm(0x0d, 0, AT, 4 * SLOTS - 1), imm(0x2b, PI, AT, 12))
    end,
    function() -- SP DMA
      li(AT, random(0x1000) & ~7)
      put(imm(0x2b, SP, AT, 0))
      li(AT, 0x00200000 + random(0x7000) & ~7)
      put(imm(0x2b, SP, AT, 4), imm(0x0d, 0, AT, random(0x400)), imm(0x2b, SP, AT, one_of { 8, 12 }))
    end,
    function() -- an instruction of the RSP's, or its start
      if random(3) > 0 then
        local word = one_of { 0x4a000000 | random(1 << 25), 0x4a000000 | random(1 << 25), 0xc8002000 | random(32) << 16 | random(64),
          0xe8002000 | random(32) << 16 | random(64), imm(0x09, 8, 8, random(0x10000)), 0x0000000d, 0x08000000 }
        li(AT, word)
        put(imm(0x2b, DMEM, AT, 0x1000 + 4 * random(64)))
      else
        li(AT, 0x05 | one_of { 0, 0x100, 0x80 })
        put(imm(0x2b, SP, AT, 0x10))
      end
    end,
    function() put(imm(0x23, one_of { PI, SP, MI }, temp(), 4 * random(8))) end,
    function() li(AT, random(0x1000)); put(imm(0x2b, MI, AT, 12)) end,
  }

  local function branch_over()
    local n = 1 + random(3)
    local ops = { imm(0x04, temp(), temp(), n + 1), imm(0x05, temp(), temp(), n + 1), imm(0x14, temp(), temp(), n + 1), imm(0x15, temp(),
      temp(), n + 1), imm(0x06, temp(), 0, n + 1), imm(0x01, temp(), 0, n + 1), imm(0x01, temp(), 1, n + 1) }
    put(one_of(ops), random(2) == 0 and arithmetic() or access())
    for _ = 1, n do plain() end
  end

  local function loop()
    li(COUNTER, 1 + random(60))
    local back = #out
    for _ = 1, 1 + random(3) do (random(3) == 0 and branch_over or one_of(pieces))() end
    put(imm(0x09, COUNTER, COUNTER, -1))
    put(imm(0x05, COUNTER, 0, back - #out - 1), 0)
  end

  -- ---- the program ----

  local function handler() -- where the four vectors lead
    local exception, kernel, fetched, done = {}, {}, {}, {}
    local labels, jumps = {}, {}
    local function label(l) labels[l] = #out end
    local function branch(op, rs, rt, l) jumps[#out + 1] = l; put(imm(op, rs, rt, 0), 0) end
    put(0x401a6800, 0x335b007c) -- Cause; its code
    branch(0x05, K1, 0, exception)
    put(0x3c1ba440, 0xaf600010, 0x3c1ba460, imm(0x09, 0, K0, 2), imm(0x2b, K1, K0, 16)) -- VI's, PI's
    put(imm(0x09, 0, K0, 8), imm(0x2b, SP, K0, 16), 0x3c1ba480, imm(0x2b, K1, 0, 24), imm(0x0d, 0, K0, 0x800), imm(0x2b, MI, K0, 0))
    put(0x401a5800, imm(0x09, K0, K0, 3000), 0x409a5800, 0x40806800) -- the timer's next; Cause
    branch(0x04, 0, 0, kernel)
    label(exception)
    put(0x403b4000, 0x403a7000) -- BadVAddr, EPC
    branch(0x04, K0, K1, fetched)
    put(0x401b6800, imm(0x19, K0, K0, 4)) -- behind it
    jumps[#out + 1] = done
    put(imm(0x01, K1, 1, 0), 0, imm(0x19, K0, K0, 4)) -- and behind the branch
    jumps[#out + 1] = done
    put(imm(0x04, 0, 0, 0), 0)
    label(fetched)
    put(reg(0x25, RA, 0, K0))
    label(done)
    put(0x40ba7000)
    label(kernel)
    put(0x401a6000, 0x3c1bfdff, 0x377bffe7, reg(0x24, K0, K1, K0), 0x409a6000, 0, 0, 0x42000018) -- without KSU and RE
    for at, l in pairs(jumps) do out[at] = out[at] | labels[l] - at & 0xffff end
  end

  far_jump(0x02, START + 4 * 256)
  local vector = here()
  handler()
  assert(#out < 256)
  while #out < 256 do put(0) end
  for _, offset in ipairs { 0, 0x80, 0x180 } do
    li(AT, 0x80000000 | offset)
    li(2, 0x08000000 | vector >> 2 & 0x3ffffff)
    put(imm(0x2b, AT, 2, 0), imm(0x2b, AT, 0, 4))
  end
  for r, v in pairs { [DATA] = 0x80200000, [UNCACHED] = 0xa0200000, [MAPPED] = 0x10000000, [DMEM] = 0xa4000000, [PI] = 0xa4600000,
    [SP] = 0xa4040000, [CODE] = 0x80210000, [MAPPED_CODE] = 0x20000000, [MI] = 0xa4300000 } do
    li(r, v)
  end
  for page = 0, PAGES - 1 do -- functions from the cartridge
    li(AT, FUNCTIONS + page * 0x1000)
    put(imm(0x2b, PI, AT, 0))
    li(AT, 0x10000000 + ROM_START + 0x10000 + page * 0x1000)
    put(imm(0x2b, PI, AT, 4), imm(0x0d, 0, AT, 0xfff), imm(0x2b, PI, AT, 12))
    put(imm(0x23, PI, AT, 16), imm(0x0c, AT, AT, 3), imm(0x05, AT, 0, -3), 0)
  end
  li(2, 0xa4400000)
  for i, v in ipairs { 0x202, 0x200000, 64, 2, 0, 0x3e52239, 0x20d, 0xc15, 0xc150c15, 0x6c02ec, 0x2501ff, 0xe0204, 0x66, 0x400 } do
    li(AT, v)
    put(imm(0x2b, 2, AT, 4 * i - 4))
  end
  li(AT, 0x80000000 + FUNCTIONS + PAGES * 0x1000) -- whoever runs over the last function returns
  put(imm(0x0f, 0, 2, 0x03e0), imm(0x0d, 2, 2, 8), imm(0x2b, AT, 2, 0), imm(0x2b, AT, 0, 4))
  for _, r in ipairs(TEMPS) do li(r, random(1 << 32)) end
  li(RANDOM, 1 + random(0xffffffff))
  li(AT, 0x34008401)
  mtc0(AT, 12)
  local top = here()
  for _ = 1, 150 do (random(4) == 0 and loop or random(6) == 0 and branch_over or one_of(pieces))() end
  far_jump(0x02, top)
  assert(#out < 0x4000)
  while #out < 0x4000 do put(0) end
  for _ = 1, PAGES * 32 do put(table.unpack((function_words()))) end

  local words, header = {}, (">I4I4I4I4"):pack(0x80371240, 15, BASE, 0)
  for i, word in ipairs(out) do words[i] = (">I4"):pack(word) end
  return header .. ("\0"):rep(ROM_START - #header) .. table.concat(words)
end
