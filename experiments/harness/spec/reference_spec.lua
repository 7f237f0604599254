-- harness/stats against what scipy and R say (spec/reference, which has the scripts that wrote it and names the versions).

local bootstrap = require "harness.stats.bootstrap"
local distributions = require "harness.stats.distributions"
local effects = require "harness.stats.effects"
local files = require "harness.files"
local holm = require "harness.stats.holm"
local json = require "dkjson"
local median = require "harness.stats.median"
local outliers = require "harness.stats.outliers"
local ranks = require "harness.stats.ranks"
local trimmed = require "harness.stats.trimmed"

local function read(name) return assert(json.decode(files.read(SPEC.here .. "/reference/" .. name .. ".json"))) end

local function near(expected, value, part, what)
  local allowed = (part or 1e-9) * math.max(math.abs(expected), 1e-300)
  assert.is_true(math.abs(expected - value) <= allowed, ("%s: %.17g expected, not %.17g"):format(what or "", expected, value))
end

-- All resamples of n rounds, n^n of them, as counts.
local function every_resample(n)
  local list, drawn = {}, {}
  local function draw(k)
    if k > n then
      local counts = {}
      for i = 1, n do counts[i] = 0 end
      for _, i in ipairs(drawn) do counts[i] = counts[i] + 1 end
      list[#list + 1] = counts
      return
    end
    for i = 1, n do
      drawn[k] = i
      draw(k + 1)
    end
  end
  draw(1)
  return list
end

local function exhaustive_bca(values, statistic)
  local n, draws, once = #values, {}, {}
  for i = 1, n do once[i] = 1 end
  for _, counts in ipairs(every_resample(n)) do draws[#draws + 1] = statistic(counts, n) end
  table.sort(draws)
  return { bootstrap.bca(statistic(once, n), draws, { bootstrap.jackknife(n, statistic) }, -distributions.normal_quantile(0.025)) }
end

describe("against scipy", function()
  local scipy = read "scipy"

  it("has the tool's version", function() assert.matches("^scipy %d+%.%d+", scipy.made_by) end)

  it("distributions", function()
    for _, point in ipairs(scipy.distributions) do
      local value = distributions[point.f](table.unpack(point.args))
      if point.value == 0 or point.f == "normal_quantile" and math.abs(point.value) < 1e-12 then
        assert.is_true(math.abs(value - point.value) < 1e-12)
      else
        near(point.value, value, 1e-9, point.f .. " of " .. table.concat(point.args, ", "))
      end
    end
  end)

  it("quantiles", function()
    for _, q in ipairs(scipy.quantiles) do near(q.value, bootstrap.quantile(q.values, q.p), 1e-12) end
  end)

  it("BCa of a mean", function()
    local values = scipy.bca_mean.values
    local interval = exhaustive_bca(values, function(counts)
      local sum, n = 0, 0
      for i, c in ipairs(counts) do sum, n = sum + c * values[i], n + c end
      return sum / n
    end)
    near(scipy.bca_mean.interval[1], interval[1], 1e-9)
    near(scipy.bca_mean.interval[2], interval[2], 1e-9)
    assert.equal("bca", interval[3])
  end)

  it("BCa of medians, which repeat", function()
    local values, squares = scipy.bca_medians.values, {}
    for i, v in ipairs(values) do squares[i] = v * v end
    local first, second = median.of_counts(values, #values), median.of_counts(squares, #values)
    local interval = exhaustive_bca(values, function(counts, n) return (first(counts, n) + second(counts, n)) / 2 end)
    near(scipy.bca_medians.interval[1], interval[1], 1e-9)
    near(scipy.bca_medians.interval[2], interval[2], 1e-9)
  end)

  it("the interval of a median", function()
    for _, m in ipairs(scipy.median) do
      local sorted = table.move(m.values, 1, #m.values, 1, {})
      table.sort(sorted)
      local lo, hi = median.interval(sorted, 0.95)
      near(m.interval[1], lo, 1e-9)
      near(m.interval[2], hi, 1e-9)
    end
  end)

  it("the median absolute deviation", function()
    near(scipy.mad_sigma.value, (outliers.spread(scipy.mad_sigma.values)), 1e-4) -- 1.4826 is rounded
  end)

  it("the trimmed t-test", function()
    for _, t in ipairs(scipy.trimmed) do
      local p, mean = trimmed.test(t.values)
      near(t.p, p, 1e-9)
      near(t.mean, mean, 1e-9)
    end
  end)

  it("Yuen's test of two samples", function()
    for _, t in ipairs(scipy.yuen) do near(t.p, (trimmed.compare(t.first, t.second)), 1e-9) end
  end)

  it("rank tests", function()
    for _, k in ipairs(scipy.kendall) do
      local tau, p = ranks.trend(k.values)
      near(k.tau, tau, 1e-9)
      near(k.p, p, 1e-9)
    end
    for _, u in ipairs(scipy.mann_whitney) do near(u.p, ranks.differ(u.first, u.second), 1e-9) end
  end)
end)

describe("against R", function()
  local r = read "r"

  it("has the tool's version", function() assert.matches("^R version %d", r.made_by) end)

  it("Holm's correction", function()
    for i, p in ipairs(holm(r.holm.p)) do near(r.holm.adjusted[i], p, 1e-12) end
    assert.same({ 0.02, false, 0.03 }, holm { 0.01, false, 0.03 })
  end)

  it("effects and shares of a 2x2x2 design: aov's", function()
    local factors, configs, cells, at = {}, {}, {}, 0
    for i, name in ipairs { "a", "b", "c" } do factors[i] = { name = name, levels = { "1", "2" } } end
    for a = 1, 2 do
      for b = 1, 2 do
        for c = 1, 2 do
          configs[#configs + 1] = { name = ("%d%d%d"):format(a, b, c), levels = { a = "" .. a, b = "" .. b, c = "" .. c } }
          cells[#configs] = table.move(r.design.y, at + 1, at + 5, 1, {})
          at = at + 5
        end
      end
    end
    local found = assert(effects.of({ kind = "factorial", factors = factors }, configs, { cells }, 1))
    local sizes, shares = {}, { rest = found.rest, noise = found.noise }
    for _, term in ipairs(found.terms) do
      sizes[table.concat(term.factors)], shares[table.concat(term.factors)] = term.estimate, term.share
    end
    -- R's are means over rounds, ours medians: the interval holds them.
    for i, name in ipairs { "a", "b", "c" } do
      assert.is_true(sizes[name].lo <= r.design.main[i] and r.design.main[i] <= sizes[name].hi)
      near(r.design.main[i], sizes[name].mid, 0.02)
    end
    for i, name in ipairs { "ab", "ac", "bc" } do near(r.design.with[i], sizes[name].mid, 0.02) end
    for name, share in pairs(r.design.share) do near(share, shares[name], 1e-7, name) end
  end)
end)
