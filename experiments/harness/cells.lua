-- The cells of an experiment: a configuration, a workload and a variant each; what is left out of them, and why; and the trials
-- that come of them.

local fail = require "harness.fail"
local files = require "harness.files"
local pairwise = require "harness.pairwise"
local paths = require "harness.paths"
local programs = require "harness.programs"
local roms = require "harness.roms"
local schedule = require "harness.schedule"
local text = require "harness.text"
local trial = require "harness.trial"

local cells = {}

local function new_cell(e, config, workload, variant)
  local key = config.name .. "/" .. workload.name
  if #e.variants > 1 then key = key .. "/" .. variant end
  local cell = { config = config, workload = workload, variant = variant, key = key }
  cell.argv = trial.command(cell)
  cell.command = table.concat(cell.argv, " ")
  return cell
end

-- Whether a cell passes a filter: its key, configuration or workload matches; or, after '!', none of them does.
local function passes(filter, cell)
  if not filter then return true end
  local pattern = filter:match("^!(.*)") or filter
  local found = text.glob(pattern, cell.key) or text.glob(pattern, cell.config.name) or text.glob(pattern, cell.workload.name)
  return found == (pattern == filter)
end

-- The sentence by which jitlab refuses a configuration that a design made, or nil. What somebody wrote by hand is meant to run.
local function refusal(e, config)
  if not config.levels or config.runner ~= "jitlab" then return nil end
  if config.refused == nil then
    local sentence, wrong = pairwise.refusal(paths.jitlab, config.set, e.guest == "n64" and "n64" or nil)
    config.refused = not wrong and sentence and "jitlab refuses it: " .. sentence
  end
  return config.refused or nil
end

local function reason_to_skip(e, config, workload, variant)
  local reason = e.skip and e.skip(config, workload, variant) or roms.why_not(config.runner, workload) or refusal(e, config)
  if not reason and #e.kinds == 1 and e.kinds[1] == "warm" then reason = schedule.no_warm_phase(workload) end
  return reason
end

-- The measured cells, one reference for each workload, and what was left out: {key=, reason=}.
local function lay_out(e, filter)
  local measured, references, skipped, seen = {}, {}, {}, {}
  local reference = programs.guests[e.guest].reference
  for _, variant in ipairs(e.variants) do
    for _, workload in ipairs(e.workloads) do
      for _, config in ipairs(e.configs) do
        local cell = new_cell(e, config, workload, variant)
        local wanted = passes(filter, cell)
        local reason = wanted and reason_to_skip(e, config, workload, variant)
        if wanted and not reason then
          measured[#measured + 1] = cell
          if not seen[workload.name] then
            seen[workload.name] = true
            references[#references + 1] = new_cell(e, reference.config, workload, reference.variant)
          end
        elseif reason then
          skipped[#skipped + 1] = { key = cell.key, reason = reason }
        end
      end
    end
  end
  return measured, references, skipped
end

-- Which binary a cell runs or has run for it.
function cells.binary(cell)
  return programs.binary(cell.workload.entry, cell.config.runner == "native" and "host" or cell.variant)
end

local function check_binaries(list)
  for _, cell in ipairs(list) do
    local binary = cells.binary(cell)
    if not files.exists(binary) then fail.work("the guest program %s was not built", binary) end
  end
end

local function names_in(list, names, kind)
  local present, kept = {}, {}
  for _, cell in ipairs(list) do present[cell[kind].name] = true end
  for _, name in ipairs(names) do
    if present[name] then kept[#kept + 1] = name end
  end
  return kept
end

-- The trials of a round: {cell=, kind=}. Cells without a warm phase are told among what was left out.
local function timed_tasks(e, measured, skipped)
  local tasks = {}
  for _, kind in ipairs(e.kinds) do
    for _, cell in ipairs(measured) do
      local reason = kind == "warm" and schedule.no_warm_phase(cell.workload)
      if reason then
        skipped[#skipped + 1] = { key = cell.key, reason = reason }
      else
        tasks[#tasks + 1] = { cell = cell, kind = kind }
      end
    end
  end
  for _, kind in ipairs(e.plan.further) do -- events that do not fit beside the others
    for _, cell in ipairs(measured) do
      if cell.config.runner == "jitlab" then tasks[#tasks + 1] = { cell = cell, kind = kind } end
    end
  end
  return tasks
end

local function tasks_of(list, kind)
  local tasks = {}
  for i, cell in ipairs(list) do tasks[i] = { cell = cell, kind = kind } end
  return tasks
end

-- Lays out an experiment: `cells`, `references` and `all`, both; `skipped`; and the trials, lists of {cell=, kind=}: `reference`,
-- `again` (references of programs that are not the project's: whether they print the same each time nobody knows), `count`, `simulated`
-- (each as often as the experiment says), and `timed`, those of one round. Workloads and configurations that are left without a
-- cell are taken out of the experiment, so that no table or claim asks for them.
function cells.plan(e, filter)
  local measured, references, skipped = lay_out(e, filter)
  if #measured == 0 then
    fail.usage("%s: no cell is left%s%s", e.name, filter and " by the filter " .. filter or "",
      skipped[1] and ": " .. skipped[1].reason or "")
  end
  e.workload_names = names_in(measured, e.workload_names, "workload")
  e.config_names = names_in(measured, e.config_names, "config")
  local all = table.move(references, 1, #references, #measured + 1, table.move(measured, 1, #measured, 1, {}))
  check_binaries(all)
  local countable, simulated, outside = {}, {}, {}
  for _, cell in ipairs(measured) do
    if e.count and cell.config.runner == "jitlab" then countable[#countable + 1] = cell end
    if e.plan.valgrind[1] and not roms.peers[cell.config.runner] then simulated[#simulated + 1] = cell end
  end
  for _, cell in ipairs(references) do
    if cell.workload.entry.folder then outside[#outside + 1] = cell end
  end
  return {
    cells = measured, references = references, all = all, skipped = skipped,
    reference = tasks_of(references, "reference"), again = tasks_of(outside, "reference"),
    count = tasks_of(countable, "count"), simulated = tasks_of(simulated, "valgrind"),
    timed = timed_tasks(e, measured, skipped),
  }
end

return cells
