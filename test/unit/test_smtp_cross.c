/* SPDX-License-Identifier: MIT */
/* The client machine against the server machine, both with owners that act at random: 10000
 * sessions from a fixed seed. Whatever happens, no command holds a control byte, each begin
 * gets one result, and what the client says of a recipient is what the server did. */
#include "smtp/client.h"
#include "smtp/server.h"

#include "sw_test.h"

enum { SESSIONS = 10000, MAX_TX = 4, MAX_RCPT = 8, MAX_WIRE = 1024 * 1024 };

/* xorshift64*: the same sessions everywhere. */
static uint64_t seed;
static unsigned chance(unsigned n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (unsigned)((seed * UINT64_C(2685821657736338717)) >> 33) % n;
}

struct tx {
	char sender[32];
	char names[MAX_RCPT][32];
	const char *to[MAX_RCPT];
	size_t count;
	bool probe, settled;
	struct sw_smtp_rcpt_state end[MAX_RCPT];
	int codes[MAX_RCPT]; /* of the replies that decided */
	struct sw_buf text;  /* given to the client */
	/* The server's side. */
	bool took[MAX_RCPT];      /* RCPT was answered 2xx in the transaction of the message */
	bool committed[MAX_RCPT]; /* 2xx was the answer to the message */
	bool dotted;              /* the final dot was read */
	struct sw_buf read;
};

struct world {
	struct sw_smtp_client *c;
	struct sw_smtp_server *s;
	struct sw_buf up, down; /* client to server, server to client: on the wire */
	uint64_t now;
	struct tx tx[MAX_TX];
	size_t begun;
	struct tx *open;         /* client: the running one */
	struct tx *serving;      /* server: the one whose MAIL was taken */
	size_t served[MAX_RCPT]; /* LMTP: recipients in the order of their RCPTs */
	size_t served_count, replied;
	bool lmtp, over, server_gone, eof_told, wild;
	bool sending;
	unsigned trouble; /* one answer in so many is a fault; 0: none */
};

static const int refusals[] = { 450, 451, 452, 500, 502, 503, 550, 552, 554 };

static int some_code(struct world *w, int good)
{
	if (w->trouble && chance(w->trouble) == 0)
		return chance(6) == 0 ? 421 : refusals[chance(SW_LEN(refusals))];
	return good;
}

static const struct sw_slice nonsense[] = {
	{ "", 0 },
	{ "hello\r\n", 7 },
	{ "999 x\r\n", 7 },
	{ "250-a\r\n251 b\r\n", 14 },
	{ "354 go\r\n", 8 },
	{ "220 hi\r\n", 8 },
	{ "250 half", 8 },
	{ "\0\xff\r\n", 4 },
	{ "250 ok\r\n250 ok\r\n", 16 },
	{ "334 eA==\r\n", 10 },
};

/* The server's answer. A fault writes nonsense instead, and then the server goes away: what it
 * did and what it said differ, so nothing more may be concluded. Returns the code that was
 * really said, 0 when none was. */
static int say(struct world *w, int code)
{
	if (w->trouble && chance(w->trouble * 4) == 0) {
		w->wild = true;
		assert_ok(sw_smtp_server_raw(w->s, nonsense[chance(SW_LEN(nonsense))],
					     chance(2) ? code : 0));
		w->server_gone = chance(2) == 0;
		return 0;
	}
	enum sw_err err = sw_smtp_server_reply(w->s, code, chance(2) ? "2.0.0" : "",
					       chance(4) ? "words" : "two\nlines");

	assert_ok(err);
	return code;
}

static struct tx *tx_of_sender(struct world *w, struct sw_slice sender)
{
	for (size_t i = 0; i < w->begun; i++)
		if (sw_slice_eq(sender, sw_slice_str(w->tx[i].sender)))
			return &w->tx[i];
	return NULL;
}

