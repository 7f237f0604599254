-- Costs that are lines in the size of the work, and the size from which on one configuration is cheaper than another: as measured, and
-- as the lines through the smallest and the largest size predict. For claims of experiments; `pair` is what they compare:
-- {a=, b=, workloads=, metric=}, two configurations and the names of workloads with a `value`, in ascending order.
local lines = {}

-- The line through two points: {base=, slope=}.
function lines.through(x, y, other_x, other_y)
  local slope = (other_y - y) / (other_x - x)
  return { base = y - slope * x, slope = slope }
end

function lines.at(line, x) return line.base + line.slope * x end

local function cost(q, pair, config, workload)
  local x, reason = q:value { config = config, workload = workload, metric = pair.metric }
  return x and x.mid, reason
end

local function line(q, pair, config)
  local first, last = pair.workloads[1], pair.workloads[#pair.workloads]
  local a, reason = cost(q, pair, config, first)
  if not a then return nil, reason end
  local b
  b, reason = cost(q, pair, config, last)
  if not b then return nil, reason end
  return lines.through(q.e.workload[first].value, a, q.e.workload[last].value, b)
end

-- The costs of a and of b as lines; nil and why there are none.
function lines.of(q, pair)
  local a, reason = line(q, pair, pair.a)
  if not a then return nil, reason end
  local b
  b, reason = line(q, pair, pair.b)
  return b and a, b or reason
end

-- What b costs of a by their lines, for a workload; nil and why that cannot be said.
function lines.ratio(q, pair, workload)
  local a, b = lines.of(q, pair)
  if not a then return nil, b end
  local size = q.e.workload[workload].value
  return lines.at(b, size) / lines.at(a, size)
end

-- The size from which on b is cheaper than a, between the two sizes around it; 0 when it is from the smallest on; nil and why there
-- is none.
function lines.crossing(q, pair)
  local before
  for _, workload in ipairs(pair.workloads) do
    local a, reason = cost(q, pair, pair.a, workload)
    if not a then return nil, reason end
    local b
    b, reason = cost(q, pair, pair.b, workload)
    if not b then return nil, reason end
    local size, gap = q.e.workload[workload].value, a - b
    if gap >= 0 then return before and before.size + (size - before.size) * -before.gap / (gap - before.gap) or 0 end
    before = { size = size, gap = gap }
  end
  return nil, "they do not cross"
end

-- Whether b pays from the size on that is what it costs beforehand over what it saves with each step: the crossing is within a part
-- of that, or both are below the smallest size. A verdict, and {measured=, predicted=, more=, saved=}; nil and why it cannot be told.
function lines.pays(q, pair, within)
  local measured, reason = lines.crossing(q, pair)
  if not measured then return nil, reason end
  local a, b = lines.of(q, pair)
  if not a then return nil, b end
  local found = { measured = measured, more = b.base - a.base, saved = a.slope - b.slope }
  found.predicted = found.more / found.saved
  local ratio = measured / found.predicted
  if measured == 0 then
    local smallest = q.e.workload[pair.workloads[1]].value
    return q:at_most({ lo = found.predicted, hi = found.predicted }, smallest), found
  end
  return q:all { q:at_most({ lo = ratio, hi = ratio }, 1 + within), q:at_least({ lo = ratio, hi = ratio }, 1 - within) }, found
end

return lines
