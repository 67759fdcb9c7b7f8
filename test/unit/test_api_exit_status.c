/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "api/exit_status.h"

struct row {
	enum sw_outcome outcome;
	enum sw_stage stage;
	enum sw_ending ending;
	int code;
	struct sw_enhanced enhanced;
	int status;
};

static int status_of(const struct row *rows, size_t count, enum sw_summary *ret)
{
	struct sw_delivery_recipient r[4] = { 0 };
	struct sw_delivery d = { .recipients = r, .recipient_count = count };
	for (size_t i = 0; i < count; i++) {
		r[i].outcome = rows[i].outcome;
		r[i].stage = rows[i].stage;
		r[i].ending = rows[i].ending;
		r[i].reply = (struct sw_reply){ .code = rows[i].code,
						.enhanced = rows[i].enhanced };
	}
	sw_delivery_conclude(&d);
	*ret = sw_summary_of(&d);
	return sw_exit_status_of(&d);
}

static void one_recipient(void **state)
{
	static const struct row rows[] = {
		{ SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250, { 2, 0, 0 }, 0 },
		{ SW_UNCERTAIN, SW_STAGE_FINAL, SW_END_TIMEOUT, 0, { 0 }, 79 },
		{ SW_UNCERTAIN, SW_STAGE_FINAL, SW_END_ABORTED, 0, { 0 }, 79 },
		{ SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550, { 5, 1, 1 }, 67 },
		{ SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550, { 5, 1, 10 }, 67 },
		{ SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 553, { 5, 1, 3 }, 67 },
		{ SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550, { 0 }, 67 },
		{ SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 553, { 0 }, 67 },
		{ SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550, { 5, 7, 1 }, 69 },
		{ SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 554, { 0 }, 69 },
		{ SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 552, { 5, 2, 2 }, 69 },
		{ SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 530, { 5, 7, 0 }, 77 },
		{ SW_REJECTED, SW_STAGE_FINAL, SW_END_OK, 550, { 0 }, 69 },
		{ SW_REJECTED, SW_STAGE_FINAL, SW_END_OK, 554, { 5, 7, 1 }, 69 },
		{ SW_REJECTED, SW_STAGE_GREETING, SW_END_REFUSED, 554, { 0 }, 69 },
		{ SW_DEFERRED, SW_STAGE_GREETING, SW_END_REFUSED, 450, { 0 }, 75 },
		{ SW_DEFERRED, SW_STAGE_ENVELOPE, SW_END_OK, 451, { 4, 7, 1 }, 75 },
		{ SW_DEFERRED, SW_STAGE_ENVELOPE, SW_END_SHUTDOWN, 421, { 0 }, 75 },
		{ SW_DEFERRED, SW_STAGE_TLS, SW_END_REFUSED, 454, { 0 }, 75 },
		{ SW_NOT_SENT, SW_STAGE_TLS, SW_END_REFUSED, 502, { 0 }, 76 },
		{ SW_NOT_SENT, SW_STAGE_TLS, SW_END_NO_STARTTLS, 0, { 0 }, 76 },
		{ SW_NOT_SENT, SW_STAGE_TLS, SW_END_TLS, 0, { 0 }, 76 },
		{ SW_NOT_SENT, SW_STAGE_TLS, SW_END_TLS_INJECTION, 0, { 0 }, 76 },
		{ SW_NOT_SENT, SW_STAGE_AUTH, SW_END_AUTH_REFUSED, 535, { 5, 7, 8 }, 77 },
		{ SW_NOT_SENT, SW_STAGE_AUTH, SW_END_AUTH_REFUSED, 454, { 4, 7, 0 }, 75 },
		{ SW_NOT_SENT, SW_STAGE_AUTH, SW_END_NO_AUTH, 0, { 0 }, 77 },
		{ SW_NOT_SENT, SW_STAGE_AUTH, SW_END_NO_MECHANISM, 0, { 0 }, 77 },
		{ SW_NOT_SENT, SW_STAGE_DNS, SW_END_NO_HOST, 0, { 0 }, 68 },
		{ SW_REJECTED, SW_STAGE_DNS, SW_END_NULL_MX, 0, { 0 }, 68 },
		{ SW_NOT_SENT, SW_STAGE_DNS, SW_END_DNS, 0, { 0 }, 75 },
		{ SW_NOT_SENT, SW_STAGE_TCP, SW_END_CONNECT, 0, { 0 }, 74 },
		{ SW_NOT_SENT, SW_STAGE_TCP, SW_END_TIMEOUT, 0, { 0 }, 74 },
		{ SW_NOT_SENT, SW_STAGE_GREETING, SW_END_TIMEOUT, 0, { 0 }, 74 },
		{ SW_NOT_SENT, SW_STAGE_DATA, SW_END_IO, 0, { 0 }, 74 },
		{ SW_NOT_SENT, SW_STAGE_EHLO, SW_END_CLOSED, 0, { 0 }, 74 },
		{ SW_NOT_SENT, SW_STAGE_GREETING, SW_END_GARBAGE, 0, { 0 }, 76 },
		{ SW_NOT_SENT, SW_STAGE_EHLO, SW_END_ENDLESS, 0, { 0 }, 76 },
		{ SW_NOT_SENT, SW_STAGE_GREETING, SW_END_UNEXPECTED, 235, { 0 }, 76 },
		{ SW_NOT_SENT, SW_STAGE_ENVELOPE, SW_END_TOO_BIG, 0, { 0 }, 69 },
		{ SW_NOT_SENT, SW_STAGE_ENVELOPE, SW_END_NEEDS_8BITMIME, 0, { 0 }, 69 },
		{ SW_NOT_SENT, SW_STAGE_ENVELOPE, SW_END_NEEDS_SMTPUTF8, 0, { 0 }, 69 },
		{ SW_NOT_SENT, SW_STAGE_DATA, SW_END_ABORTED, 0, { 0 }, 75 },
		{ SW_NOT_SENT, SW_STAGE_TCP, SW_END_DEADLINE, 0, { 0 }, 74 },
	};
	enum sw_summary summary;
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		int status = status_of(&rows[i], 1, &summary);
		if (status != rows[i].status)
			print_error("# row %zu: %d\n", i, status);
		assert_row(i, status == rows[i].status);
	}
}

