/* SPDX-License-Identifier: MIT */
/* Evaluators over a scripted DNS. */
#include "sw_test.h"

#include "client/asker.h"
#include "identity/dane.h"
#include "identity/dmarc_report.h"
#include "identity/listing.h"
#include "identity/reverse.h"
#include "identity/spf.h"

#define D32 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char script[] =
	"a.test TXT \"v=spf1 mx include:b.test -all\"\n"
	"a.test MX 10 m1.a.test\n"
	"a.test MX 20 m2.a.test\n"
	"m1.a.test A 192.0.2.9\n"
	"m1.a.test A ~20\n"
	"m2.a.test A 192.0.2.1\n"
	"b.test TXT \"v=spf1 mx:a.test -all\"\n"
	"hang.test TXT ~60000\n"
	"1.2.0.192.in-addr.arpa PTR m1.a.test\n"
	"1.2.0.192.in-addr.arpa PTR m2.a.test\n"
	"2.2.0.192.in-addr.arpa PTR m1.a.test\n"
	"4.2.0.192.in-addr.arpa PTR !servfail\n"
	"5.2.0.192.in-addr.arpa PTR lost.test\n"
	"lost.test A !timeout\n"
	/* DANE */
	"good.test A 192.0.2.1\ngood.test A +secure\ngood.test AAAA !nodata\n"
	"_25._tcp.good.test TLSA 3 1 1 " D32 "\n_25._tcp.good.test TLSA 1 1 1 " D32 "\n"
	"_25._tcp.good.test TLSA +secure\n"
	"odd.test A 192.0.2.1\nodd.test A +secure\n"
	"_25._tcp.odd.test TLSA 3 1 1 0011\n_25._tcp.odd.test TLSA +secure\n"
	"empty.test A 192.0.2.1\nempty.test A +secure\n"
	"_25._tcp.empty.test TLSA 3 1 1\n_25._tcp.empty.test TLSA +secure\n"
	"bogus.test A 192.0.2.1\nbogus.test A +secure\n_25._tcp.bogus.test TLSA !bogus\n"
	"plain.test A 192.0.2.1\n"
	"noplain.test A 192.0.2.1\nnoplain.test A +secure\n"
	"_25._tcp.noplain.test TLSA 3 1 1 " D32 "\n"
	"alias.test CNAME good.test\nalias.test A +secure\nalias.test AAAA +secure\n"
	/* lists */
	"2.0.0.127.bl.test A 127.0.0.2\n3.2.0.192.bl.test A 127.0.0.2\n"
	"3.2.0.192.bl.test TXT \"sent spam\"\n"
	"2.0.0.127.no.test A 127.255.255.254\n3.2.0.192.no.test A 127.255.255.254\n"
	"1.0.0.127.no.test A 127.255.255.254\n"
	"2.0.0.127.all.test A 127.0.0.2\n1.0.0.127.all.test A 127.0.0.2\n"
	"3.2.0.192.all.test A 127.0.0.2\n"
	"test.dom.test A 127.0.1.2\nbad.example.dom.test A 127.0.1.2\n"
	/* reports */
	"a.test._report._dmarc.yes.test TXT \"v=DMARC1\"\n"
	"a.test._report._dmarc.fail.test TXT !servfail\n";

SW_EVALUATOR(spf, struct sw_spf, sw_spf_questions, sw_spf_answer);
SW_EVALUATOR(dane, struct sw_dane, sw_dane_questions, sw_dane_answer);
SW_EVALUATOR(reverse, struct sw_reverse, sw_reverse_questions, sw_reverse_answer);
SW_EVALUATOR(listings, struct sw_listings, sw_listings_questions, sw_listings_answer);
SW_EVALUATOR(report, struct sw_dmarc_report, sw_dmarc_report_questions,
	     sw_dmarc_report_answer);

struct scene {
	struct sw_loop *loop;
	struct sw_resolver *resolver;
	struct sw_asker *asker;
	int ended;
	enum sw_err code;
};

static int set_up(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	s->loop = sw_loop_new(NULL);
	s->resolver = sw_resolver_script(s->loop, sw_slice_str(script), NULL);
	s->asker = sw_asker_new(s->loop, s->resolver, NULL);
	*state = s;
	return s->resolver && s->asker ? 0 : -1;
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	sw_asker_free(s->asker);
	sw_resolver_free(s->resolver);
	sw_loop_free(s->loop);
	free(s);
	return 0;
}

