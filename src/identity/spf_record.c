/* SPDX-License-Identifier: MIT */
#include "identity/spf_record.h"

#include "identity/spf_macro.h"

const char *sw_spf_flaw_text(enum sw_spf_flaw flaw)
{
	static const char *const texts[SW_SPF_FLAW_COUNT] = {
		[SW_SPF_GOOD] = "",
#define SW_SPF_FLAW(name, text) [SW_SPF_##name] = (text),
#include "identity/spf_flaw.def"
#undef SW_SPF_FLAW
	};
	return (unsigned)flaw < SW_SPF_FLAW_COUNT ? texts[flaw] : "?";
}

bool sw_spf_is_record(struct sw_slice txt)
{
	return sw_slice_starts_nocase(txt, SW_S("v=spf1")) &&
	       (txt.len == 6 || txt.ptr[6] == ' ');
}

/* Where we are in the record, and what is wrong there. */
struct reader {
	struct sw_spf_record *r;
	struct sw_slice word; /* the term */
};

static enum sw_spf_flaw flaw_at(struct reader *rd, struct sw_slice part, enum sw_spf_flaw flaw)
{
	rd->r->flaw_at = (uint32_t)(part.ptr - rd->r->text.ptr);
	rd->r->flaw_len = (uint32_t)part.len;
	return flaw;
}

/* ---- prefix lengths */

/* "0", or digits without a zero in front, at most `most`. */
static bool read_bits(struct sw_slice s, unsigned most, uint8_t *ret)
{
	uint64_t value;

	if (s.len > 3 || !sw_slice_u64(s, &value) || value > most ||
	    (s.len > 1 && s.ptr[0] == '0'))
		return false;
	*ret = (uint8_t)value;
	return true;
}

/* How long "/digits" at the end is, 0 without. */
static size_t tail_number(struct sw_slice s)
{
	size_t at = s.len;

	while (at > 0 && sw_ascii_digit(s.ptr[at - 1]))
		at--;
	return at > 0 && at < s.len && s.ptr[at - 1] == '/' ? s.len - at + 1 : 0;
}

/* Cuts "/N", "//N" or "/N//N" off the end. */
static enum sw_spf_flaw cut_dual_cidr(struct reader *rd, struct sw_slice *s,
				      struct sw_spf_term *t)
{
	size_t tail = tail_number(*s);
	struct sw_slice number = sw_slice_from(*s, s->len - tail + 1);

	if (tail == 0)
		return SW_SPF_GOOD;
	s->len -= tail;
	if (s->len > 0 && s->ptr[s->len - 1] == '/') {
		s->len--;
		if (!read_bits(number, 128, &t->bits6))
			return flaw_at(rd, number, SW_SPF_BAD_CIDR);
		tail = tail_number(*s);
		if (tail == 0)
			return SW_SPF_GOOD;
		number = sw_slice_from(*s, s->len - tail + 1);
		s->len -= tail;
	}
	return read_bits(number, 32, &t->bits4) ? SW_SPF_GOOD
						: flaw_at(rd, number, SW_SPF_BAD_CIDR);
}

/* ---- domains */

static bool is_alnum(char c)
{
	char l = sw_ascii_lower(c);

	return sw_ascii_digit(c) || (l >= 'a' && l <= 'z');
}

/* A label that may stand at the end: letters, digits and inner hyphens, not digits alone. */
static bool is_toplabel(struct sw_slice s)
{
	bool more = false;

	if (s.len == 0 || !is_alnum(s.ptr[0]) || !is_alnum(s.ptr[s.len - 1]))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_alnum(s.ptr[i]) && s.ptr[i] != '-')
			return false;
		more = more || !sw_ascii_digit(s.ptr[i]);
	}
	return more;
}

/* domain-end: a macro, or a dot and a top-level label, perhaps with a dot behind (7.1). */
static bool ends_well(struct sw_slice s, size_t last_macro_end)
{
	if (last_macro_end == s.len)
		return true;
	struct sw_slice tail = sw_slice_from(s, last_macro_end);
	if (tail.ptr[tail.len - 1] == '.')
		tail.len--;
	size_t at = tail.len;
	while (at > 0 && tail.ptr[at - 1] != '.')
		at--;
	return at > 0 && is_toplabel(sw_slice_from(tail, at));
}

static enum sw_spf_flaw read_domain(struct reader *rd, struct sw_slice s,
				    struct sw_spf_term *t)
{
	struct sw_spf_use use;

