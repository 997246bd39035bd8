/* The preloaded half of the socket witness.
 *
 * It wraps the functions by which a dynamically linked client uses the network and waits, and writes one
 * row a call into a ring in shared memory. It must not allocate, lock or fail while it records, and a
 * wrapped function must return what the real one returned, errno included. It keeps no byte of a message
 * but a request's method and path without its query, and the status of a response.
 * `ring.rs` reads the rows; the layouts below are those that it names.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- the ring ------------------------------------------------------------------------------------- */

#define MAGIC UINT64_C(0x31304e5449574d42) /* "BMWITN01" */
#define HEADER 65536
#define SLOTS 1024
#define TEXT_BYTES 24
#define LONGEST_TEXT (TEXT_BYTES * 10)

enum kind {
    TEXT = 0,
    PROCESS_START = 1,
    PROCESS_END = 2,
    THREAD_START = 3,
    THREAD_END = 4,
    LOOKUP = 5,
    CONNECT = 6,
    CONNECTED = 7,
    NO_DELAY = 8,
    OUT = 9,
    IN = 10,
    CLOSE = 11,
    WAIT = 12,
    SSL_HANDSHAKE = 13,
    SSL_OUT = 14,
    SSL_IN = 15,
    RELEASED = 16,
    CERTIFICATES = 17,
};

enum wait_kind { WAIT_NETWORK, WAIT_TIMER, WAIT_SLEEP, WAIT_INTERPRETER, WAIT_LOCK, WAIT_CHILD, WAIT_LOOKUP, WAIT_FILE };

/* Flags of OUT, IN, SSL_OUT and SSL_IN rows. */
enum {
    IS_TLS = 1,      /* the connection speaks TLS; `data` lists the records that begin in the call */
    IS_HEAD = 2,     /* the call begins with the head of a request or a response */
    IS_HELD = 4,     /* the kernel held bytes back after the call */
    HAS_MORE = 8,    /* more records begin in the call than `data` has room for */
    IS_SHUT = 16,    /* the call ended one direction of the connection */
    ASKS_CLOSE = 32, /* the request asks the server to close the connection after it */
    ASKS_LEAVE = 64, /* the request asks for leave to send its body */
    ACKNOWLEDGED = 128,    /* the kernel acknowledged bytes in the long pause before the call */
    UNACKNOWLEDGED = 256,  /* it did not */
};

struct row {
    _Atomic uint64_t sequence; /* the row's index and 1, once it is complete */
    uint64_t begin;            /* CLOCK_MONOTONIC, in nanoseconds */
    uint64_t end;
    uint32_t process;
    uint32_t thread;
    uint32_t connection; /* 0 for none */
    uint16_t kind;
    uint16_t flags;
    int64_t value;
    uint8_t data[16];
};

/* A thread's present wait, so that a wait which outlasts a trial is seen. */
struct slot {
    _Atomic uint32_t thread; /* 0 for a free slot */
    uint32_t process;
    _Atomic uint64_t since; /* 0 for a thread that does not wait */
    _Atomic uint32_t wait;
    uint32_t unused[3];
};

struct ring {
    uint64_t magic;
    uint64_t rows; /* a power of two */
    uint64_t salt;
    _Atomic uint64_t watches; /* whether acknowledgements are counted */
    uint64_t unused[4];
    _Atomic uint64_t head; /* how many rows were begun */
    _Atomic uint32_t connections;
    uint32_t unused_too[13];
    struct slot slots[SLOTS];
};

_Static_assert(sizeof(struct row) == 64, "a row is a cache line");
_Static_assert(sizeof(struct slot) == 32, "two slots are a cache line");
_Static_assert(sizeof(struct ring) <= HEADER, "the slots fit before the rows");

static struct ring *ring;
static struct row *rows;
static uint32_t process;
static pthread_key_t thread_key;

