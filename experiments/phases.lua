-- What a program costs the first time and once it is translated: the whole process, translating alone, and the same work again
-- in one process, of which the later repetitions find all translations there.

local design = require "harness.design"

return {
  name = "phases",
  summary = "cold, warm and translating: where a run's time goes",
  source = "papers.md 0.2",
  workloads = { "calls", "indirect4", "sieve", "sha256", "matmul", "nbody", "bytecode", "records", "once" },
  configs = design.join(
    design.native(),
    design.qemu(),
    design.config("default"),
    design.config("single", { tier = "single" })),
  baseline = "native",
  phases = { "cold", "warm", "translate" },
  iterations = { quick = 8, full = 20 },
  repeats = { quick = 5, full = 10 },
  budget = { quick = 400, full = 3600 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ratio", text = "once it is translated, no program is slower than under QEMU", source = "papers.md 0.2",
      num = "default", den = "qemu", metric = "warm_ns", max = 1, each = true },
    { kind = "ratio", text = "integer programs take at most 3 times the CPU time of native code once they are translated",
      source = "papers.md 0.2", num = "default", den = "native", metric = "warm_ns", max = 3,
      workloads = { "calls", "indirect4", "sieve", "sha256", "bytecode", "records" } },
    { kind = "ratio", text = "interpreting what is cold costs nothing once all is warm", source = "jit/README.md",
      num = "default", den = "single", metric = "warm_ns", max = 1.05 },
  },
  plots = {
    { kind = "bars", metric = "warm_ns", title = "The same work once it is translated: CPU time against native code",
      ylabel = "CPU time / native CPU time (log scale)" },
  },
}
