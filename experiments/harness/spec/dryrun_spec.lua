local fake = require "fake"
local files = require "harness.files"
local json = require "dkjson"

describe("a dry run", function()
  local root

  before_each(function() root = fake.root() end)
  after_each(function() fake.remove(root) end)

  local FIELDS = [[
    e.configs = design.join(design.native(), design.fractional(
      { { "link", "static", "none" }, { "returns", "none", "rsb" }, { "lookup", "flat", "never" } }, { "C=AB" }))
    e.phases = { "cold", "warm" }
    e.workloads = { "alpha", "dies" }
    e.skip = function(config, workload)
      if config.name == "a" and workload.name == "dies" then return "it is no fun" end
    end]]

  local function dry(words)
    return fake.bench(root, fake.experiment(root, FIELDS), "quick = true, dry_run = true, " .. (words or ""))
  end

  it("says which trials there would be, and runs nothing", function()
    local r = dry()
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.is_false(files.exists(root .. "/results/x.db"))
    for _, part in ipairs {
      "2^(3-1), resolution III, generators C=AB\n", "  A link: static | none\n", "  I = ABC\n", "  cannot be told apart: A = BC\n",
      "  a: link=none lookup=flat returns=none\n", "left out, 4: jitlab refuses it: lookup=never: not with anything\n",
      "left out, 1: it is no fun\n  a/dies\n", "left out, 2: no warm phase: it ends by SIGSEGV\n  native/dies; b/dies\n", "trials: 29\n",
      "  2 reference: 2: ", "  3 count: 3: ", "  15 time: 5 in each of 3 rounds: ", "  9 warm: 3 in each of 3 rounds: ",
      "  time: about 7 s, a guess at 0.25 s a trial: none of these commands is in the database yet",
    } do
      assert.matches(part, r.stdout, 1, true)
    end
  end)

  it("estimates the time by what is in the database", function()
    fake.script(root .. "/build/release/programs/host/alpha", "#!/bin/sh\nsleep 0.5; echo alpha $1\n")
    local path = fake.experiment(root, "e.workloads = { 'alpha' } e.repeats = { quick = 2 }")
    assert.equal(0, fake.bench(root, path, "quick = true, seed = 1").status)
    local r = fake.bench(root, path, "quick = true, dry_run = true, rounds = 20")
    -- 21 native trials of half a second
    local seconds = tonumber(r.stdout:match("time: about (%d+) s, by earlier trials of the same commands"))
    assert.is_true(seconds and seconds >= 10 and seconds <= 16, r.stdout)
    r = fake.bench(root, fake.experiment(root), "quick = true, dry_run = true")
    assert.matches("by earlier trials of 6 of the 12 commands; the others are guessed from their mean", r.stdout, 1, true)
    path = fake.experiment(root, "e.workloads = { 'alpha' } e.precision = { width = 0.1, most = 40 }")
    r = fake.bench(root, path, "quick = true, dry_run = true")
    assert.matches("time: about %d+ s to %d+ s, by", r.stdout)
  end)

  it("is JSON when asked", function()
    local list = json.decode(dry("json = true").stdout)
    assert.equal(1, #list)
    local d = list[1]
    assert.equal("x", d.experiment)
    assert.equal(29, d.total)
    assert.equal(7, #d.skipped)
    assert.same({ "ABC" }, d.designs[1].words)
    assert.same({ config = "native", workload = "alpha", variant = "mipsel", kinds = { "time", "warm" },
      command = d.cells[1].command }, d.cells[1])
    assert.same({ 0, 29 * 0.25 }, { d.estimate.known, d.estimate.seconds })
  end)
end)
