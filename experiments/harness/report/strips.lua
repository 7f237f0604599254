-- A report's section of all timed trials, workload by workload: each trial a dot, from top to bottom by round, so that drift and
-- outliers are seen. Outliers are marked and kept: they are in every figure of the report.

local metrics = require "harness.metrics"
local outliers = require "harness.stats.outliers"
local stats = require "harness.stats"
local text = require "harness.text"

-- Which rounds of a cell are outliers.
local function far_rounds(values)
  local rounds, far = {}, {}
  for round in pairs(values) do rounds[#rounds + 1] = round end
  table.sort(rounds)
  for _, at in ipairs(outliers.find(stats.in_order(values))) do far[rounds[at]] = true end
  return far
end

local function scale_of(metric)
  if metric == "cpu_ns" then return 1e-6, "CPU time, ms" end
  if metric:find("_ns$") and not metric:find("/", 1, true) then return 1e-6, metric:gsub("_ns$", "") .. ", ms" end
  return 1, metric
end

local function exactly(x, value) return { x, { mid = value, lo = value, hi = value } } end

-- Adds the trials of one cell to a strip: dots in the line `at`, and a row of the table.
local function add_cell(strip, at, config, values, rounds)
  local far, list, count = far_rounds(values), {}, 0
  local row = { config, "", "none" }
  for round = 1, rounds do
    local value = values[round] and values[round] * strip.scale
    if value then
      list[#list + 1] = value
      strip.positive = strip.positive and value > 0
      local x = at + (rounds > 1 and ((round - 1) / (rounds - 1) - 0.5) * 0.6 or 0)
      table.insert(far[round] and strip.marked or strip.dots, exactly(x, value))
      count = count + (far[round] and 1 or 0)
    end
    row[3 + round] = value and text.number(value) .. (far[round] and " *" or "") or "–"
  end
  local middle = stats.median(list)
  row[2] = text.number(middle)
  if count > 0 then row[3] = ("%d"):format(count) end
  if middle then strip.medians[#strip.medians + 1] = exactly(at, middle) end
  strip.rows[#strip.rows + 1] = row
end

local function series_of(strip)
  local series = { { name = "trial, from top to bottom by round", points = strip.dots, style = "dots", shape = 7, colour = 0 } }
  if #strip.marked > 0 then
    series[2] = { name = "outlier", points = strip.marked, style = "dots", shape = 8, size = 1, colour = 1 }
  end
  series[#series + 1] = { name = "median", points = strip.medians, style = "dots", shape = 2, size = 0.9, colour = 6 }
  return series
end

-- The figure and the table of one workload in one variant, and how many outliers it has; nil when nothing was timed.
local function strip_of(context, workload, variant)
  local e, rounds = context.e, context.run.rounds
  -- What is the same on every run would be dots in a line: then it is the time of the trials.
  local metric = metrics.is_exact(e.metric, context.data.catalogue) and "cpu_ns" or e.metric
  local scale, unit = scale_of(metric)
  local strip = { scale = scale, dots = {}, marked = {}, medians = {}, rows = {}, positive = true }
  local labels, head = {}, { "configuration", "median", "outliers" }
  for round = 1, rounds do head[#head + 1] = ("%d"):format(round) end
  for _, config in ipairs(e.config_names) do
    local values, reason = context.data:samples(config, workload, variant, metric)
    if values then
      labels[#labels + 1] = config
      add_cell(strip, #labels, config, values, rounds)
    else
      strip.rows[#strip.rows + 1] = { config, reason or "n/a", "" }
    end
  end
  if #strip.dots == 0 then return nil end
  local name = workload .. (#e.variants > 1 and " " .. variant or "")
  local block = context.figure("trials-" .. name:gsub("[^%w.-]", "_"), {
    title = name, ylabel = unit .. (strip.positive and " (log scale)" or ""), labels = labels, log = strip.positive,
    series = series_of(strip), scale = 1, -- there are many of these
  })
  block.description = ("%s of every timed trial of %s, a row of dots for each configuration. %s"):format(unit, name,
    #strip.marked == 0 and "No outliers." or ("%d outliers, marked with triangles."):format(#strip.marked))
  block.table = { caption = ("%s: %s of each timed trial by round; * marks an outlier"):format(name, unit), head = head, rows = strip.rows }
  return block, #strip.marked
end

return function(context)
  local e, blocks, far = context.e, {}, 0
  for _, variant in ipairs(e.variants) do
    for _, workload in ipairs(e.workload_names) do
      local block, marked = strip_of(context, workload, variant)
      blocks[#blocks + 1] = block
      far = far + (marked or 0)
    end
  end
  if #blocks == 0 then return nil end
  local found = far == 0 and "There are no outliers."
    or ("%d outliers are marked; they are kept in all figures of this report."):format(far)
  table.insert(blocks, 1, { kind = "text", text = ("Every timed trial is a dot. %s A trial is called an outlier when it is further than "
    .. "%s robust standard deviations from its cell's median, on the logarithmic scale; with fewer than %d trials none is.")
    :format(found, outliers.SIGMAS, outliers.FEWEST) })
  return { id = "workloads", title = "Workload by workload", blocks = blocks }
end
