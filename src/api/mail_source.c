/* SPDX-License-Identifier: MIT */
#include <sendwell/mail_source.h>

#include "base/mem.h"
#include "read/mails.h"

struct sw_mail_source {
	struct sw_mails mails;
	struct sw_error err;
};

struct sw_mail_source *sw_mail_source_new(void)
{
	struct sw_mail_source *m = sw_calloc(1, sizeof(*m));

	if (m)
		sw_mails_init(&m->mails);
	return m;
}

void sw_mail_source_free(struct sw_mail_source *m)
{
	if (!m)
		return;
	sw_mails_fini(&m->mails);
	sw_free(m);
}

enum sw_err sw_mail_source_open(struct sw_mail_source *m, const char *path)
{
	sw_error_clear(&m->err);
	return sw_mails_open(&m->mails, path, &m->err);
}

enum sw_err sw_mail_source_open_fd(struct sw_mail_source *m, int fd, const char *name)
{
	sw_error_clear(&m->err);
	return sw_mails_open_fd(&m->mails, fd, name, &m->err);
}

enum sw_err sw_mail_source_next(struct sw_mail_source *m, struct sw_mail *ret)
{
	struct sw_mails_message found;

	sw_error_clear(&m->err);
	enum sw_err code = sw_mails_next(&m->mails, &found, &m->err);

	*ret = (struct sw_mail){ .file = NULL, .bytes = "" };
	if (!code && found.file)
		*ret = (struct sw_mail){ .file = found.file,
					 .index = found.index,
					 .bytes = found.bytes.len ? found.bytes.ptr : "",
					 .len = found.bytes.len,
					 .cut = found.cut };
	return code;
}

unsigned sw_mail_source_permille(const struct sw_mail_source *m)
{
	return sw_mails_permille(&m->mails);
}

const char *sw_mail_source_error_text(const struct sw_mail_source *m)
{
	return m->err.text;
}
