-- The command line of bench.lua. Each command is a function of the parsed arguments that returns the exit status. What needs
-- the C module is loaded behind build.update(): before the first build there is none.

local argparse = require "argparse"
local fail = require "harness.fail"
local text = require "harness.text"

local cli = {}

local ENGINES = { "local", "slurm" }
local LISTS = { "axes", "strategies", "guests", "workloads", "experiments", "counters" }

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

local function shard(s)
  local k, n = s:match("^(%d+)/(%d+)$")
  k, n = math.tointeger(tonumber(k)), math.tointeger(tonumber(n))
  if not k or not n or k < 1 or k > n then return nil, ("--shard takes K/N with K from 1 to N, not '%s'"):format(s) end
  return { k = k, n = n }
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

  local doctor = p:command("doctor", "What this host can measure, what makes its times noisy, and what to do about it.")
  doctor:flag("--quick", "two seconds instead of some twelve: less measuring, and no report made to see what one costs")
  doctor:flag("--json", "for programs")
  doctor:flag("--install", install[2])
  doctor:epilog("Status: 0 nothing found that matters, 1 something found, 2 could not look.")

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
  run:option("--programs", "measure the programs of this folder instead (DIR/host, DIR/mipsel, DIR/mips, DIR/n64)"):argname("DIR")
  run:flag("--dry-run", "only say which trials there would be, what is left out, and how long it would take")
  run:flag("--json", "with --dry-run: for programs")
  run:flag("--resume", "go on with the last run of it that did not end")
  run:option("--db", "the database", "results/jitlab.db"):argname("FILE")
  run:option("--out", "where the run's directory is made", "results"):argname("DIR")
  run:option("--engine", "local: this machine, one trial after the other; slurm: a Slurm job array"):argname("ENGINE")
  run:option("--shards", "with --engine slurm: how many elements the job array has; one a workload if left out"):argname("N")
    :convert(number("--shards", 1))
  run:option("--slurm", "with --engine slurm: further words for sbatch, like '--partition=x --time=30'"):argname("WORDS")
  run:flag("--no-wait", "with --engine slurm: submit only; --resume collects")
  run:option("--shard", "measure part K of N into --db and show nothing; what an element of the job array runs (needs --seed)")
    :argname("K/N"):convert(shard)
  run:option("--identity", "with --shard: refuse to run when jitlab, experiment and programs are not those with this hash"):argname("HASH")
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

  p.error = function(_, message)
    -- argparse adds its own "Did you mean" on a line of its own.
    message = message:gsub("%s*\n%s*", "; "):gsub("Did you", "did you")
    if message:find("command") and not message:find("did you mean") then
      message = message .. "; there is setup, doctor, list, exec, run, report, compare, regress, test (--help says more)"
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

function commands.doctor(args)
  require("harness.build").update()
  return require("harness.doctor.command").main(args)
end

-- What goes with which engine.
local function check_engine(args)
  local engine, known = args.engine or "local", false
  for _, name in ipairs(ENGINES) do known = known or name == engine end
  if not known then fail.usage("%s", text.unknown("engine", engine, ENGINES)) end
  for option, given in pairs { ["--shards"] = args.shards, ["--slurm"] = args.slurm, ["--no-wait"] = args.no_wait } do
    if given and engine ~= "slurm" then fail.usage("%s goes with --engine slurm", option) end
  end
  if args.identity and not args.shard then fail.usage("--identity goes with --shard") end
  if args.shard and (engine ~= "local" or #args.experiment > 1 or not args.seed) then
    fail.usage("--shard is for one experiment with --engine local and a --seed, the same for all shards")
  end
end

function commands.run(args)
  if args.json and not args.dry_run then fail.usage("--json goes with --dry-run; a run leaves table.json in its directory") end
  check_engine(args)
  -- Shards run at the same time out of one build, which has to stay as it was when they were submitted.
  if not args.shard then require("harness.build").update() end
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

-- jitlab gets the words as they are: its options are its own business.
local function exec(arguments)
  require("harness.build").update()
  local paths = require "harness.paths"
  local argv = table.move(arguments, 2, #arguments, 3, { paths.jitlab, "exec" })
  local _, message = require("jitlab_native").exec(paths.jitlab, argv)
  fail.usage("%s", message)
end

-- argparse takes a word that begins with '-' for an option, and what --slurm is followed by is full of them.
local function joined(arguments)
  local words = {}
  for _, word in ipairs(arguments) do
    if words[#words] == "--slurm" then words[#words] = "--slurm=" .. word else words[#words + 1] = word end
  end
  return words
end

-- Runs the command line; returns the exit status.
function cli.main(arguments)
  local function work()
    if arguments[1] == "exec" then return exec(arguments) end
    local args = parser():parse(joined(arguments))
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
  if tostring(status):find("interrupted!", 1, true) then
    -- "\r\27[K": in the place of a progress line, should there be one.
    local there, native = pcall(require, "jitlab_native")
    io.stderr:write(there and native.columns(2) and "\r\27[K" or "", "bench.lua: interrupted",
      arguments[1] == "run" and "; with --resume the same command goes on" or "", "\n")
    return 130
  end
  io.stderr:write("bench.lua: ", tostring(status), "\n")
  return 70
end

return cli
