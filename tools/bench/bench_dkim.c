/* SPDX-License-Identifier: MIT */
/* Signatures a second on one core, and what OpenSSL alone does in the same run.
 *
 * usage: bench_dkim [BYTES]	of the body, 2000 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "identity/dkim.h"
#include "identity/dkim_record.h"
#include "identity/dkim_sign.h"

static const double RUN_S = 0.4;
enum { RUNS = 3 };

struct bench {
	struct sw_dkim_crypto *c;
	struct sw_dkim_private *key;
	struct sw_dkim_signer *signer;
	struct sw_dkim *verifier;
	struct sw_buf message, out, record;
	uint8_t hash[SW_DKIM_HASH_MAX];
	struct sw_buf signature;
	const struct sw_dkim_public *pub;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void sign_message(struct bench *b)
{
	sw_buf_clear(&b->out);
	sw_dkim_signer_reset(b->signer);
	if (sw_dkim_signer_feed(b->signer, sw_buf_slice(&b->message), NULL) ||
	    sw_dkim_signer_end(b->signer, &b->out, NULL))
		abort();
}

static void sign_alone(struct bench *b)
{
	sw_buf_clear(&b->signature);
	if (sw_dkim_private_sign(b->key, b->hash, &b->signature, NULL))
		abort();
}

static void verify_message(struct bench *b)
{
	const struct sw_dns_question *q;
	const struct sw_dkim_result *r = NULL;

	sw_dkim_reset(b->verifier);
	if (sw_dkim_feed(b->verifier, sw_buf_slice(&b->out), NULL) ||
	    sw_dkim_feed(b->verifier, sw_buf_slice(&b->message), NULL) ||
	    sw_dkim_end(b->verifier, NULL) || !sw_dkim_questions(b->verifier, &q))
		abort();
	struct sw_dns_record record = { .type = SW_DNS_TXT, .txt = sw_buf_slice(&b->record) };
	struct sw_dns_answer a = {
		.name = q->name, .type = SW_DNS_TXT, .count = 1, .records = &record
	};

	if (sw_dkim_answer(b->verifier, &a, NULL) || sw_dkim_results(b->verifier, &r) != 1 ||
	    r->status != SW_DKIM_PASS)
		abort();
}

static void verify_alone(struct bench *b)
{
	if (!sw_dkim_public_verify(b->c, b->pub, SW_DKIM_SHA256, b->hash,
				   sw_buf_slice(&b->signature)))
		abort();
}

/* The best of some runs; turn by turn, so that what the machine does besides hits all alike.
 */
static void measure(struct bench *b, void (*const fn[4])(struct bench *b), double best[4])
{
	for (unsigned run = 0; run < RUNS * 4; run++) {
		double start = now(), took;
		unsigned n = 0;

		for (took = 0; took < RUN_S; took = now() - start, n += 8)
			for (unsigned i = 0; i < 8; i++)
				fn[run % 4](b);
		if (n / took > best[run % 4])
			best[run % 4] = n / took;
	}
}

static void make_message(struct bench *b, size_t bytes)
{
	static const char header[] =
		"From: Some One <one@example.org>\r\nTo: Other <other@example.net>\r\n"
		"Subject: what came of it\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n"
		"Message-ID: <1234567890@example.org>\r\nMIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n\r\n";
	enum sw_err e = sw_buf_add_str(&b->message, header);

	while (!e && sw_buf_len(&b->message) < bytes + sizeof(header))
		e = sw_buf_add_str(
			&b->message,
			"The quick brown fox jumps over the lazy dog, and then again.\r\n");
	if (e)
		abort();
}

static void run(enum sw_dkim_key_type type, size_t bytes)
{
	void (*const fn[4])(struct bench * b) = { sign_message, sign_alone, verify_message,
						  verify_alone };
	const struct sw_dkim_sign_options options = { 0 };
	const struct sw_dkim_policy policy = { 0 };
	struct bench b = { .message = { .max = 64 << 20 },
			   .out = { .max = 1 << 16 },
			   .record = { .max = 1 << 16 },
			   .signature = { .max = 4096 } };
	SW_CLEANUP(sw_buf_fini) struct sw_buf raw = { .max = 4096 };
	double best[4] = { 0 };

	b.c = sw_dkim_crypto_new();
	b.signer = sw_dkim_signer_new(b.c, &options);
	b.verifier = sw_dkim_new(b.c, &policy);
	make_message(&b, bytes);
	if (sw_dkim_private_make(type, 2048, &b.key, NULL) ||
	    sw_dkim_signer_add(b.signer, b.key, "example.org", "s1", NULL) ||
	    sw_dkim_record_write(b.key, &b.record) || sw_dkim_private_public(b.key, &raw))
		abort();
	sign_message(&b);
	sign_alone(&b);
	verify_message(&b);
	if (sw_dkim_public_read(b.c, type, sw_buf_slice(&raw), &b.pub, NULL))
		abort();
	measure(&b, fn, best);
	printf("dkim %s, %zu bytes: sign %.0f/s (%.0f %% of OpenSSL's %.0f), verify %.0f/s "
	       "(%.0f %% of %.0f)\n",
	       sw_dkim_key_type_name(type), bytes, best[0], 100 * best[0] / best[1], best[1],
	       best[2], 100 * best[2] / best[3], best[3]);
	sw_dkim_signer_free(b.signer);
	sw_dkim_free(b.verifier);
	sw_dkim_private_free(b.key);
	sw_dkim_crypto_free(b.c);
	sw_buf_fini(&b.message);
	sw_buf_fini(&b.out);
	sw_buf_fini(&b.record);
	sw_buf_fini(&b.signature);
}

int main(int argc, char **argv)
{
	size_t bytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;

	run(SW_DKIM_RSA, bytes);
	run(SW_DKIM_ED25519, bytes);
	return 0;
}
