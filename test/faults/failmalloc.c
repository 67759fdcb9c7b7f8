/* SPDX-License-Identifier: MIT */
/* Preloaded into the program: makes an allocation fail, those of libraries counted too. Which
 * one is told by environment variables; FAILMALLOC_ALL lets all behind it fail as well.
 *
 *   FAILMALLOC_AT=N          the allocation with number N
 *   FAILMALLOC_STACK=H[:K]   the K-th (first) that is made by the calls with mark H
 *
 * At the end it writes what it has seen to descriptors:
 *
 *   FAILMALLOC_COUNT=FD      the number of allocations
 *   FAILMALLOC_STACKS=FD     a line for each different stack of calls that led to one: its
 * mark, the number of the first allocation, how many there were FAILMALLOC_SHOW=FD       where
 * the allocation that failed was asked for
 *
 * A mark is made of the places of the calls within their programs and libraries, so it is the
 * same wherever those were loaded, in each run and in each test that takes the same way.
 * Recursion counts once, however deep. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#include <unwind.h>

enum {
	MAX_FRAMES = 64,
	/* Of those that lead into a library which allocates: innermost calls there, and of the
	 * program. What it was called for counts always. */
	LIBRARY_FRAMES = 5,
	OWN_FRAMES = 3,
	MAX_NAME = 32,
	PLACE_SLOTS = 1 << 16, /* places of calls that were looked up; powers of two */
	STACK_SLOTS = 1 << 17,
	MARK_DIGITS = 16
};

/* By their names, and not __libc_malloc, for valgrind puts its own in the place of these. */
struct real {
	void *(*malloc)(size_t size);
	void *(*calloc)(size_t count, size_t size);
	void *(*realloc)(void *ptr, size_t size);
	int (*posix_memalign)(void **ret, size_t alignment, size_t size);
	void *(*aligned_alloc)(size_t alignment, size_t size);
};

enum owner {
	OWNER_PROGRAM,
	OWNER_LIBC, /* whoever calls it is who allocates */
	OWNER_LIBRARY,
	OWNER_SELF /* this file: no part of a mark */
};

struct place {
	uintptr_t pc;
	uint64_t offset;  /* from where its library begins */
	const char *name; /* of the library; borrowed from the loader */
	enum owner owner;
};

struct stack {
	uint64_t mark; /* 0: nothing yet */
	long first;
	long count;
	char name[MAX_NAME];
};

struct walk {
	uintptr_t frames[MAX_FRAMES];
	size_t count;
};

static atomic_long counter;
static atomic_flag busy = ATOMIC_FLAG_INIT;
static atomic_bool tripped;
/* Set by the first allocation, which comes before there is a second thread. */
static bool configured;
static long fail_at;
static uint64_t fail_mark;
static long fail_nth;
static bool all;
static bool list;
static struct real real;
static struct place places[PLACE_SLOTS];
static struct stack stacks[STACK_SLOTS];
static __attribute__((tls_model("initial-exec"))) _Thread_local bool inside;

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
		real.posix_memalign = next("posix_memalign");
		real.aligned_alloc = next("aligned_alloc");
		real.malloc = next("malloc");
	}
	return &real;
}

