/* SPDX-License-Identifier: MIT */
/* Settings by name: one row of setting.def each, one function a kind of value. */
#include "client/tester.h"
#include "api/mailer.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "mail/address.h"

struct setting;
typedef enum sw_err (*set_fn)(struct sw_mailer *m, const struct setting *row,
			      const char *value, struct sw_error *err);
struct setting {
	const char *name;
	set_fn set;
	size_t member; /* offset in sw_client_settings */
	const char *help;
};

static void *member(struct sw_mailer *m, const struct setting *row)
{
	return (char *)&m->settings + row->member;
}

static enum sw_err set_text(struct sw_mailer *m, const struct setting *row, const char *value,
			    struct sw_error *err)
{
	char **to = member(m, row), *copy = NULL;
	if (value && (*value == '\0' || sw_slice_has_control(sw_slice_str(value))))
		return sw_fail(err, SW_E_USAGE, "%s: expected a text without control bytes",
			       row->name);
	if (value) {
		copy = sw_strdup(value);
		if (!copy)
			return sw_fail_nomem(err);
	}
	sw_free(*to);
	*to = copy;
	return SW_OK;
}

static enum sw_err set_server(struct sw_mailer *m, const struct setting *row,
			      const char *value, struct sw_error *err)
{
	(void)row;
	bool had = m->settings.secret_from_url;
	enum sw_err e = sw_client_settings_server(&m->settings, value, err);
	if (e)
		return e;
	if (m->settings.secret_from_url) {
		/* The URL's password counts as given now; adopt() has put it in place. */
		sw_free(m->secret_place);
		m->secret_place = NULL;
		m->secret_source = SW_SECRET_GIVEN;
	} else if (had) {
		m->secret_source = SW_SECRET_NONE;
	}
	return SW_OK;
}

static enum sw_err set_fallback(struct sw_mailer *m, const struct setting *row,
				const char *value, struct sw_error *err)
{
	(void)row;
	return sw_client_settings_fallback(&m->settings, value, err);
}

static enum sw_err set_tls(struct sw_mailer *m, const struct setting *row, const char *value,
			   struct sw_error *err)
{
	(void)row;
	return sw_client_settings_tls(&m->settings, value, err);
}

static enum sw_err set_auth(struct sw_mailer *m, const struct setting *row, const char *value,
			    struct sw_error *err)
{
	(void)row;
	return sw_client_settings_auth(&m->settings, value, err);
}

static enum sw_err set_user(struct sw_mailer *m, const struct setting *row, const char *value,
			    struct sw_error *err)
{
	enum sw_err e = set_text(m, row, value, err);
	if (!e)
		m->settings.user_from_url = false;
	return e;
}

static enum sw_err set_host(struct sw_mailer *m, const struct setting *row, const char *value,
			    struct sw_error *err)
{
	char **to = member(m, row), *host = NULL;
	if (value) {
		enum sw_err e = sw_host_to_ascii(sw_slice_str(value), &host, err);
		if (e)
			return e;
	}
	sw_free(*to);
	*to = host;
	return SW_OK;
}

static enum sw_err set_ehlo(struct sw_mailer *m, const struct setting *row, const char *value,
			    struct sw_error *err)
{
	if (value && !sw_ehlo_name_valid(sw_slice_str(value)))
		return sw_fail(err, SW_E_USAGE,
			       "ehlo: \"%.64s\" is neither a host name nor an "
			       "[address]",
			       value);
	enum sw_err e = set_text(m, row, value, err);
	if (!e)
		m->settings.ehlo_from_url = false;
	return e;
}

static enum sw_err set_resolver(struct sw_mailer *m, const struct setting *row,
				const char *value, struct sw_error *err)
{
	struct sw_addr addr;
	struct sw_slice text = sw_slice_str(value), host, port = { 0 };
	uint64_t number = 53;
	size_t close = sw_slice_find(text, ']');
	if (value && !sw_addr_parse(text, 53, &addr)) {
		size_t from = close < text.len ? close : 0;
		size_t colon = from + sw_slice_find(sw_slice_from(text, from), ':');
		host = sw_slice_head(text, colon);
		port = sw_slice_from(text, colon + 1);
		if (!sw_addr_parse(host, 53, &addr) || !sw_slice_u64(port, &number) ||
		    number == 0 || number > UINT16_MAX)
			return sw_fail(err, SW_E_USAGE,
				       "%s: expected ADDRESS or ADDRESS:PORT of a DNS server "
				       "(an IPv6 "
				       "address in [brackets])",
				       row->name);
	}
	return set_text(m, row, value, err);
}

