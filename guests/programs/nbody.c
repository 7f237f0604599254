/* nbody: double-precision arithmetic with square roots and divisions.
 *
 * Isolates the FPU path (`passes`: FPU register cache): many live doubles, loads and stores of them, SQRT.D and
 * DIV.D, hardly an integer instruction. On the guest's FR=0 register model a double is a pair of 32-bit registers,
 * which is what a translator has to get right cheaply. SIZE is the number of time steps of five bodies, in units of
 * 16.
 *
 * Every operation is IEEE-exact and contraction is off, so the bits are the same everywhere. Checked by what physics
 * keeps: total momentum (to rounding) and energy (to the integrator's error); and by the bits of the positions after
 * 64 steps.
 */
#include "common.h"
#include <math.h>

enum { BODIES = 5, STEPS = 16 };

struct body {
    double x, y, z, vx, vy, vz, mass;
};

/* An invented system: one heavy body in the middle, four light ones on near-circular orbits (v = sqrt(m/r)). */
static const struct body start[BODIES] = {
    {0, 0, 0, 0, 0, 0, 40},
    {4, 0, 0.25, 0, 3.125, 0, 0.0625},
    {0, 9, -0.5, -2.125, 0, 0.125, 0.03125},
    {-16, 0, 1, 0, -1.5625, 0, 0.015625},
    {0, -25, 0, 1.25, 0, 0.0625, 0.0078125},
};

static APART void advance(struct body *b, double dt, int steps) {
    while (steps--) {
        for (int i = 0; i < BODIES; i++)
            for (int j = i + 1; j < BODIES; j++) {
                double dx = b[i].x - b[j].x, dy = b[i].y - b[j].y, dz = b[i].z - b[j].z;
                double d2 = dx * dx + dy * dy + dz * dz;
                double pull = dt / (d2 * sqrt(d2));
                b[i].vx -= dx * b[j].mass * pull;
                b[i].vy -= dy * b[j].mass * pull;
                b[i].vz -= dz * b[j].mass * pull;
                b[j].vx += dx * b[i].mass * pull;
                b[j].vy += dy * b[i].mass * pull;
                b[j].vz += dz * b[i].mass * pull;
            }
        for (int i = 0; i < BODIES; i++) {
            b[i].x += dt * b[i].vx;
            b[i].y += dt * b[i].vy;
            b[i].z += dt * b[i].vz;
        }
    }
}

static double energy(const struct body *b) {
    double e = 0;
    for (int i = 0; i < BODIES; i++) {
        e += b[i].mass * (b[i].vx * b[i].vx + b[i].vy * b[i].vy + b[i].vz * b[i].vz) / 2;
        for (int j = i + 1; j < BODIES; j++) {
            double dx = b[i].x - b[j].x, dy = b[i].y - b[j].y, dz = b[i].z - b[j].z;
            e -= b[i].mass * b[j].mass / sqrt(dx * dx + dy * dy + dz * dz);
        }
    }
    return e;
}

static double momentum(const struct body *b) {
    double x = 0, y = 0, z = 0;
    for (int i = 0; i < BODIES; i++) {
        x += b[i].vx * b[i].mass;
        y += b[i].vy * b[i].mass;
        z += b[i].vz * b[i].mass;
    }
    return fabs(x) + fabs(y) + fabs(z);
}

static uint32_t positions(const struct body *b) {
    uint32_t sum = 0;
    for (int i = 0; i < BODIES; i++)
        sum = mix_double(mix_double(mix_double(sum, b[i].x), b[i].y), b[i].z);
    return sum;
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 10, NULL, 0);
    static struct body bodies[BODIES];
    struct body *b = bodies;

    memcpy(bodies, start, sizeof bodies);
    for (int i = 1; i < BODIES; i++) { /* the heavy body takes up the others' momentum */
        b[0].vx -= b[i].vx * b[i].mass / b[0].mass;
        b[0].vy -= b[i].vy * b[i].mass / b[0].mass;
        b[0].vz -= b[i].vz * b[i].mass / b[0].mass;
    }
    double before = energy(b);
    for (uint32_t i = 0; i < size; i++) {
        advance(b, 1.0 / 1024, STEPS);
        if (i == 3)
            expect("positions after 64 steps", positions(b), 0x14d0a848);
    }
    double drift = fabs(energy(b) / before - 1);
    expect("energy kept to 1e-3", drift < 1e-3, 1);
    expect("momentum kept to 1e-9", momentum(b) < 1e-9, 1);
    return finish(positions(b));
}
