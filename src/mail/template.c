/* SPDX-License-Identifier: MIT */
#include "mail/template.h"

#include "base/mem.h"

/* Where in an address a field stands. */
enum spot {
	SPOT_WHOLE = 0, /* alone: "Name <a@b>" or "a@b" */
	SPOT_PHRASE,    /* before <: a name, quoted by us */
	SPOT_QUOTED,    /* the same inside of quotes */
	SPOT_ANGLE,     /* between < and >, or beside other text: a part of an address */
};

struct sw_template_piece {
	struct sw_slice text;  /* as it is; or */
	struct sw_slice name;  /* a field, when its length is not 0 */
	struct sw_slice other; /* instead of an empty one */
	bool has_other, raw;
	enum spot spot;
};

static enum sw_err flaw(struct sw_slice text, const char *at, struct sw_error *err,
			const char *what)
{
	size_t line = 1, column = 1;
	for (const char *p = text.ptr; p < at; p++) {
		column = *p == '\n' ? 1 : column + 1;
		line += *p == '\n';
	}
	return sw_fail(err, SW_E_DATA, "line %zu, column %zu: %s", line, column, what);
}

static bool may_be_in_name(char c)
{
	return c != '{' && c != '}' && c != '|' && (unsigned char)c >= 0x20;
}

/* What stands between the braces. */
static enum sw_err read_field(struct sw_slice text, struct sw_slice in,
			      struct sw_template_piece *p, struct sw_error *err)
{
	size_t bar = sw_slice_find(in, '|');
	p->name = sw_slice_trim(sw_slice_head(in, bar));
	p->has_other = bar < in.len;
	p->other = sw_slice_trim(sw_slice_from(in, bar + 1));
	for (size_t i = 0; i < p->name.len; i++)
		if (!may_be_in_name(p->name.ptr[i]))
			return flaw(text, in.ptr, err, "a field's name holds no braces");
	if (p->name.len == 0)
		return flaw(text, in.ptr, err,
			    "a field without a name; write \\{{ for braces");
	return SW_OK;
}

/* The piece at *at, which moves behind it. */
static enum sw_err read_piece(struct sw_slice text, size_t *at, struct sw_template_piece *p,
			      struct sw_error *err)
{
	struct sw_slice s = sw_slice_from(text, *at);
	size_t open = sw_slice_search(s, SW_S("{{"));
	*p = (struct sw_template_piece){ .text = { "", 0 } };
	if (open > 0 && open < s.len && s.ptr[open - 1] == '\\') {
		/* Without the backslash, in two pieces. */
		bool here = open == 1;
		p->text = here ? sw_slice(s.ptr + 1, 2) : sw_slice_head(s, open - 1);
		*at += here ? 3 : open - 1;
		return SW_OK;
	}
	if (open > 0) {
		p->text = sw_slice_head(s, open);
		*at += open;
		return SW_OK;
	}
	p->raw = sw_slice_starts(s, SW_S("{{{"));
	size_t braces = p->raw ? 3 : 2;
	struct sw_slice in = sw_slice_from(s, braces);
	size_t close = sw_slice_search(in, p->raw ? SW_S("}}}") : SW_S("}}"));
	if (close >= in.len)
		return flaw(text, s.ptr, err, "{{ without }}; write \\{{ for braces");
	*at += braces + close + braces;
	return read_field(text, sw_slice_head(in, close), p, err);
}

static enum sw_err add(struct sw_template *t, const struct sw_template_piece *p, size_t *room,
		       struct sw_error *err)
{
	if (t->count == *room) {
		size_t more = *room ? 2 * *room : 8;
		struct sw_template_piece *list =
			sw_arena_alloc(&t->arena, more * sizeof(*list));
		if (!list)
			return sw_fail_nomem(err);
		if (t->count)
			memcpy(list, t->pieces, t->count * sizeof(*list));
		t->pieces = list;
		*room = more;
	}
	t->pieces[t->count++] = *p;
	t->fields += p->name.len > 0;
	return SW_OK;
}

/* From the last top comma up to the next one, does text other than blanks stand beside field
 * i? And is there a '<' behind it? */
