/* SPDX-License-Identifier: MIT */
/* What a reply advises decides nothing when the rest says enough, and never strikes off. */
#include "sw_test.h"

#include "knowledge/advice.h"

static void what_is_said_decides(void **state)
{
	static const struct {
		const char *text, *category;
	} rows[] = {
		{ "550 5.7.1 Rejected. Possible causes: user unknown, mailbox full.",
		  "policy.other" },
		{ "550 Delivery refused. Please contact the administrator if the user is "
		  "unknown.",
		  "policy.other" },
		{ "550 5.1.1 No such user. If your IP is on a block list, contact us.",
		  "recipient.unknown" },
		{ "550-5.1.1 No such user here\n550-5.1.1 Please check SPF and DMARC of your "
		  "domain",
		  "recipient.unknown" },
		{ "552 5.2.2 Mailbox full. Please check that the user is not unknown.",
		  "recipient.full" },
		{ "550 Benutzer unbekannt. Bitte prüfen Sie SPF und DKIM Ihrer Domain.",
		  "recipient.unknown" },
		{ "550 Пользователь не найден. Если письмо заблокировано как спам, пишите "
		  "нам.",
		  "recipient.unknown" },
		{ "550 Please check the address: no such user", "recipient.unknown" },
		/* The page of a block list says whose words these are. */
		{ "554 5.7.1 Sorry. Please see https://www.spamhaus.org/query/ip/192.0.2.1",
		  "policy.dnsbl" },
	};
	const struct sw_knowledge *k = sw_knowledge_builtin();

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_class c;

		sw_classify_reply(k, sw_slice_str(rows[i].text), NULL, &c);
		const char *id = sw_category_at(k, c.category).id;

		if (strcmp(id, rows[i].category) != 0)
			print_error("# %s: %s\n", rows[i].text, id);
		assert_row(i, strcmp(id, rows[i].category) == 0);
	}
}

static void the_veto_of_advice_is_taken_back(void **state)
{
	const struct sw_knowledge *k = sw_knowledge_builtin();
	struct sw_slice text = SW_S("550 5.1.1 No such user. If you were blocked as spam, or "
				    "your IP address is on a block list, write to us.");
	struct sw_class all, said;

	(void)state;
	sw_classify(k, text, NULL, &all);
	sw_classify_reply(k, text, NULL, &said);
	assert_true(all.vetoed);
	assert_false(said.vetoed);
	assert_int_equal(SW_LIST_SUPPRESS, said.list_action);
	/* Its evidence lies where the words stand. */
	assert_true(said.evidence_count > 0);
	assert_true(sw_slice_starts(sw_slice_from(text, said.evidence[0].at),
				    SW_S("No such user")));
}

static void any_bytes_are_read(void **state)
{
	static char text[SW_MAX_CLASSIFY + 100];
	static const char *const short_ones[] = { "",   "5",  "550",     "550 ",    ".",
						  ". ", "\n", "550 a. ", "550 a.\n" };
	const struct sw_knowledge *k = sw_knowledge_builtin();
	struct sw_class c;

	(void)state;
	for (size_t i = 0; i < SW_LEN(short_ones); i++)
		sw_classify_reply(k, sw_slice_str(short_ones[i]), NULL, &c);
	sw_classify_reply(k, sw_slice(NULL, 0), NULL, &c);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "a. please \0\n"[i % 12];
	sw_classify_reply(k, sw_slice(text, sizeof(text)), NULL, &c);
	assert_string_equal("unknown", sw_category_at(k, c.category).id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_decides),
		cmocka_unit_test(the_veto_of_advice_is_taken_back),
		cmocka_unit_test(any_bytes_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
