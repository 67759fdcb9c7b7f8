/* SPDX-License-Identifier: MIT */
#include "sasl/netrc.h"

struct entry {
	bool here, any_login, mine;
	struct sw_secret password;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A word, without its quotes and escapes where it has them (as curl reads them); "#" to the
 * end of the line is a comment. False: the text has ended, or a quote is left open. */
static bool next_word(struct sw_slice *rest, struct sw_buf *word, bool *failed)
{
	struct sw_slice s = *rest;
	size_t i = 0;
	sw_buf_clear(word);
	for (;;) {
		while (i < s.len && is_blank(s.ptr[i]))
			i++;
		if (i == s.len || s.ptr[i] != '#')
			break;
		while (i < s.len && s.ptr[i] != '\n')
			i++;
	}
	if (i == s.len)
		return false;
	bool quoted = s.ptr[i] == '"', open = quoted;
	for (i += quoted; i < s.len && (open || !is_blank(s.ptr[i])); i++) {
		char c = s.ptr[i];
		if (quoted && c == '"') {
			open = false;
			i++;
			break;
		}
		if (quoted && c == '\\' && i + 1 < s.len)
			c = s.ptr[++i];
		if (sw_buf_add_char(word, c))
			*failed = true;
	}
	*rest = sw_slice_from(s, i);
	return !open && !*failed;
}

static bool is(const struct sw_buf *word, const char *text)
{
	return sw_slice_eq(sw_buf_slice(word), sw_slice_str(text));
}

/* A macro ends with an empty line. */
static void skip_macro(struct sw_slice *rest)
{
	size_t unix_end = sw_slice_search(*rest, SW_S("\n\n"));
	size_t dos_end = sw_slice_search(*rest, SW_S("\n\r\n"));
	*rest = sw_slice_from(*rest, unix_end < dos_end ? unix_end : dos_end);
}

static bool is_found(const struct entry *e)
{
	return e->here && (e->mine || e->any_login) && e->password.ptr;
}

struct search {
	struct sw_slice rest, host, user;
	struct sw_buf word;
	struct entry entry;
	bool failed;
};

/* One keyword and its value. */
static void take(struct search *s)
{
	bool machine = is(&s->word, "machine"), fallback = is(&s->word, "default");
	bool login = is(&s->word, "login"), password = is(&s->word, "password");
	bool other = is(&s->word, "account") || is(&s->word, "port");
	if (is(&s->word, "macdef")) {
		skip_macro(&s->rest);
		return;
	}
	if (machine || fallback) {
		sw_secret_fini(&s->entry.password);
		s->entry = (struct entry){ .here = fallback, .any_login = true };
	}
	if (!(machine || login || password || other) ||
	    !next_word(&s->rest, &s->word, &s->failed))
		return;
	struct sw_slice value = sw_buf_slice(&s->word);
	if (machine) {
		s->entry.here = sw_slice_eq_nocase(value, s->host);
	} else if (login) {
		s->entry.any_login = false;
		s->entry.mine = sw_slice_eq(value, s->user);
	} else if (password && value.len && value.len <= SW_MAX_SECRET) {
		s->failed = sw_secret_set(&s->entry.password, value) != SW_OK;
	}
}

enum sw_err sw_netrc_find(struct sw_slice text, struct sw_slice host, struct sw_slice user,
			  struct sw_secret *ret, struct sw_error *err)
{
	struct search s = { .rest = text,
			    .host = host,
			    .user = user,
			    .word = { .max = SW_MAX_CONFIG, .secret = true } };
	struct sw_secret found = { 0 };
	while (!found.ptr && next_word(&s.rest, &s.word, &s.failed)) {
		bool starts = is(&s.word, "machine") || is(&s.word, "default");
		if (starts && is_found(&s.entry)) {
			found = s.entry.password;
			s.entry.password = (struct sw_secret){ 0 };
		} else {
			take(&s);
		}
	}
	if (!found.ptr && is_found(&s.entry)) {
		found = s.entry.password;
		s.entry.password = (struct sw_secret){ 0 };
	}
	sw_secret_fini(&s.entry.password);
	sw_buf_wipe(&s.word);
	if (s.failed) {
		sw_secret_fini(&found);
		return sw_fail_nomem(err);
	}
	if (!found.ptr)
		return sw_fail(err, SW_E_CONFIG,
			       "no password for this user and this server in it");
	sw_secret_fini(ret);
	*ret = found;
	return SW_OK;
}
