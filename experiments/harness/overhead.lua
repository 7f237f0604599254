-- What measuring costs: switching counters on and off, and what the harness does for a trial beside the trial itself.

local native = require "jitlab_native"
local catalogue = require "harness.catalogue"
local counters = require "harness.counters"
local experiment = require "harness.experiment"
local files = require "harness.files"
local programs = require "harness.programs"
local store = require "harness.store"
local trial = require "harness.trial"

local overhead = {}

-- For sets of PAPI events {names, start_ns, stop_ns, times} or {names, reason}: see counters.overhead.
overhead.counters = counters.overhead

local TRIALS = 41

local EXPERIMENT = [[
local design = require "harness.design"
return { name = "overhead", summary = "the shortest trials", pin = false, configs = design.join(design.config("default")),
  baseline = "default", workloads = { { from = "calls", args = { quick = { 1 } } } } }
]]

local function median(list)
  table.sort(list)
  return list[#list // 2 + 1]
end

-- Nanoseconds from the decision to run a trial to its row being in the database, less those that its process lived: median of many
-- short trials of jitlab, and how many; nil and why when there is no guest program to run.
function overhead.trial()
  local by_name, names = programs.load()
  local entry = by_name.calls
  if not (entry and files.exists(programs.binary(entry, "mipsel"))) then return nil, "the guest program calls was not built" end
  local directory = os.tmpname()
  os.remove(directory)
  files.mkdir(directory)
  files.write(directory .. "/overhead.lua", EXPERIMENT)
  local e = experiment.load(directory .. "/overhead.lua", { mode = "quick", catalogue = catalogue.load(), programs = by_name,
    program_names = names })
  local cell = { config = e.configs[1], workload = e.workloads[1], variant = "mipsel", key = "default/calls" }
  cell.argv = trial.command(cell)
  cell.command = table.concat(cell.argv, " ")
  local db = store.open(directory .. "/x.db")
  local run = { name = "overhead", experiment = "overhead", identity = "overhead", mode = "quick", seed = 1, rounds = TRIALS,
    started = "", provenance = "{}", definition = "{}" }
  db:begin_run(run, { cell })
  local context = { experiment = e, seed = 1, run_id = run.id, stats_file = directory .. "/stats.json",
    times_file = directory .. "/times" }
  local took = {}
  for i = 1, TRIALS do
    local before = native.clock()
    local row = trial.run(cell, "time", i, nil, context)
    db:add_trial(row)
    took[i] = native.clock() - before - (row.wall_ns or 0)
  end
  db:close()
  native.run { argv = { "rm", "-rf", directory } }
  return median(took), TRIALS
end

return overhead
