/* SPDX-License-Identifier: MIT */
/* The options of --merge's messages, read once: texts with places for fields. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/file.h>

#include "cli/many_merge.h"
#include "cli/spec.h"

enum { MOST_TEXT = 64 * 1024 * 1024, CHUNK = 64 * 1024 };

static struct cli_part *add(struct cli_rows *r, enum cli_option_id id)
{
	struct cli_part *parts = cli_grow(r->parts, r->count + 1, sizeof(*parts));

	if (!parts)
		return NULL;
	r->parts = parts;
	parts[r->count] = (struct cli_part){ .id = id };
	return &parts[r->count++];
}

/* Makes a template of a text; what is wrong with it is told with `origin`. */
static int make(struct cli *c, const char *origin, const char *text, size_t len,
		enum sw_merge_place place, struct sw_template **ret)
{
	char why[512];

	*ret = sw_merge_template(text, len, place, why, sizeof(why));
	return *ret ? 0 : cli_fail(&c->out, EX_DATAERR, "%s: %s", origin, why);
}

static int add_texts(struct cli_letters *l, enum cli_option_id id, enum sw_merge_place place,
		     cli_text_fn fn)
{
	struct cli_values *v = &l->c->values;
	int status = 0;

	for (size_t i = 0; !status && i < cli_values_count(v, id); i++) {
		const char *text = cli_values_get(v, id, i);
		char origin[CLI_ORIGIN_SIZE];
		struct cli_part *p = add(cli_rows_of(l), id);

		if (!p)
			return cli_fail_nomem(&l->c->out);
		p->fn = fn;
		cli_values_origin(v, id, i, origin);
		status = make(l->c, origin, text, strlen(text), place, &p->text);
	}
	return status;
}

static int add_headers(struct cli_letters *l)
{
	struct cli_values *v = &l->c->values;
	int status = 0;

	for (size_t i = 0; !status && i < cli_values_count(v, CLI_OPT_HEADER); i++) {
		const char *text = cli_values_get(v, CLI_OPT_HEADER, i);
		const char *colon = strchr(text, ':');
		char origin[CLI_ORIGIN_SIZE];
		struct cli_part *p = add(cli_rows_of(l), CLI_OPT_HEADER);

		if (!p)
			return cli_fail_nomem(&l->c->out);
		cli_values_origin(v, CLI_OPT_HEADER, i, origin);
		if (!colon)
			return cli_fail(&l->c->out, cli_values_blame(v, CLI_OPT_HEADER),
					"%s: '%s' has no colon, expected 'NAME: VALUE'",
					origin, text);
		const char *value = colon + 1 + strspn(colon + 1, " \t");

		/* A name is no place for fields, but is kept the same way. */
		p->type = cli_printf("%.*s", (int)(colon - text), text);
		if (!p->type)
			return cli_fail_nomem(&l->c->out);
		status = make(l->c, origin, value, strlen(value), SW_MERGE_LINE, &p->text);
	}
	return status;
}

/* type=, name= and cid= are read before fields come in: a field adds none. */
static int add_file(struct cli_letters *l, enum cli_option_id id, size_t i)
{
	struct cli_values *v = &l->c->values;
	struct cli_part *p = add(cli_rows_of(l), id);
	char origin[CLI_ORIGIN_SIZE];
	struct cli_spec spec;

	if (!p || !cli_spec_parse(cli_values_get(v, id, i), &spec))
		return cli_fail_nomem(&l->c->out);
	cli_values_origin(v, id, i, origin);
	int status = make(l->c, origin, spec.path, strlen(spec.path), SW_MERGE_LINE, &p->text);

	if (!status && spec.name)
		status = make(l->c, origin, spec.name, strlen(spec.name), SW_MERGE_LINE,
			      &p->name);
	p->type = spec.type ? cli_dup(spec.type) : NULL;
	p->cid = spec.cid ? cli_dup(spec.cid) : NULL;
	bool full = (!spec.type || p->type) && (!spec.cid || p->cid);

	cli_free(spec.path);
	return status || full ? status : cli_fail_nomem(&l->c->out);
}

/* Standard input, whole; *ret is NULL when it fails. */
static int read_stdin(struct cli *c, char **ret, size_t *ret_len)
{
	char *all = NULL;
	size_t len = 0;
	ssize_t got = 1;

	for (*ret = NULL; got > 0 && len<MOST_TEXT; len += got> 0 ? (size_t)got : 0) {
		char *more = cli_grow(all, len + CHUNK, 1);

		if (!more) {
			cli_free(all);
			return cli_fail_nomem(&c->out);
		}
		all = more;
		got = read(STDIN_FILENO, all + len, CHUNK);
	}
	if (got != 0) {
		cli_free(all);
		return cli_fail(&c->out, EX_NOINPUT, "standard input: %s",
				got < 0 ? "cannot be read" : "has more than 64 MiB");
	}
	*ret = all;
	*ret_len = len;
	return 0;
}

