/* SPDX-License-Identifier: MIT */
#include "net/proxy.h"

#include <netinet/in.h>

#include "base/mem.h"
#include "codec/base64.h"
#include "net/addr.h"

enum {
	SOCKS_VERSION = 5,
	SOCKS_NO_LOGIN = 0x00,
	SOCKS_PASSWORD = 0x02,
	SOCKS_NO_METHOD = 0xff,
	SOCKS_CONNECT = 1,
	SOCKS_IPV4 = 1,
	SOCKS_NAME = 3,
	SOCKS_IPV6 = 4,
	LOGIN_VERSION = 1,
	SOCKS_FIELD = 255, /* lengths stand in one byte */
	NO_CODE = -1,
};

/* What the next bytes are. */
enum step { STEP_METHOD, STEP_LOGIN, STEP_REPLY, STEP_HEADER };

struct sw_proxy_talk {
	enum sw_proxy_kind kind;
	enum step step;
	bool login; /* a user was given */
	struct sw_buf out;
	struct sw_buf later; /* SOCKS: user and password, then the wish to connect */
	size_t login_len;    /* how much of `later` the first of them is */
	struct sw_buf in;
	struct sw_proxy_verdict verdict;
};

const char *sw_proxy_kind_name(enum sw_proxy_kind kind)
{
	static const char *const names[SW_PROXY_KIND_COUNT] = {
		[SW_PROXY_NONE] = "none",
		[SW_PROXY_SOCKS5] = "socks5",
		[SW_PROXY_SOCKS5H] = "socks5h",
		[SW_PROXY_HTTP] = "http",
	};
	return kind < SW_PROXY_KIND_COUNT ? names[kind] : "?";
}

#define SW_PROXY_FAILURE(id, name, target, text) { name, target, text },
static const struct {
	const char *name;
	bool target;
	const char *text;
} failures[] = {
#include "net/proxy_failure.def"
};
#undef SW_PROXY_FAILURE

const char *sw_proxy_failure_name(enum sw_proxy_failure f)
{
	return f < SW_PROXY_FAILURE_COUNT ? failures[f].name : "?";
}

const char *sw_proxy_failure_text(enum sw_proxy_failure f)
{
	return f < SW_PROXY_FAILURE_COUNT ? failures[f].text : "?";
}

bool sw_proxy_failure_of_target(enum sw_proxy_failure f)
{
	return f < SW_PROXY_FAILURE_COUNT && failures[f].target;
}

static enum sw_err add_bytes(struct sw_buf *to, const uint8_t *bytes, size_t len)
{
	return sw_buf_add(to, sw_slice(bytes, len));
}

/* ATYP, DST.ADDR, DST.PORT (RFC 1928 5). */
static enum sw_err add_target(struct sw_buf *to, const struct sw_proxy_ask *ask)
{
	struct sw_addr addr;
	struct sw_slice host = sw_slice_str(ask->host);
	const uint8_t port[2] = { (uint8_t)(ask->port >> 8), (uint8_t)(ask->port & 0xff) };
	enum sw_err e;
	if (sw_addr_parse(host, ask->port, &addr)) {
		const struct sockaddr_in *v4 = (const void *)&addr.ss;
		const struct sockaddr_in6 *v6 = (const void *)&addr.ss;
		bool is_v4 = addr.ss.ss_family == AF_INET;
		e = sw_buf_add_char(to, is_v4 ? SOCKS_IPV4 : SOCKS_IPV6);
		if (!e && is_v4)
			e = sw_buf_add(to, sw_slice(&v4->sin_addr, 4));
		else if (!e)
			e = sw_buf_add(to, sw_slice(&v6->sin6_addr, 16));
	} else {
		const uint8_t head[2] = { SOCKS_NAME, (uint8_t)host.len };
		e = add_bytes(to, head, sizeof(head));
		if (!e)
			e = sw_buf_add(to, host);
	}
	return e ? e : add_bytes(to, port, sizeof(port));
}

/* RFC 1929 2. */
static enum sw_err add_login(struct sw_buf *to, const struct sw_proxy_ask *ask)
{
	const uint8_t head[2] = { LOGIN_VERSION, (uint8_t)ask->user.len };
	enum sw_err e = add_bytes(to, head, sizeof(head));
	if (!e)
		e = sw_buf_add(to, ask->user);
	if (!e)
		e = sw_buf_add_char(to, (char)(uint8_t)ask->password.len);
	return e ? e : sw_buf_add(to, ask->password);
}

