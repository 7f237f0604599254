/* jitlab: translate and run one guest program or ROM, list what there is, or compare two savestates. The harness
 * (bench.lua) calls this for each trial; gdb, perf and binfmt can use it directly. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "guests/cli/cli.h"

extern char **environ;

enum {
    O_SET = 256,
    O_STATS,
    O_CHECK,
    O_DUMP,
    O_PROFILE,
    O_COUNT,
    O_MODEL,
    O_PERF,
    O_SYSROOT,
    O_JITDUMP,
    O_GDB,
    O_STRACE,
    O_PASSES,
    O_SECONDS,
    O_MEMORY,
    O_UNALIGNED,
    O_INSTRUCTIONS,
    O_SLICE,
    O_GUEST,
    O_PID,
    O_PAPI,
    O_MULTIPLEX,
    O_ARGV0,
    O_OFFLOAD,
    O_ONLY,
    O_FRAMES,
    O_SCREENSHOT,
    O_LOG,
    O_WAV,
    O_SAVE,
    O_INPUTS,
    O_RDRAM,
    O_RSP,
    O_SAVESTATE,
    O_LOADSTATE,
    O_IPL,
    O_SCALED,
    O_PAK,
    O_UNTIL,
    O_FRAME_HASHES,
    O_RESET_AT
};

static const struct argp_option options[] = {
    {"guest", O_GUEST, "NAME", 0, "linux or n64; else by the file's first bytes", 0},
    {"set", O_SET, "AXIS=NAME[:PARAM=VALUE]", 0, "choose a strategy; may be given again", 0},
    {"stats", O_STATS, "FILE", 0, "write statistics as JSON", 0},
    {"check", O_CHECK, NULL, 0, "compare every region's run with the interpreter", 0},
    {"dump", O_DUMP, "WHAT", 0, "guest, ir, host or all: print each region as it is translated", 0},
    {"profile", O_PROFILE, "N", OPTION_ARG_OPTIONAL, "print the N hottest blocks at the end (10)", 0},
    {"count", O_COUNT, NULL, 0, "count host instructions exactly (slows the run)", 0},
    {"model", O_MODEL, "PARTS", 0,
     "count on a modelled processor, default or any of " JL_PREDICT_DEFAULT "; into the statistics; implies --count",
     0},
    {"time-passes", O_PASSES, NULL, 0, "print what the steps of translation took, and the IR's ops around each", 0},
    {"perf-map", O_PERF, NULL, 0, "write a perf map file of the translated code", 0},
    {"sysroot", O_SYSROOT, "DIR", 0, "look for the guest's absolute paths in DIR first, its dynamic linker's too", 0},
    {"jitdump", O_JITDUMP, "DIR", 0, "write DIR/jit-PID.dump of the translated code, for perf inject --jit", 0},
    {"gdb", O_GDB, NULL, 0, "tell a debugger of the translated code (GDB's JIT interface)", 0},
    {"strace", O_STRACE, NULL, 0, "print system calls", 0},
    {"seconds", O_SECONDS, "N", 0, "stop after N seconds", 0},
    {"trap-unaligned", O_UNALIGNED, NULL, 0, "unaligned accesses raise SIGBUS instead of working, as Linux has it", 0},
    {"max-memory", O_MEMORY, "MIB", 0, "stop when the guest maps more", 0},
    {"max-instructions", O_INSTRUCTIONS, "N", 0, "stop after N guest instructions", 0},
    {"slice", O_SLICE, "N", 0, "guest instructions between looks at limits (10000000)", 0},
    {"pid", O_PID, "N", 0, "fixed process number and random bytes for the guest, for exact comparisons", 0},
    {"papi", O_PAPI, "LIST", 0, "count PAPI events around the run, sde:::jitlab::NAME among them; into the statistics",
     0},
    {"papi-multiplex", O_MULTIPLEX, "LIST", 0, "the same, but events that do not fit together share the hardware", 0},
    {"argv0", O_ARGV0, "NAME", 0, "what the guest finds in argv[0] instead of PROGRAM", 0},
    {"offload", O_OFFLOAD, "FILE.so", 0, "offload=functions: the object of host functions (PROGRAM.offload.so)", 0},
    {"offload-only", O_ONLY, "LIST", 0, "offload=functions: names or patterns, with commas; the rest is translated", 0},
    {"frames", O_FRAMES, "N", 0, "n64: end after N frames", 0},
    {"screenshot", O_SCREENSHOT, "FILE", 0, "n64: write the last frame as PNG, at the frame buffer's own size", 0},
    {"screenshot-scaled", O_SCALED, "FILE", 0, "n64: write it as the television gets it, 640 by 480 or 576", 0},
    {"frame-hashes", O_FRAME_HASHES, "FILE", 0,
     "n64: a line a frame: number, hashes of picture, RDRAM and the rest of the state, instructions", 0},
    {"reset-at", O_RESET_AT, "N", 0, "n64: press the reset button when N frames have gone by since power-on", 0},
    {"log", O_LOG, "FILE", 0, "n64: IS-Viewer text goes to FILE instead of standard output", 0},
    {"wav", O_WAV, "FILE", 0, "n64: write the sound", 0},
    {"save", O_SAVE, "KIND=FILE", 0,
     "n64: save memory (eeprom4k, eeprom16k, sram, flash), read at the start, written at the end", 0},
    {"pak", O_PAK, "FILE", 0, "n64: the first controller has a Controller Pak, kept in FILE", 0},
    {"inputs", O_INPUTS, "FILE", 0, "n64: the first controller's state by frame, lines FRAME BUTTONS(hex) X Y", 0},
    {"rdram", O_RDRAM, "MIB", 0, "n64: 4 or 8 (8)", 0},
    {"rsp", O_RSP, "AXIS=NAME[:PARAM=VALUE]", 0,
     "n64: choose a strategy for the RSP, whose back end is x64 or interp (backend=x64); may be given again", 0},
    {"ipl", O_IPL, "FILE", 0, "n64: boot with an image of PIF's ROM instead of beginning where the boot code ends", 0},
    {"savestate", O_SAVESTATE, "FILE", 0, "n64: write the state at the end of the run", 0},
    {"loadstate", O_LOADSTATE, "FILE", 0, "n64: go on from a state of the same ROM; --frames counts from there", 0},
    {"until", O_UNTIL, "TEXT", 0, "n64: end when the ROM has printed TEXT through the IS-Viewer", 0},
    {0},
};

/* Which options only one of the guests has. */
static void note_guest_option(struct jl_cli *cli, int key) {
    static const int of_linux[] = {O_SYSROOT, O_STRACE, O_UNALIGNED, O_MEMORY, O_SLICE,
                                   O_PID,     O_ARGV0,  O_OFFLOAD,   O_ONLY};
    const struct argp_option *o = options;
    while (o->name && o->key != key)
        o++;
    for (unsigned i = 0; o->name && i < sizeof of_linux / sizeof *of_linux; i++)
        if (key == of_linux[i])
            cli->linux_option = o->name;
    if (o->name && key >= O_FRAMES)
        cli->n64_option = o->name;
}

