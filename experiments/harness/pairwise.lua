-- Pairwise covering arrays: rows of levels so that every pair of levels of two factors is in at least one row that is
-- not refused, or in none that could be found. Plain Lua without the harness's C module: the tests of strategies use it too.
local covering = require "harness.covering"
local pairwise = {}

-- A pair that has been in TRIES refused rows and in no other is tried with any levels elsewhere, so many times, and with the defaults;
-- when that is refused too, the pair is impossible.
local CANDIDATES, TRIES, WILD = 10, 8, 8

-- Factors and levels have at most 16 bits.
local function key(i, a, j, b)
  if i > j then i, a, j, b = j, b, i, a end
  return i << 48 | a << 32 | j << 16 | b
end

-- All pairs as a set, and how many they are.
local function all_pairs(factors)
  local left, total = {}, 0
  for i = 1, #factors do
    for j = i + 1, #factors do
      for a = 1, #factors[i].levels do
        for b = 1, #factors[j].levels do
          left[key(i, a, j, b)] = true
          total = total + 1
        end
      end
    end
  end
  return left, total
end

-- Calls f(pair, i, j) with every pair of the row that is still to be covered.
local function each_pair(left, row, f)
  for i = 1, #row do
    for j = i + 1, #row do
      local pair = key(i, row[i], j, row[j])
      if left[pair] then f(pair, i, j) end
    end
  end
end

local function gain(left, row, i, a)
  local n = 0
  for j, b in pairs(row) do
    if j ~= i and left[key(i, a, j, b)] then n = n + 1 end
  end
  return n
end

-- A random row, completed factor by factor, each time with the level that covers most; and how many pairs it covers.
local function candidate(factors, left, random)
  local row, sum = {}, 0
  for _, i in ipairs(covering.order(#factors, random)) do
    local best, most = covering.best(#factors[i].levels, random, function(a) return gain(left, row, i, a) end)
    row[i] = best
    sum = sum + most
  end
  return row, sum
end

-- The least key: pairs() has no order of its own, and the same seed should give the same rows.
local function first(left)
  local least = next(left)
  for pair in pairs(left) do
    if pair < least then least = pair end
  end
  return least
end

-- The best of some candidates.
local function next_row(factors, left, random)
  local best, most = covering.best_of(CANDIDATES, function() return candidate(factors, left, random) end)
  if most == 0 then -- a random start missed the last pairs: begin from one of them
    local pair = first(left)
    best[pair >> 48], best[pair >> 16 & 0xffff] = pair >> 32 & 0xffff, pair & 0xffff
  end
  return best
end

-- The pair of the row with level(factor) elsewhere.
local function with(factors, row, i, j, level)
  local other = {}
  for k, factor in ipairs(factors) do other[k] = level(factor) end
  other[i], other[j] = row[i], row[j]
  return other
end

-- factors: list of { levels = { ... }, default = LEVEL NUMBER }. refuse(row) gives the sentence by which a row is refused,
-- or nil. Returns the rows (lists of level numbers, one a factor) and what became of the pairs: `pairs`, their number,
-- `refused`, how many rows were, `sentences`, how often by which, and `impossible`, the pairs as { i, a, j, b, sentence }. random(n)
-- draws a number from 1 to n; math.random if left out. most: ends with that many rows, which cover what they can.
function pairwise.rows(factors, refuse, random, most)
  random = random or math.random
  local left, total = all_pairs(factors)
  local array = covering.array(refuse, function(row)
    each_pair(left, row, function(pair) left[pair] = nil end)
  end)
  local tries, rows, report = {}, array.rows, array.report
  report.pairs, report.impossible = total, {}

  -- Any levels beside the pair of the row, and at last the defaults.
  local function last_try(row, pair, i, j)
    local sentence = array:insist(WILD, function()
      return with(factors, row, i, j, function(factor) return random(#factor.levels) end)
    end, function()
      return with(factors, row, i, j, function(factor) return factor.default end)
    end)
    if not sentence then return end
    left[pair] = nil
    table.insert(report.impossible, { i, row[i], j, row[j], sentence })
  end

  while next(left) and #rows < (most or math.huge) do
    local row = next_row(factors, left, random)
    if array:take(row) then
      local weary = {}
      each_pair(left, row, function(pair, i, j)
        tries[pair] = (tries[pair] or 0) + 1
        if tries[pair] >= TRIES then weary[#weary + 1] = { pair, i, j } end
      end)
      for _, w in ipairs(weary) do
        if left[w[1]] then last_try(row, w[1], w[2], w[3]) end
      end
    end
  end
  return rows, report
end

-- The factors without the levels that are refused whatever the others are, refusal(level's setting) says by which sentence; and a list of
-- { setting, sentence } of those.
function pairwise.possible(factors, refusal)
  local left, never = {}, {}
  for _, factor in ipairs(factors) do
    local levels, default = {}, 1
    for i, level in ipairs(factor.levels) do
      local setting = factor.name .. "=" .. level
      local sentence = not factor.pass and i ~= factor.default and refusal(setting)
      if sentence then
        never[#never + 1] = { setting, sentence }
      else
        levels[#levels + 1] = level
        default = i == factor.default and #levels or default
      end
    end
    left[#left + 1] = { name = factor.name, levels = levels, default = default, pass = factor.pass }
  end
  return left, never
end

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

-- The sentence by which jitlab refuses a list of settings ("AXIS=NAME..."), or nil; a second value says what is wrong when
-- they are refused in another way. They are checked before the program is looked for, so no program is needed. of: whose settings
-- they are, a Linux program's if left out, "n64", or "rsp", that of the N64.
function pairwise.refusal(jitlab, settings, of)
  local rsp = of == "rsp"
  local words = { quote(jitlab), of and "exec --guest n64" or "exec" }
  for _, setting in ipairs(settings) do
    words[#words + 1] = rsp and "--rsp" or "--set"
    words[#words + 1] = quote(setting)
  end
  local pipe = assert(io.popen(table.concat(words, " ") .. " /nonexistent 2>&1; echo status $?"))
  local got = pipe:read("a")
  pipe:close()
  if got:find("/nonexistent: ", 1, true) then return nil end
  local sentence = got:match(("^jitlab: (%s[%%w-]+=[%%w-]+: [^\n]+)\nstatus 125\n$"):format(rsp and "%-%-rsp: " or ""))
  if sentence then return sentence end
  return got, ("not refused in one sentence that names the strategy: %s\n%s"):format(table.concat(settings, " "), got)
end

return pairwise
