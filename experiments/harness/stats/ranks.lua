-- Rank tests: of a trend over rounds, and of a difference between two groups of them. Exact where values do not repeat, else by the
-- normal approximation with its correction for ties.

local distributions = require "harness.stats.distributions"

local ranks = {}

-- The sizes of the groups of equal values, of those with more than one.
local function ties(values)
  local sorted, groups, size = table.move(values, 1, #values, 1, {}), {}, 1
  table.sort(sorted)
  for i = 2, #sorted + 1 do
    if sorted[i] == sorted[i - 1] then
      size = size + 1
    else
      if size > 1 then groups[#groups + 1] = size end
      size = 1
    end
  end
  return groups
end

-- The two-sided p-value of z.
local function two_sided(z) return 2 * distributions.normal(-math.abs(z)) end

local known_inversions, known_beats = {}, {} -- by number of values: every cell of a run asks for the same

-- How likely each number of inversions of a random order of n is: a list from 0 on.
local function inversions(n)
  if known_inversions[n] then return known_inversions[n] end
  local chance = { [0] = 1.0 }
  for k = 2, n do
    local longer = {}
    for i = 0, k * (k - 1) // 2 do
      local sum = 0
      for j = math.max(0, i - k + 1), math.min(i, (k - 1) * (k - 2) // 2) do sum = sum + chance[j] end
      longer[i] = sum / k
    end
    chance = longer
  end
  known_inversions[n] = chance
  return chance
end

local function lower_tail(chance, most)
  local sum = 0
  for i = 0, most do sum = sum + chance[i] end
  return sum
end

local EXACT = 40 -- values; with more the normal approximation is as good

-- Whether values rise or fall in the order they are in: Mann 1945 and Kendall's tau. Returns tau (-1 to 1) and the two-sided p-value;
-- nil for fewer than three values.
function ranks.trend(values)
  local n, s = #values, 0
  if n < 3 then return nil end
  for i = 1, n do
    for j = i + 1, n do
      if values[j] > values[i] then s = s + 1 elseif values[j] < values[i] then s = s - 1 end
    end
  end
  local groups, pairs_of_all = ties(values), n * (n - 1) // 2
  if #groups == 0 and n <= EXACT then
    local fewer = (pairs_of_all - math.abs(s)) // 2
    return s / pairs_of_all, math.min(1, 2 * lower_tail(inversions(n), fewer))
  end
  local variance, tied = n * (n - 1) * (2 * n + 5), 0
  for _, t in ipairs(groups) do
    variance, tied = variance - t * (t - 1) * (2 * t + 5), tied + t * (t - 1) // 2
  end
  if variance <= 0 then return 0.0, 1.0 end
  return s / math.sqrt((pairs_of_all - tied) * pairs_of_all), two_sided(s / math.sqrt(variance / 18))
end

-- In how many of the ways to put m and n values in order the first are beaten u times: a list from 0 on, as chances.
local function beats(m, n)
  local key = ("%d %d"):format(m, n)
  if known_beats[key] then return known_beats[key] end
  -- count[k][u]: k of the first group among the values so far
  local count = {}
  for k = 0, m do count[k] = {} end
  count[0][0] = 1.0
  for seen = 0, m + n - 1 do
    for k = math.min(m, seen), math.max(0, seen - n), -1 do
      local others = seen - k
      local row = count[k]
      local here = {}
      for u, ways in pairs(row) do here[u] = ways end
      count[k] = {}
      for u, ways in pairs(here) do
        if k < m then count[k + 1][u + others] = (count[k + 1][u + others] or 0) + ways end
        if others < n then count[k][u] = (count[k][u] or 0) + ways end
      end
    end
  end
  local total, chance = 0, {}
  for u = 0, m * n do
    chance[u] = count[m][u] or 0
    total = total + chance[u]
  end
  for u = 0, m * n do chance[u] = chance[u] / total end
  known_beats[key] = chance
  return chance
end

-- Whether one group of values lies above the other: Mann and Whitney 1947. Returns the two-sided p-value; nil for an empty group.
function ranks.differ(first, second)
  local m, n, u = #first, #second, 0.0
  if m == 0 or n == 0 then return nil end
  for _, a in ipairs(first) do
    for _, b in ipairs(second) do u = u + (a > b and 1 or a == b and 0.5 or 0) end
  end
  local all = table.move(second, 1, n, m + 1, table.move(first, 1, m, 1, {}))
  local groups, less = ties(all), math.min(u, m * n - u)
  if #groups == 0 and m + n <= EXACT then return math.min(1, 2 * lower_tail(beats(m, n), math.tointeger(less))) end
  local correction = 0
  for _, t in ipairs(groups) do correction = correction + t ^ 3 - t end
  local variance = m * n / 12 * (m + n + 1 - correction / ((m + n) * (m + n - 1)))
  if variance <= 0 then return 1.0 end
  return math.min(1, two_sided(math.max(0, m * n / 2 - less - 0.5) / math.sqrt(variance)))
end

return ranks
