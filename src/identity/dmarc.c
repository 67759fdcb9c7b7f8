/* SPDX-License-Identifier: MIT */
#include "identity/dmarc.h"

#include "base/text.h"
#include "identity/asks.h"

const char *sw_dmarc_result_name(enum sw_dmarc_result r)
{
	static const char *const names[SW_DMARC_RESULT_COUNT] = { "none", "pass", "fail",
								  "temperror", "permerror" };

	return (unsigned)r < SW_DMARC_RESULT_COUNT ? names[r] : "?";
}

/* A policy that was found, read once. */
struct policy {
	const struct sw_ask *ask;
	bool found;
	struct sw_dmarc_record record;
	struct policy *next;
};

/* The way up from one domain (RFC 9989 4.10). */
struct walk {
	const char *domain;
	bool spf;
	size_t count;
	const char *names[SW_DMARC_WALK];
	struct sw_ask *asks[SW_DMARC_WALK];
};

struct sw_dmarc {
	struct sw_machine m;
	struct walk author;
	struct walk *others; /* of the domains that passed */
	size_t count;
	const struct sw_suffixes *suffixes;
	struct sw_ask *listed; /* the record of the author's domain by public suffixes; NULL */
	struct sw_ask *exists; /* NULL until it matters */
	struct policy *policies;
	struct sw_dmarc_outcome outcome;
};

/* ---- names */

static size_t labels_in(struct sw_slice s)
{
	size_t count = s.len > 0;

	for (size_t i = 0; i < s.len; i++)
		count += s.ptr[i] == '.';
	return count;
}

/* The last `labels` labels, one at least. */
static const char *tail_of(const char *domain, size_t labels)
{
	for (size_t have = labels_in(sw_slice_str(domain)); have > labels; have--) {
		const char *dot = strchr(domain, '.');

		if (!dot)
			break;
		domain = dot + 1;
	}
	return domain;
}

static void begin_walk(struct sw_dmarc *x, struct walk *w, const char *domain, bool spf)
{
	const char *at = domain;
	size_t labels = labels_in(sw_slice_str(domain));

	*w = (struct walk){ .domain = domain, .spf = spf };
	while (labels > 0 && w->count < SW_DMARC_WALK) {
		w->names[w->count] = at;
		w->asks[w->count] = sw_asks_get_below(&x->m.asks, "_dmarc", at, SW_DNS_TXT);
		if (!w->asks[w->count++])
			return;
		/* From more than 8 labels down to 7 at once. */
		labels = labels > SW_DMARC_WALK ? SW_DMARC_WALK - 1 : labels - 1;
		at = tail_of(domain, labels);
	}
}

/* ---- policies */

static const struct sw_dmarc_record *record_of(struct sw_dmarc *x, const struct sw_ask *ask)
{
	struct policy *p = x->policies;
	struct sw_slice text = { NULL, 0 };
	size_t count = 0;

	while (p && p->ask != ask)
		p = p->next;
	if (p)
		return p->found ? &p->record : NULL;
	p = sw_arena_alloc(&x->m.arena, sizeof(*p));
	if (!p) {
		x->m.asks.nomem = true;
		return NULL;
	}
	for (size_t i = 0; i < ask->count; i++)
		if (sw_dmarc_is_record(ask->records[i].txt) && count++ == 0)
			text = ask->records[i].txt;
	p->ask = ask;
	/* Several records are none (4.10). */
	p->found = count == 1;
	if (p->found && sw_dmarc_record_read(text, &x->m.arena, &p->record))
		x->m.asks.nomem = true;
	p->next = x->policies;
	x->policies = p;
	return p->found ? &p->record : NULL;
}

/* What a walk came to. */
struct found {
	const char *org;
	size_t top;  /* the highest step with a record; SIZE_MAX: none */
	size_t psd;  /* the step with psd=y; SIZE_MAX: none */
	bool failed; /* a question that matters was not answered */
};

static struct found end_walk(struct sw_dmarc *x, const struct walk *w)
{
	struct found f = { .org = w->domain, .top = SIZE_MAX, .psd = SIZE_MAX };

	for (size_t i = 0; i < w->count; i++) {
		const struct sw_dmarc_record *r = record_of(x, w->asks[i]);

		f.failed = f.failed || sw_ask_failed(w->asks[i]);
		if (!r)
			continue;
		f.top = i;
		f.org = w->names[i];
		if (r->psd == 'n')
			break;
		if (r->psd == 'y') {
			f.psd = i;
			if (i > 0)
				f.org = tail_of(w->domain,
						labels_in(sw_slice_str(w->names[i])) + 1);
			break;
		}
	}
	return f;
}

/* ---- alignment */

bool sw_dmarc_aligned(struct sw_slice a, struct sw_slice org_a, struct sw_slice b,
		      struct sw_slice org_b, bool strict)
{
	if (sw_slice_eq_nocase(a, b))
		return true;
	return !strict && org_a.len > 0 && sw_slice_eq_nocase(org_a, org_b);
}

