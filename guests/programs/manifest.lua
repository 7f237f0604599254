-- manifest.lua: how to run the guest programs; the only list of them. The harness and the tests read it.
--
-- Returns a list of entries. One program may have several entries, with other options:
--   name      unique; letters, digits and underscores
--   source    the C file, relative to this folder; the binary has its name without folder and suffix
--   kind      "workload" (one mechanism in a small but whole program) or "micro" (in the manner of SimBench)
--   isolates  the axis, and after a slash the mechanism
--   summary   one line
--   args      argument vectors: test (a few million guest instructions at most), quick and full (about 45 and 700 ms
--             native, or 0.5 and 6 s under QEMU where code changes, faults or system calls make that the longer one)
--   smc       "none", "flushes" (writes code and says so to the architecture), "unflushed" (doesn't say so: right only
--             under strategies that watch memory; wrong results elsewhere are the finding, not a bug)
--   exit      0, or the name of the signal that ends it
--   needs     optional list: "signals" = guest signal handlers

local function sizes(test, quick, full, ...)
    local options = { ... }
    local function vector(size)
        return { tostring(size), table.unpack(options) }
    end
    return { test = vector(test), quick = vector(quick), full = vector(full) }
end

local entries = {}

local function add(kind, smc, exit, name, source, isolates, args, summary, needs)
    entries[#entries + 1] = {
        name = name, source = source, kind = kind, isolates = isolates, summary = summary,
        args = args, smc = smc, exit = exit, needs = needs,
    }
end

local function workload(...) add("workload", "none", 0, ...) end
local function flushes(...) add("workload", "flushes", 0, ...) end
local function unflushed(...) add("workload", "unflushed", 0, ...) end
local function micro(...) add("micro", "none", 0, ...) end
local function micro_code(...) add("micro", "flushes", 0, ...) end
local function micro_fatal(signal, ...) add("micro", "none", signal, ...) end

-- Calls and returns
workload("calls", "calls.c", "returns/shallow", sizes(1000, 200000, 3000000),
    "Fibonacci by direct calls, depth 10")
workload("calls_indirect", "calls.c", "inline-cache/calls with one target", sizes(800, 200000, 3000000, "-i"),
    "the same calls through pointers, as in position-independent code")
workload("deepcalls64", "deepcalls.c", "returns/depth", sizes(3000, 200000, 3000000, "-d", "64"),
    "recursion 64 deep, all the way down and up")
workload("deepcalls1024", "deepcalls.c", "returns/depth", sizes(200, 8000, 150000, "-d", "1024"),
    "recursion 1024 deep: beyond any return ring")
workload("chain64", "chain.c", "returns/depth", sizes(3000, 200000, 3000000, "-d", "64"),
    "64 different functions deep, all the way down and up")
workload("longjmp", "longjmp.c", "returns/mismatch", sizes(8000, 1000000, 15000000),
    "twelve calls left by one longjmp, then ordinary returns")
workload("unwind", "unwind.c", "returns/mismatch", sizes(6000, 300000, 5000000),
    "twelve levels down, a longjmp out of six calls, and all levels up again")
workload("coroutine", "coroutine.c", "returns/mismatch", sizes(15000, 1000000, 20000000),
    "two stacks in turn: every switch returns to the other")
workload("tailcalls", "tailcalls.c", "link/sibling calls", sizes(4000, 1000000, 15000000),
    "64 direct jumps between functions for one return")
workload("tailcalls_indirect", "tailcalls.c", "inline-cache/sibling calls", sizes(3000, 100000, 1500000, "-i"),
    "the same with jumps through a table that are not returns")
workload("bodies1", "bodies.c", "offload/crossing", sizes(20, 10000, 150000, "-w", "1"),
    "calls of a function with one step of work")
workload("bodies16", "bodies.c", "offload/crossing", sizes(100, 10000, 150000, "-w", "16"),
    "calls of a function with 16 steps of work")
workload("bodies256", "bodies.c", "offload/crossing", sizes(150, 10000, 150000, "-w", "256"),
    "calls of a function with 256 steps of work")

workload("border", "border.c", "offload/everything in a call back", sizes(60, 6000, 90000),
    "calls in both directions over the border: recursion, longjmp, system calls, structures")
workload("border_back", "border.c", "offload/call backs", sizes(2000, 400000, 6000000, "-b"),
    "a leaf function called through a pointer from a loop, 16 times a round")