static void serve_rcpt(struct world *w, const struct sw_smtp_server_event *e)
{
	size_t i = 0;

	assert_non_null(w->serving);
	while (i < w->serving->count && !sw_slice_eq(e->arg, sw_slice_str(w->serving->to[i])))
		i++;
	/* Only what the client's owner named may arrive, unless we lied about RSET before. */
	assert_true(i < w->serving->count || w->wild);
	if (i == w->serving->count) {
		(void)say(w, 550);
		return;
	}
	int code = some_code(w, 250);

	(void)say(w, code);
	if (code < 300) {
		w->serving->took[i] = true;
		w->served[w->served_count++] = i;
	}
}

static void serve_message(struct world *w)
{
	int code = some_code(w, 250);

	w->serving->dotted = true;
	if (chance(20) == 0 && w->trouble) {
		w->server_gone = true; /* it may have been delivered; nobody will know */
		for (size_t i = 0; i < w->served_count; i++)
			w->serving->committed[w->served[i]] = true;
		assert_ok(sw_smtp_server_raw(w->s, SW_S(""), 421));
		return;
	}
	if (w->lmtp) {
		w->serving->committed[w->served[w->replied++]] = code < 300;
	} else {
		for (size_t i = 0; i < w->served_count; i++)
			w->serving->committed[w->served[i]] = code < 300;
	}
	(void)say(w, code);
}

static void serve(struct world *w, const struct sw_smtp_server_event *e)
{
	switch (e->verb) {
	case SW_VERB_CONNECT:
		(void)say(w, some_code(w, 220));
		break;
	case SW_VERB_EHLO:
	case SW_VERB_LHLO:
		if (w->trouble && chance(10) == 0)
			(void)say(w, 502);
		else
			assert_ok(sw_smtp_server_reply(
				w->s, 250, "",
				chance(2) ? "mx\nPIPELINING\nSTARTTLS\nAUTH X\nSIZE 9999"
					  : "mx\nAUTH X\n8BITMIME"));
		break;
	case SW_VERB_STARTTLS:
		(void)say(w, some_code(w, 220));
		break;
	case SW_VERB_AUTH:
	case SW_VERB_AUTH_TOKEN:
		if (!e->cancelled && chance(2))
			assert_ok(sw_smtp_server_challenge(w->s, SW_S("more?")));
		else
			(void)say(w, e->cancelled ? 501 : chance(3) ? 235 : 535);
		break;
	case SW_VERB_MAIL:
		w->serving = tx_of_sender(w, e->arg);
		assert_non_null(w->serving);
		w->served_count = w->replied = 0;
		(void)say(w, some_code(w, 250));
		break;
	case SW_VERB_RCPT:
		serve_rcpt(w, e);
		break;
	case SW_VERB_DATA:
		if (some_code(w, 354) == 354)
			assert_ok(sw_smtp_server_start_data(w->s, "go"));
		else
			(void)say(w, 451);
		break;
	case SW_VERB_MESSAGE:
		serve_message(w);
		break;
	case SW_VERB_QUIT:
		(void)say(w, 221);
		break;
	case SW_VERB_NONE:
	case SW_VERB_HELO:
	case SW_VERB_RSET:
	case SW_VERB_BDAT:
	case SW_VERB_XCLIENT:
	case SW_VERB_NOOP:
	case SW_VERB_VRFY:
	case SW_VERB_HELP:
	case SW_VERB_UNKNOWN:
	case SW_VERB_COUNT:
		(void)say(w, some_code(w, 250));
		break;
	}
}

static void run_server(struct world *w)
{
	struct sw_smtp_server_event e;

	while (!w->server_gone && sw_smtp_server_next_event(w->s, &e)) {
		switch (e.type) {
		case SW_SRV_NONE:
		case SW_SRV_CHUNK: /* CHUNKING is not offered */
			fail();
			break;
		case SW_SRV_COMMAND:
			serve(w, &e);
			break;
		case SW_SRV_DATA:
			assert_non_null(w->serving);
			assert_ok(sw_buf_add(&w->serving->read, e.data));
			if (w->trouble && chance(w->trouble * 10) == 0) {
				assert_ok(
					sw_smtp_server_raw(w->s, SW_S("552 enough\r\n"), 421));
				w->server_gone = chance(2) == 0;
			}
			break;
		case SW_SRV_TLS_START:
			assert_true(!e.injected);
			break;
		case SW_SRV_CLOSED:
			w->server_gone = true;
			break;
		}
	}
	struct sw_slice out = sw_smtp_server_output(w->s);

	assert_ok(sw_buf_add(&w->down, out));
	sw_smtp_server_sent(w->s, out.len);
}

