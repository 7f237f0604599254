-- A report's second section: the answer. Verdicts on the claims; what went wrong and is not in the figures; and the effect of every
-- configuration against the baseline.

local claims = require "harness.claims"
local effects_table = require "harness.effects_table"
local holm = require "harness.stats.holm"
local metrics = require "harness.metrics"
local plot = require "harness.plot"
local stats = require "harness.stats"
local tables = require "harness.tables"
local text = require "harness.text"
local trimmed = require "harness.stats.trimmed"

local function interval(x) return x.lo == x.hi and "exact" or ("%s to %s"):format(text.number(x.lo), text.number(x.hi)) end

-- What was measured for a claim, as a table: sizes, intervals, and what a ratio means in per cent.
local function measured_table(measured)
  if not measured or #measured == 0 then return nil end
  local rows, predicted = {}, false
  for i, x in ipairs(measured) do
    predicted = predicted or x.predicted ~= nil
    rows[i] = { x.what .. (x.at and ", " .. x.at or ""), text.number(x.mid), interval(x),
      x.what:find("/", 1, true) and ("%+.1f %%"):format(100 * (x.mid - 1)) or "", tostring(x.n), x.predicted and text.number(x.predicted) }
  end
  return { caption = predicted and "Measured and predicted" or "Measured", rows = rows,
    head = { "of", "value", "95 % interval", "against 1", "rounds", predicted and "predicted" or nil } }
end

local function measured_at(measured, at)
  for _, x in ipairs(measured or {}) do
    if at == nil or x.at == at then return claims.show(x) end
  end
  return "n/a"
end

