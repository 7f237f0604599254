-- TLB walks: one load from each of N pages of 4 KiB in turn. 64 pages are the TLB's reach; with more, every second load misses (an
-- entry holds two pages) and the guest's refill handler runs, through which a mapping of the host has to change, or a table, or nothing.

local design = require "harness.design"

local strategies = { "call", "pagetable", "softtlb", "fastmem", "host-mmu" }
local pages = { 16, 32, 64, 96, 128, 256, 512 }
local LOADS = { quick = 48000, full = 480000 }

local configs = {}
for i, name in ipairs(strategies) do configs[i] = design.config(name, { memory = name, tier = "single" }) end

local workloads, inside, outside = {}, {}, {}
for i, n in ipairs(pages) do
  local name = ("pages%d"):format(n)
  local turns = (n <= 64 and 60 or 1) / n -- loads that all hit take little
  workloads[i] = { from = "rom_walk128", name = name, value = n,
    args = { quick = { LOADS.quick * turns // 1 | 0, n }, full = { LOADS.full * turns // 1 | 0, n } } }
  local list = n <= 64 and inside or outside
  list[#list + 1] = name
end

-- Guest instructions for each load: what the refill handler adds.
local function refills(q)
  local function per_load(name)
    local w = q.e.workload[name]
    local x, reason = q:value { config = "call", workload = name, metric = "guest_instructions" }
    return x and x.mid / (tonumber(w.args[1]) * tonumber(w.args[2])), reason
  end
  local most, least, why
  for _, name in ipairs(q.e.workload_names) do
    local x, reason = per_load(name)
    if not x then
      why = reason
    elseif name == "pages512" then
      most = x
    elseif name == "pages16" then
      least = x
    end
  end
  if not (most and least) then return nil, tostring(why) end
  return most > least + 5 and most < least + 8, ("guest instructions for each load: %.2f with 16 pages, %.2f with 512"):format(least, most)
end

return {
  name = "n64-tlb",
  summary = "loads from 16 to 512 pages in turn: TLB refills by memory strategy",
  source = "seed 1, Memory access; papers.md C7, E7",
  guest = "n64",
  workloads = workloads,
  configs = design.join(configs, design.config("interp", { backend = "interp" }), design.mupen64plus()),
  baseline = "call",
  phases = { "warm" },
  metric = "warm_ns",
  iterations = { quick = 4, full = 10 },
  counters = { "host_faults", "memory_slow_calls", "max_rss_kib" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 240, full = 1200 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "predicate", text = "beyond the TLB's reach every second load runs the handler of twelve instructions",
      source = "VR4300 manual",
      test = refills },
    { kind = "ratio", text = "within the TLB's reach fastmem is the fastest", source = "papers.md C6", num = "fastmem", den = "pagetable",
      metric = "warm_ns", max = 1, workloads = inside,
      because = "an access that was patched jumps to a stub that looks into a table, and back: more than the table's own look in place" },
    { kind = "crossover", text = "where the TLB changes all the time, changing the host's mappings loses to a table",
      source = "papers.md E7",
      a = "host-mmu", b = "pagetable", metric = "warm_ns", workloads = "pages*" },
    { kind = "ratio", text = "a TLB refill costs no strategy more than ten times what it costs mupen64plus", source = "goal",
      num = "fastmem", den = "mupen64plus", metric = "warm_ns", max = 10, workloads = outside },
    { kind = "equal", text = "every way executes the same guest instructions", source = "DESIGN.md 2", metric = "guest_instructions",
      configs = { "call", "pagetable", "softtlb", "fastmem", "host-mmu", "interp" } },
  },
  plots = {
    { kind = "sweep", title = "TLB walks: CPU time against calls",
      configs = { "pagetable", "softtlb", "fastmem", "host-mmu", "mupen64plus" }, xbase = 2,
      xlabel = "pages (log scale)", ylabel = "CPU time / CPU time with calls (log scale)" },
  },
}
