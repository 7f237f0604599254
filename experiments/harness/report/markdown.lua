-- A report's document as Markdown (GitHub's tables), with the plots as PNG files beside it.

local markdown = {}

local function escape(s) return (tostring(s):gsub("[\\`*_<>|#%[%]]", "\\%0"):gsub("\n", " ")) end

local function text_of(c) return escape(type(c) == "table" and c.text or c or "") end

local function add_table(out, block)
  out("**" .. escape(block.caption) .. "**\n")
  local head, rule = {}, {}
  for i, name in ipairs(block.head) do
    head[i], rule[i] = escape(name), (i == 1 or block.words) and "---" or "---:"
  end
  out("| " .. table.concat(head, " | ") .. " |")
  out("| " .. table.concat(rule, " | ") .. " |")
  for _, row in ipairs(block.rows) do
    local cells = {}
    for i = 1, #block.head do cells[i] = text_of(row[i]) end
    out("| " .. table.concat(cells, " | ") .. " |")
  end
  out("")
  for _, note in ipairs(block.notes or {}) do out(escape(note) .. "\n") end
end

local blocks = {}

function blocks.text(out, block) out(escape(block.text) .. "\n") end

function blocks.heading(out, block) out("### " .. escape(block.text) .. "\n") end

function blocks.list(out, block)
  for _, item in ipairs(block.items) do out("- " .. escape(item)) end
  out("")
end

function blocks.facts(out, block)
  for _, fact in ipairs(block.rows) do out(("- **%s**: %s"):format(escape(fact[1]), escape(fact[2]))) end
  out("")
end

-- What the page folds away stands in folds here too.
local function folded(out, summary, body)
  out(("<details><summary>%s</summary>\n"):format(escape(summary)))
  body()
  out("</details>\n")
end

function blocks.table(out, block)
  if not block.folded then return add_table(out, block) end
  folded(out, block.folded, function() add_table(out, block) end)
end

function blocks.pre(out, block)
  folded(out, block.title, function() out("```\n" .. block.text:gsub("%s+$", "") .. "\n```\n") end)
end

function blocks.figure(out, block)
  out(("![%s. %s](%s)\n"):format(escape(block.title), escape(block.description), block.png:match("[^/]*$")))
  folded(out, "Numbers of this plot", function() add_table(out, block.table) end)
end

function blocks.heat(out, block)
  out(("![%s](%s)\n"):format(escape(block.title), block.png:match("[^/]*$")))
  add_table(out, block.table)
end

local MARKS = { ["reproduced"] = "✓", ["not reproduced"] = "✗", ["undecided"] = "?" }

function blocks.claim(out, block)
  out(("### %s %s: %s\n"):format(MARKS[block.verdict] or "–", escape(block.verdict), escape(block.text)))
  if block.source then out("claimed by: " .. escape(block.source) .. "\n") end
  for _, detail in ipairs(block.details) do out("- " .. escape(detail)) end
  if block.because then out("- Why: " .. escape(block.because)) end
  out("")
  if block.published then add_table(out, block.published) end
  if block.measured then folded(out, "What was measured", function() add_table(out, block.measured) end) end
end

-- The same document as html.render takes.
function markdown.render(document)
  local lines = {}
  local function out(line) lines[#lines + 1] = line end
  out("# " .. escape(document.title) .. "\n")
  out(escape(document.lead) .. "\n")
  if document.answer then out("**" .. escape(document.answer) .. "**\n") end
  for _, section in ipairs(document.sections) do
    out("## " .. escape(section.title) .. "\n")
    for _, block in ipairs(section.blocks) do blocks[block.kind](out, block) end
  end
  out(escape(document.footer))
  return table.concat(lines, "\n") .. "\n"
end

return markdown
