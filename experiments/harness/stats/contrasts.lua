-- Which weighted sums over the configurations of a design are its effects. All on the logarithmic scale, where an effect adds, so
-- that its exponential is what a change multiplies the metric by.

local contrasts = {}

-- Counts of each combination of levels of the factors in `names`: whether all occur, and equally often.
local function balanced(configs, factors)
  local count, combinations = {}, 1
  for _, factor in ipairs(factors) do combinations = combinations * #factor.levels end
  local seen, first = 0, nil
  for _, config in ipairs(configs) do
    local words = {}
    for i, factor in ipairs(factors) do words[i] = config.levels[factor.name] end
    local key = table.concat(words, "\0")
    if not count[key] then seen = seen + 1 end
    count[key] = (count[key] or 0) + 1
  end
  for _, n in pairs(count) do
    if n ~= (first or n) then return false end
    first = n
  end
  return seen == combinations
end

-- Adds to weights +sign/n for each of the n configurations that have these levels.
local function add(weights, configs, wanted, sign)
  local members = {}
  for i, config in ipairs(configs) do
    local all = true
    for name, level in pairs(wanted) do all = all and config.levels[name] == level end
    if all then members[#members + 1] = i end
  end
  for _, i in ipairs(members) do weights[i] = (weights[i] or 0) + sign / #members end
end

local function main(configs, factor, from, to)
  local weights = {}
  add(weights, configs, { [factor.name] = to }, 1)
  add(weights, configs, { [factor.name] = from }, -1)
  return { factors = { factor.name }, name = ("%s: %s to %s"):format(factor.name, from, to), weights = weights }
end

-- By how much more (or less) the first factor's change multiplies the metric when the second has changed as well.
local function interaction(configs, a, b, level_a, level_b)
  local weights = {}
  add(weights, configs, { [a.name] = level_a, [b.name] = level_b }, 1)
  add(weights, configs, { [a.name] = a.levels[1], [b.name] = level_b }, -1)
  add(weights, configs, { [a.name] = level_a, [b.name] = b.levels[1] }, -1)
  add(weights, configs, { [a.name] = a.levels[1], [b.name] = b.levels[1] }, 1)
  local function word(factor, level) return #factor.levels == 2 and factor.name or factor.name .. "=" .. level end
  return { factors = { a.name, b.name }, name = ("%s with %s"):format(word(a, level_a), word(b, level_b)), weights = weights }
end

-- Every effect of one and of two factors; nil and why where the combinations of levels do not occur equally often, since what one factor
-- does could not be told from what another does then.
local function crossed(configs, factors)
  local terms = {}
  for i, a in ipairs(factors) do
    if not balanced(configs, { a }) then return nil, a.name .. " does not have each value equally often" end
    for j = i + 1, #factors do
      if not balanced(configs, { a, factors[j] }) then
        return nil, ("%s and %s do not have each pair of values equally often"):format(a.name, factors[j].name)
      end
    end
    for level = 2, #a.levels do terms[#terms + 1] = main(configs, a, a.levels[1], a.levels[level]) end
  end
  for i, a in ipairs(factors) do
    for j = i + 1, #factors do
      for x = 2, #a.levels do
        for y = 2, #factors[j].levels do
          terms[#terms + 1] = interaction(configs, a, factors[j], a.levels[x], factors[j].levels[y])
        end
      end
    end
  end
  return terms
end

-- Each configuration over the base, from which it differs in one factor.
local function from_base(configs, design)
  local at
  for i, config in ipairs(configs) do
    if config.name == design.base then at = i end
  end
  if not at then return nil, ("its base '%s' was not run"):format(design.base) end
  local terms = {}
  for i, config in ipairs(configs) do
    for _, factor in ipairs(design.factors) do
      local from, to = configs[at].levels[factor.name], config.levels[factor.name]
      if from ~= to then
        local name = ("%s: %s to %s"):format(factor.name, from, to)
        terms[#terms + 1] = { factors = { factor.name }, name = name, weights = { [at] = -1, [i] = 1 } }
      end
    end
  end
  return terms
end

-- Each configuration over the one before it.
local function steps(configs, factors)
  local terms = {}
  for i = 2, #configs do
    local name = ("%s over %s"):format(configs[i].levels[factors[1].name], configs[i - 1].levels[factors[1].name])
    terms[i - 1] = { factors = { factors[1].name }, name = name, weights = { [i - 1] = -1, [i] = 1 } }
  end
  return terms
end

-- 1 or -1 where two sums are the same but for their scale, else nil: effects that a fraction of a design cannot tell apart.
local function alias(v, w, n)
  local vw, vv, ww = 0, 0, 0
  for i = 1, n do
    local a, b = v[i] or 0, w[i] or 0
    vw, vv, ww = vw + a * b, vv + a * a, ww + b * b
  end
  local cosine = vw / math.sqrt(vv * ww)
  return math.abs(cosine) > 1 - 1e-9 and (cosine > 0 and 1 or -1) or nil
end

-- Keeps the first of those that cannot be told apart; it lists the others in `aliases`, with "-" before those of opposite sign, and
-- what these are about in `twins`.
local function distinct(terms, n)
  local kept = {}
  for _, term in ipairs(terms) do
    local twin, sign
    for _, other in ipairs(kept) do
      sign = alias(term.weights, other.weights, n)
      if sign then
        twin = other
        break
      end
    end
    if twin then
      table.insert(twin.aliases, (sign < 0 and "-" or "") .. term.name)
      table.insert(twin.twins, { factors = term.factors, sign = sign })
    else
      term.aliases, term.twins = {}, {}
      kept[#kept + 1] = term
    end
  end
  return kept
end

-- The effects of a design {kind=, factors={{name=, levels={...}}}, base=} over its configurations {{name=, levels={FACTOR=LEVEL}}}: a
-- list of {name=, factors={...}, weights={by number of configuration}, aliases={names}, twins={{factors=, sign=}}}; nil and why there
-- are none.
function contrasts.of(design, configs)
  if design.kind == "pairwise" then return nil, "a pairwise design finds what fails, and no effects" end
  if #configs < 2 then return nil, "fewer than two of its configurations were run" end
  local terms, reason
  if design.kind == "ladder" then
    terms = steps(configs, design.factors)
  elseif design.kind == "one-at-a-time" then
    terms, reason = from_base(configs, design)
  else
    terms, reason = crossed(configs, design.factors)
  end
  if not terms then return nil, reason end
  return distinct(terms, #configs)
end

return contrasts
