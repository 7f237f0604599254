-- Ratios of two samples that were not taken side by side: each is resampled on its own, so that the interval holds the variation of
-- both. (Within a run ratios are taken inside each round instead, see dataset.lua.)

local rng = require "harness.rng"
local stats = require "harness.stats"

local unpaired = {}

local function resampled_median(values, generator, sample)
  for i = 1, #values do sample[i] = values[generator:below(#values)] end
  for i = #sample, #values + 1, -1 do sample[i] = nil end
  return stats.median(sample)
end

-- pairs: a list of {above, below}, two arrays each. The geometric mean of the ratios of their medians as {mid=, lo=, hi=, n=}; nil
-- when one is empty or not above zero.
function unpaired.ratio(pairs_of_samples, seed)
  local mids, n = {}, math.huge
  for i, pair in ipairs(pairs_of_samples) do
    local above, below = stats.median(pair[1]), stats.median(pair[2])
    if not (above and below and above > 0 and below > 0) then return nil end
    mids[i], n = above / below, math.min(n, #pair[1], #pair[2])
  end
  if #mids == 0 then return nil end
  local generator, draws, ratios, sample = rng.new(seed or 1, "unpaired"), {}, {}, {}
  for draw = 1, stats.RESAMPLES do
    for i, pair in ipairs(pairs_of_samples) do
      ratios[i] = resampled_median(pair[1], generator, sample) / resampled_median(pair[2], generator, sample)
    end
    draws[draw] = stats.geomean(ratios)
  end
  table.sort(draws)
  local tail = (1 - stats.LEVEL) / 2
  return { mid = stats.geomean(mids), lo = stats.quantile(draws, tail), hi = stats.quantile(draws, 1 - tail), n = n }
end

return unpaired
