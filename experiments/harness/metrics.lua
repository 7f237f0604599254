-- What can be asked of a trial: the harness's own measures, jitlab's counters, PAPI events, and the ratio of two.

local metrics = {}

-- The harness's own, of every trial whatever runs in it. `exact`: the same on every run.
metrics.own = {
  { name = "cpu_ns", unit = "ns", summary = "CPU time of the process, user and system" },
  { name = "wall_ns", unit = "ns", summary = "time from its start to its end" },
  { name = "user_ns", unit = "ns", summary = "CPU time in user mode" },
  { name = "system_ns", unit = "ns", summary = "CPU time in the kernel" },
  { name = "max_rss_kib", unit = "KiB", summary = "largest resident set" },
  { name = "minor_faults", unit = "faults", summary = "page faults without I/O" },
  { name = "major_faults", unit = "faults", summary = "page faults with I/O" },
  { name = "voluntary_switches", unit = "switches", summary = "times it waited" },
  { name = "warm_ns", unit = "ns", summary = "CPU time of one repetition once it is translated: median of a process's after the first" },
  { name = "involuntary_switches", unit = "switches", summary = "times it was made to wait" },
}

metrics.aliases = { host_per_guest = "host_instructions/guest_instructions" }

-- PAPI events that `list counters` tries; any other event may be asked for by its name.
metrics.papi_examples = {
  "PAPI_TOT_CYC", "PAPI_TOT_INS", "PAPI_BR_MSP", "PAPI_L1_ICM", "PAPI_L1_DCM", "PAPI_TLB_IM",
  "perf::TASK-CLOCK", "perf::PAGE-FAULTS", "perf::CONTEXT-SWITCHES", "perf::CPU-MIGRATIONS",
}

local own = {}
for _, m in ipairs(metrics.own) do own[m.name] = m end

-- Whether it is measured of every process, jitlab's or not.
function metrics.is_own(name) return own[name] ~= nil end

-- Whether the name is one of PAPI's.
function metrics.is_papi(name)
  return name:find("^PAPI_") ~= nil or name:find("::", 1, true) ~= nil
end

-- The one or two plain metrics that make it up.
function metrics.parts(name)
  name = metrics.aliases[name] or name
  if metrics.is_papi(name) then return name end
  local a, b = name:match("^([^/]+)/([^/]+)$")
  if a then return a, b end
  return name
end

-- Whether every run gives the same value.
function metrics.is_exact(name, catalogue)
  local a, b = metrics.parts(name)
  for _, part in ipairs { a, b } do
    local counter = catalogue.counters[part]
    if not (counter and counter.deterministic) then return false end
  end
  return true
end

-- nil, or which part of the name is no metric.
function metrics.unknown_part(name, catalogue)
  local a, b = metrics.parts(name)
  for _, part in ipairs { a, b } do
    if not (own[part] or catalogue.counters[part] or metrics.is_papi(part)) then return part end
  end
end

function metrics.names(catalogue)
  local names = {}
  for _, m in ipairs(metrics.own) do names[#names + 1] = m.name end
  for _, name in ipairs(catalogue.counter_names) do names[#names + 1] = name end
  for name in pairs(metrics.aliases) do names[#names + 1] = name end
  return names
end

return metrics
