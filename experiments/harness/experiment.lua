-- Reading an experiment's file. Every mistake that can be found without running anything is found here, with the file, the
-- line where that can be told, the field, and what was expected.

local native = require "jitlab_native"
local claim_fields = require "harness.claim_fields"
local counters = require "harness.counters"
local fail = require "harness.fail"
local files = require "harness.files"
local metrics = require "harness.metrics"
local need = require "harness.need"
local misplaced = require "harness.mistake"
local paths = require "harness.paths"
local guest_programs = require "harness.programs"
local schedule = require "harness.schedule"
local text = require "harness.text"

local experiment = {}

experiment.select_workloads = need.select_workloads

local mistake = misplaced.at

local PLOT_KINDS = { "bars", "steps", "lines", "sweep" }
local FIELDS = {
  name = "string", summary = "string", source = "string", workloads = "table", variants = "table", configs = "table",
  baseline = "string", metric = "string", counters = "table", count = "boolean", repeats = "table", budget = "table",
  timeout = "table", size = "table", memory_mib = "number", skip = "function", claims = "table", plots = "table",
  mode = "string", pin = "boolean", phases = "table", iterations = "table", layout = "string or table", precision = "table",
  multiplex = "boolean", model = "string", simulations = "number", guest = "string",
}
local CONFIG_FIELDS = { name = "string", runner = "string", set = "table", value = "number", levels = "table" }
local WORKLOAD_FIELDS = { name = "string", from = "string", args = "table", value = "number" }
local PLOT_FIELDS = {
  kind = "string", title = "string", xlabel = "string", ylabel = "string", metric = "string", baseline = "string",
  configs = "table", workloads = "string or table", absolute = "boolean", log = "boolean", xbase = "number",
}

local function read_file(e)
  e.source_text = files.read(e.file)
  if not e.source_text then fail.usage("there is no experiment file %s", e.file) end
  local result = misplaced.call(e, nil, misplaced.compile(e))
  if type(result) ~= "table" then
    fail.usage("%s: an experiment's file returns a table, this one a %s", e.file, type(result))
  end
  return result
end

local function check_fields(e, raw)
  misplaced.fields(e, "", raw, FIELDS)
  for _, key in ipairs { "name", "summary", "workloads", "configs", "baseline" } do
    if raw[key] == nil then mistake(e, key, false, "is missing; a %s was expected", FIELDS[key]) end
  end
  if not raw.name:find("^%w[%w_.+-]*$") then -- a run's directory is called by it
    mistake(e, "name", raw.name, "letters, digits, '-', '_', '+' and '.' were expected, a letter or digit first")
  end
end