-- Indirect branches
workload("indirect1", "indirect.c", "inline-cache/fan-out", sizes(200, 30000, 400000, "-f", "1"),
    "one indirect call site, one target")
workload("indirect4", "indirect.c", "inline-cache/fan-out", sizes(200, 30000, 500000, "-f", "4"),
    "one indirect call site, four targets in turn")
workload("indirect64", "indirect.c", "inline-cache/fan-out", sizes(200, 30000, 400000, "-f", "64"),
    "one indirect call site, 64 targets in turn")
workload("indirect_skewed", "indirect.c", "inline-cache/fan-out", sizes(200, 30000, 500000, "-f", "64", "-r"),
    "one indirect call site, half of the calls to one target, the others ever rarer")
workload("bytecode", "bytecode.c", "inline-cache/interpreter", sizes(80, 15000, 300000),
    "bytecode interpreter, one switch")
workload("bytecode_threaded", "bytecode.c", "inline-cache/interpreter", sizes(100, 30000, 500000, "-t"),
    "bytecode interpreter, one jump per opcode")
workload("qsortcb", "qsortcb.c", "inline-cache/callback", sizes(20, 3000, 40000),
    "quicksort of records with three comparison callbacks")

-- Loops and conditional branches
workload("sieve", "sieve.c", "link/back edges", sizes(6, 1500, 15000),
    "sieve of Eratosthenes: short loops with byte stores")
workload("nested", "nested.c", "region/loop nest", sizes(2000, 400000, 6000000),
    "inner loops of three turns")
workload("nested_long", "nested.c", "region/loop nest", sizes(8, 1500, 20000, "-t", "1000"),
    "inner loops of a thousand turns: one block that loops onto itself")
workload("collatz", "collatz.c", "region/unpredictable branches", sizes(200, 20000, 400000),
    "branches whose direction depends on data")

-- Quality of the generated code
workload("sha256", "sha256.c", "backend/straight-line integer", sizes(1000, 300000, 6000000),
    "SHA-256 with all rounds unrolled")
workload("int64", "int64.c", "passes/register pairs", sizes(1000, 600000, 10000000),
    "64-bit arithmetic on a 32-bit instruction set")
workload("gcd", "gcd.c", "backend/HI and LO", sizes(800, 40000, 600000),
    "signed and unsigned division and wide multiplication")
workload("crc", "crc.c", "memory/table look-up", sizes(200, 20000, 300000),
    "CRC-32 by table")
workload("crc_bits", "crc.c", "backend/loop of ALU instructions", sizes(30, 5000, 80000, "-b"),
    "CRC-32 bit by bit")
workload("nbody", "nbody.c", "passes/FPU double", sizes(300, 10000, 150000),
    "five bodies in double precision, with square roots and divisions")
workload("matmul", "matmul.c", "passes/FPU double", sizes(5, 500, 6000),
    "matrix product in double precision")
workload("matmul_single", "matmul.c", "passes/FPU single", sizes(5, 500, 6000, "-s"),
    "matrix product in single precision")
workload("matmul_int", "matmul.c", "passes/address folding", sizes(6, 2000, 30000, "-i"),
    "matrix product in integers")
workload("mandel", "mandel.c", "backend/FPU compare and branch", sizes(40, 3000, 40000),
    "Mandelbrot set in double precision")
workload("mandel_single", "mandel.c", "backend/FPU compare and branch", sizes(40, 3000, 40000, "-s"),
    "Mandelbrot set in single precision")
workload("firf", "firf.c", "passes/FPU single", sizes(30, 3000, 40000),
    "filter in single precision with conversions")
workload("constants", "constants.c", "specialize/run-time constants", sizes(200, 80000, 1000000),
    "polynomial, packet filter and sparse product with constant tables")
workload("calculator", "calculator.c", "specialize/annotated interpreter", sizes(60, 40000, 600000),
    "a stack calculator interprets one expression")
workload("calculator_many", "calculator.c", "specialize/annotated interpreter", sizes(60, 40000, 600000, "-n", "12"),
    "the same with twelve expressions in turn")
workload("sparse", "sparse.c", "specialize/annotated table", sizes(60, 40000, 600000),
    "product of a constant sparse matrix and a vector")
workload("events", "events.c", "specialize/annotated table", sizes(60, 15000, 200000),
    "an event dispatcher with ten constant guards")
flushes("events_changing", "events.c", "specialize/annotated table that changes", sizes(60, 10000, 150000, "-n", "20"),
    "the same with other guards every twenty rounds")

