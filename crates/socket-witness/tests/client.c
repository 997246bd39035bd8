/* A client that makes one request in an unusual way: `client WAY PORT [OTHER_PORT]`. It ends with 0 if
 * every call returned what the system promises, errno included. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(truth) do { if (!(truth)) { fprintf(stderr, "%s: %s\n", #truth, strerror(errno)); exit(1); } } while (0)
#define REQUEST "GET /items/1?key=value HTTP/1.1\r\nHost: here\r\n\r\n"

static struct sockaddr_in server;
static in_port_t other_port;

static int opened(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&server, sizeof server) == 0);
    return fd;
}

static void ask(int fd) { CHECK(write(fd, REQUEST, strlen(REQUEST)) == (ssize_t)strlen(REQUEST)); }

static void take_answer(int fd) {
    char answer[1000];
    CHECK(read(fd, answer, sizeof answer) > 0);
}

static void *idle(void *unused) {
    usleep(1000);
    return unused;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static int lock_mutex(void) { return pthread_mutex_lock(&mutex); }
static int unlock_mutex(void) { return pthread_mutex_unlock(&mutex); }
static int read_locked(void) { return pthread_rwlock_rdlock(&lock); }
static int (*read_lock_of_library)(pthread_rwlock_t *);
static int read_locked_by_library(void) { return read_lock_of_library(&lock); }
static int write_locked(void) { return pthread_rwlock_wrlock(&lock); }
static int unlock(void) { return pthread_rwlock_unlock(&lock); }

/* The same file, opened twice: each can lock it against the other. The library does not observe the call. */
static int files[2];

static int lock_file(void) { return flock(files[0], LOCK_EX); }
static int lock_file_again(void) { return flock(files[1], LOCK_EX); }
static int unlock_files(void) { return flock(files[0], LOCK_UN) | flock(files[1], LOCK_UN); }

/* What takes and gives back a lock that another thread holds. */
static int (*take)(void), (*give)(void);

static void *ask_with_lock(void *unused) {
    CHECK((errno = take()) == 0 && (errno = give()) == 0);
    int fd = opened();
    ask(fd);
    take_answer(fd);
    close(fd);
    return unused;
}

static void locked(int (*hold)(void), int (*wanted)(void), int (*end)(void)) {
    pthread_t thread;
    take = wanted;
    give = end;
    /* A free lock is taken in any way. */
    CHECK(take() == 0 && give() == 0 && hold() == 0);
    CHECK(pthread_create(&thread, NULL, ask_with_lock, NULL) == 0);
    usleep(200000);
    CHECK(give() == 0 && pthread_join(thread, NULL) == 0);
}

static void locked_file(const char *file) {
    for (int at = 0; at < 2; at++) CHECK((files[at] = open(file, O_RDONLY)) >= 0);
    locked(lock_file, lock_file_again, unlock_files);
}

