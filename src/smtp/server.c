/* SPDX-License-Identifier: MIT */
#include "smtp/server.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/secret.h"
#include "codec/base64.h"
#include "smtp/data.h"
#include "smtp/server-command.h"

enum state {
	ST_CONNECT,	/* the greeting is due */
	ST_COMMAND,	/* looks for the next line */
	ST_OWNER,	/* the owner owes an answer to `verb` */
	ST_TOKEN,	/* 334 was sent, the next line is the client's token */
	ST_DATA,
	ST_DOT,		/* the final dot was read, its event is due */
	ST_TLS,		/* 220 is in output, the handshake is the owner's */
	ST_ENDING,	/* CLOSED is due */
	ST_ENDED,
};

struct sw_smtp_server {
	struct sw_smtp_server_settings settings;
	enum state state;
	enum sw_smtp_verb verb;	/* ST_OWNER: what is to be answered */
	struct sw_buf in, out;
	struct sw_buf line;	/* the command that the last event lent */
	struct sw_buf token;	/* secret */
	struct sw_buf data;	/* the piece that the last event lent */
	struct sw_data_reader reader;
	bool skipping;		/* dropping the rest of a line that was too long */
	bool tls_told, injected;
	bool hello, tls, authenticated, mail;
	size_t recipients;
	size_t owed;		/* LMTP: replies that the message still gets */
	unsigned errors;
};

struct sw_smtp_server *sw_smtp_server_new(const struct sw_smtp_server_settings *s)
{
	struct sw_smtp_server *m = sw_calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->settings = *s;
	if (!m->settings.max_command)
		m->settings.max_command = SW_MAX_COMMAND;
	if (!m->settings.max_errors)
		m->settings.max_errors = SW_MAX_SERVER_ERRORS;
	sw_buf_init(&m->in, SW_MAX_SERVER_INPUT);
	sw_buf_init(&m->out, SW_MAX_SERVER_OUTPUT);
	sw_buf_init(&m->line, SW_MAX_AUTH_LINE + 2);
	sw_buf_init(&m->token, SW_MAX_AUTH_LINE);
	sw_buf_init(&m->data, SW_MAX_SERVER_INPUT + 1);
	return m;
}

void sw_smtp_server_free(struct sw_smtp_server *m)
{
	if (!m)
		return;
	/* Tokens passed through all of these but `data`. */
	sw_buf_wipe(&m->in);
	sw_buf_wipe(&m->line);
	sw_buf_wipe(&m->token);
	sw_buf_fini(&m->out);
	sw_buf_fini(&m->data);
	sw_free(m);
}

enum sw_err sw_smtp_server_feed(struct sw_smtp_server *m, struct sw_slice in)
{
	if (m->state == ST_TLS) {
		/* Sent in clear behind STARTTLS: an injection, or a client that does not wait. */
		m->injected = m->injected || in.len > 0;
		return SW_OK;
	}
	if (m->state == ST_ENDING || m->state == ST_ENDED)
		return SW_OK;
	return sw_buf_add(&m->in, in);
}

struct sw_slice sw_smtp_server_output(const struct sw_smtp_server *m)
{
	return sw_buf_slice(&m->out);
}

void sw_smtp_server_sent(struct sw_smtp_server *m, size_t len)
{
	sw_buf_consume(&m->out, len);
}

/* The only writer of reply lines: "code-x.y.z text" for all lines but the last. */
static enum sw_err put_reply(struct sw_smtp_server *m, int code, const char *enhanced,
			     const char *text)
{
	struct sw_slice rest = sw_slice_str(text), piece;
	bool more = sw_slice_split(&rest, '\n', &piece);
	enum sw_err err = SW_OK;

	if (!more)
		piece = SW_S("");
	while (!err) {
		struct sw_slice next;

		more = sw_slice_split(&rest, '\n', &next);
		err = sw_buf_printf(&m->out, "%d%c%s%s%.*s\r\n", code, more ? '-' : ' ',
				    enhanced ? enhanced : "", enhanced && *enhanced ? " " : "",
				    SW_FMT(piece));
		if (!more)
			break;
		piece = next;
	}
	return err;
}

static void end_transaction(struct sw_smtp_server *m)
{
	m->mail = false;
	m->recipients = 0;
}

