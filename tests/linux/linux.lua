-- Runs each test program under QEMU (or, where that is no reference, on the host) and under jitlab, in both byte orders; what it
-- prints and its status must be the same.
--
-- usage: lua5.4 linux.lua PROGRAMS JITLAB [OPTION]...
local programs, jitlab, options = arg[1], arg[2], table.concat(arg, " ", 3)
local passed, failed = 0, 0

-- Programs for which the host's kernel is the reference: it knows best.
local on_host = { memory = true, beyond = true, ipc = true }
-- Programs whose outcome is a strategy's doing too, with what they are run under when there is translation.
local translating = not options:find("backend=interp", 1, true)
local configurations = {
  beyond = { "", "--set memory=call", "--set memory=pagetable", "--set invalidate=checksum", "--set tier=single",
             "--check" },
  ipc = { "", "--set invalidate=bitmap", "--set invalidate=checksum" },
}

-- Two folders of one name, so that paths that are printed agree.
local scratch = os.tmpname()
os.remove(scratch)

local function run(emulator, arguments)
  local pipe = assert(io.popen(("%s %s 2>&1 </dev/null; echo status $?"):format(emulator, arguments)))
  local text = pipe:read("a")
  pipe:close()
  return text
end

local function compare(name, a, b)
  if a == b then
    passed = passed + 1
    return
  end
  failed = failed + 1
  print(name .. " differs")
  local mine, shown = b:gmatch("[^\n]*\n"), 0
  for line in a:gmatch("[^\n]*\n") do
    local other = mine() or "nothing\n"
    if line ~= other and shown < 8 then
      shown = shown + 1
      io.write("  wanted: ", line, "  jitlab: ", other)
    end
  end
end

for _, variant in ipairs { "mipsel", "mips" } do
  local sysroot, folder = ("/usr/%s-linux-gnu"):format(variant), ("%s/%s"):format(programs, variant)
  local qemu = ("LD_LIBRARY_PATH=%s qemu-%s -L %s"):format(folder, variant, sysroot)
  local mine = ("LD_LIBRARY_PATH=%s timeout 100 %s exec --sysroot %s %s"):format(folder, jitlab, sysroot, options)
  for _, program in ipairs { "files", "waiting", "memory", "beyond", "ipc" } do
    local function output(emulator, where)
      os.execute(("rm -rf %s && mkdir -p %s"):format(scratch, scratch))
      return run(emulator, ("%s/%s %s/here"):format(where, program, scratch))
    end
    local wanted = on_host[program] and output("", programs .. "/host") or output(qemu, folder)
    for _, more in ipairs(translating and configurations[program] or { "" }) do
      compare(("%s %s %s"):format(variant, program, more), wanted, output(mine .. " " .. more, folder))
    end
  end
  for _, kind in ipairs { "pie", "fixed", "fp32" } do
    local arguments = ("%s/dynamic-%s %s/plugin.so"):format(folder, kind, folder)
    compare(("%s dynamic-%s"):format(variant, kind), run(qemu, arguments), run(mine, arguments))
  end
end
os.execute("rm -rf " .. scratch)
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and passed > 0)
