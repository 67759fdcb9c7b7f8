/* SPDX-License-Identifier: MIT */
/* The first pass: which parts hold 8-bit bytes, and what is to become of each. */
#include "base/limits.h"
#include "base/mem.h"
#include "mail/downgrade_private.h"

/* Whether bytes that come in pieces are UTF-8 (RFC 3629 4). */
struct utf8 {
	unsigned char low, high; /* what the next byte may be */
	unsigned left;           /* bytes that the character still wants */
	bool broken;
};

static void utf8_begin(struct utf8 *u, unsigned char b)
{
	u->low = 0x80;
	u->high = 0xBF;
	if (b >= 0xC2 && b <= 0xDF)
		u->left = 1;
	else if (b >= 0xE0 && b <= 0xEF)
		u->left = 2;
	else if (b >= 0xF0 && b <= 0xF4)
		u->left = 3;
	else
		u->broken = true;
	if (b == 0xE0)
		u->low = 0xA0;
	if (b == 0xED)
		u->high = 0x9F;
	if (b == 0xF0)
		u->low = 0x90;
	if (b == 0xF4)
		u->high = 0x8F;
}

static void utf8_add(struct utf8 *u, unsigned char b)
{
	if (u->left == 0) {
		if (b >= 0x80)
			utf8_begin(u, b);
		return;
	}
	u->broken |= b < u->low || b > u->high;
	u->low = 0x80;
	u->high = 0xBF;
	u->left--;
}

struct planner {
	struct sw_downgrade_plan *plan;
	struct sw_downgrade_walk *walk;
	enum sw_downgrade why;
	struct sw_downgrade_part part; /* the one under way */
	enum sw_downgrade guarded;     /* of the whole message */
	uint64_t bytes, escapes;
	bool wide; /* it holds 8-bit bytes */
	struct utf8 utf8;
};

void sw_downgrade_plan_fini(struct sw_downgrade_plan *p)
{
	sw_free(p->parts);
	*p = (struct sw_downgrade_plan){ 0 };
}

static enum sw_err hinder(struct planner *p, enum sw_downgrade why)
{
	p->why = why;
	return SW_E_DATA;
}

static enum sw_err grow(struct sw_downgrade_plan *plan)
{
	if (plan->count < plan->room)
		return SW_OK;
	size_t room = plan->room ? 2 * plan->room : 16;
	uint8_t *parts = sw_realloc(plan->parts, room);

	if (!parts)
		return SW_E_NOMEM;
	plan->parts = parts;
	plan->room = room;
	return SW_OK;
}

static enum sw_err plan_header(void *arg, const struct sw_downgrade_part *part,
			       struct sw_slice header)
{
	struct planner *p = arg;

	if (sw_slice_has_8bit(header))
		return hinder(p, part->guarded ? part->guarded : SW_DOWNGRADE_HEADER);
	enum sw_err code = grow(p->plan);

	if (code)
		return code;
	if (part->index == 0)
		p->guarded = part->guarded;
	/* Used by those that turn out to have such parts. */
	p->plan->parts[p->plan->count++] = 0;
	p->part = *part;
	p->bytes = p->escapes = 0;
	p->wide = false;
	p->utf8 = (struct utf8){ 0 };
	return SW_OK;
}

static enum sw_err plan_body(void *arg, struct sw_slice piece)
{
	struct planner *p = arg;

	p->bytes += piece.len;
	if (sw_slice_eq(piece, SW_S("\r\n"))) {
		p->utf8.broken |= p->utf8.left > 0;
		return SW_OK;
	}
	for (size_t i = 0; i < piece.len; i++) {
		unsigned char b = (unsigned char)piece.ptr[i];

		p->wide |= b >= 0x80;
		p->escapes += b >= 0x7F || b == '=' || (b < ' ' && b != '\t');
		utf8_add(&p->utf8, b);
	}
	return SW_OK;
}

