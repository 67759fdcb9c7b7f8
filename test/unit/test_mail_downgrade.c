/* SPDX-License-Identifier: MIT */
/* Messages for servers without 8BITMIME. */
#include "source_test.h"

#include "base/mem.h"
#include "mail/downgrade.h"
#include "mail/mime.h"
#include "mail/ready.h"

enum { MOST = 64 * 1024 * 1024 };

/* The message as it is after it, with LF, in `out`; or why it is not. */
static enum sw_downgrade downgrade(const char *in, struct sw_buf *out)
{
	struct sw_source *ready = NULL, *made = NULL;
	enum sw_downgrade why = SW_DOWNGRADE_COUNT;
	SW_CLEANUP(sw_buf_fini) struct sw_buf wire = { .max = MOST };
	struct sw_error err;

	assert_ok(sw_ready_memory(sw_slice_str(in), NULL, &ready, &err));
	assert_ok(sw_downgrade_new(ready, &made, &why, &err));
	if (made) {
		assert_int_equal(why, SW_DOWNGRADE_DONE);
		source_read_checked(made, &wire);
		assert_false(made->facts.has_8bit);
		for (size_t i = 0; i < sw_buf_len(&wire); i++)
			if (wire.data[i] != '\r')
				assert_ok(sw_buf_add_char(out, wire.data[i]));
		sw_source_free(made);
	}
	sw_source_free(ready);
	return why;
}

/* What goes in, with LF, and what comes out. */
struct becomes {
	const char *in, *out;
};
#define FROM "From: a@b.test\n"

