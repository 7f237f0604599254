-- A campaign: an experiment's run in the database, begun anew or gone on with, and measured by an engine.
--
-- An engine is a module of harness/engine/ with
--   name              what --engine calls it
--   open(options)     a sentence that says why it cannot work here, or nil; options: of the command line
--   measure(c)        runs the trials that are not there yet and enters them. c: e, plan, run, past (trials that are there), store,
--                     directory, identity, options. Returns {seconds= (of all trials), rounds= (how many there are), finished=,
--                     precision= (precision.look), submitted= (not waited for)}; what is missing of an unfinished run it has said.

local native = require "jitlab_native"
local json = require "dkjson"
local cells = require "harness.cells"
local definition = require "harness.definition"
local fail = require "harness.fail"
local files = require "harness.files"
local host = require "harness.host"
local paths = require "harness.paths"

local campaign = {}

campaign.plan = cells.plan

-- Two runs with the same identity measure the same thing, so one may go on with the other.
function campaign.identity(e, all)
  local parts = { e.hash, e.mode, native.hash_file(paths.jitlab), table.concat(e.counters, ","), table.concat(e.plan.names, ","),
    tostring(e.plan.multiplex), e.model or "", tostring(e.simulations) }
  for _, cell in ipairs(all) do
    parts[#parts + 1] = cell.command
    parts[#parts + 1] = native.hash_file(cells.binary(cell))
  end
  return native.hash(table.concat(parts, "\n"))
end

local function now() return os.date("!%Y-%m-%dT%H:%M:%SZ") end

local function new_seed()
  return (os.time() * 1000003 ~ native.clock()) & 0x7fffffff
end

local function enter_run(e, plan, store, engine, id, options)
  local provenance = host.provenance(plan.cells, options.arguments)
  for key, value in pairs(options.provenance or {}) do provenance[key] = value end
  local run = {
    experiment = e.name, identity = id, mode = e.mode, seed = options.seed or new_seed(), rounds = plan.last or e.rounds, started = now(),
    provenance = json.encode(provenance), definition = definition.encode(e),
    engine = engine.name ~= "local" and json.encode { name = engine.name } or nil,
  }
  local stamp = os.date("!%Y%m%d-%H%M%S")
  run.name = ("%s-%s-%s"):format(e.name, stamp, native.hash(("%d %d"):format(run.seed, native.clock())):sub(1, 4))
  store:begin_run(run, plan.all)
  return run
end

-- Finds the run to go on with, or enters a new one. Returns it and what has been done of it.
local function open_run(e, plan, store, engine, id, options)
  local run = options.resume and store:unfinished_run(id)
  if run then
    local begun_by = run.engine and json.decode(run.engine).name or "local"
    if begun_by ~= engine.name then
      fail.usage("the run %s was begun with --engine %s and goes on with it only", run.name, begun_by)
    end
    if options.seed and options.seed ~= run.seed then
      fail.usage("the run %s has seed %d; --seed %d cannot be given with --resume", run.name, run.seed, options.seed)
    end
    store:adopt_cells(run.id, plan.all)
    return run, store:trials(run.id)
  end
  if options.resume and not options.quiet then
    local other = store:unfinished_of(e.name)
    io.stderr:write(e.name, ": no unfinished run of the same cells, counters and programs is in the database",
      other and (" (%s is one of another file, filter, mode, counters, jitlab or guest programs)"):format(other.name) or "",
      "; a new one begins\n")
  end
  return enter_run(e, plan, store, engine, id, options), {}
end

-- Runs what is not there yet of a plan. engine: the module; options: seed, resume, quiet (a new run may begin unsaid), arguments, out,
-- catalogue, identity (what it must be; nil: whatever it is), provenance (facts to keep beside the usual ones), and what the engine takes
-- (decided(rows, rounds) of the local one: asked after each round, a sentence ends the run). Returns the run, its directory and its
-- trials, and what the engine said of it; the trials only of a finished run.
function campaign.run(e, plan, store, engine, options)
  local id = options.identity or campaign.identity(e, plan.all)
  local run, past = open_run(e, plan, store, engine, id, options)
  local directory = ("%s/%s"):format(options.out, run.name)
  files.mkdir(directory)
  local rounds = run.rounds - (plan.first or 1) + 1
  io.stderr:write(("%s: %s, %d cells, %s, seed %d%s\n"):format(run.name, e.mode, #plan.cells, rounds == 0 and "counted only"
    or ("%s %d rounds"):format((e.budget or e.precision) and "up to" or "in", rounds), run.seed,
    #past > 0 and (", %d trials are there already"):format(#past) or ""))
  local done = engine.measure { e = e, plan = plan, run = run, past = past, store = store, directory = directory, identity = id,
    options = options }
  local outcome = { run = run, directory = directory, skipped = plan.skipped, cells = plan.cells, seconds = done.seconds,
    precision = done.precision, finished = done.finished, submitted = done.submitted }
  if not done.finished then return outcome end
  store:finish_run(run.id, done.rounds, now())
  run.rounds = done.rounds
  outcome.trials = store:trials(run.id)
  return outcome
end

return campaign
