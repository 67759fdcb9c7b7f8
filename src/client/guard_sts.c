/* SPDX-License-Identifier: MIT */
/* The MTA-STS policy of a domain (RFC 8461 3): the record's id, the policy that is kept, and
 * fetching it when the two differ. A policy that is in force and not expired outlives a record
 * that is gone, a DNS that is silent and a file that cannot be fetched (5.1): whoever is in
 * between must not be able to switch it off. */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/guard_memory.h"
#include "client/tlsrpt.h"
#include "net/fetch.h"

enum {
	RECORD_US = 5 * 1000 * 1000,
	FETCH_US = 20 * 1000 * 1000,
	AGAIN_S = 300, /* after a failure, as RFC 8461 5.1 has it at the least */
	/* A policy that is good is fetched anew before it ends, so that nobody who can keep us
	 * from the policy host for a moment chooses that moment (RFC 8461 10.2: once a day).
	 * Mail does not wait long for that, and not for each message where it fails. */
	RENEW_S = 24 * 3600,
	RENEW_AGAIN_S = 3600,
	RENEW_US = 5 * 1000 * 1000,
};
#define HEAD "sendwell/mta-sts/1 "

struct look {
	struct sw_context *c;
	const char *domain;
	struct sw_resolver *resolver;
	bool aborted;
	uint64_t refused; /* sw_mem_refused() before it all */
	/* The record. */
	bool answered;
	enum sw_dns_status status;
	enum sw_sts_flaw flaw;
	char id[33];
	/* The file. */
	struct sw_addr addrs[SW_MAX_DIAL_ADDRESSES];
	size_t addr_count;
	bool resolved, fetched;
	bool renewing; /* what is kept is good: only to have it for longer */
	struct sw_fetch_answer file;
	const char *source; /* of the policy, for the fact */
	const char *why;    /* it could not be fetched; "" */
	int http_status;
};

static int64_t wall_s(const struct sw_context *c)
{
	return c->world->wall_us(c->world->arg) / 1000000;
}

static void free_entry(struct sw_sts_memory *m)
{
	sw_free(m->domain);
	sw_buf_fini(&m->text);
	sw_free(m);
}

void sw_guard_sts_free_all(struct sw_sts_memory *list)
{
	while (list) {
		struct sw_sts_memory *m = list;

		list = m->next;
		free_entry(m);
	}
}

enum sw_sts_mode sw_guard_sts_mode(const struct sw_sts_memory *m)
{
	return m && sw_buf_len(&m->text) ? m->policy.mode : SW_STS_NONE;
}

bool sw_guard_sts_allows(const struct sw_sts_memory *m, const char *host)
{
	return sw_sts_allows(&m->policy, sw_slice_str(host));
}

static bool is_fresh_at(int64_t now, const struct sw_sts_memory *m)
{
	/* One from the future was written under another clock: it is not believed for longer
	 * than it would have been. */
	return sw_buf_len(&m->text) && m->fetched_s <= now + m->policy.max_age_s &&
	       now < m->fetched_s + (int64_t)m->policy.max_age_s;
}

static bool is_fresh(const struct sw_context *c, const struct sw_sts_memory *m)
{
	return is_fresh_at(wall_s(c), m);
}

/* Good for now, and old enough to be fetched anew: a day, or half of its time. */
static bool is_due(const struct sw_context *c, const struct sw_sts_memory *m)
{
	int64_t now = wall_s(c);
	int64_t half = (int64_t)m->policy.max_age_s / 2;

	if (m->failed_s && m->failed_s <= now && now - m->failed_s < RENEW_AGAIN_S)
		return false;
	return now < m->fetched_s || now - m->fetched_s >= (half < RENEW_S ? half : RENEW_S);
}

/* ---- the state folder: "sendwell/mta-sts/1 ID SECONDS [SECONDS]\n" and the policy's text:
 * when it was fetched, and when fetching it failed last */

