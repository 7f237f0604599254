-- Whether the estimates are as narrow as an experiment asks: half of each interval's width, as a part of its middle.

local dataset = require "harness.dataset"
local experiment = require "harness.experiment"
local text = require "harness.text"

local precision = {}

-- What is asked for in one string, for messages.
function precision.words(p) return ("%s %% of %s"):format(text.number(100 * p.width), p.metric) end

local function half_width(x)
  if x.hi == x.lo then return 0 end
  return x.mid ~= 0 and (x.hi - x.lo) / 2 / math.abs(x.mid) or math.huge
end

local function each_cell(e, f)
  for _, variant in ipairs(e.variants) do
    for _, workload in ipairs(e.workload_names) do
      for _, config in ipairs(e.config_names) do
        f(config, workload, variant, ("%s/%s%s"):format(config, workload, #e.variants > 1 and "/" .. variant or ""))
      end
    end
  end
end

-- The estimates that are to be narrow: calls f(name, estimate or nil).
local each = {}

function each.cells(e, data, metric, f)
  each_cell(e, function(config, workload, variant, name)
    if data:ran(config, workload, variant) then f(name, (data:value(config, workload, variant, metric))) end
  end)
end

function each.ratios(e, data, metric, f)
  each_cell(e, function(config, workload, variant, name)
    if config ~= e.baseline and data:ran(config, workload, variant) then
      f(name, (data:ratio(config, e.baseline, workload, variant, metric)))
    end
  end)
end

-- The configurations whose ratios a claim is about, each to the next.
local function ratios_of(claim)
  if claim.kind == "ratio" or claim.kind == "near" and claim.num then return { claim.num, claim.den } end
  return claim.kind == "ordering" and claim.order or {}
end

-- Of claims those about ratios (ratio, near, and ordering as the ratio of each to the next), and near of a value. Their own metrics count.
function each.claims(e, data, _, f)
  for _, claim in ipairs(e.claims) do
    local order = ratios_of(claim)
    for _, variant in ipairs(claim.kind == "near" and claim.config and e.variants or {}) do
      for _, workload in ipairs(experiment.select_workloads(e, claim.workloads)) do
        f(("%s of %s/%s"):format(claim.metric, claim.config, workload), (data:value(claim.config, workload, variant, claim.metric)))
      end
    end
    for i = 1, #order - 1 do
      local workloads = experiment.select_workloads(e, claim.workloads)
      if not claim.workloads then workloads = data:common_workloads(order[i], order[i + 1], workloads) end
      for _, group in ipairs(claim.each and workloads or { false }) do
        local name = ("%s/%s%s"):format(order[i], order[i + 1], group and " on " .. group or "")
        local names = group and { group } or workloads
        f(("%s of %s"):format(claim.metric, name), #names > 0 and (data:mean_ratio(order[i], order[i + 1], names, claim.metric)) or nil)
      end
    end
  end
end

-- Looks at the trials that there are. Returns {total=, reached=, wide={{name=, half=},...}, unmeasured=}: the wide ones widest
-- first; what has no estimate at all (every trial of it failed) holds nothing up.
function precision.look(e, trials, catalogue, seed)
  local p, data = e.precision, dataset.new(trials, e, catalogue, seed)
  local seen = { total = 0, reached = 0, wide = {}, unmeasured = 0 }
  each[p.of](e, data, p.metric, function(name, x)
    seen.total = seen.total + 1
    if not x then
      seen.unmeasured = seen.unmeasured + 1
    elseif half_width(x) <= p.width then
      seen.reached = seen.reached + 1
    else
      seen.wide[#seen.wide + 1] = { name = name, half = half_width(x) }
    end
  end)
  table.sort(seen.wide, function(a, b) return a.half > b.half or a.half == b.half and a.name < b.name end)
  return seen
end

-- Sentences about how far it got; the widest eight by name.
function precision.lines(p, seen)
  local lines = { ("precision: %s reached by %d of %d %s%s"):format(precision.words(p), seen.reached, seen.total, p.of,
    seen.unmeasured > 0 and (", %d could not be measured"):format(seen.unmeasured) or "") }
  for i, wide in ipairs(seen.wide) do
    if i > 8 then
      lines[#lines + 1] = ("  and %d more"):format(#seen.wide - 8)
      break
    end
    lines[#lines + 1] = ("  not reached: %s, %s %%"):format(wide.name, text.number(100 * wide.half))
  end
  return lines
end

return precision
