/* MIPS's own numbers for what Linux calls the same everywhere; see abi.h. */
#include "guests/linux/abi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <termios.h>

#include "guests/linux/linux.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

int jl_pair_to_host(const struct jl_pair *table, size_t n, uint32_t guest) {
    for (size_t i = 0; i < n; i++)
        if (table[i].guest == guest)
            return (int)table[i].host;
    return -1;
}

int jl_pair_to_guest(const struct jl_pair *table, size_t n, uint32_t host) {
    for (size_t i = 0; i < n; i++)
        if (table[i].host == host)
            return (int)table[i].guest;
    return -1;
}

uint32_t jl_flags_to_host(const struct jl_pair *table, size_t n, uint32_t guest) {
    uint32_t host = 0;
    for (size_t i = 0; i < n; i++)
        if ((guest & table[i].guest) == table[i].guest)
            host |= table[i].host;
    return host;
}

uint32_t jl_flags_to_guest(const struct jl_pair *table, size_t n, uint32_t host) {
    uint32_t guest = 0;
    for (size_t i = 0; i < n; i++)
        if ((host & table[i].host) == table[i].host)
            guest |= table[i].guest;
    return guest;
}

/* ---- errors and signals ---- */

/* The first 34 errors agree, the rest do not. */
int jl_guest_errno(int host) {
    static const struct jl_pair map[] = {{35, ENOMSG},
                                         {36, EIDRM},
                                         {37, ECHRNG},
                                         {38, EL2NSYNC},
                                         {39, EL3HLT},
                                         {40, EL3RST},
                                         {41, ELNRNG},
                                         {42, EUNATCH},
                                         {43, ENOCSI},
                                         {44, EL2HLT},
                                         {45, EDEADLK},
                                         {46, ENOLCK},
                                         {50, EBADE},
                                         {51, EBADR},
                                         {52, EXFULL},
                                         {53, ENOANO},
                                         {54, EBADRQC},
                                         {55, EBADSLT},
                                         {59, EBFONT},
                                         {60, ENOSTR},
                                         {61, ENODATA},
                                         {62, ETIME},
                                         {63, ENOSR},
                                         {64, ENONET},
                                         {65, ENOPKG},
                                         {66, EREMOTE},
                                         {67, ENOLINK},
                                         {68, EADV},
                                         {69, ESRMNT},
                                         {70, ECOMM},
                                         {71, EPROTO},
                                         {73, EDOTDOT},
                                         {74, EMULTIHOP},
                                         {77, EBADMSG},
                                         {78, ENAMETOOLONG},
                                         {79, EOVERFLOW},
                                         {80, ENOTUNIQ},
                                         {81, EBADFD},
                                         {82, EREMCHG},
                                         {83, ELIBACC},
                                         {84, ELIBBAD},
                                         {85, ELIBSCN},
                                         {86, ELIBMAX},
                                         {87, ELIBEXEC},
                                         {88, EILSEQ},
                                         {89, ENOSYS},
                                         {90, ELOOP},
                                         {91, ERESTART},
                                         {92, ESTRPIPE},
                                         {93, ENOTEMPTY},
                                         {94, EUSERS},
                                         {95, ENOTSOCK},
                                         {96, EDESTADDRREQ},
                                         {97, EMSGSIZE},
                                         {98, EPROTOTYPE},
                                         {99, ENOPROTOOPT},
                                         {120, EPROTONOSUPPORT},
                                         {121, ESOCKTNOSUPPORT},
                                         {122, EOPNOTSUPP},
                                         {123, EPFNOSUPPORT},
                                         {124, EAFNOSUPPORT},
                                         {125, EADDRINUSE},
                                         {126, EADDRNOTAVAIL},
                                         {127, ENETDOWN},
                                         {128, ENETUNREACH},
                                         {129, ENETRESET},
                                         {130, ECONNABORTED},
                                         {131, ECONNRESET},
                                         {132, ENOBUFS},
                                         {133, EISCONN},
                                         {134, ENOTCONN},
                                         {135, EUCLEAN},
                                         {137, ENOTNAM},
                                         {138, ENAVAIL},
                                         {139, EISNAM},
                                         {140, EREMOTEIO},
                                         {143, ESHUTDOWN},
                                         {144, ETOOMANYREFS},
                                         {145, ETIMEDOUT},
                                         {146, ECONNREFUSED},
                                         {147, EHOSTDOWN},
                                         {148, EHOSTUNREACH},
                                         {149, EALREADY},
                                         {150, EINPROGRESS},
                                         {151, ESTALE},
                                         {158, ECANCELED},
                                         {159, ENOMEDIUM},
                                         {160, EMEDIUMTYPE},
                                         {161, ENOKEY},
                                         {162, EKEYEXPIRED},
                                         {163, EKEYREVOKED},
                                         {164, EKEYREJECTED},
                                         {165, EOWNERDEAD},
                                         {166, ENOTRECOVERABLE},
                                         {167, ERFKILL},
                                         {168, EHWPOISON},
                                         {1133, EDQUOT}};
    int guest = host < 35 ? host : jl_pair_to_guest(map, COUNT(map), (uint32_t)host);
    return guest < 0 ? host : guest;
}

