-- Pairwise covering arrays: rows of levels so that every pair of levels of two factors is in at least one row.
local pairwise = {}

local function key(i, a, j, b)
  if i > j then i, a, j, b = j, b, i, a end
  return ("%d.%d.%d.%d"):format(i, a, j, b)
end

-- factors: list of { levels = { ... } }. Returns rows (lists of level numbers, one a factor) and the number of pairs.
-- Greedy: of ten random rows, each completed factor by factor, the one that covers most of what is left. Draws from
-- math.random.
function pairwise.rows(factors)
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

  local function gain(row, i, a)
    local n = 0
    for j, b in pairs(row) do
      if j ~= i and left[key(i, a, j, b)] then n = n + 1 end
    end
    return n
  end

  local function candidate()
    local order, row, sum = {}, {}, 0
    for i = 1, #factors do table.insert(order, math.random(#order + 1), i) end
    for _, i in ipairs(order) do
      local best, most = 1, -1
      local shift = math.random(#factors[i].levels)
      for k = 1, #factors[i].levels do
        local a = (k + shift) % #factors[i].levels + 1
        local n = gain(row, i, a)
        if n > most then best, most = a, n end
      end
      row[i] = best
      sum = sum + most
    end
    return row, sum
  end

  local rows = {}
  while next(left) do
    local best, most = nil, -1
    for _ = 1, 10 do
      local row, n = candidate()
      if n > most then best, most = row, n end
    end
    if most == 0 then -- a random start missed the last pairs: begin from one of them
      local i, a, j, b = next(left):match("(%d+).(%d+).(%d+).(%d+)")
      best[tonumber(i)], best[tonumber(j)] = tonumber(a), tonumber(b)
    end
    for i = 1, #factors do
      for j = i + 1, #factors do left[key(i, best[i], j, best[j])] = nil end
    end
    rows[#rows + 1] = best
  end
  return rows, total
end

return pairwise
