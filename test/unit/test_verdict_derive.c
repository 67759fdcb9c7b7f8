/* SPDX-License-Identifier: MIT */
/* What the judge works out of the facts of a session. */
#include "sw_test.h"

#include "verdict/derive.h"
#include "verdict/judge_condition.h"

static void a_name_has_a_form(void **state)
{
	static const struct {
		const char *name, *form;
	} rows[] = {
		{ "mx.example.org", "ok" },
		{ "mx.example.org.", "ok" },
		{ "xn--e1afmkfd.example", "ok" },
		{ "1and1.example", "ok" },
		{ "", "empty" },
		{ "localhost", "single_label" },
		{ "localhost.", "single_label" },
		{ "192.0.2.1", "address" },
		{ "[192.0.2.1]", "address" },
		{ "[IPv6:2001:db8::1]", "address" },
		{ "2001:db8::1", "address" },
		{ "192.0.2.256", "ok" }, /* digits make a name, too */
		{ "my_host.example.org", "underscore" },
		{ "my_host", "underscore" },
		{ "-x.example.org", "bad" },
		{ "x-.example.org", "bad" },
		{ "a..b", "bad" },
		{ ".example.org", "bad" },
		{ "a b.example.org", "bad" },
		{ "my_host.exa mple.org", "bad" },
		{ "mx.example.org:25", "bad" },
		{ ".", "bad" },
		{ "..", "bad" },
		{ "почта.example", "non_ascii" },
	};
	char label[80], name[400];

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_string_equal(sw_name_form(sw_slice_str(rows[i].name)), rows[i].form);
	memset(label, 'a', sizeof(label));
	snprintf(name, sizeof(name), "%.63s.example.org", label);
	assert_string_equal(sw_name_form(sw_slice_str(name)), "ok");
	snprintf(name, sizeof(name), "%.64s.example.org", label);
	assert_string_equal(sw_name_form(sw_slice_str(name)), "too_long");
	snprintf(name, sizeof(name), "%.60s.%.60s.%.60s.%.60s.%.60s", label, label, label,
		 label, label);
	assert_string_equal(sw_name_form(sw_slice_str(name)), "too_long");
}

static void an_address_has_a_kind(void **state)
{
	static const struct {
		const char *address, *kind;
		int family;
	} rows[] = {
		{ "192.0.2.1", "global", 4 },       { "9.255.255.255", "global", 4 },
		{ "10.0.0.1", "private", 4 },       { "172.15.255.255", "global", 4 },
		{ "172.16.0.1", "private", 4 },     { "172.31.255.255", "private", 4 },
		{ "172.32.0.0", "global", 4 },      { "192.168.1.1", "private", 4 },
		{ "100.64.0.1", "cgnat", 4 },       { "100.127.255.255", "cgnat", 4 },
		{ "100.128.0.0", "global", 4 },     { "127.8.8.8", "loopback", 4 },
		{ "169.254.1.1", "link_local", 4 }, { "0.0.0.0", "unspecified", 4 },
		{ "224.0.0.1", "reserved", 4 },     { "255.255.255.255", "reserved", 4 },
		{ "::", "unspecified", 6 },         { "::1", "loopback", 6 },
		{ "2001:db8::1", "global", 6 },     { "fe80::1%eth0", "link_local", 6 },
		{ "febf::1", "link_local", 6 },     { "fec0::1", "private", 6 },
		{ "fd12:3456::1", "private", 6 },   { "fc00::1", "private", 6 },
		{ "ff02::1", "reserved", 6 },       { "::ffff:10.1.2.3", "private", 6 },
		{ "64:ff9b::7f00:1", "global", 6 },
	};
	int family;

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const char *kind = sw_address_kind(sw_slice_str(rows[i].address), &family);

		if (!kind || strcmp(kind, rows[i].kind) != 0)
			print_error("# %s: %s\n", rows[i].address, kind ? kind : "none");
		assert_non_null(kind);
		assert_string_equal(kind, rows[i].kind);
		assert_int_equal(family, rows[i].family);
	}
	assert_null(sw_address_kind(SW_S(""), &family));
	assert_null(sw_address_kind(SW_S("mx.example.org"), &family));
	assert_null(sw_address_kind(SW_S("1.2.3"), &family));
}

/* ---- whole cases */

static struct sw_facts *derived(const char *const *lines, size_t count)
{
	struct sw_facts *f = sw_facts_new(NULL, 0, 0), *d;
	struct sw_error err;

	assert_non_null(f);
	for (size_t i = 0; i < count; i++)
		if (sw_fact_line(f, sw_slice_str(lines[i]), &err))
			fail_msg("%s: %s", lines[i], err.text);
	d = sw_facts_derive(f);
	assert_non_null(d);
	sw_facts_free(f);
	return d;
}

