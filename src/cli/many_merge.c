/* SPDX-License-Identifier: MIT */
/* Messages from rows: every option of the message is a text with places for fields. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/file.h>

#include "cli/many.h"
#include "cli/spec.h"

enum { MOST_TEXT = 64 * 1024 * 1024, CHUNK = 64 * 1024 };

typedef enum sw_err (*text_fn)(struct sw_message *m, const char *text);

/* One value of an option. */
struct part {
	enum cli_option_id id;
	text_fn fn;
	struct sw_template *text; /* of a header field: its value; of a file: its path */
	struct sw_template *name; /* of a header field; of a file: what it is called, NULL */
	char *type, *cid;
};
struct rows {
	struct sw_merge *merge;
	const char *path;
	struct part *parts;
	size_t count;
	bool to_is_known; /* to whom it goes when nothing says so */
};

static struct rows *rows_of(struct cli_letters *l)
{
	return l->state;
}

static struct part *add(struct rows *r, enum cli_option_id id)
{
	struct part *parts = cli_grow(r->parts, r->count + 1, sizeof(*parts));

	if (!parts)
		return NULL;
	r->parts = parts;
	parts[r->count] = (struct part){ .id = id };
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
		     text_fn fn)
{
	struct cli_values *v = &l->c->values;
	int status = 0;

	for (size_t i = 0; !status && i < cli_values_count(v, id); i++) {
		const char *text = cli_values_get(v, id, i);
		char origin[CLI_ORIGIN_SIZE];
		struct part *p = add(rows_of(l), id);

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
		struct part *p = add(rows_of(l), CLI_OPT_HEADER);

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
	struct part *p = add(rows_of(l), id);
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

static int add_body(struct cli_letters *l, enum cli_option_id id, enum sw_merge_place place)
{
	const char *path = cli_values_text(&l->c->values, id);
	struct sw_file file = { .bytes = NULL };
	struct part *p = path ? add(rows_of(l), id) : NULL;
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
		struct part *p = add(rows_of(l), CLI_OPT_TO);

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
		text_fn fn;
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
	for (size_t f = 0; f < CLI_LEN(files); f++)
		for (size_t i = 0; !status && i < cli_values_count(v, files[f]); i++)
			status = add_file(l, files[f], i);
	if (!status)
		status = add_body(l, CLI_OPT_TEXT, SW_MERGE_TEXT);
	return status ? status : add_body(l, CLI_OPT_HTML, SW_MERGE_HTML);
}

static int open_rows(struct cli_letters *l)
{
	struct rows *r = cli_grow(NULL, 1, sizeof(*r));

	if (!r)
		return cli_fail_nomem(&l->c->out);
	*r = (struct rows){ .path = cli_values_text(&l->c->values, CLI_OPT_MERGE),
			    .merge = sw_merge_new() };
	l->state = r;
	if (!r->merge)
		return cli_fail_nomem(&l->c->out);
	r->to_is_known = l->c->arg_count || cli_values_count(&l->c->values, CLI_OPT_TO);
	int status = check_options(l->c);

	if (!status)
		status = add_options(l);
	enum sw_err e = status ? SW_OK : sw_merge_open(r->merge, r->path);

	return e ? cli_fail(&l->c->out, sw_err_exit_status(e), "%s",
			    sw_merge_error_text(r->merge))
		 : status;
}

/* Nobody said to whom: the column that is called so. */
static int find_to(struct cli_letters *l)
{
	static const char *const names[] = { "email", "to", "address" };
	struct rows *r = rows_of(l);
	char text[32];

	for (size_t i = 0; !r->to_is_known && i < CLI_LEN(names); i++) {
		if (!sw_merge_get(r->merge, names[i]))
			continue;
		struct part *p = add(r, CLI_OPT_TO);

		if (!p)
			return cli_fail_nomem(&l->c->out);
		p->fn = sw_message_to;
		(void)snprintf(text, sizeof(text), "{{%s}}", names[i]);
		r->to_is_known = true;
		return make(l->c, "--to", text, strlen(text), SW_MERGE_ADDRESSES, &p->text);
	}
	if (r->to_is_known || cli_values_count(&l->c->values, CLI_OPT_CC) ||
	    cli_values_count(&l->c->values, CLI_OPT_BCC))
		return 0;
	return cli_fail(&l->c->out, EX_USAGE,
			"%s: no column is called email, to or address; expected --to "
			"'{{COLUMN}}'",
			r->path);
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t")] == '\0';
}

static enum sw_err put_file(struct rows *r, struct sw_message *m, const struct part *p,
			    const char *path)
{
	const char *name = NULL, *slash = strrchr(path, '/');
	enum sw_err e = p->name ? sw_merge_fill(r->merge, p->name, &name, NULL) : SW_OK;
	const char *cid = p->cid ? p->cid : slash ? slash + 1 : path;

	if (e)
		return e;
	if (p->id == CLI_OPT_ALTERNATIVE)
		return sw_message_alternative_file(m, path, p->type);
	return sw_message_attach_file(m, path, p->type, name && *name ? name : NULL,
				      p->id == CLI_OPT_INLINE ? cid : NULL);
}

/* One option's value, with the row's fields; an empty one leaves it out. */
static enum sw_err put(struct rows *r, struct sw_message *m, const struct part *p,
		       bool *ret_of_message)
{
	const char *text;
	size_t len;
	enum sw_err e = sw_merge_fill(r->merge, p->text, &text, &len);

	*ret_of_message = false;
	if (e)
		return e;
	*ret_of_message = true;
	if (p->id == CLI_OPT_TEXT)
		return sw_message_text(m, text, len);
	if (p->id == CLI_OPT_HTML)
		return sw_message_html(m, text, len);
	if (is_blank(text) && sw_merge_template_fields(p->text))
		return SW_OK;
	if (p->id == CLI_OPT_HEADER)
		return sw_message_header(m, p->type, text);
	if (!p->fn) {
		*ret_of_message = sw_merge_error_text(r->merge)[0] == '\0';
		return put_file(r, m, p, text);
	}
	return p->fn(m, text);
}

static bool compose(struct cli_letters *l, struct cli_letter *letter)
{
	struct rows *r = rows_of(l);
	struct sw_message *m = letter->message;
	bool text = false, of_message = true;
	const struct cli_values *v = &l->c->values;
	enum sw_err e = cli_values_is_on(v, CLI_OPT_FLOWED) ? sw_message_flowed(m) : SW_OK;

	for (size_t i = 0; !e && i < r->count; i++) {
		text = text || r->parts[i].id == CLI_OPT_TEXT ||
		       r->parts[i].id == CLI_OPT_HTML;
		e = put(r, m, &r->parts[i], &of_message);
	}
	if (!e && !text)
		e = sw_message_text(m, "", 0);
	if (!e && cli_values_is_on(v, CLI_OPT_ONE_CLICK)) {
		of_message = true;
		e = sw_message_one_click(m);
	}
	if (!e)
		return cli_letter_finish(l, letter);
	/* Of the row it names file and line already. */
	return cli_letter_spoil(letter, e == SW_E_USAGE ? EX_DATAERR : sw_err_exit_status(e),
				of_message || !*sw_merge_error_text(r->merge)
					? sw_message_error_text(m)
					: sw_merge_error_text(r->merge));
}

static uint64_t key_of_row(const struct sw_merge *m)
{
	uint64_t key = CLI_KEY;

	for (size_t i = 0; i < sw_merge_count(m); i++) {
		const char *name = sw_merge_name(m, i), *value = sw_merge_value(m, i);

		key = cli_key_of(key, name, strlen(name) + 1);
		key = cli_key_of(key, value, strlen(value) + 1);
	}
	return key;
}

static int next_row(struct cli_letters *l, struct cli_letter *ret)
{
	struct rows *r = rows_of(l);
	int more, status = 0;
	enum sw_err e = sw_merge_next(r->merge, &more);

	*ret = (struct cli_letter){ .over = !e && !more };
	if (ret->over)
		return 0;
	if (e && e != SW_E_DATA && e != SW_E_LIMIT)
		return cli_fail(&l->c->out, sw_err_exit_status(e), "%s",
				sw_merge_error_text(r->merge));
	ret->name = cli_letter_name(strcmp(r->path, "-") ? r->path : "stdin",
				    sw_merge_line(r->merge));
	if (!ret->name)
		return cli_fail_nomem(&l->c->out);
	if (e)
		return cli_letter_spoil(ret, sw_err_exit_status(e),
					sw_merge_error_text(r->merge))
			       ? 0
			       : cli_fail_nomem(&l->c->out);
	status = find_to(l);
	if (status)
		return status;
	ret->key = key_of_row(r->merge);
	ret->message = sw_message_new();
	return ret->message && compose(l, ret) ? 0 : cli_fail_nomem(&l->c->out);
}

static unsigned permille(struct cli_letters *l)
{
	return sw_merge_permille(rows_of(l)->merge);
}

static void close_rows(struct cli_letters *l)
{
	struct rows *r = rows_of(l);

	for (size_t i = 0; r && i < r->count; i++) {
		sw_merge_template_free(r->parts[i].text);
		sw_merge_template_free(r->parts[i].name);
		cli_free(r->parts[i].type);
		cli_free(r->parts[i].cid);
	}
	if (r) {
		sw_merge_free(r->merge);
		cli_free(r->parts);
	}
	cli_free(r);
	l->state = NULL;
}

const struct cli_letters_kind cli_letters_merge = { open_rows, next_row, permille,
						    close_rows };
