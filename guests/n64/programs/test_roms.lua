-- Runs the benchmark ROMs in their smallest size: every source has an entry in the manifest, every entry's ROM prints a result and the
-- text that ends it and nothing else, does so in each of several rounds, and ends in the same state whichever way it is executed.
--
-- usage: lua5.4 test_roms.lua SOURCE_DIR BUILD_DIR [NAME]
local source, build, only = arg[1], arg[2], arg[3]
package.path = source .. "/experiments/?.lua;" .. package.path
package.cpath = build .. "/lib/?.so;" .. package.cpath
local json = require "dkjson"
local native = require "jitlab_native"
require("harness.paths").set_root(source)
require("harness.paths").set_build(build)
local files = require "harness.files"
local paths = require "harness.paths"
local programs = require "harness.programs"
local roms = require "harness.roms"

-- The first is what the others are held against.
local CONFIGS = { { "backend=interp" }, {} }

local failed = 0
local function wrong(format, ...)
  failed = failed + 1
  print(("WRONG: " .. format):format(...))
end

local stats_file = os.tmpname()

-- What the ROM printed and its statistics.
local function run(rom, until_text, set)
  local argv = { paths.jitlab, "exec", "--until", until_text, "--seconds", "60", "--stats", stats_file }
  for _, setting in ipairs(set) do table.move({ "--set", setting }, 1, 2, #argv + 1, argv) end
  argv[#argv + 1] = rom
  os.remove(stats_file)
  local r = native.run { argv = argv, timeout = 100, keep_stdout = 4096 }
  if r.ended ~= "exit" or r.status ~= 0 or r.stderr ~= "" then
    wrong("%s (%s): %s %d, %s", rom, table.concat(set, " "), r.ended, r.status, r.stderr)
  end
  return r.stdout, json.decode(files.read(stats_file) or "") or { counters = {} }
end

local function check(entry)
  local binary = programs.binary(entry, "n64")
  local expected
  for _, set in ipairs(CONFIGS) do
    local said, stats = run(roms.sized(binary, entry.args.test, 1), entry["until"], set)
    local result = said:match("^(result: 0x%x+\n)" .. entry["until"]:gsub("%p", "%%%0") .. "\n$")
    if not result then wrong("%s prints: %s", entry.name, said) end
    local state = ("%s %s"):format(stats.fingerprint, stats.counters.guest_instructions)
    if (stats.counters.guest_instructions or 0) > 8000000 then wrong("%s: too long for a test: %s", entry.name, state) end
    expected = expected or { said = said, state = state }
    if said ~= expected.said or state ~= expected.state then
      wrong("%s (%s): %s%s, and interpreted %s%s", entry.name, table.concat(set, " "), said, state, expected.said, expected.state)
    end
  end
  local said = run(roms.sized(binary, entry.args.test, 2), entry["until"], {})
  if said ~= ("JITLAB-ROUND\n"):rep(2) .. expected.said then wrong("%s prints in two rounds: %s", entry.name, said) end
end

local by_name, names = programs.load()
local sources = {}
for _, name in ipairs(names) do
  local entry = by_name[name]
  if programs.guest(entry) == "n64" then
    sources[entry.source] = true
    if not only or name == only then check(entry) end
  end
end
for _, file in ipairs(native.list(source .. "/guests/n64/programs")) do
  if file:find("%.c$") and file ~= "rom.c" and not sources[file] then wrong("%s has no entry in manifest.lua", file) end
end
os.remove(stats_file)
print(failed == 0 and "ok" or failed .. " wrong")
os.exit(failed == 0)
