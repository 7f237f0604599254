-- krom's pictures (github.com/PeterLemon/N64: CPUTest, RSPTest, CP1) that are not equal here, and why. `name` is the
-- end of the path, without extension. `places` are rectangles x, y, width, height: outside of them the picture has to
-- be the same. `found` says what is found when it is not that.
local timing = "when Count was reached, and read: cycles of caches, which are not modelled (the ROM allows 256)"
local power_on = "registers that nothing sets at power-on: no two of these pictures agree in all of them"

-- Cause, EntryHi, EntryLo0 and EntryLo1 before the exception; the last two and EntryHi's ASID also behind it.
local tlb = { { 112, 80, 64, 8 }, { 112, 144, 64, 8 }, { 236, 144, 16, 8 }, { 312, 144, 16, 8 }, { 112, 160, 216, 24 } }

local copied = "the picture is that of the ROM with double precision, byte for byte"
local moves = "an animation: the picture is of some moment, and the same one for single and double precision"
local input = "the picture is of somebody's having moved the stick"

local vnull = {}
for i = 0, 3 do
  table.insert(vnull, { 192, 232 + 48 * i, 384, 8 })
  table.insert(vnull, { 576, 248 + 48 * i, 32, 8 })
end

return {
  { name = "Exceptions/TLB/ExceptionTLBReadMiss", places = tlb, why = power_on },
  { name = "Exceptions/TLB/ExceptionTLBReadMissDelay", places = tlb, why = power_on },
  { name = "Exceptions/TLB/ExceptionTLBReadMissNested", places = tlb, why = power_on },
  { name = "Exceptions/TLB/ExceptionTLBWriteMiss", places = tlb, why = power_on },
  { name = "Exceptions/TLB/ExceptionTLBWriteMissDelay", places = { { 112, 80, 216, 8 }, table.unpack(tlb) },
    why = power_on .. "; and Cause: the ROM expects BD, which its picture, an older one, does not show" },
  { name = "Exceptions/Syscall/ExceptionSyscallDelay2", places = { { 112, 112, 216, 24 } }, why = power_on .. " (BadVAddr, Context)" },
  { name = "Exceptions/Unaligned/ExceptionUnaligned", places = { { 112, 112, 64, 24 } }, why = power_on .. " (BadVAddr, Context)" },
  { name = "Exceptions/VIIntr/ExceptionVIIntrDisabled", -- first and last digits
    places = { { 200, 48, 8, 8 }, { 248, 48, 16, 8 }, { 160, 80, 8, 8 }, { 208, 80, 16, 8 }, { 240, 80, 8, 8 }, { 288, 80, 16, 8 },
      { 200, 112, 8, 8 }, { 248, 112, 16, 8 } },
    why = power_on .. " (Cause: 0 here, though no exception has been)" },
  { name = "Exceptions/Compare/ExceptionCompareDisabled",
    places = { { 288, 16, 16, 8 }, { 288, 32, 16, 8 }, { 288, 48, 16, 8 }, { 288, 64, 16, 8 }, { 288, 80, 16, 8 } }, why = timing },
  { name = "Exceptions/Compare/ExceptionCompareRegisters", places = { { 244, 64, 8, 8 } },
    why = "which instruction of a loop of six an interrupt comes at: cycles of caches" },
  { name = "DMAAlignment-PI-cart/DMAAlignment-PI-ROM-FROM", places = { { 8, 136, 568, 20 }, { 8, 176, 80, 20 } },
    why = "one transfer and a label: the ROM has another one there than when its picture was taken" },
  { name = "RESERVED/V073/RSPCP2V073", places = vnull, -- the accumulator, and the verdict, of the four below
    why = "VNULL: n64-systemtest and the picture of 2014 have it leave the accumulator alone, this one of 2021 has zeros" },
  { name = "Mandelbrot/Single/Mandelbrot32BPP320X240", found = "differs", why = copied },
  { name = "Mandelbrot/Single/Mandelbrot32BPP640X480", found = "differs", why = copied },
  { name = "Julia/Single/Julia32BPP320X240", found = "differs", why = moves },
  { name = "Julia/Double/Julia32BPP320X240", found = "differs", why = moves },
  { name = "Julia/Single/Julia32BPP640X480", found = "differs", why = moves },
  { name = "Julia/Double/Julia32BPP640X480", found = "differs", why = moves },
  { name = "JuliaInput/Single/JuliaInput32BPP320X240", found = "differs", why = input },
  { name = "JuliaInput/Double/JuliaInput32BPP320X240", found = "differs", why = input },
  { name = "MandelbrotInput/Single/MandelbrotInput32BPP320X240", found = "differs", why = input },
  { name = "MandelbrotInput/Double/MandelbrotInput32BPP320X240", found = "differs", why = input },
}
