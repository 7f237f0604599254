-- Plots by gnuplot: a data file and a script beside each PNG, so that a figure can be redrawn by hand.

local native = require "jitlab_native"
local experiment = require "harness.experiment"
local fail = require "harness.fail"
local files = require "harness.files"

local plot = {}

local function quoted(s)
  return '"' .. s:gsub('[\\"]', "\\%0"):gsub("_", "\\\\_") .. '"'
end

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
    local w = { name = workload, points = {}, thin = true }
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

-- Told apart by readers who see few colours, and by shape.
local COLOURS = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666", "#8c510a", "#5e3c99", "#b2182b" }
local SHAPES = { 7, 5, 9, 11, 13, 6, 4, 8, 10, 12 }

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

-- gnuplot's data blocks and plot elements of the series.
local function elements(p, series, shown)
  local blocks, commands, told = {}, {}, false
  local function add(...) commands[#commands + 1] = string.format(...) end
  for _, s in ipairs(series) do
    if #s.points > 0 then
      local index = #blocks
      local rows = { "# " .. s.name .. ": x, median, low, high" }
      for _, point in ipairs(s.points) do
        local x = p.kind == "bars" and point[1] + (index - (shown - 1) / 2) * 0.8 / shown or point[1]
        rows[#rows + 1] = ("%.6g %.8g %.8g %.8g"):format(x, point[2].mid, point[2].lo, point[2].hi)
      end
      blocks[#blocks + 1] = table.concat(rows, "\n")
      local colour, shape = COLOURS[index % #COLOURS + 1], SHAPES[index % #SHAPES + 1]
      if s.thin then
        add("$data index %d using 1:2 with lines lw 1 lc rgb '#bbbbbb' %s", index, told and "notitle" or 'title "each workload"')
        told = true
      else
        if p.kind ~= "bars" then add("$data index %d using 1:2 with lines lw 2 lc rgb '%s' notitle", index, colour) end
        add("$data index %d using 1:2:3:4 with yerrorbars lw 2 pt %d ps 1.1 lc rgb '%s' title %s", index, shape, colour, quoted(s.name))
      end
    end
  end
  return table.concat(blocks, "\n\n\n"), table.concat(commands, ", \\\n  ")
end

local function widest(labels)
  local n = 0
  for _, label in ipairs(labels) do n = math.max(n, #label) end
  return n
end

-- Whether any interval has a width: then the plot says what the bars are.
local function uncertain(series)
  for _, s in ipairs(series) do
    for _, point in ipairs(s.points) do
      if not s.thin and point[2].lo ~= point[2].hi then return true end
    end
  end
  return false
end

-- Smallest and largest value drawn, intervals included.
local function extent(series)
  local lo, hi = math.huge, -math.huge
  for _, s in ipairs(series) do
    for _, point in ipairs(s.points) do
      local x = point[2]
      lo, hi = math.min(lo, x.lo > 0 and x.lo or x.mid), math.max(hi, x.hi)
    end
  end
  return lo, hi
end

-- Tics of a logarithmic axis: as many steps in each decade as there is room for.
local function log_tics(lo, hi)
  local decades = math.log(hi / lo, 10)
  local steps = decades > 5 and { 1 } or decades > 2.5 and { 1, 2, 5 } or decades > 1.2 and { 1, 1.5, 2, 3, 5, 7 }
    or decades > 0.5 and { 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 }
    or { 1, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2, 2.2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9 }
  local tics = {}
  for decade = math.floor(math.log(lo, 10)), math.ceil(math.log(hi, 10)) do
    for _, step in ipairs(steps) do
      local tic = step * 10.0 ^ decade
      if tic >= lo * 0.999 and tic <= hi * 1.001 then tics[#tics + 1] = ("%.3g"):format(tic) end
    end
  end
  return table.concat(tics, ", ")
end

local function script_of(e, p, series, labels, shown, file)
  local ratio = p.kind ~= "lines" and not p.absolute
  local log = p.log
  if log == nil then log = ratio end
  local metric = p.metric or e.metric
  local ylabel = p.ylabel or (ratio and ("%s, as a ratio to %s"):format(metric, p.baseline or e.baseline) or metric)
  local names = {}
  for i, s in ipairs(series) do names[i] = s.thin and "each workload" or s.name end
  local plain = 190 + 9 * widest(names) + (labels and #labels * (p.kind == "bars" and 20 + 14 * shown or 70) or 600)
  local script = {
    ("set terminal pngcairo size %d,640 font 'DejaVu Sans,12' background '#ffffff'"):format(math.max(900, math.min(2400, plain))),
    ('set output "%s"'):format(file),
    ("set title %s"):format(quoted((p.title or e.summary) .. (e.mode == "quick" and " (quick)" or "")
      .. (uncertain(series) and "\nmedians with 95 % intervals" or ""))):gsub("\n", "\\n"),
    ("set ylabel %s"):format(quoted(ylabel)),
    "set grid ytics back lt 1 lw 1 lc rgb '#dddddd'", "set border 3", "set tics nomirror", "set key outside right top",
    "set bars 0.5",
  }
  local function add(format, ...) script[#script + 1] = format:format(...) end
  if labels then
    local tics = {}
    for i, label in ipairs(labels) do tics[i] = ("%s %d"):format(quoted(label), i) end
    add("set xtics rotate by -35 left (%s)", table.concat(tics, ", "))
    add("set xrange [0.4:%g]", #labels + 0.6)
    add("set rmargin at screen %g", 1 - (90 + 9 * widest(names)) / math.max(900, math.min(2400, plain)))
  else
    add("set xlabel %s", quoted(p.xlabel or "value"))
    add("set logscale x %d", p.xbase or 10)
    add("set offsets graph 0.03, graph 0.03, 0, 0")
  end
  if log then
    local lo, hi = extent(series)
    if ratio then lo, hi = math.min(lo, 1), math.max(hi, 1) end
    local room = (hi / lo) ^ 0.05 * 1.02
    lo, hi = lo / room, hi * room
    add("set logscale y")
    add("set yrange [%.6g:%.6g]", lo, hi)
    add("set ytics (%s)", log_tics(lo, hi))
  else
    add("set yrange [0:*]")
  end
  return script, ratio
end

-- Draws one plot into directory/NAME.png. Returns its path, or nil and why there is nothing to draw.
function plot.draw(e, data, p, directory, name)
  local workloads = experiment.select_workloads(e, p.workloads)
  local series, labels = MAKERS[p.kind](e, data, p, configs_of(e, data, p, workloads), workloads)
  local shown = 0
  for _, s in ipairs(series) do
    if #s.points > 0 then shown = shown + 1 end
  end
  if shown == 0 then return nil, "nothing to draw" end
  local file = ("%s/%s.png"):format(directory, name)
  local script, ratio = script_of(e, p, series, labels, shown, file)
  local blocks, commands = elements(p, series, shown)
  table.move({ "$data << EOD", blocks, "EOD",
    "plot " .. (ratio and "1 with lines dt 2 lc rgb '#000000' notitle, " or "") .. commands }, 1, 4, #script + 1, script)
  local source = ("%s/%s.gp"):format(directory, name)
  files.write(source, table.concat(script, "\n") .. "\n")
  local result, message = native.run { argv = { "gnuplot", source }, timeout = 60 }
  if not result or result.ended ~= "exit" or result.status ~= 0 then
    fail.work("gnuplot could not draw %s: %s", source, message or result.stderr)
  end
  return file
end

return plot
