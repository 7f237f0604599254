-- What a reader must know of the noise behind a run's figures: outliers, drift, slow rounds, and what iterations inside of processes do.
-- Nothing is left out of the figures for it.

local drift = require "harness.stats.drift"
local iterations = require "harness.iterations"
local median = require "harness.stats.median"
local metrics = require "harness.metrics"
local outliers = require "harness.stats.outliers"
local stats = require "harness.stats"
local steady = require "harness.stats.steady"
local text = require "harness.text"

local noise_notes = {}

local MOST = 6 -- cells that a line names

-- The cells that have values of the experiment's metric: {name=, rounds={...} in order, values=by round}.
local function cells_of(e, data)
  local cells = {}
  for _, variant in ipairs(e.variants) do
    for _, workload in ipairs(e.workload_names) do
      for _, config in ipairs(e.config_names) do
        local values = data:samples(config, workload, variant, e.metric)
        if values then
          local rounds = {}
          for round in pairs(values) do rounds[#rounds + 1] = round end
          table.sort(rounds)
          cells[#cells + 1] = { name = ("%s/%s%s"):format(config, workload, #e.variants > 1 and "/" .. variant or ""),
            rounds = rounds, values = values }
        end
      end
    end
  end
  return cells
end

local function positive(values)
  for _, v in pairs(values) do
    if v <= 0 then return false end
  end
  return true
end

-- Some names and how many more there are.
local function some(names)
  if #names <= MOST then return table.concat(names, "; ") end
  return ("%s; and %d more"):format(table.concat(names, "; ", 1, MOST), #names - MOST)
end

-- The outliers of every cell: a list of {name=, rounds={...}, n=}.
function noise_notes.outliers(e, data)
  local found = {}
  for _, cell in ipairs(cells_of(e, data)) do
    local rounds = {}
    for i, at in ipairs(outliers.find(stats.in_order(cell.values))) do rounds[i] = cell.rounds[at] end
    if #rounds > 0 then found[#found + 1] = { name = cell.name, rounds = rounds, n = #cell.rounds } end
  end
  return found
end

local function percent(factor) return ("%+.1f %%"):format(100 * (factor - 1)) end

local function outlier_lines(e, data, out)
  local names, total = {}, 0
  for i, cell in ipairs(noise_notes.outliers(e, data)) do
    total = total + #cell.rounds
    names[i] = ("%s in round%s %s"):format(cell.name, #cell.rounds > 1 and "s" or "", table.concat(cell.rounds, ", "))
  end
  if total > 0 then out(("outliers (kept in the figures): %d, %s"):format(total, some(names))) end
end

local function drift_lines(e, data, out)
  local lists, by_round, last = {}, {}, 0
  for _, cell in ipairs(cells_of(e, data)) do
    if positive(cell.values) then
      lists[cell.name] = stats.in_order(cell.values)
      by_round[#by_round + 1] = cell.values
      last = math.max(last, cell.rounds[#cell.rounds] or 0)
    end
  end
  local names = {}
  for i, cell in ipairs((drift.find(lists))) do
    names[i] = ("%s %s from the first half of the rounds to the second (p %.3f)"):format(cell.name, percent(cell.change), cell.p)
  end
  if #names > 0 then out("drift: " .. some(names)) end
  local slow, means = drift.rounds(by_round, last)
  for _, round in ipairs(slow) do
    out(("round %d: all cells together %s against the other rounds%s"):format(round.round, percent(round.factor),
      round.round == 1 and round.factor > 1 and ", a warm-up" or ""))
  end
  local all = drift.find { all = means }
  if all[1] then out(("drift: all cells together %s from the first half to the second"):format(percent(all[1].change))) end
end

-- With few rounds what the tables show as intervals is not of the level that they name.
local function level_line(e, data, out)
  local fewest = math.huge
  for _, cell in ipairs(cells_of(e, data)) do fewest = math.min(fewest, #cell.rounds) end
  local level = median.range_level(fewest)
  if level < stats.LEVEL then
    out(("intervals: of %d round%s they are no more than ranges, and hold the true value in %.3g %% of campaigns, not %g %%"):format(
      fewest, fewest == 1 and "" or "s", 100 * level, 100 * stats.LEVEL))
  end
end

-- Which hosts measured, where they are several, and rounds that one host began and another ended.
local function host_lines(data, out)
  local count, apart, names = {}, 0, {}
  for _, t in ipairs(data.trials) do
    if t.node then count[t.node] = (count[t.node] or 0) + 1 end
    if data.apart[t] then apart = apart + 1 end
  end
  for i, name in ipairs(text.sorted_keys(count)) do names[i] = ("%s (%d trials)"):format(name, count[name]) end
  if #names > 1 then out("hosts: " .. table.concat(names, ", ")) end
  if apart > 0 then
    out(("not in the figures: %d trials of rounds that another host ended; what is compared in a round is of one host"):format(apart))
  end
end

-- Says all that, line by line, to out. A metric that is the same on every run has no noise.
function noise_notes.print(e, data, out)
  host_lines(data, out)
  if not metrics.is_exact(e.metric, data.catalogue) then
    level_line(e, data, out)
    outlier_lines(e, data, out)
    drift_lines(e, data, out)
  end
  for _, line in ipairs(iterations.lines(data.trials, e.variants, steady)) do out(line) end
end

return noise_notes
