/* SPDX-License-Identifier: MIT */
#include "api/plan.h"

#include <stdlib.h>

#include "api/json.h"
#include "api/message.h"
#include "api/token.h"
#include "base/file.h"
#include "base/mem.h"
#include "client/guard.h"
#include "client/route.h"
#include "identity/mta_sts.h"
#include "mail/downgrade.h"
#include "net/hosts.h"
#include "sasl/sasl.h"

enum { MOST_KNOWN = 16 };

json_t *sw_plan_server(const struct sw_client_settings *s)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf url = { .max = 2 * SW_MAX_DOMAIN + 64 };
	bool v6 = s->host && strchr(s->host, ':') && !s->scheme->on_unix;
	enum sw_err e = s->scheme->on_unix
				? sw_buf_printf(&url, "unix:%s", s->host)
				: sw_buf_printf(&url, "%s://%s%s%s", s->scheme->name,
						v6 ? "[" : "", s->host, v6 ? "]" : "");

	if (!e && s->port)
		e = sw_buf_printf(&url, ":%u", (unsigned)s->port);
	return e ? NULL : json_string(sw_buf_str(&url));
}

/* ---- addresses */

static size_t in_hosts_file(const struct sw_client_settings *s, const char *name,
			    struct sw_addr *addrs)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_HOSTS_FILE };
	/* A resolver that was named is asked alone, unless a file was, too. */
	const char *path = s->hosts_file ? s->hosts_file : s->resolver ? NULL : "/etc/hosts";

	if (!path || sw_file_read(path, SW_FILE_INPUT, SW_MAX_HOSTS_FILE, &text, NULL))
		return 0;
	return sw_hosts_find(sw_buf_slice(&text), sw_slice_str(name), addrs, 0, MOST_KNOWN);
}

static bool fits_family(const struct sw_client_settings *s, const struct sw_addr *a)
{
	return s->families == SW_FAMILY_ANY ||
	       (s->families == SW_FAMILY_V6) == (a->ss.ss_family == AF_INET6);
}

