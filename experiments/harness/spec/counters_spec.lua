local fake = require "fake"
local catalogue = require "harness.catalogue"
local counters = require "harness.counters"
local files = require "harness.files"
local json = require "dkjson"
local metrics = require "harness.metrics"
local native = require "jitlab_native"
local papi_events = require "harness.counters.papi_events"
local store = require "harness.store"
local valgrind = require "harness.counters.valgrind"

local all = catalogue.new(json.decode([[{"axes":[],"counters":[
  {"name":"guest_instructions","unit":"instructions","summary":"s","deterministic":true},
  {"name":"translate_ns","unit":"ns","summary":"s","deterministic":false}],
  "model":[{"name":"btb_misses","unit":"branches","summary":"s"}]}]]))

describe("counter sources", function()
  it("all keep to one interface", function()
    local names = {}
    for _, source in ipairs(counters.sources) do
      assert.is_string(source.name)
      assert.is_string(source.summary)
      assert.is_true(source.of == "jitlab" or source.of == "every process")
      assert.is_string(source.trials[1])
      for _, c in ipairs(source.list(all)) do
        assert.is_nil(names[c.name])
        names[c.name] = true
        assert.is_string(c.summary)
        assert.is_boolean(c.available)
        assert.equal(c.available, c.reason == nil)
        if c.available then assert.is_string(c.unit) end
        local found, by = counters.find(c.name, all)
        assert.equal(source, by)
        assert.equal(c.exact or false, found.exact or false)
      end
    end
    for _, name in ipairs { "cpu_ns", "max_rss_kib", "guest_instructions", "model:btb_misses", "valgrind:instructions", "PAPI_TOT_INS",
      "perf::PAGE-FAULTS", "sde:::jitlab::guest_instructions" } do
      assert.is_true(names[name], name)
    end
  end)

  it("are found by the form of a name", function()
    local function source(name)
      local _, s = counters.find(name, all)
      return s and s.name
    end
    assert.equal("papi", source "PAPI_L1_ICM")
    assert.equal("papi", source "perf::INSTRUCTIONS")
    assert.equal("papi", source "skx::MEM_LOAD:L1_HIT:u=1")
    assert.equal("perf", source "perf::CONTEXT-SWITCHES:u=1:k=1")
    assert.equal("sde", source "sde:::jitlab::translate_ns")
    assert.is_nil(source "sde:::jitlab::nothing")
    assert.is_nil(source "valgrind:nothing")
    assert.is_nil(source "model:nothing")
    assert.is_nil(source "nothing")
  end)

  it("say which trials measure a metric", function()
    local function kinds(name, plan) return table.concat(metrics.kinds(name, all, plan), " ") end
    assert.equal("time", kinds "cpu_ns")
    assert.equal("count time", kinds "guest_instructions")
    assert.equal("count time", kinds "model:btb_misses/guest_instructions")
    assert.equal("valgrind", kinds "valgrind:instructions/guest_instructions")
    assert.equal("valgrind", kinds "guest_instructions/valgrind:D1_misses")
    assert.equal("papi2", kinds("PAPI_B", { papi = { time = { "PAPI_A" }, papi2 = { "PAPI_B" } } }))
    assert.is_true(metrics.is_exact("valgrind:instructions/guest_instructions", all))
    assert.is_false(metrics.is_exact("PAPI_TOT_INS/guest_instructions", all))
    assert.equal("PAPI_A and PAPI_B are not counted together", metrics.why_absent("PAPI_A/PAPI_B", all, true,
      { papi = { time = { "PAPI_A" }, papi2 = { "PAPI_B" } } }))
    assert.equal("counted only inside jitlab", metrics.why_absent("guest_instructions", all, false))
  end)
end)

