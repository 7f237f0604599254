-- A modelled branch target buffer, return stack and instruction cache, fed by the path that translated code takes (`jitlab exec
-- --model`). Measured in the counting trials. C functions, the interpreter and the translator itself do not pass through the model.

local model = {
  name = "model",
  summary = "modelled branch target buffer, return stack and instruction cache, fed by the executed path of translated code",
  of = "jitlab",
  trials = { "count" },
  default = "btb=4096x4,ras=16,icache=32k:8:64",
}

local COUNTERS = {
  { "btb_lookups", "branches", "taken branches, returns left out" },
  { "btb_misses", "branches", "taken branches of which the branch target buffer knew nothing" },
  { "indirect_branches", "branches", "indirect jumps and calls" },
  { "indirect_mispredictions", "branches", "of these, the ones that went elsewhere than the buffer's target, or were not in it" },
  { "returns", "branches", "the host's own return instructions" },
  { "return_mispredictions", "branches", "of these, the ones that the return stack did not predict" },
  { "icache_accesses", "lines", "lines fetched, one after the other" },
  { "icache_misses", "misses", "of these, the ones that the instruction cache had not" },
}

local by_name, counters = {}, {}
for i, c in ipairs(COUNTERS) do
  local d = { name = "model:" .. c[1], field = c[1], unit = c[2], summary = c[3], exact = true, available = true, from = model.name }
  by_name[d.name], counters[i] = d, d
end

function model.find(name) return by_name[name] end
function model.list() return counters end

-- Whether one of the names is of this source.
function model.wanted(names)
  for _, name in ipairs(names) do
    if by_name[name] then return true end
  end
  return false
end

-- The counters of a trial's --stats file.
function model.take(stats, into)
  for _, c in ipairs(counters) do
    local value = (stats.model or {})[c.field]
    if math.type(value) == "integer" then into[c.name] = { value = value, unit = c.unit } end
  end
end

function model.read(trial, name)
  local c = trial.counters[name]
  if c then return c.value, c.reason end
end

function model.why_absent() return "not asked for: it is counted only when an experiment or --counters names it" end

return model
