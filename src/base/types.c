/* SPDX-License-Identifier: MIT */
#include <sendwell/types.h>

#include <sysexits.h>

#include "base/defs.h"

static const char *const stage_names[SW_STAGE_COUNT] = {
	[SW_STAGE_CONFIG] = "config",
	[SW_STAGE_LOCAL] = "local",
	[SW_STAGE_DNS] = "dns",
	[SW_STAGE_TCP] = "tcp",
	[SW_STAGE_GREETING] = "greeting",
	[SW_STAGE_EHLO] = "ehlo",
	[SW_STAGE_TLS] = "tls",
	[SW_STAGE_AUTH] = "auth",
	[SW_STAGE_ENVELOPE] = "envelope",
	[SW_STAGE_DATA] = "data",
	[SW_STAGE_FINAL] = "final",
	[SW_STAGE_RELAY] = "relay",
	[SW_STAGE_INBOX] = "inbox",
};

static const char *const outcome_names[SW_OUTCOME_COUNT] = {
	[SW_NOT_SENT] = "not_sent",
	[SW_ACCEPTED] = "accepted",
	[SW_REJECTED] = "rejected",
	[SW_DEFERRED] = "deferred",
	[SW_UNCERTAIN] = "uncertain",
};

static const struct {
	const char *text;
	int exit_status;
} errors[SW_ERR_COUNT] = {
	[SW_OK] = { "no error", EX_OK },
	[SW_E_USAGE] = { "called with a wrong option or argument", EX_USAGE },
	[SW_E_DATA] = { "a message, an address or a header is not well formed", EX_DATAERR },
	[SW_E_NOINPUT] = { "a file cannot be read", EX_NOINPUT },
	[SW_E_NOMEM] = { "out of memory", EX_OSERR },
	[SW_E_OS] = { "the operating system refused something that is needed", EX_OSERR },
	[SW_E_CREATE] = { "a file cannot be written", EX_CANTCREAT },
	[SW_E_IO] = { "reading or writing failed half way", EX_IOERR },
	[SW_E_LIMIT] = { "the input is larger than the limit", EX_DATAERR },
	[SW_E_PERM] = { "permissions are wrong or not sufficient", EX_NOPERM },
	[SW_E_CONFIG] = { "the configuration is wrong", EX_CONFIG },
	[SW_E_ABORTED] = { "stopped on request", EX_TEMPFAIL },
	[SW_E_INTERNAL] = { "an error inside sendwell", EX_SOFTWARE },
};

/* Through unsigned: callers in other languages may pass any number. */
const char *sw_stage_name(enum sw_stage stage)
{
	return (unsigned)stage < SW_STAGE_COUNT ? stage_names[stage] : "?";
}

const char *sw_outcome_name(enum sw_outcome outcome)
{
	return (unsigned)outcome < SW_OUTCOME_COUNT ? outcome_names[outcome] : "?";
}

const char *sw_err_text(enum sw_err code)
{
	return (unsigned)code < SW_ERR_COUNT ? errors[code].text : "?";
}

int sw_err_exit_status(enum sw_err code)
{
	return (unsigned)code < SW_ERR_COUNT ? errors[code].exit_status : EX_SOFTWARE;
}