static __thread uint32_t thread_id __attribute__((tls_model("initial-exec")));
static __thread struct slot *thread_slot __attribute__((tls_model("initial-exec")));

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t cpu(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) return 0;
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void write_row(uint64_t index, const struct row *from) {
    struct row *to = &rows[index & (ring->rows - 1)];
    atomic_store_explicit(&to->sequence, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    memcpy((char *)to + sizeof to->sequence, (const char *)from + sizeof to->sequence,
           sizeof *to - sizeof to->sequence);
    atomic_store_explicit(&to->sequence, index + 1, memory_order_release);
}

/* Writes a row, and its text as rows of their own directly after it. */
static void record(struct row row, const char *text, size_t length) {
    if (length > LONGEST_TEXT) length = LONGEST_TEXT;
    uint64_t count = 1 + (length + TEXT_BYTES - 1) / TEXT_BYTES;
    uint64_t index = atomic_fetch_add_explicit(&ring->head, count, memory_order_relaxed);
    row.process = process;
    row.thread = thread_id;
    write_row(index, &row);
    for (size_t from = 0; from < length; from += TEXT_BYTES) {
        size_t part = length - from < TEXT_BYTES ? length - from : TEXT_BYTES;
        struct row more = {.kind = TEXT, .flags = (uint16_t)part, .process = process, .thread = thread_id};
        memcpy(&more.value, text + from, part < 8 ? part : 8);
        if (part > 8) memcpy(more.data, text + from + 8, part - 8);
        write_row(++index, &more);
    }
}

static struct slot *take_slot(void) {
    for (int at = 0; at < SLOTS; at++) {
        uint32_t none = 0;
        struct slot *slot = &ring->slots[at];
        if (atomic_load_explicit(&slot->thread, memory_order_relaxed) == 0 &&
            atomic_compare_exchange_strong(&slot->thread, &none, thread_id)) {
            slot->process = process;
            atomic_store(&slot->since, 0);
            return slot;
        }
    }
    return NULL;
}

/* Whether calls are recorded. Makes the calling thread known first. */
static int is_on(void) {
    if (ring == NULL) return 0;
    if (thread_id == 0) {
        int error = errno;
        thread_id = (uint32_t)syscall(SYS_gettid);
        thread_slot = take_slot();
        pthread_setspecific(thread_key, ring);
        errno = error;
    }
    return 1;
}

/* How long the calling thread was ready to run and waited for a core, in nanoseconds; UINT64_MAX where the
 * system does not say. It makes system calls itself, because the functions for them are recorded. */
static uint64_t ready_time(void) {
    char text[64];
    int file = (int)syscall(SYS_openat, AT_FDCWD, "/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    if (file < 0) return UINT64_MAX;
    long length = syscall(SYS_read, file, text, sizeof text - 1);
    syscall(SYS_close, file);
    text[length > 0 ? length : 0] = 0;
    char *ready = strchr(text, ' ');
    int counts = strncmp(text, "0 0 0", 5) != 0; /* a thread that runs was given a core at least once */
    return ready == NULL || !counts ? UINT64_MAX : strtoull(ready, NULL, 10);
}

static void record_end(uint16_t kind) {
    uint64_t end = now();
    struct row row = {.kind = kind, .begin = end, .end = end, .value = (int64_t)cpu(CLOCK_THREAD_CPUTIME_ID)};
    uint64_t ready = ready_time();
    memcpy(row.data, &ready, sizeof ready);
    record(row, NULL, 0);
}

static void end_thread(void *unused) {
    (void)unused;
    if (ring == NULL || thread_id == 0) return;
    record_end(THREAD_END);
    if (thread_slot != NULL) atomic_store(&thread_slot->thread, 0);
    thread_slot = NULL;
    thread_id = 0;
}

/* ---- the real functions --------------------------------------------------------------------------- */

/* Conditions have two versions in glibc for x86-64, and the older one would wait for ever. */
static void *find(const char *name) {
    void *found = strncmp(name, "pthread_cond_", 13) == 0 ? dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2") : NULL;
    return found != NULL ? found : dlsym(RTLD_NEXT, name);
}

#define REAL(type, name, ...)                                                                              \
    static type (*real_##name)(__VA_ARGS__);                                                               \
    static type (*get_##name(void))(__VA_ARGS__) {                                                         \
        if (__builtin_expect(real_##name == NULL, 0)) *(void **)&real_##name = find(#name);                \
        return real_##name;                                                                                \
    }

/* ---- waits ---------------------------------------------------------------------------------------- */

static uint64_t begin_wait(enum wait_kind kind) {
    uint64_t begin = now();
    if (thread_slot != NULL) {
        atomic_store_explicit(&thread_slot->wait, kind, memory_order_relaxed);
        atomic_store_explicit(&thread_slot->since, begin, memory_order_release);
    }
    return begin;
}

static void stop_waiting(void) {
    if (thread_slot != NULL) atomic_store_explicit(&thread_slot->since, 0, memory_order_release);
}

static void end_wait(enum wait_kind kind, uint64_t begin, long result) {
    int error = errno;
    stop_waiting();
    record((struct row){.kind = WAIT, .flags = kind, .begin = begin, .end = now(), .value = result}, NULL, 0);
    errno = error;
}

/* A wait that is the whole of a call. */
#define WAITING(type, kind, call)                                                                          \
    do {                                                                                                   \
        if (!is_on()) return call;                                                                         \
        uint64_t begun = begin_wait(kind);                                                                 \
        type returned = call;                                                                              \
        end_wait(kind, begun, (long)returned);                                                             \
        return returned;                                                                                   \
    } while (0)

/* A poll that reports nothing ended because its time was up; one for nothing is a sleep. */
#define POLLING(nothing, call)                                                                             \
    do {                                                                                                   \
        if (!is_on()) return call;                                                                         \
        uint64_t begun = begin_wait((nothing) ? WAIT_SLEEP : WAIT_NETWORK);                                \
        int returned = call;                                                                               \
        end_wait((nothing) ? WAIT_SLEEP : returned == 0 ? WAIT_TIMER : WAIT_NETWORK, begun, returned);     \
        return returned;                                                                                   \
    } while (0)

REAL(int, poll, struct pollfd *, nfds_t, int)
int poll(struct pollfd *fds, nfds_t count, int timeout) {
    POLLING(count == 0, get_poll()(fds, count, timeout));
}

REAL(int, __poll_chk, struct pollfd *, nfds_t, int, size_t)
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size) {
    POLLING(count == 0, get___poll_chk()(fds, count, timeout, size));
}

REAL(int, ppoll, struct pollfd *, nfds_t, const struct timespec *, const sigset_t *)
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    POLLING(count == 0, get_ppoll()(fds, count, timeout, mask));
}

REAL(int, __ppoll_chk, struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t)
int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                size_t size) {
    POLLING(count == 0, get___ppoll_chk()(fds, count, timeout, mask, size));
}

REAL(int, select, int, fd_set *, fd_set *, fd_set *, struct timeval *)
int select(int count, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout) {
    POLLING(count == 0, get_select()(count, in, out, other, timeout));
}

REAL(int, pselect, int, fd_set *, fd_set *, fd_set *, const struct timespec *, const sigset_t *)
int pselect(int count, fd_set *in, fd_set *out, fd_set *other, const struct timespec *timeout,
            const sigset_t *mask) {
    POLLING(count == 0, get_pselect()(count, in, out, other, timeout, mask));
}

REAL(int, epoll_wait, int, struct epoll_event *, int, int)
int epoll_wait(int fd, struct epoll_event *events, int most, int timeout) {
    POLLING(0, get_epoll_wait()(fd, events, most, timeout));
}

REAL(int, epoll_pwait, int, struct epoll_event *, int, int, const sigset_t *)
int epoll_pwait(int fd, struct epoll_event *events, int most, int timeout, const sigset_t *mask) {
    POLLING(0, get_epoll_pwait()(fd, events, most, timeout, mask));
}

REAL(int, epoll_pwait2, int, struct epoll_event *, int, const struct timespec *, const sigset_t *)
int epoll_pwait2(int fd, struct epoll_event *events, int most, const struct timespec *timeout,
                 const sigset_t *mask) {
    if (get_epoll_pwait2() == NULL) {
        errno = ENOSYS;
        return -1;
    }
    POLLING(0, get_epoll_pwait2()(fd, events, most, timeout, mask));
}

REAL(int, nanosleep, const struct timespec *, struct timespec *)
int nanosleep(const struct timespec *length, struct timespec *left) {
    WAITING(int, WAIT_SLEEP, get_nanosleep()(length, left));
}

REAL(int, clock_nanosleep, clockid_t, int, const struct timespec *, struct timespec *)
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *length, struct timespec *left) {
    WAITING(int, WAIT_SLEEP, get_clock_nanosleep()(clock, flags, length, left));
}

REAL(int, usleep, useconds_t)
int usleep(useconds_t length) { WAITING(int, WAIT_SLEEP, get_usleep()(length)); }

REAL(unsigned, sleep, unsigned)
unsigned sleep(unsigned length) { WAITING(unsigned, WAIT_SLEEP, get_sleep()(length)); }

/* CPython takes its interpreter lock by conditions, from its own code (`take_gil`, 3.9 to 3.14); all its
 * other locks are semaphores, or, from 3.13 on, its parking lot, which waits by semaphores too. */
static uintptr_t interpreter_from, interpreter_to;

static enum wait_kind condition_of(const void *caller) {
    uintptr_t at = (uintptr_t)caller;
    return interpreter_from <= at && at < interpreter_to ? WAIT_INTERPRETER : WAIT_LOCK;
}

#define CALLER __builtin_return_address(0)

REAL(int, pthread_cond_wait, pthread_cond_t *, pthread_mutex_t *)
int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex) {
    enum wait_kind kind = condition_of(CALLER);
    WAITING(int, kind, get_pthread_cond_wait()(condition, mutex));
}

REAL(int, pthread_cond_timedwait, pthread_cond_t *, pthread_mutex_t *, const struct timespec *)
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
    enum wait_kind kind = condition_of(CALLER);
    WAITING(int, kind, get_pthread_cond_timedwait()(condition, mutex, until));
}

REAL(int, pthread_cond_clockwait, pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *)
int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *until) {
    enum wait_kind kind = condition_of(CALLER);
    WAITING(int, kind, get_pthread_cond_clockwait()(condition, mutex, clock, until));
}

REAL(int, sem_wait, sem_t *)
int sem_wait(sem_t *semaphore) { WAITING(int, WAIT_LOCK, get_sem_wait()(semaphore)); }

REAL(int, sem_timedwait, sem_t *, const struct timespec *)
int sem_timedwait(sem_t *semaphore, const struct timespec *until) {
    WAITING(int, WAIT_LOCK, get_sem_timedwait()(semaphore, until));
}

REAL(int, sem_clockwait, sem_t *, clockid_t, const struct timespec *)
int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until) {
    WAITING(int, WAIT_LOCK, get_sem_clockwait()(semaphore, clock, until));
}

REAL(int, pthread_join, pthread_t, void **)
int pthread_join(pthread_t thread, void **result) { WAITING(int, WAIT_LOCK, get_pthread_join()(thread, result)); }

/* The states of a lock in glibc (`bits/struct_mutex.h`, `bits/struct_rwlock.h`). OpenSSL takes hundreds of
 * thousands of free locks to read the usual list of certificates, so a look must be enough to let one pass.
 * A state that is misread costs a wait its row, and nothing else: the real function decides. */
enum {
    WRITERS_TURN = 1,
    WRITER = 2,
    READERS_WAIT = 4,
};

static int is_unlocked(const pthread_mutex_t *mutex) {
    return __atomic_load_n(&mutex->__data.__lock, __ATOMIC_RELAXED) == 0;
}

static unsigned state_of(const pthread_rwlock_t *lock) {
    return __atomic_load_n(&lock->__data.__readers, __ATOMIC_RELAXED);
}

static int has_no_writer(const pthread_rwlock_t *lock) { return (state_of(lock) & WRITER) == 0; }

static int has_no_owner(const pthread_rwlock_t *lock) {
    return (state_of(lock) & ~(unsigned)(WRITERS_TURN | READERS_WAIT)) == 0;
}

/* A lock that is free costs no row, and three instructions: a look at its state and a jump. What waits is a
 * function of its own, so that a free lock needs no frame, and the pointer to the real function is never
 * NULL, so that it needs no look at that either. */
