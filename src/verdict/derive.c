/* SPDX-License-Identifier: MIT */
#include "verdict/derive.h"

/* Cases come from anywhere: beyond that many addresses or hosts nothing new is learned of
 * them. */
enum { MOST = 128 };

struct derive {
	const struct sw_facts *from;
	struct sw_facts *to;
	struct sw_slice seen[MOST]; /* addresses */
	size_t seen_count, hosts;
};

#define STATE(d, type, stage, ...) SW_STATE((d)->to, type, stage, "judge", 0, __VA_ARGS__)

static bool is_stated(const struct derive *d, enum sw_fact_type type)
{
	return sw_facts_last(d->from, type) != NULL;
}

/* ---- names */

static void name_form(struct derive *d, const char *what, struct sw_slice value,
		      const char *form)
{
	STATE(d, SW_FACT_NAME_FORM, SW_STAGE_CONFIG, SW_F_STR("what", what),
	      SW_F_TEXT("value", value), SW_F_STR("form", form));
}

static const char *mailbox_form(struct sw_slice s)
{
	size_t at = s.len;

	/* The last '@': a quoted local part may hold others (RFC 5321 4.1.2). */
	while (at > 0 && s.ptr[at - 1] != '@')
		at--;
	if (at == 0)
		return "no_domain";
	if (at == 1)
		return "bad";
	const char *form = sw_name_form(sw_slice_from(s, at));

	return strcmp(form, "empty") == 0 ? "no_domain" : form;
}

static void derive_names(struct derive *d)
{
	const struct sw_fact *wish = sw_facts_last(d->from, SW_FACT_SEND_WISH);
	struct sw_slice server = sw_fact_text(wish, "server"),
			sender = sw_fact_text(wish, "sender"),
			ehlo = sw_fact_text(wish, "ehlo");

	if (server.len)
		name_form(d, "server", server, sw_name_form(server));
	/* Without a sender: the null one, or no message at all. Without a name for EHLO the
	 * session takes a good one. */
	if (sender.len)
		name_form(d, "sender", sender, mailbox_form(sender));
	if (ehlo.len)
		name_form(d, "ehlo", ehlo, sw_name_form(ehlo));
}

/* ---- addresses */

static void address_kind(struct derive *d, enum sw_stage stage, struct sw_slice address)
{
	int family = 0;

	for (size_t i = 0; i < d->seen_count; i++)
		if (sw_slice_eq(d->seen[i], address))
			return;
	const char *kind = d->seen_count < MOST ? sw_address_kind(address, &family) : NULL;

	if (!kind)
		return;
	d->seen[d->seen_count++] = address;
	STATE(d, SW_FACT_ADDRESS_KIND, stage, SW_F_TEXT("address", address),
	      SW_F_STR("kind", kind), SW_F_INT("family", family));
}

/* "192.0.2.1, 192.0.2.2" */
static struct sw_slice next_record(struct sw_slice *records)
{
	struct sw_slice one = *records;

	(void)sw_slice_split(records, ',', &one);
	return sw_slice_trim(one);
}

static bool is_type(const struct sw_fact *f, const char *type)
{
	return f->type == SW_FACT_DNS_ANSWER &&
	       sw_slice_eq_nocase(sw_fact_text(f, "type"), sw_slice_str(type));
}

static void derive_addresses(struct derive *d)
{
	for (size_t i = 0; i < sw_facts_count(d->from); i++) {
		const struct sw_fact *f = sw_facts_get(d->from, i);
		struct sw_slice records = sw_fact_text(f, "records");

		if (f->type == SW_FACT_TCP_ATTEMPT) {
			address_kind(d, f->stage, sw_fact_text(f, "address"));
			address_kind(d, f->stage, sw_fact_text(f, "offender"));
		} else if (is_type(f, "A") || is_type(f, "AAAA")) {
			while (records.len)
				address_kind(d, f->stage, next_record(&records));
		}
	}
}

/* ---- hosts of MX records */

