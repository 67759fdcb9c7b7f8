/* SPDX-License-Identifier: MIT */
/* What a call states besides what its sessions do: what was wanted, and what came of it. */
#include <unistd.h>

#include "client/part.h"

void sw_part_state_env(const struct sw_part *p)
{
	char host[SW_MAX_DOMAIN + 1] = "";
	const struct sw_client_settings *set = p->c->settings;
	if (gethostname(host, sizeof(host) - 1))
		host[0] = '\0';
	SW_STATE(p->c->facts, SW_FACT_LOCAL_ENV, SW_STAGE_LOCAL, "session",
		 sw_context_now(p->c),
		 SW_F_STR("resolv_conf", set->resolver ? set->resolver : "/etc/resolv.conf"),
		 SW_F_STR("hosts_file", set->hosts_file ? set->hosts_file : "/etc/hosts"),
		 SW_F_STR("ca_file", set->ca_file ? set->ca_file : ""),
		 SW_F_STR("hostname", host), SW_F_STR("program", "sendwell"),
		 SW_F_STR("resolver", set->resolver ? set->resolver : ""),
		 SW_F_STR("tls_name", set->tls_name ? set->tls_name : ""));
}

void sw_part_state_wish(const struct sw_part *p)
{
	const struct sw_client_settings *set = p->c->settings;
	const struct sw_source_facts *f = p->job.source ? &p->job.source->facts : NULL;
	char source[SW_ADDR_TEXT] = "";
	/* A domain of SRV records and the path of a socket are no hosts. */
	bool named = set->host && !set->mx && set->scheme && !set->scheme->srv &&
		     !set->scheme->on_unix;
	if (set->source.len)
		sw_addr_ip(&set->source, source);
	SW_STATE(p->c->facts, SW_FACT_SEND_WISH, SW_STAGE_CONFIG, "session",
		 sw_context_now(p->c),
		 SW_F_STR("server", named ? set->host : ""),
		 SW_F_INT("port", sw_client_settings_port(set)),
		 SW_F_STR("tls", sw_tls_mode_name(set->tls)),
		 SW_F_STR("auth", set->auth_off ? "none"
				  : set->auth   ? set->auth
						: "auto"),
		 SW_F_BOOL("user_set", set->user != NULL), SW_F_STR("ehlo", set->ehlo),
		 SW_F_STR("source_address", source), SW_F_INT("families", set->families),
		 SW_F_STR("sender", p->job.sender),
		 SW_F_INT("recipients", p->job.recipient_count),
		 SW_F_INT("size_bytes", f ? f->size_bytes : 0),
		 SW_F_BOOL("body_8bit", f && f->has_8bit),
		 SW_F_BOOL("smtputf8", p->job.smtputf8),
		 SW_F_BOOL("lmtp", set->scheme && set->scheme->lmtp),
		 SW_F_BOOL("mx", set->mx));
	if (f)
		SW_STATE(p->c->facts, SW_FACT_MESSAGE_LINT, SW_STAGE_LOCAL, "session",
			 sw_context_now(p->c), SW_F_INT("size_bytes", f->size_bytes),
			 SW_F_BOOL("has_8bit", f->has_8bit),
			 SW_F_INT("longest_line", f->longest_line),
			 SW_F_INT("bare_line_ends", f->bare_line_ends),
			 SW_F_BOOL("utf8_headers", f->utf8_headers),
			 SW_F_BOOL("has_message_id", f->message_id && f->message_id[0]));
}

void sw_part_state_results(struct sw_context *c, const struct sw_delivery *d)
{
	char enhanced[SW_ENHANCED_TEXT];
	size_t stated = 0;
	for (size_t i = 0; i < d->recipient_count; i++) {
		const struct sw_delivery_recipient *r = &d->recipients[i];
		size_t limit = r->outcome == SW_ACCEPTED ? SW_MAX_STATED_RECIPIENTS
							 : SW_MAX_FACTS / 4;
		if (stated >= limit)
			continue;
		stated++;
		SW_STATE(c->facts, SW_FACT_RECIPIENT, r->stage, "session", sw_context_now(c),
			 SW_F_STR("recipient", r->address),
			 SW_F_STR("outcome", sw_outcome_name(r->outcome)),
			 SW_F_STR("stage", sw_stage_name(r->stage)),
			 SW_F_INT("code", r->reply.code),
			 SW_F_STR("enhanced", sw_enhanced_text(r->reply.enhanced, enhanced)),
			 SW_F_TEXT("text", sw_slice(r->reply.text, r->reply.text_len)));
	}
	for (size_t i = SW_STAGE_DNS; i <= SW_STAGE_FINAL; i++) {
		bool failed = d->ending != SW_END_OK && d->stage == i;
		/* Passed in an earlier call, or not wanted. */
		if (!failed && i <= d->reached && d->stage_us[i] == 0)
			continue;
		SW_STATE(c->facts, SW_FACT_STAGE_TIME, (enum sw_stage)i, "session",
			 sw_context_now(c), SW_F_STR("name", sw_stage_name((enum sw_stage)i)),
			 SW_F_STR("status", failed           ? "failed"
					    : i > d->reached ? "not_reached"
							     : "ok"),
			 SW_F_INT("elapsed_us", d->stage_us[i]));
	}
}
