/* SPDX-License-Identifier: MIT */
#include "client/wishes.h"

#include "base/mem.h"

void sw_wishes_fini(struct sw_wishes *w)
{
	sw_free(w->envid);
	sw_free(w->hold_until);
	*w = (struct sw_wishes){ 0 };
}

static bool is(struct sw_slice s, const char *word)
{
	return sw_slice_eq_nocase(s, sw_slice_str(word));
}

/* A whole number with a sign, of at most `most` either way. */
static bool number(struct sw_slice s, int64_t most, int64_t *ret)
{
	bool minus = s.len > 0 && s.ptr[0] == '-';
	bool sign = minus || (s.len > 0 && s.ptr[0] == '+');
	uint64_t n;
	if (!sw_slice_u64(sw_slice_from(s, sign ? 1 : 0), &n) || n > (uint64_t)most)
		return false;
	*ret = minus ? -(int64_t)n : (int64_t)n;
	return true;
}

static bool set_dsn(struct sw_wishes *w, struct sw_slice v)
{
	static const struct {
		const char *word;
		unsigned bit;
	} rows[] = { { "never", SW_NOTIFY_NEVER },
		     { "success", SW_NOTIFY_SUCCESS },
		     { "failure", SW_NOTIFY_FAILURE },
		     { "delay", SW_NOTIFY_DELAY } };
	struct sw_slice word;
	unsigned bits = 0;
	while (sw_slice_split(&v, ',', &word)) {
		unsigned bit = 0;
		for (size_t i = 0; i < SW_LEN(rows); i++)
			bit |= is(sw_slice_trim(word), rows[i].word) ? rows[i].bit : 0;
		if (!bit)
			return false;
		bits |= bit;
	}
	if (bits == 0 || ((bits & SW_NOTIFY_NEVER) && bits != SW_NOTIFY_NEVER))
		return false;
	w->notify = bits;
	return true;
}

static bool set_return(struct sw_wishes *w, struct sw_slice v)
{
	bool full = is(v, "full");
	if (!full && !is(v, "headers"))
		return false;
	w->ret = full ? SW_RETURN_FULL : SW_RETURN_HEADERS;
	return true;
}

static bool set_envid(struct sw_wishes *w, struct sw_slice v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.ptr[i] < ' ' || v.ptr[i] > '~')
			return false;
	if (v.len == 0 || v.len > SW_MAX_ENVID)
		return false;
	w->envid = sw_dup(v);
	return true;
}

static bool set_require_tls(struct sw_wishes *w, struct sw_slice v)
{
	w->require_tls = is(v, "yes");
	return w->require_tls || is(v, "no");
}

static bool set_deliver_by(struct sw_wishes *w, struct sw_slice v)
{
	struct sw_slice mode = sw_slice_from(v, sw_slice_find(v, ';') + 1);
	int64_t n;
	bool notify = mode.len == 0 || is(mode, "notify");
	if (!number(sw_slice_head(v, sw_slice_find(v, ';')), SW_MAX_SMTP_SECONDS, &n) ||
	    n == 0 || (!notify && (n < 0 || !is(mode, "return"))))
		return false;
	w->deliver_by_s = (int32_t)n;
	w->deliver_by_notify = notify;
	return true;
}

static bool set_priority(struct sw_wishes *w, struct sw_slice v)
{
	int64_t n;
	w->has_priority = number(v, 9, &n);
	w->priority = w->has_priority ? (int)n : 0;
	return w->has_priority;
}

/* YYYY-MM-DDThh:mm:ss[.f](Z|+hh:mm|-hh:mm): that the digits stand in their places. */
static bool is_date_time(struct sw_slice v)
{
	static const char form[] = "0000-00-00T00:00:00";
	size_t len = sizeof(form) - 1;
	if (v.len <= len || v.len > 40)
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] == '0' ? !sw_ascii_digit(v.ptr[i])
				   : sw_ascii_lower(v.ptr[i]) != sw_ascii_lower(form[i]))
			return false;
	struct sw_slice zone = sw_slice_from(v, len);
	if (zone.ptr[0] == '.')
		for (zone = sw_slice_from(zone, 1); zone.len && sw_ascii_digit(zone.ptr[0]);)
			zone = sw_slice_from(zone, 1);
	if (is(zone, "Z"))
		return true;
	return zone.len == 6 && (zone.ptr[0] == '+' || zone.ptr[0] == '-') &&
	       sw_ascii_digit(zone.ptr[1]) && sw_ascii_digit(zone.ptr[2]) &&
	       zone.ptr[3] == ':' && sw_ascii_digit(zone.ptr[4]) &&
	       sw_ascii_digit(zone.ptr[5]);
}

