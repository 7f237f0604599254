-- A modelled branch target buffer, return stack and instruction cache, fed by the path that translated code takes (`jitlab exec
-- --model`). Measured in the counting trials. C functions, the interpreter and the translator itself do not pass through the model.

local model = {
  name = "model",
  summary = "modelled branch target buffer, return stack and instruction cache, fed by the executed path of translated code",
  of = "jitlab",
  trials = { "count" },
  default = "btb=4096x4,ras=16,icache=32k:8:64",
  slowdown = 20, -- time limits of trials are for runs without it
}

local PREFIX = "model:"

local function describe(c)
  return { name = PREFIX .. c.name, unit = c.unit, summary = c.summary, exact = true, available = true, from = model.name }
end

-- What there is, jitlab itself says (`jitlab list --json`).
function model.list(catalogue)
  local list = {}
  for i, c in ipairs(catalogue.answer.model or {}) do list[i] = describe(c) end
  return list
end

function model.find(name, catalogue)
  if name:sub(1, #PREFIX) ~= PREFIX then return nil end
  for _, c in ipairs(catalogue.answer.model or {}) do
    if PREFIX .. c.name == name then return describe(c) end
  end
end

-- Whether one of the names is of this source.
function model.wanted(names)
  for _, name in ipairs(names) do
    if name:sub(1, #PREFIX) == PREFIX then return true end
  end
  return false
end

-- The counters of a trial's --stats file.
function model.take(stats, into)
  for name, value in pairs(stats.model or {}) do
    if math.type(value) == "integer" then
      into[PREFIX .. name] = { value = value }
    else
      into[PREFIX .. name] = { reason = "no translated code was run, or jitlab lost the path through it" }
    end
  end
end

function model.read(trial, name)
  local c = trial.counters[name]
  if c then return c.value, c.reason end
end

function model.why_absent() return "counted only in counting trials, when asked for with --counters" end

return model
