/* SPDX-License-Identifier: MIT */
/* Where in a text the reply code and the enhanced code stand.  A diagnostic text of a bounce
 * is full of other numbers (ports, addresses, versions, sizes, queue ids): a code is believed
 * by its place. */
#include "knowledge/words.h"

#include <endian.h>

static bool is_alnum(char c)
{
	return sw_ascii_digit(c) || (sw_ascii_lower(c) >= 'a' && sw_ascii_lower(c) <= 'z');
}

static inline bool take_number(struct sw_slice s, size_t *ret_pos, uint16_t *ret)
{
	unsigned value = 0, digit;
	size_t pos = *ret_pos, start = pos;

	while (pos < s.len && pos - start < 3 &&
	       (digit = (unsigned char)s.ptr[pos] - (unsigned)'0') < 10) {
		value = value * 10 + digit;
		pos++;
	}
	*ret = (uint16_t)value;
	*ret_pos = pos;
	return pos > start;
}

size_t sw_kn_enhanced_read(struct sw_slice s, struct sw_enhanced *ret)
{
	uint16_t subject, detail;
	size_t pos = 2;

	if (s.len < 5 || (s.ptr[0] != '2' && s.ptr[0] != '4' && s.ptr[0] != '5') ||
	    s.ptr[1] != '.' || !take_number(s, &pos, &subject) || pos >= s.len ||
	    s.ptr[pos++] != '.' || !take_number(s, &pos, &detail))
		return 0;
	/* "5.1.1.1" and "5.1.1000" are something else, "5.1.1." ends a sentence. */
	if (pos < s.len && (is_alnum(s.ptr[pos]) || s.ptr[pos] == '@'))
		return 0;
	if (pos + 1 < s.len && s.ptr[pos] == '.' && sw_ascii_digit(s.ptr[pos + 1]))
		return 0;
	*ret = (struct sw_enhanced){ (uint8_t)(s.ptr[0] - '0'), subject, detail };
	return pos;
}

bool sw_kn_code_read(struct sw_slice s, int *ret)
{
	if (s.len < 3 || s.ptr[0] < '2' || s.ptr[0] > '5' || !sw_ascii_digit(s.ptr[1]) ||
	    !sw_ascii_digit(s.ptr[2]) || (s.len > 3 && is_alnum(s.ptr[3])))
		return false;
	/* "250.1.2.3", "451,000", "550:25". */
	if (s.len > 4 && (s.ptr[3] == '.' || s.ptr[3] == ',' || s.ptr[3] == '/') &&
	    sw_ascii_digit(s.ptr[4])) {
		struct sw_enhanced e;

		if (!sw_kn_enhanced_read(sw_slice_from(s, 4), &e))
			return false;
	}
	*ret = (s.ptr[0] - '0') * 100 + (s.ptr[1] - '0') * 10 + (s.ptr[2] - '0');
	return true;
}

/* How surely a number is a code. */
enum trust {
	NOT = 0,
	INTRODUCED, /* "said: 550", "error code 550" */
	AT_LINE,    /* at the head of a line */
	WITH_BOTH,  /* "550 5.1.1" somewhere */
	AT_HEAD,    /* the text begins so */
};

struct search {
	struct sw_slice text;
	size_t pos;
	bool line_head, text_head;
	enum trust code_trust, enhanced_trust;
	size_t code_end; /* behind the code that was found */
};

/* The letters before `pos`, without blanks and marks between. */
static struct sw_slice word_before(struct sw_slice text, size_t pos)
{
	size_t end = pos, start;

	while (end > 0 && !is_alnum(text.ptr[end - 1]) && pos - end < 4 &&
	       text.ptr[end - 1] != '\n')
		end--;
	start = end;
	while (start > 0 && is_alnum(text.ptr[start - 1]) && end - start < 16)
		start--;
	return sw_slice(text.ptr + start, end - start);
}

static struct sw_slice word_after(struct sw_slice text, size_t pos)
{
	size_t start = pos, end;

	while (start < text.len && text.ptr[start] == ' ' && start - pos < 2)
		start++;
	end = start;
	while (end < text.len && is_alnum(text.ptr[end]) && end - start < 16)
		end++;
	return sw_slice(text.ptr + start, end - start);
}

