/* SPDX-License-Identifier: MIT */
/* Where a reply begins inside of a line: "... said: 550 5.1.1 ...", "(535, b'5.7.8 ...". Other
 * numbers of three digits stand there too: ports, times, sizes, parts of addresses. */
#include "knowledge/explain_work.h"

int sw_explain_code_at(const struct sw_explain_text *t, size_t pos)
{
	const char *p = t->low + pos;
	size_t left = t->len - pos;

	if (left < 3 || p[0] < '2' || p[0] > '5' || !sw_ascii_digit(p[1]) ||
	    !sw_ascii_digit(p[2]))
		return 0;
	/* RFC 5321 4.2.1 knows second digits 0 to 5; some servers have others (e.g. 571). */
	/* "550/554" are two codes. */
	bool slash = left > 3 && p[3] == '/' && !(left > 4 && sw_ascii_digit(p[4]));

	if (left > 3 && (sw_explain_is_word(p[3]) || p[3] == '@' || slash || p[3] == '%'))
		return 0;
	/* "550.5.7" and "250.4" are something else, "550. Refused" is not. */
	if (left > 4 && (p[3] == '.' || p[3] == ',') && sw_ascii_digit(p[4]))
		return 0;
	return (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
}

bool sw_explain_enhanced_at(const struct sw_explain_text *t, size_t pos,
			    struct sw_enhanced *ret, size_t *ret_len)
{
	size_t from = pos < t->len && t->low[pos] == '#' ? pos + 1 : pos, end = from;
	char copy[SW_ENHANCED_TEXT];

	while (end < t->len && end - from < sizeof(copy) &&
	       (sw_ascii_digit(t->low[end]) || t->low[end] == '.'))
		end++;
	/* The full stop of a sentence is none of the code. */
	if (end > from && t->low[end - 1] == '.')
		end--;
	if (end - from >= sizeof(copy) ||
	    (end < t->len && (sw_explain_is_word(t->low[end]) || t->low[end] == '@')))
		return false;
	memcpy(copy, t->low + from, end - from);
	if (!sw_enhanced_parse(sw_slice(copy, end - from), ret, ret_len))
		return false;
	*ret_len += from - pos;
	return true;
}

/* Words before a code that say that one comes. */
static const char *const anchors[] = {
	"said",          "says",       "replied",  "reply",    "replies",    "response",
	"responded",     "returned",   "error",    "code",     "message",    "answer",
	"answered",      "status",     "smtp",     "rejected", "server",     "diagnostic",
	"failed",        "failure",    "refused",  "with",     "because",    "reason",
	"remote",        "msg",        "text",     "got",      "was",        "retcode",
	"response code", "stat",       "result",   "deferred", "bounced",    "lmtp",
	"esmtp",         "host",       "output",   "details",  "is",         "err",
	"ответил",       "ответ",      "ошибка",   "код",      "сервер",     "ошибку",
	"сообщение",     "ответа",     "ответом",  "antwort",  "antwortete", "meldung",
	"fehler",        "fehlercode", "réponse",  "erreur",   "respuesta",  "código",
	"respondió",     "errore",     "risposta", "fout",     "antwoord",   "resposta",
	"odpowiedź",     "błąd",       "fel",      "応答",     "エラー",     "返信",
	"错误",          "代码",       "回應",     "返回",     "應答",
};

/* Words before and after a number that is a measure. */
static const char *const measures_before[] = {
	"port",     "line",  "after",    "within",   "in",      "for",    "size",
	"limit",    "of",    "max",      "maximum",  "delay",   "delay=", "least",
	"most",     "about", "every",    "порт",     "порту",   "строка", "через",
	"после",    "pid",   "uid",      "delays",   "session", "id",     "exceeds",
	"exceeded", "than",  "ttl",      "lines",    "byte",    "bytes",  "conn",
	"queue",    "http",  "http/1.1", "http/1.0", "http/2",  "rfc",
};
static const char *const measures_after[] = {
	"seconds", "second", "secs",       "sec",      "minutes",    "minute",      "min",
	"hours",   "hour",   "days",       "bytes",    "kb",         "mb",          "kib",
	"mib",     "gb",     "recipients", "messages", "characters", "connections", "ms",
	"times",   "секунд", "минут",      "часов",    "байт",       "octets",      "users",
	"emails",  "mails",  "msgs",       "rcpts",    "per",        "s)",          "lines",
};

static bool stands_before(const struct sw_explain_text *t, size_t pos, const char *const *list,
			  size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sw_explain_ends_in(t, pos, list[i]))
			return true;
	return false;
}

