-- A pairwise covering array over all axes: every pair of strategies of two axes is in at least one configuration that is run.
-- Each configuration runs a few guest programs; output, exit status and retired guest instructions must be the same in
-- all of them. A configuration may be refused before anything runs, in one sentence; its pairs are then sought in other
-- configurations.
--
-- usage: lua5.4 covering.lua BUILD_DIR JITLAB [SEED [WORKLOAD...]]     SEED 0: a new one
local json = require "dkjson"
local build, jitlab = arg[1], arg[2]
local seed = tonumber(arg[3]) or 0
if seed == 0 then seed = os.time() end
math.randomseed(seed)
print("seed " .. seed)

local function read(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  return text, pipe:close()
end

-- Levels of each factor: the strategies of an axis, some with an unusual parameter, and each pass on or off.
local EXTRA = {
  returns = { "rsb:depth=0" }, region = { "loop:size=12", "block:size=3" }, backend = { "x64:pinned=0", "x64:pinned=8" },
  ["code-memory"] = { "rwx:size=96" }, lookup = { "hash:bits=8" }, tier = { "warm:threshold=2" },
}
local factors = {}
for _, axis in ipairs(json.decode((read(jitlab .. " list --json"))).axes) do
  local levels = {}
  for _, strategy in ipairs(axis.strategies) do
    if axis.name ~= "passes" and not strategy.unsafe then levels[#levels + 1] = strategy.name end
    if axis.name == "passes" and strategy.name == "all" then
      for _, param in ipairs(strategy.params) do
        factors[#factors + 1] = { name = param.name, levels = { "1", "0" }, default = 1, pass = true }
      end
    end
  end
  for _, level in ipairs(EXTRA[axis.name] or {}) do levels[#levels + 1] = level end
  local default
  for i, level in ipairs(levels) do default = level == axis.default and i or default end
  if #levels > 1 then factors[#factors + 1] = { name = axis.name, levels = levels, default = default } end
end

local function key(i, a, j, b)
  if i > j then i, a, j, b = j, b, i, a end
  return ("%d.%d.%d.%d"):format(i, a, j, b)
end

-- Greedy: of 40 random rows, each completed factor by factor, the one that covers most of what is left.
local left, total = {}, 0
for i = 1, #factors do
  for j = i + 1, #factors do
    for a = 1, #factors[i].levels do
      for b = 1, #factors[j].levels do
        left[key(i, a, j, b)] = true
        total = total + 1
      end
    end
  end
end

local function gain(row, i, a)
  local n = 0
  for j, b in pairs(row) do
    if j ~= i and left[key(i, a, j, b)] then n = n + 1 end
  end
  return n
end

local function candidate()
  local order, row, sum = {}, {}, 0
  for i = 1, #factors do table.insert(order, math.random(#order + 1), i) end
  for _, i in ipairs(order) do
    local best, most = 1, -1
    local shift = math.random(#factors[i].levels)
    for k = 1, #factors[i].levels do
      local a = (k + shift) % #factors[i].levels + 1
      local n = gain(row, i, a)
      if n > most then best, most = a, n end
    end
    row[i] = best
    sum = sum + most
  end
  return row, sum
end

local function settings(row)
  local words, passes = {}, "all"
  for i, factor in ipairs(factors) do
    local level = factor.levels[row[i]]
    if factor.pass then
      passes = passes .. ":" .. factor.name .. "=" .. level
    else
      words[#words + 1] = ("--set %s=%s"):format(factor.name, level)
    end
  end
  words[#words + 1] = "--set passes=" .. passes
  return table.concat(words, " ")
end

local failed = 0

-- The sentence by which a configuration is refused, or nil. It is checked before the program is looked for, so none is needed.
local function refusal(set)
  local got = read(("%s exec %s /nonexistent 2>&1; echo status $?"):format(jitlab, set))
  if got:find("/nonexistent: ", 1, true) then return end
  local sentence = got:match("^jitlab: ([%w-]+=[%w-]+: [^\n]+)\nstatus 125\n$")
  if not sentence then
    failed = failed + 1
    print("not refused in one sentence that names the strategy: " .. set .. "\n" .. got)
  end
  return sentence or got
end

-- Rows until every pair is in one that is not refused. A pair that has been in TRIES refused rows and in no other is tried with
-- the defaults elsewhere; when that is refused too, the pair is impossible.
local TRIES = 8
local rows, refused, sentences, impossible = {}, 0, {}, 0

-- Calls f with every pair of the row that is still to be covered.
local function each_pair(row, f)
  for i = 1, #factors do
    for j = i + 1, #factors do
      if left[key(i, row[i], j, row[j])] then f(key(i, row[i], j, row[j]), i, j) end
    end
  end
end

-- Takes the row in unless it is refused; says whether it did.
local function take(row)
  local sentence = refusal(settings(row))
  if sentence then
    refused = refused + 1
    sentences[sentence] = (sentences[sentence] or 0) + 1
    return false
  end
  each_pair(row, function(pair) left[pair] = nil end)
  rows[#rows + 1] = row
  return true
end

local function defaults_with(row, i, j)
  local plain = {}
  for k, factor in ipairs(factors) do plain[k] = factor.default end
  plain[i], plain[j] = row[i], row[j]
  return plain
end

local tries = {}
while next(left) do
  local best, most = nil, -1
  for _ = 1, 10 do
    local row, n = candidate()
    if n > most then best, most = row, n end
  end
  if most == 0 then -- a random start missed the last pairs: begin from one of them
    local i, a, j, b = next(left):match("(%d+).(%d+).(%d+).(%d+)")
    best[tonumber(i)], best[tonumber(j)] = tonumber(a), tonumber(b)
  end
  if not take(best) then
    local weary = {}
    each_pair(best, function(pair, i, j)
      tries[pair] = (tries[pair] or 0) + 1
      if tries[pair] >= TRIES then weary[#weary + 1] = { pair, i, j } end
    end)
    for _, w in ipairs(weary) do
      if left[w[1]] and not take(defaults_with(best, w[2], w[3])) then
        left[w[1]] = nil
        impossible = impossible + 1
      end
    end
  end
end
print(("%d factors, %d pairs, %d configurations; %d refused, %d pairs impossible"):format(#factors, total, #rows, refused, impossible))
for sentence, n in pairs(sentences) do print(("  refused %d times: %s"):format(n, sentence)) end

-- name of a manifest entry -> its program and arguments
local wanted = { calls = true, indirect4 = true, matmul = true, unaligned = true, hotpatch = true, datacode = true, guestjit = true,
  int64 = true }
if arg[4] then wanted = {} end
for i = 4, #arg do wanted[arg[i]] = true end
local workloads = {}
for _, entry in ipairs(dofile((arg[0]:match("(.*/)") or "./") .. "../guests/programs/manifest.lua")) do
  if wanted[entry.name] then
    local program = entry.source:match("([^/]+)%.%w+$")
    workloads[#workloads + 1] = { name = entry.name, program = program, args = table.concat(entry.args.test, " ") }
  end
end
assert(#workloads >= (arg[4] and #arg - 3 or 8), "the manifest has lost workloads of this test")

local stats = os.tmpname()
local runs = 0
for n, row in ipairs(rows) do
  local set = settings(row)
  for k, w in ipairs(workloads) do
    local variant = (n + k) % 2 == 0 and "mipsel" or "mips"
    os.remove(stats)
    local got = read(("timeout 120 %s exec --stats %s %s %s/programs/%s/%s %s 2>&1; echo status $?"):format(jitlab, stats, set,
      build, variant, w.program, w.args))
    runs = runs + 1
    w.want = w.want or read(("%s/programs/host/%s %s 2>&1; echo status $?"):format(build, w.program, w.args))
    local file = io.open(stats)
    local retired = file and (json.decode(file:read("a")).counters or {}).guest_instructions
    if file then file:close() end
    w.retired = w.retired or {}
    w.retired[variant] = w.retired[variant] or retired
    if got ~= w.want or retired ~= w.retired[variant] then
      failed = failed + 1
      print(("DIFFERS: %s %s %s\n  retired %s, elsewhere %s\n  %s"):format(w.name, variant, set, retired, w.retired[variant],
        got:sub(1, 600)))
    end
  end
end
os.remove(stats)
print(("%d runs in %d configurations, %d wrong"):format(runs, #rows, failed))
os.exit(failed == 0 and runs > 0)
