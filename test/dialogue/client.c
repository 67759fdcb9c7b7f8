/* SPDX-License-Identifier: MIT */
/* The client machine in a dialogue. */
#include <stdlib.h>

#include "base/text.h"
#include "dialogue.h"
#include "smtp/client.h"

static struct sw_smtp_client *machine(const struct replay *r)
{
	return r->machine;
}

static bool is(struct sw_slice s, const char *word)
{
	return sw_slice_eq(s, sw_slice_str(word));
}

static enum sw_smtp_tls tls_mode(struct sw_slice word)
{
	static const struct {
		const char *word;
		enum sw_smtp_tls mode;
	} rows[] = {
		{ "opportunistic", SW_SMTP_TLS_OPPORTUNISTIC },
		{ "required", SW_SMTP_TLS_REQUIRED },
		{ "implicit", SW_SMTP_TLS_IMPLICIT },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		if (is(word, rows[i].word))
			return rows[i].mode;
	return SW_SMTP_TLS_NONE;
}

static void poll_events(struct replay *r);

static bool start(struct replay *r)
{
	const struct dialogue_file *f = r->file;
	uint64_t seconds = 0;
	struct sw_smtp_client_settings s = {
		.ehlo_name = "me.example",
		.tls = tls_mode(dialogue_header(f, "tls")),
		.auth = is(dialogue_header(f, "auth"), "yes"),
		.pipelining = !is(dialogue_header(f, "pipelining"), "no"),
		.lmtp = is(dialogue_header(f, "lmtp"), "yes"),
	};

	if (sw_slice_u64(dialogue_header(f, "timeout"), &seconds))
		s.timeout_us = seconds * 1000000;
	r->manual = is(dialogue_header(f, "sending"), "manual");
	r->machine = sw_smtp_client_new(&s, r->now_us, NULL);
	if (r->machine)
		poll_events(r);
	return r->machine != NULL;
}

static void drop_strings(struct replay *r, size_t set)
{
	for (size_t i = 0; i < SW_LEN(r->sets[set].strings); i++) {
		free(r->sets[set].strings[i]);
		r->sets[set].strings[i] = NULL;
	}
}

static void stop(struct replay *r)
{
	if (!r->bad_rule && r->begun != r->settled && r->over)
		r->bad_rule = "a begin without MESSAGE_RESULT";
	sw_smtp_client_free(machine(r));
	for (size_t i = 0; i < SW_LEN(r->sets); i++)
		drop_strings(r, i);
}

/* "accepted:250@final" for each recipient, blanks between. */
static void put_recipients(struct replay *r, struct sw_buf *out)
{
	size_t n = 0;

	/* How many there are the machine says: beyond them is nothing. */
	for (; n < r->counts[r->shown % SW_LEN(r->counts)]; n++) {
		struct sw_smtp_rcpt_state s = sw_smtp_client_recipient(machine(r), n);
		char code[16] = "";

		if (s.reply)
			snprintf(code, sizeof(code), ":%d", s.reply->code);
		if (sw_buf_printf(out, " %s%s@%s", sw_outcome_name(s.outcome), code,
				  sw_stage_name(s.stage)))
			abort();
	}
}

static void tell_result(struct replay *r)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf all = { .max = 4096 };

	put_recipients(r, &all);
	replay_event(r, "MESSAGE_RESULT %s%s",
		     sw_outcome_name(sw_smtp_client_message(machine(r))), sw_buf_str(&all));
	if (++r->settled > r->begun)
		r->bad_rule = "more MESSAGE_RESULTs than begins";
}

static void tell_failure(struct replay *r)
{
	const struct sw_smtp_failure *f = sw_smtp_client_failure(machine(r));
	char code[16] = "";

	if (f->reply.code)
		snprintf(code, sizeof(code), " %d", f->reply.code);
	replay_event(r, "FAILED %s %s%s", sw_smtp_failure_name(f->kind),
		     sw_stage_name(f->stage), code);
}

static void tell_data(struct replay *r, const char *name, struct sw_slice data)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = MAX_TEXT };

	dialogue_escape(&text, data);
	replay_event(r, "%s %s", name, sw_buf_str(&text));
}

