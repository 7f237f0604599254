-- How a guest load or store reaches memory: a C function, an inline table, or the host's own translation.

local design = require "harness.design"

local function config(name) return design.config(name, { memory = name }) end

local accesses = { "hotmem", "tlbevict", "chase", "bytes", "crc", "sieve", "strings", "matmul" }
local workloads = table.move(accesses, 1, #accesses, 1, {})
table.move({ "unaligned", "chase_cold", "coldmem", "sha256" }, 1, 4, #workloads + 1, workloads)

return {
  name = "memory",
  summary = "memory accesses by C function, inline table and host faults",
  source = "seed 1, Memory access; papers.md 6",
  workloads = workloads,
  configs = design.join(design.native(), design.qemu(), config("call"), config("pagetable"), config("fastmem")),
  baseline = "fastmem",
  counters = { "memory_slow_calls", "host_faults" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 300 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ordering", text = "fastmem executes fewer host instructions than the table", source = "papers.md C6",
      metric = "host_instructions", order = { "fastmem", "pagetable" }, workloads = accesses, each = true },
    { kind = "ordering", text = "fastmem beats the table, the table beats the call, on every program", source = "papers.md C6",
      metric = "cpu_ns", order = { "fastmem", "pagetable", "call" }, workloads = accesses, each = true },
    { kind = "ratio", text = "fastmem leaves to C for less than one access in a thousand that the call strategy makes there",
      source = "seed 1", num = "fastmem", den = "call", metric = "memory_slow_calls", max = 0.001, workloads = accesses, each = true },
    { kind = "ratio", text = "where nothing is loaded in the loop, the strategy matters little", source = "papers.md C6",
      num = "call", den = "fastmem", metric = "cpu_ns", max = 2, workloads = "sha256" },
    { kind = "predicate", text = "fastmem takes host faults at sites, not at accesses: fewer than a thousand in a program",
      source = "papers.md C7",
      test = function(q)
        local verdicts, most = {}, 0
        for _, workload in ipairs(accesses) do
          local x = q:value { config = "fastmem", workload = workload, metric = "host_faults" }
          verdicts[#verdicts + 1] = q:at_most(x, 1000)
          most = math.max(most, x and x.mid or 0)
        end
        return q:all(verdicts), ("at most %d"):format(most)
      end },
    { kind = "equal", text = "every way executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = { "call", "pagetable", "fastmem" } },
  },
  plots = {
    { kind = "bars", configs = { "native", "qemu", "call", "pagetable" }, title = "Memory strategies: CPU time against fastmem",
      ylabel = "CPU time / CPU time with fastmem (log scale)" },
  },
}
