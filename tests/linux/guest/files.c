/* Files: flags, positions, vectors, attributes, directories, locks, links, times, terminals, in a folder of its own. */
#include "report.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <termios.h>

static void opening(void) {
    int fd = made("create", open("a", O_RDWR | O_CREAT | O_TRUNC, 0640));
    V(fcntl(fd, F_GETFL) & O_ACCMODE);
    R(open("a", O_RDWR | O_CREAT | O_EXCL, 0600));
    R(open("a", O_RDONLY | O_DIRECTORY));
    R(open("missing", O_RDONLY));
    R(open("a/b", O_RDONLY));
    R(open(".", O_WRONLY));
    R(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
    V(fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK | O_DIRECT | O_ASYNC));
    R(write(fd, "0123456789", 10));
    R(lseek(fd, 0, SEEK_SET));
    R(write(fd, "abc", 3));
    V(lseek(fd, 0, SEEK_CUR));
    R(fcntl(fd, F_SETFL, 0));
    R(fcntl(fd, F_GETFD));
    R(fcntl(fd, F_SETFD, FD_CLOEXEC));
    R(fcntl(fd, F_GETFD));
    int high = made("dup high", fcntl(fd, F_DUPFD_CLOEXEC, 100));
    V(high >= 100);
    V(fcntl(high, F_GETFD));
    R(dup2(fd, 200));
    V(lseek(200, 0, SEEK_CUR));
    R(dup3(fd, fd, O_CLOEXEC));
    R(close(200));
    R(close(200));
    R(read(200, &fd, 1));
    const void *volatile nowhere = (void *)16;
    R(write(fd, nowhere, 4));
    R(fcntl(fd, 9999));
    close(high);
    close(fd);
}

static void positions(void) {
    char buf[64] = {0};
    int fd = open("big", O_RDWR | O_CREAT | O_TRUNC, 0600), pipes[2];
    off64_t at = 0x123456789aLL;
    R(pwrite64(fd, "far", 3, at));
    V(lseek64(fd, 0, SEEK_END));
    R(pread64(fd, buf, 8, at + 1));
    text("read far", buf);
    R(ftruncate64(fd, 0x200000001LL));
    V(lseek64(fd, 0, SEEK_END));
    R(truncate64("big", 12));
    R(lseek64(fd, -1, SEEK_SET));
    R(posix_fadvise64(fd, 0, 0x100000000LL, POSIX_FADV_SEQUENTIAL));
    R(posix_fallocate64(fd, 0, 100));
    struct iovec v[3] = {{"one", 3}, {"", 0}, {"three", 5}};
    R(lseek64(fd, 4, SEEK_SET));
    R(writev(fd, v, 3));
    R(pwritev64(fd, v, 1, 0x100000000LL));
    struct iovec in[2] = {{buf, 4}, {buf + 32, 4}};
    memset(buf, 0, sizeof buf);
    R(preadv64(fd, in, 2, 4));
    text("first", buf);
    text("second", buf + 32);
    R(ftruncate64(fd, 16));
    R(pipe(pipes));
    V(fcntl(pipes[1], F_GETPIPE_SZ));
    off64_t from = 4;
    R(sendfile64(pipes[1], fd, &from, 8));
    V(from);
    int out = open("copy", O_RDWR | O_CREAT | O_TRUNC, 0600);
    off64_t zero = 0;
    R(copy_file_range(fd, &zero, out, NULL, 16, 0));
    V(zero);
    V(lseek64(out, 0, SEEK_CUR));
    R(fsync(out));
    R(fdatasync(out));
    close(out);
    close(fd);
}

static void show(const char *name, const struct stat64 *s) {
    printf("%s: mode %o links %d size %lld times %lld.%09ld %lld.%09ld\n", name, s->st_mode, (int)s->st_nlink,
           (long long)s->st_size, (long long)s->st_atim.tv_sec, s->st_atim.tv_nsec, (long long)s->st_mtim.tv_sec,
           s->st_mtim.tv_nsec);
}

static void attributes(void) {
    struct stat64 s, t;
    struct timespec times[2] = {{1000000001, 5}, {1000000002, 600000007}};
    umask(022);
    V(umask(027));
    R(mkdir("d", 0777));
    R(mkdir("d", 0777));
    int fd = open("d/f", O_WRONLY | O_CREAT, 0666);
    R(write(fd, "hello", 5));
    R(utimensat(AT_FDCWD, "d/f", times, 0));
    R(stat64("d/f", &s));
    show("d/f", &s);
    R(fchmod(fd, 04711));
    R(chmod("d", 0700));
    R(fstat64(fd, &t));
    V(s.st_ino == t.st_ino && s.st_dev == t.st_dev);
    V(s.st_uid == getuid() && s.st_gid == getgid());
    V(s.st_blocks > 0 && s.st_blksize > 0);
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = 7;
    R(futimens(fd, times));
    fstat64(fd, &s);
    show("by descriptor", &s);
    struct timeval tv[2] = {{11, 12}, {13, 999999}};
    R(utimes("d/f", tv));
    tv[1].tv_usec = 1000000;
    R(utimes("d/f", tv));
    stat64("d/f", &s);
    show("utimes", &s);
    R(link("d/f", "d/g"));
    R(symlink("f", "d/s"));
    char buf[32] = {0};
    R(readlink("d/s", buf, sizeof buf));
    text("link", buf);
    R(readlink("d/f", buf, sizeof buf));
    lstat64("d/s", &s);
    V(S_ISLNK(s.st_mode));
    V(s.st_size);
    R(fstatat64(AT_FDCWD, "d/s", &s, 0));
    V(s.st_nlink);
    R(rename("d/g", "d/h"));
    R(rename("d", "d/h"));
    R(rmdir("d"));
    R(unlink("d"));
    R(access("d/f", R_OK | W_OK));
    R(faccessat(AT_FDCWD, "d/zzz", F_OK, 0));
    R(mkfifo("d/fifo", 0600));
    lstat64("d/fifo", &s);
    V(S_ISFIFO(s.st_mode));
    struct statx x;
    R(statx(AT_FDCWD, "d/f", 0, STATX_BASIC_STATS, &x));
    V(x.stx_mode);
    V(x.stx_size);
    V(x.stx_mtime.tv_sec);
    V(x.stx_mtime.tv_nsec);
    V(x.stx_nlink);
    V(x.stx_ino == t.st_ino);
    if (setxattr("d/f", "user.name", "some value", 10, 0) == 0) { /* where the file system has them */
        memset(buf, 0, sizeof buf);
        V(fgetxattr(fd, "user.name", buf, sizeof buf));
        text("attribute", buf);
        V(getxattr("d/f", "user.name", buf, 3) < 0 ? errno : 0);
        V(listxattr("d/f", buf, sizeof buf));
        R(removexattr("d/f", "user.name"));
        R(fgetxattr(fd, "user.name", buf, sizeof buf));
    }
    close(fd);
}

