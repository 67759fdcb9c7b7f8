/* SPDX-License-Identifier: MIT */
/* Verdicts are no surer than what they rest on. */
#include "judge_fixture.h"

#define TEXT(s) "{en: \"" s "\", ru: \"" s " ж\"}"
#define FINDING(code, level, stage)                                                           \
	"  - {code: " code                                                                    \
	", title: " TEXT(code) ", title_plain: " TEXT(code) ", story: " TEXT(                 \
		"Story.") ", level: " level ", stage: " stage                                 \
			  ", who: network, remedies: [{who: network, text: " TEXT(            \
				  "Do.") ", applicability: advice}], recheck: \"sendwell "    \
					 "diagnose {host}\", "                                \
					 "test: " TEXT("Test.") ", lookalikes: [], "          \
								"explains: [], categories: "  \
								"[], lab: \"yes\", source: "  \
								"[catalogue]}\n"
#define RULE(id, finding, weight, proof, when)                                                \
	"  - {id: " id ", finding: " finding ", weight: " weight ", proof: " proof            \
	", when: [" when "]}\n"
#define CATEGORY(id)                                                                          \
	"  - {id: " id ", title: " TEXT("T") ", meaning: " TEXT(                              \
		"M.") ", who: recipient, retry: never, list_action: keep, scope: "            \
		      "recipient}\n"
#define WORDS(id, text, score, category)                                                      \
	"  - {id: " id ", text: [\"" text "\"], score: " score ", category: " category        \
	", yes: [\"550 " text "\"], no: [\"550 other\"]}\n"

static const char rules_yaml[] = "categories:\n" CATEGORY("recipient.full") CATEGORY("recipien"
										     "t."
										     "unknown")
	CATEGORY("message.toobig") "codes:\n"
				   "  - {code: \"552\", title: " TEXT("T") ", meaning: " TEXT(
					   "M.") ", category: recipient.full}\n"
						 "rules:\n" WORDS(
							 "clear", "mailbox is full", "80",
							 "recipient.full") WORDS("torn-a",
										 "something "
										 "about room",
										 "70",
										 "recipient."
										 "full")
							 WORDS("torn-b", "about room and size", "69", "message.toobig") "findings:\n" FINDING(
								 "A01", "blocking",
								 "envelope") FINDING("A02",
										     "blockin"
										     "g",
										     "greetin"
										     "g") FINDING("A03",
												  "blocking",
												  "tls") FINDING("A04",
														 "risk",
														 "tls")
								 FINDING("A05", "blocking", "tls") "judgements:\n" RULE(
									 "full", "A01", "92",
									 "true",
									 "\"smtp.reply "
									 "code>=400 "
									 "category=recipient."
									 "full\"") RULE("maske"
											"d",
											"A02",
											"95",
											"true",
											"\"fir"
											"s"
											"t."
											"bytes"
											" "
											"speak"
											"s"
											"=mask"
											"e"
											"d\"")
									 RULE("proven", "A03",
									      "91", "true",
									      "\"tls."
									      "handshake "
									      "ok=false "
									      "verify_code="
									      "10\"") RULE("ne"
											   "a"
											   "r",
											   "A0"
											   "4",
											   "8"
											   "4",
											   "fa"
											   "l"
											   "s"
											   "e",
											   "\""
											   "t"
											   "ls"
											   "."
											   "ha"
											   "n"
											   "ds"
											   "h"
											   "ak"
											   "e"
											   " o"
											   "k"
											   "=f"
											   "a"
											   "ls"
											   "e"
											   " r"
											   "e"
											   "su"
											   "m"
											   "ed"
											   "="
											   "tr"
											   "u"
											   "e"
											   "\"")
										 RULE("far",
										      "A05",
										      "70",
										      "false",
										      "\"tls."
										      "handsha"
										      "k"
										      "e "
										      "ok="
										      "false "
										      "implici"
										      "t"
										      "=true"
										      "\"");

static void check(const char *const *lines, size_t count, const char *code,
		  unsigned confidence, enum sw_finding_state state,
		  enum sw_finding_level level)
{
	struct trial t;

	judge_trial(&t, rules_yaml, lines, count);
	const struct sw_finding *f = t.v.findings;

	assert_non_null(f);
	assert_string_equal(f->code, code);
	assert_int_equal(f->confidence, confidence);
	assert_int_equal(f->state, state);
	assert_int_equal(f->level, level);
	end(&t);
}
#define CHECK(code, confidence, state, level, ...)                                            \
	do {                                                                                  \
		static const char *const lines_[] = { __VA_ARGS__ };                          \
		check(lines_, SW_LEN(lines_), code, confidence, SW_FINDING_##state,           \
		      SW_LEVEL_##level);                                                      \
	} while (0)

static void three_digits_prove_nothing(void **state)
{
	(void)state;
	CHECK("SW-A01", 92, CONFIRMED, BLOCKING,
	      "smtp.reply command=RCPT code=552 text=\"mailbox is full\"");
	CHECK("SW-A01", 55, POSSIBLE, BLOCKING,
	      "smtp.reply command=RCPT code=552 text=\"nobody can read this\"");
}

static void words_that_say_two_things_prove_none(void **state)
{
	(void)state;
	CHECK("SW-A01", 84, LIKELY, BLOCKING,
	      "smtp.reply command=RCPT code=554 text=\"something about room and size\"");
}

static void what_a_delivery_came_past_did_not_block_it(void **state)
{
	(void)state;
	CHECK("SW-A02", 95, CONFIRMED, BLOCKING, "first.bytes speaks=masked text=\"220 **\"",
	      "send.result outcome=not_sent failure=garbage");
	CHECK("SW-A02", 95, CONFIRMED, RISK, "first.bytes speaks=masked text=\"220 **\"",
	      "send.result outcome=accepted failure=\"\"");
	/* Of a look without TLS being wanted the same; where TLS is wanted it may hide it. */
	CHECK("SW-A02", 95, CONFIRMED, RISK, "send.wish tls=opportunistic",
	      "first.bytes speaks=masked text=\"220 **\"",
	      "send.result outcome=ok failure=\"\"");
	CHECK("SW-A02", 95, CONFIRMED, BLOCKING, "send.wish tls=starttls",
	      "first.bytes speaks=masked text=\"220 **\"",
	      "send.result outcome=ok failure=\"\"");
	/* Whoever looked behind the session knows more. */
	CHECK("SW-A02", 95, CONFIRMED, BLOCKING, "first.bytes speaks=masked text=\"220 **\"",
	      "send.result outcome=accepted failure=\"\"",
	      "relay.log queue_id=1 status=bounced relay=x text=y");
}

static void who_has_a_near_rival_is_not_certain(void **state)
{
	(void)state;
	CHECK("SW-A03", 91, CONFIRMED, BLOCKING, "tls.handshake ok=false verify_code=10");
	CHECK("SW-A03", 91, CONFIRMED, BLOCKING,
	      "tls.handshake ok=false verify_code=10 implicit=true");
	CHECK("SW-A03", 84, LIKELY, BLOCKING,
	      "tls.handshake ok=false verify_code=10 resumed=true");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_digits_prove_nothing),
		cmocka_unit_test(words_that_say_two_things_prove_none),
		cmocka_unit_test(what_a_delivery_came_past_did_not_block_it),
		cmocka_unit_test(who_has_a_near_rival_is_not_certain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