static const struct becomes texts[] = {
	/* Nothing to be done. */
	{ FROM "\nplain\n", FROM "\nplain\n" },
	{ FROM "Content-Transfer-Encoding: 8bit\n\nplain\n",
	  FROM "Content-Transfer-Encoding: 8bit\n\nplain\n" },
	/* The field stays in its place; a second one goes. */
	{ "MIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\n" FROM
	  "Content-type: text/plain;\n charset=utf-8\nContent-Transfer-Encoding: 7bit\n\n"
	  "caf\xc3\xa9 is quite good here\n",
	  "MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n" FROM
	  "Content-type: text/plain;\n charset=utf-8\n\ncaf=C3=A9 is quite good here\n" },
	/* No field about it, and a length that is wrong now. */
	{ "MIME-Version: 1.0\nContent-Type: text/plain; charset=koi8-r\nContent-Length: 9\n\n"
	  "\xf0 is one letter of many\n",
	  "MIME-Version: 1.0\nContent-Type: text/plain; charset=koi8-r\n"
	  "Content-Transfer-Encoding: quoted-printable\n\n=F0 is one letter of many\n" },
	/* No MIME at all. */
	{ FROM "\nna\xc3\xafve enough to pass\n\n", FROM
	  "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	  "Content-Transfer-Encoding: quoted-printable\n\nna=C3=AFve enough to pass\n\n" },
	{ FROM "\nna\xefve enough to pass\n",
	  FROM "MIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\n"
	       "Content-Transfer-Encoding: quoted-printable\n\nna=EFve enough to pass\n" },
	/* UTF-8 that is cut, a surrogate and what is too long are none. */
	{ FROM "\nsome of it is \xed\xa0\x80 wrong in the end\n",
	  FROM "MIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\n"
	       "Content-Transfer-Encoding: quoted-printable\n\n"
	       "some of it is =ED=A0=80 wrong in the end\n" },
	/* Mostly 8-bit: base64 is shorter; so for what is no text, or called binary. */
	{ FROM "\n\xc3\xa4\xc3\xb6\xc3\xbc\n",
	  FROM "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	       "Content-Transfer-Encoding: base64\n\nw6TDtsO8DQo=\n" },
	{ "MIME-Version: 1.0\nContent-Type: application/x-y\n\nabcdefghijklmnopqrstuv\xff\n",
	  "MIME-Version: 1.0\nContent-Type: application/x-y\n"
	  "Content-Transfer-Encoding: base64\n\nYWJjZGVmZ2hpamtsbW5vcHFyc3R1dv8NCg==\n" },
	{ "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: BINARY\n\n"
	  "abcdefghijklmnopqrstuv\xff\n",
	  "MIME-Version: 1.0\nContent-Type: text/plain\n"
	  "Content-Transfer-Encoding: base64\n\nYWJjZGVmZ2hpamtsbW5vcHFyc3R1dv8NCg==\n" },
	/* Blanks at an end, dots and "From " are kept from harm. */
	{ FROM "Content-Type: text/plain; charset=utf-8\n\n"
	       ".\nFrom here  \nand 1+1=2, of course, \xc2\xbd of it all\n",
	  FROM "Content-Type: text/plain; charset=utf-8\nMIME-Version: 1.0\n"
	       "Content-Transfer-Encoding: quoted-printable\n\n=2E\n=46rom here =20\n"
	       "and 1+1=3D2, of course, =C2=BD of it all\n" },
	/* Encoded already, and not quite. */
	{ "MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\na=3Db \xe9\n",
	  "MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\na=3Db =E9\n" },
	{ "MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nYW\xa0Jj\n",
	  "MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nYWJj\n" },
};

#define MIXED                                                                                 \
	"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b b\"\n"                \
	"Content-Transfer-Encoding: "

static const struct becomes multiparts[] = {
	/* Only the part with such bytes changes, and what stands around it is 7bit then. */
	{ MIXED "8bit\n\npreamble\n--b b\nContent-Transfer-Encoding: 8bit\n\nplain = plain\n"
		"--b b  \nContent-Type: text/html\nContent-Transfer-Encoding: 8bit\n\n"
		"<p>caf\xc3\xa9 is quite good here</p>\n\n--b b--\nepilogue\n",
	  MIXED "7bit\n\npreamble\n--b b\nContent-Transfer-Encoding: 8bit\n\nplain = plain\n"
		"--b b  \nContent-Type: text/html\nContent-Transfer-Encoding: "
		"quoted-printable\n\n"
		"<p>caf=C3=A9 is quite good here</p>\n\n--b b--\nepilogue\n" },
	/* The line end before a boundary is the boundary's. */
	{ MIXED "binary\n\n--b b\nContent-Type: image/x\n\n\xff\xfe\n--b b--\n",
	  MIXED "7bit\n\n--b b\nContent-Type: image/x\nContent-Transfer-Encoding: base64\n\n"
		"//4=\n--b b--\n" },
	{ MIXED "8bit\n\n--b b\nContent-Type: image/x\n\n\xff\xfe\n\n--b b--\n",
	  MIXED "7bit\n\n--b b\nContent-Type: image/x\nContent-Transfer-Encoding: base64\n\n"
		"//4NCg==\n--b b--\n" },
	/* A part without a header, and the message ends before its boundary does. */
	{ MIXED "8bit\n\n--b b\n\nit costs 5 \xe2\x82\xac, not more than that\n",
	  MIXED "7bit\n\n--b b\nContent-Type: text/plain; charset=utf-8\n"
		"Content-Transfer-Encoding: quoted-printable\n\n"
		"it costs 5 =E2=82=AC, not more than that\n" },
	/* A message inside. */
	{ MIXED "8bit\n\n--b b\nContent-Type: message/rfc822\n"
		"Content-Transfer-Encoding: 8bit\n\n" FROM
		"MIME-Version: 1.0\nContent-Type: text/plain; charset=latin1\n"
		"Content-Transfer-Encoding: 8bit\n\ncaf\xe9 is quite good\n--b b--\n",
	  MIXED "7bit\n\n--b b\nContent-Type: message/rfc822\n"
		"Content-Transfer-Encoding: 7bit\n\n" FROM
		"MIME-Version: 1.0\nContent-Type: text/plain; charset=latin1\n"
		"Content-Transfer-Encoding: quoted-printable\n\n"
		"caf=E9 is quite good\n--b b--\n" },
	/* A digest's parts are messages; an outer boundary ends an inner multipart. */
	{ "MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=o\n\n--o\n\n" FROM
	  "Content-Type: multipart/mixed; boundary=i\n\n--i\n\nwe say \xc2\xa1hola! here\n"
	  "--o--\n",
	  "MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=o\n\n--o\n\n" FROM
	  "Content-Type: multipart/mixed; boundary=i\n\n--i\n"
	  "Content-Type: text/plain; charset=utf-8\n"
	  "Content-Transfer-Encoding: quoted-printable\n\nwe say =C2=A1hola! here\n--o--\n" },
	/* What is signed and 7-bit hinders nobody. */
	{ MIXED
	  "8bit\n\n--b b\nContent-Type: multipart/signed; boundary=s\n\n--s\n\n"
	  "exactly so =E9\n--s\nContent-Type: application/pkcs7-signature\n\nMIIB\n--s--\n"
	  "\n--b b\nContent-Type: text/plain; charset=utf-8\n\n"
	  "this one is not \xc2\xa7 signed\n--b b--\n",
	  MIXED
	  "7bit\n\n--b b\nContent-Type: multipart/signed; boundary=s\n\n--s\n\n"
	  "exactly so =E9\n--s\nContent-Type: application/pkcs7-signature\n\nMIIB\n--s--\n"
	  "\n--b b\nContent-Type: text/plain; charset=utf-8\n"
	  "Content-Transfer-Encoding: quoted-printable\n\n"
	  "this one is not =C2=A7 signed\n--b b--\n" },
};

static void check_rows(const struct becomes *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = MOST };

		assert_int_equal(downgrade(rows[i].in, &out), SW_DOWNGRADE_DONE);
		assert_string_equal(sw_buf_str(&out), rows[i].out);
	}
}

