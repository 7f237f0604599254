/* Makes pictures for the test of pictures.lua out of one.
 *
 * usage: alter IN OUT [repeat N | left FROM | colour D | pixel X Y | cut N]...
 *
 * repeat: line N comes twice, and what follows moves down; left: lines from FROM on move a pixel to the left; colour:
 * D is added to all colours that are not too bright; pixel: inverts one; cut: N lines fewer. */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static png_image image = {.version = PNG_IMAGE_VERSION};
static png_bytep rgb;

static png_bytep line(unsigned y) {
    return rgb + (size_t)3 * image.width * y;
}

static void alter(const char *what, unsigned n, unsigned m) {
    size_t row = (size_t)3 * image.width;
    if (!strcmp(what, "repeat"))
        memmove(line(n + 1), line(n), row * (image.height - n - 1));
    for (unsigned y = n; y < image.height && !strcmp(what, "left"); y++)
        memmove(line(y), line(y) + 3, row - 3);
    for (size_t i = 0; i < row * image.height && !strcmp(what, "colour"); i++)
        rgb[i] = (png_byte)(rgb[i] < 240 ? rgb[i] + n : rgb[i]);
    for (unsigned i = 0; i < 3 && !strcmp(what, "pixel"); i++)
        line(m)[3 * n + i] ^= 0xff;
    if (!strcmp(what, "cut"))
        image.height -= n;
}

int main(int argc, char **argv) {
    if (argc < 3 || !png_image_begin_read_from_file(&image, argv[1]))
        return 1;
    image.format = PNG_FORMAT_RGB;
    rgb = malloc(PNG_IMAGE_SIZE(image));
    if (!rgb || !png_image_finish_read(&image, NULL, rgb, 0, NULL))
        return 1;
    for (int i = 3; i + 1 < argc; i += 2) {
        int two = !strcmp(argv[i], "pixel");
        alter(argv[i], (unsigned)atoi(argv[i + 1]), two && i + 2 < argc ? (unsigned)atoi(argv[i + 2]) : 0);
        i += two;
    }
    int ok = png_image_write_to_file(&image, argv[2], 0, rgb, 0, NULL);
    free(rgb);
    return !ok;
}
