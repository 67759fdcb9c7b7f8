/* SPDX-License-Identifier: MIT */
/* Any two messages are an original and what became of it: the signature of the first one, put
 * before the second, is explained with the original and without it; what is proved is proved
 * again.  The two stand before and behind the first NUL. */
#include <assert.h>

#include "identity/dkim_record.h"
#include "identity/dkim_sign.h"
#include "identity/dkim_why.h"

enum { MOST = 1 << 14 };

static struct sw_dns_answer *answer_of(const char *name, struct sw_slice record)
{
	struct sw_dns_answer *a = sw_dns_answer_new(name, SW_DNS_TXT);

	assert(a);
	a->status = SW_DNS_OK;
	a->records = sw_arena_alloc(&a->arena, sizeof(*a->records));
	a->records[0] = (struct sw_dns_record){ .type = SW_DNS_TXT, .txt = record };
	a->count = 1;
	return a;
}

static void explain(struct sw_dkim_crypto *c, struct sw_slice message,
		    struct sw_slice original, const struct sw_dkim_result *r, size_t index,
		    struct sw_slice record)
{
	for (unsigned of_header = 0; of_header < 2; of_header++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf detail = { .max = 4096 };
		enum sw_dkim_change change = SW_DKIM_CHANGES;
		const struct sw_dkim_why_request q = { .message = message,
						       .original = original,
						       .result = r,
						       .index = index,
						       .of_header = of_header,
						       .key = record };

		assert(!sw_dkim_why(&q, c, &change, &detail));
		assert(change < SW_DKIM_CHANGES && *sw_dkim_change_text(change, of_header));
	}
}

static void judge(struct sw_dkim_crypto *c, struct sw_slice message, struct sw_slice original,
		  struct sw_slice record)
{
	const struct sw_dkim_policy policy = { .min_rsa_bits = 512 };
	struct sw_dkim *d = sw_dkim_new(c, &policy);
	const struct sw_dns_question *q;
	const struct sw_dkim_result *r = NULL;
	bool good = !sw_dkim_feed(d, message, NULL) && !sw_dkim_end(d, NULL);

	while (good && sw_dkim_questions(d, &q) > 0) {
		struct sw_dns_answer *a = answer_of(q->name, record);

		assert(!sw_dkim_answer(d, a, NULL));
		sw_dns_answer_free(a);
	}
	size_t count = good ? sw_dkim_results(d, &r) : 0;

	for (size_t i = 0; i < count && i < 2; i++)
		if (r[i].status == SW_DKIM_FAIL) {
			explain(c, message, original, &r[i], i, record);
			explain(c, message, sw_slice(NULL, 0), &r[i], i, record);
		}
	sw_dkim_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char seed[] = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
	struct sw_slice all = sw_slice(data, size);
	size_t nul = sw_slice_find(all, '\0');
	struct sw_slice original = sw_slice_head(all, nul),
			message = sw_slice_from(all, nul + 1);
	SW_CLEANUP(sw_buf_fini) struct sw_buf mail = { .max = 4 * MOST };
	SW_CLEANUP(sw_buf_fini) struct sw_buf record = { .max = 4096 };
	struct sw_dkim_private *key = NULL;

	if (size == 0 || size > MOST || nul == size)
		return 0;
	const struct sw_dkim_sign_options options = { .simple_body = message.len & 1,
						      .simple_header = message.len & 2 };
	struct sw_dkim_crypto *c = sw_dkim_crypto_new();
	struct sw_dkim_signer *s = sw_dkim_signer_new(c, &options);

	assert(c && s && !sw_dkim_private_read(sw_slice_str(seed), &key, NULL));
	assert(!sw_dkim_record_write(key, &record));
	assert(!sw_dkim_signer_add(s, key, "example.org", "s", NULL));
	if (!sw_dkim_signer_feed(s, original, NULL) && !sw_dkim_signer_end(s, &mail, NULL) &&
	    !sw_buf_add(&mail, message))
		judge(c, sw_buf_slice(&mail), original, sw_buf_slice(&record));
	sw_dkim_signer_free(s);
	sw_dkim_private_free(key);
	sw_dkim_crypto_free(c);
	return 0;
}
