-- The speed table: each program natively, under QEMU's user mode, translated and interpreted, side by side in one interleaved
-- run, in both byte orders. The bounds are the project's own goals; QEMU's published figures are in papers.md 0.2.

local claims = require "harness.claims"
local design = require "harness.design"

local integer = {
  "calls", "calls_indirect", "deepcalls64", "chain64", "indirect4", "bytecode", "bytecode_threaded", "qsortcb", "sieve", "nested",
  "collatz", "sha256", "int64", "gcd", "crc", "crc_bits", "matmul_int", "chase", "bytes", "unaligned", "strings", "trees", "records",
  "constants",
}
local double = { "nbody", "matmul", "mandel" }
local single = { "matmul_single", "mandel_single", "firf" }

-- Little work or none, ten times as much; ten times the code, each function run often enough to be translated; the same calls in
-- ever more text.
local scaled = {
  { from = "calls", name = "startup", args = { quick = { 1 }, full = { 1 } } },
  { from = "records", name = "work1", args = { quick = { 20000 }, full = { 200000 } } },
  { from = "records", name = "work10", args = { quick = { 200000 }, full = { 2000000 } } },
  { from = "once", name = "code1", args = { quick = { 409 * 200, "-f", 409 }, full = { 409 * 200, "-f", 409 } } },
  { from = "once", name = "code10", args = { quick = { 4090 * 200, "-f", 4090 }, full = { 4090 * 200, "-f", 4090 } } },
}
local text = {}
for i, functions in ipairs { 41, 410, 4096, 40960 } do
  text[i] = ("text%d"):format(functions)
  scaled[#scaled + 1] = { from = "bigtext", name = text[i], value = functions * 256,
    args = { quick = { 8192, "-f", functions }, full = { 16384, "-f", functions } } }
end

