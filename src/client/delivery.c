/* SPDX-License-Identifier: MIT */
#include "client/delivery.h"

#define SW_ENDING(id, name, status, text) { name, text, status },
static const struct {
	const char *name, *text;
	int status;
} endings[] = {
#include "client/ending.def"
};
#undef SW_ENDING

const char *sw_ending_name(enum sw_ending e)
{
	return e < SW_ENDING_COUNT ? endings[e].name : "?";
}

const char *sw_ending_text(enum sw_ending e)
{
	return e < SW_ENDING_COUNT ? endings[e].text : "?";
}

int sw_ending_status(enum sw_ending e)
{
	return e < SW_ENDING_COUNT ? endings[e].status : 70;
}

/* Nobody is named whose address could not be kept, and nothing is claimed of anybody. */
static enum sw_err init_failed(struct sw_delivery *d)
{
	d->recipients = NULL;
	d->recipient_count = 0;
	d->ending = SW_END_LOCAL;
	return SW_E_NOMEM;
}

enum sw_err sw_delivery_init(struct sw_delivery *d, const struct sw_job *job)
{
	*d = (struct sw_delivery){ .kind = job->kind };
	sw_arena_init(&d->arena);
	d->server.name = d->server.tls_version = d->server.tls_cipher = d->server.extensions =
		d->server.tls_policy = d->server.tls_mode = d->server.tls_report = "";
	if (job->recipient_count == 0)
		return SW_OK;
	d->recipients =
		sw_arena_alloc(&d->arena, job->recipient_count * sizeof(*d->recipients));
	if (!d->recipients)
		return init_failed(d);
	d->recipient_count = job->recipient_count;
	for (size_t i = 0; i < d->recipient_count; i++) {
		d->recipients[i].address = sw_arena_strdup(&d->arena, job->recipients[i]);
		if (!d->recipients[i].address)
			return init_failed(d);
	}
	return SW_OK;
}

void sw_delivery_fini(struct sw_delivery *d)
{
	sw_facts_free(d->facts);
	sw_arena_fini(&d->arena);
	*d = (struct sw_delivery){ 0 };
}

enum sw_outcome sw_delivery_outcome_of(enum sw_stage stage, const struct sw_reply *reply)
{
	enum sw_outcome by_code = sw_reply_outcome(reply);
	if (by_code == SW_DEFERRED)
		return SW_DEFERRED;
	bool session = stage == SW_STAGE_GREETING || stage == SW_STAGE_EHLO;
	return by_code == SW_REJECTED && session ? SW_REJECTED : SW_NOT_SENT;
}

/* How much an outcome says about the whole: what needs a person first. */
static int weight(enum sw_outcome o)
{
	switch (o) {
	case SW_UNCERTAIN:
		return 4;
	case SW_REJECTED:
		return 3;
	case SW_DEFERRED:
		return 2;
	case SW_NOT_SENT:
		return 1;
	case SW_ACCEPTED:
	case SW_OUTCOME_COUNT:
		break;
	}
	return 0;
}

void sw_delivery_conclude(struct sw_delivery *d)
{
	const struct sw_delivery_recipient *worst = NULL;
	for (size_t i = 0; i < d->recipient_count; i++) {
		const struct sw_delivery_recipient *r = &d->recipients[i];
		if (!worst || weight(r->outcome) > weight(worst->outcome))
			worst = r;
	}
	if (!worst)
		return;
	d->ending = worst->ending;
	d->stage = worst->stage;
	d->reply = worst->reply;
}
