-- What `bench.lua regress` measures: the default configuration on programs that between them use every part of the translator, in
-- both byte orders. Against a baseline each is counted once, at the sizes of the tests; against another commit each is timed too.

local design = require "harness.design"

return {
  name = "regress",
  summary = "what the regression gate counts and times: the default configuration, both byte orders",
  source = "DESIGN.md 5, regress",
  workloads = {
    "calls", "calls_indirect", "deepcalls64", "longjmp", "tailcalls", "indirect4", "indirect_skewed", "bytecode", "qsortcb", -- branches
    "sieve", "nested", "collatz", "sha256", "int64", "gcd", "crc", "nbody", "matmul_single", "mandel", "constants", -- generated code
    "chase", "bytes", "unaligned", "strings", "trees", "records", -- memory, and the mix of ordinary programs
    "once", "once100", "datacode", "hotpatch", "overlay", "guestjit", -- translation and code that changes
  },
  variants = { "mipsel", "mips" },
  configs = design.join(design.config("default")),
  baseline = "default",
  size = { quick = "test", full = "quick" },
  repeats = { quick = 5, full = 15 },
  timeout = { quick = 30, full = 60 },
}
