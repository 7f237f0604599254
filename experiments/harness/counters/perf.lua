-- The kernel's software events, by PAPI's component perf_event: every host has them where perf_event_open is allowed.

local papi_events = require "harness.counters.papi_events"

local source = {
  name = "perf",
  summary = "the kernel's software events by PAPI, around the guest's run",
}

local EVENTS = {
  { "perf::TASK-CLOCK", "CPU time of the thread" },
  { "perf::CPU-CLOCK", "time by the processor's high-resolution timer" },
  { "perf::PAGE-FAULTS", "page faults" },
  { "perf::MINOR-FAULTS", "page faults without I/O" },
  { "perf::MAJOR-FAULTS", "page faults with I/O" },
  { "perf::CONTEXT-SWITCHES", "times another thread was run instead (kernel included)" },
  { "perf::CPU-MIGRATIONS", "times it went on on another CPU (kernel included)" },
  { "perf::ALIGNMENT-FAULTS", "unaligned accesses that the kernel had to handle" },
  { "perf::EMULATION-FAULTS", "instructions that the kernel emulated" },
}

local known = {}
for _, e in ipairs(EVENTS) do known[e[1]] = true end

return papi_events.source(source, EVENTS, function(name) return known[name:match("^perf::[%u-]+") or ""] == true end)
