/* SPDX-License-Identifier: MIT */
/* The client machine against any server, with any owner. The input is a list of steps; the
 * same steps with the server's bytes fed one at a time must end alike. */
#include <stdlib.h>

#include "smtp/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_RCPT = 5 };

struct session {
	struct sw_smtp_client *c;
	struct sw_buf log;
	uint64_t now;
	unsigned begun, settled;
	size_t rcpts;
	bool over, one_by_one;
	bool dotted; /* the end of the message was handed over whole */
	bool ending;
};

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void note(struct session *s, const char *word, int n)
{
	if (sw_buf_printf(&s->log, "%s %d\n", word, n))
		abort();
}

static void check_result(struct session *s)
{
	enum sw_outcome all = sw_smtp_client_message(s->c);

	s->settled++;
	must(s->settled == s->begun);
	must(s->dotted || all == SW_NOT_SENT);
	for (size_t i = 0; i < s->rcpts; i++) {
		struct sw_smtp_rcpt_state r = sw_smtp_client_recipient(s->c, i);

		note(s, sw_outcome_name(r.outcome), r.reply ? r.reply->code : 0);
		must(r.outcome != SW_UNCERTAIN || s->dotted);
		must(r.outcome != SW_ACCEPTED || (r.reply && sw_reply_ok(r.reply)));
		must(r.outcome != SW_REJECTED || (r.reply && r.reply->code >= 500));
		must(r.outcome != SW_DEFERRED || (r.reply && r.reply->code >= 400));
		must(r.outcome != SW_NOT_SENT || !s->dotted || !r.rcpt_ok);
	}
}

static void poll_events(struct session *s)
{
	struct sw_smtp_event e;

	while (sw_smtp_client_next_event(s->c, &e)) {
		must(!s->over);
		note(s, "event", (int)e.type);
		if (e.reply) {
			note(s, "reply", e.reply->code);
			must(e.reply->text[e.reply->text_len] == '\0');
		}
		if (e.type == SW_SMTP_MESSAGE_RESULT)
			check_result(s);
		if (e.type == SW_SMTP_FAILED || e.type == SW_SMTP_CLOSED)
			s->over = true;
	}
	if (s->over) {
		must(s->begun == s->settled);
		must(sw_smtp_client_output(s->c, NULL, NULL).len == 0);
		must(sw_smtp_client_deadline(s->c) == SW_NEVER);
	}
}

static void send_some(struct session *s, size_t len)
{
	bool secret, data;
	struct sw_slice out = sw_smtp_client_output(s->c, &secret, &data);

	must(out.len <= SW_MAX_CLIENT_OUTPUT && !(secret && data));
	out = sw_slice_head(out, len);
	for (size_t i = 0; i < out.len && !data; i++) {
		unsigned char b = (unsigned char)out.ptr[i];

		must((b >= 0x20 && b != 0x7f) || b == '\r' || b == '\n');
		must(b != '\n' || i == 0 || out.ptr[i - 1] == '\r');
	}
	sw_smtp_client_sent(s->c, out.len, s->now);
	if (s->ending && sw_smtp_client_output(s->c, NULL, NULL).len == 0 && data)
		s->dotted = true;
	must(s->dotted || sw_smtp_client_message(s->c) == SW_NOT_SENT);
}

static void begin(struct session *s, struct sw_slice in, bool probe)
{
	/* Addresses from the input; the machine must refuse what is none, and borrows the rest
	 * until the result. */
	static char names[MAX_RCPT + 1][40];
	static const char *to[MAX_RCPT];
	struct sw_smtp_mail m = { .sender = names[MAX_RCPT], .recipients = to };

	for (size_t i = 0; i <= MAX_RCPT; i++) {
		struct sw_slice name = sw_slice_head(in, sw_slice_find(in, ';'));

		name = sw_slice_head(name, sizeof(names[i]) - 1);
		if (name.len)
			memcpy(names[i], name.ptr, name.len);
		names[i][name.len] = '\0';
		in = sw_slice_from(in, name.len + 1);
	}
	for (size_t i = 0; i < MAX_RCPT && names[i][0]; i++)
		to[m.recipient_count++] = names[i];
	m.all_or_none = in.len % 2;
	m.smtputf8 = in.len % 3 == 2;
	enum sw_err err = probe ? sw_smtp_client_probe(s->c, &m, s->now, NULL)
				: sw_smtp_client_begin(s->c, &m, s->now, NULL);

	note(s, "begin", (int)err);
	if (err)
		return;
	s->begun++;
	s->rcpts = m.recipient_count;
	s->dotted = s->ending = false;
	send_some(s, SIZE_MAX);
}

