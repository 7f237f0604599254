/* jitlab exec on an N64 ROM: puts a console together, runs it, writes what was asked for. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include "guests/cli/cli.h"
#include "guests/n64/frame.h"
#include "guests/n64/savestate.h"
#include "jit/policy.h"
#include "jit/util/clock.h"

/* What the RSP did, and how much of it was interpreted. */
static json_t *rsp_json(const struct jl_n64 *n) {
    json_t *o = json_pack("{s:s, s:I, s:I}", "backend", n->options.rsp ? "x64" : "interp", "instructions",
                          (json_int_t)n->sp.executed, "turns", (json_int_t)n->sp.turns);
    if (!o || !n->options.rsp)
        return o;
    const struct jl_counters *c = jl_machine_counters(jl_rsp_jit_machine(n->options.rsp));
    json_object_set_new(o, "translated_instructions", json_integer((json_int_t)jl_rsp_jit_translated(n->options.rsp)));
    json_object_set_new(o, "host_instructions", json_integer((json_int_t)c->host_instructions));
    json_object_set_new(o, "run_entries", json_integer((json_int_t)c->run_entries));
    json_object_set_new(o, "regions_translated", json_integer((json_int_t)c->regions_translated));
    json_object_set_new(o, "guest_instructions_translated", json_integer((json_int_t)c->guest_instructions_translated));
    return o;
}

static json_t *console_json(struct jl_n64 *n) {
    char hash[17], state[17];
    unsigned width, height;
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)jl_framehash_picture(n, &width, &height));
    snprintf(state, sizeof state, "%016llx", (unsigned long long)jl_n64_state_hash(n));
    return json_pack("{s:o, s:I, s:I, s:i, s:i, s:s, s:s}", "rsp", rsp_json(n), "frames", (json_int_t)n->vi.frames,
                     "cycles", (json_int_t)jl_n64_now(n), "width", (int)width, "height", (int)height, "frame_hash",
                     hash, "state_hash", state);
}

static bool screenshot(const struct jl_n64 *n, const char *file,
                       uint8_t *take(const struct jl_n64 *n, unsigned *width, unsigned *height)) {
    unsigned width, height;
    if (!file)
        return true;
    uint8_t *rgb = take(n, &width, &height);
    bool ok = rgb && jl_png_write(file, rgb, width, height);
    if (!ok)
        jl_cli_refuse("cannot write %s: %s", file, strerror(errno));
    free(rgb);
    return ok;
}

static bool savestate(const struct jl_cli *cli, struct jl_n64 *n) {
    char err[4096 + 256];
    bool ok = jl_n64_savestate_write(n, cli->n64.save_state, err, sizeof err);
    if (!ok)
        jl_cli_refuse("%s", err);
    return ok;
}

static bool statistics(const struct jl_cli *cli, struct jl_n64 *n, int status, uint64_t start) {
    static const char *const kinds[] = {"internal", "exit", "limit", "internal"};
    json_t *console = console_json(n);
    struct jl_outcome outcome = {"n64", kinds[n->end], status, jl_now_ns() - start, 0, jl_n64_fingerprint(n), console};
    bool ok = jl_cli_stats(cli, n->machine, &outcome);
    if (!ok)
        jl_cli_refuse("cannot write %s: %s", cli->stats, strerror(errno));
    json_decref(console);
    return ok;
}

static int finish(struct jl_cli *cli, struct jl_n64 *n, uint64_t start) {
    static const int statuses[] = {JL_STATUS_INTERNAL, 0, JL_STATUS_LIMIT, JL_STATUS_INTERNAL};
    int status = statuses[n->end];
    if (n->why[0])
        fprintf(stderr, "jitlab: %s%s\n", status == JL_STATUS_INTERNAL ? "internal: " : "", n->why);
    bool ok = screenshot(n, cli->n64.screenshot, jl_vi_picture);
    ok = screenshot(n, cli->n64.scaled, jl_vi_scanout) && ok;
    if (cli->n64.save_state && n->end != JL_N64_END_INTERNAL)
        ok = savestate(cli, n) && ok;
    if (cli->stats)
        ok = statistics(cli, n, status, start) && ok;
    if (cli->profile_top)
        jl_machine_profile(n->machine, stderr, cli->profile_top);
    if (cli->tools.time_passes)
        jl_machine_time_passes(n->machine, stderr);
    return ok || status ? status : JL_STATUS_INTERNAL;
}

