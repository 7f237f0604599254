/* Waiting and talking: pipes, poll, select, epoll, event and timer descriptors, watches, sockets with control messages.
 */
#include "report.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>

static void polling(void) {
    int p[2];
    R(pipe2(p, O_NONBLOCK | O_CLOEXEC));
    struct pollfd f[3] = {{p[0], POLLIN | POLLRDNORM, 0}, {p[1], POLLOUT | POLLWRNORM, 0}, {900, POLLIN, 0}};
    R(poll(f, 3, 0));
    printf("events %x %x %x\n", f[0].revents, f[1].revents, f[2].revents);
    char c;
    R(read(p[0], &c, 1));
    R(write(p[1], "xyz", 3));
    struct timespec t = {0, 1000000};
    R(ppoll(f, 2, &t, NULL));
    printf("events %x %x\n", f[0].revents, f[1].revents);
    int n = 0;
    R(ioctl(p[0], FIONREAD, &n));
    V(n);
    fd_set in, out;
    FD_ZERO(&in);
    FD_ZERO(&out);
    int high = fcntl(p[0], F_DUPFD, 70);
    FD_SET(p[0], &in);
    FD_SET(high, &in);
    FD_SET(p[1], &out);
    struct timeval tv = {5, 0};
    R(select(high + 1, &in, &out, NULL, &tv));
    printf("set %d %d %d\n", FD_ISSET(p[0], &in) != 0, FD_ISSET(high, &in) != 0, FD_ISSET(p[1], &out) != 0);
    V(tv.tv_sec >= 4);
    FD_ZERO(&in);
    FD_SET(400, &in);
    R(pselect(401, &in, NULL, NULL, &t, NULL));
    close(p[1]);
    V(read(p[0], &c, 1));
    f[0].events = POLLHUP;
    R(poll(f, 1, 1));
    printf("events %x\n", f[0].revents);
    close(p[0]);
    close(high);
}

static void events(void) {
    int ep = made("epoll", epoll_create1(EPOLL_CLOEXEC)), ev = made("event", eventfd(3, EFD_NONBLOCK | EFD_SEMAPHORE));
    int timer = made("timer", timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    struct epoll_event e = {EPOLLIN | EPOLLET, {.u64 = 0x1122334455667788ULL}}, got[4];
    R(epoll_ctl(ep, EPOLL_CTL_ADD, ev, &e));
    R(epoll_ctl(ep, EPOLL_CTL_ADD, ev, &e));
    e.data.u64 = 0xfedcba9876543210ULL;
    R(epoll_ctl(ep, EPOLL_CTL_ADD, timer, &e));
    struct itimerspec it = {{0, 0}, {0, 1000}}, left;
    R(timerfd_settime(timer, 0, &it, NULL));
    usleep(3000);
    int n = (int)R(epoll_wait(ep, got, 4, 1000));
    unsigned long long all = 0;
    for (int i = 0; i < n; i++)
        all ^= got[i].data.u64 * (got[i].events == EPOLLIN);
    printf("data %llx\n", all);
    uint64_t v = 0;
    R(read(ev, &v, 8));
    V(v);
    v = 5;
    R(write(ev, &v, 8));
    R(read(timer, &v, 8));
    V(v);
    R(timerfd_gettime(timer, &left));
    V(left.it_value.tv_nsec);
    R(read(timer, &v, 8));
    R(epoll_ctl(ep, EPOLL_CTL_DEL, ev, NULL));
    R(epoll_wait(ep, got, 0, 0));
    R(epoll_wait(ep, got, 4, 0));
}

static void watches(const char *folder) {
    char path[512];
    _Alignas(struct inotify_event) char buf[1024];
    int in = made("inotify", inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    V(inotify_add_watch(in, folder, IN_CREATE | IN_DELETE) > 0);
    snprintf(path, sizeof path, "%s/watched", folder);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    unlink(path);
    ssize_t n = R(read(in, buf, sizeof buf));
    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *e = (const struct inotify_event *)(buf + at);
        printf("watch %d mask %x len %d '%s'\n", e->wd > 0, e->mask, (int)e->len, e->name);
        at += (ssize_t)(sizeof *e + e->len);
    }
    R(read(in, buf, sizeof buf));
    close(in);
}

static void options(int s) {
    int v = 1;
    socklen_t n = sizeof v;
    R(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &v, n));
    R(getsockopt(s, SOL_SOCKET, SO_REUSEADDR, &v, &n));
    V(v);
    R(getsockopt(s, SOL_SOCKET, SO_TYPE, &v, &n));
    V(v);
    R(getsockopt(s, SOL_SOCKET, SO_ERROR, &v, &n));
    V(v);
    struct linger l = {1, 9}, m = {0, 0};
    n = sizeof m;
    R(setsockopt(s, SOL_SOCKET, SO_LINGER, &l, sizeof l));
    R(getsockopt(s, SOL_SOCKET, SO_LINGER, &m, &n));
    printf("linger %d %d\n", m.l_onoff, m.l_linger);
    struct timeval t = {2, 500000}, u = {0, 0};
    n = sizeof u;
    R(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    R(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &u, &n));
    printf("timeout %ld.%06ld\n", (long)u.tv_sec, (long)u.tv_usec);
    v = 1;
    R(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &v, sizeof v));
    R(setsockopt(s, SOL_SOCKET, 9999, &v, sizeof v));
}

