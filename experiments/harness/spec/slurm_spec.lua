-- The Slurm engine against a made-up sbatch and squeue, which run the elements one after the other. tests/slurm has the real ones.

local fake = require "fake"
local files = require "harness.files"
local native = require "jitlab_native"
local scratch = require "scratch"
local text = require "harness.text"

-- Runs each element, or what slurm/element-K says instead of it, and keeps how it ended for squeue.
local SBATCH = [==[#!/bin/sh
here=${0%/*}/../slurm
[ "$1" != --version ] || exit 0
echo "$*" >>"$here/submitted"
[ ! -e "$here/refuse" ] || { echo "sbatch: error: Batch job submission failed: Invalid partition name specified" >&2; exit 1; }
for word in "$@"; do
  case $word in --array=*) elements=${word#--array=} ;; esac
  script=$word
done
job=$(($(cat "$here/last" 2>/dev/null || echo 0) + 1))
echo $job >"$here/last"
log=$(sed -n 's/^#SBATCH --output=//p' "$script")
run() { "$@" sh "$script" >>"${log%\%a.log}$k.log" 2>&1; }
for k in $(echo "$elements" | tr , ' '); do
  state=COMPLETED
  export SLURM_ARRAY_TASK_ID=$k SLURMD_NODENAME=node$k SLURM_JOB_ID=$job
  if [ -e "$here/element-$k" ]; then
    . "$here/element-$k"
    rm "$here/element-$k"
  else
    run || state=FAILED
  fi
  echo "$k|$state|node$k|None" >>"$here/job-$job"
done
echo $job
]==]

local SQUEUE = [==[#!/bin/sh
here=${0%/*}/../slurm
for word in "$@"; do
  case $word in --jobs=*) job=${word#--jobs=} ;; esac
done
if [ -n "$job" ] && [ -e "$here/silent" ]; then
  rm "$here/silent"
  echo "slurm_load_jobs error: Unable to contact slurm controller" >&2
  exit 1
fi
[ -z "$job" ] || cat "$here/job-$job" 2>/dev/null || { echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1; }
]==]

-- A native program that kills the harness when it runs for the third time while there is a file to count in; an element so killed.
local ALPHA = [==[#!/bin/sh
count=%s/slurm/count
if [ -e "$count" ]; then
  echo >>"$count"
  if [ "$(wc -l <"$count")" -ge 3 ]; then
    [ -e "$count.first" ] || kill -KILL $PPID
    setsid sh -c "sleep 0.2; kill -TERM $PPID" & # not of its group, which ends with it
    sleep 0.1
    exit 143
  fi
fi
echo alpha $1
]==]
local DIES = ': >"$here/count"; run; rm "$here/count"; state=NODE_FAIL'
-- The trial is ended first, and then the harness: as when a job is cancelled.
local TERMINATED = ': >"$here/count"; : >"$here/count.first"; run; rm "$here/count"; state=CANCELLED'

describe("the Slurm engine", function()
  local root, path

  before_each(function()
    root = fake.root()
    path = fake.experiment(root, "e.repeats = { quick = 2 }")
    files.mkdir(root .. "/bin")
    files.mkdir(root .. "/slurm")
    fake.front_door(root)
    fake.script(root .. "/build/release/programs/host/alpha", ALPHA:format(root))
    fake.script(root .. "/bin/sbatch", SBATCH)
    fake.script(root .. "/bin/squeue", SQUEUE)
  end)
  after_each(function() fake.remove(root) end)

  -- Runs with the made-up commands first in PATH; more: further words of the table of arguments.
  local function bench(more)
    return fake.bench(root, path, "quick = true, seed = 7, " .. (more or "engine = 'slurm', shards = 2"), 60, function(command)
      return { "env", ("PATH=%s/bin:%s"):format(root, os.getenv("PATH")), "sh", "-c", command }
    end)
  end

  local RESUME = "engine = 'slurm', resume = true"

  local function element(k, script) files.write(("%s/slurm/element-%d"):format(root, k), script) end

  local function submitted()
    local lists = {}
    for list in (files.read(root .. "/slurm/submitted") or ""):gmatch("%-%-array=(%S+)") do lists[#lists + 1] = list end
    return table.concat(lists, " ")
  end

  local function with_store(f) return scratch.with_store(root .. "/results/x.db", f) end

  -- "kind of config/workload replicate: status", each as often as it is there.
  local function trials(run)
    return with_store(function(s)
      local list = {}
      for _, t in ipairs(s:trials(run or 1)) do
        list[#list + 1] = ("%s of %s/%s %d: %s"):format(t.kind, t.config, t.workload, t.replicate, t.status)
      end
      table.sort(list)
      return list
    end)
  end

  local function finished() return with_store(function(s) return s:rows("SELECT finished FROM run")[1].finished ~= nil end) end

  -- It has ended with the trials that a run on one machine has.
  local of_local
  local function whole()
    assert.is_true(finished())
    local is = trials()
    if not of_local then
      assert.equal(0, bench("").status)
      of_local = trials(2)
    end
    assert.same(of_local, is)
  end

  it("gives what a run on one machine gives, with the hosts of its trials", function()
    local r = bench()
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.matches("x: job 1 has 2 of 2 shards", r.stderr)
    assert.matches("hosts: node1 %(9 trials%), node2 %(9 trials%)", (r.stdout:gsub("\n%s+", " ")))
    whole()
    with_store(function(s)
      for _, host in ipairs(s:hosts(1)) do
        assert.equal(9, host.trials)
        assert.matches('"node":"' .. host.name, host.provenance, 1, true)
      end
      local split = s:rows([[SELECT workload FROM trial JOIN cell ON cell.id = cell WHERE trial.run = 1
        GROUP BY workload, replicate, kind <> 'time' HAVING count(DISTINCT host) > 1]])
      assert.same({}, split)
    end)
  end)

  it("cuts the rounds of a workload when more shards are asked for, and hands sbatch what --slurm says", function()
    local r = bench("engine = 'slurm', shards = 4, slurm = \"--partition='two words' --time=3\", filter = '!unlinked'")
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.matches("--array=1,2,3,4 --partition=two words --time=3 " .. root, files.read(root .. "/slurm/submitted"), 1, true)
    assert.equal("", r.stderr:match("twice") or "")
    assert.equal(2 + 2 + 2 * 2 * 2, #trials())
  end)

  it("refuses where there is no sbatch, and enters nothing", function()
    os.remove(root .. "/bin/sbatch")
    local r = fake.bench(root, path, "quick = true, engine = 'slurm'", 60, function(command)
      for _, name in ipairs { "lua5.4", "sh" } do
        os.execute(("ln -sf $(command -v %s) %s/bin/%s"):format(name, root, name))
      end
      return { "env", ("PATH=%s/bin"):format(root), "sh", "-c", command }
    end)
    assert.equal(2, r.status)
    assert.matches("^%-%-engine slurm: sbatch cannot be run: [^\n]*\n$", r.stderr)
    assert.is_nil(files.read(root .. "/results/x.db"))
  end)

  it("tells a refused submission in a line, and submits it again", function()
    files.write(root .. "/slurm/refuse", "")
    local r = bench()
    assert.matches("sbatch refused the job of x%-[^\n]*: Batch job submission failed: Invalid partition name specified; %-%-resume",
      r.stderr)
    assert.is_false(r.status == 0)
    assert.is_false(finished())
    os.remove(root .. "/slurm/refuse")
    assert.equal(0, bench(RESUME).status)
    assert.equal(1, with_store(function(s) return #s:rows("SELECT id FROM run") end))
    whole()
  end)

  it("names what a cancelled element left undone, and submits that alone again", function()
    element(2, "state=CANCELLED")
    local r = bench()
    assert.equal(1, r.status)
    assert.matches("x: shard 2 of 2 (CANCELLED on node2; it left no database", r.stderr, 1, true)
    assert.matches("9 of 9 trials are missing: reference of reference/beta-x; count of default/beta-x; ", r.stderr, 1, true)
    assert.matches("and 5 more\n", r.stderr)
    assert.matches("is unfinished: 9 of 18 trials are there; --resume submits what is missing again", r.stderr, 1, true)
    assert.is_false(finished())
    assert.equal(0, bench(RESUME).status)
    assert.equal("1,2 2", submitted())
    whole()
  end)

  it("goes on with a shard whose node failed in the middle", function()
    element(1, DIES)
    local r = bench()
    assert.equal(1, r.status)
    assert.matches("shard 1 of 2 (NODE_FAIL on node1", r.stderr, 1, true)
    local before = trials()
    assert.is_true(#before > 9 and #before < 18)
    assert.equal(0, bench(RESUME).status)
    assert.equal("1,2 1", submitted())
    whole()
  end)

  it("keeps no row of a trial that was ended because its job was", function()
    element(1, TERMINATED)
    assert.equal(1, bench().status)
    assert.equal(0, bench(RESUME).status)
    whole()
  end)

  it("takes once what was measured twice, and says so", function()
    element(1, DIES)
    bench()
    local merged = with_store(function(s) return s:rows("SELECT * FROM trial WHERE host = 1 ORDER BY id") end)
    local directory = with_store(function(s) return ("%s/results/%s"):format(root, s:rows("SELECT name FROM run")[1].name) end)
    for _, ending in ipairs { "", "-wal", "-shm" } do os.remove(("%s/shards/1.db%s"):format(directory, ending)) end
    assert(os.execute(("SLURM_ARRAY_TASK_ID=1 sh %s/sbatch.sh 2>/dev/null"):format(directory))) -- somebody measures it by hand
    local r = bench(RESUME)
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.matches(("shard 1 of 2: %d trials were measured twice and are taken once: "):format(#merged), r.stderr, 1, true)
    assert.equal("1,2", submitted())
    for _, row in ipairs(merged) do
      assert.same({ row }, with_store(function(s) return s:rows("SELECT * FROM trial WHERE id = ?", row.id) end))
    end
    whole()
  end)

  it("sets a damaged database aside, and measures only what was not merged before", function()
    local function run() return with_store(function(s) return s:rows("SELECT * FROM run")[1] end) end
    element(1, DIES)
    element(2, ("run; rm -f ${log%%/*}/2.db-*; echo '%s' >${log%%/*}/2.db"):format(("no database, "):rep(20)))
    local r = bench()
    assert.equal(1, r.status)
    assert.matches("shard 2 of 2 %(%S+/shards/2.db cannot be used as a results database: file is not a database%)", r.stderr)
    local merged = with_store(function(s) return s:rows("SELECT * FROM trial ORDER BY id") end)
    -- What was merged of the first stays, although its own database is gone.
    for _, ending in ipairs { "", "-wal", "-shm" } do os.remove(("%s/results/%s/shards/1.db%s"):format(root, run().name, ending)) end
    r = bench(RESUME)
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.matches("shard 2 of 2: its database was set aside as %S+2.db.damaged", r.stderr)
    assert.is_true(files.exists(("%s/results/%s/shards/2.db.damaged"):format(root, run().name)))
    local after = with_store(function(s) return s:rows("SELECT * FROM trial ORDER BY id") end)
    for i, row in ipairs(merged) do assert.same(row, after[i]) end
    whole()
  end)

  it("lets a budget or a precision end the rounds of each shard", function()
    path = fake.experiment(root, "e.repeats = { quick = 9 } e.budget = { quick = 0.01 }")
    local r = bench()
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.equal(2 + 4 + 5 * 6, #trials())
    r = bench("engine = 'slurm', precision = 0.9, rounds = 9")
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.matches("precision: 90 % of cpu_ns reached by", r.stdout, 1, true)
    assert.same({ { rounds = 5 }, { rounds = 5 } }, with_store(function(s) return s:rows("SELECT rounds FROM run") end))
  end)

  it("only submits with --no-wait, and collects later", function()
    local r = bench("engine = 'slurm', shards = 2, no_wait = true")
    assert.equal(0, r.status)
    assert.is_false(finished())
    assert.equal(0, #trials())
    files.write(root .. "/slurm/job-1", "1|RUNNING|node1|None\n2|COMPLETED|node2|None\n")
    r = bench(RESUME .. ", no_wait = true")
    assert.equal(1, r.status)
    assert.matches("unfinished: 9 of 18 trials are there; --resume collects what is under way", r.stderr, 1, true)
    os.remove(root .. "/slurm/job-1") -- Slurm has forgotten it
    files.write(root .. "/slurm/silent", "")
    r = bench(RESUME)
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.matches("Slurm does not answer (slurm_load_jobs error: Unable to contact slurm controller); waiting for it", r.stderr, 1, true)
    assert.equal("1,2", submitted())
    whole()
  end)

  it("does not mix in what another jitlab measured, and says what an element said last", function()
    element(1, "echo >>$here/../build/release/jitlab; run || state=FAILED")
    local r = bench()
    assert.equal(1, r.status)
    assert.matches("shard 1 of 2 (FAILED on node1; it left no database", r.stderr, 1, true)
    assert.matches("it said last: bench.lua: x: jitlab, the experiment or the guest programs are no longer those", r.stderr, 1, true)
  end)

  it("goes on only by the engine that began", function()
    element(2, "state=CANCELLED")
    bench()
    local r = bench("resume = true")
    assert.equal(2, r.status)
    assert.matches("was begun with --engine slurm and goes on with it only", r.stderr, 1, true)
    r = bench(RESUME .. ", shards = 3")
    assert.matches("has 2 shards; --shards 3 cannot be given with --resume", r.stderr, 1, true)
  end)
end)

describe("words for sbatch", function()
  it("are parted as a shell parts them", function()
    assert.same({ "--a=b c", "d", "e f", "" }, text.words([[ --a="b c"  d e\ f '' ]]))
    assert.same({ nil, "a quote is not closed" }, { text.words("'a") })
    for _, word in ipairs { "a b", "it's", "", "$x", "--a=b" } do
      local r = native.run { argv = { "sh", "-c", "printf %s " .. text.quote(word) }, keep_stdout = 100 }
      assert.equal(word, r.stdout)
    end
  end)
end)
