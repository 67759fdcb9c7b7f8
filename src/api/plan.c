/* SPDX-License-Identifier: MIT */
/* What sending a message would do, as far as it is known without asking anybody:
 * "sendwell/dry_run/1". */
#include <sendwell/plan.h>

#include "api/json.h"
#include "api/mailer.h"
#include "api/message.h"
#include "api/plan.h"
#include "api/step.h"
#include "base/mem.h"
#include "client/route.h"
#include "client/servers.h"

static const char *tls_name(enum sw_smtp_tls tls)
{
	switch (tls) {
	case SW_SMTP_TLS_IMPLICIT:
		return "implicit";
	case SW_SMTP_TLS_REQUIRED:
		return "required";
	case SW_SMTP_TLS_OPPORTUNISTIC:
		return "opportunistic";
	case SW_SMTP_TLS_NONE:
		break;
	}
	return "none";
}

/* Whose name the certificate must bear; null where none must. */
static json_t *certificate_json(const struct sw_client_settings *s,
				const struct sw_session_target *t)
{
	bool looked_at = t->tls == SW_SMTP_TLS_IMPLICIT || t->tls == SW_SMTP_TLS_REQUIRED;

	if (!looked_at || s->mx || s->pin_only)
		return json_null();
	return sw_json_text(s->tls_name ? s->tls_name : t->host);
}

static json_t *host_json(const struct sw_client_settings *s, const struct sw_session_target *t,
			 const char *from)
{
	/* clang-format off */
	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:o, s:o}",
			 "name", t->host,
			 "port", t->port ? json_integer(t->port) : json_null(),
			 "from", from,
			 "protocol", t->lmtp ? "lmtp" : "smtp",
			 "tls", tls_name(t->tls),
			 "certificate_name", certificate_json(s, t),
			 "addresses", sw_plan_addresses(s, t, from));
	/* clang-format on */
}

static bool append(json_t *list, json_t *value)
{
	return json_array_append_new(list, value) == 0;
}

/* The domains of the recipients, in the order in which they come first. */
static bool add_domains(const struct sw_client_settings *s, const struct sw_message *m,
			json_t *list)
{
	struct sw_session_target t = { .port = sw_client_settings_port(s),
				       .tls = sw_client_settings_tls_policy(s) };

	for (size_t i = 0; i < m->all.count; i++) {
		struct sw_slice domain = sw_route_domain(m->all.list[i].text);
		bool seen = false;

		for (size_t k = 0; k < i && !seen; k++)
			seen = sw_slice_eq_nocase(domain,
						  sw_route_domain(m->all.list[k].text));
		t.host = domain.ptr;
		if (!seen &&
		    !append(list, host_json(s, &t, *domain.ptr == '[' ? "address" : "mx")))
			return false;
		if (json_array_size(list) >= SW_MAX_PLANNED_HOSTS)
			break;
	}
	return true;
}

static bool add_servers(const struct sw_client_settings *s, json_t *list)
{
	struct sw_session_target t = {
		.host = s->host,
		.port = sw_client_settings_port(s),
		.tls = sw_client_settings_tls_policy(s),
		.lmtp = s->scheme->lmtp,
		.on_unix = s->scheme->on_unix,
	};
	/* Which port and which TLS its SRV records say. */
	if (s->scheme->srv)
		t.port = 0;
	if (!append(list, host_json(s, &t, s->scheme->srv ? "srv" : "server")))
		return false;
	for (size_t i = 0; i < s->fallback_count; i++) {
		const struct sw_server *f = &s->fallback[i];

		t = (struct sw_session_target){ .host = f->host,
						.lmtp = f->scheme->lmtp,
						.on_unix = f->scheme->on_unix };
		t.port = sw_client_server_port(s, f->scheme, f->port);
		t.tls = sw_client_server_tls(s, f->scheme, t.port);
		if (!append(list, host_json(s, &t, "fallback")))
			return false;
	}
	return true;
}

/* What is no list any more for want of memory makes no object. */
static json_t *hosts_json(const struct sw_client_settings *s, const struct sw_message *m)
{
	json_t *list = json_array();

	if (list && (s->mx ? add_domains(s, m, list) : add_servers(s, list)))
		return list;
	json_decref(list);
	return NULL;
}

static json_t *recipients_json(const struct sw_message *m)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < m->all.count; i++)
		if (!append(list, json_string(m->all.list[i].text))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *plan_json(const struct sw_mailer *m, const struct sw_message *msg)
{
	const struct sw_client_settings *s = &m->settings;
	char source[SW_ADDR_TEXT] = "";

	if (s->source.len)
		sw_addr_ip(&s->source, source);
	/* clang-format off */
	return json_pack("{s:s, s:o, s:b, s:s, s:s, s:o, s:s, s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o}",
			 "schema", "sendwell/dry_run/1",
			 "server", s->mx ? json_null() : sw_plan_server(s),
			 "mx", s->mx,
			 "tls", sw_tls_mode_name(s->tls),
			 "sender", sw_message_sender(msg),
			 "recipients", recipients_json(msg),
			 "message_id", sw_message_id(msg),
			 "bytes", (json_int_t)sw_message_size(msg),
			 "hosts", hosts_json(s, msg),
			 "family", s->families == SW_FAMILY_V4 ? "4" : s->families == SW_FAMILY_V6 ? "6" : "any",
			 "source", sw_json_text(source),
			 "proxy", sw_plan_proxy(s),
			 "policies", sw_plan_policies(s, msg),
			 "login", sw_plan_login(m),
			 "needs", sw_plan_needs(s, msg));
	/* clang-format on */
}

enum sw_err sw_mailer_plan(struct sw_mailer *m, struct sw_message *message, char **ret)
{
	enum sw_err e = sw_step_busy(m);

	if (e)
		return e;
	sw_mailer_forget(m);
	e = sw_client_settings_check(&m->settings, &m->error);
	if (e)
		return e;
	e = sw_message_finish(message);
	if (e) {
		m->error = message->error;
		return e;
	}
	uint64_t refused = sw_mem_refused();
	char *text = sw_json_dump(plan_json(m, message));

	if (!text || sw_fail_if_refused(&m->error, refused)) {
		sw_free(text);
		return sw_fail_nomem(&m->error);
	}
	*ret = text;
	return SW_OK;
}
