-- Translated code in gdb: a breakpoint by guest address, the backtrace out of translated code (with and without a frame
-- for each region, and through a slow call), the guest listing as source, finish, and no stale names after flushes.
--
-- usage: lua5.4 gdb.lua JITLAB PROGRAM_DIR
local jitlab, programs = arg[1], arg[2]
local failed, checks = 0, 0

local capture = dofile((arg[0]:match("(.*/)") or "./") .. "shell.lua").capture

if capture("command -v gdb") == "" then
  print("SKIPPED: gdb is not installed")
  os.exit(77)
end

-- The guest address of function `name`, from the program's symbols.
local function address(program, name)
  return capture("nm " .. program .. " 2>/dev/null"):match("(%x+) %a " .. name .. "\n")
end

local function gdb(options, program, commands)
  local list = { "-ex 'set breakpoint pending on'", "-ex 'set pagination off'", "-ex 'set confirm off'" }
  for _, c in ipairs(commands) do list[#list + 1] = "-ex '" .. c .. "'" end
  return capture(("timeout 100 gdb -q -nx -batch %s --args %s exec --gdb --set tier=single %s %s 2>&1"):format(
    table.concat(list, " "), jitlab, options, program))
end

local function expect(what, text, pattern)
  checks = checks + 1
  if not text:find(pattern) then
    failed = failed + 1
    print(("FAIL %s: no match for %s in\n%s"):format(what, pattern, text))
  end
end

local program = programs .. "/calls"
local main = address(program, "main")
local symbol = "guest_0x" .. main

for _, options in ipairs { "", "--set dispatch=c-loop", "--set returns=callret", "--set returns=callret --set dispatch=c-loop",
                           "--set code-memory=rwx:size=64 --set region=block" } do
  local text = gdb(options, program .. " 3", { "break " .. symbol, "run", "bt", "list", "info symbol $pc", "stepi", "bt 1", "delete",
                                               "continue" })
  local what = "break and bt " .. options
  expect(what, text, "Breakpoint 1, " .. symbol .. " %(%)")
  expect(what, text, "#0 +" .. symbol)
  expect(what, text, "jl_machine_run")
  expect(what, text, "__libc_start_main")
  expect(what, text, "\n%d+\t" .. main .. ": %x+  %l")
  expect(what, text, symbol .. "[%s%d+]* in section .text")
  expect(what, text, "result: 0x")
  expect(what, text, "exited normally")
end

-- finish out of translated code returns to C, which goes on rightly.
local text = gdb("--set dispatch=c-loop", program .. " 3", { "break " .. symbol, "run", "delete", "finish", "bt 1", "continue" })
expect("finish", text, "\n0x%x+ in jl_machine_run")
expect("finish", text, "\n#0 +0x%x+ in jl_machine_run")
expect("finish", text, "exited normally")

-- A C function called from translated code: the thunk or region that called it has a name and can be unwound.
for _, options in ipairs { "", " --set returns=callret" } do
  text = gdb("--set memory=call" .. options, program .. " 3", {
    "break jl_mem_load if $_caller_matches(\"guest_\", 2)", "run", "bt", "kill" })
  expect("bt out of a C function" .. options, text, "guest_0x%x+")
  expect("bt out of a C function" .. options, text, "main")
end

-- An interrupt in the middle of a long run lands in translated code that has a name.
text = gdb("", program .. " 100000000", { "break " .. symbol, "run", "delete", -- nearly all is translated by then
  "python import threading, os, signal; p = gdb.selected_inferior().pid; threading.Timer(3, os.kill, (p, signal.SIGINT)).start()",
  "continue", "bt", "kill" })
expect("interrupt", text, "received signal SIGINT")
expect("interrupt", text, "#0 +[%xx ]*[in ]*guest_0x%x+")
expect("interrupt", text, "jl_machine_run")
print(("%d checks, %d failed"):format(checks, failed))
os.exit(failed == 0 and checks > 0)
