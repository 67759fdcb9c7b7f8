/* SPDX-License-Identifier: MIT */
#include "smtp/caps.h"

#include "base/mem.h"

struct cap_row {
	enum sw_cap cap;
	const char *name;
};
static const struct cap_row rows[] = {
	{ SW_CAP_PIPELINING, "PIPELINING" },
	{ SW_CAP_SIZE, "SIZE" },
	{ SW_CAP_8BITMIME, "8BITMIME" },
	{ SW_CAP_SMTPUTF8, "SMTPUTF8" },
	{ SW_CAP_STARTTLS, "STARTTLS" },
	{ SW_CAP_AUTH, "AUTH" },
	{ SW_CAP_ENHANCEDSTATUSCODES, "ENHANCEDSTATUSCODES" },
	{ SW_CAP_DSN, "DSN" },
	{ SW_CAP_CHUNKING, "CHUNKING" },
	{ SW_CAP_BINARYMIME, "BINARYMIME" },
	{ SW_CAP_REQUIRETLS, "REQUIRETLS" },
	{ SW_CAP_LIMITS, "LIMITS" },
	{ SW_CAP_DELIVERBY, "DELIVERBY" },
	{ SW_CAP_FUTURERELEASE, "FUTURERELEASE" },
	{ SW_CAP_MT_PRIORITY, "MT-PRIORITY" },
	{ SW_CAP_XCLIENT, "XCLIENT" },
	/* Exchange before 2007 names its mechanisms so when it talks to others of its kind. */
	{ SW_CAP_AUTH, "X-EXPS" },
};

