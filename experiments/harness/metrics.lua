-- What can be asked of a trial: a counter of any source, or the ratio of two.

local counters = require "harness.counters"

local metrics = {}

-- The harness's own, of every trial whatever runs in it.
metrics.own = {}
local own = {}
for _, source in ipairs { require "harness.counters.time", require "harness.counters.rusage", require "harness.counters.warm" } do
  for _, c in ipairs(source.counters) do
    metrics.own[#metrics.own + 1] = c
    own[c.name] = c
  end
end

metrics.aliases = { host_per_guest = "host_instructions/guest_instructions" }

-- Whether it is measured of every process, jitlab's or not.
function metrics.is_own(name)
  return own[name] ~= nil or (name:find("^valgrind:") ~= nil and not name:find("/", 1, true))
end

-- The one or two plain counters that make it up.
function metrics.parts(name)
  name = metrics.aliases[name] or name
  local a, b = name:match("^([^/]+)/([^/]+)$")
  if a then return a, b end
  return name
end

-- Whether every run gives the same value.
function metrics.is_exact(name, catalogue)
  local a, b = metrics.parts(name)
  for _, part in ipairs { a, b } do
    local counter = counters.find(part, catalogue)
    if not (counter and counter.exact) then return false end
  end
  return true
end

-- nil, or which part of the name is no metric.
function metrics.unknown_part(name, catalogue)
  local a, b = metrics.parts(name)
  for _, part in ipairs { a, b } do
    if not counters.find(part, catalogue) then return part end
  end
end

-- The kinds of trials that its values come from, the best first; plan is the experiment's (counters.plan).
function metrics.kinds(name, catalogue, plan)
  local a, b = metrics.parts(name)
  for _, part in ipairs { a, b } do
    local _, source = counters.find(part, catalogue)
    if source and source.trials[1] ~= "time" and source.trials[1] ~= "count" then return source.trials end
  end
  local kind = "time"
  for group, events in pairs(plan and plan.papi or {}) do
    for _, event in ipairs(events) do
      if event == a then kind = group end
    end
  end
  return metrics.is_exact(name, catalogue) and { "count", kind } or { kind }
end

-- The value of one counter in a trial; nil and why there is none.
function metrics.value(trial, name, catalogue)
  local _, source = counters.find(name, catalogue)
  if not source then return nil, "there is no such counter" end
  return source.read(trial, name)
end

-- Why a metric says nothing of a configuration, though its trials have the counters; nil when it does. What runs as host code is no
-- guest instruction any more and in no counter of translated code: what is left of both has nothing to do with each other.
function metrics.meaningless(name, config)
  local a, b = metrics.parts(name)
  if config.host_code and b and (a == "guest_instructions" or b == "guest_instructions") then
    return "part of the guest runs as host code, and only the rest of its instructions is counted"
  end
end

-- Why a good trial of a cell has no value of a metric; jitlab: whether jitlab ran in it; plan: the experiment's.
function metrics.why_absent(name, catalogue, jitlab, plan)
  local a, b = metrics.parts(name)
  if b and jitlab and plan and metrics.kinds(a, catalogue, plan)[1] ~= metrics.kinds(b, catalogue, plan)[1] then
    return ("%s and %s are not counted together"):format(a, b)
  end
  for _, part in ipairs { a, b } do
    local _, source = counters.find(part, catalogue)
    if source and source.of == "jitlab" and not jitlab then return "counted only inside jitlab" end
    if source and source.why_absent then return source.why_absent() end
  end
  return "not measured"
end

-- All plain counters that an experiment's table, claims and plots are about.
function metrics.wanted(e)
  local list, seen = {}, {}
  local function add(name)
    if type(name) ~= "string" then return end
    local a, b = metrics.parts(name)
    for _, part in ipairs { a, b } do
      if not seen[part] then
        seen[part] = true
        list[#list + 1] = part
      end
    end
  end
  for _, name in ipairs(e.counters) do add(name) end
  add(e.metric)
  for _, what in ipairs { e.claims, e.plots } do
    for _, item in ipairs(what) do
      add(item.metric)
      add(item.prediction) -- of a claim; a number or a function is no name
    end
  end
  return list
end

function metrics.names(catalogue)
  local names = {}
  for _, m in ipairs(metrics.own) do names[#names + 1] = m.name end
  for _, name in ipairs(catalogue.counter_names) do names[#names + 1] = name end
  for _, source in ipairs(counters.sources) do
    if source.name == "valgrind" or source.name == "model" then
      for _, c in ipairs(source.list(catalogue)) do names[#names + 1] = c.name end
    end
  end
  for name in pairs(metrics.aliases) do names[#names + 1] = name end
  return names
end

return metrics
