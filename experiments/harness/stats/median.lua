-- The median, and the interval that order statistics give for it.

local distributions = require "harness.stats.distributions"

local median = {}

-- The median of an array, which is left as it is.
function median.of(values)
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local n = #sorted
  if n == 0 then return nil end
  if n % 2 == 1 then return sorted[n // 2 + 1] end
  return (sorted[n // 2] + sorted[n // 2 + 1]) / 2
end

-- How often [least, greatest] of n values holds the median of what they are drawn from: whatever that is, as long as values do
-- not repeat. 50 % for 2, 75 % for 3, 87.5 % for 4, 93.75 % for 5: below 6 no interval of order statistics can reach 95 %.
function median.range_level(n) return 1 - 2.0 ^ (1 - n) end

-- How often the interval from the d-th value from below to the d-th from above holds it.
local function depth_level(n, d) return 1 - 2 * distributions.binomial(d - 1, n, 0.5) end

-- The interval of a sorted array at a level, interpolated between the two pairs of order statistics around it: Hettmansperger and
-- Sheather 1986, Confidence Intervals Based on Interpolated Order Statistics, Statistics & Probability Letters 4. Its level holds
-- to within a per cent or so, for skewed distributions too. Not the percentile bootstrap: for a median that picks a single pair of order
-- statistics, whose level jumps with n (96.5 % at 15, 87.5 % at 7), and BCa is the same there, since the bias correction is 0 and
-- the jackknife knows only three values. Where the range itself falls short of the level it is the range.
-- Returns lo, hi and the level that it has.
function median.interval(sorted, level)
  local n = #sorted
  if median.range_level(n) < level then return sorted[1], sorted[n], median.range_level(n) end
  local d = 1
  while d < n // 2 and depth_level(n, d + 1) >= level do d = d + 1 end
  if 2 * d >= n then return sorted[d], sorted[n + 1 - d], level end
  local outer, inner = depth_level(n, d), depth_level(n, d + 1)
  local part = (outer - level) / (outer - inner)
  local weight = (n - d) * part / (d + (n - 2 * d) * part)
  local function between(a, b) return a == b and a or (1 - weight) * a + weight * b end
  return between(sorted[d], sorted[d + 1]), between(sorted[n + 1 - d], sorted[n - d]), level
end

-- A function of counts (how often each round was drawn) and their sum that gives the median of the values drawn; nil when none was.
-- values: by round number, with gaps where a round has none; n: the number of rounds. It is called for every resample, so it walks
-- over the values in an order that is made once.
function median.of_counts(values, n)
  local order, held = {}, {}
  for round = 1, n do
    if values[round] then order[#order + 1] = round end
  end
  table.sort(order, function(a, b) return values[a] < values[b] end)
  for i, round in ipairs(order) do held[i] = values[round] end
  local size = #order
  return function(counts, drawn)
    local total = drawn
    if size < n then
      total = 0
      for i = 1, size do total = total + counts[order[i]] end
      if total == 0 then return nil end
    end
    local middle, seen, i = (total + 1) // 2, 0, 0
    repeat
      i = i + 1
      seen = seen + counts[order[i]]
    until seen >= middle
    local first = held[i]
    if total % 2 == 1 or seen > middle then return first end
    repeat i = i + 1 until counts[order[i]] > 0
    return first == held[i] and first or (first + held[i]) / 2
  end
end

return median
