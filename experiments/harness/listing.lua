-- bench.lua list: what there is, from those who have it.

local native = require "jitlab_native"
local json = require "dkjson"
local catalogue = require "harness.catalogue"
local counters = require "harness.counters"
local experiment = require "harness.experiment"
local fail = require "harness.fail"
local files = require "harness.files"
local overhead = require "harness.overhead"
local paths = require "harness.paths"
local programs = require "harness.programs"
local text = require "harness.text"

local listing = {}

local collect = {}

function collect.axes() return catalogue.load().answer.axes end

function collect.strategies()
  local all = {}
  for _, axis in ipairs(catalogue.load().answer.axes) do
    for _, s in ipairs(axis.strategies) do
      all[#all + 1] = { axis = axis.name, name = s.name, summary = s.summary, source = s.source, unsafe = s.unsafe,
        default = axis.default == s.name, params = s.params }
    end
  end
  return all
end

function collect.guests()
  local list = {}
  local by_name, names = programs.load()
  for i, v in ipairs(programs.variants) do
    local built, workloads = 0, 0
    for _, name in ipairs(names) do
      if programs.guest(by_name[name]) == (v.guest or "linux") then
        workloads = workloads + 1
        if files.exists(programs.binary(by_name[name], v.name)) then built = built + 1 end
      end
    end
    list[i] = { name = v.name, summary = v.summary, qemu = v.qemu, built = built, workloads = workloads }
  end
  return list
end

function collect.workloads()
  local by_name, names = programs.load()
  local list = {}
  for i, name in ipairs(names) do
    local e = by_name[name]
    list[i] = { name = name, kind = e.kind, isolates = e.isolates, summary = e.summary, smc = e.smc or "none",
      source = e.source, args = e.args, guest = programs.guest(e) }
  end
  return list
end

function collect.experiments()
  local all = catalogue.load()
  local by_name, names = programs.load()
  local list = {}
  for i, name in ipairs(experiment.names()) do
    local ok, e = fail.catch(experiment.load, paths.experiment(name), { catalogue = all, programs = by_name, program_names = names })
    list[i] = ok and { name = name, summary = e.summary, source = e.source, configs = #e.configs, workloads = #e.workloads,
      claims = #e.claims } or { name = name, summary = "broken: " .. e }
  end
  return list
end

function collect.counters()
  return counters.list(catalogue.load())
end

-- Columns shown on the terminal.
local COLUMNS = {
  axes = { "name", "default", "summary" },
  guests = { "name", "built", "summary" },
  workloads = { "name", "kind", "smc", "isolates" },
  experiments = { "name", "summary" },
  counters = { "name", "from", "unit", "exact", "summary" },
}

local function field(item, column)
  local value = item[column]
  if column == "built" then
    return ("%d of %d"):format(item.built, item.workloads)
  elseif column == "exact" then
    return value and "exact" or "varies"
  elseif column == "summary" and item.available == false then
    return ("%s; n/a: %s"):format(value, item.reason)
  end
  return tostring(value or "")
end

-- Strategies take more than a line each: axis by axis, with source and what each parameter means.
local function print_strategies(strategies, width)
  local axes = catalogue.load().axes
  local axis
  for _, s in ipairs(strategies) do
    if s.axis ~= axis then
      axis = s.axis
      io.stdout:write("  ", axis, ": ", axes[axis].summary, "\n")
    end
    local function say(first, words)
      for i, line in ipairs(text.wrap(words, width - 21)) do
        io.stdout:write("    ", ("%-15s"):format(i == 1 and first or ""), line, "\n")
      end
    end
    say(s.name, s.summary .. (s.default and " [default]" or "") .. (s.unsafe and " [UNSAFE]" or ""))
    say("", "from: " .. s.source)
    for _, p in ipairs(s.params) do say("", (":%s=%d (%d to %d) %s"):format(p.name, p.default, p.min, p.max, p.summary)) end
  end
end

local function print_columns(columns, items)
  local rows, left = { columns }, {}
  for k in ipairs(columns) do left[k] = true end
  for _, item in ipairs(items) do
    local row = {}
    for k, column in ipairs(columns) do row[k] = field(item, column) end
    rows[#rows + 1] = row
  end
  for _, line in ipairs(text.table(rows, 1000, left)) do io.stdout:write("  ", line, "\n") end
end

-- What is the same for all counters of a source, and what counting costs.
local function print_sources()
  io.stdout:write("sources\n")
  local rows, left = { { "name", "counted of", "summary" } }, { true, true, true }
  for i, source in ipairs(counters.sources) do rows[i + 1] = { source.name, source.of, source.summary } end
  for _, line in ipairs(text.table(rows, 1000, left)) do io.stdout:write("  ", line, "\n") end
  local cost, times = overhead.trial()
  io.stdout:write(cost and ("  a trial takes %.2f ms beside its process (median of %d)\n"):format(cost / 1e6, times)
    or ("  what a trial takes beside its process: n/a: %s\n"):format(times))
  for _, o in ipairs(overhead.counters()) do
    local names = table.concat(o.names, ", ")
    io.stdout:write(o.reason and ("  switching %s on and off: n/a: %s\n"):format(names, o.reason)
      or ("  switching %s on takes %.2f us, off %.2f us (medians of %d)\n"):format(names, o.start_ns / 1000, o.stop_ns / 1000, o.times))
  end
end

function listing.print(lists, as_json)
  local result = {}
  for _, what in ipairs(lists) do result[what] = collect[what]() end
  if as_json then
    io.stdout:write(json.encode(#lists == 1 and result[lists[1]] or result, { indent = true }), "\n")
    return
  end
  for i, what in ipairs(lists) do
    if i > 1 then io.stdout:write("\n") end
    io.stdout:write(what, "\n")
    if what == "strategies" then
      print_strategies(result[what], native.columns(1) or 120)
    else
      print_columns(COLUMNS[what], result[what])
      if what == "counters" then print_sources() end
    end
  end
end

return listing
