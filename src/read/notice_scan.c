/* SPDX-License-Identifier: MIT */
#include "read/notice_scan.h"

#include "base/limits.h"

static bool is_word(char c)
{
	return sw_ascii_digit(c) || (sw_ascii_lower(c) >= 'a' && sw_ascii_lower(c) <= 'z') ||
	       ((unsigned char)c & 0x80);
}

static char at(struct sw_slice s, size_t i)
{
	return i < s.len ? s.ptr[i] : '\0';
}

/* Up to three digits, cut off at *pos. */
static bool take_number(struct sw_slice s, size_t *pos, unsigned *ret)
{
	size_t start = *pos;
	unsigned n = 0;

	while (sw_ascii_digit(at(s, *pos)) && *pos - start < 3)
		n = n * 10 + (unsigned)(s.ptr[(*pos)++] - '0');
	*ret = n;
	return *pos > start && !sw_ascii_digit(at(s, *pos)) &&
	       (*pos - start == 1 || s.ptr[start] != '0');
}

/* "5.1.1" at *pos with nothing around it that makes it a version, an address or a price.
 * Subjects beyond 9 are nobody's. */
static bool take_enhanced(struct sw_slice s, size_t *pos, struct sw_enhanced *ret)
{
	size_t i = *pos;
	unsigned class, subject, detail;

	if (!take_number(s, &i, &class) || (class != 4 && class != 5) || at(s, i++) != '.' ||
	    !take_number(s, &i, &subject) || subject > 9 || at(s, i++) != '.' ||
	    !take_number(s, &i, &detail))
		return false;
	if (is_word(at(s, i)) || (at(s, i) == '.' && sw_ascii_digit(at(s, i + 1))) ||
	    at(s, i) == '@')
		return false;
	*ret = (struct sw_enhanced){ (uint8_t) class, (uint16_t)subject, (uint16_t)detail };
	*pos = i;
	return true;
}

/* The word that ends before `end`, blanks between left out. */
static struct sw_slice word_before(struct sw_slice s, size_t end)
{
	size_t i;

	while (end > 0 && (s.ptr[end - 1] == ' ' || s.ptr[end - 1] == '\t'))
		end--;
	i = end;
	while (i > 0 && end - i < 16 && is_word(s.ptr[i - 1]))
		i--;
	return sw_slice(s.ptr + i, end - i);
}

static struct sw_slice word_after(struct sw_slice s, size_t from)
{
	size_t end;

	while (at(s, from) == ' ')
		from++;
	end = from;
	while (end < s.len && end - from < 16 && is_word(s.ptr[end]))
		end++;
	return sw_slice(s.ptr + from, end - from);
}

static bool in_list(struct sw_slice word, const char *const *list)
{
	for (; *list; list++)
		if (sw_slice_eq_nocase(word, sw_slice_str(*list)))
			return true;
	return false;
}

/* What makes three digits a quantity, a port, a year ... */
static const char *const UNITS[] = { "bytes",      "byte",     "kb",       "mb",    "gb",
				     "kib",        "mib",      "gib",      "k",     "m",
				     "kbyte",      "kbytes",   "days",     "hours", "hour",
				     "hrs",        "h",        "minutes",  "min",   "mins",
				     "s",          "seconds",  "sec",      "secs",  "times",
				     "recipients", "messages", "attempts", "ms",    "octets",
				     "characters", "lines",    "people",   "users", "percent",
				     "octet",      "tage",     "stunden",  "jours", "heures",
				     "horas",      "dias",     NULL };
static const char *const NOT_AFTER[] = { "port",    "line",  "size",  "id",     "pid",
					 "uid",     "page",  "than",  "of",     "over",
					 "exceeds", "about", "after", "within", "every",
					 "phone",   "tel",   "fax",   "uid",    "linkid",
					 NULL };
static const char *const AFTER[] = {
	"error",  "code",      "status", "returned", "reply",     "response",  "replied",
	"said",   "with",      "got",    "answered", "reason",    "message",   "erreur",
	"fehler", "smtp",      "failed", "received", "errorcode", "number",    "err",
	"errno",  "replycode", "codice", "errore",   "fout",      "code_smtp", "c\303\263digo",
	"codigo", "kod",       "blad",   NULL
};

static bool is_lead(char c)
{
	return c && strchr(":;#('\"<>[=|*,\n", c);
}

/* The character that ends before `i` is of a script without blanks, or its punctuation. */
static bool is_wide_before(struct sw_slice s, size_t i)
{
	return i >= 3 && (unsigned char)s.ptr[i - 3] >= 0xe3;
}

/* The rank of three digits at `i` by what stands around them. */
static enum notice_rank rank_code(struct sw_slice s, size_t i)
{
	char next = at(s, i + 3);
	size_t back = i;
	struct sw_slice word;

