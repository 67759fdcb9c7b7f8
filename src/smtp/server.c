/* SPDX-License-Identifier: MIT */
/* Life of the server machine, and the owner's answers. What the client says is read in
 * server-read.c. */
#include "base/limits.h"
#include "base/mem.h"
#include "codec/base64.h"
#include "smtp/server-internal.h"

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
	sw_buf_init(&m->line, SW_MAX_SERVER_INPUT);
	sw_buf_init(&m->token, SW_MAX_AUTH_LINE);
	sw_buf_init(&m->data, SW_MAX_SERVER_INPUT + 1);
	/* Tokens of AUTH pass through these. */
	m->in.secret = m->line.secret = m->token.secret = true;
	return m;
}

void sw_smtp_server_free(struct sw_smtp_server *m)
{
	if (!m)
		return;
	sw_buf_fini(&m->in);
	sw_buf_fini(&m->line);
	sw_buf_fini(&m->token);
	sw_buf_fini(&m->out);
	sw_buf_fini(&m->data);
	sw_free(m);
}

enum sw_err sw_smtp_server_feed(struct sw_smtp_server *m, struct sw_slice in)
{
	if (m->state == SW_SS_TLS) {
		/* Sent in clear behind STARTTLS: an injection, or mere impatience. */
		m->injected = m->injected || in.len > 0;
		return SW_OK;
	}
	if (m->state == SW_SS_ENDING || m->state == SW_SS_ENDED)
		return SW_OK;
	return sw_buf_add(&m->in, in);
}

bool sw_smtp_server_full(const struct sw_smtp_server *m)
{
	return sw_buf_len(&m->in) >= SW_MAX_SERVER_INPUT - SW_READ_CHUNK;
}

struct sw_slice sw_smtp_server_output(const struct sw_smtp_server *m)
{
	return sw_buf_slice(&m->out);
}

void sw_smtp_server_sent(struct sw_smtp_server *m, size_t len)
{
	sw_buf_consume(&m->out, len);
}

/* One line of text. What would end it, or act on a terminal, becomes a blank: an owner that
 * quotes the client must not let the client write replies. */
static enum sw_err put_text(struct sw_buf *out, struct sw_slice text)
{
	char *room = sw_buf_reserve(out, text.len);

	if (!room)
		return SW_E_NOMEM;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		room[i] = c < 0x20 || c == 0x7f ? ' ' : text.ptr[i];
	}
	sw_buf_commit(out, text.len);
	return SW_OK;
}

static enum sw_err put_line(struct sw_buf *out, int code, bool more, const char *enhanced,
			    struct sw_slice text)
{
	const char *blank = enhanced && *enhanced && text.len ? " " : "";
	enum sw_err err = sw_buf_printf(out, "%d%c%s%s", code, more ? '-' : ' ',
					enhanced ? enhanced : "", blank);

	if (!err)
		err = put_text(out, text);
	return err ? err : sw_buf_add_str(out, "\r\n");
}

/* The only writer of replies. All or nothing. */
static enum sw_err put_reply(struct sw_smtp_server *m, int code, const char *enhanced,
			     const char *text)
{
	struct sw_slice rest = sw_slice_str(text && *text ? text : "");
	struct sw_slice line;
	size_t before = sw_buf_len(&m->out);
	enum sw_err err = SW_OK;

	while (!err && sw_slice_split(&rest, '\n', &line))
		err = put_line(&m->out, code, rest.ptr != NULL, enhanced, line);
	if (err)
		sw_buf_truncate(&m->out, before);
	return err;
}

void sw_server_refuse(struct sw_smtp_server *m, int code, const char *enhanced,
		      const char *text)
{
	bool close = code == 421 || code == 521;

	if (++m->errors > m->settings.max_errors && !close) {
		code = 421;
		enhanced = "4.7.0";
		text = "Too many errors, closing";
		close = true;
	}
	if (put_reply(m, code, enhanced, text) || close)
		m->state = SW_SS_ENDING;
}

static bool is_2xx(int code)
{
	return code >= 200 && code < 300;
}

static void end_transaction(struct sw_smtp_server *m)
{
	m->mail = m->utf8 = m->binary = false;
	m->chunks = m->chunk_refused = m->chunk_bare = false;
	m->chunk_before = '\n';
	m->recipients = 0;
}

static void after_connect(struct sw_smtp_server *m, int code)
{
	m->turned_away = code >= 400;
}

static void after_hello(struct sw_smtp_server *m, int code)
{
	if (!is_2xx(code))
		return;
	m->hello = true;
	end_transaction(m);
}

static void after_starttls(struct sw_smtp_server *m, int code)
{
	if (code != 220)
		return;
	m->injected = sw_buf_len(&m->in) > 0;
	sw_buf_clear(&m->in);
	m->tls_told = false;
	m->state = SW_SS_TLS;
}

static void after_auth(struct sw_smtp_server *m, int code)
{
	m->authenticated = m->authenticated || code == 235;
	if (code == 334)
		m->state = SW_SS_TOKEN;
}

static void after_mail(struct sw_smtp_server *m, int code)
{
	if (!is_2xx(code))
		return;
	m->mail = true;
	m->utf8 = m->wants_utf8;
	m->binary = m->wants_binary;
}

