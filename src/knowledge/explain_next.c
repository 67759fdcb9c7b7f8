/* SPDX-License-Identifier: MIT */
/* The command that shows more: an error brings its own, a category is tested by its probe. */
#include "knowledge/explain.h"

static const struct {
	const char *probe, *command;
} probes[] = {
	{ "connect", "sendwell verify --server HOST:PORT connection" },
	{ "ipv6", "sendwell verify --server HOST:PORT --ipv4 connection" },
	{ "tls", "sendwell verify --server HOST:PORT connection" },
	{ "auth", "sendwell verify --server HOST:PORT --user USER login" },
};

/* Commands that the data names before this version has them, and what goes as far. */
static const struct {
	const char *named, *here;
} commands[] = {
	{ "sendwell diagnose HOST:PORT", "sendwell verify --server HOST:PORT connection" },
	{ "sendwell diagnose HOST", "sendwell verify --server HOST connection" },
	{ "sendwell check DOMAIN", "" },
};

static const char *template_of(const struct sw_knowledge *k,
			       const struct sw_explain_reading *r)
{
	if (r->error != SW_NONE) {
		const char *command = sw_knowledge_error_at(k, r->error).command;

		for (size_t i = 0; command && i < SW_LEN(commands); i++)
			if (strcmp(command, commands[i].named) == 0)
				command = commands[i].here;
		if (command && *command)
			return command;
	}
	for (size_t i = 0; r->class.probe && i < SW_LEN(probes); i++)
		if (strcmp(r->class.probe, probes[i].probe) == 0)
			return probes[i].command;
	return "";
}

/* The host as an argument: nothing that a shell would take for its own is in it. */
static bool is_plain(struct sw_slice host)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = host.ptr[i];

		if (!sw_ascii_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !strchr(".-_:", c))
			return false;
	}
	return host.len > 0 && host.ptr[0] != '-';
}

static enum sw_err put_place(struct sw_buf *out, const struct sw_explain_place *p, bool port)
{
	bool v6 = sw_slice_find(p->host, ':') < p->host.len;
	enum sw_err e =
		sw_buf_printf(out, "%s%.*s%s", v6 ? "[" : "", SW_FMT(p->host), v6 ? "]" : "");

	if (!e && port && p->port)
		e = sw_buf_printf(out, ":%u", p->port);
	return e;
}

const char *sw_explain_next(const struct sw_knowledge *k, struct sw_arena *arena,
			    const struct sw_explain_reading *reading)
{
	const char *template = template_of(k, reading);
	const struct sw_explain_place *place = &reading->place;
	struct sw_slice rest = sw_slice_str(template);
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;
	enum sw_err e = SW_OK;

	sw_buf_init(&out, SW_MAX_COMMAND);
	if (!is_plain(place->host))
		return sw_arena_strdup(arena, template);
	while (!e && rest.len) {
		size_t at = sw_slice_search(rest, SW_S("HOST"));
		struct sw_slice behind = sw_slice_from(rest, at + strlen("HOST"));
		bool port = sw_slice_starts(behind, SW_S(":PORT"));

		e = sw_buf_add(&out, sw_slice_head(rest, at));
		if (!e && at < rest.len)
			e = put_place(&out, place, port);
		rest = at == rest.len ? sw_slice_from(rest, at)
				      : sw_slice_from(behind, port ? strlen(":PORT") : 0);
	}
	return e ? NULL : sw_arena_strdup(arena, sw_buf_str(&out));
}
