local triples = require "harness.triples"

-- Its own random numbers, so that a seed gives the same rows whatever ran before.
local function numbers(seed)
  local state = seed
  return function(n)
    state = (state * 1103515245 + 12345) % 2147483648
    return (state >> 8) % n + 1
  end
end

local function factors_of(sizes)
  local factors = {}
  for i, size in ipairs(sizes) do
    factors[i] = { name = "f" .. i, levels = {}, default = 1 }
    for a = 1, size do factors[i].levels[a] = tostring(a) end
  end
  return factors
end

local function word(...) return table.concat({ ... }, " ") end

local function note(found, row)
  for i = 1, #row do
    for j = i + 1, #row do
      for k = j + 1, #row do found[word(i, row[i], j, row[j], k, row[k])] = true end
    end
  end
end

-- Every triple of levels that a row may have, found by trying all rows there are; and those that the rows have.
local function possible(sizes, refuse)
  local found, row = {}, {}
  local function go(i)
    if i > #sizes then
      if not refuse(row) then note(found, row) end
      return
    end
    for a = 1, sizes[i] do
      row[i] = a
      go(i + 1)
    end
    row[i] = nil
  end
  go(1)
  return found
end

local function covered(rows)
  local found = {}
  for _, row in ipairs(rows) do note(found, row) end
  return found
end

describe("an array of triples", function()
  local SIZES = { 3, 4, 2, 2, 3, 2, 5 }
  local function nothing() end

  it("has every triple", function()
    local rows, report = triples.rows(factors_of(SIZES), nothing, numbers(1))
    assert.same(possible(SIZES, nothing), covered(rows))
    local count = 0
    for _ in pairs(covered(rows)) do count = count + 1 end
    assert.equal(count, report.triples)
    assert.same({}, report.impossible_triples)
    assert.is_true(#rows < 160) -- of 1440; the three largest factors alone have 60
  end)

  it("has every triple that a row may have, and none of the refused rows", function()
    local function refuse(row)
      if row[1] == 2 and row[2] == 1 then return "a pair" end
      if row[3] == 1 and row[4] == 2 and row[5] == 1 then return "a triple" end
      if row[6] == 1 and row[7] ~= 3 and row[1] == 1 then return "others" end
    end
    for seed = 1, 5 do
      local rows, report = triples.rows(factors_of(SIZES), refuse, numbers(seed))
      for _, row in ipairs(rows) do assert.is_nil(refuse(row)) end
      assert.same(possible(SIZES, refuse), covered(rows))
      assert.same({ { 1, 2, 2, 1, "a pair" } }, report.impossible)
      local said = {}
      for _, t in ipairs(report.impossible_triples) do said[table.concat(t, " ", 1, 6)] = t[7] end
      assert.equal("a triple", said[word(3, 1, 4, 2, 5, 1)])
      assert.equal("others", said[word(1, 1, 6, 1, 7, 2)])
      assert.is_nil(said[word(1, 1, 6, 1, 7, 3)])
      assert.equal(5, #report.impossible_triples) -- the first, and four of the others
    end
  end)

  it("is the same for the same numbers", function()
    local one, two = triples.rows(factors_of(SIZES), nothing, numbers(9)), triples.rows(factors_of(SIZES), nothing, numbers(9))
    assert.same(one, two)
    assert.not_same(one, (triples.rows(factors_of(SIZES), nothing, numbers(10))))
  end)
end)

describe("what no configuration can have", function()
  local pairwise = require "harness.pairwise"

  it("is left out of the factors, but for defaults and passes", function()
    local factors = {
      { name = "a", levels = { "x", "y", "z" }, default = 2 }, { name = "b", levels = { "x", "y" }, default = 1 },
      { name = "p", levels = { "1", "0" }, default = 1, pass = true },
    }
    local asked = {}
    local left, never = pairwise.possible(factors, function(setting)
      asked[#asked + 1] = setting
      return setting == "a=x" and "a is never x" or nil
    end)
    assert.same({ "a=x", "a=z", "b=y" }, asked)
    assert.same({ { "a=x", "a is never x" } }, never)
    assert.same({ name = "a", levels = { "y", "z" }, default = 1 }, left[1])
    assert.same({ "x", "y" }, left[2].levels)
    assert.same({ "1", "0" }, left[3].levels)
    assert.is_true(left[3].pass)
  end)
end)