	t->has_spec = true;
	t->spec_at = (uint32_t)(s.ptr - rd->r->text.ptr);
	t->spec_len = (uint32_t)s.len;
	if (s.len == 0)
		return flaw_at(rd, rd->word, SW_SPF_EMPTY_DOMAIN);
	enum sw_spf_flaw flaw = sw_spf_macro_check(s, SW_SPF_TEXT_DOMAIN, &use);
	if (flaw)
		return flaw_at(rd, sw_slice(s.ptr + use.at, use.len), flaw);
	t->has_macro = use.any;
	t->has_p = use.p;
	return ends_well(s, use.last_end) ? SW_SPF_GOOD : flaw_at(rd, s, SW_SPF_BAD_TOPLABEL);
}

/* ---- arguments: what follows the name, with its ':' or '/'; empty when nothing does */

typedef enum sw_spf_flaw (*argument_fn)(struct reader *rd, struct sw_slice s,
					struct sw_spf_term *t);

static enum sw_spf_flaw read_nothing(struct reader *rd, struct sw_slice s,
				     struct sw_spf_term *t SW_UNUSED)
{
	return s.len ? flaw_at(rd, s, SW_SPF_UNWANTED_ARGUMENT) : SW_SPF_GOOD;
}

static enum sw_spf_flaw read_needed(struct reader *rd, struct sw_slice s,
				    struct sw_spf_term *t)
{
	if (s.len == 0 || s.ptr[0] != ':')
		return flaw_at(rd, rd->word, SW_SPF_MISSING_ARGUMENT);
	return read_domain(rd, sw_slice_from(s, 1), t);
}

static enum sw_spf_flaw read_optional(struct reader *rd, struct sw_slice s,
				      struct sw_spf_term *t)
{
	if (s.len == 0)
		return SW_SPF_GOOD;
	if (s.ptr[0] != ':')
		return flaw_at(rd, s, SW_SPF_UNWANTED_ARGUMENT);
	return read_domain(rd, sw_slice_from(s, 1), t);
}

static enum sw_spf_flaw read_network(struct reader *rd, struct sw_slice s,
				     struct sw_spf_term *t)
{
	enum sw_spf_flaw flaw = cut_dual_cidr(rd, &s, t);

	if (flaw || s.len == 0)
		return flaw;
	if (s.ptr[0] != ':')
		return flaw_at(rd, s, SW_SPF_BAD_CIDR);
	return read_domain(rd, sw_slice_from(s, 1), t);
}

static enum sw_spf_flaw read_ip(struct reader *rd, struct sw_slice s, struct sw_spf_term *t,
				unsigned family, uint8_t *bits)
{
	enum sw_spf_flaw bad = family == 4 ? SW_SPF_BAD_IP4 : SW_SPF_BAD_IP6;
	struct sw_ip ip;

	if (s.len == 0 || s.ptr[0] != ':')
		return flaw_at(rd, rd->word, SW_SPF_MISSING_ARGUMENT);
	struct sw_slice number = s = sw_slice_from(s, 1);
	size_t slash = sw_slice_find(s, '/');
	s = sw_slice_head(s, slash);
	if (!sw_ip_parse(s, &ip) || ip.family != family)
		return flaw_at(rd, s.len ? s : rd->word, bad);
	memcpy(t->ip, ip.bytes, sizeof(t->ip));
	if (slash == number.len)
		return SW_SPF_GOOD;
	number = sw_slice_from(number, slash + 1);
	return read_bits(number, family == 4 ? 32 : 128, bits)
		       ? SW_SPF_GOOD
		       : flaw_at(rd, number.len ? number : rd->word, SW_SPF_BAD_CIDR);
}

static enum sw_spf_flaw read_ip4(struct reader *rd, struct sw_slice s, struct sw_spf_term *t)
{
	return read_ip(rd, s, t, 4, &t->bits4);
}

static enum sw_spf_flaw read_ip6(struct reader *rd, struct sw_slice s, struct sw_spf_term *t)
{
	return read_ip(rd, s, t, 6, &t->bits6);
}

static const struct {
	struct sw_slice name;
	enum sw_spf_kind kind;
	argument_fn read;
} mechanisms[] = {
	{ { "ip4", 3 }, SW_SPF_IP4, read_ip4 },
	{ { "include", 7 }, SW_SPF_INCLUDE, read_needed },
	{ { "a", 1 }, SW_SPF_A, read_network },
	{ { "mx", 2 }, SW_SPF_MX, read_network },
	{ { "all", 3 }, SW_SPF_ALL, read_nothing },
	{ { "ip6", 3 }, SW_SPF_IP6, read_ip6 },
	{ { "ptr", 3 }, SW_SPF_PTR, read_optional },
	{ { "exists", 6 }, SW_SPF_EXISTS, read_needed },
};