static int add_rcpt(struct cli_letters *l, size_t i)
{
	struct cli_values *v = &l->c->values;
	struct cli_part *p = add(cli_rows_of(l), CLI_OPT_RCPT);
	char origin[CLI_ORIGIN_SIZE];
	struct cli_spec_rcpt spec;

	if (!p || !cli_spec_parse_rcpt(cli_values_get(v, CLI_OPT_RCPT, i), &spec))
		return cli_fail_nomem(&l->c->out);
	cli_values_origin(v, CLI_OPT_RCPT, i, origin);
	int status = make(l->c, origin, spec.address, strlen(spec.address), SW_MERGE_ADDRESSES,
			  &p->text);

	if (!status && spec.notify)
		status = make(l->c, origin, spec.notify, strlen(spec.notify), SW_MERGE_LINE,
			      &p->name);
	if (!status && spec.orcpt)
		status = make(l->c, origin, spec.orcpt, strlen(spec.orcpt), SW_MERGE_ADDRESSES,
			      &p->orcpt);
	cli_free(spec.address);
	return status;
}

static int add_body(struct cli_letters *l, enum cli_option_id id, enum sw_merge_place place)
{
	const char *path = cli_values_text(&l->c->values, id);
	struct sw_file file = { .bytes = NULL };
	struct cli_part *p = path ? add(cli_rows_of(l), id) : NULL;
	char why[512];
	int status = 0;

	if (!path)
		return 0;
	if (!p)
		return cli_fail_nomem(&l->c->out);
	if (strcmp(path, "-") == 0) {
		status = read_stdin(l->c, &file.bytes, &file.len);
	} else {
		enum sw_err e = sw_file_load(path, MOST_TEXT, &file, why, sizeof(why));

		if (e)
			return cli_fail(&l->c->out, sw_err_exit_status(e), "%s", why);
	}
	if (!status)
		status = make(l->c, path, file.bytes ? file.bytes : "", file.len, place,
			      &p->text);
	if (strcmp(path, "-") == 0)
		cli_free(file.bytes);
	else
		sw_file_clear(&file);
	return status;
}

static int add_args(struct cli_letters *l)
{
	int status = 0;

	for (size_t i = 0; !status && i < l->c->arg_count; i++) {
		struct cli_part *p = add(cli_rows_of(l), CLI_OPT_TO);

		if (!p)
			return cli_fail_nomem(&l->c->out);
		p->fn = sw_message_to;
		status = make(l->c, "RCPT", l->c->args[i], strlen(l->c->args[i]),
			      SW_MERGE_ADDRESSES, &p->text);
	}
	return status;
}

/* Rows and texts come together, in one character set. */
static int check_charset(struct cli *c)
{
	const char *charset = cli_values_text(&c->values, CLI_OPT_CHARSET);
	char origin[CLI_ORIGIN_SIZE];

	if (!charset || strcasecmp(charset, "utf-8") == 0 || strcasecmp(charset, "utf8") == 0)
		return 0;
	cli_values_origin(&c->values, CLI_OPT_CHARSET, 0, origin);
	return cli_fail(&c->out, cli_values_blame(&c->values, CLI_OPT_CHARSET),
			"%s: rows and texts of --merge are UTF-8; convert them first, as "
			"with 'iconv -t UTF-8'",
			origin);
}

static int check_options(struct cli *c)
{
	const struct cli_values *v = &c->values;
	static const enum cli_option_id readers[] = { CLI_OPT_MERGE, CLI_OPT_TEXT,
						      CLI_OPT_HTML };
	const char *fd = cli_values_text(v, CLI_OPT_PASSWORD_FD);
	int stdin_readers = fd && strcmp(fd, "0") == 0;

	for (size_t i = 0; i < CLI_LEN(readers); i++) {
		const char *path = cli_values_text(v, readers[i]);

		stdin_readers += path && strcmp(path, "-") == 0;
	}
	if (stdin_readers > 1)
		return cli_fail(
			&c->out, EX_USAGE,
			"standard input can be only one of rows, text, HTML and password");
	if (!cli_values_count(v, CLI_OPT_FROM))
		return cli_fail(&c->out, EX_USAGE,
				"no author is known; expected --from ADDRESS, or "
				"'from = ADDRESS' in a configuration file");
	if (!cli_values_count(v, CLI_OPT_TEXT) && !cli_values_count(v, CLI_OPT_HTML) &&
	    !cli_values_count(v, CLI_OPT_ATTACH) && !cli_values_count(v, CLI_OPT_ALTERNATIVE))
		return cli_fail(
			&c->out, EX_USAGE,
			"the messages have no text; expected --text FILE or --html FILE");
	return check_charset(c);
}

static enum sw_err unsubscribe(struct sw_message *m, const char *uri)
{
	return sw_message_list_uri(m, "unsubscribe", uri);
}

