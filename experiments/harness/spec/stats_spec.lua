local stats = require "harness.stats"
local bootstrap = require "harness.stats.bootstrap"
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
    assert.same({ mid = 7, lo = 7, hi = 7, n = 3, method = "constant" }, stats.estimate { 7, 7, 7 })
    assert.same({ mid = 0.3, lo = 0.3, hi = 0.3, n = 2, method = "constant" }, stats.ratio_estimate { 0.3, 0.3 })
    assert.equal(0, stats.geomean_estimate({ { 0, 0 }, { 4, 4 } }).mid)
  end)

  it("gives the same interval for the same seed", function()
    local arrays = { { 10, 11, 9, 14, 10.5, 9.7, 12 }, { 3, 2, 3.3, 4, 3.1, 3.2, 2.8 } }
    assert.same(stats.geomean_estimate(arrays, 4), stats.geomean_estimate(arrays, 4))
    assert.not_same(stats.geomean_estimate(arrays, 4), stats.geomean_estimate(arrays, 5))
    local x = stats.geomean_estimate(arrays, 4)
    assert.is_true(x.lo < x.mid and x.mid < x.hi and x.method == "bca" and x.level == 0.95)
  end)

  it("says what level the interval of few values has", function()
    local levels = { [2] = 0.5, [3] = 0.75, [4] = 0.875, [5] = 0.9375, [6] = 0.95, [15] = 0.95 }
    for n, level in pairs(levels) do
      local values, others = {}, {}
      for i = 1, n do values[i], others[i] = i, 2 * i + i * i end
      local x = stats.estimate(values)
      assert.equal(level, x.level)
      assert.equal(n < 6 and "range" or "order statistics", x.method)
      if n < 6 then assert.same({ 1, n }, { x.lo, x.hi }) end
      assert.equal(level, stats.geomean_estimate({ values, others }, 1).level)
    end
  end)

  it("turns the interval of a ratio over with the ratio", function()
    local ratios, turned = { 0.5, 0.7, 0.4, 0.45, 0.62, 0.51, 0.9, 0.48 }, {}
    for i, r in ipairs(ratios) do turned[i] = 1 / r end
    local x, y = stats.ratio_estimate(ratios), stats.ratio_estimate(turned)
    assert.is_true(math.abs(x.lo * y.hi - 1) < 1e-12 and math.abs(x.hi * y.lo - 1) < 1e-12 and math.abs(x.mid * y.mid - 1) < 1e-12)
  end)

  it("takes the percentile interval where BCa is not defined", function()
    local lo, hi, method = bootstrap.bca(1, { 1.5, 2, 3, 4 }, { { 1, 2, 3 } }, 1.96)
    assert.equal("percentile", method)
    assert.is_true(lo >= 1.5 and hi <= 4)
    method = select(3, bootstrap.bca(2, { 1, 2, 2, 3 }, { { 2, 2, 2, 2 } }, 1.96))
    assert.equal("bca", method)
    assert.is_true(math.abs(bootstrap.bias(2, { 1, 2, 2, 2, 3 })) < 1e-12) -- ties count half: no bias
  end)

  it("takes geometric means over workloads", function()
    local x = stats.geomean_estimate { { 2, 2, 2 }, { 8, 8, 8 } }
    assert.is_true(math.abs(x.mid - 4) < 1e-12)
    assert.is_nil(stats.geomean_estimate { { 1 }, {} })
    assert.is_nil(stats.geomean_estimate { { -1 }, { 2 } })
    local one = { 3, 2, 4, 3.5, 2.2, 2.9, 3.3 }
    assert.same(stats.ratio_estimate(one), stats.geomean_estimate({ one }, 1))
    x = stats.geomean_estimate({ { 0, 0, 0, 1, 2, 3, 4 }, one }, 1) -- a counter may be zero in some rounds
    assert.is_true(x.lo == 0 and x.hi > x.mid and x.hi < math.huge)
  end)

  it("resamples rounds and not values: what hits a whole round hits its mean", function()
    local host = { 1, 1.2, 0.9, 1.1, 1.5, 0.8, 1.3, 1.05, 0.95 }
    local same, scattered = {}, {}
    for w = 1, 6 do
      same[w], scattered[w] = {}, {}
      for r, v in ipairs(host) do same[w][r], scattered[w][(r + 2 * w) % 9 + 1] = v, v end
    end
    local together, apart = stats.geomean_estimate(same, 1), stats.geomean_estimate(scattered, 1)
    assert.is_true(math.log(together.hi / together.lo) > 1.5 * math.log(apart.hi / apart.lo))
  end)

  it("keeps what rounds there are where a trial failed", function()
    local x = stats.geomean_estimate({ { 1, 2, 3, [5] = 4, [6] = 3, [7] = 2 }, { 2, 3, 4, 4, 3, 2, 3 } }, 1)
    assert.equal(6, x.n)
    assert.is_true(x.lo < x.mid and x.mid < x.hi)
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