/* Which of the marks between codes and their neighbours a byte is. */
enum { MARK_HEAD = 1, MARK_BEHIND = 2, MARK_BEFORE = 4, MARK_OPENS = 8 };
static const uint8_t marks[256] = {
	/* What may stand between the head of a line and its code; between the codes; before a
	 * code within a text; before an enhanced one that stands apart. */
	['\0'] = MARK_BEFORE | MARK_OPENS,
	[' '] = MARK_HEAD | MARK_BEHIND,
	['\t'] = MARK_HEAD | MARK_BEHIND,
	['('] = MARK_HEAD | MARK_BEHIND | MARK_BEFORE | MARK_OPENS,
	['<'] = MARK_HEAD | MARK_BEHIND | MARK_BEFORE | MARK_OPENS,
	['['] = MARK_HEAD | MARK_BEHIND | MARK_BEFORE | MARK_OPENS,
	['#'] = MARK_HEAD | MARK_BEHIND | MARK_BEFORE | MARK_OPENS,
	['"'] = MARK_HEAD | MARK_BEFORE,
	['\''] = MARK_HEAD | MARK_BEFORE,
	['>'] = MARK_HEAD | MARK_BEFORE,
	['|'] = MARK_HEAD | MARK_BEFORE,
	['*'] = MARK_HEAD,
	['-'] = MARK_HEAD | MARK_BEHIND,
	[':'] = MARK_BEHIND | MARK_BEFORE,
	[';'] = MARK_BEHIND | MARK_BEFORE,
	['='] = MARK_BEHIND | MARK_BEFORE,
	[','] = MARK_BEHIND,
	['/'] = MARK_BEHIND,
	['_'] = MARK_BEHIND,
	['.'] = MARK_BEHIND,
};

static inline bool is_mark(char c, unsigned which)
{
	return marks[(unsigned char)c] & which;
}

/* Lower case, with their lengths. */
#define WORD(word) { "" word, sizeof(word) - 1 },
/* A bit for its first letter: most words are not in a list by that alone. */
#define FIRST(word) | 1u << ((word)[0] & 31)

/* `firsts`: bits of their first letters. */
static bool is_one_of(struct sw_slice word, unsigned firsts, const struct sw_slice *words,
		      size_t count)
{
	char first = word.len ? sw_ascii_lower(word.ptr[0]) : '\0';

	if (!(firsts >> (first & 31) & 1))
		return false;
	for (size_t i = 0; i < count; i++)
		if (words[i].len == word.len && words[i].ptr[0] == first &&
		    sw_slice_eq_nocase(word, words[i]))
			return true;
	return false;
}

/* What counts things, so that the number before it is no code. */
#define UNITS(X)                                                                              \
	X("b")                                                                                \
	X("byte")                                                                             \
	X("bytes") X("k") X("kb") X("kib") X("m") X("mb") X("mib") X("octets") X("s")         \
		X("sec") X("secs") X("second") X("seconds") X("min") X("mins") X("minute")    \
			X("minutes") X("hour") X("hours") X("day") X("days") X("ms")          \
				X("message") X("messages") X("mail") X("mails") X("email")    \
					X("emails") X("recipient") X("recipients") X("lines") \
						X("connections") X("connection") X("times")   \
							X("chars") X("characters") X("per")   \
								X("of")
static const struct sw_slice units[] = { UNITS(WORD) };
/* What names a number that is no code. */
#define OTHER_NAMES(X)                                                                        \
	X("port")                                                                             \
	X("line")                                                                             \
	X("limit") X("size") X("id") X("ticket") X("count") X("total") X("than") X("bytes")   \
		X("score") X("pid") X("uid") X("timeout") X("as")
static const struct sw_slice other_names[] = { OTHER_NAMES(WORD) };
#define INTRODUCTIONS(X)                                                                      \
	X("said")                                                                             \
	X("says")                                                                             \
	X("say") X("error") X("code") X("status") X("returned") X("return") X("with") X(      \
		"smtp") X("esmtp") X("reply") X("replied") X("response") X("responded")       \
		X("answer") X("answered") X("message") X("result") X("rejected") X("failed")  \
			X("got") X("received") X("was") X("reason") X("server") X("deferred") \
				X("bounced") X("diagnostic") X("fehler") X("fehlercode")      \
					X("antwort") X("erreur") X("errore") X("erro")        \
						X("fout") X("respuesta") X("resposta")
