/* SPDX-License-Identifier: MIT */
/* Keys under the selectors that are known or tried. */
#include "api/check.h"

#include <stdio.h>

#include "identity/dkim_record.h"

enum { BITS_LEAST = 1024, BITS_GOOD = 2048 }; /* RFC 8301 3.2 */

static bool is_key(struct sw_slice txt)
{
	return sw_slice_search_nocase(txt, SW_S("p=")) < txt.len ||
	       sw_slice_starts_nocase(sw_slice_trim(txt), SW_S("v=DKIM1"));
}

static void judge_bits(struct sw_check_report *r, const char *name,
		       const struct sw_dkim_record *record)
{
	const enum sw_check_test t = SW_CHECK_DKIM_TEST;
	const struct sw_dkim_public *key = NULL;
	struct sw_error err = { 0 };
	char bits[16];

	if (sw_dkim_public_read(r->run->crypto, record->type, sw_buf_slice(&record->key), &key,
				&err)) {
		if (err.code == SW_E_NOMEM) {
			r->broken = true;
			return;
		}
		sw_check_find(r, t, SW_FOUND_DKIM_BAD_KEY, name, err.text, NULL);
		return;
	}
	(void)snprintf(bits, sizeof(bits), "%u", key->bits);
	sw_check_status(r, t, SW_CHECK_OK);
	sw_check_found(r, t, "%s: %s %s", name, sw_dkim_key_type_name(key->type), bits);
	if (key->type == SW_DKIM_RSA && key->bits < BITS_LEAST)
		sw_check_find(r, t, SW_FOUND_DKIM_WEAK, name, bits, NULL);
	else if (key->type == SW_DKIM_RSA && key->bits < BITS_GOOD)
		sw_check_find(r, t, SW_FOUND_DKIM_SHORT, name, bits, NULL);
	if (record->testing)
		sw_check_find(r, t, SW_FOUND_DKIM_TESTING, name, NULL, NULL);
}

static void judge_key(struct sw_check_report *r, const char *name, struct sw_slice txt)
{
	const enum sw_check_test t = SW_CHECK_DKIM_TEST;
	struct sw_dkim_record record = { .key = { .max = SW_MAX_DKIM_KEY_BYTES } };
	const char *detail = "";
	enum sw_dkim_reason why = sw_dkim_record_read(txt, &record, &detail);

	if (why == SW_DKIM_WHY_OURS) {
		struct sw_error err;

		(void)sw_fail_nomem(&err);
		sw_check_break(r, &err);
	} else if (why == SW_DKIM_WHY_VERIFIED) {
		judge_bits(r, name, &record);
	} else if (why == SW_DKIM_WHY_KEY_REVOKED && !r->selectors_named) {
		/* An old one, taken back as it should be. */
		sw_check_found(r, t, sw_check_line(r->run, "%s: revoked", "%s: отозван"),
			       name);
	} else {
		sw_check_find(r, t, SW_FOUND_DKIM_BAD_KEY, name,
			      sw_check_text(r, "%s%s%s",
					    sw_check_word(r->run, sw_dkim_reason_text(why)),
					    *detail ? ": " : "",
					    sw_check_word(r->run, detail)),
			      NULL);
	}
	sw_buf_fini(&record.key);
}

/* Whether there was a key, good or bad. */
static bool judge_selector(struct sw_check_report *r, const struct sw_ask *ask)
{
	const enum sw_check_test t = SW_CHECK_DKIM_TEST;
	struct sw_slice txt = { NULL, 0 };
	size_t count = sw_check_txt(ask, is_key, &txt);

	if (sw_ask_failed(ask)) {
		sw_check_failed(r, t, ask);
		return false;
	}
	if (count > 1)
		sw_check_find(r, t, SW_FOUND_DKIM_SEVERAL, ask->name, NULL, NULL);
	else if (count == 1)
		judge_key(r, ask->name, txt);
	else if (r->selectors_named)
		sw_check_find(r, t, SW_FOUND_DKIM_NO_KEY, ask->name, NULL, NULL);
	return count > 0;
}

static bool none_can_be(const struct sw_check_report *r)
{
	/* No name of the zone ends so (RFC 8020). */
	return r->keys && r->keys->status == SW_DNS_NXDOMAIN;
}

void sw_check_judge_dkim(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_DKIM_TEST;
	size_t found = 0, failed = 0;

	for (size_t i = 0; i < r->selector_count; i++) {
		const struct sw_ask *ask = r->selectors[i].ask;

		if (!ask)
			continue;
		/* Thirty silent questions are told once. */
		if (sw_ask_failed(ask) && failed++ > 0)
			continue;
		found += judge_selector(r, ask);
	}
	if (found || failed || r->selectors_named)
		return;
	if (r->never_sends)
		sw_check_skip(r, t, "the domain sends no mail", "домен не отправляет почту");
	else if (none_can_be(r))
		sw_check_find(r, t, SW_FOUND_DKIM_NOTHING, r->domain, NULL,
			      sw_check_text(r,
					    "SELECTOR._domainkey.%s. TXT \"v=DKIM1; k=rsa; "
					    "p=PUBLIC-KEY\"",
					    r->domain));
	else
		sw_check_found(
			r, t,
			sw_check_line(r->run,
				      "none under %zu common selectors: name yours with "
				      "--selector",
				      "под обычными селекторами (%zu) ключа нет: "
				      "назовите свой в --selector"),
			r->selector_count);
}