static bool file_path(const char *folder, const char *domain, struct sw_buf *out)
{
	/* A domain is letters, digits, '-' and '.' here; it becomes a file's name. */
	return folder && *domain != '.' && !strchr(domain, '/') &&
	       !sw_buf_printf(out, "%s/mta-sts/%s", folder, domain);
}

static bool make_folder(const char *folder)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf path = { .max = 4096 };

	return folder && !sw_buf_printf(&path, "%s/mta-sts", folder) &&
	       !sw_dir_make(sw_buf_str(&path), NULL);
}

/* What is no policy leaves the one that is there. */
static bool take_text(struct sw_sts_memory *m, struct sw_slice text)
{
	struct sw_buf copy = { .max = SW_MAX_STS_POLICY };
	struct sw_sts_policy policy;

	if (sw_buf_add(&copy, text) ||
	    /* It borrows from our copy. */
	    sw_sts_policy_read(sw_buf_slice(&copy), &policy) != SW_STS_GOOD) {
		sw_buf_fini(&copy);
		return false;
	}
	sw_buf_fini(&m->text);
	m->text = copy;
	m->policy = policy;
	return true;
}

static void set_id(char out[33], struct sw_slice id)
{
	snprintf(out, 33, "%.*s", SW_FMT(sw_slice_head(id, 32)));
}

static void load(const char *folder, struct sw_sts_memory *m)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf path = { .max = 4096 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf file = { .max = SW_MAX_STS_POLICY + 128 };
	struct sw_slice rest, line, id, number;
	uint64_t fetched, failed = 0;

	if (!file_path(folder, m->domain, &path) ||
	    sw_file_read(sw_buf_str(&path), SW_FILE_SECRET, file.max, &file, NULL))
		return;
	rest = sw_buf_slice(&file);
	if (!rest.len || !sw_slice_split(&rest, '\n', &line) ||
	    !sw_slice_starts(line, SW_S(HEAD)))
		return;
	line = sw_slice_from(line, sizeof(HEAD) - 1);
	if (!sw_slice_split(&line, ' ', &id) || !sw_slice_split(&line, ' ', &number) ||
	    !sw_slice_u64(number, &fetched) || (line.len && !sw_slice_u64(line, &failed)) ||
	    fetched > INT64_MAX / 2 || failed > INT64_MAX / 2)
		return;
	m->fetched_s = (int64_t)fetched;
	m->failed_s = (int64_t)failed;
	set_id(m->id, id);
	set_id(m->failed_id, failed ? id : SW_S(""));
	(void)take_text(m, rest);
}

static void save(const struct sw_context *c, const struct sw_sts_memory *m)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf path = { .max = 4096 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf file = { .max = SW_MAX_STS_POLICY + 128 };

	/* Best effort: what is not kept is fetched again. */
	if (make_folder(c->settings->state_dir) &&
	    file_path(c->settings->state_dir, m->domain, &path) &&
	    !sw_buf_printf(&file, HEAD "%s %lld", m->id, (long long)m->fetched_s) &&
	    (!m->failed_s || !sw_buf_printf(&file, " %lld", (long long)m->failed_s)) &&
	    !sw_buf_add_char(&file, '\n') &&
	    !sw_buf_add(&file, sw_buf_slice(&m->text)))
		(void)!sw_file_replace(sw_buf_str(&path), 0600, sw_buf_slice(&file), NULL);
}

void sw_guard_sts_look(const struct sw_client_settings *s, const char *domain,
		       struct sw_guard_kept *ret)
{
	const struct sw_world *world = sw_world_real();
	int64_t now = world->wall_us(world->arg) / 1000000;
	struct sw_sts_memory m = { .domain = (char *)domain };

	*ret = (struct sw_guard_kept){ .known = false };
	sw_buf_init(&m.text, SW_MAX_STS_POLICY);
	load(s->state_dir, &m);
	if (is_fresh_at(now, &m)) {
		ret->known = true;
		ret->mode = (int)m.policy.mode;
		ret->left_s = m.fetched_s + (int64_t)m.policy.max_age_s - now;
	}
	sw_buf_fini(&m.text);
}

