-- A test of whether paired differences are zero: the one-sample t-test of the trimmed mean. A fifth of the values is set aside at
-- each end for the mean, and their size, though not their number, for its error: so one slow process in ten costs little power,
-- and false alarms stay near their rate. Tukey and McLaughlin 1963, Less Vulnerable Confidence and Significance Procedures for
-- Location Based on a Single Sample, Sankhya A 25, with the error of Yuen 1974, The Two-Sample Trimmed t for Unequal Population
-- Variances, Biometrika 61.

local distributions = require "harness.stats.distributions"

local trimmed = {}

trimmed.PART = 0.2
trimmed.FEWEST = 5 -- values; fewer decide nothing

-- The two-sided p-value of the hypothesis that the values lie around zero, and their trimmed mean; nil when there are too few.
function trimmed.test(values)
  local n = #values
  if n < trimmed.FEWEST then return nil end
  local sorted = table.move(values, 1, n, 1, {})
  table.sort(sorted)
  local cut = math.floor(trimmed.PART * n + 1e-9)
  local mean, winsorized_mean = 0, 0
  for i = 1, n do
    local kept = sorted[math.min(math.max(i, cut + 1), n - cut)]
    winsorized_mean = winsorized_mean + kept / n
    if i > cut and i <= n - cut then mean = mean + sorted[i] / (n - 2 * cut) end
  end
  local square = 0
  for i = 1, n do
    local d = sorted[math.min(math.max(i, cut + 1), n - cut)] - winsorized_mean
    square = square + d * d
  end
  local tiny = 1e-12 * math.max(math.abs(sorted[1]), math.abs(sorted[n])) -- rounding, where values are the same
  if square <= tiny * tiny * n then return math.abs(mean) <= 1e-12 and 1.0 or 0.0, mean end
  local kept = n - 2 * cut
  return distributions.t_two_sided(mean / math.sqrt(square / (kept * (kept - 1))), kept - 1), mean
end

return trimmed
