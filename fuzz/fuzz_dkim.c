/* SPDX-License-Identifier: MIT */
/* Any bytes are a message: DKIM and ARC say the same of it whole and in pieces, ask only names
 * that may be asked, and it can be signed so that the signature is right.  Before the first
 * NUL: the record that every question is answered with. */
#include <assert.h>

#include "identity/arc.h"
#include "identity/dkim_record.h"
#include "identity/dkim_sign.h"

enum { MOST = 1 << 18 };

static const struct sw_dkim_policy policy = { .min_rsa_bits = 512, .now_s = 1500000000 };

static struct sw_dns_answer *answer_of(const char *name, struct sw_slice record)
{
	struct sw_dns_answer *a = sw_dns_answer_new(name, SW_DNS_TXT);

	assert(a && sw_dns_name_valid(sw_slice_str(name)));
	a->status = SW_DNS_OK;
	a->records = sw_arena_alloc(&a->arena, sizeof(*a->records));
	a->records[0] = (struct sw_dns_record){ .type = SW_DNS_TXT, .txt = record };
	a->count = 1;
	return a;
}

static size_t verify(struct sw_dkim *d, struct sw_slice in, size_t chunk,
		     struct sw_slice record, enum sw_dkim_reason *reasons)
{
	const struct sw_dns_question *q;
	const struct sw_dkim_result *r = NULL;
	enum sw_err e = SW_OK;

	sw_dkim_reset(d);
	while (!e && in.len) {
		e = sw_dkim_feed(d, sw_slice_head(in, chunk), NULL);
		in = sw_slice_from(in, chunk);
	}
	if (e || sw_dkim_end(d, NULL))
		return 99;
	while (sw_dkim_questions(d, &q)) {
		struct sw_dns_answer *a = answer_of(q->name, record);

		assert(!sw_dkim_answer(d, a, NULL));
		sw_dns_answer_free(a);
	}
	size_t n = sw_dkim_results(d, &r);

	for (size_t i = 0; i < n; i++)
		reasons[i] = r[i].reason;
	return n;
}

static void check_arc(struct sw_dkim_crypto *c, struct sw_slice in, struct sw_slice record)
{
	struct sw_arc *a = sw_arc_new(c, &policy);
	const struct sw_dns_question *q;

	if (!sw_arc_feed(a, in, NULL) && !sw_arc_end(a, NULL)) {
		while (sw_arc_questions(a, &q)) {
			struct sw_dns_answer *answer = answer_of(q->name, record);

			assert(!sw_arc_answer(a, answer, NULL));
			sw_dns_answer_free(answer);
		}
		assert(sw_arc_result(a)->instances <= SW_MAX_ARC);
	}
	sw_arc_free(a);
}

/* What we sign is right, whatever it is. */
static void check_signer(struct sw_dkim_crypto *c, struct sw_dkim *d, struct sw_slice in)
{
	static const char seed[] = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
	const struct sw_dkim_sign_options options = { .simple_body = in.len & 1,
						      .simple_header = in.len & 2 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 4 * MOST };
	SW_CLEANUP(sw_buf_fini) struct sw_buf record = { .max = 4096 };
	struct sw_dkim_signer *s = sw_dkim_signer_new(c, &options);
	struct sw_dkim_private *key = NULL;
	enum sw_dkim_reason reasons[SW_MAX_DKIM_SIGNATURES];

	assert(s && !sw_dkim_private_read(sw_slice_str(seed), &key, NULL));
	assert(!sw_dkim_record_write(key, &record));
	assert(!sw_dkim_signer_add(s, key, "example.org", "s", NULL));
	if (!sw_dkim_signer_feed(s, in, NULL) && !sw_dkim_signer_end(s, &out, NULL)) {
		bool fits = !sw_buf_add(&out, in);
		size_t n = verify(d, sw_buf_slice(&out), MOST * 4, sw_buf_slice(&record),
				  reasons);

		assert(!fits || n == 99 || (n > 0 && reasons[0] == SW_DKIM_WHY_VERIFIED));
	}
	sw_dkim_signer_free(s);
	sw_dkim_private_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_slice all = sw_slice(data, size);
	size_t nul = sw_slice_find(all, '\0');
	struct sw_slice record = sw_slice_head(all, nul), in = sw_slice_from(all, nul + 1);
	enum sw_dkim_reason whole[SW_MAX_DKIM_SIGNATURES], pieces[SW_MAX_DKIM_SIGNATURES];

	if (size > MOST || nul == size)
		return 0;
	struct sw_dkim_crypto *c = sw_dkim_crypto_new();
	struct sw_dkim *d = sw_dkim_new(c, &policy);
	size_t n = verify(d, in, MOST, record, whole);

	assert(verify(d, in, 1 + size % 7, record, pieces) == n);
	for (size_t i = 0; n != 99 && i < n; i++)
		assert(whole[i] == pieces[i]);
	check_arc(c, in, record);
	/* Only CRLF from the first line on: then what stands before changes nothing. */
	if (sw_slice_search(in, SW_S("\r\n")) < sw_slice_find(in, '\n'))
		check_signer(c, d, in);
	sw_dkim_free(d);
	sw_dkim_crypto_free(c);
	return 0;
}
