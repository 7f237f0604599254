-- Whether a cell changed while the campaign ran: a trend over the rounds, or a step between their first and second half.
--
-- Ratios are taken inside a round, so drift that hits all cells alike does no harm to them; drift of a single cell does.

local holm = require "harness.stats.holm"
local median = require "harness.stats.median"
local outliers = require "harness.stats.outliers"
local ranks = require "harness.stats.ranks"

local drift = {}

drift.FEWEST = 6 -- rounds; the tests can find nothing in fewer
drift.LEVEL = 0.05

local function halves(values)
  local middle = (#values + 1) // 2
  return table.move(values, 1, middle, 1, {}), table.move(values, middle + 1, #values, 1, {})
end

-- The two tests of a list of positive values in the order of rounds: {trend=tau, trend_p=, change=second half / first half,
-- change_p=}, or nil when there are too few.
function drift.look(values)
  if #values < drift.FEWEST then return nil end
  local first, second = halves(values)
  local tau, p = ranks.trend(values)
  return { trend = tau, trend_p = p, change = median.of(second) / median.of(first), change_p = ranks.differ(first, second) }
end

-- Looks at many lists {name = values}: a list of those that drift, {name=, trend=, change=, p=} with the smaller of both p-values,
-- adjusted for all that were looked at (Holm). Also how many were.
function drift.find(lists)
  local names, looks, p_values = {}, {}, {}
  for name in pairs(lists) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local look = drift.look(lists[name])
    if look then
      look.name = name
      looks[#looks + 1] = look
      p_values[#p_values + 1] = look.trend_p
      p_values[#p_values + 1] = look.change_p
    end
  end
  local adjusted, found = holm(p_values), {}
  for i, look in ipairs(looks) do
    look.p = math.min(adjusted[2 * i - 1], adjusted[2 * i])
    if look.p < drift.LEVEL then found[#found + 1] = look end
  end
  return found, #looks
end

-- Rounds that were slow or fast for all cells together: the mean over cells of each round's logarithms, each cell's taken around its
-- median. cells: lists of positive values by round; rounds: how many. Returns {{round=, factor=}, ...} by the rule for outliers,
-- and the means.
function drift.rounds(cells, rounds)
  local sums, counts = {}, {}
  for round = 1, rounds do sums[round], counts[round] = 0, 0 end
  for _, values in ipairs(cells) do
    local logs = {}
    for round = 1, rounds do
      if values[round] then logs[#logs + 1] = math.log(values[round]) end
    end
    local middle = #logs > 0 and median.of(logs)
    for round = 1, rounds do
      if values[round] then
        sums[round], counts[round] = sums[round] + math.log(values[round]) - middle, counts[round] + 1
      end
    end
  end
  local means, numbers = {}, {}
  for round = 1, rounds do
    if counts[round] > 0 then
      means[#means + 1], numbers[#numbers + 1] = math.exp(sums[round] / counts[round]), round
    end
  end
  local found = {}
  for i, at in ipairs(outliers.find(means)) do found[i] = { round = numbers[at], factor = means[at] } end
  return found, means
end

return drift
