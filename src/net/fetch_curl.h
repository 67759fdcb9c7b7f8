/* SPDX-License-Identifier: MIT */
/* libcurl's functions, found at run time. For fetch.c alone. */
#ifndef SW_NET_FETCH_CURL_H
#define SW_NET_FETCH_CURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/defs.h"

struct sw_curl {
	CURLcode (*global_init_mem)(long flags, curl_malloc_callback malloc_fn,
				    curl_free_callback free_fn,
				    curl_realloc_callback realloc_fn,
				    curl_strdup_callback strdup_fn,
				    curl_calloc_callback calloc_fn);
	CURLcode (*global_init)(long flags);
	curl_version_info_data *(*version_info)(CURLversion age);
	CURL *(*easy_init)(void);
	CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
	CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
	void (*easy_cleanup)(CURL *easy);
	const char *(*easy_strerror)(CURLcode code);
	CURLM *(*multi_init)(void);
	CURLMcode (*multi_setopt)(CURLM *multi, CURLMoption option, ...);
	CURLMcode (*multi_add_handle)(CURLM *multi, CURL *easy);
	CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *easy);
	CURLMcode (*multi_socket_action)(CURLM *multi, curl_socket_t fd, int what,
					 int *running);
	CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
	CURLMcode (*multi_cleanup)(CURLM *multi);
	struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
	void (*slist_free_all)(struct curl_slist *list);
	bool our_openssl; /* its TLS is the OpenSSL that we use: contexts may be shared */
};

/* False without memory (sw_mem_refused() tells), when it is not there, or too old (7.85) to be told which protocols it may speak. */
bool sw_curl_load(struct sw_curl *ret) SW_MUST_USE;

#endif
