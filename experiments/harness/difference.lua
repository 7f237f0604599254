-- What changed from one stored run to another: a row for each cell and metric that both have, a verdict for each row, and the
-- geometric mean of each metric.

local holm = require "harness.stats.holm"
local metrics = require "harness.metrics"
local stats = require "harness.stats"
local text = require "harness.text"
local trimmed = require "harness.stats.trimmed"
local valgrind = require "harness.counters.valgrind"

local difference = {}

difference.BETTER, difference.WORSE, difference.SAME, difference.UNSURE = "better", "worse", "same", "could not tell"

-- An interval that lies within this of 1 says that nothing changed.
difference.MARGIN = 0.02

local LEAST = 5 -- timed rounds on either side: with fewer an interval holds too seldom what it should

-- Of most metrics less is better. Of these more is; and of those below neither.
local MORE_IS_BETTER = { rsb_hits = true, rsb_resyncs = true, inline_cache_hits = true, ["rsb_hits/rsb_pushes"] = true }
local NEUTRAL = {
  guest_instructions = true, interpreted_instructions = true, regions_translated = true, blocks_translated = true,
  guest_instructions_translated = true, links_made = true, links_undone = true, rsb_pushes = true, inline_lookups = true,
  pages_guarded = true, check_regions = true,
}

