-- Are --count and --model exact? A run without counters is stepped through its code cache, instruction by instruction (steps.c), and
-- what comes out must be the number that --count gives, to the instruction, and what a processor modelled from these steps
-- counts must be what --model gives.
--
-- usage: lua5.4 exact.lua STEPS JITLAB PROGRAM_DIR [all]
--
-- Every program runs under one of the configurations, each of which comes up twice; with `all`, every program under
-- every configuration (several minutes: stepping does 10,000 to 45,000 instructions a second).
local shell = dofile((arg[0]:match("(.*/)") or "./") .. "shell.lua")
local capture, quote = shell.capture, shell.quote
local steps, jitlab, programs, all = arg[1], arg[2], arg[3], arg[4] == "all"

local names = { "calls", "gcd", "hotpatch", "int64", "datacode", "faults", "longjmp", "guestjit", "coroutine", "nbody" }
local configurations = {
  "",
  "--set dispatch=c-loop --set lookup=hash-c --set returns=none",
  "--set tier=single --set memory=call --set link=none --set inline-cache=sieve:bits=2 --set returns=callret",
  "--set tier=single --set invalidate=checksum --set far-code=inline --set lookup=two-level --set inline-cache=ibtc "
    .. "--set returns=callret:depth=3",
  "--set tier=single --set code-memory=rwx:size=64 --set memory=pagetable --set region=block --set returns=none",
}
local must = { -- what a configuration is there for has to have happened in some run
  [2] = { "run_entries" }, [3] = { "memory_slow_calls", "stanza_hits", "rsb_hits" }, [4] = { "rsb_hits" }, [5] = { "cache_flushes" },
}
local seen = {}

local directory = capture("mktemp -d"):match("%S+")

local function stepped(options, program)
  local text = capture(("%s %s %s exec --jitdump %s --pid 1 %s %s 1"):format(quote(steps), directory, quote(jitlab),
                                                                            directory, options, program))
  os.execute("rm -f " .. directory .. "/jit-*")
  local modelled = {}
  for name, value in text:gmatch("([%w_]+) (%d+)") do modelled[name] = tonumber(value) end
  return tonumber(text:match("^%d+")), modelled
end

local function counted(options, program)
  local stats = directory .. "/stats.json"
  os.remove(stats)
  os.execute(("%s exec --model default --pid 1 --stats %s %s %s 1 >%s/out 2>&1"):format(quote(jitlab), stats, options, program,
                                                                             directory))
  local file = assert(io.open(stats))
  local text = file:read("a")
  file:close()
  return function(name) return tonumber(text:match('"' .. name .. '": (%d+)')) end
end

if not stepped("", programs .. "/once") then
  print("SKIPPED: this host does not let a program be stepped (ptrace)")
  os.execute("rm -rf " .. directory)
  os.exit(77)
end

local failed, runs = 0, 0
for i, name in ipairs(names) do
  for k, options in ipairs(configurations) do
    if all or (i - 1) % #configurations + 1 == k then
      local program = quote(programs .. "/" .. name)
      local real, modelled = stepped(options, program)
      local counter = counted(options, program)
      local count = counter("host_instructions")
      for _, event in ipairs(must[k] or {}) do seen[k .. event] = (seen[k .. event] or 0) + counter(event) end
      runs = runs + 1
      local same = real == count and next(modelled) ~= nil
      for event, value in pairs(modelled) do
        if counter(event) ~= value then
          same = false
          print(("     %s: stepped %d, modelled %s"):format(event, value, counter(event)))
        end
      end
      if not same then failed = failed + 1 end
      print(("%-4s %-10s stepped %s, counted %s  %s"):format(same and "ok" or "FAIL", name, real, count, options))
    end
  end
end
for k, events in pairs(must) do
  for _, event in ipairs(events) do
    if (seen[k .. event] or 0) == 0 then
      failed = failed + 1
      print(("FAIL no %s under %s"):format(event, configurations[k]))
    end
  end
end
os.execute("rm -rf " .. directory)
print(("%d runs, %d failed"):format(runs, failed))
os.exit(failed == 0)
