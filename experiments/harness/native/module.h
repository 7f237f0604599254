/* The parts of the module jitlab_native: each adds its functions to the table on top of the stack. */
#ifndef JLH_MODULE_H
#define JLH_MODULE_H

#include <lauxlib.h>
#include <lua.h>

/* run{argv=, env=, directory=, cpu=, timeout=, cpu_seconds=, address_space=, fixed_layout=, keep_stdout=, keep_stderr=}
 *   -> {ended="exit"|"signal"|"timeout", status=, wall_ns=, ...} as in process.h, or nil and one sentence.
 * exec(path, argv): becomes another program; returns nil and one sentence when that fails. */
void jlh_register_process(lua_State *L);

/* open(path) -> database, or nil and one sentence. A database has
 *   :run(sql, ...)   a statement with its values bound -> number of rows changed, id of the last row inserted
 *   :rows(sql, ...)  -> array of tables by column name (NULL columns are absent)
 *   :script(sql)     several statements without values
 *   :close()
 * Each returns nil and SQLite's message when it fails. Integers are 64 bits, exact. */
void jlh_register_database(lua_State *L);

/* cpu() -> what libcpuid knows, cpuid_raw(file) -> its raw dump written to a file, or nil and one sentence.
 * cpus() -> array of the CPU numbers this process may use. uname() -> {sysname=, release=, version=, machine=, node=}.
 */
void jlh_register_host(lua_State *L);

/* clock() -> CLOCK_MONOTONIC in ns. timer(times) -> {cost_ns= of reading it once, step_ns= the smallest step seen,
 * cpu_step_ns= that of getrusage's CPU time}, each of so many readings (1000 or more); a step is 0 if none was seen.
 * isatty(fd) -> boolean, columns(fd) -> terminal width or nil.
 * hash(string), hash_file(path) -> XXH3-64 in hex. mkdir(path) -> true or nil, message.
 * file(path) -> {size=, mtime_ns=, kind="file"|"directory"|"other"} or nil. list(directory) -> sorted array of names or
 * nil, message. */
void jlh_register_system(lua_State *L);

#endif