static bool is_2xx(int code)
{
	return code >= 200 && code < 300;
}

static void enter_tls(struct sw_smtp_server *m)
{
	m->injected = sw_buf_len(&m->in) > 0;
	sw_buf_clear(&m->in);
	m->tls_told = false;
	m->state = ST_TLS;
}

/* The session after an answer with this code to `verb`. */
static void answered(struct sw_smtp_server *m, enum sw_smtp_verb verb, int code)
{
	bool ok = is_2xx(code);

	m->state = ST_COMMAND;
	if (code == 421 || (verb == SW_VERB_QUIT && ok)) {
		m->state = ST_ENDING;
		return;
	}
	switch (verb) {
	case SW_VERB_EHLO:
	case SW_VERB_HELO:
	case SW_VERB_LHLO:
		m->hello = m->hello || ok;
		if (ok)
			end_transaction(m);
		break;
	case SW_VERB_STARTTLS:
		if (code == 220)
			enter_tls(m);
		break;
	case SW_VERB_AUTH:
	case SW_VERB_AUTH_TOKEN:
		m->authenticated = m->authenticated || code == 235;
		if (code == 334)
			m->state = ST_TOKEN;
		break;
	case SW_VERB_MAIL:
		m->mail = m->mail || ok;
		break;
	case SW_VERB_RCPT:
		m->recipients += ok ? 1 : 0;
		break;
	case SW_VERB_DATA:
		if (code == 354) {
			sw_data_reader_init(&m->reader);
			m->state = ST_DATA;
		}
		break;
	case SW_VERB_MESSAGE:
		if (m->owed > 1) {
			m->owed--;
			m->state = ST_OWNER;
			break;
		}
		end_transaction(m);
		break;
	case SW_VERB_RSET:
		if (ok)
			end_transaction(m);
		break;
	case SW_VERB_NONE: case SW_VERB_CONNECT: case SW_VERB_NOOP: case SW_VERB_VRFY:
	case SW_VERB_HELP: case SW_VERB_QUIT: case SW_VERB_UNKNOWN: case SW_VERB_COUNT:
		break;
	}
}

enum sw_err sw_smtp_server_reply(struct sw_smtp_server *m, int code, const char *enhanced,
				 const char *text)
{
	enum sw_err err;

	if (m->state != ST_OWNER)
		return SW_E_USAGE;
	err = put_reply(m, code, enhanced, text);
	if (!err)
		answered(m, m->verb, code);
	return err;
}

enum sw_err sw_smtp_server_raw(struct sw_smtp_server *m, struct sw_slice bytes, int as_code)
{
	enum sw_err err;

	if (m->state != ST_OWNER)
		return SW_E_USAGE;
	err = sw_buf_add(&m->out, bytes);
	if (!err)
		answered(m, m->verb, as_code);
	return err;
}

enum sw_err sw_smtp_server_challenge(struct sw_smtp_server *m, struct sw_slice raw)
{
	enum sw_err err;

	if (m->state != ST_OWNER || (m->verb != SW_VERB_AUTH && m->verb != SW_VERB_AUTH_TOKEN))
		return SW_E_USAGE;
	err = sw_buf_add_str(&m->out, "334 ");
	if (!err)
		err = sw_base64_encode(raw, &m->out);
	if (!err)
		err = sw_buf_add_str(&m->out, "\r\n");
	if (!err)
		answered(m, m->verb, 334);
	return err;
}

enum sw_err sw_smtp_server_start_data(struct sw_smtp_server *m, const char *text)
{
	if (m->state != ST_OWNER || m->verb != SW_VERB_DATA)
		return SW_E_USAGE;
	return sw_smtp_server_reply(m, 354, NULL, text);
}

void sw_smtp_server_tls_done(struct sw_smtp_server *m)
{
	/* RFC 3207 4.2: everything said before TLS is forgotten. */
	m->tls = true;
	m->hello = false;
	m->authenticated = false;
	end_transaction(m);
	sw_buf_clear(&m->in);
	if (m->state == ST_TLS)
		m->state = ST_COMMAND;
}

bool sw_smtp_server_tls(const struct sw_smtp_server *m)
{
	return m->tls;
}

bool sw_smtp_server_authenticated(const struct sw_smtp_server *m)
{
	return m->authenticated;
}