/* ---- files ---- */

enum { HOST_SYNC = O_SYNC & ~O_DSYNC, HOST_TMPFILE = O_TMPFILE & ~O_DIRECTORY, G_LARGEFILE = 0x2000 };

static const struct jl_pair open_flags[] = {
    {0x1, O_WRONLY},      {0x2, O_RDWR},      {0x8, O_APPEND},         {0x10, O_DSYNC},       {0x80, O_NONBLOCK},
    {0x100, O_CREAT},     {0x200, O_TRUNC},   {0x400, O_EXCL},         {0x800, O_NOCTTY},     {0x1000, O_ASYNC},
    {0x4000, HOST_SYNC},  {0x8000, O_DIRECT}, {0x10000, O_DIRECTORY},  {0x20000, O_NOFOLLOW}, {0x40000, O_NOATIME},
    {0x80000, O_CLOEXEC}, {0x200000, O_PATH}, {0x400000, HOST_TMPFILE}};

int jl_open_flags_to_host(uint32_t guest) {
    return (int)jl_flags_to_host(open_flags, COUNT(open_flags), guest);
}

uint32_t jl_open_flags_to_guest(int host) {
    return jl_flags_to_guest(open_flags, COUNT(open_flags), (uint32_t)host) | G_LARGEFILE;
}

int jl_nonblock_cloexec(uint32_t guest) {
    return jl_open_flags_to_host(guest & 0x80080);
}

/* ---- sockets ---- */

static const struct jl_pair socket_types[] = {{1, SOCK_DGRAM}, {2, SOCK_STREAM},    {3, SOCK_RAW},
                                              {4, SOCK_RDM},   {5, SOCK_SEQPACKET}, {10, SOCK_PACKET}};

int jl_socket_type_to_host(uint32_t guest) {
    return jl_pair_to_host(socket_types, COUNT(socket_types), guest);
}
uint32_t jl_socket_type_to_guest(int host) {
    return (uint32_t)jl_pair_to_guest(socket_types, COUNT(socket_types), (uint32_t)host);
}

int jl_socket_option_to_host(uint32_t guest) {
    static const struct jl_pair map[] = {
        {0x0001, SO_DEBUG},     {0x0004, SO_REUSEADDR}, {0x0008, SO_KEEPALIVE},  {0x0010, SO_DONTROUTE},
        {0x0020, SO_BROADCAST}, {0x0080, SO_LINGER},    {0x0100, SO_OOBINLINE},  {0x0200, SO_REUSEPORT},
        {0x1001, SO_SNDBUF},    {0x1002, SO_RCVBUF},    {0x1003, SO_SNDLOWAT},   {0x1004, SO_RCVLOWAT},
        {0x1005, SO_SNDTIMEO},  {0x1006, SO_RCVTIMEO},  {66, SO_RCVTIMEO},       {67, SO_SNDTIMEO},
        {0x1007, SO_ERROR},     {0x1008, SO_TYPE},      {0x1009, SO_ACCEPTCONN}, {0x1028, SO_PROTOCOL},
        {0x1029, SO_DOMAIN},    {11, SO_NO_CHECK},      {12, SO_PRIORITY},       {17, SO_PASSCRED},
        {18, SO_PEERCRED},      {25, SO_BINDTODEVICE},  {31, SO_SNDBUFFORCE},    {33, SO_RCVBUFFORCE},
        {34, SO_PASSSEC},       {36, SO_MARK}};
    return jl_pair_to_host(map, COUNT(map), guest);
}

