-- Against a baseline: counts each cell once and holds the counts against the file's; or writes the file.

local json = require "dkjson"
local cells = require "harness.cells"
local fail = require "harness.fail"
local files = require "harness.files"
local gate = require "harness.regress.gate"
local baseline = require "harness.regress.baseline"
local measure = require "harness.regress.measure"
local stage = require "harness.regress.stage"
local text = require "harness.text"

local check = {}

local GUESTS_DIFFER = "the guest programs are not the baseline's (other compiler, C library or source); "
  .. "renew it with --update on this kind of machine"

-- The experiment to be counted: for exactly these host features, without timed rounds.
local function load(name, gates, features, catalogue)
  local e = measure.load(name, "quick", catalogue, measure.extra(gates, catalogue))
  e.rounds, e.host_disable = 0, baseline.disabled(features, catalogue)
  return e
end

local function options_of(args, catalogue, features)
  return { seed = args.seed, arguments = args.words, out = args.out, catalogue = catalogue,
    provenance = { regress = { baseline = args.baseline, features = features } } }
end

-- The cells with what the baseline has of them; those that only the baseline has too, unless a filter left them out.
local function pair_up(b, plan, counts, filtered)
  local list, seen = {}, {}
  for _, cell in ipairs(plan.cells) do
    seen[cell.key] = true
    local reason = baseline.why_not(b, cell)
    local known = b.cell[cell.key]
    if counts[cell.key] then -- what could not be counted is among the failures
      list[#list + 1] = { cell = cell.key, reason = reason, old = known and known.counters, new = counts[cell.key] }
    end
  end
  for _, c in ipairs(filtered and {} or b.cells) do
    if not seen[c.cell] then list[#list + 1] = { cell = c.cell, reason = "only the baseline has it" } end
  end
  return list
end

-- Why nothing here can be compared with the baseline, or nil: known before anything runs.
local function incomparable(b, plan, catalogue)
  local unknown, missing = baseline.missing_features(b.features, catalogue)
  if #unknown > 0 then
    return ("the baseline was counted with host features that this jitlab does not know: %s"):format(table.concat(unknown, ", "))
  end
  if #missing > 0 then
    return ("this host lacks %s, which the baseline was counted with; a baseline of its own (--update) can be gated here")
      :format(table.concat(missing, ", "))
  end
  local known, changed = 0, 0
  for _, cell in ipairs(plan.cells) do
    local program, hash = baseline.program(cell)
    if b.programs[program] then
      known = known + 1
      if b.programs[program] ~= hash then changed = changed + 1 end
    end
  end
  if known > 0 and changed == known then return GUESTS_DIFFER end
end

-- Compares with the baseline; returns a result as present.lua shows it.
function check.compare(args, catalogue, store)
  local b = baseline.read(args.baseline)
  measure.check_gates(b.gates, catalogue, args.baseline)
  local gates = gate.with(b.gates, args.threshold, args.overall)
  local e = load(b.experiment, gates, b.features, catalogue)
  local result = { title = "regress against " .. args.baseline, rows = {}, overall = {}, failures = {}, notes = {},
    before = ("baseline of commit %s, %s"):format((b.made.commit or "unknown"):sub(1, 12), b.made.date or "no date") }
  return stage.with(e, function()
    local plan = cells.plan(e, args.filter)
    local reason = incomparable(b, plan, catalogue)
    if reason then
      result.verdict, result.reason = gate.UNSURE, reason
      return result
    end
    local outcome = measure.run(e, plan, store, options_of(args, catalogue, b.features))
    measure.describe(result, outcome)
    result.failures = outcome.failures
    local pairs_of_cells = pair_up(b, plan, measure.counts(e, outcome, catalogue), args.filter ~= nil)
    result.rows, result.overall = gate.judge(pairs_of_cells, gates, measure.order(gates, catalogue))
    return result
  end)
end

local function made(catalogue, about)
  local facts = { commit = about.commit, dirty = about.dirty or nil, date = os.date("!%Y-%m-%d"), compiler = about.build.compiler,
    cpu = about.host.cpu and about.host.cpu.brand,
    system = about.host.uname and about.host.uname.sysname .. " " .. about.host.uname.release,
    host_features = table.concat(baseline.features_here(catalogue), " ") }
  for _, variant in ipairs { "mipsel", "mips" } do
    local guests = about.build.guests[variant]
    facts[variant .. "_compiler"] = guests and guests.compiler
  end
  return facts
end

-- Counts every cell and enters what it was, and what it was counted on.
local function fill(b, e, args, catalogue, store)
  local plan = cells.plan(e)
  local outcome = measure.run(e, plan, store, options_of(args, catalogue, b.features))
  if #outcome.failures > 0 then fail.usage("no baseline was written, since a trial failed: %s", outcome.failures[1]) end
  local counts = measure.counts(e, outcome, catalogue)
  b.made = made(catalogue, json.decode(outcome.run.provenance))
  for i, cell in ipairs(plan.cells) do
    local program, hash = baseline.program(cell)
    b.programs[program] = hash
    local kept = { [gate.WORK] = counts[cell.key][gate.WORK] }
    for counter in pairs(b.gates) do kept[counter] = counts[cell.key][counter] end
    b.cells[i] = { cell = cell.key, program = program, arguments = table.concat(cell.workload.args, " "),
      settings = table.concat(cell.config.set, " "), counters = kept }
  end
end

-- The usual gates, of the counters that this jitlab has.
local function default_gates(catalogue)
  local gates = {}
  for name, g in pairs(gate.DEFAULT) do gates[name] = catalogue.counters[name] and g end
  return gates
end

-- Makes or renews the baseline. The gates of a file that is there stay, and so do its experiment and features unless others are asked
-- for.
function check.update(args, catalogue, store)
  local old = files.exists(args.baseline) and baseline.read(args.baseline) or nil
  local gates = gate.with(old and old.gates or default_gates(catalogue), args.threshold, args.overall)
  measure.check_gates(gates, catalogue, args.baseline)
  local features = args.features or old and old.features or baseline.features_here(catalogue)
  local unknown, missing = baseline.missing_features(features, catalogue)
  if #unknown + #missing > 0 then
    fail.usage("host features that %s: %s (there is %s, or 'none')", #unknown > 0 and "jitlab does not know" or "this host lacks",
      table.concat(#unknown > 0 and unknown or missing, ", "), table.concat(baseline.features_here(catalogue), ", "))
  end
  local name = args.experiment or old and old.experiment or "regress"
  local e = load(name, gates, features, catalogue)
  local b = { experiment = name, features = features, gates = gates, programs = {}, cells = {} }
  stage.with(e, function() fill(b, e, args, catalogue, store) end)
  baseline.write(args.baseline, b)
  return ("%s: %d cells, host features %s"):format(args.baseline, #b.cells, #features > 0 and table.concat(features, " ") or "none"),
    text.sorted_keys(gates)
end

return check
