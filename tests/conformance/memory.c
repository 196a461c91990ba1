/* Stands before the C library's functions: what a program defines comes before what its libraries do. */
#include "memory.h"

#include <berth/version.h>
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define HAS_SANITIZER
#endif

#define KNOWN_CALLERS 1021 /* A prime. */

/* 0: nothing is to fail. */
static _Thread_local uint64_t left;
static _Thread_local bool happened;
static _Thread_local bool counts_all;

void memory_fail_at(uint64_t number, bool everywhere) {
    happened = false;
    counts_all = everywhere;
    left = number;
}

bool memory_fail_end(void) {
    left = 0;
    return happened;
}

#if defined(HAS_SANITIZER)

bool memory_can_fail(void) {
    return false;
}

#else

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

BERTH_API void *malloc(size_t size);
BERTH_API void *calloc(size_t count, size_t size);
BERTH_API void *realloc(void *memory, size_t size);

bool memory_can_fail(void) {
    return true;
}

/* Whether the code there is Berth's or a driver's. */
static bool look_up(const void *caller) {
    Dl_info found;
    if (dladdr(caller, &found) == 0 || found.dli_fname == NULL)
        return false;
    const char *slash = strrchr(found.dli_fname, '/');
    return strstr(slash != NULL ? slash : found.dli_fname, "berth") != NULL;
}

/* The same; remembered, since dladdr() searches whole libraries, and some allocate thousands of times for a password.
 * Code stays where it is, for a driver is never unloaded. */
static bool is_ours(const void *caller) {
    static _Thread_local struct {
        const void *caller;
        bool is_ours;
    } known[KNOWN_CALLERS];
    size_t place = (uintptr_t)caller % KNOWN_CALLERS;
    if (known[place].caller != caller) {
        known[place].is_ours = look_up(caller);
        known[place].caller = caller;
    }
    return known[place].is_ours;
}

static bool fails(const void *caller) {
    if (left == 0 || (!counts_all && !is_ours(caller)) || --left > 0)
        return false;
    happened = true;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(memory, size);
}

#endif
