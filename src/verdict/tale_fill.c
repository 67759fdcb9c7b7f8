/* SPDX-License-Identifier: MIT */
/* Placeholders: the texts of the facts, the server and its words, the session. */
#include "base/text.h"
#include "verdict/stages.h"
#include "verdict/tale.h"

static bool is_border(struct sw_slice s, size_t at)
{
	return at >= s.len || ((unsigned char)s.ptr[at] & 0xc0) != 0x80;
}

enum sw_err sw_tale_put(struct sw_slice text, size_t max, struct sw_buf *out)
{
	struct sw_slice rest = sw_slice_trim(text), line;
	enum sw_err e = SW_OK;
	bool first = true, cut = rest.len > max;
	while (cut && max > 0 && !is_border(rest, max))
		max--;
	rest = sw_slice_head(rest, max);
	while (!e && rest.len > 0 && sw_slice_split(&rest, '\n', &line)) {
		line = sw_slice_trim(line);
		if (line.len == 0)
			continue;
		e = first ? SW_OK : sw_buf_add_str(out, " / ");
		if (!e)
			e = sw_text_escape(out, line, SW_TEXT_LINE);
		first = false;
	}
	return !e && cut ? sw_buf_add_str(out, "...") : e;
}

/* Facts hold CR as four characters. */
struct sw_slice sw_tale_first_line(struct sw_slice text)
{
	static const struct sw_slice cr = { "\\x0d", 4 };
	struct sw_slice line = sw_slice_head(text, sw_slice_find(text, '\n'));
	while (line.len >= cr.len && sw_slice_eq(sw_slice_from(line, line.len - cr.len), cr))
		line.len -= cr.len;
	return sw_slice_trim(line);
}

enum sw_err sw_tale_put_words(int64_t code, struct sw_slice enhanced, struct sw_slice text,
			      struct sw_buf *out)
{
	if (code == 0)
		return sw_buf_add_str(out, "(no words)");
	enum sw_err e = sw_buf_printf(out, "\"%lld", (long long)code);
	if (!e && enhanced.len)
		e = sw_buf_add_char(out, ' ');
	if (!e)
		e = sw_tale_put(enhanced, SW_TALE_NAME, out);
	if (!e && text.len)
		e = sw_buf_add_char(out, ' ');
	if (!e)
		e = sw_tale_put(text, SW_TALE_QUOTED, out);
	return e ? e : sw_buf_add_char(out, '"');
}

enum sw_err sw_tale_put_aside(struct sw_slice what, struct sw_buf *out)
{
	if (what.len == 0)
		return SW_OK;
	enum sw_err e = sw_buf_add_str(out, " (");
	if (!e)
		e = sw_tale_put(what, SW_TALE_QUOTED, out);
	return e ? e : sw_buf_add_char(out, ')');
}

static struct sw_slice host_of(const struct sw_tale *t)
{
	struct sw_slice host = sw_fact_text(t->wish, "server");
	for (size_t i = t->to; host.len == 0 && i > t->from; i--) {
		const struct sw_fact *f = sw_facts_get(t->facts, i - 1);
		if (f->type == SW_FACT_DNS_ANSWER && !sw_tale_is(f, "type", "MX"))
			host = sw_fact_text(f, "name");
	}
	return host.len ? host : sw_fact_text(t->peer ? t->peer : t->first_try, "address");
}

static long long port_of(const struct sw_tale *t)
{
	const struct sw_fact *at = t->peer ? t->peer : t->first_try;
	return sw_fact_int(at, "port", sw_fact_int(t->wish, "port", 0));
}

SW_FILL(host)
{
	struct sw_slice name = host_of(t);
	return name.len ? sw_tale_put(name, SW_TALE_NAME, out)
			: sw_buf_add_str(out, "the server");
}

SW_FILL(port)
{
	return sw_buf_printf(out, "%lld", port_of(t));
}

