/* What a test puts between korebulk and the C library: a clock that was set, a disk without locks. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* SHIM_CLOCK: seconds by which the wall clock was set. */
int clock_gettime(clockid_t id, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, time);
    const char *step = getenv("SHIM_CLOCK");
    if (result == 0 && id == CLOCK_REALTIME && step) time->tv_sec += atol(step);
    return result;
}

/* SHIM_NO_LOCKS: files whose path holds this cannot be locked, as on NFS without a lock daemon. */
int flock(int file, int operation) {
    static int (*real)(int, int);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "flock");
    const char *part = getenv("SHIM_NO_LOCKS");
    char link[64], path[4096] = {0};
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    if (part && readlink(link, path, sizeof path - 1) > 0 && strstr(path, part)) {
        errno = ENOLCK;
        return -1;
    }
    return real(file, operation);
}