static enum spot spot_of(const struct sw_template *t, size_t i)
{
	bool quoted = false, angle = false, beside = false, before = false;
	for (size_t k = 0; k < i; k++) {
		const struct sw_template_piece *p = &t->pieces[k];
		beside = beside || p->name.len > 0;
		for (size_t n = 0; n < p->text.len; n++) {
			char c = p->text.ptr[n];
			quoted ^= c == '"' && !(n && p->text.ptr[n - 1] == '\\');
			angle = !quoted && (c == '<' || (angle && c != '>'));
			beside = (!quoted && !angle && c == ',')
					 ? false
					 : beside || (c != ' ' && c != '\t');
		}
	}
	if (quoted || angle)
		return quoted ? SPOT_QUOTED : SPOT_ANGLE;
	for (size_t k = i + 1; k < t->count; k++) {
		const struct sw_template_piece *p = &t->pieces[k];
		before = before || p->name.len > 0;
		for (size_t n = 0; n < p->text.len; n++) {
			char c = p->text.ptr[n];
			if (c == '<')
				return SPOT_PHRASE;
			if (c == ',')
				return beside || before ? SPOT_ANGLE : SPOT_WHOLE;
			before = before || (c != ' ' && c != '\t');
		}
	}
	return beside || before ? SPOT_ANGLE : SPOT_WHOLE;
}

enum sw_err sw_template_init(struct sw_template *t, struct sw_slice text,
			     enum sw_template_place place, struct sw_error *err)
{
	size_t at = 0, room = 0;
	enum sw_err e = SW_OK;
	*t = (struct sw_template){ .place = place };
	sw_arena_init(&t->arena);
	struct sw_slice copy = sw_arena_copy(&t->arena, text);
	if (!copy.ptr)
		e = sw_fail_nomem(err);
	while (!e && at < copy.len) {
		struct sw_template_piece p;
		e = read_piece(copy, &at, &p, err);
		if (!e)
			e = add(t, &p, &room, err);
	}
	for (size_t i = 0; !e && place == SW_PLACE_ADDRESSES && i < t->count; i++)
		if (t->pieces[i].name.len)
			t->pieces[i].spot = spot_of(t, i);
	if (e)
		sw_template_fini(t);
	return e;
}

void sw_template_fini(struct sw_template *t)
{
	sw_arena_fini(&t->arena);
	*t = (struct sw_template){ .place = t->place };
}

static enum sw_err refuse(const struct sw_template_piece *p, struct sw_error *err,
			  const char *what)
{
	return sw_fail(err, SW_E_DATA, "field '%.*s' %s", SW_FMT(p->name), what);
}

static enum sw_err add_html(struct sw_buf *out, struct sw_slice v)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = { { '&', "&amp;" },
			 { '<', "&lt;" },
			 { '>', "&gt;" },
			 { '"', "&quot;" },
			 { '\'', "&#39;" } };
	enum sw_err e = SW_OK;
	for (size_t i = 0; !e && i < v.len; i++) {
		const char *entity = NULL;
		for (size_t k = 0; k < SW_LEN(entities); k++)
			if (entities[k].c == v.ptr[i])
				entity = entities[k].entity;
		e = entity ? sw_buf_add_str(out, entity) : sw_buf_add_char(out, v.ptr[i]);
	}
	return e;
}

