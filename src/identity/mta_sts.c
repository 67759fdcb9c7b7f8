/* SPDX-License-Identifier: MIT */
#include "identity/mta_sts.h"

#include "identity/tags.h"

const char *sw_sts_flaw_text(enum sw_sts_flaw f)
{
	static const char *const texts[SW_STS_FLAW_COUNT] = {
		[SW_STS_GOOD] = "",
#define SW_STS_FLAW(name, text) [SW_STS_##name] = (text),
#include "identity/mta_sts_flaw.def"
#undef SW_STS_FLAW
	};
	return (unsigned)f < SW_STS_FLAW_COUNT ? texts[f] : "?";
}

const char *sw_sts_mode_name(enum sw_sts_mode m)
{
	static const char *const names[] = { "none", "testing", "enforce" };

	return (unsigned)m < SW_LEN(names) ? names[m] : "?";
}

static bool is_alnum(char c)
{
	char l = sw_ascii_lower(c);

	return sw_ascii_digit(c) || (l >= 'a' && l <= 'z');
}

static bool is_id(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_alnum(s.ptr[i]))
			return false;
	return s.len >= 1 && s.len <= 32;
}

enum sw_sts_flaw sw_sts_record_read(struct sw_slice txt, struct sw_slice *ret_id)
{
	struct sw_slice id = { NULL, 0 };
	struct sw_tag tag;
	bool first = true;

	if (!sw_tags_are(txt, SW_S("STSv1")))
		return SW_STS_NO_RECORD;
	for (; sw_tag_next(&txt, &tag); first = false) {
		if (!tag.well_formed)
			return SW_STS_BAD_RECORD;
		if (first || !sw_slice_eq(tag.name, SW_S("id")))
			continue;
		if (id.ptr)
			return SW_STS_BAD_RECORD;
		id = tag.value;
	}
	if (!is_id(id))
		return SW_STS_BAD_ID;
	*ret_id = id;
	return SW_STS_GOOD;
}

enum sw_sts_flaw sw_sts_answer_read(const struct sw_ask *a, struct sw_slice *ret_id)
{
	enum sw_sts_flaw flaw = SW_STS_NO_RECORD;
	size_t count = 0;

	for (size_t i = 0; i < a->count; i++) {
		if (!sw_tags_are(a->records[i].txt, SW_S("STSv1")))
			continue;
		if (count++ > 0)
			return SW_STS_SEVERAL;
		flaw = sw_sts_record_read(a->records[i].txt, ret_id);
	}
	return flaw;
}

/* ---- policy */

struct reader {
	struct sw_sts_policy *p;
	bool has_version, has_mode, has_max_age;
};

static enum sw_sts_flaw once(bool *seen)
{
	if (*seen)
		return SW_STS_TWICE;
	*seen = true;
	return SW_STS_GOOD;
}

static enum sw_sts_flaw read_version(struct reader *rd, struct sw_slice value)
{
	enum sw_sts_flaw flaw = once(&rd->has_version);

	return flaw || sw_slice_eq(value, SW_S("STSv1")) ? flaw : SW_STS_NO_VERSION;
}

static enum sw_sts_flaw read_mode(struct reader *rd, struct sw_slice value)
{
	enum sw_sts_flaw flaw = once(&rd->has_mode);

	if (flaw)
		return flaw;
	for (int m = SW_STS_NONE; m <= SW_STS_ENFORCE; m++)
		if (sw_slice_eq(value, sw_slice_str(sw_sts_mode_name((enum sw_sts_mode)m)))) {
			rd->p->mode = (enum sw_sts_mode)m;
			return SW_STS_GOOD;
		}
	return SW_STS_BAD_MODE;
}

static enum sw_sts_flaw read_max_age(struct reader *rd, struct sw_slice value)
{
	enum { YEAR_S = 31557600 }; /* 3.2 */
	enum sw_sts_flaw flaw = once(&rd->has_max_age);
	uint64_t seconds;