-- Memory
workload("chase", "chase.c", "memory/latency", sizes(600, 40000, 600000),
    "pointer chasing in 16 KiB")
workload("chase_cold", "chase.c", "memory/latency", {
        test = { "400", "-n", "8192" }, -- laying out the large one takes nine million instructions
        quick = { "3000", "-n", "262144" },
        full = { "30000", "-n", "262144" },
    },
    "pointer chasing in 4 MiB")
workload("bytes", "bytes.c", "memory/narrow accesses", sizes(50, 20000, 300000),
    "run-length coding of bytes, saturating sums of halfwords")
workload("unaligned", "unaligned.c", "memory/LWL and LWR", sizes(200, 30000, 400000),
    "packed records with fields at every alignment")
workload("strings", "strings.c", "offload/string functions", sizes(100, 40000, 600000),
    "copy, move, set, compare, length, search: plain loops")
workload("strings_libc", "strings.c", "offload/string functions", sizes(200, 200000, 3000000, "-l"),
    "the same with libc's functions")
workload("trees", "trees.c", "returns/malloc", sizes(6, 4000, 60000),
    "binary trees from malloc, built, summed, freed")
workload("records", "records.c", "mix", sizes(400, 60000, 1000000),
    "structures, strings, lists and switches: the mix of an ordinary program")

-- Code that changes, and much code
workload("once", "once.c", "backend/translation cost", sizes(1000, 4096, 4096),
    "4096 functions, each run once")
workload("once100", "once.c", "tier/break-even", sizes(5000, 40960, 409600),
    "4096 functions in turn, a hundred times (quick: ten times)")
workload("bigtext", "bigtext.c", "lookup/much code", sizes(40, 4096, 65536),
    "calls all over 40960 functions in a text segment of 10 MiB")
flushes("datacode", "datacode.c", "invalidate/data beside code", sizes(50, 800, 10000),
    "stores 256 bytes behind a hot function in the same page; code never changes")
flushes("datacode_far", "datacode.c", "invalidate/control", sizes(2000, 500000, 8000000, "-d", "8192"),
    "the same stores two pages away")
flushes("hotpatch", "hotpatch.c", "invalidate/one instruction", sizes(2000, 60000, 800000, "-n", "100"),
    "one instruction patched every 100 calls")
flushes("hotpatch_rare", "hotpatch.c", "invalidate/one instruction", sizes(2000, 400000, 6000000, "-n", "10000"),
    "one instruction patched every 10000 calls")
flushes("hotpatch_synci", "hotpatch.c", "invalidate/SYNCI", sizes(2000, 60000, 800000, "-n", "100", "-y"),
    "patched every 100 calls, announced by SYNCI and not by a system call")
unflushed("hotpatch_noflush", "hotpatch.c", "invalidate/one instruction", sizes(2000, 60000, 800000, "-n", "100", "-u"),
    "patched every 100 calls, not announced at all")
flushes("overlay", "overlay.c", "invalidate/reuse", sizes(2000, 30000, 400000),
    "two function bodies copied in turn into one buffer")
flushes("overlay8", "overlay.c", "invalidate/reuse", sizes(2000, 30000, 400000, "-s", "8"),
    "eight function bodies copied in turn into one buffer")
unflushed("overlay_noflush", "overlay.c", "invalidate/reuse", sizes(1500, 30000, 300000, "-u"),
    "two function bodies in turn, not announced")
flushes("guestjit", "guestjit.c", "invalidate/generated code", sizes(1000, 20000, 300000),
    "random expressions compiled by the guest, ten runs each")
unflushed("guestjit_noflush", "guestjit.c", "invalidate/generated code", sizes(1000, 20000, 300000, "-u"),
    "the same, not announced")

-- Micro: code generation
micro_code("smallblocks", "micro/blocks.c", "backend/cost of a block", sizes(10, 200, 2000, "-l", "1"),
    "4096 instructions in blocks of one addition and a jump, all changed before each run")
micro_code("largeblocks", "micro/blocks.c", "backend/cost of an instruction", sizes(80, 1000, 15000, "-l", "200"),
    "4096 instructions in blocks of 200, all changed before each run")
micro_code("smallblocks_hot", "micro/blocks.c", "link/execution only", sizes(600, 100000, 1500000, "-l", "1", "-k"),
    "the small blocks without change")
micro_code("largeblocks_hot", "micro/blocks.c", "backend/execution only", sizes(600, 40000, 600000, "-l", "200", "-k"),
    "the large blocks without change")

