-- Hardware counters by PAPI: presets (PAPI_TOT_INS) and native events (COMPONENT::EVENT or EVENT:UMASK) by name.

local papi_events = require "harness.counters.papi_events"
local perf = require "harness.counters.perf"

local source = {
  name = "papi",
  summary = "hardware counters by PAPI: presets and native events by name, around the guest's run",
}

-- Presets that most hosts with a PMU have; any other preset or native event may be named.
local SHOWN = {
  { "PAPI_TOT_CYC", "processor cycles" },
  { "PAPI_TOT_INS", "instructions retired" },
  { "PAPI_BR_INS", "branches retired" },
  { "PAPI_BR_MSP", "conditional branches predicted wrongly" },
  { "PAPI_L1_ICM", "misses of the first instruction cache" },
  { "PAPI_L1_DCM", "misses of the first data cache" },
  { "PAPI_L2_TCM", "misses of the second cache" },
  { "PAPI_L3_TCM", "misses of the third cache" },
  { "PAPI_TLB_IM", "misses of the instruction TLB" },
  { "PAPI_TLB_DM", "misses of the data TLB" },
  { "perf::INSTRUCTIONS", "instructions retired, as a native event" },
  { "perf::BRANCH-MISSES", "branches predicted wrongly, as a native event" },
}

local function matches(name)
  if name:find("^sde:::") or perf.find(name) then return false end
  return name:find("^PAPI_[%u%d_]+$") ~= nil or name:find("::", 1, true) ~= nil
end

return papi_events.source(source, SHOWN, matches)
