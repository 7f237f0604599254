-- The report of a campaign of 10,000 trials takes less than 10 s of CPU time and 300 MB, gnuplot included.

local files = require "harness.files"
local native = require "jitlab_native"
local stored = require "stored"

describe("a report of 10,000 trials", function()
  it("takes less than 10 s and 300 MB", function()
    local directory = os.tmpname()
    os.remove(directory)
    files.mkdir(directory)
    local trials = stored.campaign(directory .. "/x.db", { configs = 32, workloads = 20, rounds = 15 })
    assert.is_true(trials >= 10000)
    local code = ([[package.path, package.cpath = %q, %q
      os.exit(require("harness.report.command").main { db = %q }, true)]]):format(package.path, package.cpath, directory .. "/x.db")
    local r = native.run { argv = { "lua5.4", "-e", code }, timeout = 170 }
    local page = files.read(directory .. "/synthetic-1/report.html")
    native.run { argv = { "rm", "-rf", directory } }
    assert.equal("", r.stderr)
    assert.equal(0, r.status)
    assert.is_true(#page > 1000000)
    local seconds, megabytes = (r.user_us + r.system_us) / 1e6, r.max_rss_kib / 1024
    print(("%d trials: %.1f s of CPU time, %.1f s, %.0f MB, %.1f MB of HTML"):format(trials, seconds, r.wall_ns / 1e9, megabytes,
      #page / 1e6))
    assert.is_true(seconds < 10, seconds)
    assert.is_true(megabytes < 300, megabytes)
  end)
end)
