-- The runs of a database: finding the one that is meant, listing them, loading one whole.

local json = require "dkjson"
local dataset = require "harness.dataset"
local definition = require "harness.definition"
local fail = require "harness.fail"
local text = require "harness.text"

local runs = {}

local function all(store)
  return store:rows([[SELECT run.*, (SELECT count(*) FROM trial WHERE trial.run = run.id) AS trials,
    (SELECT count(*) FROM trial WHERE trial.run = run.id AND status <> 'ok') AS failed FROM run ORDER BY id]])
end

-- The run that a word means: a name, the beginning of one name, or an id. Without a word the last one that ended.
function runs.find(store, word)
  local list = all(store)
  if #list == 0 then fail.usage("%s holds no run", store.path) end
  if not word then
    for i = #list, 1, -1 do
      if list[i].finished then return list[i] end
    end
    fail.usage("no run in %s has ended; name one to see it as far as it got: %s", store.path, list[#list].name)
  end
  local names, begun = {}, {}
  for i, run in ipairs(list) do
    if run.name == word or tostring(run.id) == word then return run end
    if run.name:sub(1, #word) == word then begun[#begun + 1] = run end
    names[i] = run.name
  end
  if #begun == 1 then return begun[1] end
  if #begun > 1 then
    local some = {}
    for i = math.max(1, #begun - 4), #begun do some[#some + 1] = begun[i].name end
    fail.usage("%d runs in %s begin with '%s': %s%s", #begun, store.path, word, #begun > #some and "..., " or "", table.concat(some, ", "))
  end
  if #names > 8 then names = table.move(names, #names - 7, #names, 1, {}) end
  fail.usage("%s: %s", store.path, text.unknown("run", word, names))
end

-- How many claims of a run have which verdict, in words.
local function verdicts_of(run)
  if not run.verdicts then return "" end
  local count = {}
  for _, r in ipairs(json.decode(run.verdicts)) do count[r.verdict] = (count[r.verdict] or 0) + 1 end
  local parts = {}
  for _, verdict in ipairs { "reproduced", "not reproduced", "undecided" } do
    if count[verdict] then parts[#parts + 1] = ("%d %s"):format(count[verdict], verdict) end
  end
  return table.concat(parts, ", ")
end

-- What runs there are, oldest first.
function runs.list(store)
  local list = {}
  for i, run in ipairs(all(store)) do
    list[i] = { id = run.id, name = run.name, experiment = run.experiment, mode = run.mode, rounds = run.rounds, trials = run.trials,
      failed = run.failed, started = run.started, finished = run.finished, claims = verdicts_of(run) }
  end
  return list
end

function runs.print(store)
  local rows = { { "id", "run", "mode", "rounds", "trials", "failed", "state", "claims" } }
  for _, run in ipairs(runs.list(store)) do
    rows[#rows + 1] = { tostring(run.id), run.name, run.mode, tostring(run.rounds), tostring(run.trials), tostring(run.failed),
      run.finished and "ended" or "not ended", run.claims }
  end
  for _, line in ipairs(text.table(rows, 1000, { true, true, true, false, false, false, true, true })) do io.stdout:write(line, "\n") end
end

-- Tables, effects and plots ask for the same geometric means, and these are the dearest of all estimates.
local function remember_means(data)
  local known = {}
  function data.mean_ratio(self, num, den, workloads, metric, only)
    local key = table.concat({ num, den, metric, only or "", table.unpack(workloads) }, "\0")
    known[key] = known[key] or table.pack(dataset.mean_ratio(self, num, den, workloads, metric, only))
    return table.unpack(known[key], 1, known[key].n)
  end
  return data
end

-- A run with all that belongs to it: {run=, e=, data=, trials=, verdicts= (nil if they were never judged), provenance=, hosts=}. hosts
-- are those that measured, {name=, trials=, facts= (provenance)}; where none was kept, the one that the run was started on.
function runs.load(store, run)
  local e, all_counters = definition.of_run(store, run)
  local trials, provenance, hosts = store:trials(run.id), json.decode(run.provenance) or {}, {}
  for _, row in ipairs(store:hosts(run.id)) do
    if row.trials > 0 then hosts[#hosts + 1] = { name = row.name, trials = row.trials, facts = json.decode(row.provenance) or {} } end
  end
  if #hosts == 0 then
    local facts = provenance.host or {}
    hosts[1] = { name = facts.uname and facts.uname.node or "?", trials = #trials, facts = facts }
  end
  return { run = run, e = e, trials = trials, data = remember_means(dataset.new(trials, e, all_counters, run.seed)), hosts = hosts,
    verdicts = run.verdicts and json.decode(run.verdicts) or nil, provenance = provenance }
end

return runs
