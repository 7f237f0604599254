-- A report's last section: provenance, all that somebody needs to say what exactly was measured.

local text = require "harness.text"

local function flags(...)
  local parts = {}
  for i = 1, select("#", ...) do
    local flag = select(i, ...)
    if flag and flag ~= "" then parts[#parts + 1] = flag end
  end
  return #parts > 0 and table.concat(parts, " ") or nil
end

return function(context)
  local p = context.provenance
  local build = p.build or {}
  local facts, blocks = {}, {}
  local function fact(name, value)
    if value ~= nil and value ~= "" then facts[#facts + 1] = { name, tostring(value) } end
  end
  fact("Command", p.arguments and "./bench.lua " .. table.concat(p.arguments, " "))
  fact("Commit", p.commit and p.commit .. (p.dirty and ", with uncommitted changes" or p.dirty == false and ", clean" or ""))
  fact("Uncommitted changes", p.changes and ("%s (SHA-256 of git diff HEAD: %s)"):format(p.changes:gsub("\n", "; "), p.diff_sha256))
  fact("jitlab, SHA-256", p.jitlab_sha256)
  fact("Compiler", build.compiler)
  fact("Compiler's options", flags(build.type, build.flags, build.flags_of_type, build.linker_flags))
  for _, variant in ipairs(text.sorted_keys(build.guests or {})) do
    local g = build.guests[variant]
    fact(("Guest programs, %s"):format(variant), g.compiler and ("%s: %s"):format(g.compiler, g.flags or "options unknown"))
  end
  fact("QEMU", p.qemu)
  fact("Lua", p.lua)
  local function on(host, what) return #context.hosts > 1 and ("%s, %s"):format(what, host.name) or what end
  for _, h in ipairs(context.hosts) do
    local host = h.facts
    fact(on(h, "libcpuid"), host.cpu and host.cpu.libcpuid)
    fact(on(h, "Microcode"), host.microcode)
    fact(on(h, "Kernel"), host.uname and host.uname.version)
    fact(on(h, "Kernel's command line"), host.command_line)
    fact(on(h, "Address randomisation"), host.aslr)
    fact(on(h, "Huge pages"), host.huge_pages)
    fact(on(h, "perf_event_paranoid"), host.perf_event_paranoid)
    fact(on(h, "Frequency driver"), host.frequency_driver)
  end
  fact("Database", ("%s, run %d"):format(context.database, context.run.id))
  blocks[1] = { kind = "facts", rows = facts }
  local hashes, rows = p.guest_sha256 or p.guest_hashes or {}, {}
  for _, name in ipairs(text.sorted_keys(hashes)) do rows[#rows + 1] = { name, hashes[name] } end
  if #rows > 0 then
    blocks[#blocks + 1] = { kind = "table", words = true, folded = ("%d guest binaries"):format(#rows), caption = "Guest binaries",
      rows = rows, head = { "binary", p.guest_sha256 and "SHA-256" or "XXH3" } }
  end
  for _, h in ipairs(context.hosts) do
    local host = h.facts
    if host.cpu and host.cpu.features then
      blocks[#blocks + 1] = { kind = "pre", title = on(h, "Features of the processor as libcpuid reads them"),
        text = table.concat(host.cpu.features, " ") }
    end
    if host.cpuid_raw then blocks[#blocks + 1] = { kind = "pre", title = on(h, "Raw CPUID leaves"), text = host.cpuid_raw } end
  end
  return { id = "provenance", title = "Provenance", blocks = blocks }
end
