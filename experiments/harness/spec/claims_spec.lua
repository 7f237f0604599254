local catalogue = require "harness.catalogue"
local claims = require "harness.claims"
local dataset = require "harness.dataset"

-- An experiment and its data from {config = {workload = {metric = {values by round}}}}.
-- counted: all in counting trials; wall: the wall time, as a part of the CPU time.
local function judge(claim, values, counted, wall)
  local e = {
    workload = { w1 = { value = 10 }, w2 = { value = 1000 } },
    workload_names = { "w1", "w2" }, variants = { "mipsel" }, config_names = {}, config = {}, claims = { claim },
    metric = "cpu_ns", counters = {},
  }
  local trials = {}
  for config, workloads in pairs(values) do
    e.config_names[#e.config_names + 1] = config
    e.config[config] = { name = config, runner = "jitlab" }
    for workload, rounds in pairs(workloads) do
      for round, value in pairs(rounds) do
        trials[#trials + 1] = {
          config = config, workload = workload, variant = "mipsel",
          kind = counted and "count" or "time", replicate = counted and 0 or round,
          status = value == "bad" and "timeout" or "ok", user_ns = value, system_ns = 0, wall_ns = wall and value * wall,
          counters = { dispatches = { value = value } },
        }
      end
    end
  end
  table.sort(e.config_names)
  local all = catalogue.new { axes = {}, counters = { { name = "dispatches", deterministic = true } } }
  local result = claims.judge(e, dataset.new(trials, e, all, 1))[1]
  return result.verdict, result.details, result.because, result.measured
end

local function timed(factor)
  local w1, w2 = {}, {}
  for i = 1, 5 do w1[i], w2[i] = (9 + i) * factor, (19 + i) * factor end
  return { w1 = w1, w2 = w2 }
end

describe("a claim", function()
  it("about a ratio is judged by its interval", function()
    local claim = { kind = "ratio", num = "a", den = "b", metric = "cpu_ns", max = 0.5 }
    assert.equal("reproduced", (judge(claim, { a = timed(0.4), b = timed(1) })))
    assert.equal("not reproduced", (judge(claim, { a = timed(0.6), b = timed(1) })))
    local wide, tens = { 1, 9, 2, 8, 2 }, { 10, 10, 10, 10, 10 }
    local verdict, details = judge(claim, { a = { w1 = wide, w2 = wide }, b = { w1 = tens, w2 = tens } })
    assert.equal("undecided", verdict)
    assert.matches("claimed at most 0.5 %(about %d+ rounds would decide%)", details[1])
    claim = { kind = "ratio", num = "a", den = "b", metric = "cpu_ns", min = 2, max = 4 }
    assert.equal("reproduced", (judge(claim, { a = timed(3), b = timed(1) })))
    assert.equal("not reproduced", (judge(claim, { a = timed(5), b = timed(1) })))
  end)

  it("pairs the rounds, so that a host that gets slower changes nothing", function()
    local claim = { kind = "ratio", num = "a", den = "b", metric = "cpu_ns", max = 0.51, min = 0.49, workloads = "w1" }
    assert.equal("reproduced", (judge(claim, { a = { w1 = { 1, 10, 100, 1000, 9 } }, b = { w1 = { 2, 20, 200, 2000, 18 } } })))
  end)

  it("measures growth inside of rounds, without what starting takes", function()
    local seen
    local function test(q)
      local x, reason = q:growth { config = "a", start = "w0", small = "w1", large = "w2", variant = "mipsel" }
      seen = x or reason
      return q:at_most(x, 11), q:show(x, reason)
    end
    local claim = { kind = "predicate", text = "linear", test = test }
    local host = { 1, 3, 9, 2, 7 } -- how slow it is in each round
    local function data(of_large)
      local w0, w1, w2 = {}, {}, {}
      for i, slow in ipairs(host) do w0[i], w1[i], w2[i] = 10 * slow, 12 * slow, of_large * slow end
      return { a = { w0 = w0, w1 = w1, w2 = w2 } }
    end
    assert.equal("reproduced", (judge(claim, data(30))))
    assert.near(10, seen.mid, 1e-9)
    assert.equal("not reproduced", (judge(claim, data(50))))
    assert.equal("undecided", (judge(claim, { a = { w0 = { 5, 5, 5, 5, 5 }, w1 = { 5, 5, 5, 5, 5 }, w2 = { 9, 9, 9, 9, 9 } } })))
    assert.equal("w1 takes no more than w0", seen)
  end)

  it("stays undecided without data, or with too few rounds, and says why", function()
    local claim = { kind = "ratio", num = "a", den = "b", metric = "cpu_ns", max = 2, workloads = "w1" }
    local verdict, details = judge(claim, { a = { w1 = { 1, 1 } }, b = { w1 = { 1, 1 } } })
    assert.equal("undecided", verdict)
    assert.matches("only 2 timed rounds", details[1])
    verdict, details = judge(claim, { a = { w1 = { 1, 1.1, 1, 1.2 } }, b = { w1 = { 1, 1, 1, 1 } } })
    assert.equal("undecided", verdict)
    assert.matches("1%.05 %[1, 1%.20%] of only 4 timed rounds, whose interval holds the truth in 87.5 %%", details[1])
    verdict, details = judge(claim, { a = { w1 = { "bad", "bad", "bad" } }, b = { w1 = { 1, 1, 1 } } })
    assert.equal("undecided", verdict)
    assert.matches("a: timeout", details[1])
  end)

  it("needs one trial only of what is the same on every run", function()
    local claim = { kind = "ratio", num = "a", den = "b", metric = "dispatches", max = 0.1, workloads = "w1" }
    assert.equal("reproduced", (judge(claim, { a = { w1 = { 1 } }, b = { w1 = { 10 } } }, true)))
    assert.equal("not reproduced", (judge(claim, { a = { w1 = { 2 } }, b = { w1 = { 10 } } }, true)))
    assert.equal("undecided", (judge(claim, { a = { w1 = { 0 } }, b = { w1 = { 0 } } }, true)))
  end)

  it("about an order needs every step of it", function()
    local claim = { kind = "ordering", order = { "a", "b", "c" }, metric = "cpu_ns" }
    assert.equal("reproduced", (judge(claim, { a = timed(1), b = timed(2), c = timed(3) })))
    assert.equal("not reproduced", (judge(claim, { a = timed(1), b = timed(4), c = timed(3) })))
    assert.equal("not reproduced", (judge(claim, { a = timed(1), b = timed(1), c = timed(3) })))
    claim.each = true
    local worse = timed(2)
    worse.w2 = timed(9).w2
    assert.equal("not reproduced", (judge(claim, { a = timed(1), b = worse, c = timed(3) })))
  end)

  it("of many comparisons is not refused for one that chance would bring about", function()
    local claim = { kind = "ratio", num = "a", den = "b", metric = "cpu_ns", max = 1, each = true }
    local ones = { 1, 1, 1, 1, 1, 1, 1 }
    local values = { a = { w1 = { 1.01, 1.012, 1.2, 1.001, 1.1, 1.03, 1.0001 }, w2 = { 0.9, 0.8, 0.9, 0.85, 0.9, 0.88, 0.9 } },
      b = { w1 = ones, w2 = ones } }
    assert.equal("undecided", (judge(claim, values)))
    local _, details = judge(claim, values)
    assert.matches("not beyond doubt among 2 comparisons %(p 0%.%d+, Holm%)", details[1])
    claim.workloads = "w1"
    assert.equal("not reproduced", (judge(claim, values))) -- alone it is
    claim.workloads = nil
    values.a.w1 = { 1.05, 1.06, 1.05, 1.06, 1.05, 1.07, 1.05 }
    assert.equal("not reproduced", (judge(claim, values)))
  end)

  it("about equality finds what differs", function()
    local claim = { kind = "equal", metric = "dispatches" }
    assert.equal("reproduced", (judge(claim, { a = { w1 = { 5 }, w2 = { 6 } }, b = { w1 = { 5 }, w2 = { 6 } } }, true)))
    local verdict, details = judge(claim, { a = { w1 = { 5 }, w2 = { 6 } }, b = { w1 = { 5 }, w2 = { 7 } } }, true)
    assert.equal("not reproduced", verdict)
    assert.equal("w2: 6 with a, 7 with b", details[1])
    verdict, details = judge(claim, { a = { w1 = { 5 } }, b = { w1 = { "bad" } } }, true)
    assert.equal("undecided", verdict) -- that the others agree does not say that it would
    assert.equal("w1: b has none of it (timeout)", details[1])
    verdict, details = judge(claim, { a = { w1 = { 5 }, w2 = { 6 } } }, true)
    assert.equal("undecided", verdict)
    assert.equal("w1: only a has a value of dispatches", details[1])
    assert.equal("reproduced", (judge(claim, { a = { w1 = { 5 }, w2 = { 6 } }, b = { w1 = { 5 } } }, true))) -- w2 has a alone
    assert.equal("not reproduced", (judge(claim, { a = { w1 = { 5, 6, 5 }, w2 = { 1, 1, 1 } } })))
  end)

  it("about a trend follows it down to zero", function()
    local claim = { kind = "monotone", over = { "a", "b", "c" }, metric = "dispatches", dir = "down", workloads = "w1" }
    local function counts(a, b, c) return { a = { w1 = { a } }, b = { w1 = { b } }, c = { w1 = { c } } } end
    assert.equal("reproduced", (judge(claim, counts(9, 9, 0), true)))
    assert.equal("not reproduced", (judge(claim, counts(9, 3, 4), true)))
    claim.dir = "up"
    assert.equal("not reproduced", (judge(claim, counts(9, 3, 4), true)))
    assert.equal("reproduced", (judge(claim, counts(0, 3, 4), true)))
    local verdict, details = judge(claim, { a = { w1 = { 1 } }, b = { w1 = { "bad" } }, c = { w1 = { 3 } } }, true)
    assert.equal("undecided", verdict)
    assert.equal("w1: b n/a (timeout), after 1 with a", details[1])
    claim.metric = "cpu_ns"
    assert.equal("reproduced", (judge(claim, { a = timed(1), b = timed(2), c = timed(3) })))
    assert.equal("undecided", (judge(claim, { a = timed(1), b = timed(2), c = timed(2) })))
    verdict, details = judge(claim, { a = timed(1), b = timed(2), c = timed(1) })
    assert.equal("not reproduced", verdict)
    assert.equal("w1: c 12 [10, 14], after 24 [20, 28] with b", details[2])
  end)

  it("about a prediction is judged by how many times that it is", function()
    local claim = { kind = "near", config = "a", metric = "dispatches", prediction = 10, within = 0.2, workloads = "w1" }
    local function count(n) return { a = { w1 = { n } } } end
    local verdict, details, _, measured = judge(claim, count(11), true)
    assert.equal("reproduced", verdict)
    assert.equal("w1: a = 11, 10 predicted: 1.10 times that, claimed within 20 %", details[1])
    assert.same({ { what = "a", at = "w1", mid = 11, lo = 11, hi = 11, n = 1, predicted = 10 } }, measured)
    assert.equal("reproduced", (judge(claim, count(8), true)))
    assert.equal("not reproduced", (judge(claim, count(13), true)))
    assert.equal("not reproduced", (judge(claim, count(7), true)))
    verdict, details = judge(claim, count("bad"), true)
    assert.equal("undecided", verdict)
    assert.equal("w1: a = n/a (timeout)", details[1])
    claim.prediction = 0
    verdict, details = judge(claim, count(7), true)
    assert.equal("undecided", verdict)
    assert.matches("0 is predicted", details[1])
  end)

  it("about a prediction takes it from a function or another metric, and a ratio too", function()
    local claim = { kind = "near", num = "a", den = "b", metric = "cpu_ns", prediction = 2, within = 0.1 }
    assert.equal("reproduced", (judge(claim, { a = timed(2.1), b = timed(1) })))
    assert.equal("not reproduced", (judge(claim, { a = timed(2.5), b = timed(1) })))
    local wide, tens = { 19, 25, 20, 24, 20 }, { 10, 10, 10, 10, 10 }
    local verdict, details = judge(claim, { a = { w1 = wide, w2 = wide }, b = { w1 = tens, w2 = tens } })
    assert.equal("undecided", verdict)
    assert.matches("^a/b = 2 %[1%.90, 2%.50%], 2 predicted: 1 %[0%.95, 1%.25%] times that, claimed within 10 %% %(about %d+ rounds",
      details[1])
    claim.each = true
    assert.equal(2, #select(2, judge(claim, { a = timed(2.1), b = timed(1) })))

    local asked = {}
    local function by_workload(q, workload)
      asked[#asked + 1] = workload
      return q:value { config = "b", workload = workload, metric = "cpu_ns" }.mid * 3
    end
    claim = { kind = "near", config = "a", metric = "cpu_ns", prediction = by_workload, within = 0.5 }
    assert.equal("reproduced", (judge(claim, { a = timed(3), b = timed(1) })))
    assert.same({ "w1", "w2" }, asked)

    claim.prediction = "wall_ns" -- in each round, so that a host that gets slower changes nothing
    local slow = { w1 = { 1, 10, 100, 1000, 9 } }
    claim.workloads = "w1"
    assert.equal("not reproduced", (judge(claim, { a = slow }, false, 1 / 3)))
    assert.equal("reproduced", (judge(claim, { a = slow }, false, 1.1)))
    claim.metric, claim.prediction = "dispatches", "cpu_ns"
    assert.equal("undecided", (judge(claim, { a = { w1 = { 9 } } }, true)))
  end)

  it("whose function goes wrong is undecided and names the line; the others are judged", function()
    local e = { file = "mine.lua", source_text = "return function(q)\n  return q.nothing.at\nend", workload = {}, workload_names = {},
      variants = { "mipsel" }, config_names = {}, config = {}, metric = "cpu_ns", counters = {} }
    e.claims = { { kind = "predicate", text = "t", test = require("harness.mistake").compile(e)() },
      { kind = "predicate", text = "u", test = function() return true, "yes" end } }
    local results = claims.judge(e, dataset.new({}, e, catalogue.new { axes = {} }, 1))
    assert.equal("undecided", results[1].verdict)
    assert.matches("^mine.lua:2: attempt to index a nil value %(field 'nothing'%) %(in test%)$", results[1].details[1])
    assert.equal("reproduced", results[2].verdict)
  end)

  it("about a crossing needs both ends beyond doubt, and says where it is", function()
    local claim = { kind = "crossover", a = "a", b = "b", metric = "dispatches" }
    local function counts(first, last) return { a = { w1 = { first }, w2 = { last } }, b = { w1 = { 10 }, w2 = { 10 } } } end
    local verdict, details = judge(claim, counts(20, 5), true)
    assert.equal("reproduced", verdict)
    assert.equal("they cross at about 100.0", details[2])
    assert.equal("reproduced", (judge(claim, counts(5, 20), true)))
    assert.equal("not reproduced", (judge(claim, counts(20, 15), true)))
    assert.equal("undecided", (judge(claim, counts(20, 10), true)))
    claim.metric = "cpu_ns"
    local wide = { w1 = { 20, 21, 22, 23, 20 }, w2 = { 1, 9, 2, 8, 3 } }
    assert.equal("undecided", (judge(claim, { a = wide, b = { w1 = { 5, 5, 5, 5, 5 }, w2 = { 4, 4, 4, 4, 4 } } })))
    assert.equal("undecided", (judge(claim, { a = { w1 = { 9 } }, b = { w1 = { 5 } } }, true)))
  end)

  it("has the measured beside what is published of one workload, though it is about all", function()
    local claim = { kind = "ratio", num = "a", den = "b", metric = "dispatches", max = 9, published = { points = { { "w2", 3 } } } }
    local values = { a = { w1 = { 1 }, w2 = { 8 } }, b = { w1 = { 2 }, w2 = { 2 } } }
    local _, _, _, measured = judge(claim, values, true)
    assert.equal(2, #measured)
    assert.same({ "w2", 4 }, { measured[2].at, measured[2].mid })
    claim.each = true
    assert.equal(2, #select(4, judge(claim, values, true)))
  end)

  it("says why it fails, and only then", function()
    local claim = { kind = "ratio", num = "a", den = "b", metric = "dispatches", max = 0.1, workloads = "w1", because = "of the ring" }
    local _, _, because = judge(claim, { a = { w1 = { 1 } }, b = { w1 = { 10 } } }, true)
    assert.is_nil(because)
    _, _, because = judge(claim, { a = { w1 = { 2 } }, b = { w1 = { 10 } } }, true)
    assert.equal("of the ring", because)
  end)

  it("may be judged by a function of its own", function()
    local claim = { kind = "predicate", test = function(q)
      local x = q:value { config = "a", workload = "w1", metric = "dispatches" }
      return q:at_least(x, 4), q:show(x)
    end }
    local verdict, details, _, measured = judge(claim, { a = { w1 = { 5 } } }, true)
    assert.equal("reproduced", verdict)
    assert.equal("5", details[1])
    -- What it asked is what was measured for it.
    assert.same({ { what = "a, dispatches", at = "w1", mid = 5, lo = 5, hi = 5, n = 1 } }, measured)
    claim.test = function(q)
      q:note("an effect", "a", { mid = 2, lo = 1, hi = 3, n = 4 })
      return true
    end
    measured = select(4, judge(claim, { a = { w1 = { 5 } } }, true))
    assert.same({ { what = "an effect", at = "a", mid = 2, lo = 1, hi = 3, n = 4 } }, measured)
    claim.test = function() return nil, "cannot say" end
    assert.equal("undecided", (judge(claim, { a = { w1 = { 5 } } }, true)))
  end)
end)