static enum sw_err set_pins(struct sw_mailer *m, const struct setting *row, const char *value,
			    struct sw_error *err)
{
	struct sw_tls_pins pins = { 0 };
	struct sw_error mine;
	enum sw_err e = value ? sw_tls_pins_parse(value, &pins, &mine) : SW_OK;
	if (e)
		return sw_fail(err, e, "%s: %s", row->name, mine.text);
	m->settings.pins = pins;
	return SW_OK;
}

static enum sw_err set_proxy(struct sw_mailer *m, const struct setting *row,
			     const char *value, struct sw_error *err)
{
	struct sw_proxy_place place = { 0 };
	struct sw_error mine;
	enum sw_err e =
		value ? sw_proxy_place_parse(sw_slice_str(value), &place, &mine) : SW_OK;
	if (e)
		return sw_fail(err, e, "%s: %s", row->name, mine.text);
	sw_proxy_place_fini(&m->settings.proxy);
	m->settings.proxy = place;
	m->settings.proxy_set = value != NULL;
	return SW_OK;
}

static enum sw_err set_source(struct sw_mailer *m, const struct setting *row,
			      const char *value, struct sw_error *err)
{
	struct sw_addr addr = { 0 };
	struct sw_addr *to = member(m, row);
	if (value && !sw_addr_parse(sw_slice_str(value), 0, &addr))
		return sw_fail(err, SW_E_USAGE,
			       "source: expected an IP address of this machine");
	*to = addr;
	return SW_OK;
}

static enum sw_err set_family(struct sw_mailer *m, const struct setting *row,
			      const char *value, struct sw_error *err)
{
	static const struct {
		const char *name;
		enum sw_families value;
	} names[] = {
		{ "any", SW_FAMILY_ANY },
		{ "4", SW_FAMILY_V4 },
		{ "6", SW_FAMILY_V6 },
	};
	(void)row;
	for (size_t i = 0; i < SW_LEN(names); i++) {
		if (value &&
		    !sw_slice_eq_nocase(sw_slice_str(value), sw_slice_str(names[i].name)))
			continue;
		m->settings.families = names[i].value;
		return SW_OK;
	}
	return sw_fail(err, SW_E_USAGE, "family: expected any, 4 or 6");
}

static enum sw_err set_flag(struct sw_mailer *m, const struct setting *row, const char *value,
			    struct sw_error *err)
{
	static const char *const words[] = { "no",  "yes", "false", "true",
					     "off", "on",  "0",     "1" };
	struct sw_client_settings defaults;
	bool *to = member(m, row);
	if (!value) {
		sw_client_settings_init(&defaults);
		*to = *(const bool *)((const char *)&defaults + row->member);
		return SW_OK;
	}
	for (size_t i = 0; i < SW_LEN(words); i++) {
		if (!sw_slice_eq_nocase(sw_slice_str(value), sw_slice_str(words[i])))
			continue;
		*to = i % 2 == 1;
		return SW_OK;
	}
	return sw_fail(err, SW_E_USAGE, "%s: expected yes or no", row->name);
}

/* Decimal seconds, at most a week, to microseconds; digits beyond the sixth of a fraction are
 * dropped. */
static bool parse_seconds(struct sw_slice text, uint64_t *ret_us)
{
	enum { WEEK_S = 7 * 24 * 3600 };
	size_t dot = sw_slice_find(text, '.');
	struct sw_slice fraction = sw_slice_from(text, dot + 1);
	uint64_t seconds = 0, micros = 0, unit = 100000;
	if (dot > 0 && (!sw_slice_u64(sw_slice_head(text, dot), &seconds) || seconds > WEEK_S))
		return false;
	if (dot == 0 && fraction.len == 0)
		return false;
	for (size_t i = 0; i < fraction.len; i++, unit /= 10) {
		if (!sw_ascii_digit(fraction.ptr[i]))
			return false;
		micros += unit * (uint64_t)(fraction.ptr[i] - '0');
	}
	*ret_us = seconds * 1000000 + micros;
	return true;
}

