/* SPDX-License-Identifier: MIT */
/* The server machine against any client: the same events and replies whatever the pieces, no
 * line of replies that the client could have written, and a message ends at CRLF dot CRLF
 * only. */
#include <stdlib.h>

#include "smtp/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct session {
	struct sw_smtp_server *m;
	struct sw_buf log, replies, message;
	bool over, allow_bare;
	unsigned answers;
};

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void add(struct session *s, struct sw_slice bytes)
{
	if (sw_buf_add(&s->log, bytes) || sw_buf_add_char(&s->log, '\n'))
		abort();
}

static void check_message(struct session *s)
{
	struct sw_slice all = sw_buf_slice(&s->message);

	must(all.len == 0 || all.ptr[all.len - 1] == '\n');
	for (size_t i = 0; i < all.len && !s->allow_bare; i++) {
		must(all.ptr[i] != '\n' || (i > 0 && all.ptr[i - 1] == '\r'));
		must(all.ptr[i] != '\r' || (i + 1 < all.len && all.ptr[i + 1] == '\n'));
	}
	add(s, all);
	sw_buf_clear(&s->message);
}

/* Answers that differ, but in the same order each time. */
static void answer(struct session *s, const struct sw_smtp_server_event *e)
{
	static const int codes[] = { 250, 250, 250, 250, 450, 250, 550, 250 };
	int code = codes[s->answers++ % SW_LEN(codes)];
	enum sw_err err;

	if (e->verb == SW_VERB_CONNECT)
		code = 220;
	if (e->verb == SW_VERB_AUTH && !e->has_token)
		err = sw_smtp_server_challenge(s->m, SW_S("?"));
	else if (e->verb == SW_VERB_DATA && code == 250)
		err = sw_smtp_server_start_data(s->m, "go");
	else if (e->verb == SW_VERB_STARTTLS && code == 250)
		err = sw_smtp_server_reply(s->m, 220, "", "go");
	else if (e->verb == SW_VERB_AUTH_TOKEN && code == 250)
		err = sw_smtp_server_reply(s->m, 235, "", "in");
	else
		err = sw_smtp_server_reply(s->m, code, "2.0.0", "a\nb");
	must(err == SW_OK);
}

static void take_command(struct session *s, const struct sw_smtp_server_event *e)
{
	must(!sw_slice_has_control(e->arg) && !sw_slice_has_control(e->params));
	must(e->arg.len <= e->line.len && e->params.len <= e->line.len);
	must(e->verb != SW_VERB_MESSAGE || sw_smtp_server_recipients(s->m) > 0);
	must(e->verb != SW_VERB_RCPT || (e->arg.len > 0 && e->arg.len <= SW_MAX_ADDRESS));
	add(s, sw_slice_str(sw_smtp_verb_name(e->verb)));
	add(s, e->arg);
	add(s, e->params);
	add(s, e->token);
	if (e->verb == SW_VERB_MESSAGE)
		check_message(s);
	answer(s, e);
}

static void poll_events(struct session *s)
{
	struct sw_smtp_server_event e;

	while (sw_smtp_server_next_event(s->m, &e)) {
		must(!s->over);
		if (e.type == SW_SRV_COMMAND)
			take_command(s, &e);
		else if (e.type == SW_SRV_DATA && sw_buf_add(&s->message, e.data))
			abort();
		else if (e.type == SW_SRV_CLOSED)
			s->over = true;
	}
	struct sw_slice out = sw_smtp_server_output(s->m);

	for (size_t i = 0; i < out.len; i++) {
		unsigned char b = (unsigned char)out.ptr[i];

		must((b >= 0x20 && b < 0x7f) || b == '\r' || b == '\n');
	}
	if (sw_buf_add(&s->replies, out))
		abort();
	sw_smtp_server_sent(s->m, out.len);
}

static void run(struct sw_slice in, size_t piece, struct session *s)
{
	unsigned how = (unsigned char)in.ptr[0];
	const struct sw_smtp_server_settings set = {
		.lmtp = how & 1,
		.allow_bare = how & 2,
		.max_command = how & 4 ? 40 : 0,
		.max_errors = how & 8 ? 3 : 0,
	};

	*s = (struct session){ .log.max = SIZE_MAX / 4,
			       .replies.max = SIZE_MAX / 4,
			       .message.max = SIZE_MAX / 4,
			       .allow_bare = how & 2 };
	s->m = sw_smtp_server_new(&set);
	must(s->m != NULL);
	poll_events(s);
	in = sw_slice_from(in, 2);
	while (in.len) {
		struct sw_slice now = sw_slice_head(in, piece);

		must(sw_smtp_server_feed(s->m, now) == SW_OK);
		poll_events(s);
		in = sw_slice_from(in, now.len);
	}
	sw_smtp_server_free(s->m);
	sw_buf_fini(&s->message);
}

/* Behind STARTTLS it matters what came in one go (test/dialogue tries that). */
static bool says_starttls(struct sw_slice in)
{
	for (; in.len; in = sw_slice_from(in, 1))
		if (sw_slice_starts_nocase(in, SW_S("STARTTLS")))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_slice in = sw_slice(data, size);
	struct session whole, pieces;

	if (size < 2 || size > SW_READ_CHUNK || says_starttls(in))
		return 0;
	run(in, SIZE_MAX / 2, &whole);
	run(in, (size_t)data[1] % 33 + 1, &pieces);
	must(sw_slice_eq(sw_buf_slice(&whole.log), sw_buf_slice(&pieces.log)));
	must(sw_slice_eq(sw_buf_slice(&whole.replies), sw_buf_slice(&pieces.replies)));
	sw_buf_fini(&whole.log);
	sw_buf_fini(&whole.replies);
	sw_buf_fini(&pieces.log);
	sw_buf_fini(&pieces.replies);
	return 0;
}
