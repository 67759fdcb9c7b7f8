/* SPDX-License-Identifier: MIT */
/* Every evaluator before a DNS that fails, lies and floods: temporary is told from permanent,
 * the number of questions is bounded, and what it says of its steps is printable. */
#include "dkim_test.h"

#include "identity/dane.h"
#include "identity/dmarc.h"
#include "identity/listing.h"
#include "identity/mta_sts.h"
#include "identity/reverse.h"
#include "identity/spf.h"

/* ---- the lies ---- */

enum lie {
	TIMEOUT,
	SERVFAIL,
	REFUSED,
	BOGUS,
	FAILED,
	NXDOMAIN,
	NODATA,
	EMPTY, /* OK, and not one record */
	VOID,  /* a record of no byte */
	HUGE,  /* one of 64 kB */
	TERMS, /* one of 64 kB, that names new names all along */
	MANY,  /* thousands of records */
	LONG,  /* names of 253 bytes, in labels of 63; and one with a label of 255 */
	LOOP,  /* all names lead to themselves */
	CONTROL,
	LIES
};
static const enum sw_dns_status statuses[LIES] = {
	[TIMEOUT] = SW_DNS_TIMEOUT, [SERVFAIL] = SW_DNS_SERVFAIL, [REFUSED] = SW_DNS_REFUSED,
	[BOGUS] = SW_DNS_BOGUS,     [FAILED] = SW_DNS_FAILED,     [NXDOMAIN] = SW_DNS_NXDOMAIN,
	[NODATA] = SW_DNS_NODATA,
};
enum { FLOOD = 3000, TEXT = 64000 };

/* A TXT record in strings of at most 255 bytes. */
static void add_txt(struct sw_dns_answer *a, struct sw_slice text)
{
	static uint8_t wire[UINT16_MAX];
	size_t used = 0;

	do {
		size_t len = text.len < 255 ? text.len : 255;

		assert_true(used + 1 + len <= sizeof(wire));
		wire[used++] = (uint8_t)len;
		if (len > 0) /* no text is NULL */
			memcpy(wire + used, text.ptr, len);
		used += len;
		text = sw_slice_from(text, len);
	} while (text.len > 0);
	(void)!sw_dns_answer_add_wire(a, SW_DNS_TXT, 1, wire, used);
}

static void long_name(char out[254], unsigned i)
{
	memset(out, 'a', 253);
	out[253] = '\0';
	for (size_t at = 63; at < 253; at += 64)
		out[at] = '.';
	snprintf(out, 9, "n%07u", i);
	out[8] = 'a';
}

static void add_texts(struct sw_dns_answer *a, enum lie l, const char *start)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 2 * TEXT };
	size_t count = l == MANY ? FLOOD : 1;
	char name[254];

	for (size_t n = 0; n < count; n++) {
		sw_buf_clear(&b);
		if (l != VOID)
			assert_ok(sw_buf_add_str(&b, start));
		while (l == HUGE && sw_buf_len(&b) < TEXT)
			assert_ok(sw_buf_add_str(&b, "aaaaaaaa"));
		for (unsigned i = 0; l == TERMS && sw_buf_len(&b) < TEXT; i++)
			assert_ok(sw_buf_printf(&b, " mx:m%u.test include:i%u.test", i, i));
		if (l == MANY)
			assert_ok(sw_buf_printf(&b, " a:x%zu.test", n));
		long_name(name, 1);
		if (l == LONG)
			assert_ok(sw_buf_printf(&b, " include:%s a:%0255d.test", name, 7));
		if (l == LOOP)
			assert_ok(sw_buf_printf(&b, " include:%s", a->name));
		if (l == CONTROL)
			assert_ok(
				sw_buf_add(&b, SW_S("\x1b]0;own\x07\0\r\n\xff\xe2\x80\xae")));
		add_txt(a, sw_buf_slice(&b));
	}
}

static void add_names(struct sw_dns_answer *a, enum lie l)
{
	char name[254], text[300];
	size_t count = l == MANY || l == TERMS ? FLOOD : 1;

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "h%u.test", i);
		if (l == LONG)
			long_name(name, i);
		if (l == LOOP)
			snprintf(name, sizeof(name), "%s", a->name);
		snprintf(text, sizeof(text), "%s%s", a->type == SW_DNS_MX ? "10 " : "", name);
		(void)!sw_dns_answer_add_text(a, a->type, 1, sw_slice_str(text), NULL);
	}
}

