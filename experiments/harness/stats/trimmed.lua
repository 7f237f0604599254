-- Tests of whether paired differences are zero, and whether two samples differ: t-tests of trimmed means. A fifth of the values is set
-- aside at each end for the mean, and their size, though not their number, for its error: so one slow process in ten costs little
-- power, and false alarms stay near their rate. Tukey and McLaughlin 1963, Less Vulnerable Confidence and Significance Procedures for
-- Location Based on a Single Sample, Sankhya A 25, with the error of Yuen 1974, The Two-Sample Trimmed t for Unequal Population
-- Variances, Biometrika 61.

local distributions = require "harness.stats.distributions"

local trimmed = {}

trimmed.PART = 0.2
trimmed.FEWEST = 5 -- values; fewer decide nothing

-- The trimmed mean of values, the square of its standard error, its degrees of freedom, and how large a difference of rounding is.
local function describe(values)
  local n = #values
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
  local kept = n - 2 * cut
  return mean, square > tiny * tiny * n and square / (kept * (kept - 1)) or 0, kept - 1
end

-- The two-sided p-value of the hypothesis that the values lie around zero, and their trimmed mean; nil when there are too few.
function trimmed.test(values)
  if #values < trimmed.FEWEST then return nil end
  local mean, error, freedom = describe(values)
  if error == 0 then return math.abs(mean) <= 1e-12 and 1.0 or 0.0, mean end
  return distributions.t_two_sided(mean / math.sqrt(error), freedom), mean
end

-- The same of the hypothesis that two samples that were not paired lie around the same value (Yuen's test, with Welch's degrees of
-- freedom), and the difference of their trimmed means.
function trimmed.compare(values, others)
  if math.min(#values, #others) < trimmed.FEWEST then return nil end
  local mean, error, freedom = describe(values)
  local other_mean, other_error, other_freedom = describe(others)
  local difference, square = mean - other_mean, error + other_error
  if square == 0 then return math.abs(difference) <= 1e-12 and 1.0 or 0.0, difference end
  return distributions.t_two_sided(difference / math.sqrt(square),
    square ^ 2 / (error ^ 2 / freedom + other_error ^ 2 / other_freedom)), difference
end

return trimmed