const char *sw_cap_name(enum sw_cap cap)
{
	for (size_t i = 0; i < SW_LEN(rows); i++)
		if (rows[i].cap == cap)
			return rows[i].name;
	return "?";
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the next word off *rest; words are parted by blanks. */
static bool next_word(struct sw_slice *rest, struct sw_slice *ret)
{
	size_t len = 0;

	while (rest->len && is_blank(rest->ptr[0]))
		*rest = sw_slice_from(*rest, 1);
	while (len < rest->len && !is_blank(rest->ptr[len]))
		len++;
	*ret = sw_slice_head(*rest, len);
	*rest = sw_slice_from(*rest, len);
	return len > 0;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

/* RFC 4422 3.1: letters, digits, hyphen, underscore. */
static bool is_mechanism(struct sw_slice word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = upper(word.ptr[i]);

		if (!(c >= 'A' && c <= 'Z') && !sw_ascii_digit(c) && c != '-' && c != '_')
			return false;
	}
	return word.len > 0;
}

static bool has_mechanism(const struct sw_caps *c, struct sw_slice word)
{
	struct sw_slice rest = sw_slice_str(c->auth);
	struct sw_slice have;

	while (next_word(&rest, &have))
		if (sw_slice_eq_nocase(have, word))
			return true;
	return false;
}

static void add_mechanisms(struct sw_caps *c, struct sw_slice rest)
{
	struct sw_slice word;

	while (next_word(&rest, &word)) {
		size_t used = strlen(c->auth);

		if (!is_mechanism(word) || has_mechanism(c, word) ||
		    word.len + 2 > sizeof(c->auth) - used)
			continue;
		if (used)
			c->auth[used++] = ' ';
		for (size_t i = 0; i < word.len; i++)
			c->auth[used++] = upper(word.ptr[i]);
		c->auth[used] = '\0';
	}
}

/* What a middlebox leaves of STARTTLS: only Xs ("XXXXXXXX"), Xs and one letter ("XXXXXXXA",
 * Cisco), or the word with some letters replaced. */
static bool is_masked(struct sw_slice word)
{
	static const char real[] = "STARTTLS";
	size_t same = 0, crossed = 0;

	for (size_t i = 0; i < word.len; i++) {
		char c = upper(word.ptr[i]);

		if (c == 'X')
			crossed++;
		else if (i < sizeof(real) - 1 && c == real[i])
			same++;
	}
	if (word.len >= 2 && crossed == word.len)
		return true;
	if (word.len != sizeof(real) - 1 || same == word.len)
		return false;
	return crossed == word.len - 1 || same + crossed == word.len || same >= 5;
}

/* RFC 9422 4: NAME=value, blanks between; what is unknown or no number is passed over, and of
 * a limit that stands twice the smaller one holds. */
static void take_limits(struct sw_caps *c, struct sw_slice rest)
{
	const struct {
		const char *name;
		uint64_t *to;
	} limits[] = { { "RCPTMAX", &c->rcpt_max },
		       { "MAILMAX", &c->mail_max },
		       { "RCPTDOMAINMAX", &c->rcpt_domain_max } };
	struct sw_slice word;
	uint64_t n;

	while (next_word(&rest, &word)) {
		size_t equals = sw_slice_find(word, '=');

		for (size_t i = 0; i < SW_LEN(limits); i++)
			if (sw_slice_eq_nocase(sw_slice_head(word, equals),
					       sw_slice_str(limits[i].name)) &&
			    sw_slice_u64(sw_slice_from(word, equals + 1), &n) && n > 0 &&
			    (*limits[i].to == 0 || n < *limits[i].to))
				*limits[i].to = n;
	}
}

/* The first word as a number; 0: none. */
static uint64_t first_number(struct sw_slice rest)
{
	struct sw_slice word;
	uint64_t n = 0;

	return next_word(&rest, &word) && sw_slice_u64(word, &n) ? n : 0;
}

static void take_keyword(struct sw_caps *c, struct sw_slice line)
{
	struct sw_slice word, rest = line;

	if (!next_word(&rest, &word))
		return;
	/* "AUTH=LOGIN" was written before RFC 2554 and is still. */
	size_t equals = sw_slice_find(word, '=');

	if (equals < word.len) {
		rest = sw_slice(word.ptr + equals + 1,
				(size_t)(line.ptr + line.len - (word.ptr + equals + 1)));
		word = sw_slice_head(word, equals);
	}
	if (is_masked(word))
		c->masked_starttls = true;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		if (!sw_slice_eq_nocase(word, sw_slice_str(rows[i].name)))
			continue;
		c->bits |= (uint32_t)rows[i].cap;
		if (rows[i].cap == SW_CAP_AUTH)
			add_mechanisms(c, rest);
		if (rows[i].cap == SW_CAP_LIMITS)
			take_limits(c, rest);
		/* RFC 1870 section 4: 0 means that there is no fixed limit. */
		if (rows[i].cap == SW_CAP_SIZE)
			c->size_limit = first_number(rest);
		if (rows[i].cap == SW_CAP_FUTURERELEASE)
			c->hold_max_s = first_number(rest);
		if (rows[i].cap == SW_CAP_DELIVERBY)
			c->deliver_by_min_s = first_number(rest);
		return;
	}
}

static void take_name(struct sw_caps *c, struct sw_slice line)
{
	struct sw_slice word;

	if (!next_word(&line, &word))
		return;
	word = sw_slice_head(word, sw_slice_find(word, '\0'));
	word = sw_slice_head(word, sizeof(c->name) - 1);
	if (word.len)
		memcpy(c->name, word.ptr, word.len);
	c->name[word.len] = '\0';
}

enum sw_err sw_caps_parse(const struct sw_reply *ehlo, struct sw_caps *ret)
{
	struct sw_slice rest = sw_slice(ehlo->text, ehlo->text_len);
	struct sw_caps c = { 0 };
	struct sw_slice line;

	if (sw_slice_split(&rest, '\n', &line))
		take_name(&c, line);
	c.raw = sw_dup(rest);
	if (!c.raw)
		return SW_E_NOMEM;
	while (sw_slice_split(&rest, '\n', &line))
		take_keyword(&c, sw_slice_trim(line));
	if (sw_caps_has(&c, SW_CAP_STARTTLS))
		c.masked_starttls = false;
	*ret = c;
	return SW_OK;
}

void sw_caps_fini(struct sw_caps *c)
{
	sw_free(c->raw);
	*c = (struct sw_caps){ 0 };
}
