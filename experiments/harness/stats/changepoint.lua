-- Where a series changes: E-divisive of Matteson and James 2014, A Nonparametric Approach for Multiple Change Point Analysis of
-- Multivariate Data, JASA 109, for a series of single values and exponent 1; used for the histories of benchmarks by Daly et al.
-- 2020, The Use of Change Point Detection to Identify Software Performance Regressions in a Continuous Integration System (ICPE).
--
-- The series is cut where the energy distance of the two sides is greatest, and the cut stays if few shuffles of the values have a
-- cut as good (a permutation test); then each side is looked at in turn, always at the best cut of all segments, until one is not
-- significant. It supposes nothing of the noise but that it does not depend on its neighbours, while stats/steady.lua, for the
-- iterations of one process, estimates a variance from neighbours, which steps of a short series between machines and days would
-- spoil.
--
-- Changed from the paper: the right side of a cut reaches to the segment's end (its second index is not searched), as in the
-- implementations for benchmarks; the shuffles are inside of segments, as there.

local rng = require "harness.rng"

local changepoint = {}

changepoint.LEVEL = 0.01 -- of a test; a history is looked at again with each run
changepoint.SHUFFLES = 199
changepoint.SHORTEST = 3 -- values in a segment

-- A set of values that tells the sum of the distances of any value to all in it, in logarithmic time: a Fenwick tree (1994, A New Data
-- Structure for Cumulative Frequency Tables, Software: Practice and Experience 24) of how many there are up to each rank and their sum.
local function new_set(ranks)
  local counts, sums, number, total = {}, {}, 0, 0.0
  for i = 1, ranks do counts[i], sums[i] = 0, 0.0 end
  local set = {}
  function set.add(rank, value)
    number, total = number + 1, total + value
    while rank <= ranks do
      counts[rank], sums[rank] = counts[rank] + 1, sums[rank] + value
      rank = rank + (rank & -rank)
    end
  end
  function set.distance(rank, value)
    local below, sum = 0, 0.0
    while rank > 0 do
      below, sum = below + counts[rank], sum + sums[rank]
      rank = rank & (rank - 1)
    end
    return value * (2 * below - number) + total - 2 * sum
  end
  return set
end

-- The ranks of values, equal ones alike: {[value] = rank}, and how many there are.
local function ranks_of(values)
  local sorted, rank, n = table.move(values, 1, #values, 1, {}), {}, 0
  table.sort(sorted)
  for _, v in ipairs(sorted) do
    if not rank[v] then n, rank[v] = n + 1, n + 1 end
  end
  return rank, n
end

-- The best cut of values[from..to]: the number of the first value behind it, and the statistic there; nil when it is too short. rank,
-- ranks: as ranks_of gives them for all values.
function changepoint.best_cut(values, from, to, rank, ranks)
  local n = to - from + 1
  if n < 2 * changepoint.SHORTEST then return nil end
  local whole, before = new_set(ranks), new_set(ranks)
  for i = from, to do whole.add(rank[values[i]], values[i]) end
  -- Sums of distances inside the left side, inside the right one, and across; moving a value over changes each by its distances.
  local left, right, across = 0.0, 0.0, 0.0
  for i = from, to do right = right + whole.distance(rank[values[i]], values[i]) / 2 end
  local best, at = -math.huge, nil
  for cut = from + 1, to do
    local moved = values[cut - 1]
    local to_left = before.distance(rank[moved], moved)
    local to_right = whole.distance(rank[moved], moved) - to_left
    before.add(rank[moved], moved)
    left, right, across = left + to_left, right - to_right, across + to_right - to_left
    local m = cut - from
    local k = n - m
    if m >= changepoint.SHORTEST and k >= changepoint.SHORTEST then
      local energy = 2 * across / (m * k) - 2 * left / (m * (m - 1)) - 2 * right / (k * (k - 1))
      local q = m * k / n * energy
      if q > best then best, at = q, cut end
    end
  end
  return at, best
end

-- Shuffles the values of each segment by themselves.
local function shuffled(values, segments, generator)
  local copy = {}
  for _, s in ipairs(segments) do
    local part = generator:shuffle(table.move(values, s.from, s.to, 1, {}))
    table.move(part, 1, #part, s.from, copy)
  end
  return copy
end

local function best_of(values, segments, rank, ranks)
  local best, cut, which = -math.huge, nil, nil
  for i, s in ipairs(segments) do
    local at, q = changepoint.best_cut(values, s.from, s.to, rank, ranks)
    if at and q > best then best, cut, which = q, at, i end
  end
  return cut, best, which
end

-- The changes of a list of values: {{at=number of the first value behind it, p=}, ...} in order. seed: of the shuffles.
function changepoint.find(values, seed)
  local segments, found = { { from = 1, to = #values } }, {}
  local generator = rng.new(seed or 1, "changepoint")
  local rank, ranks = ranks_of(values)
  while true do
    local cut, q, which = best_of(values, segments, rank, ranks)
    if not cut or q <= 1e-9 then break end
    local as_good = 0
    -- Enough shuffles that are as good decide that it is not significant.
    local enough = math.ceil(changepoint.LEVEL * (changepoint.SHUFFLES + 1))
    for _ = 1, changepoint.SHUFFLES do
      local _, other = best_of(shuffled(values, segments, generator), segments, rank, ranks)
      if other >= q then as_good = as_good + 1 end
      if as_good >= enough then break end
    end
    local p = (as_good + 1) / (changepoint.SHUFFLES + 1)
    if as_good >= enough or p > changepoint.LEVEL then break end
    local s = segments[which]
    table.insert(segments, which + 1, { from = cut, to = s.to })
    s.to = cut - 1
    found[#found + 1] = { at = cut, p = p }
  end
  table.sort(found, function(a, b) return a.at < b.at end)
  return found
end

return changepoint
