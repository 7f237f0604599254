-- `bench.lua run --engine slurm` under a real Slurm: a whole run, a node that fails in the middle, an element that is requeued,
-- a cancelled job, a refused one. jitlab and the guest programs are scripts: it is about who runs them, where and how often.
--
-- usage: lua5.4 slurm.lua SOURCE_DIR BUILD_DIR       status 77: this machine cannot run Slurm's daemons
local source, build = arg[1], arg[2]
for _, folder in ipairs { "experiments", "experiments/harness/spec", "tests/slurm" } do
  package.path = ("%s/%s/?.lua;%s"):format(source, folder, package.path)
end
package.cpath = build .. "/lib/?.so;" .. package.cpath
local cluster = require "cluster"
local fake = require "fake"
local files = require "harness.files"
local native = require "jitlab_native"
local scratch = require "scratch"

local root, slurm = nil, nil

local function finish(status)
  if slurm then slurm:stop() end
  if root then fake.remove(root) end
  os.exit(status, true)
end

local function skip(reason)
  print("SKIPPED: " .. reason)
  finish(77)
end

local failed = 0
local function check(right, format, ...)
  if right then return end
  failed = failed + 1
  print("WRONG: " .. format:format(...))
end

-- A root whose bench.lua is the real one, so that elements go through the front door.
local function make_root()
  root = fake.root()
  files.mkdir(root .. "/slurm")
  for name, target in pairs { ["bench.lua"] = source .. "/bench.lua", ["experiments/harness"] = source .. "/experiments/harness",
    ["build/release/lib"] = build .. "/lib" } do
    assert(os.execute(("ln -s '%s' '%s/%s'"):format(target, root, name)))
  end
  assert(os.execute(("touch '%s/build/.packages-run'"):format(root))) -- a test installs no packages
  for _, variant in ipairs { "host", "mipsel" } do
    fake.script(("%s/build/release/programs/%s/alpha"):format(root, variant), "#!/bin/sh\nsleep 0.04\necho alpha $1\n")
  end
end

local function experiment(name, rounds)
  return (fake.experiment(root, ("e.name = %q\ne.repeats = { quick = %d }"):format(name, rounds)))
end

-- bench.lua run on that experiment; `words` are further fields of its arguments.
local function run(path, words, around)
  return fake.bench(root, path, "quick = true, seed = 5, engine = 'slurm', " .. words, 60, function(command)
    return around and around(command) or { "env", "SLURM_CONF=" .. slurm.dir .. "/slurm.conf", "sh", "-c", command }
  end)
end

-- The same in the background; the function that is returned waits for its end and gives status and output.
local function start(path, words)
  os.remove(root .. "/status")
  run(path, words, function(command)
    -- What has not left the group of processes when this ends is ended with it.
    return { "sh", "-c", ([[rm -f %s/begun
      SLURM_CONF=%s/slurm.conf setsid sh -c ': >%s/begun; %s >%s/out 2>&1; echo $? >%s/status' </dev/null >/dev/null 2>&1 &
      while [ ! -e %s/begun ]; do sleep 0.02; done]]):format(root, slurm.dir, root, command, root, root, root) }
  end)
  return function()
    local ended = cluster.wait(40, function() return (files.read(root .. "/status") or ""):find("\n") end)
    return ended and tonumber(files.read(root .. "/status")) or -1, files.read(root .. "/out")
  end
end

local function with_store(f) return scratch.with_store(root .. "/results/x.db", f) end

local function last_run() return with_store(function(s) return s:rows("SELECT * FROM run ORDER BY id DESC LIMIT 1")[1] end) end

local function trials() return with_store(function(s) return s:trials(last_run().id) end) end

-- All trials once: a reference and two counts a workload, and three cells each in every round.
local function whole(what, rounds)
  local seen, n = {}, 0
  for _, t in ipairs(trials()) do
    local key = table.concat({ t.kind, t.config, t.workload, t.replicate }, " ")
    check(not seen[key], "%s: %s is there twice", what, key)
    check(t.status == "ok", "%s: %s: %s", what, key, t.detail or "")
    check(t.node == "n1" or t.node == "n2", "%s: %s was made on %s", what, key, t.node or "no host")
    seen[key], n = true, n + 1
  end
  check(n == 2 * (1 + 2 + 3 * rounds), "%s: %d trials", what, n)
  check(last_run().finished, "%s: not finished", what)
end

-- The node on which shard 1 is at round 2 or later, and its number; it has had time to leave something.
local function in_the_middle()
  local node
  cluster.wait(20, function()
    local name = last_run().name
    local log = files.read(("%s/results/%s/shards/1.log"):format(root, name)) or ""
    local _, out = slurm:sh("squeue -h -r -t R -o '%%K %%N'")
    node = log:find("round [2-9]") and out:match("1 (n%d)")
    return node
  end)
  return node
end

local function job_of() return last_run().engine:match('"id":"(%d+)"') end

