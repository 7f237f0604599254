-- Guest functions run as host code: from which size of a body a call across the border pays, what the fast calling path takes off the
-- price of a crossing, and what calls back cost. Counted in instructions of the whole run in a simulated processor, host functions and
-- bridge included, the same on every host; the time is beside it.

local design = require "harness.design"
local lines = require "harness.lines"

local METRIC = "valgrind:instructions"
-- Steps of work in a call; of calls there are always as many.
local CALLS, steps, workloads, names = 50 * 4096, { 1, 8, 32, 64, 128, 256 }, {}, {}
for i, n in ipairs(steps) do
  names[i] = ("body%d"):format(n)
  local args = { CALLS * n // 4096, "-w", n }
  workloads[i] = { from = "bodies16", name = names[i], value = n, args = { quick = args, full = args } }
end
local between = table.move(names, 2, #names - 1, 1, {})
local others = {
  { from = "sha256", name = "sha256", args = { quick = { 20000 }, full = { 20000 } } },
  { from = "strings_libc", name = "strings", args = { quick = { 5000, "-l" }, full = { 5000, "-l" } } },
  { from = "qsortcb", name = "qsortcb", args = { quick = { 300 }, full = { 300 } } },
  { from = "border_back", name = "back", args = { quick = { 5000, "-b" }, full = { 5000, "-b" } } },
}
table.move(others, 1, #others, #workloads + 1, workloads)

local function against_none(config) return { a = "none", b = config, workloads = names, metric = METRIC } end

local function affine(config)
  return { kind = "near", source = "papers.md E1 (a)", num = config, den = "none", metric = METRIC, each = true, workloads = between,
    text = ("%s: the cost is a line in the body's size: the smallest and the largest predict the others, within 2 %%"):format(config),
    within = 0.02,
    prediction = function(q, workload) return lines.ratio(q, against_none(config), workload) end }
end

local function pays(config)
  return { kind = "predicate", source = "papers.md C12, E1 (a)",
    text = ("%s: pays from the body on that is the price of a crossing over what a step saves, within 25 %%"):format(config),
    test = function(q)
      local verdict, found = lines.pays(q, against_none(config), 0.25)
      if not verdict then return nil, found end
      return verdict, ("%.0f steps; %.0f predicted, of %.0f instructions more for a call and %.1f saved in a step"):format(found.measured,
        found.predicted, found.more / CALLS, found.saved / CALLS)
    end }
end

local function ratio(text, source, workload, num, den, bounds, because)
  return { kind = "ratio", text = text, source = source, num = num, den = den, metric = METRIC, workloads = { workload }, because = because,
    max = bounds.max, min = bounds.min }
end

return {
  name = "offload",
  summary = "guest functions run as host code: from which size of a body on that pays, by two ways across, and what calls back cost",
  source = "seed 2; papers.md C12, E1",
  variants = { "mipsel" },
  workloads = workloads,
  configs = design.join(
    design.config("none"),
    design.config("by run loop", { offload = "functions:fast=0" }),
    design.config("from code", { offload = "functions" })),
  baseline = "none",
  metric = METRIC,
  counters = { "cpu_ns", "offloaded_calls", "offload_callbacks" },
  repeats = { quick = 5, full = 15 },
  timeout = { quick = 120, full = 240 },
  claims = {
    { kind = "crossover", text = "small bodies are cheaper translated, large ones as host code", source = "papers.md C12", a = "none",
      b = "from code", metric = METRIC, workloads = names },
    affine("by run loop"), affine("from code"), pays("by run loop"), pays("from code"),
    ratio("the fast calling path takes at least two fifths off a call with a small body", "papers.md C12 (FCP)", "body1", "from code",
      "by run loop", { max = 0.6 }),
    ratio("a leaf of one step is not worth the way: it costs at least three times as much", "papers.md E1 (e)", "body1", "from code",
      "none", { min = 3 }, "the price of a crossing is that of some 40 steps"),
    ratio("a body of 256 steps takes at most 0.7 of the instructions", "papers.md E1 (e)", "body256", "from code", "none", { max = 0.7 }),
    ratio("SHA-256's compression takes at most 0.85", "papers.md E1 (e)", "sha256", "from code", "none", { max = 0.85 },
      "translated code for it is within 1.4 of native, which is all there is to be had"),
    ratio("string functions of libc take at most two fifths as the host's", "papers.md E1 (e)", "strings", "from code", "none",
      { max = 0.4 }, "vector instructions against words"),
    ratio("a sort that calls its comparison back loses by 3 or more", "papers.md C12", "qsortcb", "from code", "none", { min = 3 },
      "each call back is a run of the machine; the comparison is not known when the host function is compiled"),
    { kind = "predicate", text = "calls of host functions among themselves do not cross: one crossing a sort, whatever its recursion",
      source = "papers.md E1 (b), FCP",
      test = function(q)
        local x, reason = q:value { config = "from code", workload = "qsortcb", metric = "offloaded_calls" }
        return q:all { q:at_most(x, 300), q:at_least(x, 300) }, "300 sorts, crossings: " .. q:show(x, reason)
      end },
    { kind = "equal", text = "either way across, the same calls are made", source = "DESIGN.md 2", metric = "offloaded_calls",
      configs = { "by run loop", "from code" } },
  },
  plots = {
    { kind = "sweep", configs = { "none", "by run loop", "from code" }, metric = METRIC, absolute = true, log = true, xbase = 2,
      workloads = "body*", title = "Instructions by the size of the body called", xlabel = "steps of work in a call (log scale)",
      ylabel = "instructions of the whole run (exact)" },
    { kind = "bars", configs = { "by run loop", "from code" }, title = "Host functions: CPU time against translated code",
      ylabel = "CPU time / CPU time of offload=none" },
  },
}
