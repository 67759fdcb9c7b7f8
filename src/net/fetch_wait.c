/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "net/fetch.h"

enum { BEAT_US = 100 * 1000 };

struct waiting {
	struct sw_loop *loop;
	struct sw_timer *timer;
	bool (*beat)(void *arg);
	void *arg;
	struct sw_fetch_answer *ret;
	bool done;
};

static void on_answer(void *arg, struct sw_fetch_answer *a)
{
	struct waiting *w = arg;
	*w->ret = *a;
	*a = (struct sw_fetch_answer){ 0 };
	w->done = true;
	sw_loop_stop(w->loop);
}

static void on_beat(void *arg)
{
	struct waiting *w = arg;
	if (w->beat && !w->beat(w->arg))
		sw_loop_stop(w->loop);
	else
		sw_timer_set(w->timer, sw_loop_now(w->loop) + BEAT_US);
}

enum sw_err sw_fetch_wait(const struct sw_fetch_request *r, bool (*beat)(void *arg), void *arg,
			  struct sw_fetch_answer *ret, struct sw_error *err)
{
	struct sw_error local = { 0 };
	struct waiting w = { .beat = beat, .arg = arg, .ret = ret };
	*ret = (struct sw_fetch_answer){ .failure = SW_FETCH_TIME };
	snprintf(ret->text, sizeof(ret->text), "given up");
	w.loop = sw_loop_new(&local);
	struct sw_fetch *f = w.loop ? sw_fetch_start(w.loop, r, on_answer, &w, &local) : NULL;
	enum sw_err e = f ? SW_OK : local.code ? local.code : SW_E_NOMEM;
	if (f && beat) {
		w.timer = sw_timer_new(w.loop, on_beat, &w);
		if (w.timer)
			sw_timer_set(w.timer, sw_loop_now(w.loop));
		else
			e = sw_fail_nomem(&local);
	}
	if (!e)
		e = sw_loop_run(w.loop);
	if (f && !w.done)
		sw_fetch_cancel(f);
	sw_timer_free(w.timer);
	sw_loop_free(w.loop);
	if (e && err)
		*err = local.code ? local : (struct sw_error){ .code = e };
	return e;
}