static void feed(struct session *s, struct sw_slice in)
{
	size_t piece = s->one_by_one ? 1 : SIZE_MAX;

	while (in.len) {
		sw_smtp_client_feed(s->c, sw_slice_head(in, piece), s->now);
		poll_events(s);
		in = sw_slice_from(in, s->one_by_one ? 1 : in.len);
	}
}

static void step(struct session *s, unsigned op, struct sw_slice arg)
{
	enum sw_err err = SW_OK;

	switch (op % 16) {
	case 0:
	case 1:
	case 2:
		feed(s, arg);
		break;
	case 3:
		send_some(s, SIZE_MAX);
		break;
	case 4:
		send_some(s, arg.len);
		break;
	case 5:
		s->now += (uint64_t)arg.len * 1000000;
		sw_smtp_client_tick(s->c, s->now);
		break;
	case 6:
		sw_smtp_client_eof(s->c, s->now);
		break;
	case 7:
		sw_smtp_client_tls_done(s->c, s->now);
		break;
	case 8:
		err = sw_smtp_client_auth(s->c, arg.len % 2 ? "X" : "PLAIN",
					  arg.len % 3 ? &arg : NULL, s->now, NULL);
		break;
	case 9:
		err = sw_smtp_client_auth_respond(s->c, arg, s->now, NULL);
		break;
	case 10:
		sw_smtp_client_auth_skip(s->c);
		break;
	case 11:
	case 12:
		err = sw_smtp_client_data(s->c, arg, s->now, NULL);
		break;
	case 13:
		err = sw_smtp_client_data_end(s->c, s->now, NULL);
		s->ending = s->ending || !err;
		break;
	case 14:
		if (arg.len % 4 == 0)
			sw_smtp_client_quit(s->c, s->now);
		else if (arg.len % 4 == 1)
			err = sw_smtp_client_noop(s->c, s->now, NULL);
		else if (arg.len % 4 == 2)
			sw_smtp_client_auth_cancel(s->c, s->now);
		else
			sw_smtp_client_data_abort(s->c, s->now);
		break;
	default:
		break;
	}
	note(s, "code", (int)err);
}

/* Steps are separated by 0xff: one byte says which, the rest is its argument. */
static void run(struct sw_slice in, bool one_by_one, struct session *s)
{
	unsigned how = (unsigned char)in.ptr[0];
	const struct sw_smtp_client_settings set = {
		.ehlo_name = "me.example",
		.tls = (enum sw_smtp_tls)(how & 3),
		.auth = how & 4,
		.pipelining = how & 8,
		.lmtp = how & 16,
	};
	struct sw_slice one;

	*s = (struct session){ .one_by_one = one_by_one, .log.max = SIZE_MAX / 4 };
	s->c = sw_smtp_client_new(&set, 0, NULL);
	must(s->c != NULL);
	in = sw_slice_from(in, 1);
	while (sw_slice_split(&in, '\xff', &one)) {
		unsigned op = one.len ? (unsigned char)one.ptr[0] : 0;

		if (op % 16 == 15 && s->begun == s->settled)
			begin(s, sw_slice_from(one, 1), op & 16);
		else
			step(s, op, sw_slice_from(one, 1));
		poll_events(s);
	}
	sw_smtp_client_eof(s->c, s->now);
	poll_events(s);
	must(s->over && s->begun == s->settled);
	note(s, "failure", (int)sw_smtp_client_failure(s->c)->kind);
	if (sw_buf_add(&s->log, sw_smtp_client_failure(s->c)->garbage))
		abort();
	sw_smtp_client_free(s->c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session whole, pieces;

	if (size < 2)
		return 0;
	run(sw_slice(data, size), false, &whole);
	run(sw_slice(data, size), true, &pieces);
	must(sw_slice_eq(sw_buf_slice(&whole.log), sw_buf_slice(&pieces.log)));
	sw_buf_fini(&whole.log);
	sw_buf_fini(&pieces.log);
	return 0;
}
