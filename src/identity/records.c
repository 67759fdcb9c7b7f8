/* SPDX-License-Identifier: MIT */
#include "identity/records.h"

#include "identity/tags.h"

const char *sw_small_flaw_text(enum sw_small_flaw f)
{
	static const char *const texts[SW_SMALL_FLAW_COUNT] = {
		[SW_SMALL_GOOD] = "",
		[SW_SMALL_NONE] = "there is no such record",
		[SW_SMALL_SEVERAL] = "there is more than one: they count for nothing",
		[SW_SMALL_BAD_LIST] = "the record is not a list of name=value",
		[SW_SMALL_BAD_URI] = "an address is of no kind that is allowed",
		[SW_SMALL_NO_URI] = "no address is given",
		[SW_SMALL_TWICE] = "a tag stands there twice",
	};
	return (unsigned)f < SW_SMALL_FLAW_COUNT ? texts[f] : "?";
}

/* The only record with this version; NONE, SEVERAL. */
static enum sw_small_flaw only(const struct sw_ask *a, struct sw_slice version,
			       struct sw_slice *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < a->count; i++)
		if (sw_tags_are(a->records[i].txt, version) && count++ == 0)
			*ret = a->records[i].txt;
	return count == 0 ? SW_SMALL_NONE : count > 1 ? SW_SMALL_SEVERAL : SW_SMALL_GOOD;
}

static bool is_uri(struct sw_slice s, struct sw_slice scheme)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= 0x20 || s.ptr[i] >= 0x7f)
			return false;
	return s.len > scheme.len && sw_slice_starts_nocase(s, scheme);
}

static bool is_mail_uri(struct sw_slice s)
{
	size_t at = sw_slice_find(s, '@');

	return is_uri(s, SW_S("mailto:")) && at > 7 && at + 1 < s.len;
}

static enum sw_small_flaw take_uris(struct sw_slice value, struct sw_tlsrpt *ret)
{
	struct sw_slice piece;

	if (ret->count > 0)
		return SW_SMALL_TWICE;
	while (sw_slice_split(&value, ',', &piece)) {
		piece = sw_slice_trim(piece);
		if (!is_mail_uri(piece) && !is_uri(piece, SW_S("https://")))
			return SW_SMALL_BAD_URI;
		if (ret->count < SW_MAX_REPORT_URIS)
			ret->uris[ret->count++] = piece;
	}
	return SW_SMALL_GOOD;
}

enum sw_small_flaw sw_tlsrpt_read(struct sw_slice txt, struct sw_tlsrpt *ret)
{
	struct sw_tag tag;

	*ret = (struct sw_tlsrpt){ 0 };
	if (!sw_tags_are(txt, SW_S("TLSRPTv1")))
		return SW_SMALL_NONE;
	while (sw_tag_next(&txt, &tag)) {
		enum sw_small_flaw flaw = SW_SMALL_GOOD;

		if (!tag.well_formed)
			return SW_SMALL_BAD_LIST;
		if (sw_slice_eq(tag.name, SW_S("rua")))
			flaw = take_uris(tag.value, ret);
		if (flaw)
			return flaw;
	}
	return ret->count ? SW_SMALL_GOOD : SW_SMALL_NO_URI;
}

enum sw_small_flaw sw_tlsrpt_answer_read(const struct sw_ask *a, struct sw_tlsrpt *ret)
{
	struct sw_slice txt;
	enum sw_small_flaw flaw = only(a, SW_S("TLSRPTv1"), &txt);

	return flaw ? flaw : sw_tlsrpt_read(txt, ret);
}

enum sw_small_flaw sw_bimi_read(struct sw_slice txt, struct sw_bimi *ret)
{
	bool has_l = false;
	struct sw_tag tag;

	*ret = (struct sw_bimi){ 0 };
	if (!sw_tags_are(txt, SW_S("BIMI1")))
		return SW_SMALL_NONE;
	while (sw_tag_next(&txt, &tag)) {
		bool logo = sw_slice_eq_nocase(tag.name, SW_S("l"));

		if (!tag.well_formed)
			return SW_SMALL_BAD_LIST;
		if (!logo && !sw_slice_eq_nocase(tag.name, SW_S("a")))
			continue;
		if (tag.value.len > 0 && !is_uri(tag.value, SW_S("https://")))
			return SW_SMALL_BAD_URI;
		if (logo && has_l)
			return SW_SMALL_TWICE;
		*(logo ? &ret->logo : &ret->evidence) = tag.value;
		has_l = has_l || logo;
	}
	ret->declined = has_l && ret->logo.len == 0 && ret->evidence.len == 0;
	return has_l ? SW_SMALL_GOOD : SW_SMALL_NO_URI;
}

enum sw_small_flaw sw_bimi_answer_read(const struct sw_ask *a, struct sw_bimi *ret)
{
	struct sw_slice txt;
	enum sw_small_flaw flaw = only(a, SW_S("BIMI1"), &txt);

	return flaw ? flaw : sw_bimi_read(txt, ret);
}

enum sw_null_mx sw_null_mx_of(const struct sw_ask *mx)
{
	size_t null = 0;

	for (size_t i = 0; i < mx->count; i++)
		null += *mx->records[i].mx.host == '\0';
	if (null == 0)
		return SW_MX_USUAL;
	return null == mx->count ? SW_MX_NULL : SW_MX_MIXED;
}
