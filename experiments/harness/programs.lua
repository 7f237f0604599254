-- The guest programs: guests/programs/manifest.lua says how to run them, the build says where they are.

local fail = require "harness.fail"
local paths = require "harness.paths"

local programs = {}

-- How a variant is run by others than jitlab.
programs.variants = {
  { name = "mipsel", summary = "MIPS32r2 o32, little-endian", qemu = "qemu-mipsel" },
  { name = "mips", summary = "MIPS32r2 o32, big-endian", qemu = "qemu-mips" },
  { name = "host", summary = "this machine's own code, -O2, from the same source" },
}

-- The entries of the manifest by name, and their names in its order.
function programs.load()
  local path = paths.root .. "/guests/programs/manifest.lua"
  local chunk, message = loadfile(path)
  if not chunk then fail.work("the list of guest programs cannot be read: %s", message) end
  local by_name, names = {}, {}
  for _, entry in ipairs(chunk()) do
    by_name[entry.name] = entry
    names[#names + 1] = entry.name
  end
  return by_name, names
end

-- The name of an entry's binary.
function programs.binary_name(entry)
  if entry.program then return entry.program end
  return entry.source and entry.source:match("([^/]+)%.[^./]+$") or entry.name
end

function programs.binary(entry, variant)
  return ("%s/%s/%s"):format(paths.programs, variant, programs.binary_name(entry))
end

return programs
