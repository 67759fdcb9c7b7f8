/* SPDX-License-Identifier: MIT */
/* TLS on both ends of a connection, for the tests of the streams. */
#ifndef TLS_FIXTURE_H
#define TLS_FIXTURE_H

#include <openssl/ssl.h>

#include "certs.h"
#include "net/tls.h"
#include "sw_test.h"
#include "wire.h"

/* Never verified here: test_net_tls_verify.c does that. */
struct fixture {
	struct test_cert *root, *leaf;
	struct sw_tls_context *client, *server;
};

static inline struct sw_tls_context *context(const struct sw_tls_settings *s)
{
	struct sw_error err = { 0 };
	struct sw_tls_context *c = sw_tls_context_new(s, &err);

	if (!c)
		print_error("# %s\n", err.text);
	assert_non_null(c);
	return c;
}

static inline struct sw_tls_context *server_context(const struct fixture *f, int version)
{
	return context(&(struct sw_tls_settings){ .server = true,
						  .cert_pem = f->leaf->pem,
						  .key_pem = f->leaf->key_pem,
						  .max_version = version });
}

static inline int set_up(void **state)
{
	static struct fixture f;

	f.root = test_cert_new(&(struct test_cert_wish){ .cn = "Root", .ca = true }, NULL);
	f.leaf = test_cert_new(&(struct test_cert_wish){ .san = "DNS:mx.test" }, f.root);
	f.client = context(&(struct sw_tls_settings){ 0 });
	f.server = server_context(&f, 0);
	*state = &f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	sw_tls_context_unref(f->client);
	sw_tls_context_unref(f->server);
	test_cert_free(f->root);
	test_cert_free(f->leaf);
	return 0;
}

/* TLS on both ends of a connection, and a short conversation. */
static inline void talk(struct wire *w, struct sw_tls_context *client,
			struct sw_tls_context *server, const char *name)
{
	wire_init(w, true);
	w->a.stack = sw_tls_client(w->a.stack, client, name, SW_TLS_VERIFY_NONE, NULL);
	w->b.stack = sw_tls_server(w->b.stack, server, NULL);
	assert_true(w->a.stack && w->b.stack);
	w->a.out = SW_S("EHLO");
	w->b.out = SW_S("220 hi");
	w->a.expected = 6;
	w->b.expected = 4;
	wire_run(w, 20000);
	assert_false(w->late);
}

static inline void stop(void *arg)
{
	sw_loop_stop(arg);
}

#endif