static void texts_are_encoded(void **state)
{
	(void)state;
	check_rows(texts, SW_LEN(texts));
}

static void parts_are_encoded_where_they_stand(void **state)
{
	(void)state;
	check_rows(multiparts, SW_LEN(multiparts));
}

#define MULTI(type) "Content-Type: multipart/" type "; boundary=b\n\n--b\n\n"

static const struct {
	const char *in;
	enum sw_downgrade why;
} hindrances[] = {
	{ "DKIM-Signature: v=1\n" FROM "\n\xe9\n", SW_DOWNGRADE_DKIM },
	{ "ARC-Message-Signature: i=1\n" FROM "\n\xe9\n", SW_DOWNGRADE_DKIM },
	{ FROM "domainkey-signature: a\n" MULTI("mixed") "\xe9\n--b--\n", SW_DOWNGRADE_DKIM },
	{ "DKIM-Signature: v=1\n" FROM MULTI("mixed") "\n--b--\n\xe9\n", SW_DOWNGRADE_DKIM },
	{ "DKIM-Signature: v=1\nSubject: \xc3\xa9\n\nx\n", SW_DOWNGRADE_DKIM },
	{ FROM "Content-Type: message/rfc822\n\nDKIM-Signature: v=1\n\n\xe9\n",
	  SW_DOWNGRADE_DKIM },
	{ FROM MULTI("signed") "\xe9\n--b--\n", SW_DOWNGRADE_SIGNED },
	{ FROM "Content-Type: multipart/mixed; boundary=o\n\n--o\n" MULTI(
		  "signed") "\n--b\nContent-Type: message/rfc822\n\n" FROM "\n\xe9\n",
	  SW_DOWNGRADE_SIGNED },
	{ FROM "Content-Type: Application/PKCS7-Mime; smime-type=signed-data\n\n\xe9\n",
	  SW_DOWNGRADE_SMIME },
	{ FROM "Content-Type: application/x-pkcs7-signature\n\n\xe9\n", SW_DOWNGRADE_SMIME },
	{ "Subject: \xc3\xa9\n\nx\n", SW_DOWNGRADE_HEADER },
	{ FROM MULTI("mixed") "x\n--b\nContent-Disposition: a; filename=\xe9\n\nx\n--b--\n",
	  SW_DOWNGRADE_HEADER },
	{ FROM "Content-Type: message/rfc822\n\nSubject: \xe9\n\nx\n", SW_DOWNGRADE_HEADER },
	{ FROM "Content-Transfer-Encoding: x-uuencode\n\n\xe9\n", SW_DOWNGRADE_ENCODING },
	{ FROM "Content-Transfer-Encoding: x-strange\n\n\xe9\n", SW_DOWNGRADE_ENCODING },
	{ FROM "Content-Type: message/partial; id=1\n\n\xe9\n", SW_DOWNGRADE_MESSAGE },
	{ FROM "Content-Type: message/delivery-status\n\nX: y\n\nZ: \xe9\n",
	  SW_DOWNGRADE_MESSAGE },
	{ FROM "Content-Type: multipart/mixed; boundary=b\n\n\xe9\n--b\n\nx\n--b--\n",
	  SW_DOWNGRADE_STRUCTURE },
	{ FROM MULTI("mixed") "x\n--b--\n\xe9\n", SW_DOWNGRADE_STRUCTURE },
	{ FROM "Content-Type: multipart/mixed\n\n\xe9\n", SW_DOWNGRADE_STRUCTURE },
	{ FROM "Content-Type: multipart/mixed; boundary=b\n\n--c\n\n\xe9\n--c--\n",
	  SW_DOWNGRADE_STRUCTURE },
};

