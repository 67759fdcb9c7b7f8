/* SPDX-License-Identifier: MIT */
/* At which command of the session it happened: from what systems say in English behind a
 * reply, and from transcripts (">>> RCPT TO:<a@b>", "<<< 550 ..."). */
#include <stdio.h>

#include "mail/mime.h"
#include "read/bounce_private.h"

static const struct {
	const char *words;
	struct bounce_moment moment;
} commands[] = {
	{ "mail from", { SW_STAGE_ENVELOPE, true } },
	{ "mail command", { SW_STAGE_ENVELOPE, true } },
	{ "rcpt", { SW_STAGE_ENVELOPE, false } },
	{ "end of data", { SW_STAGE_FINAL, false } },
	{ "sending data", { SW_STAGE_FINAL, false } },
	{ "sending end of data", { SW_STAGE_FINAL, false } },
	{ "message body", { SW_STAGE_FINAL, false } },
	{ "sending message body", { SW_STAGE_FINAL, false } },
	{ "transmission of message", { SW_STAGE_FINAL, false } },
	{ "transfer of mail text", { SW_STAGE_FINAL, false } },
	{ "text command", { SW_STAGE_FINAL, false } },
	{ "data", { SW_STAGE_DATA, false } },
	{ "bdat", { SW_STAGE_DATA, false } },
	{ "ehlo", { SW_STAGE_EHLO, false } },
	{ "helo", { SW_STAGE_EHLO, false } },
	{ "lhlo", { SW_STAGE_EHLO, false } },
	{ "starttls", { SW_STAGE_TLS, false } },
	{ "auth ", { SW_STAGE_AUTH, false } },
	{ "initial connection", { SW_STAGE_GREETING, false } },
	{ "talk to me", { SW_STAGE_GREETING, false } },
	{ "greeting", { SW_STAGE_GREETING, false } },
};

static bool command_at(struct sw_slice s, struct bounce_moment *ret)
{
	for (size_t i = 0; i < SW_LEN(commands); i++) {
		if (!sw_slice_starts_nocase(s, sw_slice_str(commands[i].words)))
			continue;
		*ret = commands[i].moment;
		return true;
	}
	return false;
}

/* Words before the command where systems say when it happened. */
static const char *const leads[] = {
	"in reply to ",       "in response to ", "response to the ",
	"reply to the ",      "after the ",      "server after ",
	"error was in ",      "while sending ",  "remote server for ",
	"rejected command '", "erver sent: ",    "sending command ",
	"refused to ",        "during ",         "after ",
	"remote server in ",
};

/* Whether there is a command as it is written on the wire: without one, there is no need to
 * look for what stands around it. */
static bool has_command(struct sw_slice text)
{
	static const char verbs[][5] = { "RCPT", "DATA", "MAIL", "BDAT", "EHLO",
					 "HELO", "LHLO", "STAR", "AUTH" };

	for (size_t i = 3; i < text.len; i++) {
		const char *at = text.ptr + i - 3;

		if (*at < 'A' || *at > 'Z' || text.ptr[i] < 'A' || text.ptr[i] > 'Z')
			continue;
		for (size_t k = 0; k < SW_LEN(verbs); k++)
			if (memcmp(at, verbs[k], 4) == 0)
				return true;
	}
	return false;
}

/* "SMTP command: RCPT TO:<a@b>", or the command alone below such a label, in any language:
 * written as on the wire, so that no sentence about data is taken for it. */
static bool labelled_command(struct sw_slice text, struct bounce_moment *ret)
{
	static const char *const labels[] = {
		"ommand",  "COMMAND", "commande", "ommando", "Befehl",
		"comando", "команда", "コマンド", "命令",
	};
	enum { BETWEEN = 24 };

	for (size_t i = 0; i < SW_LEN(labels); i++) {
		struct sw_slice label = sw_slice_str(labels[i]), rest = text;

		for (size_t at; (at = sw_slice_search(rest, label)) < rest.len;) {
			rest = sw_slice_from(rest, at + label.len);
			size_t gap = 0;
			bool ends = false;

			while (gap < rest.len && gap < BETWEEN &&
			       strchr(" \t\r\n:-=>*\"'", rest.ptr[gap])) {
				ends |= strchr(":\n>", rest.ptr[gap]) != NULL;
				gap++;
			}
			struct sw_slice command = sw_slice_from(rest, gap);
			bool upper = command.len > 3;

			for (size_t k = 0; k < 4 && upper; k++)
				upper = command.ptr[k] >= 'A' && command.ptr[k] <= 'Z';
			if (ends && upper && command_at(command, ret))
				return true;
		}
	}
	return false;
}

static bool is_word(char c)
{
	char low = sw_ascii_lower(c);

	return (low >= 'a' && low <= 'z') || sw_ascii_digit(c);
}

/* "rejected RCPT <a@b>", "error at DATA": what else people write before a command, which then
 * must look like one. */
static bool plain_command_of(struct sw_slice text, struct sw_slice name,
			     struct bounce_moment *ret)
{
	static const char *const before[] = {
		"rejected ", "refused ", "failed on ", "failed at ", "failed in ", " at ",
		"error on ", "error, ",  "error: ",    "stage: ",    "state: ",    "smtp "
	};

	for (size_t at = 0, next; at < text.len; at = next) {
		at += sw_slice_search(sw_slice_from(text, at), name);
		next = at + name.len;
		if (next < text.len && is_word(text.ptr[next]))
			continue;
		for (size_t k = 0; k < SW_LEN(before) && at < text.len; k++) {
			size_t len = strlen(before[k]);

			if (at >= len && sw_slice_starts_nocase(sw_slice_from(text, at - len),
								sw_slice_str(before[k])))
				return command_at(sw_slice_from(text, at), ret);
		}
	}
	return false;
}

