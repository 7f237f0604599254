local fake = require "fake"
local catalogue = require "harness.catalogue"
local definition = require "harness.definition"
local experiment = require "harness.experiment"
local files = require "harness.files"
local host = require "harness.host"
local json = require "dkjson"
local metrics = require "harness.metrics"
local native = require "jitlab_native"
local paths = require "harness.paths"
local programs = require "harness.programs"

local function output(...)
  local r = native.run { argv = { ... }, timeout = 30 }
  return (r.stdout:gsub("%s+$", ""))
end

describe("SHA-256", function()
  it("is that of sha256sum", function()
    assert.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", native.sha256(""))
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", native.sha256("abc"))
    local path = os.tmpname()
    files.write(path, ("\0jitlab\n"):rep(100000))
    assert.equal(output("sha256sum", path):match("^%x+"), native.sha256_file(path))
    os.remove(path)
    local hash, message = native.sha256_file(path)
    assert.is_nil(hash)
    assert.matches("No such file", message)
  end)
end)

describe("provenance", function()
  local root
  before_each(function() root = fake.root() end)
  after_each(function() fake.remove(root) end)

  it("has the host as libcpuid reads it and the leaves that it read", function()
    local p = host.provenance({}, { "run", "x" })
    assert.same({ "run", "x" }, p.arguments)
    assert.matches("basic_cpuid%[0%]=%x+ %x+ %x+ %x+", p.host.cpuid_raw)
    assert.equal(native.cpu().brand, p.host.cpu.brand)
    assert.equal(output("uname", "-r"), p.host.uname.release)
    assert.equal(host.trial_cpu(), p.host.trial_cpu)
    assert.is_number(p.host.load1)
    assert.is_number(p.host.steal_ticks)
    assert.is_number(p.host.memory_kib)
    assert.is_string(p.host.clock_source)
    for _, name in ipairs { "governor", "smt" } do -- absent where the kernel does not tell, as in virtual machines
      local file = name == "smt" and "smt/control" or "cpu" .. p.host.trial_cpu .. "/cpufreq/scaling_governor"
      assert.equal((files.read("/sys/devices/system/cpu/" .. file) or ""):match("^[^\n]+"), p.host[name])
    end
  end)

  it("has the hashes of jitlab and of every guest binary", function()
    local by_name = programs.load()
    local p = host.provenance({ { variant = "mipsel", workload = { entry = by_name.alpha } } }, {})
    assert.equal(output("sha256sum", paths.jitlab):match("^%x+"), p.jitlab_sha256)
    local wanted = {}
    for _, variant in ipairs { "mipsel", "host" } do
      wanted[variant .. "/alpha"] = output("sha256sum", programs.binary(by_name.alpha, variant)):match("^%x+")
    end
    assert.same(wanted, p.guest_sha256)
  end)

  it("has compilers and options of jitlab and of the guest programs", function()
    files.write(paths.build .. "/CMakeCache.txt", "#\nCMAKE_C_COMPILER:FILEPATH=/usr/bin/cc\nCMAKE_BUILD_TYPE:STRING=Release\n" ..
      "CMAKE_C_FLAGS:STRING=-g\nCMAKE_C_FLAGS_RELEASE:STRING=-O3\nGUEST_CC_host:FILEPATH=/usr/bin/gcc\n")
    files.write(paths.build .. "/build.ninja", "  COMMAND = cd x && /usr/bin/gcc -O2 -static -I/s -o /b/programs/host/alpha alpha.c\n")
    local b = host.provenance({}, {}).build
    assert.equal(output("cc", "--version"):match("^[^\n]*"), b.compiler)
    assert.same({ "Release", "-g", "-O3" }, { b.type, b.flags, b.flags_of_type })
    assert.equal("-O2 -static", b.guests.host.flags)
  end)

  it("tells a clean source from a changed one, and two changes from each other", function()
    local function git(...) return output("git", "-C", root, "-c", "user.name=n", "-c", "user.email=e@x", ...) end
    git("init", "-q")
    git("add", "guests")
    git("commit", "-qm", "first")
    files.write(root .. "/.git/info/exclude", "/build\n/experiments\n")
    local clean = host.provenance({}, {})
    assert.equal(git("rev-parse", "HEAD"), clean.commit)
    assert.is_false(clean.dirty)
    assert.is_nil(clean.diff_sha256)
    local hashes = {}
    for i = 1, 2 do
      files.write(root .. "/guests/programs/manifest.lua", "return {} -- " .. i)
      local p = host.provenance({}, {})
      assert.is_true(p.dirty)
      assert.equal(clean.commit, p.commit)
      assert.matches("M guests/programs/manifest.lua", p.changes)
      hashes[i] = p.diff_sha256
    end
    assert.not_equal(hashes[1], hashes[2])
  end)
end)

describe("a definition", function()
  local root
  before_each(function() root = fake.root() end)
  after_each(function() fake.remove(root) end)

  it("keeps what was asked, with every axis of each configuration, and gives the experiment again", function()
    local by_name, names = programs.load()
    local known = catalogue.load()
    known.axes.link.strategies[2].native = true
    local e = experiment.load(fake.experiment(root, [[
      e.configs[2].set.returns = "rsb"
      e.skip = function() end
      e.plots = { { kind = "bars", title = "t" } }
      e.claims = { { kind = "predicate", text = "c", source = "s", because = "b", test = function() end } }]]),
      { catalogue = known, programs = by_name, program_names = names })
    e.workload_names = { "beta-x" } -- as a filter leaves it
    e.plan.papi, e.plan.further = { time = { "PAPI_A" }, papi2 = { "PAPI_B" } }, { "papi2" }
    local stored = definition.encode(e)
    assert.same({ "lookup=flat", "link=static", "returns=rsb:depth=16" }, json.decode(stored).configs[2].full)
    local again, all = definition.of_run(nil, { definition = stored })
    assert.same({ e.name, e.summary, e.baseline, e.metric, e.mode, e.rounds, e.timeout },
      { again.name, again.summary, again.baseline, again.metric, again.mode, again.rounds, again.timeout })
    assert.same(e.config_names, again.config_names)
    assert.same({ "beta-x" }, again.workload_names)
    assert.equal("native", again.config.native.runner)
    assert.is_true(again.config.unlinked.host_code) -- by link=none; or a report would divide what it must not
    assert.is_nil(again.config.default.host_code)
    assert.same({ { kind = "bars", title = "t" } }, again.plots)
    assert.same({ { kind = "predicate", text = "c", source = "s", because = "b" } }, again.claims)
    assert.same({ "papi2" }, metrics.kinds("PAPI_B", all, again.plan)) -- or a report would not find its values
    assert.is_true(all.counters.dispatches.deterministic)
    assert.is_false(all.counters.translate_ns.deterministic)
  end)
end)