static void make_tx(struct world *w)
{
	struct tx *t = &w->tx[w->begun];
	struct sw_smtp_mail m = { .sender = t->sender, .recipients = t->to };

	snprintf(t->sender, sizeof(t->sender), "s%zu@example", w->begun);
	t->count = 1 + chance(MAX_RCPT);
	for (size_t i = 0; i < t->count; i++) {
		snprintf(t->names[i], sizeof(t->names[i]), "r%zu-%zu@example", w->begun, i);
		t->to[i] = t->names[i];
	}
	m.recipient_count = t->count;
	m.all_or_none = chance(5) == 0;
	m.size_bytes = chance(2) ? 100 : 0;
	t->probe = chance(8) == 0;
	sw_buf_init(&t->text, MAX_WIRE);
	sw_buf_init(&t->read, MAX_WIRE);
	w->begun++;
	w->open = t;
	assert_ok(t->probe ? sw_smtp_client_probe(w->c, &m, w->now, NULL)
			   : sw_smtp_client_begin(w->c, &m, w->now, NULL));
}

static void settle(struct world *w)
{
	struct tx *t = w->open;

	assert_non_null(t);
	assert_false(t->settled);
	t->settled = true;
	w->sending = false;
	for (size_t i = 0; i < t->count; i++) {
		t->end[i] = sw_smtp_client_recipient(w->c, i);
		t->codes[i] = t->end[i].reply ? t->end[i].reply->code : 0;
	}
	w->open = NULL;
}

static void be_ready(struct world *w)
{
	if (w->begun < MAX_TX && chance(8))
		make_tx(w);
	else if (chance(4) == 0)
		assert_ok(sw_smtp_client_noop(w->c, w->now, NULL));
	else if (chance(4) == 0)
		assert_ok(sw_smtp_client_rset(w->c, w->now, NULL));
	else
		sw_smtp_client_quit(w->c, w->now);
}

static void be_asked_for_auth(struct world *w)
{
	struct sw_slice token = SW_S("a token");

	if (chance(10) == 0)
		sw_smtp_client_quit(w->c, w->now);
	else if (chance(5) == 0)
		sw_smtp_client_auth_skip(w->c);
	else
		assert_ok(sw_smtp_client_auth(w->c, "X", chance(2) ? &token : NULL, w->now,
					      NULL));
}

static void handle(struct world *w, const struct sw_smtp_event *e)
{
	bool failed = sw_smtp_client_failure(w->c)->kind != SW_SMTP_OK;

	assert_false(w->over);
	/* What is asked for in an event may be out of date: FAILED waits behind it. */
	if (failed && (e->type == SW_SMTP_READY || e->type == SW_SMTP_AUTH_WANTED ||
		       e->type == SW_SMTP_AUTH_CHALLENGE || e->type == SW_SMTP_DATA_GO))
		return;
	switch (e->type) {
	case SW_SMTP_TLS_START:
		/* Both sides "shake hands"; what the server still had to say is in `down`. */
		sw_smtp_server_tls_done(w->s);
		if (sw_buf_len(&w->down) == 0)
			sw_smtp_client_tls_done(w->c, w->now);
		break;
	case SW_SMTP_AUTH_WANTED:
		be_asked_for_auth(w);
		break;
	case SW_SMTP_AUTH_CHALLENGE:
		if (chance(6) == 0)
			sw_smtp_client_auth_cancel(w->c, w->now);
		else
			assert_ok(
				sw_smtp_client_auth_respond(w->c, SW_S("yes"), w->now, NULL));
		break;
	case SW_SMTP_READY:
		be_ready(w);
		break;
	case SW_SMTP_DATA_GO:
		assert_non_null(w->open);
		assert_false(w->open->probe);
		w->sending = true;
		break;
	case SW_SMTP_MESSAGE_RESULT:
		settle(w);
		break;
	case SW_SMTP_CLOSED:
	case SW_SMTP_FAILED:
		w->over = true;
		break;
	case SW_SMTP_NONE:
	case SW_SMTP_REPLY:
	case SW_SMTP_GREETING:
	case SW_SMTP_CAPS:
	case SW_SMTP_AUTH_RESULT:
	case SW_SMTP_MAIL_RESULT:
	case SW_SMTP_RCPT_RESULT:
	case SW_SMTP_RSET_DONE:
	case SW_SMTP_NOOP_DONE:
		break;
	}
}

