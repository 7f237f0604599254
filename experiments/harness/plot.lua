-- Plots by gnuplot: a data file and a script beside each PNG, so that a figure can be redrawn by hand.

local native = require "jitlab_native"
local experiment = require "harness.experiment"
local fail = require "harness.fail"
local files = require "harness.files"

local plot = {}

local function quoted(s)
  return '"' .. s:gsub('[\\"]', "\\%0"):gsub("_", "\\\\_") .. '"'
end

-- Series of points {x label or number, mid, lo, hi}; absent ones are left out.
local function by_workload(e, data, p, configs, workloads)
  local series = {}
  for _, config in ipairs(configs) do
    local s = { name = config, points = {} }
    for i, workload in ipairs(workloads) do
      local x = data:ratio(config, p.baseline or e.baseline, workload, nil, p.metric or e.metric)
      if x and x.mid > 0 then s.points[#s.points + 1] = { i, x } end
    end
    series[#series + 1] = s
  end
  return series, workloads
end

local function by_step(e, data, p, configs, workloads)
  local s = { name = "geometric mean", points = {} }
  for i, config in ipairs(configs) do
    local x = data:mean_ratio(config, p.baseline or e.baseline, workloads, p.metric or e.metric)
    if x then s.points[#s.points + 1] = { i, x } end
  end
  local series = { s }
  for _, workload in ipairs(workloads) do
    local w = { name = workload, points = {}, thin = true }
    for i, config in ipairs(configs) do
      local x = data:ratio(config, p.baseline or e.baseline, workload, nil, p.metric or e.metric)
      if x and x.mid > 0 then w.points[#w.points + 1] = { i, x } end
    end
    series[#series + 1] = w
  end
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
  return series, nil
end

local MAKERS = { bars = by_workload, steps = by_step, lines = by_value }

local COLOURS = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666", "#8c510a", "#5e3c99", "#b2182b" }

-- Draws one plot into directory/NAME.png. Returns its path, or nil and why there is nothing to draw.
function plot.draw(e, data, p, directory, name)
  local workloads = experiment.select_workloads(e, p.workloads)
  local configs = p.configs or e.config_names
  if p.kind == "bars" and not p.configs then
    configs = {}
    for _, c in ipairs(e.config_names) do
      if c ~= e.baseline then configs[#configs + 1] = c end
    end
  end
  local series, labels = MAKERS[p.kind](e, data, p, configs, workloads)
  local blocks, commands, count, shown, told = {}, {}, 0, 0, false
  for _, s in ipairs(series) do
    if #s.points > 0 then shown = shown + 1 end
  end
  local ratio = p.kind ~= "lines"
  local function points(index, colour, title)
    commands[#commands + 1] = ("$data index %d using 1:2:3:4 with yerrorbars lw 2 pt 7 ps 1.1 lc rgb '%s' %s"):format(
      index, colour, title)
  end
  for _, s in ipairs(series) do
    if #s.points > 0 then
      local rows = { "# " .. s.name .. ": x, median, low, high" }
      for _, point in ipairs(s.points) do
        local x = p.kind == "bars" and point[1] + (count - (shown - 1) / 2) * 0.8 / shown or point[1]
        rows[#rows + 1] = ("%.6g %.8g %.8g %.8g"):format(x, point[2].mid, point[2].lo, point[2].hi)
      end
      blocks[#blocks + 1] = table.concat(rows, "\n")
      local colour = s.thin and "#bbbbbb" or COLOURS[count % #COLOURS + 1]
      local title = "title " .. quoted(s.name)
      local thin_title = s.thin and not told and 'title "each workload"' or "notitle"
      told = told or s.thin
      if p.kind == "bars" then
        points(count, colour, title)
      else
        commands[#commands + 1] = ("$data index %d using 1:2 with lines lw %d lc rgb '%s' %s"):format(
          count, s.thin and 1 or 2, colour, thin_title)
        if not s.thin then
          points(count, colour, title)
        end
      end
      count = count + 1
    end
  end
  if count == 0 then return nil, "nothing to draw" end

  local tics = {}
  for i, label in ipairs(labels or {}) do tics[i] = ("%s %d"):format(quoted(label), i) end
  local metric = p.metric or e.metric
  local ylabel = p.ylabel or (ratio and ("%s, as a ratio to %s"):format(metric, p.baseline or e.baseline) or metric)
  local width = math.min(2400, math.max(900, 160 + (labels and #labels or 8) * (p.kind == "bars" and 40 + 16 * shown or 90)))
  local script = {
    ("set terminal pngcairo size %d,640 font 'DejaVu Sans,12' background '#ffffff'"):format(width),
    ("set output %s"):format('"' .. directory .. "/" .. name .. '.png"'),
    ("set title %s"):format(quoted(p.title or e.summary)),
    ("set ylabel %s"):format(quoted(ylabel)),
    "set grid ytics back lt 1 lw 1 lc rgb '#dddddd'", "set border 3", "set tics nomirror", "set key outside right top",
    "set bars 0.5",
  }
  local function add(line) script[#script + 1] = line end
  if labels then
    add(("set xtics rotate by -35 left (%s)"):format(table.concat(tics, ", ")))
    add(("set xrange [0.4:%g]"):format(#labels + 0.6))
  else
    add(("set xlabel %s"):format(quoted(p.xlabel or "value")))
    add("set logscale x 2")
  end
  if ratio and p.log ~= false then
    add("set logscale y")
    add("set ytics (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000)")
  else
    add("set yrange [0:*]")
  end
  add("$data << EOD")
  add(table.concat(blocks, "\n\n\n"))
  add("EOD")
  add("plot " .. (ratio and "1 with lines dt 2 lc rgb '#000000' notitle, " or "") .. table.concat(commands, ", \\\n  "))
  local source = ("%s/%s.gp"):format(directory, name)
  files.write(source, table.concat(script, "\n") .. "\n")
  local result, message = native.run { argv = { "gnuplot", source }, timeout = 60 }
  if not result or result.ended ~= "exit" or result.status ~= 0 then
    fail.work("gnuplot could not draw %s: %s", source, message or result.stderr)
  end
  return ("%s/%s.png"):format(directory, name)
end

return plot
