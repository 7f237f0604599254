local claims = require "harness.claims"
local lines = require "harness.lines"

-- A query over costs as claims' functions get it: {config = {cost by workload}}; workload wN is of size N.
local function query(costs, names)
  local workload = {}
  for _, name in ipairs(names) do workload[name] = { value = tonumber(name:sub(2)) } end
  return {
    e = { workload = workload },
    value = function(_, q)
      assert.equal("dispatches", q.metric)
      local x = costs[q.config][tonumber(q.workload:sub(2))]
      if not x then return nil, q.workload .. " was not run with " .. q.config end
      return { mid = x, lo = x, hi = x }
    end,
    at_most = function(_, x, bound) return claims.at_most(x, bound) end,
    at_least = function(_, x, bound) return claims.at_least(x, bound) end,
    all = function(_, verdicts) return claims.all(verdicts) end,
  }
end

local NAMES = { "w1", "w4", "w10" }
local PAIR = { a = "a", b = "b", workloads = NAMES, metric = "dispatches" }
local function ask(f, a, b, ...) return f(query({ a = a, b = b }, NAMES), PAIR, ...) end
local A = { [1] = 10, [4] = 40, [10] = 100 } -- 10 a step

describe("costs that are lines", function()
  it("go through two points", function()
    local line = lines.through(2, 7, 4, 13)
    assert.same({ base = 1, slope = 3 }, line)
    assert.equal(31, lines.at(line, 10))
    local a, b = ask(lines.of, A, { [1] = 25, [4] = 0, [10] = 70 }) -- the middle is not asked
    assert.same({ base = 0, slope = 10 }, a)
    assert.same({ base = 20, slope = 5 }, b)
  end)

  it("predict a ratio for a size", function()
    assert.equal(40 / 40, ask(lines.ratio, A, { [1] = 25, [4] = 0, [10] = 70 }, "w4"))
    assert.equal(70 / 100, ask(lines.ratio, A, { [1] = 25, [4] = 0, [10] = 70 }, "w10"))
  end)

  it("cross between the sizes around", function()
    assert.equal(2, ask(lines.crossing, A, { [1] = 20, [4] = 20, [10] = 20 }))
    assert.equal(7, ask(lines.crossing, A, { [1] = 30, [4] = 55, [10] = 85 }))
    assert.equal(0, ask(lines.crossing, A, { [1] = 9, [4] = 100, [10] = 2 }))
    assert.same({ nil, "they do not cross" }, { ask(lines.crossing, A, { [1] = 11, [4] = 41, [10] = 101 }) })
  end)

  it("pay where they are predicted to, or from before the smallest size on", function()
    local b = { [1] = 25, [4] = 40, [10] = 70 } -- 20 and 5 a step
    local verdict, found = ask(lines.pays, A, b, 0.01)
    assert.equal("reproduced", verdict)
    assert.same({ measured = 4, predicted = 4, more = 20, saved = 5 }, found)
    b[4] = 46 -- crosses at 5
    assert.equal("reproduced", (ask(lines.pays, A, b, 0.26)))
    assert.equal("not reproduced", (ask(lines.pays, A, b, 0.1)))
    b[4] = 34 -- crosses at 3.14
    assert.equal("reproduced", (ask(lines.pays, A, b, 0.26)))
    assert.equal("not reproduced", (ask(lines.pays, A, b, 0.1)))
    assert.equal("reproduced", (ask(lines.pays, A, { [1] = 9, [4] = 20, [10] = 50 }, 0.1))) -- predicted from 0.8 on
    local flat, dearer = { [1] = 10, [4] = 10, [10] = 10 }, { [1] = 9, [4] = 9, [10] = 20 } -- up to 1.8, not from there on
    assert.equal("not reproduced", (ask(lines.pays, flat, dearer, 0.1)))
  end)

  it("are nothing where a value is missing", function()
    assert.same({ nil, "w1 was not run with a" }, { ask(lines.of, {}, A) })
    assert.same({ nil, "w10 was not run with b" }, { ask(lines.of, A, { [1] = 1 }) })
    assert.same({ nil, "w10 was not run with b" }, { ask(lines.ratio, A, { [1] = 1 }, "w4") })
    assert.same({ nil, "w4 was not run with b" }, { ask(lines.crossing, A, { [1] = 11 }) })
    assert.same({ nil, "w4 was not run with a" }, { ask(lines.pays, { [1] = 1 }, { [1] = 11 }, 0.1) })
    assert.same({ nil, "they do not cross" }, { ask(lines.pays, A, { [1] = 11, [4] = 41, [10] = 101 }, 0.1) })
  end)
end)
