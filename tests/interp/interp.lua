-- Guest programs about the instruction set's details, under QEMU, under the interpreter and under translated code.
--
-- usage: lua5.4 interp.lua FOLDER JITLAB      FOLDER holds PROGRAM_{mipsel,mips}_fp{32,64}
local folder, jitlab = arg[1], arg[2]
local configs = { "--set backend=interp", "" }

-- By a case's first line: the status where Linux's own do_trap_or_bp and the architecture say otherwise than QEMU 7.2,
-- which has SIGTRAP for each trap and break, and lets an SC fail before it looks at the address.
local SIGBUS, SIGFPE = 135, 136
local meant = {
  ["teq %0,%0,7"] = SIGFPE, ["teq %0,%0,6"] = SIGFPE, ["b 1f\n teq $0,$0,7"] = SIGFPE,
  ["break 7"] = SIGFPE, ["break 0,7"] = SIGFPE, ["break 6"] = SIGFPE,
  ["ll $2,0(%2)\n sc $2,2(%2)"] = SIGBUS,
}
-- Translated code doesn't keep Cause while no exception is enabled: it reads as zero there (jit/README.md).
local needs_cause = "li $2,0x8000\n ctc1 $2,$26\n li $2,0x400\n ctc1 $2,$28"

-- Output and status; a core dump's announcement is QEMU's own affair.
local function run(command)
  local pipe = assert(io.popen("{ " .. command .. "; } 2>/dev/null; echo \"status $?\""))
  local text = pipe:read("a")
  pipe:close()
  return text
end

local runs, failed = 0, 0
local function compare(variant, program, argument)
  local tail = ("%s/%s %s"):format(folder, program, argument)
  local want = run(("qemu-%s %s"):format(variant, tail))
  assert(not want:find("status 127", 1, true), want)
  local text = want:gsub("\n1:", ""):match("^(.*)\nstatus")
  if meant[text] then want = want:gsub("status %d+", "status " .. meant[text]) end
  -- (Linux itself fixes unaligned accesses up; QEMU does not.)
  for _, config in ipairs(text == needs_cause and { configs[1] } or configs) do
    local got = run(("%s exec --trap-unaligned %s %s"):format(jitlab, config, tail))
    runs = runs + 1
    if got ~= want then
      failed = failed + 1
      print(("DIFFERS: %s %s [%s]"):format(program, argument, config))
      local other = got:gmatch("[^\n]*\n")
      for line in want:gmatch("[^\n]*\n") do
        local mine = other() or ""
        if mine ~= line then io.write("  qemu: ", line, "  here: ", mine, mine == "" and "\n" or "") break end
      end
    end
  end
  return want
end

for _, variant in ipairs { "mipsel", "mips" } do
  for _, fp in ipairs { "fp32", "fp64" } do
    for _, name in ipairs { "integer", "memory", "control" } do
      local want = compare(variant, ("%s_%s_%s"):format(name, variant, fp), "")
      assert(want:find("status 0", 1, true), name .. " fails under QEMU")
    end
    local traps = ("traps_%s_%s"):format(variant, fp)
    local both = (variant == "mips") == (fp == "fp64") -- each mode and byte order once is enough
    for n = 1, not both and 0 or math.tointeger(tonumber(run(("qemu-%s %s/%s"):format(variant, folder, traps)):match("^%d+"))) do
      compare(variant, traps, tostring(n))
    end
  end
end
print(("%d runs, %d differences"):format(runs, failed))
os.exit(failed == 0 and runs > 0)
