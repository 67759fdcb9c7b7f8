/* SPDX-License-Identifier: MIT */
/* Numbers of errors: errno, Winsock, exit statuses, HRESULTs.  One number has several owners;
 * what stands before it says whose it is, or it is shown as each of them. */
#include "knowledge/explain_work.h"

/* How likely a number that stands alone is meant as one of these, within the range in which
 * people meet it. */
enum sign { PLAIN = 1, MINUS = 2, LABELLED_ONLY = 4 };
static const struct scheme {
	const char *name;
	uint8_t alone;
	unsigned signs; /* in which forms a number that stands alone is one of these */
} schemes[] = {
	{ "errno", 80, PLAIN },
	{ "errno", 60, MINUS },
	{ "winsock", 88, PLAIN },
	{ "hresult", 90, PLAIN | MINUS },
	{ "cdo", 88, PLAIN | MINUS },
	{ "curl", 50, PLAIN },
	{ "sysexits", 48, PLAIN },
	{ "macos", 40, PLAIN },
	{ "bsd", 38, PLAIN },
	{ "gai", 75, MINUS },
	{ "gnutls", 70, MINUS },
	{ "libuv", 70, MINUS },
	{ "chilkat", 25, PLAIN },
	{ "tls-alert", 0, LABELLED_ONLY },
	{ "openssl", 0, LABELLED_ONLY },
};

/* Words before a number; "" any scheme. */
static const struct {
	const char *word, *scheme;
} labels[] = {
	{ "errno", "errno" },
	{ "os error", "errno" },
	{ "system error", "errno" },
	{ "winsock error", "winsock" },
	{ "winsock", "winsock" },
	{ "wsa error", "winsock" },
	{ "wsagetlasterror", "winsock" },
	{ "socket error", "" },
	{ "curl", "curl" },
	{ "curl error", "curl" },
	{ "libcurl error", "curl" },
	{ "curl_errno", "curl" },
	{ "exit code", "exit" },
	{ "exit status", "exit" },
	{ "exited with", "exit" },
	{ "exit value", "exit" },
	{ "status code", "" },
	{ "gai error", "gai" },
	{ "getaddrinfo", "gai" },
	{ "alert number", "tls-alert" },
	{ "ssl alert", "tls-alert" },
	{ "hresult", "hresult" },
	{ "error number", "" },
	{ "error code", "" },
	{ "smtp error", "" },
	{ "smtp code", "" },
	{ "smtp", "" },
	{ "error", "" },
	{ "error no", "" },
	{ "err", "" },
	{ "code", "" },
	{ "status", "" },
	{ "number", "" },
	{ "returned", "" },
	{ "ошибка", "" },
	{ "ошибка smtp", "" },
	{ "код", "" },
	{ "код ошибки", "" },
	{ "номер", "" },
	{ "fehler", "" },
	{ "fehlercode", "" },
	{ "erreur", "" },
	{ "código", "" },
	{ "エラー", "" },
	{ "错误", "" },
};

struct number {
	size_t from, to;
	uint64_t value;
	bool negative, hex;
	const char *scheme; /* "" any, NULL no label */
	bool enclosed;      /* "(111)" behind words */
};

static bool is_digit_of(char c, bool hex)
{
	return sw_ascii_digit(c) || (hex && c >= 'a' && c <= 'f');
}

/* A number at pos that is no part of a word, an address, a date or a version. */
static bool read_number(const struct sw_explain_text *t, size_t pos, struct number *ret)
{
	struct number n = { .from = pos };
	char before = pos > 0 ? t->low[pos - 1] : ' ';

	n.negative = t->low[pos] == '-';
	pos += n.negative;
	n.hex = sw_explain_has_at(t, pos, "0x");
	pos += n.hex ? 2 : 0;
	size_t start = pos;

	for (; pos < t->len && pos - start < 16 && is_digit_of(t->low[pos], n.hex); pos++) {
		unsigned digit = sw_ascii_digit(t->low[pos])
					 ? (unsigned)(t->low[pos] - '0')
					 : (unsigned)(t->low[pos] - 'a') + 10;

		n.value = n.value * (n.hex ? 16 : 10) + digit;
	}
	char after = pos < t->len ? t->low[pos] : ' ';
	char beyond = pos + 1 < t->len ? t->low[pos + 1] : ' ';

	if (pos == start || sw_explain_is_word(before) || strchr(".@/\\-+%_", before) ||
	    sw_explain_is_word(after) || strchr("@/%_", after) ||
	    (strchr(".-:", after) && sw_explain_is_word(beyond)))
		return false;
	n.to = pos;
	*ret = n;
	return true;
}