static bool number(const char *text, double min, double max, double *out) {
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    return !errno && end != text && !*end && *out >= min && *out <= max;
}

static void set_dump(struct jl_tools *t, const char *what) {
    bool all = !strcmp(what, "all");
    t->dump_guest = all || !strcmp(what, "guest") || !strcmp(what, "host");
    t->dump_ir = all || !strcmp(what, "ir");
    t->dump_host = all || !strcmp(what, "host");
    if (!t->dump_guest && !t->dump_ir)
        exit(jl_cli_refuse("--dump knows guest, ir, host and all, not '%s'", what));
}

/* Without a slash at its end, so that a guest's path can follow. */
static void set_sysroot(struct jl_cli *cli, char *dir) {
    struct stat st;
    if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
        exit(jl_cli_refuse("--sysroot %s: not a directory", dir));
    for (size_t n = strlen(dir); n && dir[n - 1] == '/'; n--)
        dir[n - 1] = 0;
    cli->process.sysroot = *dir ? dir : NULL; /* the root itself needs no looking up */
}

/* Everything behind a Linux program is its own; a ROM takes no arguments, so that options go on behind it. */
static void take_program(struct jl_cli *cli, char *arg, struct argp_state *state) {
    char err[4096 + 256];
    if (cli->guest == JL_GUEST_BY_MAGIC)
        cli->guest = jl_cli_guest_of(arg, err, sizeof err);
    if (cli->guest == JL_GUEST_BY_MAGIC)
        exit(jl_cli_refuse("%s", err));
    if (cli->guest == JL_GUEST_N64) {
        if (cli->rom[0])
            exit(jl_cli_refuse("a ROM takes no arguments, but '%s' was given", arg));
        cli->rom[0] = arg;
        cli->process.argv = cli->rom;
    } else {
        cli->process.argv = state->argv + state->next - 1;
        state->next = state->argc;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct jl_cli *cli = state->input;
    char err[256];
    double n = 0;
    note_guest_option(cli, key);
    switch (key) {
    case O_GUEST:
        if (strcmp(arg, "linux") && strcmp(arg, "n64"))
            exit(jl_cli_refuse("guest '%s' is not in this version; there are: linux, n64", arg));
        cli->guest = strcmp(arg, "n64") ? JL_GUEST_LINUX : JL_GUEST_N64;
        return 0;
    case O_SET:
        if (!jl_config_set(&cli->config, arg, err, sizeof err))
            exit(jl_cli_refuse("%s", err));
        return 0;
    case O_STATS: cli->stats = arg; return 0;
    case O_CHECK: cli->tools.check = true; return 0;
    case O_DUMP: set_dump(&cli->tools, arg); return 0;
    case O_PROFILE:
        if (arg && !number(arg, 1, 1e6, &n))
            exit(jl_cli_refuse("--profile wants a number of regions, not '%s'", arg));
        cli->profile_top = arg ? (unsigned)n : 10;
        cli->tools.profile = true;
        cli->tools.count = true;
        return 0;
    case O_MULTIPLEX: cli->papi_multiplex = true; /* fall through */
    case O_PAPI: cli->papi = arg; return 0;
    case O_COUNT: cli->tools.count = true; return 0;
    case O_MODEL:
        if (!jl_predict_parse(JL_PREDICT_DEFAULT, &cli->model, err, sizeof err) ||
            (strcmp(arg, "default") && !jl_predict_parse(arg, &cli->model, err, sizeof err)))
            exit(jl_cli_refuse("--model: %s", err));
        cli->tools.model = &cli->model;
        cli->tools.count = true;
        return 0;
    case O_PASSES: cli->tools.time_passes = true; return 0;
    case O_PERF: cli->tools.perf_map = true; return 0;
    case O_SYSROOT: set_sysroot(cli, arg); return 0;
    case O_ARGV0: cli->argv0 = arg; return 0;
    case O_OFFLOAD: cli->process.offload_object = arg; return 0;
    case O_ONLY: cli->process.offload_only = arg; return 0;
    case O_UNALIGNED: cli->process.trap_unaligned = true; return 0;
    case O_JITDUMP: cli->tools.jitdump = arg; return 0;
    case O_GDB: cli->tools.gdb = true; return 0;
    case O_STRACE: cli->process.strace = true; return 0;
    case O_SECONDS:
    case O_MEMORY:
    case O_INSTRUCTIONS:
    case O_SLICE:
    case O_PID:
    case O_FRAMES:
    case O_RESET_AT:
        if (!number(arg, key == O_SECONDS ? 0.001 : 1, 1e18, &n))
            exit(jl_cli_refuse("'%s' is not a positive number", arg));
        if (key == O_SECONDS)
            cli->process.max_seconds = n;
        else if (key == O_MEMORY)
            cli->process.max_memory = (uint64_t)(n * 1048576);
        else if (key == O_FRAMES)
            cli->n64.frames = (uint64_t)n;
        else if (key == O_RESET_AT)
            cli->n64.reset_at = (uint64_t)n;
        else if (key == O_PID)
            cli->process.pid = (int)n;
        else if (key == O_INSTRUCTIONS)
            cli->process.max_instructions = (uint64_t)n;
        else
            cli->process.slice = (int64_t)n;
        return 0;
    case O_SCREENSHOT: cli->n64.screenshot = arg; return 0;
    case O_LOG: cli->n64.log = arg; return 0;
    case O_WAV: cli->n64.wav = arg; return 0;
    case O_SAVE: cli->n64.save = arg; return 0;
    case O_PAK: cli->n64.pak = arg; return 0;
    case O_INPUTS: cli->n64.inputs = arg; return 0;
    case O_SAVESTATE: cli->n64.save_state = arg; return 0;
    case O_SCALED: cli->n64.scaled = arg; return 0;
    case O_FRAME_HASHES: cli->n64.frame_hashes = arg; return 0;
    case O_IPL: cli->n64.ipl = arg; return 0;
    case O_LOADSTATE: cli->n64.load_state = arg; return 0;
    case O_RDRAM:
        if (strcmp(arg, "4") && strcmp(arg, "8"))
            exit(jl_cli_refuse("--rdram is 4 or 8 MiB, not '%s'", arg));
        cli->n64.ram_mib = (unsigned)(arg[0] - '0');
        return 0;
    case O_UNTIL:
        if (!*arg || strlen(arg) > JL_N64_UNTIL_MAX)
            exit(jl_cli_refuse("--until takes a text of 1 to %d bytes", JL_N64_UNTIL_MAX));
        cli->n64.until = arg;
        return 0;
    case O_RSP:
        if (!jl_config_set(&cli->rsp, arg, err, sizeof err))
            exit(jl_cli_refuse("--rsp: %s", err));
        return 0;
    case ARGP_KEY_INIT: state->err_stream = NULL; return 0; /* a wrong option is one line, without argp's advice */
    case ARGP_KEY_ARG: take_program(cli, arg, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* What stands in front of the program's name, for starting this program again: without --argv0, which is each
 * program's own. */
static char **host_args(char **argv, char *const *program) {
    size_t n = 0;
    char **out = calloc((size_t)(program - argv) + 1, sizeof *out);
    for (char **a = argv; out && a < program; a++) {
        if (!strcmp(*a, "--argv0"))
            a++;
        else if (strncmp(*a, "--argv0=", 8))
            out[n++] = *a;
    }
    return out;
}

static int exec_command(int argc, char **argv) {
    static const struct argp argp = {
        options, parse, "PROGRAM [ARG]...", "Run a MIPS program or an N64 ROM on the translator.", NULL, NULL, NULL};
    struct jl_cli cli = {.process = {.envp = environ, .slice = 10000000}, .n64 = {.ram_mib = 8}};
    jl_config_default(&cli.config);
    jl_rsp_jit_default(&cli.rsp);
    argv[0] = "jitlab"; /* the name in argp's messages */
    if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &cli))
        return JL_STATUS_REFUSED;
    if (!cli.process.argv)
        return jl_cli_refuse("no program given (jitlab exec [OPTION]... PROGRAM [ARG]...)");
    if (cli.guest == JL_GUEST_N64)
        return jl_cli_exec(&cli);
    cli.process.host_args = host_args(argv, cli.process.argv);
    int status = cli.process.host_args ? jl_cli_exec(&cli) : jl_cli_refuse("no memory");
    free((void *)cli.process.host_args);
    return status;
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "list"))
        return jl_cli_list(argc - 2, argv + 2);
    if (argc > 1 && !strcmp(argv[1], "state-diff"))
        return jl_cli_state_diff(argc - 2, argv + 2);
    if (argc > 1 && !strcmp(argv[1], "--version")) {
        puts("jitlab 0.1");
        return 0;
    }
    if (argc > 1 && !strcmp(argv[1], "exec")) {
        argv[1] = argv[0];
        return exec_command(argc - 1, argv + 1);
    }
    return exec_command(argc, argv); /* binfmt calls us with the program alone */
}
