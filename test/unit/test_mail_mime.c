/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/limits.h"
#include "base/text.h"
#include "codec/charset.h"
#include "mail/header.h"
#include "mail/mime.h"

/* "type(child,child)"; a part without children in a multipart has none. */
static void add_tree(const struct sw_mime_part *p, struct sw_buf *out)
{
	assert_ok(sw_buf_add(out, p->type));
	if (!p->first)
		return;
	assert_ok(sw_buf_add_char(out, '('));
	for (const struct sw_mime_part *c = p->first; c; c = c->next) {
		assert_ptr_equal(c->parent, p);
		add_tree(c, out);
		assert_ok(sw_buf_add_char(out, c->next ? ',' : ')'));
	}
}

/* The first leaf's body. */
static struct sw_slice leaf(const struct sw_mime_part *p)
{
	while (p->first)
		p = p->first;
	return p->body;
}

#define REPORT "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"

static const struct {
	struct sw_slice in;
	const char *tree, *leaf;
	bool broken;
} trees[] = {
	{ SW_S("Subject: x\n\nbody\n"), "text/plain", "body\n", false },
	{ SW_S("Subject: x\r\n\r\nbody\r\n"), "text/plain", "body\r\n", false },
	{ SW_S("Subject: x\r\rbody\r"), "text/plain", "body\r", false },
	{ SW_S("Subject: x\r\r\n\r\r\nbody"), "text/plain", "body", false },
	{ SW_S("\xef\xbb\xbfSubject: x\n\nbody"), "text/plain", "body", false },
	{ SW_S("From a@b Thu Jan 1\nSubject: x\n\nbody"), "text/plain", "body",
	  false },
	{ SW_S("\n\nSubject: x\n\nbody"), "text/plain", "body", false },
	{ SW_S("no header at all\nbody\n"), "text/plain", "no header at all\nbody\n",
	  true },
	{ SW_S(""), "text/plain", "", false },
	/* separators of blanks; a fold of blanks is none */
	{ SW_S("Subject: x\n \nbody line"), "text/plain", "body line", false },
	{ SW_S("Subject: x\n \nContent-Type: text/html\n\nbody"), "text/html", "body",
	  false },
	/* a line that is no field, in the middle and in front of the body */
	{ SW_S("Subject: x\nwrapped here\nContent-Type: text/html\n\nbody"),
	  "text/html", "body", true },
	{ SW_S("Subject: x\nbody at once\n\nmore"), "text/plain",
	  "body at once\n\nmore", true },
	/* types */
	{ SW_S("Content-Type: TEXT/HTML; charset=x\n\n"), "text/html", "", false },
	{ SW_S("Content-Type: text\n\n"), "text/plain", "", false },
	{ SW_S("Content-Type:\n\n"), "text/plain", "", false },
	{ SW_S("Content-Type: ;;\n\n"), "text/plain", "", false },
	{ SW_S("content-type : text/html\n\n"), "text/html", "", false },
	{ SW_S("Content-Type: text/html\nContent-Type: text/x\n\n"), "text/html", "",
	  false },
	/* multiparts */
	{ SW_S(REPORT "pre\n--b\n\none\n--b\nContent-Type: message/delivery-status\n\n"
		      "F: x\n--b--\nepilogue\n"),
	  "multipart/report(text/plain,message/delivery-status)", "one", false },
	{ SW_S("Content-Type: multipart/mixed;\r\n\tboundary=\"a b\"\r\n\r\n--a b  "
	       "\r\n\r\none\r\n\r\n--a b--\r\n"),
	  "multipart/mixed(text/plain)", "one\r\n", false },
	{ SW_S("Content-Type: multipart/mixed; boundary=x\r\r--x\r\rone\r--x--\r"),
	  "multipart/mixed(text/plain)", "one", false },
	{ SW_S("Content-Type: multipart/mixed boundary=x\n\n--x\n\none\n--x--\n"),
	  "multipart/mixed(text/plain)", "one", false },
	{ SW_S("Content-Type: multipart; boundary=x\n\n--x\n\none\n--x--\n"),
	  "multipart/mixed(text/plain)", "one", false },
	{ SW_S("Content-Type: multipart/mixed;\n boundary*0=a;\n boundary*1=b\n\n"
	       "--ab\n\none\n--ab--\n"),
	  "multipart/mixed(text/plain)", "one", false },
	/* never closed, never opened */
	{ SW_S(REPORT "--b\n\none"), "multipart/report(text/plain)", "one", true },
	{ SW_S(REPORT "just text\n"), "multipart/report", "just text\n", true },
	/* a boundary that is another one's begin; the inner ends with the outer */
	{ SW_S("Content-Type: multipart/mixed; boundary=a\n\n--a\n"
	       "Content-Type: multipart/mixed; boundary=ab\n\n--ab\n\none\n--a--\n"),
	  "multipart/mixed(multipart/mixed(text/plain))", "one", true },
	/* the declared boundary is not there, or none is declared */
	{ SW_S("Content-Type: multipart/mixed; boundary=\"--b\"\n\n--b\nContent-Type: "
	       "text/html\n\none\n--b--\n"),
	  "multipart/mixed(text/html)", "one", true },
	{ SW_S("Content-Type: multipart/mixed\n\n--b\nContent-Type: text/html\n\none\n"
	       "--b\nContent-Type: text/plain\n\ntwo\n--b--\n"),
	  "multipart/mixed(text/html,text/plain)", "one", true },
	/* messages inside */
	{ SW_S("Content-Type: message/rfc822\n\nSubject: y\n\ninner\n"),
	  "message/rfc822(text/plain)", "inner\n", false },
	{ SW_S("Content-Type: text/rfc822-headers\n\nSubject: y\nTo: z\n"),
	  "text/rfc822-headers(text/plain)", "", false },
	{ SW_S("Content-Type: message/rfc822\nContent-Transfer-Encoding: "
	       "base64\n\nU3Vi\n"),
	  "message/rfc822", "U3Vi\n", false },
	{ SW_S(REPORT "--b\nContent-Type: message/rfc822\n\n" REPORT
		      "--b\n\none\n--b--\n"),
	  "multipart/report(message/rfc822(multipart/report(text/plain)))", "one",
	  true },
	{ SW_S("Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: "
	       "1\n\none\n--d\nContent-Type: text/plain\n\ntwo\n--d--\n"),
	  "multipart/digest(message/rfc822(text/plain),text/plain)", "one", false },
	/* a part that ends inside its header, and one without anything */
	{ SW_S(REPORT "--b\nContent-Type: text/html\n--b\n\ntwo\n--b--\n"),
	  "multipart/report(text/html,text/plain)", "", true },
	{ SW_S(REPORT "--b\n--b--\n"), "multipart/report(text/plain)", "", true },
	{ SW_S(REPORT "--b\nprose at once\n--b--\n"), "multipart/report(text/plain)",
	  "prose at once", true },
	/* lines that only look like delimiters */
	{ SW_S(REPORT "--b\n\n-- \n--\n--bx\n --b\nx--b\n--b--x\n--b--\n"),
	  "multipart/report(text/plain)", "-- \n--\n--bx\n --b\nx--b\n--b--x", false },
};

