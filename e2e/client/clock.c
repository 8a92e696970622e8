/*
 * The clocks of one process, turned by a test: loaded in front of the C library.
 *
 * EARWITNESS_E2E_TURNS names a file that the test writes and this reads as memory: how many
 * turns there are, then for each the wall clock's instant at which it was made, how far it moves
 * the wall clock, and how much time of both clocks it skips; all in nanoseconds.
 *
 * What the kernel says of the time is moved alike: the stamp of a datagram is what it would be on
 * a machine whose clock was turned at that instant, and not at the instant of reading. Waiting
 * until an instant of the monotonic clock waits for what the process means by it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define TURNS_MAX 64
#define SECOND 1000000000LL

struct turn {
    int64_t at, wall, skipped;
};

struct turns {
    int64_t count;
    struct turn turn[TURNS_MAX];
};

static struct turns none;
static const volatile struct turns *turns = &none;
static int (*system_clock_gettime)(clockid_t, struct timespec *);
static int (*system_recvmmsg)(int, struct mmsghdr *, unsigned int, int, struct timespec *);
static long (*system_syscall)(long, ...);

__attribute__((constructor)) static void begin(void) {
    system_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    system_recvmmsg = dlsym(RTLD_NEXT, "recvmmsg");
    system_syscall = dlsym(RTLD_NEXT, "syscall");
    const char *path = getenv("EARWITNESS_E2E_TURNS");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        abort();
    void *seen = mmap(NULL, sizeof(struct turns), PROT_READ, MAP_SHARED, file, 0);
    if (seen == MAP_FAILED)
        abort();
    turns = seen;
    close(file);
}

static int64_t nanoseconds(const struct timespec *time) {
    return time->tv_sec * SECOND + time->tv_nsec;
}

static void move(struct timespec *time, int64_t by) {
    int64_t moved = nanoseconds(time) + by;
    time->tv_sec = moved / SECOND;
    time->tv_nsec = moved % SECOND;
}

static int64_t real_wall(void) {
    struct timespec now;
    system_clock_gettime(CLOCK_REALTIME, &now);
    return nanoseconds(&now);
}

/* How far a clock is off at an instant of the real wall clock. */
static int64_t off(int64_t at, int is_wall) {
    int64_t sum = 0;
    int64_t count = __atomic_load_n(&turns->count, __ATOMIC_ACQUIRE);
    for (int64_t i = 0; i < count && i < TURNS_MAX; i++)
        if (turns->turn[i].at <= at)
            sum += turns->turn[i].skipped + (is_wall ? turns->turn[i].wall : 0);
    return sum;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (!system_clock_gettime)
        begin();
    int result = system_clock_gettime(clock, time);
    if (result != 0)
        return result;
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        move(time, off(real_wall(), 1));
        break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        move(time, off(real_wall(), 0));
        break;
    }
    return 0;
}

int gettimeofday(struct timeval *time, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

int recvmmsg(int socket, struct mmsghdr *messages, unsigned int room, int flags,
             struct timespec *limit) {
    int count = system_recvmmsg(socket, messages, room, flags, limit);
    for (int i = 0; i < count; i++) {
        struct msghdr *head = &messages[i].msg_hdr;
        for (struct cmsghdr *part = CMSG_FIRSTHDR(head); part; part = CMSG_NXTHDR(head, part)) {
            struct timespec stamp;
            if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS)
                continue;
            memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
            move(&stamp, off(nanoseconds(&stamp), 1));
            memcpy(CMSG_DATA(part), &stamp, sizeof stamp);
        }
    }
    return count;
}

/* Waiting of threads for each other goes past the C library's functions. */
long syscall(long number, ...) {
    va_list list;
    long value[6];
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        value[i] = va_arg(list, long);
    va_end(list);
    struct timespec until;
    long operation = value[1] & FUTEX_CMD_MASK;
    if (number == SYS_futex && operation == FUTEX_WAIT_BITSET && value[3] != 0) {
        until = *(struct timespec *)value[3];
        move(&until, -off(real_wall(), (value[1] & FUTEX_CLOCK_REALTIME) != 0));
        value[3] = (long)&until;
    }
    return system_syscall(number, value[0], value[1], value[2], value[3], value[4], value[5]);
}
