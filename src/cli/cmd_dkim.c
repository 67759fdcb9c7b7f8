/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/dkim.h"

/* As diagnose and check: 0 nothing wrong, 1 something is wrong, 2 could not test. */
enum { GOOD = 0, WRONG = 1, UNTESTED = 2 };

/* ---- keygen ---- */

static int show_key_json(struct cli *c, const struct sw_dkim_keys *k, const char *path)
{
	json_t *o = json_pack("{s:s, s:o, s:s, s:i, s:s, s:s, s:s}", "schema",
			      "sendwell/dkim_key/1", "file", cli_json_text(path), "type",
			      sw_dkim_keys_type(k, 0), "bits", (int)sw_dkim_keys_bits(k, 0),
			      "name", sw_dkim_keys_name(k, 0), "record",
			      sw_dkim_keys_record(k, 0), "zone", sw_dkim_keys_zone(k, 0));

	if (!o)
		return cli_fail_nomem(&c->out);
	cli_say_json_object(&c->out, o);
	json_decref(o);
	return EX_OK;
}

static int make_key(struct cli *c, struct sw_dkim_keys *k)
{
	const char *path = cli_values_text(&c->values, CLI_OPT_DKIM_KEY);
	enum sw_err code =
		sw_dkim_keys_make(k, path, cli_values_text(&c->values, CLI_OPT_DKIM_ALGORITHM),
				  cli_values_text(&c->values, CLI_OPT_DKIM_DOMAIN),
				  cli_values_text(&c->values, CLI_OPT_DKIM_SELECTOR));

	if (code)
		return cli_fail(&c->out, sw_err_exit_status(code), "%s",
				sw_dkim_keys_error_text(k));
	if (c->out.json)
		return show_key_json(c, k, path);
	cli_say(&c->out, CLI_PLAIN, "%s", sw_dkim_keys_zone(k, 0));
	cli_note(&c->out, CLI_DIM,
		 "the key is in %s; publish the record above, then sign with it", path);
	return EX_OK;
}

static int keygen(struct cli *c)
{
	size_t count = 0;

	if (c->arg_count > 1)
		return cli_fail(&c->out, EX_USAGE,
				"dkim keygen takes no argument, there is '%s'", c->args[1]);
	if (!cli_values_text(&c->values, CLI_OPT_DKIM_KEY))
		return cli_fail(&c->out, EX_USAGE,
				"dkim keygen needs --dkim-key FILE to write the key to");
	int status = cli_dkim_counts(c, &count);

	if (status)
		return status;
	if (count > 1)
		return cli_fail(&c->out, EX_USAGE, "dkim keygen makes one key at a time");
	struct sw_dkim_keys *k = sw_dkim_keys_new();

	status = k ? make_key(c, k) : cli_fail_nomem(&c->out);
	sw_dkim_keys_free(k);
	return status;
}

/* ---- sign ---- */

static int one_file(struct cli *c)
{
	if (c->arg_count == 2)
		return 0;
	return cli_fail(&c->out, EX_USAGE,
			"dkim %s: expected one FILE, or - for standard input", c->args[0]);
}

static int sign(struct cli *c)
{
	struct sw_dkim_keys *k = NULL;
	int status = one_file(c);

	if (!status)
		status = cli_dkim_keys(c, &k);
	if (!status && !k)
		status = cli_fail(&c->out, EX_USAGE,
				  "dkim sign needs --dkim-key FILE, --dkim-domain and "
				  "--dkim-selector");
	if (!status)
		status = cli_dkim_check(c, k);
	if (!status) {
		enum sw_err code = sw_dkim_keys_sign(k, c->args[1], STDOUT_FILENO);

		c->out.result_said = true;
		if (code)
			status = cli_fail(&c->out, sw_err_exit_status(code), "%s",
					  sw_dkim_keys_error_text(k));
	}
	sw_dkim_keys_free(k);
	return status;
}

/* ---- verify ---- */

static int verdict(const struct sw_dkim_report *r)
{
	const struct sw_dkim_signature *s;
	int status = WRONG;

	for (size_t i = 0; (s = sw_dkim_report_get(r, i)); i++) {
		if (strcmp(s->status, "pass") == 0)
			return GOOD;
		if (strcmp(s->status, "temperror") == 0)
			status = UNTESTED;
	}
	return status;
}

static json_t *signature_json(const struct sw_dkim_signature *s)
{
	json_t *trace = json_array();

	for (size_t i = 0; trace && s->trace[i]; i++)
		if (json_array_append_new(trace, json_string(s->trace[i]))) {
			json_decref(trace);
			trace = NULL; /* and so all of it */
		}
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:b, s:o, "
			 "s:I, s:I, s:I, "
			 "s:s, s:s, s:o}",
			 "status", s->status, "reason", s->reason, "text", s->text, "detail",
			 s->detail, "domain", s->domain, "selector", s->selector, "identity",
			 s->identity, "algorithm", s->algorithm, "key_bits", (int)s->key_bits,
			 "body", s->body, "header", s->header, "testing", s->testing, "length",
			 s->has_length ? json_integer((json_int_t)s->length) : json_null(),
			 "body_bytes", (json_int_t)s->body_length, "made", (json_int_t)s->made,
			 "expires", (json_int_t)s->expires, "unsigned_fields",
			 s->unsigned_fields, "addable_fields", s->addable_fields, "trace",
			 trace);
}

