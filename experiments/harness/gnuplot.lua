-- Drawing figures (see plot.lua) by gnuplot: PNG, on request SVG too, and beside them the script with its data, so that a figure can
-- be redrawn by hand.

local native = require "jitlab_native"
local fail = require "harness.fail"
local files = require "harness.files"
local text = require "harness.text"

local gnuplot = {}

-- Told apart by readers who see few colours, and by shape. A report replaces them by colours for its background, by number.
gnuplot.COLOURS = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666", "#8c510a", "#5e3c99", "#b2182b" }
gnuplot.GRID, gnuplot.THIN, gnuplot.INK = "#dddddd", "#bbbbbb", "#000000"
local SHAPES = { 7, 5, 9, 11, 13, 6, 4, 8, 10, 12 }

local function quoted(s)
  return '"' .. s:gsub('[\\"]', "\\%0"):gsub("[_^@&~{}]", "\\\\%0"):gsub("\n", "\\n") .. '"'
end

-- gnuplot's data block of one series.
local function block(s)
  local rows = { "# " .. s.name .. ": x, median, low, high" }
  for _, point in ipairs(s.points) do
    local x = point[2]
    rows[#rows + 1] = ("%.6g %.8g %.8g %.8g"):format(point[1], x.mid, x.lo, x.hi)
  end
  return table.concat(rows, "\n")
end

-- Blocks and plot elements of all series. Lying figures have the categories on the left and the values along x.
local function elements(figure, lying)
  local blocks, commands, thin_told, marks = {}, {}, false, 0
  local point, bars = lying and "2:1" or "1:2", lying and "2:1:3:4 with xerrorbars" or "1:2:3:4 with yerrorbars"
  local function add(...) commands[#commands + 1] = string.format(...) end
  for i, s in ipairs(figure.series) do
    blocks[i] = block(s)
    if s.style == "thin" then
      add("$data index %d using %s with lines lw 1 lc rgb '%s' %s", i - 1, point, gnuplot.THIN,
        thin_told and "notitle" or 'title "each workload"')
      thin_told = true
    else
      marks = marks + 1
      local colour = gnuplot.COLOURS[(s.colour or marks - 1) % #gnuplot.COLOURS + 1]
      local shape = s.shape or SHAPES[(marks - 1) % #SHAPES + 1]
      if s.style == nil then add("$data index %d using %s with lines lw 2 lc rgb '%s' notitle", i - 1, point, colour) end
      if s.style == "dots" then
        add("$data index %d using %s with points pt %d ps %g lc rgb '%s' title %s", i - 1, point, shape, s.size or 0.5, colour,
          quoted(s.name))
      else
        add("$data index %d using %s lw 2 pt %d ps 1.1 lc rgb '%s' title %s", i - 1, bars, shape, colour, quoted(s.name))
      end
    end
  end
  return table.concat(blocks, "\n\n\n"), table.concat(commands, ", \\\n  ")
end

-- Smallest and largest value drawn, intervals included.
local function extent(figure)
  local lo, hi = figure.reference or math.huge, figure.reference or -math.huge
  for _, s in ipairs(figure.series) do
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
  return tics
end

-- The axis of values, x or y. room: characters that its name may take on one line.
local function value_axis(figure, axis, room, add)
  add("set %slabel %s", axis, quoted(table.concat(text.wrap(figure.ylabel, room), "\n")))
  add("set grid %stics back lt 1 lw 1 lc rgb '%s'", axis, gnuplot.GRID)
  if not figure.log then
    add("set %srange [0:*]", axis)
    return
  end
  local lo, hi = extent(figure)
  local margin = (hi / lo) ^ 0.05 * 1.02
  lo, hi = lo / margin, hi * margin
  add("set logscale %s", axis)
  add("set %srange [%.6g:%.6g]", axis, lo, hi)
  local tics = log_tics(lo, hi)
  -- Values so close together that no step lies between them: gnuplot's own.
  if #tics > 1 then add("set %stics (%s)", axis, table.concat(tics, ", ")) end
end

local function widest(labels)
  local n = 0
  for _, label in ipairs(labels or {}) do n = math.max(n, utf8.len(label) or #label) end
  return n
end

local function tics_of(labels)
  local tics = {}
  for i, label in ipairs(labels) do tics[i] = ("%s %d"):format(quoted(label), i) end
  return table.concat(tics, ", ")
end

-- The axis of categories. Returns the size of the whole figure, and whether it lies: labels too long to stand beside each other
-- have a line each.
local function category_axis(figure, add)
  local n, longest, marks = #figure.labels, widest(figure.labels), 0
  for _, s in ipairs(figure.series) do marks = marks + (s.style == "thin" and 0 or 1) end
  local style = figure.series[#figure.series].style
  local width = math.max(900, math.min(2400, 120 + (style == "marks" and 20 + 14 * marks or 60) * n))
  local lying = figure.lying or style == "dots" or longest * 8 * n > width - 120
  local axis = lying and "y" or "x"
  add("set %stics (%s)", axis, tics_of(figure.labels))
  if lying then add("set grid ytics back lt 1 lw 1 lc rgb '%s'", gnuplot.GRID) end
  add(lying and "set yrange [%g:0.4]" or "set xrange [0.4:%g]", n + 0.6)
  if not lying then return width, 520, false end
  local each = style == "dots" and 30 or style == "marks" and 14 + 12 * marks or 30
  return 900 + math.max(0, longest - 16) * 7, 110 + 10 * marks + each * n, true
end

-- The script without terminal and output; and the size that it is made for.
local function script_of(figure)
  local script = {}
  local function add(format, ...) script[#script + 1] = select("#", ...) > 0 and format:format(...) or format end
  add("set border 3")
  add("set tics nomirror")
  add("set key outside top left horizontal Left reverse samplen 2")
  add("set bars 0.5")
  local width, height, lying = 900, figure.height or 520, false
  if figure.labels then
    width, height, lying = category_axis(figure, add)
  else
    add("set xlabel %s", quoted(figure.xlabel))
    if figure.xbase then add("set logscale x %d", figure.xbase) end
    add("set offsets graph 0.03, graph 0.03, 0, 0")
  end
  value_axis(figure, lying and "x" or "y", (lying and width - 300 or height - 130) // 7, add)
  local blocks, commands = elements(figure, lying)
  add("$data << EOD")
  script[#script + 1] = blocks
  add("EOD")
  if figure.reference and lying then
    add("set arrow 1 from first %g, graph 0 to first %g, graph 1 nohead dt 2 lc rgb '%s'", figure.reference, figure.reference, gnuplot.INK)
  end
  local line = figure.reference and not lying and ("%g with lines dt 2 lc rgb '%s' notitle, "):format(figure.reference, gnuplot.INK) or ""
  script[#script + 1] = "plot " .. line .. commands
  return script, width, height
end

local PRINT = 2 -- pixels for one of the layout's, so that a figure can be printed

local function png_terminal(width, height, scale)
  return ("set terminal pngcairo size %d,%d font 'DejaVu Sans,12' fontscale %d linewidth %d pointscale %d background '#ffffff'")
    :format(scale * width, scale * height, scale, scale, scale)
end

-- A map of coloured squares: labels on both sides, cells {{column, row, heat= (-1 to 1), text=}}.
local function heat_script(figure, name, directory)
  local n = #figure.labels
  local rows, tics = { "# row, column, heat, text" }, {}
  for i, cell in ipairs(figure.cells) do rows[i + 1] = ("%d %d %.4f %s"):format(cell[1], cell[2], cell.heat, quoted(cell.text)) end
  for i, label in ipairs(figure.labels) do tics[i] = ("%s %d"):format(quoted(label), i) end
  return table.concat({
    png_terminal(320 + 90 * n, 200 + 60 * n, PRINT),
    ('set output "%s/%s.png"'):format(directory, name), "set title " .. quoted(figure.title), "unset key", "unset colorbox", "set border 0",
    "set tics scale 0", ("set xtics rotate by -35 left (%s)"):format(table.concat(tics, ", ")),
    ("set ytics (%s)"):format(table.concat(tics, ", ")), ("set xrange [0.5:%g]"):format(n + 0.5), ("set yrange [%g:0.5]"):format(n + 0.5),
    "set palette defined (-1 '#1273c4', 0 '#ffffff', 1 '#c8641b')", "set cbrange [-1:1]", "set style fill solid", "$data << EOD",
    table.concat(rows, "\n"), "EOD",
    "plot $data using 2:1:(0.49):(0.49):3 with boxxyerror lc palette, $data using 2:1:4 with labels",
    "unset output",
  }, "\n") .. "\n"
end

-- One figure as the text of a script that draws it into directory/NAME.png (and NAME.svg, without the title, which a page has).
local function whole_script(item, directory, svg)
  local figure = item.figure
  if figure.cells then return heat_script(figure, item.name, directory) end
  local body, width, height = script_of(figure)
  local title = figure.title .. (figure.note and "\n" .. figure.note or "")
  local lines = {
    png_terminal(width, height + 60, figure.scale or PRINT),
    ('set output "%s/%s.png"'):format(directory, item.name),
    "set title " .. quoted(title),
  }
  table.move(body, 1, #body, #lines + 1, lines)
  if svg then
    lines[#lines + 1] = ("set terminal svg size %d,%d font 'sans-serif,14'"):format(width, height)
    lines[#lines + 1] = ('set output "%s/%s.svg"'):format(directory, item.name)
    lines[#lines + 1] = "unset title"
    lines[#lines + 1] = "replot"
  end
  lines[#lines + 1] = "unset output"
  return table.concat(lines, "\n") .. "\n"
end

-- Draws figures {{figure=, name=}} into a directory, all by one process. Returns {{png=, svg=}} with the paths.
function gnuplot.draw(items, directory, svg)
  local argv, drawn = { "gnuplot" }, {}
  for i, item in ipairs(items) do
    local path = ("%s/%s"):format(directory, item.name)
    files.write(path .. ".gp", whole_script(item, directory, svg))
    if i > 1 then table.move({ "-e", "reset" }, 1, 2, #argv + 1, argv) end
    argv[#argv + 1] = path .. ".gp"
    drawn[i] = { png = path .. ".png", svg = svg and not item.figure.cells and path .. ".svg" or nil }
  end
  if #items == 0 then return drawn end
  local result, message = native.run { argv = argv, timeout = 120 }
  if not result or result.ended ~= "exit" or result.status ~= 0 then
    fail.work("gnuplot could not draw in %s: %s", directory, message or result.stderr)
  end
  return drawn
end

return gnuplot
