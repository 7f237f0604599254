local definition = require "harness.definition"
local fail = require "harness.fail"
local files = require "harness.files"
local migrations = require "harness.migrations"
local native = require "jitlab_native"
local scratch = require "scratch"
local store = require "harness.store"

describe("the database", function()
  local path

  before_each(function() path = scratch.path() end)
  after_each(function() scratch.remove(path) end)

  local cell = { config = { name = "c", set = { "a=b" } }, workload = { name = "w" }, variant = "mipsel", command = "x" }

  local function new_run(s)
    local run = {
      name = "r", experiment = "e", identity = "i", mode = "quick", seed = 1 << 62 | 1, rounds = 3, started = "now", provenance = "{}",
    }
    s:begin_run(run, { cell })
    return run
  end

  local function trial(run, replicate)
    return { run = run.id, cell = cell.id, kind = "time", replicate = replicate, status = "ok", started = "now", wall_ns = 1,
      user_ns = 1, system_ns = 1, counters = { big = { value = 9007199254740993 }, none = { reason = "because" } } }
  end

  it("keeps trials, 64-bit numbers and reasons", function()
    local s = store.open(path)
    local run = new_run(s)
    s:add_trial(trial(run, 1))
    s:close()
    s = store.open(path)
    local trials = s:trials(run.id)
    assert.equal(1, #trials)
    assert.equal("c", trials[1].config)
    assert.equal(9007199254740993, trials[1].counters.big.value)
    assert.equal("integer", math.type(trials[1].counters.big.value))
    assert.is_nil(trials[1].counters.none.value)
    assert.equal("because", trials[1].counters.none.reason)
    assert.equal(1 << 62 | 1, s:rows("SELECT seed FROM run")[1].seed)
    s:close()
  end)

  it("takes no trial twice, and none by half", function()
    local s = store.open(path)
    local run = new_run(s)
    s:add_trial(trial(run, 1))
    local ok, message = fail.catch(s.add_trial, s, trial(run, 1))
    assert.is_false(ok)
    assert.matches("UNIQUE", message)
    local broken = trial(run, 2)
    broken.counters.bad = { value = 1, unit = {} }
    assert.is_false((pcall(s.add_trial, s, broken)))
    assert.equal(1, s:rows("SELECT count(*) AS n FROM trial")[1].n)
    assert.equal(2, s:rows("SELECT count(*) AS n FROM counter")[1].n)
    s:add_trial(trial(run, 2))
    s:close()
  end)

  it("finds the run that did not end", function()
    local s = store.open(path)
    local run = new_run(s)
    assert.equal(run.id, s:unfinished_run("i").id)
    assert.is_nil(s:unfinished_run("other"))
    s:finish_run(run.id, 2, "later")
    assert.is_nil(s:unfinished_run("i"))
    s:close()
  end)

  local SUFFIXES = { "", "-wal", "-shm", "-journal" }

  -- The contents of the file at path and of those beside it.
  local function all_of_it()
    local contents = {}
    for _, suffix in ipairs(SUFFIXES) do contents[suffix] = files.read(path .. suffix) or false end
    return contents
  end

  -- The sentence that refuses what is at path, which must be as it was afterwards, the files beside it too.
  local function refused_there()
    local before = all_of_it()
    local ok, message = fail.catch(store.open, path)
    assert.is_false(ok)
    assert.is_nil(message:find("\n"))
    for suffix, content in pairs(all_of_it()) do assert(content == before[suffix], path .. suffix .. " was changed") end
    return (message:gsub("^.*database: ", ""))
  end

  local function refused(content)
    files.write(path, content)
    return refused_there()
  end

  -- What a process that is killed leaves: the database with its log, and the log's index: "whole", "blank" (killed while it was made)
  -- or "none" (as on a copy).
  local function killed(db, index)
    local contents = all_of_it()
    db:close()
    for _, suffix in ipairs(SUFFIXES) do
      os.remove(path .. suffix)
      local content = contents[suffix]
      if content and suffix == "-shm" then content = index == "whole" and content or index == "blank" and ("\0"):rep(#content) end
      if content then files.write(path .. suffix, content) end
    end
  end

  it("refuses what is no database and leaves it alone", function()
    assert.equal("file is not a database", refused(("this is no database\n"):rep(100)))
  end)

  it("refuses a damaged database and leaves it alone", function()
    local s = store.open(path)
    local run = new_run(s)
    for i = 1, 200 do s:add_trial(trial(run, i)) end
    s.db:script("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE")
    s:close()
    local whole = files.read(path)
    assert.matches("malformed", refused(whole:sub(1, #whole // 2)))
    assert.matches("it is damaged: Page 4: ", refused(whole:sub(1, 3 * 4096) .. ("\255"):rep(4096) .. whole:sub(4 * 4096 + 1)))
    assert.is_true(#refused(whole:sub(1, 4096) .. ("\xff"):rep(8192) .. whole:sub(12289)) > 0)
  end)

  it("refuses another program's database and leaves it alone", function()
    local db = native.open(path)
    db:script("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)")
    db:close()
    assert.equal("it is a database of another program", refused(files.read(path)))
  end)

  it("refuses another program's database that has a log, and leaves both alone", function()
    for _, index in ipairs { "none", "blank", "whole" } do
      local db = native.open(path)
      db:script("PRAGMA journal_mode=WAL; CREATE TABLE mine (x); INSERT INTO mine VALUES (1)")
      killed(db, index)
      assert.is_true(#files.read(path .. "-wal") > 0)
      assert.equal("it is a database of another program", refused_there())
      for _, suffix in ipairs(SUFFIXES) do os.remove(path .. suffix) end
    end
  end)

  it("refuses a newer layout and leaves it alone, be it in the log only", function()
    store.open(path):close()
    local db = native.open(path)
    db:script("PRAGMA user_version=99")
    db:close()
    assert.matches("its layout is version 99", refused_there())
    os.remove(path)
    for _, index in ipairs { "none", "blank", "whole" } do
      store.open(path):close()
      db = native.open(path)
      db:script("PRAGMA user_version=98")
      killed(db, index)
      assert.matches("its layout is version 98", refused_there())
      os.remove(path)
      os.remove(path .. "-wal")
      os.remove(path .. "-shm")
    end
  end)

  it("goes on with what a killed process left in the log", function()
    for _, index in ipairs { "none", "blank", "whole" } do
      local s = store.open(path)
      local run = new_run(s)
      s:add_trial(trial(run, 1))
      killed(s, index)
      s = store.open(path)
      assert.equal(1, #s:trials(run.id))
      s:close()
      assert.is_nil(files.read(path .. "-wal"))
      os.remove(path)
    end
  end)

  -- A database of layout 1 with a run, a cell and a trial.
  local function old()
    local db = native.open(path)
    assert(db:script("PRAGMA journal_mode=WAL; " .. migrations[1] .. [[
      INSERT INTO run VALUES (1, 'r', 'e', 'i', 'quick', 1, 3, 'now', 'later', '{}');
      INSERT INTO cell VALUES (1, 1, 'native', 'w', 'mipsel', '', '/x/w'), (2, 1, 'c', 'w', 'mipsel', 'a=b', '/x/jitlab exec --set a=b w');
      INSERT INTO trial (id, run, cell, kind, replicate, status, started) VALUES (7, 1, 2, 'time', 1, 'ok', 'now');
      INSERT INTO counter VALUES (7, 'big', 9007199254740993, NULL, NULL);
      PRAGMA application_id=1785295980; PRAGMA user_version=1]]))
    db:close()
  end

  it("takes a database of layout 1 on to this one with all that is in it", function()
    old()
    local s = store.open(path)
    assert.equal(#migrations, s:rows("PRAGMA user_version")[1].user_version)
    local run = s:rows("SELECT * FROM run")[1]
    assert.is_nil(run.definition)
    local trials = s:trials(1)
    assert.equal(9007199254740993, trials[1].counters.big.value)
    assert.is_nil(trials[1].iterations)
    s:add_trial { run = 1, cell = 2, kind = "time", replicate = 2, status = "ok", started = "now", iterations = { 5, 7, 6 } }
    assert.same({ 5, 7, 6 }, s:trials(1)[2].iterations)
    local e = definition.of_run(s, run)
    assert.same({ "native", "c" }, e.config_names)
    assert.equal("native", e.baseline)
    assert.equal("jitlab", e.config.c.runner)
    assert.same({ "a=b" }, e.config.c.set)
    assert.same({ "w" }, e.workload_names)
    s:close()
    store.open(path):close()
  end)

  it("is left at its layout when a step to the next one fails", function()
    old()
    table.insert(migrations, "CREATE TABLE further (x); INSERT INTO nowhere VALUES (1);")
    local ok, message = fail.catch(store.open, path)
    table.remove(migrations)
    assert.is_false(ok)
    assert.matches("nowhere", message)
    local s = store.open(path)
    assert.equal(#migrations, s:rows("PRAGMA user_version")[1].user_version)
    assert.equal(0, s:rows("SELECT count(*) AS n FROM sqlite_master WHERE name = 'further'")[1].n)
    assert.equal(1, #s:trials(1))
    s:close()
  end)

  it("holds references between its tables", function()
    local s = store.open(path)
    local run = new_run(s)
    local lost = trial(run, 1)
    lost.cell = 99
    local ok, message = fail.catch(s.add_trial, s, lost)
    assert.is_false(ok)
    assert.matches("FOREIGN KEY", message)
    assert.equal("wal", s:rows("PRAGMA journal_mode")[1].journal_mode)
    s:close()
  end)

  it("is not made where it has to be there", function()
    local ok, message = fail.catch(store.open, path, { existing = true })
    assert.is_false(ok)
    assert.matches("there is no results database", message)
    assert.is_nil(files.read(path))
  end)

  it("refuses a path that cannot be", function()
    local ok, message = fail.catch(store.open, "/proc/nothing/x.db")
    assert.is_false(ok)
    assert.is_nil(message:find("\n"))
  end)
end)
