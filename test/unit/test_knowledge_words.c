/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "knowledge/words.h"

enum { MOST = 64 };

/* Words as their bytes in the text, with '|' between. */
static const char *cut(const char *text, const struct kn_codes *codes)
{
	static char out[1024];
	struct kn_word words[MOST];
	size_t count = sw_kn_words(sw_slice_str(text), codes, words, MOST), len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%.*s", i ? "|" : "",
					(int)words[i].len, text + words[i].at);
	return out;
}

static void text_is_cut_at_everything_but_letters_and_digits(void **state SW_UNUSED)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ " \t\r\n.,;:!?-_/\\()[]{}<>\"'`~@#$%^&*+=|", "" },
		{ "User unknown", "User|unknown" },
		{ "USER_UNKNOWN", "USER|UNKNOWN" },
		{ "user\r\n\tunknown", "user|unknown" },
		{ "zen.spamhaus.org", "zen|spamhaus|org" },
		{ "S3140 4.7", "S3140|4|7" },
		{ "doesn't", "doesn|t" },
		{ "doesn\xe2\x80\x99t", "doesn|t" },
		{ "Пользователь не найден", "Пользователь|не|найден" },
		{ "bo\xc3\xaete pleine", "bo\xc3\xaete|pleine" },
		{ "bo\xeete pleine", "bo\xeete|pleine" },
		{ "\xabpleine\xbb", "pleine" },
		{ "存在しない", "存|在|し|な|い" },
		{ "user不明です", "user|不|明|で|す" },
		{ "「宛先」不明。", "宛|先|不|明" },
		{ "ไม่พบ", "ไ|ม|่|พ|บ" },
		{ "없는 사용자", "없는|사용자" },
		{ "a\0b", "a" },
		{ "caf\x65\xcc\x81 x", "caf\x65\xcc\x81|x" },
		{ "\xff\xfe x \x80\x81", "\xff\xfe|x" },
		{ "a\xe2\x80\x94"
		  "b\xe2\x80\xa6"
		  "c",
		  "a|b|c" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++)
		assert_row(i, strcmp(cut(cases[i].text, NULL), cases[i].want) == 0);
}

static uint64_t hash_of(const char *word)
{
	struct kn_word words[2];

	assert_int_equal(sw_kn_words(sw_slice_str(word), NULL, words, 2), 1);
	return words[0].hash;
}

static void words_that_people_take_for_the_same_are(void **state SW_UNUSED)
{
	static const char *const same[][2] = {
		{ "Mailbox", "mAILBOX" },
		{ "Ящик", "ЯЩИК" },
		{ "ещё", "ЕЩЕ" },
		{ "Größe", "GROSSE" },
		{ "boîte", "boite" },
		{ "não", "NAO" },
		{ "bo\xeete", "boîte" },
		{ "Æther", "aether" },
		{ "þing", "THING" },
		{ "cafe\xcc\x81", "café" },
		{ "Łódź", "lodz" },
		{ "İstanbul", "istanbul" },
		{ "ΧΡΉΣΤΗΣ", "χρηστησ" },
		{ "χρήστης", "χρηστησ" },
		{ "ＡＢＣ１", "abc1" },
		{ "Șters", "sters" },
		{ "soft\xc2\xadware", "software" },
		{ "Ґанок", "ґанок" },
		{ "мой", "мои\xcc\x86" },
		{ "ЁЛКА", "елка" },
		{ "Ўзбек", "ўзбек" },
	};
	static const char *const other[][2] = {
		{ "mailbox", "mailboxes" },
		{ "a", "а" },
		{ "550", "55" },
	};

	for (size_t i = 0; i < SW_LEN(same); i++)
		assert_row(i, hash_of(same[i][0]) == hash_of(same[i][1]));
	for (size_t i = 0; i < SW_LEN(other); i++)
		assert_row(i, hash_of(other[i][0]) != hash_of(other[i][1]));
}

