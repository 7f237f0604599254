-- bench.lua compare: what changed from one stored run to another, for the terminal or as JSON.

local native = require "jitlab_native"
local json = require "dkjson"
local difference = require "harness.difference"
local fail = require "harness.fail"
local runs = require "harness.runs"
local store = require "harness.store"
local text = require "harness.text"

local function out(line) io.stdout:write(line or "", "\n") end

local function describe(loaded)
  local p = loaded.provenance
  return ("%s, %s, commit %s%s, %d rounds"):format(loaded.run.name, loaded.run.started, p.commit and p.commit:sub(1, 12) or "unknown",
    p.dirty and " and changes" or "", loaded.run.rounds)
end

local function ratio_text(r)
  if not r.ratio then return "n/a" end
  if r.low == r.high then return ("%.4f"):format(r.ratio) end
  return ("%.3f [%.3f %.3f]"):format(r.ratio, r.low, r.high)
end

local function print_rows(rows)
  for _, line in ipairs(text.table(rows, 1000, { true })) do out("  " .. line) end
  out()
end

-- The rows of a metric that are worth a line: all of the first one, which the run was about, and of others those that changed.
local function rows_of(all, metric, whole)
  local rows = { { "", "before", "after", "ratio [95 % interval]", "verdict" } }
  for _, row in ipairs(all) do
    local changed = row.verdict == difference.BETTER or row.verdict == difference.WORSE or row.reason and row.exact
    if row.metric == metric and (whole or changed) then
      rows[#rows + 1] = { row.config .. "/" .. row.workload .. (row.several and "/" .. row.variant or ""), text.number(row.old),
        text.number(row.new), ratio_text(row), row.verdict .. (row.reason and " (" .. row.reason .. ")" or "") }
    end
  end
  return rows
end

local function print_text(old, new, all, summaries, notes)
  out("before: " .. describe(old))
  out("after:  " .. describe(new))
  for _, note in ipairs(notes) do
    for i, line in ipairs(text.wrap(note, (native.columns(1) or 120) - 4)) do out((i == 1 and "  " or "    ") .. line) end
  end
  out()
  local total = { { "by metric", "rows", "better", "worse", "same", "could not tell", "geometric mean [95 %]", "verdict" } }
  for _, s in ipairs(summaries) do
    total[#total + 1] = { s.metric, ("%d"):format(s.rows), ("%d"):format(s[difference.BETTER]), ("%d"):format(s[difference.WORSE]),
      ("%d"):format(s[difference.SAME]), ("%d"):format(s[difference.UNSURE]),
      ratio_text(s) .. (s.of < s.rows and (" (of %d)"):format(s.of) or ""), s.verdict }
  end
  print_rows(total)
  for _, s in ipairs(summaries) do
    local rows = rows_of(all, s.metric, s.metric == new.e.metric)
    if #rows > 1 then
      out(s.metric .. (s.metric == new.e.metric and "" or ": what changed"))
      print_rows(rows)
    end
  end
  out("Ratios are after/before. Counters that are the same on every run are compared exactly. Times are not paired, since the")
  out("runs were not interleaved: what changed on the host between them is in the ratio and not in the interval. 'same' means an")
  out(("interval within %g %% of 1; 'better' and 'worse' of times, that it leaves 1 out and a test finds a difference at 5 %% for"):format(
    difference.MARGIN * 100))
  out("all rows of the metric together (Yuen, Holm).")
end

-- args: old, new (words for runs), db, new_db (or nil), json.
return function(args)
  local first = store.open(args.db, { existing = true })
  local second = args.new_db and store.open(args.new_db, { existing = true }) or first
  local old, new = runs.load(first, runs.find(first, args.old)), runs.load(second, runs.find(second, args.new))
  local all, summaries, notes = difference.of(old, new)
  if #all == 0 then
    fail.usage("%s and %s have no cell in common%s", old.run.name, new.run.name, #notes > 0 and ": " .. table.concat(notes, "; ") or "")
  end
  local several = #new.e.variants > 1
  for _, row in ipairs(all) do row.several = several or nil end
  if args.json then
    local function about(loaded)
      return { name = loaded.run.name, started = loaded.run.started, commit = loaded.provenance.commit, dirty = loaded.provenance.dirty }
    end
    for _, row in ipairs(all) do row.several = nil end
    out(json.encode({ schema = 1, before = about(old), after = about(new), paired = false, margin = difference.MARGIN, notes = notes,
      metrics = summaries, rows = all }, { indent = true }))
  else
    print_text(old, new, all, summaries, notes)
  end
  return 0
end
