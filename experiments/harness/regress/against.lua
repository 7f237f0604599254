-- Against another commit: builds it, and interleaves trials of both programs on the same guest programs until the times decide or the
-- time is out. Both are counted too.

local native = require "jitlab_native"
local baseline = require "harness.regress.baseline"
local cells = require "harness.cells"
local gate = require "harness.regress.gate"
local measure = require "harness.regress.measure"
local revision = require "harness.regress.revision"
local stage = require "harness.regress.stage"
local timing = require "harness.regress.timing"

local against = {}

against.LIMITS = { each = 0.05, overall = 0.02 } -- of times; those of counters are gate.DEFAULT

-- Each configuration twice: with this build's jitlab under its own name, and with the other under NAME@COMMIT.
local function both(e, program, short)
  local configs, other = {}, {}
  for _, config in ipairs(e.configs) do
    local old = {}
    for k, v in pairs(config) do old[k] = v end
    old.name, old.jitlab = ("%s@%s"):format(config.name, short), program
    configs[#configs + 1], configs[#configs + 2] = config, old
    other[config.name] = old.name
  end
  measure.set_configs(e, configs)
  e.baseline = other[e.baseline]
  return other
end

-- Leaves out the cells that the filter leaves out, and with each its counterpart, whose name a filter may not match.
local function filter_both(e, wanted, other)
  local own, skip = {}, e.skip
  for name, old in pairs(other) do own[name], own[old] = name, name end
  e.skip = function(config, workload, variant)
    if not wanted[measure.key(e, own[config.name], workload.name, variant)] then return "left out by the filter" end
    return skip and skip(config, workload, variant)
  end
end

-- The cells of this build with their counterparts.
local function groups_of(e, plan, other)
  local groups = {}
  for _, cell in ipairs(plan.cells) do
    local name = cell.config.name
    if other[name] then
      groups[#groups + 1] = { cell = cell.key, new = name, old = other[name], workload = cell.workload.name, variant = cell.variant,
        old_key = measure.key(e, other[name], cell.workload.name, cell.variant) }
    end
  end
  return groups
end

-- Failed trials of this build, and cells in which the other commit's failed: {[key] = sentence}.
local function failures_of(outcome, e, other)
  local own, theirs, seen = {}, {}, {}
  local is_old = {}
  for _, old in pairs(other) do is_old[old] = true end
  for _, t in ipairs(outcome.trials) do
    if t.status ~= "ok" then
      local key = measure.key(e, t.config, t.workload, t.variant)
      local sentence = ("%s: %s: %s"):format(key, t.status, t.detail or "")
      if is_old[t.config] then
        theirs[key] = sentence
      elseif not seen[sentence] then
        seen[sentence], own[#own + 1] = true, sentence
      end
    end
  end
  return own, theirs
end

-- The times decide. Where they do not, counters that rose beyond their gates make it worse, and others decide nothing: code that executes
-- no more instructions may be slower still.
local function verdict_of(times, counts)
  if not times or times == gate.UNSURE and counts == gate.WORSE then return counts end
  return times
end

local function add(list, more)
  table.move(more, 1, #more, #list + 1, list)
end

local function compare(e, commit, program, args, catalogue, store)
  local short = commit:sub(1, 12)
  local wanted = {}
  for _, cell in ipairs(cells.plan(e, args.filter).cells) do wanted[cell.key] = true end
  local other = both(e, program, short)
  filter_both(e, wanted, other)
  local plan = cells.plan(e)
  local groups, seed = groups_of(e, plan, other), args.seed or 1
  local limits = { each = args.threshold or against.LIMITS.each, overall = args.overall or against.LIMITS.overall }
  e.rounds, e.budget = args.time_limit > 0 and timing.MOST or 0, args.time_limit > 0 and args.time_limit or nil
  local function decided(rows, rounds)
    if not timing.look(rounds) then return nil end
    local _, _, verdict = timing.judge(timing.ratios(rows, e, catalogue, seed, groups), limits, timing.SHARE)
    return verdict ~= gate.UNSURE and ("the times say: %s"):format(verdict) or nil
  end
  local outcome = measure.run(e, plan, store, { seed = args.seed, arguments = args.words, out = args.out, catalogue = catalogue,
    decided = decided, provenance = { regress = { against = commit, features = baseline.features_here(catalogue),
      jitlab_sha256 = native.sha256_file(program) } } })
  local result = { title = "regress against commit " .. short, before = "commit " .. commit, rows = {}, overall = {}, notes = {} }
  measure.describe(result, outcome)
  local theirs
  result.failures, theirs = failures_of(outcome, e, other)

  local times, verdict = timing.ratios(outcome.trials, e, catalogue, seed, groups), nil
  if #times > 0 then
    local rows, total
    rows, total, verdict = timing.judge(times, limits, timing.SHARE, seed)
    add(result.rows, rows)
    result.overall[1] = total
    result.notes[1] = ("%d rounds of both; a ratio is of two trials of one round"):format(outcome.run.rounds)
  end
  local counts, list = measure.counts(e, outcome, catalogue), {}
  for _, g in ipairs(groups) do
    local reason = theirs[g.old_key] or counts[g.cell] and not counts[g.old_key] and "the other commit has no counts of it"
    if counts[g.cell] then list[#list + 1] = { cell = g.cell, reason = reason, old = counts[g.old_key], new = counts[g.cell] } end
  end
  local rows, overall = gate.judge(list, gate.DEFAULT, measure.order(gate.DEFAULT, catalogue))
  add(result.rows, rows)
  add(result.overall, overall)
  local verdicts = {}
  for i, row in ipairs(rows) do verdicts[i] = row.verdict end
  for _, row in ipairs(overall) do verdicts[#verdicts + 1] = row.verdict end
  local counted = gate.worst(verdicts)
  if #result.rows > 0 then result.verdict = verdict_of(verdict, counted) end
  if counted == gate.WORSE and (verdict == gate.BETTER or verdict == gate.SAME) then
    result.notes[#result.notes + 1] = ("counters rose beyond their gates, but the times are %s, and decide"):format(verdict)
  end
  return result
end

-- Compares with args.against; returns a result as present.lua shows it.
function against.compare(args, catalogue, store)
  local commit = revision.resolve(args.against)
  local e = measure.load(args.experiment or "regress", args.quick and "quick" or "full", catalogue)
  local program = revision.build(commit)
  return stage.with(e, function() return compare(e, commit, program, args, catalogue, store) end)
end

return against