#define LOCKING(name, type, is_free, try)                                                                  \
    static int find_and_##name(type *lock);                                                                \
    static int (*real_##name)(type *) = find_and_##name;                                                   \
    static void find_##name(void) { *(void **)&real_##name = find(#name); }                                \
    static __attribute__((noinline)) int find_and_##name(type *lock) {                                     \
        find_##name();                                                                                     \
        return real_##name(lock);                                                                          \
    }                                                                                                      \
    static __attribute__((noinline)) int wait_in_##name(type *lock) {                                      \
        if (ring == NULL) return real_##name(lock);                                                        \
        int tried = try(lock);                                                                             \
        if (tried != EBUSY) return tried;                                                                  \
        WAITING(int, WAIT_LOCK, real_##name(lock));                                                        \
    }                                                                                                      \
    int name(type *lock) {                                                                                 \
        return __builtin_expect(is_free(lock), 1) ? real_##name(lock) : wait_in_##name(lock);              \
    }

LOCKING(pthread_mutex_lock, pthread_mutex_t, is_unlocked, pthread_mutex_trylock)
LOCKING(pthread_rwlock_rdlock, pthread_rwlock_t, has_no_writer, pthread_rwlock_tryrdlock)
LOCKING(pthread_rwlock_wrlock, pthread_rwlock_t, has_no_owner, pthread_rwlock_trywrlock)

static void forget_descriptor(int fd);
static void forget_descriptors(unsigned from, unsigned to);

#define ONLY_CLOSE_ON_EXEC 4 /* CLOSE_RANGE_CLOEXEC of linux/close_range.h */

/* Rust's standard library waits for its locks by system calls that it makes through this function, and
 * libuv, which is the event loop of Node and of uvloop, closes descriptors by it. */
REAL(long, syscall, long, ...)
long syscall(long number, ...) {
    va_list list;
    va_start(list, number);
    long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
    long d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
    va_end(list);
    if (number == SYS_close) forget_descriptor((int)a);
#ifdef SYS_close_range
    if (number == SYS_close_range && !(c & ONLY_CLOSE_ON_EXEC)) forget_descriptors((unsigned)a, (unsigned)b);
#endif
    long operation = b & 127; /* without FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME */
    int waits = number == SYS_futex && (operation == 0 || operation == 9); /* WAIT, WAIT_BITSET */
    if (!waits || thread_id == 0) return get_syscall()(number, a, b, c, d, e, f);
    WAITING(long, WAIT_LOCK, get_syscall()(number, a, b, c, d, e, f));
}

REAL(pid_t, waitpid, pid_t, int *, int)
pid_t waitpid(pid_t child, int *status, int options) {
    if (options & WNOHANG) return get_waitpid()(child, status, options);
    WAITING(pid_t, WAIT_CHILD, get_waitpid()(child, status, options));
}

REAL(pid_t, wait4, pid_t, int *, int, struct rusage *)
pid_t wait4(pid_t child, int *status, int options, struct rusage *usage) {
    if (options & WNOHANG) return get_wait4()(child, status, options, usage);
    WAITING(pid_t, WAIT_CHILD, get_wait4()(child, status, options, usage));
}

REAL(int, waitid, idtype_t, id_t, siginfo_t *, int)
int waitid(idtype_t type, id_t child, siginfo_t *info, int options) {
    if (options & WNOHANG) return get_waitid()(type, child, info, options);
    WAITING(int, WAIT_CHILD, get_waitid()(type, child, info, options));
}

/* ---- threads -------------------------------------------------------------------------------------- */

struct start {
    void *(*run)(void *);
    void *argument;
};

static void *run_thread(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    if (is_on()) {
        uint64_t begin = now();
        record((struct row){.kind = THREAD_START, .begin = begin, .end = begin}, NULL, 0);
    }
    return start.run(start.argument);
}

REAL(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
    struct start *start = ring == NULL ? NULL : malloc(sizeof *start);
    if (start == NULL) return get_pthread_create()(thread, attributes, run, argument);
    *start = (struct start){run, argument};
    int result = get_pthread_create()(thread, attributes, run_thread, start);
    if (result != 0) free(start);
    return result;
}

/* ---- connections ---------------------------------------------------------------------------------- */

/* One direction of a connection, cut into TLS records. */
struct half {
    uint32_t left; /* bytes of the present record that are still to come */
    uint8_t head[5];
    uint8_t have;
};

enum speech { UNKNOWN, TLS, PLAIN };

struct connection {
    uint32_t number; /* 0 for a descriptor that is no connection of a client */
    uint32_t owner;  /* the process that opened it: a child that closes its copy ends nothing */
    uint8_t is_tcp;
    uint8_t is_copied; /* whether another descriptor may refer to the same connection */
    uint8_t speech;
    uint8_t no_delay;
    uint8_t wrote; /* whether the last call wrote */
    uint8_t held;  /* whether the kernel held bytes back after it */
    uint32_t segments; /* how many segments the kernel had sent after the last read; 0 if not counted */
    uint64_t read_at;  /* when the last read ended */
    struct half out, in;
};

#define DESCRIPTORS 65536
static struct connection connections[DESCRIPTORS];
/* No descriptor from here on was ever a connection: to look at all of them would touch megabytes. */
static _Atomic int unused_from;

static void use_descriptor(int fd) {
    int from = atomic_load_explicit(&unused_from, memory_order_relaxed);
    while (from <= fd && !atomic_compare_exchange_weak(&unused_from, &from, fd + 1)) continue;
}

static struct connection *tcp_of(int fd) {
    if (ring == NULL || fd < 0 || fd >= DESCRIPTORS || !connections[fd].is_tcp) return NULL;
    return &connections[fd];
}

static struct connection *connection_of(int fd) {
    struct connection *connection = tcp_of(fd);
    return connection != NULL && connection->number != 0 ? connection : NULL;
}

/* A child of vfork shares the parent's table until it runs another program. */
static int is_own_process(void) { return (uint32_t)getpid() == process; }

REAL(int, socket, int, int, int)
int socket(int family, int type, int protocol) {
    int fd = get_socket()(family, type, protocol);
    if (ring != NULL && fd >= 0 && fd < DESCRIPTORS) {
        /* Closed by a way that is not wrapped. */
        forget_descriptor(fd);
        int is_tcp = (family == AF_INET || family == AF_INET6) && (type & 0xf) == SOCK_STREAM;
        connections[fd] = (struct connection){.is_tcp = (uint8_t)is_tcp};
        if (is_tcp) use_descriptor(fd);
    }
    return fd;
}

/* An address as text, and its port. */
struct host {
    char text[INET6_ADDRSTRLEN];
    unsigned port;
};

static struct host host_of(const struct sockaddr *address) {
    struct host host = {.text = "", .port = 0};
    if (address == NULL) return host;
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
        inet_ntop(AF_INET6, &six->sin6_addr, host.text, sizeof host.text);
        host.port = ntohs(six->sin6_port);
    } else if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)address;
        inet_ntop(AF_INET, &four->sin_addr, host.text, sizeof host.text);
        host.port = ntohs(four->sin_port);
    }
    return host;
}

/* The address and port of a peer, as text. Returns its length. */
static size_t peer_text(const struct sockaddr *address, char *text, size_t room) {
    struct host host = host_of(address);
    int is_six = address->sa_family == AF_INET6;
    char digits[6];
    size_t count = 0, length = 0;
    do digits[count++] = (char)('0' + host.port % 10);
    while ((host.port /= 10) > 0);
    if (strlen(host.text) + count + 3 > room) return 0;
    if (is_six) text[length++] = '[';
    memcpy(text + length, host.text, strlen(host.text));
    length += strlen(host.text);
    if (is_six) text[length++] = ']';
    text[length++] = ':';
    while (count > 0) text[length++] = digits[--count];
    return length;
}

REAL(int, connect, int, const struct sockaddr *, socklen_t)
int connect(int fd, const struct sockaddr *address, socklen_t size) {
    struct connection *connection = tcp_of(fd);
    if (connection == NULL || !is_on()) return get_connect()(fd, address, size);
    if (connection->number == 0) {
        connection->number = 1 + atomic_fetch_add(&ring->connections, 1);
        connection->owner = process;
    }
    char text[64];
    size_t length = peer_text(address, text, sizeof text);
    uint64_t begin = begin_wait(WAIT_NETWORK);
    int result = get_connect()(fd, address, size);
    int error = errno;
    stop_waiting();
    record((struct row){.kind = CONNECT, .flags = connection->no_delay, .connection = connection->number,
                        .begin = begin, .end = now(), .value = result == 0 ? 0 : error}, text, length);
    errno = error;
    return result;
}

