-- The guest programs: guests/programs/manifest.lua and guests/n64/programs/manifest.lua say how to run them, the build says where
-- they are.

local native = require "jitlab_native"
local fail = require "harness.fail"
local files = require "harness.files"
local paths = require "harness.paths"

local programs = {}

-- How a variant is run by others than jitlab.
programs.variants = {
  { name = "mipsel", summary = "MIPS32r2 o32, little-endian", qemu = "qemu-mipsel" },
  { name = "mips", summary = "MIPS32r2 o32, big-endian", qemu = "qemu-mips" },
  { name = "host", summary = "this machine's own code, -O2, from the same source" },
  { name = "n64", summary = "ROMs of the N64 guest (VR4300, MIPS III)", guest = "n64" },
}

-- What an experiment may run of a guest: its variants, those it has when it names none, and who runs its programs. Output is
-- compared with that of `reference`: a build for this host, or jitlab's interpreter.
programs.guests = {
  linux = { variants = { "mipsel", "mips" }, usual = { "mipsel" }, runners = { jitlab = true, native = true, qemu = true },
    reference = { variant = "host", config = { name = "reference", runner = "native", set = {} } } },
  n64 = { variants = { "n64" }, usual = { "n64" }, runners = { jitlab = true, mupen64plus = true },
    reference = { variant = "n64", config = { name = "reference", runner = "jitlab", set = { "backend=interp" } } } },
}

local MANIFESTS = { "/guests/programs/manifest.lua", "/guests/n64/programs/manifest.lua" }

local function index(entries)
  local by_name, names = {}, {}
  for _, entry in ipairs(entries) do
    by_name[entry.name] = entry
    names[#names + 1] = entry.name
  end
  return by_name, names
end

-- The entries of the manifests by name, and their names in their order.
function programs.load()
  local all = {}
  for _, manifest in ipairs(MANIFESTS) do
    local chunk, message = loadfile(paths.root .. manifest)
    if not chunk then fail.work("the list of guest programs cannot be read: %s", message) end
    local entries = chunk()
    table.move(entries, 1, #entries, #all + 1, all)
  end
  return index(all)
end

-- The guest of an entry, by name.
function programs.guest(entry) return entry.guest or "linux" end

-- Frames that an outside ROM is run for: 5 and 30 seconds of the console's time.
local FRAMES = { quick = { "300" }, full = { "1800" } }

-- Programs that are not the project's: every file of FOLDER/host, with builds of the same names in FOLDER/mipsel and
-- FOLDER/mips, run without arguments; and every file of FOLDER/n64, a ROM. The same answer as of load().
function programs.load_outside(folder)
  local entries = {}
  for _, name in ipairs(native.list(folder .. "/n64") or {}) do
    if files.exists(("%s/n64/%s"):format(folder, name)) and name:lower():find("%.[znv]64$") then
      entries[#entries + 1] = { name = name:match("^(.*)%."), program = name, folder = folder, guest = "n64", args = FRAMES }
    end
  end
  for _, name in ipairs(native.list(folder .. "/host") or {}) do
    if files.exists(("%s/host/%s"):format(folder, name)) and name:sub(1, 1) ~= "." then
      entries[#entries + 1] = { name = name, program = name, folder = folder, args = { quick = {}, full = {} } }
    end
  end
  if #entries == 0 then
    fail.usage("--programs: there is no program in %s/host (with builds for the guest in %s/mipsel or %s/mips) and no ROM in %s/n64",
      folder, folder, folder, folder)
  end
  table.sort(entries, function(a, b) return a.name < b.name end)
  return index(entries)
end

-- The name of an entry's binary.
function programs.binary_name(entry)
  if entry.program then return entry.program end
  return entry.source and entry.source:match("([^/]+)%.[^./]+$") or entry.name
end

function programs.binary(entry, variant)
  local suffix = variant == "n64" and not entry.program and ".z64" or ""
  return ("%s/%s/%s%s"):format(entry.folder or paths.programs, variant, programs.binary_name(entry), suffix)
end

return programs
