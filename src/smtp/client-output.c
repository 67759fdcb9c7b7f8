/* SPDX-License-Identifier: MIT */
/* What goes to the server: commands and the list of those under way, message data, and what of
 * it the network has taken. */
#include <assert.h>

#include "smtp/client-internal.h"
#include "smtp/command.h"

void sw_client_expect(struct sw_smtp_client *c, const char *command, uint64_t end,
		      size_t replies)
{
	assert(c->flight_count < SW_FLIGHTS);
	c->flights[(c->flight_head + c->flight_count) % SW_FLIGHTS] =
		(struct sw_flight){ end, command, replies, c->writing };
	c->flight_count++;
}

const char *sw_client_answered(struct sw_smtp_client *c)
{
	struct sw_flight *f = &c->flights[c->flight_head];

	if (--f->replies == 0) {
		c->flight_head = (c->flight_head + 1) % SW_FLIGHTS;
		c->flight_count--;
	}
	return f->command;
}

bool sw_client_asked(const struct sw_smtp_client *c)
{
	return c->flight_count > 0 && c->flights[c->flight_head].end <= c->sent;
}

/* What was appended since `before` (a length of the output) is of this kind. Secrets never mix
 * with anything: AUTH waits until everything before it was answered. */
static void note_part(struct sw_smtp_client *c, enum sw_out_kind kind, size_t before)
{
	size_t added = sw_buf_len(&c->out) - before;
	struct sw_out_part *last =
		&c->parts[(c->part_head + c->part_count + SW_PARTS - 1) % SW_PARTS];

	if (added == 0)
		return;
	c->queued += added;
	c->out.secret = c->out.secret || kind == SW_OUT_SECRET;
	if (c->part_count > 0 && last->kind == kind &&
	    (kind != SW_OUT_DATA || last->tx == c->last)) {
		last->end = c->queued;
		return;
	}
	assert(c->part_count < SW_PARTS);
	c->parts[(c->part_head + c->part_count) % SW_PARTS] =
		(struct sw_out_part){ c->queued, kind, c->last };
	c->part_count++;
}

static enum sw_err put(struct sw_smtp_client *c, const char *command, struct sw_slice line,
		       enum sw_out_kind kind, size_t max, struct sw_error *err)
{
	size_t before = sw_buf_len(&c->out);

	enum sw_err code = sw_command_put(&c->out, line, max, err);

	if (code)
		return code;
	note_part(c, kind, before);
	sw_client_expect(c, command, c->queued, 1);
	return SW_OK;
}

enum sw_err sw_client_put_line(struct sw_smtp_client *c, const char *command,
			       enum sw_out_kind kind, size_t max, struct sw_error *err)
{
	enum sw_err code = put(c, command, sw_buf_slice(&c->line), kind, max, err);

	if (kind == SW_OUT_SECRET)
		sw_buf_wipe(&c->line);
	else
		sw_buf_clear(&c->line);
	return code;
}

void sw_client_put(struct sw_smtp_client *c, const char *command, struct sw_slice line)
{
	if (sw_client_is_over(c))
		return;
	/* A fixed line can only fail for lack of memory. */
	if (put(c, command, line, SW_OUT_COMMAND, SW_MAX_COMMAND, NULL))
		sw_client_fail(c, SW_SMTP_F_NOMEM, sw_smtp_client_stage(c), NULL);
}

/* The time of the data stage is that of one chunk, however small the pieces are in which the
 * network takes it; it stands still while there is nothing to send. */
static void run_chunk(struct sw_smtp_client *c, uint64_t now_us)
{
	struct sw_client_tx *tx = c->tx;

	if (c->sent >= tx->chunk_end) {
		tx->chunk_end = c->sent + SW_DATA_CHUNK;
		sw_client_wait(c, now_us);
	} else if (c->deadline == SW_NEVER) {
		c->deadline = sw_time_add(now_us, tx->chunk_left);
	}
}

static void rest_chunk(struct sw_smtp_client *c, uint64_t now_us)
{
	c->tx->chunk_left = c->deadline > now_us ? c->deadline - now_us : 0;
	c->deadline = SW_NEVER;
}

/* "BDAT n [LAST]" and what was gathered (RFC 3030 section 2). */
static enum sw_err put_chunk(struct sw_smtp_client *c, bool end, struct sw_error *err)
{
	struct sw_client_tx *tx = c->last;
	struct sw_slice data = sw_buf_slice(&c->chunk);
	size_t before = sw_buf_len(&c->out);
	enum sw_err code = sw_buf_printf(&c->line, "BDAT %zu%s", data.len, end ? " LAST" : "");

