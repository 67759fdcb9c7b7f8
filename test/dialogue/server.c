/* SPDX-License-Identifier: MIT */
/* The server machine in a dialogue. */
#include <stdlib.h>

#include "dialogue.h"
#include "smtp/server.h"

static struct sw_smtp_server *machine(const struct replay *r)
{
	return r->machine;
}

static bool is(struct sw_slice s, const char *word)
{
	return sw_slice_eq(s, sw_slice_str(word));
}

static bool says(const struct replay *r, const char *key)
{
	return is(dialogue_header(r->file, key), "yes");
}

static void poll_events(struct replay *r);

static bool start(struct replay *r)
{
	uint64_t n = 0;
	struct sw_smtp_server_settings s = {
		.lmtp = says(r, "lmtp"),
		.owner_errors = says(r, "owner-errors"),
		.allow_bare = says(r, "allow-bare"),
		.lenient_order = says(r, "lenient-order"),
	};

	if (sw_slice_u64(dialogue_header(r->file, "max-errors"), &n))
		s.max_errors = (unsigned)n;
	if (sw_slice_u64(dialogue_header(r->file, "max-command"), &n))
		s.max_command = (size_t)n;
	sw_buf_init(&r->message, MAX_TEXT);
	r->machine = sw_smtp_server_new(&s);
	if (r->machine)
		poll_events(r);
	return r->machine != NULL;
}

static void stop(struct replay *r)
{
	sw_smtp_server_free(machine(r));
	sw_buf_fini(&r->message);
}

static void add(struct sw_buf *out, const char *before, struct sw_slice text)
{
	if (sw_buf_add_str(out, before))
		abort();
	dialogue_escape(out, text);
}

static void tell_command(struct replay *r, const struct sw_smtp_server_event *e)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = MAX_TEXT };

	if (e->verb == SW_VERB_MESSAGE) {
		add(&text, " ", sw_buf_slice(&r->message));
		sw_buf_clear(&r->message);
	}
	if (e->arg.len)
		add(&text, " ", e->arg);
	if (e->params.len)
		add(&text, " / ", e->params);
	if (e->has_token)
		add(&text, " token=", e->token);
	if (e->cancelled)
		add(&text, "", SW_S(" cancelled"));
	replay_event(r, "%s%s", sw_smtp_verb_name(e->verb), sw_buf_str(&text));
}

static void poll_events(struct replay *r)
{
	struct sw_smtp_server_event e;

	while (sw_smtp_server_next_event(machine(r), &e)) {
		if (r->over)
			r->bad_rule = "an event behind CLOSED";
		switch (e.type) {
		case SW_SRV_NONE:
			r->bad_rule = "an event of no type";
			break;
		case SW_SRV_COMMAND:
			tell_command(r, &e);
			break;
		case SW_SRV_CHUNK:
			replay_event(r, "CHUNK %llu%s", (unsigned long long)e.chunk_bytes,
				     e.chunk_last ? " last" : "");
			break;
		case SW_SRV_DATA:
			if (sw_buf_add(&r->message, e.data))
				abort();
			break;
		case SW_SRV_TLS_START:
			replay_event(r, "TLS_START%s", e.injected ? " injected" : "");
			break;
		case SW_SRV_CLOSED:
			r->over = true;
			replay_event(r, "CLOSED");
			break;
		}
	}
}

static void feed(struct replay *r, struct sw_slice bytes)
{
	replay_error(r, sw_smtp_server_feed(machine(r), bytes));
	poll_events(r);
}

static void flush(struct replay *r)
{
	struct sw_slice out = sw_smtp_server_output(machine(r));

	for (size_t i = 0; i < out.len; i++)
		if (sw_buf_add_char(&r->out, out.ptr[i]) || sw_buf_add_char(&r->kinds, 'c'))
			abort();
	sw_smtp_server_sent(machine(r), out.len);
}

/* CODE ENHANCED TEXT; "-" for no enhanced code. */
static enum sw_err act_reply(struct replay *r, struct sw_slice args)
{
	struct sw_slice code = { "", 0 }, enhanced = { "", 0 };
	uint64_t n = 0;
	size_t len;
	char words[32];

	(void)!sw_slice_split(&args, ' ', &code);
	(void)!sw_slice_split(&args, ' ', &enhanced);
	(void)!sw_slice_u64(code, &n);
	snprintf(words, sizeof(words), "%.*s", is(enhanced, "-") ? 0 : (int)enhanced.len,
		 enhanced.ptr);
	char *text = dialogue_unescape(args, &len);
	enum sw_err e = sw_smtp_server_reply(machine(r), (int)n, words, text);

	free(text);
	return e;
}

static enum sw_err act_text(struct replay *r, struct sw_slice verb, struct sw_slice args)
{
	struct sw_slice code = { "0", 1 };
	uint64_t n = 0;
	size_t len;
	enum sw_err e;

	if (is(verb, "raw"))
		(void)!sw_slice_split(&args, ' ', &code);
	(void)!sw_slice_u64(code, &n);
	char *text = dialogue_unescape(args, &len);

	if (is(verb, "raw"))
		e = sw_smtp_server_raw(machine(r), sw_slice(text, len), (int)n);
	else if (is(verb, "challenge"))
		e = sw_smtp_server_challenge(machine(r), sw_slice(text, len));
	else
		e = sw_smtp_server_start_data(machine(r), text);
	free(text);
	return e;
}

static bool act(struct replay *r, struct sw_slice verb, struct sw_slice args)
{
	enum sw_err e = SW_OK;

	if (is(verb, "reply"))
		e = act_reply(r, args);
	else if (is(verb, "raw") || is(verb, "challenge") || is(verb, "start-data"))
		e = act_text(r, verb, args);
	else if (is(verb, "tls-done"))
		sw_smtp_server_tls_done(machine(r));
	else
		return false;
	replay_error(r, e);
	poll_events(r);
	return true;
}

static bool ask(struct replay *r, struct sw_slice what, struct sw_buf *out)
{
	enum sw_err e = SW_OK;

	if (is(what, "tls"))
		e = sw_buf_add_str(out, sw_smtp_server_tls(machine(r)) ? "yes" : "no");
	else if (is(what, "authenticated"))
		e = sw_buf_add_str(out,
				   sw_smtp_server_authenticated(machine(r)) ? "yes" : "no");
	else if (is(what, "recipients"))
		e = sw_buf_printf(out, "%zu", sw_smtp_server_recipients(machine(r)));
	else
		return false;
	if (e)
		abort();
	return true;
}

const struct side server_side = { start, stop, feed, flush, act, ask };
