/* SPDX-License-Identifier: MIT */
/* The message once more, and parts of it, to see which part is refused: a tiny one of our own
 * by the same sender (the sender or the content?), the header without the body, the body
 * without the header, half of it, the whole again (is it always so, and at the same place?).
 * Every one that is accepted is delivered, so it is done only when a message was given for it.
 */
#include "mail/date.h"
#include "mail/source.h"
#include "probe/say.h"

enum { COMMANDS = 3, HEADER_ROOM = 2048 };

struct data {
	struct sw_say say;
	const char *commands[COMMANDS];
	struct sw_buf whole;
	struct sw_slice header, body;
};

/* ---- parts */

static enum sw_err keep(void *arg, struct sw_slice piece, struct sw_error *err SW_UNUSED)
{
	return sw_buf_add(arg, piece);
}

static void split(struct data *d)
{
	struct sw_slice all = sw_buf_slice(&d->whole);
	size_t end = sw_slice_search(all, SW_S("\r\n\r\n"));

	d->header = sw_slice_head(all, end < all.len ? end + 2 : all.len);
	d->body = sw_slice_from(all, end < all.len ? end + 4 : all.len);
}

static bool is_about_content(struct sw_slice line)
{
	return sw_slice_starts_nocase(line, SW_S("Content-")) ||
	       sw_slice_starts_nocase(line, SW_S("MIME-Version:"));
}

/* The fields that say what the body is, or all others. */
static enum sw_err add_fields(struct sw_buf *out, struct sw_slice header, bool about_content)
{
	struct sw_slice line;
	bool wanted = false;
	enum sw_err e = SW_OK;

	while (!e && sw_slice_split(&header, '\n', &line)) {
		if (line.len == 0)
			continue;
		if (line.ptr[0] != ' ' && line.ptr[0] != '\t')
			wanted = is_about_content(line) == about_content;
		if (wanted) {
			e = sw_buf_add(out, line);
			e = e ? e : sw_buf_add_char(out, '\n');
		}
	}
	return e;
}

static enum sw_err add_own_header(struct sw_exam *x, struct sw_buf *out)
{
	bool known;
	const char *sender = sw_say_sender(x, &known), *at = strrchr(sender, '@');
	char date[SW_DATE_TEXT];
	uint64_t id = 0;

	if (!x->c->world->random(x->c->world->arg, &id, sizeof(id)))
		id = x->c->start_us;
	enum sw_err e = sw_date_format(x->c->world->wall_us(x->c->world->arg), date);

	if (e)
		return e;
	return sw_buf_printf(
		out,
		"From: <%s>\r\nTo: <%s>\r\nDate: %s\r\n"
		"Message-ID: <%016llx.probe@%s>\r\nSubject: Test of the delivery\r\n",
		*sender ? sender : "postmaster@localhost", sw_say_recipient(x), date,
		(unsigned long long)id, at ? at + 1 : "localhost");
}

static enum sw_err make_part(struct data *d, const char *what, struct sw_buf *out)
{
	struct sw_exam *x = d->say.r->x;
	bool own = strcmp(what, "tiny") == 0 || strcmp(what, "body") == 0;
	bool text = strcmp(what, "tiny") == 0 || strcmp(what, "header") == 0;
	bool all = strcmp(what, "whole") == 0 || strcmp(what, "half") == 0;
	size_t len = strcmp(what, "half") == 0 ? d->body.len / 2 : d->body.len;
	enum sw_err e = own ? add_own_header(x, out) : SW_OK;

	if (!e && all)
		e = sw_buf_add(out, d->header);
	else if (!e && !(own && text))
		e = add_fields(out, d->header, own);
	e = e ? e : sw_buf_add_str(out, "\r\n");
	e = e ? e : sw_buf_add(out, text ? SW_S("A test.\r\n") : sw_slice_head(d->body, len));
	/* A half may end within a line. */
	if (!e && !text && (out->end == 0 || out->data[out->end - 1] != '\n'))
		e = sw_buf_add_str(out, "\r\n");
	return e;
}

/* ---- the conversation */

static const struct sw_talk_reply *telling(const struct sw_talk_account *a)
{
	static const struct sw_talk_reply none;

	if (a->data.code)
		return &a->data;
	for (size_t i = 0; i < a->reply_count; i++)
		if (a->replies[i].code >= 400)
			return &a->replies[i];
	return &none;
}

