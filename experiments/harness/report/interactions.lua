-- A report's section on interactions, for designs that vary several factors together: how much of what two strategies gain is lost
-- or won when both are there. An interaction is a ratio of ratios: 1 says that each gains the same with and without the other, below
-- 1 that together they take less than each one's gain would make of it.
--
-- It is taken inside each round, like every ratio: the geometric mean over workloads and all configurations with the two levels.

local stats = require "harness.stats"
local text = require "harness.text"

local TOO_STRONG = 1.25 -- the ratio at which a colour is at its strongest

-- The levels of a configuration by factor: as the design says, or else its settings.
local function levels_of(c)
  if c.levels then return c.levels end
  local levels = {}
  for _, setting in ipairs(c.set or {}) do
    local axis, spec = setting:match("^([^=]+)=(.*)$")
    if axis then levels[axis] = spec end
  end
  return levels
end

-- Configurations with their levels, and the factors that have several: {{name=, levels={...}}}. nil unless factors were crossed.
local function crossed(e)
  local configs, factors, by_name, seen = {}, {}, {}, {}
  for _, name in ipairs(e.config_names) do
    local c = e.config[name]
    if c.runner == "jitlab" then configs[#configs + 1] = { name = name, levels = levels_of(c) } end
  end
  for _, c in ipairs(configs) do
    for _, name in ipairs(text.sorted_keys(c.levels)) do
      local level = c.levels[name]
      by_name[name] = by_name[name] or { name = name, levels = {} }
      if not seen[name .. "\0" .. level] then
        seen[name .. "\0" .. level] = true
        table.insert(by_name[name].levels, level)
      end
    end
  end
  local cells = 1
  for _, name in ipairs(text.sorted_keys(by_name)) do
    if #by_name[name].levels > 1 then
      factors[#factors + 1] = by_name[name]
      cells = cells * #by_name[name].levels
    end
  end
  local kind = type(e.design) == "table" and e.design.kind
  local known = kind == "factorial" or kind == "fractional" or kind == "pairwise"
  if #factors < 2 or not (known or not kind and #configs >= cells) then return nil end
  return configs, factors, kind
end

-- By round: the mean logarithm of the metric over workloads and all configurations with these two levels.
local function mean_logs(context, configs, a, level_a, b, level_b)
  local e, sums, counts, cells = context.e, {}, {}, 0
  for _, c in ipairs(configs) do
    if c.levels[a.name] == level_a and c.levels[b.name] == level_b then
      for _, variant in ipairs(e.variants) do
        for _, workload in ipairs(e.workload_names) do
          local values = context.data:samples(c.name, workload, variant, e.metric)
          cells = cells + 1
          for round, value in pairs(values or {}) do
            if value > 0 then
              sums[round] = (sums[round] or 0) + math.log(value)
              counts[round] = (counts[round] or 0) + 1
            end
          end
        end
      end
    end
  end
  local means = {}
  -- A round that lacks a trial would set a mean of few programs against one of many.
  for round, n in pairs(counts) do
    if n == cells then means[round] = sums[round] / n end
  end
  return means
end

-- The estimate of a sum of signs times means, as a ratio; nil where no round has all of them.
local function contrast(terms, seed)
  local values, rounds = {}, {}
  for round in pairs(terms[1][2]) do rounds[#rounds + 1] = round end
  table.sort(rounds)
  for _, round in ipairs(rounds) do
    local sum = 0
    for _, term in ipairs(terms) do sum = sum and term[2][round] and sum + term[1] * term[2][round] end
    if sum then values[#values + 1] = math.exp(sum) end
  end
  return stats.estimate(values, seed)
end

local function heat_of(ratio)
  return math.max(-1, math.min(1, math.log(ratio) / math.log(TOO_STRONG)))
end

-- What two factors do together, each cell against the first levels of both; and their interaction if each has two levels.
local function pair_of(context, configs, a, b)
  local means, rows, seed = {}, {}, context.run.seed
  for i, level_a in ipairs(a.levels) do
    means[i] = {}
    for k, level_b in ipairs(b.levels) do means[i][k] = mean_logs(context, configs, a, level_a, b, level_b) end
  end
  local head = { a.name .. " \\ " .. b.name }
  for k, level in ipairs(b.levels) do head[k + 1] = level end
  for i, level in ipairs(a.levels) do
    rows[i] = { level }
    for k in ipairs(b.levels) do
      local x = contrast({ { 1, means[i][k] }, { -1, means[1][1] } }, seed)
      rows[i][k + 1] = x and { text = x.lo == x.hi and text.number(x.mid) or ("%.3f [%.3f %.3f]"):format(x.mid, x.lo, x.hi),
        heat = heat_of(x.mid) } or "n/a"
    end
  end
  local interaction
  if #a.levels == 2 and #b.levels == 2 then
    interaction = contrast({ { 1, means[2][2] }, { 1, means[1][1] }, { -1, means[1][2] }, { -1, means[2][1] } }, seed)
  end
  return interaction, { kind = "table", head = head, rows = rows,
    caption = ("%s and %s: %s / that of %s with %s"):format(a.name, b.name, context.e.metric, a.levels[1], b.levels[1]) }
end

local function add_map(context, blocks, factors, interactions)
  local rows, head, labels, cells = {}, { "" }, {}, {}
  for i, a in ipairs(factors) do
    labels[i], head[i + 1] = a.name, a.name
    rows[i] = { a.name }
    for k in ipairs(factors) do
      local x = interactions[math.min(i, k)] and interactions[math.min(i, k)][math.max(i, k)]
      local shown = x and (x.lo == x.hi and ("%.4f"):format(x.mid) or ("%.3f [%.3f %.3f]"):format(x.mid, x.lo, x.hi))
      rows[i][k + 1] = i == k and "–" or x and { text = shown, heat = heat_of(x.mid) } or "n/a"
      if x and i ~= k then cells[#cells + 1] = { i, k, heat = heat_of(x.mid), text = ("%.3f"):format(x.mid) } end
    end
  end
  if #cells == 0 then return end
  local caption = ("Interactions of two factors in %s, as ratios of ratios with 95 %% intervals"):format(context.e.metric)
  blocks[#blocks + 1] = context.heat("interactions", { title = "Interactions of two factors", labels = labels, cells = cells,
    table = { caption = caption, head = head, rows = rows } })
end

return function(context)
  local configs, factors, kind = crossed(context.e)
  if not configs then return nil end
  local blocks, tables, interactions = {}, {}, {}
  for i, a in ipairs(factors) do
    interactions[i] = {}
    for k = i + 1, #factors do interactions[i][k], tables[#tables + 1] = pair_of(context, configs, a, factors[k]) end
  end
  blocks[1] = { kind = "text", text = "An interaction is a ratio of ratios: 1 where a strategy gains the same with and without the "
    .. "other one, below 1 where both together take less than each alone would make of it, above 1 where they take more. "
    .. "Blue is less, orange more." }
  if kind == "fractional" then
    blocks[2] = { kind = "text", class = "warning", text = "The design is a fraction: interactions that are aliased cannot be told apart." }
  end
  add_map(context, blocks, factors, interactions)
  for _, t in ipairs(tables) do
    t.folded = #tables > 3 and t.caption or nil
    blocks[#blocks + 1] = t
  end
  return { id = "interactions", title = "Interactions", blocks = blocks }
end