static void what_is_signed_or_unclear_is_left_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(hindrances); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = MOST };
		enum sw_downgrade why = downgrade(hindrances[i].in, &out);

		assert_string_equal(sw_downgrade_name(why),
				    sw_downgrade_name(hindrances[i].why));
		assert_true(strlen(sw_downgrade_text(why)) > 0);
		assert_int_equal(sw_buf_len(&out), 0);
	}
}

/* Long and short lines of all bytes but line ends and NUL, as many as asked for. */
static void add_noise(struct sw_buf *out, size_t bytes, unsigned seed)
{
	for (size_t i = 0, line = seed % 9000; i < bytes; i++) {
		seed = seed * 1103515245 + 12345;
		char c = (char)(seed >> 16);

		if (line-- == 0) {
			c = '\n';
			line = (seed >> 8) % (seed & 1 ? 80 : 9000);
		} else if (c == '\0' || c == '\r' || c == '\n') {
			c = ' ';
		}
		assert_ok(sw_buf_add_char(out, c));
	}
}

static void decode(struct sw_slice message, struct sw_buf *out)
{
	struct sw_arena arena;
	struct sw_mime mime;

	sw_arena_init(&arena);
	assert_ok(sw_mime_parse(&arena, message, &mime, NULL));
	for (struct sw_mime_part *p = mime.root; p; p = sw_mime_next(p)) {
		if (p->first)
			continue;
		assert_ok(sw_mime_decode(p, MOST, out));
		assert_ok(sw_buf_add_str(out, "|"));
	}
	sw_arena_fini(&arena);
}

/* Readers get the same bytes from each part, whatever its lines. */
static void what_readers_see_does_not_change(void **state)
{
	static const char *const types[] = { "text/plain; charset=koi8-r", "image/png" };
	SW_CLEANUP(sw_buf_fini) struct sw_buf in = { .max = MOST }, wire = { .max = MOST };
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = MOST }, before = { .max = MOST };
	SW_CLEANUP(sw_buf_fini) struct sw_buf after = { .max = MOST };
	struct sw_source *ready, *made;
	enum sw_downgrade why;
	struct sw_error err;

	(void)state;
	assert_ok(sw_buf_add_str(&in, FROM "MIME-Version: 1.0\nContent-Type: multipart/mixed; "
					   "boundary=x\n"));
	for (unsigned i = 0; i < 12; i++) {
		assert_ok(sw_buf_printf(&in, "\n--x\nContent-Type: %s\n\n", types[i % 2]));
		add_noise(&in, i * 20000, i);
	}
	assert_ok(sw_buf_add_str(&in, "\n--x--\n"));
	assert_ok(sw_ready_memory(sw_buf_slice(&in), NULL, &ready, &err));
	assert_ok(source_read_all(ready, 8192, &wire, &err));
	assert_ok(sw_downgrade_new(ready, &made, &why, &err));
	assert_int_equal(why, SW_DOWNGRADE_DONE);
	assert_ok(source_read_all(made, 4097, &out, &err));
	source_check_bytes(made, sw_buf_slice(&out));
	assert_true(made->facts.longest_line <= 78);
	decode(sw_buf_slice(&wire), &before);
	decode(sw_buf_slice(&out), &after);
	assert_true(sw_slice_eq(sw_buf_slice(&before), sw_buf_slice(&after)));
	sw_source_free(made);
	sw_source_free(ready);
}

