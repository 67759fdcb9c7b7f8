/* SPDX-License-Identifier: MIT */
/* Messages from rows. */
#include <string.h>
#include <sysexits.h>

#include "cli/many_merge.h"

static int open_rows(struct cli_letters *l)
{
	struct cli_rows *r = cli_grow(NULL, 1, sizeof(*r));

	if (!r)
		return cli_fail_nomem(&l->c->out);
	*r = (struct cli_rows){ .path = cli_values_text(&l->c->values, CLI_OPT_MERGE),
			    .merge = sw_merge_new() };
	l->state = r;
	if (!r->merge)
		return cli_fail_nomem(&l->c->out);
	r->to_is_known = l->c->arg_count || cli_values_count(&l->c->values, CLI_OPT_TO) ||
			 cli_values_count(&l->c->values, CLI_OPT_RCPT);
	int status = cli_parts_read(l);
	enum sw_err e = status ? SW_OK : sw_merge_open(r->merge, r->path);

	return e ? cli_fail(&l->c->out, sw_err_exit_status(e), "%s",
			    sw_merge_error_text(r->merge))
		 : status;
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t")] == '\0';
}

static enum sw_err put_rcpt(struct cli_rows *r, struct sw_message *m, const struct cli_part *p,
			    const char *address, bool *ret_of_message)
{
	const char *notify = NULL, *orcpt = NULL;
	enum sw_err e = p->name ? sw_merge_fill(r->merge, p->name, &notify, NULL) : SW_OK;

	if (!e && p->orcpt)
		e = sw_merge_fill(r->merge, p->orcpt, &orcpt, NULL);
	*ret_of_message = !e;
	return e ? e : cli_message_add_rcpt(m, address, notify, orcpt);
}

static enum sw_err put_file(struct cli_rows *r, struct sw_message *m, const struct cli_part *p,
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
static enum sw_err put(struct cli_rows *r, struct sw_message *m, const struct cli_part *p,
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
	if (p->id == CLI_OPT_RCPT)
		return put_rcpt(r, m, p, text, ret_of_message);
	if (!p->fn) {
		*ret_of_message = sw_merge_error_text(r->merge)[0] == '\0';
		return put_file(r, m, p, text);
	}
	return p->fn(m, text);
}

static bool compose(struct cli_letters *l, struct cli_letter *letter)
{
	struct cli_rows *r = cli_rows_of(l);
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
	struct cli_rows *r = cli_rows_of(l);
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
	status = cli_parts_find_to(l);
	if (status)
		return status;
	ret->key = key_of_row(r->merge);
	ret->message = sw_message_new();
	return ret->message && compose(l, ret) ? 0 : cli_fail_nomem(&l->c->out);
}

static unsigned permille(struct cli_letters *l)
{
	return sw_merge_permille(cli_rows_of(l)->merge);
}

static void close_rows(struct cli_letters *l)
{
	struct cli_rows *r = cli_rows_of(l);

	if (r) {
		cli_parts_fini(r);
		sw_merge_free(r->merge);
	}
	cli_free(r);
	l->state = NULL;
}

const struct cli_letters_kind cli_letters_merge = { open_rows, next_row, permille,
						    close_rows };