-- "AXIS=SPEC" strings in order of axis, from a map or a list.
local function settings(e, field, config, catalogue)
  local list = {}
  for key, value in pairs(config.set or {}) do
    if type(value) ~= "string" then mistake(e, field, nil, "set holds strings, not a %s", type(value)) end
    list[#list + 1] = math.type(key) == "integer" and value or key .. "=" .. value
  end
  table.sort(list)
  local seen = {}
  for _, setting in ipairs(list) do
    local wrong, word = catalogue:mistake(setting)
    if wrong then mistake(e, field .. ".set", word, "%s", wrong) end
    local axis = setting:match("^[^=]+")
    if seen[axis] then mistake(e, field .. ".set", setting, "the axis '%s' is set twice", axis) end
    seen[axis] = true
  end
  return list
end

local function check_configs(e, raw, catalogue)
  e.configs, e.config = {}, {}
  for i, config in ipairs(raw.configs) do
    local field = ("configs[%d]"):format(i)
    if type(config) ~= "table" or type(config.name) ~= "string" or config.name == "" then
      mistake(e, field, nil, "a table with a name was expected")
    end
    field = ("%s '%s'"):format(field, config.name)
    misplaced.fields(e, field, config, CONFIG_FIELDS)
    if e.config[config.name] then mistake(e, field, config.name, "a second configuration of that name") end
    local runner = config.runner or "jitlab"
    local runners = guest_programs.guests[e.guest].runners
    if not runners[runner] then
      mistake(e, field .. ".runner", runner, "%s", text.unknown("runner of the guest " .. e.guest, runner, text.sorted_keys(runners)))
    end
    if runner ~= "jitlab" and next(config.set or {}) ~= nil then
      mistake(e, field .. ".set", "set", "%s has no axes that could be set", runner)
    end
    local c = { name = config.name, runner = runner, value = config.value, levels = config.levels,
      set = settings(e, field, config, catalogue) }
    c.host_code = catalogue:runs_host_code(c.set) or nil
    e.configs[i], e.config[c.name] = c, c
  end
  if #e.configs == 0 then mistake(e, "configs", "configs", "is empty; at least one configuration was expected") end
  e.config_names = {}
  for i, c in ipairs(e.configs) do e.config_names[i] = c.name end
end

-- A workload is a name from the manifest, or {from=NAME, name=, args={quick=,full=}, value=} for one with other arguments.
local function check_workloads(e, raw, programs, program_names)
  e.workloads, e.workload, e.workload_names = {}, {}, {}
  for i, w in ipairs(raw.workloads) do
    local field = ("workloads[%d]"):format(i)
    local spec = type(w) == "string" and { from = w } or w
    if type(spec) ~= "table" or type(spec.from) ~= "string" then
      mistake(e, field, nil, "the name of a guest program, or {from=NAME, name=, args=} was expected")
    end
    misplaced.fields(e, field, spec, WORKLOAD_FIELDS)
    local entry = programs[spec.from]
    if not entry then mistake(e, field, spec.from, "%s", text.unknown("guest program", spec.from, program_names)) end
    local guest = guest_programs.guest(entry)
    if guest ~= e.guest then
      mistake(e, field, spec.from, "'%s' is a program of the guest %s, and the experiment is about the guest %s", spec.from, guest, e.guest)
    end
    local name = spec.name or spec.from
    if e.workload[name] then mistake(e, field, name, "a second workload of that name") end
    local args = spec.args or entry.args or {}
    local size = e.size[e.mode]
    if not args[size] then
      mistake(e, field, spec.from, "'%s' has no arguments for size %s; it has %s", name, size,
        table.concat(text.sorted_keys(args), ", "))
    end
    local list = {}
    for k, a in ipairs(args[size]) do list[k] = math.type(a) == "integer" and ("%d"):format(a) or tostring(a) end
    local workload = { name = name, entry = entry, args = list, exit = entry.exit or 0, -- a status, or the name of a signal
      value = spec.value, smc = entry.smc or "none" }
    e.workloads[#e.workloads + 1], e.workload[name] = workload, workload
    e.workload_names[#e.workload_names + 1] = name
  end
  if #e.workloads == 0 then mistake(e, "workloads", "workloads", "is empty; at least one guest program was expected") end
end

local function check_claims(e, raw, catalogue)
  e.claims = raw.claims or {}
  for i, claim in ipairs(e.claims) do claim_fields.check(e, ("claims[%d]"):format(i), claim, catalogue) end
end

local function check_plots(e, raw, catalogue)
  e.plots = raw.plots or {}
  for i, plot in ipairs(e.plots) do
    local field = ("plots[%d]"):format(i)
    if type(plot) ~= "table" then mistake(e, field, nil, "a table with a kind was expected, not a %s", type(plot)) end
    local known = false
    for _, kind in ipairs(PLOT_KINDS) do known = known or plot.kind == kind end
    if not known then mistake(e, field .. ".kind", plot.kind, "%s", text.unknown("kind of plot", tostring(plot.kind), PLOT_KINDS)) end
    misplaced.fields(e, field, plot, PLOT_FIELDS)
    if plot.kind == "sweep" then need.values(e, field, plot.workloads) end
    if plot.metric then need.metric(e, field .. ".metric", plot.metric, catalogue) end
    if plot.baseline then need.config(e, field .. ".baseline", plot.baseline) end
    for k, name in ipairs(plot.configs or {}) do need.config(e, ("%s.configs[%d]"):format(field, k), name) end
    if plot.kind == "lines" then need.config_values(e, field, plot.configs) end
  end
end

-- Puts other programs in the place of an experiment's workloads. Claims and plots that name workloads, or go over their
-- values, are about programs that are not there then.
local function replace_workloads(raw, programs, names)
  local function general(list, by_value)
    local kept = {}
    for _, item in ipairs(list or {}) do
      if type(item) == "table" and not item.workloads and item.kind ~= by_value then
        item.published = nil -- that was measured with the experiment's programs
        kept[#kept + 1] = item
      end
    end
    return kept
  end
  raw.workloads = {}
  for _, name in ipairs(names) do
    if guest_programs.guest(programs[name]) == (raw.guest or "linux") then table.insert(raw.workloads, name) end
  end
  raw.claims, raw.plots = general(raw.claims, "crossover"), general(raw.plots, "sweep")
end

-- The experiment's `skip`, so that what goes wrong in it is its file's mistake.
local function guarded_skip(e, skip)
  return skip and function(config, workload, variant)
    local reason = misplaced.call(e, "skip", skip, config, workload, variant)
    if reason and type(reason) ~= "string" then
      mistake(e, "skip", "skip", "a sentence or nothing was expected from it, not a %s", type(reason))
    end
    return reason
  end
end

-- Reads and checks an experiment. options: mode ("quick"|"full" or nil), counters (added to its own), repeats and precision
-- (numbers), tables from catalogue.lua and programs.lua, outside (programs of load_outside are to be measured).
function experiment.load(file, options)
  local e = { file = file, catalogue = options.catalogue }
  local raw = read_file(e)
  check_fields(e, raw)
  if options.outside then replace_workloads(raw, options.programs, options.program_names) end
  e.name, e.summary, e.source = raw.name, raw.summary, raw.source
  schedule.read(e, raw, options)
  e.guest = raw.guest or "linux"
  local guest = guest_programs.guests[e.guest]
  if not guest then mistake(e, "guest", e.guest, "%s", text.unknown("guest", e.guest, text.sorted_keys(guest_programs.guests))) end
  e.skip = guarded_skip(e, raw.skip)
  e.design, e.designs = raw.configs.design, raw.configs.designs or { raw.configs.design }
  e.multiplex = options.multiplex or raw.multiplex or false
  local wrong = raw.model and options.catalogue:model_mistake(raw.model)
  if wrong then mistake(e, "model", raw.model, "%s", wrong) end
  e.model = raw.model
  e.simulations = raw.simulations or 1
  if math.type(e.simulations) ~= "integer" or e.simulations < 1 then
    mistake.at(e, "simulations", "simulations", "the number of trials of each cell under valgrind was expected")
  end
  check_configs(e, raw, options.catalogue)
  need.config(e, "baseline", raw.baseline)
  e.baseline = raw.baseline
  need.metric(e, "metric", e.metric, options.catalogue)
  schedule.read_rounds(e, raw, options)
  check_workloads(e, raw, options.programs, options.program_names)
  e.variants = raw.variants or guest.usual
  for i, variant in ipairs(e.variants) do
    if i == 2 and variant == e.variants[1] then mistake(e, "variants[2]", variant, "'%s' is there twice", variant) end
    local known = false
    for _, v in ipairs(guest.variants) do known = known or v == variant end
    if not known then
      mistake(e, ("variants[%d]"):format(i), variant, "%s", text.unknown("guest variant", tostring(variant), guest.variants))
    end
  end
  e.counters = schedule.phase_metrics(e)
  local seen = { [e.metric] = true } -- each has one table, named twice or not
  for _, name in ipairs(e.counters) do seen[name] = true end
  local function add(name)
    if not seen[name] then e.counters[#e.counters + 1], seen[name] = name, true end
  end
  for i, name in ipairs(raw.counters or {}) do
    need.metric(e, ("counters[%d]"):format(i), name, options.catalogue)
    add(name)
  end
  for _, name in ipairs(options.counters or {}) do
    local part = metrics.unknown_part(name, options.catalogue)
    if part then fail.usage("--counters: %s", text.unknown("counter", part, metrics.names(options.catalogue))) end
    add(name)
  end
  check_claims(e, raw, options.catalogue)
  check_plots(e, raw, options.catalogue)
  e.hash = native.hash(e.source_text)
  e.plan = counters.plan({}, options.catalogue) -- made for what it names when it is run: that may ask PAPI
  return e
end

-- The names of the experiments there are.
function experiment.names()
  local names = {}
  for _, entry in ipairs(native.list(paths.root .. "/experiments") or {}) do
    local name = entry:match("^(.+)%.lua$")
    if name then names[#names + 1] = name end
  end
  return names
end

return experiment