/* The only derived fact of the type whose field has this value. */
static const struct sw_fact *one(const struct sw_facts *d, enum sw_fact_type type,
				 const char *field, const char *value)
{
	const struct sw_fact *ret = NULL;

	for (size_t i = 0; i < sw_facts_count(d); i++) {
		const struct sw_fact *f = sw_facts_get(d, i);

		if (f->type != type ||
		    !sw_slice_eq(sw_fact_text(f, field), sw_slice_str(value)))
			continue;
		assert_null(ret);
		ret = f;
	}
	assert_non_null(ret);
	return ret;
}

static void assert_text(const struct sw_fact *f, const char *field, const char *text)
{
	struct sw_slice s = sw_fact_text(f, field);

	if (!sw_slice_eq(s, sw_slice_str(text)))
		fail_msg("%s is \"%.*s\", not \"%s\"", field, SW_FMT(s), text);
}

static void what_was_given_has_its_form(void **state)
{
	static const struct {
		const char *line, *what, *form;
	} rows[] = {
		{ "send.wish server=192.0.2.1", "server", "address" },
		{ "send.wish sender=me@example.org", "sender", "ok" },
		{ "send.wish sender=www-data", "sender", "no_domain" },
		{ "send.wish sender=root@", "sender", "no_domain" },
		{ "send.wish sender=root@localhost", "sender", "single_label" },
		{ "send.wish sender=@example.org", "sender", "bad" },
		{ "send.wish sender=me@[192.0.2.1]", "sender", "address" },
		{ "send.wish ehlo=my_host", "ehlo", "underscore" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_facts *d = derived(&rows[i].line, 1);

		assert_int_equal(sw_facts_count(d), 1);
		assert_text(one(d, SW_FACT_NAME_FORM, "what", rows[i].what), "form",
			    rows[i].form);
		sw_facts_free(d);
	}
}

static void addresses_and_hosts_are_told_apart(void **state)
{
	static const char *const lines[] = {
		("dns.answer name=example.org type=MX status=ok count=3 records=\"10 "
		 "mx1.example.org, 0 ., 20 192.0.2.9\""),
		"dns.answer name=mx1.example.org type=A records=\"192.0.2.1,10.0.0.2\"",
		"dns.answer name=mx1.example.org type=AAAA records=2001:db8::1",
		"dns.answer name=mx1.example.org type=TXT records=192.0.2.77",
		"tcp.attempt address=192.0.2.1 port=25 state=failed offender=192.168.1.1",
	};
	struct sw_facts *d = derived(lines, SW_LEN(lines));
	size_t addresses = 0;

	(void)state;
	for (size_t i = 0; i < sw_facts_count(d); i++)
		addresses += sw_facts_get(d, i)->type == SW_FACT_ADDRESS_KIND;
	assert_int_equal(addresses, 4);
	assert_text(one(d, SW_FACT_ADDRESS_KIND, "address", "192.0.2.1"), "kind", "global");
	assert_text(one(d, SW_FACT_ADDRESS_KIND, "address", "10.0.0.2"), "kind", "private");
	assert_text(one(d, SW_FACT_ADDRESS_KIND, "address", "192.168.1.1"), "kind", "private");
	const struct sw_fact *six = one(d, SW_FACT_ADDRESS_KIND, "address", "2001:db8::1");

	assert_int_equal(sw_fact_int(six, "family", 0), 6);
	const struct sw_fact *mx = one(d, SW_FACT_MX_HOST, "name", "mx1.example.org");

	assert_text(mx, "domain", "example.org");
	assert_text(mx, "form", "ok");
	assert_int_equal(sw_fact_int(mx, "preference", -1), 10);
	assert_text(one(d, SW_FACT_MX_HOST, "name", "."), "form", "null");
	assert_text(one(d, SW_FACT_MX_HOST, "name", "192.0.2.9"), "form", "address");
	sw_facts_free(d);
}

static void ends_are_counted(void **state)
{
	static const char *const lines[] = {
		"tcp.attempt address=192.0.2.1 port=25 state=timed_out",
		"tcp.attempt address=192.0.2.1 port=25 state=connected", /* tried again */
		"tcp.attempt address=192.0.2.2 port=25 state=failed errno_name=ECONNREFUSED",
		"tcp.attempt address=192.0.2.3 port=25 state=failed errno_name=EPERM",
		"tcp.attempt address=192.0.2.4 port=25 state=untried",
		"tcp.attempt address=2001:db8::1 port=25 state=failed errno_name=ENETUNREACH",
		"tcp.attempt address=2001:db8::2 port=25 state=cancelled",
		"recipient.outcome recipient=a outcome=accepted",
		"recipient.outcome recipient=b outcome=rejected",
		"recipient.outcome recipient=c outcome=rejected",
		"recipient.outcome recipient=d outcome=lost",
	};
	static const struct {
		const char *field;
		int64_t four, six;
	} rows[] = { { "tried", 3, 1 },     { "connected", 1, 0 },   { "refused", 1, 0 },
		     { "timed_out", 0, 0 }, { "unreachable", 0, 1 }, { "other", 1, 0 } };
	struct sw_facts *d = derived(lines, SW_LEN(lines));
	const struct sw_fact *six = sw_facts_last(d, SW_FACT_TCP_FAMILY), *four = NULL;
	const struct sw_fact *sum = sw_facts_last(d, SW_FACT_RECIPIENTS_SUM);

	(void)state;
	for (size_t i = 0; i < sw_facts_count(d); i++)
		if (!four && sw_facts_get(d, i)->type == SW_FACT_TCP_FAMILY)
			four = sw_facts_get(d, i);
	assert_int_equal(sw_fact_int(four, "family", 0), 4);
	assert_int_equal(sw_fact_int(six, "family", 0), 6);
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		assert_int_equal(sw_fact_int(four, rows[i].field, -1), rows[i].four);
		assert_int_equal(sw_fact_int(six, rows[i].field, -1), rows[i].six);
	}
	assert_int_equal(sw_fact_int(sum, "total", 0), 4);
	assert_int_equal(sw_fact_int(sum, "accepted", 0), 1);
	assert_int_equal(sw_fact_int(sum, "rejected", 0), 2);
	assert_int_equal(sw_fact_int(sum, "deferred", -1), 0);
	assert_int_equal(sw_fact_int(sum, "other", 0), 1);
	sw_facts_free(d);
}

