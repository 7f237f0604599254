local native = require "jitlab_native"

local function sh(script, options)
  local o = options or {}
  o.argv = { "/bin/sh", "-c", script }
  return native.run(o)
end

-- Whether a process with that command line exists.
local function running(word)
  local r = sh(("grep -lsz -- '%s' /proc/[0-9]*/cmdline | grep -v /self/ | wc -l"):format(word:sub(1, -2) .. "[" .. word:sub(-1) .. "]"))
  return tonumber(r.stdout) > 0
end

describe("a trial's process", function()
  it("gives its exit status, output and error output", function()
    local r = sh "echo out; echo err >&2; exit 3"
    assert.same({ "exit", 3, "out\n", "err\n" }, { r.ended, r.status, r.stdout, r.stderr })
    assert.equal(4, r.stdout_bytes)
    assert.equal(native.hash("out\n"), r.stdout_hash)
  end)

  it("gives the signal that ended it", function()
    local r = sh "kill -SEGV $$"
    assert.same({ "signal", 11 }, { r.ended, r.status })
  end)

  it("hashes all output and keeps as much as was asked for", function()
    local r = sh("head -c 3000000 /dev/zero", { keep_stdout = 10 })
    assert.equal(3000000, r.stdout_bytes)
    assert.equal(("\0"):rep(10), r.stdout)
    assert.equal(native.hash(("\0"):rep(3000000)), r.stdout_hash)
  end)

  it("keeps the end of the error output", function()
    local r = sh("i=0; while [ $i -lt 500 ]; do echo line $i >&2; i=$((i+1)); done", { keep_stderr = 20 })
    assert.equal("e 498\nline 499\n", r.stderr:sub(-15))
    assert.equal(20, #r.stderr)
  end)

  it("is killed with its whole group when its time is up", function()
    local mark = ("86%06d"):format(native.clock() % 1000000)
    local r = sh(("sleep %s & sleep %s; echo never"):format(mark, mark), { timeout = 0.3 })
    assert.equal("timeout", r.ended)
    assert.is_true(r.wall_ns >= 0.3e9 and r.wall_ns < 2e9)
    assert.equal("", r.stdout)
    assert.is_false(running(mark))
  end)

  it("leaves no background process behind", function()
    local mark = ("87%06d"):format(native.clock() % 1000000)
    local r = sh(("sleep %s >/dev/null 2>&1 & exit 0"):format(mark), { timeout = 10 })
    assert.same({ "exit", 0 }, { r.ended, r.status })
    assert.is_true(r.wall_ns < 5e9)
    local deadline = native.clock() + 3e9 -- it was killed; on a loaded machine it takes a moment to be gone
    while running(mark) and native.clock() < deadline do os.execute("sleep 0.05") end
    assert.is_false(running(mark))
  end)

  it("gives the resources it used", function()
    local r = sh "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; sleep 0.05"
    local cpu = r.user_us + r.system_us
    assert.is_true(cpu > 10000 and cpu * 1000 < r.wall_ns)
    assert.is_true(r.wall_ns > cpu * 1000 + 40e6)
    assert.is_true(r.max_rss_kib > 500 and r.minor_faults > 10)
    assert.is_true(r.voluntary_switches > 0)
  end)

  it("has the environment it was given and no other", function()
    local r = native.run { argv = { "/usr/bin/env" }, env = { "A=1", "B=two words" } }
    assert.equal("A=1\nB=two words\n", r.stdout)
  end)

  it("runs on the CPU it was given", function()
    local cpus = native.cpus()
    local r = sh("grep Cpus_allowed_list /proc/self/status", { cpu = cpus[#cpus] })
    assert.equal(tostring(cpus[#cpus]), r.stdout:match("(%S+)\n$"))
    local _, message = sh("true", { cpu = 1000 })
    assert.matches("sched_setaffinity", message)
  end)

  it("is limited in memory and CPU time", function()
    local r = sh("head -c 200000000 /dev/zero | tail -c 190000000 | wc -c", { address_space = 64 << 20 })
    assert.not_equal("190000000\n", r.stdout)
    r = sh("while :; do :; done", { cpu_seconds = 1, timeout = 150 }) -- long, for a busy machine
    assert.equal("signal", r.ended)
  end)

  it("has the same layout each time when asked", function()
    local function layout() return sh("grep stack /proc/self/maps", { fixed_layout = true, env = {} }).stdout end
    assert.equal(layout(), layout())
  end)

  it("runs in a directory", function()
    assert.equal("/usr\n", sh("pwd", { directory = "/usr" }).stdout)
    local _, message = sh("pwd", { directory = "/no/such" })
    assert.matches("chdir: No such file", message)
  end)

  it("that cannot start says why", function()
    local r, message = native.run { argv = { "/no/such/program" } }
    assert.is_nil(r)
    assert.equal("cannot run /no/such/program: exec: No such file or directory", message)
  end)

  it("is killed when it holds more memory than it may, and not for what it only reserves", function()
    local hog = { "lua5.4", "-e", "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000000) .. i end" }
    local r = native.run { argv = hog, resident = 100 << 20, timeout = 60 }
    assert.equal("memory", r.ended)
    assert.is_true(r.max_rss_kib > 100 << 10 and r.max_rss_kib < 800 << 10, r.max_rss_kib)
    r = native.run { argv = { "lua5.4", "-e", "local s = ('x'):rep(1000000)" }, resident = 100 << 20, timeout = 60 }
    assert.same({ "exit", 0 }, { r.ended, r.status })
  end)

  it("ends with the harness when that is killed", function()
    local mark = ("88%06d"):format(native.clock() % 1000000)
    local code = ([[package.cpath = %q; require "jitlab_native".run { argv = { "/bin/sleep", %q } }]]):format(package.cpath, mark)
    local r = native.run { argv = { "lua5.4", "-e", code }, timeout = 0.5 }
    assert.equal("timeout", r.ended)
    sh "sleep 0.1"
    assert.is_false(running("sleep." .. mark))
  end)
end)

describe("the host", function()
  it("is known by libcpuid", function()
    local cpu = assert(native.cpu())
    assert.is_true(#cpu.vendor > 0 and #cpu.features > 5 and cpu.family > 0)
    assert.is_true(cpu.l4_kib == nil)
  end)
end)
