-- The regression gate: what counts as worse, baselines that are no good, times looked at again and again, the files it writes, history.
-- luacheck: std +busted
local json = require "dkjson"
local baseline = require "harness.regress.baseline"
local distributions = require "harness.stats.distributions"
local fail = require "harness.fail"
local fake = require "fake"
local files = require "harness.files"
local gate = require "harness.regress.gate"
local history = require "harness.regress.history"
local junit = require "harness.regress.junit"
local markdown = require "harness.regress.markdown"
local native = require "jitlab_native"
local present = require "harness.regress.present"
local rng = require "harness.rng"
local scratch = require "scratch"
local store = require "harness.store"
local timing = require "harness.regress.timing"

local GATES = { host_instructions = { each = 0.01, overall = 0.005, slack = 0 }, dispatches = { each = 0.05, overall = 0.02, slack = 10 } }
local ORDER = { "host_instructions", "dispatches" }

-- One cell whose work is the same; a, b: {host_instructions, dispatches} before and after.
local function cell(name, a, b)
  local function counters(v) return { guest_instructions = 1000, host_instructions = v[1], dispatches = v[2] } end
  return { cell = name, old = counters(a), new = counters(b) }
end

local function verdict(cells, gates)
  local rows, overall = gate.judge(cells, gates or GATES, ORDER)
  return present.conclude({ rows = rows, overall = overall, failures = {}, notes = {} })
end

describe("gate", function()
  it("lets a cell rise as far as it may and no further", function()
    assert.are.equal("same", verdict({ cell("a", { 10000, 5 }, { 10000, 5 }) }).verdict)
    assert.are.equal("same", verdict({ cell("a", { 10000, 5 }, { 10050, 5 }) }).verdict)
    assert.are.equal("worse", verdict({ cell("a", { 10000, 5 }, { 10101, 5 }) }).verdict)
    assert.are.equal("better", verdict({ cell("a", { 10000, 5 }, { 9800, 5 }) }).verdict)
  end)

  it("lets small counters rise by some events, from zero too", function()
    assert.are.equal("same", verdict({ cell("a", { 10000, 0 }, { 10000, 0 }) }).verdict)
    assert.are.equal("worse", verdict({ cell("a", { 10000, 0 }, { 10000, 11 }) }).verdict)
    local row = gate.judge({ cell("a", { 10000, 20 }, { 10000, 29 }) }, GATES, ORDER)[2]
    assert.are.equal("same", row.verdict)
  end)

  it("finds a rise of all cells that is allowed to each", function()
    local cells = {}
    for i = 1, 8 do cells[i] = cell("c" .. i, { 10000, 5 }, { 10080, 5 }) end
    local result = verdict(cells)
    assert.are.equal("worse", result.verdict)
    assert.is_truthy(result.reason:find("host_instructions of all cells together", 1, true))
  end)

  it("lets no gain elsewhere hide a loss", function()
    assert.are.equal("worse", verdict({ cell("a", { 10000, 5 }, { 5000, 5 }), cell("b", { 10000, 5 }, { 10200, 5 }) }).verdict)
  end)

  it("does not compare other work, nor what nobody can compare", function()
    local other = cell("a", { 10000, 5 }, { 20000, 5 })
    other.new.guest_instructions = 1100
    local result = verdict({ other })
    assert.are.equal("could not tell", result.verdict)
    assert.is_truthy(result.reason:find("1100 instructions instead of 1000", 1, true))
    other.new = { guest_instructions = 1001, host_instructions = 10010, dispatches = 50 } -- a part of 0.001 more of both
    assert.are.equal("could not tell", verdict({ other }).verdict)
    other.new.host_instructions = 10150
    assert.are.equal("worse", verdict({ other }).verdict)
    other.new = { guest_instructions = 1002, host_instructions = 20000, dispatches = 50 }
    assert.are.equal("could not tell", verdict({ other }).verdict)
    assert.are.equal("worse", verdict({ other, cell("b", { 10000, 5 }, { 10200, 5 }) }).verdict)
  end)

  it("says failed when nothing was measured", function()
    assert.are.equal("failed", verdict({}).verdict)
    assert.are.equal(2, present.status(verdict({})))
  end)

  it("takes thresholds from the command line", function()
    assert.are.equal("same", verdict({ cell("a", { 10000, 5 }, { 10200, 5 }) }, gate.with(GATES, 0.03, 0.03)).verdict)
    assert.are.equal("worse", verdict({ cell("a", { 10000, 5 }, { 10001, 5 }) }, gate.with(GATES, 0, 0)).verdict)
  end)
end)

