/* SPDX-License-Identifier: MIT */
/* Preloaded into the program: the allocation with number FAILMALLOC_AT fails, once, or from
 * there on all of them when FAILMALLOC_ALL is set. Counts every allocation of the process,
 * those of libraries too. FAILMALLOC_COUNT names a descriptor to which the number of
 * allocations is written at the end. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* By their names, and not __libc_malloc, for valgrind puts its own in the place of these. */
struct real {
	void *(*malloc)(size_t size);
	void *(*calloc)(size_t count, size_t size);
	void *(*realloc)(void *ptr, size_t size);
};

static atomic_long counter;
static long fail_at = -1;
static bool all;
static struct real real;

static void *next(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (!found)
		abort();
	return found;
}

/* Before there is a second thread: the loader allocates. */
static const struct real *get_real(void)
{
	if (!real.malloc) {
		real.calloc = next("calloc");
		real.realloc = next("realloc");
		real.malloc = next("malloc");
	}
	return &real;
}

static bool fails(void)
{
	long n;

	/* getenv works before constructors run, and does not allocate. */
	if (fail_at < 0) {
		const char *at = getenv("FAILMALLOC_AT");

		fail_at = at ? strtol(at, NULL, 10) : 0;
		all = getenv("FAILMALLOC_ALL") != NULL;
	}
	n = atomic_fetch_add(&counter, 1) + 1;
	if (fail_at > 0 && (all ? n >= fail_at : n == fail_at)) {
		errno = ENOMEM;
		return true;
	}
	return false;
}

void *malloc(size_t size)
{
	return fails() ? NULL : get_real()->malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : get_real()->calloc(count, size);
}

void *realloc(void *ptr, size_t size)
{
	return fails() ? NULL : get_real()->realloc(ptr, size);
}

/* For the one who reads of a crash: whose it is. */
static void on_crash(int number)
{
	void *frames[24];

	backtrace_symbols_fd(frames, backtrace(frames, 24), 2);
	raise(number);
}

__attribute__((constructor)) static void watch(void)
{
	struct sigaction act = { .sa_handler = on_crash,
				 .sa_flags = (int)SA_RESETHAND | SA_NODEFER };
	void *frame[1];

	/* It loads what it needs the first time. */
	(void)backtrace(frame, 1);
	(void)sigaction(SIGSEGV, &act, NULL);
	(void)sigaction(SIGBUS, &act, NULL);
	(void)sigaction(SIGABRT, &act, NULL);
}

__attribute__((destructor)) static void report(void)
{
	const char *fd = getenv("FAILMALLOC_COUNT");
	char text[32];
	int len;

	if (!fd)
		return;
	len = snprintf(text, sizeof(text), "%ld\n", (long)atomic_load(&counter));
	/* A program that is started by the one under test does not have the descriptor. */
	if (write((int)strtol(fd, NULL, 10), text, (size_t)len) != len && errno != EBADF)
		_exit(99);
}
