/* SPDX-License-Identifier: MIT */
/* Secrets, and what must never show them.  A secret is wiped when it goes.  A redactor knows
 * every form in which the secrets of a session could appear (raw, base64 in its three
 * alignments, hex, the blobs that were sent) and removes them from any text. */
#ifndef SW_BASE_SECRET_H
#define SW_BASE_SECRET_H

#include "base/buf.h"

struct sw_secret {
	char *ptr;	/* NUL-terminated; may hold NUL inside; NULL when unset */
	size_t len;
};

/* Copies; an earlier value is wiped. */
enum sw_err sw_secret_set(struct sw_secret *s, struct sw_slice value) SW_MUST_USE;
void sw_secret_fini(struct sw_secret *s);
/* The first line of `text`, without its line end.  Refuses a NUL byte, an empty line and more
 * than SW_MAX_SECRET (SW_E_CONFIG); `what` names the source in errors, the text never enters. */
enum sw_err sw_secret_first_line(struct sw_secret *ret, struct sw_slice text, const char *what,
				 struct sw_error *err) SW_MUST_USE;
static inline struct sw_slice sw_secret_slice(const struct sw_secret *s)
{
	return (struct sw_slice){ s->ptr, s->len };
}
/* memset that the compiler may not remove. */
void sw_wipe(void *ptr, size_t len);

struct sw_redactor;
struct sw_redactor *sw_redactor_new(void) SW_MUST_USE;
void sw_redactor_free(struct sw_redactor *r);
/* Adds exactly these bytes as something never to be shown (copied; wiped on free).  Shorter than
 * 4 bytes is ignored: it would blacken ordinary words and hide nothing. */
enum sw_err sw_redactor_add_exact(struct sw_redactor *r, struct sw_slice bytes) SW_MUST_USE;
/* Adds a secret in all its forms: raw, base64 at three alignments, hex in both cases,
 * percent-encoded. */
enum sw_err sw_redactor_add(struct sw_redactor *r, struct sw_slice secret) SW_MUST_USE;
/* Appends `in` with each occurrence replaced by "***".  r may be NULL (copies). */
enum sw_err sw_redactor_apply(const struct sw_redactor *r, struct sw_slice in,
			      struct sw_buf *out) SW_MUST_USE;

#endif
