/* SPDX-License-Identifier: MIT */
/* YAML to an image: used by the build for data/, and at run time for rules.d.  A file that is
 * broken is reported with name, line and what was expected, and left out; the others count. */
#ifndef SW_KNOWLEDGE_LOAD_H
#define SW_KNOWLEDGE_LOAD_H

#include "knowledge/knowledge.h"

struct sw_knowledge_source {
	const char *name;
	struct sw_slice yaml;
};
/* Where and what; `line` 0 when the whole file is meant. */
typedef void (*sw_knowledge_complaint)(void *arg, const char *file, unsigned line,
				       const char *text);

/* A set of sources over `under` (NULL: nothing below; it must outlive the result).  Rules and
 * codes of the sources with the id of one below replace it.  On failure (memory, more than
 * limits.h allows) NULL and *err. */
struct sw_knowledge *sw_knowledge_load(const struct sw_knowledge *under,
				       const struct sw_knowledge_source *sources, size_t count,
				       sw_knowledge_complaint complain, void *arg,
				       struct sw_error *err);
void sw_knowledge_free(struct sw_knowledge *k);

#endif
