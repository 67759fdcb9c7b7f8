/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "sasl/sasl.h"

#define ALL "PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS"

static const struct {
	const char *offered, *wanted, *tried;
	bool tls, binding;
	const char *chosen; /* NULL: none */
} choices[] = {
	{ ALL, "", "", true, true, "SCRAM-SHA-256-PLUS" },
	{ ALL, "", "", true, false, "SCRAM-SHA-256" },
	{ ALL, "", "", false, false, "SCRAM-SHA-256" },
	/* binding data without TLS is nobody's */
	{ ALL, "", "", false, true, "SCRAM-SHA-256" },
	{ "SCRAM-SHA-1-PLUS SCRAM-SHA-256", "", "", true, true, "SCRAM-SHA-1-PLUS" },
	{ "PLAIN LOGIN CRAM-MD5", "", "", true, false, "CRAM-MD5" },
	{ "LOGIN PLAIN", "", "", true, false, "PLAIN" },
	{ "login", "", "", true, false, "LOGIN" },
	{ "LOGIN,PLAIN", "", "", true, false, "PLAIN" },
	/* never in clear unless named */
	{ "PLAIN LOGIN CRAM-MD5", "", "", false, false, NULL },
	{ "PLAIN LOGIN", "login", "", false, false, "LOGIN" },
	{ "PLAIN CRAM-MD5", "CRAM-MD5", "", false, false, "CRAM-MD5" },
	/* the user's order */
	{ ALL, "PLAIN,SCRAM-SHA-256", "", true, true, "PLAIN" },
	{ ALL, " ,LOGIN PLAIN", "", true, true, "LOGIN" },
	{ "PLAIN", "SCRAM-SHA-256,PLAIN", "", true, true, "PLAIN" },
	{ ALL, "SCRAM-SHA-256-PLUS", "", true, false, NULL },
	{ ALL, "OAUTHBEARER", "", true, true, NULL },
	{ "PLAIN", "LOGIN", "", true, false, NULL },
	/* not twice */
	{ ALL, "", "SCRAM-SHA-256-PLUS scram-sha-1-plus", true, true, "SCRAM-SHA-256" },
	{ "PLAIN", "PLAIN", "PLAIN", true, false, NULL },
	/* nothing to choose from */
	{ "", "", "", true, true, NULL },
	{ " , ", "", "", true, true, NULL },
	{ "GSSAPI EXTERNAL XOAUTH2", "", "", true, true, NULL },
	{ "GSSAPI DIGEST-MD5", "", "", true, true, NULL },
	/* the last resort, and never in clear */
	{ "GSSAPI NTLM", "", "", true, true, "NTLM" },
	{ "NTLM LOGIN", "", "", true, true, "LOGIN" },
	{ "NTLM", "", "", false, false, NULL },
	/* a certificate is shown inside TLS or not at all */
	{ "EXTERNAL", "EXTERNAL", "", false, false, NULL },
	{ "EXTERNAL", "EXTERNAL", "", true, false, "EXTERNAL" },
	{ "PLAINX", "", "", true, true, NULL },
};

static struct sw_sasl_wish wish_of(size_t i)
{
	return (struct sw_sasl_wish){
		.offered = sw_slice_str(choices[i].offered),
		.wanted = sw_slice_str(choices[i].wanted),
		.tried = sw_slice_str(choices[i].tried),
		.tls = choices[i].tls,
		.binding = choices[i].binding,
	};
}

static void chooses_the_strongest_that_is_safe(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(choices); i++) {
		struct sw_sasl_wish wish = wish_of(i);
		const struct sw_sasl_mech *mech = sw_sasl_choose(&wish);
		assert_row(i, !mech == !choices[i].chosen);
		if (mech)
			assert_string_equal(mech->name, choices[i].chosen);
	}
}

static void without_tls_nothing_is_chosen_that_gives_the_secret_away(void **state)
{
	(void)state;
	for (size_t i = 0; i < sw_sasl_mech_count(); i++) {
		const struct sw_sasl_mech *mech = sw_sasl_mech_at(i);
		struct sw_sasl_wish wish = { .offered = sw_slice_str(mech->name),
					     .proofs = 1U << mech->proof };
		const struct sw_sasl_mech *chosen = sw_sasl_choose(&wish);
		if (mech->reveals_secret || mech->weak || mech->channel_binding ||
		    mech->needs_tls)
			assert_null(chosen);
		else
			assert_ptr_equal(chosen, mech);
		wish.tls = wish.binding = true;
		assert_ptr_equal(sw_sasl_choose(&wish), mech);
	}
	assert_null(sw_sasl_mech_at(sw_sasl_mech_count()));
}

static const struct {
	struct sw_sasl_wish wish;
	const char *text;
} explanations[] = {
	{ { .offered = { "", 0 } }, "the server offers no mechanism to authenticate" },
	{ { .offered = { "GSSAPI OTP PLAIN", 16 } },
	  "the server offers GSSAPI, OTP, PLAIN; not known to this program: OTP; not used "
	  "without TLS, because a listener could get the password: PLAIN; not used, because it "
	  "takes another kind of secret than is set: GSSAPI" },
	{ { .offered = { "PLAIN", 5 }, .wanted = { "LOGIN,CRAM-MD5", 14 }, .tls = true },
	  "the server offers PLAIN; not among those asked for: PLAIN; asked for but not offered: "
	  "LOGIN, CRAM-MD5" },
	{ { .offered = { "SCRAM-SHA-1-PLUS PLAIN", 22 }, .tried = { "PLAIN", 5 }, .tls = true },
	  "the server offers SCRAM-SHA-1-PLUS, PLAIN; not used, because the connection gives no "
	  "channel binding: SCRAM-SHA-1-PLUS; refused already: PLAIN" },
	{ { .offered = { "\x1b[2J", 4 } },
	  "the server offers \\x1b[2J; not known to this program: \\x1b[2J" },
};

static void explains_why_nothing_was_chosen(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(explanations); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 4096 };
		assert_row(i, !sw_sasl_choose(&explanations[i].wish));
		assert_ok(sw_sasl_explain(&explanations[i].wish, &out));
		assert_string_equal(sw_buf_str(&out), explanations[i].text);
	}
	struct sw_buf tiny = { .max = 30 };
	assert_err(sw_sasl_explain(&explanations[1].wish, &tiny), SW_E_LIMIT);
	sw_buf_fini(&tiny);
}

static void names_every_reason(void **state)
{
	(void)state;
	for (int i = SW_SASL_USABLE; i <= SW_SASL_TRIED; i++)
		assert_string_not_equal(sw_sasl_skip_name((enum sw_sasl_skip)i), "?");
	assert_string_equal(sw_sasl_skip_name((enum sw_sasl_skip)(SW_SASL_TRIED + 1)), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_the_strongest_that_is_safe),
		cmocka_unit_test(without_tls_nothing_is_chosen_that_gives_the_secret_away),
		cmocka_unit_test(explains_why_nothing_was_chosen),
		cmocka_unit_test(names_every_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