local function join(...)
  local all = {}
  for _, list in ipairs { ... } do table.move(list, 1, #list, #all + 1, all) end
  return all
end

local translated = join(integer, double, single)
local workloads = join(translated, { "once", "hotpatch_rare", "overlay", "guestjit" }, scaled)

local interpreted = {}
for _, name in ipairs(translated) do interpreted[name] = true end
local own = {}
for _, w in ipairs(workloads) do own[type(w) == "table" and w.name or w] = true end

-- Judges each of the programs (all, if nil) in each variant by judge(query, program, variant) -> verdict (nil where it says
-- nothing), sentence; names all that do not pass, or says how many do.
local function every(list, judge)
  return function(q)
    local verdicts, sentences = {}, {}
    for _, variant in ipairs(q.e.variants) do
      for _, name in ipairs(list or q.e.workload_names) do
        if q.e.workload[name] and q:ran { config = "default", workload = name, variant = variant } then
          local verdict, sentence = judge(q, name, variant)
          verdicts[#verdicts + 1] = verdict
          if verdict and verdict ~= "reproduced" then sentences[#sentences + 1] = ("%s %s: %s"):format(name, variant, sentence) end
        end
      end
    end
    if #verdicts == 0 then return "undecided", "not run" end
    if #sentences == 0 then sentences[1] = ("holds for all %d"):format(#verdicts) end
    return claims.all(verdicts), table.concat(sentences, "; ")
  end
end

local function ratio_at_most(num, den, bound)
  return function(q, name, variant)
    if not q:ran { config = num, workload = name, variant = variant } then return nil end
    local x, reason = q:ratio { num = num, den = den, metric = "cpu_ns", workloads = { name }, variant = variant }
    return q:at_most(x, bound), q:show(x, reason)
  end
end

local function value_at_most(metric, bound)
  return function(q, name, variant)
    local x, reason = q:value { config = "default", workload = name, variant = variant, metric = metric }
    return q:at_most(x, bound), q:show(x, reason)
  end
end

-- Peak resident memory against QEMU's, by medians: neither is the same on every run.
local function memory_at_most(more_kib)
  return function(q, name, variant)
    local x, reason = q:value { config = "default", workload = name, variant = variant, metric = "max_rss_kib" }
    local y, other = q:value { config = "qemu", workload = name, variant = variant, metric = "max_rss_kib" }
    return q:at_most(x, y and y.mid + more_kib or 0),
      ("%s KiB, QEMU %s KiB"):format(q:show(x, reason), q:show(y, other))
  end
end

-- What is left of CPU time without starting: large / small may not exceed the factor by more than a fifth.
local function linear(small, large, factor)
  return function(q, _, variant)
    local x, reason = q:growth { config = "default", start = "startup", small = small, large = large, variant = variant,
      metric = "cpu_ns" }
    return q:at_most(x, factor * 1.2), q:show(x, reason) .. " times the time"
  end
end

return {
  name = "speed",
  summary = "native, QEMU, translated, interpreted: time, memory, host instructions, start-up, whether cost is linear",
  source = "papers.md 0.2",
  workloads = workloads,
  variants = { "mipsel", "mips" },
  configs = design.join(design.native(), design.qemu(), design.config("default"), design.config("interp", { backend = "interp" }),
    design.config("at once", { tier = "single" })),
  baseline = "native",
  counters = { "max_rss_kib", "translate_ns/guest_instructions_translated", "guest_instructions_translated" },
  skip = function(config, workload, variant)
    if config.name == "at once" and not workload.name:find("^text%d") then
      return "it is there to count look-ups without what it takes to get functions translated"
    end
    if config.name ~= "interp" then return nil end
    if variant == "mips" then return "interpreting takes long, and the byte order changes little of it" end
    if own[workload.name] and not interpreted[workload.name] then return "it is about translating" end
  end,
  repeats = { quick = 5, full = 9 },
  timeout = { quick = 60, full = 600 },
  claims = {
    { kind = "ratio", text = "integer programs take at most 2.2 times the CPU time of native code", source = "goal",
      num = "default", den = "native", metric = "cpu_ns", max = 2.2, workloads = integer },
    { kind = "ratio", text = "floating point takes at most 3 times the CPU time of native code", source = "goal",
      num = "default", den = "native", metric = "cpu_ns", max = 3, workloads = join(double, single) },
    { kind = "ratio", text = "double precision is at least 12 times faster than QEMU's soft floating point", source = "papers.md 0.2",
      num = "default", den = "qemu", metric = "cpu_ns", max = 1 / 12, workloads = double },
    { kind = "predicate", text = "no program is slower than under QEMU, start-up and translation alone included", source = "papers.md 0.2",
      test = every(nil, ratio_at_most("default", "qemu", 1)) },
    { kind = "predicate", text = "the interpreter takes at most 60 times the CPU time of native code", source = "goal",
      test = every(nil, ratio_at_most("interp", "native", 60)) },
    { kind = "predicate", text = "each integer program takes at most 2.5 host instructions for a guest instruction", source = "goal",
      workloads = integer, test = every(integer, value_at_most("host_per_guest", 2.5)),
      published = { points = { { "matmul_int", 5.65 }, { "qsortcb", 8.49 } }, paper = "Karaman 2020, TCG Continuous Benchmarking",
        figure = "QEMU 5.1, mips", note = "What QEMU executes for a guest instruction in matmult_int32 and qsort_int32, which are like "
          .. "these two and not the same." } },
    { kind = "predicate", text = "each floating-point program takes at most 4 host instructions for a guest instruction",
      source = "goal", workloads = join(double, single), test = every(join(double, single), value_at_most("host_per_guest", 4)) },
    { kind = "predicate", text = "peak memory is at most QEMU's and 16 MiB", source = "goal", test = every(nil, memory_at_most(16 << 10)) },
    { kind = "predicate", text = "ten times the work takes ten times the time", source = "goal",
      workloads = { "work1", "work10" }, test = every({ "work10" }, linear("work1", "work10", 10)) },
    { kind = "predicate", text = "ten times the code takes ten times the time to translate and run", source = "goal",
      workloads = { "code1", "code10" }, test = every({ "code10" }, linear("code1", "code10", 10)) },
    { kind = "predicate", text = "ten MiB of text make no look-up longer than 10 KiB do: host instructions for a guest instruction",
      source = "goal", workloads = text, test = every({ text[#text] }, function(q, name, variant)
        local function cost(workload)
          return q:value { config = "at once", workload = workload, variant = variant, metric = "host_per_guest" }
        end
        local x, y = cost(name), cost(text[1])
        return q:at_most(x, y and y.hi * 1.05 or 0), ("%s, with little text %s"):format(q:show(x), q:show(y))
      end) },
  },
  plots = {
    { kind = "bars", title = "CPU time against native code", ylabel = "CPU time / native CPU time (log scale)" },
    { kind = "sweep", title = "The same calls in ever more text", metric = "cpu_ns", absolute = true, workloads = text, xbase = 2,
      configs = { "native", "qemu", "default" }, log = true, xlabel = "bytes of text that are called",
      ylabel = "CPU time, ns (log scale)" },
  },
}
