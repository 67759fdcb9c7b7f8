/* SPDX-License-Identifier: MIT */
/* The questions of one evaluator and the answers that came, each asked once. What answers say
 * is copied, in bounds; nothing of an answer is borrowed after sw_asks_take. Shared by the
 * files of this room. */
#ifndef SW_IDENTITY_ASKS_H
#define SW_IDENTITY_ASKS_H

#include "base/arena.h"
#include "dns/question.h"

/* One question. Valid until the asks end; name as it was asked first. */
struct sw_ask {
	const char *name;
	enum sw_dns_type type;
	uint64_t hash;
	bool answered;
	/* the answer */
	bool secure, cut; /* cut: there were more records than we keep */
	enum sw_dns_status status;
	const char *canonical; /* end of the CNAME chain */
	const char *why;       /* of BOGUS, TIMEOUT, FAILED; "" */
	size_t count;          /* of type `type` only; 0 unless OK */
	const struct sw_dns_record *records;
};

struct sw_asks {
	struct sw_arena *arena; /* borrowed */
	struct sw_ask **all;
	size_t count, room;
	struct sw_dns_question *open;
	size_t open_count, open_room;
	bool nomem; /* a question could not be kept; found by the next sw_asks_take or its
		       owner */
};

void sw_asks_init(struct sw_asks *s, struct sw_arena *arena);
/* The question, asked now if it was not before. NULL without memory (sets nomem), and beyond
 * SW_MAX_ASKS. `name` is copied. */
struct sw_ask *sw_asks_get(struct sw_asks *s, const char *name, enum sw_dns_type type);
/* As above for "prefix.name". */
struct sw_ask *sw_asks_get_below(struct sw_asks *s, const char *prefix, const char *name,
				 enum sw_dns_type type);
/* *ret NULL when nobody asked that, or the answer came before. SW_E_NOMEM. */
enum sw_err sw_asks_take(struct sw_asks *s, const struct sw_dns_answer *a,
			 struct sw_ask **ret) SW_MUST_USE;
size_t sw_asks_open(const struct sw_asks *s, const struct sw_dns_question **ret);

/* There is no such record: NXDOMAIN, NODATA, or OK with none of the type. */
static inline bool sw_ask_is_void(const struct sw_ask *a)
{
	return a->status == SW_DNS_NXDOMAIN || a->status == SW_DNS_NODATA ||
	       (a->status == SW_DNS_OK && a->count == 0);
}

/* Nobody knows: SERVFAIL, TIMEOUT, REFUSED, BOGUS, FAILED. */
static inline bool sw_ask_failed(const struct sw_ask *a)
{
	return a->status != SW_DNS_OK && !sw_ask_is_void(a);
}

/* "TXT example.test: 2 records", "A mx.test: nxdomain"; escaped. */
enum sw_err sw_ask_text(const struct sw_ask *a, struct sw_buf *out) SW_MUST_USE;

/* ---- what every evaluator of this room is made of ---- */

/* The first member of an evaluator (dns/question.h), which the functions below are given. */
struct sw_machine {
	struct sw_arena arena; /* for all that the evaluator keeps */
	struct sw_asks asks;
	bool done; /* the result is there: nothing is asked, and no answer taken, any more */
};

/* `size` zeroed bytes that begin with a machine. */
void *sw_machine_new(size_t size, struct sw_error *err) SW_MUST_USE;
/* The end of every sw_X_new: the evaluator as its beginning left it, or NULL, and freed,
 * when memory was short. NULL is passed on. */
void *sw_machine_begun(void *machine, struct sw_error *err) SW_MUST_USE;
void sw_machine_free(void *machine);
/* Forgets everything but its memory. The caller resets what it has of its own. */
void sw_machine_restart(struct sw_machine *m);
size_t sw_machine_questions(const struct sw_machine *m, const struct sw_dns_question **ret);
/* After each answer that somebody waited for `run` goes on as far as it can; it says in
 * asks.nomem that memory was short, and in `done` that the result is there. NULL: the result
 * is there when all answers are. */
enum sw_err sw_machine_answer(void *machine, const struct sw_dns_answer *a,
			      void (*run)(void *machine), struct sw_error *err) SW_MUST_USE;

#endif
