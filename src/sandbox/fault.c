/* SPDX-License-Identifier: MIT */
#include "sandbox/fault.h"

#include <openssl/ssl.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "sandbox/param.h"

enum { MS = 1000, SECOND = 1000 * 1000 };
/* A fault that lasts longer is a hang. */
static const uint64_t max_seconds = 24 * 3600;

#define SW_FAULT(name, arg, preset, argument, stage, hook, when, action, data, cause, help)   \
	{ name,           SW_ARG_##arg,   preset,          argument,                          \
	  SW_HOOK_##hook, SW_WHEN_##when, SW_ACT_##action, { data, sizeof(data) - 1 } },
static const struct sw_fault_row rows[] = {
#include "sandbox/fault.def"
};
#undef SW_FAULT

static const struct {
	const char *name;
	enum sw_fault_hook hook;
} verbs[] = {
	{ "connect", SW_HOOK_CONNECT },   { "ehlo", SW_HOOK_HELLO },
	{ "starttls", SW_HOOK_STARTTLS }, { "auth", SW_HOOK_AUTH },
	{ "mail", SW_HOOK_MAIL },         { "rcpt", SW_HOOK_RCPT },
	{ "data", SW_HOOK_DATA },         { "bdat", SW_HOOK_BDAT },
	{ "message", SW_HOOK_MESSAGE },   { "quit", SW_HOOK_QUIT },
	{ "rset", SW_HOOK_RSET },         { "noop", SW_HOOK_NOOP },
};
static const char verb_list[] =
	"connect ehlo starttls auth mail rcpt data bdat message quit rset noop";

size_t sw_fault_row_count(void)
{
	return SW_LEN(rows);
}

const struct sw_fault_row *sw_fault_row_at(size_t i)
{
	return i < SW_LEN(rows) ? &rows[i] : NULL;
}

static const char *name_at(size_t i)
{
	return i < SW_LEN(rows) ? rows[i].name : NULL;
}

static enum sw_err fail_unknown(struct sw_slice name, struct sw_error *err)
{
	const char *nearest = sw_nearest(name, name_at);

	return sw_fail(err, SW_E_USAGE, "no fault is called \"%.*s\"%s%s%s",
		       SW_FMT(sw_slice_head(name, 64)),
		       nearest ? "; the nearest name is \"" : "", nearest ? nearest : "",
		       nearest ? "\"" : "");
}

static const struct sw_fault_row *find_row(struct sw_slice name)
{
	for (size_t i = 0; i < SW_LEN(rows); i++)
		if (sw_slice_eq_nocase(name, sw_slice_str(rows[i].name)))
			return &rows[i];
	return NULL;
}

bool sw_fault_seconds(struct sw_slice s, uint64_t *ret_us)
{
	size_t dot = sw_slice_find(s, '.');
	struct sw_slice whole = sw_slice_head(s, dot);
	struct sw_slice part = sw_slice_from(s, dot + 1);
	uint64_t seconds = 0, us = 0, unit = SECOND / 10;

	if (whole.len == 0 && part.len == 0)
		return false;
	if (dot < s.len && part.len == 0)
		return false;
	if (whole.len > 0 && (!sw_slice_u64(whole, &seconds) || seconds > max_seconds))
		return false;
	for (size_t i = 0; i < part.len; i++, unit /= 10) {
		if (!sw_ascii_digit(part.ptr[i]))
			return false;
		us += unit * (uint64_t)(part.ptr[i] - '0');
	}
	*ret_us = seconds * SECOND + us;
	return true;
}

/* Three digits from 200 to 599, then the end or a blank. */
static bool has_code(struct sw_slice s)
{
	return s.len >= 3 && s.ptr[0] >= '2' && s.ptr[0] <= '5' && sw_ascii_digit(s.ptr[1]) &&
	       sw_ascii_digit(s.ptr[2]) && (s.len == 3 || s.ptr[3] == ' ');
}

static enum sw_err set_text(struct sw_active_fault *f, struct sw_slice text,
			    struct sw_error *err)
{
	f->text = sw_dup(text);
	if (!f->text)
		return sw_fail_nomem(err);
	f->text_len = text.len;
	return SW_OK;
}

/* What the argument replaces of the reply of the row: the code, or the words behind the
 * code. */
static enum sw_err set_reply(struct sw_active_fault *f, struct sw_slice arg,
			     struct sw_error *err)
{
	struct sw_slice data = f->row->data;
	struct sw_buf text;
	enum sw_err e;

	if (f->row->arg == SW_ARG_TEXT && has_code(arg))
		return set_text(f, arg, err);
	sw_buf_init(&text, SW_MAX_COMMAND);
	if (f->row->arg == SW_ARG_CODE)
		e = sw_buf_printf(&text, "%.*s%.*s", SW_FMT(arg),
				  SW_FMT(sw_slice_from(data, 3)));
	else
		e = sw_buf_printf(&text, "%.*s%.*s", SW_FMT(sw_slice_head(data, 4)),
				  SW_FMT(arg));
	if (!e)
		e = set_text(f, sw_buf_slice(&text), NULL);
	sw_buf_fini(&text);
	return e == SW_E_LIMIT ? sw_fail(err, e, "the text of %s is too long", f->row->name)
	       : e             ? sw_fail_nomem(err)
			       : SW_OK;
}

static enum sw_err fail_arg(const struct sw_active_fault *f, struct sw_slice arg,
			    const char *expected, struct sw_error *err)
{
	return sw_fail(err, SW_E_USAGE, "fault %s: expected %s, got \"%.*s\"", f->row->name,
		       expected, SW_FMT(sw_slice_head(arg, 64)));
}

static enum sw_err set_version(struct sw_active_fault *f, struct sw_slice arg,
			       struct sw_error *err)
{
	static const struct {
		const char *name;
		int version;
	} versions[] = {
		{ "1.0", TLS1_VERSION },
		{ "1.1", TLS1_1_VERSION },
		{ "1.2", TLS1_2_VERSION },
	};

	for (size_t i = 0; i < SW_LEN(versions); i++) {
		if (sw_slice_eq(arg, sw_slice_str(versions[i].name))) {
			f->number = (uint64_t)versions[i].version;
			return SW_OK;
		}
	}
	return fail_arg(f, arg, "1.0, 1.1 or 1.2", err);
}

/* Takes "VERB" or "VERB:" off *arg and sets the hook. */
static bool take_verb(struct sw_active_fault *f, struct sw_slice *arg)
{
	struct sw_slice verb = sw_slice_head(*arg, sw_slice_find(*arg, ':'));

	for (size_t i = 0; i < SW_LEN(verbs); i++) {
		if (sw_slice_eq_nocase(verb, sw_slice_str(verbs[i].name))) {
			f->hook = verbs[i].hook;
			*arg = sw_slice_from(*arg, verb.len);
			return true;
		}
	}
	return false;
}

static enum sw_err set_verb(struct sw_active_fault *f, struct sw_slice arg,
			    struct sw_error *err)
{
	struct sw_slice rest = arg;
	char expected[160];
	const char *behind = f->row->arg == SW_ARG_VERB_SECONDS ? ":SECONDS"
			     : f->row->arg == SW_ARG_VERB_REPLY ? ":CODE TEXT"
								: "";

	(void)snprintf(expected, sizeof(expected), "VERB%s, VERB one of %s", behind,
		       verb_list);
	if (!take_verb(f, &rest) || (rest.len > 0) != (behind[0] != '\0'))
		return fail_arg(f, arg, expected, err);
	rest = sw_slice_from(rest, 1);
	if (f->row->arg == SW_ARG_VERB_SECONDS && !sw_fault_seconds(rest, &f->number))
		return fail_arg(f, arg, expected, err);
	if (f->row->arg != SW_ARG_VERB_REPLY)
		return SW_OK;
	if (!has_code(rest))
		return fail_arg(f, arg, expected, err);
	return set_text(f, rest, err);
}

static enum sw_err set_number(struct sw_active_fault *f, struct sw_slice arg, uint64_t min,
			      uint64_t max, const char *expected, struct sw_error *err)
{
	if (!sw_slice_u64(arg, &f->number) || f->number < min || f->number > max)
		return fail_arg(f, arg, expected, err);
	return SW_OK;
}

static enum sw_err set_arg(struct sw_active_fault *f, struct sw_slice arg,
			   struct sw_error *err)
{
	enum sw_err e;

	switch (f->row->arg) {
	case SW_ARG_NONE:
		break;
	case SW_ARG_TEXT:
		return set_reply(f, arg, err);
	case SW_ARG_CODE:
		return has_code(arg) && arg.len == 3
			       ? set_reply(f, arg, err)
			       : fail_arg(f, arg, "a reply code from 200 to 599", err);
	case SW_ARG_SECONDS:
		return sw_fault_seconds(arg, &f->number)
			       ? SW_OK
			       : fail_arg(f, arg, "seconds, as 2 or 0.5", err);
	case SW_ARG_MS:
		e = set_number(f, arg, 0, max_seconds * MS, "milliseconds, a whole number",
			       err);
		f->number *= MS;
		return e;
	case SW_ARG_COUNT:
		return set_number(f, arg, 1, UINT32_MAX, "a number from 1", err);
	case SW_ARG_BYTES:
		return set_number(f, arg, 0, UINT64_MAX / 4, "a number of bytes", err);
	case SW_ARG_ALERT:
		return set_number(f, arg, 0, UINT8_MAX, "a TLS alert number, 0 to 255", err);
	case SW_ARG_ADDRESS:
		return set_text(f, arg, err);
	case SW_ARG_LIMITS: {
		struct sw_limits limits;

		return sw_limits_parse(arg, &limits)
			       ? set_text(f, arg, err)
			       : fail_arg(f, arg, "RCPTMAX=N MAILMAX=N RCPTDOMAINMAX=N", err);
	}
	case SW_ARG_TLS_VERSION:
		return set_version(f, arg, err);
	case SW_ARG_VERB:
	case SW_ARG_VERB_SECONDS:
	case SW_ARG_VERB_REPLY:
		return set_verb(f, arg, err);
	}
	return fail_arg(f, arg, "no argument", err);
}

/* There is one certificate, one protocol, one limit: two faults for it cannot both act. */
static enum sw_err check_single(const struct sw_faults *f, const struct sw_fault_row *row,
				struct sw_error *err)
{
	static const enum sw_fault_action single[] = {
		SW_ACT_CERT,      SW_ACT_TLS_MAX,    SW_ACT_TLS_AT_ONCE,
		SW_ACT_TLS_NEVER, SW_ACT_SIZE_LIMIT, SW_ACT_LIMITS,
	};

	for (size_t i = 0; i < SW_LEN(single); i++) {
		const struct sw_active_fault *other = sw_faults_find(f, single[i]);

		if (row->action == single[i] && other)
			return sw_fail(err, SW_E_USAGE, "faults %s and %s exclude each other",
				       other->row->name, row->name);
	}
	return SW_OK;
}

enum sw_err sw_faults_add(struct sw_faults *f, struct sw_slice spec, struct sw_error *err)
{
	size_t equals = sw_slice_find(spec, '=');
	struct sw_slice name = sw_slice_head(spec, equals);
	struct sw_slice arg = sw_slice_from(spec, equals + 1);
	struct sw_active_fault one = { .row = find_row(name) };
	struct sw_active_fault *list;
	enum sw_err e;

	if (!one.row)
		return fail_unknown(name, err);
	one.hook = one.row->hook;
	e = check_single(f, one.row, err);
	if (e)
		return e;
	if (f->count == SW_MAX_SANDBOX_FAULTS)
		return sw_fail(err, SW_E_USAGE, "more than %d faults", SW_MAX_SANDBOX_FAULTS);
	if (equals == spec.len)
		arg = sw_slice_str(one.row->preset);
	if (equals == spec.len && !one.row->preset)
		return sw_fail(err, SW_E_USAGE, "fault %s needs an argument: %s=%s",
			       one.row->name, one.row->name, one.row->argument);
	if (equals < spec.len || arg.len > 0) {
		if (sw_slice_has_control(arg))
			return fail_arg(&one, arg, "no control characters", err);
		e = set_arg(&one, arg, err);
		if (e)
			return e;
	}
	list = sw_realloc(f->list, (f->count + 1) * sizeof(*list));
	if (!list) {
		sw_free(one.text);
		return sw_fail_nomem(err);
	}
	f->list = list;
	f->list[f->count++] = one;
	return SW_OK;
}

void sw_faults_fini(struct sw_faults *f)
{
	for (size_t i = 0; i < f->count; i++)
		sw_free(f->list[i].text);
	sw_free(f->list);
	*f = (struct sw_faults){ NULL, 0 };
}

const struct sw_active_fault *sw_faults_find(const struct sw_faults *f,
					     enum sw_fault_action action)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->list[i].row->action == action)
			return &f->list[i];
	return NULL;
}

