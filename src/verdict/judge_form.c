/* SPDX-License-Identifier: MIT */
/* What may stand in a command that somebody pastes into a shell: words of strangers only in
 * the narrow form of the thing that they claim to be, and never one that looks like an option.
 */
#include "verdict/judge_work.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || sw_ascii_digit(c);
}

static bool has_only(struct sw_slice s, const char *others)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_letter(s.ptr[i]) && (!s.ptr[i] || !strchr(others, s.ptr[i])))
			return false;
	return s.len > 0 && s.ptr[0] != '-';
}

static bool is_number(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!sw_ascii_digit(s.ptr[i]))
			return false;
	return s.len > 0 && s.len <= 10;
}

/* RFC 1123 2.1, and '_' as in names of records. */
static bool is_name(struct sw_slice s)
{
	struct sw_slice rest = s, label;

	if (!has_only(s, ".-_") || s.len > SW_MAX_DOMAIN)
		return false;
	if (s.ptr[s.len - 1] == '.')
		rest.len--;
	if (rest.len == 0)
		return false;
	while (rest.len && sw_slice_split(&rest, '.', &label))
		if (label.len == 0 || label.len > 63 || label.ptr[0] == '-')
			return false;
	return true;
}

static bool is_ip(struct sw_slice s)
{
	bool v6 = sw_slice_find(s, ':') < s.len;

	if (s.len < 2 || s.len > 45)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = sw_ascii_lower(s.ptr[i]);
		bool hex = v6 && ((c >= 'a' && c <= 'f') || c == ':');

		if (!sw_ascii_digit(c) && c != '.' && !hex)
			return false;
	}
	return v6 || sw_slice_find(s, '.') < s.len;
}

/* Characters of RFC 5322 atoms that mean nothing to a shell. */
static bool is_mailbox(struct sw_slice s)
{
	size_t at = sw_slice_find(s, '@');

	return at < s.len && at <= 64 && has_only(sw_slice_head(s, at), "._+-=") &&
	       is_name(sw_slice_from(s, at + 1));
}

bool sw_form_fits(enum sw_placeholder_form form, struct sw_slice value)
{
	switch (form) {
	case SW_FORM_NAME:
		return is_name(value) || is_ip(value);
	case SW_FORM_NUMBER:
		return is_number(value);
	case SW_FORM_IP:
		return is_ip(value);
	case SW_FORM_MAILBOX:
		return is_mailbox(value);
	case SW_FORM_LOGIN:
		return is_mailbox(value) || (value.len <= 64 && has_only(value, "._-"));
	case SW_FORM_ID:
		return value.len <= 250 && has_only(value, "._-@+=");
	case SW_FORM_FREE:
		break;
	}
	return value.len > 0;
}
