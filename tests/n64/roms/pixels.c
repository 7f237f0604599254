/* Prints a PNG file for a test: "WIDTH HEIGHT\n" and three bytes for each pixel, line by line.
 *
 * usage: pixels FILE.png */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (argc != 2 || !png_image_begin_read_from_file(&image, argv[1]))
        return 1;
    image.format = PNG_FORMAT_RGB;
    size_t size = PNG_IMAGE_SIZE(image);
    png_bytep rgb = malloc(size);
    if (!rgb || !png_image_finish_read(&image, NULL, rgb, 0, NULL))
        return 1;
    printf("%u %u\n", image.width, image.height);
    int ok = fwrite(rgb, 1, size, stdout) == size;
    free(rgb);
    return !ok;
}