static const char *label_of(const struct sw_explain_text *t, size_t pos)
{
	const char *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < SW_LEN(labels); i++)
		if (strlen(labels[i].word) > longest &&
		    sw_explain_ends_in(t, pos, labels[i].word)) {
			found = labels[i].scheme;
			longest = strlen(labels[i].word);
		}
	return found;
}

/* "errno:111": a scheme of ours written out. */
static const char *scheme_before(const struct sw_explain_text *t, size_t pos)
{
	if (pos == 0 || t->low[pos - 1] != ':')
		return NULL;
	for (size_t i = 0; i < SW_LEN(schemes); i++)
		if (sw_explain_ends_in(t, pos, schemes[i].name))
			return schemes[i].name;
	return NULL;
}

/* Whether the rest of the text holds no words but the number's label. */
static bool is_alone(const struct sw_explain_text *t, const struct number *n)
{
	size_t words = 0;
	bool in = false;

	for (size_t i = 0; i < t->len; i++) {
		bool word = sw_explain_is_word(t->low[i]) && (i < n->from || i >= n->to);

		words += word && !in;
		in = word;
	}
	/* "SMTP Error 101", "Socket error # 10061" */
	return words == 0 || (n->scheme && words <= 3);
}

static bool is_explained(const struct sw_explain_work *w, uint16_t error)
{
	for (size_t i = 0; i < w->ret->count; i++)
		if (w->ret->readings[i].error == error)
			return true;
	return false;
}

/* What the server itself said, and was understood, goes before the number that a program has
 * for it. */
static uint8_t below_replies(const struct sw_explain_work *w, uint8_t confidence)
{
	for (size_t i = 0; i < w->ret->count; i++) {
		const struct sw_explain_reading *r = &w->ret->readings[i];

		if (r->kind == SW_EXPLAIN_REPLY && r->class.by == SW_BY_RULE &&
		    r->confidence > 1 && confidence >= r->confidence)
			confidence = (uint8_t)(r->confidence - 1);
	}
	return confidence;
}

static void add_number(struct sw_explain_work *w, const struct number *n, size_t scheme,
		       uint8_t confidence)
{
	const char *name = schemes[scheme].name;
	/* Data has the 32 bits of an HRESULT without sign; people paste it with one. */
	uint64_t value = n->negative && (strcmp(name, "hresult") == 0 || !strcmp(name, "cdo"))
				 ? (uint32_t)(0 - n->value)
				 : n->value;
	uint16_t error = value <= UINT32_MAX
				 ? sw_knowledge_error_find(w->k, sw_slice_str(name),
							   (unsigned long)value)
				 : SW_NONE;

	if (error == SW_NONE)
		return;
	struct sw_explain_reading r = sw_explain_new(w, SW_EXPLAIN_NUMBER, n->from, n->to);
	struct sw_error_view view = sw_knowledge_error_at(w->k, error);

	r.scheme = sw_slice_str(name);
	r.number = n->negative ? -(int64_t)n->value : (int64_t)n->value;
	r.error = error;
	r.confidence = below_replies(w, confidence);
	r.class = sw_explain_class_of_error(w->k, error);
	r.evidence[r.evidence_count++] = r.about;
	r.place = sw_explain_find_place(w, n->from, n->to);
	if (!r.place.has_stage) {
		r.place.has_stage = true;
		r.place.stage = view.stage;
	}
	sw_explain_add(w->ret, &r);
}