static enum sw_spf_flaw read_mechanism(struct reader *rd, struct sw_slice name,
				       struct sw_slice rest, struct sw_spf_term *t)
{
	for (size_t i = 0; i < SW_LEN(mechanisms); i++)
		if (sw_slice_eq_nocase(mechanisms[i].name, name)) {
			t->kind = (uint8_t)mechanisms[i].kind;
			return mechanisms[i].read(rd, rest, t);
		}
	return flaw_at(rd, name, SW_SPF_NO_SUCH_MECHANISM);
}

/* ---- modifiers */

static enum sw_spf_flaw read_modifier(struct reader *rd, struct sw_slice name,
				      struct sw_slice value, struct sw_spf_term *t)
{
	bool redirect = sw_slice_eq_nocase(name, SW_S("redirect"));
	uint32_t *index = redirect ? &rd->r->redirect : &rd->r->exp;
	struct sw_spf_use use;

	if (!redirect && !sw_slice_eq_nocase(name, SW_S("exp"))) {
		t->kind = SW_SPF_OTHER;
		enum sw_spf_flaw flaw = sw_spf_macro_check(value, SW_SPF_TEXT_MODIFIER, &use);
		return flaw ? flaw_at(rd, sw_slice(value.ptr + use.at, use.len), flaw) : flaw;
	}
	t->kind = redirect ? SW_SPF_REDIRECT : SW_SPF_EXP;
	if (*index != SW_SPF_NO_TERM)
		return flaw_at(rd, rd->word, SW_SPF_TWICE);
	*index = rd->r->count;
	return read_domain(rd, value, t);
}

/* ---- terms */

static size_t name_len(struct sw_slice s)
{
	size_t len = 0;

	if (s.len == 0 || sw_ascii_digit(s.ptr[0]) || !is_alnum(s.ptr[0]))
		return 0;
	while (len < s.len && (is_alnum(s.ptr[len]) || s.ptr[len] == '-' ||
			       s.ptr[len] == '_' || s.ptr[len] == '.'))
		len++;
	return len;
}

static enum sw_spf_flaw read_term(struct reader *rd, struct sw_spf_term *t)
{
	struct sw_slice s = rd->word;
	bool qualified = s.ptr[0] && strchr("+-?~", s.ptr[0]);

	*t = (struct sw_spf_term){ .qualifier = '+', .bits4 = 32, .bits6 = 128 };
	t->at = (uint32_t)(s.ptr - rd->r->text.ptr);
	t->len = (uint32_t)s.len;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= 0x20 || s.ptr[i] >= 0x7f) /* signed char: above 0x7f too */
			return flaw_at(rd, sw_slice(s.ptr + i, 1), SW_SPF_BAD_BYTE);
	if (qualified) {
		t->qualifier = s.ptr[0];
		s = sw_slice_from(s, 1);
	}
	size_t len = name_len(s);
	struct sw_slice name = sw_slice_head(s, len), rest = sw_slice_from(s, len);
	if (len == 0)
		return flaw_at(rd, rd->word, SW_SPF_BAD_NAME);
	if (rest.len > 0 && rest.ptr[0] == '=' && !qualified)
		return read_modifier(rd, name, sw_slice_from(rest, 1), t);
	if (rest.len > 0 && rest.ptr[0] != ':' && rest.ptr[0] != '/')
		return flaw_at(rd, rd->word, SW_SPF_BAD_NAME);
	return read_mechanism(rd, name, rest, t);
}

static size_t count_words(struct sw_slice s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.len; i++)
		count += s.ptr[i] != ' ' && (i == 0 || s.ptr[i - 1] == ' ');
	return count;
}

enum sw_err sw_spf_record_read(struct sw_slice text, struct sw_arena *arena,
			       struct sw_spf_record *ret)
{
	struct sw_slice rest = sw_slice_from(text, 6);
	struct reader rd = { .r = ret };

	*ret = (struct sw_spf_record){ .text = text,
				       .redirect = SW_SPF_NO_TERM,
				       .exp = SW_SPF_NO_TERM };
	size_t words = count_words(rest);
	if (words == 0)
		return SW_OK;
	ret->terms = sw_arena_alloc(arena, words * sizeof(*ret->terms));
	if (!ret->terms)
		return SW_E_NOMEM;
	while (sw_slice_split(&rest, ' ', &rd.word)) {
		if (rd.word.len == 0)
			continue;
		ret->flaw = read_term(&rd, &ret->terms[ret->count]);
		if (ret->flaw)
			return SW_OK;
		ret->count++;
	}
	return SW_OK;
}
