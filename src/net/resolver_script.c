/* SPDX-License-Identifier: MIT */
/* Answers from a script, for tests: no packet leaves the machine. */
#include "base/mem.h"
#include "net/resolver_internal.h"

enum {
	TTL_S = 300,
	/* A question without a deadline ends some time too, as with real servers. */
	SILENCE_US = 5 * 1000 * 1000,
	MAX_DELAY_MS = 3600 * 1000,
};

enum kind { DATA, FAILURE, DELAY, SECURE };

struct entry {
	struct entry *next;
	struct sw_slice name;	/* without the final dot */
	enum sw_dns_type type;
	enum kind kind;
	struct sw_slice data;
	enum sw_dns_status status;
	uint64_t delay_us;
};

struct script {
	struct sw_resolver base;
	struct sw_arena arena;
	struct entry *first, *last;
};

static const struct {
	const char *word;
	enum sw_dns_status status;
	int rcode;
} failures[] = {
	{ "nodata", SW_DNS_NODATA, 0 },	    { "nxdomain", SW_DNS_NXDOMAIN, 3 },
	{ "servfail", SW_DNS_SERVFAIL, 2 }, { "refused", SW_DNS_REFUSED, 5 },
	{ "bogus", SW_DNS_BOGUS, 2 },	    { "timeout", SW_DNS_TIMEOUT, 0 },
	{ "failed", SW_DNS_FAILED, 0 },
};

static struct sw_slice without_dot(struct sw_slice name)
{
	if (name.len > 1 && name.ptr[name.len - 1] == '.')
		name.len--;
	return name;
}

static const struct entry *find(const struct script *s, struct sw_slice name,
				enum sw_dns_type type, enum kind kind)
{
	for (const struct entry *e = s->first; e; e = e->next)
		if (e->type == type && e->kind == kind && sw_slice_eq_nocase(e->name, name))
			return e;
	return NULL;
}

static bool is_listed(const struct script *s, struct sw_slice name)
{
	for (const struct entry *e = s->first; e; e = e->next)
		if (sw_slice_eq_nocase(e->name, name))
			return true;
	return false;
}

static void fail_as(struct sw_dns_answer *a, enum sw_dns_status status)
{
	a->status = status;
	for (size_t i = 0; i < SW_LEN(failures); i++)
		if (failures[i].status == status)
			a->rcode = failures[i].rcode;
	if (status == SW_DNS_BOGUS)
		a->why_bogus = "bogus by the script";
	if (status == SW_DNS_FAILED)
		a->why_failed = "failed by the script";
	if (status == SW_DNS_TIMEOUT)
		a->why_failed = "no answer by the script";
}

static enum sw_err add_data(const struct script *s, struct sw_slice name,
			    struct sw_dns_answer *a)
{
	for (const struct entry *e = s->first; e; e = e->next) {
		if (e->type != a->type || e->kind != DATA || !sw_slice_eq_nocase(e->name, name))
			continue;
		enum sw_err err = sw_dns_answer_add_text(a, a->type, TTL_S, e->data, NULL);
		if (err && err != SW_E_LIMIT)
			return err;
	}
	return SW_OK;
}

/* What the script says of this name; the chain of CNAMEs is walked. */
static enum sw_err fill(const struct script *s, struct sw_dns_answer *a)
{
	struct sw_slice name = without_dot(sw_slice_str(a->name));

	a->source = "script";
	for (int hops = 0;; hops++) {
		const struct entry *failure = find(s, name, a->type, FAILURE);
		if (failure) {
			fail_as(a, failure->status);
			return SW_OK;
		}
		a->secure = find(s, name, a->type, SECURE) != NULL;
		enum sw_err e = add_data(s, name, a);
		if (e || a->count > 0)
			return e;
		const struct entry *alias = find(s, name, SW_DNS_CNAME, DATA);
		if (!alias || a->type == SW_DNS_CNAME)
			break;
		if (hops == SW_MAX_CNAMES) {
			fail_as(a, SW_DNS_SERVFAIL);
			return SW_OK;
		}
		name = without_dot(alias->data);
		struct sw_slice kept = sw_arena_copy(&a->arena, name);
		if (!kept.ptr)
			return SW_E_NOMEM;
		a->canonical = kept.ptr;
	}
	fail_as(a, is_listed(s, name) ? SW_DNS_NODATA : SW_DNS_NXDOMAIN);
	return SW_OK;
}

static enum sw_err ask(struct sw_query *q, struct sw_error *err)
{
	const struct script *s = (const struct script *)q->resolver;
	struct sw_dns_answer *a = q->answer;
	uint64_t at_us = 0;

	if (fill(s, a))
		return sw_fail_nomem(err);
	if (a->status == SW_DNS_TIMEOUT) {
		if (q->deadline_us == SW_NEVER)
			sw_query_answered_at(q, sw_time_add(q->started_us, SILENCE_US));
		return SW_OK;
	}
	const struct entry *delay =
		find(s, without_dot(sw_slice_str(a->name)), a->type, DELAY);
	if (delay)
		at_us = sw_time_add(q->started_us, delay->delay_us);
	if (at_us < q->deadline_us)
		sw_query_answered_at(q, at_us);
	return SW_OK;
}

