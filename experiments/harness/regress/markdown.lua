-- A comparison as Markdown, for the summary page of a CI job.

local present = require "harness.regress.present"

local function escape(s) return (tostring(s):gsub("[\\`*_<>|]", "\\%0"):gsub("\n", " ")) end

local function table_lines(out, rows, left)
  for i, row in ipairs(rows) do
    local cells, rule = {}, {}
    for k = 1, #rows[1] do
      cells[k] = escape(row[k] or "")
      rule[k] = left[k] and "---" or "---:"
    end
    out("| " .. table.concat(cells, " | ") .. " |")
    if i == 1 then out("| " .. table.concat(rule, " | ") .. " |") end
  end
  out("")
end

-- The whole text.
return function(result)
  local lines = {}
  local function out(line) lines[#lines + 1] = line end
  out("## " .. escape(result.title) .. "\n")
  out(("**%s**%s\n"):format(escape(result.verdict), result.reason and ": " .. escape(result.reason) or ""))
  out("before: " .. escape(result.before) .. (result.after and "; after: " .. escape(result.after) or "") .. "\n")
  local overall = present.overall(result)
  if overall then table_lines(out, overall, { true, false, false, false, true }) end
  local left = { true, true, false, false, false, false, true }
  local changed, hidden = present.cells(result)
  if changed then table_lines(out, changed, left) end
  for _, note in ipairs(present.notes(result)) do out("- " .. escape(note)) end
  if hidden > 0 then
    out("\n<details><summary>all rows</summary>\n")
    table_lines(out, present.cells(result, true), left)
    out("</details>")
  end
  return table.concat(lines, "\n") .. "\n"
end
