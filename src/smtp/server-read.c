/* SPDX-License-Identifier: MIT */
/* What the client says: lines, tokens, message data, made into events one at a time. */
#include "base/limits.h"
#include "codec/base64.h"
#include "smtp/server-command.h"
#include "smtp/server-internal.h"

static bool too_long(struct sw_smtp_server *m)
{
	/* A token that is too long ends its exchange (RFC 4954 4). */
	m->state = SW_SS_COMMAND;
	sw_server_refuse(m, 500, "5.5.6", "Line too long");
	return false;
}

static size_t longest_line(const struct sw_smtp_server *m, struct sw_slice in)
{
	/* AUTH with an initial response may be as long as a token (RFC 4954 4). */
	return m->state == SW_SS_TOKEN || sw_slice_starts_nocase(in, SW_S("AUTH "))
		       ? (size_t)SW_MAX_AUTH_LINE
		       : m->settings.max_command;
}

/* Takes the next line out of `in` into `line`, without its end. False: not there yet. */
static bool take_line(struct sw_smtp_server *m)
{
	struct sw_slice in = sw_buf_slice(&m->in);
	size_t lf = sw_slice_find(in, '\n');
	size_t len = lf;

	sw_buf_clear(&m->line);
	if (lf == in.len) {
		/* Beyond what any line may have: kept in mind, not in memory. */
		if (in.len > (size_t)SW_MAX_AUTH_LINE + m->settings.max_command) {
			m->skipping = true;
			sw_buf_clear(&m->in);
		}
		return false;
	}
	/* A lone LF ends a command for us: people type them by hand. */
	if (len && in.ptr[len - 1] == '\r')
		len--;
	bool skipped = m->skipping || len > longest_line(m, in);
	enum sw_err err = skipped ? SW_OK : sw_buf_add(&m->line, sw_slice_head(in, len));

	m->skipping = false;
	sw_buf_consume(&m->in, lf + 1);
	if (skipped)
		return too_long(m);
	if (err)
		sw_server_refuse(m, 421, "4.3.0", "Out of memory, closing");
	return !err;
}

