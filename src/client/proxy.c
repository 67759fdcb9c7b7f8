/* SPDX-License-Identifier: MIT */
#include "client/proxy.h"

#include <netinet/in.h>

#include "base/mem.h"
#include "client/url.h"
#include "net/addr.h"

static const struct {
	const char *name;
	enum sw_proxy_kind kind;
	uint16_t port;
} schemes[] = {
	{ "socks5", SW_PROXY_SOCKS5, 1080 },
	{ "socks5h", SW_PROXY_SOCKS5H, 1080 },
	{ "http", SW_PROXY_HTTP, 3128 },
};
#define EXPECTED                                                                              \
	"expected socks5://HOST[:PORT], socks5h://HOST[:PORT], http://HOST[:PORT] or none"

/* What stands between the slashes; one slash may end it, as people write it. */
static enum sw_err parse_rest(struct sw_slice rest, struct sw_url *u, struct sw_error *err)
{
	if (rest.len && rest.ptr[rest.len - 1] == '/')
		rest.len--;
	/* The last '@' ends the user: a raw '/' before it would be one of the password. */
	for (size_t i = 0; i < rest.len; i++)
		if (rest.ptr[i] == '/' || rest.ptr[i] == '?' || rest.ptr[i] == '#')
			return sw_fail(err, SW_E_USAGE,
				       "the URL of a proxy ends with the port; in a user or "
				       "password '/', '?' and '#' are written %%2F, %%3F and "
				       "%%23");
	return sw_url_authority(rest, u, err);
}

static enum sw_err check(const struct sw_proxy_place *p, struct sw_error *err)
{
	struct sw_proxy_ask ask = {
		.kind = p->kind,
		.host = "localhost",
		.port = 1,
		.user = sw_slice_str(p->user),
		.password = sw_secret_slice(&p->password),
	};
	struct sw_error mine = { 0 };
	struct sw_proxy_talk *t = sw_proxy_talk_new(&ask, &mine);
	sw_proxy_talk_free(t);
	if (!t && err)
		*err = mine;
	return t ? SW_OK : mine.code;
}

static enum sw_err parse_url(size_t scheme, struct sw_slice rest, struct sw_proxy_place *ret,
			     struct sw_error *err)
{
	SW_CLEANUP(sw_url_fini) struct sw_url u = { 0 };
	enum sw_err e = parse_rest(rest, &u, err);
	struct sw_proxy_place p = {
		.kind = schemes[scheme].kind,
		.host = u.host,
		.port = u.port ? u.port : schemes[scheme].port,
		.user = u.user,
		.password = u.password,
	};
	if (!e)
		e = check(&p, err);
	if (e)
		return e;
	u.host = u.user = NULL;
	u.password = (struct sw_secret){ 0 };
	*ret = p;
	return SW_OK;
}

enum sw_err sw_proxy_place_parse(struct sw_slice text, struct sw_proxy_place *ret,
				 struct sw_error *err)
{
	size_t mark = sw_slice_search(text, SW_S("://"));
	if (sw_slice_eq_nocase(text, SW_S("none"))) {
		*ret = (struct sw_proxy_place){ 0 };
		return SW_OK;
	}
	if (text.len > SW_MAX_URL || sw_slice_has_control(text) || mark == text.len)
		return sw_fail(err, SW_E_USAGE, EXPECTED);
	for (size_t i = 0; i < SW_LEN(schemes); i++)
		if (sw_slice_eq_nocase(sw_slice_head(text, mark),
				       sw_slice_str(schemes[i].name)))
			return parse_url(i, sw_slice_from(text, mark + 3), ret, err);
	/* The scheme is not shown: it may be the password of a URL without one. */
	return sw_fail(err, SW_E_USAGE, "no proxy of that kind can be used; " EXPECTED);
}

void sw_proxy_place_fini(struct sw_proxy_place *p)
{
	sw_free(p->host);
	sw_free(p->user);
	sw_secret_fini(&p->password);
	*p = (struct sw_proxy_place){ 0 };
}

/* Written for the web: libcurl takes a name without a scheme for HTTP as well. */
static bool is_for_web(struct sw_slice value)
{
	return sw_slice_starts_nocase(value, SW_S("http://")) ||
	       sw_slice_starts_nocase(value, SW_S("https://")) ||
	       sw_slice_search(value, SW_S("://")) == value.len;
}

static enum sw_err read_variable(struct sw_proxy_env *e, const char *name, const char *value,
				 bool mail, struct sw_error *err)
{
	struct sw_error mine;
	struct sw_slice text = sw_slice_str(value);
	/* Mixed words for names looked up there and here, as in libcurl. */
	if (!mail && is_for_web(text)) {
		e->left = name;
		return SW_OK;
	}
	enum sw_err code = sw_proxy_place_parse(text, &e->place, &mine);
	if (code)
		return sw_fail(err, code == SW_E_USAGE ? SW_E_CONFIG : code,
			       "environment variable %s: %s (--proxy none goes without)", name,
			       mine.text);
	e->from = name;
	return SW_OK;
}