	if (next == ':' && sw_ascii_digit(at(s, i + 4)))
		return NOTICE_NO_CODE;
	if (next && !strchr(" \t\n-:;,.#'\")]>}/", next))
		return NOTICE_NO_CODE;
	if ((next == '.' || next == '-' || next == '/' || next == ',') &&
	    sw_ascii_digit(at(s, i + 4)) && !(next == '-' && at(s, i + 5) == '.'))
		return NOTICE_NO_CODE;
	if (in_list(word_after(s, i + 3), UNITS))
		return NOTICE_NO_CODE;
	while (back > 0 && (s.ptr[back - 1] == ' ' || s.ptr[back - 1] == '\t'))
		back--;
	if (back == 0 || is_wide_before(s, back))
		return NOTICE_CODE_LIKELY;
	/* "[506]" and "(587)" behind a blank are notes, not replies; "(550 No such" is one. */
	if ((next == ']' || next == ')') && strchr("[(", s.ptr[back - 1]))
		return NOTICE_CODE_PERHAPS;
	if (is_lead(s.ptr[back - 1]))
		return NOTICE_CODE_LIKELY;
	word = word_before(s, back);
	if (in_list(word, NOT_AFTER))
		return NOTICE_NO_CODE;
	return in_list(word, AFTER) ? NOTICE_CODE_LIKELY : NOTICE_CODE_PERHAPS;
}

/* The enhanced code that follows a reply code: "550 5.1.1", "550-5.1.1", "550 #5.1.1",
 * "550 (5.1.1", and with the code given twice. */
static bool enhanced_behind(struct sw_slice s, size_t i, struct sw_enhanced *ret)
{
	size_t pos = i + 3;

	for (int skipped = 0;
	     at(s, pos) && strchr(" \t\n-#(<['\":;", at(s, pos)) && skipped < 6; skipped++)
		pos++;
	if (take_enhanced(s, &pos, ret))
		return true;
	if (pos + 4 < s.len && memcmp(s.ptr + pos, s.ptr + i, 3) == 0 &&
	    (s.ptr[pos + 3] == ' ' || s.ptr[pos + 3] == '-')) {
		pos += 4;
		return take_enhanced(s, &pos, ret);
	}
	return false;
}

static bool code_at(struct sw_slice s, size_t i)
{
	return (s.ptr[i] == '4' || s.ptr[i] == '5') && sw_ascii_digit(at(s, i + 1)) &&
	       sw_ascii_digit(at(s, i + 2)) && !is_word(at(s, i + 3)) && at(s, i + 3) != '@' &&
	       at(s, i + 3) != '_';
}

static bool number_begins(struct sw_slice s, size_t i)
{
	char before = i ? s.ptr[i - 1] : ' ';

	if (((unsigned char)before & 0x80) && is_wide_before(s, i))
		before = ' ';

	return (s.ptr[i] == '4' || s.ptr[i] == '5') && !is_word(before) && before != '.' &&
	       before != '@' && before != '_' && before != '+' && before != '$' &&
	       !(before == '-' && i > 1 && (is_word(s.ptr[i - 2]) || s.ptr[i - 2] == '-')) &&
	       !(before == ':' && i > 1 && sw_ascii_digit(s.ptr[i - 2])) &&
	       !(before == '=' && i > 3 &&
		 sw_slice_starts_nocase(sw_slice(s.ptr + i - 4, 4), SW_S("port"))) &&
	       !(before == '/' && i > 1 && sw_ascii_digit(s.ptr[i - 2]));
}

/* An enhanced code alone; "version 4.7.1" is none. */
static struct notice_reply enhanced_at(struct sw_slice s, size_t i)
{
	static const char *const versions[] = { "version", "v",        "ver",     "exim",
						"postfix", "sendmail", "release", "php",
						"build",   NULL };
	struct notice_reply r = { .rank = NOTICE_NO_CODE, .at = i };
	size_t pos = i;

	if (take_enhanced(s, &pos, &r.enhanced) && !in_list(word_before(s, i), versions))
		r.rank = NOTICE_CODE_ENHANCED;
	return r;
}

static struct notice_reply reply_at(struct sw_slice s, size_t i)
{
	struct notice_reply r = { .at = i };

	if (!code_at(s, i))
		return enhanced_at(s, i);
	r.rank = rank_code(s, i);
	if (r.rank == NOTICE_NO_CODE)
		return r;
	r.code = (s.ptr[i] - '0') * 100 + (s.ptr[i + 1] - '0') * 10 + (s.ptr[i + 2] - '0');
	/* RFC 5321 4.2.1 knows no second digit beyond 5; providers made up some. */
	if (r.rank == NOTICE_CODE_PERHAPS && r.code % 100 >= 60)
		r.rank = NOTICE_NO_CODE;
	if (enhanced_behind(s, i, &r.enhanced))
		r.rank = NOTICE_CODE_SURE;
	return r;
}