/* The same words in UTF-8 and in what came before. */
static void old_charsets_are_guessed(void **state SW_UNUSED)
{
	static const struct {
		const char *utf8, *other;
	} cases[] = {
		{ "550 Пользователь не найден",
		  "550 \xcf\xee\xeb\xfc\xe7\xee\xe2\xe0\xf2\xe5\xeb\xfc \xed\xe5 "
		  "\xed\xe0\xe9\xe4\xe5\xed" },
		{ "550 Пользователь не найден",
		  "550 \xf0\xcf\xcc\xd8\xda\xcf\xd7\xc1\xd4\xc5\xcc\xd8 \xce\xc5 "
		  "\xce\xc1\xca\xc4\xc5\xce" },
		{ "user: Ящик ещё полон",
		  "user: \xdf\xf9\xe8\xea \xe5\xf9\xb8 \xef\xee\xeb\xee\xed" },
		{ "скриньки не існує",
		  "\xf1\xea\xf0\xe8\xed\xfc\xea\xe8 \xed\xe5 \xb3\xf1\xed\xf3\xba" },
		{ "boîte aux lettres à moitié pleine été",
		  "bo\xeete aux lettres \xe0 moiti\xe9 pleine \xe9t\xe9" },
		{ "Größe überschritten", "Gr\xf6\xdf"
					 "e \xfc"
					 "berschritten" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct kn_word a[MOST], b[MOST];
		size_t count = sw_kn_words(sw_slice_str(cases[i].utf8), NULL, a, MOST);

		assert_row(i,
			   sw_kn_words(sw_slice_str(cases[i].other), NULL, b, MOST) == count);
		for (size_t w = 0; w < count; w++)
			assert_row(i * 100 + w,
				   a[w].hash == b[w].hash && a[w].head == b[w].head);
	}
}

static void addresses_and_codes_are_left_out(void **state SW_UNUSED)
{
	static const struct kn_codes codes = { 550, { 5, 7, 26 } };
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "550 5.7.26 no", "no" },
		{ "550-5.7.26 this mail\r\n550-5.7.26 has been\r\n550 5.7.26 blocked",
		  "this|mail|has|been|blocked" },
		{ "said: 550-5.7.26 this mail 550-5.7.26 is 550 5.7.26 bad",
		  "said|this|mail|is|bad" },
		{ "#5.1.1 none\n(#5.1.2) here\n<554 5.3.0 x", "none|here|x" },
		{ "451 later\n  421 never", "later|never" },
		{ "limit of 450 reached", "limit|of|450|reached" },
		{ "in 5.1.1.1 and 192.0.2.55", "in|5|1|1|1|and|192|0|2|55" },
		{ "5500 messages", "5500|messages" },
		{ "<joe@example.com>... User unknown", "User|unknown" },
		{ "user joe.d+x=y@mail-1.example.com. unknown", "user|unknown" },
		{ "to=<\"odd one\"@example.com>, gone", "to|gone" },
		{ "at joe@[192.0.2.1] here", "at|here" },
		{ "joe@пример.рф gone", "gone" },
		{ "host antispam.blocked.example[192.0.2.1] said: no",
		  "host|192|0|2|1|said|no" },
		{ "Host no-spam.example said: no", "Host|said|no" },
		{ "Client host spam.example [192.0.2.1] no", "Client|host|192|0|2|1|no" },
		{ "proto=ESMTP helo=<spam.example>: no", "proto|ESMTP|helo|no" },
		{ "host spam.example is bad", "host|spam|example|is|bad" },
		{ "host unknown (", "host|unknown" },
		{ "alone @ and @example.com", "alone|and|example|com" },
		{ "a@", "a" },
		{ "x@y", "" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++)
		assert_row(i, strcmp(cut(cases[i].text, &codes), cases[i].want) == 0);
}

static void no_more_words_are_read_than_there_is_room_for(void **state SW_UNUSED)
{
	struct kn_word words[3] = { { .len = 0 }, { .len = 0 }, { .len = 77 } };

	assert_int_equal(sw_kn_words(SW_S("a b c d"), NULL, words, 2), 2);
	assert_int_equal(words[2].len, 77);
}

