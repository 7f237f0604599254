-- The engine that has a Slurm job array measure a campaign: a shard an element, each into a database of its own, all of them merged
-- into the run's at the end.
--
-- An element is `bench.lua run EXPERIMENT --shard K/N`, the local engine on a part of the plan (shards.lua). It goes on where its
-- database stops, so that Slurm may requeue it and --resume may submit it again. What is known of the run lies in its row (`engine`:
-- jobs, shards that are done), and never in the process that waits, which may be ended at any time.

local native = require "jitlab_native"
local json = require "dkjson"
local batch = require "harness.batch"
local definition = require "harness.definition"
local fail = require "harness.fail"
local files = require "harness.files"
local merge = require "harness.merge"
local paths = require "harness.paths"
local precision = require "harness.precision"
local shards = require "harness.shards"
local stores = require "harness.store"
local text = require "harness.text"
local trial = require "harness.trial"

local engine = { name = "slurm" }

local MOST = 4 -- trials that a line names
local PATIENCE = 600 -- seconds for which Slurm's controller may be away

function engine.open(options)
  if options.slurm then batch.words(options.slurm) end
  return batch.missing()
end

-- What the shard K of N of a run has for an identity: that of the whole run and which part it is.
function engine.shard_identity(identity, k, n) return ("%s/%d/%d"):format(identity, k, n) end

local function say(s, format, ...)
  io.stderr:write(native.isatty(2) and "\r\27[K" or "", s.c.e.name, ": ", format:format(...), "\n")
end

