-- Judging claims: reproduced, not reproduced, or undecided where the interval holds the bound or data are missing.

local experiment = require "harness.experiment"
local fail = require "harness.fail"
local holm = require "harness.stats.holm"
local median = require "harness.stats.median"
local metrics = require "harness.metrics"
local misplaced = require "harness.mistake"
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

-- Notes what was measured for a claim, for reports. what: of what it is; at: the workload or configuration, if it is one; predicted:
-- what it should be near to, if that is the claim.
local function note(self, what, at, x, predicted)
  if x then
    table.insert(self.measured, { what = what, at = at, mid = x.mid, lo = x.lo, hi = x.hi, n = x.n, predicted = predicted })
  end
end

-- What a claim asks of the data. Each returns an estimate, or nil and why. What a claim's own function asks is noted.
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

-- What a query answers: an estimate if it may be trusted, or nil and why.
local function asked(self, what, workload, variant, metric, estimate, reason)
  local x
  x, reason = trusted(self, estimate, reason, metric)
  if self.noting then note(self, #self.e.variants > 1 and variant and ("%s, %s"):format(what, variant) or what, workload, x) end
  return x, reason
end

-- {num=, den=, metric=, workloads=, variant=}: geometric mean over the workloads (and variants, unless one is named).
function query:ratio(q)
  local metric = q.metric or self.e.metric
  local workloads = experiment.select_workloads(self.e, q.workloads)
  if not q.workloads then workloads = self.data:common_workloads(q.num, q.den, workloads) end
  if #workloads == 0 then return nil, "not run" end
  local estimate, reason = self.data:mean_ratio(q.num, q.den, workloads, metric, q.variant)
  local one = #workloads == 1 and workloads[1] or nil
  return asked(self, ("%s/%s, %s"):format(q.num, q.den, metric), one, q.variant, metric, estimate, reason)
end

-- {config=, workload=, variant=, metric=}
function query:value(q)
  local metric = q.metric or self.e.metric
  local estimate, reason = self.data:value(q.config, q.workload, q.variant, metric)
  return asked(self, ("%s, %s"):format(q.config, metric), q.workload, q.variant, metric, estimate, reason)
end

-- {config=, start=, small=, large=, variant=, metric=}: how many times as much large takes as small, both without start.
function query:growth(q)
  local metric = q.metric or self.e.metric
  local estimate, reason = self.data:growth(q.config, q.start, q.small, q.large, q.variant, metric)
  return asked(self, ("%s, %s, growth from %s"):format(q.config, metric, q.small), q.large, q.variant, metric, estimate, reason)
end

-- Notes an estimate that a claim's function made by other means: of what it is, and of which workload or configuration, if of one.
query.note = function(self, what, at, x) note(self, what, at, x) end
query.ran = function(self, q) return self.data:ran(q.config, q.workload, q.variant) end
query.at_most = function(_, x, bound) return claims.at_most(x, bound) end
query.at_least = function(_, x, bound) return claims.at_least(x, bound) end
query.all = function(_, verdicts) return claims.all(verdicts) end
query.show = function(_, x, reason) return x and show(x) or "n/a (" .. tostring(reason) .. ")" end

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

-- The p-value of the mean of such ratios by round that lies beyond a bound; 0 where it is the same on every run.
local function beyond(estimate, arrays, bounds)
  if estimate.method == "constant" then return 0 end
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
  p_values[#verdicts] = verdict == NO and beyond(estimate, self.data:ratio_arrays(num, den, workloads, claim.metric), bounds) or 1
  local where = #workloads == 1 and workloads[1] .. ": " or ""
  local limit = bounds.below and ("below %.6g"):format(bounds.below)
    or bounds.min and bounds.max and ("from %.6g to %.6g"):format(bounds.min, bounds.max)
    or bounds.max and ("at most %.6g"):format(bounds.max) or ("at least %.6g"):format(bounds.min)
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

-- How one value follows another: values and not ratios, since a counter may well come down to zero.
local function step(last, x, bounds)
  if bounds.max then
    return x.hi <= last.lo * bounds.max and YES or x.lo > last.hi * bounds.max and NO or UNSURE
  end
  return x.lo >= last.hi * bounds.min and YES or x.hi < last.lo * bounds.min and NO or UNSURE
end

function judges.monotone(self, claim, verdicts, details)
  local tol, p_values = claim.tol or 0, {}
  local bounds = claim.dir == "down" and { max = 1 + tol } or { min = 1 - tol }
  for _, variant in ipairs(self.e.variants) do
    for _, workload in ipairs(experiment.select_workloads(self.e, claim.workloads)) do
      local last, last_name = nil, nil
      local at = workload .. (#self.e.variants > 1 and " " .. variant or "")
      for _, name in ipairs(claim.over) do
        local x, reason = self:value { config = name, workload = workload, variant = variant, metric = claim.metric }
        note(self, at, name, x)
        local detail = ("%s: %s %s%s"):format(at, name, self:show(x, reason),
          last and (", after %s with %s"):format(show(last), last_name) or "")
        if not x or last then
          local i = #verdicts + 1
          verdicts[i], details[i], p_values[i] = x and step(last, x, bounds) or UNSURE, detail, 1
          if verdicts[i] == NO then
            local ratios = self.data:ratios(name, last_name, workload, variant, claim.metric)
            p_values[i] = ratios and beyond(stats.geomean_estimate({ ratios }, self.data.seed), { ratios }, bounds) or 0
          end
        end
        last, last_name = x, name
      end
    end
  end
  correct(p_values, verdicts, details)
end

-- What one workload says to a claim of equality: a verdict and, unless it is reproduced, why. No verdict where an experiment runs one
-- configuration only: nothing is compared.
local function equality(self, claim, configs, workload, variant)
  local first, first_name, values, missing = nil, nil, 0, nil
  for _, name in ipairs(configs) do
    local x, reason = self:value { config = name, workload = workload, variant = variant, metric = claim.metric }
    values = values + (x and 1 or 0)
    if x and x.lo ~= x.hi then
      return NO, ("%s varies from run to run with %s"):format(claim.metric, name)
    elseif x and first and x.mid ~= first.mid then
      return NO, ("%s with %s, %s with %s"):format(text.number(first.mid), first_name, text.number(x.mid), name)
    elseif x and not first then
      first, first_name = x, name
    elseif not x and self.data:ran(name, workload, variant) and (claim.configs or self.e.config[name].runner == "jitlab") then
      missing = ("%s has none of it (%s)"):format(name, reason)
    end
  end
  if not first then return UNSURE, "no value of " .. claim.metric end
  if missing then return UNSURE, missing end
  if values < 2 then return nil, ("only %s has a value of %s"):format(first_name, claim.metric) end
  return YES
end

function judges.equal(self, claim, verdicts, details)
  local configs, alone = claim.configs or self.e.config_names, {}
  for _, variant in ipairs(self.e.variants) do
    for _, workload in ipairs(experiment.select_workloads(self.e, claim.workloads)) do
      local verdict, why = equality(self, claim, configs, workload, variant)
      verdicts[#verdicts + 1] = verdict
      if why then table.insert(verdict and details or alone, workload .. ": " .. why) end
    end
  end
  if #verdicts == 0 and #alone > 0 then
    verdicts[1] = UNSURE
    table.move(alone, 1, #alone, 1, details)
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

-- Calls a function of the claim. What goes wrong in it is a mistake of the experiment's file, but the trials are there by now: the claim
-- is undecided and says why, and the others are judged. Returns what it returns, or nil and what is wrong.
local function ask(self, what, f, ...)
  self.noting = what == "test"
  local results = table.pack(fail.catch(misplaced.call, self.e, what, f, self, ...))
  self.noting = false
  if not results[1] then return nil, results[2] end
  return table.unpack(results, 2, results.n)
end

-- Notes what a ratio is on each workload that has something published, where the claim is about all of them together.
local function note_published(self, claim)
  local workloads = {}
  for _, name in ipairs(experiment.select_workloads(self.e, claim.workloads)) do workloads[name] = true end
  for _, x in ipairs(self.measured) do workloads[x.at or ""] = nil end
  for _, point in ipairs(claim.published and claim.published.points or {}) do
    if workloads[point[1]] then
      note(self, ("%s/%s"):format(claim.num, claim.den), point[1],
        (self:ratio { num = claim.num, den = claim.den, metric = claim.metric, workloads = { point[1] } }))
    end
  end
end

-- What a `near` claim measures of a workload, or of all of them together: a list of arrays by round, or nil and why.
local function near_arrays(self, claim, workloads, metric)
  if claim.num then return self.data:ratio_arrays(claim.num, claim.den, workloads, metric) end
  local arrays = {}
  for i, variant in ipairs(self.e.variants) do
    local reason
    arrays[i], reason = self.data:samples(claim.config, workloads[1], variant, metric)
    if not arrays[i] then return nil, reason end
  end
  return arrays
end

-- What is predicted for it, as a list of as many arrays; or nil and why.
local function predicted_arrays(self, claim, workloads, count)
  local p = claim.prediction
  if type(p) == "string" then return near_arrays(self, claim, workloads, p) end
  if type(p) == "function" then
    local reason
    p, reason = ask(self, "prediction", p, #workloads == 1 and workloads[1] or nil)
    if type(p) ~= "number" then return nil, reason or "nothing is predicted" end
  end
  local arrays = {}
  for i = 1, count do arrays[i] = { p } end
  return arrays
end

-- The measured over the predicted, round by round; nil and why where that is no number above zero. What is the same in all rounds
-- (a count, which one trial has for all of them) is set against each round of the other.
local function quotients(measured, predicted)
  local function at(values)
    local x = stats.estimate(stats.in_order(values))
    if x.lo == x.hi then return function() return x.mid end end
    return function(round) return values[round] end
  end
  local list = {}
  for i, values in ipairs(measured) do
    local above, below = at(values), at(predicted[i])
    list[i] = {}
    for _, rounds in ipairs { values, predicted[i] } do
      for round in pairs(rounds) do
        local v, p = above(round), below(round)
        if p and p <= 0 then return nil, ("%s is predicted, and how near a value is to that has no measure"):format(text.number(p)) end
        list[i][round] = v and p and v / p
      end
    end
    if next(list[i]) == nil then return nil, "no round has both the value and its prediction" end
  end
  return list
end

-- The estimate of measured/predicted and of the measured, and the arrays of the first; or nil and why.
local function near_estimate(self, claim, workloads)
  local metric, p = claim.metric or self.e.metric, claim.prediction
  local measured, predicted, both, reason
  measured, reason = near_arrays(self, claim, workloads, metric)
  if measured then predicted, reason = predicted_arrays(self, claim, workloads, #measured) end
  if predicted then both, reason = quotients(measured, predicted) end
  local x = both and stats.geomean_estimate(both, self.data.seed)
  if not x then return nil, reason or "a value is negative" end
  if type(p) == "string" and not metrics.is_exact(p, self.data.catalogue) then metric = p end
  x, reason = trusted(self, x, reason, metric)
  if not x then return nil, reason end
  return x, stats.geomean_estimate(measured, self.data.seed), both
end

-- Whether a value or a ratio lies within a part of what is predicted for it: by measured/predicted, each taken inside of a round.
function judges.near(self, claim, verdicts, details)
  local p_values, bounds = {}, { min = 1 - claim.within, max = 1 + claim.within }
  local list = {}
  if claim.config then
    for i, workload in ipairs(experiment.select_workloads(self.e, claim.workloads)) do list[i] = { workload } end
  else
    list = groups(self, claim, { claim.num, claim.den })
  end
  for _, workloads in ipairs(list) do
    local one = #workloads == 1 and workloads[1] or nil
    local what = claim.config or ("%s/%s"):format(claim.num, claim.den)
    local x, measured, arrays = near_estimate(self, claim, workloads)
    local verdict, said = UNSURE, nil
    if x then
      verdict = claims.all { claims.at_least(x, bounds.min), claims.at_most(x, bounds.max) }
      local predicted = measured.mid / x.mid
      note(self, what, one, measured, predicted)
      said = ("%s, %s predicted: %s times that, claimed within %s %%%s"):format(show(measured), text.number(predicted), show(x),
        text.number(100 * claim.within), verdict == UNSURE and more_rounds(x, bounds) or "")
    end
    verdicts[#verdicts + 1] = verdict
    p_values[#verdicts] = verdict == NO and beyond(x, arrays, bounds) or 1
    details[#details + 1] = ("%s%s = %s"):format(one and one .. ": " or "", what, said or self:show(nil, measured))
  end
  correct(p_values, verdicts, details)
end

-- The claim's own function gets the query and returns a verdict (or true, false, nil) and a sentence.
function judges.predicate(self, claim, verdicts, details)
  local verdict, detail = ask(self, "test", claim.test)
  if verdict == true then verdict = YES elseif verdict == false then verdict = NO end
  verdicts[1] = (verdict == YES or verdict == NO) and verdict or UNSURE
  details[1] = detail and tostring(detail) or ""
end

-- Judges all claims of an experiment: {{text=, source=, verdict=, details=, because=, measured= (estimates with what= and at=)}}.
function claims.judge(e, data)
  local results = {}
  local self = setmetatable({ e = e, data = data }, query)
  for i, claim in ipairs(e.claims) do
    local verdicts, details = {}, {}
    self.measured = {}
    judges[claim.kind](self, claim, verdicts, details)
    if claim.num then note_published(self, claim) end
    if #verdicts == 0 then details[1] = "not run" end
    local verdict = claims.all(verdicts)
    results[i] = { text = claim.text, source = claim.source, verdict = verdict, details = details, measured = self.measured,
      because = verdict ~= YES and claim.because or nil }
  end
  return results
end

-- All verdicts in one sentence.
function claims.headline(results)
  local count = { [YES] = 0, [NO] = 0, [UNSURE] = 0 }
  for _, r in ipairs(results) do count[r.verdict] = (count[r.verdict] or 0) + 1 end
  if #results == 1 then return ("The claim is %s."):format(results[1].verdict) end
  return ("Of %d claims %d %s reproduced, %d %s not, and %d could not be decided."):format(#results,
    count[YES], count[YES] == 1 and "is" or "are", count[NO], count[NO] == 1 and "is" or "are", count[UNSURE])
end

return claims