/* With a login both methods are offered: a proxy that asks for none is right too. */
static enum sw_err begin_socks(struct sw_proxy_talk *t, const struct sw_proxy_ask *ask)
{
	static const uint8_t plain[] = { SOCKS_VERSION, 1, SOCKS_NO_LOGIN };
	static const uint8_t both[] = { SOCKS_VERSION, 2, SOCKS_NO_LOGIN, SOCKS_PASSWORD };
	static const uint8_t connect[] = { SOCKS_VERSION, SOCKS_CONNECT, 0 };
	enum sw_err e = t->login ? add_bytes(&t->out, both, sizeof(both))
				 : add_bytes(&t->out, plain, sizeof(plain));
	if (!e && t->login)
		e = add_login(&t->later, ask);
	t->login_len = sw_buf_len(&t->later);
	if (!e)
		e = add_bytes(&t->later, connect, sizeof(connect));
	t->step = STEP_METHOD;
	return e ? e : add_target(&t->later, ask);
}

static enum sw_err add_basic(struct sw_buf *to, const struct sw_proxy_ask *ask)
{
	SW_CLEANUP(sw_buf_wipe)
	struct sw_buf pair = { .max = SW_MAX_PROXY_REPLY, .secret = true };
	enum sw_err e = sw_buf_add(&pair, ask->user);
	if (!e)
		e = sw_buf_add_char(&pair, ':');
	if (!e)
		e = sw_buf_add(&pair, ask->password);
	if (!e)
		e = sw_buf_add_str(to, "Proxy-Authorization: Basic ");
	if (!e)
		e = sw_base64_encode(sw_buf_slice(&pair), to);
	return e ? e : sw_buf_add_str(to, "\r\n");
}

static enum sw_err begin_http(struct sw_proxy_talk *t, const struct sw_proxy_ask *ask)
{
	bool v6 = strchr(ask->host, ':') != NULL;
	const char *open = v6 ? "[" : "", *close = v6 ? "]" : "";
	unsigned port = ask->port;
	t->step = STEP_HEADER;
	enum sw_err e =
		sw_buf_printf(&t->out, "CONNECT %s%s%s:%u HTTP/1.1\r\nHost: %s%s%s:%u\r\n",
			      open, ask->host, close, port, open, ask->host, close, port);
	if (!e && t->login)
		e = add_basic(&t->out, ask);
	return e ? e : sw_buf_add_str(&t->out, "\r\n");
}

static enum sw_err check(const struct sw_proxy_ask *ask, struct sw_error *err)
{
	bool http = ask->kind == SW_PROXY_HTTP;
	struct sw_slice host = sw_slice_str(ask->host);
	if (host.len == 0 || host.len > SOCKS_FIELD || sw_slice_has_control(host) ||
	    sw_slice_find(host, ' ') < host.len)
		return sw_fail(err, SW_E_USAGE, "the proxy cannot be asked for that host");
	if (ask->user.len == 0 && ask->password.len == 0)
		return SW_OK;
	/* RFC 7617 2: the first colon ends the user. */
	if (http && sw_slice_find(ask->user, ':') < ask->user.len)
		return sw_fail(err, SW_E_USAGE,
			       "the user of an HTTP proxy cannot hold a colon");
	if (ask->user.len == 0 || ask->user.len > SOCKS_FIELD ||
	    ask->password.len > SOCKS_FIELD)
		return sw_fail(err, SW_E_USAGE,
			       "user and password of a proxy have at most %d bytes each",
			       SOCKS_FIELD);
	/* RFC 1929 2: the password has at least one. */
	if (!http && ask->password.len == 0)
		return sw_fail(err, SW_E_USAGE,
			       "a SOCKS proxy wants a password with the user");
	return SW_OK;
}

struct sw_proxy_talk *sw_proxy_talk_new(const struct sw_proxy_ask *ask, struct sw_error *err)
{
	if (check(ask, err))
		return NULL;
	struct sw_proxy_talk *t = sw_calloc(1, sizeof(*t));
	if (!t) {
		(void)sw_fail_nomem(err);
		return NULL;
	}
	t->kind = ask->kind;
	t->login = ask->user.len > 0;
	t->verdict.code = NO_CODE;
	sw_buf_init(&t->out, SW_MAX_PROXY_REPLY);
	sw_buf_init(&t->later, SW_MAX_PROXY_REPLY);
	sw_buf_init(&t->in, SW_MAX_PROXY_REPLY);
	t->out.secret = t->later.secret = true;
	enum sw_err e = ask->kind == SW_PROXY_HTTP ? begin_http(t, ask) : begin_socks(t, ask);
	if (!e)
		return t;
	(void)sw_fail_nomem(err);
	sw_proxy_talk_free(t);
	return NULL;
}

void sw_proxy_talk_free(struct sw_proxy_talk *t)
{
	if (!t)
		return;
	sw_buf_wipe(&t->out);
	sw_buf_wipe(&t->later);
	sw_buf_fini(&t->in);
	sw_free(t);
}