static void add_tlsa(struct sw_dns_answer *a, enum lie l)
{
	static uint8_t data[3 + TEXT] = { 3, 1, 1 };
	size_t count = l == MANY || l == TERMS ? FLOOD : 1;
	size_t len = l == HUGE ? TEXT : l == VOID ? 0 : 32;

	data[0] = l == CONTROL ? 255 : 3;
	for (size_t i = 0; i < count; i++)
		(void)!sw_dns_answer_add_wire(a, SW_DNS_TLSA, 1, data, 3 + len);
}

static struct sw_dns_answer *lie(enum lie l, const struct sw_dns_question *q,
				 const char *start)
{
	struct sw_dns_answer *a = sw_dns_answer_new(q->name, q->type);

	if (!a)
		return NULL;
	a->status = statuses[l];
	a->secure = true;
	if (a->status != SW_DNS_OK || l == EMPTY)
		return a;
	if (q->type == SW_DNS_TXT)
		add_texts(a, l, start);
	else if (q->type == SW_DNS_MX || q->type == SW_DNS_PTR)
		add_names(a, l);
	else if (q->type == SW_DNS_TLSA)
		add_tlsa(a, l);
	for (unsigned i = 0; q->type == SW_DNS_A && i < (l == MANY ? FLOOD : 1); i++) {
		char ip[32];

		snprintf(ip, sizeof(ip), "203.0.%u.%u", i >> 8, i & 255);
		(void)!sw_dns_answer_add_text(a, SW_DNS_A, 1, sw_slice_str(ip), NULL);
	}
	return a;
}

/* ---- the machines ---- */

/* What came of it: T temporary (nobody knows), P a permanent error, N there is nothing, F what
 * there is speaks against it, O something to go by. */
struct kind {
	const char *name, *start; /* of its TXT records */
	size_t most;              /* questions */
	void *(*make)(void);
	size_t (*questions)(const void *x, const struct sw_dns_question **ret);
	enum sw_err (*answer)(void *x, const struct sw_dns_answer *a);
	char (*verdict)(void *x);
	size_t (*steps)(const void *x);
	enum sw_err (*step)(const void *x, size_t i, struct sw_buf *out);
	void (*free)(void *x);
	const char *expected; /* a letter for each lie */
};

#define MACHINE(name, type)                                                                   \
	static size_t name##_questions(const void *x, const struct sw_dns_question **ret)     \
	{                                                                                     \
		return sw_##type##_questions(x, ret);                                         \
	}                                                                                     \
	static enum sw_err name##_answer(void *x, const struct sw_dns_answer *a)              \
	{                                                                                     \
		return sw_##type##_answer(x, a, NULL);                                        \
	}                                                                                     \
	static void name##_free(void *x)                                                      \
	{                                                                                     \
		sw_##type##_free(x);                                                          \
	}
#define STEPS(name, type)                                                                     \
	static size_t name##_steps(const void *x)                                             \
	{                                                                                     \
		return sw_##type##_step_count(x);                                             \
	}                                                                                     \
	static enum sw_err name##_step(const void *x, size_t i, struct sw_buf *out)           \
	{                                                                                     \
		return sw_##type##_step_text(x, i, out);                                      \
	}
MACHINE(spf, spf)
MACHINE(dmarc, dmarc)
STEPS(dmarc, dmarc)
MACHINE(dane, dane)
STEPS(dane, dane)
MACHINE(list, listings)
STEPS(list, listings)
MACHINE(reverse, reverse)
STEPS(reverse, reverse)

static void *spf_make(void)
{
	const struct sw_spf_request q = { .ip = { 4, { 192, 0, 2, 1 } },
					  .helo = SW_S("mail.example.test"),
					  .mail_from = SW_S("ann@example.test"),
					  .explain = true };

	return sw_spf_new(&q, NULL);
}

static char spf_verdict(void *x)
{
	static const char letters[SW_SPF_RESULT_COUNT] = {
		[SW_SPF_NONE] = 'N',      [SW_SPF_NEUTRAL] = 'O',  [SW_SPF_PASS] = 'O',
		[SW_SPF_FAIL] = 'F',      [SW_SPF_SOFTFAIL] = 'F', [SW_SPF_TEMPERROR] = 'T',
		[SW_SPF_PERMERROR] = 'P',
	};

	return letters[sw_spf_outcome(x)->result];
}

static size_t spf_steps(const void *x)
{
	return sw_spf_step_count(x);
}

static enum sw_err spf_step(const void *x, size_t i, struct sw_buf *out)
{
	struct sw_spf_step s = sw_spf_step_at(x, i);

	return sw_spf_step_text(&s, out);
}