static struct sw_sts_memory *entry_of(struct sw_context *c, const char *domain)
{
	struct sw_guard_memory *g = sw_guard_memory(c);
	struct sw_sts_memory *m, **at;
	size_t count = 0;

	if (!g)
		return NULL;
	for (at = &g->sts; *at; at = &(*at)->next, count++)
		if (sw_slice_eq_nocase(sw_slice_str((*at)->domain), sw_slice_str(domain)))
			return *at;
	m = sw_calloc(1, sizeof(*m));
	char *copy = m ? sw_strdup(domain) : NULL;

	if (!copy) {
		sw_free(m);
		return NULL;
	}
	m->domain = copy;
	sw_buf_init(&m->text, SW_MAX_STS_POLICY);
	uint64_t refused = sw_mem_refused();

	load(c->settings->state_dir, m);
	if (sw_mem_refused() != refused) {
		/* Forgotten, so that the next message looks at the file again. */
		free_entry(m);
		return NULL;
	}
	m->next = g->sts;
	g->sts = m;
	/* The oldest makes room. */
	for (at = &g->sts; count >= SW_MAX_STS_KEPT && *at; at = &(*at)->next)
		if (!(*at)->next) {
			free_entry(*at);
			*at = NULL;
			break;
		}
	return m;
}

/* ---- the record */

static void on_record(void *arg, const struct sw_dns_answer *a)
{
	struct look *l = arg;
	struct sw_ask ask = {
		.answered = true, .status = a->status, .count = a->count, .records = a->records
	};
	struct sw_slice id = { "", 0 };

	l->answered = true;
	l->status = a->status;
	l->flaw = sw_ask_failed(&ask) ? SW_STS_NO_RECORD : sw_sts_answer_read(&ask, &id);
	set_id(l->id, id);
	sw_context_wake(l->c);
}

static enum sw_err wait_for(struct look *l, const bool *flag, uint64_t until,
			    struct sw_error *err)
{
	enum sw_wait w;
	enum sw_err e = sw_context_wait_flag(l->c, flag, until, &w, err);

	l->aborted = l->aborted || (!e && w == SW_WAIT_ABORTED);
	return e;
}

static enum sw_err ask_record(struct look *l, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf name = { .max = 512 };
	uint64_t until = sw_context_stage_deadline(l->c, RECORD_US);

	l->status = SW_DNS_TIMEOUT;
	l->flaw = SW_STS_NO_RECORD;
	if (sw_buf_printf(&name, "_mta-sts.%s", l->domain))
		return sw_fail_nomem(err);
	/* Too long to be a name: then nobody has it. */
	if (!sw_dns_name_valid(sw_buf_slice(&name)))
		return SW_OK;
	struct sw_query *q = sw_resolver_ask(l->resolver, sw_buf_str(&name), SW_DNS_TXT, until,
					     on_record, l, err);
	if (!q)
		return err && err->code ? err->code : SW_E_NOMEM;
	enum sw_err e = wait_for(l, &l->answered, until, err);

	if (!l->answered)
		sw_query_cancel(q);
	return e;
}

/* ---- the file */

static void on_host(void *arg, const struct sw_addr *addrs, size_t count,
		    const struct sw_dns_answer *const *answers SW_UNUSED,
		    size_t answer_count SW_UNUSED, enum sw_dns_status worst SW_UNUSED)
{
	struct look *l = arg;

	l->addr_count = count < SW_LEN(l->addrs) ? count : SW_LEN(l->addrs);
	if (l->addr_count)
		memcpy(l->addrs, addrs, l->addr_count * sizeof(*addrs));
	l->resolved = true;
	sw_context_wake(l->c);
}