REAL(int, getsockopt, int, int, int, void *, socklen_t *)
int getsockopt(int fd, int level, int name, void *value, socklen_t *size) {
    int result = get_getsockopt()(fd, level, name, value, size);
    struct connection *connection = connection_of(fd);
    if (connection != NULL && level == SOL_SOCKET && name == SO_ERROR && result == 0 && is_on()) {
        int error = errno;
        uint64_t end = now();
        record((struct row){.kind = CONNECTED, .connection = connection->number, .begin = end, .end = end,
                            .value = *(int *)value}, NULL, 0);
        errno = error;
    }
    return result;
}

#define SOL_TCP_LEVEL 6
#define TCP_NODELAY_OPTION 1
#define TCP_INFO_OPTION 11

REAL(int, setsockopt, int, int, int, const void *, socklen_t)
int setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
    int result = get_setsockopt()(fd, level, name, value, size);
    struct connection *connection = tcp_of(fd);
    if (connection != NULL && level == SOL_TCP_LEVEL && name == TCP_NODELAY_OPTION && result == 0 &&
        size >= sizeof(int)) {
        connection->no_delay = *(const int *)value != 0;
        if (connection->number != 0 && is_on()) {
            uint64_t end = now();
            record((struct row){.kind = NO_DELAY, .connection = connection->number, .begin = end, .end = end,
                                .value = connection->no_delay}, NULL, 0);
        }
    }
    return result;
}

/* Offsets in the kernel's `struct tcp_info` (linux/tcp.h), which only ever grows at its end. */
enum {
    INFO_STATE = 0,
    INFO_SINCE_SENT = 44,
    INFO_ROUND_TRIP = 68,
    INFO_RETRANSMITTED = 100,
    INFO_SEGMENTS_OUT = 136,
    INFO_NOT_SENT = 144,
    INFO_BYTES = 148,
};

static socklen_t tcp_info(int fd, uint8_t info[INFO_BYTES]) {
    socklen_t size = INFO_BYTES;
    memset(info, 0, INFO_BYTES);
    return get_getsockopt()(fd, SOL_TCP_LEVEL, TCP_INFO_OPTION, info, &size) == 0 ? size : 0;
}

/* ---- what the bytes are --------------------------------------------------------------------------- */

/* Lists the TLS records that begin in these bytes: three bytes each, the type and the length. */
static int list_records(struct half *half, const uint8_t *bytes, size_t length, uint8_t data[16], int found) {
    while (length > 0) {
        if (half->left > 0) {
            size_t part = length < half->left ? length : half->left;
            half->left -= (uint32_t)part;
            bytes += part;
            length -= part;
            continue;
        }
        half->head[half->have++] = *bytes++;
        length--;
        if (half->have < 5) continue;
        half->have = 0;
        half->left = (uint32_t)half->head[3] << 8 | half->head[4];
        if (found < 5) {
            data[1 + 3 * found] = half->head[0];
            data[2 + 3 * found] = half->head[3];
            data[3 + 3 * found] = half->head[4];
        }
        found++;
    }
    return found;
}

/* A request's method and path, without its query. */
struct head {
    char text[LONGEST_TEXT];
    size_t length;
    uint64_t hash; /* of the method and the whole target: FNV-1a, begun with the ring's salt */
};

static uint64_t hashed(uint64_t hash, uint8_t byte) { return (hash ^ byte) * UINT64_C(0x100000001b3); }

/* Finds the head of a request at the beginning of these bytes. Returns whether there is one. */
static int read_request(const uint8_t *bytes, size_t length, struct head *head) {
    size_t at = 0;
    while (at < length && at < 16 && bytes[at] >= 'A' && bytes[at] <= 'Z') at++;
    if (at < 3 || at >= length || bytes[at] != ' ') return 0;
    size_t target = at + 1;
    int is_whole = length - target >= 7 && memcmp(bytes + target, "http", 4) == 0;
    if (target >= length || (bytes[target] != '/' && bytes[target] != '*' && !is_whole)) return 0;
    if (at == 3 && memcmp(bytes, "PRI", 3) == 0) return 0; /* the preface of HTTP/2 */
    head->hash = ring->salt;
    head->length = 0;
    int in_query = 0;
    for (size_t next = 0; next < length; next++) {
        uint8_t byte = bytes[next];
        if (next >= target && (byte == ' ' || byte == '\r' || byte == '\n')) return byte == ' ';
        head->hash = hashed(head->hash, byte);
        if (!in_query && head->length < LONGEST_TEXT) head->text[head->length++] = (char)byte;
        if (next >= target && byte == '?') in_query = 1;
    }
    return 0;
}

/* Whether bytes begin with a text, in small or capital letters. Returns what is after it, or NULL. */
static const uint8_t *after(const uint8_t *bytes, const uint8_t *end, const char *text) {
    for (; *text != 0; text++, bytes++)
        if (bytes >= end || (*bytes | 32) != (*text | 32)) return NULL;
    return bytes;
}

/* Whether the head of a request has a header of this value in its first bytes. */
static int has_header(const uint8_t *bytes, size_t length, const char *name, const char *value) {
    const uint8_t *end = bytes + (length < 4096 ? length : 4096);
    for (; bytes < end; bytes++) {
        if (*bytes != '\n') continue;
        const uint8_t *rest = after(bytes + 1, end, name);
        while (rest != NULL && rest < end && *rest == ' ') rest++;
        if (rest != NULL && after(rest, end, value) != NULL) return 1;
    }
    return 0;
}

static uint16_t head_flags(const uint8_t *bytes, size_t length) {
    int flags = IS_HEAD;
    if (has_header(bytes, length, "connection:", "close")) flags |= ASKS_CLOSE;
    if (has_header(bytes, length, "expect:", "100-continue")) flags |= ASKS_LEAVE;
    return (uint16_t)flags;
}

/* Reads the status of a response at the beginning of these bytes; 0 where there is none. Interim
 * responses that are whole are counted and skipped. */
static unsigned read_status(const uint8_t *bytes, size_t length, uint8_t *interim) {
    while (length >= 12 && memcmp(bytes, "HTTP/1.", 7) == 0) {
        unsigned status = 100u * (bytes[9] - '0') + 10u * (bytes[10] - '0') + (bytes[11] - '0');
        if (status >= 200 || status < 100) return status;
        (*interim)++;
        const uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
        if (end == NULL) return status;
        length -= (size_t)(end + 4 - bytes);
        bytes = end + 4;
        if (length == 0) return status;
    }
    return 0;
}

/* ---- reads and writes ----------------------------------------------------------------------------- */

/* The bytes of a call that may have several parts. */
struct parts {
    const struct iovec *parts;
    size_t count;
};

static void list_parts(struct connection *connection, struct half *half, struct row *row, struct parts bytes,
                       size_t total) {
    const uint8_t *first = total > 0 ? bytes.parts[0].iov_base : NULL;
    if (connection->speech == UNKNOWN && row->kind == OUT && total >= 2 && bytes.parts[0].iov_len >= 2)
        connection->speech = first[0] == 22 && first[1] == 3 ? TLS : PLAIN;
    if (connection->speech != TLS) return;
    int found = 0;
    for (size_t at = 0; at < bytes.count && total > 0; at++) {
        size_t part = bytes.parts[at].iov_len < total ? bytes.parts[at].iov_len : total;
        found = list_records(half, bytes.parts[at].iov_base, part, row->data, found);
        total -= part;
    }
    row->data[0] = (uint8_t)(found < 5 ? found : 5);
    row->flags |= found > 5 ? IS_TLS | HAS_MORE : IS_TLS;
}

static size_t first_part(struct parts bytes, size_t total) {
    return bytes.count == 0 ? 0 : bytes.parts[0].iov_len < total ? bytes.parts[0].iov_len : total;
}

