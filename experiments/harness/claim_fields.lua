-- Which fields a claim of each kind has, and what is wrong with one. A field that its kind does not read is a mistake.

local misplaced = require "harness.mistake"
local need = require "harness.need"
local text = require "harness.text"

local mistake = misplaced.at

local claim_fields = {}

claim_fields.KINDS = { "ratio", "ordering", "equal", "monotone", "crossover", "near", "predicate" }

local COMMON = {
  kind = "string", text = "string", source = "string", because = "string", workloads = "string or table",
  published = "table", -- what a paper has: the report sets it beside what was measured
}

local OWN = {
  ratio = { num = "string", den = "string", metric = "string", max = "number", min = "number", each = "boolean" },
  ordering = { order = "table", metric = "string", tol = "number", each = "boolean" },
  equal = { metric = "string", configs = "table" },
  monotone = { over = "table", metric = "string", dir = "string", tol = "number" },
  crossover = { a = "string", b = "string", metric = "string" },
  near = { config = "string", num = "string", den = "string", metric = "string", prediction = "number or string or function",
    within = "number", each = "boolean" },
  predicate = { test = "function" },
}

local FIELDS = {}
for kind, own in pairs(OWN) do
  FIELDS[kind] = {}
  for _, fields in ipairs { COMMON, own } do
    for name, types in pairs(fields) do FIELDS[kind][name] = types end
  end
end

local PUBLISHED_FIELDS = {
  value = "number", what = "string", points = "table", paper = "string", figure = "string", unit = "string", note = "string",
}

local function tolerance(e, field, claim)
  if claim.tol and claim.tol < 0 then mistake(e, field .. ".tol", "tol", "a number from 0 on was expected") end
end

local CHECKS = {}

function CHECKS.ratio(e, field, claim, catalogue)
  need.config(e, field .. ".num", claim.num)
  need.config(e, field .. ".den", claim.den)
  need.metric(e, field .. ".metric", claim.metric, catalogue)
  if not (claim.max or claim.min) then mistake(e, field, nil, "max or min (a number) was expected") end
  if claim.max and claim.min and claim.min > claim.max then mistake(e, field .. ".min", "min", "is above max: nothing lies between") end
end

function CHECKS.ordering(e, field, claim, catalogue)
  need.configs(e, field .. ".order", claim.order, 2, ", smallest first")
  need.metric(e, field .. ".metric", claim.metric, catalogue)
  tolerance(e, field, claim)
end

function CHECKS.equal(e, field, claim, catalogue)
  need.configs(e, field .. ".configs", claim.configs, 0)
  need.metric(e, field .. ".metric", claim.metric, catalogue)
end

function CHECKS.monotone(e, field, claim, catalogue)
  need.configs(e, field .. ".over", claim.over, 2)
  need.metric(e, field .. ".metric", claim.metric, catalogue)
  if claim.dir ~= "up" and claim.dir ~= "down" then mistake(e, field .. ".dir", claim.dir, "'up' or 'down' was expected") end
  tolerance(e, field, claim)
end

function CHECKS.crossover(e, field, claim, catalogue)
  need.config(e, field .. ".a", claim.a)
  need.config(e, field .. ".b", claim.b)
  need.metric(e, field .. ".metric", claim.metric, catalogue)
  need.values(e, field, claim.workloads)
end

function CHECKS.near(e, field, claim, catalogue)
  if claim.config then
    need.config(e, field .. ".config", claim.config)
    if claim.num or claim.den or claim.each ~= nil then
      mistake(e, field, "config", "is about a value of config, on each workload, or about the ratio num/den, not both")
    end
  else
    if not (claim.num or claim.den) then mistake(e, field, nil, "config, or num and den (names of configurations) were expected") end
    need.config(e, field .. ".num", claim.num)
    need.config(e, field .. ".den", claim.den)
  end
  need.metric(e, field .. ".metric", claim.metric, catalogue)
  local p = claim.prediction
  if p == nil then mistake(e, field, nil, "prediction (a number, a metric or a function) was expected") end
  if type(p) == "string" then need.metric(e, field .. ".prediction", p, catalogue) end
  if type(p) == "number" and p <= 0 then mistake(e, field .. ".prediction", "prediction", "a number above 0 was expected") end
  if not claim.within or claim.within <= 0 or claim.within >= 1 then
    mistake(e, field .. ".within", "within", "the part of the prediction that it may be off was expected, above 0 and below 1")
  end
end

function CHECKS.predicate(e, field, claim)
  if type(claim.test) ~= "function" then mistake(e, field .. ".test", "test", "a function was expected") end
end

-- What a paper has: one value, or points that are workloads or configurations of the experiment.
local function check_published(e, field, published)
  misplaced.fields(e, field, published, PUBLISHED_FIELDS)
  if not published.value and not published.points then
    mistake(e, field, "published", "value (a number) or points ({{NAME, NUMBER}, ...}) was expected")
  end
  if published.points and #published.points == 0 then
    mistake(e, field .. ".points", "points", "a list of {NAME, NUMBER} was expected")
  end
  local names = table.move(e.config_names, 1, #e.config_names, #e.workload_names + 1, { table.unpack(e.workload_names) })
  for i, point in ipairs(published.points or {}) do
    local at = ("%s.points[%d]"):format(field, i)
    if type(point) ~= "table" or type(point[1]) ~= "string" or type(point[2]) ~= "number" or #point > 2 then
      mistake(e, at, type(point) == "table" and type(point[1]) == "string" and point[1] or "points", "{NAME, NUMBER} was expected")
    end
    if not (e.workload[point[1]] or e.config[point[1]]) then
      mistake(e, at, point[1], "%s", text.unknown("workload or configuration", point[1], names))
    end
  end
end

-- Checks a claim of the experiment, whose configurations and workloads are known.
function claim_fields.check(e, field, claim, catalogue)
  if type(claim) ~= "table" or type(claim.text) ~= "string" then
    mistake(e, field, nil, "a table with a text (the claim as a sentence) was expected")
  end
  local check = CHECKS[claim.kind]
  if not check then
    mistake(e, field .. ".kind", claim.kind, "%s", text.unknown("kind of claim", tostring(claim.kind), claim_fields.KINDS))
  end
  misplaced.fields(e, field, claim, FIELDS[claim.kind])
  check(e, field, claim, catalogue)
  if claim.workloads and #need.select_workloads(e, claim.workloads) == 0 then
    mistake(e, field .. ".workloads", nil, "names none of the experiment's workloads (%s)", table.concat(e.workload_names, ", "))
  end
  if claim.published then check_published(e, field .. ".published", claim.published) end
end

return claim_fields
