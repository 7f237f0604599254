-- Figures as blocks of a report: what a plot says in words, and the table behind it.

local claims = require "harness.claims"
local plot = require "harness.plot"
local text = require "harness.text"

local figures = {}

-- Rows by category or by x, a column a series.
function figures.table(figure)
  local keys, by_key, head = {}, {}, { figure.labels and "" or figure.xlabel }
  for k, s in ipairs(figure.series) do
    head[k + 1] = s.name
    for _, point in ipairs(s.points) do
      local key = figure.labels and math.floor(point[1] + 0.5) or point[1]
      if not by_key[key] then
        by_key[key] = {}
        keys[#keys + 1] = key
      end
      by_key[key][k] = claims.show(point[2])
    end
  end
  table.sort(keys)
  local rows = {}
  for i, key in ipairs(keys) do
    rows[i] = { figure.labels and figure.labels[key] or text.number(key) }
    for k in ipairs(figure.series) do rows[i][k + 1] = by_key[key][k] or "–" end
  end
  return { caption = ("%s: %s%s"):format(figure.title, figure.ylabel, figure.note and ", " .. figure.note or ""), head = head, rows = rows }
end

-- What somebody who does not see a plot wants to know first: of what it is, and its extremes.
function figures.describe(figure)
  local least, most
  for _, s in ipairs(figure.series) do
    for _, point in ipairs(s.points) do
      local at = figure.labels and figure.labels[math.floor(point[1] + 0.5)] or text.number(point[1])
      local here = { value = point[2].mid, where = ("%s, %s"):format(s.name, at) }
      if not least or here.value < least.value then least = here end
      if not most or here.value > most.value then most = here end
    end
  end
  return ("%s. Lowest: %s (%s). Highest: %s (%s). All numbers are in the table below the plot."):format(figure.ylabel,
    text.number(least.value), least.where, text.number(most.value), most.where)
end

-- The section of the plots that the experiment asked for; nil when there is nothing to draw.
function figures.section(context)
  local blocks = {}
  for i, p in ipairs(context.e.plots) do
    local figure, reason = plot.figure(context.e, context.data, p)
    if figure then
      blocks[#blocks + 1] = context.figure(i == 1 and "plot" or "plot" .. i, figure)
    else
      blocks[#blocks + 1] = { kind = "text", class = "note", text = ("%s: %s."):format(p.title or p.kind, reason) }
    end
  end
  return #blocks > 0 and { id = "plots", title = "Plots", blocks = blocks } or nil
end

return figures
