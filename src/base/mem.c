/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Relaxed is enough: the number is looked at by tests while nobody else works. */
static atomic_long live;
/* Of all threads: what is refused to one may be missing in what another one looks at. */
static _Atomic uint64_t refused;
static atomic_bool lending;
/* Failures are for the thread that asked: a test's server in another one goes on. */
static _Thread_local long fail_in;
static _Thread_local bool failed;

static bool must_fail(void)
{
	if (fail_in <= 0 || --fail_in > 0)
		return false;
	failed = true;
	return true;
}

void sw_mem_note_refusal(void)
{
	atomic_fetch_add_explicit(&refused, 1, memory_order_relaxed);
}

static void *refuse(void)
{
	sw_mem_note_refusal();
	return NULL;
}

static void *count(void *ptr)
{
	if (!ptr)
		return refuse();
	atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
	return ptr;
}

/* Size 0 gives a block too: NULL means only that memory is out. */
void *sw_malloc(size_t size)
{
	return count(must_fail() ? NULL : malloc(size ? size : 1));
}

void *sw_calloc(size_t count_of, size_t size)
{
	size_t total;

	/* Asked here, since AddressSanitizer's calloc aborts. */
	if (must_fail() || __builtin_mul_overflow(count_of, size, &total))
		return refuse();
	if (total == 0)
		count_of = size = 1;
	return count(calloc(count_of, size));
}

void *sw_realloc(void *ptr, size_t size)
{
	if (!ptr)
		return sw_malloc(size);
	return sw_mem_lend_again(ptr, size);
}

void sw_free(void *ptr)
{
	if (!ptr)
		return;
	atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
	free(ptr);
}

void sw_mem_set_lending(void)
{
	atomic_store(&lending, true);
}

bool sw_mem_is_lending(void)
{
	return atomic_load(&lending);
}

void *sw_mem_lend(size_t size)
{
	return sw_mem_lend_again(NULL, size);
}

void *sw_mem_lend_again(void *ptr, size_t size)
{
	void *block = must_fail() ? NULL : realloc(ptr, size ? size : 1);

	return block ? block : refuse();
}

void sw_mem_give_back(void *ptr)
{
	free(ptr);
}

uint64_t sw_mem_refused(void)
{
	return atomic_load_explicit(&refused, memory_order_relaxed);
}

char *sw_dup(struct sw_slice s)
{
	if (s.len == SIZE_MAX)
		return NULL;
	char *copy = sw_malloc(s.len + 1);
	if (!copy)
		return NULL;
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return copy;
}

char *sw_strdup(const char *s)
{
	return sw_dup(sw_slice_str(s));
}

void sw_freep(void *pointer_to_pointer)
{
	void *ptr;

	/* memcpy: the variable may be a pointer to anything. */
	memcpy(&ptr, pointer_to_pointer, sizeof(ptr));
	sw_free(ptr);
}

void sw_mem_fail_at(long n)
{
	failed = false;
	fail_in = n;
}

bool sw_mem_failed(void)
{
	return failed;
}

long sw_mem_live(void)
{
	return atomic_load_explicit(&live, memory_order_relaxed);
}
