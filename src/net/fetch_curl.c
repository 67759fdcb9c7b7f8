/* SPDX-License-Identifier: MIT */
#include "net/fetch_curl.h"

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/load.h"
#include "base/mem.h"

enum { OLDEST = 0x075500 };

static const struct {
	const char *name;
	size_t at;
} symbols[] = {
	{ "curl_global_init", offsetof(struct sw_curl, global_init) },
	{ "curl_global_init_mem", offsetof(struct sw_curl, global_init_mem) },
	{ "curl_version_info", offsetof(struct sw_curl, version_info) },
	{ "curl_easy_init", offsetof(struct sw_curl, easy_init) },
	{ "curl_easy_setopt", offsetof(struct sw_curl, easy_setopt) },
	{ "curl_easy_getinfo", offsetof(struct sw_curl, easy_getinfo) },
	{ "curl_easy_cleanup", offsetof(struct sw_curl, easy_cleanup) },
	{ "curl_easy_strerror", offsetof(struct sw_curl, easy_strerror) },
	{ "curl_multi_init", offsetof(struct sw_curl, multi_init) },
	{ "curl_multi_setopt", offsetof(struct sw_curl, multi_setopt) },
	{ "curl_multi_add_handle", offsetof(struct sw_curl, multi_add_handle) },
	{ "curl_multi_remove_handle", offsetof(struct sw_curl, multi_remove_handle) },
	{ "curl_multi_socket_action", offsetof(struct sw_curl, multi_socket_action) },
	{ "curl_multi_info_read", offsetof(struct sw_curl, multi_info_read) },
	{ "curl_multi_cleanup", offsetof(struct sw_curl, multi_cleanup) },
	{ "curl_slist_append", offsetof(struct sw_curl, slist_append) },
	{ "curl_slist_free_all", offsetof(struct sw_curl, slist_free_all) },
};

static bool find_all(void *lib, struct sw_curl *c)
{
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *found = dlsym(lib, symbols[i].name);
		if (!found)
			return false;
		memcpy((char *)c + symbols[i].at, &found, sizeof(found));
	}
	return true;
}

/* "OpenSSL/3.0.11", beside other libraries in brackets: "(GnuTLS/3.7.9) OpenSSL/3.0.11". */
static bool is_our_openssl(const char *ssl_version)
{
	char wanted[32];
	snprintf(wanted, sizeof(wanted), "OpenSSL/%u.", OPENSSL_version_major());
	return ssl_version && strncmp(ssl_version, wanted, strlen(wanted)) == 0;
}

static char *lend_copy(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = sw_mem_lend(size);
	return copy ? memcpy(copy, text, size) : NULL;
}

static void *lend_zeroed(size_t count, size_t size)
{
	size_t total;
	void *block = __builtin_mul_overflow(count, size, &total) ? NULL : sw_mem_lend(total);
	return block ? memset(block, 0, total) : NULL;
}

/* What it gets no memory for it often only leaves out: so that we know, it gets it from us.
 * Who else in this process has begun to use it before keeps what it has. */
static CURLcode begin(const struct sw_curl *c)
{
	if (!sw_mem_is_lending())
		return c->global_init(CURL_GLOBAL_DEFAULT);
	return c->global_init_mem(CURL_GLOBAL_DEFAULT, sw_mem_lend, sw_mem_give_back,
				  sw_mem_lend_again, lend_copy, lend_zeroed);
}

bool sw_curl_load(struct sw_curl *ret)
{
	struct sw_curl c;
	const char *why;
	void *lib;
	if (sw_load_open("libcurl.so.4", &lib, &why))
		return false;
	bool usable = find_all(lib, &c);
	if (usable) {
		const curl_version_info_data *v = c.version_info(CURLVERSION_NOW);
		usable = v && v->version_num >= OLDEST && begin(&c) == CURLE_OK;
		c.our_openssl = usable && is_our_openssl(v->ssl_version);
	}
	dlclose(lib);
	if (usable)
		*ret = c;
	return usable;
}
