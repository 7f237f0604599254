local command = require "harness.doctor.command"
local fail = require "harness.fail"
local machine = require "harness.doctor.machine"
local machines = require "machines"
local measure = require "harness.doctor.measure"
local median = require "harness.stats.median"
local overhead = require "harness.overhead"
local power = require "harness.stats.power"
local rng = require "harness.rng"
local stats = require "harness.stats"
local text = require "harness.text"

local GOOD = { hardware = { available = true }, software = { available = true } }
local NONE = { hardware = { available = false, reason = "add: Event does not exist" },
  software = { available = false, reason = "start: Permission denied" } }

local CPU3 = "/sys/devices/system/cpu/cpu3/"

-- The findings on a machine by name.
local function findings(before, after, probes, nothing)
  local facts, changes = machines.look(before, after, nothing)
  local by_name, list = {}, command.look(facts, changes, probes or GOOD)
  for _, f in ipairs(list) do by_name[f.name] = f end
  return by_name, list
end

-- That what was found has this weight and the texts in what it says or advises.
local function is_found(f, weight, ...)
  assert.equal("found", f.state, f.name .. ": " .. f.what)
  assert.equal(weight, f.weight, f.what)
  for _, wanted in ipairs { ... } do
    local all = f.what .. "\n" .. f.why .. "\n" .. f.how
    assert.is_truthy(all:find(wanted, 1, true), ("'%s' is not in: %s"):format(wanted, all))
  end
  assert.is_true(#f.why > 10)
end

describe("a quiet server", function()
  it("has nothing to be found, and nothing that cannot be seen", function()
    local _, list = findings()
    for _, f in ipairs(list) do assert.equal("fine", f.state, f.name .. ": " .. f.what) end
    assert.equal(19, #list)
    assert.equal(0, command.status(list))
  end)

  it("is as good with the boost of other drivers off", function()
    local by = findings { ["/sys/devices/system/cpu/intel_pstate/no_turbo"] = false, ["/sys/devices/system/cpu/cpufreq/boost"] = "0\n" }
    assert.equal("fine", by.turbo.state)
  end)
end)

describe("a laptop", function()
  local by, list
  setup(function()
    by, list = findings({
      [CPU3 .. "cpufreq/scaling_governor"] = "powersave\n",
      ["/sys/devices/system/cpu/intel_pstate/no_turbo"] = "0\n",
      [CPU3 .. "topology/thread_siblings_list"] = "1,3\n",
      ["/sys/devices/system/cpu/smt/control"] = "on\n",
      ["/sys/devices/system/cpu/isolated"] = "\n",
      ["/sys/class/power_supply/BAT0/type"] = "Battery\n",
      ["/sys/class/power_supply/AC/type"] = "Mains\n",
      ["/sys/class/power_supply/AC/online"] = "0\n",
      ["/proc/sys/kernel/nmi_watchdog"] = "1\n",
      ["/proc/50/stat"] = machines.process(50, "a (strange) name", 500, 3),
      ["/proc/60/stat"] = machines.process(60, "idle", 7, 2),
      ["/proc/meminfo"] = "MemAvailable: 900000 kB\nSwapTotal: 4000000 kB\nSwapFree: 1000000 kB\n",
    }, {
      ["/proc/stat"] = machines.stat { { idle = 1100 }, { idle = 1060, busy = 40 }, { idle = 1100 }, { idle = 1010, busy = 90 } },
      ["/proc/50/stat"] = machines.process(50, "a (strange) name", 580, 3),
      [CPU3 .. "thermal_throttle/core_throttle_count"] = "15\n",
    })
  end)

  it("has frequencies that move", function()
    is_found(by.governor, "much", "powersave of intel_pstate", "echo performance | sudo tee ")
    is_found(by.turbo, "some", "turbo is on", "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo")
    is_found(by.heat, "much", "3 times")
    is_found(by.power, "some", "battery", "plug it in")
    assert.equal(1, command.status(list))
  end)

  it("has its turbo switched off elsewhere without intel_pstate", function()
    local other = findings { ["/sys/devices/system/cpu/intel_pstate/no_turbo"] = false, ["/sys/devices/system/cpu/cpufreq/boost"] = "1\n" }
    is_found(other.turbo, "some", "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost")
  end)

  it("has a sibling that is busy, and says less of one that is not", function()
    is_found(by.SMT, "much", "CPU 1, which was busy for 40.0 %", "echo off | sudo tee /sys/devices/system/cpu/smt/control")
    is_found(findings { [CPU3 .. "topology/thread_siblings_list"] = "2-3\n" }.SMT, "some", "CPU 2",
      "echo 0 | sudo tee /sys/devices/system/cpu/cpu2/online")
  end)

  it("has others at work, by name", function()
    is_found(by.load, "much", "CPU 3 was busy for 90.0 %", "a (strange) name (50) 80 %", "taskset -apc 0 50")
    assert.is_nil(by.load.what:find("idle (60)", 1, true))
  end)

  it("has little memory, some of it swapped out", function()
    is_found(by.swap, "some", "2929 MiB", "sudo swapoff -a")
    is_found(by.memory, "some", "878 MiB")
    is_found(findings(nil, { ["/proc/vmstat"] = "pswpin 6\npswpout 9\n" }).swap, "much", "3 pages were swapped")
  end)

  it("has small things that do not make its status 1", function()
    is_found(by.isolation, "little", "isolcpus=3")
    is_found(by.watchdog, "little", "sudo sysctl kernel.nmi_watchdog=0")
    assert.equal(0, command.status { by.isolation, by.watchdog })
  end)

  it("is hot before it slows down", function()
    is_found(findings({ ["/sys/class/thermal/thermal_zone7/temp"] = "91500\n" }).heat, "some", "92 degrees")
  end)
end)

describe("a virtual machine", function()
  local by
  setup(function()
    by = findings({
      ["/proc/cpuinfo"] = "processor : 0\nflags : fpu tsc hypervisor lahf_lm\n",
      [CPU3 .. "cpufreq/scaling_governor"] = false, [CPU3 .. "cpufreq/scaling_driver"] = false,
      ["/sys/devices/system/cpu/intel_pstate/no_turbo"] = false,
      ["/sys/class/thermal/thermal_zone0/temp"] = false,
      [CPU3 .. "thermal_throttle/core_throttle_count"] = false, [CPU3 .. "thermal_throttle/package_throttle_count"] = false,
      ["/sys/bus/event_source/devices/cpu"] = false,
      ["/sys/devices/system/clocksource/clocksource0/current_clocksource"] = "hpet\n",
      ["/proc/sys/kernel/randomize_va_space"] = "0\n",
      ["/proc/self/cgroup"] = "4:memory:/x\n3:cpuset:/\n2:cpu,cpuacct:/docker/abc\n1:name=systemd:/\n",
      ["/sys/fs/cgroup/cpu/cpu.cfs_quota_us"] = "150000\n",
      ["/sys/fs/cgroup/cpu/cpu.cfs_period_us"] = "100000\n",
      ["/sys/fs/cgroup/cpu/cpu.stat"] = "nr_periods 9\nnr_throttled 2\n",
      ["/sys/fs/cgroup/memory/x/memory.limit_in_bytes"] = "1610612736\n",
      ["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n",
    }, {
      ["/proc/stat"] = machines.stat { { idle = 1100 }, { idle = 1100 }, { idle = 1100 }, { idle = 1095, steal = 5 } },
      ["/sys/fs/cgroup/cpu/cpu.stat"] = "nr_periods 9\nnr_throttled 6\n",
    }, NONE)
  end)

  it("is one, and loses time to others", function()
    is_found(by.virtualisation, "some", "hypervisor", "valgrind:instructions")
    is_found(by.steal, "much", "5.0 % of CPU 3's time", "dedicated")
    local quiet = findings({ ["/proc/cpuinfo"] = "processor : 0\nflags\t: hypervisor\n" })
    assert.equal("unseen", quiet.steal.state) -- none since boot: more likely not told
  end)

  it("has no counters and says what to use", function()
    is_found(by["hardware counters"], "some", "no PMU", "software", "Event does not exist", "-cpu host,pmu=on", "valgrind:instructions")
    is_found(by["software events"], "some", "Permission denied", "--cap-add=PERFMON")
  end)

  it("does not show what is below it", function()
    for _, name in ipairs { "governor", "turbo", "heat", "SMT" } do
      assert.equal("unseen", by[name].state, name)
      assert.is_true(#by[name].what > 20)
    end
    assert.matches("scaling_governor: No such file", by.governor.what)
  end)

  it("has a slow clock and one layout of memory", function()
    is_found(by["clock source"], "some", "hpet", "echo tsc | sudo tee ")
    is_found(by["address randomisation"], "some", "off", "sudo sysctl kernel.randomize_va_space=2")
    is_found(findings { ["/sys/devices/system/clocksource/clocksource0/current_clocksource"] = "acpi_pm\n",
      ["/sys/devices/system/clocksource/clocksource0/available_clocksource"] = "acpi_pm \n" }["clock source"], "some", "dmesg")
  end)

  it("is in a container with less than a machine", function()
    is_found(by["CPU quota"], "much", "1.5 CPUs", "stopped 4 times", "--cpuset-cpus")
    is_found(by.memory, "little", "1536 MiB", "by the control group's limit")
    local second = findings { ["/sys/fs/cgroup/user.slice/cpu.max"] = "50000 100000\n" }
    is_found(second["CPU quota"], "some", "/user.slice", "0.5 CPUs", "stopped 0 times")
  end)

  it("may leave trials one CPU only", function()
    local facts, changes = machines.look()
    facts.cpus = { 3 }
    for _, f in ipairs(command.look(facts, changes, GOOD)) do
      if f.name == "CPUs" then is_found(f, "some", "only CPU 3", "--cpuset-cpus") end
    end
  end)
end)

describe("a machine that forbids perf events", function()
  it("names the setting", function()
    local by = findings({ ["/proc/sys/kernel/perf_event_paranoid"] = "4\n" }, nil, NONE)
    is_found(by["perf permission"], "some", "perf_event_paranoid is 4", "sudo sysctl kernel.perf_event_paranoid=1")
    is_found(by["hardware counters"], "some", "there is a PMU (cpu)", "sudo sysctl kernel.perf_event_paranoid=1")
    is_found(by["software events"], "some", "sudo sysctl")
  end)

  it("forbids little at 2, and nothing to those who may", function()
    is_found(findings({ ["/proc/sys/kernel/perf_event_paranoid"] = "2\n" })["perf permission"], "little", "CONTEXT-SWITCHES")
    for _, bits in ipairs { "0000004000000000", "0000000000200000" } do -- CAP_PERFMON, CAP_SYS_ADMIN
      local by = findings { ["/proc/sys/kernel/perf_event_paranoid"] = "4\n", ["/proc/self/status"] = "CapEff:\t" .. bits .. "\n" }
      assert.equal("fine", by["perf permission"].state)
    end
    local by = findings({ ["/proc/sys/kernel/perf_event_paranoid"] = "3\n",
      ["/proc/self/status"] = "CapEff:\t000001ffffffffff\n" }, nil, NONE)
    is_found(by["perf permission"], "some", "is 3") -- root of a container's user namespace only
  end)
end)

describe("a machine that shows nothing", function()
  it("has nothing that is fine but what needs no look", function()
    local by, list = findings({ ["/proc/stat"] = "intr 5\n" }, nil, NONE, true)
    for _, name in ipairs { "virtualisation", "steal", "governor", "turbo", "SMT", "heat", "clock source", "load", "isolation", "CPU quota",
      "swap", "memory", "address randomisation", "hardware counters", "perf permission", "watchdog" } do
      assert.equal("unseen", by[name].state, name)
      assert.is_true(#by[name].what > 10, name)
    end
    assert.equal(19, #list)
  end)
end)

describe("a machine without /proc", function()
  it("cannot be looked at", function()
    local ok, message = fail.catch(command.main, { quick = true }, "/nonexistent")
    assert.is_false(ok)
    assert.equal("doctor: nothing can be seen here: /nonexistent/proc/stat: No such file or directory", message)
  end)
end)

describe("lists of CPUs", function()
  it("are read", function()
    assert.same({ 0, 1, 2, 8 }, machine.cpu_list("0-2,8"))
    assert.same({}, machine.cpu_list(""))
    assert.is_nil(machine.cpu_list(nil))
  end)
end)

-- Times of the same work with log-normal noise of that standard deviation.
local function noisy_pairs(n, sigma, seed)
  local generator, list = rng.new(seed, "doctor"), {}
  local function normal()
    local sum = -6
    for _ = 1, 12 do sum = sum + generator:below(1 << 20) / (1 << 20) end
    return sum
  end
  for i = 1, n do list[i] = { 20e6 * math.exp(sigma * normal()), 20e6 * math.exp(sigma * normal()) } end
  return list
end

describe("the noise floor", function()
  it("is the spread of the times", function()
    local floor = measure.floor_of(noisy_pairs(200, 0.02, 1))
    assert.is_true(math.abs(floor.spread - 0.02) < 0.003, floor.spread)
    assert.is_true(math.abs(floor.median / 20e6 - 1) < 0.01)
    assert.is_true(floor.ratio.lo < 1 and floor.ratio.hi > 1)
    assert.same({ 5, 15, 30, 60 }, { floor.differences[1].rounds, floor.differences[2].rounds, floor.differences[3].rounds,
      floor.differences[4].rounds })
    assert.is_true(floor.differences[1].difference > 1.5 * floor.differences[2].difference)
  end)

  it("is nothing where nothing varies", function()
    local floor = measure.floor_of { { 5, 5 }, { 5, 5 }, { 5, 5 }, { 5, 5 }, { 5, 5 }, { 5, 5 } }
    assert.equal(0, floor.spread)
    assert.equal(0, floor.differences[2].difference)
  end)

  it("names a difference that campaigns of so many rounds do find, four times of five", function()
    local told = {} -- as 40 doctors say it
    for seed = 1, 40 do told[seed] = measure.floor_of(noisy_pairs(30, 0.03, seed)).differences[2].difference end
    local difference, found = median.of(told), 0
    for seed = 1, 300 do
      local ratios = {}
      for i, pair in ipairs(noisy_pairs(15, 0.03, 1000 + seed)) do ratios[i] = pair[1] * (1 + difference) / pair[2] end
      if stats.ratio_estimate(ratios).lo > 1 then found = found + 1 end
    end
    assert.is_true(found / 300 > 0.7 and found / 300 < 0.92, ("%s found in %d of 300"):format(difference, found))
  end)

  it("is the inverse of how many rounds decide", function()
    local x = { mid = 1.04, lo = 1.00, hi = 1.08, n = 12 }
    local rounds = power.rounds(x, 1)
    assert.is_true(power.difference(x, rounds) <= 0.04 and power.difference(x, rounds - 1) > 0.039)
  end)
end)

describe("what was measured", function()
  -- Of a machine on which all is well, but for what is given.
  local function judged(changes)
    local m = { missing = {}, timer = { cost_ns = 25.0, step_ns = 20, cpu_step_ns = 1000 }, trial_ns = 2e6,
      counters = { { names = { "perf::TASK-CLOCK" }, start_ns = 2000, stop_ns = 3000, times = 9 },
        { names = { "a", "b", "c" }, start_ns = 6000, stop_ns = 6000, times = 9 } },
      noise = { pairs = 30, switches = 0.0, cpu = measure.floor_of(noisy_pairs(30, 0.002, 1)),
        wall = measure.floor_of(noisy_pairs(30, 0.002, 2)) } }
    for name, value in pairs(changes or {}) do m[name] = value end
    local by_name = {}
    for _, f in ipairs(measure.findings(m)) do by_name[f.name] = f end
    return by_name
  end

  local function report(seconds) return { trials = 10240, seconds = seconds, wall_seconds = 12.0, mb = 90.0, status = 0 } end

  it("is fine within its bounds", function()
    for name, f in pairs(judged()) do assert.equal("fine", f.state, name .. ": " .. f.what) end
    assert.matches("2.00 ms beside its process, of 8 ms", judged()["harness overhead"].what)
    assert.matches("on 2.00 us, off 3.00 us.*one may take 5.00 us", judged()["counter overhead"].what)
    assert.is_nil(judged()["report overhead"])
    assert.equal("fine", judged({ report = report(6.0) })["report overhead"].state)
  end)

  it("is told beyond them", function()
    is_found(judged({ timer = { cost_ns = 1200.0, step_ns = 20, cpu_step_ns = 1000 } }).timer, "some", "1200 ns")
    is_found(judged({ timer = { cost_ns = 25.0, step_ns = 20, cpu_step_ns = 4000000 } }).timer, "much", "4000.00 us")
    is_found(judged({ trial_ns = 9e6 })["harness overhead"], "some", "9.00 ms")
    is_found(judged({ counters = { { names = { "x" }, start_ns = 7000, stop_ns = 1000 } } })["counter overhead"], "little", "7.00 us")
    is_found(judged({ report = report(11.0) })["report overhead"], "little", "11.0 s")
    local noisy = measure.floor_of(noisy_pairs(30, 0.2, 3))
    local floor = judged({ noise = { pairs = 30, switches = 3.0, cpu = noisy, wall = noisy } })["noise floor"]
    is_found(floor, "much", "3.0 times put off", "--repeat ")
  end)

  it("is not fine where it could not be measured", function()
    local by = judged { counters = { { names = { "x" }, reason = "add: no" } }, missing = { trial = "no calls", noise = "no calls" } }
    assert.equal("unseen", by["counter overhead"].state)
    local none = measure.findings { missing = { trial = "no calls", noise = "no calls" }, counters = { { names = { "x" }, reason = "no" } },
      timer = { cost_ns = 25.0, step_ns = 20, cpu_step_ns = 1000 } }
    assert.equal("unseen", none[2].state)
    assert.equal("unseen", none[4].state)
  end)
end)

describe("what doctor prints", function()
  it("has what matters most first, each with a reason and a remedy, and all of it in the width", function()
    local _, list = findings({ [CPU3 .. "cpufreq/scaling_governor"] = "powersave\n", ["/sys/devices/system/cpu/isolated"] = "\n",
      ["/proc/sys/kernel/randomize_va_space"] = "1\n", ["/sys/devices/system/cpu/intel_pstate/no_turbo"] = false })
    local lines = {}
    command.print(list, function(line) lines[#lines + 1] = line end, 80)
    local all = table.concat(lines, "\n")
    local function at(s) return assert.is_number(all:find(s, 1, true)) and all:find(s, 1, true) end
    assert.is_true(at("[much]  governor:") < at("[some]  address randomisation:"))
    assert.is_true(at("[some]  address randomisation:") < at("[little] isolation:"))
    assert.is_true(at("cannot be seen here") < at("[?]     turbo:"))
    assert.is_true(at("fine\n") < at("[ok]    swap:"))
    at("do:  echo performance | sudo tee")
    for _, line in ipairs(lines) do assert.is_true(#line <= 80 or #text.split(line, " ") < 5, line) end
  end)
end)

describe("the bounds of the harness's own cost", function()
  it("are those that were promised", function()
    assert.same({ 8000000, 5000, 10, 300 }, { overhead.TRIAL_NS, overhead.SWITCH_NS, overhead.REPORT_SECONDS, overhead.REPORT_MB })
  end)
end)
