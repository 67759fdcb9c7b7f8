/* SPDX-License-Identifier: MIT */
#include "api/exit_status.h"

enum {
	EX_NO_USER = 67,
	EX_UNAVAILABLE_FOR_GOOD = 69,
	EX_TEMPORARY = 75,
	EX_PROTOCOL_TROUBLE = 76,
	EX_NO_PERMISSION = 77,
	EX_UNCERTAIN = 79,
	EX_PARTIAL = 80,
};

/* What a refusal for good (5xx) means, by the stage in which it came. */
static const int refused_for_good[SW_STAGE_COUNT] = {
	[SW_STAGE_GREETING] = EX_UNAVAILABLE_FOR_GOOD,
	[SW_STAGE_EHLO] = EX_UNAVAILABLE_FOR_GOOD,
	[SW_STAGE_TLS] = EX_PROTOCOL_TROUBLE,
	[SW_STAGE_AUTH] = EX_NO_PERMISSION,
	[SW_STAGE_ENVELOPE] = EX_UNAVAILABLE_FOR_GOOD,
	[SW_STAGE_DATA] = EX_UNAVAILABLE_FOR_GOOD,
	[SW_STAGE_FINAL] = EX_UNAVAILABLE_FOR_GOOD,
};

/* RFC 3463 3.2 and RFC 7505: the address does not exist, its syntax is bad, the domain takes
 * no mail. A code with a subject other than addressing (550 5.7.1) is a policy, whatever the
 * number before it; a bare 550 or 553 to RCPT is the classic "no such user". */
static bool no_such_recipient(const struct sw_reply *r)
{
	struct sw_enhanced x = r->enhanced;
	if (x.class == 0)
		return r->code == 550 || r->code == 553;
	return x.class == 5 && x.subject == 1 &&
	       (x.detail == 0 || x.detail == 1 || x.detail == 2 || x.detail == 3 ||
		x.detail == 6 || x.detail == 10);
}

static int status_by_reply(enum sw_stage stage, const struct sw_reply *r)
{
	if (r->code >= 400 && r->code < 500)
		return EX_TEMPORARY;
	if (r->code == 530 || r->code == 535) /* RFC 4954 6: authentication required, failed */
		return EX_NO_PERMISSION;
	int status = stage < SW_STAGE_COUNT ? refused_for_good[stage] : 0;
	return status ? status : EX_UNAVAILABLE_FOR_GOOD;
}

static int status_of(enum sw_ending ending, enum sw_stage stage, const struct sw_reply *reply)
{
	int status = sw_ending_status(ending);
	return status == SW_STATUS_BY_REPLY ? status_by_reply(stage, reply) : status;
}

static int recipient_status(const struct sw_delivery_recipient *r)
{
	if (r->outcome == SW_ACCEPTED)
		return 0;
	if (r->outcome == SW_UNCERTAIN)
		return EX_UNCERTAIN;
	if (r->ending != SW_END_OK)
		return status_of(r->ending, r->stage, &r->reply);
	/* The address itself is refused only by the answer to its RCPT. */
	if (r->outcome == SW_REJECTED && r->stage == SW_STAGE_ENVELOPE && !r->about_sender &&
	    no_such_recipient(&r->reply))
		return EX_NO_USER;
	return r->reply.code ? status_by_reply(r->stage, &r->reply) : EX_TEMPORARY;
}

enum sw_summary sw_summary_of(const struct sw_delivery *d)
{
	size_t count[SW_OUTCOME_COUNT] = { 0 };
	if (d->recipient_count == 0)
		return d->ending == SW_END_OK ? SW_SUMMARY_ACCEPTED : SW_SUMMARY_NOT_SENT;
	for (size_t i = 0; i < d->recipient_count; i++)
		count[d->recipients[i].outcome]++;
	if (count[SW_UNCERTAIN])
		return SW_SUMMARY_UNCERTAIN;
	if (count[SW_ACCEPTED] == d->recipient_count)
		return SW_SUMMARY_ACCEPTED;
	if (count[SW_ACCEPTED])
		return SW_SUMMARY_PARTIAL;
	/* A second try helps some, so the whole is not refused for good. */
	if (count[SW_DEFERRED])
		return SW_SUMMARY_DEFERRED;
	return count[SW_REJECTED] ? SW_SUMMARY_REJECTED : SW_SUMMARY_NOT_SENT;
}

/* Those that were not accepted, none uncertain: what they share; else whether a later try may
 * help. With all_or_none the recipients that were stopped by another's refusal have no reply
 * of their own. */
static int shared_status(const struct sw_delivery *d)
{
	int shared = 0;
	for (size_t i = 0; i < d->recipient_count; i++) {
		const struct sw_delivery_recipient *r = &d->recipients[i];
		if (r->outcome == SW_NOT_SENT && r->ending == SW_END_OK)
			continue;
		int status = recipient_status(r);
		if (shared && status != shared &&
		    (status == EX_TEMPORARY || shared == EX_TEMPORARY))
			return EX_TEMPORARY;
		shared = shared && status != shared ? EX_UNAVAILABLE_FOR_GOOD : status;
	}
	return shared ? shared : EX_TEMPORARY;
}

int sw_exit_status_of(const struct sw_delivery *d)
{
	switch (sw_summary_of(d)) {
	case SW_SUMMARY_ACCEPTED:
		return 0;
	case SW_SUMMARY_UNCERTAIN:
		return EX_UNCERTAIN;
	case SW_SUMMARY_PARTIAL:
		return EX_PARTIAL;
	case SW_SUMMARY_REJECTED:
	case SW_SUMMARY_DEFERRED:
	case SW_SUMMARY_NOT_SENT:
	case SW_SUMMARY_COUNT:
		break;
	}
	return d->recipient_count ? shared_status(d)
				  : status_of(d->ending, d->stage, &d->reply);
}
