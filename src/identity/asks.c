/* SPDX-License-Identifier: MIT */
#include "identity/asks.h"

#include "base/mem.h"
#include "base/text.h"

void sw_asks_init(struct sw_asks *s, struct sw_arena *arena)
{
	*s = (struct sw_asks){ .arena = arena };
}

/* Without dots at its end, so that a name that is kept is its own answer's. */
static struct sw_slice undotted(const char *name)
{
	struct sw_slice s = sw_slice_str(name);

	while (s.len > 1 && s.ptr[s.len - 1] == '.')
		s.len--;
	return s;
}

static struct sw_ask *find(const struct sw_asks *s, struct sw_slice name, uint64_t hash,
			   enum sw_dns_type type)
{
	for (size_t i = 0; i < s->count; i++) {
		struct sw_ask *a = s->all[i];

		if (a->hash == hash && a->type == type &&
		    sw_slice_eq_nocase(sw_slice_str(a->name), name))
			return a;
	}
	return NULL;
}

/* `array` of `count` things of `size` bytes with room for one more, or NULL. */
static void *grown(struct sw_arena *arena, void *array, size_t count, size_t *room,
		   size_t size)
{
	if (count < *room)
		return array;
	size_t more = *room ? *room * 2 : 8;
	void *fresh = sw_arena_alloc(arena, more * size);

	if (!fresh)
		return NULL;
	if (count)
		memcpy(fresh, array, count * size);
	*room = more;
	return fresh;
}

static struct sw_ask *add(struct sw_asks *s, struct sw_slice name, uint64_t hash,
			  enum sw_dns_type type)
{
	struct sw_ask **all =
		grown(s->arena, (void *)s->all, s->count, &s->room, sizeof(struct sw_ask *));
	struct sw_ask *a = sw_arena_alloc(s->arena, sizeof(*a));
	char *kept = (char *)sw_arena_copy(s->arena, name).ptr;

	if (all)
		s->all = all;
	struct sw_dns_question *open =
		grown(s->arena, s->open, s->open_count, &s->open_room, sizeof(*open));
	if (open)
		s->open = open;
	if (!all || !a || !kept || !open)
		return NULL;
	*a = (struct sw_ask){ .name = kept, .type = type, .hash = hash };
	s->all[s->count++] = a;
	s->open[s->open_count++] = (struct sw_dns_question){ kept, type };
	return a;
}

struct sw_ask *sw_asks_get(struct sw_asks *s, const char *name, enum sw_dns_type type)
{
	struct sw_slice plain = undotted(name);
	uint64_t hash = sw_slice_hash_nocase(plain, type);
	struct sw_ask *a = find(s, plain, hash, type);

	if (a)
		return a;
	if (s->count < SW_MAX_ASKS)
		a = add(s, plain, hash, type);
	if (!a)
		s->nomem = true;
	return a;
}

struct sw_ask *sw_asks_get_below(struct sw_asks *s, const char *prefix, const char *name,
				 enum sw_dns_type type)
{
	struct sw_slice head = sw_slice_str(prefix), tail = sw_slice_str(name);
	char *both = sw_arena_alloc(s->arena, head.len + tail.len + 2);

	if (!both) {
		s->nomem = true;
		return NULL;
	}
	memcpy(both, head.ptr, head.len);
	both[head.len] = '.';
	memcpy(both + head.len + 1, tail.ptr, tail.len);
	return sw_asks_get(s, both, type);
}

static const char *keep(struct sw_asks *s, const char *text)
{
	const char *kept = sw_arena_strdup(s->arena, text);

	if (!kept)
		s->nomem = true;
	return kept ? kept : "";
}

/* The texts of one record, into our arena; how many bytes they are. */
static size_t keep_texts(struct sw_asks *s, struct sw_dns_record *r)
{
	struct sw_slice *data = NULL;

	if (r->type == SW_DNS_TXT)
		data = &r->txt;
	else if (r->type == SW_DNS_TLSA)
		data = &r->tlsa.data;
	else if (r->type == SW_DNS_MX)
		r->mx.host = keep(s, r->mx.host);
	else if (r->type == SW_DNS_PTR || r->type == SW_DNS_CNAME || r->type == SW_DNS_NS)
		r->name = keep(s, r->name);
	if (!data)
		return 0;
	*data = sw_arena_copy(s->arena, *data);
	s->nomem = s->nomem || !data->ptr;
	return data->len;
}

