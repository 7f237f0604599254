-- Where things are, as seen from the current directory. bench.lua sets the root; a test may set another build tree.

local paths = { root = ".", build = nil }

function paths.set_root(root)
  paths.root = root
  paths.set_build(os.getenv("JITLAB_BUILD") or root .. "/build/release")
end

function paths.set_build(build)
  paths.build = build
  paths.jitlab = build .. "/jitlab"
  paths.programs = build .. "/programs"
  paths.console_peer = build .. "/console_peer"
end

function paths.experiment(name) return paths.root .. "/experiments/" .. name .. ".lua" end

paths.set_root(".")

return paths
