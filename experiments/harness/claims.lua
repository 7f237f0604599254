-- Judging claims: reproduced, not reproduced, or undecided where the interval holds the bound or data are missing.

local experiment = require "harness.experiment"
local holm = require "harness.stats.holm"
local median = require "harness.stats.median"
local metrics = require "harness.metrics"
local power = require "harness.stats.power"
local stats = require "harness.stats"
local text = require "harness.text"
local trimmed = require "harness.stats.trimmed"

local claims = {}

local YES, NO, UNSURE = "reproduced", "not reproduced", "undecided"

local MIN_LEVEL = 0.9 -- that the interval of a timed metric must have to decide anything: five rounds have it (93.75 %)

local function show(x)
  if x.lo == x.hi then return text.number(x.mid) end
  return ("%s [%s, %s]"):format(text.number(x.mid), text.number(x.lo), text.number(x.hi))
end
claims.show = show

-- All must hold: one failure is a failure, one doubt is a doubt.
function claims.all(verdicts)
  local result = YES
  for _, v in ipairs(verdicts) do
    if v == NO then return NO end
    if v == UNSURE then result = UNSURE end
  end
  return #verdicts > 0 and result or UNSURE
end

local ROUNDING = 1e-12 -- of logarithms and exponentials in geometric means

-- Whether an estimate is at most a bound.
function claims.at_most(x, bound)
  if not x then return UNSURE end
  bound = bound + math.abs(bound) * ROUNDING
  if x.hi <= bound then return YES end
  if x.lo > bound then return NO end
  return UNSURE
end

-- Whether an estimate is less than a bound.
function claims.below(x, bound)
  if not x then return UNSURE end
  if x.hi < bound then return YES end
  if x.lo >= bound then return NO end
  return UNSURE
end

function claims.at_least(x, bound)
  if not x then return UNSURE end
  bound = bound - math.abs(bound) * ROUNDING
  if x.lo >= bound then return YES end
  if x.hi < bound then return NO end
  return UNSURE
end

-- What a claim asks of the data. Each returns an estimate, or nil and why.
local query = {}
query.__index = query

local function trusted(self, estimate, reason, metric)
  if not estimate then return nil, reason end
  if not metrics.is_exact(metric, self.data.catalogue) and median.range_level(estimate.n) < MIN_LEVEL then
    return nil, ("%s of only %d timed rounds, whose interval holds the truth in %.3g %% of campaigns"):format(show(estimate),
      estimate.n, 100 * median.range_level(estimate.n))
  end
  return estimate
end

-- {num=, den=, metric=, workloads=, variant=}: geometric mean over the workloads (and variants, unless one is named).
function query:ratio(q)
  local metric = q.metric or self.e.metric
  local workloads = experiment.select_workloads(self.e, q.workloads)
  if not q.workloads then workloads = self.data:common_workloads(q.num, q.den, workloads) end
  if #workloads == 0 then return nil, "not run" end
  local estimate, reason = self.data:mean_ratio(q.num, q.den, workloads, metric, q.variant)
  return trusted(self, estimate, reason, metric)
end

-- {config=, workload=, variant=, metric=}
function query:value(q)
  local metric = q.metric or self.e.metric
  local estimate, reason = self.data:value(q.config, q.workload, q.variant, metric)
  return trusted(self, estimate, reason, metric)
end

-- {config=, start=, small=, large=, variant=, metric=}: how many times as much large takes as small, both without start.
function query:growth(q)
  local metric = q.metric or self.e.metric
  local estimate, reason = self.data:growth(q.config, q.start, q.small, q.large, q.variant, metric)
  return trusted(self, estimate, reason, metric)
end

query.ran = function(self, q) return self.data:ran(q.config, q.workload, q.variant) end
query.at_most = function(_, x, bound) return claims.at_most(x, bound) end
query.at_least = function(_, x, bound) return claims.at_least(x, bound) end
query.all = function(_, verdicts) return claims.all(verdicts) end
query.show = function(_, x, reason) return x and show(x) or "n/a (" .. tostring(reason) .. ")" end

-- Notes what was measured for a claim, for reports. what: of what it is; at: the workload or configuration, if it is one.
local function note(self, what, at, x)
  if x then table.insert(self.measured, { what = what, at = at, mid = x.mid, lo = x.lo, hi = x.hi, n = x.n }) end
end

-- The groups of workloads that a claim is about: each alone, or all together.
local function groups(self, claim, configs)
  local selected = experiment.select_workloads(self.e, claim.workloads)
  if not claim.workloads then
    for i = 2, #configs do selected = self.data:common_workloads(configs[1], configs[i], selected) end
  end
  if not claim.each then return { selected } end
  local list = {}
  for i, workload in ipairs(selected) do list[i] = { workload } end
  return list