static void errors(void) {
    char bytes[4] = "";
    struct sockaddr_in nobody = server;
    nobody.sin_port = htons(1);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(fd, (struct sockaddr *)&nobody, sizeof nobody) == -1 && errno == ECONNREFUSED);
    CHECK(close(fd) == 0);
    CHECK(close(fd) == -1 && errno == EBADF);
    CHECK(read(-1, bytes, 4) == -1 && errno == EBADF);
    CHECK(dup2(-1, 9) == -1 && errno == EBADF);
    CHECK(fcntl(-1, F_DUPFD, 0) == -1 && errno == EBADF);
    CHECK(poll((struct pollfd *)-1, 1, 0) == -1 && errno == EFAULT);
    fd = opened();
    CHECK(recv(fd, bytes, 4, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    errno = 77;
    ask(fd);
    take_answer(fd);
    CHECK(close(fd) == 0 && errno == 77);
}

static void copied(void) {
    int fd = opened(), copy = fcntl(fd, F_DUPFD_CLOEXEC, 50);
    CHECK(copy >= 50 && close(fd) == 0);
    ask(copy);
    take_answer(copy);
    close(copy);
}

/* The descriptor is used for a file afterwards, whose bytes are none of the connection. */
static void reused(int (*end)(int)) {
    char zeros[5000];
    int fd = opened();
    ask(fd);
    take_answer(fd);
    CHECK(end(fd) == 0);
    CHECK(open("/dev/zero", O_RDONLY) == fd && read(fd, zeros, sizeof zeros) == sizeof zeros);
}

static int close_stream(int fd) { return fclose(fdopen(fd, "r")); }
static int close_by_number(int fd) { return (int)syscall(SYS_close, fd); }
static int close_by_range(int fd) { return close_range((unsigned)fd, (unsigned)fd, 0); }
static int replace(int fd) {
    int other = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(dup2(other, fd) == fd && close(other) == 0);
    return close(fd);
}

static void half_closed(void) {
    int fd = opened();
    ask(fd);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    take_answer(fd);
    close(fd);
}

static void in_parts(void) {
    char head[] = "PUT /items/1 HTTP/1.1\r\nContent-Length: 5\r\n\r\n", body[] = "12345";
    int fd = opened(), file = memfd_create("body", 0);
    CHECK(write(file, body, 5) == 5);
    struct iovec parts[2] = {{head, 10}, {head + 10, strlen(head) - 10}};
    CHECK(writev(fd, parts, 2) == (ssize_t)strlen(head));
    off64_t from = 0;
    CHECK(sendfile64(fd, file, &from, 5) == 5);
    take_answer(fd);
    close(fd);
}

static void thrown_away(void) {
    int fd = opened();
    ask(fd);
    char peeked;
    CHECK(recv(fd, &peeked, 1, MSG_PEEK) == 1);
    CHECK(recv(fd, NULL, 10, MSG_TRUNC) == 10);
    take_answer(fd);
    close(fd);
}

/* The kernel of a server that has answered at once before delays its acknowledgement of the first part. */
static void in_two_sends(void) {
    char head[] = "PUT /items/1 HTTP/1.1\r\nContent-Length: 5\r\n\r\n", body[] = "12345";
    int fd = opened();
    ask(fd);
    take_answer(fd);
    CHECK(write(fd, head, strlen(head)) == (ssize_t)strlen(head));
    CHECK(write(fd, body, strlen(body)) == (ssize_t)strlen(body));
    take_answer(fd);
    close(fd);
}

static void acknowledge(int fd, int is_quick) {
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &is_quick, sizeof is_quick) == 0);
}

/* The server answers in two parts. */
static void in_two_reads(int is_quick) {
    int fd = opened();
    for (int request = 0; request < 2; request++) {
        acknowledge(fd, is_quick);
        ask(fd);
        /* A request that follows a response at once makes the kernel delay acknowledgements again. */
        acknowledge(fd, is_quick);
        take_answer(fd);
        take_answer(fd);
    }
    close(fd);
}

static void asks_leave(void) {
    char head[] = "PUT /items/1 HTTP/1.1\r\nexpect:100-Continue\r\nContent-Length: 5\r\n\r\n";
    int fd = opened();
    CHECK(write(fd, head, strlen(head)) == (ssize_t)strlen(head));
    take_answer(fd);
    CHECK(write(fd, "12345", 5) == 5);
    take_answer(fd);
    close(fd);
}

static void ask_other(const char *request) {
    server.sin_port = other_port;
    int fd = opened();
    CHECK(write(fd, request, strlen(request)) == (ssize_t)strlen(request));
    take_answer(fd);
    close(fd);
}

static void at_two_servers(const char *other_request) {
    struct addrinfo hints = {.ai_family = AF_INET}, *found;
    CHECK(getaddrinfo("localhost", NULL, &hints, &found) == 0);
    freeaddrinfo(found);
    int fd = opened();
    ask(fd);
    take_answer(fd);
    ask_other(other_request);
    close(fd);
}

