-- gnuplot's SVG made fit for a page: colours become the page's own (so that dark pages and print work), the picture gets a name
-- and a description, ids do not collide with those of other pictures.

local gnuplot = require "harness.gnuplot"

local svg = {}

local VARIABLES = {}
local function key(r, g, b) return ("%d,%d,%d"):format(tonumber(r), tonumber(g), tonumber(b)) end
local function known(colour, variable)
  VARIABLES[key(tonumber(colour:sub(2, 3), 16), tonumber(colour:sub(4, 5), 16), tonumber(colour:sub(6, 7), 16))] = variable
end
for i, colour in ipairs(gnuplot.COLOURS) do known(colour, ("var(--s%d)"):format(i)) end
known(gnuplot.GRID, "var(--grid)")
known(gnuplot.THIN, "var(--thin)")
known(gnuplot.INK, "currentColor")

local function escape(s) return (s:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" })) end

-- source: what gnuplot wrote; id: unique on the page; title, description: for those who do not see it.
function svg.inline(source, id, title, description)
  local width, height = source:match('viewBox="0 0 (%d+) (%d+)"')
  local body = source:match("<g id=\"gnuplot_canvas\">(.*)</g>%s*</svg>") or ""
  body = body:gsub("<filter.-</filter>", "")
    :gsub("rgb%(%s*(%d+),%s*(%d+),%s*(%d+)%)", function(r, g, b) return VARIABLES[key(r, g, b)] end)
    :gsub(' color="[a-z]+"', ""):gsub('fill="black"', 'fill="currentColor"'):gsub("stroke=([\"'])black%1", 'stroke="currentColor"')
    :gsub("color='white'", "color='var(--page)'")
    :gsub('<g id="gnuplot_plot_[^>]*><title>[^<]*</title>', "<g>")
    :gsub(' font%-family="[^"]*"', "")
    :gsub("id='(gp%w+)'", "id='" .. id .. "-%1'"):gsub("href='#(gp%w+)'", "href='#" .. id .. "-%1'")
    :gsub("<g [^>]*>%s*</g>\n?", ""):gsub(' stroke%-linecap="butt" stroke%-linejoin="miter"', "")
    :gsub("%s*\n%s*", "\n")
  local names = ('<title id="%s-t">%s</title><desc id="%s-d">%s</desc>'):format(id, escape(title), id, escape(description))
  return ('<svg viewBox="0 0 %s %s" style="--w:%spx" role="img" aria-labelledby="%s-t %s-d">%s%s</svg>')
    :format(width, height, width, id, id, names, body)
end

return svg