/* Python writes "[Errno -2]" for the number of a resolver. */
static const char *label_in_fact(const struct sw_explain_work *w, const struct number *n)
{
	if (n->negative && n->scheme && strcmp(n->scheme, "errno") == 0 &&
	    sw_knowledge_error_find(w->k, SW_S("gai"), (unsigned long)n->value) != SW_NONE)
		return "gai";
	return n->scheme;
}

/* The status of a program says less than the words beside it: curl has one for all time-outs.
 */
static uint8_t confidence_labelled(const struct scheme *s)
{
	enum { LABELLED = 92, STATUS = 60 };
	bool status = strcmp(s->name, "curl") == 0 || strcmp(s->name, "sysexits") == 0;

	return status ? STATUS : LABELLED;
}

static void read_as_all(struct sw_explain_work *w, const struct number *n, bool alone)
{
	enum { GENERAL = 4 };
	const char *label = label_in_fact(w, n);

	for (size_t i = 0; i < SW_LEN(schemes); i++) {
		const struct scheme *s = &schemes[i];
		bool named = label && *label && strcmp(label, s->name) == 0;
		bool exit = n->scheme && strcmp(n->scheme, "exit") == 0 &&
			    (strcmp(s->name, "sysexits") == 0 || strcmp(s->name, "curl") == 0);

		if (n->scheme && *n->scheme && !named && !exit)
			continue;
		if (n->hex && strcmp(s->name, "hresult") != 0 && strcmp(s->name, "cdo") != 0)
			continue;
		if (!named && !exit && !(s->signs & (n->negative ? MINUS : PLAIN)))
			continue;
		uint8_t confidence = named       ? confidence_labelled(s)
				     : n->scheme ? (uint8_t)(s->alone + GENERAL)
						 : s->alone;

		if (n->scheme || alone)
			add_number(w, n, i, confidence);
	}
}

/* Whether the words say the same as the number, "Connection refused (111)": then there is no
 * doubt whose it is.  The scheme that was named is tried first. */
static bool is_confirmed(struct sw_explain_work *w, const struct number *n)
{
	enum { CONFIRMED = 90 };
	/* Python says "[Errno -2]" of getaddrinfo's errors. */
	const char *first = n->negative ? "gai" : n->scheme ? n->scheme : "";

	for (size_t i = 0; i < 2 * SW_LEN(schemes); i++) {
		const struct scheme *s = &schemes[i % SW_LEN(schemes)];
		bool named = strcmp(s->name, first) == 0;

		if (named != (i < SW_LEN(schemes)))
			continue;
		uint16_t error = sw_knowledge_error_find(w->k, sw_slice_str(s->name),
							 (unsigned long)n->value);

		if (error == SW_NONE || !is_explained(w, error))
			continue;
		add_number(w, n, i % SW_LEN(schemes), CONFIRMED);
		return true;
	}
	return false;
}

void sw_explain_numbers(struct sw_explain_work *w)
{
	enum { MOST = 40 }; /* a text with more of them is no error message */
	const struct sw_explain_text *t = &w->text;
	size_t seen = 0;

	for (size_t pos = 0; pos < t->len && seen < MOST; pos++) {
		struct number n;

		if ((!sw_ascii_digit(t->low[pos]) && t->low[pos] != '-') ||
		    !read_number(t, pos, &n))
			continue;
		seen++;
		n.scheme = scheme_before(t, n.from);
		if (!n.scheme)
			n.scheme = label_of(t, n.from);
		bool alone = is_alone(t, &n);

		/* "returned=1", "failed with code 1" beside words that are understood: what
		 * they do not confirm, and nobody names, is a number of the program's own. */
		bool own = !alone && !n.hex && n.value < 10000 && n.scheme && !*n.scheme &&
			   w->ret->count > 0;

		if (!is_confirmed(w, &n) && !own)
			read_as_all(w, &n, alone || n.hex || n.value >= 10000);
		pos = n.to - 1;
	}
}