static void record_out(int fd, struct connection *connection, uint64_t begin, long result, struct parts bytes) {
    struct row row = {.kind = OUT, .connection = connection->number, .begin = begin, .end = now(), .value = result};
    struct head head = {.length = 0};
    size_t total = (size_t)result;
    list_parts(connection, &connection->out, &row, bytes, total);
    if (connection->speech == PLAIN && total > 0 &&
        read_request(bytes.parts[0].iov_base, first_part(bytes, total), &head)) {
        row.flags |= head_flags(bytes.parts[0].iov_base, first_part(bytes, total));
        memcpy(row.data, &head.hash, sizeof head.hash);
    }
    if (connection->wrote && !connection->no_delay && total < 1460) {
        uint8_t info[INFO_BYTES];
        uint32_t not_sent = 0;
        if (tcp_info(fd, info) == INFO_BYTES) memcpy(&not_sent, info + INFO_NOT_SENT, sizeof not_sent);
        if (not_sent > 0) row.flags |= IS_HELD;
    }
    connection->held = (row.flags & IS_HELD) != 0;
    connection->wrote = 1;
    record(row, head.text, row.flags & IS_HEAD ? head.length : 0);
}

/* Records when the kernel sent what it had held back; its clock ticks in milliseconds. */
static void record_released(int fd, struct connection *connection) {
    uint8_t info[INFO_BYTES];
    uint32_t since = 0;
    connection->held = 0;
    if (tcp_info(fd, info) != INFO_BYTES) return;
    memcpy(&since, info + INFO_SINCE_SENT, sizeof since);
    uint64_t end = now();
    record((struct row){.kind = RELEASED, .connection = connection->number,
                        .begin = end - (uint64_t)since * 1000000u, .end = end}, NULL, 0);
}

/* From this length on, a pause in a response may be one of an acknowledgement. */
#define LONG_PAUSE 25000000u

static size_t room(struct parts bytes) {
    size_t sum = 0;
    for (size_t at = 0; at < bytes.count; at++) sum += bytes.parts[at].iov_len;
    return sum;
}

/* Finds out whether the kernel acknowledged the bytes before a long pause while it lasted. It costs a system
 * call a read, so nothing is counted before the first such pause of any process. */
static void watch(int fd, struct connection *connection, struct row *row, size_t left) {
    uint8_t info[INFO_BYTES];
    uint32_t segments = 0;
    int paused = !connection->wrote && connection->read_at != 0 && row->end - connection->read_at >= LONG_PAUSE;
    if (paused) atomic_store_explicit(&ring->watches, 1, memory_order_relaxed);
    connection->read_at = row->end;
    if (atomic_load_explicit(&ring->watches, memory_order_relaxed) == 0) return;
    if (tcp_info(fd, info) == INFO_BYTES) memcpy(&segments, info + INFO_SEGMENTS_OUT, sizeof segments);
    if (paused && connection->segments != 0 && segments != 0) {
        /* A read that empties the buffer may itself acknowledge. */
        uint32_t own = left > 0;
        row->flags |= segments - connection->segments > own ? ACKNOWLEDGED : UNACKNOWLEDGED;
    }
    connection->segments = segments;
}

static void record_in(int fd, struct connection *connection, uint64_t begin, long result, struct parts bytes) {
    struct row row = {.kind = IN, .connection = connection->number, .begin = begin, .end = now(), .value = result};
    size_t total = (size_t)result;
    if (connection->held) record_released(fd, connection);
    watch(fd, connection, &row, room(bytes) - total);
    connection->wrote = 0;
    list_parts(connection, &connection->in, &row, bytes, total);
    if (connection->speech == PLAIN && total > 0) {
        uint16_t status = (uint16_t)read_status(bytes.parts[0].iov_base, first_part(bytes, total), &row.data[2]);
        if (status != 0) row.flags |= IS_HEAD;
        memcpy(row.data, &status, sizeof status);
    }
    record(row, NULL, 0);
}

static void record_failed(struct connection *connection, enum kind kind, uint64_t begin, int error) {
    record((struct row){.kind = kind, .connection = connection->number, .begin = begin, .end = now(),
                        .value = -(int64_t)error}, NULL, 0);
}

static int is_patience(int error) { return error == EAGAIN || error == EINTR || error == EINPROGRESS; }

/* A transfer of another descriptor, a pipe or a file, is a wait if it takes long. */
#define LONG_TRANSFER 20000

#define OTHER_TRANSFER(call)                                                                               \
    do {                                                                                                   \
        if (!is_on()) return call;                                                                         \
        uint64_t begun = begin_wait(WAIT_FILE);                                                            \
        ssize_t returned = call;                                                                           \
        int failure = errno;                                                                               \
        if (now() - begun >= LONG_TRANSFER) end_wait(WAIT_FILE, begun, returned);                          \
        else stop_waiting();                                                                               \
        errno = failure;                                                                                   \
        return returned;                                                                                   \
    } while (0)

/* A read or write, of a connection or of another descriptor. */
#define TRANSFER(kind, fd, call, vector, vectors)                                                          \
    do {                                                                                                   \
        struct connection *connection = connection_of(fd);                                                 \
        if (connection == NULL) OTHER_TRANSFER(call);                                                      \
        if (!is_on()) return call;                                                                         \
        uint64_t begun = begin_wait(WAIT_NETWORK);                                                         \
        ssize_t returned = call;                                                                           \
        int failure = errno;                                                                               \
        stop_waiting();                                                                                    \
        struct parts bytes = {vector, vectors};                                                            \
        if (returned >= 0 && kind == OUT) record_out(fd, connection, begun, returned, bytes);              \
        else if (returned >= 0) record_in(fd, connection, begun, returned, bytes);                            \
        else if (!is_patience(failure)) record_failed(connection, kind, begun, failure);                   \
        errno = failure;                                                                                   \
        return returned;                                                                                   \
    } while (0)

REAL(ssize_t, read, int, void *, size_t)
ssize_t read(int fd, void *to, size_t room) {
    struct iovec part = {to, room};
    TRANSFER(IN, fd, get_read()(fd, to, room), &part, 1);
}

REAL(ssize_t, __read_chk, int, void *, size_t, size_t)
ssize_t __read_chk(int fd, void *to, size_t room, size_t size) {
    struct iovec part = {to, room};
    TRANSFER(IN, fd, get___read_chk()(fd, to, room, size), &part, 1);
}

/* The bytes of such a call stay, or are none of the stream. */
#define NOT_TAKEN (MSG_PEEK | MSG_ERRQUEUE)

/* A call that throws bytes away may give no memory for them. */
#define GIVEN(flags, count) ((flags) & MSG_TRUNC ? 0 : (count))

REAL(ssize_t, recv, int, void *, size_t, int)
ssize_t recv(int fd, void *to, size_t room, int flags) {
    struct iovec part = {to, room};
    if (flags & NOT_TAKEN) return get_recv()(fd, to, room, flags);
    TRANSFER(IN, fd, get_recv()(fd, to, room, flags), &part, GIVEN(flags, 1));
}

REAL(ssize_t, __recv_chk, int, void *, size_t, size_t, int)
ssize_t __recv_chk(int fd, void *to, size_t room, size_t size, int flags) {
    struct iovec part = {to, room};
    if (flags & NOT_TAKEN) return get___recv_chk()(fd, to, room, size, flags);
    TRANSFER(IN, fd, get___recv_chk()(fd, to, room, size, flags), &part, GIVEN(flags, 1));
}

REAL(ssize_t, recvfrom, int, void *, size_t, int, struct sockaddr *, socklen_t *)
ssize_t recvfrom(int fd, void *to, size_t room, int flags, struct sockaddr *from, socklen_t *size) {
    struct iovec part = {to, room};
    if (flags & NOT_TAKEN) return get_recvfrom()(fd, to, room, flags, from, size);
    TRANSFER(IN, fd, get_recvfrom()(fd, to, room, flags, from, size), &part, GIVEN(flags, 1));
}

REAL(ssize_t, __recvfrom_chk, int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *)
ssize_t __recvfrom_chk(int fd, void *to, size_t room, size_t bound, int flags, struct sockaddr *from,
                       socklen_t *size) {
    struct iovec part = {to, room};
    if (flags & NOT_TAKEN) return get___recvfrom_chk()(fd, to, room, bound, flags, from, size);
    TRANSFER(IN, fd, get___recvfrom_chk()(fd, to, room, bound, flags, from, size), &part, GIVEN(flags, 1));
}