static const struct sw_slice introductions[] = { INTRODUCTIONS(WORD) };
/* Likewise, where letters are more than a byte. */
static const struct sw_slice other_introductions[] = {
	WORD("ошибка") WORD("Ошибка") WORD("ошибкой") WORD("код") WORD("кодом") WORD("ответ")
		WORD("ответил") WORD("błąd") WORD("エラー") WORD("コード") WORD("错误")
			WORD("錯誤")
};
/* Software whose version looks like an enhanced code. */
#define VERSIONS(X)                                                                           \
	X("exim")                                                                             \
	X("postfix")                                                                          \
	X("sendmail") X("version") X("ver") X("v") X("release") X("build") X("esmtp")         \
		X("php") X("openssl") X("phpmailer") X("kernel") X("linux") X("qmail")        \
			X("libspf2") X("rspamd") X("haraka") X("zone") X("mta")               \
				X("opensmtpd") X("spamassassin")
static const struct sw_slice versions[] = { VERSIONS(WORD) };

static bool is_counted(const struct search *s, size_t end)
{
	return is_one_of(word_after(s->text, end), 0 UNITS(FIRST), units, SW_LEN(units));
}

static bool is_introduced(const struct search *s)
{
	struct sw_slice before = sw_slice_trim(sw_slice_head(s->text, s->pos));

	for (size_t i = 0; i < SW_LEN(other_introductions); i++) {
		size_t len = other_introductions[i].len;

		if (before.len >= len && sw_slice_eq(sw_slice_from(before, before.len - len),
						     other_introductions[i]))
			return true;
	}
	return is_one_of(word_before(s->text, s->pos), 0 INTRODUCTIONS(FIRST), introductions,
			 SW_LEN(introductions));
}

static enum trust trust_code(const struct search *s, int code, bool with_enhanced)
{
	if (s->text_head && (with_enhanced || !is_counted(s, s->pos + 3)))
		return AT_HEAD;
	/* Replies of success are found at the head of a reply only. */
	if (code < 400)
		return NOT;
	if (with_enhanced)
		return WITH_BOTH;
	struct sw_slice before = word_before(s->text, s->pos);

	if (is_counted(s, s->pos + 3) ||
	    is_one_of(before, 0 OTHER_NAMES(FIRST), other_names, SW_LEN(other_names)))
		return NOT;
	if (s->line_head)
		return AT_LINE;
	if (code / 10 % 10 > 5 && code / 10 % 10 != 7)
		return NOT;
	if (is_mark(s->text.ptr[s->pos - 1], MARK_BEFORE))
		return INTRODUCED;
	if (s->pos > 1 && s->text.ptr[s->pos - 1] == ' ' &&
	    is_mark(s->text.ptr[s->pos - 2], MARK_BEFORE))
		return INTRODUCED;
	return is_introduced(s) ? INTRODUCED : NOT;
}

/* The enhanced code right behind a reply code: "550 5.1.1", "550-5.1.1", "550 (#5.1.1)". */
static size_t enhanced_behind(struct sw_slice text, size_t pos, struct sw_enhanced *ret)
{
	size_t start = pos, len;

	while (pos < text.len && pos - start < 4 && is_mark(text.ptr[pos], MARK_BEHIND))
		pos++;
	if (pos == start)
		return 0;
	len = sw_kn_enhanced_read(sw_slice_from(text, pos), ret);
	return len ? pos + len : 0;
}

static void see_code(struct search *s, struct kn_codes *ret, bool given)
{
	struct sw_enhanced e = { 0 };
	int code;

	if (!sw_kn_code_read(sw_slice_from(s->text, s->pos), &code) ||
	    (given && code != ret->code))
		return;
	size_t end = enhanced_behind(s->text, s->pos + 3, &e);
	enum trust trust = trust_code(s, code, end > 0);

	if (trust <= s->code_trust)
		return;
	s->code_trust = trust;
	ret->code = code;
	if (end) {
		ret->enhanced = e;
		s->enhanced_trust = AT_HEAD;
	} else if (ret->enhanced.class != code / 100) {
		ret->enhanced = (struct sw_enhanced){ 0 };
		s->enhanced_trust = NOT;
	}
}