struct sw_slice sw_fault_text(const struct sw_active_fault *f)
{
	return f->text && f->row->arg != SW_ARG_ADDRESS ? sw_slice(f->text, f->text_len)
							: f->row->data;
}

bool sw_fault_hook_is(enum sw_fault_hook h, enum sw_smtp_verb v)
{
	static const struct {
		enum sw_fault_hook hook;
		enum sw_smtp_verb verb;
	} pairs[] = {
		{ SW_HOOK_CONNECT, SW_VERB_CONNECT },
		{ SW_HOOK_EHLO, SW_VERB_EHLO },
		{ SW_HOOK_EHLO, SW_VERB_LHLO },
		{ SW_HOOK_HELLO, SW_VERB_EHLO },
		{ SW_HOOK_HELLO, SW_VERB_LHLO },
		{ SW_HOOK_HELLO, SW_VERB_HELO },
		{ SW_HOOK_STARTTLS, SW_VERB_STARTTLS },
		{ SW_HOOK_AUTH, SW_VERB_AUTH },
		{ SW_HOOK_AUTH_STEP, SW_VERB_AUTH },
		{ SW_HOOK_AUTH_STEP, SW_VERB_AUTH_TOKEN },
		{ SW_HOOK_MAIL, SW_VERB_MAIL },
		{ SW_HOOK_RCPT, SW_VERB_RCPT },
		{ SW_HOOK_DATA, SW_VERB_DATA },
		{ SW_HOOK_BDAT, SW_VERB_BDAT },
		{ SW_HOOK_MESSAGE, SW_VERB_MESSAGE },
		{ SW_HOOK_RSET, SW_VERB_RSET },
		{ SW_HOOK_NOOP, SW_VERB_NOOP },
		{ SW_HOOK_QUIT, SW_VERB_QUIT },
	};

	if (h == SW_HOOK_ANY)
		return true;
	for (size_t i = 0; i < SW_LEN(pairs); i++)
		if (pairs[i].hook == h && pairs[i].verb == v)
			return true;
	return false;
}
