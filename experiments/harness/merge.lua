-- Bringing the trials of a shard's database into the run's own: each once, with the host that it was made on.

local merge = {}

local function name_of(config, workload, variant) return table.concat({ config, workload, variant }, "\0") end

local function key(cell, kind, replicate) return ("%d/%s/%d"):format(cell, kind, replicate) end

-- What one measurement has of its own: two rows that agree in all of it are the same process, told twice.
local OWN = { "started", "status", "wall_ns", "user_ns", "system_ns", "stdout_hash", "involuntary_switches" }

local function same_measurement(a, b)
  for _, field in ipairs(OWN) do
    if a[field] ~= b[field] then return false end
  end
  return true
end

-- What messages call a trial: "time of default/calls, round 3".
function merge.words(kind, config, workload, replicate, timed)
  return ("%s of %s/%s%s"):format(kind, config, workload, timed and (", round %d"):format(replicate) or "")
end

-- Cell ids of a run by configuration, workload and variant.
local function cell_ids(store, run_id)
  local ids = {}
  for _, row in ipairs(store:rows("SELECT id, config, workload, variant FROM cell WHERE run = ?", run_id)) do
    ids[name_of(row.config, row.workload, row.variant)] = row.id
  end
  return ids
end

-- The trials of a run that are there, by cell, kind and replicate.
local function there(store, run_id)
  local rows = {}
  for _, row in ipairs(store:rows("SELECT * FROM trial WHERE run = ?", run_id)) do
    rows[key(row.cell, row.kind, row.replicate)] = row
  end
  return rows
end

-- Copies hosts of a run as they are needed; returns function(id of the source) -> id here, or nil for none.
local function host_map(from, from_run, to, to_run)
  local rows, ids = {}, {}
  for _, row in ipairs(from:hosts(from_run)) do rows[row.id] = row end
  return function(id)
    if not id then return nil end
    ids[id] = ids[id] or to:host(to_run, rows[id])
    return ids[id]
  end
end

-- Copies the trials of one run to another, which has all of its cells, in one transaction. Those that are there already are not
-- taken again. wanted(row): whether a trial belongs there (nil: all do). Returns {taken=, known= (the same measurement was there),
-- twice= ({row=, there=}: another measurement was there), strange= (rows that do not belong)}.
function merge.trials(from, from_run, to, to_run, wanted)
  local found = { taken = 0, known = 0, twice = {}, strange = {} }
  local ids, present, host = cell_ids(to, to_run), there(to, to_run), host_map(from, from_run, to, to_run)
  local rows = from:trials(from_run)
  to:transaction(function()
    for _, row in ipairs(rows) do
      local cell = ids[name_of(row.config, row.workload, row.variant)]
      local at = cell and key(cell, row.kind, row.replicate)
      if not cell or (wanted and not wanted(row)) then
        found.strange[#found.strange + 1] = row
      elseif not present[at] then
        row.run, row.cell, row.host = to_run, cell, host(row.host)
        to:insert_trial(row)
        present[at] = row
        found.taken = found.taken + 1
      elseif same_measurement(present[at], row) then
        found.known = found.known + 1
      else
        found.twice[#found.twice + 1] = { row = row, there = present[at] }
      end
    end
  end)
  return found
end

-- Of a list of trials {cell=, kind=, replicate=} those that a run does not have.
function merge.missing(store, run_id, list)
  local present, missing = there(store, run_id), {}
  for _, trial in ipairs(list) do
    if not present[key(trial.cell.id, trial.kind, trial.replicate)] then missing[#missing + 1] = trial end
  end
  return missing
end

-- The run of that identity in a shard's database, or nil and a sentence. A shard that another program or other options made is not
-- this run's.
function merge.run_of(store, identity)
  local run = store:rows("SELECT * FROM run WHERE identity = ? ORDER BY id DESC LIMIT 1", identity)[1]
  if run then return run end
  local any = store:rows("SELECT name FROM run ORDER BY id DESC LIMIT 1")[1]
  if not any then return nil, "holds no run yet" end
  return nil, "was measured with another jitlab, experiment, options or shard"
end

-- Makes a shard's run ready to be gone on with: entered if it is not there, open, with those of its trials (wanted(row)) that the
-- whole run has. run: as for store:begin_run; all, all_run: the whole run's store and id. Returns how many trials it was given.
function merge.reopen(store, run, cells, all, all_run, wanted)
  local there_is = merge.run_of(store, run.identity)
  if there_is then
    run.id = there_is.id
    store:transaction(function()
      store:must(store.db:run("UPDATE run SET finished = NULL, rounds = ? WHERE id = ?", run.rounds, run.id))
    end)
  else
    store:begin_run(run, cells)
  end
  return merge.trials(all, all_run, store, run.id, wanted).taken
end

return merge
