-- The bootstrap: resamples of rounds, and intervals from the statistic's values on them.
--
-- Rounds are resampled and not values: whatever was measured in one round stays together, so that what a round did to all of its
-- trials does so in each resample too (a cluster bootstrap; Davison and Hinkley 1997, Bootstrap Methods and their Application, 3.8).
-- All estimates of a run share the resamples of their number of rounds.

local distributions = require "harness.stats.distributions"
local rng = require "harness.rng"

local bootstrap = {}

bootstrap.RESAMPLES = 2000

local cache = {} -- the last resamples of each n; drawing them takes longer than using them

-- Resamples of n rounds: a list of lists that say how often each round was drawn.
function bootstrap.resamples(n, seed, number)
  number = number or bootstrap.RESAMPLES
  local kept = cache[n]
  if kept and kept.seed == seed and kept.number == number then return kept.list end
  local generator, list = rng.new(seed, "bootstrap"), {}
  for b = 1, number do
    local counts = {}
    for i = 1, n do counts[i] = 0 end
    for _ = 1, n do
      local i = generator:below(n)
      counts[i] = counts[i] + 1
    end
    list[b] = counts
  end
  cache[n] = { seed = seed, number = number, list = list }
  return list
end

-- The values of a statistic (a function of counts by round and their sum; nil where it has none) on the resamples, sorted unless in the
-- order of the resamples.
function bootstrap.draws(n, seed, statistic, as_drawn)
  local list = {}
  for _, counts in ipairs(bootstrap.resamples(n, seed)) do list[#list + 1] = statistic(counts, n) end
  if not as_drawn then table.sort(list) end
  return list
end

-- The values of a statistic with each round left out once.
function bootstrap.jackknife(n, statistic)
  local counts, list = {}, {}
  for i = 1, n do counts[i] = 1 end
  for i = 1, n do
    counts[i] = 0
    list[#list + 1] = statistic(counts, n - 1)
    counts[i] = 1
  end
  return list
end

-- The p-quantile of a sorted list, interpolated between neighbours (R's type 7).
function bootstrap.quantile(sorted, p)
  local at = 1 + (#sorted - 1) * p
  local low = math.floor(at)
  local high = math.min(low + 1, #sorted)
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low)
end

-- How far the estimate stands from the median of the draws, on the normal scale. Draws that equal it count half: a statistic of
-- medians has many of these, and without that the correction would follow from the ties alone.
function bootstrap.bias(mid, draws)
  local below, equal = 0, 0
  local near = 1e-12 * math.max(math.abs(mid), math.abs(draws[1]), math.abs(draws[#draws])) -- the same but for rounding
  for _, draw in ipairs(draws) do
    if draw < mid - near then below = below + 1 elseif draw <= mid + near then equal = equal + 1 end
  end
  return distributions.normal_quantile((below + equal / 2) / #draws)
end

-- How fast the statistic's standard error changes with its value: the skewness of its influence values over 6, these by the jackknife.
-- samples: the values with each of a sample's rounds left out, a list for each of the samples that are drawn on their own (Davison and
-- Hinkley 1997, 5.3.2). 0 when they are all equal.
function bootstrap.acceleration(samples)
  local square, cube = 0, 0
  for _, left_out in ipairs(samples) do
    local mean, n = 0, #left_out
    for _, v in ipairs(left_out) do mean = mean + v / n end
    for _, v in ipairs(left_out) do
      local d = (mean - v) * (n - 1) / n
      square, cube = square + d * d, cube + d * d * d
    end
  end
  if square <= 0 then return 0.0 end
  return cube / (6 * square ^ 1.5)
end

-- The interval of Efron 1987 (Better Bootstrap Confidence Intervals, JASA 82), bias-corrected and accelerated. draws: sorted;
-- left_out: as bootstrap.acceleration takes it; z: the normal quantile of its upper end (1.96 for 95 %). The percentile interval where
-- BCa is not defined: no draw on one side of the estimate, or an acceleration that sends a limit past infinity. Returns lo, hi, "bca"
-- or "percentile".
function bootstrap.bca(mid, draws, left_out, z)
  local z0, a = bootstrap.bias(mid, draws), bootstrap.acceleration(left_out)
  local function level(zq)
    local shifted = z0 + zq
    if 1 - a * shifted <= 0 then return nil end
    return distributions.normal(z0 + shifted / (1 - a * shifted))
  end
  local method, low, high = "bca", nil, nil
  if math.abs(z0) < math.huge then low, high = level(-z), level(z) end
  if not low or not high then
    method, low, high = "percentile", distributions.normal(-z), distributions.normal(z)
  end
  return bootstrap.quantile(draws, low), bootstrap.quantile(draws, high), method
end

return bootstrap
