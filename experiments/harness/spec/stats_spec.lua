local stats = require "harness.stats"
local rng = require "harness.rng"

describe("statistics", function()
  it("takes medians of odd and even numbers of values", function()
    assert.equal(3, stats.median { 5, 1, 3 })
    assert.equal(2.5, stats.median { 4, 1, 2, 3 })
    assert.is_nil(stats.median {})
  end)

  it("interpolates quantiles", function()
    assert.equal(1, stats.quantile({ 1, 2, 3, 4, 5 }, 0))
    assert.equal(5, stats.quantile({ 1, 2, 3, 4, 5 }, 1))
    assert.equal(2.5, stats.quantile({ 1, 2, 3, 4 }, 0.5))
  end)

  it("gives values that never differ an interval of no width", function()
    local x = stats.estimate { 7, 7, 7 }
    assert.same({ mid = 7, lo = 7, hi = 7, n = 3 }, x)
    assert.equal(0, stats.geomean_estimate({ { 0, 0 }, { 4, 4 } }).mid)
  end)

  it("gives the same interval for the same seed", function()
    local values = { 10, 11, 9, 14, 10.5, 9.7, 12 }
    assert.same(stats.estimate(values, 4), stats.estimate(values, 4))
    local x = stats.estimate(values, 4)
    assert.is_true(x.lo <= x.mid and x.mid <= x.hi and x.lo >= 9 and x.hi <= 14)
  end)

  it("covers the true median about as often as it says", function()
    local generator, hits, runs = rng.new(3), 0, 200
    for run = 1, runs do
      local values = {}
      for i = 1, 15 do values[i] = generator:below(1000000) end
      local x = stats.estimate(values, run)
      if x.lo <= 500000 and 500000 <= x.hi then hits = hits + 1 end
    end
    assert.is_true(hits / runs > 0.88 and hits / runs <= 1, "covered " .. hits / runs)
  end)

  it("takes geometric means over workloads", function()
    local x = stats.geomean_estimate { { 2, 2, 2 }, { 8, 8, 8 } }
    assert.is_true(math.abs(x.mid - 4) < 1e-12)
    assert.is_nil(stats.geomean_estimate { { 1 }, {} })
    assert.is_nil(stats.geomean_estimate { { -1 }, { 2 } })
  end)

  it("shuffles by seed, and fairly", function()
    assert.same(rng.new(1):shuffle { 1, 2, 3, 4, 5, 6 }, rng.new(1):shuffle { 1, 2, 3, 4, 5, 6 })
    assert.not_same(rng.new(1, "a"):shuffle { 1, 2, 3, 4, 5, 6 }, rng.new(1, "b"):shuffle { 1, 2, 3, 4, 5, 6 })
    local first = { 0, 0, 0 }
    local generator = rng.new(9)
    for _ = 1, 3000 do
      local t = generator:shuffle { 1, 2, 3 }
      first[t[1]] = first[t[1]] + 1
    end
    for _, n in ipairs(first) do assert.is_true(n > 900 and n < 1100) end
  end)
end)
