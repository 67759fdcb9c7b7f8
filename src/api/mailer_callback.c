/* SPDX-License-Identifier: MIT */
/* The caller's functions, and what they may do to the mailer that calls them: nothing that
 * would pull the ground from under the call. Nested calls and changes are refused
 * (sw_step_busy); one that frees the mailer ends the call, which then frees it. */
#include "api/mailer.h"

#include <errno.h>

#include "api/step.h"

int sw_mailer_beat(void *arg)
{
	struct sw_mailer *m = arg;

	if (m->doomed || !m->heartbeat)
		return m->doomed;
	m->in_callback++;
	int stop = m->heartbeat(m->heartbeat_arg);
	m->in_callback--;
	return stop || m->doomed;
}

void sw_mailer_progress(void *arg, enum sw_stage stage, uint64_t done, uint64_t total)
{
	struct sw_mailer *m = arg;

	if (m->doomed || !m->progress)
		return;
	m->in_callback++;
	m->progress(m->progress_arg, stage, done, total);
	m->in_callback--;
}

int sw_mailer_connect(void *arg, const char *host, uint16_t port)
{
	struct sw_mailer *m = arg;

	if (m->doomed || !m->connect) {
		errno = ECANCELED;
		return -1;
	}
	m->in_callback++;
	int fd = m->connect(m->connect_arg, host, port);
	m->in_callback--;
	return fd;
}

void sw_mailer_probe(struct sw_mailer *m, const char *id, const char *title,
		     const char *contacts)
{
	if (m->doomed || !m->probe)
		return;
	m->in_callback++;
	m->probe(m->probe_arg, id, title, contacts);
	m->in_callback--;
}

void sw_mailer_wait(struct sw_mailer *m, const char *what, double since_ms, double limit_ms)
{
	if (m->doomed || !m->wait)
		return;
	m->in_callback++;
	m->wait(m->wait_arg, what, since_ms, limit_ms);
	m->in_callback--;
}

void sw_mailer_say(struct sw_mailer *m, double ms, const char *mark, const char *text)
{
	if (m->doomed || !m->dialogue)
		return;
	m->in_callback++;
	m->dialogue(m->dialogue_arg, ms, mark, text);
	m->in_callback--;
}

enum sw_err sw_mailer_begin(struct sw_mailer *m)
{
	enum sw_err e = sw_step_busy(m);

	if (!e)
		sw_mailer_forget(m);
	return e;
}

enum sw_err sw_mailer_ended(struct sw_mailer *m, enum sw_err e)
{
	if (m->doomed && !m->in_callback && !m->pools && !m->step)
		sw_mailer_free(m);
	return e;
}
