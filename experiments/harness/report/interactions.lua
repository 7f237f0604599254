-- A report's section on interactions, for designs that vary several factors together: how much of what two strategies gain is lost
-- or won when both are there. An interaction is a ratio of ratios: 1 says that each gains the same with and without the other, below
-- 1 that together they take less than each one's gain would make of it.

local effects_table = require "harness.effects_table"
local stats = require "harness.stats"
local text = require "harness.text"

local TOO_STRONG = 1.25 -- the ratio at which a colour is at its strongest

-- The designs of an experiment that cross factors. One that does not say so crosses its axes if every combination of their settings is
-- there: then that is made its design.
local function crossed(e)
  local list = {}
  for _, design in ipairs(e.designs or { e.design }) do
    if type(design) == "table" and #(design.factors or {}) > 1 and design.kind ~= "one-at-a-time" then list[#list + 1] = design end
  end
  if #list > 0 or e.designs or e.design then return list end
  local configs, factors, cells = {}, {}, 1
  for _, name in ipairs(e.config_names) do
    if e.config[name].runner == "jitlab" then configs[#configs + 1] = e.config[name] end
  end
  local levels = {}
  for _, config in ipairs(configs) do
    for _, setting in ipairs(config.set or {}) do
      local axis, spec = setting:match("^([^=]+)=(.*)$")
      levels[axis] = levels[axis] or {}
      if not levels[axis][spec] then
        levels[axis][spec] = true
        table.insert(levels[axis], spec)
      end
    end
  end
  for _, axis in ipairs(text.sorted_keys(levels)) do
    if #levels[axis] > 1 then
      factors[#factors + 1] = { name = axis, levels = levels[axis] }
      cells = cells * #levels[axis]
    end
  end
  if #factors < 2 or #configs ~= cells then return list end
  for _, config in ipairs(configs) do
    config.levels = {}
    for _, setting in ipairs(config.set) do
      local axis, spec = setting:match("^([^=]+)=(.*)$")
      if #levels[axis] > 1 then config.levels[axis] = spec end
    end
  end
  return { { kind = "factorial", factors = factors } }
end

-- The geometric mean of the metric over workloads with all configurations that have two levels, against those that have two others:
-- taken inside each round. nil where a trial is missing in all rounds.
local function change(context, configs, from, to)
  local e, arrays = context.e, {}
  local function mean(variant, workload, levels)
    local sums, counts, n = {}, {}, 0
    for _, config in ipairs(configs) do
      local member = true
      for name, level in pairs(levels) do member = member and config.levels[name] == level end
      if member then
        n = n + 1
        for round, value in pairs(context.data:samples(config.name, workload, variant, e.metric) or {}) do
          sums[round], counts[round] = (sums[round] or 0) + math.log(value), (counts[round] or 0) + 1
        end
      end
    end
    -- A round that lacks a trial would set a mean of few configurations against one of many.
    for round, count in pairs(counts) do sums[round] = count == n and sums[round] / n or nil end
    return sums
  end
  for _, variant in ipairs(e.variants) do
    for _, workload in ipairs(e.workload_names) do
      local before, ratios = mean(variant, workload, from), {}
      for round, log in pairs(mean(variant, workload, to)) do ratios[round] = before[round] and math.exp(log - before[round]) end
      if next(ratios) then arrays[#arrays + 1] = ratios end
    end
  end
  return stats.geomean_estimate(arrays, context.run.seed)
end

local function shown(x)
  if not x then return "n/a" end
  return x.lo == x.hi and ("%.3f"):format(x.mid) or ("%.3f [%.3f %.3f]"):format(x.mid, x.lo, x.hi)
end

local function heat_of(ratio)
  return math.max(-1, math.min(1, math.log(ratio) / math.log(TOO_STRONG)))
end

-- What two factors do together, each pair of levels against the first levels of both.
local function pair_table(context, configs, a, b)
  local rows, head = {}, { a.name .. " \\ " .. b.name }
  for k, level in ipairs(b.levels) do head[k + 1] = level end
  for i, level_a in ipairs(a.levels) do
    rows[i] = { level_a }
    for k, level_b in ipairs(b.levels) do
      local x = change(context, configs, { [a.name] = a.levels[1], [b.name] = b.levels[1] }, { [a.name] = level_a, [b.name] = level_b })
      rows[i][k + 1] = x and { text = shown(x), heat = heat_of(x.mid) } or "n/a"
    end
  end
  return { kind = "table", head = head, rows = rows,
    caption = ("%s and %s: %s / that of %s with %s"):format(a.name, b.name, context.e.metric, a.levels[1], b.levels[1]) }
end

-- The strongest interaction of each two factors, by their names.
local function strongest(terms)
  local by_pair = {}
  local function size(term) return math.abs(math.log(term.estimate.mid)) end
  for _, term in ipairs(terms) do
    if #term.factors == 2 then
      for _, key in ipairs { table.concat(term.factors, "\0"), term.factors[2] .. "\0" .. term.factors[1] } do
        if not by_pair[key] or size(term) > size(by_pair[key]) then by_pair[key] = term end
      end
    end
  end
  return by_pair
end

local function add_map(context, blocks, name, factors, terms)
  local by_pair, rows, head, labels, cells = strongest(terms), {}, { "" }, {}, {}
  for i, a in ipairs(factors) do
    labels[i], head[i + 1], rows[i] = a.name, a.name, { a.name }
    for k, b in ipairs(factors) do
      local term = by_pair[a.name .. "\0" .. b.name]
      local x = term and term.estimate
      rows[i][k + 1] = i == k and "–" or x and { text = shown(x), heat = heat_of(x.mid) } or "n/a"
      if x then cells[#cells + 1] = { i, k, heat = heat_of(x.mid), text = ("%.3f"):format(x.mid) } end
    end
  end
  if #cells == 0 then return end
  local caption = ("Interactions of two factors in %s, as ratios of ratios with 95 %% intervals"):format(context.e.metric)
  blocks[#blocks + 1] = context.heat(name, { title = "Interactions of two factors", labels = labels, cells = cells,
    table = { caption = caption, head = head, rows = rows } })
end

local function percent(share) return share and ("%.1f %%"):format(100 * share) or "" end

-- All effects with their tests and shares of the variance.
local function terms_table(context, found)
  local rows = {}
  for i, term in ipairs(found.terms) do
    rows[i] = { term.name .. (#term.aliases > 0 and " (cannot be told apart from " .. table.concat(term.aliases, ", ") .. ")" or ""),
      shown(term.estimate), not term.adjusted and "n/a" or term.adjusted < 0.0005 and "<0.001" or ("%.3f"):format(term.adjusted),
      effects_table.verdict(term), percent(term.share) }
  end
  rows[#rows + 1] = { "three or more together, aliases", "", "", "", percent(found.rest) }
  rows[#rows + 1] = { "from round to round", "", "", "", percent(found.noise) }
  return { kind = "table", caption = ("Effects on %s, averaged over the other factors: what each change multiplies it by"):format(
    context.e.metric), head = { "effect", "times [95 % interval]", "p (Holm)", "verdict", "of variance" }, rows = rows,
    notes = found.left_out }
end

local function add_design(context, blocks, design, name)
  local e, tables, configs = context.e, {}, {}
  local found, reason = effects_table.of(e, context.data, design, e.metric)
  if not found then
    blocks[#blocks + 1] = { kind = "text", class = "note", text = ("No effects can be told: %s."):format(reason) }
    return
  end
  if design.kind == "fractional" then
    blocks[#blocks + 1] = { kind = "text", class = "warning",
      text = "The design is a fraction: effects that are aliases of each other cannot be told apart." }
  end
  add_map(context, blocks, name, design.factors, found.terms)
  blocks[#blocks + 1] = terms_table(context, found)
  for _, config in ipairs(e.configs) do
    if config.levels and config.levels[design.factors[1].name] then configs[#configs + 1] = config end
  end
  for i, a in ipairs(design.factors) do
    for k = i + 1, #design.factors do tables[#tables + 1] = pair_table(context, configs, a, design.factors[k]) end
  end
  for _, t in ipairs(tables) do
    t.folded = #tables > 3 and t.caption or nil
    blocks[#blocks + 1] = t
  end
end

return function(context)
  local designs = crossed(context.e)
  if #designs == 0 then return nil end
  local blocks = { { kind = "text", text = "An interaction is a ratio of ratios: 1 where a strategy gains the same with and without the "
    .. "other one, below 1 where both together take less than each alone would make of it, above 1 where they take more. "
    .. "Blue is less, orange more." } }
  for i, design in ipairs(designs) do add_design(context, blocks, design, i == 1 and "interactions" or "interactions" .. i) end
  return { id = "interactions", title = "Interactions", blocks = blocks }
end
