-- The return stack buffer: what it saves, how deep it has to be, and what spoils it.

local design = require "harness.design"

-- log2 of the ring's size, see policies/returns/rsb.c
local sizes = { 0, 2, 4, 6, 8, 10 }
local ring = {}
for i, log2 in ipairs(sizes) do
  ring[i] = design.config(("rsb %d"):format(1 << log2), { returns = ("rsb:depth=%d"):format(log2) }, { value = 1 << log2 })
end
local ring_names = {}
for i, config in ipairs(ring) do ring_names[i] = config.name end

local function rate(q, config, workload)
  return q:value { config = config, workload = workload, metric = "rsb_hits/rsb_pushes" }
end

-- A claim about the share of calls whose return was predicted.
local function hit_rate(text, config, workload, bound, check)
  return {
    kind = "predicate", text = text, source = "papers.md C3",
    test = function(q)
      local x, reason = rate(q, config, workload)
      return q[check](q, x, bound), ("%s, %s: hits per push %s, claimed %s %s"):format(
        workload, config, q:show(x, reason), check == "at_least" and "at least" or "at most", bound)
    end,
  }
end

return {
  name = "returns",
  summary = "returns looked up like any jump, and by return rings of 1 to 1024 entries",
  source = "seed 1, Indirect Branch Lookup (return stack buffer); papers.md 4.2",
  workloads = { "calls", "deepcalls64", "deepcalls1024", "trees", "bodies1", "longjmp", "coroutine" },
  configs = design.join(
    design.native(),
    design.config("none", { returns = "none" }),
    ring,
    design.config("none, hash-c", { returns = "none", lookup = "hash-c" }),
    design.config("rsb 16, hash-c", { returns = "rsb:depth=4", lookup = "hash-c" })),
  baseline = "none",
  counters = { "rsb_hits/rsb_pushes", "dispatches" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 300 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ratio", text = "a ring removes nine tenths of the dispatches for returns", source = "papers.md C2",
      num = "rsb 16, hash-c", den = "none, hash-c", metric = "dispatches", max = 0.1, workloads = "calls" },
    { kind = "ratio", text = "a ring makes shallow calls 5 to 20 % faster than a flat table does", source = "papers.md C2",
      num = "rsb 16", den = "none", metric = "cpu_ns", min = 0.8, max = 0.95, workloads = "calls" },
    { kind = "ratio", text = "where lookups leave to C, a ring makes calls at least twice as fast", source = "seed 1",
      num = "rsb 16, hash-c", den = "none, hash-c", metric = "cpu_ns", max = 0.5, workloads = "calls" },
    hit_rate("a ring of 16 predicts shallow returns", "rsb 16", "calls", 0.9, "at_least"),
    hit_rate("a ring of 64 predicts returns 64 deep", "rsb 64", "deepcalls64", 0.9, "at_least"),
    hit_rate("a ring of 16 fails when recursion is deeper than it", "rsb 16", "deepcalls1024", 0.1, "at_most"),
    { kind = "monotone", text = "a larger ring never predicts worse", source = "papers.md C3", metric = "rsb_hits/rsb_pushes", dir = "up",
      over = ring_names, workloads = { "calls", "deepcalls64", "deepcalls1024", "trees" } },
    { kind = "ratio", text = "a ring that never matches costs at most 25 %", source = "papers.md C3",
      num = "rsb 16", den = "none", metric = "cpu_ns", max = 1.25, workloads = { "coroutine", "longjmp" }, each = true },
    { kind = "equal", text = "every ring executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = ring_names },
  },
  plots = {
    { kind = "lines", configs = ring_names, metric = "rsb_hits/rsb_pushes", title = "Returns predicted by a ring",
      xlabel = "entries of the ring", ylabel = "hits per push (exact)" },
    { kind = "bars", title = "Return strategies: CPU time against looking up every return",
      ylabel = "CPU time / CPU time without a ring (log scale)" },
  },
}