struct sw_slice sw_proxy_talk_output(const struct sw_proxy_talk *t)
{
	return t->verdict.state == SW_PROXY_TALKING ? sw_buf_slice(&t->out)
						    : (struct sw_slice){ 0 };
}

void sw_proxy_talk_sent(struct sw_proxy_talk *t, size_t len)
{
	sw_buf_consume(&t->out, len);
}

const struct sw_proxy_verdict *sw_proxy_talk_verdict(const struct sw_proxy_talk *t)
{
	return &t->verdict;
}

static void fail(struct sw_proxy_talk *t, enum sw_proxy_failure failure)
{
	if (t->verdict.state != SW_PROXY_TALKING)
		return;
	t->verdict.state = SW_PROXY_FAILED;
	t->verdict.failure = failure;
}

/* The first `len` bytes of `later` are due. */
static void send_later(struct sw_proxy_talk *t, size_t len)
{
	if (sw_buf_add(&t->out, sw_slice_head(sw_buf_slice(&t->later), len)))
		fail(t, SW_PROXY_F_GENERAL);
	sw_buf_consume(&t->later, len);
}

static uint8_t byte_at(const struct sw_proxy_talk *t, size_t i)
{
	return (uint8_t)sw_buf_slice(&t->in).ptr[i];
}

static void take_method(struct sw_proxy_talk *t)
{
	uint8_t method = byte_at(t, 1);
	t->step = STEP_REPLY;
	if (method == SOCKS_NO_LOGIN) {
		sw_buf_consume(&t->later, t->login_len);
		send_later(t, sw_buf_len(&t->later));
	} else if (method == SOCKS_PASSWORD && t->login) {
		t->step = STEP_LOGIN;
		send_later(t, t->login_len);
	} else {
		/* Some name the method they want although it was not offered. */
		t->verdict.code = method;
		fail(t, !t->login ? SW_PROXY_F_LOGIN_WANTED : SW_PROXY_F_METHOD);
	}
}

static void take_login(struct sw_proxy_talk *t)
{
	t->verdict.code = byte_at(t, 1);
	if (t->verdict.code != 0) {
		fail(t, SW_PROXY_F_LOGIN_REFUSED);
		return;
	}
	t->verdict.code = NO_CODE;
	t->step = STEP_REPLY;
	send_later(t, sw_buf_len(&t->later));
}

/* RFC 1928 6. */
static enum sw_proxy_failure failure_of_reply(int reply)
{
	static const enum sw_proxy_failure of[] = {
		SW_PROXY_F_NONE,      SW_PROXY_F_GENERAL,     SW_PROXY_F_FORBIDDEN,
		SW_PROXY_F_NETWORK,   SW_PROXY_F_HOST,        SW_PROXY_F_REFUSED,
		SW_PROXY_F_TIMED_OUT, SW_PROXY_F_UNSUPPORTED, SW_PROXY_F_UNSUPPORTED,
	};
	return (size_t)reply < SW_LEN(of) ? of[reply] : SW_PROXY_F_GENERAL;
}

/* How long the message of SOCKS is that has begun; 0: not to be told yet. */
static size_t socks_length(const struct sw_proxy_talk *t)
{
	size_t have = sw_buf_len(&t->in);
	if (t->step != STEP_REPLY)
		return 2;
	/* A refusal is clear before its end, and some send no more of it. */
	if (have >= 2 && byte_at(t, 1) != 0)
		return 2;
	if (have < 5)
		return 0;
	switch (byte_at(t, 3)) {
	case SOCKS_IPV4:
		return 4 + 4 + 2;
	case SOCKS_IPV6:
		return 4 + 16 + 2;
	case SOCKS_NAME:
		return 4 + 1 + (size_t)byte_at(t, 4) + 2;
	default:
		return SIZE_MAX;
	}
}

static void take_reply(struct sw_proxy_talk *t)
{
	t->verdict.code = byte_at(t, 1);
	if (t->verdict.code != 0)
		fail(t, failure_of_reply(t->verdict.code));
	else
		t->verdict.state = SW_PROXY_OPEN;
}

static void feed_socks(struct sw_proxy_talk *t)
{
	uint8_t version = t->step == STEP_LOGIN ? LOGIN_VERSION : SOCKS_VERSION;
	/* RFC 1929 wants 1 before the answer to a login, and a few proxies say 5. */
	bool right = byte_at(t, 0) == version ||
		     (t->step == STEP_LOGIN && byte_at(t, 0) == SOCKS_VERSION);
	size_t want = socks_length(t);
	if (!right || want == SIZE_MAX) {
		fail(t, SW_PROXY_F_NOT_A_PROXY);
		return;
	}
	if (want == 0 || sw_buf_len(&t->in) < want)
		return;
	if (t->step == STEP_METHOD)
		take_method(t);
	else if (t->step == STEP_LOGIN)
		take_login(t);
	else
		take_reply(t);
	sw_buf_clear(&t->in);
}

