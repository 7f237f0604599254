-- How often the intervals hold the true value: 2,000 synthetic campaigns of as many rounds as the full mode has, and fewer campaigns of
-- fewer rounds. Takes half a minute. With COVERAGE in the environment it says the rates.

local stats = require "harness.stats"
local synthetic = require "synthetic"

local OPTIONS = { workloads = 4, factor = 1.1, noise = 1.5 }

-- The true median time of the first workload, and the true ratios, from very many rounds.
local function truth()
  local first, _, ratios = synthetic.new(1, OPTIONS):campaign(60001)
  local medians = {}
  for w, list in ipairs(ratios) do medians[w] = stats.median(list) end
  return stats.median(first[1]), medians
end
local TIME, RATIOS = truth()

-- How many per cent of the intervals hold the truth, for the time of a cell, a ratio, and the geometric mean over workloads.
local function coverage(n, campaigns)
  local mean = stats.geomean(RATIOS)
  local source = synthetic.new(2, OPTIONS)
  local hits = { time = 0, ratio = 0, mean = 0 }
  local function count(name, x, value)
    if x.lo <= value and value <= x.hi then hits[name] = hits[name] + 1 end
  end
  for i = 1, campaigns do
    local first, _, arrays = source:campaign(n)
    local w = i % #RATIOS + 1
    count("time", stats.estimate(first[1]), TIME)
    count("ratio", stats.ratio_estimate(arrays[w]), RATIOS[w])
    count("mean", stats.geomean_estimate(arrays, i // 40), mean) -- a run has one seed: its intervals share resamples
  end
  for name, n_hits in pairs(hits) do hits[name] = 100 * n_hits / campaigns end
  return hits
end

local function assert_within(hits, least, most)
  local said = ("%.1f %% for times, %.1f %% for ratios, %.1f %% for geometric means"):format(hits.time, hits.ratio, hits.mean)
  if os.getenv("COVERAGE") then print(said) end
  for _, name in ipairs { "time", "ratio", "mean" } do
    assert.is_true(least <= hits[name] and hits[name] <= most, said)
  end
end

describe("the 95 % interval holds the true value", function()
  it("in 93 to 97 % of 2,000 campaigns of 15 rounds", function() assert_within(coverage(15, 2000), 93, 97) end)

  it("in 93 to 97 % of campaigns of 9 rounds", function() assert_within(coverage(9, 1000), 93, 97) end)

  it("in 92 to 96 % with 5 rounds, whose range says 93.75 %", function() assert_within(coverage(5, 1000), 92, 96) end)

  it("in 72 to 78 % with 3, whose range says 75 %", function() assert_within(coverage(3, 1000), 72, 78) end)
end)
