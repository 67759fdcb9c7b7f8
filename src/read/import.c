/* SPDX-License-Identifier: MIT */
#include "read/import.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/secret.h"
#include "read/import_private.h"

void sw_import_init(struct sw_import *i)
{
	*i = (struct sw_import){ .accounts = NULL };
}

static void setting_fini(struct sw_import_setting *s)
{
	if (s->value)
		sw_wipe(s->value, strlen(s->value));
	sw_free(s->value);
}

void sw_import_fini(struct sw_import *i)
{
	for (size_t n = 0; n < i->count; n++) {
		for (size_t k = 0; k < i->accounts[n].count; k++)
			setting_fini(&i->accounts[n].settings[k]);
		sw_free(i->accounts[n].settings);
		sw_free(i->accounts[n].name);
	}
	for (size_t n = 0; n < i->note_count; n++)
		sw_free(i->notes[n].text);
	sw_free(i->accounts);
	sw_free(i->notes);
	sw_free(i->first);
	sw_import_init(i);
}

/* Room for one more; NULL without memory. */
static void *grow(void *old, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return old;
	size_t more = *room ? 2 * *room : 8;
	void *made = sw_realloc(old, more * size);
	if (made)
		*room = more;
	return made;
}

enum sw_err sw_import_account(struct sw_import *i, struct sw_slice name,
			      struct sw_import_account **ret, struct sw_error *err)
{
	if (i->count == SW_MAX_IMPORT_ACCOUNTS)
		return sw_fail(err, SW_E_LIMIT, "more than %d accounts",
			       SW_MAX_IMPORT_ACCOUNTS);
	struct sw_import_account *list = grow(i->accounts, i->count, &i->room, sizeof(*list));
	if (!list)
		return sw_fail_nomem(err);
	i->accounts = list;
	char *copy = sw_dup(name);
	if (!copy)
		return sw_fail_nomem(err);
	list[i->count] = (struct sw_import_account){ .name = copy };
	*ret = &list[i->count++];
	return SW_OK;
}

const struct sw_import_account *sw_import_find(const struct sw_import *i, struct sw_slice name)
{
	for (size_t n = 0; n < i->count; n++)
		if (sw_slice_eq(sw_slice_str(i->accounts[n].name), name))
			return &i->accounts[n];
	return NULL;
}

static enum sw_err put(struct sw_import_account *a, struct sw_import_setting s,
		       struct sw_error *err)
{
	for (size_t n = 0; n < a->count; n++)
		if (strcmp(a->settings[n].key, s.key) == 0) {
			setting_fini(&a->settings[n]);
			a->settings[n] = s;
			return SW_OK;
		}
	struct sw_import_setting *list = grow(a->settings, a->count, &a->room, sizeof(*list));
	if (!list) {
		setting_fini(&s);
		return sw_fail_nomem(err);
	}
	a->settings = list;
	list[a->count++] = s;
	return SW_OK;
}

static enum sw_err set(struct sw_import *i, struct sw_import_account *a,
		       struct sw_import_setting s, struct sw_slice value, struct sw_error *err)
{
	if (sw_slice_has_control(value))
		return sw_import_note(i, err, s.line,
				      "%s: the value holds control characters; left out",
				      s.key);
	s.value = sw_dup(value);
	return s.value ? put(a, s, err) : sw_fail_nomem(err);
}

enum sw_err sw_import_set(struct sw_import *i, struct sw_import_account *a, const char *key,
			  struct sw_slice value, size_t line, struct sw_error *err)
{
	return set(i, a, (struct sw_import_setting){ .key = key, .line = line }, value, err);
}

enum sw_err sw_import_set_secret(struct sw_import *i, struct sw_import_account *a,
				 const char *key, struct sw_slice value, size_t line,
				 struct sw_error *err)
{
	return set(i, a,
		   (struct sw_import_setting){ .key = key, .line = line, .secret = true },
		   value, err);
}