/* Of any three bytes in a row, words lie in the text, one behind the other. */
static void words_never_leave_the_text(void **state SW_UNUSED)
{
	static const struct kn_codes codes = { 550, { 5, 1, 1 } };
	static const unsigned char bytes[] = { 0,    ' ',  '\n', 'a',  '5',  '.',
					       '@',  '<',  '"',  '[',  0x80, 0xc3,
					       0xa9, 0xd0, 0xe3, 0x81, 0xf0, 0xff };
	enum { N = SW_LEN(bytes) };

	for (size_t i = 0; i < N * N * N * N; i++) {
		char text[4] = { (char)bytes[i % N], (char)bytes[i / N % N],
				 (char)bytes[i / N / N % N], (char)bytes[i / N / N / N] };
		struct kn_word words[MOST];
		size_t count = sw_kn_words(sw_slice(text, 4), &codes, words, MOST), end = 0;

		for (size_t w = 0; w < count; w++) {
			assert_true(words[w].at >= end && words[w].len > 0);
			end = words[w].at + words[w].len;
			assert_true(end <= 4);
		}
	}
}

static const struct {
	const char *text;
	int code;
	const char *enhanced;
} code_rows[] = {
	{ "550 5.1.1 User unknown", 550, "5.1.1" },
	{ "550-5.7.26 a\r\n550 5.7.26 b", 550, "5.7.26" },
	{ "421 Later", 421, "" },
	{ "  550", 550, "" },
	{ "250 2.0.0 OK", 250, "2.0.0" },
	{ "354 go ahead", 354, "" },
	{ "#5.1.1 no such user", 0, "5.1.1" },
	{ "sorry, no mailbox here by that name (#5.1.1)", 0, "5.1.1" },
	{ "smtp; 550 5.1.1 User unknown", 550, "5.1.1" },
	{ "smtp;550 5.2.2 over quota", 550, "5.2.2" },
	{ "x-postfix; delivery temporarily suspended", 0, "" },
	{ "host mx.example.net[192.0.2.25] said: 554 5.7.1 no (in reply to RCPT TO command)",
	  554, "5.7.1" },
	{ "host mx.example.net [198.51.100.45]: 452 too many", 452, "" },
	{ "SMTP error from remote mail server after RCPT TO:<a@b.example>: 550 Unknown user",
	  550, "" },
	{ "<mx.example.com #5.1.1 smtp; 550 5.1.1 <a@b.example> unknown>", 550, "5.1.1" },
	{ "#550 4.4.7 QUEUE.Expired; message expired ##", 550, "4.4.7" },
	{ "#< #5.7.1 smtp;554 5.7.1 x> #SMTP#", 554, "5.7.1" },
	{ "550 #5.1.0 Address rejected.", 550, "5.1.0" },
	{ "550 (5.7.1) no", 550, "5.7.1" },
	{ "Remote host said: 550 no", 550, "" },
	{ "error code 550 returned", 550, "" },
	{ "Remote server returned '554 5.2.2 mailbox full'", 554, "5.2.2" },
	{ "Recipient address rejected: 450 4.1.1 try later", 450, "4.1.1" },
	{ "dsn=5.1.1, status=bounced", 0, "5.1.1" },
	{ "5.4.4 (unable to route: no mail hosts for domain)", 0, "5.4.4" },
	{ "gave up\n550 no such user\n", 550, "" },
	{ "two: 450 4.2.0 later\nlast: 550 5.1.1 never", 450, "4.2.0" },
	{ "Сервер вернул код 550", 550, "" },
	{ "Fehler 554", 554, "" },
	{ "エラー 450", 450, "" },
	/* Numbers that are something else. */
	{ "не более 500 писем", 0, "" },
	{ "connect to mx.example.com[192.0.2.1]:587: Connection refused", 0, "" },
	{ "port 550 closed", 0, "" },
	{ "192.0.2.5 at 5.1.1.1", 0, "" },
	{ "550.1.2.3 is an address", 0, "" },
	{ "552 bytes exceeded", 0, "" },
	{ "message size 554 exceeds limit 450", 0, "" },
	{ "(450 KB)", 0, "" },
	{ "AS(4810) S550 queue 550AB12", 0, "" },
	{ "Exim 4.2.1 ESMTP Postfix 5.2.1", 0, "" },
	{ "in 2.5.1 we trust", 0, "" },
	{ "after 500 messages", 0, "" },
	{ "1550 Main Street, 55012", 0, "" },
	{ "tel 555-1234", 0, "" },
	{ "599 strange", 599, "" },
	{ "650 strange", 0, "" },
	{ "5.1.1000 x", 0, "" },
	{ "", 0, "" },
};

