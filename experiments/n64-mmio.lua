-- Polling loops: a load from a device's register in each turn. No such load can be translated to an access; what does it cost to find
-- that out, each time or once? Beside them reads of COP0's Count, which are no memory accesses, and a loop of the same shape on RDRAM.

local design = require "harness.design"

-- Not host-mmu, which takes a host fault for each read of a device and runs into the time limit.
local strategies = { "call", "pagetable", "softtlb", "fastmem" }
local polling = { "rom_poll_vi", "rom_poll_sp", "rom_poll_pi", "rom_idle_mi" }

local configs = {}
for i, name in ipairs(strategies) do configs[i] = design.config(name, { memory = name, tier = "single" }) end

-- Host faults for each read of a register; each turn of a loop has one.
local function faults_per_read(q)
  local verdicts, details = {}, {}
  for i, workload in ipairs { "rom_poll_vi", "rom_poll_sp", "rom_poll_pi" } do
    local reads = tonumber(q.e.workload[workload].args[1]) * 1024
    local x, reason = q:value { config = "fastmem", workload = workload, metric = "host_faults" }
    local share = x and { lo = x.lo / reads, mid = x.mid / reads, hi = x.hi / reads, n = x.n }
    verdicts[i], details[i] = q:at_most(share, 0.01), ("%s %s"):format(workload, q:show(share, reason))
  end
  return q:all(verdicts), "host faults for each read: " .. table.concat(details, ", ")
end

return {
  name = "n64-mmio",
  summary = "polling loops on VI_CURRENT, SP_STATUS, PI_STATUS and MI_INTR by memory strategy",
  source = "seed 1, Memory access (fastmem, MMIO); papers.md C7",
  guest = "n64",
  workloads = { "rom_poll_vi", "rom_poll_sp", "rom_poll_pi", "rom_idle_mi", "rom_idle", "rom_count" },
  configs = design.join(configs, design.config("interp", { backend = "interp" }), design.mupen64plus()),
  baseline = "call",
  phases = { "warm" },
  metric = "warm_ns",
  iterations = { quick = 4, full = 10 },
  counters = { "host_faults", "memory_slow_calls", "run_entries" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 240, full = 1200 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "predicate", text = "fastmem takes a host fault for an access to a device once, and not at every turn",
      source = "seed 1, Memory access",
      test = faults_per_read },
    { kind = "ratio", text = "and polls no slower than calls do", source = "papers.md C7", num = "fastmem", den = "call",
      metric = "warm_ns", max = 1.1,
      workloads = polling, each = true },
    { kind = "ratio", text = "a device's register costs the table no more than the call", source = "seed 1, Memory access",
      num = "pagetable", den = "call", metric = "warm_ns", max = 1.1, workloads = polling, each = true },
    { kind = "ratio", text = "translation does not make polling slower than the interpreter", source = "goal", num = "fastmem",
      den = "interp",
      metric = "warm_ns", max = 1, workloads = polling, each = true },
    { kind = "ratio", text = "nor slower than a translator whose code calls the handlers, mupen64plus", source = "goal", num = "fastmem",
      den = "mupen64plus", metric = "warm_ns", max = 1, workloads = { "rom_poll_vi", "rom_poll_sp", "rom_poll_pi" }, each = true },
    { kind = "equal", text = "every way executes the same guest instructions", source = "DESIGN.md 2", metric = "guest_instructions",
      configs = { "call", "pagetable", "softtlb", "fastmem", "interp" } },
  },
  plots = {
    { kind = "bars", title = "Polling loops: CPU time against calls",
      configs = { "pagetable", "softtlb", "fastmem", "interp", "mupen64plus" },
      ylabel = "CPU time / CPU time with calls (log scale)" },
  },
}
