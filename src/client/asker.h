/* SPDX-License-Identifier: MIT */
/* Asks what an evaluator of src/identity wants to know (dns/question.h), all open questions at
 * once, and feeds it the answers. Answers are kept for the run, so that several evaluators ask
 * the DNS once. What has no answer at the deadline is answered with TIMEOUT. */
#ifndef SW_CLIENT_ASKER_H
#define SW_CLIENT_ASKER_H

#include "dns/question.h"
#include "net/resolver.h"

struct sw_asker;
struct sw_asking;

/* The two functions of the convention. */
struct sw_evaluator {
	size_t (*questions)(const void *machine, const struct sw_dns_question **ret);
	enum sw_err (*answer)(void *machine, const struct sw_dns_answer *a,
			      struct sw_error *err);
};

/* Defines `static const struct sw_evaluator name` for machines of a type. */
#define SW_EVALUATOR(name, type, questions_fn, answer_fn)                                     \
	static size_t name##_questions(const void *machine,                                   \
				       const struct sw_dns_question **ret)                    \
	{                                                                                     \
		return questions_fn((const type *)machine, ret);                              \
	}                                                                                     \
	static enum sw_err name##_answer(void *machine, const struct sw_dns_answer *a,        \
					 struct sw_error *err)                                \
	{                                                                                     \
		return answer_fn((type *)machine, a, err);                                    \
	}                                                                                     \
	static const struct sw_evaluator name = { name##_questions, name##_answer }

/* Resolver and loop are borrowed. */
struct sw_asker *sw_asker_new(struct sw_loop *loop, struct sw_resolver *resolver,
			      struct sw_error *err) SW_MUST_USE;
/* Askings that are under way end without a callback. Not inside a callback. */
void sw_asker_free(struct sw_asker *a);
/* Questions that went to the resolver, and those that were answered from what was kept. */
size_t sw_asker_asked(const struct sw_asker *a);
size_t sw_asker_kept(const struct sw_asker *a);

/* code is SW_OK when the machine has its result. The asking is gone after it. */
typedef void (*sw_asking_fn)(void *arg, enum sw_err code);
/* Never calls back before it returns. The machine is borrowed until then. */
struct sw_asking *sw_asker_run(struct sw_asker *a, const struct sw_evaluator *e, void *machine,
			       uint64_t deadline_us, sw_asking_fn fn, void *arg,
			       struct sw_error *err) SW_MUST_USE;
void sw_asking_cancel(struct sw_asking *x);

#endif