static void builds_the_tree(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(trees); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf tree = { .max = 1000 };
		struct sw_mime m;

		assert_ok(sw_mime_parse(&arena, trees[i].in, &m, NULL));
		add_tree(m.root, &tree);
		if (strcmp(sw_buf_str(&tree), trees[i].tree) != 0 ||
		    !sw_slice_eq(leaf(m.root), sw_slice_str(trees[i].leaf)))
			print_error("# row %zu: %s \"%.*s\"\n", i, sw_buf_str(&tree),
				    SW_FMT(leaf(m.root)));
		assert_string_equal(sw_buf_str(&tree), trees[i].tree);
		assert_row(i, sw_slice_eq(leaf(m.root), sw_slice_str(trees[i].leaf)));
		assert_row(i, m.broken == trees[i].broken);
		assert_row(i, !m.cut);
	}
}

static void tells_what_the_fields_say(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_mime m;

	assert_ok(sw_mime_parse(&arena,
				SW_S("Content-Type: text/plain;\n charset=\"koi8-r\"; "
				     "name=other\nContent-Transfer-Encoding: "
				     "Quoted-Printable (yes)\nContent-Disposition: "
				     "ATTACHMENT; filename*=utf-8''%c3%a9.txt\n\n"),
				&m, NULL));
	assert_slice(m.root->charset, "koi8-r");
	assert_slice(m.root->name, "\xc3\xa9.txt");
	assert_int_equal(m.root->encoding, SW_TE_QP);
	assert_true(m.root->attachment);
	assert_slice(m.root->type, "text/plain");

	assert_ok(sw_mime_parse(&arena,
				SW_S("Content-Type: multipart/report; boundary=x;\n "
				     "Report-Type=\"disposition-notification\"\n"
				     "Content-Transfer-Encoding: wild\n\n"),
				&m, NULL));
	assert_slice(m.root->report_type, "disposition-notification");
	assert_int_equal(m.root->encoding, SW_TE_UNKNOWN);
	assert_false(m.root->attachment);
	assert_int_equal(m.root->name.len, 0);
}

