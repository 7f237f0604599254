-- run --dry-run: which trials there would be, what is left out and why, and how long it would take. Nothing runs.

local json = require "dkjson"
local describe = require "harness.describe"
local estimate = require "harness.estimate"
local native = require "jitlab_native"
local schedule = require "harness.schedule"
local text = require "harness.text"

local dryrun = {}

local KINDS = {
  reference = "native programs whose output the others must give", count = "counting: exact counters",
  time = "timed, cold: a whole process", warm = "timed, warm: the work repeated in one process",
  valgrind = "counts in a simulated processor, the caches simulated where a counter asks for it",
}

local function count_kinds(tasks)
  local n = {}
  for _, task in ipairs(tasks) do n[task.kind] = (n[task.kind] or 0) + 1 end
  return n
end

local function name_list(config)
  return config.runner == "jitlab" and (#config.set > 0 and table.concat(config.set, " ") or "as it comes") or config.runner
end

-- Seconds of it all: `seconds`, for `rounds`; `least_seconds` where fewer rounds may do; how many of the
-- different trials were seen before.
local function how_long(e, plan, known)
  local once = {}
  for _, list in ipairs { plan.reference, plan.again, plan.count } do table.move(list, 1, #list, #once + 1, once) end
  for _ = 1, e.simulations do table.move(plan.simulated, 1, #plan.simulated, #once + 1, once) end
  local first, seen_once = estimate.total(once, known)
  local round, seen_round = estimate.total(plan.timed, known)
  local distinct = #once + #plan.timed
  local result = { rounds = e.rounds, known = seen_once + seen_round, distinct = distinct }
  if distinct == 0 then return result end
  -- One part may be unknown where the other is not: then its trials count like the others'.
  local per = result.known == 0 and estimate.GUESS[e.mode]
    or ((first or 0) + (round or 0)) / ((first and #once or 0) + (round and #plan.timed or 0))
  first, round = first or per * #once, round or per * #plan.timed
  result.seconds = first + e.rounds * round
  if e.budget then result.seconds = math.min(result.seconds, math.max(e.budget, first + math.min(e.rounds, schedule.FEWEST) * round)) end
  if e.precision then result.least_seconds = math.min(result.seconds, first + e.precision.least * round) end
  return result
end

-- All about a plan, as one table. db: the database's path; it is not made if it is not there.
function dryrun.describe(e, plan, db, seed)
  local d = {
    experiment = e.name, summary = e.summary, mode = e.mode, seed = seed, baseline = e.baseline, metric = e.metric, designs = {},
    phases = text.sorted_keys(e.phases), layout = e.layout, rounds = e.rounds, budget = e.budget, precision = e.precision,
    timeout = e.timeout, memory_mib = e.memory_mib, cells = {}, configs = {}, trials = {}, skipped = plan.skipped,
    estimate = how_long(e, plan, estimate.known_in(db)),
  }
  for i, design in ipairs(e.designs) do d.designs[i] = design end
  local per_cell = {}
  for _, list in ipairs { plan.count, plan.simulated, plan.timed } do
    for _, task in ipairs(list) do
      per_cell[task.cell] = per_cell[task.cell] or {}
      table.insert(per_cell[task.cell], task.kind)
    end
  end
  for i, cell in ipairs(plan.cells) do
    d.cells[i] = { config = cell.config.name, workload = cell.workload.name, variant = cell.variant, command = cell.command,
      kinds = per_cell[cell] or {} }
  end
  for i, name in ipairs(e.config_names) do
    local config = e.config[name]
    d.configs[i] = { name = name, runner = config.runner, set = config.set, levels = config.levels }
  end
  local once, timed = count_kinds(plan.count), count_kinds(plan.timed)
  local function add(kind, n, rounds)
    if n and n > 0 then table.insert(d.trials, { kind = kind, cells = n, rounds = rounds, trials = n * rounds }) end
  end
  add("reference", #plan.reference + #plan.again, 1)
  add("count", once.count, 1)
  add("valgrind", #plan.simulated, e.simulations)
  add("time", timed.time, e.rounds)
  add("warm", timed.warm, e.rounds)
  for _, kind in ipairs(e.plan.further) do add(kind, timed[kind], e.rounds) end
  d.total = 0
  for _, row in ipairs(d.trials) do d.total = d.total + row.trials end
  d.workloads, d.config_names = e.workload_names, e.config_names
  return d
end

local function time_lines(d, out)
  local t = d.estimate
  if not t.seconds then return end
  local words = text.duration(t.seconds)
  if t.least_seconds and t.least_seconds < t.seconds then words = text.duration(t.least_seconds) .. " to " .. words end
  out(("  time: about %s, %s"):format(words, t.known == t.distinct and "by earlier trials of the same commands"
    or t.known == 0 and ("a guess at %s s a trial: none of these commands is in the database yet"):format(estimate.GUESS[d.mode])
    or ("by earlier trials of %d of the %d commands; the others are guessed from their mean"):format(t.known, t.distinct)))
end

local function skipped_lines(skipped, out, width)
  local reasons = {}
  for _, s in ipairs(skipped) do
    reasons[s.reason] = reasons[s.reason] or {}
    table.insert(reasons[s.reason], s.key)
  end
  for _, reason in ipairs(text.sorted_keys(reasons)) do
    out(("left out, %d: %s"):format(#reasons[reason], reason))
    for _, line in ipairs(text.wrap(table.concat(reasons[reason], "; "), width - 2)) do out("  " .. line) end
  end
end

-- A table with a mark for the kinds of trials of each cell, a row a workload.
local function cell_table(d, out, width)
  local marks = { count = "c", time = "t", warm = "w", valgrind = "v" }
  local at, rows, variants = {}, { { "" } }, {}
  for _, cell in ipairs(d.cells) do
    local letters = {}
    for i, kind in ipairs(cell.kinds) do letters[i] = marks[kind] or "p" end
    at[cell.workload .. "\0" .. cell.variant .. "\0" .. cell.config] = table.concat(letters)
    if not variants[cell.variant] then
      variants[cell.variant] = true
      variants[#variants + 1] = cell.variant
    end
  end
  for i, name in ipairs(d.config_names) do rows[1][i + 1] = name end
  for _, variant in ipairs(variants) do
    for _, workload in ipairs(d.workloads) do
      local row = { #variants > 1 and workload .. " " .. variant or workload }
      for i, config in ipairs(d.config_names) do row[i + 1] = at[workload .. "\0" .. variant .. "\0" .. config] or "-" end
      rows[#rows + 1] = row
    end
  end
  out("cells: c counting, v under valgrind, t timed, p further PAPI events, w warm, - left out")
  for _, line in ipairs(text.table(rows, width - 2)) do out(line ~= "" and "  " .. line or "") end
end

local function print_one(d, out, width)
  out(("%s: %s"):format(d.experiment, d.summary))
  for _, design in ipairs(d.designs) do
    for _, line in ipairs(describe.lines(design)) do out(line) end
  end
  out(("configurations: %d, the baseline is %s"):format(#d.configs, d.baseline))
  for _, config in ipairs(d.configs) do
    for i, line in ipairs(text.wrap(("%s: %s"):format(config.name, name_list(config)), width - 4)) do
      out((i == 1 and "  " or "    ") .. line)
    end
  end
  cell_table(d, out, width)
  skipped_lines(d.skipped, out, width)
  out(("trials: %d%s"):format(d.total, (d.budget or d.precision) and " at most" or ""))
  for _, row in ipairs(d.trials) do
    out(("  %d %s: %d%s: %s"):format(row.trials, row.kind, row.cells, row.rounds > 1 and (" in each of %d rounds"):format(row.rounds) or "",
      KINDS[row.kind] or "PAPI events that the processor cannot count beside the others"))
  end
  if d.precision then
    out(("  rounds go on until the 95 %% intervals of the %s are within %s %% of %s, at least %d"):format(d.precision.of,
      text.number(100 * d.precision.width), d.precision.metric, d.precision.least))
  end
  if d.budget then
    out(("  no round is begun after %s of trials, but %d are run"):format(text.duration(d.budget), math.min(d.rounds, schedule.FEWEST)))
  end
  time_lines(d, out)
  for k, part in ipairs(d.shards or {}) do
    local line = ("shard %d: %s"):format(k, table.concat(part.workloads, ", "))
    out(line .. (part.last - part.first + 1 < d.rounds and (", rounds %d to %d"):format(part.first, part.last) or ""))
  end
end

-- Shows the descriptions on standard output: words, or one JSON list.
function dryrun.print(list, as_json)
  local function out(line) io.stdout:write(line, "\n") end
  if as_json then
    out(json.encode(list, { indent = true }))
    return
  end
  for i, d in ipairs(list) do
    if i > 1 then out("") end
    print_one(d, out, native.columns(1) or 120)
  end
end

return dryrun
