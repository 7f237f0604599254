-- The effects of an experiment's designs as a table: what each change multiplies a metric by.

local metrics = require "harness.metrics"
local effects = require "harness.stats.effects"
local stats = require "harness.stats"
local text = require "harness.text"

local effects_table = {}

local LEVEL = 0.05
local MOST = 16 -- interactions that are shown

-- The configurations of a design that the experiment still has.
local function members(e, design)
  local list = {}
  for _, name in ipairs(e.config_names) do
    local config = e.config[name]
    local all = config.levels ~= nil
    for _, factor in ipairs(design.factors) do all = all and config.levels[factor.name] ~= nil end
    if all then list[#list + 1] = config end
  end
  return list
end

-- The samples of a workload in all of the configurations; nil and why when they lack one or have no logarithm.
local function cells_of(data, configs, workload, variant, metric)
  local cells = {}
  for i, config in ipairs(configs) do
    local values, reason = data:samples(config.name, workload, variant, metric)
    if not values then return nil, ("%s with %s: %s"):format(workload, config.name, reason) end
    for _, v in pairs(values) do
      if v <= 0 then return nil, ("%s with %s: %s is zero"):format(workload, config.name, metric) end
    end
    cells[i] = values
  end
  return cells
end

-- The effects of one design on a metric: what stats/effects.lua returns, with workloads= (how many), left_out= (sentences) and exact=
-- (whether it is the same on every run). nil and why.
function effects_table.of(e, data, design, metric)
  local configs, workloads, left_out = members(e, design), {}, {}
  for _, variant in ipairs(e.variants) do
    for _, workload in ipairs(e.workload_names) do
      local cells, reason = cells_of(data, configs, workload, variant, metric)
      workloads[#workloads + 1] = cells
      if not cells then left_out[#left_out + 1] = reason end
    end
  end
  local found, reason = effects.of(design, configs, workloads, data.seed)
  if not found then return nil, #workloads == 0 and left_out[1] or reason end
  found.workloads, found.left_out, found.metric, found.design = #workloads, left_out, metric, design
  found.exact = metrics.is_exact(metric, data.catalogue)
  return found
end

-- The metrics that effects are told of: the experiment's own, and times that it asks for.
function effects_table.metrics_of(e)
  local list = { e.metric }
  for _, name in ipairs(e.counters) do
    if name:find("_ns$") and name ~= e.metric and not name:find("/", 1, true) then list[#list + 1] = name end
  end
  return list
end

-- All effects of an experiment: a list of those of each design and metric; those that there are none of as {metric=, design=, reason=}.
function effects_table.all(e, data)
  local list = {}
  for _, design in ipairs(e.designs or {}) do
    for _, metric in ipairs(effects_table.metrics_of(e)) do
      local found, reason = effects_table.of(e, data, design, metric)
      list[#list + 1] = found or { metric = metric, design = design, reason = reason }
    end
  end
  return list
end

local function percent(share) return share and ("%.1f %%"):format(100 * share) or "" end

-- What the interval and the corrected test say together; of what is the same on every run the value itself does.
local function verdict(term, exact)
  local ratio = term.estimate.mid
  if exact and math.abs(ratio - 1) < 1e-9 then return "the same" end
  if not exact and (not term.adjusted or term.adjusted >= LEVEL) then return "undecided" end
  return ratio > 1 and "more" or "less"
end

local function size_of(term)
  local x = term.estimate
  if x.lo == x.hi then return ("%.3f"):format(x.mid) end
  return ("%.3f [%.3f %.3f]"):format(x.mid, x.lo, x.hi)
end

-- Main effects as they stand, then the interactions, largest first.
local function in_order(terms)
  local shown, interactions = {}, {}
  for _, term in ipairs(terms) do
    if #term.factors == 1 then shown[#shown + 1] = term else interactions[#interactions + 1] = term end
  end
  local function size(term) return math.abs(math.log(term.estimate.mid)) end
  table.sort(interactions, function(a, b) return size(a) > size(b) or size(a) == size(b) and a.name < b.name end)
  for i = 1, math.min(MOST, #interactions) do shown[#shown + 1] = interactions[i] end
  return shown, #interactions - MOST
end

local KIND = { ladder = "each step over the one before it", ["one-at-a-time"] = "each change alone, over the base" }

-- "95 %", or what so few rounds have.
local function level_of(terms)
  local level = stats.LEVEL
  for _, term in ipairs(terms) do level = math.min(level, term.estimate.level or level) end
  return ("%.3g %%"):format(100 * level)
end

-- aliases: whether to say what cannot be told apart; once a design is enough.
local function print_one(found, out, width, aliases)
  local exact = found.exact
  local crossed = not KIND[found.design.kind]
  local shown, more = in_order(found.terms)
  local rows = { { "effect", "times" } }
  if not exact then rows[1][3], rows[1][4] = "p (Holm)", "verdict" end
  local share_at = #rows[1] + 1
  if crossed then rows[1][share_at] = "of variance" end
  for i, term in ipairs(shown) do
    local row = { term.name, size_of(term) }
    if not exact then row[3], row[4] = text.p_value(term.adjusted), verdict(term, exact) end
    if crossed then row[share_at] = percent(term.share) end
    rows[i + 1] = row
  end
  local function total(name, share)
    if not share or not crossed then return end
    local row = { name, "" }
    if not exact then row[3], row[4] = "", "" end
    row[share_at] = percent(share)
    rows[#rows + 1] = row
  end
  total("what is left between configurations", found.rest)
  if not exact then total("from round to round", found.noise) end
  out(("effects on %s: %s, geometric mean over %d workload%s%s"):format(found.metric,
    KIND[found.design.kind] or "averaged over the other axes", found.workloads, found.workloads == 1 and "" or "s",
    exact and ", exact" or (" [%s interval]"):format(level_of(shown))))
  for _, line in ipairs(text.table(rows, width)) do out(line ~= "" and "  " .. line or "") end
  if more > 0 then out(("  %d smaller interactions are in table.json"):format(more)) end
  for _, term in ipairs(shown) do
    if aliases and #term.aliases > 0 then out(("  %s cannot be told apart from %s"):format(term.name, table.concat(term.aliases, ", "))) end
  end
  for i, reason in ipairs(found.left_out) do
    if i <= 4 then out("  left out: " .. reason) end
  end
  if #found.left_out > 4 then out(("  left out: %d more workloads"):format(#found.left_out - 4)) end
  out("")
end

-- The effects of one design on a metric as a block of a report.
function effects_table.block(found)
  local crossed, rows = not KIND[found.design.kind], {}
  local head = { "effect", found.exact and "times" or ("times [%s interval]"):format(level_of(found.terms)), "p (Holm)", "verdict",
    crossed and "of variance" or nil }
  for i, term in ipairs(found.terms) do
    rows[i] = { term.name .. (#term.aliases > 0 and " (cannot be told apart from " .. table.concat(term.aliases, ", ") .. ")" or ""),
      size_of(term), found.exact and "exact" or text.p_value(term.adjusted), verdict(term, found.exact), percent(term.share) }
  end
  if crossed then
    rows[#rows + 1] = { "what is left between configurations", "", "", "", percent(found.rest) }
    if not found.exact then rows[#rows + 1] = { "from round to round", "", "", "", percent(found.noise) } end
  end
  return { kind = "table", caption = ("Effects on %s, %s: what each change multiplies it by"):format(found.metric,
    KIND[found.design.kind] or "averaged over the other factors"), head = head, rows = rows, notes = found.left_out }
end

-- Whether a design's factors are crossed, so that its effects are averages and can interact.
function effects_table.crosses(design) return not KIND[design.kind] and design.kind ~= "pairwise" end

-- Prints a table for each design and metric that has effects, line by line to out.
function effects_table.print(e, data, out, width)
  local told = {}
  for _, found in ipairs(effects_table.all(e, data)) do
    if found.terms then
      print_one(found, out, width, not told[found.design])
      told[found.design] = true
    elseif found.design.kind ~= "pairwise" then
      out(("effects on %s: none, %s"):format(found.metric, found.reason))
      out("")
    end
  end
end

-- The same for table.json: a row a term.
function effects_table.rows(e, data)
  local rows = {}
  for _, found in ipairs(effects_table.all(e, data)) do
    for _, term in ipairs(found.terms or {}) do
      rows[#rows + 1] = { metric = found.metric, design = found.design.kind, effect = term.name, factors = term.factors,
        aliases = term.aliases, times = term.estimate.mid, low = term.estimate.lo, high = term.estimate.hi, n = term.estimate.n,
        p = term.p, p_holm = term.adjusted, share = term.share }
    end
  end
  return rows
end

return effects_table