/* ---- the rest ---- */

/* Only POLLWRNORM (which is POLLOUT there) and POLLWRBAND differ. */
static const struct jl_pair poll_events[] = {
    {0x1, POLLIN},      {0x2, POLLPRI},     {0x4, POLLOUT},      {0x8, POLLERR},   {0x10, POLLHUP},    {0x20, POLLNVAL},
    {0x40, POLLRDNORM}, {0x80, POLLRDBAND}, {0x100, POLLWRBAND}, {0x400, POLLMSG}, {0x2000, POLLRDHUP}};

short jl_poll_to_host(uint16_t guest) {
    return (short)jl_flags_to_host(poll_events, COUNT(poll_events), guest);
}
uint16_t jl_poll_to_guest(short host) {
    return (uint16_t)jl_flags_to_guest(poll_events, COUNT(poll_events), (uint16_t)host);
}

int jl_rlimit_to_host(uint32_t guest) {
    static const struct jl_pair map[] = {
        {0, RLIMIT_CPU},       {1, RLIMIT_FSIZE},   {2, RLIMIT_DATA},    {3, RLIMIT_STACK},
        {4, RLIMIT_CORE},      {5, RLIMIT_NOFILE},  {6, RLIMIT_AS},      {7, RLIMIT_RSS},
        {8, RLIMIT_NPROC},     {9, RLIMIT_MEMLOCK}, {10, RLIMIT_LOCKS},  {11, RLIMIT_SIGPENDING},
        {12, RLIMIT_MSGQUEUE}, {13, RLIMIT_NICE},   {14, RLIMIT_RTPRIO}, {15, RLIMIT_RTTIME}};
    return jl_pair_to_host(map, COUNT(map), guest);
}

static const struct jl_pair local_modes[] = {{0x1, ISIG},      {0x2, ICANON},    {0x4, XCASE},     {0x8, ECHO},
                                             {0x10, ECHOE},    {0x20, ECHOK},    {0x40, ECHONL},   {0x80, NOFLSH},
                                             {0x100, IEXTEN},  {0x200, ECHOCTL}, {0x400, ECHOPRT}, {0x800, ECHOKE},
                                             {0x2000, FLUSHO}, {0x4000, PENDIN}, {0x8000, TOSTOP}, {0x10000, EXTPROC}};

static const struct jl_pair control_characters[] = {
    {0, VINTR},     {1, VQUIT},    {2, VERASE},  {3, VKILL}, {4, VMIN},   {5, VTIME},
    {6, VEOL2},     {7, VSWTC},    {8, VSTART},  {9, VSTOP}, {10, VSUSP}, {12, VREPRINT},
    {13, VDISCARD}, {14, VWERASE}, {15, VLNEXT}, {16, VEOF}, {17, VEOL}};

void jl_termios_to_guest(struct jl_process *p, const struct termios *host, uint8_t *guest) {
    memset(guest, 0, JL_TERMIOS_SIZE);
    jl_put32(p, guest, host->c_iflag);
    jl_put32(p, guest + 4, host->c_oflag);
    jl_put32(p, guest + 8, host->c_cflag);
    jl_put32(p, guest + 12, jl_flags_to_guest(local_modes, COUNT(local_modes), host->c_lflag));
    guest[16] = host->c_line;
    for (size_t i = 0; i < COUNT(control_characters); i++)
        guest[17 + control_characters[i].guest] = host->c_cc[control_characters[i].host];
}

void jl_termios_to_host(struct jl_process *p, const uint8_t *guest, struct termios *host) {
    host->c_iflag = jl_get32(p, guest);
    host->c_oflag = jl_get32(p, guest + 4);
    host->c_cflag = jl_get32(p, guest + 8);
    host->c_lflag = jl_flags_to_host(local_modes, COUNT(local_modes), jl_get32(p, guest + 12));
    host->c_line = guest[16];
    for (size_t i = 0; i < COUNT(control_characters); i++)
        host->c_cc[control_characters[i].host] = guest[17 + control_characters[i].guest];
}
