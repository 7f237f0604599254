-- Change points in a series: how often there is one where nothing changed, and whether those that are there are found.
-- luacheck: std +busted
local changepoint = require "harness.stats.changepoint"
local distributions = require "harness.stats.distributions"
local rng = require "harness.rng"

-- n values of normal noise of standard deviation 1 around level(i).
local function series(n, seed, level)
  local generator, list = rng.new(seed, "series"), {}
  for i = 1, n do list[i] = level(i) + distributions.normal_quantile((generator:below(1000000) - 0.5) / 1000000) end
  return list
end

describe("changepoint.find", function()
  it("has few false alarms: the level is 1 %, the standard error here 0.45 %", function()
    local alarms = 0
    for seed = 1, 500 do
      if #changepoint.find(series(20, seed, function() return 100 end), seed) > 0 then alarms = alarms + 1 end
    end
    assert.is_true(alarms <= 11, alarms .. " of 500")
  end)

  it("finds a step of three standard deviations where it is", function()
    local found, near = 0, 0
    for seed = 1, 40 do
      local changes = changepoint.find(series(24, seed, function(i) return i > 14 and 103 or 100 end), seed)
      if #changes > 0 then found = found + 1 end
      if changes[1] and math.abs(changes[1].at - 15) <= 1 then near = near + 1 end
    end
    assert.is_true(found >= 38 and near >= 34, ("%d found, %d where it is"):format(found, near))
  end)

  it("finds several steps, in order", function()
    local changes = changepoint.find(series(45, 3, function(i) return i > 30 and 104 or i > 15 and 112 or 100 end), 1)
    assert.are.equal(2, #changes)
    assert.is_true(math.abs(changes[1].at - 16) <= 1 and math.abs(changes[2].at - 31) <= 1)
    assert.is_true(changes[1].p <= 0.01)
  end)

  it("is not led astray by one slow run", function()
    local values = series(30, 5, function(i) return i == 12 and 150 or 100 end)
    assert.are.same({}, changepoint.find(values, 1))
  end)

  it("says nothing of series that are too short or constant", function()
    assert.are.same({}, changepoint.find({}, 1))
    assert.are.same({}, changepoint.find({ 1, 1, 9, 9, 9 }, 1))
    assert.are.same({}, changepoint.find({ 5, 5, 5, 5, 5, 5, 5, 5, 5 }, 1))
  end)

  it("computes the energy distance as its definition says", function()
    -- All cuts of a series of four and four values: the statistic by its definition, against what decides here.
    local values, best, at = { 1, 2, 1, 3, 9, 8, 9, 7 }, -math.huge, nil
    local function mean(from, to, from2, to2, same)
      local sum, n = 0, 0
      for i = from, to do
        for j = same and i + 1 or from2, to2 do sum, n = sum + math.abs(values[i] - values[j]), n + 1 end
      end
      return sum / n
    end
    for cut = 4, 6 do
      local m, k = cut - 1, 9 - cut
      local q = m * k / 8 * (2 * mean(1, cut - 1, cut, 8) - mean(1, cut - 1, 1, cut - 1, true) - mean(cut, 8, cut, 8, true))
      if q > best then best, at = q, cut end
    end
    local cut, q = changepoint.best_cut(values, 1, 8, { 1, 2, 3, [7] = 4, [8] = 5, [9] = 6 }, 6)
    assert.are.equal(at, cut)
    assert.is_true(math.abs(q - best) < 1e-9)
  end)
end)