static enum sw_err set_seconds(struct sw_mailer *m, const struct setting *row,
			       const char *value, struct sw_error *err)
{
	uint64_t us = 0;
	uint64_t *to = member(m, row);
	if (value && !parse_seconds(sw_slice_str(value), &us))
		return sw_fail(err, SW_E_USAGE, "%s: expected seconds such as 30 or 0.5",
			       row->name);
	*to = us;
	return SW_OK;
}

static enum sw_err set_depth(struct sw_mailer *m, const struct setting *row, const char *value,
			     struct sw_error *err)
{
	struct sw_client_settings defaults;
	uint64_t depth = 0;
	sw_client_settings_init(&defaults);
	if (value && (!sw_slice_u64(sw_slice_str(value), &depth) || depth > 5))
		return sw_fail(err, SW_E_USAGE, "%s: expected a number from 0 to 5",
			       row->name);
	m->settings.depth = value ? (unsigned)depth : defaults.depth;
	return SW_OK;
}

static bool is_host_port(struct sw_slice text)
{
	struct sw_addr addr;
	size_t colon = text.len;
	uint64_t port = 1;
	char *host = NULL;
	if (sw_addr_parse(text, 0, &addr))
		return true;
	while (colon > 0 && text.ptr[colon - 1] != ':')
		colon--;
	if (colon && !sw_slice_u64(sw_slice_from(text, colon), &port))
		return false;
	text = colon ? sw_slice_head(text, colon - 1) : text;
	if (port == 0 || port > UINT16_MAX || text.len == 0)
		return false;
	bool good = sw_addr_parse(text, 0, &addr) || !sw_host_to_ascii(text, &host, NULL);
	sw_free(host);
	return good;
}

static enum sw_err set_controls(struct sw_mailer *m, const struct setting *row,
				const char *value, struct sw_error *err)
{
	struct sw_slice rest = sw_slice_str(value), one;
	while (value && sw_slice_split(&rest, ',', &one))
		if (!is_host_port(one))
			return sw_fail(err, SW_E_USAGE,
				       "%s: \"%.*s\", expected HOST or HOST:PORT", row->name,
				       SW_FMT(sw_slice_head(one, 64)));
	return set_text(m, row, value, err);
}

static enum sw_err set_address(struct sw_mailer *m, const struct setting *row,
			       const char *value, struct sw_error *err)
{
	struct sw_addr addr;
	if (value && !sw_addr_parse(sw_slice_str(value), 0, &addr))
		return sw_fail(err, SW_E_USAGE, "%s: expected an IP address", row->name);
	return set_text(m, row, value, err);
}

static enum sw_err set_password_file(struct sw_mailer *m, const struct setting *row,
				     const char *value, struct sw_error *err)
{
	(void)row;
	return sw_mailer_secret_from(m, SW_SECRET_FILE, value) ? sw_fail_nomem(err) : SW_OK;
}

static enum sw_err set_password_fd(struct sw_mailer *m, const struct setting *row,
				   const char *value, struct sw_error *err)
{
	uint64_t fd = 0;
	if (value && (!sw_slice_u64(sw_slice_str(value), &fd) || fd > INT32_MAX))
		return sw_fail(err, SW_E_USAGE,
			       "%s: expected the number of an open descriptor", row->name);
	return sw_mailer_secret_from(m, SW_SECRET_FD, value) ? sw_fail_nomem(err) : SW_OK;
}

static enum sw_err set_password_command(struct sw_mailer *m, const struct setting *row,
					const char *value, struct sw_error *err)
{
	(void)row;
	return sw_mailer_secret_from(m, SW_SECRET_COMMAND, value) ? sw_fail_nomem(err) : SW_OK;
}

static enum sw_err set_password_env(struct sw_mailer *m, const struct setting *row,
				    const char *value, struct sw_error *err)
{
	if (value && (*value == '\0' || strchr(value, '=')))
		return sw_fail(err, SW_E_USAGE,
			       "%s: expected the name of an environment variable", row->name);
	return sw_mailer_secret_from(m, SW_SECRET_ENV, value) ? sw_fail_nomem(err) : SW_OK;
}

static enum sw_err set_wish(struct sw_mailer *m, const struct setting *row, const char *value,
			    struct sw_error *err)
{
	return sw_wishes_set(&m->settings.wishes, row->name, value, err);
}

