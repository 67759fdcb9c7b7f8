/* SPDX-License-Identifier: MIT */
/* Pins as people write them. */
#include "sw_test.h"

#include "net/tls.h"

/* SHA-256 of nothing, and 32 bytes of zero. */
#define PIN  "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define ZERO "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void pins_are_read_or_told_apart(void **state)
{
	static const struct {
		const char *text;
		size_t count; /* 0: refused */
	} rows[] = {
		{ PIN, 1 },
		{ " " PIN " ", 1 },
		{ PIN "," ZERO, 2 },
		{ PIN ";" ZERO, 2 },
		{ PIN ", " ZERO ",", 2 },
		{ "", 0 },
		{ ",", 0 },
		{ "sha256//", 0 },
		{ "sha1//2jmj7l5rSw0yVb/vlWAYkK/YBwk=", 0 },
		{ "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", 0 },
		{ "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", 0 },
		{ "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUA", 0 },
		{ "sha256//47DEQpj8HBSa_-TImW-5JCeuQeRkm5NMpJWZG3hSuFU=", 0 },
		{ PIN PIN, 0 },
		{ PIN ",nonsense", 0 },
		{ "SHA256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", 0 },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_tls_pins pins = { .count = 7 };
		struct sw_error err = { 0 };
		enum sw_err e = sw_tls_pins_parse(rows[i].text, &pins, &err);
		assert_row(i, (e == SW_OK) == (rows[i].count > 0));
		/* Untouched when there is nothing to be had. */
		assert_row(i, pins.count == (rows[i].count ? rows[i].count : 7));
		if (e)
			assert_contains(err.text, "sha256//");
		else
			assert_row(i, pins.hash[0][0] == 0xe3 && pins.hash[0][31] == 0x55);
	}
}

static void more_than_there_is_room_for_are_refused(void **state)
{
	char text[64 * (SW_MAX_TLS_PINS + 1)] = "";
	struct sw_tls_pins pins = { 0 };
	struct sw_error err;
	(void)state;
	for (size_t i = 0; i < SW_MAX_TLS_PINS; i++)
		strcat(text, ZERO ",");
	assert_ok(sw_tls_pins_parse(text, &pins, &err));
	assert_int_equal(pins.count, SW_MAX_TLS_PINS);
	strcat(text, ZERO);
	assert_int_equal(sw_tls_pins_parse(text, &pins, &err), SW_E_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pins_are_read_or_told_apart),
		cmocka_unit_test(more_than_there_is_room_for_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