static int64_t loss_of(int64_t again, int64_t mss, int64_t acked)
{
	struct sw_facts *f = sw_facts_new(NULL, 0, 0);

	assert_non_null(f);
	SW_STATE(f, SW_FACT_TCP_INFO, SW_STAGE_TCP, "session", 0, SW_F_STR("when", "failed"),
		 SW_F_INT("snd_mss", mss), SW_F_INT("total_retrans", again),
		 SW_F_INT("bytes_acked", acked));
	struct sw_facts *d = sw_facts_derive(f);
	int64_t percent = sw_fact_int(sw_facts_last(d, SW_FACT_PROBE_LOSS), "percent", -1);

	sw_facts_free(d);
	sw_facts_free(f);
	return percent;
}

static void loss_is_a_share_of_enough_packets(void **state)
{
	static const struct {
		int64_t again, mss, acked, percent;
	} rows[] = {
		{ 50, 1000, 50000, 50 },
		{ 20, 1000, 180000, 10 },
		{ 5, 1000, 180000, -1 }, /* few repeats */
		{ 10, 1000, 1000, -1 },  /* few packets */
		{ 10, 0, 180000, -1 },   /* a kernel that does not say */
		{ 10, 1448, 0, -1 },     /* nothing arrives: another fault */
		{ INT32_MAX, 1, INT64_MAX, -1 },
		{ INT64_MAX, 1000, 180000, -1 },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_int_equal(loss_of(rows[i].again, rows[i].mss, rows[i].acked),
				 rows[i].percent);
}

static void what_a_case_states_itself_is_left(void **state)
{
	static const char *const lines[] = {
		"tcp.attempt address=10.0.0.1 port=25 state=connected",
		"address.kind address=10.0.0.1 kind=global family=4",
	};
	struct sw_facts *d = derived(lines, SW_LEN(lines));

	(void)state;
	assert_null(sw_facts_last(d, SW_FACT_ADDRESS_KIND));
	assert_non_null(sw_facts_last(d, SW_FACT_TCP_FAMILY));
	sw_facts_free(d);
}

/* A case may hold twenty thousand attempts: bounded work, no crash. */
static void a_flood_is_bounded(void **state)
{
	struct sw_facts *f = sw_facts_new(NULL, 0, 0), *d;
	char ip[32];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(ip, sizeof(ip), "192.%d.%d.1", i / 256, i % 256);
		SW_STATE(f, SW_FACT_TCP_ATTEMPT, SW_STAGE_TCP, "session", 0,
			 SW_F_STR("address", ip), SW_F_STR("state", "connected"));
	}
	d = sw_facts_derive(f);
	assert_non_null(d);
	assert_in_range(sw_facts_count(d), 100, 1000);
	sw_facts_free(d);
	sw_facts_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_has_a_form),
		cmocka_unit_test(an_address_has_a_kind),
		cmocka_unit_test(what_was_given_has_its_form),
		cmocka_unit_test(addresses_and_hosts_are_told_apart),
		cmocka_unit_test(ends_are_counted),
		cmocka_unit_test(loss_is_a_share_of_enough_packets),
		cmocka_unit_test(what_a_case_states_itself_is_left),
		cmocka_unit_test(a_flood_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
