/* SPDX-License-Identifier: MIT */
/* Life of the client machine: its states, what comes in, and the time. */
#include "base/mem.h"
#include "base/secret.h"
#include "smtp/client-internal.h"

static const struct sw_client_row rows[SW_CS_COUNT] = {
/* clang-format off */
#define SW_CLIENT_STATE(state, word, stage, secs, quit, from, to, enter, good, refused)       \
	[SW_CS_##state] = { word, SW_STAGE_##stage, secs, SW_QUIT_##quit, from, to,           \
			    sw_client_##enter, sw_client_##good, sw_client_##refused },
/* clang-format on */
#include "smtp/client-state.def"
#undef SW_CLIENT_STATE
};

const struct sw_client_row *sw_client_row(enum sw_client_state state)
{
	return &rows[state];
}

bool sw_client_is_over(const struct sw_smtp_client *c)
{
	return c->state == SW_CS_CLOSED || c->state == SW_CS_FAILED;
}

void sw_client_wait(struct sw_smtp_client *c, uint64_t now_us)
{
	unsigned seconds = rows[c->state].seconds;
	uint64_t us = c->set.timeout_us ? c->set.timeout_us : (uint64_t)seconds * 1000000;

	c->deadline = seconds ? sw_time_add(now_us, us) : SW_NEVER;
}

void sw_client_enter(struct sw_smtp_client *c, enum sw_client_state state, uint64_t now_us)
{
	if (sw_client_is_over(c))
		return;
	c->state = state;
	c->grace = SW_NEVER;
	sw_client_wait(c, now_us);
	if (rows[state].enter)
		rows[state].enter(c, now_us);
}

static enum sw_err check_settings(const struct sw_smtp_client_settings *s,
				  struct sw_error *err)
{
	if (!s->ehlo_name || !sw_ehlo_name_valid(sw_slice_str(s->ehlo_name)))
		return sw_fail(
			err, SW_E_CONFIG,
			"\"%s\" cannot be our name in EHLO: neither a domain nor an address "
			"literal such as [192.0.2.1]",
			s->ehlo_name ? s->ehlo_name : "");
	return SW_OK;
}

static bool set_up(struct sw_smtp_client *c, const struct sw_smtp_client_settings *s)
{
	c->set = *s;
	sw_reply_parser_init(&c->parser);
	sw_buf_init(&c->out, SW_MAX_CLIENT_OUTPUT);
	sw_buf_init(&c->chunk, SW_BDAT_CHUNK + 2 * SW_MAX_DATA_PIECE);
	c->tx = c->last = c->shown = &c->slots[0];
	sw_buf_init(&c->line, SW_MAX_AUTH_LINE);
	sw_buf_init(&c->auth_held, SW_MAX_AUTH_LINE - 2);
	sw_buf_init(&c->bad_text, SW_MAX_REPLY);
	c->line.secret = c->auth_held.secret = true;
	c->ehlo_name = sw_strdup(s->ehlo_name);
	c->set.ehlo_name = c->ehlo_name;
	return c->ehlo_name && sw_client_events_init(c);
}

struct sw_smtp_client *sw_smtp_client_new(const struct sw_smtp_client_settings *s,
					  uint64_t now_us, struct sw_error *err)
{
	if (check_settings(s, err))
		return NULL;
	struct sw_smtp_client *c = sw_calloc(1, sizeof(*c));

	if (!c || !set_up(c, s)) {
		sw_smtp_client_free(c);
		sw_fail_nomem(err);
		return NULL;
	}
	sw_client_enter(c, s->tls == SW_SMTP_TLS_IMPLICIT ? SW_CS_TLS_FIRST : SW_CS_GREETING,
			now_us);
	return c;
}

void sw_smtp_client_free(struct sw_smtp_client *c)
{
	if (!c)
		return;
	sw_reply_parser_fini(&c->parser);
	sw_buf_wipe(&c->out);
	sw_buf_wipe(&c->line);
	sw_buf_wipe(&c->auth_held);
	sw_buf_fini(&c->bad_text);
	sw_caps_fini(&c->caps);
	sw_buf_fini(&c->chunk);
	for (size_t i = 0; i < SW_SLOTS; i++)
		sw_arena_fini(&c->slots[i].arena);
	sw_arena_fini(&c->arena);
	sw_free(c->events.ring);
	sw_free(c->ehlo_name);
	sw_free(c);
}

static void shut_down(struct sw_smtp_client *c, const struct sw_reply *r)
{
	enum sw_stage stage = sw_smtp_client_stage(c);

	if (c->state == SW_CS_AUTH || c->state == SW_CS_AUTH_CANCEL)
		sw_client_push(c, (struct sw_smtp_event){ .type = SW_SMTP_AUTH_RESULT,
							  .reply = r,
							  .note = c->auth_note });
	sw_client_tx_shutdown(c, r);
	sw_client_fail(c, SW_SMTP_F_SHUTDOWN, stage, r);
}

static void dispatch(struct sw_smtp_client *c, const struct sw_reply *r, uint64_t now_us)
{
	const struct sw_client_row *row = &rows[c->state];

	if (row->good && r->code >= row->good_from && r->code <= row->good_to)
		row->good(c, r, now_us);
	else if (row->refused && r->code >= 400)
		row->refused(c, r, now_us);
	else
		sw_client_fail(c, SW_SMTP_F_UNEXPECTED, row->stage, r);
}

static bool is_sending(const struct sw_smtp_client *c)
{
	return c->active > 0 &&
	       (c->tx->phase == SW_TX_FEEDING || c->tx->phase == SW_TX_ENDED);
}

static void take_reply(struct sw_smtp_client *c, const struct sw_reply *from, uint64_t now_us)
{
	const char *command = c->reply_early ? "" : sw_client_answered(c);

	c->answered = command;
	if (c->tx->chunks > 0 && strcmp(command, "BDAT") == 0)
		c->tx->chunks--;
	const struct sw_reply *r = sw_client_keep(c, from);

	if (!r)
		return;
	sw_client_push(c, (struct sw_smtp_event){
				  .type = SW_SMTP_REPLY, .command = command, .reply = r });
	sw_client_note_words(c, r);
	if (c->state == SW_CS_QUIT) {
		if (c->reply_early || c->flight_count == 0)
			sw_client_close(c);
	} else if (r->code == 421) {
		shut_down(c, r);
	} else if (!c->reply_early) {
		dispatch(c, r, now_us);
	} else if (is_sending(c)) {
		sw_client_tx_early(c, r);
	} else {
		sw_client_fail(c, SW_SMTP_F_UNSOLICITED, sw_smtp_client_stage(c), r);
	}
}

/* Feeds one reply's worth; returns what is left. */
static struct sw_slice feed_some(struct sw_smtp_client *c, struct sw_slice in, uint64_t now_us)
{
	enum sw_reply_result result = SW_REPLY_MORE;
	enum sw_stage stage = sw_smtp_client_stage(c);
	size_t used = 0;

	/* Who answers before he was asked cannot know what he answers to. */
	if (!sw_reply_parser_partial(&c->parser))
		c->reply_early = !sw_client_asked(c);
	if (sw_reply_parser_feed(&c->parser, in, &used, &result)) {
		sw_client_fail(c, SW_SMTP_F_NOMEM, stage, NULL);
		return in;
	}
	switch (result) {
	case SW_REPLY_MORE:
		break;
	case SW_REPLY_READY:
		take_reply(c, sw_reply_parser_get(&c->parser), now_us);
		sw_reply_parser_next(&c->parser);
		break;
	case SW_REPLY_GARBAGE:
		sw_client_fail(c, SW_SMTP_F_GARBAGE, stage, NULL);
		break;
	case SW_REPLY_ENDLESS:
		sw_client_fail(c, SW_SMTP_F_ENDLESS, stage, NULL);
		break;
	}
	return sw_slice_from(in, used);
}

/* What goes over the wire now belongs to TLS. */
static bool is_tls_turn(const struct sw_smtp_client *c)
{
	return c->state == SW_CS_TLS_FIRST || c->state == SW_CS_TLS;
}

void sw_smtp_client_feed(struct sw_smtp_client *c, struct sw_slice in, uint64_t now_us)
{
	if (sw_client_is_over(c))
		return;
	if (c->events.count == 0)
		sw_arena_fini(&c->arena); /* nobody looks at what is in it any more */
	while (in.len && !sw_client_is_over(c)) {
		if (is_tls_turn(c))
			sw_client_fail(c, SW_SMTP_F_TLS_INJECTION, SW_STAGE_TLS, NULL);
		else
			in = feed_some(c, in, now_us);
	}
	if (sw_client_is_over(c))
		return;
	if (!sw_reply_parser_hopeless(&c->parser))
		c->grace = SW_NEVER;
	else if (c->grace == SW_NEVER)
		c->grace = sw_time_add(now_us, (uint64_t)SW_GARBAGE_GRACE_MS * 1000);
	sw_smtp_client_tick(c, now_us);
}

void sw_smtp_client_eof(struct sw_smtp_client *c, uint64_t now_us SW_UNUSED)
{
	bool hopeless = sw_reply_parser_hopeless(&c->parser);

	sw_client_fail(c, hopeless ? SW_SMTP_F_GARBAGE : SW_SMTP_F_CLOSED,
		       sw_smtp_client_stage(c), NULL);
}

void sw_smtp_client_io_failed(struct sw_smtp_client *c, uint64_t now_us SW_UNUSED)
{
	sw_client_fail(c, SW_SMTP_F_IO, sw_smtp_client_stage(c), NULL);
}

void sw_smtp_client_tick(struct sw_smtp_client *c, uint64_t now_us)
{
	if (now_us >= c->grace)
		sw_client_fail(c, SW_SMTP_F_GARBAGE, sw_smtp_client_stage(c), NULL);
	else if (now_us >= c->deadline)
		sw_client_fail(c, SW_SMTP_F_TIMEOUT, sw_smtp_client_stage(c), NULL);
}

uint64_t sw_smtp_client_deadline(const struct sw_smtp_client *c)
{
	return sw_min_u64(c->deadline, c->grace);
}

enum sw_stage sw_smtp_client_stage(const struct sw_smtp_client *c)
{
	return c->state == SW_CS_FAILED ? c->failure.stage : rows[c->state].stage;
}

const char *sw_smtp_client_state_name(const struct sw_smtp_client *c)
{
	return rows[c->state].name;
}

bool sw_smtp_client_is_ready(const struct sw_smtp_client *c)
{
	return c->state == SW_CS_READY;
}

const struct sw_caps *sw_smtp_client_caps(const struct sw_smtp_client *c)
{
	return c->caps_known ? &c->caps : NULL;
}

const struct sw_smtp_failure *sw_smtp_client_failure(const struct sw_smtp_client *c)
{
	return &c->failure;
}
