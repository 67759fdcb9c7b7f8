/* SPDX-License-Identifier: MIT */
/* Words that every part of sendwell shares, inside and outside the library: error codes,
 * stages of a delivery, outcomes of a recipient and of a message.  Values are stable: new ones
 * are added at the end, none is renumbered. */
#ifndef SENDWELL_TYPES_H
#define SENDWELL_TYPES_H

#include <sendwell/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What went wrong on OUR side: arguments, files, memory.  What a server, the DNS or the network
 * did is never an sw_err: it is an outcome with its evidence. */
enum sw_err {
	SW_OK = 0,
	SW_E_USAGE,	/* called wrongly: option, argument, order of calls (exit 64) */
	SW_E_DATA,	/* a message, an address or a header is not well formed (65) */
	SW_E_NOINPUT,	/* a file that we were told to read cannot be read (66) */
	SW_E_NOMEM,	/* no memory (71) */
	SW_E_OS,	/* the operating system refused something we need (71) */
	SW_E_CREATE,	/* a file that we were told to write cannot be written (73) */
	SW_E_IO,	/* reading or writing failed half way (74) */
	SW_E_LIMIT,	/* input beyond a limit of limits.h (65) */
	SW_E_PERM,	/* a file that must be private is not, or may not be opened (77) */
	SW_E_CONFIG,	/* configuration is wrong (78) */
	SW_E_ABORTED,	/* the caller's heartbeat asked us to stop (75) */
	SW_E_INTERNAL,	/* a bug of ours (70) */
	SW_ERR_COUNT
};

/* The stage names of every report, in the order in which a delivery passes them. */
enum sw_stage {
	SW_STAGE_CONFIG = 0,
	SW_STAGE_LOCAL,
	SW_STAGE_DNS,
	SW_STAGE_TCP,
	SW_STAGE_GREETING,
	SW_STAGE_EHLO,
	SW_STAGE_TLS,
	SW_STAGE_AUTH,
	SW_STAGE_ENVELOPE,
	SW_STAGE_DATA,	/* from the DATA command to the last byte before the final dot */
	SW_STAGE_FINAL,	/* the final dot and its reply */
	SW_STAGE_RELAY,
	SW_STAGE_INBOX,
	SW_STAGE_COUNT
};

/* Every recipient ends in exactly one of these. */
enum sw_outcome {
	SW_NOT_SENT = 0, /* we never asked, or the message never was committed; safe to try again */
	SW_ACCEPTED,	 /* the server answered 2xx to the message for this recipient */
	SW_REJECTED,	 /* 5xx: do not try again unchanged */
	SW_DEFERRED,	 /* 4xx: try again later */
	SW_UNCERTAIN,	 /* the final dot left us and no answer came: may have been delivered */
	SW_OUTCOME_COUNT
};

/* "config", "dns", ...: static strings, never NULL ("?" for a value out of range). */
SW_EXPORT const char *sw_stage_name(enum sw_stage stage);
/* "not_sent", "accepted", "rejected", "deferred", "uncertain". */
SW_EXPORT const char *sw_outcome_name(enum sw_outcome outcome);
/* One short sentence for an error code. */
SW_EXPORT const char *sw_err_text(enum sw_err code);
/* The sysexits.h status that a program should end with for this code. */
SW_EXPORT int sw_err_exit_status(enum sw_err code);

#ifdef __cplusplus
}
#endif
#endif
