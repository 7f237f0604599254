-- The tables of a run, for the terminal and for reports: rows of strings with the head as the first.

local metrics = require "harness.metrics"
local text = require "harness.text"

local tables = {}

local function cell_text(x, reason)
  if not x then
    local status = reason and (reason:match("timeout$") or reason:match("mismatch$") or reason:match("signal$") or reason:match("refused$")
      or reason:match("exit$") or reason:match("memory$"))
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

-- Nanoseconds are shown as milliseconds.
local function is_time(metric) return metric:find("_ns$") ~= nil and not metric:find("/", 1, true) end

local function in_ms(x) return x and { mid = x.mid / 1e6, lo = x.lo / 1e6, hi = x.hi / 1e6, n = x.n } end

-- What the main table shows of the baseline: the metric itself, times in ms.
local function absolutes(e, data, notes)
  local rows = matrix(e, { e.baseline }, function(c, w, v)
    local x, reason = data:value(c, w, v, e.metric)
    return is_time(e.metric) and in_ms(x) or x, reason
  end, nil, notes)
  local by_row = {}
  for i = 2, #rows do by_row[rows[i][1]] = rows[i][2] end
  return by_row
end

local function ratios(e, data)
  local notes, others = {}, {}
  local by_row = absolutes(e, data, notes)
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
    table.insert(row, 2, i == 1 and (is_time(e.metric) and e.baseline .. ", ms" or e.baseline) or by_row[row[1]] or "")
  end
  return { title = ("%s as a ratio to %s: median [95 %% interval]"):format(e.metric, e.baseline), rows = rows, notes = notes }
end

-- The tables of a run: a list of {title=, rows=, notes= (reasons why something is n/a)}.
function tables.of(e, data)
  local list, jitlab = { ratios(e, data) }, jitlab_configs(e)
  local function add(title, metric, configs)
    local notes = {}
    local rows = matrix(e, configs, function(c, w, v)
      local x, reason = data:value(c, w, v, metric)
      return is_time(metric) and in_ms(x) or x, reason
    end, nil, notes)
    list[#list + 1] = { title = title, rows = rows, notes = notes }
  end
  if e.count and #jitlab > 0 and data.catalogue.counters.host_instructions then
    add("host instructions executed per guest instruction, exact", "host_per_guest", jitlab)
  end
  local shown = {}
  for _, metric in ipairs(e.counters) do
    if not shown[metric] then
      shown[metric] = true
      local title = is_time(metric) and metric .. ", ms" or metric
      if data:has_mark(metric, "nearly exact") then title = title .. " (nearly exact of qemu, whose threads vary by a few dozen)" end
      if data:has_mark(metric, "multiplexed") then title = title .. " (multiplexed: scaled up from the time it was counted)" end
      add(title, metric, metrics.is_own(metric) and e.config_names or jitlab)
    end
  end
  return list
end

-- Trials that were not ok as sentences, how many they are, and how many were ok.
function tables.failures(trials)
  local failures, order, good = {}, {}, 0
  for _, trial in ipairs(trials) do
    if trial.status == "ok" then
      good = good + 1
    else
      local key = ("%s/%s: %s: %s"):format(trial.config, trial.workload, trial.status, trial.detail or "")
      if not failures[key] then order[#order + 1] = key end
      failures[key] = (failures[key] or 0) + 1
    end
  end
  local sentences = {}
  for i, key in ipairs(order) do sentences[i] = ("%d times %s"):format(failures[key], key) end
  return sentences, #trials - good, good
end

return tables
