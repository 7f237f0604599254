-- From how much work on translating pays: what it costs beforehand, over what it saves each time. Counted in instructions of the whole
-- run, translating included, in a simulated processor: exact, so two runs give the prediction and the others tell whether it holds.

local design = require "harness.design"
local lines = require "harness.lines"

local METRIC = "valgrind:instructions"
local sizes, workloads, names = { 100, 300, 1000, 3000, 10000 }, {}, {}
for i, n in ipairs(sizes) do
  names[i] = ("work%d"):format(n)
  workloads[i] = { from = "sha256", name = names[i], value = n, args = { quick = { n }, full = { n } } }
end
local between = table.move(names, 2, #names - 1, 1, {})

local function instructions(q, config, size)
  local x, reason = q:value { config = config, workload = ("work%d"):format(size), metric = METRIC }
  return x and x.mid, reason
end

local PAIR = { a = "interp", b = "translated", workloads = names, metric = METRIC }

return {
  name = "breakeven",
  summary = "from how much work on translating at once pays, as measured and as predicted; and what waiting for it costs",
  source = "papers.md C11 (break-even point of compiling)",
  workloads = workloads,
  configs = design.join(
    design.config("interp", { backend = "interp" }),
    design.config("translated", { tier = "single" }),
    design.config("default")),
  baseline = "interp",
  metric = METRIC,
  counters = { "cpu_ns", "translate_ns" },
  repeats = { quick = 5, full = 15 },
  timeout = { quick = 30, full = 60 },
  claims = {
    { kind = "crossover", text = "with little work interpreting is cheaper, with much of it translating", source = "papers.md C11",
      a = "interp", b = "translated", metric = METRIC },
    { kind = "near", text = "the cost of either is a line: the smallest and the largest run predict those between them, within 2 %",
      source = "papers.md C11", num = "interp", den = "translated", metric = METRIC, each = true, workloads = between, within = 0.02,
      prediction = function(q, workload)
        local ratio, reason = lines.ratio(q, PAIR, workload)
        return ratio and 1 / ratio, reason
      end },
    { kind = "predicate", text = "so the break-even point is what translating costs over what it saves each time, within 5 %",
      source = "papers.md C11",
      test = function(q)
        local verdict, found = lines.pays(q, PAIR, 0.05)
        if not verdict then return nil, found end
        return verdict, ("%.0f of sha256's rounds; %.0f predicted, of %.1f million instructions for translating and %.0f saved in a round")
          :format(found.measured, found.predicted, found.more / 1e6, found.saved)
      end },
    { kind = "predicate", text = "waiting until code is hot costs at most 3 times what the better of both does, at any size",
      source = "Karlin et al. 1988, Competitive Snoopy Caching (rent or buy)",
      test = function(q)
        local verdicts, details = {}, {}
        for i, size in ipairs(sizes) do
          local a, b, x = instructions(q, "interp", size), instructions(q, "translated", size), instructions(q, "default", size)
          if not (a and b and x) then return nil, names[i] .. " was not counted" end
          local ratio = x / math.min(a, b)
          verdicts[i] = ratio <= 3 and "reproduced" or "not reproduced"
          details[i] = ("%s %.2f"):format(names[i], ratio)
        end
        return q:all(verdicts), "times the better: " .. table.concat(details, ", ")
      end },
  },
  plots = {
    { kind = "sweep", configs = { "interp", "translated", "default" }, metric = METRIC, absolute = true, log = true, xbase = 10,
      title = "Instructions by how much work there is", xlabel = "rounds of sha256 (log scale)",
      ylabel = "instructions, translating included (exact)" },
  },
}
