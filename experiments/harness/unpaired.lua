-- Ratios of two samples that were not taken side by side: each is resampled on its own, so that the interval holds the variation of
-- both. (Within a run ratios are taken inside each round instead, see dataset.lua.)

local rng = require "harness.rng"
local stats = require "harness.stats"

local unpaired = {}

local RESAMPLES = 2000

local cache = {}

-- Of each resample of n values the ranks of the two in the middle. They depend on n alone, and so are drawn once for all samples
-- of that size.
local function middle_ranks(n)
  if cache[n] then return cache[n] end
  local generator, ranks, list = rng.new(n, "unpaired"), {}, {}
  for draw = 1, RESAMPLES do
    for i = 1, n do ranks[i] = generator:below(n) end
    table.sort(ranks)
    list[draw] = { ranks[(n + 1) // 2], ranks[n // 2 + 1] }
  end
  cache[n] = list
  return list
end

-- The median of each resample, as a function of the draw's number. stream: which of the independent draws a sample gets; without that
-- all samples of one size would be drawn alike.
local function resampled_medians(values, stream)
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local list = middle_ranks(#sorted)
  return function(draw)
    local ranks = list[(draw + stream * 37) % RESAMPLES + 1]
    return (sorted[ranks[1]] + sorted[ranks[2]]) / 2
  end
end

-- pairs_of_samples: a list of {above, below}, two lists of values each. The geometric mean of the ratios of their medians as {mid=,
-- lo=, hi=, n=}; nil when one is empty or not above zero.
function unpaired.ratio(pairs_of_samples)
  local mids, above, below, n = {}, {}, {}, math.huge
  for i, pair in ipairs(pairs_of_samples) do
    local over, under = stats.median(pair[1]), stats.median(pair[2])
    if not (over and under and over > 0 and under > 0) then return nil end
    mids[i], n = over / under, math.min(n, #pair[1], #pair[2])
    above[i], below[i] = resampled_medians(pair[1], 2 * i), resampled_medians(pair[2], 2 * i + 1)
  end
  if #mids == 0 then return nil end
  local draws, ratios = {}, {}
  for draw = 1, RESAMPLES do
    for i = 1, #mids do ratios[i] = above[i](draw) / below[i](draw) end
    draws[draw] = stats.geomean(ratios)
  end
  table.sort(draws)
  local tail = (1 - stats.LEVEL) / 2
  return { mid = stats.geomean(mids), lo = stats.quantile(draws, tail), hi = stats.quantile(draws, 1 - tail), n = n }
end

return unpaired