static int by_name(const void *a, const void *b) {
    return strcmp(a, b);
}

static void directories(void) {
    static char all[32][32];
    unsigned n = 0;
    DIR *d = opendir("d");
    struct dirent64 *e;
    while (d && (e = readdir64(d)) && n < 32)
        snprintf(all[n++], 32, "%.20s:%d", e->d_name, e->d_type);
    qsort(all, n, 32, by_name);
    for (unsigned i = 0; i < n; i++)
        text("entry", all[i]);
    rewinddir(d);
    V(readdir64(d) != NULL);
    R(fchdir(dirfd(d)));
    closedir(d);
    char cwd[512];
    V(getcwd(cwd, sizeof cwd) != NULL);
    text("here", strrchr(cwd, '/'));
    V(getcwd(cwd, 2) == NULL ? errno : 0);
    R(chdir(".."));
    R(chdir("nowhere"));
    struct statfs64 f;
    struct statvfs v;
    R(statfs64(".", &f));
    V(f.f_bsize > 0 && f.f_blocks >= f.f_bfree && f.f_namelen == 255);
    R(statvfs("/proc", &v));
    V(v.f_namemax);
    R(statfs64("/proc", &f));
    V(f.f_type);
    V(f.f_bsize);
}

static void locks(void) {
    int fd = open("locked", O_RDWR | O_CREAT, 0600);
    struct flock64 l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x100000000LL, .l_len = 10};
    R(fcntl(fd, F_SETLK64, &l));
    l.l_type = F_RDLCK;
    R(fcntl(fd, F_GETLK64, &l));
    V(l.l_type == F_UNLCK);
    V(l.l_start);
    V(l.l_len);
    l.l_whence = 9;
    R(fcntl(fd, F_SETLK64, &l));
    int other = open("locked", O_RDWR);
    l = (struct flock64){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 5};
    R(fcntl(fd, F_OFD_SETLK, &l));
    R(fcntl(other, F_OFD_SETLK, &l));
    R(fcntl(other, F_OFD_GETLK, &l));
    V(l.l_type);
    V(l.l_len);
    V(l.l_pid);
    R(flock(fd, LOCK_EX));
    R(flock(other, LOCK_EX | LOCK_NB));
    close(fd);
    close(other);
}

/* A pseudo-terminal: its modes, characters and size go there and back. */
static void terminal(void) {
    struct termios t;
    struct winsize w = {24, 80, 1, 2};
    int fd = posix_openpt(O_RDWR | O_NOCTTY);
    if (fd < 0)
        return;
    R(tcgetattr(fd, &t));
    printf("modes %o %o %o %o\n", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag);
    for (int i = 0; i < 18; i++)
        printf("%d ", t.c_cc[i]);
    putchar('\n');
    cfmakeraw(&t);
    t.c_lflag |= IEXTEN | TOSTOP;
    t.c_cc[VMIN] = 3;
    t.c_cc[VTIME] = 9;
    t.c_cc[VEOF] = 7;
    R(tcsetattr(fd, TCSANOW, &t));
    memset(&t, 0, sizeof t);
    R(tcgetattr(fd, &t));
    printf("raw %o %o %o %o %d %d %d speed %d\n", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag, t.c_cc[VMIN],
           t.c_cc[VTIME], t.c_cc[VEOF], (int)cfgetospeed(&t));
    R(ioctl(fd, TIOCSWINSZ, &w));
    memset(&w, 0, sizeof w);
    R(ioctl(fd, TIOCGWINSZ, &w));
    printf("window %d %d %d %d\n", w.ws_row, w.ws_col, w.ws_xpixel, w.ws_ypixel);
    R(unlockpt(fd));
    V(isatty(fd));
    close(fd);
    V(isatty(open("a", O_RDONLY)) ? 0 : errno);
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0); /* what was said before a crash is seen */
    if (argc < 2 || mkdir(argv[1], 0700) < 0 || chdir(argv[1]) < 0) {
        perror("files FOLDER");
        return 2;
    }
    opening();
    positions();
    attributes();
    directories();
    locks();
    terminal();
    return 0;
}
