/* SPDX-License-Identifier: MIT */
/* DMARC of the author's domain, from what passed. What could not be looked at is taken to have
 * passed: a fail is one whatever it would have been, and no result is told that hangs on it.
 */
#include "probe/id_mail.h"

SW_EVALUATOR(dmarc_evaluator, struct sw_dmarc, sw_dmarc_questions, sw_dmarc_answer);

enum sw_err sw_mail_dmarc_start(struct sw_mail_identity *m, struct sw_error *err)
{
	struct sw_dmarc_identifier ids[SW_MAIL_PASSES];
	struct sw_error ignored = { 0 };

	if (!*m->author) {
		sw_probe_untested(m->run, "DMARC", "the domain of From is not known");
		return SW_OK;
	}
	for (size_t i = 0; i < m->pass_count; i++)
		ids[i] = (struct sw_dmarc_identifier){ sw_slice_str(m->passes[i].domain),
						       m->passes[i].spf };
	/* Without a list the tree walk of RFC 9989 stands alone. */
	m->suffixes = sw_suffixes_new(SW_S(""), &ignored);
	const struct sw_dmarc_request r = { .author = sw_slice_str(m->author),
					    .passed = ids,
					    .count = m->pass_count,
					    .suffixes = m->suffixes };
	m->dmarc = sw_dmarc_new(&r, err);
	return m->dmarc ? sw_mail_identity_ask(m, &dmarc_evaluator, m->dmarc, err)
			: sw_fail_nomem(err);
}

void sw_mail_dmarc_stop(struct sw_mail_identity *m)
{
	sw_dmarc_free(m->dmarc);
	sw_suffixes_free(m->suffixes);
}

static bool is_sure(const struct sw_mail_identity *m, const char *domain, bool spf)
{
	for (size_t i = 0; domain && i < m->pass_count; i++)
		if (m->passes[i].sure && m->passes[i].spf == spf &&
		    sw_slice_eq_nocase(sw_slice_str(m->passes[i].domain),
				       sw_slice_str(domain)))
			return true;
	return false;
}

static bool has_pass(const struct sw_mail_identity *m, bool spf)
{
	for (size_t i = 0; i < m->pass_count; i++)
		if (m->passes[i].spf == spf)
			return true;
	return false;
}

static const char *domain_of(const struct sw_mail_identity *m, bool spf)
{
	for (size_t i = 0; i < m->pass_count; i++)
		if (m->passes[i].spf == spf)
			return m->passes[i].domain;
	return "";
}

/* What passed, or would, without speaking for the author. */
static const char *near_of(const struct sw_mail_identity *m, const struct sw_dmarc_view *v)
{
	bool spf = has_pass(m, true) && !v->spf, dkim = has_pass(m, false) && !v->dkim;

	return spf && dkim ? "both" : spf ? "spf" : dkim ? "dkim" : "none";
}

void sw_mail_dmarc_state(struct sw_mail_identity *m)
{
	const struct sw_dmarc_outcome *o = m->dmarc ? sw_dmarc_outcome(m->dmarc) : NULL;

	if (!o)
		return;
	const struct sw_dmarc_view *v = &o->tree;
	bool passes = v->result == SW_DMARC_PASS;
	bool sure = !passes || is_sure(m, v->spf, true) || is_sure(m, v->dkim, false);
	struct sw_slice record = v->record ? v->record->text : SW_S("");
	/* "result" comes last, and only when it is known. */
	struct sw_field fields[] = {
		SW_F_STR("domain", m->author),
		SW_F_TEXT("record", record),
		SW_F_STR("where", v->record_domain ? v->record_domain : ""),
		SW_F_STR("policy", sw_dmarc_policy_name(v->policy)),
		SW_F_STR("applied", sw_dmarc_policy_name(v->applied)),
		SW_F_STR("tag", v->tag ? v->tag : ""),
		SW_F_STR("near", near_of(m, v)),
		SW_F_STR("spf_domain", domain_of(m, true)),
		SW_F_STR("dkim", domain_of(m, false)),
		SW_F_BOOL("differ", o->differ),
		SW_F_STR("result", sw_dmarc_result_name(v->result)),
	};
	sw_facts_state(m->run->x->c->facts, SW_FACT_CHECK_DMARC, m->run->probe->stage,
		       m->run->probe->source, sw_context_now(m->run->x->c), fields,
		       SW_LEN(fields) - (sure ? 0 : 1));
}
