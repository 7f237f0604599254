-- A report's first section: what was asked, of what, and how.

local describe = require "harness.describe"
local text = require "harness.text"

local function plural(n, word, words) return ("%d %s"):format(n, n == 1 and word or words or word .. "s") end

-- What each axis is set to by the configurations: {axis = {spec = true}}, by their full settings if the run kept them.
local function settings_by_axis(e)
  local axes = {}
  for _, name in ipairs(e.config_names) do
    local c = e.config[name]
    for _, setting in ipairs(c.full or c.set or {}) do
      local axis, spec = setting:match("^([^=]+)=(.*)$")
      if axis then
        axes[axis] = axes[axis] or {}
        axes[axis][spec] = axes[axis][spec] or {}
        table.insert(axes[axis][spec], name)
      end
    end
  end
  return axes
end

-- Whether strategies can be told apart without their parameters, which the list of configurations has.
local function differ_by_name(specs)
  local seen = {}
  for _, spec in ipairs(specs) do
    local name = spec:match("^[^:]+")
    if seen[name] then return false end
    seen[name] = true
  end
  return true
end

-- Axes that differ, with their strategies and how many configurations have each; and those that all have in common.
local function axes_table(e)
  local rows, fixed = {}, {}
  local axes = settings_by_axis(e)
  for _, axis in ipairs(text.sorted_keys(axes)) do
    local specs = text.sorted_keys(axes[axis])
    if #specs > 1 then
      local parts, brief = {}, differ_by_name(specs)
      for i, spec in ipairs(specs) do parts[i] = ("%s (%d)"):format(brief and spec:match("^[^:]+") or spec, #axes[axis][spec]) end
      rows[#rows + 1] = { axis, table.concat(parts, ", ") }
    else
      fixed[#fixed + 1] = { axis, specs[1] }
    end
  end
  return rows, fixed
end

local function configurations(e)
  local rows = {}
  for i, name in ipairs(e.config_names) do
    local c = e.config[name]
    local what = c.runner == "native" and "the program compiled for this host"
      or c.runner == "qemu" and "the same binary under QEMU's user mode"
      or c.runner == "mupen64plus" and "the same ROM under mupen64plus, its dynamic translator"
      or #(c.set or {}) > 0 and table.concat(c.set, " ") or "jitlab as it comes"
    rows[i] = { name, what, c.full and table.concat(c.full, " ") or "" }
  end
  return { kind = "table", folded = plural(#rows, "configuration"), words = true, caption = "Configurations",
    head = { "configuration", "set", "every axis" }, rows = rows }
end

local function workloads(e)
  local rows = {}
  for i, name in ipairs(e.workload_names) do
    local w = e.workload[name]
    rows[i] = { name, w.program or name, table.concat(w.args or {}, " "), w.summary or w.isolates or "" }
  end
  return { kind = "table", folded = plural(#rows, "workload"), words = true, caption = "Workloads",
    head = { "workload", "guest program", "arguments", "what it is" }, rows = rows }
end

local function design_of(e, run, count)
  local parts = { plural(#e.config_names, "configuration"), plural(#e.workload_names, "workload") }
  if #e.variants > 1 then parts[#parts + 1] = table.concat(e.variants, " and ") end
  local all = 0
  for _, n in pairs(count) do all = all + n end
  return ("%s, %s of timed trials in random order%s; %s in all"):format(table.concat(parts, " × "), plural(run.rounds, "round"),
    (count.count or 0) > 0 and ", one counting trial of each cell of jitlab's" or "", plural(all, "trial"))
end

return function(context)
  local e, run = context.e, context.run
  local count = {}
  for _, trial in ipairs(context.trials) do count[trial.kind] = (count[trial.kind] or 0) + 1 end
  local facts = { { "Question", e.summary } }
  local function fact(name, value)
    if value and value ~= "" then facts[#facts + 1] = { name, value } end
  end
  fact("From", e.source)
  fact("Design", design_of(e, run, count))
  fact("Metric", ("%s, as a ratio to %s, taken inside each round"):format(e.metric, e.baseline))
  fact("Further counters", table.concat(e.counters, ", "))
  fact("Run", ("%s (%s), seed %d"):format(run.name, run.mode, run.seed))
  fact("When", run.finished and ("%s to %s"):format(run.started, run.finished) or run.started .. "; it has not ended")
  local blocks = { { kind = "facts", rows = facts } }
  for _, design in ipairs(e.designs or {}) do
    local items = describe.lines(design)
    for i, item in ipairs(items) do items[i] = item:gsub("^%s+", "") end
    blocks[#blocks + 1] = { kind = "list", items = items }
  end
  local rows, fixed = axes_table(e)
  if #rows > 0 then
    blocks[#blocks + 1] = { kind = "table", words = true, caption = "Axes that differ between configurations",
      head = { "axis", "strategies (configurations)" }, rows = rows }
  end
  if #fixed > 0 then
    blocks[#blocks + 1] = { kind = "table", words = true, folded = plural(#fixed, "axis", "axes") .. " alike in all configurations",
      caption = "Axes alike in all configurations", head = { "axis", "strategy" }, rows = fixed }
  end
  blocks[#blocks + 1] = configurations(e)
  blocks[#blocks + 1] = workloads(e)
  return { id = "asked", title = "What was asked", blocks = blocks }
end
