-- The translator's own events, from jitlab's --stats. What they are, jitlab says itself (`jitlab list --json`).

local translator = {
  name = "translator",
  summary = "jitlab's own events, from its statistics",
  of = "jitlab",
  trials = { "count", "time" }, -- some are exact only where everything is counted
}

local function describe(c)
  return { name = c.name, unit = c.unit, summary = c.summary, exact = c.deterministic, available = true, from = translator.name }
end

function translator.find(name, catalogue)
  local c = catalogue.counters[name]
  return c and describe(c)
end

function translator.list(catalogue)
  local list = {}
  for i, name in ipairs(catalogue.counter_names) do list[i] = describe(catalogue.counters[name]) end
  return list
end

function translator.read(trial, name)
  local c = trial.counters[name]
  if c then return c.value, c.reason end
end

-- Why a cell that jitlab ran has no value of it.
function translator.why_absent() return "not reported by jitlab" end

return translator
