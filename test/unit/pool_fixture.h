/* SPDX-License-Identifier: MIT */
/* A pool, and an account of everything that it tells. */
#ifndef POOL_FIXTURE_H
#define POOL_FIXTURE_H

#include "mailer_fixture.h"

enum { MOST = 512 };

struct tally {
	struct sw_pool *pool;
	unsigned told[MOST]; /* times, by tag */
	enum sw_summary summary[MOST];
	unsigned tries[MOST];
	size_t count, of[SW_SUMMARY_COUNT];
	int exit_status;
	char reply[256], trouble[256], queue_id[64];
	/* What `feed` makes of it. */
	size_t fed, feed_up_to;
	size_t stop_after; /* results; 0: never */
};

static inline void told(void *arg, void *tag, const struct sw_pool_account *a)
{
	struct tally *t = arg;
	size_t i = (size_t)(uintptr_t)tag;
	struct sw_result_recipient r = sw_pool_account_recipient(a, 0);

	assert_true(i < MOST);
	t->told[i]++;
	t->summary[i] = sw_pool_account_summary(a);
	t->tries[i] = sw_pool_account_tries(a);
	t->of[t->summary[i]]++;
	t->count++;
	t->exit_status = sw_pool_account_exit_status(a);
	assert_true(sw_pool_account_ms(a) >= 0);
	assert_non_null(sw_pool_account_message(a));
	snprintf(t->reply, sizeof(t->reply), "%d %s %s", r.reply.code, r.reply.enhanced,
		 r.reply.text);
	snprintf(t->trouble, sizeof(t->trouble), "%s", sw_pool_account_trouble(a));
	snprintf(t->queue_id, sizeof(t->queue_id), "%s", sw_pool_account_queue_id(a));
	if (t->stop_after && t->count == t->stop_after)
		sw_pool_stop(t->pool);
}

static inline struct sw_pool *pool_for(struct sw_mailer *m, unsigned sessions, struct tally *t)
{
	struct sw_pool *p = sw_pool_new(m, sessions);

	assert_non_null(p);
	*t = (struct tally){ .pool = p };
	sw_pool_on_result(p, told, t);
	return p;
}

static inline void add(struct sw_pool *p, size_t from, size_t count, size_t recipients)
{
	for (size_t i = from; i < from + count; i++)
		assert_ok(sw_pool_add(p, message_to(recipients), SW_POOL_TAKE,
				      (void *)(uintptr_t)i));
}

static inline int feed(void *arg)
{
	struct tally *t = arg;

	if (t->fed == t->feed_up_to)
		return 0;
	add(t->pool, t->fed++, 1, 1);
	return 1;
}

/* Each of the first `count` was told once. */
static inline void assert_told(const struct tally *t, size_t count)
{
	assert_int_equal(t->count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(t->told[i], 1);
}

#endif
