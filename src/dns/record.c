/* SPDX-License-Identifier: MIT */
#include "dns/record.h"

#include "base/mem.h"
#include "dns/name.h"

static const char *const status_names[SW_DNS_STATUS_COUNT] = {
	[SW_DNS_OK] = "ok",		[SW_DNS_NODATA] = "nodata",
	[SW_DNS_NXDOMAIN] = "nxdomain", [SW_DNS_SERVFAIL] = "servfail",
	[SW_DNS_REFUSED] = "refused",	[SW_DNS_BOGUS] = "bogus",
	[SW_DNS_TIMEOUT] = "timeout",	[SW_DNS_FAILED] = "failed",
};

const char *sw_dns_status_name(enum sw_dns_status status)
{
	return (unsigned)status < SW_DNS_STATUS_COUNT ? status_names[status] : "?";
}

/* RDATA that is read byte by byte from the front; never beyond its end. */
struct rdata {
	const uint8_t *data;
	size_t len;
	size_t pos;
};

static bool take_u8(struct rdata *in, uint8_t *ret)
{
	if (in->pos >= in->len)
		return false;
	*ret = in->data[in->pos++];
	return true;
}

static bool take_u16(struct rdata *in, uint16_t *ret)
{
	if (in->len - in->pos < 2)
		return false;
	*ret = (uint16_t)(in->data[in->pos] << 8 | in->data[in->pos + 1]);
	in->pos += 2;
	return true;
}

static bool take_u32(struct rdata *in, uint32_t *ret)
{
	uint16_t high, low;

	if (in->len - in->pos < 4 || !take_u16(in, &high) || !take_u16(in, &low))
		return false;
	*ret = (uint32_t)high << 16 | low;
	return true;
}

static enum sw_err take_name(struct rdata *in, struct sw_arena *arena, const char **ret)
{
	return sw_dns_name_read(in->data, in->len, &in->pos, arena, ret);
}

/* Readers of one type each.  What is left over afterwards is the caller's to refuse. */
typedef enum sw_err (*read_fn)(struct rdata *in, struct sw_arena *arena, struct sw_dns_record *r);

static enum sw_err read_a(struct rdata *in, struct sw_arena *arena SW_UNUSED,
			  struct sw_dns_record *r)
{
	if (in->len != sizeof(r->a))
		return SW_E_DATA;
	memcpy(r->a, in->data, sizeof(r->a));
	in->pos = in->len;
	return SW_OK;
}

static enum sw_err read_aaaa(struct rdata *in, struct sw_arena *arena SW_UNUSED,
			     struct sw_dns_record *r)
{
	if (in->len != sizeof(r->aaaa))
		return SW_E_DATA;
	memcpy(r->aaaa, in->data, sizeof(r->aaaa));
	in->pos = in->len;
	return SW_OK;
}

static enum sw_err read_name(struct rdata *in, struct sw_arena *arena, struct sw_dns_record *r)
{
	return take_name(in, arena, &r->name);
}

static enum sw_err read_soa(struct rdata *in, struct sw_arena *arena, struct sw_dns_record *r)
{
	uint32_t timer;
	enum sw_err e = take_name(in, arena, &r->soa.mname);

	if (!e)
		e = take_name(in, arena, &r->soa.rname);
	if (e)
		return e;
	if (!take_u32(in, &r->soa.serial))
		return SW_E_DATA;
	/* refresh, retry, expire, minimum: must be there, are of no use to us */
	for (int i = 0; i < 4; i++)
		if (!take_u32(in, &timer))
			return SW_E_DATA;
	return SW_OK;
}

static enum sw_err read_mx(struct rdata *in, struct sw_arena *arena, struct sw_dns_record *r)
{
	if (!take_u16(in, &r->mx.preference))
		return SW_E_DATA;
	return take_name(in, arena, &r->mx.host);
}

/* One or more strings of up to 255 octets (RFC 1035 3.3.14), joined without anything between
 * (RFC 7208 3.3, RFC 6376 3.6.2.2). */
static enum sw_err read_txt(struct rdata *in, struct sw_arena *arena, struct sw_dns_record *r)
{
	uint8_t len;
	size_t used = 0;

	if (in->len == 0)
		return SW_E_DATA;
	char *joined = sw_arena_alloc(arena, in->len);
	if (!joined)
		return SW_E_NOMEM;
	while (take_u8(in, &len)) {
		if (len > in->len - in->pos)
			return SW_E_DATA;
		memcpy(joined + used, in->data + in->pos, len);
		used += len;
		in->pos += len;
	}
	joined[used] = '\0'; /* fits: at least one length octet was not copied */
	r->txt = sw_slice(joined, used);
	return SW_OK;
}