static void after_rcpt(struct sw_smtp_server *m, int code)
{
	m->recipients += is_2xx(code) ? 1 : 0;
}

static void after_data(struct sw_smtp_server *m, int code)
{
	if (code != 354)
		return;
	sw_data_reader_init(&m->reader);
	m->state = SW_SS_DATA;
}

static void after_message(struct sw_smtp_server *m, int code SW_UNUSED)
{
	if (m->owed > 1) {
		m->owed--;
		m->state = SW_SS_OWNER;
	} else {
		end_transaction(m);
	}
}

/* RFC 3030 2: after a refusal only RSET makes sense. */
static void after_bdat(struct sw_smtp_server *m, int code)
{
	m->chunk_refused = m->chunk_refused || !is_2xx(code);
}

/* Postfix begins anew, as if the connection were fresh. */
static void after_xclient(struct sw_smtp_server *m, int code)
{
	if (code != 220)
		return;
	m->hello = m->authenticated = false;
	end_transaction(m);
}

static void after_rset(struct sw_smtp_server *m, int code)
{
	if (is_2xx(code))
		end_transaction(m);
}

static void after_quit(struct sw_smtp_server *m, int code)
{
	if (is_2xx(code))
		m->state = SW_SS_ENDING;
}

/* What an answer does to the session, beyond that the next command is looked at. */
static void (*const after[SW_VERB_COUNT])(struct sw_smtp_server *m, int code) = {
	[SW_VERB_CONNECT] = after_connect,   [SW_VERB_EHLO] = after_hello,
	[SW_VERB_HELO] = after_hello,        [SW_VERB_LHLO] = after_hello,
	[SW_VERB_STARTTLS] = after_starttls, [SW_VERB_AUTH] = after_auth,
	[SW_VERB_AUTH_TOKEN] = after_auth,   [SW_VERB_MAIL] = after_mail,
	[SW_VERB_RCPT] = after_rcpt,         [SW_VERB_DATA] = after_data,
	[SW_VERB_MESSAGE] = after_message,   [SW_VERB_RSET] = after_rset,
	[SW_VERB_QUIT] = after_quit,         [SW_VERB_BDAT] = after_bdat,
	[SW_VERB_XCLIENT] = after_xclient,
};

static void answered(struct sw_smtp_server *m, int code)
{
	m->state = SW_SS_COMMAND;
	if (code == 421 || code == 221)
		m->state = SW_SS_ENDING;
	else if (after[m->verb])
		after[m->verb](m, code);
}

static enum sw_err answer(struct sw_smtp_server *m, int code, const char *enhanced,
			  const char *text)
{
	enum sw_err err;

	if (m->state != SW_SS_OWNER || code < 200 || code > 599)
		return SW_E_USAGE;
	err = put_reply(m, code, enhanced, text);
	if (!err)
		answered(m, code);
	return err;
}

enum sw_err sw_smtp_server_reply(struct sw_smtp_server *m, int code, const char *enhanced,
				 const char *text)
{
	/* Both open a new kind of input and have functions of their own. */
	return code == 354 || code == 334 ? SW_E_USAGE : answer(m, code, enhanced, text);
}

enum sw_err sw_smtp_server_start_data(struct sw_smtp_server *m, const char *text)
{
	return m->verb == SW_VERB_DATA ? answer(m, 354, NULL, text) : SW_E_USAGE;
}

enum sw_err sw_smtp_server_raw(struct sw_smtp_server *m, struct sw_slice bytes, int as_code)
{
	enum sw_err err;

	if (m->state == SW_SS_ENDING || m->state == SW_SS_ENDED)
		return SW_E_USAGE;
	err = sw_buf_add(&m->out, bytes);
	if (err)
		return err;
	if (m->state == SW_SS_OWNER)
		answered(m, as_code);
	else if (as_code == 421 || as_code == 221)
		m->state = SW_SS_ENDING;
	return SW_OK;
}

enum sw_err sw_smtp_server_challenge(struct sw_smtp_server *m, struct sw_slice raw)
{
	size_t before = sw_buf_len(&m->out);
	enum sw_err err;

	if (m->state != SW_SS_OWNER ||
	    (m->verb != SW_VERB_AUTH && m->verb != SW_VERB_AUTH_TOKEN))
		return SW_E_USAGE;
	err = sw_buf_add_str(&m->out, "334 ");
	if (!err)
		err = sw_base64_encode(raw, &m->out);
	if (!err)
		err = sw_buf_add_str(&m->out, "\r\n");
	if (err)
		sw_buf_truncate(&m->out, before);
	else
		answered(m, 334);
	return err;
}

void sw_smtp_server_chunk_unknown(struct sw_smtp_server *m)
{
	if (m->state != SW_SS_CHUNK)
		return;
	m->state = SW_SS_COMMAND;
	sw_server_refuse(m, 500, "5.5.1", "Command not recognised");
}

void sw_smtp_server_tls_done(struct sw_smtp_server *m)
{
	/* RFC 3207 4.2: everything said before TLS is forgotten. */
	m->tls = true;
	m->hello = false;
	m->authenticated = false;
	end_transaction(m);
	sw_buf_clear(&m->in);
	if (m->state == SW_SS_TLS)
		m->state = SW_SS_COMMAND;
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
