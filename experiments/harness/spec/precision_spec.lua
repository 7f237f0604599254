local fake = require "fake"
local precision = require "harness.precision"
local store = require "harness.store"

describe("precision", function()
  local catalogue = { counters = {} }

  local function experiment(of, claims)
    return {
      variants = { "mipsel" }, workload_names = { "w" }, config_names = { "steady", "noisy" }, baseline = "steady", claims = claims or {},
      config = { steady = { runner = "native" }, noisy = { runner = "native" } },
      precision = { metric = "cpu_ns", width = 0.05, of = of, least = 3, most = 9 },
    }
  end

  -- Trials whose CPU times are these, a round each.
  local function trials(times)
    local list = {}
    for config, values in pairs(times) do
      for round, value in ipairs(values) do
        list[#list + 1] = { config = config, workload = "w", variant = "mipsel", kind = "time", replicate = round, status = "ok",
          user_ns = value, system_ns = 0, counters = {} }
      end
    end
    return list
  end

  local times = { steady = { 100, 101, 100, 101, 100 }, noisy = { 100, 150, 80, 120, 200 } }

  it("is that of each cell, widest first", function()
    local seen = precision.look(experiment "cells", trials(times), catalogue, 1)
    assert.equal(2, seen.total)
    assert.equal(1, seen.reached)
    assert.equal("noisy/w", seen.wide[1].name)
    assert.is_true(seen.wide[1].half > 0.2)
  end)

  it("is that of ratios, in which what hits a whole round is not seen", function()
    local both = { steady = { 100, 150, 80, 120, 200 }, noisy = { 200, 300, 160, 240, 400 } }
    assert.equal(0, precision.look(experiment "cells", trials(both), catalogue, 1).reached)
    assert.equal(1, precision.look(experiment "ratios", trials(both), catalogue, 1).reached)
  end)

  it("is that of claims about ratios", function()
    local e = experiment("claims", {
      { kind = "ratio", num = "noisy", den = "steady", metric = "cpu_ns" }, { kind = "equal", metric = "cpu_ns" },
      { kind = "ordering", order = { "steady", "noisy" }, metric = "cpu_ns", each = true },
    })
    local seen = precision.look(e, trials(times), catalogue, 1)
    assert.equal(2, seen.total)
    assert.equal(2, #seen.wide)
    assert.matches("^cpu_ns of %w+/%w+", seen.wide[1].name)
    e = experiment("claims", { { kind = "near", config = "noisy", metric = "cpu_ns" },
      { kind = "near", num = "steady", den = "steady", metric = "cpu_ns" } })
    seen = precision.look(e, trials(times), catalogue, 1)
    assert.same({ 2, 1, "cpu_ns of noisy/w" }, { seen.total, seen.reached, seen.wide[1].name })
  end)

  it("is not held up by what cannot be measured", function()
    local list = trials { steady = times.steady }
    list[#list + 1] = { config = "noisy", workload = "w", variant = "mipsel", kind = "time", replicate = 1, status = "timeout",
      counters = {} }
    local seen = precision.look(experiment "cells", list, catalogue, 1)
    assert.same({ total = 2, reached = 1, wide = {}, unmeasured = 1 }, seen)
    assert.equal("precision: 5 % of cpu_ns reached by 1 of 2 cells, 1 could not be measured",
      precision.lines(experiment("cells").precision, seen)[1])
  end)

  describe("of a run", function()
    local root

    before_each(function() root = fake.root() end)
    after_each(function() fake.remove(root) end)

    local function rounds()
      local s = store.open(root .. "/results/x.db")
      local n = s:rows("SELECT rounds FROM run")[1].rounds
      s:close()
      return n
    end

    -- warm_ns of the fake programs is the same each time.
    it("ends it when it is reached, but not before the least number of rounds", function()
      local path = fake.experiment(root, [[
        e.workloads = { "alpha" } e.phases = { "cold", "warm" } e.iterations = { quick = 3 }
        e.precision = { metric = "warm_ns", width = 0.01, least = 4, most = 40 }]])
      local r = fake.bench(root, path, "quick = true, seed = 1")
      assert.equal("", r.status == 0 and "" or r.stderr)
      assert.equal(4, rounds())
      assert.matches("x: ended after round 4 of 40, 1 % of warm_ns is reached", r.stderr, 1, true)
      assert.matches("precision: 1 % of warm_ns reached by 3 of 3 cells", r.stdout, 1, true)
    end)

    it("that was reached before the run was killed keeps the rounds that had begun", function()
      local path = fake.experiment(root, [[
        e.workloads = { "alpha" } e.phases = { "cold", "warm" } e.iterations = { quick = 3 }
        e.metric = "warm_ns"]])
      fake.bench(root, path, "quick = true, seed = 1, rounds = 9")
      local s = store.open(root .. "/results/x.db")
      assert.equal(9, s:rows("SELECT max(replicate) AS n FROM trial")[1].n)
      assert(s.db:script "UPDATE run SET finished = NULL, rounds = 40")
      s:close()
      local r = fake.bench(root, path, "quick = true, resume = true, precision = 0.5")
      assert.equal("", r.status == 0 and "" or r.stderr)
      assert.equal(9, rounds())
    end)

    it("that is not reached lets it go on to the end, and is told with the cells", function()
      local path = fake.experiment(root, "e.workloads = { 'alpha' } e.precision = { metric = 'wall_ns', width = 0.5, least = 2 }")
      local r = fake.bench(root, path, "quick = true, seed = 1, rounds = 6, precision = 0.000001")
      assert.equal("", r.status == 0 and "" or r.stderr)
      assert.equal(6, rounds())
      assert.matches("precision: 0.0001 % of wall_ns reached by 0 of 3 cells", r.stdout, 1, true)
      assert.matches("\n  not reached: native/alpha, [%d.]+ %%\n", r.stdout)
    end)
  end)
end)
