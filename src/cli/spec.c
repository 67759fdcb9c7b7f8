/* SPDX-License-Identifier: MIT */
#include "cli/spec.h"

#include <string.h>

#include "cli/mem.h"
#include "cli/option.h"

bool cli_spec_parse(const char *text, struct cli_spec *ret)
{
	static const char *const words[] = { ";type=", ";name=", ";cid=" };
	struct cli_spec spec = { .path = cli_dup(text) };
	const char **const places[] = { &spec.type, &spec.name, &spec.cid };

	if (!spec.path)
		return false;
	for (char *at = strchr(spec.path, ';'); at; at = strchr(at + 1, ';'))
		for (size_t i = 0; i < CLI_LEN(words); i++)
			if (strncmp(at, words[i], strlen(words[i])) == 0) {
				*places[i] = at + strlen(words[i]);
				*at = '\0';
				at += strlen(words[i]) - 1;
				break;
			}
	*ret = spec;
	return true;
}
