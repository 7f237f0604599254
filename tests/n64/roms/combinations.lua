-- Every ROM the same in every combination of strategies, frame by frame: hashes of picture, RDRAM and the rest of the state, and the
-- instructions retired, against the interpreter's. A covering array over all axes chooses the combinations, the
-- RSP's from an array of its own; some runs are in lockstep, and some are cut by a savestate and gone on with in another combination.
--
-- usage: lua5.4 combinations.lua JITLAB ROMS PROGRAMS [OPTION]... [ROM]...
--   ROMS, PROGRAMS  the folders with this folder's ROMs and those of guests/n64/programs
--   --seed N        0, as without it: a new one
--   --rows N        that many combinations (12)
--   --each N        so many of them for every ROM (2), in turn, half as many for those of PROGRAMS; of the ROMs one in four is also
--                   cut, and one in eight also checked
--   --all           every row of the whole array on every ROM
--   --strength 3    a whole array of triples instead of pairs; --each is then as many as take each row to two ROMs
--   --frames N      how far each run goes (3)
--   --quick         programs of the size "quick", and not "test"
--   --random N      that many random programs (random_rom.lua), of seeds that follow --seed (2); names "random SEED"
--   --reduce        looks for the settings that make a run differ
--   ROM             these files, or names of the battery, instead of all of it
local here = arg[0]:match("(.*/)") or "./"
package.path = here .. "?.lua;" .. here .. "../../?.lua;" .. here .. "../../../experiments/?.lua;" .. package.path
local axes = require "axes"
local common = require "common"
local json = require "dkjson"
local pairwise = require "harness.pairwise"
local random_rom = require "random_rom"
local triples = require "harness.triples"