static void codes_are_believed_by_their_place(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(code_rows); i++) {
		struct kn_codes got;
		char text[SW_ENHANCED_TEXT];

		sw_kn_codes_find(sw_slice_str(code_rows[i].text), 0, (struct sw_enhanced){ 0 },
				 &got);
		sw_enhanced_text(got.enhanced, text);
		if (got.code != code_rows[i].code || strcmp(text, code_rows[i].enhanced) != 0)
			print_error("# \"%s\": %d %s\n", code_rows[i].text, got.code, text);
		assert_row(i, got.code == code_rows[i].code);
		assert_row(i, strcmp(text, code_rows[i].enhanced) == 0);
	}
}

static void codes_that_are_given_stay(void **state SW_UNUSED)
{
	struct kn_codes got;

	sw_kn_codes_find(SW_S("550 5.1.1 x"), 451, (struct sw_enhanced){ 0 }, &got);
	assert_int_equal(got.code, 451);
	assert_int_equal(got.enhanced.class, 0);
	sw_kn_codes_find(SW_S("550 5.1.1 x"), 0, (struct sw_enhanced){ 5, 7, 1 }, &got);
	assert_int_equal(got.code, 550);
	assert_int_equal(got.enhanced.subject, 7);
	sw_kn_codes_find(SW_S("x (#5.1.1)"), 550, (struct sw_enhanced){ 0 }, &got);
	assert_int_equal(got.enhanced.subject, 1);
	sw_kn_codes_find(SW_S("550 5.1.1 x"), 451, (struct sw_enhanced){ 4, 2, 0 }, &got);
	assert_int_equal(got.code, 451);
	assert_int_equal(got.enhanced.subject, 2);
}

/* A word must be the same however it is read: within a window of the text or by itself, at any
 * place in it and right before its end. */
static void words_are_the_same_wherever_they_stand(void **state SW_UNUSED)
{
	static const char *const words[] = { "a",        "of",         "550x",
					     "mailbox",  "mailboxe",   "mailboxes",
					     "DELIVERY", "1234567890", "xn99",
					     "9",        "Wa\xc3\xafz" };
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const struct kn_codes none;

	for (size_t w = 0; w < SW_LEN(words) * 140; w++) {
		size_t before = w / SW_LEN(words), len = strlen(words[w % SW_LEN(words)]);
		struct kn_word found[MOST], alone;
		char *text = malloc(before + len);

		assert_non_null(text);
		for (size_t i = 0; i < before; i++)
			text[i] = i % 9 == 8 || i + 1 == before ? ' ' : letters[i % 52];
		memcpy(text + before, words[w % SW_LEN(words)], len);
		size_t count = sw_kn_words(sw_slice(text, before + len), &none, found, MOST);

		assert_int_equal(count, before / 9 + (before % 9 > 1) + 1);
		for (size_t i = 0; i < count; i++) {
			alone = sw_kn_word_at(sw_slice(text, before + len), found[i].at,
					      KN_LATIN_1);
			assert_true(alone.hash == found[i].hash);
			assert_int_equal(alone.at, found[i].at);
			assert_int_equal(alone.len, found[i].len);
			assert_int_equal(alone.digits, found[i].digits);
			assert_int_equal(alone.head, found[i].head);
			assert_int_equal(sw_kn_word_end(sw_slice(text, before + len),
							found[i].at, KN_LATIN_1),
					 found[i].at + found[i].len);
		}
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut_at_everything_but_letters_and_digits),
		cmocka_unit_test(words_that_people_take_for_the_same_are),
		cmocka_unit_test(old_charsets_are_guessed),
		cmocka_unit_test(addresses_and_codes_are_left_out),
		cmocka_unit_test(words_are_the_same_wherever_they_stand),
		cmocka_unit_test(no_more_words_are_read_than_there_is_room_for),
		cmocka_unit_test(words_never_leave_the_text),
		cmocka_unit_test(codes_are_believed_by_their_place),
		cmocka_unit_test(codes_that_are_given_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
