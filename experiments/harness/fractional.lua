-- Fractional two-level designs, 2^(k-p): which rows, and what is aliased with what. Effects are words: sets of factors, as bits.
-- See any text on designed experiments, for instance Box, Hunter and Hunter, Statistics for Experimenters, ch. 6.

local fractional = {}

local MOST = 20 -- factors

-- The letter of a factor. I is left out: it stands for the identity.
local LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
function fractional.letter(i) return LETTERS:sub(i, i) end

local function word(mask)
  local letters = {}
  for i = 1, MOST do
    if mask & 1 << (i - 1) ~= 0 then letters[#letters + 1] = fractional.letter(i) end
  end
  return table.concat(letters)
end

local function ones(mask)
  local n = 0
  while mask ~= 0 do
    mask, n = mask & (mask - 1), n + 1
  end
  return n
end

-- "E=-ABC" -> factor number 5, the bits of ABC, sign; or nil and what is wrong.
local function read_generator(text, k)
  local made, sign, from = tostring(text):match("^(%u)=([-+]?)(%u+)$")
  local function number(letter)
    local i = LETTERS:find(letter, 1, true)
    return i and i <= k and i or nil
  end
  if not made then return nil, ("the generator '%s' should be like E=ABC or E=-ABC"):format(tostring(text)) end
  local function beyond(verb, letter)
    return ("the generator '%s' %s %s, but the %d axes are A to %s"):format(text, verb, letter, k, fractional.letter(k))
  end
  if not number(made) then return nil, beyond("makes", made) end
  local mask = 0
  for letter in from:gmatch(".") do
    local i = number(letter)
    if not i then return nil, beyond("uses", letter) end
    if mask & 1 << (i - 1) ~= 0 then return nil, ("the generator '%s' uses %s twice"):format(text, letter) end
    mask = mask | 1 << (i - 1)
  end
  return number(made), mask, sign == "-" and -1 or 1
end

-- All products of the generators' words (the defining relation): a list of {mask, sign}.
local function relation(made)
  local group = { { 0, 1 } }
  for i, g in pairs(made) do
    for n = 1, #group do group[#group + 1] = { group[n][1] ~ (g.mask | 1 << (i - 1)), group[n][2] * g.sign } end
  end
  table.remove(group, 1)
  table.sort(group, function(a, b)
    local na, nb = ones(a[1]), ones(b[1])
    return na < nb or na == nb and a[1] < b[1]
  end)
  return group
end

local function signed(w) return (w[2] < 0 and "-" or "") .. word(w[1]) end

-- Effects of one and two factors with what each cannot be told apart from, of at most two factors: {{"A", "BC"}, ...}. Each
-- group once, main effects first.
local function aliases(k, group)
  local effects, seen, list = {}, {}, {}
  for i = 1, k do effects[#effects + 1] = 1 << (i - 1) end
  for i = 1, k do
    for j = i + 1, k do effects[#effects + 1] = 1 << (i - 1) | 1 << (j - 1) end
  end
  for _, effect in ipairs(effects) do
    if not seen[effect] then
      local names = { word(effect) }
      for _, w in ipairs(group) do
        local other = effect ~ w[1]
        if ones(other) <= 2 then
          seen[other] = true
          names[#names + 1] = signed { other, w[2] }
        end
      end
      if #names > 1 then list[#list + 1] = names end
    end
  end
  return list
end

-- The fraction of 2^k that the generators make: rows (lists of 1 = low and 2 = high), words of the defining relation,
-- resolution (the length of the shortest; nil when nothing is left out) and aliases. nil and a sentence if they make none.
function fractional.new(k, generators)
  if k > MOST then return nil, ("%d axes; at most %d were expected"):format(k, MOST) end
  if type(generators) ~= "table" then return nil, "a list of generators like { \"E=ABC\" } was expected" end
  local made, basic = {}, {}
  for _, text in ipairs(generators) do
    local i, mask, sign = read_generator(text, k)
    if not i then return nil, mask end
    if made[i] then return nil, ("two generators make %s"):format(fractional.letter(i)) end
    made[i] = { mask = mask, sign = sign, text = text }
  end
  for i = 1, k do
    if not made[i] then basic[#basic + 1] = i end
  end
  for _, g in pairs(made) do
    for i in pairs(made) do
      if g.mask & 1 << (i - 1) ~= 0 then
        return nil, ("the generator '%s' uses %s, which another generator makes"):format(g.text, fractional.letter(i))
      end
    end
  end
  local group = relation(made)
  if group[1] and ones(group[1][1]) < 3 then
    return nil, ("%s and %s would always change together"):format(word(group[1][1]):sub(1, 1), word(group[1][1]):sub(-1))
  end
  local rows = {}
  for n = 0, (1 << #basic) - 1 do
    local row, sign = {}, {}
    for b, i in ipairs(basic) do sign[i] = n & 1 << (b - 1) ~= 0 and 1 or -1 end
    for i, g in pairs(made) do
      local product = g.sign
      for _, b in ipairs(basic) do
        if g.mask & 1 << (b - 1) ~= 0 then product = product * sign[b] end
      end
      sign[i] = product
    end
    for i = 1, k do row[i] = sign[i] > 0 and 2 or 1 end
    rows[n + 1] = row
  end
  local words = {}
  for i, w in ipairs(group) do words[i] = signed(w) end
  return { rows = rows, generators = generators, words = words, resolution = group[1] and ones(group[1][1]), aliases = aliases(k, group) }
end

-- A row's name in the standard notation: the letters of what is high.
function fractional.name(row)
  local letters = {}
  for i, level in ipairs(row) do
    if level == 2 then letters[#letters + 1] = fractional.letter(i):lower() end
  end
  return #letters > 0 and table.concat(letters) or "(1)"
end

return fractional
