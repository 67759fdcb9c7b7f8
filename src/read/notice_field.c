/* SPDX-License-Identifier: MIT */
/* The names of fields: those of RFC 5322 and its relatives in the head of a returned message,
 * and those of RFC 3464 in reports that stand in the text. */
#include "read/notice_private.h"

/* SW_S is no constant expression to some compilers. */
#define NAME(text)                                                                            \
	{                                                                                     \
		(text), sizeof(text) - 1                                                      \
	}
static const struct {
	struct sw_slice name;
	enum notice_field field;
} FIELDS[] = {
	{ NAME("received"), NOTICE_F_TRANSPORT },
	{ NAME("return-path"), NOTICE_F_TRANSPORT },
	{ NAME("delivered-to"), NOTICE_F_TRANSPORT },
	{ NAME("envelope-to"), NOTICE_F_TRANSPORT },
	{ NAME("x-received"), NOTICE_F_TRANSPORT },
	{ NAME("dkim-signature"), NOTICE_F_TRANSPORT },
	{ NAME("domainkey-signature"), NOTICE_F_TRANSPORT },
	{ NAME("received-spf"), NOTICE_F_TRANSPORT },
	{ NAME("authentication-results"), NOTICE_F_TRANSPORT },
	{ NAME("arc-seal"), NOTICE_F_TRANSPORT },
	{ NAME("arc-message-signature"), NOTICE_F_TRANSPORT },
	{ NAME("arc-authentication-results"), NOTICE_F_TRANSPORT },
	{ NAME("mime-version"), NOTICE_F_TRANSPORT },
	{ NAME("list-unsubscribe"), NOTICE_F_TRANSPORT },
	{ NAME("list-id"), NOTICE_F_TRANSPORT },
	{ NAME("user-agent"), NOTICE_F_TRANSPORT },
	{ NAME("thread-index"), NOTICE_F_TRANSPORT },
	{ NAME("thread-topic"), NOTICE_F_TRANSPORT },
	{ NAME("in-reply-to"), NOTICE_F_OTHER },
	{ NAME("references"), NOTICE_F_OTHER },
	{ NAME("content-type"), NOTICE_F_MIME },
	{ NAME("content-transfer-encoding"), NOTICE_F_MIME },
	{ NAME("content-disposition"), NOTICE_F_MIME },
	{ NAME("content-description"), NOTICE_F_MIME },
	{ NAME("content-id"), NOTICE_F_MIME },
	{ NAME("content-language"), NOTICE_F_MIME },
	{ NAME("message-id"), NOTICE_F_MESSAGE_ID },
	{ NAME("from"), NOTICE_F_FROM },
	{ NAME("sender"), NOTICE_F_OTHER },
	{ NAME("reply-to"), NOTICE_F_OTHER },
	{ NAME("errors-to"), NOTICE_F_OTHER },
	{ NAME("to"), NOTICE_F_TO },
	{ NAME("cc"), NOTICE_F_OTHER },
	{ NAME("bcc"), NOTICE_F_OTHER },
	{ NAME("subject"), NOTICE_F_SUBJECT },
	{ NAME("date"), NOTICE_F_DATE },
	{ NAME("sent"), NOTICE_F_DATE },
	{ NAME("resent-from"), NOTICE_F_OTHER },
	{ NAME("resent-to"), NOTICE_F_OTHER },
	{ NAME("importance"), NOTICE_F_OTHER },
	{ NAME("precedence"), NOTICE_F_OTHER },
	{ NAME("final-recipient"), NOTICE_F_FINAL },
	{ NAME("original-recipient"), NOTICE_F_ORIGINAL },
	{ NAME("action"), NOTICE_F_ACTION },
	{ NAME("status"), NOTICE_F_STATUS },
	{ NAME("diagnostic-code"), NOTICE_F_DIAGNOSTIC },
	{ NAME("remote-mta"), NOTICE_F_REMOTE },
	{ NAME("reporting-mta"), NOTICE_F_REPORTER },
	{ NAME("received-from-mta"), NOTICE_F_REPORT },
	{ NAME("arrival-date"), NOTICE_F_REPORT },
	{ NAME("last-attempt-date"), NOTICE_F_REPORT },
	{ NAME("will-retry-until"), NOTICE_F_REPORT },
	{ NAME("final-log-id"), NOTICE_F_REPORT },
	{ NAME("original-envelope-id"), NOTICE_F_REPORT },
	{ NAME("dsn-gateway"), NOTICE_F_REPORT },
	{ NAME("x-postfix-queue-id"), NOTICE_F_REPORT },
	{ NAME("x-postfix-sender"), NOTICE_F_REPORT },
	{ NAME("x-actual-recipient"), NOTICE_F_REPORT },
	{ NAME("x-supplementary-info"), NOTICE_F_REPORT },
	{ NAME("x-display-name"), NOTICE_F_REPORT },
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
	while (*ret_value < line.len &&
	       (line.ptr[*ret_value] == ' ' || line.ptr[*ret_value] == '\t'))
		++*ret_value;
	for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++)
		if (sw_slice_eq_nocase(name, FIELDS[i].name))
			return FIELDS[i].field;
	/* Whoever adds fields of his own adds them to whole messages. */
	if (len > 3 && (line.ptr[0] == 'X' || line.ptr[0] == 'x') && line.ptr[1] == '-')
		return NOTICE_F_TRANSPORT;
	return NOTICE_F_NONE;
}
