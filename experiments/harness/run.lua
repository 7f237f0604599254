-- bench.lua run: loads all the experiments before the first of them starts, so that a mistake in the last one is known at
-- once; then runs each and shows it.

local json = require "dkjson"
local catalogue = require "harness.catalogue"
local campaign = require "harness.campaign"
local counters = require "harness.counters"
local dataset = require "harness.dataset"
local dryrun = require "harness.dryrun"
local experiment = require "harness.experiment"
local fail = require "harness.fail"
local files = require "harness.files"
local host = require "harness.host"
local metrics = require "harness.metrics"
local output = require "harness.output"
local paths = require "harness.paths"
local programs = require "harness.programs"
local shards = require "harness.shards"
local store = require "harness.store"
local text = require "harness.text"

local function file_of(name)
  if name:find("%.lua$") and files.exists(name) then return name end
  if name:find("%.lua$") and name:find("/") then fail.usage("there is no experiment file %s", name) end
  local names = experiment.names()
  for _, known in ipairs(names) do
    if known == name then return paths.experiment(name) end
  end
  fail.usage("%s", text.unknown("experiment", name, names))
end

-- The engine of the command line. One that cannot work here is refused before anything is entered anywhere.
local function engine_of(args)
  local engine = require("harness.engine." .. (args.engine or "local"))
  local wrong = not args.dry_run and engine.open(args)
  if wrong then fail.usage("--engine %s: %s", engine.name, wrong) end
  return engine
end

-- --shard K/N: the part of a campaign that an element of a job array measures. It goes on where its database stops; tables and
-- claims are the whole run's.
local function run_shard(args, e, plan, all)
  local identity = campaign.identity(e, plan.all)
  if args.identity and args.identity ~= identity then
    fail.usage("%s: jitlab, the experiment or the guest programs are no longer those that were submitted", e.name)
  end
  local k, n = args.shard.k, args.shard.n
  local part = shards.partition(e, plan, n)[k]
  shards.narrow(e, part)
  local results = store.open(args.db, { alone = true })
  local outcome = campaign.run(e, shards.restrict(plan, part), results, require "harness.engine.local", {
    seed = args.seed, resume = true, quiet = true, out = args.out, arguments = args.words, catalogue = all,
    identity = require("harness.engine.slurm").shard_identity(identity, k, n),
  })
  results:close()
  io.stderr:write(("shard %d of %d is done, %d trials\n"):format(k, n, #outcome.trials))
  return 0
end

return function(args)
  local engine = engine_of(args)
  local all = catalogue.load()
  local by_name, names
  if args.programs then
    by_name, names = programs.load_outside(args.programs)
  else
    by_name, names = programs.load()
  end
  local experiments, plans = {}, {}
  for i, name in ipairs(args.experiment) do
    experiments[i] = experiment.load(file_of(name), {
      mode = args.quick and "quick" or nil,
      counters = args.counters,
      repeats = args.rounds, precision = args.precision, multiplex = args.multiplex,
      catalogue = all, programs = by_name, program_names = names, outside = args.programs ~= nil,
    })
    experiments[i].plan = counters.plan(metrics.wanted(experiments[i]), all, experiments[i].multiplex)
    plans[i] = campaign.plan(experiments[i], args.filter)
  end
  if args.dry_run then
    local shown = {}
    for i, e in ipairs(experiments) do
      shown[i] = dryrun.describe(e, plans[i], args.db, args.seed)
      if engine.name == "slurm" then shown[i].shards = shards.describe(e, plans[i], args.shards) end
    end
    dryrun.print(shown, args.json)
    return 0
  end
  if args.shard then return run_shard(args, experiments[1], plans[1], all) end
  local results = store.open(args.db)
  io.stderr:write("host: ", host.line(), "\n")
  local failed = false
  for i, e in ipairs(experiments) do
    local outcome = campaign.run(e, plans[i], results, engine, {
      seed = args.seed, resume = args.resume, out = args.out, arguments = args.words, catalogue = all,
      args = args, experiment = args.experiment[i], shards = args.shards, slurm = args.slurm, no_wait = args.no_wait,
    })
    if outcome.finished then
      local bad, good, verdicts = output.present(e, outcome, dataset.new(outcome.trials, e, all, outcome.run.seed))
      results:set_verdicts(outcome.run.id, json.encode(verdicts))
      failed = failed or bad > 0 or good == 0
    else
      failed = failed or not outcome.submitted
    end
  end
  results:close()
  return failed and 1 or 0
end