/* "554 <a@b>... 550 Host unknown": a relay's own code before that of the other side. */
static bool wraps(struct sw_slice s, size_t first, size_t i)
{
	size_t back = i;

	while (back > first && s.ptr[back - 1] == ' ')
		back--;
	return back >= first + 3 && memcmp(s.ptr + back - 3, "...", 3) == 0;
}

struct notice_reply notice_reply_find(struct sw_slice s)
{
	struct notice_reply best = { 0 };

	s = sw_slice_head(s, SW_MAX_REPLY_LINE);
	for (size_t i = 0; i < s.len; i++) {
		struct notice_reply r;

		if (!number_begins(s, i))
			continue;
		r = reply_at(s, i);
		if (r.rank == NOTICE_NO_CODE)
			continue;
		if (r.code && best.code && best.rank < NOTICE_CODE_SURE &&
		    wraps(s, best.at, i)) {
			if (r.rank < NOTICE_CODE_LIKELY)
				r.rank = NOTICE_CODE_LIKELY;
			best = r;
		} else if (r.rank == NOTICE_CODE_ENHANCED && best.code &&
			   best.enhanced.class == 0 && r.enhanced.class == best.code / 100) {
			best.enhanced = r.enhanced; /* "552 over quota (#5.2.2)" */
		} else if (r.rank > best.rank) {
			best = r;
		}
		i += 2;
	}
	return best;
}

/* ---- hosts ---- */

static bool is_host_char(char c)
{
	return (is_word(c) && !((unsigned char)c & 0x80)) || c == '-' || c == '.' || c == '_';
}

/* Dotted, the last label of two letters or more. */
static bool is_name(struct sw_slice s)
{
	size_t label = 0, dots = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '.') {
			if (i == label)
				return false;
			label = i + 1;
			dots++;
		}
	}
	if (dots == 0 || s.len - label < 2 || s.len > 253)
		return false;
	for (size_t i = label; i < s.len; i++)
		if (sw_ascii_digit(s.ptr[i]) && !(s.len - label > 4 && i > label + 3))
			return false;
	return true;
}

static bool is_ipv4(struct sw_slice s)
{
	unsigned parts = 0;
	size_t pos = 0;
	unsigned n;

	while (parts < 4 && take_number(s, &pos, &n) && n < 256) {
		parts++;
		if (parts < 4 && at(s, pos++) != '.')
			return false;
	}
	return parts == 4 && pos == s.len;
}

static bool literal_behind(struct sw_slice s, size_t end)
{
	if (at(s, end) == '.')
		end++;
	if (at(s, end) == ':')
		end++;
	while (at(s, end) == ' ' || at(s, end) == '\n')
		end++;
	return (at(s, end) == '[' || at(s, end) == '(') &&
	       (sw_ascii_digit(at(s, end + 1)) || at(s, end + 1) == ':' ||
		sw_slice_starts_nocase(sw_slice_from(s, end + 1), SW_S("ipv6")) ||
		sw_slice_starts_nocase(sw_slice_from(s, end + 1), SW_S("tcp|")) ||
		at(s, end + 5) == ':');
}

static enum notice_host host_rank(struct sw_slice s, struct notice_span t)
{
	static const char *const before[] = { "host",    "server",   "to",      "mx",
					      "mta",     "system",   "dns",     "by",
					      "with",    "relay",    "gateway", "hostname",
					      "serveur", "servidor", "hote",    NULL };
	struct sw_slice token = notice_span_slice(s, t);
	struct sw_slice word;
	size_t back = t.at;

	if (is_ipv4(token))
		return NOTICE_HOST_LITERAL;
	if (!is_name(token))
		return NOTICE_NO_HOST;
	if (literal_behind(s, t.end))
		return NOTICE_HOST_SURE;
	while (back > 0 && strchr(" :;'\"<\n=", s.ptr[back - 1]))
		back--;
	word = word_before(s, back);
	return in_list(word, before) ? NOTICE_HOST_CALLED : NOTICE_HOST_ANY;
}

enum notice_host notice_host_find(struct sw_slice s, struct sw_slice *ret)
{
	enum notice_host best = NOTICE_NO_HOST;

	for (size_t i = 0; i < s.len;) {
		struct notice_span t = { i, i };
		char before = i ? s.ptr[i - 1] : ' ';
		enum notice_host rank;

		while (t.end < s.len && is_host_char(s.ptr[t.end]))
			t.end++;
		if (t.end == t.at) {
			i++;
			continue;
		}
		i = t.end + 1;
		while (t.end > t.at && strchr(".-_", s.ptr[t.end - 1]))
			t.end--;
		if (before == '@' || before == '/' || at(s, t.end) == '@' ||
		    at(s, t.end) == '/' || t.end == t.at)
			continue;
		rank = host_rank(s, t);
		if (rank > best) {
			best = rank;
			*ret = notice_span_slice(s, t);
		}
	}
	return best;
}
