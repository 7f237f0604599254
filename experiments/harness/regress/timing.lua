-- Whether times rose: decided from paired ratios (new over old, of one round), looked at again and again while the rounds go on.
--
-- A limit is a part that a ratio may exceed 1 by: one for each cell, one for the geometric mean over cells. It is *worse* when some
-- ratio is shown to lie above its limit (trimmed t-test of its logarithms, one-sided, Holm over all cells and the mean), and *same*
-- when every one is shown to lie below (an intersection-union test, Berger 1982, Multiparameter Hypothesis Testing and Acceptance
-- Sampling, Technometrics 24: each by itself at the level). Looking often would find something sooner or later, so each look has an
-- equal share of the level (Bonferroni; exact boundaries as of Pocock 1977, Group Sequential Methods in the Design and Analysis of
-- Clinical Trials, Biometrika 64, would suppose normal noise). Looks are at 6 rounds and then at half as many more each time, and when
-- the time is out.

local dataset = require "harness.dataset"
local gate = require "harness.regress.gate"
local holm = require "harness.stats.holm"
local stats = require "harness.stats"
local trimmed = require "harness.stats.trimmed"

local timing = {}

timing.METRIC = "cpu_ns"
timing.LEVEL = 0.05 -- of calling unchanged code worse, or code at the limit same
timing.FIRST = 6 -- rounds before the first look
timing.MOST = 200 -- rounds
timing.LOOKS = 10 -- nine until then, and the one when the time is out

-- The number of the look at so many rounds; nil between looks.
function timing.look(rounds)
  local at, k = timing.FIRST, 1
  while at < rounds do at, k = at + math.ceil(at / 2), k + 1 end
  return at == rounds and k or nil
end

-- The part of the level that a look has.
timing.SHARE = timing.LEVEL / timing.LOOKS

-- p-values that the values lie above (small when they do) and below a bound; nil, nil for too few.
local function one_sided(logs, bound)
  local shifted = {}
  for i, v in ipairs(logs) do shifted[i] = v - bound end
  local p, mean = trimmed.test(shifted)
  if not p then return nil, nil end
  if mean > 0 then return p / 2, 1 - p / 2 end
  return 1 - p / 2, p / 2
end

local function take(row, estimate) row.ratio, row.lo, row.hi = estimate.mid, estimate.lo, estimate.hi end

-- Judges ratios by round. cells: {{cell=, ratios={[round]=}}, ...}; limits: {each=, overall=}; level: of this look; seed: of the
-- intervals' resamples, nil for none: they are dear, and decide nothing. Returns rows, the row over all cells, and the verdict.
function timing.judge(cells, limits, level, seed)
  local rows, above, arrays = {}, {}, {}
  for i, c in ipairs(cells) do
    local list, logs = stats.in_order(c.ratios), {}
    for k, ratio in ipairs(list) do logs[k] = math.log(ratio) end
    local row = { cell = c.cell, counter = timing.METRIC, limit = limits.each }
    if seed then take(row, stats.ratio_estimate(list)) end
    above[i], row.below = one_sided(logs, math.log(1 + limits.each))
    row.less = select(2, one_sided(logs, 0))
    rows[i], arrays[i] = row, c.ratios
  end
  local total = { counter = timing.METRIC, cells = #cells, limit = limits.overall }
  if seed then take(total, stats.geomean_estimate(arrays, seed)) end
  local means = stats.round_means(arrays, math.log)
  above[#above + 1], total.below = one_sided(means, math.log(1 + limits.overall))
  total.less = select(2, one_sided(means, 0))
  rows[#rows + 1] = total
  local less, verdicts = {}, {}
  for i, row in ipairs(rows) do above[i], less[i] = above[i] or false, row.less or false end
  above, less = holm(above), holm(less)
  for i, row in ipairs(rows) do
    if above[i] and above[i] < level then
      row.verdict = gate.WORSE
    elseif row.below and row.below < level then
      row.verdict = less[i] and less[i] < level and gate.BETTER or gate.SAME
    else
      row.verdict, row.reason = gate.UNSURE, row.below and "more rounds may tell" or "too few rounds"
    end
    row.below, row.less = nil, nil
    verdicts[i] = row.verdict
  end
  rows[#rows] = nil
  local verdict = gate.worst(verdicts)
  if verdict == gate.BETTER and total.verdict ~= gate.BETTER then verdict = gate.SAME end -- one better cell makes no better whole
  return rows, total, verdict
end

-- The ratios of cells that both configurations have, from a campaign's rows. groups: {{cell=, new=config, old=config, workload=,
-- variant=}, ...}
function timing.ratios(rows, e, catalogue, seed, groups)
  local data, list = dataset.new(rows, e, catalogue, seed), {}
  for _, g in ipairs(groups) do
    local ratios = data:ratios(g.new, g.old, g.workload, g.variant, timing.METRIC)
    if ratios then list[#list + 1] = { cell = g.cell, ratios = ratios } end
  end
  return list
end

return timing
