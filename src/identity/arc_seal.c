/* SPDX-License-Identifier: MIT */
/* Adding a set to a chain (RFC 8617 5.1). */
#include "identity/arc_private.h"
#include "identity/dkim_sign.h"

/* What the message signature covers when nobody says otherwise: what programs show, and the
 * author's own signature. */
static const char usual_names[] = "From:Sender:Reply-To:Subject:Date:Message-ID:To:Cc:In-"
				  "Reply-To:References:MIME-Version:"
				  "Content-Type:Content-Transfer-Encoding:List-Id:List-"
				  "Unsubscribe:List-Unsubscribe-Post:"
				  "DKIM-Signature";

struct sealing {
	struct sw_arc *a;
	const struct sw_arc_seal *o;
	unsigned instance;
	const char *cv;
	struct sw_buf results, message, seal; /* the new fields */
};

static enum sw_err no_room(struct sw_error *err, enum sw_err e)
{
	return e == SW_E_LIMIT ? sw_fail(err, e, "the set would be too long")
			       : sw_fail_nomem(err);
}

/* An Authentication-Results of ours: what follows its name (RFC 8601 2.2); empty: none. */
static struct sw_slice own_results(const struct sw_field *f, struct sw_slice authserv)
{
	size_t semicolon = sw_slice_find(f->value, ';');
	struct sw_slice id = sw_dkim_trim(sw_slice_head(f->value, semicolon));
	size_t end = 0;

	/* A version may follow the name. */
	while (end < id.len && !strchr(" \t\r\n", id.ptr[end]))
		end++;
	if (!sw_slice_eq_nocase(f->name, SW_S("Authentication-Results")) ||
	    !sw_slice_eq_nocase(sw_slice_head(id, end), authserv))
		return sw_slice("", 0);
	return sw_dkim_trim(sw_slice_from(f->value, semicolon + 1));
}

static enum sw_err write_results(struct sealing *s)
{
	struct sw_slice authserv = sw_slice_str(s->o->authserv);
	bool any = false;
	enum sw_err e = sw_buf_printf(&s->results, "ARC-Authentication-Results: i=%u; %s",
				      s->instance, s->o->authserv);

	for (size_t i = 0; !e && i < s->a->m.field_count; i++) {
		struct sw_slice text = own_results(&s->a->m.fields[i].field, authserv);

		while (text.len && text.ptr[text.len - 1] == ';')
			text = sw_dkim_trim(sw_slice_head(text, text.len - 1));
		if (text.len == 0)
			continue;
		any = true;
		e = sw_buf_add(&s->results, SW_S(";\r\n\t"));
		if (!e)
			e = sw_buf_add(&s->results, text);
	}
	if (!e && !any)
		e = sw_buf_add(&s->results, SW_S("; none"));
	return e ? e : sw_buf_add(&s->results, SW_S("\r\n"));
}

static void write_common(struct sw_dkim_writer *w, const struct sealing *s, const char *name)
{
	sw_dkim_write(w, "%s: i=%u; a=%s-sha256;", name, s->instance,
		      sw_dkim_key_type_name(sw_dkim_private_type(s->o->key)));
	sw_dkim_write(w, " d=%s;", s->o->domain);
	sw_dkim_write(w, " s=%s;", s->o->selector);
	if (s->o->made_s)
		sw_dkim_write(w, " t=%lld;", (long long)s->o->made_s);
}

static enum sw_err write_message(struct sealing *s, struct sw_error *err)
{
	struct sw_dkim_writer w = { .out = &s->message };
	struct sw_slice names = sw_slice_str(s->o->names ? s->o->names : usual_names), name;
	unsigned picking = sw_dkim_message_picking(&s->a->m);
	size_t pos = 0, count = 0;
	enum sw_err e = SW_OK;

