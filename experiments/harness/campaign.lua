-- Running an experiment: the random order of its trials, and going on where a killed run stopped.
--
-- Order: the reference of each workload (the native program, whose output the others must give; twice if it is not one of
-- the project's, which may print times); then one counting trial of each jitlab cell; then the rounds, each of them every cell
-- once (in each of its timed phases) in a new random order. A ratio is always taken inside a round, so that what changes over
-- time on the host changes both of its sides.

local native = require "jitlab_native"
local json = require "dkjson"
local cells = require "harness.cells"
local definition = require "harness.definition"
local estimate = require "harness.estimate"
local fail = require "harness.fail"
local files = require "harness.files"
local host = require "harness.host"
local paths = require "harness.paths"
local precision = require "harness.precision"
local progress = require "harness.progress"
local rng = require "harness.rng"
local text = require "harness.text"
local trial = require "harness.trial"

local campaign = {}

-- Two runs with the same identity measure the same thing, so one may go on with the other.
local function identity(e, all)
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

-- Finds the run to go on with, or enters a new one. Returns it and what has been done of it.
local function open_run(e, measured, all, store, options)
  local id = identity(e, all)
  local run = options.resume and store:unfinished_run(id)
  if run then
    if options.seed and options.seed ~= run.seed then
      fail.usage("the run %s has seed %d; --seed %d cannot be given with --resume", run.name, run.seed, options.seed)
    end
    store:adopt_cells(run.id, all)
    return run, store:trials(run.id)
  end
  if options.resume then
    io.stderr:write(e.name, ": no unfinished run of the same cells, counters and programs is in the database; a new one begins\n")
  end
  local provenance = host.provenance(measured, options.arguments)
  for key, value in pairs(options.provenance or {}) do provenance[key] = value end
  run = {
    experiment = e.name, identity = id, mode = e.mode, seed = options.seed or new_seed(), rounds = e.rounds, started = now(),
    provenance = json.encode(provenance), definition = definition.encode(e),
  }
  local stamp = os.date("!%Y%m%d-%H%M%S")
  run.name = ("%s-%s-%s"):format(e.name, stamp, native.hash(("%d %d"):format(run.seed, native.clock())):sub(1, 4))
  store:begin_run(run, all)
  return run, {}
end

campaign.plan = cells.plan

local function key(task, replicate) return ("%d/%s/%d"):format(task.cell.id, task.kind, replicate) end

-- A campaign under way: what is done, what it took, and what the workloads print.
local function begin(e, run, past, options, directory, known, total)
  local c = {
    e = e, run = run, options = options, rows = past, done = {}, spent = 0, last = 0, hashes = {},
    meter = progress.new(e.name, total, known, e.budget or e.precision),
    context = {
      experiment = e, seed = run.seed, cpu = host.trial_cpu(), run_id = run.id, stats_file = directory .. "/.stats.json",
      times_file = directory .. "/.times",
    },
  }
  for _, row in ipairs(past) do
    c.done[("%d/%s/%d"):format(row.cell, row.kind, row.replicate)] = row
    c.spent = c.spent + (row.wall_ns or 0) / 1e9
    if trial.is_timed(row.kind) then c.last = math.max(c.last, row.replicate) end
  end
  return c
end

local function run_one(c, store, task, replicate)
  local cell = task.cell
  local row = trial.run(cell, task.kind, replicate, task.kind ~= "reference" and c.hashes[cell.workload.name] or nil, c.context)
  store:add_trial(row)
  row.config, row.workload, row.variant, row.counters = cell.config.name, cell.workload.name, cell.variant, row.counters or {}
  c.rows[#c.rows + 1] = row
  c.spent = c.spent + (row.wall_ns or 0) / 1e9
  return row
end

-- Runs the tasks that are not done yet, in an order that the seed and `name` decide. later(): seconds of what comes after them, or nil.
local function perform(c, store, tasks, replicate, name, what, later)
  local order = rng.new(c.run.seed, name .. replicate):shuffle(table.move(tasks, 1, #tasks, 1, {}))
  for i, task in ipairs(order) do
    local row = c.done[key(task, replicate)]
    if not row then
      local rest, after = c.meter.estimate(table.move(order, i, #order, 1, {})), later()
      c.meter.show(what, task.cell, rest and after and rest + after)
      row = run_one(c, store, task, replicate)
    end
    c.meter.note(row, task)
    if task.kind == "reference" and row.status == "ok" then
      local workload, hash = task.cell.workload.name, row.stdout_hash
      c.hashes[workload] = (c.hashes[workload] == nil or c.hashes[workload] == hash) and hash -- false: it varies
    end
  end
end

-- Those whose workload's reference ended as it should: else there is nothing to hold their output against.
local function usable(c, tasks)
  local kept = {}
  for _, task in ipairs(tasks) do
    if c.hashes[task.cell.workload.name] ~= nil then kept[#kept + 1] = task end
  end
  return kept
end

-- The rounds. Returns how many there were, how precise it got if that was asked for, and what options.decided said. Precision is
-- looked at when a tenth more rounds are there than the last time: looking takes time itself.
local function perform_rounds(c, store, tasks, rounds_after)
  local e, rounds, seen, looked, decision = c.e, 0, nil, 0, nil
  local function look()
    seen, looked = precision.look(e, c.rows, c.options.catalogue, c.run.seed), rounds
  end
  for round = 1, c.run.rounds do
    local begun = round <= c.last -- before the run was resumed
    if e.budget and not begun and rounds >= 3 and c.spent + (c.meter.estimate(tasks) or 0) > e.budget then break end
    if not begun and (decision or seen and #seen.wide == 0) then break end
    local what = ("round %d of %s%d"):format(round, e.precision and "up to " or "", c.run.rounds)
    if seen then what = what .. (", %d of %d precise"):format(seen.reached, seen.total) end
    perform(c, store, tasks, round, "time", what, rounds_after(round))
    rounds = round
    decision = c.options.decided and c.options.decided(c.rows, rounds)
    if e.precision and rounds >= math.max(e.precision.least, c.last) and rounds >= looked + math.max(1, looked // 10) then look() end
  end
  if e.precision and looked < rounds then look() end
  return rounds, seen, decision
end

local function why_it_ended(e, seen, decision)
  if decision then return decision end
  if seen and #seen.wide == 0 then return ("%s is reached"):format(precision.words(e.precision)) end
  return "to stay within " .. text.duration(e.budget)
end

-- Runs what is not there yet of a plan. options: seed, resume, arguments, out, catalogue; provenance: facts to keep beside the usual
-- ones; decided(rows, rounds): asked after each round, a sentence ends the run. Returns the run, its directory and its trials.
function campaign.run(e, plan, store, options)
  local run, past = open_run(e, plan.cells, plan.all, store, options)
  local directory = ("%s/%s"):format(options.out, run.name)
  files.mkdir(directory)
  local total = #plan.reference + #plan.again + #plan.count + #plan.simulated * e.simulations + run.rounds * #plan.timed
  io.stderr:write(("%s: %s, %d cells, %s, seed %d%s\n"):format(run.name, e.mode, #plan.cells, run.rounds == 0 and "counted only"
    or ("%s %d rounds"):format((e.budget or e.precision) and "up to" or "in", run.rounds), run.seed,
    #past > 0 and (", %d trials are there already"):format(#past) or ""))
  local c = begin(e, run, past, options, directory, estimate.known(store), total)

  local timed = plan.timed
  local function rounds_after(round)
    return function()
      local one = c.meter.estimate(timed)
      local left = one and (run.rounds - round) * one
      return left and e.budget and math.max(0, math.min(left, e.budget - c.spent)) or left
    end
  end

  perform(c, store, plan.reference, 0, "reference", "references", rounds_after(0))
  perform(c, store, plan.again, 1, "reference", "references again", rounds_after(0))
  for _, task in ipairs(plan.again) do
    if c.hashes[task.cell.workload.name] == false then
      io.stderr:write(task.cell.workload.name, ": prints something else each time it runs natively; its output is not compared\n")
    end
  end
  timed = usable(c, plan.timed)
  perform(c, store, usable(c, plan.count), 0, "count", "counting", rounds_after(0))
  for n = 0, e.simulations - 1 do perform(c, store, usable(c, plan.simulated), n, "valgrind", "under valgrind", rounds_after(0)) end
  local rounds, seen, decision = perform_rounds(c, store, timed, rounds_after)
  c.meter.finish()
  if rounds < run.rounds then
    io.stderr:write(("%s: ended after round %d of %d, %s\n"):format(e.name, rounds, run.rounds, why_it_ended(e, seen, decision)))
  end
  store:finish_run(run.id, rounds, now())
  run.rounds = rounds
  return { run = run, directory = directory, trials = store:trials(run.id), skipped = plan.skipped, cells = plan.cells, seconds = c.spent,
    precision = seen }
end

return campaign
