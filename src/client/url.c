/* SPDX-License-Identifier: MIT */
#include "client/url.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "dns/record.h"
#include "mail/address.h"
#include "net/addr.h"

static const struct sw_scheme schemes[] = {
	{ .name = "smtp", .port = 587 },
	{ .name = "smtps", .port = 465, .implicit_tls = true },
	{ .name = "submission", .port = 587 },
	{ .name = "submissions", .port = 465, .implicit_tls = true },
	{ .name = "lmtp", .port = 24, .lmtp = true },
	{ .name = "srv", .port = 587, .srv = true },
};
#define SCHEME_NAMES "smtp, smtps, submission, submissions, lmtp or srv"

/* Written without slashes: behind the colon stands nothing but the path. */
static const struct sw_scheme unix_scheme = { .name = "unix", .lmtp = true, .on_unix = true };

const struct sw_scheme *sw_scheme_at(size_t i)
{
	return i < SW_LEN(schemes) ? &schemes[i] : NULL;
}

static const char *scheme_name(size_t i)
{
	return i < SW_LEN(schemes) ? schemes[i].name : NULL;
}

static const struct sw_scheme *scheme_find(struct sw_slice name)
{
	for (size_t i = 0; i < SW_LEN(schemes); i++)
		if (sw_slice_eq_nocase(name, sw_slice_str(schemes[i].name)))
			return &schemes[i];
	return NULL;
}

static int hex_value(char c)
{
	if (sw_ascii_digit(c))
		return c - '0';
	c = sw_ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoding; what comes out may hold no control byte, so that %0D%0A is as dead as CR
 * LF. `what` names the part, its content never enters an error. */
static enum sw_err decode(struct sw_slice in, const char *what, struct sw_buf *out,
			  struct sw_error *err)
{
	for (size_t i = 0; i < in.len; i++) {
		char c = in.ptr[i];
		if (c == '%') {
			int high = i + 2 < in.len ? hex_value(in.ptr[i + 1]) : -1;
			int low = i + 2 < in.len ? hex_value(in.ptr[i + 2]) : -1;
			if (high < 0 || low < 0)
				return sw_fail(
					err, SW_E_USAGE,
					"the %s in the URL has a '%%' without two "
					"hexadecimal digits behind it; a '%%' itself is "
					"written %%25",
					what);
			c = (char)(high * 16 + low);
			i += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return sw_fail(err, SW_E_USAGE,
				       "the %s in the URL holds a control byte", what);
		if (sw_buf_add_char(out, c))
			return sw_buf_fail(out, what, err);
	}
	return SW_OK;
}

static enum sw_err decode_string(struct sw_slice in, const char *what, char **ret,
				 struct sw_error *err)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf out;
	sw_buf_init(&out, SW_MAX_URL);
	out.secret = true;
	enum sw_err e = decode(in, what, &out, err);
	if (e)
		return e;
	char *copy = sw_dup(sw_buf_slice(&out));
	if (!copy)
		return sw_fail_nomem(err);
	sw_free(*ret);
	*ret = copy;
	return SW_OK;
}

static bool name_byte(char c)
{
	char lower = sw_ascii_lower(c);
	return (lower >= 'a' && lower <= 'z') || sw_ascii_digit(c) || c == '-' || c == '_' ||
	       c == '.';
}

static bool ascii_name(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!name_byte(s.ptr[i]))
			return false;
	/* What begins with '-' is an option that went astray. */
	return s.len > 0 && s.ptr[0] != '-' && sw_dns_name_valid(s);
}

/* Only digits and dots: meant as an address, and none (sw_addr_parse has said no already). */
static bool like_ipv4(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!sw_ascii_digit(s.ptr[i]) && s.ptr[i] != '.')
			return false;
	return true;
}

static enum sw_err host_error(struct sw_slice host, struct sw_error *err)
{
	return sw_fail(err, SW_E_USAGE, "\"%.*s\" is not a host name or an IP address",
		       SW_FMT(host));
}

