-- The database of results: one row a trial, each in a transaction of its own, so that a harness that is killed at any moment
-- loses no trial that had ended. A file that is no database, is damaged or is somebody else's is refused and left alone.

local native = require "jitlab_native"
local fail = require "harness.fail"
local files = require "harness.files"

local store = {}
store.__index = store

local APPLICATION = 0x6a69746c -- "jitl"
local VERSION = 1

local SCHEMA = [[
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  experiment TEXT NOT NULL,
  identity TEXT NOT NULL,        -- hash of all that must not change when a run is resumed
  mode TEXT NOT NULL,
  seed INTEGER NOT NULL,
  rounds INTEGER NOT NULL,       -- planned; lowered when a time budget ended the run
  started TEXT NOT NULL,
  finished TEXT,
  provenance TEXT NOT NULL       -- JSON
);
CREATE TABLE cell (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run(id),
  config TEXT NOT NULL,
  workload TEXT NOT NULL,
  variant TEXT NOT NULL,
  settings TEXT NOT NULL,        -- the --set values, one a line
  command TEXT NOT NULL,
  UNIQUE (run, config, workload, variant)
);
CREATE TABLE trial (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run(id),
  cell INTEGER NOT NULL REFERENCES cell(id),
  kind TEXT NOT NULL,            -- reference, count or time
  replicate INTEGER NOT NULL,    -- the round, for time
  status TEXT NOT NULL,          -- ok, timeout, signal, exit, mismatch or refused
  detail TEXT,                   -- why it is not ok
  exit_status INTEGER, signal INTEGER,
  wall_ns INTEGER, user_ns INTEGER, system_ns INTEGER, max_rss_kib INTEGER, minor_faults INTEGER, major_faults INTEGER,
  voluntary_switches INTEGER, involuntary_switches INTEGER,
  stdout_hash TEXT, stdout_bytes INTEGER, fingerprint TEXT, stderr TEXT,
  started TEXT NOT NULL, cpu INTEGER, steal_ticks INTEGER, load1 REAL, pressure REAL,
  UNIQUE (run, cell, kind, replicate)
);
CREATE TABLE counter (
  trial INTEGER NOT NULL REFERENCES trial(id),
  name TEXT NOT NULL,
  value NUMERIC,                 -- NULL: not counted, and reason says why
  unit TEXT,
  reason TEXT,
  PRIMARY KEY (trial, name)
) WITHOUT ROWID;
]]

local TRIAL_COLUMNS = {
  "run", "cell", "kind", "replicate", "status", "detail", "exit_status", "signal", "wall_ns", "user_ns", "system_ns",
  "max_rss_kib", "minor_faults", "major_faults", "voluntary_switches", "involuntary_switches", "stdout_hash",
  "stdout_bytes", "fingerprint", "stderr", "started", "cpu", "steal_ticks", "load1", "pressure",
}

local INSERT_TRIAL = ("INSERT INTO trial (%s) VALUES (%s)"):format(
  table.concat(TRIAL_COLUMNS, ", "), ("?, "):rep(#TRIAL_COLUMNS - 1) .. "?")

local function pragma(db, name)
  local rows, message = db:rows("PRAGMA " .. name)
  if not rows then return nil, message end
  local _, value = next(rows[1] or {})
  return value
end

-- What is wrong with a file that should become our database, or nil.
local function objection(db)
  local application, message = pragma(db, "application_id")
  if message then return message end
  local check
  check, message = pragma(db, "quick_check(1)")
  if check ~= "ok" then return message or check end
  local tables = db:rows("SELECT count(*) AS n FROM sqlite_master")
  if application == APPLICATION then
    local version = pragma(db, "user_version")
    if version ~= VERSION then return ("its layout is version %d, this program knows %d"):format(version, VERSION) end
  elseif application ~= 0 or tables[1].n > 0 then
    return "it is a database of another program"
  end
end

function store.open(path)
  local directory = path:match("^(.*)/")
  if directory and directory ~= "" then files.mkdir(directory) end
  local db, message = native.open(path)
  local wrong = message
  if db then
    wrong = objection(db)
    if wrong then db:close() end
  end
  if wrong then fail.usage("%s cannot be used as a results database: %s", path, wrong:match("^[^\n]*")) end
  local self = setmetatable({ db = db, path = path }, store)
  self:must(db:script("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON"))
  self:transaction(function()
    if pragma(db, "application_id") == 0 then
      self:must(db:script(("%s PRAGMA application_id=%d; PRAGMA user_version=%d"):format(SCHEMA, APPLICATION, VERSION)))
    end
  end)
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
      "INSERT INTO run (name, experiment, identity, mode, seed, rounds, started, provenance) VALUES (?,?,?,?,?,?,?,?)",
      run.name, run.experiment, run.identity, run.mode, run.seed, run.rounds, run.started, run.provenance))
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

-- One finished trial with its counters, all or nothing.
function store:add_trial(trial)
  self:transaction(function()
    local values = {}
    for i, column in ipairs(TRIAL_COLUMNS) do values[i] = trial[column] end
    local _, id = self:must(self.db:run(INSERT_TRIAL, table.unpack(values, 1, #TRIAL_COLUMNS)))
    for name, counter in pairs(trial.counters or {}) do
      self:must(self.db:run("INSERT INTO counter (trial, name, value, unit, reason) VALUES (?,?,?,?,?)",
        id, name, counter.value, counter.unit, counter.reason))
    end
  end)
end

function store:finish_run(run_id, rounds, finished)
  self:transaction(function()
    self:must(self.db:run("UPDATE run SET rounds = ?, finished = ? WHERE id = ?", rounds, finished, run_id))
  end)
end

-- All trials of a run, each with config, workload, variant and its counters by name.
function store:trials(run_id)
  local trials = self:rows([[SELECT trial.*, cell.config, cell.workload, cell.variant FROM trial
    JOIN cell ON cell.id = trial.cell WHERE trial.run = ? ORDER BY trial.id]], run_id)
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
  return trials
end

return store
