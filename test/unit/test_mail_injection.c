/* SPDX-License-Identifier: MIT */
/* Every text that goes into a message, with everything that could become a second header field:
 * either it is refused, or exactly the fields that were asked for come out. */
#include "mime_test.h"
#include "source_test.h"

#include "mail/compose.h"

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100

#define EVIL "Evil: injected"

static const struct {
	struct sw_slice text;
	bool refused_in_header;	/* wherever a header field is written from it */
} payloads[] = {
	{ SW_S("a\r\n" EVIL), true },
	{ SW_S("a\n" EVIL), true },
	{ SW_S("a\r" EVIL), true },
	{ SW_S("a\r\n\r\n" EVIL), true },
	{ SW_S("a\0" EVIL), true },
	{ SW_S("a>\r\n" EVIL "\r\n<b@c"), true },
	{ SW_S("a\xe2\x80\xa8" EVIL), true },
	{ SW_S("a\xe2\x80\xa9" EVIL), true },
	{ SW_S("a\xc2\x85" EVIL), true },
	{ SW_S("a\x0b\x0c" EVIL), true },
	{ SW_S("a\xc0\x8d\xc0\x8a" EVIL), true },	/* overlong CR LF */
	{ SW_S("a\xe0\x80\x8d\xe0\x80\x8a" EVIL), true },
	{ SW_S("=?utf-8?Q?a=0D=0A" "Evil:_injected?="), false },
	{ SW_S("=?utf-8?B?YQ0KRXZpbDogaW5qZWN0ZWQ=?="), false },
	{ SW_S("a%0d%0a" EVIL), false },
	{ SW_S("a\\r\\n" EVIL), false },
	{ SW_S("a" X1000 " " EVIL), false },
	{ SW_S("a" X1000 X1000 EVIL), false },
	{ SW_S("a                                                                             " EVIL),
	  false },
};

enum sink { FROM, TO, REPLY_TO, BCC, NAME, GROUP, SUBJECT, FIELD_NAME, FIELD_VALUE, SENDER,
	    MESSAGE_ID, TEXT, HTML, FILE_NAME, FILE_TYPE, TYPE_PARAM, CONTENT_ID, SINKS };

/* "prefix payload suffix" in one buffer. */
static struct sw_slice around(struct sw_buf *b, const char *before, struct sw_slice payload,
			      const char *after)
{
	assert_ok(sw_buf_add_str(b, before));
	assert_ok(sw_buf_add(b, payload));
	assert_ok(sw_buf_add_str(b, after));
	return sw_buf_slice(b);
}

static enum sw_err attach(struct sw_compose *c, enum sink sink, struct sw_slice p,
			  struct sw_buf *b)
{
	struct sw_attach a = { .bytes = SW_S("x"), .name = SW_S("x") };

	if (sink == FILE_NAME)
		a.name = p;
	if (sink == FILE_TYPE)
		a.type = around(b, "text/", p, "");
	if (sink == TYPE_PARAM)
		a.type = around(b, "text/plain; x=\"", p, "\"");
	if (sink == CONTENT_ID) {
		a.content_id = p;
		a.is_inline = true;
	}
	return sw_compose_attach(c, &a, NULL);
}

static enum sw_err pour(struct sw_compose *c, enum sink sink, struct sw_slice p)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 10000 };

	switch (sink) {
	case FROM:
		return sw_compose_from(c, around(&b, "", p, "@x"), NULL);
	case TO:
		return sw_compose_add(c, SW_TO, around(&b, "a@", p, ""), NULL);
	case REPLY_TO:
		return sw_compose_add(c, SW_REPLY_TO, around(&b, "\"", p, "\"@x"), NULL);
	case BCC:
		return sw_compose_add(c, SW_BCC, around(&b, "", p, ""), NULL);
	case NAME:
		return sw_compose_add(c, SW_CC, around(&b, "\"", p, "\" <n@x>"), NULL);
	case GROUP:
		return sw_compose_add(c, SW_CC, around(&b, "", p, ": n@x;"), NULL);
	case SUBJECT:
		return sw_compose_subject(c, p, NULL);
	case FIELD_NAME:
		return sw_compose_header(c, p, SW_S("x"), NULL);
	case FIELD_VALUE:
		return sw_compose_header(c, SW_S("X-Field"), p, NULL);
	case SENDER:
		return sw_compose_header(c, SW_S("Sender"), around(&b, "\"", p, "\" <n@x>"), NULL);
	case MESSAGE_ID:
		return sw_compose_message_id(c, around(&b, "", p, "@x"), NULL);
	case TEXT:
		return sw_compose_text(c, p, NULL);
	case HTML:
		return sw_compose_html(c, p, NULL);
	case FILE_NAME:
	case FILE_TYPE:
	case TYPE_PARAM:
	case CONTENT_ID:
		return attach(c, sink, p, &b);
	case SINKS:
		break;
	}
	return SW_E_INTERNAL;
}

