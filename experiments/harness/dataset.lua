-- The trials of a run as samples of metrics: values of a cell, ratios taken round by round, and why there is none.

local metrics = require "harness.metrics"
local roms = require "harness.roms"
local stats = require "harness.stats"
local text = require "harness.text"
local is_timed = require("harness.trial").is_timed

local dataset = {}
dataset.__index = dataset

-- The trials that are set apart: what is compared inside a round has to be of one host, and where a round of a workload was begun on
-- one and ended on another, those of the host that has fewer of them are left out. A set of trials.
local function of_other_hosts(trials)
  local rounds, apart = {}, {}
  for _, t in ipairs(trials) do
    if is_timed(t.kind) then
      local at = table.concat({ t.workload, t.variant, t.replicate }, "\0")
      rounds[at] = rounds[at] or {}
      local host = t.host or 0
      rounds[at][host] = rounds[at][host] or {}
      table.insert(rounds[at][host], t)
    end
  end
  for _, hosts in pairs(rounds) do
    local ids = text.sorted_keys(hosts)
    local most = ids[1]
    for _, id in ipairs(ids) do
      if #hosts[id] > #hosts[most] then most = id end
    end
    for _, id in ipairs(ids) do
      for _, t in ipairs(id ~= most and hosts[id] or {}) do apart[t] = true end
    end
  end
  return apart
end