-- What a paper has beside what was measured: published = {value=} for a claim of one number, or {points={{WORKLOAD or CONFIGURATION,
-- value}, ...}} for a shape; with paper=, figure=, unit=, note=.
local function side_by_side(published, measured)
  if type(published) ~= "table" then return nil end
  local rows, where = {}, {}
  local unit = published.unit and " " .. published.unit or ""
  if published.value then rows[1] = { published.what or "value", text.number(published.value) .. unit, measured_at(measured) } end
  for _, point in ipairs(published.points or {}) do
    rows[#rows + 1] = { tostring(point[1]), text.number(point[2]) .. unit, measured_at(measured, tostring(point[1])) }
  end
  if #rows == 0 then return nil end
  where[1] = published.paper
  where[#where + 1] = published.figure
  return { caption = "Published and measured" .. (#where > 0 and ": " .. table.concat(where, ", ") or ""), rows = rows,
    head = { "", "published", "measured" }, notes = published.note and { published.note } or nil }
end

-- The shape that a paper has and the measured one in one plot; nil where fewer than two points are published.
local function shapes(context, i, published, measured)
  local list = type(published) == "table" and published.points or {}
  if #list < 2 then return nil end
  local labels, theirs, ours = {}, {}, {}
  for k, point in ipairs(list) do
    labels[k] = tostring(point[1])
    theirs[k] = { k, { mid = point[2], lo = point[2], hi = point[2] } }
    for _, x in ipairs(measured or {}) do
      if x.at == labels[k] then
        ours[#ours + 1] = { k, x }
        break
      end
    end
  end
  local series = { { name = "published", points = theirs, style = "marks" } }
  if #ours > 0 then series[2] = { name = "measured", points = ours, style = "marks" } end
  return context.figure("published" .. i, { title = "Published and measured: claim " .. i, labels = labels, lying = true, log = false,
    ylabel = published.unit or "value", series = series })
end

local function add_claims(blocks, context)
  local e, verdicts = context.e, context.verdicts
  if not verdicts then
    blocks[#blocks + 1] = { kind = "text", text = #e.claims > 0 and "The claims have not been judged: the run has not ended."
      or "The run states no claims." }
    return
  end
  if #verdicts == 0 then return end
  blocks[#blocks + 1] = { kind = "text", class = "headline", text = claims.headline(verdicts) }
  for i, r in ipairs(verdicts) do
    local details, published = {}, r.published or (e.claims[i] or {}).published
    for _, detail in ipairs(r.details or {}) do
      if detail ~= "" then details[#details + 1] = detail end
    end
    blocks[#blocks + 1] = { kind = "claim", verdict = r.verdict, text = r.text, source = r.source, details = details, because = r.because,
      published = side_by_side(published, r.measured), measured = measured_table(r.measured) }
    blocks[#blocks + 1] = shapes(context, i, published, r.measured)
  end
end

-- Which side of the baseline an interval lies on; p: of the test that it is none, corrected for all configurations; nil: no test.
local function side(e, x, exact, p)
  if x.lo == x.hi and x.mid == 1 then return "the same" end
  local less, more = "less", "more"
  if e.metric:find("_ns$") then less, more = "faster", "slower" end
  if not exact and (not p or p >= 0.05) then return "could not tell" end
  if x.hi < 1 then return less end
  if x.lo > 1 then return more end
  return "could not tell"
end

-- The p-value of a configuration against the baseline: of the means over workloads in each round; nil where there are too few.
local function p_value(context, name, workloads)
  local arrays = context.data:ratio_arrays(name, context.e.baseline, workloads, context.e.metric)
  local logs = arrays and stats.round_means(arrays, function(v) return v > 0 and math.log(v) or -math.huge end)
  return logs and trimmed.test(logs) or nil
end

local function effects(context)
  local e, data = context.e, context.data
  local rows, labels, points, found, p_values = {}, {}, {}, {}, {}
  local exact = metrics.is_exact(e.metric, data.catalogue)
  for _, name in ipairs(e.config_names) do
    if name ~= e.baseline then
      local workloads = data:common_workloads(name, e.baseline, e.workload_names)
      local x, reason
      if #workloads > 0 then
        x, reason = data:mean_ratio(name, e.baseline, workloads, e.metric)
      end
      rows[#rows + 1] = { name, x and text.number(x.mid) or "n/a", x and ("%s to %s"):format(text.number(x.lo), text.number(x.hi)) or "",
        tostring(#workloads), not exact and "n/a" or "exact", reason or "not run" }
      found[#rows] = x or false
      p_values[#rows] = x and not exact and p_value(context, name, workloads) or false
      if x and x.mid > 0 then
        labels[#labels + 1] = name
        points[#points + 1] = { #labels, x }
      end
    end
  end
  for i, p in ipairs(holm(p_values)) do
    if p then rows[i][5] = text.p_value(p) end
    if found[i] then rows[i][6] = side(e, found[i], exact, p) end
  end
  local series = { { name = "geometric mean", points = points, style = "marks" } }
  local note = plot.note_on_intervals("geometric means over workloads", series)
  local t = { kind = "table", caption = ("Effect of each configuration: %s / that of %s%s"):format(e.metric, e.baseline,
    note and ", " .. note or ""), rows = rows,
    head = { "configuration", "ratio", "interval", "workloads", "p (Holm)", "against the baseline" } }
  return t, #points > 0 and { title = "Effect of each configuration", note = note, labels = labels, lying = true, log = true, reference = 1,
    ylabel = e.metric .. " / that of the baseline (log scale)", series = series } or nil
end

local function add_troubles(blocks, context)
  local failures, bad = tables.failures(context.trials)
  if bad > 0 then
    blocks[#blocks + 1] = { kind = "text", class = "warning",
      text = ("%d of %d trials failed; what failed is not in the figures:"):format(bad, #context.trials) }
    blocks[#blocks + 1] = { kind = "list", items = failures }
  end
  for _, sentence in ipairs(context.data:inconsistencies()) do
    blocks[#blocks + 1] = { kind = "text", class = "warning", text = "Not to be trusted: " .. sentence .. "." }
  end
end

return function(context)
  local blocks = {}
  add_claims(blocks, context)
  add_troubles(blocks, context)
  local t, figure = effects(context)
  blocks[#blocks + 1] = { kind = "heading", text = "Effects" }
  if figure then
    local block = context.figure("effects", figure)
    block.table = t
    blocks[#blocks + 1] = block
  end
  t.kind = "table"
  if not figure then blocks[#blocks + 1] = t end
  -- Of factors that are crossed the section on interactions has them.
  for _, found in ipairs(effects_table.all(context.e, context.data)) do
    if found.terms and not effects_table.crosses(found.design) then blocks[#blocks + 1] = effects_table.block(found) end
  end
  return { id = "answer", title = "The answer", blocks = blocks }
end
