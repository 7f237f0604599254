-- The way of hardware counters, on a host without any: jitlab and bench.lua with a PAPI in the place of the real one that has
-- counters to give, but not all at once (fake_papi.c).
--
-- usage: lua5.4 papi.lua SOURCE_DIR BUILD_DIR FAKE_DIR     BUILD_DIR has to be SOURCE_DIR/build/release for the bench.lua part
local json = require "dkjson"
local source, build, fake = arg[1], arg[2], arg[3]
local shell = dofile(source .. "/tests/tools/shell.lua")
local quote = shell.quote
local directory = shell.capture("mktemp -d"):match("%S+")
local failed = 0

local function check(holds, what, ...)
  if not holds then failed = failed + 1 end
  print(("%-4s %s"):format(holds and "ok" or "FAIL", what:format(...)))
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("a")
  file:close()
  return text
end

-- Runs a command with the fake library in reach; returns what it printed, with its status in the last line.
local function run(command)
  return shell.capture(("LD_LIBRARY_PATH=%s timeout 200 %s 2>&1; echo status $?"):format(quote(fake), command))
end

local function exec(option, events)
  local stats = directory .. "/stats.json"
  os.remove(stats)
  local said = run(("%s exec --stats %s %s %s %s"):format(quote(build .. "/jitlab"), stats, option, events,
    quote(build .. "/programs/mipsel/calls") .. " 1"))
  check(said:find("status 0\n$"), "%s %s", option, events)
  return json.decode(read(stats), 1, json.null).papi
end

local function wants(papi, name, value)
  check(papi[name].value == value and not papi[name].multiplexed, "%s is %d", name, value)
end

local function absent(papi, name, reason)
  check(papi[name].value == json.null and papi[name].reason:find(reason, 1, true), "%s: %s", name, papi[name].reason)
end

-- ---- what fits is counted, what does not says so ----

local papi = exec("--papi", "PAPI_TOT_INS,PAPI_TOT_CYC,perf::TASK-CLOCK,PAPI_NO_SUCH,no::such")
wants(papi, "PAPI_TOT_INS", 2000)
wants(papi, "PAPI_TOT_CYC", 3000)
wants(papi, "perf::TASK-CLOCK", 1234567)
check(papi["perf::TASK-CLOCK"].unit == "ns" and papi.PAPI_TOT_INS.unit == "events", "with their units")
absent(papi, "PAPI_NO_SUCH", "name: Event does not exist")
absent(papi, "no::such", "name: Event does not exist")

papi = exec("--papi", "PAPI_TOT_INS,PAPI_TOT_CYC,PAPI_BR_INS,PAPI_BR_MSP,PAPI_L1_ICM,perf::PAGE-FAULTS")
wants(papi, "PAPI_BR_MSP", 40)
absent(papi, "PAPI_L1_ICM", "add beside the events before it: Event exists, but cannot be counted")
wants(papi, "perf::PAGE-FAULTS", 89)

papi = exec("--papi", "fake::OFFCORE:A,fake::OFFCORE:B,fake::LATE,PAPI_TOT_CYC")
wants(papi, "fake::OFFCORE:A", 21)
absent(papi, "fake::OFFCORE:B", "add beside the events before it")
absent(papi, "fake::LATE", "start beside the events before it")
wants(papi, "PAPI_TOT_CYC", 3000)
wants(exec("--papi", "fake::LATE"), "fake::LATE", 31)

-- ---- values of any size ----

papi = exec("--papi", "fake::OVER_32_BITS,fake::OVER_53_BITS,fake::MOST,fake::WRAPPED")
wants(papi, "fake::OVER_32_BITS", 5000000000)
wants(papi, "fake::OVER_53_BITS", 9007199254740993)
wants(papi, "fake::MOST", math.maxinteger)
absent(papi, "fake::WRAPPED", "stop together: the counter wrapped around")

-- ---- multiplexing: only when asked and only where needed ----

papi = exec("--papi-multiplex", "PAPI_TOT_INS,PAPI_TOT_CYC,perf::TASK-CLOCK")
wants(papi, "PAPI_TOT_INS", 2000)
papi = exec("--papi-multiplex", "PAPI_TOT_INS,PAPI_TOT_CYC,PAPI_BR_INS,PAPI_BR_MSP,PAPI_L1_ICM,PAPI_L1_DCM,perf::TASK-CLOCK")
for name, value in pairs { PAPI_TOT_INS = 2000, PAPI_L1_DCM = 11 } do
  check(papi[name].value == value and papi[name].multiplexed == true, "%s is %d and marked", name, value)
end
wants(papi, "perf::TASK-CLOCK", 1234567)

-- ---- through the harness ----

