-- Runs each test program under QEMU (or, where that is no reference, on the host) and under jitlab, in both byte orders; what it
-- prints and its status must be the same.
--
-- usage: lua5.4 linux.lua PROGRAMS JITLAB [OPTION]...
local programs, jitlab, options = arg[1], arg[2], table.concat(arg, " ", 3)
local passed, failed = 0, 0

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
  for _, program in ipairs { "files", "waiting", "memory" } do
    local out = {}
    for i, emulator in ipairs { qemu, mine } do
      local on_host = i == 1 and program == "memory" -- the kernel itself knows best
      os.execute(("rm -rf %s && mkdir -p %s"):format(scratch, scratch))
      out[i] = run(on_host and "" or emulator, ("%s/%s %s/here"):format(on_host and programs .. "/host" or folder, program, scratch))
    end
    compare(("%s %s"):format(variant, program), out[1], out[2])
  end
  for _, kind in ipairs { "pie", "fixed", "fp32" } do
    local arguments = ("%s/dynamic-%s %s/plugin.so"):format(folder, kind, folder)
    compare(("%s dynamic-%s"):format(variant, kind), run(qemu, arguments), run(mine, arguments))
  end
end
os.execute("rm -rf " .. scratch)
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and passed > 0)