-- The state of the engine: c, the shards with their parts and plans, and what the run's row keeps (`kept`: directory, shards, jobs).
local function begin(c)
  local kept = c.run.engine and json.decode(c.run.engine) or {}
  c.e.rounds = c.run.rounds -- a run that is resumed has the rounds that it began with
  if not kept.shards then
    local n = c.options.shards or #c.e.workload_names
    kept = { name = engine.name, directory = c.directory .. "/shards", shards = {}, jobs = {} }
    for k = 1, n do kept.shards[k] = { done = false } end
  elseif c.options.shards and c.options.shards ~= #kept.shards then
    fail.usage("the run %s has %d shards; --shards %d cannot be given with --resume", c.run.name, #kept.shards, c.options.shards)
  end
  local s = { c = c, kept = kept, n = #kept.shards, shards = {}, seen = {} }
  for k, part in ipairs(shards.partition(c.e, c.plan, s.n)) do
    s.shards[k] = { k = k, part = part, plan = shards.restrict(c.plan, part), identity = engine.shard_identity(c.identity, k, s.n),
      path = ("%s/%d.db"):format(kept.directory, k), log = ("%s/%d.log"):format(kept.directory, k),
      name = ("shard %d of %d"):format(k, s.n) }
  end
  files.mkdir(kept.directory)
  return s
end

local function keep(s)
  s.c.run.engine = json.encode(s.kept)
  s.c.store:set_engine(s.c.run.id, s.c.run.engine)
end

-- Submitting --------------------------------------------------------------------------------------------------------------------

-- The command of an element, with its number as the shell has it.
local function command(s)
  local c, args = s.c, s.c.options.args
  local words = { paths.root .. "/bench.lua", "run", c.options.experiment }
  local function add(...)
    for _, word in ipairs { ... } do words[#words + 1] = word end
  end
  if c.e.mode == "quick" then add("--quick") end
  if args.counters then add("--counters", table.concat(args.counters, ",")) end
  if args.multiplex then add("--multiplex") end
  if args.precision then add("--precision", ("%.17g"):format(args.precision)) end
  if args.filter then add("--filter", args.filter) end
  if args.programs then add("--programs", args.programs) end
  add("--repeat", ("%d"):format(c.run.rounds), "--seed", ("%d"):format(c.run.seed), "--identity", c.identity)
  for i, word in ipairs(words) do words[i] = text.quote(word) end
  add("--shard", ('"$SLURM_ARRAY_TASK_ID/%d"'):format(s.n), "--db", text.quote(s.kept.directory) .. '/"$SLURM_ARRAY_TASK_ID.db"',
    "--out", text.quote(s.kept.directory))
  return table.concat(words, " ")
end

-- Writes the script of the job array and returns its path. What --slurm says is on sbatch's command line and so overrides this.
local function write_script(s)
  local path = s.c.directory .. "/sbatch.sh"
  files.write(path, ([[#!/bin/sh
# Shards of the run %s, an element each.
#SBATCH --job-name=jitlab-%s
#SBATCH --output=%s
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --exclusive
exec %s
]]):format(s.c.run.name, s.c.e.name, text.quote(s.kept.directory .. "/%a.log"), command(s)))
  return path
end

-- Sets a database aside that cannot be used; what can still be read of it can be by hand.
local function set_aside(s, shard)
  local aside = shard.path .. ".damaged"
  for _, ending in ipairs { "", "-wal", "-shm", "-journal" } do os.rename(shard.path .. ending, aside .. ending) end
  say(s, "%s: its database was set aside as %s", shard.name, aside)
end

-- Cells get the ids that they have in the database which they are entered into.
local function copies(cells)
  local list = {}
  for i, cell in ipairs(cells) do
    list[i] = { config = cell.config, workload = cell.workload, variant = cell.variant, command = cell.command }
  end
  return list
end

-- Makes a shard's database ready for an element that goes on: with what was merged of it, should it have lost that itself.
local function prepare(s, shard)
  local c = s.c
  local ok, db = fail.catch(stores.open, shard.path, { alone = true })
  if not ok then
    if db:find("locked", 1, true) then fail.work("%s: %s: something is still measuring into it", shard.name, db) end
    set_aside(s, shard)
    db = stores.open(shard.path, { alone = true })
  end
  local run = { name = ("%s-%d"):format(c.run.name, shard.k), experiment = c.e.name, identity = shard.identity, mode = c.run.mode,
    seed = c.run.seed, rounds = shard.part.last, started = c.run.started, provenance = c.run.provenance,
    definition = definition.encode(c.e) }
  merge.reopen(db, run, copies(shard.plan.all), c.store, c.run.id, function(row) return shards.has(shard.part, row) end)
  db:close()
end

-- Submits these shards. On a refusal the run stays as it is, to be resumed.
local function submit(s, list)
  local numbers = {}
  local resumed = #s.kept.jobs > 0
  for i, shard in ipairs(list) do
    numbers[i] = shard.k
    if resumed then prepare(s, shard) end
    s.kept.shards[shard.k].done = false
  end
  local script = write_script(s)
  local job, message = batch.submit(script, numbers, s.c.options.slurm and batch.words(s.c.options.slurm) or {})
  if not job then
    fail.work("sbatch refused the job of %s: %s; --resume submits it again", s.c.run.name, message)
  end
  table.insert(s.kept.jobs, job)
  keep(s)
  say(s, "job %s has %d of %d shards (%s); %s--resume collects them", job.id, #list, s.n, script,
    s.c.options.no_wait and "" or "should this be interrupted, ")
end

-- Waiting -----------------------------------------------------------------------------------------------------------------------

-- Asks Slurm for all elements; a later job's count. Returns false and a sentence when it does not answer.
local function look(s)
  local seen = {}
  for _, job in ipairs(s.kept.jobs) do
    if not job.ended then
      local states, message = batch.states(job)
      if not states then return false, message end
      local active = false
      for _, k in ipairs(job.elements) do
        local element = states[k] or { state = "gone", active = false }
        if element.state ~= "gone" or not s.seen[k] then seen[k] = element end
        active = active or element.active
      end
      job.ended = not active
    end
  end
  for k, element in pairs(seen) do s.seen[k] = element end
  return true
end

local function active(s, shard)
  local element = s.seen[shard.k]
  return element ~= nil and element.active
end

-- How the elements fare, in words.
local function tally(s)
  local count, reasons = {}, {}
  for _, shard in ipairs(s.shards) do
    local element = s.seen[shard.k]
    if element and not s.kept.shards[shard.k].done then
      local word = element.state:lower()
      count[word] = (count[word] or 0) + 1
      if element.state == "PENDING" and element.reason and element.reason ~= "None" then reasons[element.reason] = true end
    end
  end
  local parts = {}
  for _, word in ipairs(text.sorted_keys(count)) do
    local why = word == "pending" and table.concat(text.sorted_keys(reasons), ", ") or ""
    parts[#parts + 1] = ("%d %s%s"):format(count[word], word, why ~= "" and " (" .. why .. ")" or "")
  end
  return table.concat(parts, ", ")
end

local function any_active(s)
  for _, shard in ipairs(s.shards) do
    if active(s, shard) then return true end
  end
  return false
end

-- Looks once; raises when Slurm does not answer.
local function look_once(s)
  local ok, message = look(s)
  if not ok then fail.work("Slurm does not answer: %s; --resume collects the run %s later", message, s.c.run.name) end
end

local function show(s, last)
  local line = tally(s)
  if native.isatty(2) then
    io.stderr:write("\r\27[K", s.c.e.name, ": shards: ", line)
    io.stderr:flush()
  elseif line ~= last and line ~= "" then
    io.stderr:write(s.c.e.name, ": shards: ", line, "\n")
  end
  return line
end

-- Waits until no element is under way.
local function wait(s)
  local since, silent, last = native.clock(), nil, nil
  while true do
    local ok, message = look(s)
    local now = native.clock()
    if ok then
      silent = nil
      last = show(s, last)
      if not any_active(s) then break end
    elseif not silent then
      silent = now
      say(s, "Slurm does not answer (%s); waiting for it", message)
    elseif now - silent > PATIENCE * 1000000000 then
      look_once(s)
    end
    -- often at first, for short runs; a controller is asked no more than every ten seconds by long ones
    native.run { argv = { "sleep", ("%.1f"):format(math.min(10, 0.5 + (now - since) / 20e9)) } }
  end
  if native.isatty(2) then io.stderr:write("\r\27[K") end
  keep(s)
end

-- Merging -----------------------------------------------------------------------------------------------------------------------

local function some(list, words)
  local names = {}
  for i = 1, math.min(#list, MOST) do names[i] = words(list[i]) end
  return table.concat(names, "; ") .. (#list > MOST and ("; and %d more"):format(#list - MOST) or "")
end

local function words_of_row(row) return merge.words(row.kind, row.config, row.workload, row.replicate, trial.is_timed(row.kind)) end

local function words_of_trial(t)
  return merge.words(t.kind, t.cell.config.name, t.cell.workload.name, t.replicate, trial.is_timed(t.kind))
end

-- Shards that share a workload each have its reference, to hold their own trials against: one is kept, and what they print is
-- compared. Returns the rows that should not have been there twice.
local function check_references(s, shard, twice)
  local others, share = {}, s.n > #s.c.e.workload_names
  for _, pair in ipairs(twice) do
    local row, there = pair.row, pair.there
    if not (share and row.kind == "reference") then
      others[#others + 1] = row
    elseif row.status == "ok" and there.status == "ok" and row.stdout_hash ~= there.stdout_hash and #s.c.plan.again == 0 then
      say(s, "%s: %s printed something else on %s than for another shard", shard.name, row.workload, row.node or "its host")
    end
  end
  return others
end

-- Takes what a shard's database has. Returns nil, or a sentence about why that is nothing.
local function take(s, shard)
  if not files.exists(shard.path) then return "it left no database " .. shard.path end
  local db = stores.open(shard.path, { existing = true, alone = true })
  local _, message = fail.catch(function()
    local run, wrong = merge.run_of(db, shard.identity)
    if not run then return ("%s %s"):format(shard.path, wrong) end
    local found = merge.trials(db, run.id, s.c.store, s.c.run.id, function(row) return shards.has(shard.part, row) end)
    local twice = check_references(s, shard, found.twice)
    if #twice > 0 then say(s, "%s: %d trials were measured twice and are taken once: %s", shard.name, #twice, some(twice, words_of_row)) end
    if #found.strange > 0 then
      say(s, "%s: %d trials are not this shard's and were not taken: %s", shard.name, #found.strange, some(found.strange, words_of_row))
    end
    if run.finished then s.kept.shards[shard.k].rounds = run.rounds end
  end)
  db:close()
  return message
end

-- Workloads none of whose references ended as it should.
local function failing(s)
  local fails = {}
  local rows = s.c.store:rows([[SELECT workload, max(status = 'ok') AS good FROM trial JOIN cell ON cell.id = cell
    WHERE trial.run = ? AND kind = 'reference' GROUP BY workload]], s.c.run.id)
  for _, row in ipairs(rows) do fails[row.workload] = row.good == 0 end
  return fails
end

-- Takes what the shards that are not under way have. Sets shard.problem and shard.missing (a list), and which are done.
local function collect(s)
  for _, shard in ipairs(s.shards) do
    local kept = s.kept.shards[shard.k]
    if not kept.done and not active(s, shard) then
      shard.problem = select(2, fail.catch(take, s, shard))
    end
  end
  local fails = failing(s)
  for _, shard in ipairs(s.shards) do
    local kept = s.kept.shards[shard.k]
    shard.trials = shards.trials(s.c.e, shard.plan, kept.rounds or shard.part.last, fails)
    shard.missing = merge.missing(s.c.store, s.c.run.id, shard.trials)
    kept.done = kept.rounds ~= nil and #shard.missing == 0
  end
  keep(s)
end

local function last_line(path)
  return ((files.read(path) or ""):gsub("%s+$", ""):match("[^\n]*$"):gsub("^.*\r", ""))
end

-- Why a shard is not done: how its element ended, its database, the last that it said.
local function why(s, shard)
  local parts, element = {}, s.seen[shard.k]
  if element and element.state ~= "gone" and element.state ~= "COMPLETED" then
    parts[1] = element.state .. (element.node and " on " .. element.node or "")
  end
  parts[#parts + 1] = shard.problem
  local said = last_line(shard.log)
  if said ~= "" and (element and element.state == "FAILED" or #parts == 0) then parts[#parts + 1] = ("it said last: %s"):format(said) end
  return #parts > 0 and " (" .. table.concat(parts, "; ") .. ")" or ""
end

-- Names what is missing of the shards that are not under way; returns them.
local function report_missing(s)
  local lost = {}
  for _, shard in ipairs(s.shards) do
    if not s.kept.shards[shard.k].done and not active(s, shard) then
      lost[#lost + 1] = shard
      local n = #shard.missing
      say(s, "%s%s: %s", shard.name, why(s, shard), n == 0 and "its trials are there, but it did not say that it was done"
        or ("%d of %d trials are missing: %s"):format(n, #shard.trials, some(shard.missing, words_of_trial)))
    end
  end
  return lost
end

-- What is to be told of a run as it stands.
local function outcome(s, submitted)
  local c = s.c
  local count = c.store:rows("SELECT count(*) AS n, coalesce(sum(wall_ns), 0) AS ns FROM trial WHERE run = ?", c.run.id)[1]
  local result = { seconds = count.ns / 1e9, rounds = 0, finished = true, submitted = submitted }
  local all = 0
  for _, shard in ipairs(s.shards) do
    local kept = s.kept.shards[shard.k]
    result.finished = result.finished and kept.done
    result.rounds = math.max(result.rounds, kept.rounds or 0)
    all = all + #(shard.trials or {})
  end
  if result.finished then
    if c.e.precision then result.precision = precision.look(c.e, c.store:trials(c.run.id), c.options.catalogue, c.run.seed) end
  elseif not submitted then
    say(s, "the run %s is unfinished: %d of %s trials are there; --resume %s", c.run.name, count.n, all > 0 and all or "its",
      any_active(s) and "collects what is under way" or "submits what is missing again")
  end
  return result
end

function engine.measure(c)
  local s = begin(c)
  local lost, resumed = s.shards, #s.kept.jobs > 0
  if resumed then
    if c.options.no_wait then look_once(s) else wait(s) end
    collect(s)
    lost = report_missing(s)
  end
  if #lost > 0 then
    submit(s, lost)
    if c.options.no_wait then return outcome(s, true) end
    wait(s)
    collect(s)
    report_missing(s)
  end
  return outcome(s, false)
end

return engine
