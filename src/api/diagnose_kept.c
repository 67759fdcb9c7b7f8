/* SPDX-License-Identifier: MIT */
/* A case is looked into further the way that its session went: by the same resolver, the same
 * table of names. */
#include <sys/stat.h>
#include <unistd.h>

#include "api/diagnose_live.h"
#include "base/mem.h"

/* A case may have come from elsewhere: what it names is not opened unless it is a plain file
 * that is here. */
static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, R_OK) == 0;
}

/* What the case says is checked like what a user says; what is not right here is left out. */
static enum sw_err take_text(struct sw_mailer *m, const char *name, bool file,
			     struct sw_slice value, bool *changed)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_COMMAND };
	struct sw_error mine = { 0 };

	if (value.len == 0)
		return SW_OK;
	enum sw_err e = sw_buf_add(&text, value);

	if (e || (file && !is_file(sw_buf_str(&text))))
		return e == SW_E_NOMEM ? e : SW_OK;
	e = sw_mailer_apply(m, name, sw_buf_str(&text), &mine);
	*changed = *changed || !e;
	return e == SW_E_NOMEM ? e : SW_OK;
}

static bool take_route(struct sw_client_settings *s, const struct sw_fact *wish)
{
	int64_t families = sw_fact_int(wish, "families", SW_FAMILY_ANY);
	struct sw_slice source = sw_fact_text(wish, "source_address");
	bool changed = false;

	if (!s->source.len && source.len)
		changed = sw_addr_parse(source, 0, &s->source);
	if (s->families == SW_FAMILY_ANY &&
	    (families == SW_FAMILY_V4 || families == SW_FAMILY_V6)) {
		s->families = (enum sw_families)families;
		changed = true;
	}
	return changed;
}

static struct sw_live_kept present(const struct sw_client_settings *s)
{
	return (struct sw_live_kept){ s->resolver, s->hosts_file, s->ca_file,
				      s->tls_name, s->source,     s->families };
}

enum sw_err sw_live_keep_settings(struct sw_mailer *m, const struct sw_facts *facts,
				  struct sw_live_kept *ret, struct sw_error *err)
{
	struct sw_client_settings *s = &m->settings;
	const struct sw_fact *env = sw_facts_last(facts, SW_FACT_LOCAL_ENV);
	const struct sw_fact *wish = sw_facts_last(facts, SW_FACT_SEND_WISH);
	bool changed = false;
	enum sw_err e = SW_OK;

	*ret = present(s);
	if (env && !s->resolver)
		e = take_text(m, "resolver", false, sw_fact_text(env, "resolver"), &changed);
	if (env && !e && !s->hosts_file)
		e = take_text(m, "hosts", true, sw_fact_text(env, "hosts_file"), &changed);
	/* Whom a password is shown to is never a case's to say. */
	if (env && !e && !s->ca_file && s->depth < SW_PROBE_LOGIN)
		e = take_text(m, "ca", true, sw_fact_text(env, "ca_file"), &changed);
	if (env && !e && !s->tls_name && s->depth < SW_PROBE_LOGIN)
		e = take_text(m, "tls-name", false, sw_fact_text(env, "tls_name"), &changed);
	if (wish && !e)
		changed = take_route(s, wish) || changed;
	if (changed)
		sw_context_changed(m->client);
	return e ? sw_fail_nomem(err) : SW_OK;
}

static bool put_back(char **setting, char *was)
{
	if (*setting == was)
		return false;
	sw_free(*setting);
	*setting = was;
	return true;
}

void sw_live_restore_settings(struct sw_mailer *m, struct sw_live_kept *kept)
{
	struct sw_client_settings *s = &m->settings;
	bool changed = s->families != kept->families || s->source.len != kept->source.len;

	changed = put_back(&s->resolver, kept->resolver) || changed;
	changed = put_back(&s->hosts_file, kept->hosts_file) || changed;
	changed = put_back(&s->ca_file, kept->ca_file) || changed;
	changed = put_back(&s->tls_name, kept->tls_name) || changed;
	s->source = kept->source;
	s->families = kept->families;
	if (changed && m->client)
		sw_context_changed(m->client);
}
