/* MIPS's own numbers: a table for each set that differs from the host's, and the functions that read them. */
#ifndef JL_LINUX_ABI_H
#define JL_LINUX_ABI_H

#include <stddef.h>
#include <stdint.h>

/* One constant in both worlds. */
struct jl_pair {
    uint32_t guest, host;
};

/* The host's constant for a guest's, and the other way round; -1 when the table has none. */
int jl_pair_to_host(const struct jl_pair *table, size_t n, uint32_t guest);
int jl_pair_to_guest(const struct jl_pair *table, size_t n, uint32_t host);
/* Sets of flags, each pair one (or several bits that count only together). Bits in no pair are left out. */
uint32_t jl_flags_to_host(const struct jl_pair *table, size_t n, uint32_t guest);
uint32_t jl_flags_to_guest(const struct jl_pair *table, size_t n, uint32_t host);

/* open's and fcntl's flags: access mode and all. */
int jl_open_flags_to_host(uint32_t guest);
uint32_t jl_open_flags_to_guest(int host);
/* EFD_, IN_, TFD_, SOCK_ and pipe2's NONBLOCK and CLOEXEC are O_'s on both sides. */
int jl_nonblock_cloexec(uint32_t guest);

/* Socket types (without SOCK_NONBLOCK and SOCK_CLOEXEC); stream and datagram change places. */
int jl_socket_type_to_host(uint32_t guest);
uint32_t jl_socket_type_to_guest(int host);
/* SOL_SOCKET's options; -1 when unknown. */
int jl_socket_option_to_host(uint32_t guest);

/* poll's events. */
short jl_poll_to_host(uint16_t guest);
uint16_t jl_poll_to_guest(short host);

/* Resource limits; -1 when unknown. */
int jl_rlimit_to_host(uint32_t guest);

/* Terminals: the local modes and the places of the control characters differ. */
struct termios;
struct jl_process;
enum { JL_TERMIOS_SIZE = 40 };
void jl_termios_to_guest(struct jl_process *p, const struct termios *host, uint8_t *guest);
void jl_termios_to_host(struct jl_process *p, const uint8_t *guest, struct termios *host);

#endif
