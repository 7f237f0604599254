-- All that can be counted, behind one interface. A counter source is a file of counters/ that returns a table:
--
--   name, summary     what `list counters` calls it, and what is special about it
--   of                what its counters are of: "every process", or "jitlab" when only jitlab's cells have them
--   trials            the kinds of trials that measure it, the preferred one first
--   find(name, catalogue)   the counter of that name, or nil: {name, unit, summary, exact, from}; exact = the same on every run
--   list(catalogue)         its counters on this host, each also with `available` and, if it is not, `reason`
--   read(trial, name)       its value in a trial as the store gives it back; nil and why
--   why_absent()            why a trial that was good has no value (optional)
--
-- Names are told apart by their form: PAPI_X and A::B are PAPI's, valgrind:X and model:X carry their source, the rest are plain.

local papi_events = require "harness.counters.papi_events"
local valgrind = require "harness.counters.valgrind"
local model = require "harness.counters.model"

local counters = {}

counters.sources = {
  require "harness.counters.time",
  require "harness.counters.rusage",
  require "harness.counters.warm",
  require "harness.counters.translator",
  model,
  valgrind,
  require "harness.counters.papi",
  require "harness.counters.perf",
  (require "harness.counters.sde"),
}

-- The counter of that name and its source; nil when there is none.
function counters.find(name, catalogue)
  for _, source in ipairs(counters.sources) do
    local counter = source.find(name, catalogue)
    if counter then return counter, source end
  end
end

-- Everything that `list counters` prints, source by source.
function counters.list(catalogue)
  local all = {}
  for _, source in ipairs(counters.sources) do
    for _, c in ipairs(source.list(catalogue)) do
      all[#all + 1] = { name = c.name, unit = c.unit, summary = c.summary, from = source.name, exact = c.exact or false,
        of = source.of, available = c.available, reason = c.reason }
    end
  end
  return all
end

-- What the trials of an experiment have to do for the counters that it names: which are simulated by valgrind, whether the model is
-- wanted, and which PAPI events are counted in which kind of trial. The first group of PAPI events belongs to the timed trials; groups that
-- do not fit beside it get trials of their own in every round.
function counters.plan(names, catalogue, multiplex)
  local plan = { names = names, valgrind = {}, model = model.wanted(names), multiplex = multiplex or false, papi = {}, further = {} }
  local events = {}
  for _, name in ipairs(names) do
    local _, source = counters.find(name, catalogue)
    if source == valgrind then
      table.insert(plan.valgrind, name)
    elseif source and source.through_papi then
      events[#events + 1] = name
    end
  end
  if #plan.valgrind > 0 and not valgrind.version() then plan.valgrind = {} end
  for i, group in ipairs(papi_events.groups(events, multiplex)) do
    local kind = i == 1 and "time" or ("papi%d"):format(i)
    plan.papi[kind] = group
    if i > 1 then plan.further[#plan.further + 1] = kind end
  end
  return plan
end

local STARTS = 1001
local SETS = {
  { "perf::TASK-CLOCK" },
  { "perf::TASK-CLOCK", "perf::PAGE-FAULTS", "perf::CONTEXT-SWITCHES" },
  { "PAPI_TOT_INS" },
  { "PAPI_TOT_INS", "PAPI_TOT_CYC", "PAPI_BR_MSP" },
}

-- What counting costs where it is switched on and off: for each set of events {names, times, start_ns, stop_ns}, medians
-- of so many times; with `reason` instead where the first event cannot be counted. most: leaves out sets of more events (optional).
function counters.overhead(most)
  local list = {}
  for _, names in ipairs(SETS) do
    if #names > (most or #names) then goto next end
    local start, stop = papi_events.overhead(names, STARTS)
    list[#list + 1] = start and { names = names, times = STARTS, start_ns = start, stop_ns = stop }
      or { names = names, times = STARTS, reason = stop }
    ::next::
  end
  return list
end

return counters