static void on_file(void *arg, struct sw_fetch_answer *answer)
{
	struct look *l = arg;

	l->file = *answer;
	*answer = (struct sw_fetch_answer){ 0 };
	l->fetched = true;
	sw_context_wake(l->c);
}

static enum sw_err find_host(struct look *l, const char *host, uint64_t until,
			     struct sw_error *err)
{
	struct sw_resolver *plain;
	enum sw_err e = sw_context_get_resolver(l->c, &plain, err);

	if (e)
		return e;
	struct sw_host_lookup *h = sw_resolve_host(plain, host, 443, l->c->settings->families,
						   until, on_host, l, err);
	if (!h)
		return err && err->code ? err->code : SW_E_NOMEM;
	e = wait_for(l, &l->resolved, until, err);
	if (!l->resolved)
		sw_host_lookup_cancel(h);
	return e;
}

static enum sw_err fetch(struct look *l, const char *host, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf url = { .max = 1024 };
	uint64_t until = sw_context_stage_deadline(l->c, l->renewing ? RENEW_US : FETCH_US);
	struct sw_fetch_request r = { .addrs = l->addrs,
				      .max_bytes = SW_MAX_STS_POLICY,
				      .deadline_us = until };
	enum sw_err e = sw_buf_printf(&url, "https://%s/.well-known/mta-sts.txt", host)
				? sw_fail_nomem(err)
				: find_host(l, host, until, err);
	if (e || l->addr_count == 0)
		return e;
	r.url = sw_buf_str(&url);
	r.addr_count = l->addr_count;
	e = sw_context_get_tls(l->c, &r.trust, err);
	struct sw_fetch *f = e ? NULL : sw_fetch_start(l->c->loop, &r, on_file, l, err);

	if (!f)
		return e ? e : err && err->code ? err->code : SW_E_NOMEM;
	e = wait_for(l, &l->fetched, until, err);
	if (!l->fetched)
		sw_fetch_cancel(f);
	return e;
}

/* RFC 8461 3.3: 200 and nothing else; the type is told, and not insisted on by senders. */
static enum sw_tlsrpt_result judge_file(struct look *l, struct sw_sts_memory *m)
{
	const struct sw_fetch_answer *a = &l->file;

	l->http_status = a->status;

	l->why = !l->addr_count         ? "the policy host has no address"
		 : !l->fetched          ? "the policy host did not answer in time"
		 : a->failure           ? sw_fetch_failure_name(a->failure)
		 : a->status / 100 == 3 ? "the policy host redirects, which is not allowed"
		 : a->status != 200     ? "the policy host has no policy"
					: "";
	if (*l->why)
		return a->failure == SW_FETCH_CERT ? SW_TLSRPT_STS_WEBPKI
						   : SW_TLSRPT_STS_FETCH;
	struct sw_sts_policy p;
	enum sw_sts_flaw flaw = sw_sts_policy_read(sw_buf_slice(&a->body), &p);

	if (flaw == SW_STS_GOOD && take_text(m, sw_buf_slice(&a->body)))
		return SW_TLSRPT_SUCCESS;
	l->why = sw_sts_flaw_text(flaw);
	return SW_TLSRPT_STS_INVALID;
}

static void count_failure(const struct look *l, enum sw_tlsrpt_result result)
{
	struct sw_tlsrpt_note n = { .wall_us = l->c->world->wall_us(l->c->world->arg),
				    .domain = l->domain,
				    .policy = "sts",
				    .host = "",
				    .result = result };

	if (l->c->settings->state_dir)
		sw_tlsrpt_note(l->c->settings->state_dir, &n);
}