static enum trust trust_enhanced(const struct search *s, struct sw_enhanced e)
{
	if (s->text_head)
		return AT_HEAD;
	/* RFC 3463 ends at subject 7. */
	if (e.subject > 7 || e.class == 2 ||
	    is_one_of(word_before(s->text, s->pos), 0 VERSIONS(FIRST), versions,
		      SW_LEN(versions)))
		return NOT;
	if (s->line_head || is_mark(s->text.ptr[s->pos - 1], MARK_OPENS))
		return AT_LINE;
	return INTRODUCED;
}

/* One that stands alone; `ret->code` may not be known yet. */
static void see_enhanced(struct search *s, struct kn_codes *ret, struct sw_enhanced e)
{
	enum trust trust = trust_enhanced(s, e);

	if (trust <= s->enhanced_trust || (ret->code && ret->code / 100 != e.class))
		return;
	s->enhanced_trust = trust;
	ret->enhanced = e;
}

static void find_head(struct search *s)
{
	size_t before = s->pos;

	while (before > 0 && is_mark(s->text.ptr[before - 1], MARK_HEAD))
		before--;
	s->text_head = before == 0;
	s->line_head = before == 0 || s->text.ptr[before - 1] == '\n' ||
		       s->text.ptr[before - 1] == '\r';
}

static void see_digit(struct search *s, struct kn_codes *ret, bool given_code,
		      bool given_enhanced)
{
	char before = s->pos > 0 ? s->text.ptr[s->pos - 1] : ' ';
	struct sw_enhanced e;

	if (is_alnum(before) || before == '.' || before == '@')
		return;
	find_head(s);
	if (s->text.ptr[s->pos + 1] == '.') {
		if (sw_kn_enhanced_read(sw_slice_from(s->text, s->pos), &e) && !given_enhanced)
			see_enhanced(s, ret, e);
		return;
	}
	struct sw_enhanced kept = ret->enhanced;

	see_code(s, ret, given_code);
	if (given_enhanced)
		ret->enhanced = kept;
}

#define EACH(byte) ((uint64_t)0x0101010101010101 * (byte))

/* From `pos` on, the next byte from '2' to '5': eight at a time.  Sums stay within their byte,
 * since all that is added to is below 0x80. */
static size_t next_digit(struct sw_slice text, size_t pos)
{
	for (; text.len - pos >= 8; pos += 8) {
		uint64_t block;

		memcpy(&block, text.ptr + pos, sizeof(block));
		block = le64toh(block);
		uint64_t low = block & EACH(0x7f);
		uint64_t found = (low + EACH(0x80 - '2')) & ~(low + EACH(0x7f - '5')) &
				 ~block & EACH(0x80);

		if (found)
			return pos + (unsigned)__builtin_ctzll(found) / 8;
	}
	while (pos < text.len && (unsigned char)(text.ptr[pos] - '2') > '5' - '2')
		pos++;
	return pos;
}

static void find(struct sw_slice text, struct kn_codes *ret)
{
	struct search s = { .text = text };
	bool given_code = ret->code != 0, given_enhanced = ret->enhanced.class != 0;

	for (size_t pos = 0; (pos = next_digit(text, pos)) + 2 < text.len; pos++) {
		char next = text.ptr[pos + 1];

		if (next != '.' && !sw_ascii_digit(next))
			continue;
		s.pos = pos;
		see_digit(&s, ret, given_code, given_enhanced);
		/* Nothing goes over codes at the head. */
		if (s.code_trust + s.enhanced_trust == 2 * AT_HEAD)
			break;
	}
}

void sw_kn_codes_find(struct sw_slice text, int code, struct sw_enhanced enhanced,
		      struct kn_codes *ret)
{
	*ret = (struct kn_codes){ .code = code, .enhanced = enhanced };
	if (!code || !enhanced.class)
		find(text, ret);
}
