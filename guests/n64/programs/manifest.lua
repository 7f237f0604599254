-- manifest.lua: how to run the benchmark ROMs; the only list of them. The harness and the tests read it.
--
-- Returns a list of entries, as guests/programs/manifest.lua does, with
--   guest     "n64"
--   kind      "rom"
--   args      size and option of each: test (a few million instructions at most), quick and full (about 50 and 500 million, or 0.2
--             and 2 s interpreted where exceptions and devices make that the longer one)
--   until     the text that ends a run
--   peers     optional table: by the name of another emulator, the sentence that says what it does wrong there

local entries = {}

local function add(name, source, isolates, option, sizes, summary, more)
    local args = {}
    for i, size in ipairs { "test", "quick", "full" } do args[size] = { tostring(sizes[i]), tostring(option) } end
    local entry = {
        name = "rom_" .. name, source = source .. ".c", guest = "n64", kind = "rom", isolates = isolates, summary = summary,
        args = args, smc = "none", exit = 0, ["until"] = "JITLAB-END",
    }
    for key, value in pairs(more or {}) do entry[key] = value end
    entries[#entries + 1] = entry
end

local masks = { peers = { mupen64plus = "it does not leave the masked bits of EntryHi out of a larger page's number" } }
local syscall = { peers = { mupen64plus = "its translator gives SYSCALL another exception's code" } }

-- The processor alone
add("integer", "integer", "backend/32-bit arithmetic", 0, { 20, 2000, 20000 }, "32-bit arithmetic in registers")
add("integer64", "integer", "backend/64-bit multiplication and division", 1, { 10, 700, 7000 },
    "64-bit multiplications, divisions, remainders")
add("hash", "hash", "backend/straight-line integer", 0, { 100, 10000, 100000 }, "SHA-256")
add("sort", "sort", "region/unpredictable branches", 0, { 1, 40, 400 }, "quicksort and binary search of 2048 words")
add("matrix", "matrix", "passes/FPU double", 0, { 10, 400, 4000 }, "products of 24 by 24 matrices in double precision")
add("matrix_single", "matrix", "passes/FPU single", 1, { 10, 400, 4000 }, "the same in single precision")
add("bytecode", "bytecode", "inline-cache/interpreter", 0, { 2, 80, 800 }, "an interpreter of a stack machine: one switch")
add("calls", "calls", "returns/shallow", 0, { 200, 8000, 80000 }, "Fibonacci numbers by recursive calls")

-- Memory
add("chase", "chase", "memory/latency", 0, { 50, 8000, 80000 }, "pointer chasing in 512 KiB of KSEG0")
add("chase_4k", "chase", "memory/TLB, 4 KiB pages", 1, { 2, 20, 200 }, "the same through the TLB in pages of 4 KiB: most steps miss it")
add("chase_64k", "chase", "memory/TLB, 64 KiB pages", 3, { 50, 8000, 80000 }, "the same in pages of 64 KiB: none does", masks)
add("chase_1m", "chase", "memory/TLB, 1 MiB pages", 5, { 50, 8000, 80000 }, "the same in pages of 1 MiB")
add("copy", "copy", "memory/streams", 0, { 50, 5000, 50000 }, "copies of 64 bytes to 32 KiB in KSEG0, by words and bytes")
add("copy_4k", "copy", "memory/streams, TLB, 4 KiB pages", 1, { 50, 5000, 50000 }, "the same through the TLB in pages of 4 KiB")
add("copy_64k", "copy", "memory/streams, TLB, 64 KiB pages", 3, { 50, 5000, 50000 }, "the same in pages of 64 KiB", masks)

-- The TLB
for _, pages in ipairs { 32, 128, 512 } do
    add("walk" .. pages, "walk", "memory/TLB misses", pages, { 640 // pages, 64000 // pages, 640000 // pages },
        ("one load from each of %d pages in turn"):format(pages))
end

-- Devices, exceptions, time
add("poll_vi", "poll", "memory/MMIO", 0, { 10, 800, 8000 }, "reads of VI_CURRENT in a loop")
add("poll_sp", "poll", "memory/MMIO", 1, { 10, 800, 8000 }, "reads of SP_STATUS in a loop")
add("poll_pi", "poll", "memory/MMIO", 2, { 10, 800, 8000 }, "reads of PI_STATUS in a loop")
add("count", "count", "events/COP0 Count", 0, { 10, 800, 8000 }, "reads of Count in a loop")
add("timer", "timer", "events/interrupts", 10000, { 50, 5000, 50000 }, "a loop that the timer interrupts every 10,000 counts")
add("timer_often", "timer", "events/interrupts", 500, { 500, 50000, 500000 }, "the same every 500 counts")
add("syscall", "syscall", "dispatch/exceptions", 0, { 10, 800, 8000 }, "SYSCALL and ERET in a loop", syscall)
add("idle", "idle", "idle-loop/memory", 0, { 2, 60, 600 }, "waits for VI interrupts on a word that the handler changes")
add("idle_mi", "idle", "idle-loop/MMIO", 1, { 1, 10, 100 }, "waits for VI interrupts on MI's register")

-- Code that changes
local code = { smc = "flushes" }
add("overlay", "overlay", "invalidate/DMA", 100, { 20, 2000, 20000 }, "two overlays in turn by PI DMA, 100 calls each", code)
add("overlay_hot", "overlay", "invalidate/DMA", 10000, { 2, 80, 800 }, "the same, 10,000 calls each", code)
add("overlay_once", "overlay", "invalidate/DMA", 1, { 100, 3000, 30000 }, "the same, one call each", code)
add("beside", "beside", "invalidate/data beside code", 0, { 20, 8000, 80000 },
    "calls of a function that counts in a word of its own page", code)
add("apart", "beside", "invalidate/data elsewhere", 1, { 20, 8000, 80000 }, "the same in a word of another page", code)

return entries
