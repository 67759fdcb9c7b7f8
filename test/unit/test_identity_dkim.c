/* SPDX-License-Identifier: MIT */
#include "dkim_test.h"

static const char letter[] = "From: Ann <ann@example.org>\r\n"
			     "To: bob@example.net\r\n"
			     "Subject: lunch on\r\n friday\r\n"
			     "\r\n"
			     "Hello,  \r\n"
			     "\tfrom  here \r\n"
			     "\r\n"
			     "\r\n";

/* RFC 8463 A.3 */
static const char football[] =
	"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
	" d=football.example.com; i=@football.example.com;\r\n"
	" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
	" subject : date : message-id : from : subject : date;\r\n"
	" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
	" b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
	" Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
	"From: Joe SixPack <joe@football.example.com>\r\n"
	"To: Suzie Q <suzie@shopping.example.net>\r\n"
	"Subject: Is dinner ready?\r\n"
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
	"\r\n"
	"Hi.\r\n"
	"\r\n"
	"We lost the game.  Are you hungry yet?\r\n"
	"\r\n"
	"Joe.\r\n";

struct fixture {
	struct sw_dkim_crypto *crypto;
	struct sw_dkim *dkim;
};

static int setup(void **state)
{
	static struct fixture f;
	const struct sw_dkim_policy policy = { .now_s = 1800000000 };

	f.crypto = sw_dkim_crypto_new();
	f.dkim = f.crypto ? sw_dkim_new(f.crypto, &policy) : NULL;
	*state = &f;
	return f.dkim ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sw_dkim_free(f->dkim);
	sw_dkim_crypto_free(f->crypto);
	return 0;
}

/* ---- canonical forms ---- */

static void append(void *arg, const void *bytes, size_t len)
{
	assert_ok(sw_buf_add(arg, sw_slice(bytes, len)));
}

static void canonical_bodies(void **state SW_UNUSED)
{
	/* RFC 6376 3.4.3 to 3.4.5 */
	static const struct {
		const char *in, *simple, *relaxed;
	} rows[] = {
		{ " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n" },
		{ "", "\r\n", "" },
		{ "\r\n\r\n", "\r\n", "" },
		{ " \t\r\n \r\n", " \t\r\n \r\n", "" },
		{ "no end", "no end\r\n", "no end\r\n" },
		{ "\r\n\r\nx\r\n", "\r\n\r\nx\r\n", "\r\n\r\nx\r\n" },
		{ "a\tb\r\n", "a\tb\r\n", "a b\r\n" },
		{ "a \t", "a \t\r\n", "a\r\n" },
		{ "a\rb\nc\r\n", "a\rb\nc\r\n", "a\rb\nc\r\n" },
		{ "x\r\r\n", "x\r\r\n", "x\r\r\n" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		for (size_t chunk = 1; chunk < 8; chunk++)
			for (int relaxed = 0; relaxed < 2; relaxed++) {
				SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1024 };
				struct sw_slice in = sw_slice_str(rows[i].in);
				struct sw_dkim_body b;

				sw_dkim_body_init(&b,
						  relaxed ? SW_DKIM_RELAXED : SW_DKIM_SIMPLE,
						  append, &out);
				for (; in.len > 0; in = sw_slice_from(in, chunk))
					sw_dkim_body_feed(&b, sw_slice_head(in, chunk));
				sw_dkim_body_end(&b);
				assert_row(i, sw_slice_eq(
						      sw_buf_slice(&out),
						      sw_slice_str(relaxed ? rows[i].relaxed
									   : rows[i].simple)));
			}
}

static void canonical_fields(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *relaxed;
	} rows[] = {
		{ "A: X\r\n", "a:X\r\n" },
		{ "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n" },
		{ "Subject:\r\n", "subject:\r\n" },
		{ "SUBJECT:a\r\n \r\n b\r\n", "subject:a b\r\n" },
		{ "X:a:b\r\n", "x:a:b\r\n" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1024 };

		assert_ok(
			sw_dkim_canon_field(SW_DKIM_RELAXED, sw_slice_str(rows[i].in), &out));
		assert_row(i, sw_slice_eq(sw_buf_slice(&out), sw_slice_str(rows[i].relaxed)));
		sw_buf_clear(&out);
		assert_ok(sw_dkim_canon_field(SW_DKIM_SIMPLE, sw_slice_str(rows[i].in), &out));
		assert_row(i, sw_slice_eq(sw_buf_slice(&out), sw_slice_str(rows[i].in)));
	}
}