REAL(ssize_t, recvmsg, int, struct msghdr *, int)
ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    if (flags & NOT_TAKEN) return get_recvmsg()(fd, message, flags);
    TRANSFER(IN, fd, get_recvmsg()(fd, message, flags), message->msg_iov, GIVEN(flags, message->msg_iovlen));
}

REAL(ssize_t, readv, int, const struct iovec *, int)
ssize_t readv(int fd, const struct iovec *parts, int count) {
    TRANSFER(IN, fd, get_readv()(fd, parts, count), parts, (size_t)count);
}

REAL(ssize_t, write, int, const void *, size_t)
ssize_t write(int fd, const void *from, size_t length) {
    struct iovec part = {(void *)from, length};
    TRANSFER(OUT, fd, get_write()(fd, from, length), &part, 1);
}

REAL(ssize_t, send, int, const void *, size_t, int)
ssize_t send(int fd, const void *from, size_t length, int flags) {
    struct iovec part = {(void *)from, length};
    TRANSFER(OUT, fd, get_send()(fd, from, length, flags), &part, 1);
}

REAL(ssize_t, sendto, int, const void *, size_t, int, const struct sockaddr *, socklen_t)
ssize_t sendto(int fd, const void *from, size_t length, int flags, const struct sockaddr *to, socklen_t size) {
    struct iovec part = {(void *)from, length};
    TRANSFER(OUT, fd, get_sendto()(fd, from, length, flags, to, size), &part, 1);
}

REAL(ssize_t, sendmsg, int, const struct msghdr *, int)
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    TRANSFER(OUT, fd, get_sendmsg()(fd, message, flags), message->msg_iov, message->msg_iovlen);
}

REAL(ssize_t, writev, int, const struct iovec *, int)
ssize_t writev(int fd, const struct iovec *parts, int count) {
    TRANSFER(OUT, fd, get_writev()(fd, parts, count), parts, (size_t)count);
}

/* The bytes are not in memory: a body, which continues the request before it. */
REAL(ssize_t, sendfile, int, int, off_t *, size_t)
ssize_t sendfile(int fd, int from, off_t *offset, size_t length) {
    struct iovec part = {NULL, 0};
    TRANSFER(OUT, fd, get_sendfile()(fd, from, offset, length), &part, 0);
}

#undef sendfile64
REAL(ssize_t, sendfile64, int, int, off64_t *, size_t)
ssize_t sendfile64(int fd, int from, off64_t *offset, size_t length) {
    struct iovec part = {NULL, 0};
    TRANSFER(OUT, fd, get_sendfile64()(fd, from, offset, length), &part, 0);
}

/* ---- the end of a connection ---------------------------------------------------------------------- */

static void record_close(int fd, struct connection *connection, uint16_t flags) {
    int error = errno;
    uint8_t info[INFO_BYTES];
    uint64_t end = now();
    struct row row = {.kind = CLOSE, .connection = connection->number, .flags = flags, .begin = end, .end = end};
    if (tcp_info(fd, info) > 0) row.value = info[INFO_STATE];
    memcpy(row.data, info + INFO_ROUND_TRIP, 4);
    memcpy(row.data + 4, info + INFO_RETRANSMITTED, 4);
    record(row, NULL, 0);
    errno = error;
}

/* Whether another descriptor of the process refers to the same connection. */
static int has_copy(int fd) {
    for (int other = 0; other < unused_from && connections[fd].is_copied; other++)
        if (other != fd && connections[other].number == connections[fd].number) return 1;
    return 0;
}

/* Does what is due before a descriptor is closed, or after it was closed unseen. */
static void forget_descriptor(int fd) {
    struct connection *connection = tcp_of(fd);
    if (connection == NULL || !is_on() || !is_own_process()) return;
    if (connection->number != 0 && connection->owner == process && !has_copy(fd)) record_close(fd, connection, 0);
    *connection = (struct connection){.is_tcp = 0};
}

REAL(int, close, int)
int close(int fd) {
    forget_descriptor(fd);
    return get_close()(fd);
}

REAL(int, fclose, FILE *)
int fclose(FILE *file) {
    if (ring != NULL && file != NULL) {
        int error = errno;
        forget_descriptor(fileno(file));
        errno = error;
    }
    return get_fclose()(file);
}

static void forget_descriptors(unsigned from, unsigned to) {
    for (unsigned fd = from; ring != NULL && fd <= to && fd < (unsigned)unused_from; fd++)
        forget_descriptor((int)fd);
}

REAL(int, close_range, unsigned, unsigned, int)
int close_range(unsigned from, unsigned to, int flags) {
    if (get_close_range() == NULL) {
        errno = ENOSYS;
        return -1;
    }
    if (!(flags & ONLY_CLOSE_ON_EXEC)) forget_descriptors(from, to);
    return get_close_range()(from, to, flags);
}

REAL(void, closefrom, int)
void closefrom(int from) {
    forget_descriptors(from < 0 ? 0 : (unsigned)from, DESCRIPTORS);
    if (get_closefrom() != NULL) get_closefrom()(from);
}

REAL(int, shutdown, int, int)
int shutdown(int fd, int how) {
    struct connection *connection = connection_of(fd);
    if (connection != NULL && how != SHUT_RD && is_on()) record_close(fd, connection, IS_SHUT);
    return get_shutdown()(fd, how);
}

/* A descriptor was made that refers to the same file as another one. */
static int copied(int from, int to) {
    if (ring == NULL || to < 0 || to >= DESCRIPTORS || from < 0 || from >= DESCRIPTORS || from == to ||
        !is_own_process())
        return to;
    if (connections[from].number != 0) connections[from].is_copied = 1;
    if (connections[from].is_tcp) use_descriptor(to);
    connections[to] = connections[from];
    return to;
}

REAL(int, dup, int)
int dup(int fd) { return copied(fd, get_dup()(fd)); }

REAL(int, dup2, int, int)
int dup2(int fd, int to) {
    if (fd != to && fcntl(fd, F_GETFD) >= 0) forget_descriptor(to);
    return copied(fd, get_dup2()(fd, to));
}

REAL(int, dup3, int, int, int)
int dup3(int fd, int to, int flags) {
    if (fd != to && fcntl(fd, F_GETFD) >= 0) forget_descriptor(to);
    return copied(fd, get_dup3()(fd, to, flags));
}

#define COPYING(name)                                                                                      \
    REAL(int, name, int, int, ...)                                                                         \
    int name(int fd, int command, ...) {                                                                   \
        va_list list;                                                                                      \
        va_start(list, command);                                                                           \
        void *argument = va_arg(list, void *);                                                             \
        va_end(list);                                                                                      \
        int result = get_##name()(fd, command, argument);                                                  \
        int copies = command == F_DUPFD || command == F_DUPFD_CLOEXEC;                                     \
        return copies ? copied(fd, result) : result;                                                       \
    }

COPYING(fcntl)
COPYING(fcntl64)

/* ---- names ---------------------------------------------------------------------------------------- */

/* Adds an address to a text after a space, if there is room for all of it. Returns the text's length. */
static size_t add_address(char text[LONGEST_TEXT], size_t length, const struct sockaddr *address) {
    struct host host = host_of(address);
    size_t added = strlen(host.text);
    if (added == 0 || length + 1 + added > LONGEST_TEXT) return length;
    text[length++] = ' ';
    memcpy(text + length, host.text, added);
    return length + added;
}

REAL(int, getaddrinfo, const char *, const char *, const struct addrinfo *, struct addrinfo **)
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    if (!is_on() || name == NULL) return get_getaddrinfo()(name, service, hints, found);
    uint64_t begin = begin_wait(WAIT_LOOKUP);
    int result = get_getaddrinfo()(name, service, hints, found);
    int error = errno;
    stop_waiting();
    int64_t addresses = 0;
    char text[LONGEST_TEXT];
    size_t length = strnlen(name, LONGEST_TEXT);
    memcpy(text, name, length);
    for (struct addrinfo *each = result == 0 ? *found : NULL; each != NULL; each = each->ai_next) {
        addresses++;
        length = add_address(text, length, each->ai_addr);
    }
    record((struct row){.kind = LOOKUP, .begin = begin, .end = now(), .value = addresses}, text, length);
    errno = error;
    return result;
}

