-- What the runs in a database measured one after the other, cell by cell and counter by counter, and where it changed.
--
-- A series is of one kind of work: the same configuration with the same settings, the same guest program to the bit with the same
-- arguments, and for counters the same host features, for times the same host; else a new compiler or machine would read as a change
-- of jitlab. Counters that are the same on every run change where their value does. Times have change points (stats/changepoint.lua).

local native = require "jitlab_native"
local json = require "dkjson"
local changepoint = require "harness.stats.changepoint"
local definition = require "harness.definition"
local fail = require "harness.fail"
local gate = require "harness.regress.gate"
local metrics = require "harness.metrics"
local stats = require "harness.stats"
local store = require "harness.store"
local text = require "harness.text"

local history = {}

local TIME = "cpu_ns"

-- Those whose counters are followed: what the gate looks at by default.
local function followed(name) return gate.DEFAULT[name] ~= nil end

-- The host as counts depend on it, and as times do.
local function hosts_of(p)
  local host = p.host or {}
  local cpu = host.cpu or {}
  local counted = p.regress and p.regress.features and "features " .. table.concat(p.regress.features, " ") or cpu.brand or "?"
  return counted, ("%s, %s"):format(host.uname and host.uname.node or "?", cpu.brand or "?")
end

-- A function that gives the key of a cell's work, or nil for what is no series: the other commit of a comparison.
local function keys_of(results, run, p)
  local e = definition.of_run(results, run)
  local counted, timed = hosts_of(p)
  return function(row)
    local workload = e.workload[row.workload]
    if not workload or (p.regress and p.regress.against and row.config:find("@%x+$")) then return nil end
    local program = row.variant .. "/" .. (row.command:match("/programs/%w+/([^ ]+)") or row.workload)
    return table.concat({ row.config, row.workload, row.variant, row.settings, table.concat(workload.args or {}, " "),
      (p.guest_sha256 or {})[program] or "?", row.name == TIME and timed or counted }, "\0")
  end
end

-- The value of each cell and counter in a run: exact ones from the counting trial, the time as the median of the rounds.
local function values_of(results, run)
  local list = results:rows([[SELECT cell.config, cell.workload, cell.variant, cell.settings, cell.command, counter.name, counter.value
    FROM trial JOIN cell ON cell.id = trial.cell JOIN counter ON counter.trial = trial.id
    WHERE trial.run = ? AND trial.kind = 'count' AND trial.status = 'ok' AND counter.value IS NOT NULL
    ORDER BY cell.id, counter.name]], run.id)
  local kept = {}
  for _, row in ipairs(list) do
    if followed(row.name) then kept[#kept + 1] = row end
  end
  local times, order = {}, {}
  for _, row in ipairs(results:rows([[SELECT cell.id AS cell, cell.config, cell.workload, cell.variant, cell.settings, cell.command,
      trial.user_ns + trial.system_ns AS value FROM trial JOIN cell ON cell.id = trial.cell
      WHERE trial.run = ? AND trial.kind = 'time' AND trial.status = 'ok' ORDER BY trial.id]], run.id)) do
    if not times[row.cell] then
      times[row.cell], order[#order + 1] = { row = row, values = {} }, row.cell
    end
    table.insert(times[row.cell].values, row.value)
  end
  for _, cell in ipairs(order) do
    local row = times[cell].row
    row.name, row.value = TIME, stats.median(times[cell].values)
    kept[#kept + 1] = row
  end
  return kept
end

-- Whether the row is of a configuration that jitlab ran: native code and QEMU have no history of jitlab's.
local function is_jitlab(row) return row.command:find("/jitlab exec ", 1, true) ~= nil end

-- The series of an experiment's runs, oldest first: {{cell=, counter=, points={{value=, run=, commit=}, ...}}, ...}; and how many runs.
function history.series(results, name)
  local all, by_key, count = {}, {}, 0
  for _, run in ipairs(results:rows("SELECT * FROM run WHERE experiment = ? ORDER BY id", name)) do
    local p = json.decode(run.provenance) or {}
    local key_of = keys_of(results, run, p)
    count = count + 1
    for _, row in ipairs(values_of(results, run)) do
      local work = is_jitlab(row) and key_of(row)
      if work then
        local key = row.name .. "\0" .. work
        if not by_key[key] then
          by_key[key] = { cell = ("%s/%s/%s"):format(row.config, row.workload, row.variant), counter = row.name, points = {} }
          all[#all + 1] = by_key[key]
        end
        table.insert(by_key[key].points, { value = row.value, run = run.name,
          commit = (p.commit or "unknown"):sub(1, 12) .. (p.dirty and "+" or "") })
      end
    end
  end
  return all, count
end

local function exact_changes(points)
  local found = {}
  for i = 2, #points do
    if points[i].value ~= points[i - 1].value then found[#found + 1] = { at = i } end
  end
  return found
end

-- The changes of a series: {{before=, after=, run=, commit=, p= (of times)}, ...}. Values of times are medians of the segments beside.
function history.changes(series, catalogue)
  local values = {}
  for i, point in ipairs(series.points) do values[i] = point.value end
  local exact = series.counter ~= TIME and (not catalogue or metrics.is_exact(series.counter, catalogue))
  local list = exact and exact_changes(series.points) or changepoint.find(values, 1)
  for i, c in ipairs(list) do
    local from, to = i > 1 and list[i - 1].at or 1, list[i + 1] and list[i + 1].at - 1 or #values
    c.before = stats.median(table.move(values, from, c.at - 1, 1, {}))
    c.after = stats.median(table.move(values, c.at, to, 1, {}))
    c.run, c.commit = series.points[c.at].run, series.points[c.at].commit
  end
  return list
end

-- args: db, experiment, filter. Returns the exit status.
function history.main(args)
  local results, name = store.open(args.db, { existing = true }), args.experiment or "regress"
  local all, runs = history.series(results, name)
  results:close()
  if #all == 0 then fail.usage("regress: %s holds no run of the experiment %s with values", args.db, name) end
  local rows = { { "cell", "counter", "runs", "before", "after", "ratio", "p", "since run", "commit" } }
  local looked, changed, longest = 0, 0, 0
  for _, series in ipairs(all) do
    local pattern, wanted = args.filter and args.filter:match("^!(.*)") or args.filter, true
    if pattern then wanted = text.glob(pattern, series.cell) == (pattern == args.filter) end
    local changes = wanted and history.changes(series) or {}
    looked, changed, longest = looked + (wanted and 1 or 0), changed + (#changes > 0 and 1 or 0), math.max(longest, #series.points)
    for _, c in ipairs(changes) do
      rows[#rows + 1] = { series.cell, series.counter, ("%d"):format(#series.points), text.number(c.before), text.number(c.after),
        c.before ~= 0 and ("%.4f"):format(c.after / c.before) or "n/a", c.p and text.p_value(c.p) or "exact", c.run, c.commit }
    end
  end
  if looked == 0 then fail.usage("regress: no series is left by the filter %s", args.filter) end
  local function out(line) io.stdout:write(line, "\n") end
  if #rows > 1 then
    local width = math.max((native.columns(1) or 160) - 2, 100)
    for _, line in ipairs(text.table(rows, width, { true, true, false, false, false, false, false, true, true })) do out(line) end
    out("")
  end
  out(("%d series over %d runs of %s, the longest of %d; %d of them changed"):format(looked, runs, name, longest, changed))
  out(("times: change points by E-divisive, permutation test at %g %%, at least %d runs on either side; + after a commit: with changes")
    :format(100 * changepoint.LEVEL, changepoint.SHORTEST))
  return 0
end

return history
