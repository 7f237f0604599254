-- The gate: whether counters that are the same on every run rose, cell by cell and over all cells, by more than is allowed.
--
-- A gate is {each=, overall=, slack=}: a cell is worse when its counter exceeds the old one by more than the part `each` and by more
-- than `slack` (of a counter of 20 events one more is 5 %, and no news); all cells together are when the geometric mean of the ratios
-- exceeds 1 by more than `overall`. `slack` is added to both sides of those ratios, so that a counter may be zero.

local stats = require "harness.stats"

local gate = {}

gate.BETTER, gate.SAME, gate.WORSE, gate.UNSURE = "better", "same", "worse", "could not tell"

-- What the guest did: two cells are compared when it is the same, since a counter of other work says nothing. Where it differs by no more
-- than NEAR (a start-up that found other surroundings) the cost of a guest instruction is compared still, so that a loss shows; that
-- there is none cannot be told then.
gate.WORK = "guest_instructions"
gate.COST = "host_instructions"
gate.NEAR = 0.001

-- What is gated when nothing else is said. Host instructions are what translated code costs, the emitted ones what translating costs
-- and what the instruction cache sees; the others are events that are dear one by one: as many as `slack` cost about one per cent of
-- the shortest runs, which take some million instructions.
gate.DEFAULT = {
  host_instructions = { each = 0.01, overall = 0.005, slack = 0 },
  host_instructions_emitted = { each = 0.05, overall = 0.02, slack = 50 },
  interpreted_instructions = { each = 0.05, overall = 0.02, slack = 2000 },
  translation_bytes = { each = 0.05, overall = 0.02, slack = 4096 },
  dispatches = { each = 0.05, overall = 0.02, slack = 100 },
  memory_slow_calls = { each = 0.05, overall = 0.02, slack = 100 },
  host_faults = { each = 0.05, overall = 0.02, slack = 10 },
  regions_invalidated = { each = 0.05, overall = 0.02, slack = 10 },
}

-- A copy of gates in which thresholds that the command line gives stand instead; nil: as they are.
function gate.with(gates, each, overall)
  local copy = {}
  for name, g in pairs(gates) do copy[name] = { each = each or g.each, overall = overall or g.overall, slack = g.slack } end
  return copy
end

-- The worst of some verdicts: worse, could not tell, better, same.
function gate.worst(verdicts)
  local has = {}
  for _, verdict in ipairs(verdicts) do has[verdict] = true end
  for _, verdict in ipairs { gate.WORSE, gate.UNSURE, gate.BETTER } do
    if has[verdict] then return verdict end
  end
  return gate.SAME
end

local function judge_cell(row, g)
  local function beyond(a, b) return a > b * (1 + g.each) and a > b + g.slack end
  row.limit = g.each
  row.ratio = row.old ~= 0 and row.new / row.old or nil
  row.verdict = beyond(row.new, row.old) and gate.WORSE or beyond(row.old, row.new) and gate.BETTER or gate.SAME
end

local function judge_overall(counter, g, ratios)
  local ratio = stats.geomean(ratios)
  local verdict = ratio > 1 + g.overall and gate.WORSE or ratio < 1 - g.overall and gate.BETTER or gate.SAME
  return { counter = counter, ratio = ratio, cells = #ratios, limit = g.overall, verdict = verdict }
end

-- What can be compared of cells whose work differs: a list of counters, and the new values for the old one's work.
local function per_work(old, new)
  local ratio = (new[gate.WORK] or 0) / (old[gate.WORK] or 0)
  if not (math.abs(ratio - 1) <= gate.NEAR and new[gate.COST]) then return {}, new end
  return { gate.COST }, { [gate.COST] = new[gate.COST] / ratio }
end

-- Judges cells: a list of {cell=name, old=, new=} with counters by name (old nil: it is new; or `reason`: why it cannot be compared).
-- Returns rows {cell=, counter=, old=, new=, ratio=, limit=, verdict=, reason=} and, for each gated counter that some cell has, one
-- over all.
function gate.judge(cells, gates, order)
  local rows, overall, ratios = {}, {}, {}
  for _, c in ipairs(cells) do
    local old, new = c.old or {}, c.new or {}
    local reason, comparable = c.reason, order
    if not reason and old[gate.WORK] ~= new[gate.WORK] then
      reason = ("the guest retired %s instructions instead of %s: not the same work"):format(new[gate.WORK], old[gate.WORK])
      comparable, new = per_work(old, new)
    end
    if reason then
      rows[#rows + 1] = { cell = c.cell, counter = "", verdict = gate.UNSURE, reason = reason }
      if c.reason then comparable = {} end
    end
    for _, counter in ipairs(comparable) do
      local g, a, b = gates[counter], old[counter], new[counter]
      if g and a and b then
        local row = { cell = c.cell, counter = counter, old = a, new = b }
        judge_cell(row, g)
        rows[#rows + 1] = row
        if a + g.slack > 0 and b + g.slack > 0 then
          ratios[counter] = ratios[counter] or {}
          table.insert(ratios[counter], (b + g.slack) / (a + g.slack))
        end
      end
    end
  end
  for _, counter in ipairs(order) do
    if ratios[counter] then overall[#overall + 1] = judge_overall(counter, gates[counter], ratios[counter]) end
  end
  return rows, overall
end

return gate
