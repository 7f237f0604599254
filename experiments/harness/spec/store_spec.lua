local fail = require "harness.fail"
local files = require "harness.files"
local native = require "jitlab_native"
local store = require "harness.store"

describe("the database", function()
  local path

  before_each(function()
    path = os.tmpname()
    os.remove(path)
  end)
  after_each(function()
    for _, suffix in ipairs { "", "-wal", "-shm" } do os.remove(path .. suffix) end
  end)

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

  -- The sentence that refuses a file with this content, which must still have it afterwards.
  local function refused(content)
    files.write(path, content)
    local ok, message = fail.catch(store.open, path)
    assert.is_false(ok)
    assert.is_nil(message:find("\n"))
    assert.equal(content, files.read(path))
    return (message:gsub("^.*database: ", ""))
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
    assert.is_true(#refused(whole:sub(1, 4096) .. ("\xff"):rep(8192) .. whole:sub(12289)) > 0)
  end)

  it("refuses another program's database and leaves it alone", function()
    local db = native.open(path)
    db:script("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)")
    db:close()
    assert.equal("it is a database of another program", refused(files.read(path)))
  end)

  it("refuses a newer layout", function()
    store.open(path):close()
    local db = native.open(path)
    db:script("PRAGMA user_version=99")
    db:close()
    local _, message = fail.catch(store.open, path)
    assert.matches("its layout is version 99", message)
  end)

  it("refuses a path that cannot be", function()
    local ok, message = fail.catch(store.open, "/proc/nothing/x.db")
    assert.is_false(ok)
    assert.is_nil(message:find("\n"))
  end)
end)
