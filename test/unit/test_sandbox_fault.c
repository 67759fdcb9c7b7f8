/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <openssl/ssl.h>
#include <sendwell/sandbox.h>

#include "sandbox/fault.h"

static enum sw_err add(struct sw_faults *f, const char *spec, struct sw_error *err)
{
	sw_error_clear(err);
	return sw_faults_add(f, sw_slice_str(spec), err);
}

static void every_row_is_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < sw_fault_row_count(); i++) {
		const struct sw_fault_info *info = sw_sandbox_fault(i);
		const struct sw_fault_row *row = sw_fault_row_at(i);

		assert_string_equal(info->name, row->name);
		assert_row(i, info->help[0] != '\0' && strlen(info->help) < 90);
		assert_row(i, (info->argument[0] == '\0') == (row->arg == SW_ARG_NONE));
		/* "" or "SW-", a letter of the catalogue's families, two digits. */
		assert_row(i, !info->cause[0] || (strlen(info->cause) == 6 &&
						  !strncmp(info->cause, "SW-", 3) &&
						  strchr("CDRMTGASBLPWN", info->cause[3]) &&
						  sw_ascii_digit(info->cause[4]) &&
						  sw_ascii_digit(info->cause[5])));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(row->name, sw_fault_row_at(k)->name);
	}
	assert_null(sw_sandbox_fault(sw_fault_row_count())->name);
	assert_null(sw_sandbox_fault(SIZE_MAX)->name);
	assert_null(sw_fault_row_at(sw_fault_row_count()));
}

static void replies_of_rows_can_be_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sw_fault_row_count(); i++) {
		const struct sw_fault_row *row = sw_fault_row_at(i);
		struct sw_slice rest = row->data, line;

		if (row->action != SW_ACT_REPLY || row->arg == SW_ARG_VERB_REPLY)
			continue;
		assert_row(i, row->data.len > 4 && row->data.ptr[3] == ' ');
		assert_row(i, row->data.ptr[0] >= '2' && row->data.ptr[0] <= '5');
		while (sw_slice_split(&rest, '\n', &line))
			assert_row(i, line.len < 400 && !sw_slice_has_control(line));
	}
}

static void every_preset_is_a_good_argument(void **state)
{
	(void)state;
	for (size_t i = 0; i < sw_fault_row_count(); i++) {
		const struct sw_fault_row *row = sw_fault_row_at(i);
		struct sw_faults f = { NULL, 0 };
		struct sw_error err;
		enum sw_err e = add(&f, row->name, &err);

		if (row->preset) {
			assert_row(i, e == SW_OK && f.count == 1 && f.list[0].row == row);
			assert_row(i, f.list[0].hook != SW_HOOK_VERB);
		} else {
			assert_err(e, SW_E_USAGE);
			assert_contains(err.text, "needs an argument");
			assert_contains(err.text, row->argument);
		}
		sw_faults_fini(&f);
	}
}