static void tell(struct replay *r, const struct sw_smtp_event *e)
{
	static const char *const names[] = {
		[SW_SMTP_NONE] = "NONE",
		[SW_SMTP_GREETING] = "GREETING",
		[SW_SMTP_CAPS] = "CAPS",
		[SW_SMTP_TLS_START] = "TLS_START",
		[SW_SMTP_AUTH_WANTED] = "AUTH_WANTED",
		[SW_SMTP_AUTH_RESULT] = "AUTH_RESULT",
		[SW_SMTP_READY] = "READY",
		[SW_SMTP_MAIL_RESULT] = "MAIL_RESULT",
		[SW_SMTP_RCPT_RESULT] = "RCPT_RESULT",
		[SW_SMTP_DATA_GO] = "DATA_GO",
		[SW_SMTP_RSET_DONE] = "RSET_DONE",
		[SW_SMTP_NOOP_DONE] = "NOOP_DONE",
		[SW_SMTP_CLOSED] = "CLOSED",
		[SW_SMTP_FAILED] = "FAILED",
	};
	int code = e->reply ? e->reply->code : 0;

	if (e->type == SW_SMTP_MESSAGE_RESULT)
		tell_result(r);
	else if (e->type == SW_SMTP_FAILED)
		tell_failure(r);
	else if (e->type == SW_SMTP_AUTH_CHALLENGE)
		tell_data(r, "AUTH_CHALLENGE", e->data);
	else if (e->type == SW_SMTP_RCPT_RESULT)
		replay_event(r, "RCPT_RESULT %zu %d", e->recipient, code);
	else if (e->type == SW_SMTP_AUTH_RESULT && e->note)
		replay_event(r, "AUTH_RESULT %d %s", code, e->note);
	else if (code)
		replay_event(r, "%s %d", names[e->type], code);
	else
		replay_event(r, "%s", names[e->type]);
}

static void tell_reply(struct replay *r, const struct sw_smtp_event *e)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = MAX_TEXT };

	r->last_reply = e->reply->code;
	if (!is(dialogue_header(r->file, "replies"), "shown"))
		return;
	if (sw_reply_format(e->reply, &text))
		abort();
	replay_event(r, "REPLY %s %s", e->command[0] ? e->command : "-", sw_buf_str(&text));
}

static void poll_events(struct replay *r)
{
	struct sw_smtp_event e;

	while (sw_smtp_client_next_event(machine(r), &e)) {
		if (r->over)
			r->bad_rule = "an event behind the last one";
		if (e.type == SW_SMTP_REPLY) {
			tell_reply(r, &e);
			continue;
		}
		if (e.reply && e.type != SW_SMTP_FAILED && e.reply->code != r->last_reply)
			r->bad_rule = "an event with a reply of which no REPLY told";
		if (e.type == SW_SMTP_FAILED || e.type == SW_SMTP_CLOSED)
			r->over = true;
		if (e.type == SW_SMTP_MAIL_RESULT || e.type == SW_SMTP_RCPT_RESULT ||
		    e.type == SW_SMTP_MESSAGE_RESULT)
			r->shown = e.transaction;
		tell(r, &e);
	}
	if (r->over && sw_smtp_client_output(machine(r), NULL, NULL).len > 0)
		r->bad_rule = "output after the end";
	if (r->over && sw_smtp_client_deadline(machine(r)) != SW_NEVER)
		r->bad_rule = "a deadline after the end";
}

static void feed(struct replay *r, struct sw_slice bytes)
{
	sw_smtp_client_feed(machine(r), bytes, r->now_us);
	poll_events(r);
}

static void send(struct replay *r, size_t len)
{
	bool secret, data;
	struct sw_slice all = sw_smtp_client_output(machine(r), &secret, &data);
	struct sw_slice out = sw_slice_head(all, len);
	char kind = data ? 'd' : secret ? 's' : 'c';
	enum sw_err err = sw_buf_add(&r->out, out);

	for (size_t i = 0; i < out.len; i++) {
		unsigned char c = (unsigned char)out.ptr[i];

		if (kind != 'd' && (c < 0x20 || c == 0x7f) && c != '\r' && c != '\n')
			r->bad_rule = "a control byte in a command";
		err = err ? err : sw_buf_add_char(&r->kinds, kind);
	}
	if (err)
		abort();
	sw_smtp_client_sent(machine(r), out.len, r->now_us);
	poll_events(r);
}