local function experiment(fields)
  local path = directory .. "/hardware.lua"
  local file = assert(io.open(path, "w"))
  file:write(([[
    local design = require "harness.design"
    return { name = "hardware", summary = "a test", workloads = { { from = "calls", name = "calls", args = { quick = { 1 } } } },
      configs = design.join(design.native(), design.config("default"), design.config("unlinked", { link = "none" })),
      baseline = "native", pin = false, count = false, repeats = { quick = 3 }, %s }
  ]]):format(fields))
  file:close()
  return path
end

local EVENTS = [[counters = { "PAPI_TOT_INS", "PAPI_TOT_CYC", "PAPI_BR_INS", "PAPI_BR_MSP", "PAPI_L1_ICM", "fake::OFFCORE:A",
  "fake::OFFCORE:B", "fake::LATE", "perf::TASK-CLOCK", "fake::WRAPPED", "PAPI_TOT_CYC/PAPI_TOT_INS", "PAPI_L1_ICM/PAPI_TOT_INS" } ]]

local function bench(fields)
  local said = run(("%s run %s --quick --db %s/x.db --out %s"):format(quote(source .. "/bench.lua"), experiment(fields), directory,
    directory))
  local document = json.decode(read((said:match("files (%S+)/\n") or "/nonexistent") .. "/table.json"))
  return said, function(metric, config)
    for _, row in ipairs(document.rows) do
      if row.metric == metric and row.config == (config or "default") then return row.median, row.n end
    end
  end
end

if build == source .. "/build/release" then
  local said, value = bench(EVENTS)
  check(said:find("status 0\n$"), "bench.lua run")
  for name, wanted in pairs { PAPI_TOT_INS = 2000, PAPI_BR_MSP = 40, PAPI_L1_ICM = 7, ["fake::OFFCORE:A"] = 21, ["fake::OFFCORE:B"] = 22,
    ["fake::LATE"] = 31, ["perf::TASK-CLOCK"] = 1234567 } do
    for _, config in ipairs { "default", "unlinked" } do
      local median, n = value(name, config)
      check(median == wanted and n == 3, "%s of %s is %d, by three trials", name, config, wanted)
    end
  end
  check(value("PAPI_TOT_CYC/PAPI_TOT_INS") == 1.5, "a ratio inside a group")
  check(not value("PAPI_L1_ICM/PAPI_TOT_INS") and said:find("not counted together", 1, true), "none across groups, which is said")
  check(not value("fake::WRAPPED") and said:find("the counter wrapped around", 1, true), "a wrapped counter is absent, which is said")
  check(not said:find("multiplexed", 1, true), "nothing is multiplexed unasked")

  said, value = bench(EVENTS .. ", multiplex = true")
  check(value("PAPI_L1_ICM") == 7 and value("fake::OFFCORE:B") == 22 and value("PAPI_L1_ICM/PAPI_TOT_INS") == 7 / 2000,
    "all of them together when multiplexing is asked for")
  check(said:find("PAPI_L1_ICM (multiplexed", 1, true) and not said:find("perf::TASK-CLOCK (multiplexed", 1, true), "which the tables say")
  local query = "SELECT trial.run AS run, counter.reason AS reason, count(*) AS n FROM counter JOIN trial ON trial.id = trial "
    .. "WHERE counter.name = 'PAPI_TOT_INS' AND value NOT NULL GROUP BY trial.run, counter.reason ORDER BY trial.run"
  local lua = ([[package.path, package.cpath = %q, %q
    for _, r in ipairs(require("jitlab_native").open(%q):rows(%q)) do print(r.run, r.reason, r.n) end]]):format(
    source .. "/experiments/?.lua;", build .. "/lib/?.so", directory .. "/x.db", query)
  check(shell.capture("lua5.4 -e " .. quote(lua)) == "1\tnil\t6\n2\tmultiplexed\t6\n", "and the rows")

  said = run(quote(source .. "/bench.lua") .. " list counters")
  check(said:find("\n  PAPI_TOT_INS +papi +events +varies +instructions retired *\n"), "list counters: what this host has")
  check(said:find("\n  PAPI_L3_TCM +papi +varies +[^\n]*n/a: PAPI cannot count it here %(name: Event does not exist%)"), "and what not")
  check(said:find("switching PAPI_TOT_INS, PAPI_TOT_CYC, PAPI_BR_MSP on takes [%d.]+ us, off [%d.]+ us"), "and what counting costs")
  check(said:find("a trial takes [%d.]+ ms beside its process"), "and a trial: %s", said:match("a trial takes [^\n]+"))
end

os.execute("rm -rf " .. directory)
os.exit(failed == 0)
