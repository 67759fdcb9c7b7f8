/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/explain.h"
#include "cli/rules.h"

enum {
	EXIT_UNKNOWN = 1,
	READ_MOST = 32 * 1024 * 1024, /* of standard input: a bounce with its message */
	READ_CHUNK = 64 * 1024,
};

struct input {
	char *text;
	size_t len;
};

/* Standard input to its end. */
static int read_stdin(struct cli *c, struct input *in)
{
	size_t room = 0;

	for (;;) {
		if (room - in->len < READ_CHUNK) {
			char *more = cli_grow(in->text, room + 4 * (size_t)READ_CHUNK, 1);

			if (!more)
				return cli_fail_nomem(&c->out);
			in->text = more;
			room += 4 * (size_t)READ_CHUNK;
		}
		ssize_t got = read(STDIN_FILENO, in->text + in->len, READ_CHUNK);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return cli_fail(&c->out, EX_IOERR, "standard input: %m");
		if (got == 0)
			return 0;
		in->len += (size_t)got;
		if (in->len > READ_MOST)
			return cli_fail(
				&c->out, EX_DATAERR,
				"standard input: more than %d MiB, expected a reply, an "
				"error or a bounce",
				READ_MOST / 1024 / 1024);
	}
}

/* The arguments with a blank between. */
static int join_arguments(struct cli *c, struct input *in)
{
	size_t len = 0;

	for (size_t i = 0; i < c->arg_count; i++)
		len += strlen(c->args[i]) + 1;
	in->text = cli_grow(NULL, len + 1, 1);
	if (!in->text)
		return cli_fail_nomem(&c->out);
	for (size_t i = 0; i < c->arg_count; i++) {
		size_t part = strlen(c->args[i]);

		if (i > 0)
			in->text[in->len++] = ' ';
		memcpy(in->text + in->len, c->args[i], part);
		in->len += part;
	}
	in->text[in->len] = '\0';
	return 0;
}

static int take_input(struct cli *c, struct input *in)
{
	bool from_stdin = c->arg_count == 1 && strcmp(c->args[0], "-") == 0;
	int status;

	if (c->arg_count == 0)
		return cli_fail(
			&c->out, EX_USAGE,
			"explain what? expected a reply, a code or an error, or - to read it "
			"from standard input");
	if (from_stdin && isatty(STDIN_FILENO))
		cli_note(&c->out, CLI_DIM, "paste the text, then press Ctrl-D");
	status = from_stdin ? read_stdin(c, in) : join_arguments(c, in);
	for (size_t i = 0; !status && i < in->len; i++)
		if (!strchr(" \t\r\n", in->text[i]) || !in->text[i])
			return 0;
	return status ? status : cli_fail(&c->out, EX_USAGE, "explain: the text is empty");
}

static int apply(struct cli *c, struct sw_explainer *e)
{
	for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
		enum cli_option_id id = (enum cli_option_id)i;
		const struct cli_option *o = cli_option(id);
		const char *value = cli_values_text(&c->values, id);
		char origin[CLI_ORIGIN_SIZE];

		if (o->section != CLI_SECTION_EXPLAIN || !o->setting || !value)
			continue;
		enum sw_err code = sw_explainer_set(e, o->setting, value);

		if (!code)
			continue;
		cli_values_origin(&c->values, id, 0, origin);
		return cli_fail(&c->out,
				code == SW_E_USAGE ? cli_values_blame(&c->values, id)
						   : sw_err_exit_status(code),
				"%s: %s", origin, sw_explainer_error_text(e));
	}
	return 0;
}

static void say_unknown(struct cli *c, const struct sw_explanation *x, const struct input *in)
{
	const char *near = sw_explanation_nearest(x);
	const char *word = cli_explain_word(c, WORD_UNKNOWN);

	if (*sw_explanation_remark(x))
		cli_complain(&c->out, "%s; %s", word, sw_explanation_remark(x));
	else if (*near)
		cli_complain(&c->out, "%s; %s '%s'", word, cli_explain_word(c, WORD_NEAREST),
			     near);
	else if (c->arg_count == 1 && strcmp(c->args[0], "-") != 0 &&
		 in->text && access(in->text, R_OK) == 0)
		cli_complain(&c->out, "%s; %s: sendwell explain - < %s", word,
			     cli_explain_word(c, WORD_FILE_HINT), in->text);
	else
		cli_complain(&c->out, "%s", word);
}

static int explain(struct cli *c, struct sw_explainer *e, const struct input *in)
{
	if (*sw_explainer_story(e, in->text).code)
		return cli_explain_story(c, e, in->text);
	struct sw_explanation *x = NULL;
	enum sw_err code = sw_explainer_read(e, in->text, in->len, &x);

	if (code)
		return cli_fail(&c->out, sw_err_exit_status(code), "%s",
				sw_explainer_error_text(e));
	bool known = sw_explanation_count(x) > 0;
	const char *json = c->out.json ? sw_explanation_json(x) : NULL;

	if (json)
		cli_say_json(&c->out, json);
	else if (c->out.json)
		(void)cli_fail_nomem(&c->out);
	else if (known && !c->out.quiet)
		cli_explain_show(c, x, in->text, in->len);
	if (!known)
		say_unknown(c, x, in);
	sw_explanation_free(x);
	return known ? EX_OK : EXIT_UNKNOWN;
}

int cli_run_explain(struct cli *c)
{
	struct sw_explainer *e = sw_explainer_new();
	struct input in = { NULL, 0 };

	if (!e)
		return cli_fail_nomem(&c->out);
	int status = apply(c, e);

	if (!status)
		status = cli_rules_load(c, e);
	if (!status && c->want_list)
		status = cli_explain_list(c, e);
	else if (!status)
		status = take_input(c, &in);
	if (!status && !c->want_list)
		status = explain(c, e, &in);
	cli_free(in.text);
	sw_explainer_free(e);
	return status;
}
