-- krom's pictures (github.com/PeterLemon/N64: CPUTest, RSPTest, CP1) that are not equal here, and why. `name` is the
-- end of the path, without extension. `places` are rectangles x, y, width, height: outside of them the picture has to
-- be the same. `found` says what is found when it is not that. `instructions` or `frames` say how long the ROM runs, once,
-- and `inputs` what the controller does (lines as for --inputs); with neither places nor `found` the picture is the same
-- then, or stretched.
-- Lines 1 and 3 read Count two instructions in front of a line of the instruction cache that is not there yet, and the pipeline
-- waits for that line first (27 and 31 counts instead of 4); which of a loop's six instructions Count is reached at depends on
-- some hundred uncached stores between, that is on the memory bus. The ROM allows 256 counts and says PASS.
local timing = "when Count was reached, and read: cycles of the pipeline, the instruction cache and the bus (the ROM allows 256)"
local power_on = "registers that nothing sets at power-on: no two of these pictures agree in all of them"

-- Cause, EntryHi, EntryLo0 and EntryLo1 before the exception; the last two and EntryHi's ASID also behind it.
local tlb = { { 112, 80, 64, 8 }, { 112, 144, 64, 8 }, { 236, 144, 16, 8 }, { 312, 144, 16, 8 }, { 112, 160, 216, 24 } }

-- The fractals' pictures: each is beside two ROMs, the one with double precision and the one with single precision, and is
-- what the first shows. Single precision rounds pixels' positions so that a part of the points escapes earlier or later.
local copied = "the picture is that of the ROM with double precision, byte for byte; "
local nearest = "%d pixels differ at the nearest place that was found"
local no_pad = "; it cannot read the controller, as its commands for PIF stand 4 bytes off the multiple of 8 that SI takes"
local moment = "an animation: the picture is of "
local somebody = "somebody moved about: "

-- Nobody knows what was done with the controller; these are ways that end at the picture's numbers, which its points give
-- to 1 in 10^9 (Julia) and to 1 in 10^12 (Mandelbrot). ROMs read the controller once for a picture, and see it at the next.
-- The stick makes c -0.24 + 0.84i; then 21 steps nearer, 17 iterations more, to 0.26223 - 0.14920i.
local julia_inputs = [[
0 0000 -32 112
137 8800 -32 112
155 8800 0 0
170 8100 0 0
186 8000 0 0
203 8010 0 0
241 8210 0 0
263 8010 0 0
339 8810 0 0
368 8210 0 0
398 8410 0 0
463 8210 0 0
574 8610 0 0
690 8510 0 0
728 0400 0 0
988 0000 0 0
]]
-- 87 steps nearer, 63 iterations more, to -1.48018 - 0.00011i: a small Mandelbrot set of period 6.
local mandelbrot_inputs = [[
0 8000 0 0
90 8900 0 0
180 8100 0 0
502 8500 0 0
779 8100 0 0
1103 8110 0 0
2145 8210 0 0
2181 8010 0 0
2255 8210 0 0
2409 8010 0 0
2490 8410 0 0
3005 8610 0 0
3381 8210 0 0
3452 8610 0 0
3685 8410 0 0
3769 8610 0 0
4146 8210 0 0
4613 8010 0 0
5202 0000 0 0
]]

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
    why = "which instruction of a loop of six an interrupt comes at: cycles of the bus (the ROM allows all six)" },
  { name = "DMAAlignment-PI-cart/DMAAlignment-PI-ROM-FROM", places = { { 8, 136, 568, 20 }, { 8, 176, 80, 20 } },
    why = "one transfer and a label: the ROM has another one there than when its picture was taken" },
  { name = "RESERVED/V073/RSPCP2V073", places = vnull, -- the accumulator, and the verdict, of the four below
    why = "VNULL: n64-systemtest and the picture of 2014 have it leave the accumulator alone, this one of 2021 has zeros" },
  { name = "Mandelbrot/Single/Mandelbrot32BPP320X240", found = "differs", why = copied .. "12094 pixels differ" },
  { name = "Mandelbrot/Single/Mandelbrot32BPP640X480", found = "differs", why = copied .. "44780 pixels differ" },
  { name = "Julia/Single/Julia32BPP320X240", found = "differs", why = copied .. "51 of lines 36 to 119 are in no image of this one" },
  { name = "Julia/Double/Julia32BPP320X240", instructions = 1842374520, why = moment .. "image 1180, whole" },
  { name = "Julia/Single/Julia32BPP640X480", found = "differs", why = copied .. "117 of lines 72 to 239 are in no image of this one" },
  { name = "Julia/Double/Julia32BPP640X480", instructions = 7362400000,
    why = moment .. "image 1180 down to line 172, and up from its mirror, with 1179 between" },
  { name = "JuliaInput/Single/JuliaInput32BPP320X240", found = "differs", frames = 60,
    why = copied .. nearest:format(14) .. no_pad },
  { name = "JuliaInput/Double/JuliaInput32BPP320X240", frames = 1100, inputs = julia_inputs, why = somebody .. "a way to the same place" },
  { name = "MandelbrotInput/Single/MandelbrotInput32BPP320X240", found = "differs", why = copied .. nearest:format(936) },
  { name = "MandelbrotInput/Double/MandelbrotInput32BPP320X240", frames = 5500, inputs = mandelbrot_inputs,
    why = somebody .. "a way to the same place" },
}