static const char *host_form(struct sw_slice host)
{
	if (host.len == 0 || sw_slice_eq(host, SW_S(".")))
		return "null";
	const char *form = sw_name_form(host);

	return strcmp(form, "too_long") == 0 || strcmp(form, "non_ascii") == 0 ? "bad" : form;
}

static void mx_host(struct derive *d, const struct sw_fact *answer, struct sw_slice record)
{
	size_t blank = sw_slice_find(record, ' ');
	struct sw_slice host = sw_slice_from(record, blank + (blank < record.len));
	uint64_t preference;

	if (blank == record.len || d->hosts >= MOST ||
	    !sw_slice_u64(sw_slice_head(record, blank), &preference))
		return;
	d->hosts++;
	STATE(d, SW_FACT_MX_HOST, SW_STAGE_DNS,
	      SW_F_TEXT("domain", sw_fact_text(answer, "name")), SW_F_TEXT("name", host),
	      SW_F_INT("preference", preference & 0xffff), SW_F_STR("form", host_form(host)));
}

static void derive_hosts(struct derive *d)
{
	for (size_t i = 0; i < sw_facts_count(d->from); i++) {
		const struct sw_fact *f = sw_facts_get(d->from, i);
		struct sw_slice records = sw_fact_text(f, "records");

		while (is_type(f, "MX") && records.len)
			mx_host(d, f, next_record(&records));
	}
}

/* ---- how many ended how */

enum end { CONNECTED, REFUSED, TIMED_OUT, UNREACHABLE, OTHER, ENDS };

static enum end end_of(const struct sw_fact *f)
{
	static const struct {
		const char *errno_name;
		enum end end;
	} rows[] = {
		{ "ECONNREFUSED", REFUSED },      { "ETIMEDOUT", TIMED_OUT },
		{ "ENETUNREACH", UNREACHABLE },   { "EHOSTUNREACH", UNREACHABLE },
		{ "EADDRNOTAVAIL", UNREACHABLE }, { "ENETDOWN", UNREACHABLE },
		{ "EHOSTDOWN", UNREACHABLE },     { "EAFNOSUPPORT", UNREACHABLE },
	};
	struct sw_slice state = sw_fact_text(f, "state"), name = sw_fact_text(f, "errno_name");

	if (sw_slice_eq(state, SW_S("connected")))
		return CONNECTED;
	if (sw_slice_eq(state, SW_S("timed_out")))
		return TIMED_OUT;
	for (size_t i = 0; i < SW_LEN(rows); i++)
		if (sw_slice_eq(name, sw_slice_str(rows[i].errno_name)))
			return rows[i].end;
	return OTHER;
}

static bool was_tried(const struct sw_fact *f)
{
	struct sw_slice state = sw_fact_text(f, "state");

	return f->type == SW_FACT_TCP_ATTEMPT && !sw_slice_eq(state, SW_S("cancelled")) &&
	       !sw_slice_eq(state, SW_S("untried"));
}

static bool is_same(const struct sw_fact *a, const struct sw_fact *b)
{
	return sw_slice_eq(sw_fact_text(a, "address"), sw_fact_text(b, "address")) &&
	       sw_fact_int(a, "port", 0) == sw_fact_int(b, "port", 0);
}

/* An address that was tried again counts once, by its last try. */
static size_t last_tries(const struct derive *d, const struct sw_fact *out[MOST])
{
	size_t count = 0;

	for (size_t i = 0; i < sw_facts_count(d->from); i++) {
		const struct sw_fact *f = sw_facts_get(d->from, i);
		size_t n = 0;

		if (!was_tried(f))
			continue;
		while (n < count && !is_same(out[n], f))
			n++;
		if (n < MOST)
			out[n] = f;
		if (n == count && n < MOST)
			count++;
	}
	return count;
}

