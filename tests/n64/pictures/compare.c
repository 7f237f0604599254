/* Compares a picture with one of the same size that was taken of a console.
 *
 * usage: compare OURS THEIRS [X,Y,WIDTH,HEIGHT ...]      (rectangles are not looked at)
 *
 * Prints "same"; "stretched N M" when theirs shows N lines twice in a row, each of which moves what follows down, and
 * M lines a pixel further left; "differs N X Y", the number of pixels and the first of them; or "size WxH WxH". Status
 * 0 for the first two, 1 for the others, 2 when a picture can't be read. Colours may differ by 8: those of 5 bits
 * become 8 in more than one way.
 *
 * Why stretched ones: krom's fractals were captured with lines 40, 120, 200 ... of 480, or 20, 100, 180 of 240, being
 * the one before (the 474 and 237 lines that a television was sent, made 480 and 240); many pictures of text have the
 * first one, or two, of these. In one of them a part stands a pixel further left.
 */
#include <png.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOLERANCE = 8, FIRST_REPEATED = 12, REPEATED_EVERY = 80, MAX_RECTANGLES = 64 };

struct picture {
    unsigned width, height;
    png_bytep rgb;
};

struct rectangle {
    unsigned x, y, width, height;
};

static struct rectangle ignored[MAX_RECTANGLES];
static unsigned ignored_count;

static bool read_picture(const char *path, struct picture *p) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    bool ok = png_image_begin_read_from_file(&image, path);
    image.format = PNG_FORMAT_RGB;
    p->rgb = ok ? malloc(PNG_IMAGE_SIZE(image)) : NULL;
    ok = p->rgb && png_image_finish_read(&image, NULL, p->rgb, 0, NULL);
    p->width = image.width;
    p->height = image.height;
    if (!ok)
        fprintf(stderr, "%s: %s\n", path, image.message);
    return ok;
}

static bool is_ignored(unsigned x, unsigned y) {
    for (unsigned i = 0; i < ignored_count; i++)
        if (x - ignored[i].x < ignored[i].width && y - ignored[i].y < ignored[i].height)
            return true;
    return false;
}

/* Is the pixel at x of our line a the one of their line b that is `left` pixels further left? */
static bool same_pixel(const struct picture *p, unsigned a, const struct picture *q, unsigned b, unsigned x,
                       unsigned left) {
    const png_byte *c = p->rgb + 3 * ((size_t)a * p->width + x), *d = q->rgb + 3 * ((size_t)b * q->width + x - left);
    for (unsigned i = 0; i < 3; i++)
        if (abs(c[i] - d[i]) > TOLERANCE)
            return false;
    return true;
}

static bool same_line(const struct picture *ours, unsigned a, const struct picture *theirs, unsigned b, unsigned left) {
    for (unsigned x = left; x < ours->width; x++)
        if (!is_ignored(x, a) && !same_pixel(ours, a, theirs, b, x, left))
            return false;
    return true;
}

/* Is theirs ours with lines shown twice, none of them before its place? A line that could be either the one before or
 * the next is taken as the next: the repetition then shows later, where it makes a difference. */
static bool is_stretched(const struct picture *ours, const struct picture *theirs, unsigned *repeated,
                         unsigned *moved) {
    for (unsigned y = 0; y < theirs->height; y++) {
        unsigned next = y - *repeated;
        if (same_line(ours, next, theirs, y, 0))
            continue;
        if (same_line(ours, next, theirs, y, 1)) {
            ++*moved;
            continue;
        }
        unsigned places = (y + REPEATED_EVERY - ours->height / FIRST_REPEATED) / REPEATED_EVERY;
        if (!next || !(same_line(ours, next - 1, theirs, y, 0) || same_line(ours, next - 1, theirs, y, 1)) ||
            ++*repeated > places)
            return false;
    }
    return true;
}

static unsigned differing(const struct picture *ours, const struct picture *theirs, unsigned *at_x, unsigned *at_y) {
    unsigned n = 0;
    for (unsigned y = 0; y < ours->height; y++)
        for (unsigned x = 0; x < ours->width; x++)
            if (!is_ignored(x, y) && !same_pixel(ours, y, theirs, y, x, 0) && !n++) {
                *at_x = x;
                *at_y = y;
            }
    return n;
}

static int compare(const struct picture *ours, const struct picture *theirs) {
    unsigned x = 0, y = 0;
    if (ours->width != theirs->width || ours->height != theirs->height) {
        printf("size %ux%u %ux%u\n", ours->width, ours->height, theirs->width, theirs->height);
        return 1;
    }
    unsigned n = differing(ours, theirs, &x, &y), repeated = 0, moved = 0;
    if (!n) {
        puts("same");
    } else if (is_stretched(ours, theirs, &repeated, &moved)) {
        printf("stretched %u %u\n", repeated, moved);
    } else {
        printf("differs %u %u %u\n", n, x, y);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv) {
    struct picture ours = {0}, theirs = {0};
    bool ok = argc >= 3 && argc - 3 <= MAX_RECTANGLES;
    for (int i = 3; i < argc && ok; i++) {
        struct rectangle *r = &ignored[ignored_count++];
        ok = sscanf(argv[i], "%u,%u,%u,%u", &r->x, &r->y, &r->width, &r->height) == 4;
    }
    if (!ok) {
        fputs("usage: compare OURS THEIRS [X,Y,WIDTH,HEIGHT ...]\n", stderr);
        return 2;
    }
    int status = read_picture(argv[1], &ours) && read_picture(argv[2], &theirs) ? compare(&ours, &theirs) : 2;
    free(ours.rgb);
    free(theirs.rgb);
    return status;
}
