-- Running an experiment: its cells, the random order of their trials, progress, and going on where a killed run stopped.
--
-- Order: the reference of each workload (the native program, whose output the others must give; twice if it is not one of
-- the project's, which may print times); then one counting
-- trial of each jitlab cell; then the rounds, each of them every cell once in a new random order. A ratio is always
-- taken inside a round, so that what changes over time on the host changes both of its sides.

local native = require "jitlab_native"
local json = require "dkjson"
local fail = require "harness.fail"
local files = require "harness.files"
local host = require "harness.host"
local paths = require "harness.paths"
local programs = require "harness.programs"
local rng = require "harness.rng"
local text = require "harness.text"
local trial = require "harness.trial"

local campaign = {}

local REFERENCE = { name = "reference", runner = "native", set = {} }

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

-- The cells of an experiment: measured ones, and one reference for each workload. Also the cells left out by the
-- experiment's own skip function, with its reasons.
function campaign.cells(e, filter)
  local cells, references, skipped, seen = {}, {}, {}, {}
  for _, variant in ipairs(e.variants) do
    for _, workload in ipairs(e.workloads) do
      for _, config in ipairs(e.configs) do
        local cell = new_cell(e, config, workload, variant)
        local wanted = passes(filter, cell)
        local reason = wanted and e.skip and e.skip(config, workload, variant)
        if wanted and not reason then
          cells[#cells + 1] = cell
          if not seen[workload.name] then
            seen[workload.name] = true
            references[#references + 1] = new_cell(e, REFERENCE, workload, "host")
          end
        elseif reason then
          skipped[#skipped + 1] = { key = cell.key, reason = reason }
        end
      end
    end
  end
  return cells, references, skipped
end

local function check_binaries(cells)
  for _, cell in ipairs(cells) do
    local binary = programs.binary(cell.workload.entry, cell.config.runner == "native" and "host" or cell.variant)
    if not files.exists(binary) then fail.work("the guest program %s was not built", binary) end
  end
end

-- Two runs with the same identity measure the same thing, so one may go on with the other.
local function identity(e, cells)
  local parts = { e.hash, e.mode, native.hash_file(paths.jitlab), table.concat(e.counters, ","), table.concat(e.plan.names, ","),
    tostring(e.plan.multiplex), e.model or "", tostring(e.simulations) }
  for _, cell in ipairs(cells) do
    parts[#parts + 1] = cell.command
    parts[#parts + 1] = native.hash_file(programs.binary(cell.workload.entry, cell.config.runner == "native" and "host" or cell.variant))
  end
  return native.hash(table.concat(parts, "\n"))
end

local function now() return os.date("!%Y-%m-%dT%H:%M:%SZ") end

local function new_seed()
  return (os.time() * 1000003 ~ native.clock()) & 0x7fffffff
end

-- Finds the run to go on with, or enters a new one. Returns it and what has been done of it.
local function open_run(e, cells, all, store, options)
  local id = identity(e, all)
  local run = options.resume and store:unfinished_run(id)
  if run then
    if options.seed and options.seed ~= run.seed then
      fail.usage("the run %s has seed %d; --seed %d cannot be given with --resume", run.name, run.seed, options.seed)
    end
    store:adopt_cells(run.id, all)
    return run, store:trials(run.id)
  end
  if options.resume then
    io.stderr:write(e.name, ": no unfinished run of the same cells, counters and programs is in the database; a new one begins\n")
  end
  run = {
    experiment = e.name, identity = id, mode = e.mode, seed = options.seed or new_seed(), rounds = e.rounds, started = now(),
    provenance = json.encode(host.provenance(cells, options.arguments)),
  }
  local stamp = os.date("!%Y%m%d-%H%M%S")
  run.name = ("%s-%s-%s"):format(e.name, stamp, native.hash(("%d %d"):format(run.seed, native.clock())):sub(1, 4))
  store:begin_run(run, all)
  return run, {}
end

-- Progress on the terminal: one line that is written over, or, elsewhere, a line a round.
local function progress(e, total, done)
  local tty = native.isatty(2)
  local state = { done = done, seconds = {}, sum = 0, n = 0, last = nil }
  local function say(format, ...)
    io.stderr:write(tty and "\r\27[K" or "", format:format(...), "\n")
  end
  function state.note(row, cell)
    state.done = state.done + 1
    local s = (row.wall_ns or 0) / 1e9
    state.sum, state.n = state.sum + s, state.n + 1
    local known = state.seconds[cell]
    state.seconds[cell] = known and (known + s) / 2 or s
    if row.status ~= "ok" then say("%s: %s: %s", cell.key, row.status, row.detail or "") end
  end
  -- Seconds that one trial of each of the cells takes, by what was seen so far.
  function state.estimate(cells)
    local sum = 0
    for _, cell in ipairs(cells) do sum = sum + (state.seconds[cell] or (state.n > 0 and state.sum / state.n or 0)) end
    return sum
  end
  function state.show(what, cell, left)
    if tty then
      io.stderr:write(("\r\27[K%s: %d of %d trials, %s, %s left: %s"):format(e.name, state.done, total, what,
        left and text.duration(left) or "?", cell.key))
    elseif what ~= state.last then
      io.stderr:write(("%s: %d of %d trials, %s%s\n"):format(e.name, state.done, total, what,
        left and state.n > 0 and ", " .. text.duration(left) .. " left" or ""))
    end
    state.last = what
  end
  function state.finish()
    if tty then io.stderr:write("\r\27[K") end
  end
  return state
end

local function names_in(cells, names, kind)
  local present, kept = {}, {}
  for _, cell in ipairs(cells) do present[cell[kind].name] = true end
  for _, name in ipairs(names) do
    if present[name] then kept[#kept + 1] = name end
  end
  return kept
end

-- Lays out the cells of an experiment. Workloads and configurations that a filter leaves without a cell are taken out of
-- the experiment, so that no table or claim asks for them.
function campaign.plan(e, filter)
  local cells, references, skipped = campaign.cells(e, filter)
  if #cells == 0 then fail.usage("%s: no cell is left%s", e.name, filter and " by the filter " .. filter or "") end
  e.workload_names = names_in(cells, e.workload_names, "workload")
  e.config_names = names_in(cells, e.config_names, "config")
  local all = table.move(references, 1, #references, #cells + 1, table.move(cells, 1, #cells, 1, {}))
  check_binaries(all)
  return { cells = cells, references = references, all = all, skipped = skipped }
end

-- Runs what is not there yet of a plan. options: seed, resume, arguments, out. Returns the run, its directory and its
-- trials.
function campaign.run(e, plan, store, options)
  local cells, references, all, skipped = plan.cells, plan.references, plan.all, plan.skipped
  local run, past = open_run(e, cells, all, store, options)
  local directory = ("%s/%s"):format(options.out, run.name)
  files.mkdir(directory)

  local done, spent = {}, 0
  for _, row in ipairs(past) do
    done[("%d/%s/%d"):format(row.cell, row.kind, row.replicate)] = row
    spent = spent + (row.wall_ns or 0) / 1e9
  end
  local countable = {}
  for _, cell in ipairs(cells) do
    if e.count and cell.config.runner == "jitlab" then countable[#countable + 1] = cell end
  end
  -- The project's own programs always print the same; of others nobody knows.
  local outside = {}
  for _, cell in ipairs(references) do
    if cell.workload.entry.folder then outside[#outside + 1] = cell end
  end
  local simulated, jitlab_cells = e.plan.valgrind[1] and cells or {}, {}
  for _, cell in ipairs(cells) do
    if cell.config.runner == "jitlab" then jitlab_cells[#jitlab_cells + 1] = cell end
  end
  local total = #references + #outside + #countable + #simulated * e.simulations
    + run.rounds * (#cells + #jitlab_cells * #e.plan.further)
  io.stderr:write(("%s: %s, %d cells, %s %d rounds, seed %d%s\n"):format(run.name, e.mode, #cells, e.budget and "up to" or "in",
    run.rounds, run.seed, #past > 0 and (", %d trials are there already"):format(#past) or ""))

  local meter = progress(e, total, 0)
  local context = { experiment = e, seed = run.seed, cpu = host.trial_cpu(), run_id = run.id, stats_file = directory .. "/.stats.json" }
  local hashes = {}

  local function perform(list, kind, replicate, what, later)
    local order = rng.new(run.seed, kind .. replicate):shuffle(table.move(list, 1, #list, 1, {}))
    for i, cell in ipairs(order) do
      local row = done[("%d/%s/%d"):format(cell.id, kind, replicate)]
      if not row then
        local rest = table.move(order, i, #order, 1, {})
        meter.show(what, cell, meter.n > 0 and meter.estimate(rest) + later() or nil)
        row = trial.run(cell, kind, replicate, kind ~= "reference" and hashes[cell.workload.name] or nil, context)
        store:add_trial(row)
        spent = spent + (row.wall_ns or 0) / 1e9
      end
      meter.note(row, cell)
      if kind == "reference" and row.status == "ok" then
        local name = cell.workload.name
        hashes[name] = (hashes[name] == nil or hashes[name] == row.stdout_hash) and row.stdout_hash -- false: it varies
      end
    end
  end

  local function rounds_after(round)
    return function()
      local one = meter.estimate(cells)
      local left = (run.rounds - round) * one
      return e.budget and math.max(0, math.min(left, e.budget - spent)) or left
    end
  end

  perform(references, "reference", 0, "references", rounds_after(0))
  perform(outside, "reference", 1, "references again", rounds_after(0))
  for _, cell in ipairs(outside) do
    if hashes[cell.workload.name] == false then
      io.stderr:write(cell.workload.name, ": prints something else each time it runs natively; its output is not compared\n")
    end
  end
  local usable = {}
  for _, list in ipairs { cells, countable, jitlab_cells } do
    usable[list] = {}
    for _, cell in ipairs(list) do
      if hashes[cell.workload.name] ~= nil then table.insert(usable[list], cell) end
    end
  end
  simulated = simulated[1] and usable[cells] or {}
  cells, countable, jitlab_cells = usable[cells], usable[countable], usable[jitlab_cells]
  perform(countable, "count", 0, "counting", rounds_after(0))
  for n = 0, e.simulations - 1 do perform(simulated, "valgrind", n, "under valgrind", rounds_after(0)) end
  local rounds = 0
  for round = 1, run.rounds do
    if e.budget and rounds >= 3 and spent + meter.estimate(cells) > e.budget then break end
    perform(cells, "time", round, ("round %d of %d"):format(round, run.rounds), rounds_after(round))
    for _, kind in ipairs(e.plan.further) do -- events that do not fit beside the others'
      perform(jitlab_cells, kind, round, ("round %d of %d, further events"):format(round, run.rounds), rounds_after(round))
    end
    rounds = round
  end
  meter.finish()
  if rounds < run.rounds then
    io.stderr:write(("%s: ended after round %d of %d, to stay within %s\n"):format(e.name, rounds, run.rounds, text.duration(e.budget)))
  end
  store:finish_run(run.id, rounds, now())
  run.rounds = rounds
  return { run = run, directory = directory, trials = store:trials(run.id), skipped = skipped, cells = cells, seconds = spent }
end

return campaign
