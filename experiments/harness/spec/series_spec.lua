-- Series in time: drift over rounds, outliers, iterations inside a process, and how many rounds would decide.

local drift = require "harness.stats.drift"
local outliers = require "harness.stats.outliers"
local power = require "harness.stats.power"
local rng = require "harness.rng"
local stats = require "harness.stats"
local steady = require "harness.stats.steady"
local synthetic = require "synthetic"

-- n values by f(i), with noise of a part sigma.
local function series(n, sigma, f, seed)
  local source, list = synthetic.new(seed or 1, { workloads = 1 }), {}
  for i = 1, n do list[i] = f(i) * math.exp(sigma * source:normal()) end
  return list
end

describe("outliers", function()
  it("are found by number, on either side, and left where they are", function()
    local values = { 10, 10.2, 9.9, 10.1, 25, 10, 9.8, 10.3, 4, 10.1 }
    assert.same({ 5, 9 }, outliers.find(values))
    assert.equal(10, #values)
    assert.same({}, outliers.find { 1, 1, 1, 90 }) -- too few to tell
  end)

  it("are found where most values are the same", function()
    assert.same({ 7 }, outliers.find { 5, 5, 5, 5, 5, 5, 9, 5, 5, 5 })
    assert.same({}, outliers.find { 5, 5, 5, 5, 5, 5 })
  end)

  it("are rare among normal noise", function()
    local found = #outliers.find(series(2000, 0.03, function() return 10 end))
    assert.is_true(found <= 4, found) -- one in 2,149 lies beyond 3.5 sigmas
  end)
end)

describe("drift", function()
  it("is found in the cell that has it", function()
    local cells = {}
    for c = 1, 20 do cells["c" .. c] = series(15, 0.02, function(i) return c == 7 and 1.01 ^ i or 1 end, c) end
    cells.step = series(15, 0.02, function(i) return i > 8 and 1.1 or 1 end, 99)
    local found, looked = drift.find(cells)
    assert.equal(21, looked)
    assert.same({ "c7", "step" }, { found[1].name, found[2].name })
    assert.equal(2, #found)
    assert.is_true(found[2].change > 1.07 and found[2].change < 1.13 and found[2].p < 0.05)
  end)

  it("is seldom found where there is none, and never in few rounds", function()
    local alarms = 0
    for run = 1, 200 do
      local cells = {}
      for c = 1, 5 do cells[c .. ""] = series(15, 0.03, function() return 1 end, run * 10 + c) end
      if #(drift.find(cells)) > 0 then alarms = alarms + 1 end
    end
    assert.is_true(alarms <= 18, alarms) -- 5 % of 200 and two and a half standard errors
    assert.is_nil(drift.look { 1, 2, 3, 4, 5 })
  end)

  it("of all cells in one round is that round's", function()
    local cells = {}
    for c = 1, 8 do cells[c] = series(9, 0.01, function(i) return i == 1 and 1.15 * c or c end, c) end
    cells[3][4] = nil -- a trial that failed
    local found = drift.rounds(cells, 9)
    assert.equal(1, #found)
    assert.equal(1, found[1].round)
    assert.is_true(found[1].factor > 1.1 and found[1].factor < 1.2)
  end)
end)

describe("iterations", function()
  local function class(n, f, seed, sigma) return steady.classify(series(n, sigma or 0.004, f, seed)) end

  it("are classed as what they were made to be", function()
    for seed = 1, 30 do
      assert.equal("flat", class(40, function() return 100 end, seed).class)
      local r = class(40, function(i) return i <= 6 and 130 or 100 end, seed)
      assert.same({ "warming up", 7 }, { r.class, r.from })
      r = class(40, function(i) return i == 1 and 500 or 100 end, seed) -- translation, all in the first
      assert.same({ "warming up", 2 }, { r.class, r.from })
      r = class(40, function(i) return i <= 10 and 100 or 110 end, seed)
      assert.same({ "slowing down", 11 }, { r.class, r.from })
      assert.equal("no steady state", class(40, function(i) return i <= 34 and 100 or 115 end, seed).class)
      assert.equal("no steady state", class(60, function(i) return i % 20 < 10 and 100 or 120 end, seed).class)
      r = class(40, function(i) return i <= 5 and 150 or i <= 12 and 95 or 100 end, seed) -- was faster once
      assert.same({ "slowing down", 13 }, { r.class, r.from })
    end
  end)

  it("may have outliers, which are marked and start no segment", function()
    local r = class(40, function(i) return (i == 17 or i == 30) and 180 or 100 end, 3)
    assert.equal("flat", r.class)
    assert.same({ 17, 30 }, r.outliers)
    assert.equal(1, #r.segments)
  end)

  it("of constant time are flat, and of few nothing is said", function()
    assert.equal("flat", steady.classify({ 7, 7, 7, 7, 7, 7 }).class)
    assert.is_nil(steady.classify { 1, 2, 3, 4 })
  end)

  it("are flat where steps are smaller than what counts", function()
    assert.equal("flat", class(40, function(i) return i <= 20 and 100 or 100.7 end, 1, 0.0005).class)
  end)

  it("of several processes have one class or are inconsistent", function()
    local flat, up = { class = "flat" }, { class = "warming up" }
    assert.equal("flat", (steady.together { flat, flat }))
    local together, count, most = steady.together { up, flat, up }
    assert.equal("inconsistent", together)
    assert.same({ flat = 1, ["warming up"] = 2 }, count)
    assert.equal("warming up", most)
    assert.is_nil((steady.together {}))
  end)

  -- The best of all ways to cut a list, by trying each.
  local function best_cost(values, sigma, penalty)
    local n, best = #values, math.huge
    for cuts = 0, (1 << (n - 1)) - 1 do
      local cost, from = -penalty, 1
      for i = 1, n do
        if i == n or cuts & 1 << (i - 1) ~= 0 then
          local mean, square = 0, 0
          for k = from, i do mean = mean + values[k] / (i - from + 1) end
          for k = from, i do square = square + (values[k] - mean) ^ 2 end
          cost, from = cost + square / sigma ^ 2 + penalty, i + 1
        end
      end
      best = math.min(best, cost)
    end
    return best
  end

  local function cost_of(values, ends, sigma, penalty)
    local cost, from = -penalty, 1
    for _, to in ipairs(ends) do
      local mean, square = 0, 0
      for k = from, to do mean = mean + values[k] / (to - from + 1) end
      for k = from, to do square = square + (values[k] - mean) ^ 2 end
      cost, from = cost + square / sigma ^ 2 + penalty, to + 1
    end
    return cost
  end

  it("are cut in the best of all ways", function()
    local generator = rng.new(4)
    for _ = 1, 40 do
      local values, level = {}, 0
      for i = 1, 11 do
        if generator:below(4) == 1 then level = generator:below(5) end
        values[i] = level + generator:below(100) / 100
      end
      for _, penalty in ipairs { 1, 6, 20 } do
        local found = cost_of(values, steady.segments(values, 0.4, penalty), 0.4, penalty)
        assert.is_true(math.abs(found - best_cost(values, 0.4, penalty)) < 1e-9)
      end
    end
  end)
end)

describe("power", function()
  it("says how many rounds would decide, and they do", function()
    local source = synthetic.new(3, { workloads = 1, factor = 1.02 })
    local asked, decided, runs = {}, 0, 200
    for i = 1, 60 do
      local _, _, ratios = source:campaign(15)
      local x = stats.ratio_estimate(ratios[1])
      x.mid = 1.02 -- what is true, so that the guess has only the spread to go by
      asked[i] = power.rounds(x, 1) or 15
    end
    local rounds = math.ceil(stats.median(asked))
    for _ = 1, runs do
      local _, _, ratios = source:campaign(rounds)
      if stats.ratio_estimate(ratios[1]).lo > 1 then decided = decided + 1 end
    end
    assert.is_true(decided / runs > 0.68 and decided / runs < 0.95, ("%d rounds: %d of %d"):format(rounds, decided, runs))
  end)

  it("says nothing where nothing would help or is needed", function()
    assert.is_nil(power.rounds({ mid = 1, lo = 0.9, hi = 1.1, n = 9 }, 1))
    assert.is_nil(power.rounds({ mid = 2, lo = 1.99, hi = 2.01, n = 9 }, 1))
    assert.is_nil(power.rounds({ mid = 2, lo = 2, hi = 2, n = 9 }, 1))
  end)
end)
