-- A comparison as JUnit XML, as CI servers read it: a test case for each cell and one for each counter over all cells. What is worse is a
-- failure, what could not be told is skipped, what did not run an error.

local gate = require "harness.regress.gate"
local present = require "harness.regress.present"

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["\n"] = "&#10;" }

-- XML 1.0 has no place for other control characters.
local function escape(s) return (tostring(s):gsub("[%z\1-\8\11\12\13-\31]", "?"):gsub('[&<>"\n]', ENTITIES)) end

local function sentence(row)
  local counts = row.old and ("%s before, %s after, "):format(row.old, row.new) or ""
  local reason = row.reason and ": " .. row.reason or ""
  if row.counter == "" then return row.verdict .. reason end
  return ("%s: %sratio %s, may rise %s %%: %s%s"):format(row.counter, counts, present.ratio(row), 100 * row.limit, row.verdict, reason)
end

-- One test case of some rows.
local function case(out, class, name, rows)
  local verdicts, lines, seconds = {}, {}, {}
  for i, row in ipairs(rows) do verdicts[i], lines[i] = row.verdict, sentence(row) end
  local verdict = gate.worst(verdicts)
  for _, row in ipairs(rows) do
    if row.verdict == verdict then seconds[#seconds + 1] = sentence(row) end
  end
  out(('  <testcase classname="%s" name="%s">'):format(escape(class), escape(name)))
  local element = verdict == gate.WORSE and "failure" or verdict == gate.UNSURE and "skipped"
  if element then out(('    <%s message="%s"/>'):format(element, escape(table.concat(seconds, "; ")))) end
  out(('    <system-out>%s</system-out>'):format(escape(table.concat(lines, "\n"))))
  out("  </testcase>")
  return element
end

-- The whole document.
return function(result)
  local lines, count = {}, { tests = 0, failure = 0, skipped = 0, error = 0 }
  local function out(line) lines[#lines + 1] = line end
  local function add(element)
    count.tests = count.tests + 1
    if element then count[element] = count[element] + 1 end
  end
  local function fault(name, element, message)
    out(('  <testcase classname="regress" name="%s">'):format(escape(name)))
    out(('    <%s message="%s"/>\n  </testcase>'):format(element, escape(message)))
    add(element)
  end
  local by_cell, order = {}, {}
  for _, row in ipairs(result.rows) do
    if not by_cell[row.cell] then by_cell[row.cell], order[#order + 1] = {}, row.cell end
    table.insert(by_cell[row.cell], row)
  end
  for _, row in ipairs(result.overall) do add(case(out, "regress.overall", row.counter, { row })) end
  for _, cell in ipairs(order) do add(case(out, "regress.cells", cell, by_cell[cell])) end
  for _, failure in ipairs(result.failures) do fault(failure:match("^[^:]*"), "error", failure) end
  if count.tests == 0 then fault("regress", result.verdict == gate.UNSURE and "skipped" or "error", result.reason or result.verdict) end
  local head = { '<?xml version="1.0" encoding="UTF-8"?>',
    ('<testsuite name="%s" tests="%d" failures="%d" errors="%d" skipped="%d">'):format(escape(result.title), count.tests, count.failure,
      count.error, count.skipped),
    "  <properties>",
    ('    <property name="before" value="%s"/>'):format(escape(result.before)),
    ('    <property name="after" value="%s"/>'):format(escape(result.after or "")),
    ('    <property name="verdict" value="%s"/>'):format(escape(present.line(result))),
    "  </properties>" }
  table.move(lines, 1, #lines, #head + 1, head)
  head[#head + 1] = "</testsuite>"
  return table.concat(head, "\n") .. "\n"
end
