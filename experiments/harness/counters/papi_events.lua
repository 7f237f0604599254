-- What the three sources that count through PAPI share: probing, grouping, reading. PAPI is loaded only when something is asked of it.

local papi_events = {}

local function library() return require "jitlab_papi" end

-- The unit of an event that this host counts; nil and the reason for one that it does not.
function papi_events.probe(name) return library().probe(name) end

-- Completes a source. names: events that `list counters` tries, {name, summary}; matches(name): whether a name is the source's.
function papi_events.source(source, names, matches)
  source.of, source.trials, source.through_papi = "jitlab", { "time" }, true
  local summaries = {}
  for _, n in ipairs(names) do summaries[n[1]] = n[2] end

  function source.find(name)
    return matches(name) and { name = name, summary = summaries[name], exact = false, from = source.name } or nil
  end

  function source.list()
    local list = {}
    for i, n in ipairs(names) do
      local unit, reason = papi_events.probe(n[1])
      list[i] = { name = n[1], summary = n[2], unit = unit, exact = false, from = source.name, available = unit ~= nil,
        reason = reason and ("PAPI cannot count it here (%s)"):format(reason) }
    end
    return list
  end

  function source.read(trial, name)
    local c = trial.counters[name]
    if c then return c.value, c.reason end
  end

  function source.why_absent() return "not asked for with --counters" end
  return source
end

-- Splits event names into groups that this host can count together, the first group as large as possible. With multiplex, or when
-- there is nothing to split, one group. Events that cannot be counted at all stay in the first group, where each trial says why.
function papi_events.groups(names, multiplex)
  if #names <= 1 or multiplex then return { names } end
  local groups, rest = {}, names
  while #rest > 0 do
    local fits = library().fits(rest)
    local group, later = {}, {}
    for i, name in ipairs(rest) do table.insert(fits[i] and group or later, name) end
    if #group == 0 then group, later = { table.remove(later, 1) }, later end -- cannot be; but then each by itself
    groups[#groups + 1], rest = group, later
  end
  return groups
end

-- The counters of a trial's --stats file that were asked of PAPI.
function papi_events.take(stats, names, into)
  for _, name in ipairs(names) do
    local p = (stats.papi or {})[name]
    if type(p) == "table" then
      local known = math.type(p.value) ~= nil
      local reason = p.multiplexed and "multiplexed" or nil -- beside a value: how it was counted
      if not known then reason = ("PAPI cannot count it here (%s)"):format(p.reason or "not counted") end
      into[name] = { value = known and p.value or nil, unit = p.unit, reason = reason }
    end
  end
end

-- Nanoseconds that starting these events takes, and stopping them: medians of so many times. nil and a reason when it cannot be done.
function papi_events.overhead(names, times) return library().overhead(names, times) end

return papi_events
