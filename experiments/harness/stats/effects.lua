-- Effects of a design from its measurements: sizes with intervals, tests, and what share of the variance each explains.

local contrasts = require "harness.stats.contrasts"
local holm = require "harness.stats.holm"
local stats = require "harness.stats"
local trimmed = require "harness.stats.trimmed"

local effects = {}

-- The weighted sum of logarithms in each round in which all that it needs were measured. cells: values by round, by configuration.
local function by_round(weights, cells)
  local some = next(weights)
  local sums = {}
  for round in pairs(cells[some]) do
    local sum = 0
    for i, weight in pairs(weights) do
      local v = cells[i][round]
      sum = v and sum and sum + weight * math.log(v)
    end
    sums[round] = sum or nil
  end
  return sums
end

local function exponential(x)
  x.mid, x.lo, x.hi = math.exp(x.mid), math.exp(x.lo), math.exp(x.hi)
  return x
end

-- The geometric mean over workloads of the median over rounds.
local function estimate(arrays, seed)
  if #arrays == 1 then
    local list = stats.in_order(arrays[1])
    return #list > 0 and exponential(stats.estimate(list)) or nil
  end
  local x = stats.mean_of_medians(arrays, seed)
  return x and exponential(x)
end

-- The p-value of "it multiplies by 1": of the means over workloads in each round that all workloads have (stats/trimmed.lua).
local function test(arrays) return (trimmed.test(stats.round_means(arrays))) end

-- Logarithms around the mean of their round, of the rounds that all configurations have; and how many rounds.
local function centred(cells)
  local logs, rounds = {}, 0
  for i = 1, #cells do logs[i] = {} end
  for round in pairs(cells[1]) do
    local sum = 0
    for i = 1, #cells do sum = cells[i][round] and sum and sum + math.log(cells[i][round]) end
    if sum then
      rounds = rounds + 1
      for i = 1, #cells do logs[i][rounds] = math.log(cells[i][round]) - sum / #cells end
    end
  end
  return logs, rounds
end

-- The sum of squares of the means of configurations that share the levels of some factors.
local function between(configs, means, factors)
  local sums, counts = {}, {}
  for i, config in ipairs(configs) do
    local words = {}
    for k, name in ipairs(factors) do words[k] = config.levels[name] end
    local key = table.concat(words, "\0")
    sums[key], counts[key] = (sums[key] or 0) + means[i], (counts[key] or 0) + 1
  end
  local square = 0
  for key, sum in pairs(sums) do square = square + sum * sum / counts[key] end
  return square
end

-- How much of the variation in each workload every group of factors explains, how much differs between configurations beyond
-- these, and how much from round to round: the allocation of variation of Jain 1991, The Art of Computer Systems Performance
-- Analysis, 18.5, summed over workloads. Means and not medians, so an outlier is noise here.
local function allocation(configs, groups, workloads)
  local parts, all, cells_only = {}, 0, 0
  for k = 1, #groups do parts[k] = 0 end
  for _, cells in ipairs(workloads) do
    local logs, rounds = centred(cells)
    local means = {}
    for i, list in ipairs(logs) do
      local sum = 0
      for _, v in ipairs(list) do sum, all = sum + v, all + v * v end
      means[i] = rounds > 0 and sum / rounds or 0
      cells_only = cells_only + rounds * means[i] ^ 2
    end
    for k, factors in ipairs(groups) do
      local own = between(configs, means, factors)
      if #factors == 2 then own = own - between(configs, means, { factors[1] }) - between(configs, means, { factors[2] }) end
      parts[k] = parts[k] + rounds * own
    end
  end
  if all <= 0 then return nil end
  local rest = cells_only
  for k = 1, #groups do
    parts[k] = math.max(0, parts[k]) / all
    rest = rest - parts[k] * all
  end
  return parts, math.max(0, rest) / all, (all - cells_only) / all
end

-- The groups of factors that terms are about, each once, and the number of each term's group.
local function groups_of(terms)
  local groups, number, of = {}, {}, {}
  for t, term in ipairs(terms) do
    local key = table.concat(term.factors, "\0")
    if not number[key] then
      groups[#groups + 1] = term.factors
      number[key] = #groups
    end
    of[t] = number[key]
  end
  return groups, of
end

-- All effects of a design. configs: {{name=, levels=}}; workloads: a list of lists, by number of configuration, of positive values by
-- round. Returns {terms={{name=, factors=, aliases=, estimate=, p=, adjusted=, share=}}, rest=, noise=} (shares only of crossed
-- designs, each on the first term of its factors); nil and why.
function effects.of(design, configs, workloads, seed)
  local terms, reason = contrasts.of(design, configs)
  if not terms then return nil, reason end
  if #workloads == 0 then return nil, "no workload was measured with all of its configurations" end
  local p_values = {}
  for t, term in ipairs(terms) do
    local arrays = {}
    for w, cells in ipairs(workloads) do arrays[w] = by_round(term.weights, cells) end
    term.estimate = estimate(arrays, seed)
    if not term.estimate then return nil, "no round has all of its configurations" end
    p_values[t] = test(arrays) or false
    term.p = p_values[t] or nil
  end
  for t, adjusted in ipairs(holm(p_values)) do terms[t].adjusted = adjusted or nil end
  local result = { terms = terms }
  if design.kind ~= "ladder" and design.kind ~= "one-at-a-time" then
    local groups, of = groups_of(terms)
    local parts, rest, noise = allocation(configs, groups, workloads)
    result.rest, result.noise = rest, noise
    local seen = {}
    for t, term in ipairs(terms) do
      if parts and not seen[of[t]] then term.share, seen[of[t]] = parts[of[t]], true end
    end
  end
  return result
end

return effects
