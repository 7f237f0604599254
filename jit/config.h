/* Configurations: one strategy for each axis, with parameters, chosen by name.
 *
 * Strategies register themselves (JL_STRATEGY in jit/policy.h puts a pointer into a linker section), so that adding one
 * is adding one file, and every listing is made from the strategies themselves.
 */
#ifndef JL_CONFIG_H
#define JL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The axes of DESIGN.md section 2. JL_AXIS(id, name, summary, default strategy) */
enum jl_axis {
#define JL_AXIS(id, name, summary, dflt) JL_AXIS_##id,
#include "jit/axes.def"
#undef JL_AXIS
    JL_AXES
};

enum { JL_MAX_PARAMS = 24 };

struct jl_param {
    const char *name; /* NULL ends the list */
    int64_t dflt, min, max;
    const char *summary;
};

struct jl_strategy;

struct jl_choice {
    const struct jl_strategy *strategy;
    int64_t param[JL_MAX_PARAMS];
};

struct jl_config {
    struct jl_choice axis[JL_AXES];
};

/* Every axis at its default. */
void jl_config_default(struct jl_config *config);
/* Applies "AXIS=NAME[:PARAM=VALUE]...". false with one sentence in err (unknown axis, strategy or parameter, with the
 * nearest name; value out of range). */
bool jl_config_set(struct jl_config *config, const char *text, char *err, size_t err_size);
/* Whether the strategies fit together; false with one sentence that says why not. */
bool jl_config_check(const struct jl_config *config, char *err, size_t err_size);
/* Whether they fit a guest's memory: some are for one that only its guest's devices look at (console, jl_mem.console).
 */
bool jl_config_check_memory(const struct jl_config *config, bool console, char *err, size_t err_size);
/* The value of a parameter of the chosen strategy by name; asserts that it exists. */
int64_t jl_config_param(const struct jl_config *config, enum jl_axis axis, const char *name);
/* The same, or `otherwise` where the strategy has no parameter of that name. */
int64_t jl_config_param_or(const struct jl_config *config, enum jl_axis axis, const char *name, int64_t otherwise);

const char *jl_axis_name(enum jl_axis axis);
const char *jl_axis_summary(enum jl_axis axis);
const char *jl_axis_default(enum jl_axis axis);
/* The i-th strategy of an axis in order of name, or NULL. */
const struct jl_strategy *jl_axis_strategy(enum jl_axis axis, unsigned i);

#endif