/* getenv works before constructors run, and does not allocate. */
static void configure(void)
{
	const char *at = getenv("FAILMALLOC_AT");
	const char *mark = getenv("FAILMALLOC_STACK");
	char *end = NULL;

	fail_at = at ? strtol(at, NULL, 10) : 0;
	fail_mark = mark ? strtoull(mark, &end, 16) : 0;
	fail_nth = end && *end == ':' ? strtol(end + 1, NULL, 10) : 1;
	all = getenv("FAILMALLOC_ALL") != NULL;
	list = getenv("FAILMALLOC_STACKS") != NULL;
	configured = true;
}

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *arg)
{
	struct walk *w = arg;
	uintptr_t pc = _Unwind_GetIP(context);

	if (pc == 0 || w->count == MAX_FRAMES)
		return _URC_END_OF_STACK;
	w->frames[w->count++] = pc;
	return _URC_NO_REASON;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum owner owner_of(const Dl_info *info)
{
	/* The program's headers lie in its first page. */
	uintptr_t headers = (uintptr_t)getauxval(AT_PHDR);
	const char *name = name_of(info->dli_fname);

	if ((uintptr_t)info->dli_fbase == (headers & ~(uintptr_t)0xFFF) ||
	    strncmp(name, "libsendwell", 11) == 0)
		return OWNER_PROGRAM;
	if (strncmp(name, "failmalloc", 10) == 0)
		return OWNER_SELF;
	return strncmp(name, "libc.so", 7) == 0 ? OWNER_LIBC : OWNER_LIBRARY;
}

/* With the lock held. */
static const struct place *place_of(uintptr_t pc)
{
	size_t slot = (pc * 0x9E3779B97F4A7C15u) >> 48 & (PLACE_SLOTS - 1);
	struct place *p = &places[slot];
	Dl_info info;

	if (p->pc == pc)
		return p;
	*p = (struct place){ .pc = pc, .offset = pc, .name = "-", .owner = OWNER_LIBRARY };
	if (dladdr((void *)pc, &info)) {
		p->offset = pc - (uintptr_t)info.dli_fbase;
		p->name = name_of(info.dli_fname);
		p->owner = owner_of(&info);
	}
	return p;
}

static uint64_t mix(uint64_t mark, const struct place *p)
{
	mark = (mark ^ p->offset) * 0x100000001B3u;
	return mark ^ mark >> 29;
}

/* The calls without recursion: each place once.  With the lock held. */
static size_t places_of(const struct walk *w, const struct place **ret)
{
	size_t count = 0;

	for (size_t i = 0; i < w->count; i++) {
		const struct place *p = place_of(w->frames[i]);
		size_t k = 0;

		while (k < count && ret[k]->offset != p->offset)
			k++;
		if (k == count && p->owner != OWNER_SELF)
			ret[count++] = p;
	}
	return count;
}

/* Libraries whose allocators are the program's own functions (sw_memory_watch): it is they who
 * allocate, and not the program. */
static bool borrows(const struct place *p)
{
	static const char *const names[] = { "libcrypto.", "libssl.", "libjansson.",
					     "libcurl" };

	for (size_t i = 0; p->owner == OWNER_LIBRARY && i < sizeof(names) / sizeof(*names); i++)
		if (strncmp(p->name, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* The innermost call that counts. */
static size_t innermost(const struct place *const *calls, size_t count)
{
	size_t inner = 0;

	while (inner < count && calls[inner]->owner == OWNER_LIBC)
		inner++;
	/* sw_mem_lend_again, sw_mem_lend, and what OpenSSL calls. */
	for (size_t i = inner; i < count && i < inner + OWN_FRAMES + 1; i++) {
		if (borrows(calls[i]))
			return i;
		if (calls[i]->owner != OWNER_PROGRAM)
			break;
	}
	return inner;
}

/* With the lock held; *ret_name is the library that allocates. */
static uint64_t mark_of(const struct walk *w, const char **ret_name)
{
	const struct place *calls[MAX_FRAMES];
	size_t count = places_of(w, calls), inner = innermost(calls, count), own = 0;
	uint64_t mark = 0xCBF29CE484222325u;

	bool foreign = inner < count && calls[inner]->owner == OWNER_LIBRARY;
	*ret_name = foreign ? calls[inner]->name : "-";
	for (size_t i = foreign ? inner : 0; i < count; i++) {
		bool entry = i + 1 < count && calls[i + 1]->owner == OWNER_PROGRAM;

		own += calls[i]->owner == OWNER_PROGRAM;
		if (foreign && own > OWN_FRAMES)
			break;
		if (!foreign || own > 0 || entry || i < inner + LIBRARY_FRAMES)
			mark = mix(mark, calls[i]);
	}
	return mark ? mark : 1;
}

static struct stack *stack_of(uint64_t mark)
{
	for (size_t i = 0; i < STACK_SLOTS; i++) {
		struct stack *s = &stacks[(mark + i) & (STACK_SLOTS - 1)];

		if (s->mark == mark || s->mark == 0)
			return s;
	}
	abort();
}

static uint64_t mark_here(struct walk *w, const char **ret_name)
{
	w->count = 0;
	(void)_Unwind_Backtrace(step, w);
	while (atomic_flag_test_and_set(&busy))
		;
	return mark_of(w, ret_name);
}

/* Whether this is the one that was named by its stack. */
static bool is_marked(long n)
{
	const char *name;
	struct walk w;
	bool found = false;

	inside = true;
	uint64_t mark = mark_here(&w, &name);
	if (list) {
		struct stack *s = stack_of(mark);

		if (s->mark == 0) {
			*s = (struct stack){ .mark = mark, .first = n };
			(void)snprintf(s->name, sizeof(s->name), "%s", name);
		}
		s->count++;
	}
	if (mark == fail_mark)
		found = --fail_nth == 0;
	atomic_flag_clear(&busy);
	inside = false;
	return found;
}

/* A program that is started by the one under test does not have the descriptor. */
static void tell(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, text, len);

		if (done < 0 && errno == EBADF)
			return;
		if (done <= 0)
			_exit(99);
		text += done;
		len -= (size_t)done;
	}
}

static void tell_frames(int fd, const struct walk *w)
{
	void *frames[MAX_FRAMES];

	for (size_t i = 0; i < w->count; i++)
		frames[i] = (void *)w->frames[i];
	backtrace_symbols_fd(frames, (int)w->count, fd);
}

static void show(void)
{
	const char *fd = getenv("FAILMALLOC_SHOW");
	const char *name;
	char text[MARK_DIGITS + 2];
	struct walk w;

	if (!fd)
		return;
	inside = true;
	uint64_t mark = mark_here(&w, &name);
	atomic_flag_clear(&busy);
	int len = snprintf(text, sizeof(text), "%0*llx\n", MARK_DIGITS,
			   (unsigned long long)mark);
	tell((int)strtol(fd, NULL, 10), text, (size_t)len);
	tell_frames((int)strtol(fd, NULL, 10), &w);
	inside = false;
}

static bool fails(void)
{
	bool now;

	if (!configured)
		configure();
	if (inside)
		return false;
	long n = atomic_fetch_add(&counter, 1) + 1;
	if (atomic_load(&tripped)) {
		now = all;
	} else {
		now = n == fail_at || ((fail_mark || list) && is_marked(n));
		if (now) {
			atomic_store(&tripped, true);
			show();
		}
	}
	if (now)
		errno = ENOMEM;
	return now;
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

int posix_memalign(void **ret, size_t alignment, size_t size)
{
	return fails() ? ENOMEM : get_real()->posix_memalign(ret, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : get_real()->aligned_alloc(alignment, size);
}

/* For the one who reads of a crash: whose it is. */
static void on_crash(int number)
{
	struct walk w = { .count = 0 };

	(void)_Unwind_Backtrace(step, &w);
	tell_frames(2, &w);
	raise(number);
}

__attribute__((constructor)) static void watch(void)
{
	struct sigaction act = { .sa_handler = on_crash,
				 .sa_flags = (int)SA_RESETHAND | SA_NODEFER };

	(void)sigaction(SIGSEGV, &act, NULL);
	(void)sigaction(SIGBUS, &act, NULL);
	(void)sigaction(SIGABRT, &act, NULL);
}

static void tell_stacks(int fd)
{
	static char text[1 << 16];
	size_t len = 0;

	for (size_t i = 0; i < STACK_SLOTS; i++) {
		const struct stack *s = &stacks[i];

		if (s->mark == 0)
			continue;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%0*llx %ld %ld %s\n",
					MARK_DIGITS, (unsigned long long)s->mark, s->first,
					s->count, s->name);
		if (len > sizeof(text) - 100) {
			tell(fd, text, len);
			len = 0;
		}
	}
	tell(fd, text, len);
}

__attribute__((destructor)) static void report(void)
{
	const char *fd = getenv("FAILMALLOC_COUNT");
	char text[32];

	inside = true;
	if (fd) {
		int len = snprintf(text, sizeof(text), "%ld\n", (long)atomic_load(&counter));

		tell((int)strtol(fd, NULL, 10), text, (size_t)len);
	}
	fd = getenv("FAILMALLOC_STACKS");
	if (fd)
		tell_stacks((int)strtol(fd, NULL, 10));
}