static void on_end(void *arg, enum sw_err code)
{
	struct scene *s = arg;

	s->ended++;
	s->code = code;
	sw_loop_stop(s->loop);
}

static void run(struct scene *s, const struct sw_evaluator *e, void *machine,
		uint64_t patience_us)
{
	int before = s->ended;

	assert_non_null(machine);
	assert_non_null(sw_asker_run(s->asker, e, machine, sw_loop_now(s->loop) + patience_us,
				     on_end, s, NULL));
	assert_int_equal(s->ended, before);
	while (s->ended == before)
		assert_ok(sw_loop_run(s->loop));
	assert_ok(s->code);
}

enum { SECOND = 1000 * 1000 };

static struct sw_spf *spf_of(const char *from)
{
	struct sw_spf_request r = { .ip = { 4, { 192, 0, 2, 1 } },
				    .helo = SW_S("h.test"),
				    .mail_from = sw_slice_str(from) };

	return sw_spf_new(&r, NULL);
}

static void the_second_run_asks_nothing_new(void **state)
{
	struct scene *s = *state;
	struct sw_spf *x = spf_of("u@a.test"), *y = spf_of("u@A.TEST");

	run(s, &spf, x, SECOND);
	assert_int_equal(sw_spf_outcome(x)->result, SW_SPF_PASS);
	assert_int_equal(sw_asker_asked(s->asker), 4);
	assert_int_equal(sw_asker_kept(s->asker), 0);
	run(s, &spf, y, SECOND);
	assert_int_equal(sw_spf_outcome(y)->result, SW_SPF_PASS);
	assert_int_equal(sw_asker_asked(s->asker), 4);
	assert_int_equal(sw_asker_kept(s->asker), 4);
	sw_spf_free(x);
	sw_spf_free(y);
}

static void the_deadline_is_a_timeout(void **state)
{
	struct scene *s = *state;
	struct sw_spf *x = spf_of("u@hang.test");
	uint64_t from = sw_loop_now(s->loop);

	run(s, &spf, x, SECOND / 20);
	assert_int_equal(sw_spf_outcome(x)->result, SW_SPF_TEMPERROR);
	assert_true(sw_loop_now(s->loop) - from < SECOND);
	sw_spf_free(x);
}

static void an_asking_may_be_cancelled(void **state)
{
	struct scene *s = *state;
	struct sw_spf *x = spf_of("u@hang.test");
	struct sw_asking *asking = sw_asker_run(
		s->asker, &spf, x, sw_loop_now(s->loop) + SECOND, on_end, s, NULL);

	assert_non_null(asking);
	assert_ok(sw_loop_poll(s->loop));
	sw_asking_cancel(asking);
	assert_ok(sw_loop_poll(s->loop));
	assert_int_equal(s->ended, 0);
	sw_spf_free(x);
}

static void dane_follows_what_is_secure(void **state)
{
	static const struct {
		const char *host;
		bool mx_secure;
		enum sw_dane_advice advice;
		const char *base;
		size_t usable, unusable;
	} rows[] = {
		{ "good.test", true, SW_DANE_VERIFY, "good.test", 1, 1 },
		{ "good.test", false, SW_DANE_NO, "", 0, 0 },
		{ "odd.test", true, SW_DANE_ENCRYPT, "odd.test", 0, 1 },
		{ "empty.test", true, SW_DANE_ENCRYPT, "empty.test", 0, 1 },
		{ "bogus.test", true, SW_DANE_DEFER, "", 0, 0 },
		{ "plain.test", true, SW_DANE_NO, "", 0, 0 },
		{ "noplain.test", true, SW_DANE_NO, "", 0, 0 },
		{ "nowhere.test", true, SW_DANE_NO_HOST, "", 0, 0 },
		{ "lost.test", true, SW_DANE_DEFER, "", 0, 0 },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_dane_request r = { rows[i].host, 25, rows[i].mx_secure };
		struct sw_dane *x = sw_dane_new(&r, NULL);

		run(*state, &dane, x, SECOND / 4);
		const struct sw_dane_outcome *o = sw_dane_outcome(x);
		assert_row(i, o->advice == rows[i].advice);
		assert_string_equal(o->base, rows[i].base);
		assert_row(i, o->count == rows[i].usable && o->unusable == rows[i].unusable);
		sw_dane_free(x);
	}
}