static enum sw_err set_chunking(struct sw_mailer *m, const struct setting *row,
				const char *value, struct sw_error *err)
{
	static const char *const words[] = {
		[SW_CHUNKING_AUTO] = "auto", [SW_CHUNKING_YES] = "yes", [SW_CHUNKING_NO] = "no"
	};
	(void)row;
	for (size_t i = 0; i < SW_LEN(words); i++) {
		if (value && !sw_slice_eq_nocase(sw_slice_str(value), sw_slice_str(words[i])))
			continue;
		m->settings.chunking = (enum sw_smtp_chunking)i;
		return SW_OK;
	}
	return sw_fail(err, SW_E_USAGE, "chunking: expected auto, yes or no");
}

/* The place of a word in a list that ends with NULL; -1: none of them. */
static int word_at(const char *value, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (sw_slice_eq_nocase(sw_slice_str(value), sw_slice_str(words[i])))
			return i;
	return -1;
}

static enum sw_err set_dane(struct sw_mailer *m, const struct setting *row, const char *value,
			    struct sw_error *err)
{
	static const char *const words[] = { "auto", "yes", "no", NULL };
	int at = value ? word_at(value, words) : 0;
	(void)row;
	if (at < 0)
		return sw_fail(err, SW_E_USAGE, "dane: expected auto, yes or no");
	m->settings.dane = (enum sw_dane_wish)at;
	return SW_OK;
}

static enum sw_err set_mta_sts(struct sw_mailer *m, const struct setting *row,
			       const char *value, struct sw_error *err)
{
	static const char *const words[] = { "auto", "no", NULL };
	int at = value ? word_at(value, words) : 0;
	(void)row;
	if (at < 0)
		return sw_fail(err, SW_E_USAGE, "mta-sts: expected auto or no");
	m->settings.no_mta_sts = at == 1;
	return SW_OK;
}

static enum sw_err set_xclient(struct sw_mailer *m, const struct setting *row,
			       const char *value, struct sw_error *err)
{
	enum sw_err e = value ? sw_tester_check_xclient(value, err) : SW_OK;
	return e ? e : set_text(m, row, value, err);
}

static enum sw_err set_proxy_header(struct sw_mailer *m, const struct setting *row,
				    const char *value, struct sw_error *err)
{
	struct sw_proxy_wish wish;
	enum sw_err e = value ? sw_proxy_wish_parse(value, &wish, err) : SW_OK;
	return e ? e : set_text(m, row, value, err);
}

static enum sw_err set_password_from(struct sw_mailer *m, const struct setting *row,
				     const char *value, struct sw_error *err)
{
	if (value && !sw_secret_source_known(value))
		return sw_fail(err, SW_E_USAGE,
			       "%s: expected keyring, netrc[:FILE], systemd[:NAME] or git[:HOST]", row->name);
	return sw_mailer_secret_from(m, SW_SECRET_FROM, value) ? sw_fail_nomem(err) : SW_OK;
}

#define SW_SETTING(name, kind, field, help)                                                   \
	{ name, set_##kind, offsetof(struct sw_client_settings, field), help },
static const struct setting settings[] = {
#include "api/setting.def"
};
#undef SW_SETTING

const char *sw_mailer_setting_name(size_t i)
{
	return i < SW_LEN(settings) ? settings[i].name : NULL;
}

bool sw_mailer_setting_is_of_diagnosis(const char *name)
{
	static const char *const names[] = { "depth", "control", "second-resolver",
					     "public-ip", "history" };
	for (size_t i = 0; i < SW_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

const char *sw_mailer_setting_help(size_t i)
{
	return i < SW_LEN(settings) ? settings[i].help : NULL;
}

enum sw_err sw_mailer_apply(struct sw_mailer *m, const char *name, const char *value,
			    struct sw_error *err)
{
	struct sw_slice wanted = sw_slice_str(name);
	for (size_t i = 0; i < SW_LEN(settings); i++)
		if (sw_slice_eq(wanted, sw_slice_str(settings[i].name)))
			return settings[i].set(m, &settings[i], value, err);
	const char *near = sw_nearest(wanted, sw_mailer_setting_name);
	return sw_fail(err, SW_E_USAGE, "there is no setting \"%.*s\"%s%s%s",
		       SW_FMT(sw_slice_head(wanted, 64)), near ? "; did you mean " : "",
		       near ? near : "", near ? "?" : "");
}
