-- Finding the translation of a guest address: seed 1's section on indirect branch lookup. Returns and links are left to the
-- lookup as well, so that it is used as often as can be.
--
-- The host instructions counted are those of translated code: a lookup in C (hash-c, c-loop) does not show in them, only in
-- the time.

local design = require "harness.design"

local function config(name, dispatch, lookup)
  return design.config(name, { dispatch = dispatch, lookup = lookup, link = "none", returns = "none", region = "block",
    tier = "single" })
end

local indirect = { "indirect1", "indirect4", "indirect64", "indirect_skewed", "bytecode", "bytecode_threaded", "tailcalls_indirect" }
local all = { "calls", "once" }
table.move(indirect, 1, #indirect, 3, all)
table.move({ "indirect_same", "indirect_inter", "direct_same", "direct_inter" }, 1, 4, #all + 1, all)

local usual = table.move(all, 1, #all, 1, {})

-- The same number of calls over ever more functions in turn. The value is KiB of guest code (176 bytes a function).
local footprints = {}
for i, functions in ipairs { 16, 64, 256, 1024, 4096 } do
  footprints[i] = {
    from = "once", name = ("code-%d"):format(functions), value = functions * 176 / 1024,
    args = { quick = { 400000, "-f", functions }, full = { 4000000, "-f", functions } },
  }
end
table.move(footprints, 1, #footprints, #all + 1, all)

-- Host instructions for each lookup that `name` has over the flat table.
local function extra_instructions(q, name, workload)
  local a, why_a = q:value { config = name, workload = workload, metric = "host_instructions" }
  local b, why_b = q:value { config = "flat", workload = workload, metric = "host_instructions" }
  local n, why_n = q:value { config = "flat", workload = workload, metric = "inline_lookups" }
  if not (a and b and n) then return nil, why_a or why_b or why_n end
  return (a.mid - b.mid) / n.mid
end

return {
  name = "lookup",
  summary = "the loop in C, and the lookup in C, in a hash table, in a cache over one and in a flat table, over little and much code",
  source = "seed 1, Indirect Branch Lookup; papers.md 4.1",
  workloads = all,
  configs = design.join(
    design.native(),
    config("c-loop", "c-loop", "hash-c"),
    config("hash-c", "asm", "hash-c"),
    config("hash", "asm", "hash"),
    config("hash 1024", "asm", "hash:bits=10"),
    config("two-level", "asm", "two-level"),
    config("flat", "asm", "flat"),
    config("flat32", "asm", "flat32")),
  baseline = "flat",
  skip = function(c, workload)
    if c.name == "hash 1024" and not workload.value then return "a table of 1024 slots is asked about with the sweep of code size" end
  end,
  counters = { "dispatches", "inline_lookups", "dispatches/inline_lookups", "max_rss_kib" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 300, full = 1800 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ratio", text = "a lookup in translated code removes nine tenths of the ways back to C", source = "seed 1",
      num = "hash", den = "hash-c", metric = "dispatches", max = 0.1, workloads = indirect, each = true },
    { kind = "predicate", text = "most accesses need no probing: the first slot holds what is looked for at 99 of 100 lookups, "
      .. "also with 660 KiB of code", source = "seed 1",
      test = function(q)
        local verdicts, details = {}, {}
        for i, workload in ipairs { "indirect64", "bytecode", "code-1024", "code-4096" } do
          local x, reason = q:value { config = "hash", workload = workload, metric = "dispatches/inline_lookups" }
          verdicts[i], details[i] = q:at_most(x, 0.01), ("%s %s"):format(workload, q:show(x, reason))
        end
        return q:all(verdicts), "lookups that leave to C: " .. table.concat(details, ", ")
      end,
      because = "the table's index is made of the address's low bits: 65536 slots cover 256 KiB of code, and what lies beyond falls on the "
        .. "slots of the first, however empty the table is" },
    { kind = "ratio", text = "a cache of 4096 slots over a map in C leaves as rarely", source = "QEMU (tb_jmp_cache)",
      num = "two-level", den = "hash-c", metric = "dispatches", max = 0.1, workloads = indirect, each = true },
    { kind = "ratio", text = "and its probe is no longer than the hash table's first", num = "two-level", den = "hash",
      metric = "host_instructions", max = 1.01, workloads = indirect, each = true },
    { kind = "ratio", text = "the flat table leaves to C no more often than the hash table", source = "seed 1",
      num = "flat", den = "hash", metric = "dispatches", max = 1, workloads = indirect, each = true },
    { kind = "predicate", text = "a lookup in the flat table takes fewer host instructions than the first probe of a hash table",
      source = "papers.md C4",
      test = function(q)
        local verdict, details = true, {}
        for i, workload in ipairs { "indirect1", "indirect64", "direct_same", "bytecode" } do
          local x, reason = extra_instructions(q, "hash", workload)
          details[i] = ("%s %s"):format(workload, x and ("%+.2f"):format(x) or "n/a (" .. tostring(reason) .. ")")
          if x == nil then verdict = nil elseif x <= 0 and verdict then verdict = false end
        end
        return verdict, "the hash table's over the flat table's, for each lookup: " .. table.concat(details, ", ")
      end },
    { kind = "ordering", text = "flat beats hash, hash beats the lookup in C, and that beats the loop in C", source = "seed 1",
      metric = "cpu_ns", order = { "flat", "hash", "hash-c", "c-loop" }, workloads = indirect },
    { kind = "ratio", text = "with little code the flat table is no slower than a hash table", source = "papers.md C4",
      num = "flat", den = "hash", metric = "cpu_ns", max = 1.02, workloads = { "code-16", "code-64" }, each = true },
    { kind = "crossover", text = "with more and more code a small hash table overtakes the flat one, whose slots are spread over ever "
      .. "more of the host's cache", source = "papers.md C4 and 4.1", a = "flat", b = "hash 1024", metric = "cpu_ns",
      workloads = "code-*",
      because = "a lookup that misses the small table is made in C, which costs more than the host's cache misses in the large one" },
    { kind = "ratio", text = "code that runs once is translated sooner with a hash table than with the flat one", source = "papers.md C4",
      num = "hash", den = "flat", metric = "cpu_ns", max = 1, workloads = "once" },
    { kind = "predicate", text = "a table smaller than the code sends lookups back to C", source = "seed 1",
      test = function(q)
        local few, why_few = q:value { config = "hash 1024", workload = "code-16", metric = "dispatches/inline_lookups" }
        local many, why_many = q:value { config = "hash 1024", workload = "code-4096", metric = "dispatches/inline_lookups" }
        return q:all { q:at_most(few, 0.05), q:at_least(many, 0.1) },
          ("of lookups in 1024 slots leave: %s with 16 functions, %s with 4096"):format(q:show(few, why_few), q:show(many, why_many))
      end },
    { kind = "ratio", text = "the flat table's untouched pages cost no memory: at most a twentieth more than a hash table for a small "
      .. "program", source = "seed 1", num = "flat", den = "hash", metric = "max_rss_kib", max = 1.05, workloads = "indirect*" },
    { kind = "ratio", text = "and at most 4 KiB for each KiB of guest code", source = "papers.md 4.5",
      num = "flat", den = "hash", metric = "max_rss_kib", max = 1.25, workloads = "code-4096" },
    { kind = "ratio", text = "entries of 32 bits take no more host instructions than those of 64", source = "seed 1 (32-bit entries)",
      num = "flat32", den = "flat", metric = "host_instructions", max = 1, workloads = indirect, each = true },
    { kind = "ratio", text = "and less memory where there is much code", source = "seed 1 (32-bit entries)",
      num = "flat32", den = "flat", metric = "max_rss_kib", max = 0.95, workloads = "code-4096" },
    { kind = "equal", text = "every lookup executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = { "c-loop", "hash-c", "hash", "two-level", "flat", "flat32" } },
  },
  plots = {
    { kind = "bars", configs = { "c-loop", "hash-c", "hash", "two-level", "flat32" }, workloads = usual,
      title = "Lookup strategies: CPU time against the flat table",
      ylabel = "CPU time / CPU time with the flat table (log scale)" },
    { kind = "sweep", configs = { "hash-c", "hash", "hash 1024", "two-level" }, workloads = "code-*",
      title = "Lookup by size of code: CPU time against the flat table",
      xlabel = "guest code run in turn, KiB (log scale)", ylabel = "CPU time / CPU time with the flat table (log scale)" },
  },
}
