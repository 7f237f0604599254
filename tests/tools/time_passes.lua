-- --time-passes: every step of translation with its runs, its share of the time and the IR's ops before and behind it.
--
-- usage: lua5.4 time_passes.lua JITLAB PROGRAM_DIR
local jitlab, programs = arg[1], arg[2]
local failed = 0

local function check(ok, text)
  print((ok and "ok   " or "FAIL ") .. text)
  if not ok then failed = failed + 1 end
end

local function run(options)
  local pipe = assert(io.popen(("'%s' exec --time-passes %s '%s/sha256' 20 2>&1 >/dev/null"):format(jitlab, options, programs)))
  local steps, share = {}, 0
  for line in pipe:lines() do
    local name, runs, _, part, before, behind, change =
      line:match("^(%l[%l ]-) +(%d+) +([%d.]+) +([%d.]+) +(%d+) +(%d+) +([+-]%d+)$")
    if name then
      steps[#steps + 1] = name
      steps[name] = { runs = tonumber(runs), before = tonumber(before), behind = tonumber(behind), change = tonumber(change) }
      share = share + part
    end
  end
  pipe:close()
  return steps, share
end

local all, share = run("")
check(#all == 15, "15 steps: " .. table.concat(all, ", "))
check(math.abs(share - 100) < 0.2, ("their shares are %.2f %% in sum"):format(share))
local behind = all["front end"].behind
for i = 2, #all do
  local step = all[all[i]]
  if step.runs > 0 then
    check(step.before == behind and step.behind - step.before == step.change and step.runs >= all.emit.runs * (all[i] == "hilo" and 0 or 1),
      ("%s begins with the %d ops that the one before it left"):format(all[i], behind))
    behind = step.behind
  end
end
check(all.dead.change < 0, ("dead removes ops: %d"):format(all.dead.change))
check(run("--set passes=all:dead=0:hilo=0").dead.runs == 0, "a pass that is off does not run")
os.exit(failed == 0)
