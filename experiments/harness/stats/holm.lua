-- Holm's correction for many comparisons: with it the chance of even one false alarm among them stays below the level, however they
-- depend on each other. Holm 1979, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6.

-- The adjusted p-values of a list of p-values, in its order. Entries that are false (no test was possible) stay false and do not count.
return function(p_values)
  local order, adjusted = {}, {}
  for i = 1, #p_values do
    adjusted[i] = false
    if p_values[i] then order[#order + 1] = i end
  end
  table.sort(order, function(a, b) return p_values[a] < p_values[b] or p_values[a] == p_values[b] and a < b end)
  local highest = 0.0
  for rank, i in ipairs(order) do
    highest = math.max(highest, math.min(1, p_values[i] * (#order - rank + 1)))
    adjusted[i] = highest
  end
  return adjusted
end