static void good_arguments_are_understood(void **state)
{
	static const struct {
		const char *spec;
		enum sw_fault_hook hook;
		uint64_t number;
		const char *text;
	} rows[] = {
		{ "banner-delay", SW_HOOK_CONNECT, 5000000, "" },
		{ "banner-delay=0.25", SW_HOOK_CONNECT, 250000, "" },
		{ "banner-delay=.5", SW_HOOK_CONNECT, 500000, "" },
		{ "banner-delay=86400", SW_HOOK_CONNECT, 86400000000, "" },
		{ "BANNER-Delay=1.0000019", SW_HOOK_CONNECT, 1000001, "" },
		{ "delay=20", SW_HOOK_ANY, 20000, "" },
		{ "banner-421=Go away", SW_HOOK_CONNECT, 0, "421 Go away" },
		{ "banner-421=450 4.7.1 Later", SW_HOOK_CONNECT, 0, "450 4.7.1 Later" },
		{ "banner-421=4711 messages", SW_HOOK_CONNECT, 0, "421 4711 messages" },
		{ "ehlo-refused=500", SW_HOOK_EHLO, 0,
		  "500 5.5.1 Error: command not implemented" },
		{ "tls-old", SW_HOOK_TLS_SETUP, TLS1_VERSION, "" },
		{ "tls-old=1.1", SW_HOOK_TLS_SETUP, TLS1_1_VERSION, "" },
		{ "tls-alert=255", SW_HOOK_HANDSHAKE, 255, "" },
		{ "data-close=0", SW_HOOK_BODY, 0, "" },
		{ "hang-at=Rcpt", SW_HOOK_RCPT, 0, "" },
		{ "delay-at=message:1.5", SW_HOOK_MESSAGE, 1500000, "" },
		{ "reply-at=ehlo:550 5.7.1 a:b=c", SW_HOOK_HELLO, 0, "550 5.7.1 a:b=c" },
		{ "reply-at=data:250", SW_HOOK_DATA, 0, "250" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_faults f = { NULL, 0 };
		struct sw_error err;

		assert_ok(add(&f, rows[i].spec, &err));
		assert_row(i, f.list[0].hook == rows[i].hook);
		assert_row(i, f.list[0].number == rows[i].number);
		assert_row(i, !rows[i].text[0] || sw_slice_eq(sw_fault_text(&f.list[0]),
							      sw_slice_str(rows[i].text)));
		sw_faults_fini(&f);
	}
}

static void bad_ones_are_refused_with_what_was_expected(void **state)
{
	static const struct {
		const char *spec, *says;
	} rows[] = {
		{ "", "no fault is called \"\"" },
		{ "banner-silence", "the nearest name is \"banner-silent\"" },
		{ "cert-expird", "the nearest name is \"cert-expired\"" },
		{ "=x", "no fault is called" },
		{ "a\x1b[31m", "\\x1b[31m" },
		{ "banner-silent=1", "expected no argument" },
		{ "banner-delay=", "seconds" },
		{ "banner-delay=x", "seconds" },
		{ "banner-delay=-1", "seconds" },
		{ "banner-delay=.", "seconds" },
		{ "banner-delay=1.", "seconds" },
		{ "banner-delay=1e3", "seconds" },
		{ "banner-delay=99999999999999999999", "seconds" },
		{ "banner-delay=86401", "seconds" },
		{ "delay=1.5", "milliseconds" },
		{ "delay=18446744073709551615", "milliseconds" },
		{ "rcpt-some-refused=0", "a number from 1" },
		{ "size-limit=1k", "bytes" },
		{ "ehlo-refused=99", "reply code" },
		{ "ehlo-refused=600", "reply code" },
		{ "ehlo-refused=5555", "reply code" },
		{ "tls-old=1.3", "1.0, 1.1 or 1.2" },
		{ "tls-alert=256", "alert" },
		{ "limits", "needs an argument: limits=NAME=N" },
		{ "limits=", "RCPTMAX=N" },
		{ "limits=RCPTMAX", "RCPTMAX=N" },
		{ "limits=RCPTMAX=0", "RCPTMAX=N" },
		{ "limits=RCPTMAX=1 SOMEMAX=2", "RCPTMAX=N" },
		{ "hang-at", "needs an argument: hang-at=VERB" },
		{ "hang-at=", "connect ehlo starttls" },
		{ "hang-at=noop2", "connect ehlo starttls" },
		{ "hang-at=rcpt:1", "VERB, VERB one of" },
		{ "delay-at=rcpt", "VERB:SECONDS" },
		{ "delay-at=rcpt:", "VERB:SECONDS" },
		{ "reply-at=rcpt:", "VERB:CODE TEXT" },
		{ "reply-at=rcpt:55 x", "VERB:CODE TEXT" },
		{ "reply-at=rcpt:150 x", "VERB:CODE TEXT" },
		{ "reply-at=rcpt:550 a\r\nb", "no control characters" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_faults f = { NULL, 0 };
		struct sw_error err;

		assert_err(add(&f, rows[i].spec, &err), SW_E_USAGE);
		assert_contains(err.text, rows[i].says);
		assert_row(i, f.count == 0);
		sw_faults_fini(&f);
	}
}

static void faults_for_one_place_exclude_each_other(void **state)
{
	struct sw_faults f = { NULL, 0 };
	struct sw_error err;

	(void)state;
	assert_ok(add(&f, "cert-expired", &err));
	assert_ok(add(&f, "tls-old", &err));
	assert_ok(add(&f, "rcpt-unknown=a@example.org", &err));
	assert_ok(add(&f, "rcpt-full=b@example.org", &err));
	assert_err(add(&f, "cert-wrong-name", &err), SW_E_USAGE);
	assert_contains(err.text, "cert-expired and cert-wrong-name exclude each other");
	assert_int_equal(f.count, 4);
	sw_faults_fini(&f);
}

static void their_number_is_bounded(void **state)
{
	struct sw_faults f = { NULL, 0 };
	struct sw_error err;

	(void)state;
	for (int i = 0; i < SW_MAX_SANDBOX_FAULTS; i++)
		assert_ok(add(&f, "hang-at=noop", &err));
	assert_err(add(&f, "hang-at=noop", &err), SW_E_USAGE);
	sw_faults_fini(&f);
}

static enum sw_err add_some(void *arg)
{
	static const char *const specs[] = { "banner-421=x", "ehlo-refused=500",
					     "rcpt-unknown=a@b", "reply-at=rcpt:550 x",
					     "cert-expired" };
	struct sw_faults f = { NULL, 0 };
	struct sw_error err;
	enum sw_err e = SW_OK;

	(void)arg;
	for (size_t i = 0; i < SW_LEN(specs) && !e; i++)
		e = add(&f, specs[i], &err);
	sw_faults_fini(&f);
	return e;
}

static void no_memory_is_reported(void **state)
{
	(void)state;
	sw_test_failing_allocations(add_some, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(replies_of_rows_can_be_said),
		cmocka_unit_test(every_preset_is_a_good_argument),
		cmocka_unit_test(good_arguments_are_understood),
		cmocka_unit_test(bad_ones_are_refused_with_what_was_expected),
		cmocka_unit_test(faults_for_one_place_exclude_each_other),
		cmocka_unit_test(their_number_is_bounded),
		cmocka_unit_test(no_memory_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