static void finds_fields(void **state SW_UNUSED)
{
	static const struct {
		const char *header, *name, *want;
		bool decode;
	} rows[] = {
		{ "A: 1\nB: 2\n", "b", "2", false },
		{ "A: 1\r\n 2\r\n\t3\r\nB: 4\r\n", "A", "1 2\t3", false },
		{ "A: 1\r 2\rB: 4", "A", "1 2", false },
		{ "A :  x  \n", "a", "x", false },
		{ "A:\nB: 4\n", "A", "", false },
		{ "A: =?utf-8?q?caf=C3=A9?=\n", "A", "caf\xc3\xa9", true },
		{ "A: =?utf-8?q?caf=C3=A9?=\n", "A", "=?utf-8?q?caf=C3=A9?=", false },
		{ "A: caf\xe9\n", "A", "caf\\xe9", true },
		{ "junk\nA: 1\n", "A", "1", false },
		{ "A: 1\n", "C", NULL, false },
		{ "A: 1\n\nB: 2\n", "B", NULL, false },
		{ "", "A", NULL, false },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		struct sw_slice got = sw_mime_field(&arena, sw_slice_str(rows[i].header),
						    rows[i].name, rows[i].decode);

		assert_row(i, (got.ptr == NULL) == (rows[i].want == NULL));
		assert_row(i, !rows[i].want || sw_slice_eq(got, sw_slice_str(rows[i].want)));
	}
}

static void finds_parameters(void **state SW_UNUSED)
{
	static const struct {
		const char *value, *name, *want;
	} rows[] = {
		{ "a/b; x=1; y=2", "y", "2" },
		{ "a/b;X = \"1;2\" ;y=2", "x", "1;2" },
		{ "a/b; x=\"1\\\"2\"", "x", "1\"2" },
		{ "a/b; x=\"open", "x", "open" },
		{ "a/b x=1", "x", "1" },
		{ "a/b; x*0=1; x*1=2", "x", "12" },
		{ "a/b; x==?utf-8?q?=C3=A9?=", "x", "\xc3\xa9" },
		{ "a/b; xx=1; x=2", "x", "2" },
		{ "a/b; x", "x", NULL },
		{ "a/b", "x", NULL },
		{ "", "x", NULL },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		struct sw_slice got;

		assert_ok(sw_mime_param(&arena, sw_slice_str(rows[i].value), rows[i].name,
					&got));
		assert_row(i, (got.ptr == NULL) == (rows[i].want == NULL));
		assert_row(i, !rows[i].want || sw_slice_eq(got, sw_slice_str(rows[i].want)));
	}
}

static void decodes_bodies_to_text(void **state SW_UNUSED)
{
	static const struct {
		const char *type, *encoding, *body, *want;
	} rows[] = {
		{ "text/plain", "7bit", "a\r\nb\rc\n", "a\nb\nc\n" },
		{ "text/plain", "quoted-printable", "caf=C3=A9=\r\n!\r\n", "caf\xc3\xa9!\n" },
		{ "text/plain", "base64", "Y2Fm\r\nw6k=", "caf\xc3\xa9" },
		{ "text/plain; charset=iso-8859-1", "8bit", "caf\xe9", "caf\xc3\xa9" },
		{ "text/plain", "8bit", "caf\xe9", "caf\xc3\xa9" },
		{ "text/plain; charset=us-ascii", "8bit", "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "text/plain; charset=iso-8859-1", "8bit", "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "text/plain; charset=iso-2022-jp", "7bit", "\x1b$B$3\x1b(B",
		  "\xe3\x81\x93" },
		{ "text/plain", "7bit", "\x1b$B$3\x1b(B", "\xe3\x81\x93" },
		{ "text/plain; charset=no-such", "8bit",
		  "\xef\xf8\xe8\xe1\xea\xe0 \xe4\xee\xf1\xf2\xe0\xe2\xea\xe8",
		  "\xd0\xbf\xd1\x88\xd0\xb8\xd0\xb1\xd0\xba\xd0\xb0 "
		  "\xd0\xb4\xd0\xbe\xd1\x81\xd1\x82\xd0\xb0\xd0\xb2\xd0\xba\xd0\xb8" },
		{ "text/html", "7bit", "<p>a<br>b", "a\nb\n" },
		{ "text/plain", "7bit", "<html><body>a<br>b", "a\nb\n" },
		{ "text/plain", "x-uuencode", "begin 644 x\n#0V%T\n`\nend\n", "Cat" },
		{ "text/plain", "strange", "as it is=20", "as it is=20" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf in = { .max = 1000 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };
		struct sw_mime m;

		assert_ok(sw_buf_printf(
			&in, "Content-Type: %s\nContent-Transfer-Encoding: %s\n\n%s",
			rows[i].type, rows[i].encoding, rows[i].body));
		assert_ok(sw_mime_parse(&arena, sw_buf_slice(&in), &m, NULL));
		assert_ok(sw_mime_text(m.root, 900, &out));
		assert_string_equal(sw_buf_str(&out), rows[i].want);
		for (size_t max = 0; max < 9; max++) {
			sw_buf_clear(&out);
			assert_ok(sw_mime_text(m.root, max, &out));
			assert_row(i, sw_buf_len(&out) <= max + 1);
			assert_row(i, sw_utf8_valid(sw_buf_slice(&out)));
			sw_buf_clear(&out);
			assert_ok(sw_mime_decode(m.root, max, &out));
			assert_row(i, sw_buf_len(&out) <= max);
		}
	}
}

static void guesses_charsets(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "plain", "utf-8" },
		{ "caf\xc3\xa9", "utf-8" },
		{ "caf\xe9 ol\xe9", "windows-1252" },
		{ "\xcf\xee\xf7\xf2\xe0 \xed\xe5 \xe4\xee\xf8\xeb\xe0", "windows-1251" },
		{ "\xf0\xcf\xde\xd4\xc1 \xce\xc5 \xc4\xcf\xdb\xcc\xc1", "koi8-r" },
		{ "\xb7\xa2\xcb\xcd\xca\xa7\xb0\xdc a \xca\xd5\xbc\xfe\xc8\xcb b "
		  "\xb5\xd8\xd6\xb7 "
		  "c \xb2\xbb\xb4\xe6\xd4\xda",
		  "gb18030" },
		{ "\x1b$B$3\x1b(B", "iso-2022-jp" },
		{ "\x1b$)C\x0e$3", "iso-2022-kr" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_slice got = sw_charset_guess(sw_slice_str(rows[i].in));

		assert_row(i, sw_slice_eq(got, sw_slice_str(rows[i].want)));
		assert_row(i, sw_charset_known(got));
	}
}

