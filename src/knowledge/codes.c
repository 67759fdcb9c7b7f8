/* SPDX-License-Identifier: MIT */
/* Where in a text the reply code and the enhanced code stand.  A diagnostic text of a bounce
 * is full of other numbers (ports, addresses, versions, sizes, queue ids): a code is believed
 * by its place. */
#include <stdio.h>

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

static bool is_one_of(struct sw_slice word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sw_slice_eq_nocase(word, sw_slice_str(words[i])))
			return true;
	return false;
}

/* What counts things, so that the number before it is no code. */
static const char *const units[] = {
	"b",	     "byte",	"bytes",   "k",		 "kb",		"kib",	  "m",
	"mb",	     "mib",	"octets",  "s",		 "sec",		"secs",	  "second",
	"seconds",   "min",	"mins",	   "minute",	 "minutes",	"hour",	  "hours",
	"day",	     "days",	"ms",	   "message",	 "messages",	"mail",	  "mails",
	"email",     "emails",	"recipient", "recipients", "connections", "connection", "times",
	"lines",     "characters", "chars", "per",	 "of",
};
/* What names a number that is no code. */
static const char *const other_names[] = {
	"port", "line", "limit", "size", "id", "ticket", "count", "total", "than", "bytes",
	"score", "pid", "timeout", "uid", "as",
};
static const char *const introductions[] = {
	"said",	  "says",     "say",	 "error",  "code",     "status", "returned", "return",
	"with",	  "smtp",     "esmtp",	 "reply",  "replied",  "response", "responded",
	"answer", "answered", "message", "result", "rejected", "failed", "got",	     "received",
	"was",	  "reason",   "server",	 "deferred", "bounced", "diagnostic",
};
/* Software whose version looks like an enhanced code. */
static const char *const versions[] = {
	"exim", "postfix", "sendmail", "version", "ver", "v", "release", "build", "esmtp",
	"php", "phpmailer", "openssl", "kernel", "linux", "libspf2", "spamassassin", "rspamd",
	"qmail", "opensmtpd", "haraka", "zone", "mta",
};

static bool is_counted(const struct search *s, size_t end)
{
	return is_one_of(word_after(s->text, end), units, SW_LEN(units));
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
	    is_one_of(before, other_names, SW_LEN(other_names)))
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
	return is_one_of(before, introductions, SW_LEN(introductions)) ? INTRODUCED : NOT;
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

static void see_digit(struct search *s, struct kn_codes *ret, bool given_code,
		      bool given_enhanced)
{
	char before = s->pos > 0 ? s->text.ptr[s->pos - 1] : ' ';
	struct sw_enhanced e;

	if (is_alnum(before) || before == '.' || before == '@')
		return;
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
	struct search s = { .text = text, .line_head = true, .text_head = true };
	bool given_code = ret->code != 0, given_enhanced = ret->enhanced.class != 0;

	for (; s.pos < text.len; s.pos++) {
		char c = text.ptr[s.pos];

		if (c >= '2' && c <= '5')
			see_digit(&s, ret, given_code, given_enhanced);
		if (c == '\n' || c == '\r') {
			s.line_head = true;
		} else if (!c || !strchr(" \t(<[\"'#*>|-", c)) {
			s.line_head = s.text_head = false;
		}
	}
}

void sw_kn_codes_find(struct sw_slice text, int code, struct sw_enhanced enhanced,
		      struct kn_codes *ret)
{
	*ret = (struct kn_codes){ .code = code, .enhanced = enhanced };
	if (!code || !enhanced.class)
		find(text, ret);
	if (ret->code >= 100 && ret->code <= 999)
		snprintf(ret->code_text, sizeof(ret->code_text), "%03u",
			 (unsigned)ret->code % 1000);
	sw_enhanced_text(ret->enhanced, ret->enhanced_text);
	ret->enhanced_len = strlen(ret->enhanced_text);
}
