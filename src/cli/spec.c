/* SPDX-License-Identifier: MIT */
#include "cli/spec.h"

#include <string.h>

#include "cli/mem.h"
#include "cli/option.h"

struct word {
	const char *text; /* ";word=" */
	const char **value;
};

static void split(char *text, const struct word *words, size_t count)
{
	for (char *at = strchr(text, ';'); at; at = strchr(at + 1, ';'))
		for (size_t i = 0; i < count; i++)
			if (strncmp(at, words[i].text, strlen(words[i].text)) == 0) {
				*words[i].value = at + strlen(words[i].text);
				*at = '\0';
				at += strlen(words[i].text) - 1;
				break;
			}
}

bool cli_spec_parse(const char *text, struct cli_spec *ret)
{
	struct cli_spec spec = { .path = cli_dup(text) };
	const struct word words[] = { { ";type=", &spec.type },
				      { ";name=", &spec.name },
				      { ";cid=", &spec.cid } };

	if (!spec.path)
		return false;
	split(spec.path, words, CLI_LEN(words));
	*ret = spec;
	return true;
}

bool cli_spec_parse_rcpt(const char *text, struct cli_spec_rcpt *ret)
{
	struct cli_spec_rcpt spec = { .address = cli_dup(text) };
	const struct word words[] = { { ";notify=", &spec.notify },
				      { ";orcpt=", &spec.orcpt } };

	if (!spec.address)
		return false;
	split(spec.address, words, CLI_LEN(words));
	*ret = spec;
	return true;
}