static json_t *known_json(const struct sw_client_settings *s, const struct sw_addr *addrs,
			  size_t count)
{
	json_t *list = json_array();
	char ip[SW_ADDR_TEXT];

	for (size_t i = 0; list && i < count; i++)
		if (fits_family(s, &addrs[i]) &&
		    json_array_append_new(list, json_string(sw_addr_ip(&addrs[i], ip)))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static bool is_literal(const char *host, struct sw_addr *ret)
{
	struct sw_slice text = sw_slice_str(host);

	if (text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
		text = sw_slice(text.ptr + 1, text.len - 2);
	if (text.len > 5 && sw_slice_eq_nocase(sw_slice_head(text, 5), SW_S("IPv6:")))
		text = sw_slice_from(text, 5);
	return sw_addr_parse(text, 0, ret);
}

json_t *sw_plan_addresses(const struct sw_client_settings *s,
			  const struct sw_session_target *t, const char *from)
{
	struct sw_addr addrs[MOST_KNOWN];
	size_t count = 0;
	const char *source = "dns", *server = s->resolver ? s->resolver : "/etc/resolv.conf";
	bool hosts = strcmp(from, "server") == 0 || strcmp(from, "fallback") == 0;

	if (t->on_unix) {
		source = "socket";
	} else if (is_literal(t->host, &addrs[0])) {
		source = "literal";
		count = 1;
	} else if (!hosts) {
		source = strcmp(from, "address") == 0
				 ? "literal"
				 : from; /* "mx", "srv": the hosts themselves are asked for
					    first */
	} else if (sw_slice_eq_nocase(sw_slice_str(t->host), SW_S("localhost"))) {
		source = "literal"; /* RFC 6761 6.3: never asked for */
		(void)sw_addr_parse(SW_S("127.0.0.1"), 0, &addrs[0]);
		(void)sw_addr_parse(SW_S("::1"), 0, &addrs[1]);
		count = 2;
	} else if ((count = in_hosts_file(s, t->host, addrs)) > 0) {
		source = "hosts";
		server = s->hosts_file ? s->hosts_file : "/etc/hosts";
	}
	bool asked = !t->on_unix && strcmp(source, "literal") != 0;

	return json_pack("{s:s, s:o, s:o}", "source", source, "where",
			 asked ? json_string(server) : json_null(), "known",
			 known_json(s, addrs, count));
}

static const char *environment(const char *name)
{
	return secure_getenv(name);
}

json_t *sw_plan_proxy(const struct sw_client_settings *s)
{
	struct sw_proxy_env env = { .from = NULL };
	const struct sw_proxy_place *p = s->proxy_set ? &s->proxy : NULL;
	const char *from = "setting";
	json_t *json = NULL;

	if (!s->proxy_set && !sw_proxy_env_read(&env, environment, NULL)) {
		/* With several hosts it is that of the first. */
		p = s->host && !s->mx
			    ? sw_proxy_env_for(&env, s->host, sw_client_settings_port(s))
			    : &env.place;
		from = env.from ? env.from : "";
	}
	if (!p || p->kind == SW_PROXY_NONE)
		json = json_null();
	else
		json = json_pack("{s:s, s:s, s:i, s:s, s:b}", "kind",
				 sw_proxy_kind_name(p->kind), "host", p->host, "port",
				 (int)p->port, "from", from, "login", p->user != NULL);
	sw_proxy_env_fini(&env);
	return json;
}

/* ---- policies */

static json_t *policy_json(const struct sw_client_settings *s, const char *domain)
{
	static const char *const dane[] = {
		[SW_DANE_AUTO] = "auto", [SW_DANE_YES] = "yes", [SW_DANE_NO_WISH] = "no"
	};
	struct sw_guard_kept kept = { .known = false };

	char *ascii = NULL;

	/* Kept under the name that the DNS has. */
	if (!s->no_mta_sts && !sw_host_to_ascii(sw_slice_str(domain), &ascii, NULL))
		sw_guard_sts_look(s, ascii, &kept);
	sw_free(ascii);
	/* clang-format off */
	return json_pack("{s:s, s:s, s:s, s:o, s:o}",
			 "domain", domain,
			 "dane", dane[s->dane],
			 "mta_sts", s->no_mta_sts ? "no" : kept.known ? "kept" : "unknown",
			 "mode", kept.known ? json_string(sw_sts_mode_name((enum sw_sts_mode)kept.mode)) : json_null(),
			 "seconds_left", kept.known ? json_integer(kept.left_s) : json_null());
	/* clang-format on */
}

json_t *sw_plan_policies(const struct sw_client_settings *s, const struct sw_message *msg)
{
	json_t *list = json_array();

	for (size_t i = 0; list && s->mx && i < msg->all.count; i++) {
		struct sw_slice domain = sw_route_domain(msg->all.list[i].text);
		bool seen = domain.len == 0 || domain.ptr[0] == '[';

		for (size_t k = 0; k < i && !seen; k++)
			seen = sw_slice_eq_nocase(domain,
						  sw_route_domain(msg->all.list[k].text));
		if (!seen && json_array_append_new(list, policy_json(s, domain.ptr))) {
			json_decref(list);
			return NULL;
		}
		if (json_array_size(list) >= SW_MAX_PLANNED_HOSTS)
			break;
	}
	return list;
}

/* ---- the login */

static unsigned proofs_of(const struct sw_client_settings *s)
{
	unsigned proofs = sw_token_wanted(s) ? 1u << SW_PROOF_TOKEN : 1u << SW_PROOF_PASSWORD;

	return s->cert_file ? proofs | 1u << SW_PROOF_CERT : proofs;
}

/* Those that may be used, if the server offers them: under TLS, or in clear. */
static json_t *mechanisms_json(const struct sw_client_settings *s, bool tls)
{
	json_t *list = json_array();
	const struct sw_sasl_wish wish = { .wanted = sw_slice_str(s->auth),
					   .tls = tls,
					   .binding = tls,
					   .proofs = s->auth ? proofs_of(s) |
								       1u << SW_PROOF_CERT |
								       1u << SW_PROOF_TICKET
							     : proofs_of(s) };

	for (size_t i = 0; list && i < sw_sasl_mech_count(); i++) {
		const char *name = sw_sasl_mech_at(i)->name;

		if (sw_sasl_judge(&wish, sw_slice_str(name)) == SW_SASL_USABLE &&
		    json_array_append_new(list, json_string(name))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* A command line may hold what is nobody's business: its program alone. */
static json_t *program_json(const char *command)
{
	size_t len = command ? strcspn(command, " \t") : 0;

	return len ? json_stringn(command, len) : json_null();
}

static json_t *secret_json(const struct sw_mailer *m)
{
	static const char *const names[] = {
		[SW_SECRET_NONE] = "none",       [SW_SECRET_GIVEN] = "given",
		[SW_SECRET_FILE] = "file",       [SW_SECRET_FD] = "descriptor",
		[SW_SECRET_COMMAND] = "command", [SW_SECRET_ENV] = "environment",
		[SW_SECRET_FROM] = "store",
	};
	const struct sw_client_settings *s = &m->settings;
	const char *source = names[m->secret_source];
	json_t *place = sw_json_text(m->secret_place);

	if (!sw_client_settings_secret_wanted(s)) {
		source = "not needed";
	} else if (sw_token_wanted(s)) {
		source = s->oauth_command ? "token command" : "token server";
		json_decref(place);
		place = s->oauth_command ? program_json(s->oauth_command)
					 : sw_json_text(s->oauth_url);
	} else if (m->secret_source == SW_SECRET_COMMAND) {
		json_decref(place);
		place = program_json(m->secret_place);
	} else if (s->secret_from_url) {
		source = "given";
	}
	return json_pack("{s:s, s:o}", "source", source, "place", place);
}

json_t *sw_plan_login(const struct sw_mailer *m)
{
	const struct sw_client_settings *s = &m->settings;
	enum sw_smtp_tls tls = s->mx ? SW_SMTP_TLS_NONE : sw_client_settings_tls_policy(s);

	if (!sw_client_settings_auth_wanted(s))
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "user", sw_json_text(s->user), "mechanisms",
			 mechanisms_json(s, tls != SW_SMTP_TLS_NONE), "secret",
			 secret_json(m));
}

/* ---- what the message needs */

static bool need(json_t *list, const char *extension, const char *without, const char *why)
{
	return json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "extension", extension,
						     "without", without, "why", why)) == 0;
}

/* What becomes of 8-bit parts where they are not taken: found out as the sender would. */
static bool need_8bit(json_t *list, const struct sw_client_settings *s,
		      struct sw_source *source)
{
	enum sw_downgrade why = SW_DOWNGRADE_DONE;
	struct sw_source *encoded = NULL;

	if (!s->downgrade)
		return need(list, "8BITMIME", "not_sent", "bytes above 127, and no-downgrade");
	if (sw_downgrade_new(source, &encoded, &why, NULL))
		return false;
	sw_source_free(encoded);
	return need(list, "8BITMIME", why == SW_DOWNGRADE_DONE ? "encoded" : "not_sent",
		    why == SW_DOWNGRADE_DONE ? "bytes above 127" : sw_downgrade_text(why));
}

static bool wants_dsn(const struct sw_wishes *w, const struct sw_message *msg)
{
	bool any = w->notify || w->ret || w->envid || msg->orcpt;

	for (size_t i = 0; !any && msg->notify && i < msg->all.count; i++)
		any = msg->notify[i] != 0;
	return any;
}

static bool needs_utf8(const struct sw_message *msg)
{
	bool utf8 = msg->sender.utf8 || msg->source->facts.utf8_headers;

	for (size_t i = 0; !utf8 && i < msg->all.count; i++)
		utf8 = msg->all.list[i].utf8;
	return utf8;
}

json_t *sw_plan_needs(const struct sw_client_settings *s, const struct sw_message *msg)
{
	const struct sw_wishes *w = &s->wishes;
	bool utf8 = needs_utf8(msg), ok = true;
	json_t *list = json_array();

	if (!list)
		return NULL;
	if (utf8)
		ok = need(list, "SMTPUTF8", "not_sent",
			  "an address or a header field is not ASCII");
	if (ok && msg->source->facts.has_8bit && !utf8)
		ok = need_8bit(list, s, msg->source);
	if (ok && wants_dsn(w, msg))
		ok = need(list, "DSN", "sent", "notifications are wished for");
	if (ok && w->require_tls)
		ok = need(list, "REQUIRETLS", "not_sent", "require-tls");
	if (ok && w->deliver_by_s)
		ok = need(list, "DELIVERBY", w->deliver_by_notify ? "sent" : "not_sent",
			  "deliver-by");
	if (ok && w->has_priority)
		ok = need(list, "MT-PRIORITY", "sent", "priority");
	if (ok && (w->hold_for_s || w->hold_until))
		ok = need(list, "FUTURERELEASE", "not_sent", "hold-until");
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}
