-- What a run shows and leaves behind: tables on the terminal, claims, CSV, JSON and plots in its directory.

local native = require "jitlab_native"
local claims = require "harness.claims"
local describe = require "harness.describe"
local effects_table = require "harness.effects_table"
local export = require "harness.export"
local files = require "harness.files"
local noise_notes = require "harness.noise_notes"
local plot = require "harness.plot"
local precision = require "harness.precision"
local tables = require "harness.tables"
local text = require "harness.text"

local output = {}

local MARK = { ["reproduced"] = "[yes]", ["not reproduced"] = "[NO] ", ["undecided"] = "[ ? ]" }

local function print_table(t, out, width)
  out(t.title)
  for _, line in ipairs(text.table(t.rows, width)) do out(line ~= "" and "  " .. line or "") end
  for _, note in ipairs(text.sorted_keys(t.notes)) do out("  n/a: " .. note) end
  out("")
end

function output.claims(results, out, width)
  if #results == 0 then return end
  out("claims")
  local function say(first, rest, s)
    for i, line in ipairs(text.wrap(s, width - #rest)) do out((i == 1 and first or rest) .. line) end
  end
  for _, r in ipairs(results) do
    say("  " .. MARK[r.verdict] .. " ", (" "):rep(8), ("%s: %s%s"):format(r.verdict, r.text, r.source and " (" .. r.source .. ")" or ""))
    for _, detail in ipairs(r.details) do
      if detail ~= "" then say((" "):rep(10), (" "):rep(12), detail) end
    end
    if r.because then say((" "):rep(10), (" "):rep(12), "because " .. r.because) end
  end
  local count = {}
  for _, r in ipairs(results) do count[r.verdict] = (count[r.verdict] or 0) + 1 end
  out(("  %d claims: %d reproduced, %d not reproduced, %d undecided"):format(#results, count["reproduced"] or 0,
    count["not reproduced"] or 0, count["undecided"] or 0))
  out("")
end

-- Shows a finished campaign and writes its directory. Returns how many trials were not ok, how many were, and the claims as judged.
function output.present(e, outcome, data)
  local run, directory = outcome.run, outcome.directory
  local function out(line) io.stdout:write(line, "\n") end
  local width = native.columns(1) or 120
  out(("%s: %s"):format(e.name, e.summary))
  out(("run %s, seed %d, %d rounds, %s of trials"):format(run.name, run.seed, run.rounds, text.duration(outcome.seconds)))
  out("")
  for _, t in ipairs(tables.of(e, data)) do print_table(t, out, width - 2) end
  for _, d in ipairs(e.designs) do
    if d.kind == "fractional" or d.kind == "pairwise" then -- what the figures cannot tell apart, or do not have
      for _, line in ipairs(describe.lines(d)) do out(line) end
      out("")
    end
  end
  effects_table.print(e, data, out, width - 2)
  noise_notes.print(e, data, out)
  if outcome.precision then
    for _, line in ipairs(precision.lines(e.precision, outcome.precision)) do out(line) end
    out("")
  end

  local failures, bad, good = tables.failures(outcome.trials)
  if bad > 0 then out(("trials that failed: %d of %d (not in the figures above)"):format(bad, #outcome.trials)) end
  for _, sentence in ipairs(failures) do out("  " .. sentence) end
  for _, sentence in ipairs(data:inconsistencies()) do out("not to be trusted: " .. sentence) end
  local reasons = {}
  for _, skipped in ipairs(outcome.skipped) do
    reasons[skipped.reason] = reasons[skipped.reason] or {}
    table.insert(reasons[skipped.reason], skipped.key)
  end
  for _, reason in ipairs(text.sorted_keys(reasons)) do
    local keys = reasons[reason]
    local more = #keys > 6 and (" and %d more"):format(#keys - 6) or ""
    out(("left out: %s%s: %s"):format(table.concat(keys, "; ", 1, math.min(#keys, 6)), more, reason))
  end
  if bad > 0 or #outcome.skipped > 0 then out("") end

  local results = claims.judge(e, data)
  output.claims(results, out, width - 2)
  local lines = {}
  output.claims(results, function(line) lines[#lines + 1] = line end, 140)
  files.write(directory .. "/claims.txt", table.concat(lines, "\n") .. "\n")
  export.tables(e, data, run, results, directory)
  for i, p in ipairs(e.plots) do
    local path, reason = plot.draw(e, data, p, directory, i == 1 and "plot" or "plot" .. i)
    out(path and "plot " .. path or "plot: " .. reason)
  end
  out("files " .. directory .. "/")
  return bad, good, results
end

return output
