-- What covering arrays of any strength are made with (harness/pairwise.lua, harness/triples.lua): rows that are completed factor by factor
-- with the level that covers most, the best of some such, and the book of what was taken and what was refused.
local covering = {}

-- The number from 1 to n with the most gain(number), the first such from a random one on; 1 and -1 when none has 0 or more.
function covering.best(n, random, gain)
  local best, most, shift = 1, -1, random(n)
  for k = 1, n do
    local a = (k + shift) % n + 1
    local g = gain(a)
    if g > most then best, most = a, g end
  end
  return best, most
end

-- The first with the most gain of n things, make() gives thing and gain; and that gain. Nil and -1 when none has 0 or more.
function covering.best_of(n, make)
  local best, most = nil, -1
  for _ = 1, n do
    local thing, gain = make()
    if gain > most then best, most = thing, gain end
  end
  return best, most
end

-- The numbers from 1 to n in random order, without those for which without[number] is true.
function covering.order(n, random, without)
  local order = {}
  for i = 1, n do
    if not (without and without[i]) then table.insert(order, random(#order + 1), i) end
  end
  return order
end

local array = {}
array.__index = array

-- A book of rows. refuse(row) gives the sentence by which a row is refused, or nil; cover(row) notes what a taken one covers. rows and
-- report are those of an array to go on from; `report.refused` counts the rows that were refused, and `report.sentences` by which.
function covering.array(refuse, cover, rows, report)
  return setmetatable({ refuse = refuse, cover = cover, rows = rows or {}, report = report or { refused = 0, sentences = {} } }, array)
end

-- Takes the row in unless it is refused: nil, or the sentence.
function array:take(row)
  local sentence = self.refuse(row)
  if sentence then
    self.report.refused = self.report.refused + 1
    self.report.sentences[sentence] = (self.report.sentences[sentence] or 0) + 1
    return sentence
  end
  self.cover(row)
  self.rows[#self.rows + 1] = row
end

-- Takes the first of the rows make(1) to make(n) that is not refused, or plain(): nil, or the sentence by which this was refused as well.
function array:insist(n, make, plain)
  for try = 1, n do
    if not self:take(make(try)) then return nil end
  end
  return self:take(plain())
end

return covering
