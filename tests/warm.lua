-- tier=warm has to translate what is hot however its blocks fall into the table of counts: the first 409 functions of bigtext,
-- 256 bytes apart and called 250 times each, share entries by twos and threes.
--
-- usage: lua5.4 warm.lua BUILD_DIR     takes a fraction of a second
local json = require "dkjson"
local build = arg[1]
local stats = os.tmpname()
local command = ("%s/jitlab exec --stats %s %s/programs/mipsel/bigtext 100 -f 409 >/dev/null"):format(build, stats, build)
assert(os.execute(command), command)
local f = assert(io.open(stats))
local counters = json.decode(f:read("a")).counters
f:close()
os.remove(stats)
print(("%d regions translated, %d instructions interpreted"):format(counters.regions_translated, counters.interpreted_instructions))
if counters.regions_translated < 409 or counters.interpreted_instructions > counters.guest_instructions / 4 then
    print("WRONG: hot functions were not translated")
    os.exit(1)
end
