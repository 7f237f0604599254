-- Running the experiment behind a comparison, and the counts of its cells.

local json = require "dkjson"
local campaign = require "harness.campaign"
local counters = require "harness.counters"
local experiment = require "harness.experiment"
local fail = require "harness.fail"
local files = require "harness.files"
local gate = require "harness.regress.gate"
local metrics = require "harness.metrics"
local paths = require "harness.paths"
local programs = require "harness.programs"
local tables = require "harness.tables"
local text = require "harness.text"

local measure = {}

-- Loads the experiment of that name or file; extra: counters that are gated beside jitlab's own. Only its jitlab configurations count.
function measure.load(name, mode, catalogue, extra)
  local by_name, names = programs.load()
  local file = name:find("%.lua$") and name or paths.experiment(name)
  if not files.exists(file) then fail.usage("%s", text.unknown("experiment", name, experiment.names())) end
  local e = experiment.load(file, { mode = mode, catalogue = catalogue, programs = by_name, program_names = names, counters = extra })
  local configs = {}
  for _, config in ipairs(e.configs) do
    if config.runner == "jitlab" then configs[#configs + 1] = config end
  end
  if #configs == 0 then fail.usage("the experiment %s has no configuration that jitlab runs", name) end
  if not e.count then fail.usage("the experiment %s says count = false, so it has nothing to compare exactly", name) end
  measure.set_configs(e, configs)
  e.claims, e.plots, e.design, e.designs, e.precision, e.kinds = {}, {}, nil, {}, nil, { "time" }
  e.phases = { cold = true }
  e.plan = counters.plan(metrics.wanted(e), catalogue)
  e.plan.valgrind, e.plan.further, e.plan.papi = {}, {}, {}
  return e
end

-- Makes these the experiment's configurations.
function measure.set_configs(e, configs)
  e.configs, e.config, e.config_names = configs, {}, {}
  for i, config in ipairs(configs) do e.config[config.name], e.config_names[i] = config, config.name end
  e.baseline = e.config[e.baseline] and e.baseline or e.config_names[1]
end

-- Raises unless a counter that is gated is the same on every run, wherever it is counted.
function measure.check_gates(gates, catalogue, where)
  for _, name in ipairs(text.sorted_keys(gates)) do
    local part = metrics.unknown_part(name, catalogue)
    if part then fail.usage("%s: %s", where, text.unknown("counter", part, metrics.names(catalogue))) end
    local _, source = counters.find(name, catalogue)
    if not source or source.of ~= "jitlab" or not metrics.is_exact(name, catalogue) then
      fail.usage("%s: %s cannot be gated: it is not the same on every run and host", where, name)
    end
  end
end

-- The gated counters in the order in which jitlab lists them, others after these.
function measure.order(gates, catalogue)
  local order, seen = {}, {}
  for _, name in ipairs(catalogue.counter_names) do
    if gates[name] then order[#order + 1], seen[name] = name, true end
  end
  for _, name in ipairs(text.sorted_keys(gates)) do
    if not seen[name] then order[#order + 1] = name end
  end
  return order
end

-- Those of the names that jitlab's own statistics do not have without being asked for.
function measure.extra(gates, catalogue)
  local extra = {}
  for _, name in ipairs(text.sorted_keys(gates)) do
    if not catalogue.counters[name] then extra[#extra + 1] = name end
  end
  return extra
end

-- Runs a plan; options as of campaign.run. Returns its outcome with `failures`, sentences.
function measure.run(e, plan, store, options)
  local outcome = campaign.run(e, plan, store, require "harness.engine.local", options)
  outcome.failures = tables.failures(outcome.trials)
  return outcome
end

-- Takes into a result which run it is of, and of which commit.
function measure.describe(result, outcome)
  local p = json.decode(outcome.run.provenance) or {}
  result.run, result.directory, result.commit, result.dirty = outcome.run.name, outcome.directory, p.commit, p.dirty
end

-- The key of a trial's cell, as cells.lua makes it.
function measure.key(e, config, workload, variant)
  return ("%s/%s%s"):format(config, workload, #e.variants > 1 and "/" .. variant or "")
end

-- The exact counters of every cell that was counted: {[key] = {[name] = value}}.
function measure.counts(e, outcome, catalogue)
  local all = {}
  for _, t in ipairs(outcome.trials) do
    if t.kind == "count" and t.status == "ok" then
      local values = {}
      for name, counter in pairs(t.counters) do
        if math.type(counter.value) == "integer" and metrics.is_exact(name, catalogue) then values[name] = counter.value end
      end
      if values[gate.WORK] then all[measure.key(e, t.config, t.workload, t.variant)] = values end
    end
  end
  return all
end

return measure