static void names_must_lead_back(void **state)
{
	static const struct {
		uint8_t last;
		enum sw_reverse_state state;
		const char *name;
	} rows[] = {
		{ 1, SW_REVERSE_CONFIRMED, "m2.a.test" },
		{ 2, SW_REVERSE_NOT_BACK, "" },
		{ 3, SW_REVERSE_NO_NAME, "" },
		{ 4, SW_REVERSE_UNKNOWN, "" },
		{ 5, SW_REVERSE_UNKNOWN, "" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_ip ip = { 4, { 192, 0, 2, rows[i].last } };
		struct sw_reverse *x = sw_reverse_new(ip, NULL);

		run(*state, &reverse, x, SECOND / 4);
		assert_row(i, sw_reverse_outcome(x)->state == rows[i].state);
		assert_string_equal(sw_reverse_outcome(x)->name, rows[i].name);
		sw_reverse_free(x);
	}
}

static const struct sw_block_list own_lists[] = {
	{ "bl.test", "bl.test", "BL", 5, SW_LISTS_V4 },
	{ "no.test", "no.test", "NO", 7, SW_LISTS_V4 },
	{ "all.test", "all.test", "ALL", 3, SW_LISTS_V4 },
	{ "gone.test", "gone.test", "GONE", 2, SW_LISTS_V4 },
	{ "dom.test", "dom.test", "DOM", 4, SW_LISTS_DOMAINS },
};

static struct sw_listings *listings_of(struct sw_ip ip, const char *domain)
{
	const struct sw_block_list *lists[SW_LEN(own_lists)];

	for (size_t i = 0; i < SW_LEN(own_lists); i++)
		lists[i] = &own_lists[i];
	struct sw_listing_request r = { ip, sw_slice_str(domain), lists, SW_LEN(lists) };
	return sw_listings_new(&r, NULL);
}

static void only_lists_that_work_list(void **state)
{
	static const enum sw_list_state states[] = { SW_LIST_WORKS, SW_LIST_REFUSES,
						     SW_LIST_EVERYTHING, SW_LIST_NO_LIST };
	struct sw_listings *x = listings_of((struct sw_ip){ 4, { 192, 0, 2, 3 } }, "");
	unsigned tested;

	run(*state, &listings, x, SECOND / 4);
	assert_int_equal(sw_listings_count(x), SW_LEN(states));
	for (size_t i = 0; i < SW_LEN(states); i++) {
		struct sw_listing l = sw_listings_at(x, i);

		assert_row(i, l.state == states[i]);
		assert_row(i, l.listed == (i == 0));
	}
	assert_slice(sw_listings_at(x, 0).reason, "sent spam");
	assert_int_equal(sw_listings_weight(x, &tested), 5);
	assert_int_equal(tested, 5);
	sw_listings_free(x);

	x = listings_of((struct sw_ip){ 0 }, "bad.example.");
	run(*state, &listings, x, SECOND / 4);
	assert_int_equal(sw_listings_count(x), 1);
	assert_true(sw_listings_at(x, 0).listed);
	sw_listings_free(x);
	x = listings_of((struct sw_ip){ 6, { 0x20, 1 } }, "");
	assert_int_equal(sw_listings_count(x), 0);
	sw_listings_free(x);
}

static void hosts_of_others_must_agree_to_reports(void **state)
{
	static const enum sw_report_state states[] = { SW_REPORT_OWN, SW_REPORT_AGREED,
						       SW_REPORT_NOT_AGREED,
						       SW_REPORT_UNKNOWN };
	struct sw_arena arena = { 0 };
	struct sw_dmarc_record r;

	assert_ok(sw_dmarc_record_read(
		SW_S("v=DMARC1; p=none; "
		     "rua=mailto:x@r.a.test,mailto:x@yes.test,mailto:x@no.test,"
		     "mailto:x@fail.test"),
		&arena, &r));
	struct sw_dmarc_report *x = sw_dmarc_report_new("a.test", &r.rua, NULL, NULL);
	run(*state, &report, x, SECOND / 4);
	for (size_t i = 0; i < SW_LEN(states); i++)
		assert_row(i, sw_dmarc_report_state(x, i) == states[i]);
	assert_null(sw_dmarc_report_asked(x, 0));
	sw_dmarc_report_free(x);
	sw_arena_fini(&arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_second_run_asks_nothing_new),
		TEST(the_deadline_is_a_timeout),
		TEST(an_asking_may_be_cancelled),
		TEST(dane_follows_what_is_secure),
		TEST(names_must_lead_back),
		TEST(only_lists_that_work_list),
		TEST(hosts_of_others_must_agree_to_reports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
