/* SPDX-License-Identifier: MIT */
/* At which command of the session it happened: from what systems say in English behind a
 * reply, and from transcripts (">>> RCPT TO:<a@b>", "<<< 550 ..."). */
#include "mail/mime.h"
#include "read/bounce_private.h"

static const struct {
	const char *words;
	enum sw_stage stage;
} commands[] = {
	{ "mail from", SW_STAGE_ENVELOPE },
	{ "mail command", SW_STAGE_ENVELOPE },
	{ "rcpt", SW_STAGE_ENVELOPE },
	{ "end of data", SW_STAGE_FINAL },
	{ "sending data", SW_STAGE_FINAL },
	{ "sending end of data", SW_STAGE_FINAL },
	{ "message body", SW_STAGE_FINAL },
	{ "sending message body", SW_STAGE_FINAL },
	{ "transmission of message", SW_STAGE_FINAL },
	{ "data", SW_STAGE_DATA },
	{ "bdat", SW_STAGE_DATA },
	{ "ehlo", SW_STAGE_EHLO },
	{ "helo", SW_STAGE_EHLO },
	{ "lhlo", SW_STAGE_EHLO },
	{ "starttls", SW_STAGE_TLS },
	{ "auth ", SW_STAGE_AUTH },
	{ "initial connection", SW_STAGE_GREETING },
};

static bool command_at(struct sw_slice s, enum sw_stage *ret)
{
	for (size_t i = 0; i < SW_LEN(commands); i++) {
		if (!sw_slice_starts_nocase(s, sw_slice_str(commands[i].words)))
			continue;
		*ret = commands[i].stage;
		return true;
	}
	return false;
}

/* Words before the command where systems say when it happened. */
static const char *const leads[] = {
	"in reply to ",
	"in response to ",
	"response to the ",
	"reply to the ",
	"after the ",
	"server after ",
	"error was in ",
	"while sending ",
	"remote server for ",
	"rejected command '",
	"erver sent: ",
	"sending command ",
	"during ",
	"after ",
};

bool bounce_stage(struct sw_slice text, enum sw_stage *ret)
{
	static const char *const fillers[] = { "the ", "pipelined ", "sending " };

	for (size_t i = 0; i < SW_LEN(leads); i++) {
		struct sw_slice lead = sw_slice_str(leads[i]), rest = text;

		for (size_t at; (at = sw_slice_search(rest, lead)) < rest.len;) {
			rest = sw_slice_from(rest, at + lead.len);
			struct sw_slice near = rest;

			if (command_at(near, ret))
				return true;
			for (size_t k = 0; k < SW_LEN(fillers); k++)
				if (sw_slice_starts(near, sw_slice_str(fillers[k])))
					near = sw_slice_from(near, strlen(fillers[k]));
			if (command_at(near, ret))
				return true;
		}
	}
	return false;
}

/* One line of a transcript, "<<< 550-5.1.1 text" or ">>> DATA"; also "<- 550", "C: ", "S: ".
 */
static bool is_wire(struct sw_slice line, char mark, struct sw_slice *ret)
{
	const char three[] = { mark, mark, mark };

	line = sw_slice_trim(line);
	if (!sw_slice_starts(line, sw_slice(three, 3)))
		return false;
	*ret = sw_slice_trim(sw_slice_from(line, 3));
	return true;
}

/* A reply that comes because no recipient was left: the replies before it were to RCPT
 * commands that had been sent together with DATA (RFC 2920). */
static bool is_no_recipient(struct sw_slice reply)
{
	return sw_slice_starts(reply, SW_S("503")) ||
	       (sw_slice_starts(reply, SW_S("554")) &&
		(sw_slice_search(reply, SW_S("ecipient")) < reply.len ||
		 sw_slice_search(reply, SW_S("RCPT")) < reply.len));
}

static bool has_code(struct sw_slice reply, int code)
{
	uint64_t number;

	return sw_slice_u64(sw_slice_head(reply, 3), &number) && number == (uint64_t)code;
}

bool bounce_wire_stage(struct sw_slice text, int code, enum sw_stage *ret)
{
	enum sw_stage command = SW_STAGE_CONFIG;
	struct sw_slice line, wire;
	bool commanded = false, found = false, first = true;

	if (code == 0 || sw_slice_search(text, SW_S("<<<")) == text.len)
		return false;
	while (sw_mime_line_next(&text, &line)) {
		if (is_wire(line, '>', &wire)) {
			commanded = command_at(wire, &command) || sw_slice_eq(wire, SW_S("."));
			if (sw_slice_eq(wire, SW_S(".")))
				command = SW_STAGE_FINAL;
			first = false;
			continue;
		}
		if (!is_wire(line, '<', &wire))
			continue;
		if (found && *ret == SW_STAGE_DATA && is_no_recipient(wire)) {
			*ret = SW_STAGE_ENVELOPE;
		} else if (has_code(wire, code) && (commanded || first)) {
			*ret = commanded ? command : SW_STAGE_GREETING;
			found = true;
		}
	}
	return found;
}
