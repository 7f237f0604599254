-- A table of targets at each indirect jump (Scott et al. 2003, Hiser et al. 2007): how large it has to be, against comparing with
-- the likely targets and against one table for all jumps. And the sieve, chains of compares and jumps: how many buckets it wants.

local design = require "harness.design"

-- Everything is translated at once, and no function into its caller: every indirect call is a jump. inline-cache=poly sees nothing of it
-- then and compares with the front end's guess, so it is let run under tier=warm.
local function variant(name, set, value)
  set.region = "loop:callee=0"
  set.tier = set.tier or "single"
  return design.config(name, set, { value = value })
end

local sizes, tables, names = { 0, 1, 2, 3, 4, 6, 8 }, {}, {}
for i, log2 in ipairs(sizes) do
  names[i] = ("ibtc %d"):format(1 << log2)
  tables[i] = variant(names[i], { lookup = "hash", ["inline-cache"] = ("ibtc:bits=%d"):format(log2) }, 1 << log2)
end

-- A lookup that always leaves: what stays in translated code is the sieve's doing.
local buckets, sieves, sieve_names = { 4, 6, 8, 10, 12 }, {}, {}
for i, log2 in ipairs(buckets) do
  sieve_names[i] = ("sieve %d"):format(1 << log2)
  sieves[i] = variant(sieve_names[i], { lookup = "hash-c", ["inline-cache"] = ("sieve:bits=%d"):format(log2) }, 1 << log2)
end

local fan_out = {}
for i, n in ipairs { 1, 2, 4, 8, 16, 64 } do
  fan_out[i] = { from = "indirect64", name = ("targets%d"):format(n), value = n,
    args = { quick = { 30000, "-f", n }, full = { 400000, "-f", n } } }
end
local workloads = { "indirect_skewed", "bytecode_threaded", "tailcalls_indirect", "calls" }
table.move(fan_out, 1, #fan_out, #workloads + 1, workloads)

-- A claim that at most one jump in a hundred misses, for pairs of a table's entries and the targets in turn.
local function enough(text, source, pairs_of, because)
  return { kind = "predicate", text = text, source = source, because = because,
    test = function(q)
      local verdicts, details = {}, {}
      for i, pair in ipairs(pairs_of) do
        local x, reason = q:value { config = ("ibtc %d"):format(pair[1]), workload = ("targets%d"):format(pair[2]),
          metric = "inline_cache_misses/inline_cache_hits" }
        verdicts[i], details[i] = q:at_most(x, 0.01), ("%d for %d targets %s"):format(pair[1], pair[2], q:show(x, reason))
      end
      return q:all(verdicts), "misses per hit: " .. table.concat(details, ", ")
    end }
end

return {
  name = "ibtc",
  summary = "indirect jumps by tables of their own of 1 to 256 entries, likely targets, chains of compares, and one table for all",
  source = "papers.md C5, 5.3; Hiser et al. 2007",
  workloads = workloads,
  configs = design.join(
    design.native(),
    variant("hash", { lookup = "hash", ["inline-cache"] = "none" }),
    variant("flat32", { lookup = "flat32", ["inline-cache"] = "none" }),
    variant("poly", { lookup = "hash", ["inline-cache"] = "poly", tier = "warm" }),
    tables,
    sieves),
  baseline = "hash",
  counters = { "inline_cache_hits", "inline_cache_misses", "inline_cache_misses/inline_cache_hits",
    "stanza_compares/stanza_hits", "dispatches" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 300, full = 1800 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "monotone", text = "a larger table never misses more", source = "papers.md C5", metric = "inline_cache_misses", dir = "down",
      over = names },
    enough("as many entries as there are targets in turn are enough", "papers.md C5 (a knee at the working set)",
      { { 1, 1 }, { 2, 2 }, { 4, 4 }, { 8, 8 }, { 16, 16 }, { 64, 64 } },
      "a table has one place for each target, and two that want the same one throw each other out"),
    enough("four times as many are", nil, { { 4, 1 }, { 8, 2 }, { 16, 4 }, { 64, 16 }, { 256, 64 } },
      "chance still puts two of sixteen targets in one place of 64"),
    { kind = "monotone", text = "more buckets never make a jump come through more compares", source = "Hiser et al. 2007 (sieve buckets)",
      metric = "stanza_compares/stanza_hits", dir = "down", over = sieve_names },
    { kind = "predicate", text = "with 4096 buckets a jump comes through no more than 1.1 compares", source = "policies/README.md",
      test = function(q)
        local verdicts, details = {}, {}
        for i, w in ipairs { "bytecode_threaded", "calls", "indirect_skewed", "targets4", "targets64" } do
          local x, reason = q:value { config = "sieve 4096", workload = w, metric = "stanza_compares/stanza_hits" }
          verdicts[i], details[i] = q:at_most(x, 1.1), ("%s %s"):format(w, q:show(x, reason))
        end
        return q:all(verdicts), "compares per jump: " .. table.concat(details, ", ")
      end },
    { kind = "ratio", text = "the sieve takes fewer host instructions than a hash table's probe", source = "policies/README.md",
      num = "sieve 4096", den = "hash", metric = "host_instructions", max = 0.95,
      workloads = { "bytecode_threaded", "calls", "indirect_skewed", "targets4", "targets64" }, each = true },
    { kind = "ratio", text = "and more than a flat table's", source = "policies/README.md", num = "sieve 4096", den = "flat32",
      metric = "host_instructions", min = 1.02, workloads = { "bytecode_threaded", "calls", "indirect_skewed", "targets4", "targets64" },
      each = true },
    { kind = "equal", text = "every table executes the same guest instructions", source = "DESIGN.md 2", metric = "guest_instructions",
      configs = { "hash", "flat32", "poly", "sieve 16", "sieve 4096", table.unpack(names) } },
  },
  plots = {
    { kind = "lines", configs = names, metric = "inline_cache_misses", title = "Jumps that miss the table at their site, by its size",
      xlabel = "entries of each table (log scale)", ylabel = "misses (exact)", xbase = 2 },
    { kind = "lines", configs = sieve_names, metric = "stanza_compares/stanza_hits", title = "Compares of a jump through the sieve",
      xlabel = "buckets (log scale)", ylabel = "stanzas that a jump comes through (exact)", xbase = 2 },
    { kind = "sweep", configs = { "flat32", "poly", "ibtc 1", "ibtc 4", "ibtc 64", "sieve 4096" },
      metric = "host_per_guest", absolute = true,
      log = false, workloads = "targets*", xbase = 2, title = "Indirect calls by number of targets", xlabel = "targets in turn (log scale)",
      ylabel = "host instructions per guest instruction (exact)" },
    { kind = "bars", title = "Indirect jumps: CPU time against one hash table",
      configs = { "flat32", "poly", "ibtc 1", "ibtc 4", "ibtc 64", "sieve 4096" },
      ylabel = "CPU time / CPU time with the hash table" },
  },
}
