/* SPDX-License-Identifier: MIT */
/* The YAML files of a data directory, in the order in which they are joined. */
#ifndef SW_TOOLS_KNOWLEDGE_FILES_H
#define SW_TOOLS_KNOWLEDGE_FILES_H

#include "knowledge/load.h"

struct data_files {
	struct sw_knowledge_source *sources; /* names without the directory */
	char **paths;
	size_t count, cap;
};
/* data/?.yaml, then those of data/replies, data/findings and data/judgements, each by name.
 * Says what is wrong on standard error and returns false. */
bool data_files_read(struct data_files *f, const char *directory);
void data_files_fini(struct data_files *f);

#endif
