-- ROMs as workloads: copies of a benchmark ROM with its size, option and rounds in it (guests/n64/programs), and who runs them beside
-- jitlab.

local native = require "jitlab_native"
local fail = require "harness.fail"
local files = require "harness.files"
local paths = require "harness.paths"

local roms = {}

-- Where a ROM keeps what it is told: the program's third to fifth word, big-endian.
local ARGUMENTS = 0x1008

-- The path of a file with that content, beside the ROMs. It is made when it is not there as it should be, and others find it whole or
-- not at all.
local function make_copy(name, content)
  local folder = paths.programs .. "/n64/sized"
  local path = ("%s/%s"):format(folder, name)
  if files.read(path) ~= content then
    files.mkdir(folder)
    local own = ("%s.%x"):format(path, native.clock())
    files.write(own, content)
    os.rename(own, path)
  end
  return path
end

-- The copy of the ROM file with these arguments (a size and an option, as strings) that does its work that many times.
function roms.sized(rom, args, rounds)
  local content = files.read(rom)
  if not content then fail.work("the guest program %s was not built", rom) end
  local words = ("> I4 I4 I4"):pack(math.tointeger(tonumber(args[1])) or 1, math.tointeger(tonumber(args[2] or "0")) or 0, rounds)
  local wanted = content:sub(1, ARGUMENTS) .. words .. content:sub(ARGUMENTS + #words + 1)
  return make_copy(("%s-%s-%d.z64"):format(rom:match("([^/]*)%.z64$"), table.concat(args, "-"), rounds), wanted)
end

-- Debian puts games where not every PATH has them.
local GAMES = "/usr/games:/usr/local/games"

-- Other emulators by the name of their runner: where they are (nil: nowhere), what each trial's command has in front of the ROM,
-- and what has to be in its environment. They are looked for once.
roms.peers = {
  mupen64plus = {
    absent = "mupen64plus is not installed (Debian packages mupen64plus-ui-console and libmupen64plus2)",
    -- No sound, no limit of speed; its dynamic translator; an instruction takes one unit of Count, as in this guest, and not two. The
    -- ROM's text comes as lines with a prefix; it never ends.
    options = { "--nosaveoptions", "--nospeedlimit", "--noosd", "--emumode", "2", "--set", "Core[CountPerOp]=1", "--audio", "dummy",
      "--input", "dummy", "--rsp", "dummy" },
    prefix = "IS64: ",
  },
}

local HEADER, PROGRAM = 0x40, 0x1000
-- What turns a file's bytes into the console's order, by its first two bytes.
local ORDERS = {
  ["\x80\x37"] = function(content) return content end,
  ["\x37\x80"] = function(content) return (content:gsub("(.)(.)", "%2%1")) end,
  ["\x40\x12"] = function(content) return (content:gsub("(.)(.)(.)(.)", "%4%3%2%1")) end,
}

-- A copy of somebody's ROM that starts as jitlab starts it: with the benchmark ROMs' boot code instead of its own.
local function with_own_boot(rom)
  local content, ours = files.read(rom), paths.programs .. "/n64/integer.z64"
  local order, boot = content and ORDERS[content:sub(1, 2)], files.read(ours)
  if not boot then fail.work("the guest program %s was not built", ours) end
  if not order then return rom end -- whoever runs it says what is wrong with it
  content = order(content)
  return make_copy(rom:gsub("[^%w.-]", "_") .. ".z64", content:sub(1, HEADER) .. boot:sub(HEADER + 1, PROGRAM) .. content:sub(PROGRAM + 1))
end

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

-- How many frames a workload is run for; nil where its ROM says itself when it has ended.
local function frames(workload) return workload.entry.folder and workload.args[1] end

-- The ROM that a cell runs, with its arguments in it, and jitlab's options for when it ends.
function roms.of(workload, binary, rounds)
  if frames(workload) then return binary, { "--frames", frames(workload) } end
  return roms.sized(binary, workload.args, rounds), { "--until", workload.entry["until"] }
end

-- The command that runs a ROM under a peer until it prints the text that ends it, or for its frames. It prints what the ROM does, and
-- leaves CPU times as guest programs do (native/console_peer.c).
function roms.peer_command(name, workload, rom)
  local peer = roms.peers[name]
  local argv = { paths.console_peer, "--until", workload.entry["until"] or "JITLAB-FRAMES", "--prefix", peer.prefix, "--",
    where(name) or name }
  table.move(peer.options, 1, #peer.options, #argv + 1, argv)
  local video = frames(workload) and paths.build .. "/lib/mupen_frames.so" or "dummy"
  return table.move({ "--gfx", video, frames(workload) and with_own_boot(rom) or rom }, 1, 3, #argv + 1, argv)
end

-- What a peer's environment has beside the usual: a home of its own, no screen, no sound; how many frames native/mupen_frames.c counts.
function roms.peer_environment(name, workload)
  if not roms.peers[name] then return {} end
  local home = ("%s/%s"):format(paths.build, name)
  files.mkdir(home)
  return { "HOME=" .. home, "SDL_VIDEODRIVER=dummy", "SDL_AUDIODRIVER=dummy", "JITLAB_FRAMES=" .. (frames(workload) or "0") }
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
