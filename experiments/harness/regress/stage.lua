-- The guest programs under a path of fixed length. A program's C library looks where it stands (/proc/self/exe, for $ORIGIN), and how
-- many instructions that takes depends on the length of the path: a baseline would hold in one folder only.

local native = require "jitlab_native"
local fail = require "harness.fail"
local files = require "harness.files"
local paths = require "harness.paths"
local programs = require "harness.programs"

local stage = {}

-- Links, or where that cannot be, copies files into a folder.
local function gather(list, folder)
  files.mkdir(folder)
  for _, command in ipairs { { "cp", "-l" }, { "cp" } } do
    local argv = table.move(list, 1, #list, #command + 1, command)
    argv[#argv + 1] = folder .. "/"
    local r = native.run { argv = argv, timeout = 120 }
    if r and r.ended == "exit" and r.status == 0 then return end
  end
  fail.work("the guest programs cannot be copied to %s", folder)
end

-- Calls f with the programs of an experiment there, and returns what it returns; the folder is removed whatever happens.
function stage.with(e, f)
  local folder, built = os.tmpname(), paths.programs -- a name of always the same length
  os.remove(folder)
  local results = table.pack(pcall(function()
    for _, variant in ipairs { "host", table.unpack(e.variants) } do
      local list, seen = {}, {}
      for _, workload in ipairs(e.workloads) do
        local binary = programs.binary(workload.entry, variant)
        if not files.exists(binary) then fail.work("the guest program %s was not built", binary) end
        if not seen[binary] then seen[binary], list[#list + 1] = true, binary end
      end
      gather(list, ("%s/programs/%s"):format(folder, variant))
    end
    paths.programs = folder .. "/programs"
    return f()
  end))
  paths.programs = built
  native.run { argv = { "rm", "-rf", folder }, timeout = 120 }
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

return stage