static void keep_records(struct sw_asks *s, struct sw_ask *ask, const struct sw_dns_answer *a)
{
	size_t most = a->count < SW_MAX_DNS_RECORDS ? a->count : SW_MAX_DNS_RECORDS;
	struct sw_dns_record *kept = sw_arena_alloc(s->arena, most * sizeof(*kept));
	size_t bytes = 0;

	ask->cut = a->cut || most < a->count;
	if (!kept) {
		s->nomem = true;
		return;
	}
	for (size_t i = 0; i < most; i++) {
		/* SOA and SRV are asked by nobody here, and have texts of their own. */
		if (a->records[i].type != ask->type || ask->type == SW_DNS_SOA ||
		    ask->type == SW_DNS_SRV)
			continue;
		if (bytes >= SW_MAX_KEPT_ANSWER) {
			ask->cut = true;
			break;
		}
		kept[ask->count] = a->records[i];
		bytes += keep_texts(s, &kept[ask->count++]);
	}
	ask->records = kept;
}

static void close_question(struct sw_asks *s, const struct sw_ask *a)
{
	for (size_t i = 0; i < s->open_count; i++)
		if (s->open[i].name == a->name && s->open[i].type == a->type) {
			s->open_count--;
			memmove(&s->open[i], &s->open[i + 1],
				(s->open_count - i) * sizeof(s->open[0]));
			return;
		}
}

enum sw_err sw_asks_take(struct sw_asks *s, const struct sw_dns_answer *a, struct sw_ask **ret)
{
	struct sw_slice name = undotted(a->name);
	struct sw_ask *ask = find(s, name, sw_slice_hash_nocase(name, a->type), a->type);
	const char *why = a->why_bogus ? a->why_bogus : a->why_failed;

	*ret = NULL;
	if (!ask || ask->answered)
		return s->nomem ? SW_E_NOMEM : SW_OK;
	ask->status = a->status;
	ask->secure = a->secure;
	ask->canonical = !a->canonical || strcmp(a->canonical, a->name) == 0
				 ? ask->name
				 : keep(s, a->canonical);
	ask->why = why ? keep(s, why) : "";
	if (a->status == SW_DNS_OK && a->count > 0)
		keep_records(s, ask, a);
	if (s->nomem)
		return SW_E_NOMEM;
	ask->answered = true;
	close_question(s, ask);
	*ret = ask;
	return SW_OK;
}

size_t sw_asks_open(const struct sw_asks *s, const struct sw_dns_question **ret)
{
	*ret = s->open;
	return s->open_count;
}

enum sw_err sw_ask_text(const struct sw_ask *a, struct sw_buf *out)
{
	enum sw_err e = sw_buf_printf(out, "%s ", sw_dns_type_name(a->type));

	if (!e)
		e = sw_text_escape(out, sw_slice_str(a->name), SW_TEXT_LINE);
	if (e || !a->answered)
		return e ? e : sw_buf_add_str(out, ": no answer yet");
	if (a->status == SW_DNS_OK)
		return sw_buf_printf(out, ": %zu record%s%s", a->count,
				     a->count == 1 ? "" : "s", a->cut ? ", cut" : "");
	return sw_buf_printf(out, ": %s", sw_dns_status_name(a->status));
}

/* ---- evaluators ---- */

void *sw_machine_new(size_t size, struct sw_error *err)
{
	struct sw_machine *m = sw_calloc(1, size);

	if (m)
		sw_asks_init(&m->asks, &m->arena);
	else
		sw_fail_nomem(err);
	return m;
}

void *sw_machine_begun(void *machine, struct sw_error *err)
{
	struct sw_machine *m = machine;

	if (!m || !m->asks.nomem)
		return m;
	sw_fail_nomem(err);
	sw_machine_free(m);
	return NULL;
}

void sw_machine_free(void *machine)
{
	struct sw_machine *m = machine;

	if (!m)
		return;
	sw_arena_fini(&m->arena);
	sw_free(m);
}

void sw_machine_restart(struct sw_machine *m)
{
	sw_arena_reset(&m->arena);
	sw_asks_init(&m->asks, &m->arena);
	m->done = false;
}

size_t sw_machine_questions(const struct sw_machine *m, const struct sw_dns_question **ret)
{
	size_t count = sw_asks_open(&m->asks, ret);

	return m->done ? 0 : count;
}

enum sw_err sw_machine_answer(void *machine, const struct sw_dns_answer *a,
			      void (*run)(void *machine), struct sw_error *err)
{
	struct sw_machine *m = machine;
	struct sw_ask *ask;

	if (m->done)
		return SW_OK;
	if (sw_asks_take(&m->asks, a, &ask))
		return sw_fail_nomem(err);
	if (ask && run)
		run(machine);
	return m->asks.nomem ? sw_fail_nomem(err) : SW_OK;
}