	if (flaw)
		return flaw;
	if (value.len > 10 || !sw_slice_u64(value, &seconds) || seconds > YEAR_S)
		return SW_STS_BAD_MAX_AGE;
	rd->p->max_age_s = (uint32_t)seconds;
	return SW_STS_GOOD;
}

static bool is_host(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_alnum(s.ptr[i]) && s.ptr[i] != '-' && s.ptr[i] != '.' &&
		    s.ptr[i] != '_')
			return false;
	return s.len > 0 && s.len <= SW_MAX_DOMAIN && s.ptr[0] != '.' && sw_dns_name_valid(s);
}

static enum sw_sts_flaw read_mx(struct reader *rd, struct sw_slice value)
{
	struct sw_slice host =
		sw_slice_starts(value, SW_S("*.")) ? sw_slice_from(value, 2) : value;

	if (!is_host(host))
		return SW_STS_BAD_MX;
	if (rd->p->mx_count == SW_MAX_STS_MX)
		return SW_STS_MANY_MX;
	rd->p->mx[rd->p->mx_count++] = value;
	return SW_STS_GOOD;
}

static const struct {
	const char *name;
	enum sw_sts_flaw (*read)(struct reader *rd, struct sw_slice value);
} fields[] = {
	{ "version", read_version },
	{ "mode", read_mode },
	{ "max_age", read_max_age },
	{ "mx", read_mx },
};

static enum sw_sts_flaw read_line(struct reader *rd, struct sw_slice line)
{
	size_t colon = sw_slice_find(line, ':');
	struct sw_slice name = sw_slice_head(line, colon);
	struct sw_slice value = sw_slice_trim(sw_slice_from(line, colon + 1));

	if (colon == line.len || colon == 0 || sw_slice_has_control(value))
		return SW_STS_BAD_LINE;
	for (size_t i = 0; i < name.len; i++)
		if (!is_alnum(name.ptr[i]) && !strchr("_-.", name.ptr[i]))
			return SW_STS_BAD_LINE;
	for (size_t i = 0; i < SW_LEN(fields); i++)
		if (sw_slice_eq(name, sw_slice_str(fields[i].name)))
			return fields[i].read(rd, value);
	return SW_STS_GOOD;
}

static enum sw_sts_flaw complete(const struct reader *rd)
{
	if (!rd->has_version)
		return SW_STS_NO_VERSION;
	if (!rd->has_mode)
		return SW_STS_NO_MODE;
	if (!rd->has_max_age)
		return SW_STS_NO_MAX_AGE;
	return rd->p->mx_count == 0 && rd->p->mode != SW_STS_NONE ? SW_STS_NO_MX : SW_STS_GOOD;
}

enum sw_sts_flaw sw_sts_policy_read(struct sw_slice text, struct sw_sts_policy *ret)
{
	struct reader rd = { .p = ret };
	struct sw_slice line;
	unsigned number = 0;

	*ret = (struct sw_sts_policy){ 0 };
	if (text.len > SW_MAX_STS_POLICY)
		return SW_STS_TOO_LONG;
	/* CRLF, and LF too (3.2). */
	while (sw_slice_split(&text, '\n', &line)) {
		number++;
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (sw_slice_trim(line).len == 0)
			continue;
		enum sw_sts_flaw flaw = read_line(&rd, line);
		if (flaw) {
			ret->line = number;
			return flaw;
		}
	}
	return complete(&rd);
}

bool sw_sts_allows(const struct sw_sts_policy *p, struct sw_slice host)
{
	if (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	for (size_t i = 0; i < p->mx_count; i++) {
		struct sw_slice mx = p->mx[i], name = host;

		if (mx.ptr[mx.len - 1] == '.')
			mx.len--;
		if (sw_slice_starts(mx, SW_S("*."))) {
			mx = sw_slice_from(mx, 2);
			name = sw_slice_from(host, sw_slice_find(host, '.') + 1);
		}
		if (name.len > 0 && sw_slice_eq_nocase(mx, name))
			return true;
	}
	return false;
}