/* Header lines of the message and of its parts: none may begin as the payload wants, and none of
 * the fields that we wrote may be there twice (mime_field fails then). */
static void check_output(struct sw_source *s)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 20 };
	SW_CLEANUP(mime_fini) struct mime m;

	assert_ok(source_read_all(s, 4096, &out, NULL));
	source_check_bytes(s, sw_buf_slice(&out));
	assert_false(sw_slice_has_8bit(sw_buf_slice(&out)));
	assert_true(s->facts.longest_line <= SW_MAX_LINE_HARD);
	mime_parse(&m, sw_buf_slice(&out));
	struct sw_slice rest = sw_buf_slice(&out);
	struct sw_field f;
	size_t fields = 0;

	while (sw_field_next(&rest, &f)) {
		assert_true(f.name.len > 0);
		assert_false(sw_slice_starts_nocase(f.name, SW_S("Evil")));
		fields++;
	}
	assert_true(fields <= 11);
	for (size_t i = 0; i < m.count; i++) {
		rest = m.parts[i].header;
		while (sw_field_next(&rest, &f))
			assert_false(sw_slice_starts_nocase(f.name, SW_S("Evil")));
	}
}

static void nothing_becomes_a_second_header_field(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(payloads); i++) {
		for (enum sink sink = 0; sink < SINKS; sink++) {
			struct sw_fake_world world;
			struct sw_source *s = NULL;

			sw_fake_world_init(&world);
			struct sw_compose *c = sw_compose_new(&world.world);
			enum sw_err code = pour(c, sink, payloads[i].text);
			bool is_text = sink == TEXT || sink == HTML;

			if (payloads[i].refused_in_header && !is_text && !code)
				fail_msg("sink %d takes payload %zu", (int)sink, i);
			if (code)
				assert_true(code == SW_E_DATA || code == SW_E_LIMIT);
			/* A refused value leaves a message that can still be made. */
			if (sink != FROM || code)
				assert_ok(sw_compose_from(c, SW_S("f@x"), NULL));
			assert_ok(sw_compose_add(c, SW_TO, SW_S("t@x"), NULL));
			assert_ok(sw_compose_finish(c, &s, NULL));
			check_output(s);
			for (size_t k = 0; k < sw_compose_recipient_count(c); k++)
				assert_false(sw_slice_has_control(
					sw_slice_str(sw_compose_recipient(c, k)->text)));
			sw_source_free(s);
			sw_compose_free(c);
		}
	}
}

static void fields_that_are_made_here_cannot_be_smuggled_in(void **state SW_UNUSED)
{
	static const char *const names[] = {
		"From", "FROM", "to", "Cc", "bcc", "Resent-Bcc", "Reply-To", "Subject",
		"message-id", "MIME-Version", "Content-Type", "CONTENT-transfer-encoding",
		"Content-Anything", "Return-Path",
	};
	struct sw_fake_world world;
	struct sw_error err;

	sw_fake_world_init(&world);
	struct sw_compose *c = sw_compose_new(&world.world);

	for (size_t i = 0; i < SW_LEN(names); i++) {
		assert_row(i, sw_compose_header(c, sw_slice_str(names[i]), SW_S("a@b"), &err) ==
				      SW_E_USAGE);
		assert_contains(err.text, names[i]);
	}
	assert_ok(sw_compose_header(c, SW_S("Date"), SW_S("Thu, 01 Jan 1970 00:00:00 +0000"), NULL));
	assert_err(sw_compose_header(c, SW_S("date"), SW_S("x"), NULL), SW_E_USAGE);
	sw_compose_free(c);
}

static void texts_that_mail_cannot_carry_are_refused(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice text;
		const char *words;
	} cases[] = {
		{ SW_S("ab\0c"), "NUL byte at offset 2" },
		{ SW_S("ab\xff"), "byte 0xff at offset 2" },
		{ SW_S("\xed\xa0\x80"), "not UTF-8" },
		{ SW_S("a\xc3"), "byte 0xc3 at offset 1" },
	};
	struct sw_fake_world world;

	sw_fake_world_init(&world);
	struct sw_compose *c = sw_compose_new(&world.world);

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct sw_error err = { 0 };

		assert_err(sw_compose_text(c, cases[i].text, &err), SW_E_DATA);
		assert_contains(err.text, cases[i].words);
		assert_err(sw_compose_html(c, cases[i].text, &err), SW_E_DATA);
		assert_contains(err.text, "HTML");
	}
	assert_ok(sw_compose_text(c, SW_S("good"), NULL));
	sw_compose_free(c);
}

