-- What strategies cost, by what was done and not by time: how much is translated, interpreted, held in memory, executed.
-- Each line names the bound that a regression would break.
--
-- usage: lua5.4 bounds.lua BUILD_DIR     takes a second or two
local json = require "dkjson"
local build = arg[1]
local failed = 0

local function counters(settings, program)
  local stats = os.tmpname()
  local command = ("%s/jitlab exec %s --stats %s %s/programs/mipsel/%s >/dev/null"):format(build, settings, stats, build, program)
  assert(os.execute(command), command)
  local f = assert(io.open(stats))
  local c = json.decode(f:read("a")).counters
  f:close()
  os.remove(stats)
  return c
end

local function bound(what, value, most)
  local ok = value <= most
  print(("%s %s: %.2f, at most %.2f"):format(ok and "ok   " or "WRONG", what, value, most))
  if not ok then failed = failed + 1 end
end

-- Blocks that change before they have run often are not translated, and their callers' translations do not go with them.
bound("guestjit, regions translated", counters("", "guestjit 1000").regions_translated, 40)
bound("guestjit not announced, regions translated", counters("", "guestjit 1000 -u").regions_translated, 40)
bound("overlay, regions translated", counters("", "overlay 3000").regions_translated, 60)
bound("hotpatch every 100 calls, regions translated", counters("", "hotpatch 3000 -n 100").regions_translated, 60)
-- What lives long enough is translated every time.
local c = counters("", "hotpatch 20000 -n 2000")
bound("hotpatch every 2000 calls, part interpreted", c.interpreted_instructions / c.guest_instructions, 0.05)
-- Kept translations are taken back when their code is, and of code that never comes back only the last ones are kept.
bound("overlays that come again, regions translated", counters("--set tier=single --set invalidate=checksum:reuse=4", "overlay 500")
  .regions_translated, 200)
bound("data beside code, regions translated", counters("--set tier=single --set invalidate=page-fault:reuse=1", "datacode 500")
  .regions_translated, 200)
c = counters("--set tier=single --set invalidate=page-fault:reuse=64", "guestjit 1000 -u")
bound("new code each time, MiB held", c.translation_bytes / 2 ^ 20, 9)
-- The oracle does not look, and takes no notice of data beside code.
c = counters("--set tier=single --set invalidate=none", "datacode 500")
bound("invalidate=none, regions dropped and pages guarded", c.regions_invalidated + c.pages_guarded, 0)
-- Dropped translations do not pile up, and what a small one takes is small.
c = counters("--set tier=single", "hotpatch 60000 -n 100")
bound("hotpatch, MiB held", c.translation_bytes / 2 ^ 20, 9)
c = counters("--set tier=single", "bigtext 8 -f 8192")
bound("bigtext, bytes a region", c.translation_bytes / c.regions_translated, 400)
-- A program that has its memory to itself pays neither for barriers nor for calls at SC.
c = counters("--count", "atomics 500")
bound("atomics, host instructions for a guest instruction", c.host_instructions / c.guest_instructions, 4.1)
-- A lookup loads no addresses, and what is hot comes to the first slot of a small hash table.
c = counters("--count", "calls 2000")
bound("calls, host instructions for a guest instruction", c.host_instructions / c.guest_instructions, 2.4)
c = counters("--count --set tier=single --set link=none --set region=block --set lookup=hash:bits=10", "once 40000 -f 16")
bound("16 functions in 1024 slots, lookups that leave to C", c.dispatches / c.inline_lookups, 0.05)
-- One place to look is enough where there are fewer targets than places: a small cache over a map, and a table at the site.
c = counters("--count --set tier=single --set inline-cache=none --set lookup=two-level:bits=10", "indirect 300 -f 64")
bound("64 targets, 1024 slots over a map, lookups that leave to C", c.dispatches / c.inline_lookups, 0.01)
c = counters("--count --set tier=single --set inline-cache=ibtc --set lookup=hash-c --set region=loop:callee=0", "indirect 300 -f 4")
bound("4 targets, 16 entries at the site, jumps that miss them", c.inline_cache_misses / c.inline_cache_hits, 0.01)
-- A jump to one of few targets comes through one compare; a guest's call and return are the host's own and need no tables.
c = counters("--count --set tier=single --set inline-cache=sieve --set lookup=hash-c --set region=loop:callee=0", "indirect 300 -f 4")
bound("4 targets, stanzas that a jump comes through", c.stanza_compares / c.stanza_hits, 1.01)
bound("4 targets, host instructions for a guest instruction", c.host_instructions / c.guest_instructions, 3.5)
c = counters("--count --set tier=single --set returns=callret --set region=loop:callee=0", "calls 200")
bound("host calls and returns, host instructions for a guest instruction", c.host_instructions / c.guest_instructions, 2.5)
bound("host calls that are not returned from", 1 - c.rsb_hits / c.rsb_pushes, 0.01)
-- An element of an array is one instruction, the state's shift and sum included.
c = counters("--count", "bytecode 20")
bound("bytecode, host instructions for a guest instruction", c.host_instructions / c.guest_instructions, 1.7)

os.exit(failed == 0)