static bool stands_after(const struct sw_explain_text *t, size_t pos)
{
	if (pos >= t->len || t->low[pos] != ' ')
		return false;
	for (size_t i = 0; i < SW_LEN(measures_after); i++) {
		size_t end = pos + 1 + strlen(measures_after[i]);

		if (sw_explain_has_at(t, pos + 1, measures_after[i]) &&
		    (end >= t->len || !sw_explain_is_word(t->low[end])))
			return true;
	}
	return false;
}

/* What may stand before a code: no letter, digit or part of an address. */
static bool may_precede(char c)
{
	return c != '\0' && strchr(" ([{'\":;=_<>`|,\n", c) != NULL;
}

static bool has_enhanced_behind(const struct sw_explain_text *t, size_t pos, int code)
{
	struct sw_enhanced e;
	size_t len;

	while (pos < t->len && strchr(" -_(,:b'\"", t->low[pos]) && t->low[pos])
		pos++;
	return sw_explain_enhanced_at(t, pos, &e, &len) && e.class == code / 100;
}

/* Points for what stands around a code; below HEAD_NEEDS it is any number. */
enum { HEAD_NEEDS = 40 };

/* "Expected response code 220 but got an empty response": what did not come. */
static bool is_expected(const struct sw_explain_text *t, size_t pos)
{
	enum { NEAR = 32 };
	static const char *const words[] = { "expected", "expecting", "instead of",
					     "ожидался" };
	size_t from = pos > NEAR ? pos - NEAR : 0;

	for (size_t i = 0; i < SW_LEN(words); i++) {
		size_t at = sw_explain_search(t, from, pos, words[i]);

		/* "unexpected", and what came in its place */
		if (at < pos && !(at > 0 && sw_explain_is_word(t->low[at - 1])) &&
		    sw_explain_search(t, at, pos, " got ") == pos &&
		    sw_explain_search(t, at, pos, "received") == pos &&
		    sw_explain_search(t, at, pos, "\n") == pos)
			return true;
	}
	return false;
}

static int head_score(const struct sw_explain_text *t, size_t pos, int code)
{
	char before = pos > 0 ? t->low[pos - 1] : '\n';
	char after = pos + 3 < t->len ? t->low[pos + 3] : '\n';
	bool anchored = stands_before(t, pos, anchors, SW_LEN(anchors));
	int score = 0;

	if (!may_precede(before) || is_expected(t, pos))
		return 0;
	/* host:587 and 10:20:550 */
	if (before == ':' && !anchored)
		return 0;
	score += anchored ? 40 : 0;
	score += has_enhanced_behind(t, pos + 3, code) ? 60 : 0;
	score += before == '\'' || before == '"' || before == '(' || before == '[' ? 15 : 0;
	score += before == ' ' && pos > 1 && strchr(":;-", t->low[pos - 2]) ? 30 : 0;
	score += before == '_' ? 20 : 0;
	score += before == '(' && (after == ',' || after == ')') ? 20 : 0;
	score += after == ' ' || after == '-' || after == '_' ? 10 : 0;
	score += code >= 400 ? 10 : 0;
	if (stands_before(t, pos, measures_before, SW_LEN(measures_before)) ||
	    stands_after(t, pos + 3))
		score -= 60;
	return score;
}

/* Phrases behind which only the server's words come, with a code or without. */
static const char *const quotations[] = {
	"server response was",   "the response was",    "server responded",
	"server replied",        "server said",         "server message",
	"server response",       "server returned",     "smtp response",
	"remote server said",    "ответ сервера",       "сервер ответил",
	"server antwortete",     "antwort des servers", "serveur a répondu",
	"réponse du serveur",    "servidor respondió",  "respuesta del servidor",
	"il server ha risposto", "risposta del server",
};

static size_t find_quotation(const struct sw_explain_text *t, size_t from, size_t to)
{
	for (size_t i = 0; i < SW_LEN(quotations); i++) {
		size_t at = sw_explain_search(t, from, to, quotations[i]);
		size_t end = at + strlen(quotations[i]);

		if (at == to || end >= to || t->low[end] != ':')
			continue;
		for (end++; end < to && strchr(" '\"", t->low[end]); end++)
			;
		return end;
	}
	return to;
}

size_t sw_explain_find_head(const struct sw_explain_text *t, size_t from, size_t to)
{
	size_t best = to;
	int best_score = HEAD_NEEDS - 1;

	for (size_t pos = from; pos + 3 <= to; pos++) {
		int code = sw_ascii_digit(t->low[pos]) ? sw_explain_code_at(t, pos) : 0;
		int score = code ? head_score(t, pos, code) : 0;

		if (score <= best_score)
			continue;
		best_score = score;
		best = pos;
	}
	return best < to ? best : find_quotation(t, from, to);
}
