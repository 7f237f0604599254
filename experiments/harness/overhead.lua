-- What measuring costs: switching counters on and off, and what the harness does for a trial beside the trial itself.

local native = require "jitlab_native"
local catalogue = require "harness.catalogue"
local counters = require "harness.counters"
local experiment = require "harness.experiment"
local files = require "harness.files"
local host = require "harness.host"
local median = require "harness.stats.median"
local programs = require "harness.programs"
local store = require "harness.store"
local trial = require "harness.trial"

local overhead = {}

-- For sets of PAPI events {names, start_ns, stop_ns, times} or {names, reason}: see counters.overhead.
overhead.counters = counters.overhead

-- What the harness may cost, in nanoseconds: a trial beside its process, switching counters on or off.
overhead.TRIAL_NS = 8000000
overhead.SWITCH_NS = 5000
-- And a report of 10,000 trials, in seconds of CPU time and MB.
overhead.REPORT_SECONDS = 10
overhead.REPORT_MB = 300

local TRIALS = 41

local EXPERIMENT = [[
local design = require "harness.design"
return { name = "overhead", summary = "the shortest trials", %s
  workloads = { { from = "calls", args = { quick = { %d } } } } }
]]

-- Configuration and what belongs to it in that experiment, by the runner.
local CONFIGS = {
  jitlab = 'pin = false, configs = design.join(design.config("default")), baseline = "default",',
  native = 'configs = design.join(design.native()), baseline = "native",',
}

-- Makes a cell of the guest program calls with that many calls, in a folder of its own, and returns f(cell, context, folder); or nil and
-- why when the program was not built.
function overhead.with_cell(runner, calls, f)
  local by_name, names = programs.load()
  local entry = by_name.calls
  if not (entry and files.exists(programs.binary(entry, runner == "native" and "host" or "mipsel"))) then
    return nil, "the guest program calls was not built"
  end
  local directory = os.tmpname()
  os.remove(directory)
  files.mkdir(directory)
  files.write(directory .. "/overhead.lua", EXPERIMENT:format(CONFIGS[runner], calls))
  local e = experiment.load(directory .. "/overhead.lua", { mode = "quick", catalogue = catalogue.load(), programs = by_name,
    program_names = names })
  local cell = { config = e.configs[1], workload = e.workloads[1], variant = "mipsel", key = runner .. "/calls" }
  cell.argv = trial.command(cell)
  cell.command = table.concat(cell.argv, " ")
  local context = { experiment = e, seed = 1, cpu = host.trial_cpu(), stats_file = directory .. "/stats.json",
    times_file = directory .. "/times" }
  local results = table.pack(pcall(f, cell, context, directory))
  native.run { argv = { "rm", "-rf", directory } }
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

-- Nanoseconds from the decision to run a trial to its row being in the database, less those that its process lived: median of many
-- short trials of jitlab, and how many; nil and why when there is no guest program to run.
function overhead.trial()
  return overhead.with_cell("jitlab", 1, function(cell, context, directory)
    local db = store.open(directory .. "/x.db")
    local run = { name = "overhead", experiment = "overhead", identity = "overhead", mode = "quick", seed = 1, rounds = TRIALS,
      started = "", provenance = "{}", definition = "{}" }
    db:begin_run(run, { cell })
    context.run_id = run.id
    local took = {}
    for i = 1, TRIALS do
      local before = native.clock()
      local row = trial.run(cell, "time", i, nil, context)
      db:add_trial(row)
      took[i] = native.clock() - before - (row.wall_ns or 0)
    end
    db:close()
    return median.of(took), TRIALS
  end)
end

-- What a report of a campaign costs: make(path, options) fills a database with one (spec/stored.lua). Returns { trials=, seconds= of CPU
-- time, wall_seconds=, mb=, page_bytes=, status=, stderr= }, gnuplot included.
function overhead.report(make)
  local directory = os.tmpname()
  os.remove(directory)
  files.mkdir(directory)
  local trials = make(directory .. "/x.db", { configs = 32, workloads = 20, rounds = 15 })
  local code = ([[package.path, package.cpath = %q, %q
    os.exit(require("harness.report.command").main { db = %q }, true)]]):format(package.path, package.cpath, directory .. "/x.db")
  local r = native.run { argv = { "lua5.4", "-e", code }, timeout = 170 }
  local page = files.read(directory .. "/synthetic-1/report.html")
  native.run { argv = { "rm", "-rf", directory } }
  return { trials = trials, seconds = (r.user_us + r.system_us) / 1e6, wall_seconds = r.wall_ns / 1e9, mb = r.max_rss_kib / 1024,
    page_bytes = #(page or ""), status = r.status, stderr = r.stderr }
end

return overhead