static enum sw_err read_srv(struct rdata *in, struct sw_arena *arena, struct sw_dns_record *r)
{
	if (!take_u16(in, &r->srv.priority) || !take_u16(in, &r->srv.weight) ||
	    !take_u16(in, &r->srv.port))
		return SW_E_DATA;
	return take_name(in, arena, &r->srv.host);
}

/* One without data, or cut short, is a record all the same, which nobody can use: where there is
 * one, mail does not go in the clear (RFC 7672 2.2), so it must not read as none. What is
 * missing of the numbers is 255, "private use" (RFC 6698 7). */
static enum sw_err read_tlsa(struct rdata *in, struct sw_arena *arena, struct sw_dns_record *r)
{
	r->tlsa.usage = r->tlsa.selector = r->tlsa.matching = 255;
	(void)(take_u8(in, &r->tlsa.usage) && take_u8(in, &r->tlsa.selector) &&
	       take_u8(in, &r->tlsa.matching));
	struct sw_slice data = SW_S("");

	if (in->pos < in->len)
		data = sw_slice(in->data + in->pos, in->len - in->pos);
	r->tlsa.data = sw_arena_copy(arena, data);
	in->pos = in->len;
	return r->tlsa.data.ptr ? SW_OK : SW_E_NOMEM;
}

static const struct {
	enum sw_dns_type type;
	const char *name;
	read_fn read;
} types[] = {
	{ SW_DNS_A, "A", read_a },	     { SW_DNS_NS, "NS", read_name },
	{ SW_DNS_CNAME, "CNAME", read_name }, { SW_DNS_SOA, "SOA", read_soa },
	{ SW_DNS_PTR, "PTR", read_name },    { SW_DNS_MX, "MX", read_mx },
	{ SW_DNS_TXT, "TXT", read_txt },     { SW_DNS_AAAA, "AAAA", read_aaaa },
	{ SW_DNS_SRV, "SRV", read_srv },     { SW_DNS_TLSA, "TLSA", read_tlsa },
};

const char *sw_dns_type_name(enum sw_dns_type type)
{
	for (size_t i = 0; i < SW_LEN(types); i++)
		if (types[i].type == type)
			return types[i].name;
	return "?";
}

bool sw_dns_type_from_name(struct sw_slice name, enum sw_dns_type *ret)
{
	for (size_t i = 0; i < SW_LEN(types); i++) {
		if (sw_slice_eq_nocase(name, sw_slice_str(types[i].name))) {
			*ret = types[i].type;
			return true;
		}
	}
	return false;
}

struct sw_dns_answer *sw_dns_answer_new(const char *name, enum sw_dns_type type)
{
	struct sw_dns_answer *a = sw_calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	sw_arena_init(&a->arena);
	a->name = sw_arena_strdup(&a->arena, name);
	if (!a->name) {
		sw_dns_answer_free(a);
		return NULL;
	}
	a->type = type;
	a->canonical = a->name;
	a->source = "";
	return a;
}

void sw_dns_answer_free(struct sw_dns_answer *a)
{
	if (!a)
		return;
	sw_arena_fini(&a->arena);
	sw_free(a);
}

const char *sw_dns_answer_keep(struct sw_dns_answer *a, const char *text)
{
	const char *kept = sw_arena_strdup(&a->arena, text);

	return kept ? kept : "";
}

/* Room for one more record; the old array stays in the arena until the end. */
static enum sw_err make_room(struct sw_dns_answer *a)
{
	if (a->count < a->room)
		return SW_OK;
	size_t room = a->room ? a->room * 2 : 4;
	struct sw_dns_record *grown = sw_arena_alloc(&a->arena, room * sizeof(*grown));
	if (!grown)
		return SW_E_NOMEM;
	if (a->count > 0)
		memcpy(grown, a->records, a->count * sizeof(*grown));
	a->records = grown;
	a->room = room;
	return SW_OK;
}

enum sw_err sw_dns_answer_add_wire(struct sw_dns_answer *a, enum sw_dns_type type,
				   uint32_t ttl_s, const uint8_t *rdata, size_t len)
{
	struct sw_dns_record r = { .type = type, .ttl_s = ttl_s };
	struct rdata in = { .data = rdata, .len = len };
	read_fn read = NULL;

	for (size_t i = 0; i < SW_LEN(types); i++)
		if (types[i].type == type)
			read = types[i].read;
	if (!read || len > UINT16_MAX)
		return SW_E_DATA;
	if (a->count >= SW_MAX_DNS_RECORDS) {
		a->cut = true;
		return SW_E_LIMIT;
	}
	enum sw_err e = read(&in, &a->arena, &r);
	if (e)
		return e;
	if (in.pos != in.len)
		return SW_E_DATA;
	e = make_room(a);
	if (e)
		return e;
	a->records[a->count++] = r;
	return SW_OK;
}
