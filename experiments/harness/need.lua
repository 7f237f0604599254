-- What several parts of an experiment's file have to name: configurations, metrics, workloads, workloads with values.

local mistake = require("harness.mistake").at
local metrics = require "harness.metrics"
local text = require "harness.text"

local need = {}

function need.config(e, field, name)
  if type(name) ~= "string" then mistake(e, field, nil, "the name of a configuration was expected") end
  if not e.config[name] then mistake(e, field, name, "%s", text.unknown("configuration", name, e.config_names)) end
end

-- A list of at least `least` different configurations; none at all if least is 0.
function need.configs(e, field, list, least, more)
  if type(list) ~= "table" or #list < least then
    if least == 0 and list == nil then return end
    mistake(e, field, field:match("[%w_]+$"), "a list of at least %s configurations was expected%s", least == 2 and "two" or "one",
      more or "")
  end
  local seen = {}
  for i, name in ipairs(list) do
    need.config(e, ("%s[%d]"):format(field, i), name)
    if seen[name] then mistake(e, ("%s[%d]"):format(field, i), name, "'%s' is there twice", name) end
    seen[name] = true
  end
end

function need.metric(e, field, name, catalogue)
  if type(name) ~= "string" then mistake(e, field, nil, "the name of a metric was expected") end
  local part = metrics.unknown_part(name, catalogue)
  if part then mistake(e, field, part, "%s", text.unknown("metric", part, metrics.names(catalogue))) end
end

-- Workload names that a claim or plot means: all, or a list of names and patterns.
function need.select_workloads(e, wanted)
  if not wanted then return e.workload_names end
  local selected = {}
  for _, name in ipairs(e.workload_names) do
    for _, pattern in ipairs(type(wanted) == "table" and wanted or { wanted }) do
      if text.glob(pattern, name) then
        selected[#selected + 1] = name
        break
      end
    end
  end
  return selected
end

-- What is drawn or judged along the workloads' values needs some, above zero as the axis is logarithmic.
function need.values(e, field, wanted)
  local names = need.select_workloads(e, wanted)
  if #names < 2 then mistake(e, field .. ".workloads", nil, "names %d of the experiment's workloads; two or more were expected", #names) end
  for _, name in ipairs(names) do
    local value = e.workload[name].value
    if type(value) ~= "number" or value <= 0 then
      mistake(e, field .. ".workloads", nil, "'%s' has no value; {from=, name=, args=, value=NUMBER} was expected", name)
    end
  end
end

-- Likewise along the configurations' values: those named, or all that have one.
function need.config_values(e, field, wanted)
  local count = 0
  for _, name in ipairs(wanted or e.config_names) do
    local value = e.config[name].value
    local good = type(value) == "number" and value > 0
    if wanted and not good then
      mistake(e, field .. ".configs", nil, "'%s' has no value; {name=, set=, value=NUMBER} was expected", name)
    end
    if good then count = count + 1 end
  end
  if count < 2 then mistake(e, field .. ".configs", nil, "%d configurations have a value; two or more were expected", count) end
end

return need