static void derive_families(struct derive *d)
{
	const struct sw_fact *tries[MOST];
	size_t count = last_tries(d, tries), ends[2][ENDS] = { 0 }, tried[2] = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct sw_slice address = sw_fact_text(tries[i], "address");
		bool six = sw_slice_find(address, ':') < address.len;

		tried[six]++;
		ends[six][end_of(tries[i])]++;
	}
	for (size_t six = 0; six < 2; six++)
		if (tried[six])
			STATE(d, SW_FACT_TCP_FAMILY, SW_STAGE_TCP,
			      SW_F_INT("family", six ? 6 : 4), SW_F_INT("tried", tried[six]),
			      SW_F_INT("connected", ends[six][CONNECTED]),
			      SW_F_INT("refused", ends[six][REFUSED]),
			      SW_F_INT("timed_out", ends[six][TIMED_OUT]),
			      SW_F_INT("unreachable", ends[six][UNREACHABLE]),
			      SW_F_INT("other", ends[six][OTHER]));
}

static void derive_recipients(struct derive *d)
{
	static const char *const names[] = { "accepted",  "rejected", "deferred",
					     "uncertain", "not_sent", "other" };
	size_t total = 0, count[SW_LEN(names)] = { 0 };

	for (size_t i = 0; i < sw_facts_count(d->from); i++) {
		const struct sw_fact *f = sw_facts_get(d->from, i);
		struct sw_slice outcome = sw_fact_text(f, "outcome");
		size_t n = 0;

		if (f->type != SW_FACT_RECIPIENT)
			continue;
		while (n + 1 < SW_LEN(names) && !sw_slice_eq(outcome, sw_slice_str(names[n])))
			n++;
		count[n]++;
		total++;
	}
	if (total)
		STATE(d, SW_FACT_RECIPIENTS_SUM, SW_STAGE_ENVELOPE, SW_F_INT("total", total),
		      SW_F_INT(names[0], count[0]), SW_F_INT(names[1], count[1]),
		      SW_F_INT(names[2], count[2]), SW_F_INT(names[3], count[3]),
		      SW_F_INT(names[4], count[4]), SW_F_INT(names[5], count[5]));
}

/* How many of the packets of the session had to be sent again. A few repeats among few packets
 * say nothing; a black hole repeats the same ones for ever and has none confirmed. */
static void derive_loss(struct derive *d)
{
	enum { LEAST_REPEATS = 6, LEAST_PACKETS = 30 };
	const struct sw_fact *info = sw_facts_last(d->from, SW_FACT_TCP_INFO);
	int64_t again = sw_fact_int(info, "total_retrans", 0),
		mss = sw_fact_int(info, "snd_mss", 0),
		acked = sw_fact_int(info, "bytes_acked", 0);
	struct sw_slice address =
		sw_fact_text(sw_facts_last(d->from, SW_FACT_TCP_ATTEMPT), "address");

	/* Cases come from anywhere: nothing may overflow. */
	if (again < LEAST_REPEATS || again > INT32_MAX || mss <= 0 || acked <= 0 ||
	    acked > INT64_MAX / 2)
		return;
	int64_t packets = acked / mss + again;

	if (packets >= LEAST_PACKETS)
		STATE(d, SW_FACT_PROBE_LOSS, SW_STAGE_TCP, SW_F_TEXT("address", address),
		      SW_F_INT("percent", 100 * again / packets));
}

struct sw_facts *sw_facts_derive(const struct sw_facts *f)
{
	static const struct {
		enum sw_fact_type type;
		void (*derive)(struct derive *d);
	} rows[] = {
		{ SW_FACT_NAME_FORM, derive_names },
		{ SW_FACT_ADDRESS_KIND, derive_addresses },
		{ SW_FACT_MX_HOST, derive_hosts },
		{ SW_FACT_TCP_FAMILY, derive_families },
		{ SW_FACT_RECIPIENTS_SUM, derive_recipients },
		{ SW_FACT_PROBE_LOSS, derive_loss },
	};
	struct derive d = { .from = f, .to = sw_facts_new(NULL, 0, 0) };

	for (size_t i = 0; d.to && i < SW_LEN(rows); i++)
		if (!is_stated(&d, rows[i].type))
			rows[i].derive(&d);
	if (d.to && sw_facts_dropped(d.to)) {
		sw_facts_free(d.to);
		return NULL;
	}
	return d.to;
}
