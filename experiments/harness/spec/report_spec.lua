local command = require "harness.report.command"
local fail = require "harness.fail"
local files = require "harness.files"
local json = require "dkjson"
local migrations = require "harness.migrations"
local native = require "jitlab_native"
local runs = require "harness.runs"
local scratch = require "scratch"
local store = require "harness.store"
local stored = require "stored"

local VERDICTS = {
  { text = "links <pay>", source = "papers.md C1", verdict = "reproduced", details = { "a/b = 0.50 [0.40, 0.60]" },
    measured = { { what = "a/b", at = "work01", mid = 0.5, lo = 0.4, hi = 0.6, n = 8 },
      { what = "a/b", at = "work02", mid = 2, lo = 2, hi = 2, n = 1 } },
    published = { figure = "table 1", points = { { "work02", 3 }, { "work03", 4 } } } },
  { text = "rings pay", verdict = "not reproduced", details = { "a/b = 1.50" }, because = "they cost more",
    published = { paper = "a paper", figure = "figure 3", value = 0.7 } },
  { text = "regions pay", verdict = "undecided", details = {} },
}

local function crossed(d)
  local n = 0
  for _, link in ipairs { "none", "static" } do
    for _, region in ipairs { "block", "loop" } do
      n = n + 1
      d.configs[n].set = { "link=" .. link, "region=" .. region }
      d.configs[n].full = { "link=" .. link, "region=" .. region, "tier=single" }
      d.configs[n].levels = { link = link, region = region }
    end
  end
  d.designs = { { kind = "factorial", factors = { { name = "link", levels = { "none", "static" } },
    { name = "region", levels = { "block", "loop" } } } } }
  for _, v in ipairs(VERDICTS) do table.insert(d.claims, { kind = "ratio", text = v.text }) end
end

