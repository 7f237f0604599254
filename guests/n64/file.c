/* See file.h. */
#include "guests/n64/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(int fd, uint8_t *to, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t got = read(fd, to + done, size - done);
        if (got == 0)
            errno = EIO; /* shrunk meanwhile */
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

uint8_t *jl_file_read(const char *path, size_t max, size_t *size, char *err, size_t err_size) {
    struct stat st = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO is refused, and not waited for */
    const char *why = NULL;
    uint8_t *bytes = NULL;
    if (fd < 0 || fstat(fd, &st) < 0)
        why = strerror(errno);
    else if (!S_ISREG(st.st_mode))
        why = "not a regular file";
    else if (st.st_size == 0)
        why = "empty";
    else if ((uint64_t)st.st_size > max)
        why = "";
    else if (!(bytes = malloc((size_t)st.st_size)) || !read_all(fd, bytes, (size_t)st.st_size))
        why = strerror(errno);
    if (fd >= 0)
        close(fd);
    if (!why) {
        *size = (size_t)st.st_size;
        return bytes;
    }
    if (*why)
        snprintf(err, err_size, "%s: %s", path, why);
    else
        snprintf(err, err_size, "%s: larger than %zu MiB, the most that such a file has", path, max >> 20);
    free(bytes);
    return NULL;
}

/* What is written all at once: a file's whole content, or onto a device or into a pipe. */
static bool write_whole(const char *path, const void *bytes, size_t size) {
    FILE *f = fopen(path, "wbe");
    bool ok = f && fwrite(bytes, 1, size, f) == size;
    return f && fclose(f) == 0 && ok;
}

static bool replace(const char *path, const void *bytes, size_t size) {
    char temporary[PATH_MAX + 32];
    snprintf(temporary, sizeof temporary, "%s.tmp%d", path, (int)getpid());
    if (write_whole(temporary, bytes, size) && rename(temporary, path) == 0)
        return true;
    int error = errno;
    unlink(temporary);
    errno = error;
    return false;
}

bool jl_file_replace(const char *path, const void *bytes, size_t size, char *err, size_t err_size) {
    char real[PATH_MAX];
    struct stat st;
    bool exists = stat(path, &st) == 0;
    const char *to = exists && realpath(path, real) ? real : path; /* where a symbolic link leads to, it stays */
    if (exists && !S_ISREG(st.st_mode) ? write_whole(path, bytes, size) : replace(to, bytes, size))
        return true;
    int error = errno;
    snprintf(err, err_size, "cannot write %s: %s", path, strerror(error));
    errno = error;
    return false;
}
