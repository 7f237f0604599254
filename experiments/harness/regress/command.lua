-- bench.lua regress: whether this jitlab is worse than a baseline or another commit; and the history of what was measured.
-- Status: 0 same or better, 1 worse, 2 failed or measured nothing, 3 could not tell.

local catalogue = require "harness.catalogue"
local fail = require "harness.fail"
local files = require "harness.files"
local against = require "harness.regress.against"
local baseline = require "harness.regress.baseline"
local check = require "harness.regress.check"
local host = require "harness.host"
local junit = require "harness.regress.junit"
local markdown = require "harness.regress.markdown"
local present = require "harness.regress.present"
local store = require "harness.store"

local command = {}

-- The paths that a comparison's reports go to; asked for ones, and one in the run's own directory.
local function write_reports(args, result)
  local page = markdown(result)
  if result.directory then files.write(result.directory .. "/regress.md", page) end
  if args.markdown then files.write(args.markdown, page) end
  if args.junit then files.write(args.junit, junit(result)) end
end

local function work(args)
  local known = catalogue.load()
  local results = store.open(args.db)
  if args.update then
    local line, counters = check.update(args, known, results)
    results:close()
    io.stdout:write(line, "\ngated: ", table.concat(counters, ", "), "\n")
    return 0
  end
  local result = (args.against and against or check).compare(args, known, results)
  results:close()
  local commit, dirty = result.commit, result.dirty
  if not result.run then commit, dirty = host.commit() end
  result.after = ("commit %s%s"):format(commit or "unknown", dirty and " and changes" or "")
  present.conclude(result)
  write_reports(args, result)
  present.print(result)
  return present.status(result)
end

-- The reports of a comparison that never came to measuring: a CI page should not show the last one's.
local function report_failure(args, message)
  write_reports(args, { title = "regress", before = args.against or args.baseline, verdict = present.FAILED, reason = message, rows = {},
    overall = {}, failures = { "regress: " .. message }, notes = {} })
end

-- args: baseline or against (or neither: the project's own baseline), update, history, experiment, features, filter, quick, time_limit,
-- threshold, overall, junit, markdown, seed, db, out.
function command.main(args)
  if args.history then return require("harness.regress.history").main(args) end
  if not args.against then args.baseline = args.baseline or baseline.default_file() end
  local status
  local done, message = fail.catch(function() status = work(args) end)
  if done then return status end
  if not args.update then report_failure(args, message) end
  fail.usage("regress: %s", message)
end

return command