/* ---- tag lists and records ---- */

static void tag_lists(void **state SW_UNUSED)
{
	static const struct {
		const char *text;
		size_t count; /* 0: not well formed */
	} rows[] = {
		{ "v=1; a=b", 2 },
		{ "v=1;a=b;", 2 },
		{ " v = 1 \r\n ; a\t=\tb ; ", 2 },
		{ "a=b=c==", 1 },
		{ "a=", 1 },
		{ "a_1=x", 1 },
		{ "A=1; a=2", 2 },
		{ "a=1; a=2", 0 },
		{ "a=1;;b=2", 0 },
		{ "a", 0 },
		{ "=1", 0 },
		{ "1a=x", 0 },
		{ "a=1; ;", 0 },
		{ "a b=c", 0 },
		{ ";", 0 },
		{ "d=b\303\274cher.test", 1 },
	};
	struct sw_dkim_tags tags;

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const char *wrong = sw_dkim_tags_parse(sw_slice_str(rows[i].text), &tags);

		assert_row(i, (wrong == NULL) == (rows[i].count > 0));
		assert_row(i, wrong || tags.count == rows[i].count);
	}
	assert_null(sw_dkim_tags_parse(SW_S("v=1; b= ab \r\n c ;"), &tags));
	assert_slice(sw_dkim_tags_find(&tags, "b")->value, "ab \r\n c");
	assert_null(sw_dkim_tags_find(&tags, "V"));
}

static void key_records(void **state SW_UNUSED)
{
#define P "; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	static const struct {
		const char *text;
		enum sw_dkim_reason why;
	} rows[] = {
		{ "v=DKIM1; k=ed25519" P, SW_DKIM_WHY_VERIFIED },
		{ "k=ed25519" P, SW_DKIM_WHY_VERIFIED },
		{ "p=QUFB", SW_DKIM_WHY_VERIFIED },
		{ "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7T yWQHOg7hcvPapiMlrwIaaPcHURo=",
		  SW_DKIM_WHY_VERIFIED },
		{ "v=DKIM1; p=", SW_DKIM_WHY_KEY_REVOKED },
		{ "v=DKIM1", SW_DKIM_WHY_KEY_SYNTAX },
		{ "v=DKIM2" P, SW_DKIM_WHY_KEY_VERSION },
		{ "k=rsa; v=DKIM1; p=QUFB", SW_DKIM_WHY_KEY_SYNTAX },
		{ "v=DKIM1; p=Q*FB", SW_DKIM_WHY_KEY_DATA },
		{ "v=DKIM1; k=dsa" P, SW_DKIM_WHY_KEY_TYPE },
		{ "v=spf1 -all", SW_DKIM_WHY_KEY_VERSION },
		{ "hello", SW_DKIM_WHY_KEY_SYNTAX },
		{ "", SW_DKIM_WHY_KEY_SYNTAX },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_dkim_record r = { .key = { .max = SW_MAX_DKIM_KEY_BYTES } };
		const char *detail = "";

		enum sw_dkim_reason why =
			sw_dkim_record_read(sw_slice_str(rows[i].text), &r, &detail);

		if (why != rows[i].why)
			print_error("# %s (%s)\n", sw_dkim_reason_name(why), detail);
		assert_row(i, why == rows[i].why);
		sw_buf_fini(&r.key);
	}
#undef P
}

/* ---- signatures ---- */