/* ---- OpenSSL, where it is a shared library --------------------------------------------------------- */

/* The functions of the library that a caller is linked with. A process may hold several. */
struct openssl {
    uintptr_t from, to; /* the code of the caller */
    int (*write)(void *, const void *, int);
    int (*write_ex)(void *, const void *, size_t, size_t *);
    int (*read)(void *, void *, int);
    int (*read_ex)(void *, void *, size_t, size_t *);
    int (*do_handshake)(void *);
    int (*connect)(void *);
    int (*get_fd)(const void *);
    int (*version)(const void *);
    int (*session_reused)(const void *);
    int (*load_locations)(void *, const char *, const char *);
    int (*load_file)(void *, const char *);
    int (*load_default)(void *);
};

int SSL_write(void *ssl, const void *from, int length);

#define LIBRARIES 32
static struct openssl libraries[LIBRARIES];
static _Atomic int library_count;
static pthread_mutex_t libraries_lock = PTHREAD_MUTEX_INITIALIZER;

struct span {
    uintptr_t inside, from, to;
};

static int find_span(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    struct span *span = argument;
    for (int at = 0; at < info->dlpi_phnum; at++) {
        if (info->dlpi_phdr[at].p_type != PT_LOAD) continue;
        uintptr_t from = info->dlpi_addr + info->dlpi_phdr[at].p_vaddr, to = from + info->dlpi_phdr[at].p_memsz;
        if (from <= span->inside && span->inside < to) {
            span->from = from;
            span->to = to;
            return 1;
        }
    }
    return 0;
}

/* OpenSSL takes free read locks so often that even the jump by which one passes would cost a client 1%. So the
 * library that holds OpenSSL calls the real function directly: its own pointer to it is changed. A thread that
 * waits for such a lock then seems to wait for a core, like the thread that holds it. */
#define READ_LOCK "pthread_rwlock_rdlock"

/* A loaded file, and what is needed of its dynamic section. */
struct loaded {
    uintptr_t base;
    uintptr_t fixed_from, fixed_to; /* what the loader has made read-only */
    const char *names;
    const ElfW(Sym) *symbols;
    const ElfW(Rela) *calls, *others; /* the places of pointers to functions, and to anything */
    size_t calls_size, others_size;
};

/* Most loaders have added the base already. */
static const void *placed(const struct loaded *file, ElfW(Addr) address) {
    return (const void *)(address < file->base ? file->base + address : address);
}

static struct loaded read_loaded(const struct dl_phdr_info *info) {
    struct loaded file = {.base = info->dlpi_addr};
    const ElfW(Dyn) *entry = NULL;
    for (int at = 0; at < info->dlpi_phnum; at++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[at];
        if (part->p_type == PT_DYNAMIC) entry = (const ElfW(Dyn) *)(file.base + part->p_vaddr);
        if (part->p_type != PT_GNU_RELRO) continue;
        file.fixed_from = file.base + part->p_vaddr;
        file.fixed_to = file.fixed_from + part->p_memsz;
    }
    for (; entry != NULL && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_STRTAB) file.names = placed(&file, entry->d_un.d_ptr);
        if (entry->d_tag == DT_SYMTAB) file.symbols = placed(&file, entry->d_un.d_ptr);
        if (entry->d_tag == DT_JMPREL) file.calls = placed(&file, entry->d_un.d_ptr);
        if (entry->d_tag == DT_PLTRELSZ) file.calls_size = entry->d_un.d_val;
        if (entry->d_tag == DT_RELA) file.others = placed(&file, entry->d_un.d_ptr);
        if (entry->d_tag == DT_RELASZ) file.others_size = entry->d_un.d_val;
    }
    return file;
}

static void set_pointer(const struct loaded *file, uintptr_t at, void *to) {
    uintptr_t page = at & -(uintptr_t)sysconf(_SC_PAGESIZE);
    int is_fixed = file->fixed_from <= at && at < file->fixed_to;
    size_t length = at + sizeof to - page;
    if (is_fixed && mprotect((void *)page, length, PROT_READ | PROT_WRITE) != 0) return;
    __atomic_store_n((void **)at, to, __ATOMIC_RELAXED);
    if (is_fixed) mprotect((void *)page, length, PROT_READ);
}

/* Changes the pointers to the function for read locks that are among these. Returns how many. */
static int set_pointers(const struct loaded *file, const ElfW(Rela) *places, size_t size) {
    int found = 0;
    for (size_t at = 0; places != NULL && at < size / sizeof *places; at++) {
#if __SIZEOF_POINTER__ == 8
        size_t symbol = ELF64_R_SYM(places[at].r_info);
#else
        size_t symbol = ELF32_R_SYM(places[at].r_info);
#endif
        if (symbol == 0 || strcmp(file->names + file->symbols[symbol].st_name, READ_LOCK) != 0) continue;
        set_pointer(file, file->base + places[at].r_offset, find(READ_LOCK));
        found++;
    }
    return found;
}

static int let_read_locks_pass(struct dl_phdr_info *info, size_t size, void *argument) {
    if (!find_span(info, size, argument)) return 0;
    if (info->dlpi_name == NULL || strstr(info->dlpi_name, "libcrypto") == NULL) return 1;
    struct loaded file = read_loaded(info);
    if (file.names == NULL || file.symbols == NULL) return 1;
    if (set_pointers(&file, file.calls, file.calls_size) == 0) set_pointers(&file, file.others, file.others_size);
    return 1;
}

/* OpenSSL makes its first lock long before it reads certificates. */
REAL(int, pthread_rwlock_init, pthread_rwlock_t *, const pthread_rwlockattr_t *)
int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes) {
    static _Atomic uintptr_t known_from, known_to; /* the code of the last caller */
    struct span span = {(uintptr_t)CALLER, 0, 0};
    if (ring != NULL && (span.inside < known_from || span.inside >= known_to)) {
        int error = errno;
        dl_iterate_phdr(let_read_locks_pass, &span);
        known_from = span.from;
        known_to = span.to;
        errno = error;
    }
    return get_pthread_rwlock_init()(lock, attributes);
}

static struct openssl find_openssl(const void *caller) {
    struct span span = {(uintptr_t)caller, 0, 0};
    dl_iterate_phdr(find_span, &span);
    struct openssl found = {.from = span.from, .to = span.to};
    Dl_info info;
    void *handle = NULL;
    /* Looked up among what the caller is linked with, because the library may not be in the global scope,
     * and the process may hold another one. The program itself has no such handle: what comes next in the
     * global scope is its library. */
    if (dladdr(caller, &info) != 0) handle = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == NULL || dlsym(handle, "SSL_write") == (void *)SSL_write) handle = RTLD_NEXT;
    *(void **)&found.write = dlsym(handle, "SSL_write");
    *(void **)&found.write_ex = dlsym(handle, "SSL_write_ex");
    *(void **)&found.read = dlsym(handle, "SSL_read");
    *(void **)&found.read_ex = dlsym(handle, "SSL_read_ex");
    *(void **)&found.do_handshake = dlsym(handle, "SSL_do_handshake");
    *(void **)&found.connect = dlsym(handle, "SSL_connect");
    *(void **)&found.get_fd = dlsym(handle, "SSL_get_fd");
    *(void **)&found.version = dlsym(handle, "SSL_version");
    *(void **)&found.session_reused = dlsym(handle, "SSL_session_reused");
    *(void **)&found.load_locations = dlsym(handle, "SSL_CTX_load_verify_locations");
    *(void **)&found.load_file = dlsym(handle, "SSL_CTX_load_verify_file");
    *(void **)&found.load_default = dlsym(handle, "SSL_CTX_set_default_verify_paths");
    return found;
}

static const struct openssl *openssl_of(const void *caller) {
    uintptr_t at = (uintptr_t)caller;
    int count = atomic_load_explicit(&library_count, memory_order_acquire);
    for (int each = 0; each < count; each++)
        if (libraries[each].from <= at && at < libraries[each].to) return &libraries[each];
    static __thread struct openssl beyond __attribute__((tls_model("initial-exec")));
    struct openssl found = find_openssl(caller);
    real_pthread_mutex_lock(&libraries_lock);
    count = atomic_load(&library_count);
    const struct openssl *kept = &beyond;
    beyond = found;
    if (count < LIBRARIES) {
        libraries[count] = found;
        kept = &libraries[count];
        atomic_store_explicit(&library_count, count + 1, memory_order_release);
    }
    pthread_mutex_unlock(&libraries_lock);
    return kept;
}

