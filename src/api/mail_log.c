/* SPDX-License-Identifier: MIT */
#include "api/mail_log.h"

#include <string.h>
#include <unistd.h>

#include "api/queue_id.h"
#include "base/file.h"
#include "read/mail_log.h"
#include "verdict/derive.h"

static const char *const usual[] = { "/var/log/mail.log", "/var/log/maillog",
				     "/var/log/exim4/mainlog" };

/* The end of it: what was sent lately. A line that is cut in two is none of a queue id. */
static enum sw_err read_tail(const char *path, struct sw_buf *out, struct sw_error *err)
{
	uint64_t size;
	int fd;
	enum sw_err e = sw_file_open(path, SW_FILE_INPUT, &fd, &size, err);

	if (e)
		return e;
	if (size > SW_MAX_MAIL_LOG && lseek(fd, (off_t)(size - SW_MAX_MAIL_LOG), SEEK_SET) < 0)
		e = sw_fail(err, SW_E_OS, "%s: cannot be read from its middle", path);
	/* It grows while it is read. */
	if (!e)
		e = sw_fd_read(fd, 2 * SW_MAX_MAIL_LOG, SW_NEVER, path, out, err);
	(void)close(fd);
	return e;
}

static void untested(struct sw_facts *f, const char *reason)
{
	SW_STATE(f, SW_FACT_PROBE_UNTESTED, SW_STAGE_RELAY, "log", 0,
		 SW_F_STR("what", "the relay's log"), SW_F_STR("reason", reason),
		 SW_F_STR("probe", "mail_log"), SW_F_STR("types", "relay.log"));
}

/* The reply to the message that was accepted; NULL: none was, and there is nothing to look
 * for. */
static const struct sw_fact *acceptance(const struct sw_facts *f)
{
	const struct sw_fact *last = NULL;

	for (size_t i = 0; i < sw_facts_count(f); i++) {
		const struct sw_fact *fact = sw_facts_get(f, i);

		if (fact->type == SW_FACT_REPLY && sw_fact_int(fact, "code", 0) / 100 == 2 &&
		    sw_slice_eq(sw_fact_text(fact, "command"), SW_S(".")))
			last = fact;
	}
	return last;
}

static struct sw_slice accepted_recipient(const struct sw_facts *f)
{
	for (size_t i = 0; i < sw_facts_count(f); i++) {
		const struct sw_fact *fact = sw_facts_get(f, i);

		if (fact->type == SW_FACT_RECIPIENT &&
		    sw_slice_eq(sw_fact_text(fact, "outcome"), SW_S("accepted")))
			return sw_fact_text(fact, "recipient");
	}
	return (struct sw_slice){ "", 0 };
}

static bool is_this_machine(const struct sw_facts *f)
{
	const struct sw_fact *tcp = sw_facts_last(f, SW_FACT_TCP_ATTEMPT);
	struct sw_slice address = sw_fact_text(tcp, "address");
	int family;
	const char *kind = sw_address_kind(address, &family);

	return (kind && strcmp(kind, "loopback") == 0) ||
	       (address.len && sw_slice_eq(address, sw_fact_text(tcp, "local_address")));
}

static void look(struct sw_facts *f, struct sw_slice log, const struct sw_fact *reply)
{
	const struct sw_mail_log_query q = {
		.queue_id = sw_queue_id_find(sw_fact_text(reply, "text")),
		.recipient = accepted_recipient(f),
	};
	struct sw_mail_log_answer a;

	sw_mail_log_find(log, &q, &a);
	if (a.status == SW_MAIL_LOG_UNKNOWN)
		return;
	SW_STATE(f, SW_FACT_RELAY_LOG, SW_STAGE_RELAY, "log", 0,
		 SW_F_TEXT("queue_id", a.queue_id),
		 SW_F_STR("status", sw_mail_log_status_name(a.status)),
		 SW_F_TEXT("relay",
			   sw_fact_text(sw_facts_last(f, SW_FACT_SEND_WISH), "server")),
		 SW_F_TEXT("text", a.text));
}

void sw_mail_log_state(const char *path, struct sw_facts *f)
{
	const struct sw_fact *reply = acceptance(f);
	bool automatic = path && strcmp(path, "auto") == 0;
	SW_CLEANUP(sw_buf_fini) struct sw_buf log = { .max = 2 * SW_MAX_MAIL_LOG };
	struct sw_error err = { 0 };
	enum sw_err e = SW_E_NOINPUT;

	if (!path || !reply || (automatic && !is_this_machine(f)))
		return;
	if (!automatic)
		e = read_tail(path, &log, &err);
	/* A log that only the administrator may read is usual, and nothing to be told. */
	for (size_t i = 0; automatic && e && i < SW_LEN(usual); i++)
		e = read_tail(usual[i], &log, &err);
	if (!e)
		look(f, sw_buf_slice(&log), reply);
	else if (!automatic)
		untested(f, err.text);
	sw_error_clear(&err);
}