static void forked(void) {
    int fd = opened();
    pid_t child = fork();
    if (child == 0) {
        close(fd);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    ask(fd);
    take_answer(fd);
    close(fd);
}

static void in_a_child(void) {
    pid_t child = fork();
    if (child == 0) {
        int fd = opened();
        ask(fd);
        take_answer(fd);
        _exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child);
}

/* A library makes the lock, and waits for it. */
static void locked_by_library(const char *file) {
    void *library = dlopen(file, RTLD_NOW);
    CHECK(library != NULL);
    int (*make_lock)(pthread_rwlock_t *);
    *(void **)&make_lock = dlsym(library, "make_lock");
    *(void **)&read_lock_of_library = dlsym(library, "read_lock");
    CHECK(make_lock(&lock) == 0);
    locked(write_locked, read_locked_by_library, unlock);
}

static void not_blocking(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), error = -1;
    socklen_t size = sizeof error;
    CHECK(connect(fd, (struct sockaddr *)&server, sizeof server) == 0 || errno == EINPROGRESS);
    struct pollfd poller = {fd, POLLOUT, 0};
    CHECK(poll(&poller, 1, 10000) == 1);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0);
    ask(fd);
    poller.events = POLLIN;
    CHECK(poll(&poller, 1, 10000) == 1);
    take_answer(fd);
    close(fd);
}

static void other_sockets(void) {
    int pair[2], datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    char bytes[4];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK(write(pair[0], REQUEST, 4) == 4 && read(pair[1], bytes, 4) == 4);
    CHECK(connect(datagrams, (struct sockaddr *)&server, sizeof server) == 0);
    CHECK(send(datagrams, REQUEST, 4, 0) == 4);
}

static void many_threads(void) {
    enum { COUNT = 1100 };
    static pthread_t threads[COUNT];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (int at = 0; at < COUNT; at++) CHECK((errno = pthread_create(&threads[at], &small, idle, NULL)) == 0);
    for (int at = 0; at < COUNT; at++) CHECK(pthread_join(threads[at], NULL) == 0);
    int fd = opened();
    ask(fd);
    take_answer(fd);
}

int main(int count, char **words) {
    CHECK(count == 3 || count == 4);
    const char *way = words[1];
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)atoi(words[2]));
    other_port = count == 4 ? htons((uint16_t)atoi(words[3])) : 0;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (strcmp(way, "errors") == 0) errors();
    else if (strcmp(way, "copied") == 0) copied();
    else if (strcmp(way, "stream") == 0) reused(close_stream);
    else if (strcmp(way, "number") == 0) reused(close_by_number);
    else if (strcmp(way, "range") == 0) reused(close_by_range);
    else if (strcmp(way, "replaced") == 0) reused(replace);
    else if (strcmp(way, "half-closed") == 0) half_closed();
    else if (strcmp(way, "in-parts") == 0) in_parts();
    else if (strcmp(way, "thrown-away") == 0) thrown_away();
    else if (strcmp(way, "two-sends") == 0) in_two_sends();
    else if (strcmp(way, "delayed-acknowledgement") == 0) in_two_reads(0);
    else if (strcmp(way, "quick-acknowledgement") == 0) in_two_reads(1);
    else if (strcmp(way, "asks-leave") == 0) asks_leave();
    else if (strcmp(way, "metrics") == 0) at_two_servers("POST /metrics HTTP/1.1\r\n\r\n");
    else if (strcmp(way, "redirected") == 0) at_two_servers("GET /elsewhere HTTP/1.1\r\n\r\n");
    else if (strcmp(way, "mutex") == 0) locked(lock_mutex, lock_mutex, unlock_mutex);
    else if (strcmp(way, "read-lock") == 0) locked(write_locked, read_locked, unlock);
    else if (strcmp(way, "write-lock") == 0) locked(read_locked, write_locked, unlock);
    else if (strcmp(way, "shared-lock") == 0) locked(read_locked, read_locked, unlock);
    else if (strcmp(way, "file-lock") == 0) locked_file(words[0]);
    else if (strcmp(way, "library-lock") == 0) locked_by_library(words[3]);
    else if (strcmp(way, "forked") == 0) forked();
    else if (strcmp(way, "in-a-child") == 0) in_a_child();
    else if (strcmp(way, "not-blocking") == 0) not_blocking();
    else if (strcmp(way, "other-sockets") == 0) other_sockets();
    else if (strcmp(way, "many-threads") == 0) many_threads();
    else return 2;
    return 0;
}
