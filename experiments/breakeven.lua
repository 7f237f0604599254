-- From how much work on translating pays: what it costs beforehand, over what it saves each time. Counted in instructions of the whole
-- run, translating included, in a simulated processor: exact, so two runs give the prediction and the others tell whether it holds.

local design = require "harness.design"

local METRIC = "valgrind:instructions"
local sizes, workloads, names = { 100, 300, 1000, 3000, 10000 }, {}, {}
for i, n in ipairs(sizes) do
  names[i] = ("work%d"):format(n)
  workloads[i] = { from = "sha256", name = names[i], value = n, args = { quick = { n }, full = { n } } }
end
local first, last = sizes[1], sizes[#sizes]
local between = table.move(names, 2, #names - 1, 1, {})

local function instructions(q, config, size)
  local x, reason = q:value { config = config, workload = ("work%d"):format(size), metric = METRIC }
  return x and x.mid, reason
end

-- A configuration's cost as a line through the smallest and the largest run: {base=, slope=}; nil and why.
local function line(q, config)
  local a, reason = instructions(q, config, first)
  if not a then return nil, reason end
  local b
  b, reason = instructions(q, config, last)
  if not b then return nil, reason end
  local slope = (b - a) / (last - first)
  return { base = a - slope * first, slope = slope }
end

local function lines(q)
  local interp, reason = line(q, "interp")
  if not interp then return nil, reason end
  local translated
  translated, reason = line(q, "translated")
  return translated and interp, translated or reason
end

-- The work at which both cost the same, between the two sizes at which the one and the other is cheaper; nil and why there is none.
local function crossing(q)
  local before
  for _, size in ipairs(sizes) do
    local a, reason = instructions(q, "interp", size)
    if not a then return nil, reason end
    local b
    b, reason = instructions(q, "translated", size)
    if not b then return nil, reason end
    local gap = a - b
    if before and before.gap < 0 and gap >= 0 then return before.size + (size - before.size) * -before.gap / (gap - before.gap) end
    before = { size = size, gap = gap }
  end
  return nil, "they do not cross"
end

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
        local interp, translated = lines(q)
        if not interp then return nil, translated end
        local size = q.e.workload[workload].value
        return (interp.base + interp.slope * size) / (translated.base + translated.slope * size)
      end },
    { kind = "predicate", text = "so the break-even point is what translating costs over what it saves each time, within 5 %",
      source = "papers.md C11",
      test = function(q)
        local measured, reason = crossing(q)
        if not measured then return nil, reason end
        local interp, translated = lines(q)
        if not interp then return nil, translated end
        local predicted = (translated.base - interp.base) / (interp.slope - translated.slope)
        local ratio = measured / predicted
        return q:all { q:at_most({ lo = ratio, hi = ratio }, 1.05), q:at_least({ lo = ratio, hi = ratio }, 0.95) },
          ("%.0f of sha256's rounds; %.0f predicted, of %.1f million instructions for translating and %.0f saved in a round"):format(
            measured, predicted, (translated.base - interp.base) / 1e6, interp.slope - translated.slope)
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
