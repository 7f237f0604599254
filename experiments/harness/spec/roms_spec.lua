local fake = require "fake"
local files = require "harness.files"
local native = require "jitlab_native"
local roms = require "harness.roms"
local store = require "harness.store"

describe("a ROM as a workload", function()
  local root

  before_each(function()
    root = fake.root()
    local built = package.cpath:match("([^;]*)/lib/%?%.so")
    assert(os.execute(("ln -s %s/console_peer %s/build/release/"):format(built, root)))
  end)
  after_each(function() fake.remove(root) end)

  local function rows(sql)
    local s = store.open(root .. "/results/x.db")
    local result = s:rows(sql)
    s:close()
    return result
  end

  -- Runs an experiment of the guest n64 with the other emulator in PATH.
  local function bench(fields, words)
    return fake.bench(root, fake.experiment(root, [[
      e.guest = "n64"
      e.workloads = { "rom_alpha", "rom_beta" }
      e.configs = design.join(design.config("default"), design.mupen64plus())
      e.baseline = "default"
      ]] .. (fields or "")), "quick = true, seed = 3" .. (words or ""), nil, function(command)
        return { "sh", "-c", ("PATH=%s/build/bin:$PATH exec %s"):format(root, command) }
      end)
  end

  it("is a copy with its arguments in it, made once", function()
    local rom = root .. "/build/release/programs/n64/alpha.z64"
    local path = roms.sized(rom, { "300", "7" }, 5)
    local content = files.read(path)
    assert.same({ 300, 7, 5, 0x1015 }, { (">I4I4I4"):unpack(content, 0x1009) })
    assert.equal(files.read(rom), content:sub(1, 0x1008) .. ("\0"):rep(12) .. content:sub(0x1015))
    assert.not_equal(path, roms.sized(rom, { "300", "7" }, 1))
    files.write(path, "spoilt")
    assert.equal(content, files.read(roms.sized(rom, { "300", "7" }, 5)))
  end)

  it("is run by jitlab and by another emulator, and they have to print the same", function()
    local r = bench()
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.same({ { kind = "count", n = 2 }, { kind = "reference", n = 2 }, { kind = "time", n = 9 } },
      rows "SELECT kind, count(*) AS n FROM trial WHERE status = 'ok' GROUP BY kind ORDER BY kind")
    assert.matches("left out: mupen64plus/rom_beta: mupen64plus is wrong there: it has no beta", r.stdout, 1, true)
    local hashes = rows "SELECT DISTINCT stdout_hash FROM trial JOIN cell ON cell.id = cell WHERE workload = 'rom_alpha'"
    assert.equal(1, #hashes)
    fake.script(root .. "/build/bin/mupen64plus", "#!/bin/sh\necho 'Core: IS64: result: 1'\necho 'Core: IS64: JITLAB-END'\n")
    r = bench()
    assert.equal(1, r.status)
    assert.same({ { config = "mupen64plus", n = 3 } },
      rows "SELECT config, count(*) AS n FROM trial JOIN cell ON cell.id = cell WHERE status = 'mismatch' GROUP BY config")
  end)

  it("is judged by nothing that was not run", function()
    local r = bench [[ e.workloads = { "rom_beta" }
      e.claims = { { kind = "ratio", text = "t", num = "mupen64plus", den = "default", metric = "cpu_ns", min = 1,
        workloads = "rom_beta" } } ]]
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.matches("undecided: t\n.*mupen64plus and default were not both run", r.stdout)
  end)

  it("repeats its work in a warm trial, and every round's time is kept", function()
    local r = bench [[ e.phases = { "warm" } e.iterations = { quick = 4 } ]]
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.same({ { config = "default", n = 6 }, { config = "mupen64plus", n = 3 } },
      rows "SELECT config, count(*) AS n FROM trial JOIN cell ON cell.id = cell WHERE kind = 'warm' AND status = 'ok' GROUP BY config")
    assert.equal(9, rows("SELECT count(*) AS n FROM counter WHERE name = 'warm_ns' AND value >= 0")[1].n)
  end)

  it("may be somebody's own: it is run for frames, with our boot code in other emulators", function()
    files.mkdir(root .. "/build/mine/n64")
    files.write(root .. "/build/mine/n64/game.V64", "\x37\x80\x12\x40" .. ("theirs"):rep(1000))
    files.write(root .. "/build/release/programs/n64/integer.z64", ("\0"):rep(0x40) .. ("our "):rep(0x3f0))
    local r = bench("", (", programs = %q"):format(root .. "/build/mine"))
    assert.equal("", r.status == 0 and "" or r.stderr)
    assert.same({ { config = "default", n = 4 }, { config = "mupen64plus", n = 3 }, { config = "reference", n = 2 } },
      rows [[SELECT config, count(*) AS n FROM trial JOIN cell ON cell.id = cell WHERE workload = 'game' AND status = 'ok'
        GROUP BY config ORDER BY config]])
    assert.equal("\x80\x37\x40\x12ht", files.read(root .. "/build/started"))
    local name = (root .. "/build/mine/n64/game.V64"):gsub("[^%w.-]", "_")
    local copy = files.read(("%s/build/release/programs/n64/sized/%s.z64"):format(root, name))
    assert.equal("our our ", copy:sub(0x41, 0x48))
    assert.equal(("theirs"):rep(1000):gsub("(.)(.)", "%2%1"):sub(0x1001 - 4, 0x1020 - 4), copy:sub(0x1001, 0x1020))
  end)

  it("fails when the other emulator ends before the ROM does", function()
    fake.script(root .. "/build/bin/mupen64plus", "#!/bin/sh\necho 'Core: IS64: result: 300 7'\necho no such thing >&2\nexit 3\n")
    local r = bench()
    assert.equal(1, r.status)
    assert.matches("exit status 3 instead of 0: no such thing", rows(
      "SELECT detail FROM trial JOIN cell ON cell.id = cell WHERE config = 'mupen64plus'")[1].detail, 1, true)
  end)

  it("is left out with a sentence where the other emulator is not installed", function()
    roms.peers.nowhere = { absent = "nowhere is not installed" }
    assert.equal("nowhere is not installed", roms.why_not("nowhere", { entry = {} }))
    roms.peers.nowhere = nil
    assert.is_nil(roms.why_not("jitlab", { entry = {} }))
  end)

  it("is a mistake among Linux programs, and they among ROMs", function()
    local function said(fields) return bench(fields).stderr end
    assert.matches("workloads[2]: 'alpha' is a program of the guest linux, and the experiment is about the guest n64",
      said [[ e.workloads = { "rom_alpha", "alpha" } ]], 1, true)
    assert.matches("'rom_alpha' is a program of the guest n64, and the experiment is about the guest linux", said [[ e.guest = nil
      e.configs = design.join(design.config("default"))]], 1, true)
    assert.matches("unknown runner of the guest n64 'qemu'",
      said [[ e.configs = design.join(design.config("default"), design.qemu()) ]], 1, true)
    assert.matches("guest: unknown guest 'n46'; did you mean 'n64'?", said [[ e.guest = "n46" ]], 1, true)
  end)
end)

describe("console_peer", function()
  local peer = package.cpath:match("([^;]*)/lib/%?%.so") .. "/console_peer"

  local function run(...)
    return native.run { argv = { peer, ... }, timeout = 10, keep_stdout = 4096, keep_stderr = 4096 }
  end

  it("passes on what has the prefix, up to the text that ends it", function()
    local r = run("--until", "END", "--prefix", "> ", "--", "sh", "-c",
      "echo noise; echo 'x > one'; echo '> END here'; echo '> more'; sleep 60")
    assert.same({ "exit", 0, "one\nEND here\n" }, { r.ended, r.status, r.stdout })
  end)

  it("waits for a command that ends by itself, and passes its status on", function()
    assert.equal(7, run("--until", "END", "--", "sh", "-c", "echo END; exit 7").status)
    assert.equal(5, run("--until", "END", "--", "sh", "-c", "exit 5").status)
    assert.equal(128 + 9, run("--until", "END", "--", "sh", "-c", "kill -KILL $$").status)
    assert.equal(127, run("--until", "END", "--", "/no/such/command").status)
  end)

  it("wants a command and a text", function()
    for _, words in ipairs { {}, { "--until", "END" }, { "--", "true" }, { "--until", "END", "--" } } do
      local r = run(table.unpack(words))
      assert.same({ 127, "usage: console_peer --until TEXT [--prefix PREFIX] -- COMMAND [ARG]...\n" }, { r.status, r.stderr })
    end
  end)
end)