static enum sw_proxy_failure failure_of_status(const struct sw_proxy_talk *t, int status)
{
	static const struct {
		int status;
		enum sw_proxy_failure failure;
	} known[] = {
		{ 400, SW_PROXY_F_UNSUPPORTED }, { 401, SW_PROXY_F_LOGIN_WANTED },
		{ 404, SW_PROXY_F_HOST },        { 407, SW_PROXY_F_LOGIN_WANTED },
		{ 408, SW_PROXY_F_TIMED_OUT },   { 421, SW_PROXY_F_UNSUPPORTED },
		{ 429, SW_PROXY_F_BUSY },        { 501, SW_PROXY_F_UNSUPPORTED },
		{ 502, SW_PROXY_F_HOST },        { 503, SW_PROXY_F_GENERAL },
		{ 504, SW_PROXY_F_TIMED_OUT },   { 505, SW_PROXY_F_UNSUPPORTED },
	};
	enum sw_proxy_failure f = status < 500 ? SW_PROXY_F_FORBIDDEN : SW_PROXY_F_GENERAL;
	for (size_t i = 0; i < SW_LEN(known); i++)
		if (known[i].status == status)
			f = known[i].failure;
	if (f == SW_PROXY_F_LOGIN_WANTED && t->login)
		f = SW_PROXY_F_LOGIN_REFUSED;
	/* A redirection leads to a web page, and no tunnel. */
	return status < 400 ? SW_PROXY_F_NOT_A_PROXY : f;
}

/* "HTTP/1.1 200 Connection established"; 0: it is none. */
static int status_of(struct sw_slice line)
{
	uint64_t status;
	struct sw_slice rest = sw_slice_from(line, sw_slice_find(line, ' ') + 1);
	size_t end = sw_slice_find(rest, ' ');
	if (!sw_slice_starts(line, SW_S("HTTP/")) || end != 3 ||
	    !sw_slice_u64(sw_slice_head(rest, end), &status) || status < 100 || status > 599)
		return 0;
	return (int)status;
}

static void take_header(struct sw_proxy_talk *t)
{
	struct sw_slice all = sw_buf_slice(&t->in);
	struct sw_slice line = sw_slice_trim(sw_slice_head(all, sw_slice_find(all, '\n')));
	size_t room = sizeof(t->verdict.text) - 1;
	int status = status_of(line);
	line = sw_slice_head(line, room);
	memcpy(t->verdict.text, line.ptr, line.len);
	t->verdict.text[line.len] = '\0';
	if (status == 0) {
		fail(t, SW_PROXY_F_NOT_A_PROXY);
		return;
	}
	t->verdict.code = status;
	if (status >= 300)
		fail(t, failure_of_status(t, status));
	else if (status >= 200)
		t->verdict.state = SW_PROXY_OPEN;
	/* 1xx: the answer is still to come. */
	sw_buf_clear(&t->in);
}

/* Whether the header ends here; lone LFs are tolerated (RFC 9112 2.2). */
static bool header_ends(struct sw_slice s)
{
	bool blank = s.len >= 2 && s.ptr[s.len - 1] == '\n' && s.ptr[s.len - 2] == '\n';
	return blank || (s.len >= 3 && memcmp(s.ptr + s.len - 3, "\n\r\n", 3) == 0);
}

static void feed_http(struct sw_proxy_talk *t)
{
	static const char begin[] = "HTTP/";
	struct sw_slice s = sw_buf_slice(&t->in);
	size_t seen = s.len < sizeof(begin) - 1 ? s.len : sizeof(begin) - 1;
	if (memcmp(s.ptr, begin, seen) != 0)
		fail(t, SW_PROXY_F_NOT_A_PROXY);
	else if (header_ends(s))
		take_header(t);
}

/* Byte by byte: not one of those behind the answer may be eaten. The answers are short. */
size_t sw_proxy_talk_feed(struct sw_proxy_talk *t, struct sw_slice in)
{
	size_t used = 0;
	while (used < in.len && t->verdict.state == SW_PROXY_TALKING) {
		enum sw_err e = sw_buf_add_char(&t->in, in.ptr[used++]);
		if (e)
			fail(t, SW_PROXY_F_ENDLESS);
		else if (t->kind == SW_PROXY_HTTP)
			feed_http(t);
		else
			feed_socks(t);
	}
	return used;
}

void sw_proxy_talk_closed(struct sw_proxy_talk *t)
{
	fail(t, SW_PROXY_F_CLOSED);
}
