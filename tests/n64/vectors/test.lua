-- Tests vectors.lua and goldens.lua with a few recordings of our own: right ones, and each kind of wrong one.
--
-- usage: lua5.4 test.lua JITLAB
local json = require "dkjson"
local jitlab = arg[1]
local here = arg[0]:match("^(.*)/") or "."
local dir, failed = os.tmpname(), 0
os.remove(dir)

local function check(ok, format, ...)
  if ok then return end
  failed = failed + 1
  print(format:format(...))
end

local function write(path, content)
  os.execute(("mkdir -p '%s/%s'"):format(dir, path:match("^(.*)/")))
  local f = assert(io.open(("%s/%s"):format(dir, path), "w"))
  f:write(content)
  f:close()
end

-- Runs a script on a folder; returns what it printed and its status.
local function run(script, folder, options)
  local pipe = assert(io.popen(("lua5.4 %s/%s.lua %s %s/%s %s 2>&1"):format(here, script, jitlab, dir, folder, options or "")))
  local text = pipe:read("a")
  local _, _, status = pipe:close()
  return text:gsub(dir .. "/", ""), status
end

local function expect_of(script, what, folder, options, wanted_status, ...)
  local text, status = run(script, folder, options)
  check(status == wanted_status, "%s: status %s instead of %s: %s", what, status, wanted_status, text)
  for _, wanted in ipairs { ... } do
    check(text:find(wanted, 1, true), "%s: no '%s' in: %s", what, wanted, text)
  end
end

local function expect(...) expect_of("vectors", ...) end

-- The statistics that a run wrote into stats.json.
local function statistics()
  local f = io.open(dir .. "/stats.json")
  local text = f and f:read("a") or ""
  if f then f:close() end
  return json.decode(text) or error("no statistics")
end

local right = {
  "addu r21 FFFFFFFF80000000 FFFFFFFFFFFFFFFF 000000007FFFFFFF", "daddu r21 FFFFFFFF80000000 FFFFFFFFFFFFFFFF FFFFFFFF7FFFFFFF",
  "sub r21 0000000000000005 0000000000000007 FFFFFFFFFFFFFFFE", "srav r21 0000000000000024 FFFFFFFF80000000 FFFFFFFFF8000000",
  "dsllv r21 0000000000000041 4000000000000001 8000000000000002", "sltu r21 0000000000000001 FFFFFFFFFFFFFFFF 0000000000000001",
  "addi imm11 0000000000000001 FFFE FFFFFFFFFFFFFFFF", "andi imm11 FFFFFFFFFFFFFFFF F00F 000000000000F00F",
  "daddiu imm11 7FFFFFFFFFFFFFFF 0001 8000000000000000", "sltiu imm11 0000000000000001 FFFF 0000000000000001",
  "sll sa 0000000100000001 1F FFFFFFFF80000000", "sra sa 0000000180000000 04 0000000018000000",
  "dsll sa 0000000000000003 1F 0000000180000000", "dsll sa 0000000000000003 3F 8000000000000000",
  "dsrl sa 8000000000000000 20 0000000080000000", "dsra sa 8000000000000000 3E FFFFFFFFFFFFFFFE",
  "mult lohi FFFFFFFFFFFFFFFF 0000000000000003 FFFFFFFFFFFFFFFD FFFFFFFFFFFFFFFF",
  "divu lohi 0000000000000007 0000000000000002 0000000000000003 0000000000000001",
  "ddiv lohi FFFFFFFFFFFFFFF9 0000000000000002 FFFFFFFFFFFFFFFD FFFFFFFFFFFFFFFF",
  "dmultu lohi 8000000000000000 0000000000000004 0000000000000000 0000000000000002",
  "beq branch 0000000100000000 0000000000000000 false", "bnel branch 0000000100000000 0000000000000000 true",
  "beql branch 0000000000000001 0000000000000000 false", "bgtz branch 0000000000000001 0000000000000000 true",
  "blez branch 0000000000000001 0000000000000000 false", "bltzl branch 8000000000000000 0000000000000000 true",
  "bgezal branch 0000000000000000 0000000000000000 true", "bltzall branch 0000000000000000 0000000000000000 false",
}
-- what is printed of each: where, and what was found, which is the right one, or an exception
local wrong = {
  { "addu r21 1 2 4", "0000000000000003" }, { "ori imm11 1 8000 FFFFFFFFFFFF8001", "0000000000008001" },
  { "mult lohi 2 3 6 1", "0000000000000006 0000000000000000" }, { "mult lohi 2 3 7 0", "0000000000000006 0000000000000000" },
  { "beq branch 1 1 false", "0000000000000001 0000000000000001" },
  { "bgezl branch 8000000000000000 0 true", "0000000000000000 0000000000000000" },
  { "add r21 7FFFFFFF 1 FFFFFFFF80000000", ", exception 12" },
}
local broken = {
  "addu r21 1 2", "addu r21 1 2 3 4", "addu r99 1 2 3", "frob r21 1 2 3", "addu imm11 1 2 3", "addu", "addu r21 1 2 x",
  "addu r21 1 2 11111111111111111", "addiu imm11 0 10000 0", "sll sa 1 20 1", "dsll sa 1 40 1", "bne branch 1 2 yes", "mult lohi 1 2 2",
}

-- Right ones, in two files and more than a batch of the ROM's, and again with options, which say that they were translated.
local many = table.concat(right, "\n") .. "\n"
write("right/few.testcase", many:gsub("\n", "\r\n", 1) .. "\n")
write("right/deeper/many.testcase", many:rep(76))
write("right/README.md", "no lines\n")
expect("right", "right", "", 0, "passed right/few.testcase: interpreted: 28 passed, 0 failed; translated: 28 passed, 0 failed\n",
  "passed right/deeper/many.testcase: interpreted: 2128 passed, 0 failed; translated: 2128 passed, 0 failed\n",
  "\n2 files, 2156 lines; interpreted: 2156 passed, 0 failed; translated: 2156 passed, 0 failed\n")
