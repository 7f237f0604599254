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

-- The strongest interaction of each two factors, by their names, as {estimate, whether it stands for one that cannot be told apart}.
local function strongest(terms)
  local by_pair = {}
  local function add(factors, x, alias)
    if #factors ~= 2 then return end
    for _, key in ipairs { table.concat(factors, "\0"), factors[2] .. "\0" .. factors[1] } do
      local known = by_pair[key]
      if not known or math.abs(math.log(x.mid)) > math.abs(math.log(known[1].mid)) then by_pair[key] = { x, alias } end
    end
  end
  for _, term in ipairs(terms) do
    local x = term.estimate
    add(term.factors, x, #term.twins > 0)
    for _, twin in ipairs(term.twins) do
      add(twin.factors, twin.sign > 0 and x or { mid = 1 / x.mid, lo = 1 / x.hi, hi = 1 / x.lo }, true)
    end
  end
  return by_pair
end

local function add_map(context, blocks, name, factors, found)
  local by_pair, rows, head, labels, cells, aliased = strongest(found.terms), {}, { "" }, {}, {}, false
  for i, a in ipairs(factors) do
    labels[i], head[i + 1], rows[i] = a.name, a.name, { a.name }
    for k, b in ipairs(factors) do
      local x, alias = table.unpack(by_pair[a.name .. "\0" .. b.name] or {})
      local mark = alias and " *" or ""
      aliased = aliased or alias
      rows[i][k + 1] = i == k and "–" or x and { text = shown(x) .. mark, heat = heat_of(x.mid) } or "n/a"
      if x then cells[#cells + 1] = { i, k, heat = heat_of(x.mid), text = ("%.3f%s"):format(x.mid, mark) } end
    end
  end
  if #cells == 0 then return end
  local caption = ("Interactions of two factors in %s, as ratios of ratios%s"):format(context.e.metric,
    found.exact and ", exact" or " with 95 % intervals")
  blocks[#blocks + 1] = context.heat(name, { title = "Interactions of two factors", labels = labels, cells = cells,
    table = { caption = caption, head = head, rows = rows,
      notes = aliased and { "* cannot be told apart from another effect: the list of effects says which" } or nil } })
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
  add_map(context, blocks, name, design.factors, found)
  blocks[#blocks + 1] = effects_table.block(found)
  for _, metric in ipairs(effects_table.metrics_of(e)) do
    local other = metric ~= e.metric and effects_table.of(e, context.data, design, metric)
    if other then blocks[#blocks + 1] = effects_table.block(other) end
  end
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