typedef struct sw_slice (*org_fn)(struct sw_dmarc *x, const struct walk *w, bool *ret_failed);

static struct sw_slice org_by_tree(struct sw_dmarc *x, const struct walk *w, bool *ret_failed)
{
	struct found f = end_walk(x, w);

	*ret_failed = f.failed;
	return sw_slice_str(f.org);
}

static struct sw_slice org_by_list(struct sw_dmarc *x, const struct walk *w, bool *ret_failed)
{
	struct sw_slice domain = sw_slice_str(w->domain);
	struct sw_slice org = sw_suffixes_org(x->suffixes, domain);

	*ret_failed = false;
	return org.len ? org : domain;
}

static void align(struct sw_dmarc *x, struct sw_dmarc_view *v, org_fn org_of)
{
	bool failed = false, unsure;
	struct sw_slice author = sw_slice_str(x->author.domain);
	struct sw_slice org = org_of(x, &x->author, &unsure);

	for (size_t i = 0; i < x->count; i++) {
		const struct walk *w = &x->others[i];
		const char **slot = w->spf ? &v->spf : &v->dkim;
		bool strict = w->spf ? v->record->strict_spf : v->record->strict_dkim;
		struct sw_slice other = org_of(x, w, &unsure);

		if (!*slot &&
		    sw_dmarc_aligned(author, org, sw_slice_str(w->domain), other, strict))
			*slot = w->domain;
		failed = failed || (unsure && !strict);
	}
	v->result = v->spf || v->dkim ? SW_DMARC_PASS
		    : failed          ? SW_DMARC_TEMPERROR
				      : SW_DMARC_FAIL;
}

/* ---- the two ways */

static enum sw_dmarc_policy tested(const struct sw_dmarc_record *r, enum sw_dmarc_policy p)
{
	if (!r->testing)
		return p;
	return p == SW_DMARC_REJECT ? SW_DMARC_QUARANTINE : SW_DMARC_NONE;
}

static void take_record(struct sw_dmarc_view *v, const struct sw_dmarc_record *r,
			const char *domain, bool own, bool exists)
{
	v->record = r;
	v->record_domain = domain;
	v->tag = "p";
	v->policy = own ? r->p : sw_dmarc_policy_below(r, exists, &v->tag);
	v->applied = v->policy;
}

static struct sw_dmarc_view empty_view(const char *org)
{
	return (struct sw_dmarc_view){ .record_domain = "", .org = org, .tag = "" };
}

/* Whose record counts for the author's domain (RFC 9989 4.10.1): its own, that of the
 * organizational domain, that of the public suffix above. SIZE_MAX: none. */
static size_t policy_step(struct sw_dmarc *x, const struct found *f)
{
	if (x->author.count > 0 && record_of(x, x->author.asks[0]))
		return 0;
	for (size_t i = 0; i < x->author.count && f->top != SIZE_MAX; i++)
		if (strcmp(x->author.names[i], f->org) == 0 && record_of(x, x->author.asks[i]))
			return i;
	return f->psd;
}

static struct sw_dmarc_view view_by_tree(struct sw_dmarc *x)
{
	struct found f = end_walk(x, &x->author);
	struct sw_dmarc_view v = empty_view(f.org);
	size_t step = policy_step(x, &f);

	/* A failure above the author's own record leaves the policy standing. */
	if (step != 0 && f.failed) {
		v.result = SW_DMARC_TEMPERROR;
		return v;
	}
	if (step == SIZE_MAX)
		return v;
	const struct sw_dmarc_record *r = record_of(x, x->author.asks[step]);
	if (step != 0 && r->np && !x->exists) {
		x->exists = sw_asks_get(&x->m.asks, x->author.domain, SW_DNS_A);
		return v;
	}
	bool exists = !x->exists || x->exists->status != SW_DNS_NXDOMAIN;
	take_record(&v, r, x->author.names[step], step == 0, exists);
	v.applied = tested(r, v.policy);
	if (v.policy != SW_DMARC_UNSET)
		align(x, &v, org_by_tree);
	return v;
}

static struct sw_dmarc_view view_by_list(struct sw_dmarc *x)
{
	bool failed;
	struct sw_slice org = org_by_list(x, &x->author, &failed);
	/* The end of the author's domain, so it ends with a NUL. */
	struct sw_dmarc_view v = empty_view(org.ptr);
	const struct sw_ask *own = x->author.asks[0];
	const struct sw_dmarc_record *r = record_of(x, own);

	if (sw_ask_failed(own) || (!r && sw_ask_failed(x->listed))) {
		v.result = SW_DMARC_TEMPERROR;
		return v;
	}
	const struct sw_dmarc_record *above = r ? NULL : record_of(x, x->listed);
	if (!r && !above)
		return v;
	/* np= came later: to these receivers every subdomain exists. */
	take_record(&v, r ? r : above, r ? x->author.domain : v.org, r || x->listed == own,
		    true);
	if (v.policy != SW_DMARC_UNSET)
		align(x, &v, org_by_list);
	return v;
}

