-- What a run leaves for other programs: its estimates as CSV and JSON, its trials as CSV.

local json = require "dkjson"
local effects_table = require "harness.effects_table"
local files = require "harness.files"
local metrics = require "harness.metrics"
local text = require "harness.text"

local export = {}

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

-- Writes table.csv and table.json: the estimates, with the claims as judged (results) and the provenance.
function export.tables(e, data, run, results, directory)
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

local TRIAL = {
  "config", "workload", "variant", "kind", "replicate", "status", "detail", "started", "node", "cpu", "wall_ns", "user_ns", "system_ns",
  "max_rss_kib", "minor_faults", "major_faults", "voluntary_switches", "involuntary_switches", "steal_ticks", "load1", "pressure",
  "exit_status", "signal", "stdout_hash", "fingerprint",
}

-- Writes trials.csv: a row a trial, with every counter as a column; empty where it was not counted.
function export.trials(trials, directory)
  local names = {}
  for _, trial in ipairs(trials) do
    for name in pairs(trial.counters) do names[name] = true end
  end
  names = text.sorted_keys(names)
  local lines = { table.concat(TRIAL, ",") .. (#names > 0 and "," or "") .. table.concat(names, ",") }
  for _, trial in ipairs(trials) do
    local fields = {}
    for i, column in ipairs(TRIAL) do fields[i] = csv_field(trial[column]) end
    for i, name in ipairs(names) do
      local counter = trial.counters[name]
      fields[#TRIAL + i] = csv_field(counter and counter.value)
    end
    lines[#lines + 1] = table.concat(fields, ",")
  end
  files.write(directory .. "/trials.csv", table.concat(lines, "\n") .. "\n")
end

return export
