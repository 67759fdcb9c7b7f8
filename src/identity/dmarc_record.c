/* SPDX-License-Identifier: MIT */
#include "identity/dmarc_record.h"

#include "identity/tags.h"

const char *sw_dmarc_policy_name(enum sw_dmarc_policy p)
{
	static const char *const names[SW_DMARC_POLICY_COUNT] = { "", "none", "quarantine",
								  "reject" };

	return (unsigned)p < SW_DMARC_POLICY_COUNT ? names[p] : "?";
}

const char *sw_dmarc_note_text(enum sw_dmarc_note n)
{
	static const char *const texts[SW_DMARC_NOTE_COUNT] = {
#define SW_DMARC_NOTE(name, text) (text),
#include "identity/dmarc_note.def"
#undef SW_DMARC_NOTE
	};
	return (unsigned)n < SW_DMARC_NOTE_COUNT ? texts[n] : "?";
}

#define NOTE(name) (1u << SW_DMARC_##name##_INDEX)

bool sw_dmarc_is_record(struct sw_slice txt)
{
	return sw_tags_are(txt, SW_S("DMARC1"));
}

struct reader {
	struct sw_dmarc_record *r;
	struct sw_arena *arena;
	bool nomem, fo_given;
};

static enum sw_dmarc_policy policy_of(struct sw_slice value)
{
	for (int p = SW_DMARC_NONE; p < SW_DMARC_POLICY_COUNT; p++)
		if (sw_slice_eq_nocase(value, sw_slice_str(sw_dmarc_policy_name(
						      (enum sw_dmarc_policy)p))))
			return (enum sw_dmarc_policy)p;
	return SW_DMARC_UNSET;
}

static void read_p(struct reader *rd, struct sw_slice value)
{
	rd->r->p = policy_of(value);
}

static void read_sp(struct reader *rd, struct sw_slice value)
{
	rd->r->sp = policy_of(value);
	rd->r->notes |= rd->r->sp ? 0 : NOTE(BAD_SP);
}

static void read_np(struct reader *rd, struct sw_slice value)
{
	rd->r->np = policy_of(value);
	rd->r->notes |= rd->r->np ? 0 : NOTE(BAD_NP);
}

/* The letter of a value that is one of `letters`, in any case; 0 otherwise. */
static char letter_of(struct sw_slice value, const char *letters)
{
	char l = value.len == 1 ? sw_ascii_lower(value.ptr[0]) : '\0';

	return l && strchr(letters, l) ? l : '\0';
}

static void read_adkim(struct reader *rd, struct sw_slice value)
{
	char l = letter_of(value, "rs");

	rd->r->strict_dkim = l == 's';
	rd->r->notes |= l ? 0 : NOTE(BAD_ALIGNMENT);
}

static void read_aspf(struct reader *rd, struct sw_slice value)
{
	char l = letter_of(value, "rs");

	rd->r->strict_spf = l == 's';
	rd->r->notes |= l ? 0 : NOTE(BAD_ALIGNMENT);
}

static void read_psd(struct reader *rd, struct sw_slice value)
{
	char l = letter_of(value, "ynu");

	rd->r->psd = l ? l : 'u';
	rd->r->notes |= l ? 0 : NOTE(BAD_PSD);
}

static void read_t(struct reader *rd, struct sw_slice value)
{
	char l = letter_of(value, "yn");

	rd->r->testing = l == 'y';
	rd->r->notes |= l ? 0 : NOTE(BAD_T);
}

static void read_fo(struct reader *rd, struct sw_slice value)
{
	struct sw_slice piece;

	rd->fo_given = true;
	rd->r->fo_all = false;
	while (sw_slice_split(&value, ':', &piece)) {
		char l = letter_of(sw_slice_trim(piece), "01ds");

		rd->r->fo_all = rd->r->fo_all || l == '0';
		rd->r->fo_any = rd->r->fo_any || l == '1';
		rd->r->fo_dkim = rd->r->fo_dkim || l == 'd';
		rd->r->fo_spf = rd->r->fo_spf || l == 's';
		rd->r->notes |= l ? 0 : NOTE(BAD_FO);
	}
}

static void read_pct(struct reader *rd, struct sw_slice value)
{
	uint64_t percent;
	bool good = value.len <= 3 && sw_slice_u64(value, &percent) && percent <= 100;

	rd->r->percent = good ? (uint8_t)percent : 100;
	rd->r->notes |= NOTE(HISTORIC_PCT) | (good ? 0 : NOTE(BAD_PCT));
}

static void read_rf(struct reader *rd, struct sw_slice value SW_UNUSED)
{
	rd->r->notes |= NOTE(HISTORIC_RF);
}

static void read_ri(struct reader *rd, struct sw_slice value SW_UNUSED)
{
	rd->r->notes |= NOTE(HISTORIC_RI);
}

/* ---- addresses of reports */

