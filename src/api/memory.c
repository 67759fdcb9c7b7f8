/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <openssl/crypto.h>

#include <sendwell/memory.h>

#include "base/mem.h"

/* OpenSSL tells where in its source it wants the memory, which is of no use here. */
static void *for_openssl(size_t size, const char *file SW_UNUSED, int line SW_UNUSED)
{
	/* As its own: nothing, and no failure. */
	return size ? sw_mem_lend(size) : NULL;
}

static void *again_for_openssl(void *ptr, size_t size, const char *file SW_UNUSED,
			       int line SW_UNUSED)
{
	if (size)
		return sw_mem_lend_again(ptr, size);
	sw_mem_give_back(ptr);
	return NULL;
}

static void back_from_openssl(void *ptr, const char *file SW_UNUSED, int line SW_UNUSED)
{
	sw_mem_give_back(ptr);
}

bool sw_memory_watch(void)
{
	if (!CRYPTO_set_mem_functions(for_openssl, again_for_openssl, back_from_openssl))
		return false;
	sw_mem_set_lending(); /* libcurl, which is loaded later */
	json_set_alloc_funcs(sw_mem_lend, sw_mem_give_back);
	return true;
}

uint64_t sw_memory_refused(void)
{
	return sw_mem_refused();
}