static enum sw_err name_to_ascii(struct sw_slice host, char **ret, struct sw_error *err)
{
	if (host.len > 1 && host.ptr[host.len - 1] == '.')
		host.len--;
	if (!sw_slice_has_8bit(host)) {
		if (!ascii_name(host) || like_ipv4(host))
			return host_error(host, err);
		char *copy = sw_dup(host);
		if (!copy)
			return sw_fail_nomem(err);
		for (size_t i = 0; copy[i]; i++)
			copy[i] = sw_ascii_lower(copy[i]);
		*ret = copy;
		return SW_OK;
	}
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena;
	sw_arena_init(&arena);
	const char *ascii;
	enum sw_err e = sw_domain_to_ascii(&arena, host, &ascii, err);
	if (e)
		return e == SW_E_DATA ? SW_E_USAGE : e;
	char *copy = sw_strdup(ascii);
	if (!copy)
		return sw_fail_nomem(err);
	*ret = copy;
	return SW_OK;
}

enum sw_err sw_host_to_ascii(struct sw_slice host, char **ret, struct sw_error *err)
{
	struct sw_addr addr;
	bool brackets = host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
	struct sw_slice inner = brackets ? sw_slice(host.ptr + 1, host.len - 2) : host;
	if (brackets && sw_slice_starts_nocase(inner, SW_S("IPv6:")))
		inner = sw_slice_from(inner, 5);
	if (host.len == 0)
		return sw_fail(err, SW_E_USAGE, "the server has no host name");
	if (host.len > SW_MAX_DOMAIN || sw_slice_has_control(host))
		return host_error(sw_slice_head(host, 64), err);
	if (!sw_addr_parse(inner, 0, &addr))
		return brackets ? host_error(host, err) : name_to_ascii(host, ret, err);
	char *copy = sw_dup(inner);
	if (!copy)
		return sw_fail_nomem(err);
	*ret = copy;
	return SW_OK;
}

static enum sw_err parse_port(struct sw_slice text, uint16_t *ret, struct sw_error *err)
{
	uint64_t port;
	if (!sw_slice_u64(text, &port) || port == 0 || port > UINT16_MAX)
		return sw_fail(err, SW_E_USAGE,
			       "the port must be a number from 1 to "
			       "65535; an IPv6 address stands in [brackets]");
	*ret = (uint16_t)port;
	return SW_OK;
}

/* host, host:port, [v6], [v6]:port, and v6 alone. In a URL percent-encoded. */
static enum sw_err parse_host(struct sw_slice in, bool encoded, struct sw_url *u,
			      struct sw_error *err)
{
	struct sw_addr addr;
	struct sw_slice host = in, port = { 0 };
	bool has_port = false;
	size_t close = sw_slice_find(in, ']');
	if (in.len && in.ptr[0] == '[' && close == in.len)
		return sw_fail(err, SW_E_USAGE, "the address lacks its \"]\"");
	if (in.len && in.ptr[0] == '[' && close < in.len) {
		host = sw_slice_head(in, close + 1);
		port = sw_slice_from(in, close + 1);
		has_port = port.len > 0;
		if (has_port && port.ptr[0] != ':')
			return sw_fail(err, SW_E_USAGE,
				       "expected \":PORT\" behind the address in "
				       "brackets");
		port = sw_slice_from(port, 1);
	} else if (!sw_addr_parse(in, 0, &addr)) {
		size_t colon = sw_slice_find(in, ':');
		host = sw_slice_head(in, colon);
		has_port = colon < in.len;
		port = sw_slice_from(in, colon + 1);
	}
	char *decoded = NULL;
	enum sw_err e = encoded ? decode_string(host, "host", &decoded, err) : SW_OK;
	if (!e)
		e = sw_host_to_ascii(encoded ? sw_slice_str(decoded) : host, &u->host, err);
	sw_free(decoded);
	if (!e && has_port)
		e = parse_port(port, &u->port, err);
	return e;
}

static enum sw_err parse_password(struct sw_slice in, struct sw_url *u, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf out;
	sw_buf_init(&out, SW_MAX_URL);
	out.secret = true;
	enum sw_err e = decode(in, "password", &out, err);
	if (e || sw_buf_len(&out) == 0)
		return e;
	return sw_secret_set(&u->password, sw_buf_slice(&out)) ? sw_fail_nomem(err) : SW_OK;
}