static bool views_differ(const struct sw_dmarc_view *a, const struct sw_dmarc_view *b)
{
	if (a->result != b->result)
		return true;
	return a->result == SW_DMARC_FAIL && a->applied != b->applied;
}

static void conclude(void *machine)
{
	struct sw_dmarc *x = machine;

	if (x->m.asks.open_count > 0)
		return;
	x->outcome.tree = view_by_tree(x);
	if (x->m.asks.open_count > 0) /* whether the domain exists matters */
		return;
	if (x->suffixes) {
		x->outcome.has_list = true;
		x->outcome.list = view_by_list(x);
		x->outcome.differ = views_differ(&x->outcome.tree, &x->outcome.list);
	}
	x->m.done = !x->m.asks.nomem;
}

/* ---- beginning and end */

/* A copy without the final dot; NULL when it is no domain. */
static const char *keep_domain(struct sw_dmarc *x, struct sw_slice s)
{
	if (s.len > 0 && s.ptr[s.len - 1] == '.')
		s.len--;
	if (s.len > 253 || s.len == 0 || s.ptr[s.len - 1] == '.' || sw_slice_has_8bit(s) ||
	    sw_slice_find(s, '\\') < s.len || !sw_dns_name_valid(s))
		return NULL;
	struct sw_slice kept = sw_arena_copy(&x->m.arena, s);
	x->m.asks.nomem = x->m.asks.nomem || !kept.ptr;
	return kept.ptr;
}

static void begin_list(struct sw_dmarc *x)
{
	bool failed;

	x->listed = sw_asks_get_below(&x->m.asks, "_dmarc",
				      org_by_list(x, &x->author, &failed).ptr, SW_DNS_TXT);
}

static void begin(struct sw_dmarc *x, const struct sw_dmarc_request *r)
{
	const char *author = keep_domain(x, r->author);
	size_t most = r->count < SW_MAX_IDENTIFIERS ? r->count : SW_MAX_IDENTIFIERS;

	x->suffixes = r->suffixes;
	x->others = sw_arena_alloc(&x->m.arena, (most + 1) * sizeof(*x->others));
	x->m.asks.nomem = x->m.asks.nomem || !x->others;
	if (x->m.asks.nomem)
		return;
	if (!author) {
		x->outcome.tree = x->outcome.list = empty_view("");
		x->outcome.tree.result = x->outcome.list.result = SW_DMARC_PERMERROR;
		x->m.done = true;
		return;
	}
	begin_walk(x, &x->author, author, false);
	for (size_t i = 0; i < most; i++) {
		const char *domain = keep_domain(x, r->passed[i].domain);

		if (domain)
			begin_walk(x, &x->others[x->count++], domain, r->passed[i].spf);
	}
	if (x->suffixes)
		begin_list(x);
}

struct sw_dmarc *sw_dmarc_new(const struct sw_dmarc_request *r, struct sw_error *err)
{
	struct sw_dmarc *x = sw_machine_new(sizeof(*x), err);

	if (x)
		begin(x, r);
	return sw_machine_begun(x, err);
}

void sw_dmarc_free(struct sw_dmarc *x)
{
	sw_machine_free(x);
}

size_t sw_dmarc_questions(const struct sw_dmarc *x, const struct sw_dns_question **ret)
{
	return sw_machine_questions(&x->m, ret);
}

enum sw_err sw_dmarc_answer(struct sw_dmarc *x, const struct sw_dns_answer *a,
			    struct sw_error *err)
{
	return sw_machine_answer(x, a, conclude, err);
}

const struct sw_dmarc_outcome *sw_dmarc_outcome(const struct sw_dmarc *x)
{
	return x->m.done ? &x->outcome : NULL;
}

size_t sw_dmarc_step_count(const struct sw_dmarc *x)
{
	return x->m.asks.count;
}

enum sw_err sw_dmarc_step_text(const struct sw_dmarc *x, size_t i, struct sw_buf *out)
{
	const struct sw_ask *a = x->m.asks.all[i];
	enum sw_err e = sw_ask_text(a, out);

	for (const struct policy *p = x->policies; p && !e; p = p->next)
		if (p->ask == a && p->found) {
			e = sw_buf_add_str(out, ": ");
			if (!e)
				e = sw_text_escape(out, p->record.text, SW_TEXT_LINE);
		}
	return e;
}

enum sw_err sw_dmarc_view_text(const struct sw_dmarc_view *v, struct sw_buf *out)
{
	enum sw_err e = sw_buf_add_str(out, sw_dmarc_result_name(v->result));

	if (e || !v->record)
		return e;
	e = sw_buf_printf(out, "; %s=%s of ", v->tag, sw_dmarc_policy_name(v->policy));
	if (!e)
		e = sw_text_escape(out, sw_slice_str(v->record_domain), SW_TEXT_LINE);
	if (!e && v->applied != v->policy)
		e = sw_buf_printf(out, ", applied: %s", sw_dmarc_policy_name(v->applied));
	return e;
}