local jitlab, folder, programs = arg[1], arg[2], arg[3]
local given = { seed = 0, rows = 12, each = 2, frames = 3, random = 2, strength = 2 }
local names = {}
do
  local i = 4
  while arg[i] do
    local option = arg[i]:match("^%-%-(%a+)$")
    if option == "all" or option == "reduce" or option == "quick" then
      given[option] = true
    elseif given[option] then
      i = i + 1
      given[option] = math.tointeger(tonumber(arg[i])) or error("--" .. option .. " wants a number")
    elseif option then
      error("no option --" .. option)
    else
      names[#names + 1] = arg[i]
    end
    i = i + 1
  end
end
if given.strength ~= 2 and given.strength ~= 3 then error("--strength wants 2 or 3") end
if given.seed == 0 then given.seed = os.time() end
math.randomseed(given.seed)
io.stdout:setvbuf("line")
print("seed " .. given.seed)

local runs = 0
local base = os.tmpname()

local read, write = common.read, common.write

local function complain(...) common.check(false, ...) end

-- ---- the combinations ----

local factors = axes.factors(jitlab, {
  events = { "folded:eager=1", "split:eager=1" }, memory = { "softtlb:size=4" }, tier = { "warm:prune=0" },
})

local function refusal(settings, of)
  local sentence, wrong = pairwise.refusal(jitlab, settings, of)
  if wrong then complain("%s", wrong) end
  return sentence
end

-- Lists of settings, a combination each, as options of the processor's or the RSP's.
local function array(of, option)
  local left, never = pairwise.possible(factors, function(setting) return refusal({ setting }, of) end)
  for _, n in ipairs(never) do print(("%s: never: %s"):format(of, n[2])) end
  local function refuse(row) return refusal(axes.settings(left, row), of) end
  local rows, report, lists
  if given.strength == 3 then
    rows, report = triples.rows(left, refuse)
    print(("%s: %d triples, %d impossible"):format(of, report.triples, #report.impossible_triples))
    for _, t in ipairs(report.impossible_triples) do
      local function word(i) return left[t[i]].name .. "=" .. left[t[i]].levels[t[i + 1]] end
      print(("  impossible: %s, %s, %s: %s"):format(word(1), word(3), word(5), t[7]))
    end
  else
    rows, report = pairwise.rows(left, refuse, nil, not given.all and given.rows or nil)
  end
  print(("%s: %d factors, %d pairs, %d combinations; %d refused, %d pairs impossible"):format(of, #left, report.pairs, #rows,
    report.refused, #report.impossible))
  for sentence, n in pairs(report.sentences) do print(("  refused %d times: %s"):format(n, sentence)) end
  lists = {}
  for i, row in ipairs(rows) do
    lists[i] = {}
    for k, setting in ipairs(axes.settings(left, row)) do lists[i][k] = option .. setting end
  end
  return lists
end

local combinations = {}
do
  local cpu, rsp = array("n64", "--set "), array("rsp", "--rsp ")
  for i = 1, math.max(#cpu, #rsp) do
    local mine, theirs = cpu[(i - 1) % #cpu + 1], rsp[(i - 1) % #rsp + 1]
    combinations[i] = table.move(theirs, 1, #theirs, #mine + 1, table.move(mine, 1, #mine, 1, {}))
  end
end

-- ---- the battery ----

local battery = {}

local function is_wanted(name)
  for _, wanted in ipairs(names) do
    if wanted == name then return true end
  end
  return #names == 0
end

local function add(name, rom, options)
  if is_wanted(name) then battery[#battery + 1] = { name = name, rom = rom, options = options or "" } end
end

local PAD, FILES = base .. ".pad", { ".save", ".pak" } -- inputs; what a run leaves beside its hashes

local function own_roms()
  local pipe = assert(io.popen(("ls %s/*.z64"):format(folder)))
  for path in pipe:lines() do
    add(path:match("([^/]+)%.z64$"), path, ("--save eeprom4k=%s.save --pak %s.pak --inputs %s"):format(base, base, PAD))
  end
  pipe:close()
  add("busy, 4 MiB", folder .. "/busy.z64", "--rdram 4")
  add("hello, booted", folder .. "/hello.z64", ("--ipl %s/ipl.bin"):format(folder))
  add("reset, pressed", folder .. "/reset.z64", "--reset-at 1")
end

-- Size and option stand in the third and fourth word of a program.
local function benchmark_roms()
  for _, entry in ipairs(dofile(here .. "../../../guests/n64/programs/manifest.lua")) do
    local rom = read(("%s/%s.z64"):format(programs, entry.source:match("([^/]+)%.c$")))
    local args = entry.args[given.quick and "quick" or "test"]
    local words = (">I4I4"):pack(math.tointeger(tonumber(args[1])), math.tointeger(tonumber(args[2])))
    if is_wanted(entry.name) then
      add(entry.name, write(("%s.%s.z64"):format(base, entry.name), rom:sub(1, 0x1008) .. words .. rom:sub(0x1011)))
      battery[#battery].half = true
    end
  end
end

write(PAD, "0 8000 16 -128\n1 4000 1 2\n2 0 3 4\n")
own_roms()
benchmark_roms()
local function random_program(seed)
  add("random " .. seed, write(("%s.random%d.z64"):format(base, seed), random_rom(seed)))
  battery[#battery].unannounced = true
end
for i = 1, #names == 0 and given.random or 0 do random_program(given.seed * 1000 + i) end
for _, name in ipairs(names) do
  if name:find("^random %d+$") then random_program(math.tointeger(tonumber(name:match("%d+")))) end
  if name:find("/", 1, true) then battery[#battery + 1] = { name = name:match("[^/]+$"), rom = name, options = "" } end
end
assert(#battery >= math.max(#names, 1), "the battery has not all of these ROMs")

-- ---- runs ----

-- Lines of frames, a line about the end, what the ROM printed, and the status. With `keep` the files of an earlier run go on.
local function run(entry, options, keep)
  for _, file in ipairs { ".hashes", ".json", ".log", ".err" } do os.remove(base .. file) end
  for _, file in ipairs(keep and {} or FILES) do os.remove(base .. file) end
  local command = ("timeout 120 %s exec --frame-hashes %s.hashes --stats %s.json --log %s.log %s %s %s"):format(jitlab, base, base, base,
    entry.options, options, entry.rom)
  local _, _, status = os.execute(command .. (" 2>%s.err"):format(base))
  runs = runs + 1
  local lines = {}
  for line in read(base .. ".hashes"):gmatch("([^\n]+)\n") do
    if line:sub(1, 1) ~= "#" then lines[#lines + 1] = line end
  end
  local stats = json.decode(read(base .. ".json")) or {}
  local n = stats.n64 or { rsp = {} }
  return {
    command = command, lines = lines, said = read(base .. ".err"), status = status, text = read(base .. ".log"),
    last = ("%s %s %s %s"):format(n.cycles, n.frame_hash, n.state_hash, stats.fingerprint),
  }
end

local COLUMNS = { "frame", "picture", "RDRAM", "rest", "instructions" }

-- The first frame in which they differ, and in what.
local function difference(got, want)
  if got.status ~= 0 or got.said ~= want.said then return ("status %s, said: %s"):format(got.status, got.said:sub(1, 1500)) end
  for i, line in ipairs(got.lines) do
    local mine, theirs, columns = line:gmatch("%S+"), (want.lines[i] or ""):gmatch("%S+"), {}
    for _, column in ipairs(COLUMNS) do
      if mine() ~= theirs() then columns[#columns + 1] = column end
    end
    if columns[1] then return ("frame %s: %s"):format(line:match("%d+"), table.concat(columns, ", ")) end
  end
  if #got.lines ~= #want.lines then return ("%d frames instead of %d"):format(#got.lines, #want.lines) end
  if got.text ~= want.text then return "text" end
  if got.last ~= want.last then return ("the end: %s instead of %s"):format(got.last, want.last) end
end

-- ROMs that change code without a CACHE instruction for each of its addresses, which invalidate=explicit need not notice.
local UNANNOUNCED = { tlb = true }

local function fitting(entry, words)
  local fit = table.move(words, 1, #words, 1, {})
  for i, word in ipairs(fit) do
    local forgets = word == "--set invalidate=explicit" and (entry.unannounced or UNANNOUNCED[entry.name])
    if forgets then fit[i] = "--set invalidate=page-fault" end
  end
  return fit
end

local INTERPRETER = "--set backend=interp --rsp backend=interp"

-- The interpreter's run of so many frames.
local function reference(entry, frames)
  entry.references = entry.references or {}
  local found = entry.references[frames]
  if not found then
    found = run(entry, ("--frames %d %s"):format(frames, INTERPRETER))
    entry.references[frames] = found
    if found.status ~= 0 then complain("%s, interpreted: status %s: %s", entry.name, found.status, found.said) end
  end
  return found
end

-- Which of a combination's options it takes to make the run differ.
local function reduced(words, differs)
  for i = #words, 1, -1 do
    local fewer = table.move(words, 1, #words, 1, {})
    table.remove(fewer, i)
    if differs(fewer) then words = fewer end
  end
  for i, word in ipairs(words) do -- and which of its passes
    local head, rest = word:match("^(%S+ passes=all)(.*)$")
    for off in (rest or ""):gmatch(":[%w-]+=%d") do
      local fewer = table.move(words, 1, #words, 1, {})
      fewer[i] = head .. rest:gsub(off:gsub("%p", "%%%0"), "", 1)
      if differs(fewer) then
        words = fewer
        rest = fewer[i]:sub(#head + 1)
      end
    end
  end
  return words
end

local function report(entry, what, words, wrong, command, differs)
  complain("DIFFERS: %s, %s: %s\n  %s", entry.name, what, wrong, command)
  if given.reduce then print("  enough: " .. table.concat(reduced(words, differs), " ")) end
end

local function plainly(entry, words, frames, more, what)
  local want = reference(entry, frames)
  local function go(list) return run(entry, ("--frames %d %s %s"):format(frames, more, table.concat(list, " "))) end
  local got = go(words)
  local wrong = difference(got, want)
  if wrong then
    report(entry, what, words, wrong, got.command, function(list) return difference(go(list), want) end)
  end
end

-- The first part ends anywhere; the second goes on from there in another combination.
local function cut(entry, first, second, frames)
  local want = reference(entry, frames)
  local total = tonumber((want.lines[#want.lines] or ""):match("%d+$")) or 1000
  local at = math.random(2) == 1 and ("--frames %d"):format(math.random(frames - 1)) or
    ("--max-instructions %d"):format(math.random(total - 1))
  local state = base .. ".state"
  local function go(one, two)
    local a = run(entry, ("%s --savestate %s %s"):format(at, state, table.concat(one, " ")))
    local b = run(entry, ("--frames %d --loadstate %s %s"):format(frames - #a.lines, state, table.concat(two, " ")), true)
    table.move(b.lines, 1, #b.lines, #a.lines + 1, a.lines)
    b.lines, b.text, b.command = a.lines, a.text .. b.text, a.command .. "\n  " .. b.command
    return b
  end
  local got = go(first, second)
  local wrong = difference(got, want)
  if not wrong then return end
  report(entry, "cut", first, wrong, got.command, function(list) return difference(go(list, second), want) end)
  if given.reduce then
    print("  then enough: " .. table.concat(reduced(second, function(list) return difference(go(first, list), want) end), " "))
  end
end

local turn = 0
local function some_combination()
  turn = turn % #combinations + 1
  return combinations[turn]
end

local many = given.all or given.strength == 3
if given.strength == 3 then given.each = (3 * #combinations + #battery - 1) // #battery end -- half of the ROMs are for half as many

for k, entry in ipairs(battery) do
  if many then print(("%d of %d ROMs: %s, %d runs so far"):format(k, #battery, entry.name, runs)) end
  local each = given.all and #combinations or entry.half and (given.each + 1) // 2 or given.each
  local function next_one() return fitting(entry, some_combination()) end
  for i = 1, each do
    plainly(entry, next_one(), given.frames, "", "combination")
    if many and i % 4 == 0 or not many and i == 1 and k % 4 == given.seed % 4 then
      cut(entry, next_one(), next_one(), given.frames)
    end
    if many and i % 8 == 0 or not many and i == 1 and k % 8 == given.seed % 8 then
      plainly(entry, next_one(), 1, "--check", "lockstep")
    end
  end
end

os.execute(("rm -f %s %s.*"):format(base, base))
print(("%d runs of %d ROMs, %d wrong"):format(runs, #battery, common.failed))
os.exit(common.failed == 0 and runs > 0)
