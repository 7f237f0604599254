-- Statistics over trials: medians, bootstrap percentile intervals, geometric means. An estimate is {mid=, lo=, hi=, n=}.

local rng = require "harness.rng"

local stats = {}

stats.RESAMPLES = 1000
stats.LEVEL = 0.95

-- The median of an array, which is left as it is.
function stats.median(values)
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local n = #sorted
  if n == 0 then return nil end
  if n % 2 == 1 then return sorted[n // 2 + 1] end
  return (sorted[n // 2] + sorted[n // 2 + 1]) / 2
end

-- The p-quantile of a sorted array, interpolated between neighbours.
function stats.quantile(sorted, p)
  local at = 1 + (#sorted - 1) * p
  local low = math.floor(at)
  local high = math.min(low + 1, #sorted)
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low)
end

function stats.geomean(values)
  if #values == 1 then return values[1] end -- to the bit
  local sum = 0
  for _, v in ipairs(values) do sum = sum + math.log(v) end
  return math.exp(sum / #values)
end

local function resample(values, generator, into)
  for i = 1, #values do into[i] = values[generator:below(#values)] end
  return into
end

local function interval(mid, draws, n)
  table.sort(draws)
  local tail = (1 - stats.LEVEL) / 2
  return { mid = mid, lo = stats.quantile(draws, tail), hi = stats.quantile(draws, 1 - tail), n = n }
end

local function constant(values)
  for i = 2, #values do
    if values[i] ~= values[1] then return false end
  end
  return true
end

-- The median with its percentile interval. Values that are all the same have an interval of no width.
function stats.estimate(values, seed)
  if #values == 0 then return nil end
  local mid = stats.median(values)
  if constant(values) then return { mid = mid, lo = mid, hi = mid, n = #values } end
  local generator, draws, sample = rng.new(seed or 1, "estimate"), {}, {}
  for i = 1, stats.RESAMPLES do draws[i] = stats.median(resample(values, generator, sample)) end
  return interval(mid, draws, #values)
end

-- The geometric mean of the medians of several arrays, each resampled on its own: for ratios over workloads.
function stats.geomean_estimate(arrays, seed)
  if #arrays == 0 then return nil end
  local mids, all_constant, n = {}, true, math.huge
  for i, values in ipairs(arrays) do
    if #values == 0 then return nil end
    mids[i] = stats.median(values)
    if mids[i] < 0 then return nil end -- no geometric mean; with a zero it is zero
    all_constant = all_constant and constant(values)
    n = math.min(n, #values)
  end
  local mid = stats.geomean(mids)
  if all_constant then return { mid = mid, lo = mid, hi = mid, n = n } end
  local generator, draws, sample = rng.new(seed or 1, "geomean"), {}, {}
  for i = 1, stats.RESAMPLES do
    for k, values in ipairs(arrays) do
      for s = #sample, #values + 1, -1 do sample[s] = nil end
      mids[k] = stats.median(resample(values, generator, sample))
    end
    draws[i] = stats.geomean(mids)
  end
  return interval(mid, draws, n)
end

return stats