end

-- How many rounds would decide an estimate that holds one of the bounds, as far as that can be told from it.
local function more_rounds(estimate, bounds)
  local most
  for _, bound in ipairs { bounds.below or bounds.max or false, bounds.min or false } do
    if estimate and bound and bound > 0 and estimate.lo <= bound and bound <= estimate.hi then
      most = math.max(most or 0, power.rounds(estimate, bound) or math.huge)
    end
  end
  return most and most < math.huge and (" (about %d rounds would decide)"):format(most) or ""
end

-- The p-value of a ratio that lies beyond a bound; 0 where it is the same on every run.
local function beyond(self, estimate, num, den, workloads, metric, bounds)
  if estimate.method == "constant" then return 0 end
  local arrays = self.data:ratio_arrays(num, den, workloads, metric)
  local smallest = 1
  for _, bound in ipairs { bounds.below or bounds.max or false, bounds.min or false } do
    local logs = bound and bound > 0 and stats.round_means(arrays, function(v) return v > 0 and math.log(v / bound) or -1e9 end)
    smallest = math.min(smallest, logs and trimmed.test(logs) or 1)
  end
  return smallest
end

-- Where a claim makes many comparisons, one of them may lie beyond its bound by chance. Those that do so no longer when all are
-- counted (Holm, 5 %) are undecided. p_values: by comparison; 1 of those that lie within their bounds.
local function correct(p_values, verdicts, details)
  if #p_values < 2 then return end
  for i, p in ipairs(holm(p_values)) do
    if verdicts[i] == NO and p >= 0.05 then
      verdicts[i] = UNSURE
      details[i] = ("%s; not beyond doubt among %d comparisons (p %s, Holm)"):format(details[i], #p_values, text.p_value(p))
    end
  end
end

local function compare(self, claim, num, den, workloads, bounds, verdicts, details, p_values)
  local estimate, reason = self:ratio { num = num, den = den, metric = claim.metric, workloads = workloads }
  local verdict = UNSURE
  note(self, ("%s/%s"):format(num, den), #workloads == 1 and workloads[1] or nil, estimate)
  if estimate then
    verdict = bounds.below and claims.below(estimate, bounds.below) or claims.all {
      bounds.max and claims.at_most(estimate, bounds.max) or YES, bounds.min and claims.at_least(estimate, bounds.min) or YES }
  end
  verdicts[#verdicts + 1] = verdict
  p_values[#verdicts] = verdict == NO and beyond(self, estimate, num, den, workloads, claim.metric, bounds) or 1
  local where = #workloads == 1 and workloads[1] .. ": " or ""
  local limit = bounds.below and "below " .. text.number(bounds.below)
    or bounds.min and bounds.max and ("from %s to %s"):format(text.number(bounds.min), text.number(bounds.max))
    or bounds.max and "at most " .. text.number(bounds.max) or "at least " .. text.number(bounds.min)
  details[#details + 1] = ("%s%s/%s = %s, claimed %s%s"):format(where, num, den, self:show(estimate, reason), limit,
    verdict == UNSURE and more_rounds(estimate, bounds) or "")
end

local judges = {}

function judges.ratio(self, claim, verdicts, details)
  local p_values = {}
  for _, workloads in ipairs(groups(self, claim, { claim.num, claim.den })) do
    compare(self, claim, claim.num, claim.den, workloads, claim, verdicts, details, p_values)
  end
  correct(p_values, verdicts, details)
end

function judges.ordering(self, claim, verdicts, details)
  local p_values = {}
  for _, workloads in ipairs(groups(self, claim, claim.order)) do
    for i = 1, #claim.order - 1 do
      compare(self, claim, claim.order[i], claim.order[i + 1], workloads, { below = 1 + (claim.tol or 0) }, verdicts, details, p_values)
    end
  end
  correct(p_values, verdicts, details)
end

function judges.monotone(self, claim, verdicts, details)
  local tol = claim.tol or 0
  local bounds = claim.dir == "down" and { max = 1 + tol } or { min = 1 - tol }
  for _, workload in ipairs(experiment.select_workloads(self.e, claim.workloads)) do
    local last, last_name, path = nil, nil, {}
    for _, name in ipairs(claim.over) do
      local x, reason = self:value { config = name, workload = workload, metric = claim.metric }
      path[#path + 1] = ("%s %s"):format(name, self:show(x, reason))
      note(self, workload, name, x)
      if not x then
        verdicts[#verdicts + 1] = UNSURE
      elseif last then
        -- Values, not ratios: a counter may well come down to zero.
        local verdict
        if bounds.max then
          verdict = x.hi <= last.lo * bounds.max and YES or x.lo > last.hi * bounds.max and NO or UNSURE
        else
          verdict = x.lo >= last.hi * bounds.min and YES or x.hi < last.lo * bounds.min and NO or UNSURE
        end
        if verdict == NO then path[#path] = path[#path] .. (" (against %s)"):format(last_name) end
        verdicts[#verdicts + 1] = verdict
      end
      last, last_name = x, name
    end
    details[#details + 1] = workload .. ": " .. table.concat(path, ", ")
  end
end

function judges.equal(self, claim, verdicts, details)
  local configs = claim.configs or self.e.config_names
  for _, variant in ipairs(self.e.variants) do
    for _, workload in ipairs(experiment.select_workloads(self.e, claim.workloads)) do
      local first, first_name, differing = nil, nil, nil
      for _, name in ipairs(configs) do
        local x = self:value { config = name, workload = workload, variant = variant, metric = claim.metric }
        if x and x.lo ~= x.hi then
          differing = ("%s varies from run to run with %s"):format(claim.metric, name)
        elseif x and first and x.mid ~= first.mid then
          differing = ("%s with %s, %s with %s"):format(text.number(first.mid), first_name, text.number(x.mid), name)
        elseif x and not first then
          first, first_name = x, name
        end
      end
      verdicts[#verdicts + 1] = differing and NO or first and YES or UNSURE
      if differing then details[#details + 1] = workload .. ": " .. differing end
      if not first then details[#details + 1] = workload .. ": no value of " .. claim.metric end
    end
  end
  if #details == 0 and #verdicts > 0 then details[1] = ("%s is the same in all, on %d workloads"):format(claim.metric, #verdicts) end
end

-- Whether a/b passes 1 along the workloads' `value`: on one side of it at the first workload, on the other at the last, both
-- beyond doubt. The place is interpolated between the two medians around it, on logarithmic axes.
function judges.crossover(self, claim, verdicts, details)
  local workloads, value = experiment.select_workloads(self.e, claim.workloads), function(w) return self.e.workload[w].value end
  table.sort(workloads, function(v, w) return value(v) < value(w) end)
  local points, path = {}, {}
  for i, workload in ipairs(workloads) do
    local x, reason = self:ratio { num = claim.a, den = claim.b, metric = claim.metric, workloads = { workload } }
    points[i] = x
    note(self, ("%s/%s"):format(claim.a, claim.b), workload, x)
    path[i] = ("%s: %s"):format(workload, self:show(x, reason))
    if not x then verdicts[1] = UNSURE end
  end
  details[1] = ("%s/%s at %s"):format(claim.a, claim.b, table.concat(path, ", "))
  if verdicts[1] or #points < 2 then return end
  local first, last = points[1], points[#points]
  local function side(x) return x.lo > 1 and 1 or x.hi < 1 and -1 or 0 end
  verdicts[1] = side(first) * side(last) < 0 and YES or side(first) * side(last) > 0 and NO or UNSURE
  for i = 2, #points do
    local here, there = math.log(points[i - 1].mid), math.log(points[i].mid)
    if verdicts[1] == YES and here * there <= 0 and here ~= there then
      local from, to = math.log(value(workloads[i - 1])), math.log(value(workloads[i]))
      details[#details + 1] = ("they cross at about %s"):format(text.number(math.exp(from + (to - from) * here / (here - there))))
    end
  end
end

-- The claim's own function gets the query and returns a verdict (or true, false, nil) and a sentence.
function judges.predicate(self, claim, verdicts, details)
  local verdict, detail = claim.test(self)
  if verdict == true then verdict = YES elseif verdict == false then verdict = NO end
  verdicts[1] = (verdict == YES or verdict == NO) and verdict or UNSURE
  details[1] = detail or ""
end

-- Judges all claims of an experiment: {{text=, source=, verdict=, details=, because=, measured= (estimates with what= and at=)}}.
function claims.judge(e, data)
  local results = {}
  local self = setmetatable({ e = e, data = data }, query)
  for i, claim in ipairs(e.claims) do
    local verdicts, details = {}, {}
    self.measured = {}
    judges[claim.kind](self, claim, verdicts, details)
    if #verdicts == 0 then details[1] = "not run" end
    local verdict = claims.all(verdicts)
    results[i] = { text = claim.text, source = claim.source, verdict = verdict, details = details, measured = self.measured,
      because = verdict ~= YES and claim.because or nil }
  end
  return results
end

return claims
