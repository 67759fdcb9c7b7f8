/* SPDX-License-Identifier: MIT */
/* The message: from DATA to the answer to the final dot. */
#include "sandbox/internal.h"

void sw_conn_drop_message(struct sw_conn *c)
{
	sw_incoming_free(c->incoming);
	c->incoming = NULL;
}

static void begin_message(struct sw_conn *c)
{
	struct sw_error err;

	sw_conn_drop_message(c);
	c->body_bytes = c->line_bytes = c->longest_line = c->chunks = 0;
	c->too_big = false;
	c->incoming = sw_store_begin(c->server->store, &err);
	c->store_failed = !c->incoming;
	if (c->store_failed)
		sw_conn_log(c, "cannot store: %s", err.text);
}

void sw_conn_data(struct sw_conn *c)
{
	begin_message(c);
	if (!c->incoming) {
		sw_conn_reply(c, 452, "4.3.1", "Insufficient system storage");
	} else if (sw_smtp_server_start_data(c->machine, "End data with <CR><LF>.<CR><LF>")) {
		sw_conn_kill(c, false);
	}
}

void sw_conn_chunk(struct sw_conn *c)
{
	sw_conn_log(c, "C: %.*s", SW_FMT(c->event.line));
	c->commands++;
	if (sw_conn_cap_dropped(c, "CHUNKING") || sw_conn_fault(c, SW_ACT_NO_BDAT)) {
		sw_smtp_server_chunk_unknown(c->machine);
		sw_conn_collect(c);
		return;
	}
	if (!c->chunked)
		begin_message(c);
	c->chunked = true;
	c->chunks++;
}

/* A chunk that is not the last. */
void sw_conn_bdat(struct sw_conn *c)
{
	if (c->too_big)
		sw_conn_reply(c, 552, "5.3.4", "Message size exceeds fixed limit");
	else if (c->store_failed)
		sw_conn_reply(c, 452, "4.3.1", "Insufficient system storage");
	else
		sw_conn_replyf(c, 250, "2.0.0", "%llu octets so far",
			       (unsigned long long)c->body_bytes);
}

static void measure_lines(struct sw_conn *c, struct sw_slice piece)
{
	while (piece.len > 0) {
		size_t len = sw_slice_find(piece, '\n');

		/* Without the CR, which is a byte of its own line unless it came alone. */
		c->line_bytes += len;
		if (len < piece.len) {
			if (c->line_bytes > 0 && c->line_bytes - 1 > c->longest_line)
				c->longest_line = c->line_bytes - 1;
			c->line_bytes = 0;
			len++;
		}
		piece = sw_slice_from(piece, len);
	}
}

/* The rest is only counted. */
static void give_up(struct sw_conn *c, bool too_big)
{
	c->too_big = c->too_big || too_big;
	c->store_failed = c->store_failed || !too_big;
	sw_conn_drop_message(c);
}

void sw_conn_body(struct sw_conn *c, struct sw_slice piece)
{
	struct sw_error err;

	c->body_bytes += piece.len;
	measure_lines(c, piece);
	if (c->incoming && c->body_bytes > c->server->size_limit) {
		give_up(c, true);
	} else if (c->incoming && sw_incoming_write(c->incoming, piece, &err)) {
		sw_conn_log(c, "cannot store: %s", err.text);
		give_up(c, false);
	}
	if (sw_conn_misbehave_body(c))
		return;
	if (c->too_big && c->body_bytes - c->server->size_limit > SW_SANDBOX_PATIENCE) {
		sw_conn_out_expanded(c,
				     SW_S("552 5.3.4 Message size exceeds fixed limit\r\n"));
		c->after = SW_AFTER_CLOSE;
	}
}

bool sw_conn_keep_message(struct sw_conn *c)
{
	const struct sw_tls_info *tls = c->tls ? sw_tls_get_info(c->stream) : NULL;
	const struct sw_envelope env = {
		.client = c->peer,
		.helo = sw_slice_str(c->helo),
		.tls_version = tls ? tls->version : NULL,
		.tls_cipher = tls ? tls->cipher : NULL,
		.user = c->user,
		.mechanism = c->mechanism,
		.sender = c->sender,
		.sender_params = c->sender_params,
		.recipients = c->recipients,
		.recipient_params = c->recipient_params,
		.recipient_count = c->recipient_count,
		.chunks = c->chunks,
		.proxy = c->proxy,
		.xclient = sw_slice_str(c->xclient),
	};
	struct sw_error err;

	if (!c->incoming)
		return false;
	if (sw_conn_fault(c, SW_ACT_LOSE)) {
		sw_conn_log(c, "%s thrown away on purpose", sw_incoming_id(c->incoming));
		return true;
	}
	if (sw_incoming_keep(c->incoming, &env, &err)) {
		sw_conn_log(c, "cannot store: %s", err.text);
		return false;
	}
	sw_conn_log(c, "%s: %llu bytes from <%.*s> for %zu", sw_incoming_id(c->incoming),
		    (unsigned long long)c->body_bytes, SW_FMT(c->sender), c->recipient_count);
	c->messages++;
	sw_server_took_message(c->server);
	return true;
}

void sw_conn_message(struct sw_conn *c)
{
	if (c->too_big)
		sw_conn_reply(c, 552, "5.3.4", "Message size exceeds fixed limit");
	else if (!sw_conn_keep_message(c))
		sw_conn_reply(c, 452, "4.3.1", "Insufficient system storage");
	else
		sw_conn_replyf(c, 250, "2.0.0", "Ok: queued as %s",
			       sw_incoming_id(c->incoming));
}