#define OKAY                                                                                  \
	{                                                                                     \
		SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250, { 0 }, 0                         \
	}
#define NO_USER                                                                               \
	{                                                                                     \
		SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550, { 5, 1, 1 }, 0                \
	}
#define POLICY                                                                                \
	{                                                                                     \
		SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550, { 5, 7, 1 }, 0                \
	}
#define LATER                                                                                 \
	{                                                                                     \
		SW_DEFERRED, SW_STAGE_ENVELOPE, SW_END_OK, 451, { 0 }, 0                      \
	}
#define UNKNOWN                                                                               \
	{                                                                                     \
		SW_UNCERTAIN, SW_STAGE_FINAL, SW_END_IO, 0, { 0 }, 0                          \
	}
#define STOPPED                                                                               \
	{                                                                                     \
		SW_NOT_SENT, SW_STAGE_ENVELOPE, SW_END_OK, 0, { 0 }, 0                        \
	}

static void several_recipients(void **state)
{
	static const struct {
		struct row rows[3];
		enum sw_summary summary;
		int status;
	} cases[] = {
		{ { OKAY, OKAY, OKAY }, SW_SUMMARY_ACCEPTED, 0 },
		{ { OKAY, NO_USER, OKAY }, SW_SUMMARY_PARTIAL, 80 },
		{ { OKAY, LATER, LATER }, SW_SUMMARY_PARTIAL, 80 },
		{ { OKAY, UNKNOWN, OKAY }, SW_SUMMARY_UNCERTAIN, 79 },
		{ { UNKNOWN, NO_USER, LATER }, SW_SUMMARY_UNCERTAIN, 79 },
		{ { NO_USER, NO_USER, NO_USER }, SW_SUMMARY_REJECTED, 67 },
		{ { NO_USER, POLICY, NO_USER }, SW_SUMMARY_REJECTED, 69 },
		{ { NO_USER, LATER, NO_USER }, SW_SUMMARY_DEFERRED, 75 },
		{ { LATER, LATER, LATER }, SW_SUMMARY_DEFERRED, 75 },
		{ { STOPPED, NO_USER, STOPPED }, SW_SUMMARY_REJECTED, 67 },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		enum sw_summary summary;
		int status = status_of(cases[i].rows, 3, &summary);
		assert_row(i, summary == cases[i].summary);
		assert_row(i, status == cases[i].status);
	}
}

/* "550" to MAIL is about us. */
static void a_refused_sender_is_no_unknown_recipient(void **state)
{
	struct sw_delivery_recipient r = { .outcome = SW_REJECTED,
					   .stage = SW_STAGE_ENVELOPE,
					   .about_sender = true,
					   .reply = { .code = 550 } };
	struct sw_delivery d = { .recipients = &r, .recipient_count = 1 };
	(void)state;
	assert_int_equal(sw_exit_status_of(&d), 69);
}

static void without_recipients_the_ending_counts(void **state)
{
	struct sw_delivery d = { .kind = SW_JOB_LOGIN };
	(void)state;
	assert_int_equal(sw_exit_status_of(&d), 0);
	d.ending = SW_END_AUTH_REFUSED;
	d.stage = SW_STAGE_AUTH;
	d.reply.code = 535;
	assert_int_equal(sw_exit_status_of(&d), 77);
	assert_int_equal(sw_summary_of(&d), SW_SUMMARY_NOT_SENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_recipient),
		cmocka_unit_test(several_recipients),
		cmocka_unit_test(a_refused_sender_is_no_unknown_recipient),
		cmocka_unit_test(without_recipients_the_ending_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
