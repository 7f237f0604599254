-- Counters of time: of every trial, whatever runs in it.

local plain = require "harness.counters.plain"

return plain {
  name = "time",
  summary = "clocks around the trial's process",
  of = "every process",
  counters = {
    { name = "cpu_ns", unit = "ns", summary = "CPU time of the process, user and system" },
    { name = "wall_ns", unit = "ns", summary = "time from its start to its end" },
    { name = "user_ns", unit = "ns", summary = "CPU time in user mode" },
    { name = "system_ns", unit = "ns", summary = "CPU time in the kernel" },
  },
  read = function(trial, name)
    if name == "cpu_ns" then return trial.user_ns and trial.user_ns + trial.system_ns end
    local counter = trial.counters[name] -- what the process itself timed
    return trial[name] or counter and counter.value
  end,
}