size_t sw_smtp_server_recipients(const struct sw_smtp_server *m)
{
	return m->recipients;
}

bool sw_smtp_server_full(const struct sw_smtp_server *m)
{
	return sw_buf_len(&m->in) >= SW_MAX_SERVER_INPUT - SW_READ_CHUNK;
}

/* The machine's own refusal. Without memory or room for it the session ends. */
static void refuse(struct sw_smtp_server *m, int code, const char *enhanced, const char *text)
{
	bool close = code == 421 || code == 521;

	if (++m->errors > m->settings.max_errors && !close) {
		code = 421;
		enhanced = "4.7.0";
		text = "Too many errors, closing";
		close = true;
	}
	if (put_reply(m, code, enhanced, text) || close)
		m->state = ST_ENDING;
}

/* Takes the next line out of `in` into `line`, without its end. False: not there yet. */
static bool take_line(struct sw_smtp_server *m)
{
	size_t max = m->state == ST_TOKEN ? (size_t)SW_MAX_AUTH_LINE : m->settings.max_command;
	struct sw_slice in = sw_buf_slice(&m->in);
	size_t lf = sw_slice_find(in, '\n');
	size_t len = lf;

	sw_buf_clear(&m->line);
	if (lf == in.len) {
		/* AUTH with an initial response may be as long as a token (RFC 4954 4). */
		if (in.len > SW_MAX_AUTH_LINE) {
			m->skipping = true;
			sw_buf_clear(&m->in);
		}
		return false;
	}
	if (m->skipping) {
		m->skipping = false;
		sw_buf_consume(&m->in, lf + 1);
		refuse(m, 500, "5.5.6", "Line too long");
		return false;
	}
	/* A lone LF ends a command for us: people type them with netcat. In data it does not. */
	if (len && in.ptr[len - 1] == '\r')
		len--;
	if (sw_slice_starts_nocase(in, SW_S("AUTH ")))
		max = SW_MAX_AUTH_LINE;
	if (len > max || sw_buf_add(&m->line, sw_slice_head(in, len))) {
		sw_buf_consume(&m->in, lf + 1);
		refuse(m, 500, "5.5.6", "Line too long");
		return false;
	}
	sw_buf_consume(&m->in, lf + 1);
	return true;
}

