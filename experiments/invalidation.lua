-- Noticing that translated code has changed: six ways against the patterns in which guests change code, against guests that store
-- beside their code at a chosen rate, and against guests that never do either.
--
-- `patch-N` changes one instruction of a hot function every N calls; `beside-N` stores data into the page of a hot function at every
-- N-th call and far from it at the others; `blocks-L` runs blocks of L additions and a jump, which never change.
-- Here no translation is kept by content (papers.md C10, A-B-A): `overlay` shows what it costs not to, and experiment `reuse` what
-- keeping them saves.

local design = require "harness.design"
local lines = require "harness.lines"

local function config(name) return design.config(name, { invalidate = name, tier = "single" }) end

-- A region for each block, as seed 1 has it, and every entry of one through the table.
local function blockwise(name)
  return design.config(name .. ", blocks",
    { invalidate = name, tier = "single", region = "block:size=512", link = "none", returns = "none", lookup = "flat" })
end

local lengths = { 1, 8, 32, 128, 256 }

-- A workload for each value of an option; sizes[i], or the last of them, is that of the quick run, the full one has five times that.
local function series(from, prefix, option, values, sizes, ...)
  local list, more = {}, { ... }
  for i, value in ipairs(values) do
    local size = sizes[i] or sizes[#sizes]
    list[i] = {
      from = from, name = ("%s-%d"):format(prefix, value), value = value,
      args = { quick = { size, option, value, table.unpack(more) }, full = { 5 * size, option, value, table.unpack(more) } },
    }
  end
  return list
end

local workloads = {
  "chase", "bytes", "sieve", "datacode_far", "datacode", "hotpatch_rare", "hotpatch", "hotpatch_noflush", "overlay", "overlay_noflush",
  "guestjit", "guestjit_noflush",
}
local whole = { "patch-*", "beside-*" } -- with those above, all that runs in regions as they come
table.move(workloads, 1, #workloads, 3, whole)
for _, list in ipairs {
  series("hotpatch", "patch", "-n", { 10, 100, 1000, 10000 }, { 5000, 30000, 100000 }),
  series("datacode", "beside", "-n", { 10, 100, 1000, 10000, 100000 }, { 4000, 20000, 60000 }),
  series("largeblocks_hot", "blocks", "-l", lengths, { 8000 }, "-k"),
} do
  table.move(list, 1, #list, #workloads + 1, workloads)
end

-- Whether a metric per guest instruction of one configuration is the same, within `factor`, on two workloads.
local function alike(q, name, a, b, metric, factor)
  local x, why_x = q:value { config = name, workload = a, metric = metric }
  local y, why_y = q:value { config = name, workload = b, metric = metric }
  local detail = ("%s, %s: %s on %s, %s on %s"):format(name, metric, q:show(x, why_x), a, q:show(y, why_y), b)
  if not x or not y then return nil, detail end
  return x.mid <= y.mid * factor, detail
end

-- Host instructions that a checksum adds to each entry of a block of `length` additions. Each of the program's rounds runs as many
-- blocks as fit into 4092 instructions; the few regions of its own loop are neglected.
local function checksum_cost(q, length)
  local workload = ("blocks-%d"):format(length)
  local with, why = q:value { config = "checksum, blocks", workload = workload, metric = "host_instructions" }
  local without = q:value { config = "explicit, blocks", workload = workload, metric = "host_instructions" }
  if not (with and without) then return nil, why end
  local entries = tonumber(q.e.workload[workload].args[1]) * (4092 // (length + 2))
  return (with.mid - without.mid) / entries
end

local function linear_checksum(q)
  local costs, shown = {}, {}
  for i, length in ipairs(lengths) do
    local cost, why = checksum_cost(q, length)
    if not cost then return nil, tostring(why) end
    costs[i], shown[i] = cost, ("%.1f for %d bytes"):format(cost, (length + 2) * 4)
  end
  local line = lines.through(lengths[1], costs[1], lengths[#lengths], costs[#costs])
  local straight = line.slope > 0
  for i, length in ipairs(lengths) do
    local expected = lines.at(line, length)
    straight = straight and math.abs(costs[i] - expected) <= 0.1 * expected + 1
  end
  return straight, ("host instructions for each entry: %s; %.2f for each further byte"):format(table.concat(shown, ", "), line.slope / 4)
end

-- CPU time of one fault: what page protection takes longer than waiting to be told, by faults.
local function fault_cost(q)
  local a, why = q:value { config = "page-fault", workload = "datacode", metric = "cpu_ns" }
  local b = q:value { config = "explicit", workload = "datacode", metric = "cpu_ns" }
  local n = q:value { config = "page-fault", workload = "datacode", metric = "host_faults" }
  if not (a and b and n) then return nil, tostring(why) end
  local x = { mid = (a.mid - b.mid) / n.mid / 1000, lo = (a.lo - b.hi) / n.mid / 1000, hi = (a.hi - b.lo) / n.mid / 1000, n = a.n }
  return q:all { q:at_least(x, 1), q:at_most(x, 100) }, ("microseconds for each store into the page of hot code: %s"):format(q:show(x))
end

local function retranslated(q)
  local verdicts, details = {}, {}
  for i, name in ipairs { "explicit", "page-fault", "bitmap", "bitmap-mixed", "checksum", "checksum-dirty" } do
    local x, why = q:value { config = name, workload = "overlay", metric = "regions_invalidated/guest_instructions" }
    local y = q:value { config = name, workload = "overlay", metric = "regions_translated/guest_instructions" }
    details[i] = ("%s %s of %s"):format(name, q:show(x, why), q:show(y, why))
    verdicts[i] = x and y and (x.mid >= 0.9 * y.mid and "reproduced" or "not reproduced") or "undecided"
  end
  return q:all(verdicts), "regions dropped of those translated, per guest instruction: " .. table.concat(details, ", ")
end

local still = { "chase", "bytes", "sieve" }

return {
  name = "invalidation",
  summary = "explicit, page-fault, bitmap, bitmap-mixed, checksum and checksum-dirty against guests that change code, store beside it, "
    .. "or do neither",
  source = "seed 1, Code Invalidation; papers.md 7",
  workloads = workloads,
  configs = design.join(design.native(), config("explicit"), config("page-fault"), config("bitmap"), config("bitmap-mixed"),
    config("checksum"), config("checksum-dirty"), design.config("page-fault, warm", { invalidate = "page-fault", tier = "warm" }),
    blockwise("explicit"), blockwise("checksum")),
  baseline = "native",
  skip = function(c, workload)
    if c.name == "explicit" and workload.smc == "unflushed" then
      return "the guest does not announce its changes, and explicit waits to be told"
    end
    local blocks = workload.name:find("^blocks%-") ~= nil
    if (c.name:find(", blocks$") ~= nil) ~= blocks and c.runner == "jitlab" then
      return "block by block only what shows the cost of a checksum, and that only so"
    end
  end,
  counters = { "regions_invalidated", "host_faults", "code_writes", "stale_entries", "translate_ns" },
  repeats = { quick = 5, full = 15 },
  budget = { quick = 400, full = 1800 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ratio", text = "page protection executes nothing more where code is not written", source = "papers.md C8",
      num = "page-fault", den = "explicit", metric = "host_instructions", max = 1.001, workloads = still, each = true },
    { kind = "ratio", text = "page protection costs no time where code is not written", source = "papers.md C8",
      num = "page-fault", den = "explicit", metric = "cpu_ns", max = 1.05, workloads = still },
    { kind = "predicate", text = "one store into the page of hot code costs page protection microseconds: 1 to 100",
      source = "papers.md C8", test = fault_cost },
    { kind = "crossover", text = "page protection loses to a bitmap when stores beside code are frequent, and wins when they are rare",
      source = "papers.md C8", a = "page-fault", b = "bitmap", metric = "cpu_ns", workloads = "beside-*",
      because = "the bitmap's test of one store in a dozen instructions takes host instructions but next to no time, so that page "
        .. "protection can only come up to it (see sieve, which stores in nearly every turn of its loop, for what the test can cost)" },
    { kind = "ratio", text = "data beside code makes page protection at least 10 times slower than a bitmap", source = "papers.md C9",
      num = "page-fault", den = "bitmap", metric = "cpu_ns", min = 10, workloads = { "datacode", "beside-10" }, each = true },
    { kind = "ratio", text = "interpreting code until it is warm halves at least what page protection loses there, as code that is dropped "
      .. "again and again is not translated each time", source = "practice (the tier axis)", num = "page-fault, warm", den = "page-fault",
      metric = "cpu_ns", max = 0.5, workloads = "datacode" },
    { kind = "predicate", text = "a bitmap does not care whether data lie beside code", source = "papers.md C9",
      test = function(q) return alike(q, "bitmap", "datacode", "datacode_far", "host_per_guest", 1.1) end },
    { kind = "predicate", text = "page protection faults where data lie beside code, and hardly elsewhere", source = "papers.md C9",
      test = function(q) return alike(q, "page-fault", "datacode_far", "datacode", "host_faults/guest_instructions", 0.01) end },
    { kind = "ratio", text = "a bitmap costs host instructions at every store: a tenth more on programs that store often",
      source = "seed 1", num = "bitmap", den = "explicit", metric = "host_instructions", min = 1.1,
      workloads = { "bytes", "sieve" }, each = true },
    { kind = "ratio", text = "a bitmap for mixed pages only costs nothing where no page is mixed", source = "seed 1",
      num = "bitmap-mixed", den = "explicit", metric = "host_instructions", max = 1.001, workloads = still, each = true },
    { kind = "ratio", text = "where data lie beside code it takes at most half of page protection's host instructions",
      source = "seed 1", num = "bitmap-mixed", den = "page-fault", metric = "host_instructions", max = 0.5, workloads = "datacode" },
    { kind = "ratio", text = "but there more than a bitmap for all pages, as a store asks twice", source = "seed 1",
      num = "bitmap-mixed", den = "bitmap", metric = "host_instructions", min = 1.02, workloads = "datacode" },
    { kind = "ratio", text = "overlays that are written word by word run nothing more than under page protection", source = "seed 1",
      num = "bitmap-mixed", den = "page-fault", metric = "host_instructions", max = 1.001, workloads = "overlay" },
    { kind = "ratio", text = "a checksum costs host instructions at every region entered", source = "papers.md C10",
      num = "checksum", den = "explicit", metric = "host_instructions", min = 1.1, workloads = { "chase", "sieve" }, each = true },
    { kind = "ratio", text = "one that is verified only on dirty pages costs clean code at most a third of that",
      source = "seed 1, Code Invalidation (only when the page is potentially dirty)",
      num = "checksum-dirty", den = "checksum", metric = "host_instructions", max = 0.34, workloads = { "chase", "sieve" }, each = true },
    { kind = "ratio", text = "and a program that stores beside its code a tenth of what page protection costs it",
      source = "seed 1, Code Invalidation", num = "checksum-dirty", den = "page-fault", metric = "cpu_ns", max = 0.1,
      workloads = { "datacode", "beside-10" }, each = true },
    { kind = "predicate", text = "a checksum costs each entry of a block in proportion to the block's bytes (within a tenth)",
      source = "papers.md C10", test = linear_checksum },
    { kind = "ratio", text = "for code that is overwritten all the time a bitmap does not help: no faster than page protection",
      source = "seed 1, Code Invalidation", num = "bitmap", den = "page-fault", metric = "cpu_ns", min = 0.95, workloads = "patch-10",
      because = "both translate again after each change, but page protection also takes a host fault and changes the protection twice" },
    { kind = "ratio", text = "there a checksum is faster than page protection", source = "seed 1, Code Invalidation",
      num = "checksum", den = "page-fault", metric = "cpu_ns", max = 1, workloads = { "patch-10", "overlay" }, each = true },
    { kind = "predicate", text = "without translations kept by content every swap of an overlay is translated again: nine tenths of "
      .. "what is translated is dropped", source = "papers.md C10 (its control)", test = retranslated },
    { kind = "equal", text = "every way executes the same guest instructions", source = "DESIGN.md 2",
      metric = "guest_instructions",
      configs = { "explicit", "page-fault", "page-fault, warm", "bitmap", "bitmap-mixed", "checksum", "checksum-dirty" },
      workloads = whole },
    { kind = "equal", text = "so it does block by block", source = "DESIGN.md 2", metric = "guest_instructions",
      configs = { "explicit, blocks", "checksum, blocks" }, workloads = "blocks-*" },
  },
  plots = {
    { kind = "bars", configs = { "explicit", "page-fault", "bitmap", "bitmap-mixed", "checksum", "checksum-dirty" },
      workloads = { "chase", "bytes", "sieve", "datacode_far", "datacode", "hotpatch*", "overlay*", "guestjit*" },
      title = "Invalidation strategies: CPU time against native code", ylabel = "CPU time / native CPU time (log scale)" },
    { kind = "sweep", configs = { "page-fault", "bitmap", "bitmap-mixed", "checksum", "checksum-dirty" }, baseline = "explicit",
      workloads = "beside-*",
      title = "Stores beside hot code: CPU time against waiting to be told",
      xlabel = "calls for each store into the code's page (log scale)", ylabel = "CPU time / that of explicit (log scale)" },
    { kind = "sweep", configs = { "page-fault", "bitmap", "bitmap-mixed", "checksum", "checksum-dirty" }, baseline = "explicit",
      workloads = "patch-*",
      title = "One instruction of a hot function changed: CPU time against waiting to be told",
      xlabel = "calls for each change (log scale)", ylabel = "CPU time / that of explicit (log scale)" },
    { kind = "sweep", configs = { "checksum, blocks" }, baseline = "explicit, blocks", metric = "host_instructions", workloads = "blocks-*",
      title = "Checksum at every block: host instructions", xlabel = "additions in a block (log scale)", xbase = 2,
      ylabel = "host instructions / those of explicit (exact)", log = false },
  },
}
