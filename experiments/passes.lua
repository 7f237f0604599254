-- The passes one by one: each left out of all of them, and each added to those before it, in the order in which they run.

local design = require "harness.design"

local names = {
  "fold", "values", "align", "unaligned", "hilo", "counters", "edges", "address", "carry", "fuse", "dead", "frequency", "sink",
  "regalloc", "coalesce", "loopalign", "pin",
}

local base = { tier = "single" }

local function with(passes)
  return { tier = base.tier, passes = passes }
end

-- Registers come first here: without them, what other passes gain drowns in loads and stores.
local added, on = {}, "none:regalloc=1"
added[1] = design.config("none", with(on))
local order = { "none" }
for _, name in ipairs(names) do
  if name ~= "regalloc" then
    on = ("%s:%s=1"):format(on, name)
    added[#added + 1] = design.config("+" .. name, with(on))
    order[#order + 1] = "+" .. name
  end
end

local without, left_out = {}, {}
for _, name in ipairs(names) do
  without[#without + 1] = design.config("-" .. name, with(("all:%s=0"):format(name)))
  left_out[#left_out + 1] = "-" .. name
end

local function saves(name, text, source, bounds)
  local claim = { kind = "ratio", text = text, source = source, num = "all", den = "-" .. name, metric = "host_instructions", max = 1 }
  for k, v in pairs(bounds or {}) do claim[k] = v end
  return claim
end

local all = { "all" }
for _, name in ipairs(order) do all[#all + 1] = name end
for _, name in ipairs(left_out) do all[#all + 1] = name end

return {
  name = "passes",
  summary = "what each pass gains: left out of all, and added to those before it",
  source = "seed 3",
  workloads = { "sieve", "collatz", "sha256", "int64", "bytecode", "matmul", "records", "unaligned" },
  configs = design.join(design.config("all", with("all")), without, added),
  baseline = "all",
  metric = "host_per_guest",
  counters = { "cpu_ns", "translate_ns", "host_bytes_emitted" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 300, full = 3600 },
  timeout = { quick = 60, full = 600 },
  claims = {
    saves("regalloc", "values in host registers save a quarter of the host instructions or more", "seed 3, pass 1", { max = 0.75 }),
    saves("dead", "dead code removed saves host instructions", "seed 3, pass 0.4"),
    saves("edges", "conditions known from branches save host instructions where programs compare and branch",
      "seed 3, pass 0.3 (flags needed)",
      { workloads = { "sieve", "bytecode", "records" }, each = true }),
    saves("carry", "64-bit sums save host instructions", "jit/passes/carry.c", { workloads = { "int64" }, max = 0.98 }),
    saves("sink", "values that only exits need, computed there, save host instructions", "jit/passes/sink.c"),
    saves("unaligned", "pairs of unaligned accesses made one save host instructions", "jit/frontend/memory.c",
      { workloads = { "unaligned" } }),
    { kind = "ratio", text = "all passes together save a third of the host instructions of register allocation alone or more",
      source = "seed 3", num = "all", den = "none", metric = "host_instructions", max = 2 / 3 },
    { kind = "ratio", text = "and make programs faster", source = "seed 3", num = "all", den = "none", metric = "cpu_ns", max = 1 },
    { kind = "equal", text = "every set of passes executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = all },
  },
  plots = {
    { kind = "bars", configs = left_out, metric = "host_instructions", title = "One pass left out: host instructions",
      ylabel = "host instructions / those with all passes (exact)" },
    { kind = "steps", configs = order, metric = "host_per_guest", absolute = true,
      title = "Passes added one by one: host instructions", ylabel = "host instructions per guest instruction (exact)" },
    { kind = "steps", configs = order, metric = "cpu_ns", title = "Passes added one by one: CPU time",
      ylabel = "CPU time / that with all passes (log scale)" },
  },
}
