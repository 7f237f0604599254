-- What the built jitlab offers: axes, strategies, passes and counters, asked from jitlab itself.

local native = require "jitlab_native"
local json = require "dkjson"
local fail = require "harness.fail"
local paths = require "harness.paths"
local text = require "harness.text"

local catalogue = {}
catalogue.__index = catalogue

local function index_by_name(list)
  local names, by = {}, {}
  for i, item in ipairs(list or {}) do
    names[i] = item.name
    by[item.name] = item
  end
  return names, by
end

-- Makes a catalogue from the answer of `jitlab list --json`.
function catalogue.new(answer)
  local self = setmetatable({ answer = answer }, catalogue)
  self.axis_names, self.axes = index_by_name(answer.axes)
  self.counter_names, self.counters = index_by_name(answer.counters)
  return self
end

function catalogue.load()
  local result, message = native.run { argv = { paths.jitlab, "list", "--json" }, timeout = 10, keep_stdout = 1 << 20 }
  if not result then fail.work("%s", message) end
  local answer = result.ended == "exit" and result.status == 0 and json.decode(result.stdout)
  if type(answer) ~= "table" then fail.work("%s list --json gave no answer: %s", paths.jitlab, result.stderr) end
  return catalogue.new(answer)
end

-- Whether part of the guest runs as host code in a configuration of these settings: one of its strategies is marked native.
function catalogue:runs_host_code(settings)
  for _, setting in ipairs(settings) do
    local axis, name = setting:match("^([^=]+)=([^:]+)")
    for _, strategy in ipairs(self.axes[axis] and self.axes[axis].strategies or {}) do
      if strategy.name == name and strategy.native then return true end
    end
  end
  return false
end

-- Checks what an experiment's `model` says; returns nil or what is wrong with it. jitlab judges its options before --help, and only
-- it knows which tables can be modelled.
function catalogue:model_mistake(parts) -- luacheck: no self
  local result, message = native.run { argv = { paths.jitlab, "exec", "--model=" .. parts, "--help" }, timeout = 10 }
  if not result then fail.work("%s", message) end
  if result.ended == "exit" and result.status == 0 then return nil end
  return (result.stderr:gsub("^jitlab: %-%-model: ", ""):gsub("%s+$", ""))
end

-- Checks "AXIS=NAME[:PARAM=VALUE]..."; returns nil, or what is wrong with it and the word that is.
function catalogue:mistake(setting)
  local axis_name, name, rest = setting:match("^([^=]+)=([^:]+)(.*)$")
  if not axis_name then return ("'%s' should be AXIS=NAME[:PARAM=VALUE]..."):format(setting), setting end
  local axis = self.axes[axis_name]
  if not axis then return text.unknown("axis", axis_name, self.axis_names), axis_name end
  local names, strategies = index_by_name(axis.strategies)
  local strategy = strategies[name]
  if not strategy then return text.unknown("strategy of " .. axis_name, name, names), name end
  local params
  names, params = index_by_name(strategy.params)
  for assignment in rest:gmatch("[^:]+") do
    local key, value = assignment:match("^([^=]+)=(.+)$")
    if not key then return ("'%s' should be PARAM=VALUE"):format(assignment), assignment end
    local param = params[key]
    if not param then return text.unknown(("parameter of %s=%s"):format(axis_name, name), key, names), key end
    local number = math.tointeger(tonumber(value))
    if not number or number < param.min or number > param.max then
      return ("%s=%s: %s is a number from %d to %d, not '%s'"):format(axis_name, name, key, param.min, param.max, value), value
    end
  end
end

return catalogue
