-- --profile and --dump: the shape of what they print, and that the numbers agree with each other and with --count.
--
-- usage: lua5.4 profile.lua JITLAB PROGRAM_DIR
local jitlab, programs = arg[1], arg[2]
local failed, checks = 0, 0

local capture = dofile((arg[0]:match("(.*/)") or "./") .. "shell.lua").capture

local function check(ok, what, ...)
  checks = checks + 1
  if not ok then
    failed = failed + 1
    print("FAIL " .. what:format(...))
  end
end

local stats = os.tmpname()

local function check_profile(options, program)
  local text = capture(("%s exec --set tier=single --pid 1 --profile=100000 --stats %s %s %s 2>&1 >/dev/null"):format(
    jitlab, stats, options, program))
  local all = tonumber(text:match("^profile: (%d+) host instructions, %d+ guest instructions, [%d.]+ each\n"))
  local file = assert(io.open(stats))
  local counted = tonumber(file:read("a"):match('"host_instructions": (%d+)'))
  file:close()
  check(all and all == counted, "%s: profile of %s instructions, counted %s", options, all, counted)
  local sum, shares, blocks, before = 0, 0, 0, math.huge
  for block, region, executions, length, beside, total, share in
    text:gmatch("\n *%d+ (%x+) (%x+) +(%d+) +(%d+) +(-?%d+) +(%d+) +([%d.]+)") do
    total = tonumber(total)
    check(executions * length + beside == total, "block %s of %s: %s * %s + %s is not %s", block, region, executions, length, beside,
          total)
    check(total <= before, "block %s of %s is hotter than the one before it", block, region)
    sum, shares, blocks, before = sum + total, shares + share, blocks + 1, total
  end
  for total, share, what in text:gmatch("\n +(%d+) +([%d.]+)  (%l[^\n]*)") do
    if what == "all" then
      check(tonumber(total) == sum and tonumber(share) == 100, "all: %s, %s %%; lines add up to %d", total, share, sum)
    else
      sum, shares = sum + total, shares + share
    end
  end
  check(sum == all, "%s: lines add up to %s of %s", options, sum, all)
  check(math.abs(shares - 100) < 0.005 * (blocks + 3), "shares add up to %s", shares)
  check(select(2, text:gsub("\n%-%- %d+%. block %x+ of region %x+\n", "")) == blocks, "a listing for each block")
  check(text:find("\n  %x+: %x+  %l[^\n|]+| %x+: %l+ "), "guest and host code side by side")
  check(not text:find("add qword ptr [rax], 0x01\n", 1, true) or options ~= "", "counters shown as code of the program")
end

check_profile("", programs .. "/calls 100")
check_profile("--set dispatch=c-loop --set memory=call", programs .. "/gcd 1")
check_profile("--set code-memory=rwx:size=64 --set region=block", programs .. "/nbody 1")

-- --dump all: IR after each pass, then one table of guest code, final IR and host code; every guest instruction once.
local text = capture(("%s exec --set tier=single --dump all %s/gcd 1 2>&1 >/dev/null"):format(jitlab, programs))
for _, pass in ipairs { "front end", "address", "fuse", "dead", "sink" } do
  check(text:find("-- IR after " .. pass .. ": ", 1, true), "no IR after %s", pass)
end
local alone = capture(("%s exec --set tier=single --dump guest %s/gcd 1 2>&1 >/dev/null"):format(jitlab, programs))
local function sections(dump) -- region header -> its lines
  local out, current = {}, nil
  for line in dump:gmatch("[^\n]+") do
    if line:match("^%-%- region ") then
      current = {}
      out[line:match("^%-%- region %x+")] = current
    elseif line:match("^%-%- IR after") then
      current = nil
    elseif current then
      current[#current + 1] = line
    end
  end
  return out
end
local plain, regions = sections(alone), 0
for head, lines in pairs(sections(text)) do
  local missing = {}
  for _, line in ipairs(plain[head] or {}) do missing[line:gsub("%s+$", "")] = true end
  for _, line in ipairs(lines) do
    local guest, ir, host = line:match("^([^|]*)|([^|]*)| ?(.*)$")
    if guest then
      missing[guest:gsub("%s+$", "")] = nil
      check(line:find("[^%s|]"), "%s: an empty row", head)
      check(host ~= "" or not ir:find("%S"), "%s: IR without host code: %s", head, line)
    end
  end
  check(not next(missing), "%s: not shown: %s", head, next(missing))
  regions = regions + 1
end
check(regions > 100, "%d regions dumped", regions)
check(text:find("\n  %x+: %x+  %l[^\n|]+| v?%d* ?=? ?%l[^\n|]+| %x+: %l+ "), "guest, IR and host in one row")

check(alone:find("\n  %x+: %x+  addiu ") and not alone:find("|", 1, true), "--dump guest")
text = capture(("%s exec --set tier=single --dump ir %s/gcd 1 2>&1 >/dev/null"):format(jitlab, programs))
check(text:find("-- IR after dead: ", 1, true) and not text:find("-- guest", 1, true), "--dump ir")
text = capture(("%s exec --set tier=single --dump host %s/gcd 1 2>&1 >/dev/null"):format(jitlab, programs))
check(text:find("\n-- guest | host\n", 1, true) and not text:find("-- IR", 1, true), "--dump host")

os.remove(stats)
print(("%d checks, %d failed"):format(checks, failed))
os.exit(failed == 0 and checks > 0)
