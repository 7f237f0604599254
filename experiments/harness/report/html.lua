-- A report's document as one HTML file that needs nothing else: no script, no network, the plots inside it.

local files = require "harness.files"
local svg = require "harness.report.svg"

local html = {}

local STYLE = package.searchpath("harness.report.html", package.path):gsub("html%.lua$", "style.css")

local function escape(s)
  return (tostring(s):gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

-- One page being made: the parts of its text, and numbers for ids.
local page = {}
page.__index = page

function page:add(format, ...)
  self.parts[#self.parts + 1] = select("#", ...) > 0 and format:format(...) or format
end

function page:id()
  self.last_id = self.last_id + 1
  return "i" .. self.last_id
end

-- A cell is a string (nil: empty), or {text=, heat= (-1 to 1)}. Intervals are set apart from what they are about.
local function cell(c)
  if type(c) ~= "table" then
    local content = escape(c or "")
    local middle, interval = content:match("^([^%[]+) (%[[^%]]+%].*)$")
    return middle and ("<td>%s <i>%s</i>"):format(middle, interval) or "<td>" .. content
  end
  return ('<td class="heat" style="--heat:%.0f%%;--pole:var(--%s)">%s'):format(math.abs(c.heat) * 60, c.heat < 0 and "less" or "more",
    escape(c.text))
end

-- block: caption, head (strings), rows; the first cell of a row is its heading. HTML lets the ends of cells and rows be left out.
function page:table(block)
  local id = self:id()
  self:add('<div class="scroll" role="group" aria-labelledby="%s" tabindex="0"><table%s>', id, block.words and ' class="words"' or "")
  self:add('<caption id="%s">%s</caption>\n<thead><tr>', id, escape(block.caption))
  for i, name in ipairs(block.head) do
    if i == 1 and name == "" then self:add("<td>") else self:add('<th scope="col">%s', (escape(name):gsub("([,/])", "%1<wbr>"))) end
  end
  self:add("<tbody>\n")
  for _, row in ipairs(block.rows) do
    local line = { '<tr><th scope="row">' .. escape(row[1]) }
    for i = 2, #block.head do line[i] = cell(row[i]) end
    self:add("%s", table.concat(line) .. "\n")
  end
  self:add("</table></div>\n")
  for _, note in ipairs(block.notes or {}) do self:add('<p class="note">%s</p>\n', escape(note)) end
end

local blocks = {}

function blocks.text(self, block)
  self:add("<p%s>%s</p>\n", block.class and (' class="%s"'):format(block.class) or "", escape(block.text))
end

function blocks.list(self, block)
  self:add("<ul>\n")
  for _, item in ipairs(block.items) do self:add("<li>%s\n", escape(item)) end
  self:add("</ul>\n")
end

function blocks.heading(self, block) self:add("<h3>%s</h3>\n", escape(block.text)) end

function blocks.facts(self, block)
  self:add('<dl>\n')
  for _, fact in ipairs(block.rows) do self:add("<div><dt>%s</dt><dd>%s</dd></div>\n", escape(fact[1]), escape(fact[2])) end
  self:add("</dl>\n")
end

function blocks.table(self, block)
  if not block.folded then return self:table(block) end
  self:add("<details><summary>%s</summary>\n", escape(block.folded))
  self:table(block)
  self:add("</details>\n")
end

function blocks.pre(self, block)
  self:add('<details><summary>%s</summary>\n<pre tabindex="0">%s</pre></details>\n', escape(block.title), escape(block.text))
end

function blocks.figure(self, block)
  local id = self:id()
  self:add("<figure>\n<figcaption>%s%s</figcaption>\n", escape(block.title),
    block.note and (' <span class="note">%s</span>'):format(escape(block.note)) or "")
  self:add('<div class="scroll" role="group" aria-label="Plot: %s" tabindex="0">', escape(block.title))
  self:add("%s", svg.inline(files.read(block.svg), id, block.title, block.description))
  self:add("</div>\n<details><summary>Numbers of this plot</summary>\n")
  self:table(block.table)
  self:add("</details>\n</figure>\n")
end

function blocks.heat(self, block) self:table(block.table) end

local MARKS = { ["reproduced"] = { "yes", "✓" }, ["not reproduced"] = { "no", "✗" }, ["undecided"] = { "unsure", "?" } }

function blocks.claim(self, block)
  local mark = MARKS[block.verdict] or { "unsure", "–" }
  self:add('<article class="claim %s"><p class="verdict"><span aria-hidden="true">%s</span> %s</p>\n', mark[1], mark[2],
    escape(block.verdict))
  self:add("<h3>%s</h3>\n", escape(block.text))
  if block.source then self:add('<p class="note">claimed by: %s</p>\n', escape(block.source)) end
  for _, detail in ipairs(block.details) do self:add("<p>%s</p>\n", escape(detail)) end
  if block.because then self:add("<p>Why: %s</p>\n", escape(block.because)) end
  if block.published then self:table(block.published) end
  if block.measured then
    self:add("<details><summary>What was measured</summary>\n")
    self:table(block.measured)
    self:add("</details>\n")
  end
  self:add("</article>\n")
end

local HEAD = [[<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="jitlab">
<link rel="icon" href="data:,">
<title>%s</title>
<style>
%s</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<h1>%s</h1>
<p class="lead">%s</p>
%s</header>
]]

-- document: title, lead, answer (in one sentence, or nil), sections {{id=, title=, blocks={...}}}. Returns the text of the file.
function html.render(document)
  local self = setmetatable({ parts = {}, last_id = 0 }, page)
  self:add(HEAD, escape(document.title), files.read(STYLE), escape(document.title), escape(document.lead),
    document.answer and ('<p class="headline"><a href="#answer">%s</a></p>\n'):format(escape(document.answer)) or "")
  self:add('<nav aria-label="Contents"><ul>\n')
  for _, section in ipairs(document.sections) do self:add('<li><a href="#%s">%s</a>\n', section.id, escape(section.title)) end
  self:add("</ul></nav>\n<main id=\"main\">\n")
  for _, section in ipairs(document.sections) do
    self:add('<section id="%s" aria-labelledby="%s-h">\n<h2 id="%s-h">%s</h2>\n', section.id, section.id, section.id,
      escape(section.title))
    for _, block in ipairs(section.blocks) do blocks[block.kind](self, block) end
    self:add("</section>\n")
  end
  self:add("</main>\n<footer><p>%s</p></footer>\n</body>\n</html>\n", escape(document.footer))
  return table.concat(self.parts)
end

return html
