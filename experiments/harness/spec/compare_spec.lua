local difference = require "harness.difference"
local fail = require "harness.fail"
local json = require "dkjson"
local native = require "jitlab_native"
local runs = require "harness.runs"
local scratch = require "scratch"
local store = require "harness.store"
local stored = require "stored"
local synthetic = require "synthetic"
local stats = require "harness.stats"

describe("comparing two runs", function()
  local path
  before_each(function() path = scratch.path() end)
  after_each(function() scratch.remove(path) end)

  local function campaign(name, options)
    options.configs, options.workloads, options.rounds, options.name = 2, 2, options.rounds or 12, name
    stored.campaign(path, options)
  end

  -- Compares the two runs after sql was executed. Returns verdicts by "metric config/workload" and of each metric as a whole, notes.
  local function compare(sql)
    local s = store.open(path)
    if sql then assert(s.db:script(sql)) end
    local all, summaries, notes = difference.of(runs.load(s, runs.find(s, "1")), runs.load(s, runs.find(s, "2")))
    s:close()
    local rows, whole = {}, {}
    for _, row in ipairs(all) do rows[("%s %s/%s"):format(row.metric, row.config, row.workload)] = row end
    for _, m in ipairs(summaries) do whole[m.metric] = m end
    return rows, whole, notes
  end

  it("finds what got slower, and counters exactly", function()
    campaign("a", { seed = 1 })
    campaign("b", { seed = 2, slower = 1.5 })
    local rows, whole = compare [[UPDATE counter SET value = value - 1 WHERE name = 'host_instructions' AND trial IN (SELECT trial.id
      FROM trial JOIN cell ON cell.id = cell WHERE trial.run = 2 AND config = 'config01' AND workload = 'work01')]]
    for _, cell in ipairs { "config01/work01", "config02/work02" } do
      local row = rows["cpu_ns " .. cell]
      assert.equal("worse", row.verdict)
      assert.is_true(row.low < 1.5 and row.high > 1.4)
      assert.equal("same", rows["dispatches " .. cell].verdict)
    end
    assert.equal("worse", whole.cpu_ns.verdict)
    assert.equal("better", rows["host_instructions config01/work01"].verdict)
    assert.equal("same", rows["host_instructions config02/work01"].verdict)
    assert.equal("better", whole.host_instructions.verdict)
    assert.equal("same", whole.dispatches.verdict)
  end)

  it("finds no difference by chance among many rows", function()
    for i, name in ipairs { "a", "b" } do
      stored.campaign(path, { name = name, seed = i, configs = 6, workloads = 6, rounds = 9 })
    end
    local _, whole = compare()
    assert.same({ 36, 0, 0 }, { whole.cpu_ns.rows, whole.cpu_ns.better, whole.cpu_ns.worse })
    local rows = compare [[UPDATE trial SET user_ns = user_ns * 2 WHERE run = 2 AND cell IN
      (SELECT id FROM cell WHERE config = 'config03' AND workload = 'work05')]]
    local row = rows["cpu_ns config03/work05"]
    assert.equal("worse", row.verdict)
    assert.is_true(row.p_holm < 0.05 and row.p < row.p_holm)
  end)

  it("takes a few instructions more under QEMU, whose threads count too, for none", function()
    local function simulated(d)
      d.configs[1].runner, d.counters = "qemu", { "valgrind:instructions" }
    end
    campaign("a", { change = simulated })
    campaign("b", { change = simulated })
    local rows = compare [[
      INSERT INTO trial (run, cell, kind, replicate, status, started)
        SELECT run, id, 'valgrind', 0, 'ok', 'now' FROM cell;
      INSERT INTO counter (trial, name, value) SELECT trial.id, 'valgrind:instructions', 100000000 + trial.run * 30
        FROM trial WHERE kind = 'valgrind']]
    assert.equal("same", rows["valgrind:instructions config01/work01"].verdict)
    assert.equal("worse", rows["valgrind:instructions config02/work01"].verdict)
  end)

  it("says that it could not tell rather than that nothing changed", function()
    campaign("a", { seed = 1 })
    campaign("b", { seed = 2 })
    local rows = compare()
    assert.equal("could not tell", rows["cpu_ns config01/work01"].verdict)
    assert.equal("same", rows["max_rss_kib config01/work01"].verdict)
  end)

  it("decides nothing about times with few rounds, or on another host", function()
    campaign("a", { rounds = 3 })
    campaign("b", { rounds = 3, slower = 3 })
    local rows = compare()
    assert.same({ "could not tell", "only 3 timed rounds" },
      { rows["cpu_ns config01/work01"].verdict, rows["cpu_ns config01/work01"].reason })
    local there, _, notes = compare([[UPDATE run SET provenance = '{"host":{"cpu":{"brand":"other"}}}' WHERE id = 2]])
    assert.equal("other host", there["cpu_ns config01/work01"].reason)
    assert.equal("same", there["dispatches config01/work01"].verdict)
    assert.matches("the hosts differ", notes[1])
  end)

  it("does not set different work side by side, and says what is set otherwise", function()
    campaign("a", {})
    campaign("b", { change = function(d)
      d.workloads[2].args = { "2" }
      d.configs[1].full = { "link=other" }
    end })
    local rows, _, notes = compare()
    assert.is_nil(rows["cpu_ns config01/work02"])
    assert.is_truthy(rows["cpu_ns config01/work01"])
    assert.matches("arguments differ: work02", table.concat(notes, "\n"))
    assert.matches("config01 is set otherwise: link=other", table.concat(notes, "\n"))
  end)

  it("shows by native code how much of a change is the host's", function()
    local function with_native(d) d.configs[1].runner = "native" end
    campaign("a", { seed = 1, change = with_native })
    campaign("b", { seed = 2, slower = 2, change = with_native })
    local _, _, notes = compare()
    assert.matches("config01 does not depend on jitlab and took [12]%.%d+ ", table.concat(notes, "\n"))
  end)

  it("is JSON on request, and refuses what has nothing in common", function()
    campaign("a", {})
    campaign("b", {})
    campaign("c", { change = function(d) d.workloads[1].args, d.workloads[2].args = { "9" }, { "9" } end })
    local code = ([[package.path, package.cpath = %q, %q
      os.exit(require("harness.compare") { db = %q, old = "a", new = "b", json = true })]]):format(package.path, package.cpath, path)
    local r = native.run { argv = { "lua5.4", "-e", code }, timeout = 60, keep_stdout = 1 << 20 }
    assert.equal(0, r.status)
    local answer = json.decode(r.stdout)
    assert.equal("a", answer.before.name)
    assert.is_false(answer.paired)
    assert.is_true(#answer.rows > 20)
    local ok, message = fail.catch(require "harness.compare", { db = path, old = "a", new = "c" })
    assert.is_false(ok)
    assert.matches("have no cell in common", message)
  end)
end)

describe("a ratio of medians that were not taken side by side", function()
  it("has the interval of two medians, each resampled on its own", function()
    local rng = require "harness.rng"
    local inside, campaigns = 0, 200
    local generator = rng.new(5, "coverage")
    for campaign = 1, campaigns do
      local above, below = {}, {}
      for i = 1, 15 do above[i], below[i] = 200 + generator:below(100), 100 + generator:below(50) end
      local x = stats.ratio_of_medians({ above }, { below }, campaign // 40)
      if x.lo <= 2 and x.hi >= 2 then inside = inside + 1 end
    end
    assert.is_true(inside / campaigns >= 0.93 and inside / campaigns <= 0.98, inside / campaigns)
  end)

  it("over several cells keeps what a round did to all of them together", function()
    local source = synthetic.new(3, { workloads = 4, factor = 1.1, noise = 1.5 })
    local inside, campaigns = 0, 200
    local truth = {}
    local first, second = source:campaign(20001)
    for w = 1, 4 do truth[w] = stats.median(second[w]) / stats.median(first[w]) end
    for campaign = 1, campaigns do
      local _, above = source:campaign(9)
      local x = stats.ratio_of_medians(above, (source:campaign(9)), campaign // 40)
      if x.lo <= stats.geomean(truth) and x.hi >= stats.geomean(truth) then inside = inside + 1 end
    end
    assert.is_true(inside / campaigns >= 0.93 and inside / campaigns <= 0.985, inside / campaigns)
  end)

  it("of values that are the same is exact; there is none with a zero or nothing", function()
    assert.same({ mid = 2.0, lo = 2.0, hi = 2.0, n = 3, method = "constant" }, stats.ratio_of_medians({ { 4, 4, 4 } }, { { 2, 2, 2 } }, 1))
    assert.is_nil(stats.ratio_of_medians({ { 1, 1 } }, { { 0, 0 } }, 1))
    assert.is_nil(stats.ratio_of_medians({}, {}, 1))
    assert.is_nil(stats.ratio_of_medians({ {} }, { { 1 } }, 1))
  end)
end)