	/* Nothing, or both the line and what it announces. */
	if (!code && !sw_buf_reserve(&c->out, sw_buf_len(&c->line) + 2 + data.len))
		code = SW_E_NOMEM;
	if (!code)
		code = sw_command_put(&c->out, sw_buf_slice(&c->line), SW_MAX_COMMAND, NULL);
	sw_buf_clear(&c->line);
	if (code)
		return sw_fail_nomem(err);
	note_part(c, SW_OUT_COMMAND, before);
	before = sw_buf_len(&c->out);
	if (sw_buf_add(&c->out, data))
		return sw_fail_nomem(err);
	note_part(c, SW_OUT_DATA, before);
	sw_buf_clear(&c->chunk);
	tx->chunks += end ? 0 : 1;
	sw_client_expect(c, end ? "." : "BDAT", c->queued,
			 end && c->set.lmtp ? tx->accepted : 1);
	return SW_OK;
}

static enum sw_err chunked(struct sw_smtp_client *c, struct sw_slice in, struct sw_error *err)
{
	struct sw_client_tx *tx = c->last;
	enum sw_err code = sw_data_write(&tx->writer, in, &c->chunk, err);

	if (!code && sw_buf_len(&c->chunk) >= SW_BDAT_CHUNK)
		code = put_chunk(c, false, err);
	return code;
}

static enum sw_err dotted(struct sw_smtp_client *c, struct sw_slice in, struct sw_error *err)
{
	struct sw_client_tx *tx = c->last;
	size_t before = sw_buf_len(&c->out);
	uint64_t plain = tx->writer.bytes;
	enum sw_err code = sw_data_write(&tx->writer, in, &c->out, err);

	if (code)
		return code;
	tx->stuffed += sw_buf_len(&c->out) - before - (tx->writer.bytes - plain);
	note_part(c, SW_OUT_DATA, before);
	return SW_OK;
}

bool sw_smtp_client_wants_data(const struct sw_smtp_client *c)
{
	return c->active > 0 && c->last->phase == SW_TX_FEEDING && !sw_client_is_over(c) &&
	       sw_buf_len(&c->out) < SW_OUTPUT_HIGH &&
	       c->last->chunks < SW_MAX_CHUNKS_IN_FLIGHT;
}

static enum sw_err check_feeding(const struct sw_smtp_client *c, struct sw_error *err)
{
	if (c->active && c->last->phase == SW_TX_FEEDING && !sw_client_is_over(c))
		return SW_OK;
	return sw_fail(err, SW_E_USAGE, "no message is being sent (%s)",
		       sw_smtp_client_state_name(c));
}

enum sw_err sw_smtp_client_data(struct sw_smtp_client *c, struct sw_slice in, uint64_t now_us,
				struct sw_error *err)
{
	uint64_t before = c->queued;
	enum sw_err code = check_feeding(c, err);

	if (code)
		return code;
	if (in.len > SW_MAX_DATA_PIECE)
		return sw_fail(err, SW_E_LIMIT, "a piece of %zu bytes of message; at most %d",
			       in.len, SW_MAX_DATA_PIECE);
	code = c->last->bdat ? chunked(c, in, err) : dotted(c, in, err);
	if (!code && c->queued > before && c->state == SW_CS_SENDING)
		run_chunk(c, now_us);
	return code;
}

/* The end, in one way or the other. */
static enum sw_err put_end(struct sw_smtp_client *c, struct sw_error *err)
{
	struct sw_client_tx *tx = c->last;
	size_t before = sw_buf_len(&c->out);

	if (tx->bdat) {
		enum sw_err code = sw_data_end(&tx->writer, &c->chunk);

		code = code ? sw_fail_nomem(err) : put_chunk(c, true, err);
		tx->dot_from = tx->dot_end = c->queued;
		return code;
	}
	if (sw_data_end(&tx->writer, &c->out))
		return sw_fail_nomem(err);
	note_part(c, SW_OUT_DATA, before);
	tx->dot_end = c->queued;
	tx->dot_from = c->queued - (sizeof(".\r\n") - 1);
	sw_client_expect(c, ".", tx->dot_end, c->set.lmtp ? tx->accepted : 1);
	return SW_OK;
}

enum sw_err sw_smtp_client_data_end(struct sw_smtp_client *c, uint64_t now_us,
				    struct sw_error *err)
{
	enum sw_err code = check_feeding(c, err);

	if (!code)
		code = put_end(c, err);
	if (code)
		return code;
	c->last->phase = SW_TX_ENDED;
	if (c->tx == c->last && c->state == SW_CS_SENDING)
		sw_client_enter(c, SW_CS_ENDING, now_us);
	return SW_OK;
}