static bool make_rsp(struct jl_cli *cli, char *err, size_t err_size) {
    const struct jl_tools tools = {.count = cli->tools.count};
    if (((const struct jl_backend_ops *)cli->rsp.axis[JL_AXIS_BACKEND].strategy->ops)->interprets)
        return true;
    cli->n64.rsp = jl_rsp_jit_new(&cli->rsp, &tools, err, err_size);
    return cli->n64.rsp;
}

static int run(struct jl_cli *cli, struct jl_n64_rom *rom, struct jl_mem *mem, uint64_t start) {
    char err[4096 + 256];
    struct jl_machine *m = jl_machine_new(&cli->config, &cli->tools, mem, err, sizeof err);
    if (!m)
        return jl_cli_refuse("%s", err);
    struct jl_n64 *n = make_rsp(cli, err, sizeof err) ? jl_n64_new(mem, m, rom, &cli->n64, err, sizeof err) : NULL;
    int status = JL_STATUS_REFUSED;
    if (!n) {
        jl_cli_refuse("%s", err);
    } else {
        if (cli->papi)
            cli->papi_run = jl_papi_start(cli->papi, cli->papi_multiplex, m);
        CALLGRIND_START_INSTRUMENTATION; /* nothing, unless valgrind counts (experiments/README.md) */
        jl_n64_run(n);
        CALLGRIND_STOP_INSTRUMENTATION;
        if (cli->papi_run)
            jl_papi_stop(cli->papi_run, m);
        status = finish(cli, n, start);
        jl_papi_free(cli->papi_run);
        if (!jl_n64_close(n, err, sizeof err)) {
            jl_cli_refuse("%s", err);
            status = status ? status : JL_STATUS_INTERNAL;
        }
    }
    jl_rsp_jit_free(cli->n64.rsp);
    jl_machine_free(m);
    return status;
}

/* A save's file can be made, if it is not there yet. */
static bool save_can_be_made(const char *file) {
    return !file || access(file, F_OK) == 0 || jl_cli_writable_beside(file);
}

int jl_cli_exec_n64(struct jl_cli *cli) {
    char err[4096 + 256];
    const char *const files[] = {cli->stats,   cli->n64.screenshot, cli->n64.scaled,      cli->n64.log,
                                 cli->n64.wav, cli->n64.save_state, cli->n64.frame_hashes};
    uint64_t start = jl_now_ns();
    struct jl_n64_rom rom;
    if (cli->linux_option)
        return jl_cli_refuse("--%s is for the linux guest, and %s is an N64 ROM", cli->linux_option,
                             cli->process.argv[0]);
    if (!jl_config_check(&cli->config, err, sizeof err))
        return jl_cli_refuse("%s", err);
    if (!jl_rsp_jit_check(&cli->rsp, err, sizeof err))
        return jl_cli_refuse("--rsp: %s", err);
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i] && !jl_cli_writable_beside(files[i]))
            return jl_cli_refuse("cannot write %s: %s", files[i], strerror(errno));
    const char *equals = cli->n64.save ? strchr(cli->n64.save, '=') : NULL;
    const char *const saves[] = {equals ? equals + 1 : NULL, cli->n64.pak};
    for (unsigned i = 0; i < sizeof saves / sizeof *saves; i++)
        if (!save_can_be_made(saves[i]))
            return jl_cli_refuse("cannot write %s: %s", saves[i], strerror(errno));
    if (!jl_n64_rom_open(&rom, cli->process.argv[0], err, sizeof err))
        return jl_cli_refuse("%s", err);
    cli->n64.max_seconds = cli->process.max_seconds;
    cli->n64.max_instructions = cli->process.max_instructions;
    struct jl_mem *mem = jl_mem_create(true);
    if (mem)
        mem->console = true;
    int status =
        mem ? run(cli, &rom, mem, start) : jl_cli_refuse("no address space for the guest: %s", strerror(errno));
    jl_mem_destroy(mem);
    jl_n64_rom_close(&rom);
    return status;
}

int jl_cli_state_diff(int argc, char **argv) {
    char err[4096 + 256];
    if (argc != 2)
        return jl_cli_refuse("state-diff compares two savestates (jitlab state-diff FILE FILE)");
    int lines = jl_n64_savestate_diff(argv[0], argv[1], stdout, err, sizeof err);
    return lines < 0 ? jl_cli_refuse("%s", err) : lines > 0;
}