static void *dmarc_make(void)
{
	const struct sw_dmarc_identifier passed = { .domain = SW_S("c.d.example.net") };
	const struct sw_dmarc_request q = { .author = SW_S("a.b.c.d.e.f.g.h.i.example.test"),
					    .passed = &passed,
					    .count = 1 };

	return sw_dmarc_new(&q, NULL);
}

static char dmarc_verdict(void *x)
{
	static const char letters[SW_DMARC_RESULT_COUNT] = {
		[SW_DMARC_RESULT_NONE] = 'N', [SW_DMARC_PASS] = 'O',
		[SW_DMARC_FAIL] = 'F',        [SW_DMARC_TEMPERROR] = 'T',
		[SW_DMARC_PERMERROR] = 'P',
	};

	return letters[sw_dmarc_outcome(x)->tree.result];
}

static void *dane_make(void)
{
	const struct sw_dane_request q = { .host = "mx.example.test",
					   .port = 25,
					   .mx_secure = true };

	return sw_dane_new(&q, NULL);
}

static char dane_verdict(void *x)
{
	static const char letters[] = { [SW_DANE_NO] = 'N',
					[SW_DANE_ENCRYPT] = 'P',
					[SW_DANE_VERIFY] = 'O',
					[SW_DANE_DEFER] = 'T',
					[SW_DANE_NO_HOST] = 'N' };

	return letters[sw_dane_outcome(x)->advice];
}

static void *list_make(void)
{
	const struct sw_block_list *all[] = { sw_block_list_at(0), sw_block_list_at(1) };
	const struct sw_listing_request q = { .ip = { 4, { 192, 0, 2, 1 } },
					      .lists = all,
					      .count = 2 };

	return sw_listings_new(&q, NULL);
}

/* Whatever such a DNS says, nobody is listed. */
static char list_verdict(void *x)
{
	bool works = false;

	assert_int_equal(sw_listings_count(x), 2);
	for (size_t i = 0; i < 2; i++) {
		struct sw_listing l = sw_listings_at(x, i);

		if (l.listed)
			return 'F';
		works = works || l.state == SW_LIST_WORKS;
	}
	return works ? 'N' : 'T';
}

static void *reverse_make(void)
{
	return sw_reverse_new((struct sw_ip){ 4, { 192, 0, 2, 1 } }, NULL);
}

static char reverse_verdict(void *x)
{
	static const char letters[] = { [SW_REVERSE_CONFIRMED] = 'O',
					[SW_REVERSE_NO_NAME] = 'N',
					[SW_REVERSE_NOT_BACK] = 'F',
					[SW_REVERSE_UNKNOWN] = 'T' };

	return letters[sw_reverse_outcome(x)->state];
}

/* A signature that is right, if only there were a key. */
struct signature {
	struct sw_dkim_crypto *crypto;
	struct sw_dkim *machine;
	struct sw_buf mail;
};

static void *dkim_make(void)
{
	static const char letter[] = "From: a@example.org\r\nSubject: x\r\n\r\nHello\r\n";
	const struct sw_dkim_sign_options o = { 0 };
	struct signature *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	sw_buf_init(&x->mail, 65536);
	x->crypto = sw_dkim_crypto_new();
	assert_ok(dkim_test_sign(x->crypto, &o, sw_slice_str(letter), &x->mail));
	x->machine = sw_dkim_new(x->crypto, &(struct sw_dkim_policy){ 0 });
	assert_ok(sw_dkim_feed(x->machine, sw_buf_slice(&x->mail), NULL));
	assert_ok(sw_dkim_end(x->machine, NULL));
	return x;
}

static size_t dkim_questions(const void *x, const struct sw_dns_question **ret)
{
	return sw_dkim_questions(((const struct signature *)x)->machine, ret);
}

static enum sw_err dkim_answer(void *x, const struct sw_dns_answer *a)
{
	return sw_dkim_answer(((struct signature *)x)->machine, a, NULL);
}

static const struct sw_dkim_result *dkim_result(const void *x)
{
	const struct sw_dkim_result *r = NULL;

	assert_int_equal(sw_dkim_results(((const struct signature *)x)->machine, &r), 1);
	return r;
}

static char dkim_verdict(void *x)
{
	enum sw_dkim_status s = dkim_result(x)->status;

	return s == SW_DKIM_TEMPERROR   ? 'T'
	       : s == SW_DKIM_PERMERROR ? 'P'
	       : s == SW_DKIM_PASS      ? 'O'
					: 'F';
}

static size_t dkim_steps(const void *x)
{
	return dkim_result(x)->trace_count;
}

static enum sw_err dkim_step(const void *x, size_t i, struct sw_buf *out)
{
	return sw_buf_add_str(out, dkim_result(x)->trace[i]);
}