static void internet(void) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, b;
    socklen_t n = sizeof b;
    int server = made("server", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    int client = made("client", socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    V(fcntl(client, F_GETFL) & O_NONBLOCK ? 1 : 0);
    options(server);
    R(bind(server, (struct sockaddr *)&a, sizeof a));
    R(listen(server, 4));
    R(getsockname(server, (struct sockaddr *)&b, &n));
    V(b.sin_family);
    text("address", inet_ntoa(b.sin_addr));
    a.sin_port = b.sin_port;
    char buf[16] = {0};
    R(recv(client, buf, 1, 0));
    int r = connect(client, (struct sockaddr *)&a, sizeof a);
    V(r == 0 || errno == EINPROGRESS);
    n = sizeof b;
    int got = made("accepted", accept4(server, (struct sockaddr *)&b, &n, SOCK_CLOEXEC));
    V(n);
    V(fcntl(got, F_GETFD));
    R(send(got, "message", 7, MSG_NOSIGNAL));
    struct pollfd f = {client, POLLIN, 0};
    R(poll(&f, 1, 2000));
    R(recv(client, buf, sizeof buf, MSG_PEEK));
    n = sizeof b;
    R(recvfrom(client, buf, sizeof buf, 0, (struct sockaddr *)&b, &n));
    text("got", buf);
    R(shutdown(got, SHUT_WR));
    R(poll(&f, 1, 2000));
    R(recv(client, buf, sizeof buf, 0));
    n = sizeof b;
    R(getpeername(got, (struct sockaddr *)&b, &n));
    V(b.sin_family);
    R(socket(99, SOCK_STREAM, 0));
    R(socket(AF_INET, 77, 0));
    int u = socket(AF_INET, SOCK_DGRAM, 0);
    a.sin_port = 0;
    R(bind(u, (struct sockaddr *)&a, sizeof a));
    n = sizeof b;
    getsockname(u, (struct sockaddr *)&b, &n);
    R(sendto(u, "datagram", 8, 0, (struct sockaddr *)&b, sizeof b));
    R(recv(u, buf, 4, MSG_TRUNC));
    R(getpeername(u, (struct sockaddr *)&b, &n));
    R(listen(u, 1));
}

/* A descriptor sent through a local socket beside two pieces of data. */
static void messages(void) {
    int s[2], p[2];
    R(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
    R(pipe(p));
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    char buf[16] = {0};
    struct iovec v[2] = {{"two ", 4}, {"parts", 5}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &p[0], sizeof(int));
    R(sendmsg(s[0], &m, 0));
    memset(control, 0, sizeof control);
    struct iovec in = {buf, sizeof buf};
    struct msghdr g = {.msg_iov = &in, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    R(recvmsg(s[1], &g, MSG_CMSG_CLOEXEC));
    text("data", buf);
    V(g.msg_controllen);
    V(g.msg_flags & MSG_EOR ? 1 : 0);
    c = CMSG_FIRSTHDR(&g);
    int fd = -1;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    made("descriptor", fd);
    R(write(p[1], "through", 7));
    memset(buf, 0, sizeof buf);
    R(read(fd, buf, sizeof buf));
    text("read", buf);
    struct sockaddr_un a;
    socklen_t n = sizeof a;
    R(getsockname(s[0], (struct sockaddr *)&a, &n));
    V(n);
    V(a.sun_family);
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0); /* what was said before a crash is seen */
    if (argc < 2 || mkdir(argv[1], 0700) < 0)
        return 2;
    polling();
    events();
    watches(argv[1]);
    internet();
    messages();
    return 0;
}
