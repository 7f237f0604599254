-- The command line of bench.lua. Each command is a function of the parsed arguments that returns the exit status. What needs
-- the C module is loaded behind build.update(): before the first build there is none.

local argparse = require "argparse"
local fail = require "harness.fail"
local text = require "harness.text"

local cli = {}

local LISTS = { "axes", "strategies", "guests", "workloads", "experiments", "counters" }

-- Commands of the contract that have nothing behind them yet, with what there is instead.
local ABSENT = {
  doctor = "this version has no doctor; './bench.lua list counters' says which counters this host has and why others are missing",
}

local function number(name, least)
  return function(s)
    local n = math.tointeger(tonumber(s))
    if not n or n < least then return nil, ("%s takes a number from %d on, not '%s'"):format(name, least, s) end
    return n
  end
end

local function precision(s)
  local n = text.fraction(s)
  if not n then return nil, ("--precision takes the half of an interval's width, like 2%% or 0.02, not '%s'"):format(s) end
  return n
end

local function counter_list(s)
  local names = text.split(s, ",")
  if #names == 0 then return nil, "--counters takes names separated by commas; 'list counters' has them" end
  return names
end

local function names_of_features(s)
  if s == "none" then return {} end
  local names = text.split(s, ",")
  if #names == 0 then return nil, "--features takes names separated by commas, or none" end
  return names
end

local function threshold(option)
  return function(s)
    local n = text.fraction(s)
    if not n and tonumber((s:gsub("%%$", ""))) == 0 then n = 0 end
    if not n then return nil, ("%s takes how much may be lost, like 1%% or 0.01, not '%s'"):format(option, s) end
    return n
  end
end

local function add_regress(p)
  local c = p:command("regress", "Whether this jitlab is worse than a baseline or another commit.")
  c:epilog("Status: 0 same or better, 1 worse, 2 failed or measured nothing, 3 could not tell.")
  c:mutex(
    c:option("--baseline", "counts against this file's (results/baselines/default.json if nothing is said)"):argname("FILE"),
    c:option("--against", "times and counts against jitlab as that commit makes it"):argname("REV"),
    c:flag("--history", "no comparison: what the runs in the database measured one after the other, and where it changed"))
  c:flag("--update", "write or renew the baseline instead")
  c:option("--features", "with --update: host features that counted code may use, or none (all of this host's)"):argname("LIST")
    :convert(names_of_features)
  c:option("--experiment", "what is measured (regress); a baseline remembers its own"):argname("NAME")
  c:option("--filter", "only cells whose configuration, workload or CONFIGURATION/WORKLOAD matches; after '!' all others"):argname("GLOB")
  c:flag("--quick", "with --against: the small inputs")
  c:option("--time-limit", "with --against: seconds of trials; 0: counters alone", "600"):argname("N"):convert(number("--time-limit", 0))
  c:option("--threshold", "how much a cell may lose, like 1%"):argname("PART"):convert(threshold("--threshold"))
  c:option("--overall", "how much all cells together may lose"):argname("PART"):convert(threshold("--overall"))
  c:option("--junit", "write JUnit XML"):argname("FILE")
  c:option("--markdown", "write a summary as Markdown"):argname("FILE")
  c:option("--seed", "of the random order"):argname("N"):convert(number("--seed", 0))
  c:option("--db", "the database", "results/jitlab.db"):argname("FILE")
  c:option("--out", "where the run's directory is made", "results"):argname("DIR")
  c:flag("--install", "let sudo ask for a password to install missing packages")
end

local function parser()
  local p = argparse("bench.lua", "Runs designed experiments over jitlab's strategies, and jitlab itself.")
    :command_target("command"):require_command(true):usage_max_width(110):help_max_width(110)
  p:epilog("Every command sets the machine up first when that has not been done: packages, build, guest programs.\n" ..
    "Status: 0 done, 1 a trial failed or nothing was measured, 2 asked for something that is not there or could not be set up.")
  local install = { "--install", "let sudo ask for a password to install missing packages" }

  local setup = p:command("setup", "Install missing packages, build jitlab and the guest programs. Safe to repeat.")
  setup:flag("--install", install[2])
  setup:flag("--test", "also what the tests need")

  local list = p:command("list", "What there is.")
  list:argument("what", table.concat(LISTS, ", ") .. "; all of them if left out"):args("?")
  list:flag("--json", "for programs")
  list:flag("--install", install[2])

  local exec = p:command("exec", "Run one guest program: everything goes to jitlab exec, see 'bench.lua exec --help'.")
  exec:argument("arguments", "as of jitlab exec"):args("*")

  local run = p:command("run", "Run experiments: trials, tables, claims, plots.")
  run:argument("experiment", "a name from 'list experiments', or a file"):args("+")
  run:flag("--quick", "the small inputs and few rounds")
  run:option("--counters", "further counters: of 'list counters', or any PAPI event"):argname("LIST"):convert(counter_list)
  run:flag("--multiplex", "let PAPI events that do not fit together share the hardware; their values are estimates and marked so")
  run:option("--repeat", "rounds of timed trials"):argname("N"):convert(number("--repeat", 1)):target("rounds")
  run:option("--precision", "rounds until every interval is this narrow: half its width, like 2%"):argname("WIDTH")
    :convert(precision)
  run:option("--seed", "of the random order"):argname("N"):convert(number("--seed", 0))
  run:option("--filter", "only cells whose configuration, workload or CONFIGURATION/WORKLOAD matches; after '!' all others")
    :argname("GLOB")
  run:option("--programs", "measure the programs of this folder instead (DIR/host, DIR/mipsel, DIR/mips)"):argname("DIR")
  run:flag("--dry-run", "only say which trials there would be, what is left out, and how long it would take")
  run:flag("--json", "with --dry-run: for programs")
  run:flag("--resume", "go on with the last run of it that did not end")
  run:option("--db", "the database", "results/jitlab.db"):argname("FILE")
  run:option("--out", "where the run's directory is made", "results"):argname("DIR")
  run:option("--engine", "local"):argname("ENGINE")
  run:flag("--install", install[2])

  local report = p:command("report", "Write a stored run as one HTML file, Markdown, plots, CSV and JSON.")
  report:argument("run", "its name, the beginning of it, or its number; the last that ended if left out"):args("?")
  report:option("--out", "directory of the report (the run's own beside the database if left out)"):argname("DIR")
  report:flag("--list", "only say which runs there are")
  report:option("--db", "the database", "results/jitlab.db"):argname("FILE")
  report:flag("--install", install[2])

  local compare = p:command("compare", "Compare two stored runs, cell by cell and metric by metric.")
  compare:argument("old", "a run: name, beginning or number")
  compare:argument("new", "a run: name, beginning or number")
  compare:flag("--json", "for programs")
  compare:option("--db", "the database", "results/jitlab.db"):argname("FILE")
  compare:option("--new-db", "the database of the second run, if it is another one"):argname("FILE")
  compare:flag("--install", install[2])

  add_regress(p)

  local test = p:command("test", "Run the tests.")
  test:argument("pattern", "only tests whose name matches this regular expression"):args("?")
  test:flag("--install", install[2])

  for _, name in ipairs(text.sorted_keys(ABSENT)) do
    local command = p:command(name, "Not in this version."):hidden(true)
    command:argument("arguments"):args("*")
    command:handle_options(false)
  end
  p.error = function(_, message)
    -- argparse adds its own "Did you mean" on a line of its own.
    message = message:gsub("%s*\n%s*", "; "):gsub("Did you", "did you")
    if message:find("command") and not message:find("did you mean") then
      message = message .. "; there is setup, list, exec, run, report, compare, regress, test (--help says more)"
    end
    fail.usage("%s", message)
  end
  for _, command in ipairs(p._commands) do command.error = p.error end
  return p