static void flush(struct replay *r)
{
	while (!r->manual && !r->together &&
	       sw_smtp_client_output(machine(r), NULL, NULL).len > 0)
		send(r, SIZE_MAX);
}

/* "all", "7", "all-2". */
static void act_sent(struct replay *r, struct sw_slice args)
{
	size_t all = sw_smtp_client_output(machine(r), NULL, NULL).len;
	uint64_t n = 0;

	if (sw_slice_starts(args, SW_S("all-")) && sw_slice_u64(sw_slice_from(args, 4), &n))
		send(r, all > n ? all - (size_t)n : 0);
	else
		send(r, sw_slice_u64(args, &n) ? (size_t)n : all);
}

static const char *string(struct replay *r, struct sw_slice s)
{
	size_t len;

	char **strings = r->sets[r->set].strings;

	for (size_t i = 0; i < SW_LEN(r->sets[0].strings); i++)
		if (!strings[i])
			return strings[i] = dialogue_unescape(s, &len);
	abort();
}

static int number(struct sw_slice s)
{
	bool minus = s.len && s.ptr[0] == '-';
	uint64_t n = 0;

	if (!sw_slice_u64(sw_slice_from(s, minus ? 1 : 0), &n))
		abort();
	return minus ? -(int)n : (int)n;
}

/* ret=full envid=x notify=6 hold-for=60 hold-until=T by=60;N priority=2 chunking=yes */
static void read_wishes(struct replay *r, struct sw_slice word, struct sw_slice value,
			struct sw_smtp_mail *m)
{
	if (sw_slice_starts(word, SW_S("ret=")))
		m->dsn.ret = is(value, "full") ? SW_RETURN_FULL : SW_RETURN_HEADERS;
	else if (sw_slice_starts(word, SW_S("envid=")))
		m->dsn.envid = string(r, value);
	else if (sw_slice_starts(word, SW_S("notify=")))
		m->dsn.notify = (unsigned)number(value);
	else if (sw_slice_starts(word, SW_S("hold-for=")))
		m->hold_for_s = (uint32_t)number(value);
	else if (sw_slice_starts(word, SW_S("hold-until=")))
		m->hold_until = string(r, value);
	else if (sw_slice_starts(word, SW_S("chunking=")))
		m->chunking = is(value, "yes") ? SW_CHUNKING_YES : SW_CHUNKING_NO;
	if (sw_slice_starts(word, SW_S("by="))) {
		m->deliver_by_s = number(sw_slice_head(value, sw_slice_find(value, ';')));
		m->deliver_by_notify = sw_slice_find(value, ';') < value.len;
	}
	if (sw_slice_starts(word, SW_S("priority="))) {
		m->has_priority = true;
		m->priority = number(value);
	}
}

/* from=a@b to=c@d,e@f size=10 8bit smtputf8 all-or-none */
static void read_mail(struct replay *r, struct sw_slice args, struct sw_smtp_mail *m)
{
	struct sw_slice word, one;

	/* The machine borrows those of every transaction that is not over. */
	r->set = (r->set + 1) % SW_LEN(r->sets);
	drop_strings(r, r->set);
	memset(r->sets[r->set].recipients, 0, sizeof(r->sets[r->set].recipients));
	*m = (struct sw_smtp_mail){ .sender = "", .recipients = r->sets[r->set].recipients };
	while (sw_slice_split(&args, ' ', &word)) {
		struct sw_slice value = sw_slice_from(word, sw_slice_find(word, '=') + 1);

		if (sw_slice_starts(word, SW_S("from=")))
			m->sender = string(r, value);
		while (sw_slice_starts(word, SW_S("to=")) && sw_slice_split(&value, ',', &one))
			r->sets[r->set].recipients[m->recipient_count++] = string(r, one);
		if (sw_slice_starts(word, SW_S("size=")))
			(void)!sw_slice_u64(value, &m->size_bytes);
		read_wishes(r, word, value, m);
		m->body_8bit = m->body_8bit || is(word, "8bit");
		m->body_binary = m->body_binary || is(word, "binary");
		m->require_tls = m->require_tls || is(word, "require-tls");
		m->more = m->more || is(word, "more");
		m->smtputf8 = m->smtputf8 || is(word, "smtputf8");
		m->all_or_none = m->all_or_none || is(word, "all-or-none");
	}
}

