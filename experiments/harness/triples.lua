-- Covering arrays of strength 3: every triple of levels of three factors is in at least one row that is not refused, or in none
-- that could be found. They begin with the pairwise array, which says what pairs are impossible. Plain Lua, as that.
local covering = require "harness.covering"
local pairwise = require "harness.pairwise"
local triples = {}

-- So many rows are made around a triple that no row has yet, of which the best is taken; and so many times this is tried
-- before the triple stands among any levels, and at last among the defaults.
local CANDIDATES, TRIES, WILD = 4, 4, 32

-- A level's number among all, and back: { factor, level }.
local function numbered(factors)
  local number, what, n = {}, {}, 0
  for i, factor in ipairs(factors) do
    number[i] = {}
    for a = 1, #factor.levels do
      n = n + 1
      number[i][a], what[n] = n, { i, a }
    end
  end
  return number, what, n
end

-- bad[x][y]: no row can have both levels.
local function impossible_pairs(number, count, report)
  local bad = {}
  for x = 1, count do bad[x] = {} end
  for _, pair in ipairs(report.impossible) do
    local x, y = number[pair[1]][pair[2]], number[pair[3]][pair[4]]
    bad[x][y], bad[y][x] = true, true
  end
  return bad
end

-- left[x][y * count + z] for each triple that is to be covered, under each of its levels, y < z; and the triples x < y < z in a list.
local function all_triples(what, count, bad)
  local left, list = {}, {}
  for x = 1, count do left[x] = {} end
  for x = 1, count do
    for y = x + 1, count do
      for z = what[x][1] ~= what[y][1] and not bad[x][y] and y + 1 or count + 1, count do
        if what[y][1] ~= what[z][1] and not bad[x][z] and not bad[y][z] then
          left[x][y * count + z], left[y][x * count + z], left[z][x * count + y] = true, true, true
          list[#list + 1] = { x, y, z }
        end
      end
    end
  end
  return left, list
end

local function forget(left, count, x, y, z)
  left[x][y * count + z], left[y][x * count + z], left[z][x * count + y] = nil, nil, nil
end

-- Takes out what the row (levels' numbers, ascending) covers, and says how many triples that is.
local function cover(left, count, row)
  local n = 0
  for i = 1, #row do
    local of = left[row[i]]
    for j = i + 1, #row do
      for k = j + 1, #row do
        if of[row[j] * count + row[k]] then
          forget(left, count, row[i], row[j], row[k])
          n = n + 1
        end
      end
    end
  end
  return n
end

local function gain(of, count, placed)
  local n = 0
  for i = 1, #placed do
    local y = placed[i] * count
    for j = i + 1, #placed do
      if of[y + placed[j]] then n = n + 1 end
    end
  end
  return n
end

local function stands(bad, x, placed)
  for _, y in ipairs(placed) do
    if bad[x][y] then return false end
  end
  return true
end

-- Placed stays in ascending order.
local function put(placed, x)
  local i = #placed
  while i > 0 and placed[i] > x do i = i - 1 end
  table.insert(placed, i + 1, x)
end

-- The level that covers most beside what is placed, of those that can stand there; or the first, if none can.
local function best_level(s, i, placed, random, wild)
  local numbers = s.number[i]
  local a, most = covering.best(#numbers, random, function(a)
    local x = numbers[a]
    return stands(s.bad, x, placed) and (wild and 0 or gain(s.left[x], s.count, placed)) or -1
  end)
  return numbers[a], most
end

-- The triple, placed, and which factors have their level so.
local function begin(s, triple)
  local placed, has = {}, {}
  for _, x in ipairs(triple) do
    put(placed, x)
    has[s.what[x][1]] = true
  end
  return placed, has
end

local function levels(s, placed)
  local row = {}
  for _, x in ipairs(placed) do row[s.what[x][1]] = s.what[x][2] end
  return row
end

-- A row around the triple, completed factor by factor in random order; and what it covers.
local function candidate(s, triple, random, wild)
  local placed, has = begin(s, triple)
  local sum = 0
  for _, i in ipairs(covering.order(#s.number, random, has)) do
    local x, n = best_level(s, i, placed, random, wild)
    put(placed, x)
    sum = sum + n
  end
  return levels(s, placed), sum
end

-- The triple with defaults, where these can stand beside it.
local function plain(s, factors, triple)
  local placed, has = begin(s, triple)
  for i, factor in ipairs(factors) do
    local x = not has[i] and s.number[i][factor.default]
    if x and not stands(s.bad, x, placed) then x = best_level(s, i, placed, function() return 1 end) end
    if x then put(placed, x) end
  end
  return levels(s, placed)
end

-- As pairwise.rows; the report has `triples`, their number without those with an impossible pair, and `impossible_triples` as
-- { i, a, j, b, k, c, sentence } besides.
function triples.rows(factors, refuse, random)
  random = random or math.random
  local rows, report = pairwise.rows(factors, refuse, random)
  local s = {}
  s.number, s.what, s.count = numbered(factors)
  s.bad = impossible_pairs(s.number, s.count, report)
  local list
  s.left, list = all_triples(s.what, s.count, s.bad)
  report.triples, report.impossible_triples = #list, {}
  local function cover_row(row)
    local placed = {}
    for i, a in ipairs(row) do placed[i] = s.number[i][a] end
    cover(s.left, s.count, placed)
  end
  for _, row in ipairs(rows) do cover_row(row) end
  local array = covering.array(refuse, cover_row, rows, report)

  for i = #list, 2, -1 do -- which triples come first is drawn
    local j = random(i)
    list[i], list[j] = list[j], list[i]
  end
  for _, triple in ipairs(list) do
    local x, y, z = triple[1], triple[2], triple[3]
    local sentence = s.left[x][y * s.count + z] and array:insist(TRIES + WILD, function(try)
      local row = try <= TRIES and covering.best_of(CANDIDATES, function() return candidate(s, triple, random) end)
      return row or (candidate(s, triple, random, true))
    end, function() return plain(s, factors, triple) end)
    if sentence then
      forget(s.left, s.count, x, y, z)
      local a, b, c = s.what[x], s.what[y], s.what[z]
      table.insert(report.impossible_triples, { a[1], a[2], b[1], b[2], c[1], c[2], sentence })
    end
  end
  return rows, report
end

return triples