describe("PAPI events", function()
  local real = package.loaded.jitlab_papi
  after_each(function() package.loaded.jitlab_papi = real end)

  -- A host that counts two events at a time.
  local function two_at_a_time()
    local asked = 0
    package.loaded.jitlab_papi = { fits = function(names)
      asked = asked + 1
      local fits = {}
      for i in ipairs(names) do fits[i] = i <= 2 end
      return fits
    end }
    return function() return asked end
  end

  it("are split into groups that fit", function()
    two_at_a_time()
    assert.same({ { "A", "B" }, { "C", "D" }, { "E" } }, papi_events.groups({ "A", "B", "C", "D", "E" }))
    local plan = counters.plan({ "cpu_ns", "PAPI_A", "PAPI_B", "perf::TASK-CLOCK", "model:btb_misses" }, all)
    assert.same({ time = { "PAPI_A", "PAPI_B" }, papi2 = { "perf::TASK-CLOCK" } }, plan.papi)
    assert.same({ "papi2" }, plan.further)
    assert.is_true(plan.model)
  end)

  it("stay together when they are multiplexed, and PAPI is not asked when there is nothing to split", function()
    local asked = two_at_a_time()
    assert.same({ { "A", "B", "C" } }, papi_events.groups({ "A", "B", "C" }, true))
    assert.same({ { "A" } }, papi_events.groups({ "A" }))
    assert.same({ {} }, papi_events.groups({}))
    assert.equal(0, asked())
  end)

  it("have a value, a value that is marked, or a reason", function()
    local taken = {}
    papi_events.take(json.decode([[{"papi":{"A":{"value":9007199254740993,"unit":"events"},
      "B":{"value":2,"unit":"events","multiplexed":true},"C":{"value":null,"reason":"add: no"}}}]], 1, json.null),
      { "A", "B", "C", "D" }, taken)
    assert.same({ A = { value = 9007199254740993, unit = "events" }, B = { value = 2, unit = "events", reason = "multiplexed" },
      C = { reason = "PAPI cannot count it here (add: no)" } }, taken)
  end)
end)

describe("valgrind", function()
  it("is called with the options without which a translator goes wrong under it", function()
    local command = table.concat(valgrind.command({ "jitlab", "exec" }, { "valgrind:instructions" }, "/x/y", "jitlab"), " ")
    assert.matches("^valgrind %-%-tool=callgrind ", command)
    assert.matches(" --smc-check=all-non-file ", command, 1, true)
    assert.matches(" --vex-iropt-register-updates=allregs-at-mem-access ", command, 1, true)
    assert.matches(" --instr-atstart=no ", command, 1, true)
    assert.matches(" --callgrind-out-file=/x/y.%p jitlab exec", command, 1, true)
    assert.is_nil(command:find("cache-sim", 1, true))
    command = table.concat(valgrind.command({ "a" }, { "valgrind:instructions", "valgrind:D1_misses" }, "/x/y", "native"), " ")
    assert.matches(" --cache-sim=yes --branch-sim=yes --I1=", command, 1, true)
    assert.is_nil(command:find("instr-atstart", 1, true))
  end)

  it("reads the totals of a profile", function()
    local profile = "# callgrind format\nevents: Ir Dr Dw I1mr D1mr D1mw\nfn=x\n1 2\n\ntotals: 9007199254740993 20 30 4 5\n"
    local found = valgrind.parse(profile, { "valgrind:instructions", "valgrind:D1_misses", "valgrind:LL_misses", "cpu_ns" })
    assert.same({ value = 9007199254740993, unit = "instructions" }, found["valgrind:instructions"])
    assert.equal(5, found["valgrind:D1_misses"].value) -- zeros at the end are not written
    assert.equal("callgrind wrote no such total", found["valgrind:LL_misses"].reason)
    assert.is_nil(found.cpu_ns)
    assert.is_nil(valgrind.parse(nil, { "valgrind:instructions" })["valgrind:instructions"].value)
  end)

  it("marks what it counts of QEMU, and nothing else", function()
    local directory = os.tmpname()
    os.remove(directory)
    files.mkdir(directory)
    for _, case in ipairs { { "qemu", "nearly exact" }, { "native" }, { "jitlab" } } do
      files.write(directory .. "/profile.7", "\nevents: Ir\ntotals: 5\n")
      local found = valgrind.take(directory .. "/profile", 7, { "valgrind:instructions" }, case[1])
      assert.same({ value = 5, unit = "instructions", reason = case[2] }, found["valgrind:instructions"])
    end
    assert(os.remove(directory)) -- the profiles are gone
  end)
end)

