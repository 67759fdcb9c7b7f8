/* SPDX-License-Identifier: MIT */
#include "read/mail_log.h"

#include <string.h>

enum {
	ID_LEAST = 6,  /* shorter ones would be found by chance */
	HOPS_MOST = 4, /* how often a filter may have given it back under another id */
};

const char *sw_mail_log_status_name(enum sw_mail_log_status s)
{
	static const char *const names[] = { "unknown", "queued",  "deferred",
					     "sent",    "bounced", "filtered" };

	return (unsigned)s < SW_LEN(names) ? names[s] : "?";
}

/* How the servers say it. The first that is found in a line counts: a line that says
 * "status=sent" may quote anything behind it. */
static const struct {
	const char *mark;
	enum sw_mail_log_status status;
	char until; /* the words behind the mark end there; 0: at the end of the line */
} marks[] = {
	/* Filters speak before the server does. */
	{ "milter-reject: ", SW_MAIL_LOG_FILTERED, 0 },
	{ "milter-discard: ", SW_MAIL_LOG_FILTERED, 0 },
	{ "milter-hold: ", SW_MAIL_LOG_FILTERED, 0 },
	{ ": reject: ", SW_MAIL_LOG_FILTERED, 0 },
	{ ": discard: ", SW_MAIL_LOG_FILTERED, 0 },
	{ ": hold: ", SW_MAIL_LOG_FILTERED, 0 },
	{ ") Blocked ", SW_MAIL_LOG_FILTERED, 0 },
	/* Postfix */
	{ "status=sent ", SW_MAIL_LOG_SENT, 0 },
	{ "status=deferred ", SW_MAIL_LOG_DEFERRED, 0 },
	{ "status=bounced ", SW_MAIL_LOG_BOUNCED, 0 },
	{ "status=expired", SW_MAIL_LOG_BOUNCED, 0 },
	{ "status=undeliverable ", SW_MAIL_LOG_BOUNCED, 0 },
	{ "(queue active)", SW_MAIL_LOG_QUEUED, 0 },
	/* Sendmail */
	{ "stat=Sent", SW_MAIL_LOG_SENT, 0 },
	{ "stat=Deferred", SW_MAIL_LOG_DEFERRED, 0 },
	{ "stat=queued", SW_MAIL_LOG_QUEUED, 0 },
	/* OpenSMTPD */
	{ "result=\"Ok\" stat=\"", SW_MAIL_LOG_SENT, '"' },
	{ "result=\"TempFail\" stat=\"", SW_MAIL_LOG_DEFERRED, '"' },
	{ "result=\"PermFail\" stat=\"", SW_MAIL_LOG_BOUNCED, '"' },
	{ "stat=", SW_MAIL_LOG_BOUNCED, 0 },
	/* Exim */
	{ " => ", SW_MAIL_LOG_SENT, 0 },
	{ " -> ", SW_MAIL_LOG_SENT, 0 },
	{ " == ", SW_MAIL_LOG_DEFERRED, 0 },
	{ " ** ", SW_MAIL_LOG_BOUNCED, 0 },
	{ " Frozen", SW_MAIL_LOG_DEFERRED, 0 },
	{ " <= ", SW_MAIL_LOG_QUEUED, 0 },
};

static bool has(struct sw_slice line, struct sw_slice text)
{
	return text.len > 0 && sw_slice_search(line, text) < line.len;
}

static bool is_id_char(char c)
{
	char l = sw_ascii_lower(c);

	return sw_ascii_digit(c) || (l >= 'a' && l <= 'z');
}

/* As a word of its own; Exim's ids hold '-'. OpenSMTPD's envelopes are called after their
 * message: "evpid=" and the id begin a longer word. */
static bool has_id(struct sw_slice line, struct sw_slice id)
{
	for (size_t from = 0; id.len >= ID_LEAST && from < line.len;) {
		size_t at = from + sw_slice_search(sw_slice_from(line, from), id);
		size_t end = at + id.len;

		if (at >= line.len)
			return false;
		bool begins = at == 0 || !is_id_char(line.ptr[at - 1]);
		bool ends = end >= line.len ||
			    (!is_id_char(line.ptr[end]) && line.ptr[end] != '-');
		bool envelope = at >= 6 && memcmp(line.ptr + at - 6, "evpid=", 6) == 0;

		if (begins && (ends || envelope))
			return true;
		from = at + 1;
	}
	return false;
}

/* "relay=mx.example.org[192.0.2.1]:25, " or " H=mx.example.org [192.0.2.1]" */
static struct sw_slice relay_of(struct sw_slice line)
{
	static const char *const keys[] = { " relay=", " H=" };

	for (size_t i = 0; i < SW_LEN(keys); i++) {
		struct sw_slice key = sw_slice_str(keys[i]);
		size_t at = sw_slice_search(line, key), end;

		if (at >= line.len)
			continue;
		struct sw_slice rest = sw_slice_from(line, at + key.len);

		for (end = 0; end < rest.len && rest.ptr[end] != ' ' && rest.ptr[end] != ',';
		     end++)
			;
		return sw_slice_head(rest, end);
	}
	return (struct sw_slice){ "", 0 };
}