enum sw_err sw_proxy_env_read(struct sw_proxy_env *ret, const char *(*get)(const char *name),
			      struct sw_error *err)
{
	static const struct {
		const char *name;
		bool mail;
	} names[] = {
		{ "smtp_proxy", true },
		{ "SMTP_PROXY", true },
		{ "ALL_PROXY", false },
		{ "all_proxy", false },
	};
	struct sw_proxy_env env = { 0 };
	enum sw_err e = SW_OK;
	for (size_t i = 0; !e && !env.from && i < SW_LEN(names); i++) {
		const char *value = get(names[i].name);
		if (value && *value)
			e = read_variable(&env, names[i].name, value, names[i].mail, err);
	}
	const char *except = get("no_proxy");
	if (!except || !*except)
		except = get("NO_PROXY");
	if (!e && env.from && except && *except) {
		env.no_proxy = sw_strdup(except);
		e = env.no_proxy ? SW_OK : sw_fail_nomem(err);
	}
	if (e)
		sw_proxy_env_fini(&env);
	else
		*ret = env;
	return e;
}

void sw_proxy_env_fini(struct sw_proxy_env *e)
{
	sw_proxy_place_fini(&e->place);
	sw_free(e->no_proxy);
	*e = (struct sw_proxy_env){ 0 };
}

static struct sw_slice bytes_of(const struct sw_addr *a)
{
	const struct sockaddr_in *v4 = (const void *)&a->ss;
	const struct sockaddr_in6 *v6 = (const void *)&a->ss;
	return a->ss.ss_family == AF_INET ? sw_slice(&v4->sin_addr, 4)
					  : sw_slice(&v6->sin6_addr, 16);
}

/* "192.0.2.0/24" holds the address. */
static bool in_network(struct sw_slice network, const struct sw_addr *addr)
{
	struct sw_addr base;
	size_t slash = sw_slice_find(network, '/');
	uint64_t bits = 0;
	if (!sw_addr_parse(sw_slice_head(network, slash), 0, &base))
		return false;
	struct sw_slice a = bytes_of(&base), b = bytes_of(addr);
	if (a.len != b.len)
		return false;
	if (slash == network.len)
		bits = 8 * a.len;
	else if (!sw_slice_u64(sw_slice_from(network, slash + 1), &bits) || bits > 8 * a.len)
		return false;
	for (uint64_t i = 0; i < bits; i++) {
		unsigned diff = (unsigned char)a.ptr[i / 8] ^ (unsigned char)b.ptr[i / 8];
		if (diff & (0x80U >> (i % 8)))
			return false;
	}
	return true;
}

/* The name itself or one below it. */
static bool in_domain(struct sw_slice domain, struct sw_slice host)
{
	while (domain.len && (domain.ptr[0] == '.' || domain.ptr[0] == '*'))
		domain = sw_slice_from(domain, 1);
	if (domain.len && domain.ptr[domain.len - 1] == '.')
		domain.len--;
	if (domain.len == 0 || host.len < domain.len)
		return false;
	if (!sw_slice_eq_nocase(sw_slice_from(host, host.len - domain.len), domain))
		return false;
	return host.len == domain.len || host.ptr[host.len - domain.len - 1] == '.';
}

/* Cuts ":25" off; an address of IPv6 with a port stands in brackets. */
static bool port_fits(struct sw_slice *word, uint16_t port)
{
	uint64_t wanted = 0;
	size_t colon = sw_slice_find(*word, ':');
	size_t close = sw_slice_find(*word, ']');
	if (word->len && word->ptr[0] == '[' && close < word->len) {
		struct sw_slice tail = sw_slice_from(*word, close + 1);
		*word = sw_slice(word->ptr + 1, close - 1);
		return tail.len < 2 ||
		       (sw_slice_u64(sw_slice_from(tail, 1), &wanted) && wanted == port);
	}
	struct sw_slice tail = sw_slice_from(*word, colon + 1);
	if (colon == word->len || sw_slice_find(tail, ':') < tail.len)
		return true;
	*word = sw_slice_head(*word, colon);
	return sw_slice_u64(tail, &wanted) && wanted == port;
}

static bool word_fits(struct sw_slice word, struct sw_slice host, uint16_t port)
{
	struct sw_addr addr;
	if (sw_slice_eq(word, SW_S("*")))
		return true;
	if (!port_fits(&word, port))
		return false;
	return sw_addr_parse(host, 0, &addr) ? in_network(word, &addr) : in_domain(word, host);
}

bool sw_proxy_bypassed(struct sw_slice no_proxy, const char *host, uint16_t port)
{
	struct sw_slice name = sw_slice_str(host);
	size_t at = 0;
	if (name.len && name.ptr[name.len - 1] == '.')
		name.len--;
	while (at < no_proxy.len) {
		size_t from = at;
		while (at < no_proxy.len && !strchr(", \t", no_proxy.ptr[at]))
			at++;
		struct sw_slice word = sw_slice(no_proxy.ptr + from, at - from);
		if (word.len && word_fits(word, name, port))
			return true;
		at++;
	}
	return false;
}

const struct sw_proxy_place *sw_proxy_env_for(const struct sw_proxy_env *e, const char *host,
					      uint16_t port)
{
	struct sw_addr addr;
	struct sw_slice name = sw_slice_str(host);
	if (!e->from || e->place.kind == SW_PROXY_NONE)
		return NULL;
	if (sw_addr_parse(name, port, &addr) ? sw_addr_is_loopback(&addr)
					     : in_domain(SW_S("localhost"), name))
		return NULL;
	return sw_proxy_bypassed(sw_slice_str(e->no_proxy), host, port) ? NULL : &e->place;
}
