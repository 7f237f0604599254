-- Finding the translation of a guest address: seed 1's section on indirect branch lookup. Returns and links are left to the
-- lookup as well, so that it is used as often as can be.

local design = require "harness.design"

local function config(name, dispatch, lookup)
  return design.config(name, { dispatch = dispatch, lookup = lookup, link = "none", returns = "none", region = "block" })
end

local indirect = { "indirect1", "indirect4", "indirect64", "indirect_skewed", "bytecode", "bytecode_threaded", "tailcalls_indirect" }
local all = { "calls", "once" }
table.move(indirect, 1, #indirect, 3, all)
table.move({ "indirect_same", "indirect_inter", "direct_same", "direct_inter" }, 1, 4, #all + 1, all)

return {
  name = "lookup",
  summary = "the loop in C, and the lookup in C, in a hash table and in a flat table",
  source = "seed 1, Indirect Branch Lookup; papers.md 4.1",
  workloads = all,
  configs = design.join(
    design.native(),
    config("c-loop", "c-loop", "hash-c"),
    config("hash-c", "asm", "hash-c"),
    config("hash", "asm", "hash"),
    config("flat", "asm", "flat")),
  baseline = "flat",
  counters = { "dispatches", "inline_lookups", "max_rss_kib" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 300 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ratio", text = "a lookup in translated code removes nine tenths of the ways back to C", source = "seed 1",
      num = "hash", den = "hash-c", metric = "dispatches", max = 0.1, workloads = indirect, each = true },
    { kind = "ratio", text = "the flat table leaves to C no more often than the hash table", source = "seed 1",
      num = "flat", den = "hash", metric = "dispatches", max = 1, workloads = indirect, each = true },
    { kind = "ordering", text = "flat needs fewer host instructions than hash, hash fewer than leaving", source = "papers.md C4",
      metric = "host_instructions", order = { "flat", "hash" }, workloads = indirect, each = true },
    { kind = "ordering", text = "flat beats hash, hash beats the lookup in C, and that beats the loop in C", source = "seed 1",
      metric = "cpu_ns", order = { "flat", "hash", "hash-c", "c-loop" }, workloads = indirect },
    { kind = "ratio", text = "with code that runs once, a hash table can beat the flat one", source = "papers.md C4",
      num = "hash", den = "flat", metric = "cpu_ns", max = 1, workloads = "once" },
    { kind = "ratio", text = "the flat table's untouched pages cost no memory: at most twice that of a hash table",
      source = "seed 1", num = "flat", den = "hash", metric = "max_rss_kib", max = 2, workloads = "indirect*" },
    { kind = "equal", text = "every lookup executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = { "c-loop", "hash-c", "hash", "flat" } },
  },
  plots = {
    { kind = "bars", configs = { "c-loop", "hash-c", "hash" }, title = "Lookup strategies: CPU time against the flat table",
      ylabel = "CPU time / CPU time with the flat table (log scale)" },
  },
}