write("one/few.testcase", many)
local stats = "--stats " .. dir .. "/stats.json"
expect("with options", "one", "-- --set tier=single --set region=block " .. stats, 0, "\n1 files, 28 lines; run: 28 passed, 0 failed\n")
local regions = statistics().counters.regions_translated
check(regions > #right, "%d regions translated", regions)

-- A wrong one of each kind, the exceptions' too, each found both ways; the right ones beside them pass.
for i, case in ipairs(wrong) do
  write(("wrong%d/a.testcase"):format(i), right[1] .. "\n\n" .. case[1] .. "\n")
  expect(case[1], "wrong" .. i, i > 2 and "-- --set tier=single" or "", 1, "1 passed, 1 failed", (":3: %s (%s: "):format(case[1],
    i > 2 and "run" or "translated"), case[2])
end
write("several/a.testcase", ("addu r21 1 2 4\n"):rep(9))
local text = run("vectors", "several", "-- --set backend=interp")
check(select(2, text:gsub("several/a.testcase:%d: ", "")) == 5, "several wrong ones: %s", text)

-- A run that does not end as it should
expect("cut short", "one", "-- --max-instructions 1000", 1, "failed one/few.testcase: run: status 124", "run: 0 passed, 28 failed")
expect("bad options", "one", "-- --set tier=none", 1, "failed one/few.testcase: run: status 125: ")

-- What is refused, before anything is run
for i, line in ipairs(broken) do
  write(("broken%d/b.testcase"):format(i), line .. "\n")
  write(("broken%d/a.testcase"):format(i), right[1] .. "\n")
  local said, status = run("vectors", "broken" .. i)
  check(status == 2 and said == ("broken%d/b.testcase:1: not an instruction that can be run: %s\n"):format(i, line),
    "broken: %s: status %s: %s", line, status, said)
end
write("empty/empty.testcase", "\n")
write("none/addu.txt", right[1])
for _, folder in ipairs { "empty", "none", "missing" } do
  local said, status = run("vectors", folder)
  check(status == 2 and said == folder .. ": no file of instructions (*.testcase)\n", "%s: status %s: %s", folder, status, said)
end
expect("no folder", "one", "another", 2, "usage: ")

-- The RSP: the second word's sum with 1 goes to the second word of the outputs, and what is in $2 from the run before to the
-- first; then 2 is added to that.
local program = string.pack(">I4I4I4I4I4I4", 0x8c010004, 0x24210001, 0xac010804, 0xac020800, 0x24420002, 0x0000000d)
local toml = [=[
input_desc = [ "u64:two words", "u32:rest" ] # a comment with "u32:more" ]
output_desc = ["u32:before", "u32:sum"]
rsp_code = """
  [[test]] name = "none" # which is no test
"""
[[test]]
name = "first"
input = [ 0x1234_0000, 0xff, # [
  0, ]
[[test]]
name = "second"
input=[ 7, 0xffff_ffff, 9 ]
]=]
local function golden(folder, description, code, ...)
  write(folder .. "/a.toml", description)
  write(folder .. "/a.rsp", code)
  write(folder .. "/a.golden", string.pack((">I4"):rep(select("#", ...)), ...))
end
golden("rsp", toml, program, 0, 256, 2, 0)
write("rsp/Cargo.toml", "none\n")
expect_of("goldens", "RSP", "rsp", "", 0, "passed rsp/a.toml: interpreted: 2 passed, 0 failed; translated: 2 passed, 0 failed\n",
  "1 files, 2 recordings; interpreted: 2 passed, 0 failed; translated: 2 passed, 0 failed\n")
golden("rsp-wrong", toml, program, 0, 256, 2, 1)
expect_of("goldens", "wrong RSP", "rsp-wrong", "-- --rsp tier=single " .. stats, 1, "failed rsp-wrong/a.toml: run: 1 passed, 1 failed\n",
  "  rsp-wrong/a.toml: second (run: sum, at 0x4: 00000000 instead of 00000001)\n")
local rsp = statistics().n64.rsp
check(rsp.instructions > 0 and rsp.translated_instructions > 0, "%d of %d instructions of the RSP translated", rsp.translated_instructions,
  rsp.instructions)
golden("rsp1", toml, program, 0, 256, 2)
golden("rsp2", toml:gsub("u64", "u63"), program, 0, 256, 2, 0)
golden("rsp3", toml:gsub(", 9", ""), program, 0, 256, 2, 0)
golden("rsp4", toml:gsub("name = \"second\"", ""), program, 0, 256, 2, 0)
golden("rsp5", toml, program:rep(171), 0, 256, 2, 0)
golden("rsp6", toml:gsub("0xff,", "0x1_0000_0000,"), program, 0, 256, 2, 0)
for i, reason in ipairs { "12 bytes of output for 2 tests of 8", "no description of inputs and outputs that can be run",
  "second: not 3 words of input", "1 of 2 tests can be read", "its program has 4104 bytes", "first: not 3 words of input" } do
  local said, status = run("goldens", "rsp" .. i)
  check(status == 2 and said == ("rsp%d/a.toml: %s\n"):format(i, reason), "rsp%d: status %s: %s", i, status, said)
end
expect_of("goldens", "no recordings", "none", "", 2, "none: no file of recordings")

os.execute("rm -r " .. dir)
print(failed == 0 and "ok" or failed .. " failed")
os.exit(failed == 0)
