-- Finding the translation of an address on a machine whose addresses are virtual: by the virtual address or by the physical one. Returns
-- and indirect calls are looked up, and nothing else helps them: no return prediction, no inline caches, no callee taken in.

local design = require "harness.design"

local strategies = { "hash-c", "hash", "two-level", "flat", "flat32", "flat-phys" }

local BASE = { tier = "single", returns = "none", ["inline-cache"] = "none", region = "loop:callee=0" }
local configs = {}
for i, name in ipairs(strategies) do
  local set = { lookup = name }
  for axis, strategy in pairs(BASE) do set[axis] = strategy end
  configs[i] = design.config(name, set)
end

local indirect = { "rom_calls", "rom_sort", "rom_bytecode" }

return {
  name = "n64-lookup",
  summary = "lookups by hash table and flat table, by virtual and physical address, on the N64",
  source = "seed 1, Indirect Branch Lookup; papers.md E4",
  guest = "n64",
  workloads = { "rom_calls", "rom_sort", "rom_bytecode", "rom_syscall", "rom_overlay", "rom_integer", "rom_walk128" },
  configs = configs,
  baseline = "flat",
  counters = { "dispatches", "inline_lookups", "max_rss_kib" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 240, full = 1200 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ordering", text = "a lookup in the flat table executes fewer host instructions than one in a hash table",
      source = "papers.md E4",
      metric = "host_instructions", order = { "flat", "hash" }, workloads = indirect, each = true },
    { kind = "ordering", text = "and both beat leaving translated code for it", source = "papers.md E4", metric = "cpu_ns",
      order = { "hash", "hash-c" }, workloads = indirect, each = true },
    { kind = "ratio", text = "entries of 32 bits take no more host instructions than those of 64, to a thousandth",
      source = "seed 1 (32-bit entries)",
      num = "flat32", den = "flat", metric = "host_instructions", max = 1.001, workloads = indirect, each = true },
    { kind = "ordering", text = "a lookup by the physical address, which is made of the virtual one first, executes more host instructions",
      source = "seed 1", metric = "host_instructions", order = { "flat", "flat-phys" }, workloads = indirect, each = true },
    { kind = "ratio", text = "the flat table's untouched pages cost no memory: at most a twentieth more than a hash table",
      source = "seed 1",
      num = "flat", den = "hash", metric = "max_rss_kib", max = 1.05, workloads = indirect },
    { kind = "ratio", text = "where nothing is looked up the strategy does not matter", source = "papers.md E4", num = "hash-c",
      den = "flat",
      metric = "cpu_ns", max = 1.05, workloads = "rom_integer" },
    { kind = "equal", text = "every lookup executes the same guest instructions", source = "DESIGN.md 2", metric = "guest_instructions",
      configs = strategies },
  },
  plots = {
    { kind = "bars", title = "N64 lookups: CPU time against the flat table",
      configs = { "hash-c", "hash", "two-level", "flat32", "flat-phys" },
      ylabel = "CPU time / CPU time with the flat table (log scale)" },
  },
}