enum sw_err sw_url_authority(struct sw_slice in, struct sw_url *u, struct sw_error *err)
{
	size_t at = in.len;
	for (size_t i = 0; i < in.len; i++)
		if (in.ptr[i] == '@')
			at = i;
	if (at == in.len)
		return parse_host(in, true, u, err);
	struct sw_slice info = sw_slice_head(in, at);
	size_t colon = sw_slice_find(info, ':');
	enum sw_err e = decode_string(sw_slice_head(info, colon), "user", &u->user, err);
	if (!e && u->user[0] == '\0')
		e = sw_fail(err, SW_E_USAGE,
			    "the URL has an '@' but no user before it");
	if (!e)
		e = parse_password(sw_slice_from(info, colon + 1), u, err);
	return e ? e : parse_host(sw_slice_from(in, at + 1), true, u, err);
}

static const char *const parameter_names[] = { "tls", "auth" };

static const char *parameter_name(size_t i)
{
	return i < SW_LEN(parameter_names) ? parameter_names[i] : NULL;
}

static enum sw_err parse_parameter(struct sw_slice in, struct sw_url *u, struct sw_error *err)
{
	size_t equals = sw_slice_find(in, '=');
	struct sw_slice name = sw_slice_head(in, equals),
			value = sw_slice_from(in, equals + 1);
	char **const places[] = { &u->tls, &u->auth };
	for (size_t i = 0; i < SW_LEN(places); i++)
		if (equals < in.len &&
		    sw_slice_eq_nocase(name, sw_slice_str(parameter_names[i])))
			return decode_string(value, parameter_names[i], places[i], err);
	const char *near = sw_nearest(name, parameter_name);
	return sw_fail(err, SW_E_USAGE,
		       "the URL has an unknown parameter \"%.*s\"; expected "
		       "tls=MODE or auth=MECHANISM%s%s%s",
		       SW_FMT(sw_slice_head(name, 32)), near ? ", did you mean " : "",
		       near ? near : "", near ? "=?" : "");
}

/* "/ehlo-name" and "?name=value&..." */
static enum sw_err parse_tail(struct sw_slice in, struct sw_url *u, struct sw_error *err)
{
	size_t question = sw_slice_find(in, '?');
	struct sw_slice path = sw_slice_head(in, question);
	struct sw_slice query = sw_slice_from(in, question + 1), piece;
	enum sw_err e = SW_OK;
	if (path.len > 1) {
		e = decode_string(sw_slice_from(path, 1), "EHLO name", &u->ehlo, err);
		if (!e && !sw_ehlo_name_valid(sw_slice_str(u->ehlo)))
			e = sw_fail(err, SW_E_USAGE,
				    "\"%.64s\" in the URL is no name to "
				    "greet with: a host name or [address]",
				    u->ehlo);
	}
	while (!e && sw_slice_split(&query, '&', &piece))
		if (piece.len > 0)
			e = parse_parameter(piece, u, err);
	return e;
}

/* Index of the first of the bytes that end the authority, or the length. */
static size_t authority_end(struct sw_slice s)
{
	size_t i = 0;
	while (i < s.len && s.ptr[i] != '/' && s.ptr[i] != '?' && s.ptr[i] != '#')
		i++;
	return i;
}

static enum sw_err parse_url(struct sw_slice rest, struct sw_url *u, struct sw_error *err)
{
	size_t end = authority_end(rest);
	struct sw_slice tail = sw_slice_from(rest, end);
	/* Else a raw '/' in a password would make its parts host, port or path, and show them.
	 */
	if (sw_slice_find(tail, '@') < tail.len)
		return sw_fail(err, SW_E_USAGE,
			       "the URL has '/', '?' or '#' before its '@'; in "
			       "a user or password they are written %%2F, %%3F and %%23");
	if (sw_slice_find(tail, '#') < tail.len)
		return sw_fail(err, SW_E_USAGE,
			       "the URL has a '#', which means nothing here");
	enum sw_err e = sw_url_authority(sw_slice_head(rest, end), u, err);
	return e ? e : parse_tail(tail, u, err);
}