end

local commands = {}

function commands.setup()
  require("harness.build").update()
  io.stderr:write("bench.lua: everything is set up\n")
  return 0
end

function commands.list(args)
  if args.what then
    local known = false
    for _, name in ipairs(LISTS) do known = known or name == args.what end
    if not known then fail.usage("%s", text.unknown("list", args.what, LISTS)) end
  end
  require("harness.build").update()
  require("harness.listing").print(args.what and { args.what } or LISTS, args.json)
  return 0
end

function commands.run(args)
  if args.json and not args.dry_run then fail.usage("--json goes with --dry-run; a run leaves table.json in its directory") end
  if args.engine and args.engine ~= "local" then
    if args.engine == "slurm" then
      fail.usage("--engine slurm: this version runs on this machine only (--engine local)")
    end
    fail.usage("%s", text.unknown("engine", args.engine, { "local" }))
  end
  require("harness.build").update()
  return require("harness.run")(args)
end

function commands.report(args)
  require("harness.build").update()
  return require("harness.report.command").main(args)
end

function commands.compare(args)
  require("harness.build").update()
  return require("harness.compare")(args)
end

function commands.regress(args)
  if args.update and (args.against or args.history) then fail.usage("--update is about a baseline") end
  for _, option in ipairs { "features", "experiment" } do
    if args[option] and not args.update and not (option == "experiment" and (args.against or args.history)) then
      fail.usage("--%s goes with --update%s", option, option == "experiment" and ", --against or --history" or "")
    end
  end
  if args.quick and not args.against then fail.usage("--quick goes with --against; a baseline is always counted at the small inputs") end
  if args.filter and args.update then fail.usage("--filter would leave cells out of the baseline") end
  require("harness.build").update()
  return require("harness.regress.command").main(args)
end

function commands.test(args)
  require("harness.build").update()
  local paths = require "harness.paths"
  local native = require "jitlab_native"
  local argv = { "ctest", "--test-dir", paths.build, "--output-on-failure", "--no-tests=error", "-j", tostring(#native.cpus()) }
  if args.pattern then
    argv[#argv + 1] = "-R"
    argv[#argv + 1] = args.pattern
  end
  local _, message = native.exec("/usr/bin/ctest", argv)
  fail.usage("%s", message)
end

for name, sentence in pairs(ABSENT) do
  commands[name] = function() fail.usage("%s: %s", name, sentence) end
end

-- jitlab gets the words as they are: its options are its own business.
local function exec(arguments)
  require("harness.build").update()
  local paths = require "harness.paths"
  local argv = table.move(arguments, 2, #arguments, 3, { paths.jitlab, "exec" })
  local _, message = require("jitlab_native").exec(paths.jitlab, argv)
  fail.usage("%s", message)
end

-- Runs the command line; returns the exit status.
function cli.main(arguments)
  local function work()
    if arguments[1] == "exec" then return exec(arguments) end
    if ABSENT[arguments[1]] then return commands[arguments[1]]() end
    local args = parser():parse(arguments)
    args.words = arguments
    return commands[args.command](args)
  end
  local ok, status = xpcall(work, function(e)
    if fail.is(e) or tostring(e):find("interrupted!", 1, true) then return e end
    return debug.traceback(tostring(e), 2)
  end)
  if ok then return status end
  if fail.is(status) then
    io.stderr:write("bench.lua: ", status.message, "\n")
    return status.status
  end
  io.stderr:write("bench.lua: ", tostring(status), "\n")
  return tostring(status):find("interrupted!", 1, true) and 130 or 70
end

return cli
