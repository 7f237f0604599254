-- The work repeated in one process: what it takes once it is translated. Of trials of a kind of their own.

local plain = require "harness.counters.plain"

return plain {
  name = "warm",
  summary = "the program's work repeated in one process (phase warm of an experiment)",
  of = "every process",
  trials = { "warm" },
  counters = {
    { name = "warm_ns", unit = "ns", summary = "CPU time of one repetition once it is translated: median of a process's after the first" },
  },
  read = function(trial, name)
    local c = trial.counters[name]
    if c then return c.value, c.reason end
  end,
  why_absent = function() return "no warm phase" end,
}