/* "!", a number, perhaps a unit (RFC 7489 6.2); cut off `uri`. */
static uint64_t cut_size(struct reader *rd, struct sw_slice *uri)
{
	static const char units[] = "kmgt";
	size_t at = sw_slice_find(*uri, '!');
	struct sw_slice size = sw_slice_from(*uri, at + 1);
	unsigned shift = 0;
	uint64_t value;

	if (at == uri->len)
		return 0;
	uri->len = at;
	rd->r->notes |= NOTE(SIZE_LIMIT);
	const char *unit =
		size.len ? strchr(units, sw_ascii_lower(size.ptr[size.len - 1])) : NULL;
	if (unit && *unit) {
		size.len--;
		shift = 10 * (unsigned)(unit - units + 1);
	}
	return sw_slice_u64(size, &value) && value <= UINT64_MAX >> shift ? value << shift : 0;
}

static bool read_uri(struct reader *rd, struct sw_slice text, struct sw_dmarc_uri *ret)
{
	struct sw_slice uri = sw_slice_trim(text);

	*ret = (struct sw_dmarc_uri){ .most_bytes = cut_size(rd, &uri) };
	if (!sw_slice_starts_nocase(uri, SW_S("mailto:")))
		return false;
	uri = sw_slice_from(uri, 7);
	uri = sw_slice_head(uri, sw_slice_find(uri, '?'));
	size_t at = sw_slice_find(uri, '@');
	ret->address = uri;
	ret->host = sw_slice_from(uri, at + 1);
	for (size_t i = 0; i < uri.len; i++)
		if (uri.ptr[i] <= 0x20 || uri.ptr[i] >= 0x7f)
			return false;
	return at > 0 && ret->host.len > 0 && ret->host.len <= SW_MAX_DOMAIN &&
	       sw_slice_find(ret->host, '@') == ret->host.len;
}

static void read_uris(struct reader *rd, struct sw_slice value, struct sw_dmarc_uris *out)
{
	struct sw_slice piece;

	out->list = sw_arena_alloc(rd->arena, SW_MAX_REPORT_URIS * sizeof(*out->list));
	rd->nomem = rd->nomem || !out->list;
	while (out->list && sw_slice_split(&value, ',', &piece)) {
		struct sw_dmarc_uri uri;

		if (!read_uri(rd, piece, &uri))
			rd->r->notes |= NOTE(BAD_URI);
		else if (out->count == SW_MAX_REPORT_URIS)
			rd->r->notes |= NOTE(MANY_URIS);
		else
			out->list[out->count++] = uri;
	}
}

static void read_rua(struct reader *rd, struct sw_slice value)
{
	read_uris(rd, value, &rd->r->rua);
}

static void read_ruf(struct reader *rd, struct sw_slice value)
{
	read_uris(rd, value, &rd->r->ruf);
}

static const struct {
	const char *name;
	void (*read)(struct reader *rd, struct sw_slice value);
} tags[] = {
	{ "p", read_p },         { "sp", read_sp },     { "np", read_np },
	{ "adkim", read_adkim }, { "aspf", read_aspf }, { "psd", read_psd },
	{ "t", read_t },         { "fo", read_fo },     { "rua", read_rua },
	{ "ruf", read_ruf },     { "pct", read_pct },   { "rf", read_rf },
	{ "ri", read_ri },
};

/* `seen` has a bit for each tag of the table. */
static void read_tag(struct reader *rd, const struct sw_tag *tag, uint32_t *seen)
{
	for (size_t i = 0; i < SW_LEN(tags); i++) {
		if (!sw_slice_eq_nocase(tag->name, sw_slice_str(tags[i].name)))
			continue;
		if (*seen >> i & 1) {
			rd->r->notes |= NOTE(TWICE);
			return;
		}
		if (i == 0 && *seen)
			rd->r->notes |= NOTE(P_LATE);
		*seen |= 1u << i;
		tags[i].read(rd, tag->value);
		return;
	}
	rd->r->notes |= NOTE(UNKNOWN_TAG);
}

static void judge(struct reader *rd)
{
	struct sw_dmarc_record *r = rd->r;

	if (r->p == SW_DMARC_UNSET && r->rua.count > 0) {
		r->p = SW_DMARC_NONE;
		r->notes |= NOTE(P_ASSUMED);
	} else if (r->p == SW_DMARC_UNSET)
		r->notes |= NOTE(NO_P);
	if (r->rua.count == 0)
		r->notes |= NOTE(NO_REPORTS);
	if (rd->fo_given && r->ruf.count == 0)
		r->notes |= NOTE(RUF_WITHOUT_USE);
}

enum sw_err sw_dmarc_record_read(struct sw_slice text, struct sw_arena *arena,
				 struct sw_dmarc_record *ret)
{
	struct reader rd = { .r = ret, .arena = arena };
	struct sw_tag tag;
	uint32_t seen = 0;

	*ret = (struct sw_dmarc_record){
		.text = text, .psd = 'u', .percent = 100, .fo_all = true
	};
	for (bool first = true; sw_tag_next(&text, &tag); first = false) {
		if (!tag.well_formed)
			ret->notes |= NOTE(BAD_TAG);
		else if (!first)
			read_tag(&rd, &tag, &seen);
	}
	judge(&rd);
	return rd.nomem ? SW_E_NOMEM : SW_OK;
}

enum sw_dmarc_policy sw_dmarc_policy_below(const struct sw_dmarc_record *r, bool exists,
					   const char **ret_tag)
{
	if (!exists && r->np) {
		*ret_tag = "np";
		return r->np;
	}
	*ret_tag = r->sp ? "sp" : "p";
	return r->sp ? r->sp : r->p;
}