describe("baseline", function()
  local path = os.tmpname()
  local good = { experiment = "x", features = { "movbe" }, gates = GATES, programs = { ["mipsel/a"] = "00" },
    made = { commit = "abc", date = "2026-01-01" },
    cells = { { cell = "default/a", program = "mipsel/a", arguments = "1 2", settings = "", counters = { guest_instructions = 5 } } } }
  teardown(function() os.remove(path) end)

  it("comes back as it was written", function()
    baseline.write(path, good)
    local b = baseline.read(path)
    assert.are.same(good.cells, b.cells)
    assert.are.same(good.gates, b.gates)
    assert.are.equal("mipsel/a", b.cell["default/a"].program)
  end)

  it("is refused in one line wherever it is cut off", function()
    baseline.write(path, good)
    local content = files.read(path)
    for n = 0, #content - 3, 7 do
      files.write(path, content:sub(1, n))
      local ok, message = fail.catch(baseline.read, path)
      assert.is_false(ok, "cut off at " .. n)
      assert.is_nil(message:find("\n"))
      assert.is_truthy(message:find(path, 1, true))
    end
  end)

  it("is refused whatever one of its values is", function()
    baseline.write(path, good)
    local content = files.read(path)
    for _, change in ipairs { { '"schema": 1', '"schema": 2' }, { '"schema": 1', '"schema": "1"' }, { '"x"', "7" },
      { '%["movbe"%]', "[1]" },
      { '"each": 0.01', '"each": "much"' }, { '"slack": 10', '"slack": null' }, { '"guest_instructions": 5', '"guest_instructions": 5.5' },
      { '"guest_instructions": 5', '"other": 5' }, { '"program": "mipsel/a"', '"program": "mipsel/b"' },
      { '"commit": "abc"', '"commit": 1' },
      { '"cells": %[.*%]', '"cells": []' }, { '"arguments": "1 2"', '"arguments": []' } } do
      local changed, n = content:gsub(change[1], change[2])
      assert.is_true(n > 0, change[1])
      files.write(path, changed)
      local ok, message = fail.catch(baseline.read, path)
      assert.is_false(ok, change[2])
      assert.is_nil(message:find("\n"))
    end
  end)

  it("switches off all features but its own, whatever the host has", function()
    local catalogue = { answer = { host_features = { { name = "a", on = true }, { name = "b", on = false }, { name = "c", on = true } } } }
    assert.are.equal("b,c", baseline.disabled({ "a" }, catalogue))
    assert.are.same({ "a", "c" }, baseline.features_here(catalogue))
    local unknown, missing = baseline.missing_features({ "a", "b", "x" }, catalogue)
    assert.are.same({ { "x" }, { "b" } }, { unknown, missing })
  end)
end)

