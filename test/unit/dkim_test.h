/* SPDX-License-Identifier: MIT */
/* Signing and verifying in one call, for the tests of DKIM. */
#ifndef DKIM_TEST_H
#define DKIM_TEST_H

#include "sw_test.h"

#include "identity/dkim_record.h"
#include "identity/dkim_sign.h"

/* RFC 8463 A.1, the key of its examples. */
#define DKIM_TEST_SEED   "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
#define DKIM_TEST_RECORD "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static inline struct sw_dns_answer *
dkim_test_answer(const char *name, enum sw_dns_status status, const char *record)
{
	struct sw_dns_answer *a = sw_dns_answer_new(name, SW_DNS_TXT);

	if (!a)
		return NULL;
	a->status = status;
	if (status == SW_DNS_OK) {
		a->records = sw_arena_alloc(&a->arena, sizeof(*a->records));
		if (!a->records) {
			sw_dns_answer_free(a);
			return NULL;
		}
		a->records[0] = (struct sw_dns_record){ .type = SW_DNS_TXT,
							.txt = sw_slice_str(record) };
		a->count = 1;
	}
	return a;
}

/* Feeds the message in pieces and answers every question with the record. */
static inline enum sw_err dkim_test_verify(struct sw_dkim *d, struct sw_slice in, size_t chunk,
					   enum sw_dns_status status, const char *record)
{
	const struct sw_dns_question *q;
	enum sw_err e = SW_OK;

	for (; !e && in.len > 0; in = sw_slice_from(in, chunk))
		e = sw_dkim_feed(d, sw_slice_head(in, chunk), NULL);
	if (!e)
		e = sw_dkim_end(d, NULL);
	while (!e && sw_dkim_questions(d, &q) > 0) {
		struct sw_dns_answer *a = dkim_test_answer(q->name, status, record);

		e = a ? sw_dkim_answer(d, a, NULL) : SW_E_NOMEM;
		sw_dns_answer_free(a);
	}
	return e;
}

/* The signature of d=example.org, s=s, and the message behind it. */
static inline enum sw_err dkim_test_sign(struct sw_dkim_crypto *c,
					 const struct sw_dkim_sign_options *o,
					 struct sw_slice message, struct sw_buf *out)
{
	struct sw_dkim_private *key = NULL;
	struct sw_dkim_signer *s = sw_dkim_signer_new(c, o);
	enum sw_err e =
		s ? sw_dkim_private_read(SW_S(DKIM_TEST_SEED), &key, NULL) : SW_E_NOMEM;

	if (!e)
		e = sw_dkim_signer_add(s, key, "example.org", "s", NULL);
	if (!e)
		e = sw_dkim_signer_feed(s, message, NULL);
	if (!e)
		e = sw_dkim_signer_end(s, out, NULL);
	if (!e)
		e = sw_buf_add(out, message);
	sw_dkim_signer_free(s);
	sw_dkim_private_free(key);
	return e;
}

#endif