static bool set_hold_until(struct sw_wishes *w, struct sw_slice v)
{
	int64_t n;
	if (v.len > 0 && v.ptr[0] == '+') {
		if (!number(v, SW_MAX_SMTP_SECONDS, &n) || n == 0)
			return false;
		w->hold_for_s = (uint32_t)n;
		return true;
	}
	if (!is_date_time(v))
		return false;
	w->hold_until = sw_dup(v);
	return true;
}

/* What belongs to a name, taken out of *from into *to (or dropped). */
static void clear_dsn(struct sw_wishes *w)
{
	w->notify = 0;
}

static void clear_return(struct sw_wishes *w)
{
	w->ret = SW_RETURN_UNSAID;
}

static void clear_envid(struct sw_wishes *w)
{
	sw_free(w->envid);
	w->envid = NULL;
}

static void clear_require_tls(struct sw_wishes *w)
{
	w->require_tls = false;
}

static void clear_deliver_by(struct sw_wishes *w)
{
	w->deliver_by_s = 0;
	w->deliver_by_notify = false;
}

static void clear_priority(struct sw_wishes *w)
{
	w->has_priority = false;
	w->priority = 0;
}

static void clear_hold_until(struct sw_wishes *w)
{
	sw_free(w->hold_until);
	w->hold_until = NULL;
	w->hold_for_s = 0;
}

static const struct {
	const char *name;
	bool (*set)(struct sw_wishes *w, struct sw_slice v);
	void (*clear)(struct sw_wishes *w);
	const char *expected;
} rows[] = {
	{ "dsn", set_dsn, clear_dsn, "never, or success, failure, delay with commas between" },
	{ "dsn-return", set_return, clear_return, "full or headers" },
	{ "dsn-envid", set_envid, clear_envid, "1 to 100 printable ASCII characters" },
	{ "require-tls", set_require_tls, clear_require_tls, "yes or no" },
	{ "deliver-by", set_deliver_by, clear_deliver_by,
	  "SECONDS, SECONDS;notify or SECONDS;return" },
	{ "priority", set_priority, clear_priority, "-9 to 9" },
	{ "hold-until", set_hold_until, clear_hold_until,
	  "a date and time such as 2030-01-31T08:00:00Z, or +SECONDS" },
};

/* A text that could not be kept: a message would go at once that was to be held. */
static bool is_lost(const struct sw_wishes *w, const char *name)
{
	return (strcmp(name, "dsn-envid") == 0 && !w->envid) ||
	       (strcmp(name, "hold-until") == 0 && !w->hold_until && !w->hold_for_s);
}

enum sw_err sw_wishes_set(struct sw_wishes *w, const char *name, const char *value,
			  struct sw_error *err)
{
	struct sw_wishes trial = { 0 };
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		bool good = !value || rows[i].set(&trial, sw_slice_str(value));
		bool lost = good && value && is_lost(&trial, name);
		sw_wishes_fini(&trial);
		if (!good)
			return sw_fail(err, SW_E_USAGE, "%s: expected %s", name,
				       rows[i].expected);
		if (lost)
			return sw_fail_nomem(err);
		rows[i].clear(w);
		if (value)
			(void)rows[i].set(w, sw_slice_str(value));
		return value && is_lost(w, name) ? sw_fail_nomem(err) : SW_OK;
	}
	return sw_fail(err, SW_E_USAGE, "\"%s\" is no wish", name);
}

void sw_wishes_apply(const struct sw_wishes *w, struct sw_smtp_mail *m)
{
	m->dsn.notify = w->notify;
	m->dsn.ret = w->ret;
	m->dsn.envid = w->envid;
	m->require_tls = w->require_tls;
	m->deliver_by_s = w->deliver_by_s;
	m->deliver_by_notify = w->deliver_by_notify;
	m->has_priority = w->has_priority;
	m->priority = w->priority;
	m->hold_for_s = w->hold_for_s;
	m->hold_until = w->hold_until;
}
