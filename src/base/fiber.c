/* SPDX-License-Identifier: MIT */
#include "base/fiber.h"

#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"

/* Sanitizers must be told that the stack changes. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#elif __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(WITH_ASAN)
#define WITH_ASAN 1
#elif defined(__SANITIZE_THREAD__) && !defined(WITH_TSAN)
#define WITH_TSAN 1
#endif
#ifdef WITH_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif

struct sw_fiber {
	ucontext_t inside, outside;
	sw_fiber_fn fn;
	void *arg;
	char *map; /* a page that may not be touched, then the stack */
	size_t map_len;
	bool begun, over;
	void *fake_inside, *fake_outside; /* of the address sanitizer */
	const void *outside_bottom;
	size_t outside_size;
	void *tsan, *tsan_outside;
};

static char *stack_of(const struct sw_fiber *f)
{
	return f->map + (f->map_len - SW_FIBER_STACK);
}

/* The thread sanitizer keeps a list of the functions entered, and the switch says whose: so it
 * must stand in the function that switches, and that must not be left on the wrong side. */
#define INLINE static inline __attribute__((always_inline))

INLINE void arrive_inside(struct sw_fiber *f)
{
#ifdef WITH_ASAN
	__sanitizer_finish_switch_fiber(f->fake_inside, &f->outside_bottom, &f->outside_size);
#endif
	(void)f;
}

INLINE void leave_inside(struct sw_fiber *f, bool for_good)
{
#ifdef WITH_ASAN
	__sanitizer_start_switch_fiber(for_good ? NULL : &f->fake_inside, f->outside_bottom,
				       f->outside_size);
#endif
#ifdef WITH_TSAN
	__tsan_switch_to_fiber(f->tsan_outside, 0);
#endif
	(void)f;
	(void)for_good;
}

/* makecontext hands over ints: a pointer goes in two halves. */
static void begin(unsigned high, unsigned low)
{
	struct sw_fiber *f = (struct sw_fiber *)(uintptr_t)((uint64_t)high << 32 | low);

	arrive_inside(f);
	f->fn(f->arg);
	f->over = true;
	leave_inside(f, true);
	(void)setcontext(&f->outside);
}

static bool map_stack(struct sw_fiber *f)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	f->map_len = page + SW_FIBER_STACK;
	f->map = mmap(NULL, f->map_len, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (f->map == MAP_FAILED) {
		f->map = NULL;
		return false;
	}
	/* Running off the end shall not be running into something. */
	return mprotect(f->map, page, PROT_NONE) == 0;
}

struct sw_fiber *sw_fiber_new(sw_fiber_fn fn, void *arg, struct sw_error *err)
{
	struct sw_fiber *f = sw_calloc(1, sizeof(*f));

	if (!f || !map_stack(f) || getcontext(&f->inside) != 0) {
		sw_fiber_free(f);
		(void)sw_fail_nomem(err);
		return NULL;
	}
	f->fn = fn;
	f->arg = arg;
	f->inside.uc_stack.ss_sp = stack_of(f);
	f->inside.uc_stack.ss_size = SW_FIBER_STACK;
	uint64_t self = (uint64_t)(uintptr_t)f;
	/* The cast is how makecontext is meant to be called. */
	makecontext(&f->inside, (void (*)(void))begin, 2, (unsigned)(self >> 32),
		    (unsigned)(self & UINT32_MAX));
	return f;
}

bool sw_fiber_resume(struct sw_fiber *f)
{
	assert(!f->over);
	f->begun = true;
#ifdef WITH_ASAN
	__sanitizer_start_switch_fiber(&f->fake_outside, stack_of(f), SW_FIBER_STACK);
#endif
#ifdef WITH_TSAN
	/* Not before: the sanitizer falls over one that goes without having run. */
	if (!f->tsan)
		f->tsan = __tsan_create_fiber(0);
	f->tsan_outside = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(f->tsan, 0);
#endif
	(void)swapcontext(&f->outside, &f->inside);
#ifdef WITH_ASAN
	__sanitizer_finish_switch_fiber(f->fake_outside, NULL, NULL);
#endif
	return !f->over;
}

void sw_fiber_yield(struct sw_fiber *f)
{
	leave_inside(f, false);
	(void)swapcontext(&f->inside, &f->outside);
	arrive_inside(f);
}

bool sw_fiber_over(const struct sw_fiber *f)
{
	return f->over;
}

void sw_fiber_free(struct sw_fiber *f)
{
	if (!f)
		return;
	assert(f->over || !f->begun);
	if (f->map)
		(void)munmap(f->map, f->map_len);
#ifdef WITH_TSAN
	if (f->tsan)
		__tsan_destroy_fiber(f->tsan);
#endif
	sw_free(f);
}
