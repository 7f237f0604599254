-- A report as a browser shows it, if one is installed (Debian's chromium-headless-shell or chromium): nothing on its console, nothing
-- fetched, and page_checks.js finds nothing wrong in light and dark, wide and narrow.

local command = require "harness.report.command"
local files = require "harness.files"
local native = require "jitlab_native"
local runs = require "harness.runs"
local store = require "harness.store"
local stored = require "stored"

local function find_browser()
  for _, name in ipairs { "chromium-headless-shell", "chromium", "google-chrome" } do
    for directory in os.getenv("PATH"):gmatch("[^:]+") do
      if files.exists(directory .. "/" .. name) then return directory .. "/" .. name end
    end
  end
end

describe("the page of a report", function()
  local browser = find_browser()
  if not browser then
    pending("no chromium-headless-shell or chromium is installed")
    return
  end

  local directory

  setup(function()
    directory = os.tmpname()
    os.remove(directory)
    files.mkdir(directory)
    stored.campaign(directory .. "/x.db", { configs = 4, workloads = 2, rounds = 6,
      verdicts = {
        { text = "a", verdict = "reproduced", details = { "d" }, source = "s" }, { text = "b", verdict = "not reproduced", because = "c" },
        { text = "e", verdict = "undecided" },
      },
      change = function(d)
        d.configs[3].name = "a configuration with quite a long name, as factorial designs have them"
        for i, set in ipairs { "none block", "none loop", "static block", "static loop" } do
          local link, region = set:match("(%a+) (%a+)")
          d.configs[i].set = { "link=" .. link, "region=" .. region }
        end
      end })
    local s = store.open(directory .. "/x.db")
    command.write(runs.load(s, runs.find(s)), "x.db", directory)
    s:close()
    local page = files.read(directory .. "/report.html")
    local here = package.searchpath("stored", package.path):match("^(.*)/")
    -- The page allows no script, so that the one that checks it needs a copy that does.
    page = page:gsub("<meta http%-equiv[^>]*>", "", 1)
    local script = "<script>" .. files.read(here .. "/page_checks.js") .. "</script></body>"
    files.write(directory .. "/checked.html", (page:gsub("</body>", function() return script end)))
  end)
  teardown(function() native.run { argv = { "rm", "-rf", directory } } end)

  -- The page as the browser has it in the end, and what it said meanwhile.
  local function browse(page, ...)
    local argv = { browser, "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--user-data-dir=" .. directory .. "/u",
      "--dump-dom", "--timeout=60000", "file://" .. directory .. "/" .. page, ... }
    local r = native.run { argv = argv, timeout = 120, keep_stdout = 1 << 24, keep_stderr = 1 << 20 }
    assert.equal(0, r.status, r.stderr)
    return r.stdout, r.stderr
  end

  it("says nothing on the console and fetches nothing", function()
    local log = directory .. "/net.json"
    local dom, messages = browse("report.html", "--log-net-log=" .. log)
    assert.matches("</h2>", dom)
    assert.is_nil(messages:match("CONSOLE[^\n]*"))
    local requests = {}
    for url in files.read(log):gmatch('"url":"(%a+://[^"]*)"') do
      if not url:find("^file://") and not url:find("^chrome") then requests[#requests + 1] = url end
    end
    assert.same({}, requests)
  end)

  for scheme, number in pairs { light = "1", dark = "0" } do
    for _, width in ipairs { "1280", "420" } do
      it(("is laid out well, %s, %s wide"):format(scheme, width), function()
        local dom = browse("checked.html", "--blink-settings=preferredColorScheme=" .. number, ("--window-size=%s,900"):format(width))
        local head, problems = dom:match('<pre id="checks">([^\n<]*)\n?([^<]*)</pre>')
        assert.equal(("%s %s"):format(scheme, width), head and head:match("^%S+ %S+"))
        assert.is_true(tonumber(head:match("^%S+ %S+ (%d+)")) >= 5)
        assert.equal("", problems)
      end)
    end
  end
end)
