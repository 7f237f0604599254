-- The layout of the results database, as the steps that make it: step N takes a database of version N-1 to version N, in one
-- transaction. A new database takes them all. A step that was released is never changed; what comes later is a new step.

local migrations = {}

migrations[1] = [[
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

migrations[2] = [[
ALTER TABLE run ADD COLUMN definition TEXT; -- JSON: what was asked, so that a report needs no experiment file
ALTER TABLE run ADD COLUMN verdicts TEXT;   -- JSON: the claims as they were judged when the run ended
CREATE TABLE iteration (
  trial INTEGER NOT NULL REFERENCES trial(id),
  number INTEGER NOT NULL,       -- from 1, in the order in which the process made them
  cpu_ns INTEGER NOT NULL,
  PRIMARY KEY (trial, number)
) WITHOUT ROWID;
]]

migrations[3] = [[
ALTER TABLE run ADD COLUMN engine TEXT;     -- JSON: how the run goes on elsewhere than on this machine; NULL: on this machine
CREATE TABLE host (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run(id),
  name TEXT NOT NULL,            -- of the machine, or of the node where a batch system gives it another name
  identity TEXT NOT NULL,        -- hash of what must be the same for it to be the same host: processor, kernel, memory
  provenance TEXT NOT NULL,      -- JSON
  UNIQUE (run, name, identity)
);
ALTER TABLE trial ADD COLUMN host INTEGER REFERENCES host(id);
]]

return migrations
