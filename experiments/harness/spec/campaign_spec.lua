local fake = require "fake"
local catalogue = require "harness.catalogue"
local dataset = require "harness.dataset"
local files = require "harness.files"
local json = require "dkjson"
local store = require "harness.store"

describe("a campaign", function()
  local root

  before_each(function() root = fake.root() end)
  after_each(function() fake.remove(root) end)

  local function bench(path, words, timeout) return fake.bench(root, path, words, timeout) end

  local function open() return store.open(root .. "/results/x.db") end

  it("runs every cell in every round, in an order that the seed decides", function()
    local path = fake.experiment(root)
    local r = bench(path, "seed = 7, quick = true")
    assert.equal("", r.status == 0 and "" or r.stderr)
    local s = open()
    local counts = s:rows("SELECT kind, count(*) AS n FROM trial GROUP BY kind ORDER BY kind")
    assert.same({ { kind = "count", n = 4 }, { kind = "reference", n = 2 }, { kind = "time", n = 18 } }, counts)
    local function order(run)
      local list = {}
      for _, t in ipairs(s:trials(run)) do list[#list + 1] = t.config .. "/" .. t.workload .. t.kind .. t.replicate end
      return list
    end
    s:close()
    bench(path, "seed = 7, quick = true")
    bench(path, "seed = 8, quick = true")
    s = open()
    assert.same(order(1), order(2))
    assert.not_same(order(1), order(3))
    -- interleaved: each round has all its cells before the next begins
    local last = 0
    for _, t in ipairs(s:trials(1)) do
      if t.kind == "time" then
        assert.is_true(t.replicate >= last)
        last = t.replicate
      end
    end
    local provenance = json.decode(s:rows("SELECT provenance FROM run WHERE id = 1")[1].provenance)
    assert.is_string(provenance.jitlab_sha256)
    assert.is_string(provenance.guest_sha256["mipsel/alpha"])
    assert.is_string(provenance.host.cpu.brand)
    s:close()
  end)

  it("leaves tables, claims and a plot behind", function()
    local r = bench(fake.experiment(root, [[
      e.claims = { { kind = "ratio", text = "links cut dispatches", num = "default", den = "unlinked", metric = "dispatches", max = 0.1 } }
      e.counters = { "dispatches", "PAPI_TOT_INS" }
      e.plots = { { kind = "bars" } }]]), "quick = true, seed = 1")
    assert.equal(0, r.status)
    assert.matches("reproduced: links cut dispatches", r.stdout)
    assert.matches("default/unlinked = 0.01, claimed at most 0.1\n", r.stdout, 1, true)
    assert.matches("n/a: PAPI cannot count it here (add: Event does not exist)", r.stdout, 1, true)
    local directory = r.stdout:match("files (%S+)/\n")
    for _, name in ipairs { "table.csv", "table.json", "claims.txt", "plot.png", "plot.gp" } do
      assert.is_true(files.exists(directory .. "/" .. name), name)
    end
    local document = json.decode(files.read(directory .. "/table.json"))
    assert.equal(1, document.seed)
    local big
    for _, row in ipairs(document.rows) do
      if row.metric == "big" and row.config == "default" then big = row.median end
    end
    assert.equal(9007199254740993, big)
    assert.matches("\ndefault,alpha,mipsel,host_per_guest,1,2.5,2.5,2.5,", files.read(directory .. "/table.csv"), 1, true)
  end)

  it("gives each way of failing its own status and keeps it out of the figures", function()
    local r = bench(fake.experiment(root, [[
      e.workloads = { "alpha" }
      e.timeout = { quick = 4 } -- a loaded machine takes its time to fill the memory
      e.count = false
      e.repeats = { quick = 1 }
      e.configs = { design.native(), design.config("default") }
      e.memory_mib = 64
      for _, name in ipairs { "wrong", "crash", "hang", "refuse", "seven", "hog", "full" } do
        e.configs[#e.configs + 1] = design.config(name, { lookup = name })
      end]]), "quick = true, seed = 1")
    assert.equal(1, r.status)
    local s = open()
    local found = {}
    for _, t in ipairs(s:trials(1)) do
      if t.kind == "time" then found[t.config] = t.status end
    end
    s:close()
    assert.same({ native = "ok", default = "ok",
      wrong = "mismatch", crash = "signal", hang = "timeout", refuse = "refused", seven = "exit",
      hog = "memory", full = "memory" }, found)
    assert.matches("trials that failed: 7 of 10", r.stdout)
    assert.matches("hog/alpha: memory: killed at its memory limit", r.stdout, 1, true)
    assert.matches("full/alpha: memory: jitlab: memory limit reached", r.stdout, 1, true)
    assert.matches("crash/alpha: signal: signal 11 instead of 0", r.stdout, 1, true)
    assert.matches("hang/alpha: timeout: killed at its time limit", r.stdout, 1, true)
    assert.matches("wrong/alpha: mismatch: its output is not the native program's", r.stdout, 1, true)
    assert.matches("refused: jitlab: no such thing", r.stdout)
    assert.matches("exit status 7 instead of 0", r.stdout)
  end)

  it("takes the signal that the manifest expects for an end like any other", function()
    local r = bench(fake.experiment(root, [[e.workloads = { "dies" }]]), "quick = true, seed = 1")
    assert.equal(0, r.status)
    assert.matches("dies", r.stdout)
  end)

  it("measures nothing of a workload whose reference fails", function()
    fake.script(root .. "/build/release/programs/host/beta", "#!/bin/sh\nexit 1\n")
    local r = bench(fake.experiment(root), "quick = true, seed = 1")
    assert.equal(1, r.status)
    local s = open()
    assert.equal(0, s:rows([[SELECT count(*) AS n FROM trial JOIN cell ON cell.id = trial.cell
      WHERE workload = 'beta-x' AND kind <> 'reference']])[1].n)
    s:close()
  end)

  it("runs only what the filter lets through, and refuses a filter that lets through nothing", function()
    local path = fake.experiment(root)
    assert.equal(0, bench(path, "quick = true, filter = '*/alpha'").status)
    local s = open()
    assert.equal(0, s:rows("SELECT count(*) AS n FROM cell WHERE workload <> 'alpha'")[1].n)
    s:close()
    local r = bench(path, "quick = true, filter = 'nothing'")
    assert.equal(2, r.status)
    assert.matches("no cell is left by the filter nothing", r.stderr)
    assert.equal(0, bench(path, "quick = true, filter = '!unlinked'").status)
    s = open()
    local configs = s:rows([[SELECT DISTINCT config FROM cell WHERE run = (SELECT max(id) FROM run) AND config <> 'reference'
      ORDER BY config]])
    assert.same({ { config = "default" }, { config = "native" } }, configs)
    s:close()
  end)

  it("measures the programs of a folder instead of its own, and compares output only where it is always the same", function()
    local folder = root .. "/mine"
    for _, variant in ipairs { "host", "mipsel" } do
      files.mkdir(folder .. "/" .. variant)
      fake.script(folder .. "/" .. variant .. "/steady", "#!/bin/sh\necho steady\n")
      fake.script(folder .. "/" .. variant .. "/clock", "#!/bin/sh\necho $$\n")
      fake.script(folder .. "/" .. variant .. "/wrong", ("#!/bin/sh\necho %s\n"):format(variant))
    end
    local path = fake.experiment(root, [[e.claims = {
      { kind = "ratio", text = "about its own", num = "default", den = "native", metric = "cpu_ns", max = 1000, workloads = { "alpha" } },
      { kind = "ratio", text = "about all", num = "default", den = "native", metric = "cpu_ns", max = 1000 } }]])
    local r = bench(path, ("quick = true, programs = %q"):format(folder))
    assert.equal("", r.status == 1 and "" or r.stderr)
    assert.matches("clock: prints something else each time", r.stderr)
    assert.matches("about all", r.stdout)
    assert.is_nil(r.stdout:find("about its own"))
    local s = open()
    local states = s:rows([[SELECT workload, status, count(*) AS n FROM trial JOIN cell ON cell.id = trial.cell
      WHERE kind = 'time' AND config = 'default' GROUP BY workload, status ORDER BY workload]])
    assert.same({ { workload = "clock", status = "ok", n = 3 }, { workload = "steady", status = "ok", n = 3 },
      { workload = "wrong", status = "mismatch", n = 3 } }, states)
    s:close()
    r = bench(path, ("quick = true, programs = %q"):format(root .. "/guests"))
    assert.equal(2, r.status)
    assert.matches("there is no program in .*/guests/host", r.stderr)
  end)

  it("starts anew when what would be resumed is no longer the same", function()
    local path = fake.experiment(root)
    bench(path, "quick = true, resume = true", 0.12)
    fake.script(root .. "/build/release/programs/mipsel/alpha", "#!/bin/sh\necho alpha $1 \n")
    local r = bench(path, "quick = true, resume = true")
    assert.equal(0, r.status)
    local s = open()
    local last = s:rows("SELECT max(id) AS id FROM run")[1].id
    assert.equal(24, s:rows("SELECT count(*) AS n FROM trial WHERE run = ?", last)[1].n)
    s:close()
  end)

  it("names the unfinished run that it does not go on with", function()
    local path = fake.experiment(root)
    assert.equal(0, bench(path, "quick = true").status)
    local s = open()
    s:rows("UPDATE run SET finished = NULL")
    local name = s:rows("SELECT name FROM run")[1].name
    s:close()
    local r = bench(fake.experiment(root, "e.summary = 'another file'"), "quick = true, resume = true")
    assert.equal(0, r.status)
    assert.matches("x: no unfinished run of the same cells, counters and programs is in the database (" .. name .. " is one of another "
      .. "file, filter, mode, counters, jitlab or guest programs); a new one begins\n", r.stderr, 1, true)
  end)

  it("ends early to stay within its budget, with whole rounds", function()
    fake.script(root .. "/build/release/programs/host/alpha", "#!/bin/sh\nsleep 0.2; echo alpha $1\n")
    local path = fake.experiment(root, [[e.repeats = { quick = 50 } e.budget = { quick = 1.2 } e.workloads = { "alpha" } ]])
    local r = bench(path, "quick = true, seed = 1")
    assert.equal(0, r.status)
    assert.matches("ended after round %d+ of 50, to stay within", r.stderr)
    local s = open()
    local rounds = s:rows("SELECT rounds FROM run")[1].rounds
    assert.is_true(rounds >= 5 and rounds < 50)
    assert.equal(rounds * 3, s:rows("SELECT count(*) AS n FROM trial WHERE kind = 'time'")[1].n)
    s:close()
  end)

  it("says why a counter is not there", function()
    local all = catalogue.load()
    local e = { variants = { "mipsel" }, config = { n = { runner = "native" }, j = { runner = "jitlab" } } }
    local trial = {
      workload = "w", variant = "mipsel", kind = "time", replicate = 1, status = "ok", user_ns = 1, system_ns = 1, counters = {},
    }
    local function with(config)
      local t = { config = config }
      for k, v in pairs(trial) do t[k] = v end
      return t
    end
    local data = dataset.new({ with "n", with "j" }, e, all, 1)
    assert.same({ nil, "counted only inside jitlab" }, { data:value("n", "w", nil, "dispatches") })
    assert.same({ nil, "not asked for with --counters" }, { data:value("j", "w", nil, "PAPI_TOT_INS") })
    assert.same({ nil, "not run" }, { data:value("j", "other", nil, "cpu_ns") })
  end)

  it("has no counts for a guest instruction where part of the guest runs as host code", function()
    local all = catalogue.load()
    local e = { variants = { "mipsel" }, config = { whole = { runner = "jitlab" }, part = { runner = "jitlab", host_code = true } } }
    local trials = {}
    for config in pairs(e.config) do
      trials[#trials + 1] = { config = config, workload = "w", variant = "mipsel", kind = "count", replicate = 0, status = "ok",
        counters = { host_instructions = { value = 30 }, guest_instructions = { value = 10 }, dispatches = { value = 5 } } }
    end
    local data = dataset.new(trials, e, all, 1)
    assert.equal(3, data:value("whole", "w", nil, "host_per_guest").mid)
    local why = "part of the guest runs as host code, and only the rest of its instructions is counted"
    for _, metric in ipairs { "host_per_guest", "dispatches/guest_instructions", "guest_instructions/dispatches" } do
      assert.same({ nil, why }, { data:value("part", "w", nil, metric) })
    end
    assert.same({ nil, "part: " .. why }, { data:ratio("part", "whole", "w", nil, "host_per_guest") })
    for metric, value in pairs { guest_instructions = 10, host_instructions = 30, ["host_instructions/dispatches"] = 6 } do
      assert.equal(value, data:value("part", "w", nil, metric).mid)
    end
  end)
end)