describe("a report", function()
  local directory, page, text

  setup(function()
    directory = os.tmpname()
    os.remove(directory)
    files.mkdir(directory)
    stored.campaign(directory .. "/x.db", { configs = 4, workloads = 3, rounds = 8, change = crossed, verdicts = VERDICTS })
    local print_to = io.stdout
    io.stdout = { write = function() end } -- luacheck: ignore
    command.main { db = directory .. "/x.db", out = directory .. "/out" }
    io.stdout = print_to -- luacheck: ignore
    page, text = files.read(directory .. "/out/report.html"), files.read(directory .. "/out/report.md")
  end)
  teardown(function() native.run { argv = { "rm", "-rf", directory } } end)

  it("has all sections in order, in the page and in Markdown", function()
    local titles = { "What was asked", "The answer", "Plots", "Interactions", "Tables", "Workload by workload", "Host and noise",
      "Provenance" }
    local at, below = 0, 0
    for _, title in ipairs(titles) do
      at = assert(page:find(">" .. title .. "</h2>", at + 1, true), title)
      below = assert(text:find("\n## " .. title .. "\n", below + 1, true), title)
    end
  end)

  it("needs nothing from elsewhere", function()
    for _, pattern in ipairs { 'src="', "@import", "url%(", "<script", "<link [^>]*http", "<iframe", 'href="http', "xlink:href='http" } do
      assert.is_nil(page:find(pattern), pattern)
    end
    assert.is_truthy(page:find([[Content-Security-Policy" content="default-src 'none']], 1, true))
  end)

  it("names every picture and keeps its headings in order", function()
    local pictures = 0
    for svg in page:gmatch("<svg.->.-</desc>") do
      pictures = pictures + 1
      local t, d = svg:match('role="img" aria%-labelledby="(%S+) (%S+)"')
      assert.is_true(#svg:match('<title id="' .. t:gsub("%-", "%%-") .. '">([^<]+)</title>') > 0)
      assert.is_true(#svg:match('<desc id="' .. d:gsub("%-", "%%-") .. '">([^<]+)</desc>') > 20)
    end
    assert.is_true(pictures >= 6)
    local last = 0
    for level in page:gmatch("<h(%d)") do
      level = tonumber(level)
      assert.is_true(level <= last + 1)
      last = level
    end
  end)

  it("has each id once and every reference", function()
    local ids = {}
    for id in page:gmatch("[ <]id=[\"']([^\"']+)") do
      assert.is_nil(ids[id], id)
      ids[id] = true
    end
    for list in page:gmatch('aria%-labelledby="([^"]+)"') do
      for id in list:gmatch("%S+") do assert.is_true(ids[id], id) end
    end
    for id in page:gmatch("href=[\"']#([^\"']+)") do assert.is_true(ids[id], id) end
  end)

  it("gives every table a caption and its headings a scope", function()
    local tables = 0
    for t in page:gmatch("<table.-</table>") do
      tables = tables + 1
      assert.matches("<caption[^>]*>[^<]+", t)
      for th in t:gmatch("<th[^>e][^>]*>") do assert.matches('scope="%a+"', th) end
    end
    assert.is_true(tables > 10)
  end)

  it("takes no text for markup", function()
    assert.is_nil(page:find("links <pay>", 1, true))
    assert.is_truthy(page:find("links &lt;pay&gt;", 1, true))
    assert.is_truthy(text:find("links \\<pay\\>", 1, true))
    assert.is_truthy(page:find("cc &lt;1&gt;", 1, true))
  end)

  it("says the verdicts in words, why, and what was published", function()
    local headline = "Of 3 claims 1 is reproduced, 1 is not, and 1 could not be decided."
    local first = page:find('<a href="#answer">' .. headline .. "</a>", 1, true) -- before all else
    assert.is_true(first < page:find("<main", 1, true))
    assert.is_truthy(page:find('<p class="headline">' .. headline, first, true))
    assert.is_truthy(text:find("**" .. headline .. "**\n\n## What was asked", 1, true))
    for _, words in ipairs { "</span> reproduced</p>", "</span> not reproduced</p>", "</span> undecided</p>", "Why: they cost more",
      "Published and measured: a paper, figure 3", "<td>0.70", '<th scope="row">work02<td>3<td>2', '<th scope="row">work03<td>4<td>n/a',
      '<th scope="row">a/b, work01<td>0.50<td>0.40 to 0.60<td>-50.0 %<td>8' } do
      assert.is_truthy(page:find(words, 1, true), words)
    end
    assert.is_truthy(text:find("### ✗ not reproduced: rings pay", 1, true))
    -- A shape, as a plot too; a single value has none.
    assert.matches("!%[Published and measured: claim 1%. value%. Lowest: 2 %(measured, work02%)%. Highest: 4 %(published, work03%)", text)
    assert.is_true(files.exists(directory .. "/out/published1.png"))
    assert.is_false(files.exists(directory .. "/out/published2.png"))
  end)

  it("tells of interactions where factors were crossed", function()
    assert.is_truthy(page:find("<li>design: every combination", 1, true))
    assert.is_truthy(page:find("Interactions of two factors in cpu_ns", 1, true))
    assert.is_truthy(page:find('<th scope="row">link: none to static<td>', 1, true))
    assert.matches('<td class="heat" style="%-%-heat:%d+%%;%-%-pole:var%(%-%-%a+%)">%d%.%d%d%d %[', page)
    assert.is_truthy(files.exists(directory .. "/out/interactions.png"))
  end)

  -- A report on a campaign of its own, as Markdown.
  local function markdown_of(name, change)
    local path = ("%s/%s.db"):format(directory, name)
    stored.campaign(path, { configs = 4, workloads = 1, rounds = 6, change = change })
    local s = store.open(path)
    command.write(runs.load(s, runs.find(s)), path, directory .. "/" .. name)
    s:close()
    return files.read(("%s/%s/report.md"):format(directory, name))
  end

  it("decides effects on exact counters, and has all of a fraction's pairs on the map", function()
    local said = markdown_of("fraction", function(d)
      local factors = {}
      for i, name in ipairs { "link", "region", "returns" } do factors[i] = { name = name, levels = { "-", "+" } } end
      for i, signs in ipairs { "--+", "+--", "-+-", "+++" } do
        d.configs[i].levels = {}
        for k = 1, 3 do d.configs[i].levels[factors[k].name] = signs:sub(k, k) end
      end
      d.designs = { { kind = "fractional", factors = factors, generators = { "C=AB" }, words = { "ABC" }, aliases = {}, resolution = 3 } }
      d.metric, d.counters = "host_instructions", { "cpu_ns" }
    end)
    assert.matches("\n| link: %- to %+ %(cannot be told apart from region with returns%) | %d%.%d+ | exact | more | ", said)
    assert.is_nil(said:match("Effects on host[^\n]+\n(.-)\n\n%*%*"):find("undecided", 1, true))
    assert.matches("\n## Workload by workload\n", said, 1, true) -- of the times, since the metric itself does not vary
    assert.matches("work01: CPU time, ms of each timed trial", said, 1, true)
    assert.matches("\n| region | %d%.%d+ \\%* | – | %d%.%d+ \\%* |\n", said)
    assert.matches("\n\\* cannot be told apart from another effect", said, 1, true)
    assert.matches("**Effects on cpu\\_ns, averaged over the other factors", said, 1, true)
  end)

  it("finds no effect of configurations that only chance sets apart, and one that there is", function()
    local said = markdown_of("alike", function(d) d.counters = {} end)
    for _, name in ipairs { "config02", "config03", "config04" } do
      assert.matches("\n| " .. name .. " | %d%.%d+ | %d%.%d+ to %d%.%d+ | 1 | %d%.%d+ | could not tell |\n", said)
    end
    local path = directory .. "/alike.db"
    local s = store.open(path)
    assert(s.db:script [[UPDATE trial SET user_ns = user_ns * 3 WHERE cell IN (SELECT id FROM cell WHERE config = 'config03')]])
    command.write(runs.load(s, runs.find(s)), path, directory .. "/alike")
    s:close()
    assert.matches("\n| config03 | [23]%.%d+ | %d%.%d+ to %d%.%d+ | 1 | [^|]+ | slower |\n", files.read(directory .. "/alike/report.md"))
  end)

  it("has the steps of a ladder with their tests", function()
    local said = markdown_of("ladder", function(d)
      local levels = {}
      for i, config in ipairs(d.configs) do levels[i], config.levels = config.name, { step = config.name } end
      d.designs = { { kind = "ladder", factors = { { name = "step", levels = levels } } } }
    end)
    assert.matches("**Effects on cpu\\_ns, each step over the one before it: what each change multiplies it by**", said, 1, true)
    assert.matches("\n| config02 over config01 | %d%.%d+ \\%[%d%.%d+ %d%.%d+\\%] | [%d.]+ | %a+ |\n", said)
  end)

  it("holds the colours of the page and no others in its plots", function()
    for svg in page:gmatch("<svg.-</svg>") do
      for _, colour in ipairs { "rgb%(", "#%x%x%x", "=[\"']black", "=[\"']white" } do assert.is_nil(svg:find(colour), colour) end
    end
  end)

  it("leaves the pictures that Markdown shows, and tables for other programs", function()
    local shown = 0
    for name in text:gmatch("!%[.-%]%(([^)]+)%)") do
      shown = shown + 1
      assert.equal("\137PNG", files.read(directory .. "/out/" .. name):sub(1, 4))
    end
    assert.is_true(shown >= 7)
    local t = json.decode(files.read(directory .. "/out/table.json"))
    assert.equal("synthetic-1", t.run)
    assert.equal(3, #t.claims)
    local _, rows = files.read(directory .. "/out/table.csv"):gsub("\n", "")
    assert.equal(#t.rows + 1, rows)
    local _, trials = files.read(directory .. "/out/trials.csv"):gsub("\n", "")
    assert.equal(4 * 3 * 9 + 1, trials)
  end)
end)

describe("a run of the database", function()
  local path
  before_each(function() path = scratch.path() end)
  after_each(function() scratch.remove(path) end)

  it("is found by name, beginning and number; the last that ended without one", function()
    for _, name in ipairs { "abc-1", "abc-2", "xyz-1" } do
      stored.campaign(path, { configs = 1, workloads = 1, rounds = 1, name = name })
    end
    local s = store.open(path)
    s:rows("UPDATE run SET finished = NULL WHERE name = 'xyz-1'")
    assert.equal("abc-2", runs.find(s).name)
    assert.equal("xyz-1", runs.find(s, "x").name)
    assert.equal("abc-1", runs.find(s, "1").name)
    assert.equal("abc-2", runs.find(s, "abc-2").name)
    local function refusal(word) return select(2, fail.catch(runs.find, s, word)) end
    assert.matches("2 runs in .* begin with 'abc': abc%-1, abc%-2", refusal("abc"))
    assert.matches("unknown run 'abd%-1'; did you mean 'abc%-1'%?", refusal("abd-1"))
    local list = runs.list(s)
    assert.same({ 3, "abc-1", 2, 0 }, { #list, list[1].name, list[1].trials, list[1].failed })
    s:close()
  end)

  it("of layout 1 makes a report too", function()
    local db = native.open(path)
    db:script(migrations[1] .. [[
      INSERT INTO run VALUES (1, 'old', 'e', 'i', 'quick', 1, 2, '2025-01-01', 'later', '{}');
      INSERT INTO cell VALUES (1, 1, 'native', 'w', 'mipsel', '', '/x/w'), (2, 1, 'c', 'w', 'mipsel', 'a=b', '/x/jitlab exec --set a=b w');
      INSERT INTO trial (run, cell, kind, replicate, status, started, user_ns, system_ns)
        VALUES (1, 1, 'time', 1, 'ok', 'now', 10, 1), (1, 2, 'time', 1, 'ok', 'now', 20, 2), (1, 2, 'time', 2, 'timeout', 'now', 1, 1);
      PRAGMA application_id=1785295980; PRAGMA user_version=1]])
    db:close()
    local s = store.open(path)
    local directory = path .. ".d"
    command.write(runs.load(s, runs.find(s, "old")), path, directory)
    s:close()
    local page = files.read(directory .. "/report.html")
    native.run { argv = { "rm", "-rf", directory } }
    assert.is_truthy(page:find("1 of 3 trials failed; what failed", 1, true))
    assert.is_truthy(page:find("<td>2", 1, true)) -- the ratio
  end)
end)