SW_FILL(server)
{
	struct sw_slice name = host_of(t), ip = sw_fact_text(t->peer, "address");
	bool v6 = sw_slice_find(name, ':') < name.len;
	enum sw_err e = name.len && v6 ? sw_buf_add_char(out, '[') : SW_OK;
	if (!e)
		e = host(t, out);
	if (!e && name.len && v6)
		e = sw_buf_add_char(out, ']');
	if (!e && name.len && port_of(t))
		e = sw_buf_printf(out, ":%lld", port_of(t));
	if (e || ip.len == 0 || sw_slice_eq(ip, name))
		return e;
	e = sw_buf_add_str(out, " (");
	if (!e)
		e = sw_tale_put(ip, SW_TALE_NAME, out);
	return e ? e : sw_buf_add_char(out, ')');
}

SW_FILL(words)
{
	return sw_tale_put_words(t->code, t->enhanced, t->text, out);
}

SW_FILL(last_words)
{
	if (t->code < 400)
		return SW_OK;
	enum sw_err e = sw_buf_add_str(out, "; its last words were ");
	return e ? e : words(t, out);
}

static bool has_nocase(struct sw_slice text, struct sw_slice word)
{
	for (size_t i = 0; i < text.len; i++)
		if (sw_slice_starts_nocase(sw_slice_from(text, i), word))
			return true;
	return false;
}

SW_FILL(again)
{
	bool grey =
		has_nocase(t->text, SW_S("greylist")) || has_nocase(t->text, SW_S("graylist"));
	if (t->code >= 400 && t->code < 500 && grey)
		return sw_buf_add_str(out,
				      "Try again after some minutes: the server delays first "
				      "tries on purpose (greylisting).");
	if (t->code >= 400 && t->code < 500)
		return sw_buf_add_str(out,
				      "Trying again later may work: the server calls this "
				      "temporary.");
	if (t->code >= 500)
		return sw_buf_add_str(out,
				      "The server calls this permanent: change what its words "
				      "name before trying again.");
	return SW_OK;
}

/* The client's introduction (RFC 5321 4.1.1.1; LMTP: RFC 2033 4.1). */
SW_FILL(hello)
{
	return sw_buf_add_str(out, sw_fact_int(t->wish, "lmtp", 0) ? "LHLO" : "EHLO");
}

SW_FILL(at)
{
	static const struct {
		const char *stage, *where;
	} places[] = {
		{ "config", "before the first step (stage config)" },
		{ "local", "before anything was sent (stage local)" },
		{ "dns", "while the name was looked up in the DNS" },
		{ "tcp", "while connecting" },
		{ "greeting", "while the greeting was waited for" },
		{ "tls", "at STARTTLS or in the TLS handshake" },
		{ "auth", "during the login (AUTH)" },
		{ "envelope", "in the envelope (MAIL, RCPT)" },
		{ "data", "at DATA" },
		{ "final", "after the final dot" },
	};
	if (sw_slice_eq(t->stage, SW_S("ehlo"))) {
		enum sw_err bad = sw_buf_add_str(out, "at ");
		return bad ? bad : hello(t, out);
	}
	for (size_t i = 0; i < SW_LEN(places); i++)
		if (sw_slice_eq(t->stage, sw_slice_str(places[i].stage)))
			return sw_buf_add_str(out, places[i].where);
	enum sw_err e = sw_buf_add_str(out, "at stage ");
	return e ? e : sw_tale_put(t->stage.len ? t->stage : SW_S("?"), SW_TALE_NAME, out);
}

SW_FILL(failure)
{
	return sw_tale_put(t->failure.len ? t->failure : SW_S("no reason stated"),
			   SW_TALE_NAME, out);
}