static const char *order_problem(const struct sw_smtp_server *m, unsigned needs)
{
	const struct {
		unsigned need;
		bool broken;
		const char *text;
	} rows[] = {
		{ NEEDS_SMTP, m->settings.lmtp, "This is LMTP, say LHLO" },
		{ NEEDS_LMTP, !m->settings.lmtp, "This is SMTP, say EHLO" },
		{ NEEDS_HELLO, !m->hello, "Say EHLO first" },
		{ NEEDS_MAIL, !m->mail, "MAIL must come first" },
		{ NEEDS_NO_MAIL, m->mail, "A transaction is open" },
		{ NEEDS_RCPT, m->recipients == 0, "No recipient was accepted" },
		{ NEEDS_CLEAR, m->tls, "TLS is on already" },
		{ NEEDS_NO_LOGIN, m->authenticated, "Already authenticated" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		if ((needs & rows[i].need) && rows[i].broken)
			return rows[i].text;
	return NULL;
}

/* AUTH: mechanism and the initial response, "=" for an empty one (RFC 4954 4). */
static bool split_auth(struct sw_smtp_server *m, struct sw_smtp_server_event *e)
{
	struct sw_slice rest = e->arg, mech;

	if (!sw_slice_split(&rest, ' ', &mech))
		return false;
	e->arg = mech;
	rest = sw_slice_trim(rest);
	sw_buf_clear(&m->token);
	e->has_token = rest.len > 0;
	if (rest.len && !sw_slice_eq(rest, SW_S("=")) &&
	    sw_base64_decode(rest, SW_BASE64_STRICT, &m->token))
		return false;
	e->token = sw_buf_slice(&m->token);
	return true;
}

static bool ask_owner(struct sw_smtp_server *m, struct sw_smtp_server_event *e,
		      enum sw_smtp_verb verb)
{
	e->type = SW_SRV_COMMAND;
	e->verb = verb;
	m->verb = verb;
	m->state = ST_OWNER;
	return true;
}

/* One command line: an event for the owner (true), or an answer of our own. */
static bool command_event(struct sw_smtp_server *m, struct sw_smtp_server_event *e)
{
	struct sw_slice line = sw_buf_slice(&m->line);
	struct sw_smtp_command c;
	const char *problem;

	if (sw_smtp_command_is_http(line)) {
		refuse(m, 421, "4.7.0", "This is a mail server");
		return false;
	}
	sw_smtp_command_parse(line, &c);
	*e = (struct sw_smtp_server_event){ .line = line, .arg = c.arg, .params = c.params };
	problem = m->settings.lenient_order ? NULL : order_problem(m, c.needs);
	if ((c.code || problem) && m->settings.owner_errors)
		return ask_owner(m, e, SW_VERB_UNKNOWN);
	if (c.code) {
		refuse(m, c.code, c.enhanced, c.text);
		return false;
	}
	if (problem) {
		refuse(m, 503, "5.5.1", problem);
		return false;
	}
	if (c.verb == SW_VERB_AUTH && !split_auth(m, e)) {
		refuse(m, 501, "5.5.2", "Cannot decode the initial response");
		return false;
	}
	return ask_owner(m, e, c.verb);
}

static bool token_event(struct sw_smtp_server *m, struct sw_smtp_server_event *e)
{
	struct sw_slice line = sw_buf_slice(&m->line);

	*e = (struct sw_smtp_server_event){ .line = line, .has_token = true };
	sw_buf_clear(&m->token);
	if (sw_slice_eq(line, SW_S("*"))) {
		e->cancelled = true;
	} else if (sw_base64_decode(line, SW_BASE64_STRICT, &m->token)) {
		m->state = ST_COMMAND;
		refuse(m, 501, "5.5.2", "Cannot decode the response");
		return false;
	}
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
		refuse(m, 421, "4.3.0", "Out of memory");
		return false;
	}
	sw_buf_consume(&m->in, used);
	if (m->reader.bare && !m->settings.allow_bare) {
		/* A sender of bare line ends may be smuggling a second message (CVE-2023-51764). */
		refuse(m, 521, "5.5.2", "Bare CR or LF in the message, closing");
		return false;
	}
	*e = (struct sw_smtp_server_event){ .type = SW_SRV_DATA, .data = sw_buf_slice(&m->data) };
	if (end)
		m->state = ST_DOT;
	return e->data.len > 0;
}

static bool dot_event(struct sw_smtp_server *m, struct sw_smtp_server_event *e)
{
	*e = (struct sw_smtp_server_event){ 0 };
	/* RFC 2033 4.2: one reply for each recipient. */
	m->owed = m->settings.lmtp ? m->recipients : 1;
	return ask_owner(m, e, SW_VERB_MESSAGE);
}

/* One turn: *ret is filled when true; false with an unchanged state means that nothing can be done
 * without the owner or more bytes. */
static bool turn(struct sw_smtp_server *m, struct sw_smtp_server_event *ret)
{
	switch (m->state) {
	case ST_CONNECT:
		*ret = (struct sw_smtp_server_event){ 0 };
		return ask_owner(m, ret, SW_VERB_CONNECT);
	case ST_COMMAND:
		return take_line(m) && command_event(m, ret);
	case ST_TOKEN:
		return take_line(m) && token_event(m, ret);
	case ST_DATA:
		return data_event(m, ret);
	case ST_DOT:
		return dot_event(m, ret);
	case ST_TLS:
		if (m->tls_told)
			return false;
		m->tls_told = true;
		*ret = (struct sw_smtp_server_event){ .type = SW_SRV_TLS_START,
						      .injected = m->injected };
		return true;
	case ST_ENDING:
		m->state = ST_ENDED;
		*ret = (struct sw_smtp_server_event){ .type = SW_SRV_CLOSED };
		return true;
	case ST_OWNER:
	case ST_ENDED:
		break;
	}
	return false;
}

bool sw_smtp_server_next_event(struct sw_smtp_server *m, struct sw_smtp_server_event *ret)
{
	for (;;) {
		enum state before = m->state;
		size_t held = sw_buf_len(&m->in);

		if (turn(m, ret))
			return true;
		if (m->state == before && sw_buf_len(&m->in) == held)
			return false;
	}
}