/* How many of the dots that we added are in this piece of what was sent. */
static uint64_t stuffed_in(struct sw_client_tx *tx, struct sw_slice sent)
{
	uint64_t n = 0;
	size_t at = 0;

	if (sent.len == 0)
		return 0;
	bool starts = tx->sent_line_start;

	tx->sent_line_start = sent.ptr[sent.len - 1] == '\n';
	if (tx->stuffed == tx->stuffed_sent)
		return 0;
	for (; at < sent.len; starts = true) {
		if (starts && sent.ptr[at] == '.')
			n++;
		at += sw_slice_find(sw_slice_from(sent, at), '\n') + 1;
	}
	tx->stuffed_sent += n;
	return n;
}

/* `sent` begins at byte c->sent of the output. */
static void count_data(struct sw_smtp_client *c, struct sw_client_tx *tx, struct sw_slice sent)
{
	if (tx->dot_end) {
		uint64_t left = tx->dot_from > c->sent ? tx->dot_from - c->sent : 0;

		if (sent.len > left)
			sent.len = (size_t)left;
	}
	tx->data_sent += sent.len - stuffed_in(tx, sent);
}

static void progress(struct sw_smtp_client *c, uint64_t now_us)
{
	for (size_t i = 0; i < c->active; i++) {
		struct sw_client_tx *tx = &c->slots[(c->begun - i) % SW_SLOTS];

		if (tx->phase == SW_TX_ENDED && tx->dot_end && !tx->committed &&
		    c->sent >= tx->dot_end)
			sw_client_commit(tx);
	}
	if (c->state == SW_CS_ENDING && c->tx->committed) {
		sw_client_enter(c, SW_CS_FINAL, now_us);
	} else if (c->state == SW_CS_SENDING && sw_buf_len(&c->out) == 0) {
		rest_chunk(c, now_us); /* the owner's turn */
	} else if (c->state == SW_CS_SENDING || c->state == SW_CS_ENDING) {
		run_chunk(c, now_us);
	}
}

static size_t part_len(const struct sw_smtp_client *c, size_t i, uint64_t from)
{
	return (size_t)(c->parts[(c->part_head + i) % SW_PARTS].end - from);
}

struct sw_slice sw_smtp_client_output(const struct sw_smtp_client *c, bool *secret, bool *data)
{
	const struct sw_out_part *p = &c->parts[c->part_head];
	bool any = c->part_count > 0;

	if (secret)
		*secret = any && p->kind == SW_OUT_SECRET;
	if (data)
		*data = any && p->kind == SW_OUT_DATA;
	return sw_slice_head(sw_buf_slice(&c->out), any ? part_len(c, 0, c->sent) : 0);
}

struct sw_slice sw_smtp_client_queued(const struct sw_smtp_client *c)
{
	return sw_buf_slice(&c->out);
}

size_t sw_smtp_client_parts(const struct sw_smtp_client *c, struct sw_smtp_part *ret,
			    size_t max)
{
	uint64_t from = c->sent;

	for (size_t i = 0; i < c->part_count && i < max; i++) {
		const struct sw_out_part *p = &c->parts[(c->part_head + i) % SW_PARTS];

		ret[i] = (struct sw_smtp_part){ part_len(c, i, from), p->kind == SW_OUT_SECRET,
						p->kind == SW_OUT_DATA };
		from = p->end;
	}
	return c->part_count;
}

void sw_smtp_client_sent(struct sw_smtp_client *c, size_t len, uint64_t now_us)
{
	struct sw_slice sent = sw_slice_head(sw_buf_slice(&c->out), len);
	size_t all = sent.len;

	while (sent.len > 0) {
		const struct sw_out_part *p = &c->parts[c->part_head];
		struct sw_slice some = sw_slice_head(sent, part_len(c, 0, c->sent));

		if (p->kind == SW_OUT_DATA)
			count_data(c, p->tx, some);
		c->sent += some.len;
		sent = sw_slice_from(sent, some.len);
		if (c->sent == p->end) {
			c->part_head = (c->part_head + 1) % SW_PARTS;
			c->part_count--;
		}
	}
	if (all == 0)
		return;
	sw_buf_consume(&c->out, all);
	if (sw_buf_len(&c->out) == 0 && c->out.secret) {
		sw_buf_wipe(&c->out);
		c->out.secret = false;
	}
	progress(c, now_us);
}

uint64_t sw_smtp_client_data_bytes(const struct sw_smtp_client *c)
{
	return c->shown->data_sent;
}