static int show_json(struct cli *c, const struct sw_dkim_report *r, int status)
{
	json_t *list = json_array();
	const struct sw_dkim_signature *s;

	for (size_t i = 0; list && (s = sw_dkim_report_get(r, i)); i++)
		if (json_array_append_new(list, signature_json(s))) {
			json_decref(list);
			list = NULL; /* not a list that lacks one of them */
		}
	json_t *o = json_pack("{s:s, s:o, s:o, s:i, s:{s:s, s:s}, s:i}", "schema",
			      "sendwell/dkim/1", "file", cli_json_text(c->args[1]),
			      "signatures", list, "ignored", (int)sw_dkim_report_ignored(r),
			      "arc", "status", sw_dkim_report_arc(r), "why",
			      sw_dkim_report_arc_why(r), "exit_status", status);

	if (!o)
		return cli_fail_nomem(&c->out);
	cli_say_json_object(&c->out, o);
	json_decref(o);
	return status;
}

static void show_signature(struct cli *c, const struct sw_dkim_signature *s)
{
	bool pass = strcmp(s->status, "pass") == 0;

	cli_say(&c->out, pass ? CLI_GOOD : CLI_BAD, "%s: %s%s%s%s", s->status,
		*s->domain ? s->domain : "(no domain)", *s->selector ? " (" : "", s->selector,
		*s->selector ? ")" : "");
	cli_say(&c->out, CLI_PLAIN, "  %s%s%s", s->text, *s->detail ? ": " : "", s->detail);
	if (s->testing)
		cli_say(&c->out, CLI_WARN,
			"  the key is marked as a test (t=y): receivers treat the "
			"message as unsigned");
	if (s->has_length)
		cli_say(&c->out, CLI_WARN,
			"  l= is used: %llu of %llu bytes of the body are signed, anything "
			"may "
			"follow them",
			(unsigned long long)s->length, (unsigned long long)s->body_length);
	if (*s->unsigned_fields)
		cli_say(&c->out, CLI_WARN, "  not signed: %s", s->unsigned_fields);
	if (*s->addable_fields)
		cli_say(&c->out, CLI_DIM, "  a second one could be added unnoticed: %s",
			s->addable_fields);
	for (size_t i = 0; c->out.verbose && s->trace[i]; i++)
		cli_say(&c->out, CLI_DIM, "    %s", s->trace[i]);
}

static int show(struct cli *c, const struct sw_dkim_report *r, int status)
{
	const struct sw_dkim_signature *s;

	if (c->out.json)
		return show_json(c, r, status);
	if (c->out.quiet)
		return status;
	if (sw_dkim_report_count(r) == 0)
		cli_say(&c->out, CLI_WARN, "none: the message has no DKIM signature");
	for (size_t i = 0; (s = sw_dkim_report_get(r, i)); i++)
		show_signature(c, s);
	if (sw_dkim_report_ignored(r))
		cli_say(&c->out, CLI_WARN, "%zu further signatures were not looked at",
			sw_dkim_report_ignored(r));
	if (strcmp(sw_dkim_report_arc(r), "none") != 0)
		cli_say(&c->out, CLI_PLAIN, "ARC chain: %s%s%s", sw_dkim_report_arc(r),
			*sw_dkim_report_arc_why(r) ? ": " : "", sw_dkim_report_arc_why(r));
	return status;
}

static int verify(struct cli *c)
{
	struct sw_dkim_verify options = { .resolver = cli_values_text(&c->values,
								      CLI_OPT_RESOLVER) };
	struct sw_dkim_report *r = NULL;
	char text[512];
	int status = one_file(c);

	if (status)
		return status;
	enum sw_err code = sw_dkim_verify_file(c->args[1], &options, &r, text, sizeof(text));

	if (code)
		return cli_fail(&c->out, sw_err_exit_status(code), "%s", text);
	status = show(c, r, verdict(r));
	sw_dkim_report_free(r);
	return status;
}

int cli_run_dkim(struct cli *c)
{
	static const struct {
		const char *name;
		int (*run)(struct cli *c);
	} actions[] = { { "keygen", keygen }, { "sign", sign }, { "verify", verify } };

	for (size_t i = 0; c->arg_count > 0 && i < CLI_LEN(actions); i++)
		if (strcmp(c->args[0], actions[i].name) == 0)
			return actions[i].run(c);
	return cli_fail(&c->out, EX_USAGE, "dkim what? expected keygen, sign or verify%s%s",
			c->arg_count > 0 ? ", not " : "", c->arg_count > 0 ? c->args[0] : "");
}
