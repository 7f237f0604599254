-- What the kernel says of a process that has ended (wait4): of every trial, whatever runs in it.

local plain = require "harness.counters.plain"

return plain {
  name = "rusage",
  summary = "the kernel's account of the trial's process (getrusage)",
  of = "every process",
  counters = {
    { name = "max_rss_kib", unit = "KiB", summary = "largest resident set" },
    { name = "minor_faults", unit = "faults", summary = "page faults without I/O" },
    { name = "major_faults", unit = "faults", summary = "page faults with I/O" },
    { name = "voluntary_switches", unit = "switches", summary = "times it waited" },
    { name = "involuntary_switches", unit = "switches", summary = "times it was made to wait" },
  },
  read = function(trial, name) return trial[name] end,
}
