-- Indirect calls: what an inline cache saves where a call site has one target, a few, many in turn, or many of which one is
-- frequent, and what it costs where it cannot hit.

local design = require "harness.design"

local fan_out = {}
for i, n in ipairs { 1, 2, 3, 4, 5, 8, 16, 64 } do
  fan_out[i] = { from = "indirect64", name = ("targets%d"):format(n), value = n,
    args = { quick = { 30000, "-f", n }, full = { 400000, "-f", n } } }
end

local workloads = { "indirect_skewed", "calls_indirect", "tailcalls_indirect", "qsortcb", "bytecode_threaded" }
table.move(fan_out, 1, #fan_out, #workloads + 1, workloads)

-- With functions taken along (a match goes on in the same region), and without (it is a linked jump).
local kinds = { "none", "mono", "poly" }
local inlined, linked = {}, {}
for i, kind in ipairs(kinds) do
  inlined[i] = design.config(kind, { ["inline-cache"] = kind })
  linked[i] = design.config(kind .. ", linked", { ["inline-cache"] = kind, region = "loop:callee=0" })
end

return {
  name = "indirect",
  summary = "indirect calls looked up, compared with one target, and with up to four that the interpreter saw",
  source = "papers.md 4.1; Hölzle, Chambers and Ungar 1991",
  workloads = workloads,
  configs = design.join(design.native(), inlined, linked),
  baseline = "none",
  counters = { "inline_cache_hits", "inline_cache_misses", "dispatches" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 300, full = 1800 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ratio", text = "four targets in turn: comparing with all of them makes calls at least a quarter faster",
      num = "poly", den = "mono", metric = "cpu_ns", max = 0.75, workloads = "targets4" },
    { kind = "ratio", text = "four targets in turn: it takes at most 0.7 of the host instructions",
      num = "poly", den = "mono", metric = "host_per_guest", max = 0.7, workloads = "targets4" },
    { kind = "ratio", text = "one frequent target among 64 is enough",
      num = "poly", den = "mono", metric = "cpu_ns", max = 0.9, workloads = "indirect_skewed" },
    { kind = "ratio", text = "where 64 targets come in turn, a compare that never hits costs time, and poly makes none",
      num = "poly", den = "mono", metric = "cpu_ns", max = 0.95, workloads = "targets64" },
    { kind = "ratio", text = "one target: a second place to look costs nothing",
      num = "poly", den = "mono", metric = "host_per_guest", min = 0.99, max = 1.01, workloads = { "targets1", "calls_indirect" },
      each = true },
    { kind = "ratio", text = "a callback that changes between sorts: what was seen first costs at most 3 % more host instructions",
      num = "poly", den = "mono", metric = "host_per_guest", max = 1.03, workloads = "qsortcb" },
    { kind = "ratio", text = "also where a match is a jump to another region, four compares are worth it",
      num = "poly, linked", den = "none, linked", metric = "cpu_ns", max = 0.95, workloads = "targets4" },
    { kind = "predicate", text = "poly: the more targets up to five, the more host instructions",
      test = function(q)
        local verdicts, shown, before = {}, {}, nil
        for i = 1, 5 do
          local x, reason = q:value { config = "poly", workload = ("targets%d"):format(i), metric = "host_per_guest" }
          if before then verdicts[#verdicts + 1] = q:at_least(x, before.hi) end
          shown[i], before = q:show(x, reason), x
        end
        return q:all(verdicts), "with 1 to 5 targets " .. table.concat(shown, ", ")
      end },
    { kind = "equal", text = "every configuration executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions", configs = { "none", "mono", "poly", "none, linked", "mono, linked", "poly, linked" } },
  },
  plots = {
    { kind = "sweep", configs = kinds, metric = "host_per_guest", absolute = true, log = false, workloads = "targets*", xbase = 2,
      title = "Indirect calls by number of targets", xlabel = "targets in turn (log scale)",
      ylabel = "host instructions per guest instruction (exact)" },
    { kind = "bars", title = "Inline caches: CPU time against looking up every call", configs = { "mono", "poly" },
      ylabel = "CPU time / CPU time without an inline cache" },
  },
}