static int add_options(struct cli_letters *l)
{
	static const struct {
		enum cli_option_id id;
		enum sw_merge_place place;
		cli_text_fn fn;
	} rows[] = {
		{ CLI_OPT_FROM, SW_MERGE_ADDRESSES, sw_message_from },
		{ CLI_OPT_TO, SW_MERGE_ADDRESSES, sw_message_to },
		{ CLI_OPT_CC, SW_MERGE_ADDRESSES, sw_message_cc },
		{ CLI_OPT_BCC, SW_MERGE_ADDRESSES, sw_message_bcc },
		{ CLI_OPT_REPLY_TO, SW_MERGE_ADDRESSES, sw_message_reply_to },
		{ CLI_OPT_SUBJECT, SW_MERGE_LINE, sw_message_subject },
		{ CLI_OPT_MESSAGE_ID, SW_MERGE_LINE, sw_message_set_id },
		{ CLI_OPT_ENVELOPE_FROM, SW_MERGE_ADDRESSES, sw_message_envelope_from },
		{ CLI_OPT_LIST_UNSUBSCRIBE, SW_MERGE_URI, unsubscribe },
	};
	static const enum cli_option_id files[] = { CLI_OPT_ATTACH, CLI_OPT_INLINE,
						    CLI_OPT_ALTERNATIVE };
	struct cli_values *v = &l->c->values;
	int status = 0;

	for (size_t i = 0; !status && i < CLI_LEN(rows); i++)
		status = add_texts(l, rows[i].id, rows[i].place, rows[i].fn);
	if (!status)
		status = add_args(l);
	if (!status)
		status = add_headers(l);
	for (size_t i = 0; !status && i < cli_values_count(v, CLI_OPT_RCPT); i++)
		status = add_rcpt(l, i);
	for (size_t f = 0; f < CLI_LEN(files); f++)
		for (size_t i = 0; !status && i < cli_values_count(v, files[f]); i++)
			status = add_file(l, files[f], i);
	if (!status)
		status = add_body(l, CLI_OPT_TEXT, SW_MERGE_TEXT);
	return status ? status : add_body(l, CLI_OPT_HTML, SW_MERGE_HTML);
}

int cli_parts_read(struct cli_letters *l)
{
	int status = check_options(l->c);

	return status ? status : add_options(l);
}

/* "{{name}}" of a column that is there; else *ret stays NULL. */
static int make_column(struct cli_letters *l, const char *name, enum sw_merge_place place,
		       struct sw_template **ret)
{
	char text[32];

	if (!sw_merge_get(cli_rows_of(l)->merge, name))
		return 0;
	(void)snprintf(text, sizeof(text), "{{%s}}", name);
	return make(l->c, name, text, strlen(text), place, ret);
}

/* Columns beside it say what it is to be notified of. */
static int add_wishes(struct cli_letters *l, const char *to)
{
	struct cli_rows *r = cli_rows_of(l);

	if (!sw_merge_get(r->merge, "notify") && !sw_merge_get(r->merge, "orcpt"))
		return 0;
	struct cli_part *p = add(r, CLI_OPT_RCPT);
	int status = p ? make_column(l, to, SW_MERGE_ADDRESSES, &p->text)
		       : cli_fail_nomem(&l->c->out);

	if (!status)
		status = make_column(l, "notify", SW_MERGE_LINE, &p->name);
	return status ? status : make_column(l, "orcpt", SW_MERGE_ADDRESSES, &p->orcpt);
}

int cli_parts_find_to(struct cli_letters *l)
{
	static const char *const names[] = { "email", "to", "address" };
	struct cli_rows *r = cli_rows_of(l);

	for (size_t i = 0; !r->to_is_known && i < CLI_LEN(names); i++) {
		if (!sw_merge_get(r->merge, names[i]))
			continue;
		struct cli_part *p = add(r, CLI_OPT_TO);

		if (!p)
			return cli_fail_nomem(&l->c->out);
		p->fn = sw_message_to;
		r->to_is_known = true;
		int status = make_column(l, names[i], SW_MERGE_ADDRESSES, &p->text);

		return status ? status : add_wishes(l, names[i]);
	}
	if (r->to_is_known || cli_values_count(&l->c->values, CLI_OPT_CC) ||
	    cli_values_count(&l->c->values, CLI_OPT_BCC))
		return 0;
	return cli_fail(&l->c->out, EX_USAGE,
			"%s: no column is called email, to or address; expected --to "
			"'{{COLUMN}}'",
			r->path);
}

void cli_parts_fini(struct cli_rows *r)
{
	for (size_t i = 0; i < r->count; i++) {
		sw_merge_template_free(r->parts[i].text);
		sw_merge_template_free(r->parts[i].name);
		sw_merge_template_free(r->parts[i].orcpt);
		cli_free(r->parts[i].type);
		cli_free(r->parts[i].cid);
	}
	cli_free(r->parts);
}
