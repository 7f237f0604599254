-- What the repetitions inside of warm trials do, cell by cell: flat, warming up (and steady from which on), slowing down, or never
-- steady. The unit is the process: a cell has a class when all of its processes have it.

local stats = require "harness.stats"
local text = require "harness.text"

local iterations = {}

-- Processes of each cell, classed: {{key=, class=, from=, counts={CLASS=n}}, ...}. steady: harness.stats.steady.
function iterations.classes(trials, variants, steady)
  local by_key, order = {}, {}
  for _, trial in ipairs(trials) do
    local result = trial.kind == "warm" and trial.status == "ok" and trial.iterations and steady.classify(trial.iterations)
    if result then
      local key = ("%s/%s%s"):format(trial.config, trial.workload, #variants > 1 and "/" .. trial.variant or "")
      if not by_key[key] then
        by_key[key] = {}
        order[#order + 1] = key
      end
      table.insert(by_key[key], result)
    end
  end
  table.sort(order)
  local list = {}
  for i, key in ipairs(order) do
    local class, counts = steady.together(by_key[key])
    local from = {}
    for _, result in ipairs(by_key[key]) do from[#from + 1] = result.from end
    list[i] = { key = key, class = class, counts = counts, from = stats.median(from) }
  end
  return list
end

local function describe(cell)
  if cell.class == "warming up" or cell.class == "slowing down" then return ("%s (from %s)"):format(cell.key, text.number(cell.from)) end
  if cell.class ~= "inconsistent" then return cell.key end
  local words = {}
  for i, class in ipairs(text.sorted_keys(cell.counts)) do words[i] = ("%d %s"):format(cell.counts[class], class) end
  return ("%s (%s)"):format(cell.key, table.concat(words, ", "))
end

-- Lines, a class each; none where no trial was warm.
function iterations.lines(trials, variants, steady)
  local by_class = {}
  for _, cell in ipairs(iterations.classes(trials, variants, steady)) do
    by_class[cell.class] = by_class[cell.class] or {}
    table.insert(by_class[cell.class], describe(cell))
  end
  local lines = {}
  for _, class in ipairs(text.sorted_keys(by_class)) do
    lines[#lines + 1] = ("repetitions, %s: %s"):format(class, table.concat(by_class[class], "; "))
  end
  return lines
end

return iterations