/* An address in a query holds '+' and '&' that mean something else there. */
static enum sw_err add_percent(struct sw_buf *out, struct sw_slice v)
{
	static const char digits[] = "0123456789ABCDEF", marks[] = "-._~";
	enum sw_err e = SW_OK;
	for (size_t i = 0; !e && i < v.len; i++) {
		unsigned char c = (unsigned char)v.ptr[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (c >= 'A' && c <= 'Z') || memchr(marks, c, sizeof(marks) - 1);
		const char coded[] = { '%', digits[c >> 4], digits[c & 15] };
		e = plain ? sw_buf_add_char(out, v.ptr[i])
			  : sw_buf_add(out, sw_slice(coded, sizeof(coded)));
	}
	return e;
}

static enum sw_err add_quoted(struct sw_buf *out, struct sw_slice v, bool marks)
{
	enum sw_err e = marks ? sw_buf_add_char(out, '"') : SW_OK;
	for (size_t i = 0; !e && i < v.len; i++) {
		if (v.ptr[i] == '"' || v.ptr[i] == '\\')
			e = sw_buf_add_char(out, '\\');
		if (!e)
			e = sw_buf_add_char(out, v.ptr[i]);
	}
	return !e && marks ? sw_buf_add_char(out, '"') : e;
}

/* One mailbox at most: nothing that would begin another one or a group. */
static bool is_one(struct sw_slice v)
{
	bool quoted = false, angle = false;
	size_t comment = 0;
	for (size_t i = 0; i < v.len; i++) {
		char c = v.ptr[i];
		if (c == '\\' && (quoted || comment))
			i++;
		else if (quoted)
			quoted = c != '"';
		else if (comment && c == ')')
			comment--;
		else if (comment)
			comment += c == '(';
		else if (c == '"')
			quoted = true;
		else if (c == '(')
			comment = 1;
		else if (!angle && (c == ',' || c == ';' || c == ':'))
			return false;
		else if (c == '<' || c == '>')
			angle = c == '<';
	}
	return !quoted && !angle && !comment;
}

static enum sw_err add_address(const struct sw_template_piece *p, struct sw_buf *out,
			       struct sw_slice v, struct sw_error *err)
{
	static const char apart[] = "<>,;:()\" \t";
	v = sw_slice_trim(v);
	switch (p->spot) {
	case SPOT_PHRASE:
		/* No name is no empty name. */
		return v.len ? add_quoted(out, v, true) : SW_OK;
	case SPOT_QUOTED:
		return add_quoted(out, v, false);
	case SPOT_WHOLE:
		if (!p->raw && !is_one(v))
			return refuse(
				p, err,
				"holds more than one address; a name with a comma stands "
				"in \"quotes\", and {{{name}}} takes several");
		break;
	case SPOT_ANGLE:
		for (size_t i = 0; i < v.len; i++)
			if (memchr(apart, v.ptr[i], sizeof(apart) - 1))
				return refuse(p, err, "is no part of one address");
		break;
	}
	return sw_buf_add(out, v);
}

static enum sw_err add_field(const struct sw_template *t, const struct sw_template_piece *p,
			     struct sw_buf *out, struct sw_slice v, struct sw_error *err)
{
	bool one_line = t->place != SW_PLACE_TEXT && t->place != SW_PLACE_HTML;
	enum sw_err e;
	if (one_line && sw_slice_has_control(v))
		return refuse(p, err,
			      "holds a line end or another control character, which a header "
			      "field cannot");
	if (t->place == SW_PLACE_ADDRESSES)
		e = add_address(p, out, v, err);
	else if (t->place == SW_PLACE_HTML && !p->raw)
		e = add_html(out, v);
	else if (t->place == SW_PLACE_URI && !p->raw && p != t->pieces)
		e = add_percent(out, v);
	else
		e = sw_buf_add(out, v);
	if (e == SW_E_LIMIT)
		return sw_fail(err, e, "the text with its fields is too long");
	return e == SW_E_NOMEM ? sw_fail_nomem(err) : e;
}

enum sw_err sw_template_fill(const struct sw_template *t, sw_template_fn get, void *arg,
			     struct sw_buf *out, struct sw_error *err)
{
	enum sw_err e = SW_OK;
	for (size_t i = 0; !e && i < t->count; i++) {
		const struct sw_template_piece *p = &t->pieces[i];
		if (p->name.len == 0) {
			e = sw_buf_add(out, p->text);
			if (e)
				e = sw_fail(err, e, "the text with its fields is too long");
			continue;
		}
		const char *value = get(arg, p->name);
		if (!value && !p->has_other)
			return refuse(p, err, "is missing");
		struct sw_slice v = sw_slice_str(value);
		if (p->has_other && sw_slice_trim(v).len == 0)
			v = p->other;
		e = add_field(t, p, out, v, err);
	}
	return e;
}