static uint32_t ssl_connection(const struct openssl *library, const void *ssl) {
    struct connection *connection = library->get_fd == NULL ? NULL : connection_of(library->get_fd(ssl));
    return connection == NULL ? 0 : connection->number;
}

static void record_ssl(const struct openssl *library, enum kind kind, const void *ssl, uint64_t begin,
                       const void *bytes, size_t length) {
    struct row row = {.kind = kind, .connection = ssl_connection(library, ssl), .begin = begin, .end = now(),
                      .value = (int64_t)length};
    struct head head = {.length = 0};
    uint64_t object = (uint64_t)(uintptr_t)ssl;
    memcpy(row.data, &object, sizeof object);
    if (kind == SSL_OUT && read_request(bytes, length, &head)) {
        row.flags |= head_flags(bytes, length);
        memcpy(row.data + 8, &head.hash, sizeof head.hash);
    }
    if (kind == SSL_IN) {
        uint16_t status = (uint16_t)read_status(bytes, length, &row.data[10]);
        if (status != 0) row.flags |= IS_HEAD;
        memcpy(row.data + 8, &status, sizeof status);
    }
    record(row, head.text, row.flags & IS_HEAD ? head.length : 0);
}

static void record_handshake(const struct openssl *library, const void *ssl, uint64_t begin, int result) {
    struct row row = {.kind = SSL_HANDSHAKE, .connection = ssl_connection(library, ssl), .begin = begin,
                      .end = now(), .value = result};
    uint64_t object = (uint64_t)(uintptr_t)ssl;
    uint16_t version = result == 1 && library->version != NULL ? (uint16_t)library->version(ssl) : 0;
    memcpy(row.data, &object, sizeof object);
    memcpy(row.data + 8, &version, sizeof version);
    row.data[10] = result == 1 && library->session_reused != NULL && library->session_reused(ssl) == 1;
    record(row, NULL, 0);
}

int SSL_write(void *ssl, const void *from, int length) {
    const struct openssl *library = openssl_of(CALLER);
    if (library->write == NULL) return -1;
    if (!is_on()) return library->write(ssl, from, length);
    uint64_t begin = now();
    int result = library->write(ssl, from, length);
    int error = errno;
    if (result > 0) record_ssl(library, SSL_OUT, ssl, begin, from, (size_t)result);
    errno = error;
    return result;
}

int SSL_write_ex(void *ssl, const void *from, size_t length, size_t *written) {
    const struct openssl *library = openssl_of(CALLER);
    if (library->write_ex == NULL) return -1;
    if (!is_on()) return library->write_ex(ssl, from, length, written);
    uint64_t begin = now();
    int result = library->write_ex(ssl, from, length, written);
    int error = errno;
    if (result == 1) record_ssl(library, SSL_OUT, ssl, begin, from, *written);
    errno = error;
    return result;
}

int SSL_read(void *ssl, void *to, int room) {
    const struct openssl *library = openssl_of(CALLER);
    if (library->read == NULL) return -1;
    if (!is_on()) return library->read(ssl, to, room);
    uint64_t begin = now();
    int result = library->read(ssl, to, room);
    int error = errno;
    if (result > 0) record_ssl(library, SSL_IN, ssl, begin, to, (size_t)result);
    errno = error;
    return result;
}

int SSL_read_ex(void *ssl, void *to, size_t room, size_t *length) {
    const struct openssl *library = openssl_of(CALLER);
    if (library->read_ex == NULL) return -1;
    if (!is_on()) return library->read_ex(ssl, to, room, length);
    uint64_t begin = now();
    int result = library->read_ex(ssl, to, room, length);
    int error = errno;
    if (result == 1) record_ssl(library, SSL_IN, ssl, begin, to, *length);
    errno = error;
    return result;
}

int SSL_do_handshake(void *ssl) {
    const struct openssl *library = openssl_of(CALLER);
    if (library->do_handshake == NULL) return -1;
    if (!is_on()) return library->do_handshake(ssl);
    uint64_t begin = now();
    int result = library->do_handshake(ssl);
    int error = errno;
    record_handshake(library, ssl, begin, result);
    errno = error;
    return result;
}

int SSL_connect(void *ssl) {
    const struct openssl *library = openssl_of(CALLER);
    if (library->connect == NULL) return -1;
    if (!is_on()) return library->connect(ssl);
    uint64_t begin = now();
    int result = library->connect(ssl);
    int error = errno;
    record_handshake(library, ssl, begin, result);
    errno = error;
    return result;
}

/* Loading certificates takes a client milliseconds of work, for whichever connection comes after it. */
#define LOADING(call)                                                                                      \
    do {                                                                                                   \
        if (!is_on()) return call;                                                                         \
        uint64_t begun = now();                                                                            \
        int returned = call;                                                                               \
        int error = errno;                                                                                 \
        record((struct row){.kind = CERTIFICATES, .begin = begun, .end = now(), .value = returned}, NULL, 0); \
        errno = error;                                                                                     \
        return returned;                                                                                   \
    } while (0)

int SSL_CTX_load_verify_locations(void *context, const char *file, const char *directory) {
    const struct openssl *library = openssl_of(CALLER);
    if (library->load_locations == NULL) return 0;
    LOADING(library->load_locations(context, file, directory));
}

int SSL_CTX_load_verify_file(void *context, const char *file) {
    const struct openssl *library = openssl_of(CALLER);
    if (library->load_file == NULL) return 0;
    LOADING(library->load_file(context, file));
}

int SSL_CTX_set_default_verify_paths(void *context) {
    const struct openssl *library = openssl_of(CALLER);
    if (library->load_default == NULL) return 0;
    LOADING(library->load_default(context));
}

/* ---- the life of a process ------------------------------------------------------------------------- */

/* Frees the places of threads that ended with their process, or when it ran another program. */
static void free_slots(void) {
    for (int at = 0; at < SLOTS; at++)
        if (ring->slots[at].process == process) atomic_store(&ring->slots[at].thread, 0);
}

static void record_process(void) {
    process = (uint32_t)getpid();
    free_slots();
    thread_id = 0;
    thread_slot = NULL;
    if (!is_on()) return;
    uint64_t begin = now();
    record((struct row){.kind = PROCESS_START, .begin = begin, .end = begin, .value = getppid()}, NULL, 0);
}

static void open_ring(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    struct stat about;
    if (fstat(fd, &about) == 0 && about.st_size > HEADER) {
        void *mapped = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        struct ring *found = mapped == MAP_FAILED ? NULL : mapped;
        if (found != NULL && found->magic == MAGIC &&
            (uint64_t)about.st_size == HEADER + found->rows * sizeof(struct row)) {
            rows = (struct row *)((char *)mapped + HEADER);
            ring = found;
        }
    }
    get_close()(fd);
}

static void find_interpreter(void) {
    void *inside = dlsym(RTLD_DEFAULT, "Py_IsInitialized");
    struct span span = {(uintptr_t)inside, 0, 0};
    if (inside != NULL) dl_iterate_phdr(find_span, &span);
    interpreter_from = span.from;
    interpreter_to = span.to;
}

__attribute__((constructor)) static void begin_process(void) {
    const char *path = getenv("BATCHMARK_SOCKET_WITNESS");
    if (path == NULL || pthread_key_create(&thread_key, end_thread) != 0) return;
    /* Found here, because a lock may be taken where nothing may be allocated. */
    find_pthread_mutex_lock(), find_pthread_rwlock_rdlock(), find_pthread_rwlock_wrlock(), get_syscall();
    find_interpreter();
    open_ring(path);
    if (ring == NULL) return;
    pthread_atfork(NULL, NULL, record_process);
    record_process();
}

__attribute__((destructor)) static void end_process(void) {
    if (!is_on() || !is_own_process()) return;
    free_slots();
    thread_slot = NULL;
    record_end(PROCESS_END);
}

/* Does not run destructors: how children of CPython's `multiprocessing` end. */
REAL(void, _exit, int)
void _exit(int status) {
    end_process();
    get__exit()(status);
    __builtin_unreachable();
}