static enum sw_err act_begin(struct replay *r, struct sw_slice args, bool probe)
{
	struct sw_smtp_mail m;
	enum sw_err code;

	read_mail(r, args, &m);
	code = probe ? sw_smtp_client_probe(machine(r), &m, r->now_us, NULL)
		     : sw_smtp_client_begin(machine(r), &m, r->now_us, NULL);
	if (code)
		return code;
	r->begun++;
	r->counts[r->begun % SW_LEN(r->counts)] = m.recipient_count;
	if (sw_smtp_client_active(machine(r)) == 1)
		r->shown = r->begun;
	return SW_OK;
}

static enum sw_err act_auth(struct replay *r, struct sw_slice args)
{
	size_t blank = sw_slice_find(args, ' '), len, name_len;
	struct sw_slice token;
	char *name = dialogue_unescape(sw_slice_head(args, blank), &name_len);
	char *text = dialogue_unescape(sw_slice_from(args, blank + 1), &len);

	token = is(sw_slice(text, len), "=") ? SW_S("") : sw_slice(text, len);
	enum sw_err code = sw_smtp_client_auth(
		machine(r), name, blank < args.len ? &token : NULL, r->now_us, NULL);

	free(name);
	free(text);
	return code;
}

static enum sw_err act_bytes(struct replay *r, struct sw_slice args, bool data)
{
	size_t len;
	char *text = dialogue_unescape(args, &len);
	enum sw_err code;

	code = data ? sw_smtp_client_data(machine(r), sw_slice(text, len), r->now_us, NULL)
		    : sw_smtp_client_auth_respond(machine(r), sw_slice(text, len), r->now_us,
						  NULL);
	free(text);
	return code;
}

static void act_tick(struct replay *r, struct sw_slice args, bool tick)
{
	uint64_t n = 0;
	bool ms = args.len > 2 && args.ptr[args.len - 2] == 'm';

	if (!sw_slice_u64(sw_slice_head(args, args.len - (ms ? 2 : 1)), &n))
		abort();
	r->now_us += n * (ms ? 1000 : 1000000);
	if (tick)
		sw_smtp_client_tick(machine(r), r->now_us);
}

static void simple(struct replay *r, struct sw_slice verb, bool *known)
{
	static const struct {
		const char *verb;
		void (*fn)(struct sw_smtp_client *c, uint64_t now_us);
	} rows[] = {
		{ "eof", sw_smtp_client_eof },
		{ "io", sw_smtp_client_io_failed },
		{ "tls-done", sw_smtp_client_tls_done },
		{ "tls-failed", sw_smtp_client_tls_failed },
		{ "cancel", sw_smtp_client_auth_cancel },
		{ "data-abort", sw_smtp_client_data_abort },
		{ "quit", sw_smtp_client_quit },
	};

	*known = false;
	for (size_t i = 0; i < SW_LEN(rows) && !*known; i++) {
		if (is(verb, rows[i].verb)) {
			rows[i].fn(machine(r), r->now_us);
			*known = true;
		}
	}
}

static bool act(struct replay *r, struct sw_slice verb, struct sw_slice args)
{
	struct sw_smtp_client *c = machine(r);
	enum sw_err code = SW_OK;
	bool known = true;

	if (is(verb, "begin") || is(verb, "probe"))
		code = act_begin(r, args, is(verb, "probe"));
	else if (is(verb, "data") || is(verb, "respond"))
		code = act_bytes(r, args, is(verb, "data"));
	else if (is(verb, "data-end"))
		code = sw_smtp_client_data_end(c, r->now_us, NULL);
	else if (is(verb, "auth"))
		code = act_auth(r, args);
	else if (is(verb, "skip"))
		sw_smtp_client_auth_skip(c);
	else if (is(verb, "noop"))
		code = sw_smtp_client_noop(c, r->now_us, NULL);
	else if (is(verb, "rset"))
		code = sw_smtp_client_rset(c, r->now_us, NULL);
	else if (is(verb, "tick") || is(verb, "wait"))
		act_tick(r, args, is(verb, "tick"));
	else if (is(verb, "together") || is(verb, "go"))
		r->together = is(verb, "together");
	else if (is(verb, "sent"))
		act_sent(r, args);
	else
		simple(r, verb, &known);
	replay_error(r, code);
	poll_events(r);
	return known;
}

