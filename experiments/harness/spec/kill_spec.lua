-- A campaign is killed again and again, and still every trial is there exactly once.

local fake = require "fake"
local native = require "jitlab_native"
local rng = require "harness.rng"
local store = require "harness.store"

local KILLS, ROUNDS = 50, 120

describe("a campaign that is killed", function()
  local root

  setup(function() root = fake.root() end)
  teardown(function() fake.remove(root) end)

  local function open() return store.open(root .. "/results/x.db") end

  it("at a random moment fifty times loses no trial and makes none twice", function()
    local path = fake.experiment(root, ([[
      e.repeats = { quick = %d } e.workloads = { "alpha" } e.phases = { "cold", "warm" }]]):format(ROUNDS))
    local seed = native.clock()
    local random, seen, killed, window = rng.new(seed), 0, 0, 200 -- ms
    for _ = 1, KILLS do
      -- some before the run is entered, some in the middle of many trials
      local r = fake.bench(root, path, "quick = true, resume = true", 0.02 + random:below(window) / 1000)
      if r.ended == "timeout" then killed = killed + 1 end
      local s = open()
      local n = s:rows("SELECT count(*) AS n FROM trial")[1].n
      assert.is_true(n >= seen, ("a trial was lost, with seed %d"):format(seed))
      assert.is_true(s:rows("SELECT count(*) AS n FROM run")[1].n <= 1)
      -- not so long, on a fast host, that it is done before the last
      if n - seen > 12 then window = window * 4 // 5 elseif n == seen then window = window * 9 // 8 end
      seen = n
      s:close()
    end
    assert.is_true(seen > 20, "it came no further than trial " .. seen)
    assert.equal(KILLS, killed, "it ended before it was killed as often")
    local r = fake.bench(root, path, "quick = true, resume = true")
    assert.equal("", r.status == 0 and "" or r.stdout .. r.stderr)
    local s = open()
    assert.same({ { integrity_check = "ok" } }, s:rows("PRAGMA integrity_check"))
    assert.same({}, s:rows("PRAGMA foreign_key_check"))
    assert.equal(1, s:rows("SELECT count(*) AS n FROM run WHERE finished IS NOT NULL")[1].n)
    local rows = s:rows([[SELECT kind, count(*) AS n, count(DISTINCT cell * 1000 + replicate) AS d
      FROM trial WHERE run = 1 GROUP BY kind ORDER BY kind]])
    assert.same({ { kind = "count", n = 2, d = 2 }, { kind = "reference", n = 1, d = 1 },
      { kind = "time", n = 3 * ROUNDS, d = 3 * ROUNDS }, { kind = "warm", n = 3 * ROUNDS, d = 3 * ROUNDS } }, rows)
    -- every trial has its counters
    assert.equal(0, s:rows([[SELECT count(*) AS n FROM trial JOIN cell ON cell.id = trial.cell
      WHERE config IN ('default', 'unlinked') AND trial.id NOT IN (SELECT trial FROM counter)]])[1].n)
    s:close()
  end)
end)