static enum sw_err scheme_error(struct sw_slice name, struct sw_error *err)
{
	const char *near = sw_nearest(name, scheme_name);
	/* "user:password@host://" is no scheme, and not to be shown. */
	if (sw_slice_find(name, ':') < name.len || sw_slice_find(name, '@') < name.len)
		return sw_fail(
			err, SW_E_USAGE,
			"the URL does not begin with a scheme; expected " SCHEME_NAMES);
	return sw_fail(err, SW_E_USAGE,
		       "a server cannot be reached by \"%.*s://\"; expected " SCHEME_NAMES
		       "%s%s%s",
		       SW_FMT(sw_slice_head(name, 32)), near ? ", did you mean " : "",
		       near ? near : "", near ? "://?" : "");
}

/* HOST[:PORT] without a scheme. */
static enum sw_err parse_plain(struct sw_slice text, struct sw_url *u, struct sw_error *err)
{
	if (sw_slice_find(text, '@') < text.len)
		return sw_fail(err, SW_E_USAGE,
			       "a server with a user is written as a URL: "
			       "smtp://USER@HOST:PORT");
	if (authority_end(text) < text.len)
		return sw_fail(err, SW_E_USAGE,
			       "expected HOST, HOST:PORT or a URL such as "
			       "smtp://HOST:PORT as the server");
	return parse_host(text, false, u, err);
}

static enum sw_err parse_unix(struct sw_slice path, struct sw_url *u, struct sw_error *err)
{
	if (sw_slice_starts(path, SW_S("///")))
		path = sw_slice_from(path, 2);
	if (path.len < 2 || path.ptr[0] != '/')
		return sw_fail(err, SW_E_USAGE,
			       "expected unix:/PATH, the whole path of a socket");
	/* What fits into sun_path of struct sockaddr_un, with its NUL. */
	if (path.len > 107)
		return sw_fail(err, SW_E_USAGE,
			       "the path of a socket is longer than the 107 bytes that the "
			       "system takes");
	u->scheme = &unix_scheme;
	u->host = sw_dup(path);
	return u->host ? SW_OK : sw_fail_nomem(err);
}

static enum sw_err check_srv(const struct sw_url *u, struct sw_error *err)
{
	struct sw_addr addr;
	if (!u->scheme->srv)
		return SW_OK;
	if (u->port)
		return sw_fail(err, SW_E_USAGE,
			       "srv:// takes no port: the records name it");
	if (sw_addr_parse(sw_slice_str(u->host), 0, &addr))
		return sw_fail(err, SW_E_USAGE, "srv:// takes a domain, not an address");
	return SW_OK;
}

enum sw_err sw_url_parse(struct sw_slice text, struct sw_url *ret, struct sw_error *err)
{
	struct sw_url u = { .scheme = &schemes[0] };
	size_t mark = sw_slice_search(text, SW_S("://"));
	enum sw_err e;
	if (text.len == 0)
		return sw_fail(err, SW_E_USAGE,
			       "the server is empty; expected HOST[:PORT] or a URL");
	if (text.len > SW_MAX_URL)
		return sw_fail(err, SW_E_USAGE, "the server is longer than %d bytes",
			       SW_MAX_URL);
	if (sw_slice_has_control(text))
		return sw_fail(err, SW_E_USAGE, "the server holds a control byte");
	if (sw_slice_starts_nocase(text, SW_S("unix:"))) {
		e = parse_unix(sw_slice_from(text, 5), &u, err);
	} else if (mark == text.len) {
		e = parse_plain(text, &u, err);
	} else {
		u.scheme = scheme_find(sw_slice_head(text, mark));
		e = u.scheme ? parse_url(sw_slice_from(text, mark + 3), &u, err)
			     : scheme_error(sw_slice_head(text, mark), err);
	}
	if (!e)
		e = check_srv(&u, err);
	if (e)
		sw_url_fini(&u);
	else
		*ret = u;
	return e;
}

void sw_url_fini(struct sw_url *u)
{
	sw_free(u->user);
	sw_secret_fini(&u->password);
	sw_free(u->host);
	sw_free(u->ehlo);
	sw_free(u->tls);
	sw_free(u->auth);
	*u = (struct sw_url){ 0 };
}