static void poll_client(struct world *w)
{
	struct sw_smtp_event e;

	while (sw_smtp_client_next_event(w->c, &e))
		handle(w, &e);
	if (w->over)
		assert_int_equal(sw_smtp_client_output(w->c, NULL, NULL).len, 0);
}

static void give_data(struct world *w)
{
	static const struct sw_slice pieces[] = {
		{ "hello", 5 }, { ".", 1 },         { "\r\n", 2 },     { "\n", 1 },
		{ "\r", 1 },    { "\r\n.\r\n", 5 }, { "QUIT\r\n", 6 }, { "..", 2 },
	};
	struct sw_slice piece = pieces[chance(SW_LEN(pieces))];

	if (chance(40) == 0) {
		sw_smtp_client_data_abort(w->c, w->now);
	} else if (chance(6) == 0) {
		assert_ok(sw_smtp_client_data_end(w->c, w->now, NULL));
		w->sending = false;
	} else {
		assert_ok(sw_smtp_client_data(w->c, piece, w->now, NULL));
		assert_ok(sw_buf_add(&w->open->text, piece));
	}
}

static void send_some(struct world *w)
{
	bool secret, data;
	struct sw_slice out = sw_smtp_client_output(w->c, &secret, &data);
	size_t len = chance(3) ? out.len : chance((unsigned)out.len + 1);

	out = sw_slice_head(out, len);
	for (size_t i = 0; i < out.len && !data; i++) {
		unsigned char c = (unsigned char)out.ptr[i];

		assert_true((c >= 0x20 && c != 0x7f) || c == '\r' || c == '\n');
	}
	if (!w->server_gone)
		assert_ok(sw_buf_add(&w->up, out));
	sw_smtp_client_sent(w->c, len, w->now);
}

static bool move_bytes(struct world *w)
{
	size_t up = sw_buf_len(&w->up), down = sw_buf_len(&w->down);
	size_t n;

	if (up && !w->server_gone && chance(2)) {
		n = 1 + chance((unsigned)up);
		assert_ok(sw_smtp_server_feed(w->s, sw_slice_head(sw_buf_slice(&w->up), n)));
		sw_buf_consume(&w->up, n);
		return true;
	}
	if (down) {
		n = 1 + chance((unsigned)down);
		sw_smtp_client_feed(w->c, sw_slice_head(sw_buf_slice(&w->down), n), w->now);
		sw_buf_consume(&w->down, n);
		return true;
	}
	if (w->server_gone && !w->eof_told) {
		w->eof_told = true;
		sw_smtp_client_eof(w->c, w->now);
		return true;
	}
	return up > 0 && !w->server_gone;
}

static void run(struct world *w)
{
	for (int step = 0; !w->over; step++) {
		assert_true(step < 100000);
		run_server(w);
		poll_client(w);
		if (w->over)
			break;
		if (w->sending)
			give_data(w);
		poll_client(w);
		send_some(w);
		if (w->trouble && chance(3000) == 0)
			sw_smtp_client_quit(w->c, w->now);
		if (!move_bytes(w) && !w->sending &&
		    sw_smtp_client_output(w->c, NULL, NULL).len == 0) {
			/* Nothing on the way: the client is waiting, or stuck. */
			run_server(w);
			poll_client(w);
			if (w->over || sw_buf_len(&w->down) || w->server_gone)
				continue;
			assert_true(sw_smtp_client_deadline(w->c) != SW_NEVER);
			w->now = sw_smtp_client_deadline(w->c);
			sw_smtp_client_tick(w->c, w->now);
		}
		poll_client(w);
	}
}

