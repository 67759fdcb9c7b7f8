/* SPDX-License-Identifier: MIT */
/* msmtprc while it is read: import_msmtp.c collects the values, import_msmtp_turn.c makes ours
 * of them. */
#ifndef SW_READ_IMPORT_MSMTP_H
#define SW_READ_IMPORT_MSMTP_H

#include "read/import_private.h"

enum sw_msmtp_key {
	HOST,
	PORT,
	PROTOCOL,
	TIMEOUT,
	DOMAIN,
	SOURCE_IP,
	PROXY_HOST,
	PROXY_PORT,
	SOCKET,
	AUTH,
	USER,
	PASSWORD,
	PASSWORDEVAL,
	NTLMDOMAIN,
	TLS,
	TLS_STARTTLS,
	TLS_TRUST_FILE,
	TLS_CRL_FILE,
	TLS_FINGERPRINT,
	TLS_KEY_FILE,
	TLS_CERT_FILE,
	TLS_CERTCHECK,
	TLS_PRIORITIES,
	TLS_HOST_OVERRIDE,
	TLS_DH,
	FROM,
	FROM_FULL_NAME,
	ALLOW_FROM,
	AUTO_FROM,
	MAILDOMAIN,
	DSN_NOTIFY,
	DSN_RETURN,
	KEEPBCC,
	LOGFILE,
	LOGFILE_TIME,
	SYSLOG,
	ALIASES,
	SET_FROM,
	SET_DATE,
	SET_MSGID,
	REMOVE_BCC,
	UNDISCLOSED,
	ADD_FROM,
	ADD_DATE,
	EVAL,
	KEY_COUNT
};

struct sw_msmtp_value {
	struct sw_slice text;
	size_t line; /* 0: not set */
};

struct sw_msmtp_account {
	struct sw_slice name, base; /* base: the only one it took over; "" none or several */
	struct sw_msmtp_value values[KEY_COUNT];
	size_t line;
	bool own; /* has settings of its own */
};

struct sw_msmtp {
	struct sw_import *out;
	struct sw_error *err;
	struct sw_slice home;
	struct sw_msmtp_account defaults, *accounts, *current;
	size_t count, line;
};

/* The key that is copied as it stands; NULL none. */
const char *sw_msmtp_copied(enum sw_msmtp_key k);
/* Adds the account that these values mean; without a host none, with a note. */
enum sw_err sw_msmtp_turn(struct sw_msmtp *r, const struct sw_msmtp_account *raw) SW_MUST_USE;

#endif
