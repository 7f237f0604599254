-- What the iterations inside of one process do: flat, warming up, slowing down, or no steady state. After Barrett, Bolz-Tereick,
-- Killick, Mount and Tratt 2017, Virtual Machine Warmup Blows Hot and Cold (OOPSLA): the times are cut into segments at change points,
-- and the segments are compared with the last one. Changed from there: processes here have tens of iterations and not thousands, so
-- only the mean is followed and not the variance, on the logarithms; a segment may be one iteration long at the start; and segments
-- within 1 % of each other are the same (there: within 1 ms).

local median = require "harness.stats.median"
local outliers = require "harness.stats.outliers"

local steady = {}

steady.FEWEST = 5 -- iterations; of fewer nothing is said
steady.SAME = 0.01 -- as a part: segments that differ by less are alike
steady.TAIL = 0.25 -- the part of the iterations, at the end, in which nothing may change (500 of 2000 there)

local NARROWEST = 0.001 -- the noise is taken to be at least this, else steps would be found that nobody cares for

-- The standard deviation of what is left when slow changes are taken out: from the differences of neighbours, robustly.
local function noise(values)
  local differences = {}
  for i = 2, #values do differences[i - 1] = math.abs(values[i] - values[i - 1]) end
  return math.max(NARROWEST, 1.4826 * median.of(differences) / math.sqrt(2))
end

-- Values that stand out from the seven around them, as numbers of values; those that the list begins with are its warm-up and do not
-- count. Hampel's filter.
local function standing_out(values)
  local found, leading = {}, true
  for i = 1, #values do
    local from = math.max(1, math.min(i - 3, #values - 6))
    local around = table.move(values, from, math.min(#values, from + 6), 1, {})
    local sigma, middle = outliers.spread(around)
    local out = math.abs(values[i] - middle) > outliers.SIGMAS * math.max(sigma, NARROWEST)
    leading = leading and out
    if out and not leading then found[#found + 1] = { at = i, middle = middle } end
  end
  return found
end

-- The last value of each segment of constant mean, by PELT: Killick, Fearnhead and Eckley 2012, Optimal Detection of Changepoints
-- with a Linear Computational Cost, JASA 107. The best of all segmentations by the sum of squares over the noise's variance and a
-- penalty for each change.
function steady.segments(values, sigma, penalty)
  local n, sum, square = #values, { [0] = 0.0 }, { [0] = 0.0 }
  for i = 1, n do
    sum[i], square[i] = sum[i - 1] + values[i], square[i - 1] + values[i] ^ 2
  end
  local function cost(from, to) -- of values from + 1 to to
    local s = sum[to] - sum[from]
    return math.max(0, square[to] - square[from] - s * s / (to - from)) / (sigma * sigma)
  end
  local best, last, candidates = { [0] = -penalty }, {}, { 0 }
  for to = 1, n do
    best[to] = math.huge
    for _, from in ipairs(candidates) do
      local total = best[from] + cost(from, to) + penalty
      if total < best[to] then best[to], last[to] = total, from end
    end
    local kept = {}
    for _, from in ipairs(candidates) do
      if best[from] + cost(from, to) <= best[to] then kept[#kept + 1] = from end
    end
    kept[#kept + 1] = to
    candidates = kept
  end
  local ends = {}
  local at = n
  while at > 0 do
    table.insert(ends, 1, at)
    at = last[at]
  end
  return ends
end

-- Classes the times of one process's iterations. Returns {class=, from=, level=, segments={{from=, to=, level=}, ...}, outliers={number,
-- ...}}: from: the iteration from which it is steady (nil if never), level: the median time of the last segment. nil for too few.
function steady.classify(times)
  local n = #times
  if n < steady.FEWEST then return nil end
  local logs, marked = {}, {}
  for i, t in ipairs(times) do logs[i] = math.log(math.max(t, 1e-9)) end
  local smooth = table.move(logs, 1, n, 1, {})
  for i, out in ipairs(standing_out(logs)) do smooth[out.at], marked[i] = out.middle, out.at end
  local ends = steady.segments(smooth, noise(smooth), 15 * math.log(n)) -- the penalty is the paper's
  local segments, from = {}, 1
  for i, to in ipairs(ends) do
    local part = table.move(smooth, from, to, 1, {})
    segments[i] = { from = from, to = to, level = math.exp(median.of(part)) }
    from = to + 1
  end
  local final = segments[#segments]
  local function same(segment) return math.abs(math.log(segment.level / final.level)) <= steady.SAME end
  local steady_from, fastest = 1, true
  for _, segment in ipairs(segments) do
    if not same(segment) then
      steady_from = segment.to + 1
      fastest = fastest and segment.level > final.level
    end
  end
  local result = { from = steady_from, level = final.level, segments = segments, outliers = marked }
  if steady_from == 1 then
    result.class = "flat"
  elseif steady_from > n - math.floor(n * steady.TAIL) + 1 then
    result.class, result.from = "no steady state", nil
  else
    result.class = fastest and "warming up" or "slowing down"
  end
  return result
end

-- The class of several processes together: theirs if all have the same, else "inconsistent". Also how many have each, and the
-- most frequent one.
function steady.together(results)
  local count, most = {}, nil
  for _, r in ipairs(results) do count[r.class] = (count[r.class] or 0) + 1 end
  local classes = {}
  for class in pairs(count) do classes[#classes + 1] = class end
  table.sort(classes)
  for _, class in ipairs(classes) do
    if not most or count[class] > count[most] then most = class end
  end
  return #classes == 1 and most or #classes > 1 and "inconsistent" or nil, count, most
end

return steady