function dataset.new(trials, e, catalogue, seed)
  local self = setmetatable({ e = e, catalogue = catalogue, seed = seed, cells = {}, trials = trials }, dataset)
  self.apart = of_other_hosts(trials)
  for _, t in ipairs(trials) do
    if t.kind ~= "reference" and not self.apart[t] then
      -- count: exact; time: cold; warm: the work repeated in one process
      local key = self:key(t.config, t.workload, t.variant)
      local cell = self.cells[key] or { count = {}, time = {}, warm = {}, bad = {} }
      self.cells[key] = cell
      if t.status == "ok" then
        cell[t.kind] = cell[t.kind] or {}
        cell[t.kind][t.replicate] = t
      else
        cell.bad[#cell.bad + 1] = t
      end
    end
  end
  return self
end

function dataset:key(config, workload, variant)
  return table.concat({ config, workload, variant or self.e.variants[1] }, "\0")
end

local function value_of(trial, metric, catalogue)
  local a, b = metrics.parts(metric)
  local value, reason = metrics.value(trial, a, catalogue)
  if value == nil or not b then return value, reason end
  local divisor
  divisor, reason = metrics.value(trial, b, catalogue)
  if divisor == nil then return nil, reason end
  if divisor == 0 then return nil, b .. " is zero" end
  return value / divisor
end

local own = {}
for _, m in ipairs(metrics.own) do own[m.name] = true end

-- Why a cell that has trials has no value of a metric.
local function why_absent(self, config, metric, reason)
  local runner = self.e.config[config].runner
  if roms.peers[runner] and metric:find("^valgrind:") then return runner .. " is not run under valgrind" end
  return reason or metrics.why_absent(metric, self.catalogue, runner == "jitlab", self.e.plan)
end

-- Values by replicate, or nil and why. A counter that is the same on every run is taken from the counting trial when
-- there is one, since some are exact only there; all else from the timed trials.
function dataset:samples(config, workload, variant, metric)
  local cell = self.cells[self:key(config, workload, variant)]
  if not cell then return nil, "not run" end
  if next(cell.time) == nil and next(cell.count) == nil and next(cell.warm) == nil then
    local bad = cell.bad[1]
    return nil, bad and bad.status or "not run"
  end
  local reason = metrics.meaningless(metric, self.e.config[config])
  if reason then return nil, reason end
  for _, kind in ipairs(metrics.kinds(metric, self.catalogue, self.e.plan)) do
    local values, any = {}, false
    for replicate, trial in pairs(cell[kind] or {}) do
      local value, why = value_of(trial, metric, self.catalogue)
      values[replicate] = value
      any = any or value ~= nil
      reason = reason or why
    end
    if any then return values end
  end
  local a, b = metrics.parts(metric)
  if a == "warm_ns" then return nil, reason or "no warm phase" end
  if (own[a] or not b) and own[a] and next(cell.time) == nil then return nil, cell.bad[1] and cell.bad[1].status or "not run" end
  return nil, why_absent(self, config, metric, reason)
end

-- The estimate of a metric, or nil and why.
function dataset:value(config, workload, variant, metric)
  local values, reason = self:samples(config, workload, variant, metric)
  if not values then return nil, reason end
  return stats.estimate(stats.in_order(values))
end

-- The ratios of two cells by round, each taken inside of one; or nil and why.
function dataset:ratios(num, den, workload, variant, metric)
  local above, reason = self:samples(num, workload, variant, metric)
  if not above then return nil, ("%s: %s"):format(num, reason) end
  local below
  below, reason = self:samples(den, workload, variant, metric)
  if not below then return nil, ("%s: %s"):format(den, reason) end
  local ratios = {}
  for replicate, value in pairs(above) do
    local divisor = below[replicate]
    if divisor == 0 then return nil, ("%s of %s is zero"):format(metric, den) end
    if divisor then ratios[replicate] = value / divisor end
  end
  if next(ratios) == nil then return nil, "no round has both" end
  return ratios
end

function dataset:ratio(num, den, workload, variant, metric)
  local ratios, reason = self:ratios(num, den, workload, variant, metric)
  if not ratios then return nil, reason end
  return stats.ratio_estimate(stats.in_order(ratios))
end

-- How many times as much a workload takes as a smaller one, both without what a third one takes that does next to nothing; each
-- taken inside of a round. Or nil and why.
function dataset:growth(config, start, small, large, variant, metric)
  local values = {}
  for i, workload in ipairs { start, small, large } do
    local reason
    values[i], reason = self:samples(config, workload, variant, metric)
    if not values[i] then return nil, ("%s: %s"):format(workload, reason) end
  end
  local growth = {}
  for replicate, least in pairs(values[1]) do
    local x, y = values[2][replicate], values[3][replicate]
    if x and y and x <= least then return nil, ("%s takes no more than %s"):format(small, start) end
    if x and y then growth[replicate] = (y - least) / (x - least) end
  end
  if next(growth) == nil then return nil, "no round has all three" end
  return stats.ratio_estimate(stats.in_order(growth))
end

-- Whether a value of a metric is not quite what its counter says, as its source noted beside the value: "multiplexed" (an estimate, as
-- the event took turns with others on the hardware) or "nearly exact" (of a counter that is the same on every run otherwise).
function dataset:has_mark(metric, mark)
  local a, b = metrics.parts(metric)
  for _, trial in ipairs(self.trials) do
    for _, part in ipairs { a, b } do
      local counter = trial.counters and trial.counters[part]
      if counter and counter.value and counter.reason == mark then return true end
    end
  end
  return false
end

-- Whether a cell was run, or is known to have failed.
function dataset:ran(config, workload, variant) return self.cells[self:key(config, workload, variant)] ~= nil end

-- The variants in which both configurations were run at all: an experiment may leave one out of a variant altogether.
function dataset:common_variants(num, den)
  local function has(config, variant)
    for _, workload in ipairs(self.e.workload_names) do
      if self:ran(config, workload, variant) then return true end
    end
  end
  local common = {}
  for _, variant in ipairs(self.e.variants) do
    if has(num, variant) and has(den, variant) then common[#common + 1] = variant end
  end
  return common
end

-- The ratios by round of each workload (and variant: one, or all that have both); nil and why when a workload has none.
function dataset:ratio_arrays(num, den, workloads, metric, only)
  local arrays = {}
  for _, variant in ipairs(only and { only } or self:common_variants(num, den)) do
    for _, workload in ipairs(workloads) do
      local ratios, reason = self:ratios(num, den, workload, variant, metric)
      if not ratios then return nil, ("%s: %s"):format(workload, reason) end
      arrays[#arrays + 1] = ratios
    end
  end
  if #arrays == 0 then return nil, ("%s and %s were not both run"):format(num, den) end
  return arrays
end

-- The geometric mean over workloads (of one variant, or of all that have both) of the median ratio; nil and why when a workload
-- has none.
function dataset:mean_ratio(num, den, workloads, metric, only)
  local arrays, reason = self:ratio_arrays(num, den, workloads, metric, only)
  if not arrays then return nil, reason end
  local mean = stats.geomean_estimate(arrays, self.seed)
  if not mean then return nil, "a ratio is negative" end
  return mean
end

-- The geometric mean over workloads of the metric itself.
function dataset:mean_value(config, workloads, metric)
  local arrays = {}
  for i, workload in ipairs(workloads) do
    local values, reason = self:samples(config, workload, nil, metric)
    if not values then return nil, ("%s: %s"):format(workload, reason) end
    arrays[i] = values
  end
  local mean = stats.geomean_estimate(arrays, self.seed)
  if not mean then return nil, "a value is negative" end
  return mean
end

-- Workloads that were run with both configurations.
function dataset:common_workloads(num, den, workloads)
  local common, variants = {}, self:common_variants(num, den)
  for _, workload in ipairs(workloads) do
    local both = #variants > 0
    for _, variant in ipairs(variants) do
      both = both and self:ran(num, workload, variant) and self:ran(den, workload, variant)
    end
    if both then common[#common + 1] = workload end
  end
  return common
end

-- Counters that should be the same on every run and were not, and guest states that differ between configurations:
-- sentences about what cannot be trusted.
function dataset:inconsistencies()
  local found = {}
  local states = {}
  for _, trial in ipairs(self.trials) do
    if (trial.kind == "count" or trial.kind == "valgrind") and trial.status == "ok" and trial.fingerprint then
      local at = trial.workload .. (#self.e.variants > 1 and "/" .. trial.variant or "")
      if trial.kind == "valgrind" then at = at .. ", under valgrind" end -- which the guest sees in its environment
      states[at] = states[at] or {}
      states[at][trial.fingerprint] = states[at][trial.fingerprint] or trial.config
    end
  end
  -- Where host code was called (axis offload), a fingerprint leaves out the registers that calls do not keep: it is the beginning
  -- of those that agree with it.
  for _, known in pairs(states) do
    for short in pairs(known) do
      for long in pairs(known) do
        if #short < #long and long:sub(1, #short) == short then known[short] = nil end
      end
    end
  end
  for _, at in ipairs(text.sorted_keys(states)) do
    local configs = {}
    for _, config in pairs(states[at]) do configs[#configs + 1] = config end
    table.sort(configs)
    if #configs > 1 then
      found[#found + 1] = ("%s: the guest's final state differs between %s"):format(at, table.concat(configs, ", "))
    end
  end
  return found
end

return dataset