static bool plain_command(struct sw_slice text, struct bounce_moment *ret)
{
	static const char *const names[] = { "RCPT", "DATA", "MAIL FROM",
					     "BDAT", "EHLO", "HELO" };

	for (size_t i = 0; i < SW_LEN(names); i++)
		if (plain_command_of(text, sw_slice_str(names[i]), ret))
			return true;
	return false;
}

bool bounce_stage(struct sw_slice text, struct bounce_moment *ret)
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
	return has_command(text) && (labelled_command(text, ret) || plain_command(text, ret));
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

/* Whose reply it is, where several are told of in one transcript. */
static bool is_about(struct sw_slice command, struct sw_slice reply, struct sw_slice address)
{
	return address.len == 0 || sw_slice_search_nocase(command, address) < command.len ||
	       sw_slice_search_nocase(reply, address) < reply.len;
}

bool bounce_wire_stage(struct sw_slice text, int code, struct sw_slice address,
		       struct bounce_moment *ret)
{
	struct bounce_moment moment = { SW_STAGE_CONFIG, false };
	struct sw_slice line, wire, command = { 0 };
	bool commanded = false, found = false, first = true;

	if (code == 0 || sw_slice_search(text, SW_S("<<<")) == text.len)
		return false;
	while (sw_mime_line_next(&text, &line)) {
		if (is_wire(line, '>', &wire)) {
			commanded = command_at(wire, &moment) || sw_slice_eq(wire, SW_S("."));
			if (sw_slice_eq(wire, SW_S(".")))
				moment = (struct bounce_moment){ SW_STAGE_FINAL, false };
			command = wire;
			first = false;
			continue;
		}
		if (!is_wire(line, '<', &wire))
			continue;
		if (found && ret->stage == SW_STAGE_DATA && is_no_recipient(wire)) {
			ret->stage = SW_STAGE_ENVELOPE;
		} else if (has_code(wire, code) && (commanded || first) &&
			   is_about(command, wire, address)) {
			*ret = commanded ? moment
					 : (struct bounce_moment){ SW_STAGE_GREETING, false };
			found = true;
		}
	}
	return found;
}

/* ---- of those whom a message tells of */

/* The paragraph of a text that byte `at` is in. */
struct sw_slice bounce_paragraph(struct sw_slice text, size_t at)
{
	struct sw_slice before = sw_slice_head(text, at);
	size_t begin = before.len;

	while (begin > 1 && !(before.ptr[begin - 1] == '\n' && before.ptr[begin - 2] == '\n'))
		begin--;
	begin = begin > 1 ? begin : 0;
	struct sw_slice rest = sw_slice_from(text, begin);

	return sw_slice_trim(sw_slice_head(rest, sw_slice_search(rest, SW_S("\n\n"))));
}

/* In words, which lines may break, or in a label above the command. */
static bool told_moment(struct bounce_reader *r, struct sw_slice text,
			struct bounce_moment *ret)
{
	const char *line = bounce_one_line(r, sw_slice_head(text, SW_MAX_REPLY_LINE));

	return (line && bounce_stage(sw_slice_str(line), ret)) ||
	       (has_command(text) && labelled_command(text, ret));
}

/* Of several recipients, what stands in the paragraph that names this one alone. */
static bool own_moment(struct bounce_reader *r, struct sw_slice text,
		       const struct sw_bounce_recipient *b, struct bounce_moment *ret)
{
	struct sw_slice address = sw_slice_str(b->address);
	size_t at = sw_slice_search_nocase(text, address);

	if (address.len == 0)
		return false;
	if (bounce_wire_stage(text, b->code, address, ret))
		return true;
	if (at == text.len)
		return false;
	text = bounce_paragraph(text, at);
	for (const struct sw_bounce_recipient *p = r->ret->recipients; p; p = p->next)
		if (p != b && p->address[0] &&
		    sw_slice_search_nocase(text, sw_slice_str(p->address)) < text.len)
			return false;
	return told_moment(r, text, ret);
}

/* Where one recipient's moment is told: the paragraph that names him, when it has the code,
 * too; else anywhere. */
static struct sw_slice near(struct sw_slice text, const struct sw_bounce_recipient *b)
{
	size_t at = b->address[0] ? sw_slice_search(text, sw_slice_str(b->address)) : text.len;
	char code[8];

	if (at == text.len)
		return text;
	struct sw_slice paragraph = bounce_paragraph(text, at);

	snprintf(code, sizeof(code), "%d", b->code);
	return sw_slice_search(paragraph, sw_slice_str(code)) < paragraph.len ? paragraph
									      : text;
}

/* What the notice itself says; a returned message that is a part has been left out already. */
static struct sw_slice text_of(const struct bounce_reader *r)
{
	struct sw_slice text = r->original ? r->text : bounce_own_text(r->text);

	return sw_slice_head(text, SW_MAX_CLASSIFY);
}

void bounce_find_moments(struct bounce_reader *r)
{
	enum { SEVERAL = 20 }; /* a text that names more is a list */
	size_t count = r->ret->recipient_count;
	struct sw_slice text = { 0 };

	if (r->text.len == 0 || count > SEVERAL)
		return;
	for (struct sw_bounce_recipient *b = r->ret->recipients; b; b = b->next) {
		struct bounce_moment moment;

		if (b->has_stage || b->code == 0)
			continue;
		if (!text.ptr)
			text = text_of(r);
		if (count > 1 ? own_moment(r, text, b, &moment)
			      : bounce_wire_stage(text, b->code, SW_S(""), &moment) ||
					told_moment(r, near(text, b), &moment)) {
			b->has_stage = true;
			b->stage = moment.stage;
			b->at_sender = moment.sender;
		}
	}
}
