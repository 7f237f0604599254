-- tier=warm.
--
-- What is hot has to be translated however its blocks fall into the table of counts: the first 6144 functions of bigtext, 256
-- bytes apart and called 150 times each, share entries by threes.
--
-- Ways of branches that the interpreter never took stay out of regions, until they are taken: `collatz` translates less
-- with `prune`, `bytecode` reaches all arms of its switch and executes no more host instructions than without.
--
-- An indirect call is compared with the targets that the interpreter saw (inline-cache=poly): with all of four, with the
-- frequent one of 64 in random order, and with none of 64 in turn.
--
-- usage: lua5.4 warm.lua BUILD_DIR     takes about three seconds
local json = require "dkjson"
local build = arg[1]
local wrong = false

local function run(options, command)
    local stats, out = os.tmpname(), os.tmpname()
    local line = ("%s/jitlab exec --count --stats %s %s %s/programs/mipsel/%s >%s"):format(build, stats, options, build, command, out)
    assert(os.execute(line), line)
    local f = assert(io.open(stats))
    local counters = json.decode(f:read("a")).counters
    f:close()
    f = assert(io.open(out))
    counters.output = f:read("a")
    f:close()
    os.remove(stats)
    os.remove(out)
    return counters
end

local function check(ok, text)
    print((ok and "ok     " or "WRONG: ") .. text)
    wrong = wrong or not ok
end

local hot = run("", "bigtext 900 -f 6144")
check(hot.regions_translated >= 6144 and hot.interpreted_instructions <= hot.guest_instructions / 4,
    ("%d regions translated, %d instructions interpreted"):format(hot.regions_translated, hot.interpreted_instructions))

for _, command in ipairs { "collatz 2000", "bytecode 200", "records 200" } do
    local whole, pruned = run("--set tier=warm:prune=0", command), run("--set tier=warm:prune=1", command)
    local translated = pruned.guest_instructions_translated / whole.guest_instructions_translated
    local executed = pruned.host_instructions / whole.host_instructions
    check(translated < 0.9 and executed < 1.03 and pruned.output == whole.output,
        ("%s: with prune %.2f of the instructions translated, %.3f of the host instructions executed"):format(command, translated,
            executed))
end

for _, case in ipairs { { "-f 4", 0.75 }, { "-f 64 -r", 0.9 }, { "-f 64", 0.9 } } do
    local command = "indirect 2000 " .. case[1]
    local mono, poly = run("--set inline-cache=mono", command), run("--set inline-cache=poly", command)
    local executed = poly.host_instructions / mono.host_instructions
    check(executed < case[2] and poly.output == mono.output,
        ("%s: poly executes %.3f of mono's host instructions"):format(command, executed))
end
os.exit(not wrong)
