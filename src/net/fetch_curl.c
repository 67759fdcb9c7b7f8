/* SPDX-License-Identifier: MIT */
#include "net/fetch_curl.h"

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { OLDEST = 0x075500 };

static const struct {
	const char *name;
	size_t at;
} symbols[] = {
	{ "curl_global_init", offsetof(struct sw_curl, global_init) },
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

bool sw_curl_load(struct sw_curl *ret)
{
	struct sw_curl c;
	/* Never unloaded: it and what it brings keep state that has no end. */
	void *lib = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!lib)
		return false;
	bool usable = find_all(lib, &c);
	if (usable) {
		const curl_version_info_data *v = c.version_info(CURLVERSION_NOW);
		usable = v && v->version_num >= OLDEST &&
			 c.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
		c.our_openssl = usable && is_our_openssl(v->ssl_version);
	}
	dlclose(lib);
	if (usable)
		*ret = c;
	return usable;
}