-- The hosts that times were taken on, as far as they can be compared on them.
local function host_of(loaded)
  local names, seen = {}, {}
  for _, host in ipairs(loaded.hosts) do
    local name = ("%s, %s"):format(host.name, host.facts.cpu and host.facts.cpu.brand or "?")
    if not seen[name] then names[#names + 1] = name end
    seen[name] = true
  end
  table.sort(names)
  return table.concat(names, " and ")
end

local function verdict_of(metric, less, more)
  if NEUTRAL[metric] then return difference.UNSURE, "it differs; neither is better" end
  if MORE_IS_BETTER[metric] then less, more = more, less end
  return less and difference.BETTER or more and difference.WORSE or difference.UNSURE
end

-- A counter that is the same on every run: exactly, or, of a cell that is only nearly so, within a part of it.
local function judge_exact(row, old, new, nearly)
  row.exact, row.old, row.new = true, stats.median(stats.in_order(old)), stats.median(stats.in_order(new))
  if row.old ~= 0 then row.ratio = row.new / row.old end
  row.low, row.high = row.ratio, row.ratio
  if math.abs(row.new - row.old) <= nearly * row.old then
    row.verdict = difference.SAME
  else
    row.verdict, row.reason = verdict_of(row.metric, row.new < row.old, row.new > row.old)
  end
end

local function judge_ratio(row, x)
  row.ratio, row.low, row.high = x.mid, x.lo, x.hi
  if x.lo >= 1 - difference.MARGIN and x.hi <= 1 + difference.MARGIN then
    row.verdict = difference.SAME
  else
    row.verdict, row.reason = verdict_of(row.metric, x.hi < 1, x.lo > 1)
    if row.verdict == difference.UNSURE and not row.reason then row.reason = "the interval holds 1" end
  end
end

local function logarithms(list)
  local logs = {}
  for i, v in ipairs(list) do logs[i] = math.log(v) end
  return logs
end

-- Of many rows a few lie beyond 1 by chance: those that do not any longer when all timed rows of the metric are counted (Holm, 5 %) have
-- no verdict.
local function correct(rows)
  local p_values = {}
  for i, row in ipairs(rows) do p_values[i] = row.p or false end
  for i, p in ipairs(holm(p_values)) do
    local row = rows[i]
    row.p_holm = p or nil
    if p and p >= 0.05 and (row.verdict == difference.BETTER or row.verdict == difference.WORSE) then
      row.verdict, row.reason = difference.UNSURE, ("p %s among %d rows"):format(text.p_value(p), #rows)
    end
  end
end

-- old, new: arrays by round.
local function judge_timed(row, old, new, seed, other_host)
  local before, after = stats.in_order(old), stats.in_order(new)
  row.exact, row.old, row.new = false, stats.median(before), stats.median(after)
  local n = math.min(#before, #after)
  if other_host then
    row.verdict, row.reason = difference.UNSURE, "other host"
  elseif n < LEAST then
    row.verdict, row.reason = difference.UNSURE, ("only %d timed rounds"):format(n)
  else
    local x = stats.ratio_of_medians({ new }, { old }, seed)
    row.p = x and trimmed.compare(logarithms(after), logarithms(before))
    if x then
      judge_ratio(row, x)
    elseif row.old == row.new then
      row.verdict = difference.SAME
    else
      row.verdict, row.reason = difference.UNSURE, "no ratio: it is zero on one side"
    end
  end
end

local function metric_names(old, new)
  local names, seen = {}, {}
  local function add(name)
    if not seen[name] then names[#names + 1], seen[name] = name, true end
  end
  add(old.e.metric)
  add(new.e.metric)
  for _, name in ipairs { "cpu_ns", "wall_ns", "max_rss_kib", "host_per_guest" } do add(name) end
  for _, name in ipairs(old.e.counters) do add(name) end
  for _, name in ipairs(old.data.catalogue.counter_names) do
    if new.data.catalogue.counters[name] then add(name) end
  end
  return names
end

-- The cells that both runs have and that are the same work; notes say what is not compared, and what differs.
local function common_cells(old, new, notes)
  local cells = {}
  local other, only_old = {}, 0
  for _, variant in ipairs(old.e.variants) do
    for _, workload in ipairs(old.e.workload_names) do
      local a, b = old.e.workload[workload], new.e.workload[workload]
      local same_work = b and table.concat(a.args or {}, " ") == table.concat(b.args or {}, " ")
      if b and not same_work then other[workload] = true end
      for _, config in ipairs(old.e.config_names) do
        if not new.e.config[config] or not b or not new.data:ran(config, workload, variant) then
          only_old = only_old + (old.data:ran(config, workload, variant) and 1 or 0)
        elseif same_work and old.data:ran(config, workload, variant) then
          cells[#cells + 1] = { config = config, workload = workload, variant = variant }
        end
      end
    end
  end
  local names = text.sorted_keys(other)
  if #names > 0 then notes[#notes + 1] = "not compared, since the arguments differ: " .. table.concat(names, ", ") end
  if only_old > 0 then notes[#notes + 1] = ("not compared, since only %s has them: %d cells"):format(old.run.name, only_old) end
  return cells
end

-- Configurations of one name that are set otherwise, and guest programs of other content.
local function note_changes(old, new, notes)
  for _, name in ipairs(old.e.config_names) do
    local a, b = old.e.config[name], new.e.config[name]
    if b then
      local was, is = table.concat(a.full or a.set or {}, " "), table.concat(b.full or b.set or {}, " ")
      if a.full and b.full and was ~= is then notes[#notes + 1] = ("%s is set otherwise: %s; before: %s"):format(name, is, was) end
    end
  end
  local changed, was = {}, old.provenance.guest_sha256 or {}
  for name, hash in pairs(new.provenance.guest_sha256 or {}) do
    if was[name] and was[name] ~= hash then changed[#changed + 1] = name end
  end
  table.sort(changed)
  if #changed > 0 then notes[#notes + 1] = "guest programs that changed: " .. table.concat(changed, ", ") end
end

-- The geometric mean of a metric over its rows. samples: {new=, old=} of each.
local function summary(metric, rows, samples, seed)
  local s = { metric = metric, rows = #rows }
  for _, verdict in ipairs { difference.BETTER, difference.WORSE, difference.SAME, difference.UNSURE } do s[verdict] = 0 end
  local after, before, ratios, exact = {}, {}, {}, true
  for i, row in ipairs(rows) do
    s[row.verdict] = s[row.verdict] + 1
    exact = exact and row.exact
    if row.ratio and row.ratio > 0 then
      ratios[#ratios + 1] = row.ratio
      after[#ratios], before[#ratios] = samples[i].new, samples[i].old
    end
  end
  s.of, s.exact = #ratios, exact
  if #ratios == 0 then
    s.verdict = s[difference.SAME] == #rows and difference.SAME or difference.UNSURE
  elseif exact then
    s.ratio = stats.geomean(ratios)
    s.low, s.high = s.ratio, s.ratio
    s.verdict = s[difference.SAME] == #rows and difference.SAME or (verdict_of(metric, s.ratio < 1, s.ratio > 1))
  else
    local x = stats.ratio_of_medians(after, before, seed)
    if x then judge_ratio(s, x) else s.verdict = difference.UNSURE end
  end
  return s
end

-- Native code and QEMU do not change with jitlab: what they took more or less of is the host's doing.
local function note_control(old, new, cells, notes)
  for _, config in ipairs(old.e.config_names) do
    local was, is = old.e.config[config], new.e.config[config]
    if is and was.runner ~= "jitlab" and was.runner == is.runner then
      local before, after = {}, {}
      for _, cell in ipairs(cells) do
        if cell.config == config then
          local a = old.data:samples(config, cell.workload, cell.variant, "cpu_ns")
          local b = new.data:samples(config, cell.workload, cell.variant, "cpu_ns")
          if a and b then before[#before + 1], after[#after + 1] = a, b end
        end
      end
      local x = stats.ratio_of_medians(after, before, new.run.seed)
      if x and x.n >= LEAST then
        notes[#notes + 1] = ("%s does not depend on jitlab and took %.3f [%.3f %.3f] times the CPU time: so much of a change is the host's")
          :format(config, x.mid, x.lo, x.hi)
      end
    end
  end
end

-- old, new: runs as runs.load gives them. Returns rows (config, workload, variant, metric, exact, old, new, ratio, low, high, verdict,
-- reason), summaries by metric, and notes: sentences about what limits the comparison.
function difference.of(old, new)
  local notes, all, summaries = {}, {}, {}
  local other_host = host_of(old) ~= host_of(new)
  if other_host then
    notes[1] = ("the hosts differ, so times are not compared: %s; before: %s"):format(host_of(new), host_of(old))
  end
  local cells = common_cells(old, new, notes)
  note_changes(old, new, notes)
  if not other_host then note_control(old, new, cells, notes) end
  for _, metric in ipairs(metric_names(old, new)) do
    local exact = metrics.is_exact(metric, old.data.catalogue) and metrics.is_exact(metric, new.data.catalogue)
    local rows, samples = {}, {}
    for _, cell in ipairs(cells) do
      local before = old.data:samples(cell.config, cell.workload, cell.variant, metric)
      local after = before and new.data:samples(cell.config, cell.workload, cell.variant, metric)
      if before and after then
        local row = { config = cell.config, workload = cell.workload, variant = cell.variant, metric = metric }
        local nearly = metric:find("valgrind:", 1, true) and old.e.config[cell.config].runner == "qemu" and valgrind.NEARLY or 0
        if exact then judge_exact(row, before, after, nearly) else judge_timed(row, before, after, new.run.seed, other_host) end
        rows[#rows + 1], samples[#samples + 1], all[#all + 1] = row, { new = after, old = before }, row
      end
    end
    correct(rows)
    if #rows > 0 then summaries[#summaries + 1] = summary(metric, rows, samples, new.run.seed) end
  end
  return all, summaries, notes
end

return difference