static void ask_deadline(struct replay *r, struct sw_buf *out)
{
	uint64_t at = sw_smtp_client_deadline(machine(r));
	enum sw_err e;

	if (at == SW_NEVER)
		e = sw_buf_add_str(out, "never");
	else
		e = sw_buf_printf(out, "%llds", (long long)(at - r->now_us) / 1000000);
	if (e)
		abort();
}

static void ask_caps(struct replay *r, struct sw_buf *out)
{
	const struct sw_caps *caps = sw_smtp_client_caps(machine(r));
	enum sw_err e = SW_OK;

	if (!caps)
		e = sw_buf_add_str(out, "none");
	else
		e = sw_buf_printf(out, "%s%s%s%s", caps->name, caps->helo ? " helo" : "",
				  caps->masked_starttls ? " masked" : "",
				  caps->auth[0] ? " auth" : "");
	for (uint32_t bit = 1; caps && bit && !e; bit <<= 1)
		if (caps->bits & bit)
			e = sw_buf_printf(out, " %s", sw_cap_name((enum sw_cap)bit));
	if (e)
		abort();
}

static enum sw_err put_caps(uint32_t bits, struct sw_buf *out)
{
	enum sw_err e = SW_OK;

	for (uint32_t bit = 1; bit && !e; bit <<= 1)
		if (bits & bit)
			e = sw_buf_printf(out, " %s", sw_cap_name((enum sw_cap)bit));
	return e;
}

static enum sw_err ask_number(struct replay *r, struct sw_slice what, struct sw_buf *out,
			      bool *known)
{
	const struct sw_smtp_failure *f = sw_smtp_client_failure(machine(r));
	struct sw_smtp_mail m;

	*known = true;
	if (is(what, "bytes"))
		return sw_buf_printf(
			out, "%llu",
			(unsigned long long)sw_smtp_client_data_bytes(machine(r)));
	if (sw_slice_starts(what, SW_S("fits "))) {
		read_mail(r, sw_slice_from(what, 5), &m);
		return sw_buf_printf(out, "%d", (int)sw_smtp_client_fits(machine(r), &m));
	}
	if (is(what, "active"))
		return sw_buf_printf(out, "%zu", sw_smtp_client_active(machine(r)));
	if (is(what, "bdat-refused"))
		return sw_buf_add_str(out,
				      sw_smtp_client_bdat_refused(machine(r)) ? "yes" : "no");
	if (sw_slice_starts(what, SW_S("unasked "))) {
		read_mail(r, sw_slice_from(what, 8), &m);
		return put_caps(sw_smtp_client_unasked(machine(r), &m), out);
	}
	if (is(what, "authenticated"))
		return sw_buf_add_str(out,
				      sw_smtp_client_authenticated(machine(r)) ? "yes" : "no");
	if (is(what, "garbage"))
		return sw_text_escape(out, f->garbage, SW_TEXT_LINE);
	if (is(what, "words"))
		return sw_reply_format(&f->reply, out);
	*known = false;
	return SW_OK;
}

static bool ask(struct replay *r, struct sw_slice what, struct sw_buf *out)
{
	enum sw_err e = SW_OK;
	bool known = true;

	if (is(what, "state"))
		e = sw_buf_add_str(out, sw_smtp_client_state_name(machine(r)));
	else if (is(what, "stage"))
		e = sw_buf_add_str(out, sw_stage_name(sw_smtp_client_stage(machine(r))));
	else if (is(what, "message"))
		e = sw_buf_add_str(out, sw_outcome_name(sw_smtp_client_message(machine(r))));
	else if (is(what, "recipients"))
		put_recipients(r, out);
	else if (is(what, "deadline"))
		ask_deadline(r, out);
	else if (is(what, "caps"))
		ask_caps(r, out);
	else
		e = ask_number(r, what, out, &known);
	if (e)
		abort();
	return known;
}

const struct side client_side = { start, stop, feed, flush, act, ask };
