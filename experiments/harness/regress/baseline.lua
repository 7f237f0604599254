-- A baseline: a committed file with what the counters of each cell were, what they were counted on, and by how much they may rise.
--
-- What makes counts differ between machines though jitlab is the same:
--   the guest programs   other compilers or C libraries make other ones: their SHA-256 is kept, and another one is not compared;
--   the host's features  the back end uses BMI2, MOVBE, LZCNT and others where they are there: the baseline names those that may be used,
--                        all others are switched off while counting (JITLAB_HOST_DISABLE), and a host that lacks one is told apart;
--   the surroundings     addresses, environment, process number and the program's name are fixed in counting trials (trial.lua).
-- jitlab's own compiler, the C library and the kernel do not touch these counters: they are of translated code and of decisions.

local native = require "jitlab_native"
local json = require "dkjson"
local fail = require "harness.fail"
local files = require "harness.files"
local gate = require "harness.regress.gate"
local paths = require "harness.paths"
local programs = require "harness.programs"
local text = require "harness.text"

local baseline = {}

local SCHEMA = 1

function baseline.default_file() return paths.root .. "/results/baselines/default.json" end

-- Raises unless the value at `where` has that type.
local function need(path, where, value, expected)
  local is = expected == "integer" and math.type(value) or type(value)
  if is == expected then return end
  fail.usage("%s is no baseline: %s should be a %s, not %s", path, where, expected, value == nil and "missing" or is)
end

local function check_gates(path, gates)
  need(path, "gates", gates, "table")
  for _, name in ipairs(text.sorted_keys(gates, tostring)) do
    need(path, "gates." .. name, gates[name], "table")
    for _, key in ipairs { "each", "overall", "slack" } do need(path, ("gates.%s.%s"):format(name, key), gates[name][key], "number") end
  end
end

local function check_cells(path, b)
  need(path, "cells", b.cells, "table")
  if #b.cells == 0 then fail.usage("%s is no baseline: it has no cells", path) end
  for i, c in ipairs(b.cells) do
    local where = ("cells[%d]"):format(i)
    need(path, where, c, "table")
    for _, key in ipairs { "cell", "program", "arguments", "settings" } do need(path, where .. "." .. key, c[key], "string") end
    need(path, where .. ".counters", c.counters, "table")
    for name, value in pairs(c.counters) do need(path, ("%s.counters.%s"):format(where, name), value, "integer") end
    need(path, where .. ".counters." .. gate.WORK, c.counters[gate.WORK], "integer")
    need(path, "programs." .. c.program, b.programs[c.program], "string")
  end
end

-- Reads and checks a baseline. The failure says what is wrong with it in one line.
function baseline.read(path)
  local content = files.read(path)
  if not content then fail.usage("there is no baseline %s; --update makes one", path) end
  local b, _, message = json.decode(content, 1, nil)
  if type(b) ~= "table" then fail.usage("%s is no baseline: %s", path, message or "no JSON object") end
  need(path, "schema", b.schema, "integer")
  if b.schema ~= SCHEMA then fail.usage("%s has layout %d; this jitlab reads layout %d", path, b.schema, SCHEMA) end
  need(path, "experiment", b.experiment, "string")
  for _, key in ipairs { "made", "features", "programs" } do need(path, key, b[key], "table") end
  for _, key in ipairs { "commit", "date" } do
    if b.made[key] ~= nil then need(path, "made." .. key, b.made[key], "string") end
  end
  for i, name in ipairs(b.features) do need(path, ("features[%d]"):format(i), name, "string") end
  check_gates(path, b.gates)
  check_cells(path, b)
  b.cell = {}
  for _, c in ipairs(b.cells) do b.cell[c.cell] = c end
  return b
end

-- JSON with a line for each cell, so that a diff shows which programs changed; keys in order.
local function line_of(value) return json.encode(value, { keyorder = { "cell", "program", "arguments", "settings", "counters" } }) end

local function sorted_line(t)
  local parts = {}
  for i, key in ipairs(text.sorted_keys(t)) do
    parts[i] = ("%s: %s"):format(json.encode(key), type(t[key]) == "table" and sorted_line(t[key]) or json.encode(t[key]))
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function block(t)
  local lines = {}
  for i, key in ipairs(text.sorted_keys(t)) do
    lines[i] = ("    %s: %s"):format(json.encode(key), type(t[key]) == "table" and sorted_line(t[key]) or json.encode(t[key]))
  end
  return "{\n" .. table.concat(lines, ",\n") .. "\n  }"
end

-- Writes one: b has experiment, made, features (a list), gates, programs and cells.
function baseline.write(path, b)
  local cells = {}
  for i, c in ipairs(b.cells) do
    cells[i] = ('    {"cell": %s, "program": %s, "arguments": %s, "settings": %s,\n     "counters": %s}'):format(line_of(c.cell),
      line_of(c.program), line_of(c.arguments), line_of(c.settings), sorted_line(c.counters))
  end
  local directory = path:match("^(.*)/")
  if directory and directory ~= "" then files.mkdir(directory) end
  files.write(path, ([[
{
  "schema": %d,
  "experiment": %s,
  "made": %s,
  "features": %s,
  "gates": %s,
  "programs": %s,
  "cells": [
%s
  ]
}
]]):format(SCHEMA, json.encode(b.experiment), block(b.made), json.encode(b.features), block(b.gates), block(b.programs),
    table.concat(cells, ",\n")))
end

-- What jitlab knows of host features: a list of names in order, and which of them this host has.
local function host_features(catalogue)
  local names, on = {}, {}
  for i, f in ipairs(catalogue.answer.host_features or {}) do names[i], on[f.name] = f.name, f.on end
  return names, on
end

-- The features that may be used here, as a list.
function baseline.features_here(catalogue)
  local names, on = host_features(catalogue)
  local list = {}
  for _, name in ipairs(names) do
    if on[name] then list[#list + 1] = name end
  end
  return list
end

-- Which of the features are unknown to jitlab, and which this host lacks: two lists.
function baseline.missing_features(features, catalogue)
  local _, on = host_features(catalogue)
  local unknown, missing = {}, {}
  for _, name in ipairs(features) do
    if on[name] == nil then unknown[#unknown + 1] = name elseif not on[name] then missing[#missing + 1] = name end
  end
  return unknown, missing
end

-- What JITLAB_HOST_DISABLE has to be for exactly these features to be used. It names all others whether the host has them or not:
-- the guest inherits the environment, whose size moves its stack.
function baseline.disabled(features, catalogue)
  local allowed, list = {}, {}
  for _, name in ipairs(features) do allowed[name] = true end
  for _, name in ipairs((host_features(catalogue))) do
    if not allowed[name] then list[#list + 1] = name end
  end
  return table.concat(list, ",")
end

-- The name of a cell's guest program in a baseline, and its SHA-256.
function baseline.program(cell)
  local entry = cell.workload.entry
  return cell.variant .. "/" .. programs.binary_name(entry), native.sha256_file(programs.binary(entry, cell.variant))
end

-- Why a cell of the experiment cannot be compared with the baseline's of the same name; nil when it can.
function baseline.why_not(b, cell)
  local known = b.cell[cell.key]
  if not known then return "the baseline does not have it" end
  local program, hash = baseline.program(cell)
  local arguments = table.concat(cell.workload.args, " ")
  if known.program ~= program or known.arguments ~= arguments then return "the baseline's has other arguments" end
  if known.settings ~= table.concat(cell.config.set, " ") then return "the baseline's has other settings" end
  if b.programs[program] ~= hash then return "the guest program is not the baseline's (other compiler, C library or source)" end
end

return baseline