static void limits_are_kept(void **state SW_UNUSED)
{
	struct sw_fake_world world;
	struct sw_source *s = NULL;
	SW_CLEANUP(sw_buf_fini) struct sw_buf list = { .max = SW_MAX_HEADER_VALUE + 10 };
	struct sw_attach a = { .bytes = SW_S("x"), .name = SW_S("x") };

	sw_fake_world_init(&world);
	struct sw_compose *c = sw_compose_new(&world.world);

	assert_ok(sw_compose_from(c, SW_S("a@b"), NULL));
	while (sw_buf_len(&list) < SW_MAX_HEADER_VALUE - 5)
		assert_ok(sw_buf_add_str(&list, "a@b, "));
	/* The header: each list is within its limit, together they are not. */
	for (int i = 0; i < 3; i++)
		assert_ok(sw_compose_add(c, SW_BCC, sw_buf_slice(&list), NULL));
	assert_ok(sw_buf_add_str(&list, "a@b   "));
	assert_err(sw_compose_add(c, SW_TO, sw_buf_slice(&list), NULL), SW_E_LIMIT);
	assert_err(sw_compose_subject(c, sw_buf_slice(&list), NULL), SW_E_LIMIT);
	assert_err(sw_compose_header(c, SW_S("X"), sw_buf_slice(&list), NULL), SW_E_LIMIT);
	for (int i = 0; i < SW_MAX_ATTACHMENTS; i++)
		assert_ok(sw_compose_attach(c, &a, NULL));
	assert_err(sw_compose_attach(c, &a, NULL), SW_E_LIMIT);
	assert_ok(sw_compose_finish(c, &s, NULL));
	assert_int_equal(sw_compose_recipient_count(c), 1);
	sw_source_free(s);
	sw_compose_free(c);
	/* 200 bytes a field and 64 KiB a value: a header that is too large. */
	c = sw_compose_new(&world.world);
	enum sw_err code = SW_OK;

	for (int i = 0; i < 20 && !code; i++)
		code = sw_compose_header(c, SW_S("X"), sw_slice_head(sw_buf_slice(&list), 65000),
					 NULL);
	assert_err(code, SW_E_LIMIT);
	sw_compose_free(c);
}

static enum sw_err compose_once(void *arg SW_UNUSED)
{
	struct sw_fake_world world;
	struct sw_source *s = NULL;
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100000 };
	struct sw_attach a = { .bytes = SW_S("x"), .name = SW_S("caf\xc3\xa9.txt") };
	struct sw_attach in = { .bytes = SW_S("y"), .name = SW_S("y.png"), .is_inline = true };
	struct sw_attach mail = { .bytes = SW_S("A: b\n\nc"), .name = SW_S("m.eml") };

	sw_fake_world_init(&world);
	struct sw_compose *c = sw_compose_new(&world.world);
	enum sw_err code = c ? sw_compose_from(c, SW_S("J\xc3\xb6rg <a@B>"), NULL) : SW_E_NOMEM;

	if (!code)
		code = sw_compose_add(c, SW_TO, SW_S("b@c, d@e"), NULL);
	if (!code)
		code = sw_compose_subject(c, SW_S("caf\xc3\xa9"), NULL);
	if (!code)
		code = sw_compose_header(c, SW_S("Sender"), SW_S("x@y"), NULL);
	if (!code)
		code = sw_compose_text(c, SW_S("caf\xc3\xa9"), NULL);
	if (!code)
		code = sw_compose_html(c, SW_S("hello"), NULL);
	if (!code)
		code = sw_compose_attach(c, &a, NULL);
	if (!code)
		code = sw_compose_attach(c, &in, NULL);
	if (!code)
		code = sw_compose_attach(c, &mail, NULL);
	if (!code)
		code = sw_compose_finish(c, &s, NULL);
	if (!code)
		code = source_read_all(s, 1000, &out, NULL);
	sw_source_free(s);
	sw_compose_free(c);
	return code;
}

static void says_when_memory_is_out(void **state SW_UNUSED)
{
	sw_test_failing_allocations(compose_once, NULL);
}

static bool no_random(void *arg SW_UNUSED, void *out SW_UNUSED, size_t len SW_UNUSED)
{
	return false;
}

static void no_randomness_means_no_message(void **state SW_UNUSED)
{
	struct sw_fake_world world;
	struct sw_source *s = NULL;

	sw_fake_world_init(&world);
	world.world.random = no_random;
	struct sw_compose *c = sw_compose_new(&world.world);

	assert_ok(sw_compose_from(c, SW_S("a@b"), NULL));
	assert_ok(sw_compose_add(c, SW_TO, SW_S("a@b"), NULL));
	assert_err(sw_compose_finish(c, &s, NULL), SW_E_OS);
	assert_null(s);
	sw_compose_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_becomes_a_second_header_field),
		cmocka_unit_test(fields_that_are_made_here_cannot_be_smuggled_in),
		cmocka_unit_test(texts_that_mail_cannot_carry_are_refused),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(says_when_memory_is_out),
		cmocka_unit_test(no_randomness_means_no_message),
	};

	return cmocka_run_group_tests_name("mail_injection", tests, NULL, NULL);
}