-- A valgrind that runs the program and claims a count.
local VALGRIND = [[#!/bin/sh
[ "$1" = --version ] && { echo valgrind-3.19.0; exit; }
while :; do
  case $1 in
  --callgrind-out-file=*) out=${1#*=}; out=${out%.%p}.$$; shift ;;
  --*) shift ;;
  *) break ;;
  esac
done
printf '# callgrind format\nevents: Ir\ntotals: 1234\n' >"$out"
exec "$@"
]]

describe("trials under valgrind", function()
  local root

  before_each(function()
    root = fake.root()
    files.mkdir(root .. "/bin")
  end)
  after_each(function() fake.remove(root) end)

  -- bench.lua run on the fake root, with programs of root/bin before the others, or with those alone.
  local function bench(fields, alone)
    local code = ([[
      package.path, package.cpath = %q, %q
      require("harness.paths").set_root(%q)
      local fail = require "harness.fail"
      local args = { experiment = { %q }, db = %q, out = %q, words = {}, quick = true, seed = 1 }
      local ok, status = xpcall(require("harness.run"), function(e) return fail.is(e) and e.message or debug.traceback(e) end, args)
      if not ok then io.stderr:write(status, "\n") end
      os.exit(ok and status or 2, true)
    ]]):format(package.path, package.cpath, root, fake.experiment(root, fields), root .. "/results/x.db", root .. "/results")
    return native.run { argv = { "lua5.4", "-e", code }, timeout = 60, keep_stdout = 1 << 20, keep_stderr = 1 << 20,
      env = { ("PATH=%s/bin%s"):format(root, alone and "" or ":/usr/bin:/bin") } }
  end

  local function rows(query)
    local s = store.open(root .. "/results/x.db")
    local found = s:rows(query)
    s:close()
    return found
  end

  local COUNTED = [[SELECT config, status, count(value) AS counted, min(value) AS value FROM trial JOIN cell ON cell.id = trial.cell
    LEFT JOIN counter ON counter.trial = trial.id AND name = 'valgrind:instructions' WHERE kind = 'valgrind'
    GROUP BY config, status ORDER BY config]]

  it("are made of every cell as often as asked, and a wrong result has no count", function()
    fake.script(root .. "/bin/valgrind", VALGRIND)
    local r = bench [[
      e.workloads = { "alpha" }
      e.configs[#e.configs + 1] = design.config("wrong", { lookup = "wrong" })
      e.repeats = { quick = 1 }
      e.simulations = 2
      e.counters = { "valgrind:instructions", "valgrind:instructions/guest_instructions" }]]
    assert.equal(1, r.status, r.stderr)
    local function ok(config) return { config = config, status = "ok", counted = 2, value = 1234 } end
    assert.same({ ok "default", ok "native", ok "unlinked", { config = "wrong", status = "mismatch", counted = 0 } }, rows(COUNTED))
    assert.matches("valgrind:instructions\n +native +default +unlinked +wrong\n[ -]+\n +alpha +1234 +1234 +1234 +mismatch", r.stdout)
    assert.matches("valgrind:instructions/guest_instructions\n +default +unlinked +wrong\n[ -]+\n +alpha +1.23 +1.23 +mismatch", r.stdout)
    assert.equal(0, #(native.run { argv = { "find", root .. "/results", "-name", "*callgrind*" } }).stdout)
  end)

  it("need a guest program, and so does measuring what a trial costs", function()
    local ns, reason = require("harness.overhead").trial()
    assert.is_nil(ns)
    assert.equal("the guest program calls was not built", reason)
  end)

  it("are not made where valgrind is not installed, which is said", function()
    for _, name in ipairs { "sh", "cat", "sleep", "gnuplot", "git", "kill", "lua5.4", "echo", "env" } do
      os.execute(("ln -s $(command -v %s) '%s/bin/%s' 2>/dev/null"):format(name, root, name))
    end
    local r = bench([[
      e.workloads = { "alpha" }
      e.repeats = { quick = 1 }
      e.counters = { "valgrind:instructions" }]], true)
    assert.matches("n/a: valgrind is not installed (package valgrind)", r.stdout, 1, true)
    assert.same({}, rows(COUNTED))
  end)
end)
