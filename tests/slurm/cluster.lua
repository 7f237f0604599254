-- A Slurm of a test's own on loopback: munged, slurmctld, and a slurmd for each of two nodes, in a temporary folder, on ports of their
-- own, as whoever runs it, without cgroups and without accounting. Nothing of an installed Slurm is touched.

local native = require "jitlab_native"
local files = require "harness.files"

local cluster = {}
cluster.__index = cluster

-- Daemons end by themselves after this, should a test be killed that would have stopped them.
local LIFE = 170

local CONFIG = [[
ClusterName=jitlab
SlurmctldHost=@host@(127.0.0.1)
SlurmctldPort=@port@
SlurmUser=@user@
SlurmdUser=@user@
AuthType=auth/munge
AuthInfo=socket=@dir@/munge.socket
CredType=cred/munge
StateSaveLocation=@dir@/state
SlurmdSpoolDir=@dir@/spool-%n
SlurmctldPidFile=@dir@/slurmctld.pid
SlurmdPidFile=@dir@/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0
ReturnToService=2
KillWait=1
SlurmdParameters=config_overrides
NodeName=n1 NodeAddr=127.0.0.1 Port=@port1@ CPUs=1
NodeName=n2 NodeAddr=127.0.0.1 Port=@port2@ CPUs=1
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
]]

local SBIN = "export PATH=$PATH:/usr/sbin; " -- where the daemons are, and not everybody looks

-- Runs a shell command with this cluster's configuration; returns its status and all that it printed.
function cluster:sh(format, ...)
  local command = ("%sexport SLURM_CONF=%s/slurm.conf; %s 2>&1"):format(SBIN, self.dir, format:format(...))
  local r = assert(native.run { argv = { "sh", "-c", command }, timeout = 30, keep_stdout = 1 << 20 })
  return r.ended == "exit" and r.status or -1, r.stdout
end

-- Waits until f() is true; false after so many seconds.
function cluster.wait(seconds, f)
  local stop = native.clock() + seconds * 1000000000
  repeat
    if f() then return true end
    native.run { argv = { "sleep", "0.1" } }
  until native.clock() > stop
  return false
end

-- Starts a daemon in the foreground, in the background of the test; the shell is not cluster:sh, which ends all that it started.
function cluster:daemon(name, command)
  local pid = self.dir .. "/" .. name .. ".started"
  os.execute(SBIN .. ("SLURM_CONF=%s/slurm.conf setsid timeout -k 2 %d %s </dev/null >>%s/%s.log 2>&1 & echo $! >%s"):format(
    self.dir, LIFE, command, self.dir, name, pid))
  self.daemons[name] = files.read(pid):match("%d+")
end

function cluster:start_node(node) self:daemon("slurmd-" .. node, "slurmd -D -N " .. node) end

local function last_lines(path)
  local lines = {}
  for line in (files.read(path) or ""):gmatch("[^\n]+") do lines[#lines + 1] = line end
  return table.concat(lines, "\n", math.max(1, #lines - 4))
end

-- What of the programs is not installed: a sentence, or nil.
function cluster.missing()
  for _, name in ipairs { "munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel", "setsid" } do
    if not os.execute(SBIN .. "command -v " .. name .. " >/dev/null 2>&1") then
      return name .. " is not installed (packages munge, slurmctld, slurmd, slurm-client)"
    end
  end
end

local function write_config(self, port)
  local values = { dir = self.dir, port = port, port1 = port + 1, port2 = port + 2, host = native.uname().node,
    user = select(2, self:sh("id -un")):match("%S+") }
  files.write(self.dir .. "/slurm.conf", (CONFIG:gsub("@(%w+)@", values)))
end

local function idle(self)
  local _, out = self:sh("sinfo -h -N -o '%%n %%t'")
  return out:find("n1 idle") and out:find("n2 idle")
end

-- Starts all of it in dir, which is there and empty. nil and a sentence when it cannot be had here.
function cluster.start(dir)
  local self = setmetatable({ dir = dir, daemons = {} }, cluster)
  for _, name in ipairs { "state", "spool-n1", "spool-n2" } do files.mkdir(dir .. "/" .. name) end
  self:sh("chmod 755 %s && head -c 32 /dev/urandom >%s/munge.key && chmod 400 %s/munge.key", dir, dir, dir)
  self:daemon("munged", ("munged -F -f --socket=%s/munge.socket --key-file=%s/munge.key --pid-file=%s/munged.pid --seed-file=%s/munged.seed"
    .. " --log-file=%s/munged.out"):format(dir, dir, dir, dir, dir))
  if not self.wait(10, function() return native.file(dir .. "/munge.socket") end) then
    self:stop()
    return nil, "munged does not start: " .. last_lines(dir .. "/munged.log")
  end
  for attempt = 0, 2 do -- ports may be taken
    write_config(self, 20000 + (native.clock() // 1000 + attempt) % 1000 * 10)
    self:daemon("slurmctld", "slurmctld -D -c")
    self:start_node("n1")
    self:start_node("n2")
    if self.wait(12, function() return idle(self) end) then return self end
    for _, name in ipairs { "slurmd-n1", "slurmd-n2", "slurmctld" } do self:stop_daemon(name) end
  end
  self:stop()
  return nil, "slurmctld and slurmd do not come up: " .. last_lines(dir .. "/slurmctld.log") .. "\n" .. last_lines(dir .. "/slurmd-n1.log")
end

function cluster:stop_daemon(name)
  local pid = self.daemons[name]
  if not pid then return end
  self.daemons[name] = nil
  self:sh("kill %s", pid)
  if not self.wait(4, function() return not native.file("/proc/" .. pid) end) then self:sh("kill -KILL -- -%s", pid) end
end

function cluster:stop()
  if self.daemons.slurmctld then self:sh("scancel --user=$(id -un)") end
  for _, name in ipairs { "slurmd-n1", "slurmd-n2", "slurmctld", "munged" } do self:stop_daemon(name) end
end

-- Processes of jobs on a node: those whose environment says so.
function cluster:job_processes(node)
  local list = {}
  for _, pid in ipairs(native.list("/proc")) do
    local environment = pid:find("^%d+$") and files.read("/proc/" .. pid .. "/environ") or ""
    if environment:find("SLURMD_NODENAME=" .. node .. "\0", 1, true) and environment:find("SLURM_CONF=" .. self.dir, 1, true) then
      list[#list + 1] = pid
    end
  end
  return list
end

-- A node fails: its slurmd, its steps and their processes are gone at once. Slurm is told as a health check would tell it, rather than
-- after the half minute in which it would find out.
function cluster:fail_node(node)
  local victims = self:job_processes(node)
  local steps = {}
  for _, pid in ipairs(victims) do
    local parent = (files.read("/proc/" .. pid .. "/stat") or ""):match("^%d+ %(.*%) %a (%d+)")
    if parent and (files.read("/proc/" .. parent .. "/cmdline") or ""):find("^slurmstepd") then steps[#steps + 1] = parent end
  end
  local daemon = files.read(self.dir .. "/slurmd-" .. node .. ".pid"):match("%d+")
  self:sh("kill -KILL %s %s %s", daemon, table.concat(steps, " "), table.concat(victims, " "))
  self.daemons["slurmd-" .. node] = nil
  self:sh("scontrol update nodename=%s state=down reason=crashed", node)
  return #victims > 0 and #steps > 0
end

-- It is back; `running`: its slurmd never was away.
function cluster:repair_node(node, running)
  if not running then self:start_node(node) end
  return self.wait(15, function()
    self:sh("scontrol update nodename=%s state=resume", node)
    return idle(self)
  end)
end

return cluster
