-- What a comparison found, as tables of strings for the terminal and Markdown.
--
-- A result: title, before (what it is compared with), verdict, reason (of a verdict that needs one), rows {cell=, counter=, old=, new=,
-- ratio=, lo=, hi=, limit=, verdict=, reason=}, overall (likewise, over `cells` cells), failures and notes (sentences), run, directory.

local gate = require "harness.regress.gate"
local text = require "harness.text"

local present = {}

present.FAILED = "failed"

local STATUS = { [gate.BETTER] = 0, [gate.SAME] = 0, [gate.WORSE] = 1, [present.FAILED] = 2, [gate.UNSURE] = 3 }

function present.status(result) return STATUS[result.verdict] end

-- Sets the verdict, and the reason that it needs, of a result whose rows are there.
function present.conclude(result)
  local verdicts, by = {}, { [gate.WORSE] = {}, [gate.UNSURE] = {} }
  for _, list in ipairs { result.overall, result.rows } do
    for _, row in ipairs(list) do
      verdicts[#verdicts + 1] = row.verdict
      if by[row.verdict] then table.insert(by[row.verdict], row) end
    end
  end
  if #result.failures > 0 then
    result.verdict, result.reason = present.FAILED, ("%d kinds of trials failed: %s"):format(#result.failures, result.failures[1])
  elseif #verdicts == 0 and not result.verdict then
    result.verdict, result.reason = present.FAILED, "nothing was measured"
  end
  result.verdict = result.verdict or gate.worst(verdicts)
  local row = by[result.verdict] and by[result.verdict][1]
  if row and not result.reason then
    local what = row.counter == "" and row.cell or ("%s of %s"):format(row.counter, row.cell or "all cells together")
    local more = #by[result.verdict] > 1 and (", and %d more rows"):format(#by[result.verdict] - 1) or ""
    local why = row.reason or ("%s times, more than the %s %% that are allowed"):format(present.ratio(row), text.number(100 * row.limit))
    result.reason = ("%s: %s%s"):format(what, why, more)
  end
  return result
end

function present.ratio(row)
  if not row.ratio then return "n/a" end
  if not row.lo or row.lo == row.hi then return ("%.4f"):format(row.ratio) end
  return ("%.3f [%.3f %.3f]"):format(row.ratio, row.lo, row.hi)
end

local MOST = 30 -- rows of cells on the terminal

local function limit_text(row) return row.limit and ("%s %%"):format(text.number(100 * row.limit)) or "" end

local function verdict_text(row) return row.verdict .. (row.reason and " (" .. row.reason .. ")" or "") end

-- The table over all cells; nil when there is none.
function present.overall(result)
  if #result.overall == 0 then return nil end
  local rows = { { "over all cells", "cells", "geometric mean of after/before", "may rise", "verdict" } }
  for _, row in ipairs(result.overall) do
    rows[#rows + 1] = { row.counter, ("%d"):format(row.cells), present.ratio(row), limit_text(row), verdict_text(row) }
  end
  return rows
end

-- Rows with the worst verdicts first, else in the order they have.
local function by_verdict(rows)
  local list = {}
  for _, verdict in ipairs { gate.WORSE, gate.UNSURE, gate.BETTER, gate.SAME } do
    for _, row in ipairs(rows) do
      if row.verdict == verdict then list[#list + 1] = row end
    end
  end
  return list
end

-- The table of cells, the worst first: those whose verdict is not `same`, or all; and how many are not in it.
function present.cells(result, all)
  local rows, hidden = { { "cell", "counter", "before", "after", "after/before", "may rise", "verdict" } }, 0
  for _, row in ipairs(by_verdict(result.rows)) do
    if all or row.verdict ~= gate.SAME then
      rows[#rows + 1] = { row.cell, row.counter, row.old and text.number(row.old) or "", row.new and text.number(row.new) or "",
        row.ratio and present.ratio(row) or "", limit_text(row), verdict_text(row) }
    else
      hidden = hidden + 1
    end
  end
  return #rows > 1 and rows or nil, hidden
end

-- For the terminal: of many rows the first ones and how many there are beside these.
local function shortened(rows)
  if #rows <= MOST + 2 then return rows end
  local short = table.move(rows, 1, MOST + 1, 1, {})
  short[#short + 1] = { ("and %d more"):format(#rows - MOST - 1) }
  return short
end

-- Sentences below the tables.
function present.notes(result)
  local notes = table.move(result.notes, 1, #result.notes, 1, {})
  local _, hidden = present.cells(result)
  if hidden > 0 then notes[#notes + 1] = ("%d rows of cells are the same within what they may rise and fall"):format(hidden) end
  for _, sentence in ipairs(result.failures) do notes[#notes + 1] = "failed: " .. sentence end
  return notes
end

-- The line that says it all.
function present.line(result) return ("regress: %s%s"):format(result.verdict, result.reason and ": " .. result.reason or "") end

function present.print(result)
  local function out(line) io.stdout:write(line or "", "\n") end
  out(result.title)
  out("before: " .. result.before)
  if result.after then out("after:  " .. result.after) end
  for _, rows in ipairs { present.overall(result) or false, (present.cells(result)) or false } do
    if rows then
      out()
      rows = shortened(rows)
      local left = rows[1][1] == "cell" and { true, true, false, false, false, false, true } or { true, false, false, false, true }
      for _, line in ipairs(text.table(rows, 1000, left)) do out("  " .. line) end
    end
  end
  out()
  for _, note in ipairs(present.notes(result)) do out(note) end
  if result.run then out("run " .. result.run) end
  out(present.line(result))
end

return present
