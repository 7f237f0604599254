-- How a load or store of the N64's processor reaches memory: RDRAM in KSEG0, RDRAM through the TLB in pages of 4 KiB and larger, and
-- programs that hardly use memory.
--
-- A strategy more is a word more in `strategies`. The polling of devices is n64-mmio's, TLB misses are n64-tlb's question.

local design = require "harness.design"

local strategies = { "call", "pagetable", "softtlb", "fastmem", "host-mmu" }

local direct = { "rom_chase", "rom_copy", "rom_sort" } -- in KSEG0
local mapped = { "rom_chase_64k", "rom_chase_1m", "rom_copy_64k" } -- through the TLB, which holds all of it
local missing = { "rom_chase_4k", "rom_copy_4k" } -- through the TLB, which doesn't

local workloads = { "rom_integer" }
for _, list in ipairs { direct, mapped, missing } do table.move(list, 1, #list, #workloads + 1, workloads) end

local configs = {}
for i, name in ipairs(strategies) do configs[i] = design.config(name, { memory = name, tier = "single" }) end

-- What a workload costs in `metric` for each guest instruction with one strategy, against another workload.
local function as_in(q, config, workload, other, metric, factor)
  local x, why = q:value { config = config, workload = workload, metric = metric }
  local y, reason = q:value { config = config, workload = other, metric = metric }
  local sentence = ("%s of %s: %s on %s, %s on %s"):format(metric, config, q:show(x, why), workload, q:show(y, reason), other)
  return q:at_most(x, y and y.mid * factor or 0), sentence
end

return {
  name = "n64-memory",
  summary = "memory strategies on the N64: RDRAM in KSEG0, through the TLB, and TLB misses",
  source = "seed 1, Memory access; papers.md C6, E7",
  guest = "n64",
  workloads = workloads,
  configs = design.join(configs, design.mupen64plus()),
  baseline = "fastmem",
  phases = { "warm" },
  metric = "warm_ns",
  iterations = { quick = 4, full = 10 },
  counters = { "memory_slow_calls/guest_instructions", "host_faults" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 240, full = 1200 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ordering", text = "in KSEG0 fastmem executes fewer host instructions than the table", source = "papers.md C6",
      metric = "host_instructions", order = { "fastmem", "pagetable" }, workloads = direct, each = true },
    { kind = "ordering", text = "in KSEG0 fastmem beats the table, and the table the call", source = "papers.md C6",
      metric = "warm_ns", order = { "fastmem", "pagetable", "call" }, workloads = direct },
    { kind = "ordering", text = "a table of differences executes fewer host instructions than one of tags and addends",
      source = "seed 1, Memory access", metric = "host_instructions", order = { "pagetable", "softtlb" }, workloads = direct, each = true },
    { kind = "ratio", text = "calls take at least twice the time of fastmem where memory is what is waited for", source = "papers.md E7",
      num = "call", den = "fastmem", metric = "warm_ns", min = 2, workloads = "rom_copy" },
    { kind = "ratio", text = "pages that the TLB holds leave translated code for less than one access in a hundred of the call's",
      source = "seed 1, Memory access", num = "pagetable", den = "call", metric = "memory_slow_calls", max = 0.01, workloads = mapped,
        each = true },
    { kind = "predicate", text = "with fastmem a load through the TLB costs what one in KSEG0 does: host instructions within a tenth",
      source = "seed 1, Memory access",
      test = function(q) return as_in(q, "fastmem", "rom_chase_1m", "rom_chase", "host_per_guest", 1.1) end },
    { kind = "ratio", text = "where little is loaded or stored the strategy matters little: at most a factor of 1.2",
      source = "papers.md C6",
      num = "call", den = "fastmem", metric = "warm_ns", max = 1.2, workloads = "rom_integer" },
    { kind = "equal", text = "every way executes the same guest instructions", source = "DESIGN.md 2", metric = "guest_instructions",
      configs = strategies },
  },
  plots = {
    { kind = "bars", title = "N64 memory strategies: CPU time against fastmem",
      configs = { "call", "pagetable", "softtlb", "host-mmu", "mupen64plus" },
      ylabel = "CPU time / CPU time with fastmem (log scale)" },
    { kind = "bars", metric = "host_per_guest", absolute = true, configs = strategies,
      title = "N64 memory strategies: host instructions in translated code", ylabel = "host instructions per guest instruction (exact)" },
  },
}
