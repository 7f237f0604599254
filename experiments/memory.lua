-- How a guest load or store reaches memory: a C function, an inline table, or the host's own translation.
--
-- `call` makes every access in C, so that its memory_slow_calls are the number of accesses. The host instructions counted are
-- those of translated code: what the C function executes does not show in them, only in the time.
-- papers.md C7 (accesses that fault until they are patched) needs devices or a guest TLB, which user-mode guests do not have.

local design = require "harness.design"

local function config(name) return design.config(name, { memory = name, tier = "single" }) end

local accesses = { "hotmem", "tlbevict", "chase", "bytes", "crc", "sieve", "strings", "matmul" }
local workloads = table.move(accesses, 1, #accesses, 1, {})
table.move({ "unaligned", "chase_cold", "coldmem", "sha256" }, 1, 4, #workloads + 1, workloads)

-- What `name` costs more than fastmem for each access, in `metric`.
local function extra(q, name, workload, metric)
  local a, why_a = q:value { config = name, workload = workload, metric = metric }
  local b, why_b = q:value { config = "fastmem", workload = workload, metric = metric }
  local n, why_n = q:value { config = "call", workload = workload, metric = "memory_slow_calls" }
  if not (a and b and n) then return nil, why_a or why_b or why_n end
  return { mid = (a.mid - b.mid) / n.mid, lo = (a.lo - b.hi) / n.mid, hi = (a.hi - b.lo) / n.mid, n = a.n }
end

local function extra_claim(text, source, name, metric, on, least, most)
  return {
    kind = "predicate", text = text, source = source,
    test = function(q)
      local verdicts, details = {}, {}
      for i, workload in ipairs(on) do
        local x, reason = extra(q, name, workload, metric)
        verdicts[i] = q:all { q:at_least(x, least), most and q:at_most(x, most) or "reproduced" }
        details[i] = ("%s %s"):format(workload, q:show(x, reason))
      end
      return q:all(verdicts), ("%s of %s over fastmem's, for each access: %s"):format(metric, name, table.concat(details, ", "))
    end,
  }
end

return {
  name = "memory",
  summary = "memory accesses by C function, inline table and host faults",
  source = "seed 1, Memory access; papers.md 6",
  workloads = workloads,
  configs = design.join(design.native(), design.qemu(), config("call"), config("pagetable"), config("fastmem")),
  baseline = "fastmem",
  counters = { "memory_slow_calls", "memory_slow_calls/guest_instructions", "host_faults" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 300, full = 1200 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ordering", text = "fastmem executes fewer host instructions than the table", source = "papers.md C6",
      metric = "host_instructions", order = { "fastmem", "pagetable" }, each = true,
      workloads = accesses },
    extra_claim("an access by the table takes 3 to 7 host instructions more than the single one of fastmem", "papers.md 6, E7",
      "pagetable", "host_instructions", accesses, 3, 7),
    { kind = "ordering", text = "fastmem beats the table, the table beats the call, on every program", source = "papers.md C6",
      metric = "cpu_ns", order = { "fastmem", "pagetable", "call" }, workloads = accesses, each = true },
    { kind = "ratio", text = "on hot memory fastmem is at least twice as fast as the call", source = "papers.md 6, E7",
      num = "call", den = "fastmem", metric = "cpu_ns", min = 2, workloads = "hotmem" },
    extra_claim("a call costs 1 ns or more for each access", "seed 1, Memory access", "call", "cpu_ns",
      { "hotmem", "sieve", "bytes", "strings" }, 1),
    { kind = "ratio", text = "table and fastmem leave to C for less than one access in a thousand", source = "seed 1",
      num = "pagetable", den = "call", metric = "memory_slow_calls", max = 0.001, workloads = accesses, each = true },
    { kind = "ratio", text = "where little is loaded or stored, the strategy matters little: at most a factor of 2",
      source = "papers.md C6", num = "call", den = "fastmem", metric = "cpu_ns", max = 2, workloads = "sha256" },
    { kind = "predicate", text = "fastmem takes host faults for pages, not for accesses: fewer than a thousand in a program",
      source = "seed 1, Memory access (fastmem)",
      test = function(q)
        local verdicts, details = {}, {}
        for i, workload in ipairs(accesses) do
          local x, reason = q:value { config = "fastmem", workload = workload, metric = "host_faults" }
          verdicts[i] = q:at_most(x, 1000)
          details[i] = ("%s %s"):format(workload, q:show(x, reason))
        end
        return q:all(verdicts), "host faults: " .. table.concat(details, ", ")
      end },
    { kind = "equal", text = "every way executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = { "call", "pagetable", "fastmem" } },
  },
  plots = {
    { kind = "bars", configs = { "native", "qemu", "call", "pagetable" }, title = "Memory strategies: CPU time against fastmem",
      ylabel = "CPU time / CPU time with fastmem (log scale)" },
    { kind = "bars", configs = { "call", "pagetable", "fastmem" }, metric = "host_per_guest", absolute = true,
      title = "Memory strategies: host instructions in translated code (those of C functions not counted)",
      ylabel = "host instructions per guest instruction (exact)" },
  },
}
