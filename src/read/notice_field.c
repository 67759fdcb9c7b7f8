/* SPDX-License-Identifier: MIT */
/* The names of fields: those of RFC 5322 and its relatives in the head of a returned message,
 * and those of RFC 3464 in reports that stand in the text. */
#include "read/notice_private.h"

static const struct {
	const char *name;
	enum notice_field field;
} FIELDS[] = {
	{ "received", NOTICE_F_TRANSPORT },
	{ "return-path", NOTICE_F_TRANSPORT },
	{ "delivered-to", NOTICE_F_TRANSPORT },
	{ "envelope-to", NOTICE_F_TRANSPORT },
	{ "x-received", NOTICE_F_TRANSPORT },
	{ "dkim-signature", NOTICE_F_TRANSPORT },
	{ "domainkey-signature", NOTICE_F_TRANSPORT },
	{ "received-spf", NOTICE_F_TRANSPORT },
	{ "authentication-results", NOTICE_F_TRANSPORT },
	{ "arc-seal", NOTICE_F_TRANSPORT },
	{ "arc-message-signature", NOTICE_F_TRANSPORT },
	{ "arc-authentication-results", NOTICE_F_TRANSPORT },
	{ "mime-version", NOTICE_F_TRANSPORT },
	{ "list-unsubscribe", NOTICE_F_TRANSPORT },
	{ "list-id", NOTICE_F_TRANSPORT },
	{ "user-agent", NOTICE_F_TRANSPORT },
	{ "thread-index", NOTICE_F_TRANSPORT },
	{ "thread-topic", NOTICE_F_TRANSPORT },
	{ "in-reply-to", NOTICE_F_OTHER },
	{ "references", NOTICE_F_OTHER },
	{ "content-type", NOTICE_F_MIME },
	{ "content-transfer-encoding", NOTICE_F_MIME },
	{ "content-disposition", NOTICE_F_MIME },
	{ "content-description", NOTICE_F_MIME },
	{ "content-id", NOTICE_F_MIME },
	{ "content-language", NOTICE_F_MIME },
	{ "message-id", NOTICE_F_MESSAGE_ID },
	{ "from", NOTICE_F_FROM },
	{ "sender", NOTICE_F_OTHER },
	{ "reply-to", NOTICE_F_OTHER },
	{ "errors-to", NOTICE_F_OTHER },
	{ "to", NOTICE_F_TO },
	{ "cc", NOTICE_F_OTHER },
	{ "bcc", NOTICE_F_OTHER },
	{ "subject", NOTICE_F_SUBJECT },
	{ "date", NOTICE_F_DATE },
	{ "sent", NOTICE_F_DATE },
	{ "resent-from", NOTICE_F_OTHER },
	{ "resent-to", NOTICE_F_OTHER },
	{ "importance", NOTICE_F_OTHER },
	{ "precedence", NOTICE_F_OTHER },
	{ "final-recipient", NOTICE_F_FINAL },
	{ "original-recipient", NOTICE_F_ORIGINAL },
	{ "action", NOTICE_F_ACTION },
	{ "status", NOTICE_F_STATUS },
	{ "diagnostic-code", NOTICE_F_DIAGNOSTIC },
	{ "remote-mta", NOTICE_F_REMOTE },
	{ "reporting-mta", NOTICE_F_REPORTER },
	{ "received-from-mta", NOTICE_F_REPORT },
	{ "arrival-date", NOTICE_F_REPORT },
	{ "last-attempt-date", NOTICE_F_REPORT },
	{ "will-retry-until", NOTICE_F_REPORT },
	{ "final-log-id", NOTICE_F_REPORT },
	{ "original-envelope-id", NOTICE_F_REPORT },
	{ "dsn-gateway", NOTICE_F_REPORT },
	{ "x-postfix-queue-id", NOTICE_F_REPORT },
	{ "x-postfix-sender", NOTICE_F_REPORT },
	{ "x-actual-recipient", NOTICE_F_REPORT },
	{ "x-supplementary-info", NOTICE_F_REPORT },
	{ "x-display-name", NOTICE_F_REPORT },
};

static bool is_name_char(char c)
{
	return sw_ascii_digit(c) || c == '-' || c == '_' ||
	       (sw_ascii_lower(c) >= 'a' && sw_ascii_lower(c) <= 'z');
}

enum notice_field notice_field_of(struct sw_slice line, size_t *ret_value)
{
	struct sw_slice name;
	size_t len = 0;

	while (len < line.len && len < 40 && is_name_char(line.ptr[len]))
		len++;
	if (len < 2 || len == line.len || line.ptr[len] != ':')
		return NOTICE_F_NONE;
	name = sw_slice_head(line, len);
	*ret_value = len + 1;
	while (*ret_value < line.len && (line.ptr[*ret_value] == ' ' || line.ptr[*ret_value] == '\t'))
		++*ret_value;
	for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++)
		if (sw_slice_eq_nocase(name, sw_slice_str(FIELDS[i].name)))
			return FIELDS[i].field;
	/* Whoever adds fields of his own adds them to whole messages. */
	if (len > 3 && (line.ptr[0] == 'X' || line.ptr[0] == 'x') && line.ptr[1] == '-')
		return NOTICE_F_TRANSPORT;
	return NOTICE_F_NONE;
}