/* The text with CRLF at each line's end, as it must arrive. */
static void check_text(const struct tx *t)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf expected = { .max = MAX_WIRE };
	struct sw_slice in = sw_buf_slice(&t->text);

	for (size_t i = 0; i < in.len; i++) {
		char c = in.ptr[i];

		if (c == '\n' && i > 0 && in.ptr[i - 1] == '\r')
			continue;
		assert_ok(c == '\r' || c == '\n' ? sw_buf_add_str(&expected, "\r\n")
						 : sw_buf_add_char(&expected, c));
	}
	if (in.len && in.ptr[in.len - 1] != '\r' && in.ptr[in.len - 1] != '\n')
		assert_ok(sw_buf_add_str(&expected, "\r\n"));
	assert_true(sw_slice_eq(sw_buf_slice(&t->read), sw_buf_slice(&expected)));
}

static void check_recipient(const struct world *w, const struct tx *t, size_t i)
{
	const struct sw_smtp_rcpt_state *s = &t->end[i];

	switch (s->outcome) {
	case SW_ACCEPTED:
		assert_true(t->codes[i] >= 200 && t->codes[i] < 300);
		assert_true(t->took[i] || w->wild);
		assert_true(t->probe ? !t->dotted : t->committed[i] || w->wild);
		break;
	case SW_REJECTED:
	case SW_DEFERRED:
		assert_true(t->codes[i] >= 400);
		assert_true(!t->committed[i] || w->wild);
		break;
	case SW_NOT_SENT:
		/* Whatever the server is like: without the whole dot it has no message. */
		assert_false(t->committed[i]);
		assert_false(t->dotted && s->rcpt_ok);
		break;
	case SW_UNCERTAIN:
		assert_true(s->rcpt_ok && s->stage == SW_STAGE_FINAL && !t->probe);
		break;
	case SW_OUTCOME_COUNT:
		fail();
	}
}

static void one_session(unsigned *tally)
{
	struct world w = { .now = 1 };
	const struct sw_smtp_client_settings cs = {
		.ehlo_name = "me.example",
		.tls = (enum sw_smtp_tls)chance(3),
		.auth = chance(3) == 0,
		.pipelining = chance(2),
		.lmtp = w.lmtp = chance(6) == 0,
		.timeout_us = chance(2) ? 1000000 : 0,
	};
	const struct sw_smtp_server_settings ss = { .lmtp = w.lmtp };

	w.trouble = chance(4) * 10;
	sw_buf_init(&w.up, MAX_WIRE);
	sw_buf_init(&w.down, MAX_WIRE);
	w.c = sw_smtp_client_new(&cs, w.now, NULL);
	w.s = sw_smtp_server_new(&ss);
	assert_non_null(w.c);
	assert_non_null(w.s);
	run(&w);
	for (size_t k = 0; k < w.begun; k++) {
		struct tx *t = &w.tx[k];

		assert_true(t->settled);
		for (size_t i = 0; i < t->count; i++) {
			check_recipient(&w, t, i);
			tally[t->end[i].outcome]++;
		}
		if (t->dotted && !w.wild)
			check_text(t);
		sw_buf_fini(&t->text);
		sw_buf_fini(&t->read);
	}
	sw_buf_fini(&w.up);
	sw_buf_fini(&w.down);
	sw_smtp_client_free(w.c);
	sw_smtp_server_free(w.s);
}

static void the_client_tells_what_the_server_did(void **state SW_UNUSED)
{
	unsigned tally[SW_OUTCOME_COUNT] = { 0 };
	long live = sw_mem_live();

	for (uint64_t i = 0; i < SESSIONS; i++) {
		seed = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
		one_session(tally);
		assert_int_equal(sw_mem_live(), live);
	}
	/* A test in which some outcome never came would show little. */
	for (int i = 0; i < SW_OUTCOME_COUNT; i++) {
		print_message("# %s: %u recipients\n", sw_outcome_name((enum sw_outcome)i),
			      tally[i]);
		assert_true(tally[i] > 500);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_client_tells_what_the_server_did),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
