/* SPDX-License-Identifier: MIT */
#include "net/first_bytes.h"

/* Starts that settle it, the most telling first. */
static const struct {
	struct sw_slice start;
	enum sw_speaks speaks;
} starts[] = {
	{ { "\x16\x03", 2 }, SW_SPEAKS_TLS },	     /* RFC 8446 5.1: handshake, version */
	{ { "\x15\x03", 2 }, SW_SPEAKS_TLS_ALERT },
	{ { "HTTP/", 5 }, SW_SPEAKS_HTTP },
	{ { "GET ", 4 }, SW_SPEAKS_HTTP },
	{ { "HEAD ", 5 }, SW_SPEAKS_HTTP },
	{ { "POST ", 5 }, SW_SPEAKS_HTTP },
	{ { "PUT ", 4 }, SW_SPEAKS_HTTP },
	{ { "OPTIONS ", 8 }, SW_SPEAKS_HTTP },
	{ { "CONNECT ", 8 }, SW_SPEAKS_HTTP },
	{ { "<!DOCTYPE", 9 }, SW_SPEAKS_HTTP },	     /* servers of HTTP/0.9 manners */
	{ { "<HTML", 5 }, SW_SPEAKS_HTTP },
	{ { "SSH-", 4 }, SW_SPEAKS_SSH },	     /* RFC 4253 4.2 */
	{ { "* OK", 4 }, SW_SPEAKS_IMAP },	     /* RFC 9051 7.1 */
	{ { "* PREAUTH", 9 }, SW_SPEAKS_IMAP },
	{ { "* BYE", 5 }, SW_SPEAKS_IMAP },
	{ { "+OK", 3 }, SW_SPEAKS_POP3 },	     /* RFC 1939 3 */
	{ { "-ERR", 4 }, SW_SPEAKS_POP3 },
};

static bool has_nocase(struct sw_slice text, struct sw_slice word)
{
	for (size_t i = 0; i < text.len; i++)
		if (sw_slice_starts_nocase(sw_slice_from(text, i), word))
			return true;
	return false;
}

/* "220", or any refusal, and then the end, a blank or a hyphen. */
static bool is_greeting(struct sw_slice line)
{
	if (line.len < 3 || !sw_ascii_digit(line.ptr[1]) || !sw_ascii_digit(line.ptr[2]))
		return false;
	if (line.ptr[0] != '4' && line.ptr[0] != '5' && !sw_slice_starts(line, SW_S("220")))
		return false;
	return line.len == 3 || strchr(" -\r", line.ptr[3]);
}

/* Only 2, 0, '*' and blanks are left of "220 mx.example.org ESMTP", and the code may be gone
 * as well. A greeting without any text ("220 ") is poor but not masked: a star is needed. */
static bool is_masked(struct sw_slice line)
{
	bool star = false;

	for (size_t i = 0; i < line.len; i++) {
		if (!memchr("20* \t\r", line.ptr[i], 6))
			return false;
		star = star || line.ptr[i] == '*';
	}
	return star;
}

static bool is_text(struct sw_slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.ptr[i];

		if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
			return false;
	}
	return true;
}

enum sw_speaks sw_first_bytes(struct sw_slice bytes)
{
	struct sw_slice line = sw_slice_head(bytes, sw_slice_find(bytes, '\n'));

	if (bytes.len == 0)
		return SW_SPEAKS_NOTHING;
	for (size_t i = 0; i < SW_LEN(starts); i++)
		if (sw_slice_starts_nocase(bytes, starts[i].start))
			return starts[i].speaks;
	if (is_masked(line))
		return SW_SPEAKS_MASKED;
	if (!is_text(bytes))
		return SW_SPEAKS_BINARY;
	if (!is_greeting(line))
		return SW_SPEAKS_TEXT;
	/* "220 ftp.example.org ESMTP" is a mail server all the same. */
	if (sw_slice_starts(line, SW_S("220")) && has_nocase(bytes, SW_S("FTP")) &&
	    !has_nocase(bytes, SW_S("SMTP")))
		return SW_SPEAKS_FTP;
	return SW_SPEAKS_SMTP;
}

const char *sw_speaks_name(enum sw_speaks s)
{
	static const char *const names[SW_SPEAKS_COUNT] = {
		[SW_SPEAKS_NOTHING] = "nothing",     [SW_SPEAKS_SMTP] = "smtp",
		[SW_SPEAKS_TLS] = "tls",	     [SW_SPEAKS_TLS_ALERT] = "tls_alert",
		[SW_SPEAKS_HTTP] = "http",	     [SW_SPEAKS_SSH] = "ssh",
		[SW_SPEAKS_IMAP] = "imap",	     [SW_SPEAKS_POP3] = "pop3",
		[SW_SPEAKS_FTP] = "ftp",	     [SW_SPEAKS_MASKED] = "masked",
		[SW_SPEAKS_TEXT] = "text",	     [SW_SPEAKS_BINARY] = "binary",
	};

	return (unsigned)s < SW_SPEAKS_COUNT ? names[s] : "?";
}
