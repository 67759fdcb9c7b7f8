/* SPDX-License-Identifier: MIT */
/* Where in a text the reply code and the enhanced code stand.  A diagnostic text of a bounce
 * is full of other numbers (ports, addresses, versions, sizes, queue ids): a code is believed
 * by its place. */
#include "knowledge/words.h"

static bool is_alnum(char c)
{
	return sw_ascii_digit(c) || (sw_ascii_lower(c) >= 'a' && sw_ascii_lower(c) <= 'z');
}

static bool take_number(struct sw_slice s, size_t *pos, uint16_t *ret)
{
	unsigned value = 0;
	size_t start = *pos;

	while (*pos < s.len && *pos - start < 3 && sw_ascii_digit(s.ptr[*pos]))
		value = value * 10 + (unsigned)(s.ptr[(*pos)++] - '0');
	*ret = (uint16_t)value;
	return *pos > start;
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

/* Lower case, with their lengths. */
#define WORD(word)                                                                            \
	{                                                                                     \
		"" word, sizeof(word) - 1                                                     \
	}

static bool is_one_of(struct sw_slice word, const struct sw_slice *words, size_t count)
{
	char first = word.len ? sw_ascii_lower(word.ptr[0]) : '\0';

	for (size_t i = 0; i < count; i++)
		if (words[i].len == word.len && words[i].ptr[0] == first &&
		    sw_slice_eq_nocase(word, words[i]))
			return true;
	return false;
}

/* What counts things, so that the number before it is no code. */
static const struct sw_slice units[] = {
	WORD("b"),       WORD("byte"),        WORD("bytes"),      WORD("k"),
	WORD("kb"),      WORD("kib"),         WORD("m"),          WORD("mb"),
	WORD("mib"),     WORD("octets"),      WORD("s"),          WORD("sec"),
	WORD("secs"),    WORD("second"),      WORD("seconds"),    WORD("min"),
	WORD("mins"),    WORD("minute"),      WORD("minutes"),    WORD("hour"),
	WORD("hours"),   WORD("day"),         WORD("days"),       WORD("ms"),
	WORD("message"), WORD("messages"),    WORD("mail"),       WORD("mails"),
	WORD("email"),   WORD("emails"),      WORD("recipient"),  WORD("recipients"),
	WORD("lines"),   WORD("connections"), WORD("connection"), WORD("times"),
	WORD("chars"),   WORD("characters"),  WORD("per"),        WORD("of"),
};
/* What names a number that is no code. */
static const struct sw_slice other_names[] = {
	WORD("port"),   WORD("line"),  WORD("limit"), WORD("size"),    WORD("id"),
	WORD("ticket"), WORD("count"), WORD("total"), WORD("than"),    WORD("bytes"),
	WORD("score"),  WORD("pid"),   WORD("uid"),   WORD("timeout"), WORD("as"),
};
static const struct sw_slice introductions[] = {
	WORD("said"),       WORD("says"),     WORD("say"),        WORD("error"),
	WORD("code"),       WORD("status"),   WORD("returned"),   WORD("return"),
	WORD("with"),       WORD("smtp"),     WORD("esmtp"),      WORD("reply"),
	WORD("replied"),    WORD("response"), WORD("responded"),  WORD("answer"),
	WORD("answered"),   WORD("message"),  WORD("result"),     WORD("rejected"),
	WORD("failed"),     WORD("got"),      WORD("received"),   WORD("was"),
	WORD("reason"),     WORD("server"),   WORD("deferred"),   WORD("bounced"),
	WORD("diagnostic"), WORD("fehler"),   WORD("fehlercode"), WORD("antwort"),
	WORD("erreur"),     WORD("errore"),   WORD("erro"),       WORD("fout"),
	WORD("respuesta"),  WORD("resposta"),
};
/* Likewise, where letters are more than a byte. */
static const struct sw_slice other_introductions[] = {
	WORD("ошибка"), WORD("Ошибка"), WORD("ошибкой"), WORD("код"),
	WORD("кодом"),  WORD("ответ"),  WORD("ответил"), WORD("błąd"),
	WORD("エラー"), WORD("コード"), WORD("错误"),    WORD("錯誤"),
};
/* Software whose version looks like an enhanced code. */
static const struct sw_slice versions[] = {
	WORD("exim"),         WORD("postfix"), WORD("sendmail"),
	WORD("version"),      WORD("ver"),     WORD("v"),
	WORD("release"),      WORD("build"),   WORD("esmtp"),
	WORD("php"),          WORD("openssl"), WORD("phpmailer"),
	WORD("kernel"),       WORD("linux"),   WORD("qmail"),
	WORD("libspf2"),      WORD("rspamd"),  WORD("haraka"),
	WORD("zone"),         WORD("mta"),     WORD("opensmtpd"),
	WORD("spamassassin"),
};

static bool is_counted(const struct search *s, size_t end)
{
	return is_one_of(word_after(s->text, end), units, SW_LEN(units));
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
	return is_one_of(word_before(s->text, s->pos), introductions, SW_LEN(introductions));
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

	if (is_counted(s, s->pos + 3) || is_one_of(before, other_names, SW_LEN(other_names)))
		return NOT;
	if (s->line_head)
		return AT_LINE;
	if (code / 10 % 10 > 5 && code / 10 % 10 != 7)
		return NOT;
	if (strchr(":;(\"'<[#=>|", s->text.ptr[s->pos - 1]))
		return INTRODUCED;
	if (s->pos > 1 && s->text.ptr[s->pos - 1] == ' ' &&
	    strchr(":;(\"'<[#=>|", s->text.ptr[s->pos - 2]))
		return INTRODUCED;
	return is_introduced(s) ? INTRODUCED : NOT;
}

/* The enhanced code right behind a reply code: "550 5.1.1", "550-5.1.1", "550 (#5.1.1)". */
static size_t enhanced_behind(struct sw_slice text, size_t pos, struct sw_enhanced *ret)
{
	size_t start = pos, len;

	while (pos < text.len && pos - start < 4 && text.ptr[pos] &&
	       strchr(" -#(<[:,;/=_.\t", text.ptr[pos]))
		pos++;
	len = sw_kn_enhanced_read(sw_slice_from(text, pos), ret);
	return pos > start && len ? pos + len : 0;
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
	    is_one_of(word_before(s->text, s->pos), versions, SW_LEN(versions)))
		return NOT;
	if (s->line_head || strchr("#([<", s->text.ptr[s->pos - 1]))
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

/* What may stand between the head of a line and its code. */
static bool is_mark(char c)
{
	return c && strchr(" \t(<[\"'#*>|-", c);
}

static void find_head(struct search *s)
{
	size_t before = s->pos;

	while (before > 0 && is_mark(s->text.ptr[before - 1]))
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
	if (sw_kn_enhanced_read(sw_slice_from(s->text, s->pos), &e)) {
		if (!given_enhanced)
			see_enhanced(s, ret, e);
		return;
	}
	struct sw_enhanced kept = ret->enhanced;

	see_code(s, ret, given_code);
	if (given_enhanced)
		ret->enhanced = kept;
}

static void find(struct sw_slice text, struct kn_codes *ret)
{
	struct search s = { .text = text };
	bool given_code = ret->code != 0, given_enhanced = ret->enhanced.class != 0;

	for (size_t pos = 0; pos < text.len; pos++) {
		if ((unsigned char)(text.ptr[pos] - '2') > '5' - '2')
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
