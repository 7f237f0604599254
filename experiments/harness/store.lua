-- The database of results: one row a trial, each in a transaction of its own, so that a harness that is killed at any moment
-- loses no trial that had ended. A file that is no database, is damaged or is somebody else's is refused and left alone.

local native = require "jitlab_native"
local fail = require "harness.fail"
local files = require "harness.files"
local inspect = require "harness.inspect"
local migrations = require "harness.migrations"

local store = {}
store.__index = store

local TRIAL_COLUMNS = {
  "run", "cell", "kind", "replicate", "status", "detail", "exit_status", "signal", "wall_ns", "user_ns", "system_ns",
  "max_rss_kib", "minor_faults", "major_faults", "voluntary_switches", "involuntary_switches", "stdout_hash",
  "stdout_bytes", "fingerprint", "stderr", "started", "cpu", "steal_ticks", "load1", "pressure", "host",
}

local INSERT_TRIAL = ("INSERT INTO trial (%s) VALUES (%s)"):format(
  table.concat(TRIAL_COLUMNS, ", "), ("?, "):rep(#TRIAL_COLUMNS - 1) .. "?")

-- Brings the layout up to date, a step at a time. The version is read again inside the transaction: another process may have
-- taken the step meanwhile.
local function migrate(self)
  for version, step in ipairs(migrations) do
    self:transaction(function()
      if inspect.pragma(self.db, "user_version") >= version then return end
      self:must(self.db:script(("%s PRAGMA application_id=%d; PRAGMA user_version=%d"):format(step, inspect.APPLICATION, version)))
    end)
  end
end

-- Opens the database, making it unless options.existing. A file that cannot be used is refused with one sentence and stays as it is.
-- options.alone: for one process at a time, which is refused while another has it; needs no shared memory, and so works where
-- several hosts see the file.
function store.open(path, options)
  local existing = options and options.existing
  if existing and not files.exists(path) then fail.usage("there is no results database %s", path) end
  local wrong = inspect.refusal(path, #migrations)
  local directory = path:match("^(.*)/")
  if not wrong and directory and directory ~= "" then files.mkdir(directory) end
  local db, message
  if not wrong then db, message = native.open(path) end
  wrong = wrong or message
  if wrong then fail.usage("%s cannot be used as a results database: %s", path, wrong:match("^[^\n]*")) end
  local self = setmetatable({ db = db, path = path }, store)
  if options and options.alone then self:must(db:script("PRAGMA locking_mode=EXCLUSIVE; PRAGMA busy_timeout=1000")) end
  self:must(db:script("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON"))
  if inspect.pragma(db, "user_version") < #migrations then migrate(self) end
  return self
end

function store:must(...)
  local value, message = ...
  if value == nil then fail.work("%s: %s", self.path, message) end
  return ...
end

function store:transaction(f)
  self:must(self.db:script("BEGIN IMMEDIATE"))
  local ok, message = pcall(f)
  if not ok then
    self.db:script("ROLLBACK")
    error(message, 0)
  end
  self:must(self.db:script("COMMIT"))
end

function store:rows(sql, ...) return self:must(self.db:rows(sql, ...)) end

function store:close() self.db:close() end

-- Enters a run with all its cells. Sets run.id and cell.id.
function store:begin_run(run, cells)
  self:transaction(function()
    local _, id = self:must(self.db:run(
      "INSERT INTO run (name, experiment, identity, mode, seed, rounds, started, provenance, definition, engine) "
        .. "VALUES (?,?,?,?,?,?,?,?,?,?)",
      run.name, run.experiment, run.identity, run.mode, run.seed, run.rounds, run.started, run.provenance, run.definition, run.engine))
    run.id = id
    for _, cell in ipairs(cells) do
      _, cell.id = self:must(self.db:run(
        "INSERT INTO cell (run, config, workload, variant, settings, command) VALUES (?,?,?,?,?,?)",
        id, cell.config.name, cell.workload.name, cell.variant, table.concat(cell.config.set, "\n"), cell.command))
    end
  end)
end

-- The last unfinished run of that identity, or nil.
function store:unfinished_run(identity)
  return self:rows("SELECT * FROM run WHERE identity = ? AND finished IS NULL ORDER BY id DESC LIMIT 1", identity)[1]
end

-- The last run of an experiment of that name that did not end, whatever its identity.
function store:unfinished_of(experiment)
  return self:rows("SELECT * FROM run WHERE experiment = ? AND finished IS NULL ORDER BY id DESC LIMIT 1", experiment)[1]
end

-- Gives the cells the ids they have in a run that is resumed.
function store:adopt_cells(run_id, cells)
  local ids = {}
  for _, row in ipairs(self:rows("SELECT id, config, workload, variant FROM cell WHERE run = ?", run_id)) do
    ids[row.config .. "\0" .. row.workload .. "\0" .. row.variant] = row.id
  end
  for _, cell in ipairs(cells) do
    cell.id = ids[cell.config.name .. "\0" .. cell.workload.name .. "\0" .. cell.variant]
    if not cell.id then fail.work("%s: the run lacks the cell %s", self.path, cell.key) end
  end
end

-- One finished trial with its counters and the times of its iterations, in a transaction of the caller's.
function store:insert_trial(trial)
  local values = {}
  for i, column in ipairs(TRIAL_COLUMNS) do values[i] = trial[column] end
  local _, id = self:must(self.db:run(INSERT_TRIAL, table.unpack(values, 1, #TRIAL_COLUMNS)))
  for name, counter in pairs(trial.counters or {}) do
    self:must(self.db:run("INSERT INTO counter (trial, name, value, unit, reason) VALUES (?,?,?,?,?)",
      id, name, counter.value, counter.unit, counter.reason))
  end
  for number, cpu_ns in ipairs(trial.iterations or {}) do
    self:must(self.db:run("INSERT INTO iteration (trial, number, cpu_ns) VALUES (?,?,?)", id, number, cpu_ns))
  end
end

-- The same as a transaction of its own: all or nothing.
function store:add_trial(trial)
  self:transaction(function() self:insert_trial(trial) end)
end

-- The id of a host that a run's trials were made on, entering it if it is new. here: {name=, identity=, provenance=}, of host.here().
function store:host(run_id, here)
  self:must(self.db:run("INSERT OR IGNORE INTO host (run, name, identity, provenance) VALUES (?,?,?,?)",
    run_id, here.name, here.identity, here.provenance))
  return self:rows("SELECT id FROM host WHERE run = ? AND name = ? AND identity = ?", run_id, here.name, here.identity)[1].id
end

-- The hosts of a run: rows of the table, each with the number of its trials.
function store:hosts(run_id)
  return self:rows([[SELECT host.*, (SELECT count(*) FROM trial WHERE trial.host = host.id) AS trials
    FROM host WHERE run = ? ORDER BY name, id]], run_id)
end

-- How a run goes on elsewhere than on this machine: JSON.
function store:set_engine(run_id, engine)
  self:transaction(function() self:must(self.db:run("UPDATE run SET engine = ? WHERE id = ?", engine, run_id)) end)
end

function store:finish_run(run_id, rounds, finished)
  self:transaction(function()
    self:must(self.db:run("UPDATE run SET rounds = ?, finished = ? WHERE id = ?", rounds, finished, run_id))
  end)
end

-- The claims of a run as they were judged: JSON.
function store:set_verdicts(run_id, verdicts)
  self:transaction(function() self:must(self.db:run("UPDATE run SET verdicts = ? WHERE id = ?", verdicts, run_id)) end)
end

-- All trials of a run, each with config, workload, variant, node (its host's name), its counters by name, and iterations (a list of
-- ns) if it has any.
function store:trials(run_id)
  local trials = self:rows([[SELECT trial.*, cell.config, cell.workload, cell.variant, host.name AS node FROM trial
    JOIN cell ON cell.id = trial.cell LEFT JOIN host ON host.id = trial.host WHERE trial.run = ? ORDER BY trial.id]], run_id)
  local by_id = {}
  for _, trial in ipairs(trials) do
    trial.counters = {}
    by_id[trial.id] = trial
  end
  for _, row in ipairs(self:rows([[SELECT counter.* FROM counter JOIN trial ON trial.id = counter.trial
      WHERE trial.run = ?]], run_id)) do
    local trial = by_id[row.trial]
    trial.counters[row.name] = row
  end
  for _, row in ipairs(self:rows([[SELECT iteration.* FROM iteration JOIN trial ON trial.id = iteration.trial
      WHERE trial.run = ? ORDER BY iteration.trial, iteration.number]], run_id)) do
    local trial = by_id[row.trial]
    trial.iterations = trial.iterations or {}
    trial.iterations[row.number] = row.cpu_ns
  end
  return trials
end

return store
