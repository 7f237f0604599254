-- What a run shows and leaves behind: tables on the terminal, claims, CSV, JSON and plots in its directory.

local native = require "jitlab_native"
local json = require "dkjson"
local claims = require "harness.claims"
local effects_table = require "harness.effects_table"
local files = require "harness.files"
local metrics = require "harness.metrics"
local noise_notes = require "harness.noise_notes"
local plot = require "harness.plot"
local text = require "harness.text"

local output = {}

local MARK = { ["reproduced"] = "[yes]", ["not reproduced"] = "[NO] ", ["undecided"] = "[ ? ]" }

local function cell_text(x, reason)
  if not x then
    local status = reason and (reason:match("timeout$") or reason:match("mismatch$") or reason:match("signal$") or reason:match("refused$")
      or reason:match("exit$"))
    return status or (reason and reason:find("not run") and "-") or "n/a"
  end
  if x.lo == x.hi then return text.number(x.mid) end
  return ("%s [%s %s]"):format(text.number(x.mid), text.number(x.lo), text.number(x.hi))
end

-- Rows of (workload, variant) and a column a configuration; value(config, workload, variant) -> estimate or nil, reason.
-- Reasons why a cell is n/a are gathered in `notes`.
local function matrix(e, configs, value, mean, notes)
  local rows = { { "" } }
  for i, config in ipairs(configs) do rows[1][i + 1] = config end
  for _, variant in ipairs(e.variants) do
    for _, workload in ipairs(e.workload_names) do
      local row = { #e.variants > 1 and workload .. " " .. variant or workload }
      for i, config in ipairs(configs) do
        local x, reason = value(config, workload, variant)
        row[i + 1] = cell_text(x, reason)
        if row[i + 1] == "n/a" and reason then notes[reason] = true end
      end
      rows[#rows + 1] = row
    end
  end
  if mean and #rows > 2 then
    local row = { "geometric mean" }
    for i, config in ipairs(configs) do
      local x, reason, note = mean(config)
      row[i + 1] = cell_text(x, reason) .. (note or "")
    end
    rows[#rows + 1] = row
  end
  return rows
end

local function jitlab_configs(e)
  local names = {}
  for _, name in ipairs(e.config_names) do
    if e.config[name].runner == "jitlab" then names[#names + 1] = name end
  end
  return names
end

local function print_matrix(out, title, rows, notes, width)
  out(title)
  for _, line in ipairs(text.table(rows, width)) do out(line ~= "" and "  " .. line or "") end
  for _, note in ipairs(text.sorted_keys(notes)) do out("  n/a: " .. note) end
  out("")
end

-- The tables of a run, handed line by line to out.
function output.tables(e, data, out, width)
  local notes = {}
  local absolute = matrix(e, { e.baseline }, function(c, w, v)
    local x, reason = data:value(c, w, v, e.metric)
    if x and e.metric:find("_ns$") then x = { mid = x.mid / 1e6, lo = x.lo / 1e6, hi = x.hi / 1e6, n = x.n } end
    return x, reason
  end, nil, notes)
  local absolutes = {}
  for i = 2, #absolute do absolutes[absolute[i][1]] = absolute[i][2] end

  local others = {}
  for _, name in ipairs(e.config_names) do
    if name ~= e.baseline then others[#others + 1] = name end
  end
  local rows = matrix(e, others,
    function(c, w, v) return data:ratio(c, e.baseline, w, v, e.metric) end,
    function(c)
      local workloads = data:common_workloads(c, e.baseline, e.workload_names)
      if #workloads == 0 then return nil, "not run" end
      local x, reason = data:mean_ratio(c, e.baseline, workloads, e.metric)
      return x, reason, #workloads < #e.workload_names and (" (of %d)"):format(#workloads) or nil
    end, notes)
  for i, row in ipairs(rows) do
    table.insert(row, 2, i == 1 and (e.metric:find("_ns$") and e.baseline .. ", ms" or e.baseline) or absolutes[row[1]] or "")
  end
  print_matrix(out, ("%s as a ratio to %s: median [95 %% interval]"):format(e.metric, e.baseline), rows, notes, width)

  local jitlab = jitlab_configs(e)
  if e.count and #jitlab > 0 and data.catalogue.counters.host_instructions then
    notes = {}
    rows = matrix(e, jitlab, function(c, w, v) return data:value(c, w, v, "host_per_guest") end, nil, notes)
    print_matrix(out, "host instructions executed per guest instruction, exact", rows, notes, width)
  end
  local shown = {}
  for _, metric in ipairs(e.counters) do
    if not shown[metric] then
      shown[metric], notes = true, {}
      local configs = metrics.is_own(metric) and e.config_names or jitlab
      rows = matrix(e, configs, function(c, w, v) return data:value(c, w, v, metric) end, nil, notes)
      print_matrix(out, metric, rows, notes, width)
    end
  end
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

local function csv_field(v)
  local s = v == nil and "" or tostring(v)
  return s:find('[",\n]') and '"' .. s:gsub('"', '""') .. '"' or s
end

-- One row for each cell and metric that was measured.
local function tidy(e, data)
  local names, seen = {}, {}
  local function add(name)
    if not seen[name] then names[#names + 1], seen[name] = name, true end
  end
  for _, m in ipairs(metrics.own) do add(m.name) end
  for _, name in ipairs(data.catalogue.counter_names) do add(name) end
  for alias in pairs(metrics.aliases) do add(alias) end
  for _, name in ipairs(e.counters) do add(name) end
  local rows = {}
  for _, variant in ipairs(e.variants) do
    for _, workload in ipairs(e.workload_names) do
      for _, config in ipairs(e.config_names) do
        local cell = data.cells[data:key(config, workload, variant)]
        for _, metric in ipairs(names) do
          local x, reason = data:value(config, workload, variant, metric)
          local ratio = x and data:ratio(config, e.baseline, workload, variant, metric)
          if cell and (x or metric == e.metric) then
            rows[#rows + 1] = {
              config = config, workload = workload, variant = variant, metric = metric, n = x and x.n or 0,
              median = x and x.mid, low = x and x.lo, high = x and x.hi,
              ratio = ratio and ratio.mid, ratio_low = ratio and ratio.lo, ratio_high = ratio and ratio.hi,
              status = x and "ok" or reason,
            }
          end
        end
      end
    end
  end
  return rows
end

local COLUMNS = { "config", "workload", "variant", "metric", "n", "median", "low", "high", "ratio", "ratio_low", "ratio_high", "status" }

local function write_tables(e, data, run, results, directory)
  local rows = tidy(e, data)
  local lines = { table.concat(COLUMNS, ",") }
  for _, row in ipairs(rows) do
    local fields = {}
    for i, column in ipairs(COLUMNS) do fields[i] = csv_field(row[column]) end
    lines[#lines + 1] = table.concat(fields, ",")
  end
  files.write(directory .. "/table.csv", table.concat(lines, "\n") .. "\n")
  files.write(directory .. "/table.json", json.encode({
    schema = 1, run = run.name, experiment = e.name, mode = e.mode, seed = run.seed, rounds = run.rounds, baseline = e.baseline,
    metric = e.metric, rows = rows, effects = effects_table.rows(e, data), claims = results, provenance = json.decode(run.provenance),
  }, { indent = true, keyorder = COLUMNS }) .. "\n")
end

-- Shows a finished campaign and writes its directory. Returns how many trials were not ok, and how many were.
function output.present(e, outcome, data)
  local run, directory = outcome.run, outcome.directory
  local function out(line) io.stdout:write(line, "\n") end
  local width = native.columns(1) or 120
  out(("%s: %s"):format(e.name, e.summary))
  out(("run %s, seed %d, %d rounds, %s of trials"):format(run.name, run.seed, run.rounds, text.duration(outcome.seconds)))
  out("")
  output.tables(e, data, out, width - 2)
  effects_table.print(e, data, out, width - 2)
  noise_notes.print(e, data, out)

  local failures, order, good = {}, {}, 0
  for _, trial in ipairs(outcome.trials) do
    if trial.status == "ok" then
      good = good + 1
    else
      local key = ("%s/%s: %s: %s"):format(trial.config, trial.workload, trial.status, trial.detail or "")
      if not failures[key] then order[#order + 1] = key end
      failures[key] = (failures[key] or 0) + 1
    end
  end
  local bad = #outcome.trials - good
  if bad > 0 then out(("trials that failed: %d of %d (not in the figures above)"):format(bad, #outcome.trials)) end
  for _, key in ipairs(order) do out(("  %d times %s"):format(failures[key], key)) end
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
  write_tables(e, data, run, results, directory)
  for i, p in ipairs(e.plots) do
    local path, reason = plot.draw(e, data, p, directory, i == 1 and "plot" or "plot" .. i)
    out(path and "plot " .. path or "plot: " .. reason)
  end
  out("files " .. directory .. "/")
  return bad, good
end

return output