enum sw_err sw_import_note(struct sw_import *i, struct sw_error *err, size_t line,
			   const char *fmt, ...)
{
	char text[SW_ERROR_TEXT];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (i->note_count == SW_MAX_IMPORT_NOTES)
		return SW_OK;
	for (size_t n = 0; n < i->note_count; n++)
		if (i->notes[n].line == line && strcmp(i->notes[n].text, text) == 0)
			return SW_OK;
	struct sw_import_note *list =
		grow(i->notes, i->note_count, &i->note_room, sizeof(*list));
	if (!list)
		return sw_fail_nomem(err);
	i->notes = list;
	list[i->note_count] = (struct sw_import_note){ .line = line, .text = sw_strdup(text) };
	if (!list[i->note_count].text)
		return sw_fail_nomem(err);
	i->note_count++;
	return SW_OK;
}

enum sw_err sw_import_first(struct sw_import *i, struct sw_slice name, struct sw_error *err)
{
	char *copy = sw_dup(name);
	if (!copy)
		return sw_fail_nomem(err);
	sw_free(i->first);
	i->first = copy;
	return SW_OK;
}

/* What may stand in a URL's place for a host without any escaping. */
static bool is_host(struct sw_slice host)
{
	if (host.len == 0 || host.len > SW_MAX_DOMAIN)
		return false;
	for (size_t n = 0; n < host.len; n++) {
		char c = sw_ascii_lower(host.ptr[n]);
		if (!(c >= 'a' && c <= 'z') && !sw_ascii_digit(c) && !(c & 0x80) &&
		    (!c || !strchr("-._:%", c)))
			return false;
	}
	return true;
}

static enum sw_err find_port(struct sw_import *i, const struct sw_import_server *s,
			     unsigned *ret, struct sw_error *err)
{
	uint64_t port = 0;

	*ret = s->usual_port;
	if (s->port.len == 0)
		return SW_OK;
	if (!sw_slice_u64(s->port, &port) || port == 0 || port > 65535)
		return sw_import_note(i, err, s->port_line,
				      "the port is no number from 1 to 65535; %u is taken",
				      s->usual_port);
	*ret = (unsigned)port;
	return SW_OK;
}

enum sw_err sw_import_server(struct sw_import *i, struct sw_import_account *a,
			     const struct sw_import_server *s, bool *ret_good,
			     struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf url = { .max = SW_MAX_URL };
	struct sw_slice host = s->host;
	unsigned port = 0;

	*ret_good = false;
	if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
		host = sw_slice(host.ptr + 1, host.len - 2);
	if (!is_host(host))
		return sw_import_note(i, err, s->line, "the host is no name of a server");
	enum sw_err e = find_port(i, s, &port, err);
	if (e)
		return e;
	bool v6 = sw_slice_find(host, ':') < host.len;
	if (sw_buf_printf(&url, v6 ? "%s://[%.*s]:%u" : "%s://%.*s:%u", s->scheme,
			  SW_FMT(host), port))
		return sw_buf_fail(&url, "the server's URL", err);
	e = sw_import_set(i, a, "server", sw_buf_slice(&url), s->line, err);
	if (!e && s->tls)
		e = sw_import_set(i, a, "tls", sw_slice_str(s->tls), s->line, err);
	*ret_good = e == SW_OK;
	return e;
}

bool sw_import_line(struct sw_slice *rest, size_t *line, struct sw_slice *ret)
{
	if (rest->len == 0)
		return false;
	size_t lf = sw_slice_find(*rest, '\n');
	*ret = sw_slice_trim(sw_slice_head(*rest, lf));
	*rest = sw_slice_from(*rest, lf + 1);
	(*line)++;
	return true;
}

struct sw_slice sw_import_word(struct sw_slice *rest)
{
	size_t end = 0;

	while (end < rest->len && rest->ptr[end] != ' ' && rest->ptr[end] != '\t')
		end++;
	struct sw_slice word = sw_slice_head(*rest, end);
	*rest = sw_slice_trim(sw_slice_from(*rest, end));
	return word;
}
