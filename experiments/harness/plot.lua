-- The plots that an experiment asks for, as figures: series of points with intervals. gnuplot.lua draws them, a report lists them.

local experiment = require "harness.experiment"
local gnuplot = require "harness.gnuplot"

local plot = {}

-- What is drawn: the metric itself, or its ratio to the baseline; nil where there is none or it has no logarithm.
local function measure(e, data, p, config, workload)
  local x
  if p.absolute then
    x = data:value(config, workload, nil, p.metric or e.metric)
  else
    x = data:ratio(config, p.baseline or e.baseline, workload, nil, p.metric or e.metric)
  end
  return x and (x.mid > 0 or p.log == false) and x or nil
end

-- Series of points {x, estimate}; absent ones are left out.
local function by_workload(e, data, p, configs, workloads)
  local series = {}
  for _, config in ipairs(configs) do
    local s = { name = config, points = {} }
    for i, workload in ipairs(workloads) do
      local x = measure(e, data, p, config, workload)
      if x then s.points[#s.points + 1] = { i, x } end
    end
    series[#series + 1] = s
  end
  return series, workloads
end

-- The geometric mean of the workloads over the configurations, and each workload by itself.
local function by_step(e, data, p, configs, workloads)
  local mean = { name = "geometric mean", points = {} }
  for i, config in ipairs(configs) do
    local x
    if p.absolute then
      x = data:mean_value(config, workloads, p.metric or e.metric)
    else
      x = data:mean_ratio(config, p.baseline or e.baseline, workloads, p.metric or e.metric)
    end
    if x and (x.mid > 0 or p.log == false) then mean.points[#mean.points + 1] = { i, x } end
  end
  local series = {}
  for _, workload in ipairs(workloads) do
    local w = { name = workload, points = {}, style = "thin" }
    for i, config in ipairs(configs) do
      local x = measure(e, data, p, config, workload)
      if x then w.points[#w.points + 1] = { i, x } end
    end
    series[#series + 1] = w
  end
  series[#series + 1] = mean -- drawn last, over the others
  return series, configs
end

-- The metric itself over the configurations' value.
local function by_value(e, data, p, configs, workloads)
  local series = {}
  for _, workload in ipairs(workloads) do
    local s = { name = workload, points = {} }
    for _, config in ipairs(configs) do
      local x = data:value(config, workload, nil, p.metric or e.metric)
      if x and e.config[config].value then s.points[#s.points + 1] = { e.config[config].value, x } end
    end
    series[#series + 1] = s
  end
  return series
end

-- A configuration a line over the workloads' value.
local function by_size(e, data, p, configs, workloads)
  local series = {}
  for _, config in ipairs(configs) do
    local s = { name = config, points = {} }
    for _, workload in ipairs(workloads) do
      local x = measure(e, data, p, config, workload)
      if x then s.points[#s.points + 1] = { e.workload[workload].value, x } end
    end
    table.sort(s.points, function(a, b) return a[1] < b[1] end)
    series[#series + 1] = s
  end
  return series
end

local MAKERS = { bars = by_workload, steps = by_step, lines = by_value, sweep = by_size }

-- The configurations that a plot shows: its own, or all (against the baseline: all others) that were run on its workloads.
local function configs_of(e, data, p, workloads)
  if p.configs then return p.configs end
  local list = {}
  for _, name in ipairs(e.config_names) do
    local run = false
    for _, workload in ipairs(workloads) do run = run or data:value(name, workload, nil, p.metric or e.metric) ~= nil end
    if run and not (p.kind == "bars" and not p.absolute and name == (p.baseline or e.baseline)) then list[#list + 1] = name end
  end
  return list
end

-- What the bars of a plot are, if any interval has a width. With few rounds an interval reaches less than 95 %: the least level of any
-- is named.
function plot.note_on_intervals(what, series)
  local wide, level = false, 0.95
  for _, s in ipairs(series) do
    for _, point in ipairs(s.points) do
      if s.style ~= "thin" and point[2].lo ~= point[2].hi then
        wide, level = true, math.min(level, point[2].level or level)
      end
    end
  end
  if not wide then return nil end
  return level < 0.95 and ("%s with intervals of %.0f %% (so few rounds reach no 95 %%)"):format(what, math.floor(100 * level))
    or what .. " with 95 % intervals"
end

-- Puts the marks of a category beside each other.
local function spread(series)
  for k, s in ipairs(series) do
    s.style = "marks"
    for _, point in ipairs(s.points) do point[1] = point[1] + (k - (#series + 1) / 2) * 0.8 / #series end
  end
end

-- The name of a baseline where there is little room.
local function short(name) return #name <= 20 and name or "the baseline" end

-- What gnuplot.lua draws for a plot of an experiment, or nil and why there is nothing to draw:
--   title, note (below the title), xlabel, ylabel, log (y), xbase (x is logarithmic), reference (y of a line across), lying (the
--   categories have a line each; as they have anyhow when their names are long), scale (of the PNG; as for print if left out),
--   labels: the categories at x = 1, 2, ...; nil where x is a number
--   series: {{name=, points={{x, estimate}, ...}, style=}}, style one of nil (line and interval), marks (intervals alone), thin (a line
--   behind the others), dots (values alone)
function plot.figure(e, data, p)
  local workloads = experiment.select_workloads(e, p.workloads)
  local all, labels = MAKERS[p.kind](e, data, p, configs_of(e, data, p, workloads), workloads)
  local series = {}
  for _, s in ipairs(all) do
    if #s.points > 0 then series[#series + 1] = s end
  end
  if #series == 0 then return nil, "nothing to draw" end
  if p.kind == "bars" then spread(series) end
  local ratio = p.kind ~= "lines" and not p.absolute
  local metric = p.metric or e.metric
  local log = p.log
  if log == nil then log = ratio end
  return {
    title = (p.title or e.summary) .. (e.mode == "quick" and " (quick)" or ""),
    note = plot.note_on_intervals("medians", series),
    ylabel = p.ylabel or (ratio and ("%s, as a ratio to %s"):format(metric, short(p.baseline or e.baseline)) or metric),
    xlabel = not labels and (p.xlabel or "value") or nil,
    xbase = not labels and (p.xbase or 10) or nil,
    labels = labels, series = series, log = log, reference = ratio and 1 or nil,
    metric = metric, baseline = ratio and (p.baseline or e.baseline) or nil,
  }
end

-- Draws one plot into directory/NAME.png. Returns its path, or nil and why there is nothing to draw.
function plot.draw(e, data, p, directory, name)
  local figure, reason = plot.figure(e, data, p)
  if not figure then return nil, reason end
  return gnuplot.draw({ { figure = figure, name = name } }, directory)[1].png
end

return plot
