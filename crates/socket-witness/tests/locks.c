/* A library that uses a lock, as OpenSSL does. */
#include <pthread.h>

int make_lock(pthread_rwlock_t *lock) { return pthread_rwlock_init(lock, NULL); }

int read_lock(pthread_rwlock_t *lock) { return pthread_rwlock_rdlock(lock); }
