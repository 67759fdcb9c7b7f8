/* SPDX-License-Identifier: MIT */
#include "cli/out.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <sendwell/file.h>
#include <sendwell/text.h>
#include <sendwell/types.h>

#include "cli/mem.h"

static const char *const colors[CLI_COLOR_COUNT] = {
	[CLI_PLAIN] = "",        [CLI_GOOD] = "\033[32m", [CLI_BAD] = "\033[31m",
	[CLI_WARN] = "\033[33m", [CLI_DIM] = "\033[2m",   [CLI_STRONG] = "\033[1m",
};

/* 0: it failed, errno says why. */
static ssize_t write_whole(void *unused, const char *bytes, size_t len)
{
	char why[256];

	(void)unused;
	return sw_file_write_all(STDOUT_FILENO, bytes, len, why, sizeof(why)) ? 0
									      : (ssize_t)len;
}

void cli_out_begin(void)
{
	const cookie_io_functions_t functions = { .write = write_whole };
	FILE *patient = fopencookie(NULL, "w", functions);

	/* Without memory: as it is. */
	if (!patient)
		return;
	if (isatty(STDOUT_FILENO))
		(void)setvbuf(patient, NULL, _IOLBF, 0);
	stdout = patient;
}

bool cli_out_color(struct cli_out *out, const char *when)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool wanted = !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);

	if (strcmp(when, "auto") == 0) {
		out->color_out = wanted && isatty(STDOUT_FILENO);
		out->color_err = wanted && isatty(STDERR_FILENO);
	} else if (strcmp(when, "always") == 0) {
		out->color_out = out->color_err = true;
	} else if (strcmp(when, "never") == 0) {
		out->color_out = out->color_err = false;
	} else {
		return false;
	}
	return true;
}

void cli_out_fini(struct cli_out *out)
{
	cli_free(out->failure);
	out->failure = NULL;
}

/* The printed form of a formatted line; NULL without memory.  Free with sw_text_free. */
static CLI_PRINTF(1, 0) char *printable(const char *fmt, va_list args)
{
	char *raw = cli_vprintf(fmt, args);
	char *text = raw ? sw_text_printable(raw, strlen(raw)) : NULL;

	cli_free(raw);
	return text;
}

static void clear_progress(struct cli_out *out)
{
	if (out->waiting)
		(void)fputs("\r\033[K", stderr);
	out->waiting = false;
}

static void put_line(struct cli_out *out, FILE *to, enum cli_color color, const char *prefix,
		     const char *text)
{
	bool colored = color != CLI_PLAIN && (to == stdout ? out->color_out : out->color_err);

	clear_progress(out);
	/* Where both outputs go to one place the order shall be ours. */
	if (to == stderr)
		(void)fflush(stdout);
	(void)fprintf(to, "%s%s%s%s\n", colored ? colors[color] : "", prefix,
		      text ? text : sw_err_text(SW_E_NOMEM), colored ? "\033[0m" : "");
}

void cli_say(struct cli_out *out, enum cli_color color, const char *fmt, ...)
{
	va_list args;

	if (out->json)
		return;
	va_start(args, fmt);
	char *text = printable(fmt, args);

	va_end(args);
	put_line(out, stdout, color, "", text);
	out->result_said = true;
	out->result_cut = out->result_cut || !text;
	sw_text_free(text);
}

const char *cli_said(struct cli_out *out, const char *text)
{
	out->result_cut = out->result_cut || !text;
	return text ? text : "?";
}

void cli_say_lines(struct cli_out *out, enum cli_color color, const char *indent,
		   const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		/* Texts of one line are a few KiB at most. */
		cli_say(out, color, "%s%.*s", indent, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

void cli_say_json(struct cli_out *out, const char *json)
{
	(void)fprintf(stdout, "%s\n", json);
	out->result_said = true;
}

void cli_say_json_object(struct cli_out *out, const struct json_t *object)
{
	/* Into room that is there: without memory on its way jansson leaves parts out. */
	/* Times are to the microsecond; more digits are those of the machine. */
	const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(9);
	size_t len = object ? json_dumpb(object, NULL, 0, flags) : 0;
	char *text = len ? cli_grow(NULL, len, 1) : NULL;

	if (!text || json_dumpb(object, text, len, flags) != len) {
		cli_free(text);
		if (!out->failure)
			(void)cli_fail_nomem(out);
		return;
	}
	/* Errors of writing stay with stdout until the end. */
	(void)fprintf(stdout, "%.*s\n", (int)len, text);
	cli_free(text);
	out->result_said = true;
}

void cli_note(struct cli_out *out, enum cli_color color, const char *fmt, ...)
{
	va_list args;

	if (out->quiet)
		return;
	va_start(args, fmt);
	char *text = printable(fmt, args);

	va_end(args);
	put_line(out, stderr, color, "", text);
	sw_text_free(text);
}

int cli_fail(struct cli_out *out, int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	char *text = printable(fmt, args);

	va_end(args);
	put_line(out, stderr, CLI_BAD, "sendwell: ", text);
	if (!out->failure) {
		out->failure = cli_dup(text ? text : sw_err_text(SW_E_NOMEM));
		out->status = status;
	}
	sw_text_free(text);
	return status;
}

int cli_fail_nomem(struct cli_out *out)
{
	return cli_fail(out, sw_err_exit_status(SW_E_NOMEM), "%s", sw_err_text(SW_E_NOMEM));
}

void cli_complain(struct cli_out *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	char *text = printable(fmt, args);

	va_end(args);
	put_line(out, stderr, CLI_BAD, "sendwell: ", text);
	sw_text_free(text);
}

void cli_out_progress(struct cli_out *out, const char *fmt, ...)
{
	va_list args;

	clear_progress(out);
	va_start(args, fmt);
	char *text = printable(fmt, args);

	va_end(args);
	if (text && *text) {
		(void)fprintf(stderr, "%s", text);
		(void)fflush(stderr);
		out->waiting = true;
	}
	sw_text_free(text);
}

json_t *cli_json_text(const char *text)
{
	char *shown = text ? sw_text_printable(text, strlen(text)) : NULL;
	json_t *made = !text ? json_null() : shown ? json_string(shown) : NULL;

	sw_text_free(shown);
	return made;
}

static void say_failure_json(struct cli_out *out, int status)
{
	json_t *object = json_pack("{s:s, s:i, s:s}", "schema", "sendwell/error/1",
				   "exit_status", status, "text", out->failure);

	if (object)
		cli_say_json_object(out, object);
	json_decref(object);
}

int cli_out_end(struct cli_out *out, int status)
{
	clear_progress(out);
	if (out->result_cut)
		(void)cli_fail_nomem(out);
	/* Half a result, or none, is no success: but what was sent has been sent. */
	bool lost = out->result_cut || (out->json && out->failure && !out->result_said);
	if (lost && status == EX_OK && !out->status_is_final)
		status = out->status;
	if (out->json && out->failure && !out->result_said)
		say_failure_json(out, status);
	if (out->file_lost && status == EX_OK && !out->status_is_final)
		status = EX_IOERR;
	/* A full disk or a closed pipe shows at the latest here. */
	if (fflush(stdout) || ferror(stdout)) {
		cli_complain(out, "the result could not be written to standard output");
		if (status == EX_OK && !out->status_is_final)
			status = EX_IOERR;
	}
	return status;
}
