-- A first look in under three minutes: where jitlab stands between native code, QEMU's user mode, its own interpreter and the
-- plain translator that seed 1 starts from.

local design = require "harness.design"

local integer = { "calls", "indirect4", "sieve", "sha256", "strings", "hotpatch_rare" }
local double = { "matmul", "nbody" }
local workloads = { "calls", "indirect4", "sieve", "sha256", "strings", "matmul", "nbody", "hotpatch_rare" }
local interpreted = { calls = true, matmul = true }

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
    if config.name == "interp" and not interpreted[workload.name] then
      return "interpreting it would take most of the three minutes"
    end
    if config.name == "baseline" and workload.name == "strings" then -- a sixth of a round
      return "the baseline would take too much of the three minutes for it"
    end
  end,
  repeats = { quick = 9, full = 15 },
  budget = { quick = 120 },
  timeout = { quick = 30, full = 300 },
  claims = {
    { kind = "ratio", text = "integer programs take at most 3 times the CPU time of native code", source = "papers.md 0.2",
      num = "default", den = "native", metric = "cpu_ns", max = 3, workloads = integer },
    { kind = "ratio", text = "no program is slower than under QEMU", source = "papers.md 0.2",
      num = "default", den = "qemu", metric = "cpu_ns", max = 1, each = true },
    { kind = "ratio", text = "double precision is at least 8 times faster than QEMU's soft floating point", source = "papers.md 0.2",
      num = "default", den = "qemu", metric = "cpu_ns", max = 1 / 8, workloads = double },
    { kind = "ratio", text = "the interpreter takes at most 60 times the CPU time of native code", source = "papers.md 0.2",
      num = "interp", den = "native", metric = "cpu_ns", max = 60 },
    { kind = "ratio", text = "what seed 1 adds to the baseline is worth a factor of 3 or more", source = "seed 1",
      num = "default", den = "baseline", metric = "cpu_ns", max = 1 / 3 },
    { kind = "equal", text = "every configuration executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = { "default", "baseline", "interp" } },
  },
  plots = {
    { kind = "bars", title = "CPU time against native code", ylabel = "CPU time / native CPU time (log scale)" },
  },
}