/* A line of the encoded text that is longer than what is read at once. */
static void one_long_line_stays_one(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf in = { .max = MOST }, out = { .max = MOST };
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = MOST };

	(void)state;
	assert_ok(sw_buf_add_str(&in, FROM "\n"));
	for (size_t i = 0; i < 20000; i++)
		assert_ok(sw_buf_add_str(&in, "1234567890 and \xc3\xa9"));
	assert_ok(sw_buf_add_str(&in, "\n"));
	assert_int_equal(downgrade(sw_buf_str(&in), &out), SW_DOWNGRADE_DONE);
	decode(sw_buf_slice(&out), &text);
	assert_int_equal(sw_buf_len(&text), sw_buf_len(&in) - strlen(FROM "\n") + 1);
	assert_memory_equal(text.data, in.data + strlen(FROM "\n"), sw_buf_len(&text) - 1);
}

/* Deeper and of more parts than anybody needs. */
static void limits_are_told(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf in = { .max = MOST }, out = { .max = MOST };

	(void)state;
	assert_ok(sw_buf_add_str(&in, FROM));
	for (size_t i = 0; i < 2 * SW_MAX_MIME_DEPTH; i++)
		assert_ok(sw_buf_add_str(&in, "Content-Type: message/rfc822\n\n"));
	assert_ok(sw_buf_add_str(&in, FROM "\n\xe9\n"));
	assert_int_equal(downgrade(sw_buf_str(&in), &out), SW_DOWNGRADE_STRUCTURE);
	sw_buf_clear(&in);
	assert_ok(sw_buf_add_str(&in, FROM "Content-Type: multipart/mixed; boundary=b\n\n"));
	for (size_t i = 0; i < SW_MAX_MIME_PARTS; i++)
		assert_ok(sw_buf_add_str(&in, "--b\n\n\xe9\n"));
	assert_int_equal(downgrade(sw_buf_str(&in), &out), SW_DOWNGRADE_STRUCTURE);
}

static void each_failing_allocation_is_reported(void **state)
{
	struct sw_source *ready;
	struct sw_error err;
	bool failed = true;

	(void)state;
	assert_ok(sw_ready_memory(sw_slice_str(multiparts[4].in), NULL, &ready, &err));
	for (long n = 1; failed; n++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = MOST };
		struct sw_source *made = NULL;
		enum sw_downgrade why;

		sw_mem_fail_at(n);
		enum sw_err code = sw_downgrade_new(ready, &made, &why, &err);

		if (!code)
			code = source_read_all(made, 100, &out, &err);
		failed = sw_mem_failed();
		sw_mem_fail_at(0);
		assert_int_equal(code, failed ? SW_E_NOMEM : SW_OK);
		sw_source_free(made);
	}
	sw_source_free(ready);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_encoded),
		cmocka_unit_test(parts_are_encoded_where_they_stand),
		cmocka_unit_test(what_is_signed_or_unclear_is_left_alone),
		cmocka_unit_test(what_readers_see_does_not_change),
		cmocka_unit_test(one_long_line_stays_one),
		cmocka_unit_test(limits_are_told),
		cmocka_unit_test(each_failing_allocation_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