describe("timing", function()
  -- A campaign of four cells whose times differ by the factor `slower` and noise of 3 %; returns the verdict and the rounds that it took.
  local function campaign(seed, slower, most)
    local generator, cells = rng.new(seed, "timing"), {}
    for i = 1, 4 do cells[i] = { cell = "c" .. i, ratios = {} } end
    for round = 1, most do
      for _, c in ipairs(cells) do
        local z = distributions.normal_quantile((generator:below(1000000) - 0.5) / 1000000)
        c.ratios[round] = slower * math.exp(0.03 * z)
      end
      if timing.look(round) then
        local _, _, said = timing.judge(cells, { each = 0.05, overall = 0.02 }, timing.SHARE)
        if said ~= "could not tell" then return said, round end
      end
    end
    return "could not tell", most
  end

  local function verdicts(slower, most, n)
    local count = { same = 0, better = 0, worse = 0, ["could not tell"] = 0 }
    for seed = 1, n do
      local said = campaign(seed, slower, most)
      count[said] = count[said] + 1
    end
    return count
  end

  it("looks at growing distances, and no oftener than the shares of its level allow", function()
    local looks = {}
    for rounds = 1, timing.MOST do
      local k = timing.look(rounds)
      if k then looks[k] = rounds end
    end
    assert.are.equal(6, looks[1])
    assert.are.equal(timing.LOOKS - 1, #looks)
  end)

  it("calls unchanged code the same, and never worse", function()
    local count = verdicts(1, 40, 60)
    assert.are.equal(0, count.worse)
    assert.is_true(count.same >= 55, count.same .. " of 60")
  end)

  it("calls code at its limit worse no oftener than its level says", function()
    local count = verdicts(1.02, 30, 60)
    assert.is_true(count.worse <= 6, count.worse .. " of 60")
    assert.is_true(count.same + count.better <= 6)
  end)

  it("finds code that is 5 % slower, and code that is 5 % faster", function()
    assert.is_true(verdicts(1.05, 40, 30).worse >= 28)
    local faster = verdicts(0.95, 40, 30) -- it may be seen to be below its limit before it is seen to be better
    assert.is_true(faster.better >= 20 and faster.better + faster.same == 30, faster.better .. " of 30")
  end)

  it("cannot tell from few rounds", function()
    local rows, total, said = timing.judge({ { cell = "a", ratios = { 1, 1.01, 0.99 } } }, { each = 0.05, overall = 0.02 }, 0.05, 1)
    assert.are.equal("could not tell", said)
    assert.are.equal("too few rounds", rows[1].reason)
    assert.is_truthy(total.lo and total.hi)
  end)
end)

describe("reports", function()
  local bad = { title = "a <b> & \"c\"", before = "x|y", rows = {}, overall = {}, failures = {}, notes = {} }
  bad.rows, bad.overall = gate.judge({ cell("d/<a>", { 10000, 5 }, { 10200, 5 }), { cell = "d/b", reason = "no \1 & baseline" } },
    GATES, ORDER)
  present.conclude(bad)

  it("write XML that is well-formed", function()
    local xml = junit(bad)
    for _, text in ipairs { 'failures="2"', 'skipped="1"', 'errors="0"', 'name="d/&lt;a&gt;"', "&amp; &quot;c&quot;",
      "no ? &amp; baseline" } do
      assert.is_truthy(xml:find(text, 1, true), text)
    end
    local open = 0
    for closing, tag, ending in xml:gsub("<%?.-%?>", ""):gmatch("<(/?)([%w-]+)[^>]-(/?)>") do
      assert.is_truthy(#tag > 0)
      open = open + (closing == "/" and -1 or ending == "/" and 0 or 1)
    end
    assert.are.equal(0, open)
  end)

  it("write Markdown tables whose cells do not break them", function()
    local page = markdown(bad)
    assert.is_truthy(page:find("**worse**", 1, true))
    assert.is_truthy(page:find("x\\|y", 1, true))
    for line in page:gmatch("\n(|[^\n]*)") do
      local _, bars = line:gsub("\\|", ""):gsub("|", "")
      assert.is_true(bars == 6 or bars == 8, line)
    end
  end)
end)

describe("the command", function()
  local root
  setup(function() root = fake.root() end)
  teardown(function() fake.remove(root) end)

  -- bench.lua regress on the fake root; returns its status and what it printed.
  local function regress(words)
    local code = ([[
      package.path, package.cpath = %q, %q
      require("harness.paths").set_root(%q)
      local fail = require "harness.fail"
      local args = { baseline = %q, db = %q, out = %q, words = {}, time_limit = 0, %s }
      local ok, status = xpcall(require("harness.regress.command").main, function(e) return e end, args)
      if not ok then io.stderr:write(tostring(status), "\n") end
      os.exit(ok and status or fail.is(status) and status.status or 70, true)
    ]]):format(package.path, package.cpath, root, root .. "/base.json", root .. "/r.db", root .. "/results", words or "")
    local r = native.run { argv = { "lua5.4", "-e", code }, timeout = 60, keep_stdout = 1 << 20, keep_stderr = 1 << 20 }
    return r.status, r.stdout, r.stderr
  end

  -- Changes what the fake jitlab says or does.
  local function change(pattern, replacement)
    local path = root .. "/build/release/jitlab"
    local content, n = files.read(path):gsub(pattern, replacement)
    assert.are.equal(1, n)
    fake.script(path, content)
  end

  it("says same, worse, failed and could not tell by its status", function()
    local x = fake.experiment(root)
    assert.are.equal(0, (regress(("update = true, experiment = %q"):format(x))))
    local status, out = regress(("junit = %q"):format(root .. "/j.xml"))
    assert.are.equal(0, status)
    assert.is_truthy(out:find("\nregress: same\n", 1, true))

    change("count=2500", "count=2600")
    status, out = regress()
    assert.are.equal(1, status)
    assert.is_truthy(out:find("regress: worse: host_instructions of all cells together: 1.0400 times", 1, true), out)
    assert.are.equal(0, (regress("threshold = 0.05, overall = 0.05")))

    change("status=%$%?", "status=9")
    status, out = regress()
    assert.are.equal(2, status)
    assert.is_truthy(out:find("regress: failed: ", 1, true))
    change("status=9", "status=$?")
    change("count=2600", "count=2500")

    fake.script(root .. "/build/release/programs/mipsel/alpha", "#!/bin/sh\necho alpha $1 # another compiler\n")
    status, out = regress()
    assert.are.equal(3, status)
    assert.is_truthy(out:find("the guest program is not the baseline's", 1, true))
    fake.script(root .. "/build/release/programs/mipsel/beta", "#!/bin/sh\necho beta $1 # another compiler\n")
    status, out = regress(("junit = %q"):format(root .. "/j.xml"))
    assert.are.equal(3, status)
    assert.is_truthy(out:find("renew it with --update", 1, true))
    assert.is_truthy(files.read(root .. "/j.xml"):find("<skipped", 1, true))
  end)

  it("builds another commit, times and counts both, and leaves no worktree", function()
    local function git(words)
      local ok = os.execute(("cd '%s' && git -c user.name=x -c user.email=x@x %s >/dev/null 2>&1"):format(root, words))
      assert.is_true(ok, words)
    end
    fake.experiment(root)
    files.write(root .. "/.gitignore", "build/\nresults/\n")
    files.write(root .. "/CMakeLists.txt", "cmake_minimum_required(VERSION 3.18)\nproject(fake NONE)\n"
      .. "add_custom_target(jitlab COMMAND cp ${CMAKE_SOURCE_DIR}/jitlab.sh jitlab)\n")
    files.write(root .. "/jitlab.sh", files.read(root .. "/build/release/jitlab"))
    git("init")
    git("add -A")
    git("commit -m works --no-verify")
    assert(os.execute("chmod +x " .. root .. "/jitlab.sh"))
    git("commit -a -m executable --no-verify")
    local words = "against = 'HEAD', baseline = nil, time_limit = %d, experiment = " .. ("%q"):format(root .. "/experiments/x.lua")
    local status, out, err = regress(words:format(0))
    assert.are.equal(0, status, err)
    assert.is_nil(out:find("cpu_ns", 1, true))
    status, out, err = regress(words:format(1)) -- built already
    assert.is_true(status == 0 or status == 3 or status == 1, err)
    assert.is_truthy(out:find("cpu_ns", 1, true))
    assert.is_nil(err:find("building", 1, true))
    change("count=2500", "count=2600")
    status, out = regress(words:format(0))
    assert.are.equal(1, status)
    assert.is_truthy(out:find("host_instructions of all cells together: 1.0400 times", 1, true))
    change("count=2600", "count=2500")

    -- Slower by the clock alone: found at the first look, and the run ends there. A filter chooses cells of both.
    change('%*%) "%$@" ;;', '*) i=0; while [ $i -lt 30000 ]; do i=$((i + 1)); done; "$@" ;;')
    status, out, err = regress(words:format(60) .. ", filter = 'default/alpha'")
    assert.are.equal(1, status, err)
    assert.is_truthy(err:find("ended after round 6 of 200, the times say: worse", 1, true), err)
    assert.is_truthy(out:find("\n  default/alpha +cpu_ns .* worse"), out)
    assert.is_nil(out:find("beta", 1, true))

    files.write(root .. "/CMakeLists.txt", "message(FATAL_ERROR broken)\n")
    git("commit -a -m broken --no-verify")
    status, out, err = regress(words:format(0))
    assert.are.equal(2, status, out)
    assert.is_truthy(err:find("\nregress: configuring %x+ failed: CMake Error"), err)
    local list = native.run { argv = { "git", "-C", root, "worktree", "list" } }
    assert.are.equal(1, select(2, list.stdout:gsub("\n", "")))
  end)

  it("leaves an error for CI when it fails before it measures", function()
    files.write(root .. "/base.json", "{")
    local status, _, err = regress(("junit = %q, markdown = %q"):format(root .. "/j.xml", root .. "/m.md"))
    assert.are.equal(2, status)
    assert.is_truthy(err:find("base.json is no baseline", 1, true))
    assert.is_truthy(files.read(root .. "/j.xml"):find('errors="1"', 1, true))
    assert.is_truthy(files.read(root .. "/m.md"):find("**failed**", 1, true))
  end)
end)

describe("history", function()
  it("has a series for each kind of work, and says where values changed", function()
    local path = scratch.path()
    local results = store.open(path)
    for i = 1, 12 do
      local other = i == 12 -- another guest program: no change of jitlab
      local run = { name = "regress-" .. i, experiment = "regress", identity = "i", mode = "quick", seed = 1, rounds = 3,
        started = "2026-01-01T00:00:00Z", provenance = json.encode { commit = ("%012d"):format(i), regress = { features = { "movbe" } },
          guest_sha256 = { ["mipsel/a"] = other and "22" or "11" } },
        definition = json.encode { configs = { { name = "default" } }, workloads = { { name = "a", args = { "1" } } }, catalogue = {} } }
      local work = { config = { name = "default", set = {} }, workload = { name = "a" }, variant = "mipsel",
        command = "/x/jitlab exec /x/programs/mipsel/a 1" }
      results:begin_run(run, { work })
      results:add_trial { run = run.id, cell = work.id, kind = "count", replicate = 0, status = "ok", started = run.started,
        counters = { host_instructions = { value = i >= 5 and 110 or 100 }, dispatches = { value = 7 } } }
      for round = 1, 3 do
        results:add_trial { run = run.id, cell = work.id, kind = "time", replicate = round, status = "ok", started = run.started,
          user_ns = 1000000 + 100 * i * round + (i >= 7 and 200000 or 0), system_ns = 0 }
      end
    end
    local all, runs = history.series(results, "regress")
    results:close()
    scratch.remove(path)
    assert.are.equal(12, runs)
    local by = {}
    for _, s in ipairs(all) do by[s.counter] = by[s.counter] or s end
    assert.are.equal(11, #by.host_instructions.points)
    local exact = history.changes(by.host_instructions)
    assert.are.same({ { at = 5, before = 100, after = 110, run = "regress-5", commit = "000000000005" } }, exact)
    assert.are.same({}, history.changes(by.dispatches))
    local times = history.changes(by.cpu_ns)
    assert.are.equal(1, #times)
    assert.are.equal("regress-7", times[1].run)
  end)
end)