/* How long the deciding stage took, where that is known of this session alone. */
static int64_t stage_us(const struct sw_tale *t)
{
	int64_t us = sw_fact_int(t->end, "elapsed_us", 0);
	for (size_t i = 0; t->sessions < 2 && i < sw_facts_count(t->facts); i++) {
		const struct sw_fact *f = sw_facts_get(t->facts, i);
		if (f->type == SW_FACT_STAGE_TIME &&
		    sw_slice_eq(sw_fact_text(f, "name"), t->stage) &&
		    sw_fact_int(f, "elapsed_us", 0) > us)
			us = sw_fact_int(f, "elapsed_us", 0);
	}
	return us;
}

SW_FILL(within)
{
	enum { WORTH_TELLING_US = 1000 };
	int64_t us = stage_us(t);
	if (us < WORTH_TELLING_US)
		return SW_OK;
	enum sw_err e = sw_buf_add_str(out, " within ");
	return e ? e : sw_verdict_duration(us, out);
}

SW_FILL(longest)
{
	const struct sw_fact *most = NULL;
	for (size_t i = 0; i < sw_facts_count(t->facts); i++) {
		const struct sw_fact *f = sw_facts_get(t->facts, i);
		if (f->type == SW_FACT_STAGE_TIME &&
		    sw_fact_int(f, "elapsed_us", 0) > sw_fact_int(most, "elapsed_us", 0))
			most = f;
	}
	if (!most)
		return SW_OK;
	enum sw_err e = sw_buf_add_str(out, "; most of it went into the stage ");
	if (!e)
		e = sw_tale_put(sw_fact_text(most, "name"), SW_TALE_NAME, out);
	if (!e)
		e = sw_buf_add_str(out, " (");
	if (!e)
		e = sw_verdict_duration(sw_fact_int(most, "elapsed_us", 0), out);
	return e ? e : sw_buf_add_char(out, ')');
}

SW_FILL(error)
{
	struct sw_slice text = sw_fact_text(t->end, "text");
	return sw_tale_put_aside(text.len ? text : sw_fact_text(t->end, "errno_name"), out);
}

SW_FILL(garbage)
{
	struct sw_slice what = sw_tale_first_line(sw_fact_text(t->end, "garbage"));
	if (what.len == 0)
		what = sw_tale_first_line(sw_fact_text(t->first, "text"));
	return sw_tale_put(what, SW_TALE_QUOTED, out);
}

SW_FILL(first)
{
	return sw_tale_put(sw_tale_first_line(sw_fact_text(t->first, "text")), SW_TALE_QUOTED,
			   out);
}

SW_FILL(speaks)
{
	static const struct {
		const char *name, *people;
	} names[] = {
		{ "http", "HTTP (a web server)" },
		{ "ssh", "SSH" },
		{ "imap", "IMAP (fetching mail)" },
		{ "pop3", "POP3 (fetching mail)" },
		{ "ftp", "FTP" },
	};
	for (size_t i = 0; i < SW_LEN(names); i++)
		if (sw_tale_is(t->first, "speaks", names[i].name))
			return sw_buf_add_str(out, names[i].people);
	return sw_buf_add_str(out, "another protocol");
}

#define ROW(fn)                                                                               \
	{                                                                                     \
		.name = #fn, .fill = fn                                                       \
	}
const struct sw_fill sw_fills_session[] = {
	ROW(host),    ROW(port),  ROW(server),  ROW(words),     ROW(last_words), ROW(again),
	ROW(hello),   ROW(at),    ROW(failure), ROW(within),    ROW(longest),    ROW(error),
	ROW(garbage), ROW(first), ROW(speaks),  { NULL, NULL },
};
#undef ROW

enum sw_err sw_tale_fill(const struct sw_tale *t, struct sw_slice name, struct sw_buf *out)
{
	static const struct sw_fill *const tables[] = {
		sw_fills_session,
		sw_fills_net,
		sw_fills_mail,
		sw_fills_tls,
	};
	for (size_t i = 0; i < SW_LEN(tables); i++)
		for (const struct sw_fill *f = tables[i]; f->name; f++)
			if (sw_slice_eq(name, sw_slice_str(f->name)))
				return f->fill(t, out);
	return SW_E_INTERNAL;
}
