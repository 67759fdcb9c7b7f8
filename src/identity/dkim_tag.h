/* SPDX-License-Identifier: MIT */
/* Tag lists (RFC 6376 3.2): "v=1; a=rsa-sha256; ...", as signatures and key records have them.
 */
#ifndef SW_IDENTITY_DKIM_TAG_H
#define SW_IDENTITY_DKIM_TAG_H

#include "base/limits.h"
#include "base/slice.h"

struct sw_dkim_tag {
	struct sw_slice name;
	struct sw_slice value; /* without blanks and folding around it */
	struct sw_slice raw;   /* all between "=" and ";" */
};
/* Slices of the text that was read. */
struct sw_dkim_tags {
	struct sw_dkim_tag list[SW_MAX_DKIM_TAGS];
	size_t count;
};

/* NULL, or what is wrong with it (a static text).  Strict: names begin with a letter, no name
 * comes twice, nothing stands between semicolons, only the last semicolon may be missing.
 * Bytes beyond ASCII may stand in values (RFC 8616). */
const char *sw_dkim_tags_parse(struct sw_slice text, struct sw_dkim_tags *ret);
/* Names count by case; NULL when there is none. */
const struct sw_dkim_tag *sw_dkim_tags_find(const struct sw_dkim_tags *t, const char *name);
/* Without blanks, tabs and line ends around it. */
struct sw_slice sw_dkim_trim(struct sw_slice s);
/* The next piece of a list with colons (h=, s=, t=, q=), trimmed; false at the end.  Begin
 * with *pos 0. */
bool sw_dkim_list_next(struct sw_slice list, size_t *pos, struct sw_slice *ret);

#endif