/* In whose encoding a leaf goes on. */
static unsigned encode_as(const struct planner *p)
{
	/* Three characters for an escape, four for three bytes of base64. */
	bool few = p->escapes * 6 <= p->bytes;

	return p->part.is_text && !p->part.binary && few ? SW_DG_QP : SW_DG_BASE64;
}

static unsigned fields_to_add(const struct planner *p)
{
	unsigned add = p->part.message && !p->part.has_version ? SW_DG_ADD_VERSION : 0;
	bool utf8 = !p->utf8.broken && !p->utf8.left;

	if (!p->part.has_type)
		add |= utf8 ? SW_DG_ADD_UTF8 : SW_DG_ADD_UNKNOWN;
	return add;
}

static enum sw_err decide(struct planner *p, uint8_t *ret)
{
	switch (p->part.encoding) {
	case SW_TE_IDENTITY:
		*ret = (uint8_t)(encode_as(p) | fields_to_add(p));
		return SW_OK;
	case SW_TE_QP:
		*ret = SW_DG_MEND_QP;
		return SW_OK;
	case SW_TE_BASE64:
		*ret = SW_DG_MEND_BASE64;
		return SW_OK;
	case SW_TE_UUENCODE:
	case SW_TE_UNKNOWN:
	case SW_TE_COUNT:
		break;
	}
	return hinder(p, SW_DOWNGRADE_ENCODING);
}

static enum sw_err plan_end(void *arg)
{
	struct planner *p = arg;
	size_t index;

	if (!p->wide)
		return SW_OK;
	if (p->part.guarded)
		return hinder(p, p->part.guarded);
	if (p->part.kind == SW_DG_CLOSED)
		return hinder(p, p->part.closed);
	for (size_t i = 0; sw_downgrade_walk_around(p->walk, i, &index); i++)
		p->plan->parts[index] |= SW_DG_RELABEL;
	return decide(p, &p->plan->parts[p->part.index]);
}

static enum sw_err plan_frame(void *arg, struct sw_slice piece, bool delimiter SW_UNUSED)
{
	struct planner *p = arg;

	if (!sw_slice_has_8bit(piece))
		return SW_OK;
	return hinder(p, p->guarded ? p->guarded : SW_DOWNGRADE_STRUCTURE);
}

static enum sw_err read_through(struct sw_source *inner, struct planner *p, char *chunk,
				struct sw_error *err)
{
	enum sw_err code = sw_source_rewind(inner, err);
	size_t len = 1;

	while (!code && len) {
		code = sw_source_read(inner, chunk, SW_READ_CHUNK, &len, err);
		if (code)
			return code;
		code = len ? sw_downgrade_walk_feed(p->walk, sw_slice(chunk, len))
			   : sw_downgrade_walk_end(p->walk);
		if (code == SW_E_LIMIT)
			code = hinder(p, SW_DOWNGRADE_STRUCTURE);
		if (code == SW_E_NOMEM)
			(void)sw_fail_nomem(err);
	}
	return code;
}

enum sw_err sw_downgrade_plan_make(struct sw_source *inner, struct sw_downgrade_plan *ret,
				   enum sw_downgrade *ret_why, struct sw_error *err)
{
	struct planner p = { .plan = ret };
	const struct sw_downgrade_user user = { plan_header, plan_body, plan_end, plan_frame,
						&p };
	char *chunk = sw_malloc(SW_READ_CHUNK);
	enum sw_err code = SW_E_NOMEM;

	*ret = (struct sw_downgrade_plan){ 0 };
	p.walk = sw_downgrade_walk_new(&user);
	if (chunk && p.walk)
		code = read_through(inner, &p, chunk, err);
	else
		(void)sw_fail_nomem(err);
	sw_downgrade_walk_free(p.walk);
	sw_free(chunk);
	*ret_why = p.why;
	if (p.why)
		code = SW_OK;
	if (code || p.why)
		sw_downgrade_plan_fini(ret);
	return code;
}
