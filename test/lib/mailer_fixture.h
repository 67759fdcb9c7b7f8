/* SPDX-License-Identifier: MIT */
/* A mailer for a server that follows rules, and a message, for the tests of the public calls.
 */
#ifndef MAILER_FIXTURE_H
#define MAILER_FIXTURE_H

#include <sendwell/sendwell.h>

#include "script_server.h"
#include "sw_test.h"

#define MESSAGE "From: Me <me@a.test>\r\nTo: one@b.test\r\nSubject: x\r\n\r\nhello\r\n"
#define RULES(...)                                                                            \
	(const struct script_rule[])                                                          \
	{                                                                                     \
		__VA_ARGS__,                                                                  \
		{                                                                             \
			0                                                                     \
		}                                                                             \
	}

static inline void set(struct sw_mailer *m, const char *name, const char *value)
{
	enum sw_err e = sw_mailer_set(m, name, value);
	if (e)
		print_error("# %s: %s\n", name, sw_mailer_last_error_text(m));
	assert_ok(e);
}

static inline struct sw_mailer *mailer_for(const struct script_server *s)
{
	char url[64];
	struct sw_mailer *m = sw_mailer_new();
	assert_non_null(m);
	snprintf(url, sizeof(url), "smtp://127.0.0.1:%u?tls=none",
		 (unsigned)script_server_port(s));
	set(m, "server", url);
	set(m, "ehlo", "me.test");
	set(m, "timeout", "5");
	return m;
}

static inline struct sw_message *message_to(size_t count)
{
	static const char *const names[] = { "one@b.test", "two@b.test", "three@b.test" };
	struct sw_message *m = sw_message_new();
	assert_non_null(m);
	assert_ok(sw_message_load_bytes(m, MESSAGE, sizeof(MESSAGE) - 1));
	for (size_t i = 0; i < count; i++)
		assert_ok(sw_message_add_recipient(m, names[i]));
	return m;
}

#endif