static void cancel(struct sw_query *q SW_UNUSED)
{
}

/* The deadline may come before a delayed answer, of which then nothing is left. */
static void timed_out(struct sw_query *q)
{
	q->answer->count = 0;
	q->answer->secure = false;
	fail_as(q->answer, SW_DNS_TIMEOUT);
}

static void free_script(struct sw_resolver *r)
{
	struct script *s = (struct script *)r;

	sw_arena_fini(&s->arena);
	sw_free(s);
}

static const struct sw_resolver_ops ops = {
	.ask = ask,
	.cancel = cancel,
	.timed_out = timed_out,
	.free = free_script,
};

/* A comment begins with a '#' at the start of a word outside quotes. */
static struct sw_slice without_comment(struct sw_slice line)
{
	bool quoted = false;

	for (size_t i = 0; i < line.len; i++) {
		if (line.ptr[i] == '"')
			quoted = !quoted;
		if (line.ptr[i] == '#' && !quoted &&
		    (i == 0 || line.ptr[i - 1] == ' ' || line.ptr[i - 1] == '\t'))
			return sw_slice_head(line, i);
	}
	return line;
}

static struct sw_slice next_word(struct sw_slice *rest)
{
	*rest = sw_slice_trim(*rest);
	size_t len = 0;
	while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t')
		len++;
	struct sw_slice word = sw_slice_head(*rest, len);
	*rest = sw_slice_trim(sw_slice_from(*rest, len));
	return word;
}

static bool read_failure(struct entry *e, struct sw_slice word)
{
	for (size_t i = 0; i < SW_LEN(failures); i++) {
		if (sw_slice_eq(word, sw_slice_str(failures[i].word))) {
			e->kind = FAILURE;
			e->status = failures[i].status;
			return true;
		}
	}
	return false;
}

static bool read_delay(struct entry *e, struct sw_slice word)
{
	uint64_t ms;

	if (!sw_slice_u64(word, &ms) || ms > MAX_DELAY_MS)
		return false;
	e->kind = DELAY;
	e->delay_us = ms * 1000;
	return true;
}

static enum sw_err read_data(struct entry *e, struct sw_error *err)
{
	struct sw_dns_answer *scratch = sw_dns_answer_new("", e->type);

	if (!scratch)
		return sw_fail_nomem(err);
	enum sw_err code = sw_dns_answer_add_text(scratch, e->type, TTL_S, e->data, err);
	sw_dns_answer_free(scratch);
	e->kind = DATA;
	return code;
}

static enum sw_err read_entry(struct entry *e, struct sw_slice line, struct sw_error *err)
{
	e->name = without_dot(next_word(&line));
	struct sw_slice type = next_word(&line);

	if (!sw_dns_name_valid(e->name))
		return sw_fail(err, SW_E_DATA, "not a name: '%.*s'", SW_FMT(e->name));
	if (!sw_dns_type_from_name(type, &e->type))
		return sw_fail(err, SW_E_DATA, "not a record type: '%.*s'", SW_FMT(type));
	e->data = line;
	if (line.len > 0 && line.ptr[0] == '!' && read_failure(e, sw_slice_from(line, 1)))
		return SW_OK;
	if (line.len > 0 && line.ptr[0] == '~' && read_delay(e, sw_slice_from(line, 1)))
		return SW_OK;
	if (sw_slice_eq(line, SW_S("+secure"))) {
		e->kind = SECURE;
		return SW_OK;
	}
	return read_data(e, err);
}

static enum sw_err read_line(struct script *s, struct sw_slice line, struct sw_error *err)
{
	line = sw_slice_trim(without_comment(line));
	if (line.len == 0)
		return SW_OK;
	struct entry *e = sw_arena_alloc(&s->arena, sizeof(*e));
	if (!e)
		return sw_fail_nomem(err);
	enum sw_err code = read_entry(e, line, err);
	if (code)
		return code;
	if (s->last)
		s->last->next = e;
	else
		s->first = e;
	s->last = e;
	return SW_OK;
}

static enum sw_err read_script(struct script *s, struct sw_slice text, struct sw_error *err)
{
	struct sw_error why = { 0 };
	struct sw_slice line;

	if (text.len > SW_MAX_CONFIG)
		return sw_fail(err, SW_E_LIMIT, "DNS script longer than %d bytes", SW_MAX_CONFIG);
	struct sw_slice kept = sw_arena_copy(&s->arena, text);
	if (!kept.ptr)
		return sw_fail_nomem(err);
	for (unsigned number = 1; sw_slice_split(&kept, '\n', &line); number++) {
		enum sw_err e = read_line(s, line, &why);
		if (e)
			return sw_fail(err, e, "DNS script, line %u: %s", number, why.text);
	}
	return SW_OK;
}

struct sw_resolver *sw_resolver_script(struct sw_loop *loop, struct sw_slice script,
				       struct sw_error *err)
{
	struct script *s = sw_calloc(1, sizeof(*s));

	if (!s) {
		sw_fail_nomem(err);
		return NULL;
	}
	s->base.ops = &ops;
	s->base.loop = loop;
	sw_arena_init(&s->arena);
	if (read_script(s, script, err)) {
		free_script(&s->base);
		return NULL;
	}
	return &s->base;
}
