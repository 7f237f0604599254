-- Outliers: found and named, never dropped. A median needs nobody to drop them, and a reader has to know of them.

local median = require "harness.stats.median"

local outliers = {}

outliers.SIGMAS = 3.5
outliers.FEWEST = 5 -- values; among fewer nothing can be told

-- A robust standard deviation of a list around its median: the median absolute deviation times 1.4826, as it is when it is normal.
-- Where more than half of the values are the same it is the mean absolute deviation times 1.2533. Returns it and the median.
function outliers.spread(values)
  local middle, deviations, sum = median.of(values), {}, 0
  for i, v in ipairs(values) do
    deviations[i] = math.abs(v - middle)
    sum = sum + deviations[i]
  end
  local mad = median.of(deviations)
  if mad > 0 then return 1.4826 * mad, middle end
  return 1.2533 * sum / #values, middle
end

-- The numbers of the values that lie more than 3.5 robust standard deviations from the median: Iglewicz and Hoaglin 1993, How to
-- Detect and Handle Outliers. Positive values are compared by their logarithms, as times are skewed.
function outliers.find(values)
  local found, scaled = {}, {}
  if #values < outliers.FEWEST then return found end
  local logs = true
  for _, v in ipairs(values) do logs = logs and v > 0 end
  for i, v in ipairs(values) do scaled[i] = logs and math.log(v) or v end
  local sigma, middle = outliers.spread(scaled)
  for i, v in ipairs(scaled) do
    if math.abs(v - middle) > outliers.SIGMAS * sigma then found[#found + 1] = i end
  end
  return found
end

return outliers