local function whole_run()
  local r = run(experiment("whole", 3), ("shards = 2, out = '%s/with space'"):format(root))
  check(r.status == 0, "a run: status %d: %s", r.status, r.stderr)
  whole("a run", 3)
  local hosts = with_store(function(s) return s:hosts(last_run().id) end)
  check(#hosts == 2 and hosts[1].trials == 12 and hosts[2].trials == 12, "a run: %d hosts", #hosts)
  check((hosts[1] or {}).provenance:find('"array_job"'), "a run: the host's provenance does not name the job")
end

local function node_failure()
  local path = experiment("failure", 16)
  local wait = start(path, "shards = 2, slurm = '--no-requeue'")
  local node = in_the_middle()
  check(node and slurm:fail_node(node), "no element could be caught in the middle")
  local status, out = wait()
  check(status == 1, "a node failed: status %d: %s", status, out)
  check(out:find(("shard 1 of 2 (NODE_FAIL on %s"):format(node), 1, true), "a node failed: %s", out)
  check(out:find("trials are missing: ", 1, true) and out:find("and %d+ more"), "what is missing is not named: %s", out)
  local before = trials()
  check(#before > 56 and #before < 102, "a node failed: %d trials", #before)
  check(slurm:repair_node(node), "the node does not come back")
  local r = run(path, "resume = true")
  check(r.status == 0, "resumed after a failure: status %d: %s", r.status, r.stderr)
  check(r.stderr:find("has 1 of 2 shards", 1, true), "what was there was submitted again: %s", r.stderr)
  whole("resumed after a failure", 16)
  local after = trials()
  for i, t in ipairs(before) do
    check(t.id == after[i].id and t.started == after[i].started and t.wall_ns == after[i].wall_ns, "trial %d was measured anew", t.id)
  end
end

-- Slurm itself puts the element back into the queue, and it goes on where its database stops, on the other node.
local function requeued()
  local wait = start(experiment("requeued", 12), "shards = 2")
  local node = in_the_middle()
  check(node, "no element could be caught in the middle")
  local job = job_of()
  slurm:sh("scontrol update nodename=%s state=drain reason=test; scontrol requeue %s_1", node, job)
  local seen = false
  cluster.wait(15, function() -- it would be begun two minutes later
    local _, queue = slurm:sh("squeue -h -r -t all -j %s -o '%%K %%T %%r'", job)
    local delayed = queue:find("1 PENDING BeginTime")
    seen = seen or delayed
    if delayed then slurm:sh("scontrol update jobid=%s_1 starttime=now", job) end
    return seen and not delayed
  end)
  local status, out = wait()
  check(status == 0, "requeued: status %d: %s", status, out)
  local log = files.read(("%s/results/%s/shards/1.log"):format(root, last_run().name)) or ""
  check(log:find("trials are there already", 1, true), "the element did not go on where it was: %s", log)
  whole("requeued", 12)
  local hosts, split = {}, 0
  for _, t in ipairs(trials()) do
    if t.workload == "alpha" then hosts[t.node] = true end
  end
  for _ in pairs(hosts) do split = split + 1 end
  check(split == 2, "the element did not move from %s", node)
  check(out:find("hosts: n1 (", 1, true), "requeued: no line says which hosts: %s", out)
  check(slurm:repair_node(node, true), "the node does not come back")
end

local function cancelled()
  local path = experiment("cancelled", 12)
  local wait = start(path, "shards = 2")
  check(in_the_middle(), "no element could be caught in the middle")
  slurm:sh("scancel %s", job_of())
  local status, out = wait()
  check(status == 1 and out:find("shard 1 of 2 (CANCELLED on n", 1, true), "cancelled: status %d: %s", status, out)
  local r = run(path, "resume = true, no_wait = true")
  check(r.status == 0, "cancelled, submitted again: status %d: %s", r.status, r.stderr)
  r = run(path, "resume = true")
  check(r.status == 0, "cancelled, collected: status %d: %s", r.status, r.stderr)
  whole("cancelled", 12)
end

local function refused()
  local r = run(experiment("refused", 1), "slurm = '--partition=nowhere'")
  check(r.status ~= 0 and r.stderr:find("sbatch refused the job of refused[^\n]*[Ii]nvalid partition[^\n]*\n$"), "refused: %s", r.stderr)
end

local missing = cluster.missing()
if missing then skip(missing) end
make_root()
local wrong
slurm, wrong = cluster.start(root .. "/slurm")
if not slurm then skip(wrong) end
local ok, message = xpcall(function()
  for i, part in ipairs { whole_run, refused, node_failure, requeued, cancelled } do
    local begun = native.clock()
    part()
    print(("part %d: %.1f s"):format(i, (native.clock() - begun) / 1e9))
  end
end, debug.traceback)
check(ok, "%s", message)
print(("%d wrong"):format(failed))
finish(failed == 0 and 0 or 1)
