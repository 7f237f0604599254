-- A first look in under three minutes: where jitlab stands between native code, QEMU's user mode, its own interpreter and the
-- plain translator that seed 1 starts from.

local design = require "harness.design"

-- Half of the small inputs: what is timed takes some 40 ms as native code, and five rounds, the least that a timed claim is
-- judged by, fit into the time on a machine that has something else to do as well.
local function half(name, ...) return { from = name, args = { quick = { ... } } } end

local workloads = {
  half("calls", 100000), half("indirect4", 15000, "-f", "4"), half("sieve", 750), half("sha256", 150000), half("strings", 20000),
  half("matmul", 250), half("nbody", 5000), half("hotpatch_rare", 200000, "-n", "10000"),
}
local integer = { "calls", "indirect4", "sieve", "sha256", "strings", "hotpatch_rare" }
local double = { "matmul", "nbody" }

-- The two slow ones run what shows them best.
local only = {
  interp = { calls = true, sha256 = true, matmul = true },
  baseline = { calls = true, indirect4 = true, sha256 = true, nbody = true, hotpatch_rare = true },
}

return {
  name = "quick",
  summary = "native, QEMU, jitlab by default, its interpreter and the baseline of seed 1",
  source = "seed 1; papers.md 0.2",
  mode = "quick",
  workloads = workloads,
  configs = design.join(
    design.native(),
    design.qemu(),
    design.config("default"),
    design.config("baseline", {
      dispatch = "c-loop", lookup = "hash-c", link = "none", returns = "none", memory = "call", region = "block",
      invalidate = "explicit", passes = "none", tier = "single",
    }),
    design.config("interp", { backend = "interp" })),
  baseline = "native",
  skip = function(config, workload)
    if only[config.name] and not only[config.name][workload.name] then return "it would take most of the three minutes" end
  end,
  repeats = { quick = 9, full = 15 },
  budget = { quick = 120 },
  timeout = { quick = 30, full = 300 },
  claims = {
    { kind = "ratio", text = "integer programs take at most 3 times the CPU time of native code", source = "papers.md 0.2",
      num = "default", den = "native", metric = "cpu_ns", max = 3, workloads = integer,
      published = { value = 2.76, what = "times native", paper = "rv8 (Clark and Hoult, CARRV 2017)", figure = "its table of run times",
        note = "A RISC-V translator on an i7-5557U, geometric mean (taken here) of six programs' ratios, 64 bits: like work, not "
          .. "the same." } },
    { kind = "ratio", text = "no program is slower than under QEMU", source = "papers.md 0.2",
      num = "default", den = "qemu", metric = "cpu_ns", max = 1, each = true },
    { kind = "ratio", text = "double precision is at least 8 times faster than QEMU's soft floating point", source = "papers.md 0.2",
      num = "default", den = "qemu", metric = "cpu_ns", max = 1 / 8, workloads = double },
    { kind = "ratio", text = "the interpreter takes at most 60 times the CPU time of native code", source = "papers.md 0.2",
      num = "interp", den = "native", metric = "cpu_ns", max = 60,
      published = { value = 77.6, what = "times native", paper = "rv8 (Clark and Hoult, CARRV 2017)", figure = "its table of run times",
        note = "rv8's interpreter, over the same six programs." } },
    { kind = "ratio", text = "what seed 1 adds to the baseline is worth a factor of 3 or more", source = "seed 1",
      num = "default", den = "baseline", metric = "cpu_ns", max = 1 / 3 },
    { kind = "equal", text = "every configuration executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = { "default", "baseline", "interp" } },
  },
  plots = {
    { kind = "bars", title = "CPU time against native code", ylabel = "CPU time / native CPU time (log scale)" },
  },
}
