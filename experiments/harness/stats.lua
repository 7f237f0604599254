-- Estimates over trials: medians, ratios and geometric means with their intervals.
--
-- An estimate is {mid=, lo=, hi=, n=, level=, method=}: n rounds (processes; never iterations inside of one) and an interval that
-- holds the true value with probability `level`: stats.LEVEL, or less where so few rounds cannot give more. Values that never
-- differ have an interval of no width, method "constant" and no level.

local bootstrap = require "harness.stats.bootstrap"
local distributions = require "harness.stats.distributions"
local median = require "harness.stats.median"

local stats = {}

stats.LEVEL = 0.95
stats.median = median.of
stats.quantile = bootstrap.quantile

function stats.geomean(values)
  if #values == 1 then return values[1] end -- to the bit
  local sum = 0
  for _, v in ipairs(values) do sum = sum + math.log(v) end
  return math.exp(sum / #values)
end

local function constant(values)
  local first = next(values)
  for _, v in pairs(values) do
    if v ~= values[first] then return false end
  end
  return true
end

local function count(values)
  local n = 0
  for _ in pairs(values) do n = n + 1 end
  return n
end

local function exact(mid, n) return { mid = mid, lo = mid, hi = mid, n = n, method = "constant" } end

local function order_statistics(values)
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local lo, hi, level = median.interval(sorted, stats.LEVEL)
  return { mid = median.of(sorted), lo = lo, hi = hi, n = #values, level = level,
    method = level < stats.LEVEL and "range" or "order statistics" }
end

-- The median of a list of values with its interval (median.interval says which, and why no bootstrap).
function stats.estimate(values)
  if #values == 0 then return nil end
  if constant(values) then return exact(values[1], #values) end
  return order_statistics(values)
end

local function positive(values)
  for _, v in pairs(values) do
    if v <= 0 then return false end
  end
  return true
end

-- The same for ratios: on the logarithmic scale, so that the interval of a/b is that of b/a turned over. With a zero among them
-- as they are.
function stats.ratio_estimate(ratios)
  if #ratios == 0 then return nil end
  if constant(ratios) or not positive(ratios) then return stats.estimate(ratios) end
  local logs, known = {}, {}
  for i, v in ipairs(ratios) do
    logs[i] = math.log(v)
    known[logs[i]] = v
  end
  local x = order_statistics(logs)
  for _, key in ipairs { "mid", "lo", "hi" } do x[key] = known[x[key]] or math.exp(x[key]) end
  return x
end

-- The normal quantile that BCa limits are taken at with n rounds. Resamples vary too little by sqrt((n-1)/n), and the quantile
-- makes up for it (Hesterberg 2015, What Teachers Should Know About the Bootstrap, The American Statistician 69: narrowness bias).
-- Below 6 rounds, where even the range of medians falls short of the level, the limits go as far out as Student's t does, with as
-- many degrees of freedom (one sample: n - 1).
local function limit(n, freedom)
  if median.range_level(n) < stats.LEVEL then return distributions.t_quantile(1 - stats.LEVEL, freedom or n - 1) end
  return -distributions.normal_quantile((1 - stats.LEVEL) / 2) * math.sqrt(n / (n - 1))
end

-- The rounds that occur in any of the arrays, in order, and the arrays with those numbered from 1.
local function renumber(arrays)
  local seen, rounds = {}, {}
  for _, values in ipairs(arrays) do
    for round in pairs(values) do
      if not seen[round] then seen[round], rounds[#rounds + 1] = true, round end
    end
  end
  table.sort(rounds)
  local numbered = {}
  for k, values in ipairs(arrays) do
    numbered[k] = {}
    for i, round in ipairs(rounds) do numbered[k][i] = values[round] end
  end
  return rounds, numbered
end

local function arithmetic_mean(list)
  local sum = 0
  for i = 1, #list do sum = sum + list[i] end
  return sum / #list
end

local function all_once(n)
  local counts = {}
  for i = 1, n do counts[i] = 1 end
  return counts
end

-- A mean of the medians of several arrays of values by round as a function of how often each round was drawn, and their sum; how many
-- rounds there are, and the fewest that an array has.
local function median_statistic(arrays, mean)
  local rounds, numbered = renumber(arrays)
  local medians, fewest = {}, #arrays > 0 and math.huge or 0
  for k, values in ipairs(arrays) do
    fewest = math.min(fewest, count(values))
    medians[k] = median.of_counts(numbered[k], #rounds)
  end
  local list = {}
  return function(counts, drawn)
    for k = 1, #medians do
      list[k] = medians[k](counts, drawn)
      if not list[k] then return nil end
    end
    local value = mean(list)
    return value == value and value or nil -- a logarithm may have none
  end, #rounds, fewest
end

-- A mean (of a list; the arithmetic one) of the medians of several arrays of values by round, with its BCa interval. The arrays are
-- kept as they are, since the workloads are those that were chosen; only rounds are drawn, for all arrays at once, as they were
-- paired in one. nil when one of them is empty.
function stats.mean_of_medians(arrays, seed, mean)
  local statistic, rounds, fewest = median_statistic(arrays, mean or arithmetic_mean)
  if fewest == 0 then return nil end
  local mid = statistic(all_once(rounds), rounds)
  if rounds == 1 then return { mid = mid, lo = mid, hi = mid, n = 1, level = 0.0, method = "range" } end
  local lo, hi, method = bootstrap.bca(mid, bootstrap.draws(rounds, seed, statistic), { bootstrap.jackknife(rounds, statistic) },
    limit(fewest))
  return { mid = mid, lo = lo, hi = hi, n = fewest, level = math.min(stats.LEVEL, median.range_level(fewest)), method = method }
end

local function logarithms(arrays)
  local logs = {}
  for k, values in ipairs(arrays) do
    logs[k] = {}
    for round, v in pairs(values) do
      if v <= 0 then return nil end
      logs[k][round] = math.log(v)
    end
  end
  return logs
end

-- The geometric mean of the ratios of medians of samples that were not taken side by side, as those of two runs: above, below: lists of
-- as many arrays of values by round. Each side's rounds are drawn on their own, for all its arrays at once, so that the interval (BCa)
-- holds the variation of both; the limits are those of the side with fewer rounds. nil when one of the arrays is empty or not above zero.
-- (Within a run ratios are taken inside each round instead.)
function stats.ratio_of_medians(above, below, seed)
  local sides, n = { logarithms(above), logarithms(below) }, math.huge
  if #sides < 2 then return nil end
  local parts = {}
  for i, arrays in ipairs(sides) do
    local statistic, rounds, fewest = median_statistic(arrays, arithmetic_mean)
    if fewest == 0 then return nil end
    n = math.min(n, fewest)
    parts[i] = { mid = statistic(all_once(rounds), rounds), draws = bootstrap.draws(rounds, seed, statistic, true),
      left_out = bootstrap.jackknife(rounds, statistic) }
  end
  local mid = parts[1].mid - parts[2].mid
  local draws, number = {}, math.min(#parts[1].draws, #parts[2].draws)
  for b = 1, number do
    -- The draws of the one side with others of the other: those of one number are the same where the rounds are as many.
    draws[b] = parts[1].draws[b] - parts[2].draws[(b + number // 2) % number + 1]
  end
  table.sort(draws)
  if draws[1] == draws[number] then return exact(math.exp(mid), n) end
  for i, v in ipairs(parts[2].left_out) do parts[2].left_out[i] = -v end -- how the ratio changes with it
  local lo, hi, method = bootstrap.bca(mid, draws, { parts[1].left_out, parts[2].left_out }, limit(n, 2 * n - 2))
  return { mid = math.exp(mid), lo = math.exp(lo), hi = math.exp(hi), n = n, method = method,
    level = math.min(stats.LEVEL, median.range_level(n)) }
end

-- The values of an array by round as a list in the order of rounds.
function stats.in_order(values)
  local rounds, list = {}, {}
  for round in pairs(values) do rounds[#rounds + 1] = round end
  table.sort(rounds)
  for i, round in ipairs(rounds) do list[i] = values[round] end
  return list
end

-- The means over several arrays by round, of f of their values (as they are if left out), of the rounds that all of them have: a list
-- in the order of rounds.
function stats.round_means(arrays, f)
  local means = {}
  for round in pairs(arrays[1] or {}) do
    local sum = 0
    for _, values in ipairs(arrays) do
      local v = values[round]
      sum = v and sum and sum + (f and f(v) or v)
    end
    means[round] = sum and sum / #arrays or nil
  end
  return stats.in_order(means)
end

-- The geometric mean of the medians of several arrays of values by round: for ratios over workloads. Of a single array it is
-- stats.ratio_estimate. nil when one of them is empty or has a negative median; with a median of zero it is zero.
function stats.geomean_estimate(arrays, seed)
  if #arrays == 0 then return nil end
  local mids, all_constant, all_positive, n = {}, true, true, math.huge
  for i, values in ipairs(arrays) do
    local list = stats.in_order(values)
    if #list == 0 then return nil end
    local x = stats.ratio_estimate(list)
    if x.mid < 0 then return nil end
    mids[i], n = x.mid, math.min(n, #list)
    all_constant, all_positive = all_constant and x.method == "constant", all_positive and positive(values)
  end
  if #arrays == 1 then return stats.ratio_estimate(stats.in_order(arrays[1])) end
  local mid = stats.geomean(mids)
  if all_constant then return exact(mid, n) end
  if not all_positive then return stats.mean_of_medians(arrays, seed or 1, stats.geomean) end
  local logs = {}
  for k, values in ipairs(arrays) do
    logs[k] = {}
    for round, v in pairs(values) do logs[k][round] = math.log(v) end
  end
  local x = stats.mean_of_medians(logs, seed or 1)
  x.mid, x.lo, x.hi = mid, math.exp(x.lo), math.exp(x.hi)
  return x
end

return stats