/* "(connect to mx: timed out)" without its parentheses, ": " before it gone. */
static struct sw_slice words_of(struct sw_slice rest, char until)
{
	if (until)
		rest = sw_slice_head(rest, sw_slice_find(rest, until));
	while (rest.len && (*rest.ptr == ' ' || *rest.ptr == ':'))
		rest = sw_slice_from(rest, 1);
	rest = sw_slice_trim(rest);
	if (rest.len > 1 && *rest.ptr == '(' && rest.ptr[rest.len - 1] == ')')
		rest = sw_slice(rest.ptr + 1, rest.len - 2);
	return rest;
}

static bool read_line(struct sw_slice line, struct sw_mail_log_answer *ret)
{
	size_t first = line.len, row = 0;

	for (size_t i = 0; i < SW_LEN(marks); i++) {
		size_t at = sw_slice_search(line, sw_slice_str(marks[i].mark));

		if (at < first) {
			first = at;
			row = i;
		}
	}
	if (first == line.len)
		return false;
	ret->status = marks[row].status;
	ret->relay = relay_of(line);
	ret->text = words_of(sw_slice_from(line, first + strlen(marks[row].mark)),
			     marks[row].until);
	return true;
}

static bool names_somebody(struct sw_slice line)
{
	return has(line, SW_S(" to=<")) || has(line, SW_S(" rcpt=<")) ||
	       has(line, SW_S(" => ")) || has(line, SW_S(" == ")) || has(line, SW_S(" ** "));
}

/* Lines about one id: the last word for the recipient, or of lines that name nobody. */
static void find_id(struct sw_slice log, struct sw_slice id, struct sw_slice recipient,
		    struct sw_mail_log_answer *ret)
{
	struct sw_slice line;
	bool ours = false;

	*ret = (struct sw_mail_log_answer){ .queue_id = id,
					    .relay = { "", 0 },
					    .text = { "", 0 } };
	while (sw_slice_split(&log, '\n', &line)) {
		struct sw_mail_log_answer a = { .queue_id = id };

		if (!has_id(line, id) || !read_line(line, &a))
			continue;
		bool named =
			recipient.len && sw_slice_search_nocase(line, recipient) < line.len;

		/* What became of others says nothing of this one; an alias or a forward has
		 * another name, so that they count as long as there is nothing better. */
		if (ours && !named && names_somebody(line))
			continue;
		ours = ours || named;
		*ret = a;
	}
}

/* "250 2.0.0 Ok: queued as 4XyzAB" of a filter that gives it back to this server. */
static struct sw_slice next_id(struct sw_slice text)
{
	struct sw_slice key = SW_S("queued as ");
	size_t at = sw_slice_search_nocase(text, key), end;

	if (at >= text.len)
		return (struct sw_slice){ "", 0 };
	struct sw_slice rest = sw_slice_from(text, at + key.len);

	for (end = 0; end < rest.len && (is_id_char(rest.ptr[end]) || rest.ptr[end] == '-');
	     end++)
		;
	return sw_slice_head(rest, end);
}

/* ": 4XyzAB: message-id=<...>" of Postfix, "w0AB: from=<>, ..., msgid=<...>" of Sendmail,
 * "1abcDE-000123-AB <= a@b ... id=..." of Exim. */
static struct sw_slice id_of_message(struct sw_slice log, struct sw_slice message_id)
{
	struct sw_slice line, word, id = { "", 0 };

	while (message_id.len >= ID_LEAST && sw_slice_split(&log, '\n', &line)) {
		struct sw_slice rest = line;
		bool program = false;

		if (!has(line, message_id) ||
		    !(has(line, SW_S("message-id=<")) || has(line, SW_S("msgid=<")) ||
		      has(line, SW_S(" id="))))
			continue;
		while (sw_slice_split(&rest, ' ', &word)) {
			bool colon = word.len > 1 && word.ptr[word.len - 1] == ':';
			struct sw_slice bare = sw_slice_head(word, word.len - colon);
			bool tag = bare.len && bare.ptr[bare.len - 1] == ']';

			/* Behind "postfix/cleanup[77]:" comes the id; before " <= " as well.
			 */
			if (colon && program && bare.len >= ID_LEAST) {
				id = bare;
				break;
			}
			program = program || (colon && tag);
			if (sw_slice_starts(rest, SW_S("<= ")) && word.len >= ID_LEAST) {
				id = word;
				break;
			}
		}
	}
	return id;
}

void sw_mail_log_find(struct sw_slice log, const struct sw_mail_log_query *q,
		      struct sw_mail_log_answer *ret)
{
	struct sw_slice id = q->queue_id;

	find_id(log, id, q->recipient, ret);
	if (ret->status == SW_MAIL_LOG_UNKNOWN) {
		id = id_of_message(log, q->message_id);
		find_id(log, id, q->recipient, ret);
	}
	for (int hop = 0; hop < HOPS_MOST && ret->status == SW_MAIL_LOG_SENT; hop++) {
		struct sw_mail_log_answer further;
		struct sw_slice next = next_id(ret->text);

		if (sw_slice_eq(next, ret->queue_id))
			return;
		find_id(log, next, q->recipient, &further);
		if (further.status == SW_MAIL_LOG_UNKNOWN)
			return;
		*ret = further;
	}
}
