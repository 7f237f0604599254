-- What the harness says of campaigns in which nothing differs, and of those in which something does.

local equivalence = require "harness.equivalence"
local stats = require "harness.stats"
local synthetic = require "synthetic"

local WORKLOADS = 4

-- Judges a synthetic campaign as an A/A experiment does: every workload, and all together.
local function judge(source, n, margin)
  local _, _, ratios = source:campaign(n)
  local comparisons, means = {}, {}
  for round = 1, n do means[round] = 0 end
  for w, list in ipairs(ratios) do
    local logs = {}
    for round, ratio in ipairs(list) do
      logs[round] = math.log(ratio)
      means[round] = means[round] + logs[round] / #ratios
    end
    comparisons[w] = { name = "w" .. w, margin = margin, logs = logs, estimate = stats.ratio_estimate(list) }
  end
  comparisons[#comparisons + 1] = { name = "all", margin = margin, logs = means, estimate = stats.geomean_estimate(ratios, 1) }
  return equivalence.judge(comparisons)
end

-- How many of `campaigns` have each verdict, as parts.
local function verdicts(factor, n, campaigns, margin, seed)
  local source = synthetic.new(seed, { workloads = WORKLOADS, factor = factor })
  local parts = { reproduced = 0, ["not reproduced"] = 0, undecided = 0 }
  for _ = 1, campaigns do
    local verdict = judge(source, n, margin)
    parts[verdict] = parts[verdict] + 1 / campaigns
  end
  return parts
end

describe("the claim that nothing differs", function()
  it("is wrongly refused in 5 % of A/A campaigns at most, over all comparisons", function()
    local parts = verdicts(1, 15, 400, 0.1, 3)
    assert.is_true(parts["not reproduced"] <= 0.07, parts["not reproduced"]) -- 5 % and two standard errors of 400
    assert.is_true(parts["not reproduced"] >= 0.005) -- a test that never refuses is none
    assert.is_true(parts.reproduced > 0.75, parts.reproduced)
  end)

  it("is undecided, and not true, where rounds are too few for the margin", function()
    local parts = verdicts(1, 7, 100, 0.01, 4)
    assert.is_true(parts.undecided > 0.9 and parts.reproduced == 0)
  end)

  it("is refused where there is a difference of 3 %, with enough rounds", function()
    assert.is_true(verdicts(1.03, 40, 60, 0.1, 5)["not reproduced"] >= 0.95)
    assert.is_true(verdicts(1 / 1.03, 40, 60, 0.1, 6)["not reproduced"] >= 0.95)
    assert.is_true(verdicts(1.03, 5, 60, 0.1, 7)["not reproduced"] < 0.5)
  end)

  it("has a sentence for what does not pass", function()
    local source = synthetic.new(8, { workloads = WORKLOADS, factor = 1.2 })
    local verdict, sentence = judge(source, 15, 0.1)
    assert.equal("not reproduced", verdict)
    assert.matches("^w1: 1%.%d+ %[.*margin 10 %%, p <0%.001 of all 5 %(Holm%)", sentence)
    verdict, sentence = judge(synthetic.new(9, { workloads = WORKLOADS }), 3, 0.1)
    assert.equal("undecided", verdict)
    assert.matches("p not to be had of 3 rounds", sentence)
  end)

  it("needs a margin, and configurations that there are", function()
    local q = { e = { config = { x = {} }, config_names = { "x" }, metric = "cpu_ns" } }
    local verdict, sentence = equivalence.claim({ a = "x", b = "y", margin = 0.1 }).test(q)
    assert.equal("undecided", verdict)
    assert.matches("unknown configuration 'y'", sentence)
    assert.has_error(function() equivalence.claim { a = "x", b = "y" } end)
  end)
end)
