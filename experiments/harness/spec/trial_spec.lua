local fake = require "fake"
local files = require "harness.files"
local store = require "harness.store"

describe("a trial", function()
  local root

  before_each(function() root = fake.root() end)
  after_each(function() fake.remove(root) end)

  local function rows(sql)
    local s = store.open(root .. "/results/x.db")
    local result = s:rows(sql)
    s:close()
    return result
  end

  -- The environments' sizes and whether addresses were randomised in the trials of native/alpha, timed ones and counting ones,
  -- as its program and jitlab saw them.
  local function layouts(fields)
    fake.script(root .. "/build/release/programs/host/alpha", ([[#!/bin/sh
echo "time ${#JITLAB_PAD} $(cat /proc/self/personality)" >>%s/log
echo alpha $1
]]):format(root))
    fake.script(root .. "/build/release/programs/mipsel/alpha", ([[#!/bin/sh
echo "count ${#JITLAB_PAD} $(cat /proc/self/personality)" >>%s/log
echo alpha $1
]]):format(root))
    local r = fake.bench(root, fake.experiment(root, [[
      e.workloads = { "alpha" }
      e.configs = { design.native(), design.config("default") }
      e.repeats = { quick = 5 }
      ]] .. fields), "quick = true, seed = 3")
    assert.equal("", r.status == 0 and "" or r.stderr)
    local log = files.read(root .. "/log")
    local sizes, fixed, n = {}, 0, 0
    for size, personality in log:gmatch("time (%d+) (%x+)") do
      sizes[size] = true
      n = n + 1
      if tonumber(personality, 16) & 0x40000 ~= 0 then fixed = fixed + 1 end
    end
    local different = 0
    for _ in pairs(sizes) do different = different + 1 end
    local size, personality = log:match("count (%d+) (%x+)")
    return { trials = n, sizes = different, fixed = fixed }, { size = size, fixed = tonumber(personality, 16) & 0x40000 ~= 0 }
  end

  it("has another environment and other addresses each time when it is timed, and always the same when it counts", function()
    local timed, counting = layouts ""
    assert.same({ trials = 6, sizes = 6, fixed = 0 }, timed) -- the reference and five rounds
    assert.same({ size = "64", fixed = true }, counting)
  end)

  it("has the layout that is declared", function()
    local timed, counting = layouts "e.layout = { time = 'fixed', count = 'vary' }"
    assert.same({ trials = 6, sizes = 1, fixed = 5 }, timed)
    assert.is_false(counting.fixed)
    assert.not_equal("64", counting.size)
  end)

  it("that is warm repeats its work in one process and keeps every time", function()
    local r = fake.bench(root, fake.experiment(root, [[
      e.phases = { "cold", "warm", "translate" }
      e.iterations = { quick = 5 }
      e.workloads = { "alpha", "dies" } ]]), "quick = true, seed = 3")
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.same({ { kind = "time", n = 18 }, { kind = "warm", n = 9 } },
      rows "SELECT kind, count(*) AS n FROM trial WHERE kind IN ('time', 'warm') GROUP BY kind ORDER BY kind")
    -- 1900 1800 1700 1600 1500: the median without the first
    assert.same({ { value = 1650.0, unit = "ns", n = 9 } },
      rows "SELECT value, unit, count(*) AS n FROM counter WHERE name = 'warm_ns' GROUP BY value, unit")
    assert.matches("left out: native/dies; default/dies; unlinked/dies: no warm phase: it ends by SIGSEGV", r.stdout, 1, true)
    assert.matches("\nwarm_ns, ms", r.stdout)
    assert.matches("\ntranslate_ns, ms", r.stdout)
    assert.matches("n/a: no warm phase", r.stdout, 1, true)
  end)

  it("that is warm and leaves too few times has failed", function()
    for _, variant in ipairs { "host", "mipsel" } do
      fake.script(("%s/build/release/programs/%s/alpha"):format(root, variant), "#!/bin/sh\necho alpha $1\n")
    end
    local r = fake.bench(root, fake.experiment(root, "e.phases = { 'warm' } e.iterations = { quick = 4 } e.workloads = { 'alpha' }"),
      "quick = true, seed = 3")
    assert.equal(1, r.status)
    assert.matches("native/alpha: exit: it left 0 times of 4 repetitions", r.stdout, 1, true)
    assert.same({}, rows "SELECT 1 FROM trial WHERE kind = 'time'")
  end)

  it("of a configuration that a design made and jitlab refuses is not run", function()
    local r = fake.bench(root, fake.experiment(root, [[
      e.configs = design.join(design.native(), design.factorial { { "lookup", "flat", "never" } }) ]]), "quick = true, seed = 3")
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.matches("left out: lookup=never/alpha; lookup=never/beta-x: jitlab refuses it: lookup=never: not with anything",
      r.stdout, 1, true)
    assert.same({}, rows "SELECT 1 FROM cell WHERE config = 'lookup=never'")
  end)

  describe("in progress", function()
    it("is a line that is written over on a terminal", function()
      local r = fake.bench(root, fake.experiment(root), "quick = true, seed = 3", 60, function(command)
        return { "script", "-q", "-e", "-c", "stty columns 100; " .. command, "/dev/null" }
      end)
      assert.equal(0, r.status)
      assert.matches("\r\27%[Kx: 23 of 24 trials, round 3 of 3, 0 s left: %w+/[%w-]+", r.stdout)
      assert.is_nil(r.stdout:find("left: [^\r\n]*\r?\n"))
    end)

    it("is a line a round elsewhere", function()
      local r = fake.bench(root, fake.experiment(root), "quick = true, seed = 3")
      assert.matches("\nx: 6 of 24 trials, round 1 of 3, %d+ s left\nx: 12 of 24 trials, round 2 of 3, %d+ s left\n", r.stderr)
      assert.is_nil(r.stderr:find("\r"))
    end)
  end)
end)