	write_common(&w, s, "ARC-Message-Signature");
	sw_dkim_write(&w, " c=relaxed/relaxed;");
	while (!e && sw_dkim_list_next(names, &pos, &name)) {
		struct sw_dkim_field *f = sw_dkim_message_pick(&s->a->m, picking, name);

		sw_dkim_write(&w, "%s%.*s", count++ ? ":" : " h=", SW_FMT(name));
		if (f)
			e = sw_dkim_canon_field(SW_DKIM_RELAXED, f->field.whole, &s->a->text);
	}
	if (e)
		return no_room(err, e);
	sw_dkim_write(&w, "; bh=");
	sw_dkim_write_base64(
		&w, sw_slice(s->a->m.hashing[s->a->seal_hashing].out, SW_DKIM_HASH_MAX));
	sw_dkim_write(&w, "; b=");
	return sw_dkim_write_signature(&w, 0, &s->a->text, SW_DKIM_RELAXED, s->o->key,
				       s->a->crypto, err);
}

static enum sw_err write_seal(struct sealing *s, struct sw_error *err)
{
	struct sw_dkim_writer w = { .out = &s->seal };
	struct sw_buf *text = &s->a->text;
	enum sw_err e = SW_OK;

	sw_buf_clear(text);
	/* A broken chain cannot be told in order; then the seal covers its own set (5.1.2). */
	if (strcmp(s->cv, "pass") == 0) {
		e = sw_arc_sealed_text(s->a, 1, s->instance - 1, text);
		if (!e)
			e = sw_dkim_canon_field(SW_DKIM_RELAXED,
						s->a->sets[s->instance - 1].seal->field.whole,
						text);
	}
	if (!e)
		e = sw_dkim_canon_field(SW_DKIM_RELAXED, sw_buf_slice(&s->results), text);
	if (!e)
		e = sw_dkim_canon_field(SW_DKIM_RELAXED, sw_buf_slice(&s->message), text);
	if (e)
		return no_room(err, e);
	write_common(&w, s, "ARC-Seal");
	sw_dkim_write(&w, " cv=%s; b=", s->cv);
	return sw_dkim_write_signature(&w, 0, text, SW_DKIM_RELAXED, s->o->key, s->a->crypto,
				       err);
}

static enum sw_err make(struct sealing *s, struct sw_buf *out, struct sw_error *err)
{
	enum sw_err e = write_results(s);

	if (e)
		return no_room(err, e);
	sw_buf_clear(&s->a->text);
	e = write_message(s, err);
	if (!e)
		e = write_seal(s, err);
	if (e)
		return e;
	e = sw_buf_add(out, sw_buf_slice(&s->seal));
	if (!e)
		e = sw_buf_add(out, sw_buf_slice(&s->message));
	if (!e)
		e = sw_buf_add(out, sw_buf_slice(&s->results));
	return e ? no_room(err, e) : SW_OK;
}

enum sw_err sw_arc_seal(struct sw_arc *a, const struct sw_arc_seal *o, struct sw_buf *out,
			struct sw_error *err)
{
	const struct sw_arc_result *r = sw_arc_result(a);
	struct sealing s = { .a = a, .o = o };

	if (!r)
		return sw_fail(err, SW_E_USAGE, "the chain is not validated yet");
	const struct sw_dkim_sig *newest = r->instances ? a->sets[r->instances].seal : NULL;
	const struct sw_dkim_tag *cv = newest ? sw_dkim_tags_find(&newest->tags, "cv") : NULL;

	if (cv && sw_slice_eq(cv->value, SW_S("fail")))
		return SW_OK;
	if (r->instances >= SW_MAX_ARC)
		return sw_fail(err, SW_E_LIMIT, "the chain has %d sets, no more are allowed",
			       SW_MAX_ARC);
	s.instance = r->instances + 1;
	s.cv = sw_arc_status_name(r->status);
	sw_buf_init(&s.results, SW_MAX_DKIM_FIELD);
	sw_buf_init(&s.message, SW_MAX_DKIM_FIELD);
	sw_buf_init(&s.seal, SW_MAX_DKIM_FIELD);
	enum sw_err e = make(&s, out, err);

	sw_buf_fini(&s.results);
	sw_buf_fini(&s.message);
	sw_buf_fini(&s.seal);
	return e;
}
