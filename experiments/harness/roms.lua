-- ROMs as workloads: copies of a benchmark ROM with its size, option and rounds in it (guests/n64/programs), and who runs them beside
-- jitlab.

local native = require "jitlab_native"
local fail = require "harness.fail"
local files = require "harness.files"
local paths = require "harness.paths"

local roms = {}

-- Where a ROM keeps what it is told: the program's third to fifth word, big-endian.
local ARGUMENTS = 0x1008

-- The copy of the ROM file with these arguments (a size and an option, as strings) that does its work that many times. It is made
-- when it is not there as it should be: in a folder beside the ROMs, where others find it whole or not at all.
function roms.sized(rom, args, rounds)
  local content = files.read(rom)
  if not content then fail.work("the guest program %s was not built", rom) end
  local words = ("> I4 I4 I4"):pack(math.tointeger(tonumber(args[1])) or 1, math.tointeger(tonumber(args[2] or "0")) or 0, rounds)
  local wanted = content:sub(1, ARGUMENTS) .. words .. content:sub(ARGUMENTS + #words + 1)
  local folder, name = rom:match("^(.*)/([^/]*)%.z64$")
  local path = ("%s/sized/%s-%s-%d.z64"):format(folder, name, table.concat(args, "-"), rounds)
  if files.read(path) ~= wanted then
    files.mkdir(folder .. "/sized")
    local own = ("%s.%x"):format(path, native.clock())
    files.write(own, wanted)
    os.rename(own, path)
  end
  return path
end

-- Debian puts games where not every PATH has them.
local GAMES = "/usr/games:/usr/local/games"

-- Other emulators by the name of their runner: where they are (nil: nowhere), what each trial's command has in front of the ROM,
-- and what has to be in its environment. They are looked for once.
roms.peers = {
  mupen64plus = {
    absent = "mupen64plus is not installed (Debian packages mupen64plus-ui-console and libmupen64plus2)",
    -- No video, no sound, no limit of speed; its dynamic translator. The ROM's text comes as lines with a prefix; it never ends.
    options = { "--nosaveoptions", "--nospeedlimit", "--noosd", "--emumode", "2", "--gfx", "dummy", "--audio", "dummy", "--input", "dummy",
      "--rsp", "dummy" },
    prefix = "IS64: ",
  },
}

local found = {}
local function where(name)
  if found[name] == nil then
    found[name] = false
    for place in ((os.getenv("PATH") or "") .. ":" .. GAMES):gmatch("[^:]+") do
      local path = place .. "/" .. name
      if files.exists(path) then
        found[name] = path
        break
      end
    end
  end
  return found[name] or nil
end

-- Why a peer cannot run that workload, as a sentence; nil when it can.
function roms.why_not(name, workload)
  local peer = roms.peers[name]
  if not peer then return nil end
  if not where(name) then return peer.absent end
  local wrong = workload.entry.peers and workload.entry.peers[name]
  return wrong and ("%s is wrong there: %s"):format(name, wrong) or nil
end

-- The command that runs a ROM under a peer until it prints the text that ends it. It prints what the ROM does, and leaves CPU times
-- as guest programs do (native/console_peer.c).
function roms.peer_command(name, rom, entry)
  local peer = roms.peers[name]
  local argv = { paths.console_peer, "--until", entry["until"], "--prefix", peer.prefix, "--", where(name) or name }
  table.move(peer.options, 1, #peer.options, #argv + 1, argv)
  argv[#argv + 1] = rom
  return argv
end

-- What a peer's environment has beside the usual: a home of its own, no screen, no sound.
function roms.peer_environment(name)
  if not roms.peers[name] then return {} end
  local home = ("%s/%s"):format(paths.build, name)
  files.mkdir(home)
  return { "HOME=" .. home, "SDL_VIDEODRIVER=dummy", "SDL_AUDIODRIVER=dummy" }
end

-- A command of jitlab, whose run of a ROM is to leave the CPU times of the ROM's rounds.
function roms.timed(argv, entry)
  return table.move(argv, 1, #argv, 5, { paths.console_peer, "--until", entry["until"], "--" })
end

-- The version of a peer that is installed, for provenance.
function roms.peer_version(name)
  local path = where(name)
  local r = path and native.run { argv = { path, "--help" }, timeout = 10, keep_stdout = 1 << 16 }
  return r and r.stdout:match("Version ([%w.%-+]+)")
end

return roms
