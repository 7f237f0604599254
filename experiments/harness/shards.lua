-- The parts that a campaign is cut into when it is measured on several machines.
--
-- What is compared pair by pair stays together: all trials of a workload in a round (every configuration, variant and phase) are one
-- part's, and so one host's, interleaved as anywhere else. Whole workloads are dealt out first. Only when more parts are wanted than
-- there are workloads, the rounds of a workload are cut into runs of consecutive ones; where a time budget or a precision
-- decides how many rounds there are, they are not cut.

local fail = require "harness.fail"
local trial = require "harness.trial"

local shards = {}

-- How many trials a workload has: what the parts are balanced by.
local function sizes(e, plan)
  local size = {}
  local function add(list, times)
    for _, task in ipairs(list) do
      local name = task.cell.workload.name
      size[name] = (size[name] or 0) + times
    end
  end
  add(plan.reference, 1)
  add(plan.again, 1)
  add(plan.count, 1)
  add(plan.simulated, e.simulations)
  add(plan.timed, e.rounds)
  return size
end

-- n parts of whole workloads: the largest first, each to the part that has least.
local function deal(e, names, size, n)
  local parts, load, order = {}, {}, {}
  for i = 1, n do parts[i], load[i] = { workloads = {}, first = 1, last = e.rounds, once = true }, 0 end
  for i, name in ipairs(names) do order[i] = { name = name, at = i } end
  table.sort(order, function(a, b)
    if size[a.name] ~= size[b.name] then return size[a.name] > size[b.name] end
    return a.at < b.at
  end)
  for _, item in ipairs(order) do
    local least = 1
    for i = 2, n do
      if load[i] < load[least] then least = i end
    end
    parts[least].workloads[item.name] = true
    load[least] = load[least] + size[item.name]
  end
  return parts
end

-- n parts that each have some consecutive rounds of one workload. What is run once for a workload goes with its first rounds.
local function cut(e, names, n)
  local parts = {}
  for i, name in ipairs(names) do
    local slices = n // #names + (i <= n % #names and 1 or 0)
    for s = 1, slices do
      parts[#parts + 1] = { workloads = { [name] = true }, once = s == 1,
        first = e.rounds * (s - 1) // slices + 1, last = e.rounds * s // slices }
    end
  end
  return parts
end

-- The most parts that an experiment can be cut into.
function shards.most(e)
  return #e.workload_names * ((e.budget or e.precision) and 1 or e.rounds)
end

-- The n parts of a plan: a list of {workloads= (a set of names), first=, last= (rounds), once= (whether what is run once for a
-- workload is its)}. The same plan and n give the same parts everywhere.
function shards.partition(e, plan, n)
  local names, most = e.workload_names, shards.most(e)
  if n > most then
    fail.usage("%s: it can be cut into %d shards at most (%d workloads, %s), not %d", e.name, most, #names,
      most == #names and (e.rounds > 1 and "whose rounds stay together where a budget or a precision ends them" or "1 round")
        or ("%d rounds of each"):format(e.rounds), n)
  end
  if e.precision and e.precision.of == "claims" and n > 1 then
    fail.usage("%s: the precision of claims needs all trials in one place (--shards 1)", e.name)
  end
  if n <= #names then return deal(e, names, sizes(e, plan), n) end
  return cut(e, names, n)
end

-- The parts for --dry-run: a list of {workloads=, first=, last=}. n: how many, one a workload if nil.
function shards.describe(e, plan, n)
  local list = {}
  for k, part in ipairs(shards.partition(e, plan, n or #e.workload_names)) do
    list[k] = { workloads = {}, first = part.first, last = part.last }
    for _, name in ipairs(e.workload_names) do
      if part.workloads[name] then table.insert(list[k].workloads, name) end
    end
  end
  return list
end

-- Whether a trial of a run is a part's.
function shards.has(part, row)
  if not part.workloads[row.workload] then return false end
  if trial.is_timed(row.kind) then return row.replicate >= part.first and row.replicate <= part.last end
  return part.once or row.kind == "reference"
end

local function of(part, list, get)
  local kept = {}
  for _, item in ipairs(list) do
    if part.workloads[get(item).workload.name] then kept[#kept + 1] = item end
  end
  return kept
end

local function cell_of_task(task) return task.cell end
local function itself(cell) return cell end

-- The plan of one part.
function shards.restrict(plan, part)
  return {
    cells = of(part, plan.cells, itself), references = of(part, plan.references, itself), all = of(part, plan.all, itself), skipped = {},
    reference = of(part, plan.reference, cell_of_task), again = of(part, plan.again, cell_of_task),
    count = part.once and of(part, plan.count, cell_of_task) or {}, simulated = part.once and of(part, plan.simulated, cell_of_task) or {},
    timed = of(part, plan.timed, cell_of_task), first = part.first, last = part.last,
  }
end

-- Takes from an experiment the workloads that a part does not have, so that nothing is asked of them.
function shards.narrow(e, part)
  local names = {}
  for _, name in ipairs(e.workload_names) do
    if part.workloads[name] then names[#names + 1] = name end
  end
  e.workload_names = names
end

-- The trials of a part: a list of {cell=, kind=, replicate=}. last: the last round that there is of it. A workload that fails[NAME]
-- has its references only: there was nothing to hold the others' output against.
function shards.trials(e, plan, last, fails)
  local list = {}
  local function add(tasks, replicate, always)
    for _, task in ipairs(tasks) do
      if always or not fails[task.cell.workload.name] then
        list[#list + 1] = { cell = task.cell, kind = task.kind, replicate = replicate }
      end
    end
  end
  add(plan.reference, 0, true)
  add(plan.again, 1, true)
  add(plan.count, 0)
  for n = 0, e.simulations - 1 do add(plan.simulated, n) end
  for round = plan.first, last do add(plan.timed, round) end
  return list
end

return shards