static void heard(struct sw_say *s, const struct sw_say_step *step,
		  const struct sw_talk_account *a)
{
	const struct sw_talk_reply *r = telling(a);
	char ip[SW_ADDR_TEXT];

	if (a->reply_count == 0) {
		sw_probe_untested(s->r, step->what, "no envelope was reached (%s, stage %s)",
				  sw_talk_end_name(a->end), sw_stage_name(a->at));
		return;
	}
	SW_PROBE_STATE(
		s->r, SW_FACT_PROBE_DATA,
		SW_F_STR("address", sw_addr_ip(&step->plan.addr, ip)),
		SW_F_INT("port", sw_addr_port(&step->plan.addr)), SW_F_STR("what", step->what),
		SW_F_BOOL("ok", r->code >= 200 && r->code < 300), SW_F_INT("code", r->code),
		SW_F_TEXT("text", sw_say_text(r)),
		SW_F_INT("sent_bytes", a->tcp.known && a->tcp.bytes_acked < a->sent_bytes
					       ? a->tcp.bytes_acked
					       : a->sent_bytes),
		SW_F_INT("size_bytes", step->plan.message.len),
		SW_F_STR("state", sw_talk_end_name(a->end)));
}

static enum sw_err add_part(struct data *d, const char *what)
{
	struct sw_exam *x = d->say.r->x;
	SW_CLEANUP(sw_buf_fini) struct sw_buf part = { .max = SW_MAX_PROBE_MESSAGE };
	struct sw_talk_plan p;
	enum sw_err e = make_part(d, what, &part);

	if (e)
		return e;
	sw_say_plan(x, 0, &p);
	p.until = SW_TALK_COMMANDS;
	p.commands = d->commands;
	p.command_count = COMMANDS;
	p.message = sw_arena_copy(&x->arena, sw_buf_slice(&part));
	if (!p.message.ptr)
		return SW_E_NOMEM;
	sw_say_add(&d->say, &p, 0, what);
	return SW_OK;
}

static bool offers_8bit(const struct sw_exam *x)
{
	const struct sw_fact *f = sw_facts_last(x->c->facts, SW_FACT_CAPABILITIES);
	struct sw_slice words = f ? sw_fact_text(f, "keywords") : SW_S("");

	return sw_slice_search(words, SW_S("8BITMIME")) < words.len;
}

static const char *hindrance(struct sw_exam *x)
{
	bool known;
	const char *sender = sw_say_sender(x, &known), *recipient = sw_say_recipient(x);

	if (!x->wish->message)
		return "no message is given";
	if (x->wish->message->facts.size_bytes + HEADER_ROOM > SW_MAX_PROBE_MESSAGE)
		return "the message is too large to be sent several times";
	if (!known || !*recipient || strpbrk(recipient, "<> \r\n") ||
	    strpbrk(sender, "<> \r\n"))
		return "no envelope is known";
	if (sw_say_slow_down(x))
		return "the server has asked to come later";
	if (sw_say_logged_in(x))
		return "the session was logged in, and the login is not repeated for a trial";
	return NULL;
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
		     struct sw_buf *out)
{
	(void)wants;
	(void)count;
	return x->wish->message && sw_say_contacts(x, ", parts of the message are sent", out);
}

static enum sw_err prepare(struct data *d, struct sw_error *err)
{
	static const char *const parts[] = { "tiny", "header", "body", "half", "whole" };
	struct sw_exam *x = d->say.r->x;
	bool known;
	const char *sender = sw_say_sender(x, &known);
	enum sw_err e = sw_source_each(x->wish->message, keep, &d->whole, err);

	if (e)
		return e;
	split(d);
	d->commands[0] = sw_say_format(x, "MAIL FROM:<%s>%s", sender,
				       offers_8bit(x) ? " BODY=8BITMIME" : "");
	d->commands[1] = sw_say_format(x, "RCPT TO:<%s>", sw_say_recipient(x));
	d->commands[2] = "DATA";
	if (!d->commands[0] || !d->commands[1])
		return sw_fail_nomem(err);
	for (size_t i = 0; !e && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (sw_say_asked(d->say.r->wants, d->say.r->want_count, SW_FACT_PROBE_DATA,
				 "what", parts[i]))
			e = add_part(d, parts[i]);
	return e ? sw_fail_nomem(err) : SW_OK;
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct data *d = sw_say_new(r, sizeof(*d), heard, NULL);
	const char *why = hindrance(r->x);
	enum sw_err e = SW_OK;

	if (!d)
		return sw_fail_nomem(err);
	sw_buf_init(&d->whole, SW_MAX_PROBE_MESSAGE);
	d->say.abreast = 1;
	if (why)
		sw_probe_untested(r, "data", "%s", why);
	else
		e = prepare(d, err);
	return e ? e : sw_say_go(&d->say, err);
}

static void stop(struct sw_probe_run *r)
{
	struct data *d = r->state;

	if (d)
		sw_buf_fini(&d->whole);
	sw_say_stop(r);
}

const struct sw_probe sw_probe_data = {
	.id = "data",
	.source = "probe.p15",
	.kind = SW_PROBE_MESSAGE,
	.stage = SW_STAGE_DATA,
	.states = { SW_FACT_PROBE_DATA, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "parts of the message", "части письма" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
