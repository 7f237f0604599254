-- What an experiment says about its trials: phases, how many rounds or how precise, sizes, limits, address layout.

local metrics = require "harness.metrics"
local mistake = require "harness.mistake"
local text = require "harness.text"

local schedule = {}

-- Rounds that a time budget does not cut: claims about times are undecided with fewer (claims.lua).
schedule.FEWEST = 5

local PHASES = { "cold", "warm", "translate" }
local LAYOUTS = { "vary", "fixed" }
local PRECISION = { of = true, metric = true, width = true, least = true, most = true }
local OF = { "cells", "ratios", "claims" }

local function one_of(list, value)
  for _, v in ipairs(list) do
    if v == value then return true end
  end
  return false
end

-- {quick=, full=} of numbers, with what stands where nothing is said.
local function pair(e, raw, key, quick, full, whole)
  local value = raw[key] or {}
  for k, v in pairs(value) do
    if k ~= "quick" and k ~= "full" then mistake.at(e, key, k, "has quick and full, not '%s'", tostring(k)) end
    if type(v) ~= "number" or v <= 0 then mistake.at(e, key .. "." .. k, k, "a number above 0 was expected") end
    if whole and not math.tointeger(v) then mistake.at(e, key .. "." .. k, k, "a whole number was expected, not %s", v) end
  end
  return { quick = value.quick or quick, full = value.full or full }
end

local function read_size(e, raw)
  local sizes = raw.size or {}
  for k, v in pairs(sizes) do
    if k ~= "quick" and k ~= "full" then mistake.at(e, "size", k, "has quick and full, not '%s'", tostring(k)) end
    if type(v) ~= "string" then mistake.at(e, "size." .. k, k, "the name of a set of arguments was expected, not a %s", type(v)) end
  end
  e.size = { quick = sizes.quick or "quick", full = sizes.full or "full" }
end

-- e.kinds: the timed trials that each round has of a cell.
local function read_phases(e, raw)
  e.phases, e.kinds = {}, {}
  for i, phase in ipairs(raw.phases or { "cold" }) do
    local field = ("phases[%d]"):format(i)
    if not one_of(PHASES, phase) then mistake.at(e, field, phase, "%s", text.unknown("phase", tostring(phase), PHASES)) end
    if e.phases[phase] then mistake.at(e, field, phase, "'%s' is there twice", phase) end
    e.phases[phase] = true
  end
  if not next(e.phases) then mistake.at(e, "phases", nil, "is empty; one or more of %s were expected", table.concat(PHASES, ", ")) end
  if e.phases.cold or e.phases.translate then e.kinds[1] = "time" end
  if e.phases.warm then table.insert(e.kinds, "warm") end
  e.iterations = pair(e, raw, "iterations", 10, 30, true)[e.mode]
  if raw.iterations and not e.phases.warm then mistake.at(e, "iterations", nil, "is of phase warm, which is not in phases") end
  if e.iterations < 2 or e.iterations > 1000 then
    mistake.at(e, "iterations." .. e.mode, "iterations", "a number from 2 to 1000 was expected, not %d", e.iterations)
  end
end

local function read_layout(e, raw)
  local layout = raw.layout or {}
  if type(layout) == "string" then layout = { time = layout, count = layout } end
  if type(layout) ~= "table" then mistake.at(e, "layout", nil, "'vary' or 'fixed', or {time=, count=} was expected") end
  for k, v in pairs(layout) do
    if k ~= "time" and k ~= "count" then mistake.at(e, "layout", k, "has time and count, not '%s'", tostring(k)) end
    if not one_of(LAYOUTS, v) then mistake.at(e, "layout", v, "%s", text.unknown("layout", tostring(v), LAYOUTS)) end
  end
  e.layout = { time = layout.time or "vary", count = layout.count or "fixed" }
end

local function read_precision(e, raw, asked, catalogue)
  local p = raw.precision
  if not (p or asked) then return end
  p = p or {}
  for k in pairs(p) do
    if not PRECISION[k] then
      mistake.at(e, "precision", k, "%s", text.unknown("field", tostring(k), text.sorted_keys(PRECISION)))
    end
  end
  local width = asked or p.width
  if type(width) ~= "number" or width <= 0 or width >= 1 then
    mistake.at(e, "precision.width", "width", "the half of an interval's width as a part of its middle was expected, above 0 and below 1")
  end
  for _, key in ipairs { "least", "most" } do
    local n = p[key]
    if n ~= nil and not (math.type(n) == "integer" and n > 0) then
      mistake.at(e, "precision." .. key, key, "a whole number of rounds was expected")
    end
  end
  local of = p.of or "cells"
  if not one_of(OF, of) then mistake.at(e, "precision.of", of, "%s", text.unknown("kind of estimate", tostring(of), OF)) end
  local metric = p.metric or e.metric
  local part = type(metric) == "string" and metrics.unknown_part(metric, catalogue)
  if type(metric) ~= "string" then mistake.at(e, "precision.metric", nil, "the name of a metric was expected") end
  if part then mistake.at(e, "precision.metric", part, "%s", text.unknown("metric", part, metrics.names(catalogue))) end
  e.precision = { width = width, metric = metric, of = of, least = p.least or 5, most = p.most or (e.mode == "quick" and 30 or 100) }
  if e.precision.least > e.precision.most then mistake.at(e, "precision", nil, "least is more than most") end
end

-- Before configurations and workloads are known: mode, sizes, limits, phases, layout.
function schedule.read(e, raw, options)
  if raw.mode and raw.mode ~= "quick" and raw.mode ~= "full" then
    mistake.at(e, "mode", raw.mode, "'quick' or 'full' was expected")
  end
  e.mode = options.mode or raw.mode or "full"
  read_size(e, raw)
  e.budget = pair(e, raw, "budget")[e.mode]
  e.timeout = pair(e, raw, "timeout", 30, 300)[e.mode]
  e.memory_mib = raw.memory_mib or 1024
  if math.tointeger(e.memory_mib) == nil or e.memory_mib < 1 then
    mistake.at(e, "memory_mib", nil, "a whole number of MiB above 0 was expected")
  end
  e.memory_mib = math.tointeger(e.memory_mib)
  e.count = raw.count ~= false
  e.pin = raw.pin ~= false
  read_phases(e, raw)
  read_layout(e, raw)
  e.metric = raw.metric or e.phases.cold and "cpu_ns" or e.phases.warm and "warm_ns" or "translate_ns"
end

-- After them: rounds and precision. options.repeats and options.precision are those of the command line.
function schedule.read_rounds(e, raw, options)
  local rounds = pair(e, raw, "repeats", 5, 15, true)[e.mode]
  read_precision(e, raw, options.precision, options.catalogue)
  e.rounds = options.repeats or e.precision and e.precision.most or rounds
  if e.precision then e.precision.least = math.min(e.precision.least, e.rounds) end
end

-- Counters that the phases are measured by.
function schedule.phase_metrics(e)
  local list = {}
  if e.phases.warm and e.metric ~= "warm_ns" then list[#list + 1] = "warm_ns" end
  if e.phases.translate and e.metric ~= "translate_ns" then list[#list + 1] = "translate_ns" end
  return list
end

-- Why a workload has no warm phase, or nil.
function schedule.no_warm_phase(workload)
  if workload.entry.folder then return "no warm phase: it is not one of the project's programs, which repeat their work when asked" end
  if workload.exit ~= 0 then return ("no warm phase: it ends by %s"):format(workload.exit) end
  if workload.smc ~= "none" then return "no warm phase: it writes code, and what it writes is translated again each time" end
end

return schedule
