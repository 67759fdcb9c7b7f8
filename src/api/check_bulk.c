/* SPDX-License-Identifier: MIT */
/* What Gmail, Yahoo and Microsoft want of who sends much, as they publish it since 2024: the
 * same for all three but in words. Judged from the tests before. */
#include "api/check.h"

static void follow(struct sw_check_report *r, enum sw_check_test t, enum sw_check_test of)
{
	enum sw_check_status s = r->items[of].status;

	if (s == SW_CHECK_ERROR)
		sw_check_find(r, t, SW_FOUND_BULK_MISSING, sw_check_test_id(of), NULL, NULL);
	else if (s == SW_CHECK_NOT_TESTED || s == SW_CHECK_UNTESTED)
		sw_check_status(r, t, s);
	else
		sw_check_status(r, t, SW_CHECK_OK);
	sw_check_found(r, t, "%s: %s", sw_check_test_id(of), sw_check_status_name(s));
}

static void judge_alignment(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_BULK_ALIGN_TEST;

	if (r->run->options->message)
		follow(r, t, SW_CHECK_MSG_DMARC_TEST);
	else
		sw_check_skip(r, t, "a message shows it: --message FILE",
			      "это видно по письму: --message FILE");
}

static void judge_unsubscribe(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_BULK_UNSUB_TEST;
	const struct sw_check_item *item = &r->items[SW_CHECK_MSG_UNSUB_TEST];

	if (!r->run->options->message)
		sw_check_skip(r, t, "a message shows it: --message FILE",
			      "это видно по письму: --message FILE");
	else if (item->status == SW_CHECK_OK)
		sw_check_status(r, t, SW_CHECK_OK);
	else
		sw_check_find(r, t, SW_FOUND_BULK_MISSING,
			      sw_check_test_id(SW_CHECK_MSG_UNSUB_TEST), NULL, NULL);
}

static void skip_all(struct sw_check_report *r)
{
	for (size_t i = 0; i < SW_CHECK_TESTS; i++)
		if (sw_check_test_group((enum sw_check_test)i) == SW_CHECK_BULK)
			sw_check_skip(r, (enum sw_check_test)i, "the domain sends no mail",
				      "домен не отправляет почту");
}

void sw_check_judge_bulk(struct sw_check_report *r)
{
	bool message = r->run->options->message != NULL;

	if (r->never_sends && !message) {
		skip_all(r);
		return;
	}

	follow(r, SW_CHECK_BULK_SPF_TEST, r->spf ? SW_CHECK_SPF_IP_TEST : SW_CHECK_SPF_TEST);
	follow(r, SW_CHECK_BULK_DKIM_TEST,
	       message ? SW_CHECK_MSG_DKIM_TEST : SW_CHECK_DKIM_TEST);
	follow(r, SW_CHECK_BULK_DMARC_TEST, SW_CHECK_DMARC_TEST);
	judge_alignment(r);
	judge_unsubscribe(r);
	follow(r, SW_CHECK_BULK_PTR_TEST, SW_CHECK_PTR_TEST);
	sw_check_skip(r, SW_CHECK_BULK_TLS_TEST,
		      "no message is sent here: sendwell diagnose or send shows it",
		      "здесь ничего не отправляется: это покажет sendwell diagnose или send");
}
