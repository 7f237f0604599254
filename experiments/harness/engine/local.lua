-- The engine that runs trials on this machine, one after the other.
--
-- Order: the reference of each workload (the native program, whose output the others must give; twice if it is not one of
-- the project's, which may print times); then one counting trial of each jitlab cell; then the rounds, each of them every cell
-- once (in each of its timed phases) in a new random order. A ratio is always taken inside a round, so that what changes over
-- time on the host changes both of its sides.

local native = require "jitlab_native"
local estimate = require "harness.estimate"
local host = require "harness.host"
local precision = require "harness.precision"
local progress = require "harness.progress"
local rng = require "harness.rng"
local schedule = require "harness.schedule"
local text = require "harness.text"
local trial = require "harness.trial"

local engine = { name = "local" }

-- Trials can be run wherever bench.lua can.
function engine.open() return nil end

local function key(task, replicate) return ("%d/%s/%d"):format(task.cell.id, task.kind, replicate) end

-- A campaign under way: what is done, what it took, and what the workloads print.
local function begin(campaign, total)
  local e, run = campaign.e, campaign.run
  local c = {
    e = e, run = run, options = campaign.options, rows = campaign.past, done = {}, spent = 0, last = 0, hashes = {},
    first = campaign.plan.first or 1,
    host = campaign.store:host(run.id, host.here()),
    meter = progress.new(e.name, total, estimate.known(campaign.store), e.budget or e.precision),
    context = {
      experiment = e, seed = run.seed, cpu = host.trial_cpu(), run_id = run.id, stats_file = campaign.directory .. "/.stats.json",
      times_file = campaign.directory .. "/.times",
    },
  }
  for _, row in ipairs(campaign.past) do
    c.done[("%d/%s/%d"):format(row.cell, row.kind, row.replicate)] = row
    c.spent = c.spent + (row.wall_ns or 0) / 1e9
    if trial.is_timed(row.kind) then c.last = math.max(c.last, row.replicate) end
  end
  return c
end

-- Who ends a batch job ends all of its processes, one after the other, and a trial's may be the first of them. A trial that went wrong
-- waits in such a job: should this process be to end as well, it ends here, before a row says what was nobody's doing.
local IN_JOB = os.getenv("SLURM_JOB_ID") ~= nil
local MAY_BE_ENDED = { signal = true, exit = true, mismatch = true }

local function run_one(c, store, task, replicate)
  local cell = task.cell
  local row = trial.run(cell, task.kind, replicate, task.kind ~= "reference" and c.hashes[cell.workload.name] or nil, c.context)
  if IN_JOB and MAY_BE_ENDED[row.status] then native.run { argv = { "sleep", "1" } } end
  row.host = c.host
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
  local e, rounds, seen, looked, decision = c.e, c.first - 1, nil, 0, nil
  local function look()
    seen, looked = precision.look(e, c.rows, c.options.catalogue, c.run.seed), rounds
  end
  for round = c.first, c.run.rounds do
    local begun = round <= c.last -- before the run was resumed
    if e.budget and not begun and rounds >= schedule.FEWEST and c.spent + (c.meter.estimate(tasks) or 0) > e.budget then break end
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

function engine.measure(campaign)
  local e, plan, run, store = campaign.e, campaign.plan, campaign.run, campaign.store
  local c = begin(campaign, #plan.reference + #plan.again + #plan.count + #plan.simulated * e.simulations
    + (run.rounds - (plan.first or 1) + 1) * #plan.timed)
  local timed = plan.timed
  local function rounds_after(round)
    return function()
      local one = c.meter.estimate(timed)
      local left = one and (run.rounds - round) * one
      return left and e.budget and math.max(0, math.min(left, e.budget - c.spent)) or left
    end
  end
  local before = rounds_after(c.first - 1)

  perform(c, store, plan.reference, 0, "reference", "references", before)
  perform(c, store, plan.again, 1, "reference", "references again", before)
  for _, task in ipairs(plan.again) do
    if c.hashes[task.cell.workload.name] == false then
      io.stderr:write(task.cell.workload.name, ": prints something else each time it runs natively; its output is not compared\n")
    end
  end
  timed = usable(c, plan.timed)
  perform(c, store, usable(c, plan.count), 0, "count", "counting", before)
  for n = 0, e.simulations - 1 do perform(c, store, usable(c, plan.simulated), n, "valgrind", "under valgrind", before) end
  local rounds, seen, decision = perform_rounds(c, store, timed, rounds_after)
  c.meter.finish()
  if rounds < run.rounds then
    io.stderr:write(("%s: ended after round %d of %d, %s\n"):format(e.name, rounds, run.rounds, why_it_ended(e, seen, decision)))
  end
  return { seconds = c.spent, rounds = rounds, precision = seen, finished = true }
end

return engine