static enum sw_err refresh(struct look *l, struct sw_sts_memory *m, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf host = { .max = 512 };

	if (m->failed_s && strcmp(m->failed_id, l->id) == 0 &&
	    wall_s(l->c) - m->failed_s < AGAIN_S) {
		l->why = "it could not be fetched a short while ago";
		return SW_OK;
	}
	if (sw_buf_printf(&host, "mta-sts.%s", l->domain))
		return sw_fail_nomem(err);
	enum sw_err e = fetch(l, sw_buf_str(&host), err);
	/* A host without a policy may be sent to; what was not read is no such host. */
	if (!e && l->fetched && l->file.failure == SW_FETCH_MEMORY)
		e = sw_fail_nomem(err);
	enum sw_tlsrpt_result result = e || l->aborted ? SW_TLSRPT_SUCCESS : judge_file(l, m);
	if (!e && !l->aborted && result != SW_TLSRPT_SUCCESS)
		e = sw_fail_if_refused(err, l->refused);

	if (!e && !l->aborted && result == SW_TLSRPT_SUCCESS) {
		m->fetched_s = wall_s(l->c);
		m->failed_s = 0;
		memcpy(m->id, l->id, sizeof(m->id));
		l->source = "fetched";
		save(l->c, m);
	} else if (!e && !l->aborted) {
		m->failed_s = wall_s(l->c);
		memcpy(m->failed_id, l->id, sizeof(m->failed_id));
		count_failure(l, result);
		if (l->renewing)
			save(l->c, m);
	}
	if (l->fetched)
		sw_fetch_answer_fini(&l->file);
	return e;
}

static void tell(const struct look *l, const struct sw_sts_memory *m)
{
	const char *mode = m ? sw_sts_mode_name(sw_guard_sts_mode(m)) : "none";

	SW_STATE(l->c->facts, SW_FACT_ROUTE_STS, SW_STAGE_DNS, "session", sw_context_now(l->c),
		 SW_F_STR("domain", l->domain),
		 SW_F_STR("record", sw_dns_status_name(l->status)), SW_F_STR("id", l->id),
		 SW_F_STR("flaw", l->flaw && l->flaw != SW_STS_NO_RECORD
					  ? sw_sts_flaw_text(l->flaw)
					  : ""),
		 SW_F_STR("mode", mode), SW_F_STR("source", m ? l->source : ""),
		 SW_F_STR("why", l->why), SW_F_INT("http_status", l->http_status));
	if (m)
		sw_context_note(l->c, SW_TR_NOTE, "MTA-STS of %s: %s (%s)%s%s", l->domain,
				mode, l->source, *l->why ? "; " : "", l->why);
	else if (*l->why)
		sw_context_note(l->c, SW_TR_NOTE, "MTA-STS of %s: no policy: %s", l->domain,
				l->why);
}

enum sw_err sw_guard_sts_get(struct sw_context *c, const char *domain,
			     struct sw_resolver *resolver, struct sw_guard_sts *ret,
			     struct sw_error *err)
{
	struct look l = { .c = c,
			  .domain = domain,
			  .resolver = resolver,
			  .refused = sw_mem_refused(),
			  .source = "kept",
			  .why = "" };
	struct sw_sts_memory *m = entry_of(c, domain);
	enum sw_err e = m ? ask_record(&l, err) : sw_fail_nomem(err);

	*ret = (struct sw_guard_sts){ .ending = SW_END_OK };
	if (e)
		return e;
	bool wanted = !is_fresh(c, m) || strcmp(m->id, l.id) != 0;
	l.renewing = !wanted && is_due(c, m);
	/* A policy that is good keeps being so without a record. */
	if (!l.aborted && l.flaw == SW_STS_GOOD && (wanted || l.renewing))
		e = refresh(&l, m, err);
	if (e)
		return e;
	if (l.aborted)
		ret->ending = SW_END_ABORTED;
	ret->entry = is_fresh(c, m) ? m : NULL;
	/* "No policy" is a finding, and the mail goes; it is not one when an answer got lost here. */
	if (!ret->entry && !l.aborted) {
		e = sw_fail_if_refused(err, l.refused);
		if (e)
			return e;
	}
	if (ret->entry || *l.why || (l.flaw && l.flaw != SW_STS_NO_RECORD))
		tell(&l, ret->entry);
	return SW_OK;
}