static void the_example_of_the_rfc(void **state)
{
	struct fixture *f = *state;
	const struct sw_dkim_result *r;

	for (size_t chunk = 1; chunk < 100; chunk += 13) {
		sw_dkim_reset(f->dkim);
		assert_ok(dkim_test_verify(f->dkim, sw_slice_str(football), chunk, SW_DNS_OK,
					   DKIM_TEST_RECORD));
		assert_int_equal(sw_dkim_results(f->dkim, &r), 1);
		assert_string_equal(sw_dkim_reason_name(r[0].reason), "verified");
		assert_string_equal(r[0].domain, "football.example.com");
		assert_string_equal(r[0].selector, "brisbane");
		assert_int_equal(r[0].made_s, 1528637909);
		assert_int_equal(r[0].expires_s, -1);
	}
}

static void what_we_sign_is_right(void **state)
{
	struct fixture *f = *state;
	const struct sw_dkim_result *r;

	for (unsigned form = 0; form < 4; form++) {
		const struct sw_dkim_sign_options o = { .simple_header = form & 1,
							.simple_body = form & 2,
							.made_s = 1700000000,
							.expires_s = 1900000000 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf mail = { .max = 8192 };

		assert_ok(dkim_test_sign(f->crypto, &o, sw_slice_str(letter), &mail));
		for (size_t chunk = 1; chunk < 64; chunk += 9) {
			sw_dkim_reset(f->dkim);
			assert_ok(dkim_test_verify(f->dkim, sw_buf_slice(&mail), chunk,
						   SW_DNS_OK, DKIM_TEST_RECORD));
			assert_int_equal(sw_dkim_results(f->dkim, &r), 1);
			assert_string_equal(sw_dkim_reason_name(r[0].reason), "verified");
			assert_int_equal(r[0].header_canon,
					 form & 1 ? SW_DKIM_SIMPLE : SW_DKIM_RELAXED);
			assert_int_equal(r[0].body_canon,
					 form & 2 ? SW_DKIM_SIMPLE : SW_DKIM_RELAXED);
			assert_string_equal(r[0].unsigned_fields, "");
			assert_string_equal(r[0].addable_fields, "");
		}
	}
}

/* `old` replaced once in what was signed. */
static void changed(struct sw_buf *out, struct sw_slice mail, const char *old, const char *new)
{
	size_t at = sw_slice_search(mail, sw_slice_str(old));

	sw_buf_clear(out);
	assert_true(at < mail.len || !*old);
	assert_ok(sw_buf_add(out, sw_slice_head(mail, at)));
	assert_ok(sw_buf_add_str(out, new));
	assert_ok(sw_buf_add(out, sw_slice_from(mail, at + strlen(old))));
}

struct change {
	const char *old, *new;
	enum sw_dkim_reason relaxed, simple;
};

static void try_change(struct fixture *f, const struct change *c, size_t row, bool simple)
{
	const struct sw_dkim_sign_options o = { .simple_header = simple,
						.simple_body = simple };
	SW_CLEANUP(sw_buf_fini) struct sw_buf mail = { .max = 8192 }, broken = { .max = 8192 };
	const struct sw_dkim_result *r;

	assert_ok(dkim_test_sign(f->crypto, &o, sw_slice_str(letter), &mail));
	changed(&broken, sw_buf_slice(&mail), c->old, c->new);
	sw_dkim_reset(f->dkim);
	assert_ok(dkim_test_verify(f->dkim, sw_buf_slice(&broken), 1000, SW_DNS_OK,
				   DKIM_TEST_RECORD));
	assert_row(row, sw_dkim_results(f->dkim, &r) == 1);
	if (r[0].reason != (simple ? c->simple : c->relaxed))
		print_error("# %s\n", sw_dkim_reason_name(r[0].reason));
	assert_row(row, r[0].reason == (simple ? c->simple : c->relaxed));
}

static void what_changes_breaks_or_does_not(void **state)
{
#define BOTH(why)   SW_DKIM_WHY_##why, SW_DKIM_WHY_##why
#define SIMPLE(why) SW_DKIM_WHY_VERIFIED, SW_DKIM_WHY_##why
	static const struct change rows[] = {
		{ "Hello,", "Hullo,", BOTH(BODY) },
		{ "Hello,  ", "Hello,", SIMPLE(BODY) },
		{ "\tfrom  here", " from here", SIMPLE(BODY) },
		{ "\tfrom", "from", BOTH(BODY) },
		{ "here \r\n\r\n\r\n", "here \r\n", BOTH(VERIFIED) },
		{ "here \r\n", "here \r\n-- \r\nfooter\r\n", BOTH(BODY) },
		{ "Subject: lunch on\r\n friday", "Subject: lunch on friday",
		  SIMPLE(SIGNATURE) },
		{ "Subject: lunch", "SUBJECT:   lunch", SIMPLE(SIGNATURE) },
		{ "Subject: lunch", "Subject: [list] lunch", BOTH(SIGNATURE) },
		{ "To: bob", "X-New: 1\r\nTo: bob", BOTH(VERIFIED) },
		{ "To: bob", "Subject: second\r\nTo: bob", BOTH(SIGNATURE) },
		{ "To: bob@example.net\r\n", "", BOTH(SIGNATURE) },
		{ "d=example.org", "d=example.com", BOTH(SIGNATURE) },
		{ "a=ed25519-sha256", "a=ed25519-sha1", BOTH(ALGORITHM) },
		{ "v=1;", "v=2;", BOTH(VERSION) },
		{ "bh=", "bx=", BOTH(TAG_MISSING) },
		{ "s=s;", "s=s; l=3;", BOTH(BODY) },
		{ "s=s;", "s=s; l=300;", BOTH(LENGTH_BEYOND) },
		{ "s=s;", "s=s; x=1000;", BOTH(SIGNATURE) },
		{ "s=s;", "s=s; q=http;", BOTH(QUERY) },
		{ "s=s;", "s=s; i=@example.net;", BOTH(IDENTITY) },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		try_change(*state, &rows[i], i, false);
		try_change(*state, &rows[i], i, true);
	}
}

static void keys_that_do_not_serve(void **state)
{
	static const struct {
		enum sw_dns_status status;
		const char *record;
		enum sw_dkim_reason why;
	} rows[] = {
		{ SW_DNS_OK, DKIM_TEST_RECORD, SW_DKIM_WHY_VERIFIED },
		{ SW_DNS_OK, DKIM_TEST_RECORD "; t=y:s; n=hello", SW_DKIM_WHY_VERIFIED },
		{ SW_DNS_OK, DKIM_TEST_RECORD "; s=tlsrpt", SW_DKIM_WHY_KEY_SERVICE },
		{ SW_DNS_OK, DKIM_TEST_RECORD "; s=email:x", SW_DKIM_WHY_VERIFIED },
		{ SW_DNS_OK, DKIM_TEST_RECORD "; h=sha1", SW_DKIM_WHY_KEY_HASH },
		{ SW_DNS_OK, "v=DKIM1; k=ed25519; p=", SW_DKIM_WHY_KEY_REVOKED },
		{ SW_DNS_OK, "v=DKIM1; k=ed25519; p=QUFB", SW_DKIM_WHY_KEY_DATA },
		{ SW_DNS_OK, "v=DKIM1; k=rsa; p=QUFB", SW_DKIM_WHY_KEY_TYPE },
		{ SW_DNS_OK,
		  "v=DKIM1; k=ed25519; p=O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=",
		  SW_DKIM_WHY_SIGNATURE },
		{ SW_DNS_NXDOMAIN, NULL, SW_DKIM_WHY_KEY_MISSING },
		{ SW_DNS_NODATA, NULL, SW_DKIM_WHY_KEY_MISSING },
		{ SW_DNS_SERVFAIL, NULL, SW_DKIM_WHY_DNS },
		{ SW_DNS_TIMEOUT, NULL, SW_DKIM_WHY_DNS },
		{ SW_DNS_BOGUS, NULL, SW_DKIM_WHY_DNS },
	};
	struct fixture *f = *state;
	const struct sw_dkim_sign_options o = { 0 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf mail = { .max = 8192 };
	const struct sw_dkim_result *r;

	assert_ok(dkim_test_sign(f->crypto, &o, sw_slice_str(letter), &mail));
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		sw_dkim_reset(f->dkim);
		assert_ok(dkim_test_verify(f->dkim, sw_buf_slice(&mail), 100, rows[i].status,
					   rows[i].record));
		assert_row(i, sw_dkim_results(f->dkim, &r) == 1);
		if (r[0].reason != rows[i].why)
			print_error("# %s\n", sw_dkim_reason_name(r[0].reason));
		assert_row(i, r[0].reason == rows[i].why);
	}
}

static void messages_without_and_with_too_many(void **state)
{
	struct fixture *f = *state;
	SW_CLEANUP(sw_buf_fini) struct sw_buf many = { .max = 65536 };
	const struct sw_dkim_result *r;

	sw_dkim_reset(f->dkim);
	assert_ok(dkim_test_verify(f->dkim, sw_slice_str(letter), 7, SW_DNS_OK,
				   DKIM_TEST_RECORD));
	assert_int_equal(sw_dkim_results(f->dkim, &r), 0);
	for (unsigned i = 0; i < SW_MAX_DKIM_SIGNATURES + 3; i++)
		assert_ok(sw_buf_add_str(&many, "DKIM-Signature: nonsense\r\n"));
	assert_ok(sw_buf_add_str(&many, letter));
	sw_dkim_reset(f->dkim);
	assert_ok(dkim_test_verify(f->dkim, sw_buf_slice(&many), 100, SW_DNS_OK,
				   DKIM_TEST_RECORD));
	assert_int_equal(sw_dkim_results(f->dkim, &r), SW_MAX_DKIM_SIGNATURES);
	assert_int_equal(r[0].reason, SW_DKIM_WHY_SYNTAX);
	assert_int_equal(sw_dkim_ignored(f->dkim), 3);
	/* Only a header. */
	sw_dkim_reset(f->dkim);
	assert_ok(dkim_test_verify(f->dkim, SW_S("From: a@b\r\n"), 3, SW_DNS_OK, ""));
	assert_int_equal(sw_dkim_results(f->dkim, &r), 0);
}

static void says_when_memory_is_out(void **state)
{
	struct fixture *f = *state;
	const struct sw_dkim_policy policy = { 0 };
	const struct sw_dkim_result *r = NULL;

	for (long n = 1;; n++) {
		sw_mem_fail_at(n);

		struct sw_dkim *d = sw_dkim_new(f->crypto, &policy);
		enum sw_err e = d ? dkim_test_verify(d, sw_slice_str(football), 50, SW_DNS_OK,
						     DKIM_TEST_RECORD)
				  : SW_E_NOMEM;

		sw_mem_fail_at(0);
		size_t count = e ? 0 : sw_dkim_results(d, &r);
		/* A thing of ours is never said to be the signature's fault. */
		bool good = count == 1 && (r[0].reason == SW_DKIM_WHY_VERIFIED ||
					   r[0].reason == SW_DKIM_WHY_OURS);
		bool done = count == 1 && r[0].reason == SW_DKIM_WHY_VERIFIED && n > 40;

		sw_dkim_free(d);
		if (e != SW_E_NOMEM && !good)
			print_error("# %ld: %s %s (%s)\n", n, sw_err_text(e),
				    count ? sw_dkim_reason_name(r[0].reason) : "",
				    count ? r[0].detail : "");
		assert_true(e == SW_E_NOMEM || good);
		if (done)
			return;
		assert_true(n < 2000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical_bodies),
		cmocka_unit_test(canonical_fields),
		cmocka_unit_test(tag_lists),
		cmocka_unit_test(key_records),
		cmocka_unit_test(the_example_of_the_rfc),
		cmocka_unit_test(what_we_sign_is_right),
		cmocka_unit_test(what_changes_breaks_or_does_not),
		cmocka_unit_test(keys_that_do_not_serve),
		cmocka_unit_test(messages_without_and_with_too_many),
		cmocka_unit_test(says_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