/* Pieces of which hostile messages are made; each must be read in linear time. */
static void is_bounded(void **state SW_UNUSED)
{
	static const struct {
		const char *head, *piece;
		bool cut;
	} rows[] = {
		{ "", "Content-Type: multipart/mixed; boundary=b\n\n--b\n", true },
		{ "", "Content-Type: message/rfc822\n\n", true },
		{ "Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\nx\n", true },
		{ "Content-Type: multipart/digest; boundary=b\n\n", "--b\n\n\n\n", true },
		{ "Content-Type: multipart/mixed; boundary=b\n\n", "\n--", false },
		{ "Content-Type: multipart/mixed; boundary=b\n\n", "\r--", false },
		{ "Content-Type: multipart/mixed; boundary=b\n\n", "--bx", false },
		{ "X: ", "y", true },
		{ "", "X: y\n", true },
		{ "", "X: y\r", true },
		{ "", "X\n", false },
		{ "", "\r", false },
		{ "", " \n", false },
		{ "A: b\n", " \n", true },
		{ "Content-Type: ", ";a=b", true },
		{ "", "x", false },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf in = { .max = 20 << 20 };
		struct sw_mime m;
		size_t parts = 0;

		assert_ok(sw_buf_add_str(&in, rows[i].head));
		sw_test_fill(&in, rows[i].piece, SW_MAX_HEADER_BLOCK + SW_TEST_MUCH(3 << 20));
		assert_ok(sw_mime_parse(&arena, sw_buf_slice(&in), &m, NULL));
		for (const struct sw_mime_part *p = m.root; p; p = sw_mime_next(p)) {
			assert_row(i, p->depth < SW_MAX_MIME_DEPTH);
			assert_row(i, p->header.len <= SW_MAX_HEADER_BLOCK);
			parts++;
		}
		assert_row(i, parts == m.parts && parts <= SW_MAX_MIME_PARTS);
		assert_row(i, m.cut == rows[i].cut);
		assert_row(i, arena.bytes < 8 << 20);
	}
}

static enum sw_err run(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };
	struct sw_mime m;
	enum sw_err code = sw_mime_parse(
		&arena,
		SW_S("Content-Type: multipart/x-other; boundary*0=b; boundary*1=c\n\n--bc\n"
		     "Content-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: "
		     "base64\nSubject: =?utf-8?q?=C3=A9?=\n\nPHA+wcHB\n--bc--\n"),
		&m, NULL);

	if (!code)
		code = sw_mime_text(m.root->first, 100, &out);
	struct sw_slice subject;

	if (!code)
		code = sw_mime_field_find(&arena, m.root->first->header, "Subject", true,
					  &subject);
	return code;
}

static void survives_every_failing_allocation(void **state SW_UNUSED)
{
	sw_test_failing_allocations(run, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_the_tree),
		cmocka_unit_test(tells_what_the_fields_say),
		cmocka_unit_test(finds_fields),
		cmocka_unit_test(finds_parameters),
		cmocka_unit_test(decodes_bodies_to_text),
		cmocka_unit_test(guesses_charsets),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(survives_every_failing_allocation),
	};

	return cmocka_run_group_tests_name("mail_mime", tests, NULL, NULL);
}