static const char *order_problem(const struct sw_smtp_server *m, unsigned needs)
{
	const struct {
		unsigned need;
		bool broken;
		const char *text;
	} rows[] = {
		{ NEEDS_WELCOME, m->turned_away, "No service here, say QUIT" },
		{ NEEDS_SMTP, m->settings.lmtp, "This is LMTP, say LHLO" },
		{ NEEDS_LMTP, !m->settings.lmtp, "This is SMTP, say EHLO" },
		{ NEEDS_HELLO, !m->hello,
		  m->settings.lmtp ? "Say LHLO first" : "Say EHLO first" },
		{ NEEDS_MAIL, !m->mail, "MAIL must come first" },
		{ NEEDS_NO_MAIL, m->mail, "A transaction is open" },
		{ NEEDS_RCPT, m->recipients == 0, "No recipient was accepted" },
		{ NEEDS_LINES, m->chunks, "The message comes by BDAT" },
		{ NEEDS_LINES, m->binary, "BINARYMIME needs BDAT" },
		{ NEEDS_WHOLE, m->chunk_refused, "A chunk was refused, say RSET" },
		{ NEEDS_CLEAR, m->tls, "TLS is on already" },
		{ NEEDS_NO_LOGIN, m->authenticated, "Already authenticated" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		if ((needs & rows[i].need) && rows[i].broken)
			return rows[i].text;
	return NULL;
}

static bool ask_owner(struct sw_smtp_server *m, struct sw_smtp_server_event *e,
		      enum sw_smtp_verb verb)
{
	e->type = SW_SRV_COMMAND;
	e->verb = verb;
	m->verb = verb;
	m->state = SW_SS_OWNER;
	return true;
}

/* Decodes into m->token. False: the client has been told. */
static bool decode_token(struct sw_smtp_server *m, struct sw_slice text)
{
	enum sw_err err;

	sw_buf_clear(&m->token);
	err = sw_base64_decode(text, SW_BASE64_STRICT, &m->token);
	if (err == SW_E_NOMEM)
		sw_server_refuse(m, 421, "4.3.0", "Out of memory, closing");
	else if (err)
		sw_server_refuse(m, 501, "5.5.2", "Cannot decode that as base64");
	return !err;
}

/* AUTH: mechanism and the initial response, "=" for an empty one (RFC 4954 4). */
static bool auth_event(struct sw_smtp_server *m, struct sw_smtp_server_event *e)
{
	size_t blank = sw_slice_find(e->arg, ' ');
	struct sw_slice token = sw_slice_trim(sw_slice_from(e->arg, blank));

	e->arg = sw_slice_head(e->arg, blank);
	e->has_token = token.len > 0;
	if (sw_slice_eq(token, SW_S("=")))
		token.len = 0;
	if (!decode_token(m, token))
		return false;
	e->token = sw_buf_slice(&m->token);
	return ask_owner(m, e, SW_VERB_AUTH);
}

/* MAIL and RCPT: an address beyond ASCII needs SMTPUTF8 with MAIL (RFC 6531 3.4). */
static bool path_event(struct sw_smtp_server *m, struct sw_smtp_server_event *e,
		       const struct sw_smtp_command *c)
{
	bool utf8 = c->verb == SW_VERB_MAIL ? c->smtputf8 : m->utf8;

	if (sw_slice_has_8bit(c->arg) && !utf8 && !m->settings.lenient_order) {
		sw_server_refuse(m, 553, "5.6.7", "Such an address needs SMTPUTF8");
		return false;
	}
	if (c->verb == SW_VERB_MAIL) {
		m->wants_utf8 = c->smtputf8;
		m->wants_binary = c->binary;
	}
	return ask_owner(m, e, c->verb);
}

/* RFC 3030 2: the bytes come whatever we think of the command, so they are read. */
static bool begin_chunk(struct sw_smtp_server *m, struct sw_smtp_server_event *e,
			const struct sw_smtp_command *c, const char *problem)
{
	m->state = SW_SS_CHUNK;
	m->chunk_left = c->chunk_bytes;
	m->chunk_last = c->chunk_last;
	m->chunk_problem = problem;
	if (problem)
		return false;
	m->chunks = true;
	e->type = SW_SRV_CHUNK;
	e->chunk_bytes = c->chunk_bytes;
	e->chunk_last = c->chunk_last;
	return true;
}

/* One command line: an event for the owner (true), or an answer of our own. */
static bool command_event(struct sw_smtp_server *m, struct sw_smtp_server_event *e)
{
	struct sw_slice line = sw_buf_slice(&m->line);
	struct sw_smtp_command c;

	if (sw_smtp_command_is_http(line)) {
		sw_server_refuse(m, 421, "4.7.0", "This is a mail server");
		return false;
	}
	sw_smtp_command_parse(line, &c);
	/* A malformed BDAT ends the session, in order or not. */
	const char *problem =
		m->settings.lenient_order || c.code == 521 ? NULL : order_problem(m, c.needs);

	*e = (struct sw_smtp_server_event){ .line = line, .arg = c.arg, .params = c.params };
	if (c.verb == SW_VERB_BDAT && !c.code)
		return begin_chunk(m, e, &c, problem);
	if (m->settings.owner_errors && (problem || c.code)) {
		e->arg = line;
		return ask_owner(m, e, SW_VERB_UNKNOWN);
	}
	if (problem) {
		sw_server_refuse(m, 503, "5.5.1", problem);
		return false;
	}
	if (c.code) {
		sw_server_refuse(m, c.code, c.enhanced, c.text);
		return false;
	}
	if (c.verb == SW_VERB_AUTH)
		return auth_event(m, e);
	if (c.verb == SW_VERB_MAIL || c.verb == SW_VERB_RCPT)
		return path_event(m, e, &c);
	return ask_owner(m, e, c.verb);
}

static bool token_event(struct sw_smtp_server *m, struct sw_smtp_server_event *e)
{
	struct sw_slice line = sw_buf_slice(&m->line);

	*e = (struct sw_smtp_server_event){ .line = line };
	/* Should it be no token, the exchange is over. */
	m->state = SW_SS_COMMAND;
	if (sw_slice_eq(line, SW_S("*"))) {
		e->cancelled = true;
		return ask_owner(m, e, SW_VERB_AUTH_TOKEN);
	}
	if (!decode_token(m, line))
		return false;
	e->has_token = true;
	e->token = sw_buf_slice(&m->token);
	return ask_owner(m, e, SW_VERB_AUTH_TOKEN);
}

/* A piece of the message, or its end. */
static bool data_event(struct sw_smtp_server *m, struct sw_smtp_server_event *e)
{
	struct sw_slice in = sw_buf_slice(&m->in);
	bool end = false;
	size_t used = 0;

	sw_buf_clear(&m->data);
	if (!in.len)
		return false;
	if (sw_data_read(&m->reader, in, &m->data, &used, &end)) {
		sw_server_refuse(m, 421, "4.3.0", "Out of memory, closing");
		return false;
	}
	sw_buf_consume(&m->in, used);
	if (m->reader.bare && !m->settings.allow_bare) {
		/* A sender of bare line ends may be smuggling a second message
		 * (CVE-2023-51764). */
		sw_server_refuse(m, 521, "5.5.2", "Bare CR or LF in the message, closing");
		return false;
	}
	*e = (struct sw_smtp_server_event){ .type = SW_SRV_DATA,
					    .data = sw_buf_slice(&m->data) };
	if (end)
		m->state = SW_SS_DOT;
	return e->data.len > 0;
}

static bool dot_event(struct sw_smtp_server *m, struct sw_smtp_server_event *e)
{
	*e = (struct sw_smtp_server_event){ 0 };
	/* RFC 2033 4.2: one reply for each recipient. */
	m->owed = m->settings.lmtp ? m->recipients : 1;
	return ask_owner(m, e, SW_VERB_MESSAGE);
}

/* Whether a line ends with CR or LF alone; `before` is the byte before the piece. */
static bool has_bare(struct sw_slice piece, char before)
{
	for (size_t i = 0; i < piece.len; before = piece.ptr[i++])
		if ((piece.ptr[i] == '\n') != (before == '\r'))
			return true;
	return false;
}

static bool chunk_data(struct sw_smtp_server *m, struct sw_smtp_server_event *e)
{
	struct sw_slice in = sw_buf_slice(&m->in);
	size_t len = in.len < m->chunk_left ? in.len : (size_t)m->chunk_left;

	sw_buf_clear(&m->data);
	if (!m->chunk_problem && sw_buf_add(&m->data, sw_slice_head(in, len))) {
		sw_server_refuse(m, 421, "4.3.0", "Out of memory, closing");
		return false;
	}
	sw_buf_consume(&m->in, len);
	m->chunk_left -= len;
	if (m->chunk_problem || len == 0)
		return false;
	*e = (struct sw_smtp_server_event){ .type = SW_SRV_DATA,
					    .data = sw_buf_slice(&m->data) };
	m->chunk_bare = m->chunk_bare || has_bare(e->data, m->chunk_before);
	m->chunk_before = e->data.ptr[len - 1];
	return true;
}

static bool chunk_event(struct sw_smtp_server *m, struct sw_smtp_server_event *e)
{
	if (m->chunk_left > 0)
		return chunk_data(m, e);
	if (m->chunk_problem) {
		m->state = SW_SS_COMMAND;
		sw_server_refuse(m, 503, "5.5.1", m->chunk_problem);
		return false;
	}
	m->chunk_bare = m->chunk_bare || (m->chunk_last && m->chunk_before == '\r');
	if (m->chunk_bare && !m->binary && !m->settings.allow_bare) {
		sw_server_refuse(m, 521, "5.5.2", "Bare CR or LF in the message, closing");
		return false;
	}
	if (m->chunk_last)
		return dot_event(m, e);
	*e = (struct sw_smtp_server_event){ 0 };
	return ask_owner(m, e, SW_VERB_BDAT);
}

static bool tls_event(struct sw_smtp_server *m, struct sw_smtp_server_event *e)
{
	if (m->tls_told)
		return false;
	m->tls_told = true;
	*e = (struct sw_smtp_server_event){ .type = SW_SRV_TLS_START,
					    .injected = m->injected };
	return true;
}

/* One turn: *ret is filled when true; false with an unchanged state means that nothing can be
 * done without the owner or more bytes. */
static bool turn(struct sw_smtp_server *m, struct sw_smtp_server_event *ret)
{
	switch (m->state) {
	case SW_SS_CONNECT:
		*ret = (struct sw_smtp_server_event){ 0 };
		return ask_owner(m, ret, SW_VERB_CONNECT);
	case SW_SS_COMMAND:
		return take_line(m) && command_event(m, ret);
	case SW_SS_TOKEN:
		return take_line(m) && token_event(m, ret);
	case SW_SS_DATA:
		return data_event(m, ret);
	case SW_SS_CHUNK:
		return chunk_event(m, ret);
	case SW_SS_DOT:
		return dot_event(m, ret);
	case SW_SS_TLS:
		return tls_event(m, ret);
	case SW_SS_ENDING:
		m->state = SW_SS_ENDED;
		*ret = (struct sw_smtp_server_event){ .type = SW_SRV_CLOSED };
		return true;
	case SW_SS_OWNER:
	case SW_SS_ENDED:
		break;
	}
	return false;
}

bool sw_smtp_server_next_event(struct sw_smtp_server *m, struct sw_smtp_server_event *ret)
{
	for (;;) {
		enum sw_server_state before = m->state;
		size_t held = sw_buf_len(&m->in);

		if (turn(m, ret))
			return true;
		if (m->state == before && sw_buf_len(&m->in) == held)
			return false;
	}
}
