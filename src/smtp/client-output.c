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
		(struct sw_flight){ end, command, replies };
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

/* The kinds never mix: AUTH and DATA wait until everything before them was answered. */
static void set_kind(struct sw_smtp_client *c, enum sw_out_kind kind)
{
	assert(sw_buf_len(&c->out) == 0 || c->out_kind == kind);
	c->out_kind = kind;
	c->out.secret = kind == SW_OUT_SECRET;
}

static enum sw_err put(struct sw_smtp_client *c, const char *command, struct sw_slice line,
		       enum sw_out_kind kind, size_t max, struct sw_error *err)
{
	size_t before = sw_buf_len(&c->out);

	set_kind(c, kind);
	enum sw_err code = sw_command_put(&c->out, line, max, err);

	if (code)
		return code;
	c->queued += sw_buf_len(&c->out) - before;
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
	struct sw_client_tx *tx = &c->tx;

	if (c->sent >= tx->chunk_end) {
		tx->chunk_end = c->sent + SW_DATA_CHUNK;
		sw_client_wait(c, now_us);
	} else if (c->deadline == SW_NEVER) {
		c->deadline = sw_time_add(now_us, tx->chunk_left);
	}
}

static void rest_chunk(struct sw_smtp_client *c, uint64_t now_us)
{
	c->tx.chunk_left = c->deadline > now_us ? c->deadline - now_us : 0;
	c->deadline = SW_NEVER;
}

enum sw_err sw_smtp_client_data(struct sw_smtp_client *c, struct sw_slice in, uint64_t now_us,
				struct sw_error *err)
{
	struct sw_client_tx *tx = &c->tx;
	size_t before = sw_buf_len(&c->out);
	uint64_t plain = tx->writer.bytes;

	if (c->state != SW_CS_SENDING)
		return sw_fail(err, SW_E_USAGE, "no message is being sent (%s)",
			       sw_smtp_client_state_name(c));
	if (in.len > SW_MAX_DATA_PIECE)
		return sw_fail(err, SW_E_LIMIT, "a piece of %zu bytes of message; at most %d",
			       in.len, SW_MAX_DATA_PIECE);
	set_kind(c, SW_OUT_DATA);
	enum sw_err code = sw_data_write(&tx->writer, in, &c->out, err);

	if (code)
		return code;
	size_t added = sw_buf_len(&c->out) - before;

	if (added == 0)
		return SW_OK;
	c->queued += added;
	tx->stuffed += added - (tx->writer.bytes - plain);
	run_chunk(c, now_us);
	return SW_OK;
}

enum sw_err sw_smtp_client_data_end(struct sw_smtp_client *c, uint64_t now_us,
				    struct sw_error *err)
{
	struct sw_client_tx *tx = &c->tx;
	size_t before = sw_buf_len(&c->out);

	if (c->state != SW_CS_SENDING)
		return sw_fail(err, SW_E_USAGE, "no message is being sent (%s)",
			       sw_smtp_client_state_name(c));
	set_kind(c, SW_OUT_DATA);
	if (sw_data_end(&tx->writer, &c->out))
		return sw_fail_nomem(err);
	c->queued += sw_buf_len(&c->out) - before;
	tx->dot_end = c->queued;
	tx->dot_from = c->queued - (sizeof(".\r\n") - 1);
	sw_client_expect(c, ".", tx->dot_end, c->set.lmtp ? tx->accepted : 1);
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
static void count_data(struct sw_smtp_client *c, struct sw_slice sent)
{
	struct sw_client_tx *tx = &c->tx;

	if (tx->dot_end) {
		uint64_t left = tx->dot_from > c->sent ? tx->dot_from - c->sent : 0;

		if (sent.len > left)
			sent.len = (size_t)left;
	}
	tx->data_sent += sent.len - stuffed_in(tx, sent);
}

static void progress(struct sw_smtp_client *c, uint64_t now_us)
{
	if (c->state == SW_CS_ENDING && c->sent >= c->tx.dot_end) {
		sw_client_enter(c, SW_CS_FINAL, now_us);
	} else if (c->state == SW_CS_SENDING && sw_buf_len(&c->out) == 0) {
		rest_chunk(c, now_us); /* the owner's turn */
	} else if (c->state == SW_CS_SENDING || c->state == SW_CS_ENDING) {
		run_chunk(c, now_us);
	}
}

struct sw_slice sw_smtp_client_output(const struct sw_smtp_client *c, bool *secret, bool *data)
{
	bool any = sw_buf_len(&c->out) > 0;

	if (secret)
		*secret = any && c->out_kind == SW_OUT_SECRET;
	if (data)
		*data = any && c->out_kind == SW_OUT_DATA;
	return sw_buf_slice(&c->out);
}

void sw_smtp_client_sent(struct sw_smtp_client *c, size_t len, uint64_t now_us)
{
	struct sw_slice sent = sw_slice_head(sw_buf_slice(&c->out), len);

	if (sent.len == 0)
		return;
	if (c->out_kind == SW_OUT_DATA)
		count_data(c, sent);
	c->sent += sent.len;
	sw_buf_consume(&c->out, sent.len);
	if (c->out_kind == SW_OUT_SECRET && sw_buf_len(&c->out) == 0)
		sw_buf_wipe(&c->out);
	progress(c, now_us);
}

uint64_t sw_smtp_client_data_bytes(const struct sw_smtp_client *c)
{
	return c->tx.data_sent;
}