static void dkim_free(void *x)
{
	struct signature *s = x;

	sw_dkim_free(s->machine);
	sw_dkim_crypto_free(s->crypto);
	sw_buf_fini(&s->mail);
	free(s);
}

/* The record of MTA-STS is one question. */
struct record {
	struct sw_arena arena;
	struct sw_asks asks;
	const struct sw_ask *ask;
};

static void *sts_make(void)
{
	struct record *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	sw_asks_init(&x->asks, &x->arena);
	x->ask = sw_asks_get(&x->asks, "_mta-sts.example.test", SW_DNS_TXT);
	return x;
}

static size_t sts_questions(const void *x, const struct sw_dns_question **ret)
{
	return sw_asks_open(&((const struct record *)x)->asks, ret);
}

static enum sw_err sts_answer(void *x, const struct sw_dns_answer *a)
{
	struct sw_ask *taken;

	return sw_asks_take(&((struct record *)x)->asks, a, &taken);
}

static char sts_verdict(void *x)
{
	const struct sw_ask *a = ((struct record *)x)->ask;
	struct sw_slice id;

	if (sw_ask_failed(a))
		return 'T';
	enum sw_sts_flaw flaw = sw_sts_answer_read(a, &id);

	return flaw == SW_STS_GOOD ? 'O' : flaw == SW_STS_NO_RECORD ? 'N' : 'P';
}

static size_t sts_steps(const void *x SW_UNUSED)
{
	return 0;
}

static void sts_free(void *x)
{
	sw_arena_fini(&((struct record *)x)->arena);
	free(x);
}

#define KIND(name, start, most, expected)                                                     \
	{                                                                                     \
#name, start, most, name##_make, name##_questions, name##_answer,             \
			name##_verdict, name##_steps, name##_step, name##_free, expected      \
	}
#define sts_step NULL
static const struct kind kinds[] = {
	/* In the order of the lies. Several DMARC records are none (RFC 9989 4.10), an
	 * rua that is no address changes no verdict. */
	/* 10 terms, each with 10 names to look up, and the explanation (RFC 7208 4.6.4) */
	KIND(spf, "v=spf1 ", 1 + 10 + 10 * 10 + 1, "TTTTTNNNNPPPPPP"),
	/* 8 names of a walk, for two domains (RFC 9989 4.10) */
	KIND(dmarc, "v=DMARC1; p=reject; rua=", 2 * 8, "TTTTTNNNNFFNFFF"),
	KIND(dkim, "v=DKIM1; k=ed25519; p=", 1, "TTTTTPPPPPPPPPP"),
	KIND(sts, "v=STSv1; id=", 1, "TTTTTNNNNPPPPPP"),
	/* both kinds of address, its alias, TLSA below both names; an empty record is one */
	KIND(dane, "", 5, "TTTTTNNNPPOOOOP"),
	/* two entries of control, the address and its reason, for two lists */
	KIND(list, "", 2 * 4, "TTTTTTTTTTTTTTT"),
	/* the names, of which 10 are followed */
	KIND(reverse, "", 1 + 10, "TTTTTNNNFFFFFFF"),
};

/* ---- */

static void assert_printable(const struct kind *k, const void *x)
{
	for (size_t i = 0; i < k->steps(x); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf line = { .max = 1 << 20 };

		assert_ok(k->step(x, i, &line));
		struct sw_slice text = sw_buf_slice(&line);

		assert_false(sw_slice_has_control(text));
		assert_true(text.len < 4 * TEXT + 4096);
	}
}

static char run(const struct kind *k, enum lie l)
{
	const struct sw_dns_question *q = NULL;
	void *x = k->make();
	size_t asked = 0;

	assert_non_null(x);
	while (k->questions(x, &q) > 0) {
		struct sw_dns_answer *a = lie(l, q, k->start);

		assert_non_null(a);
		assert_true(strlen(q->name) <= 253);
		if (++asked > k->most)
			fail_msg("%s, lie %d: more than %zu questions", k->name, (int)l,
				 k->most);
		assert_ok(k->answer(x, a));
		/* Once more: it came already. */
		assert_ok(k->answer(x, a));
		sw_dns_answer_free(a);
	}
	char got = k->verdict(x);

	assert_printable(k, x);
	k->free(x);
	return got;
}

static void lies_are_borne(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(kinds); i++) {
		char got[LIES + 1] = "";

		for (int l = 0; l < LIES; l++)
			got[l] = run(&kinds[i], (enum lie)l);
		if (strcmp(got, kinds[i].expected) != 0)
			print_message("%s: %s, not %s\n", kinds[i].name, got,
				      kinds[i].expected);
		assert_string_equal(got, kinds[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lies_are_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
