-- What a run asked, as JSON in the database and back: all of an experiment that reports and comparisons need, so that neither
-- its file nor the jitlab that ran it has to be there any more. Functions (of predicates, of what is skipped) stay behind: the
-- claims are stored as they were judged.

local json = require "dkjson"
local catalogue = require "harness.catalogue"

local definition = {}

local SCALARS = {
  "name", "summary", "source", "baseline", "metric", "mode", "rounds", "budget", "timeout", "memory_mib", "count", "pin", "design",
  "designs", "phases", "iterations", "layout", "precision", "plan", "multiplex", "model", "simulations",
}

-- A copy without functions, which JSON has no place for.
local function plain(value)
  if type(value) ~= "table" then return type(value) ~= "function" and value or nil end
  local copy = {}
  for k, v in pairs(value) do copy[k] = plain(v) end
  return copy
end

-- Every axis of a configuration with the strategy that it has, whether it was set or is the default.
local function full_configuration(answer, set)
  local chosen = {}
  for _, setting in ipairs(set) do
    local axis, spec = setting:match("^([^=]+)=(.*)$")
    if axis then chosen[axis] = spec end
  end
  local full = {}
  for _, axis in ipairs(answer.axes or {}) do
    local spec = chosen[axis.name] or axis.default
    local name = spec:match("^[^:]+")
    for _, strategy in ipairs(axis.strategies or {}) do
      for _, p in ipairs(strategy.name == name and strategy.params or {}) do
        if not spec:find(":" .. p.name .. "=", 1, true) then spec = ("%s:%s=%s"):format(spec, p.name, p.default) end
      end
    end
    full[#full + 1] = axis.name .. "=" .. spec
  end
  return full
end

local function names_of(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end

-- The definition of an experiment as campaign.plan left it: without what a filter left no cell for.
function definition.encode(e)
  local answer = e.catalogue and e.catalogue.answer or {}
  local d = { schema = 1, counters = e.counters, variants = e.variants, configs = {}, workloads = {}, claims = {},
    plots = plain(e.plots), catalogue = answer.counters }
  for _, field in ipairs(SCALARS) do d[field] = plain(e[field]) end
  local run_configs, run_workloads = names_of(e.config_names), names_of(e.workload_names)
  for _, c in ipairs(e.configs) do
    local copy = plain(c)
    if c.runner == "jitlab" then copy.full = full_configuration(answer, c.set) end
    copy.run = run_configs[c.name] or false
    d.configs[#d.configs + 1] = copy
  end
  for _, w in ipairs(e.workloads) do
    if run_workloads[w.name] then
      d.workloads[#d.workloads + 1] = { name = w.name, program = w.entry.name, args = w.args, exit = w.exit, value = w.value,
        kind = w.entry.kind, summary = w.entry.summary, isolates = w.entry.isolates }
    end
  end
  for i, claim in ipairs(e.claims) do
    d.claims[i] = { kind = claim.kind, text = claim.text, source = claim.source, because = claim.because,
      published = plain(claim.published) }
  end
  return json.encode(d)
end

-- The experiment that a definition describes, in the form in which experiment.load makes one, and the catalogue of its counters.
local function experiment_of(d)
  local e = { counters = d.counters or {}, variants = d.variants or { "mipsel" }, configs = d.configs or {}, workloads = d.workloads or {},
    claims = d.claims or {}, plots = d.plots or {}, config = {}, config_names = {}, workload = {}, workload_names = {} }
  for _, field in ipairs(SCALARS) do e[field] = d[field] end
  for _, c in ipairs(e.configs) do
    e.config[c.name] = c
    if c.run ~= false then e.config_names[#e.config_names + 1] = c.name end
  end
  for _, w in ipairs(e.workloads) do
    e.workload[w.name] = w
    e.workload_names[#e.workload_names + 1] = w.name
  end
  return e, catalogue.new { axes = {}, counters = d.catalogue or {} }
end

-- What can be told from the cells of a run of layout 1, which kept no definition.
local function from_cells(run, cells, counters)
  local d = { name = run.experiment, summary = run.experiment, mode = run.mode, rounds = run.rounds, metric = "cpu_ns", count = true,
    configs = {}, workloads = {}, variants = {}, catalogue = counters }
  local seen = {}
  local function once(kind, name)
    local key = kind .. "\0" .. name
    local first = not seen[key]
    seen[key] = true
    return first
  end
  for _, cell in ipairs(cells) do
    if cell.config ~= "reference" then
      if once("config", cell.config) then
        local runner = cell.command:find("/jitlab exec ", 1, true) and "jitlab" or cell.config == "native" and "native" or "qemu"
        local set = {}
        for setting in cell.settings:gmatch("[^\n]+") do set[#set + 1] = setting end
        d.configs[#d.configs + 1] = { name = cell.config, runner = runner, set = set }
      end
      if once("workload", cell.workload) then d.workloads[#d.workloads + 1] = { name = cell.workload, args = {} } end
      if once("variant", cell.variant) then d.variants[#d.variants + 1] = cell.variant end
    end
  end
  d.baseline = seen["config\0native"] and "native" or d.configs[1] and d.configs[1].name
  return d
end

-- The experiment of a stored run and the catalogue of its counters. store: where it is.
function definition.of_run(store, run)
  if run.definition then return experiment_of(json.decode(run.definition)) end
  local cells = store:rows("SELECT config, workload, variant, settings, command FROM cell WHERE run = ? ORDER BY id", run.id)
  -- Layout 1 does not say which counters are the same on every run: all of jitlab's are, but for times.
  local counters = store:rows([[SELECT name, max(unit) AS unit, 0 AS deterministic FROM counter JOIN trial ON trial.id = trial
    WHERE trial.run = ? GROUP BY name ORDER BY name]], run.id)
  for _, c in ipairs(counters) do c.deterministic = not c.name:find("_ns$") and not c.name:find("::") and not c.name:find("^PAPI_") end
  return experiment_of(from_cells(run, cells, counters))
end

return definition
