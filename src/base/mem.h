/* SPDX-License-Identifier: MIT */
/* The only allocator of our own code.  Nothing aborts when memory is out: every caller gets
 * NULL and says SW_E_NOMEM.  Tests count live blocks and make the n-th allocation fail. */
#ifndef SW_BASE_MEM_H
#define SW_BASE_MEM_H

#include "base/slice.h"

void *sw_malloc(size_t size) SW_MUST_USE;
/* count * size zeroed bytes; NULL on overflow too. */
void *sw_calloc(size_t count, size_t size) SW_MUST_USE;
void *sw_realloc(void *ptr, size_t size) SW_MUST_USE;
void sw_free(void *ptr);
/* A NUL-terminated copy; free with sw_free.  NULL only when memory is out. */
char *sw_dup(struct sw_slice s) SW_MUST_USE;
char *sw_strdup(const char *s) SW_MUST_USE;

/* How often memory was refused in this process: here, and to libraries that ask for theirs by
 * the three below.  Many a library (and jansson, OpenSSL) goes on with less and says nothing.
 * So whoever draws a conclusion from what is not there looks whether the number is still that
 * from before the work: without memory nothing is proved. */
uint64_t sw_mem_refused(void);

/* Another allocator's refusal that we were told of. */
void sw_mem_note_refusal(void);

/* For libraries that take an allocator.  What they keep is theirs, and not counted as live. */
/* Whether those that belong to the whole process are to have them: its program said so. */
void sw_mem_set_lending(void);
bool sw_mem_is_lending(void);
void *sw_mem_lend(size_t size) SW_MUST_USE;
void *sw_mem_lend_again(void *ptr, size_t size) SW_MUST_USE;
void sw_mem_give_back(void *ptr);

/* For SW_CLEANUP(sw_freep) on any pointer variable. */
void sw_freep(void *pointer_to_pointer);

/* Tests: the n-th allocation of this thread from now on fails, once (0: none).  Not for
 * programs. */
void sw_mem_fail_at(long n);
/* Tests: whether the failure asked for has happened. */
bool sw_mem_failed(void);
/* Tests: blocks that are allocated and not freed. */
long sw_mem_live(void);

#endif
