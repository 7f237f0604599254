-- Every FPU operation under QEMU, under the interpreter (all of FCSR) and under translated code (without Cause).
--
-- usage: lua5.4 fpu_ops.lua FOLDER JITLAB      FOLDER holds fpu_ops_{mipsel,mips}_fp{32,64}, made from fpu_ops.c
local folder, jitlab = arg[1], arg[2]

local function lines(command)
  local out, pipe = {}, assert(io.popen(command .. " 2>&1; echo \"status $?\""))
  for line in pipe:lines() do out[#out + 1] = line end
  pipe:close()
  assert(out[#out] == "status 0" and #out > 1, command .. ": " .. table.concat(out, "\n", math.max(1, #out - 3)))
  return out
end

local function first_differences(one, other)
  local shown = 0
  for i = 1, #one do
    if one[i] ~= other[i] and shown < 3 then
      shown = shown + 1
      print("    qemu " .. one[i] .. "\n    here " .. tostring(other[i]))
    end
  end
end

-- "OP RM FS hash hash-without-Cause": what to hold against QEMU
local function key(line, with_cause)
  local name, all, part = line:match("^(%S+ %d %d) (%x+) (%x+)$")
  return name, with_cause and all .. part or part
end

local groups, failed = 0, 0
for _, variant in ipairs { "mipsel", "mips" } do
  for _, fp in ipairs { "fp32", "fp64" } do
    local program = ("%s/fpu_ops_%s_%s"):format(folder, variant, fp)
    local reference = ("qemu-%s %s "):format(variant, program)
    local want = lines(reference)
    for config, with_cause in pairs { ["--set backend=interp"] = true, [""] = false } do
      local command = ("%s exec %s %s "):format(jitlab, config, program)
      local got = lines(command)
      assert(#want == #got, command .. ": other groups than under QEMU")
      for i = 1, #want - 1 do
        local name, hash = key(want[i], with_cause)
        groups = groups + 1
        if select(2, key(got[i], with_cause)) ~= hash then
          failed = failed + 1
          print(("DIFFERS: %s %s %s [%s]"):format(variant, fp, name, config))
          if failed <= 5 then first_differences(lines(reference .. name), lines(command .. name)) end
        end
      end
    end
  end
end
print(("%d groups, %d differences"):format(groups, failed))
os.exit(failed == 0 and groups > 0)