-- Micro: dispatch
micro("direct_same", "micro/branches.c", "link/same page", sizes(400, 80000, 1500000),
    "direct jumps within a page")
micro("direct_inter", "micro/branches.c", "link/inter-page", sizes(400, 60000, 800000, "-p"),
    "direct jumps from page to page")
micro("indirect_same", "micro/branches.c", "lookup/same page", sizes(300, 60000, 600000, "-i"),
    "indirect jumps within a page")
micro("indirect_inter", "micro/branches.c", "lookup/inter-page", sizes(300, 60000, 600000, "-i", "-p"),
    "indirect jumps from page to page")

-- Micro: exceptions that end the program (the instruction has run SIZE times before without one)
micro_fatal("SIGSEGV", "dfault", "micro/faults.c", "memory/fault on a load",
    sizes(200000, 30000000, 500000000, "-k", "0"),
    "a load that works until it faults")
micro_fatal("SIGSEGV", "dfault_store", "micro/faults.c", "memory/fault on a store",
    sizes(200000, 30000000, 600000000, "-k", "1"),
    "a store that works until it faults")
micro_fatal("SIGSEGV", "ifault", "micro/faults.c", "dispatch/fault on a fetch",
    sizes(150000, 15000000, 300000000, "-k", "2"),
    "a call that works until its target is a page without access")
micro_fatal("SIGILL", "undef", "micro/faults.c", "dispatch/undefined instruction",
    sizes(200000, 30000000, 500000000, "-k", "3"),
    "a branch around an undefined instruction, until it isn't taken")
micro_fatal("SIGFPE", "overflow", "micro/faults.c", "far-code/integer overflow",
    sizes(200000, 20000000, 400000000, "-k", "4"),
    "a trapping addition that works until it overflows")
micro_fatal("SIGTRAP", "trap", "micro/faults.c", "far-code/conditional trap",
    sizes(200000, 30000000, 500000000, "-k", "5"),
    "a conditional trap that isn't taken until it is")

-- Micro: the same exceptions with a handler in the guest, SIZE times
micro("dfault_handled", "micro/faults.c", "memory/fault on a load",
    sizes(2000, 20000, 300000, "-k", "0", "-h"),
    "faulting loads, handled", { "signals" })
micro("dfault_store_handled", "micro/faults.c", "memory/fault on a store",
    sizes(2000, 20000, 300000, "-k", "1", "-h"),
    "faulting stores, handled", { "signals" })
micro("ifault_handled", "micro/faults.c", "dispatch/fault on a fetch",
    sizes(2000, 20000, 300000, "-k", "2", "-h"),
    "jumps to a page without access, handled", { "signals" })
micro("undef_handled", "micro/faults.c", "dispatch/undefined instruction",
    sizes(500, 6000, 100000, "-k", "3", "-h"),
    "undefined instructions, handled", { "signals" })
micro("overflow_handled", "micro/faults.c", "far-code/integer overflow",
    sizes(2000, 20000, 300000, "-k", "4", "-h"),
    "overflowing additions, handled", { "signals" })
micro("trap_handled", "micro/faults.c", "far-code/conditional trap",
    sizes(2000, 20000, 300000, "-k", "5", "-h"),
    "conditional traps, handled", { "signals" })

-- Micro: system, memory
micro("syscall", "micro/syscalls.c", "dispatch/system calls", sizes(2000, 20000, 400000),
    "getpid in a loop")
micro("syscall_error", "micro/syscalls.c", "dispatch/system calls", sizes(2000, 20000, 400000, "-e"),
    "a system call that fails, in a loop")
micro("userlocal", "micro/userlocal.c", "backend/RDHWR", sizes(6000, 2000000, 40000000),
    "reads of the thread pointer")
micro("atomics", "micro/atomics.c", "backend/LL and SC", sizes(1500, 50000, 600000),
    "atomic additions, exchanges and compare-and-swaps")
micro("hotmem", "micro/hotmem.c", "memory/hot", sizes(150, 60000, 800000),
    "loads and stores to one page")
micro("tlbevict", "micro/hotmem.c", "memory/soft TLB misses", sizes(150, 40000, 600000, "-p", "1024"),
    "loads and stores to 1024 pages in turn")
micro("coldmem", "micro/coldmem.c", "memory/first touch", sizes(6, 60, 1000),
    "fresh pages touched once, mapped anew each round")

return entries
