/* SPDX-License-Identifier: MIT */
/* The story of a cause. */
#include <sendwell/text.h>

#include "cli/diagnose.h"
#include "cli/wrap.h"

static void say_blank(struct cli *c)
{
	cli_say(&c->out, CLI_PLAIN, "%s", "");
}

static void say_row(struct cli *c, const char *const label[2], const char *text)
{
	char *first = cli_printf("%s: ", label[cli_is_russian(c)]);

	if (*text)
		cli_wrap(&c->out, CLI_PLAIN, cli_said(&c->out, first), "  ", text);
	cli_free(first);
}

static int story_json(struct cli *c, const struct sw_explainer *e, const char *code)
{
	char *json = sw_explainer_story_json(e, code);

	if (!json)
		return cli_fail_nomem(&c->out);
	cli_say_json(&c->out, json);
	sw_text_free(json);
	return 0;
}

int cli_explain_story(struct cli *c, const struct sw_explainer *e, const char *code)
{
	static const char *const labels[][2] = {
		{ "The test that decides", "Решающая проверка" },
		{ "Mistaken for", "Похоже на" },
		{ "Check again", "Проверить снова" },
	};
	struct sw_story s = sw_explainer_story(e, code);

	if (c->out.json)
		return story_json(c, e, code);
	if (c->out.quiet)
		return 0;
	char *title = cli_printf("SW-%s  %s", s.code, s.title);

	cli_wrap(&c->out, CLI_STRONG, "", "        ", cli_said(&c->out, title));
	cli_free(title);
	say_blank(c);
	cli_wrap(&c->out, CLI_PLAIN, "", "", s.story);
	say_blank(c);
	for (size_t n = 0; n < s.remedy_count; n++) {
		struct sw_diagnosed_remedy r = sw_explainer_story_remedy(e, code, n);

		cli_diagnose_remedy(c, &r);
	}
	say_blank(c);
	say_row(c, labels[0], s.test);
	for (size_t n = 0; n < s.lookalike_count; n++) {
		struct sw_story other = sw_explainer_story_lookalike(e, code, n);
		char *text = cli_printf("%s [SW-%s]", other.title, other.code);

		say_row(c, labels[1], cli_said(&c->out, text));
		cli_free(text);
	}
	say_row(c, labels[2], s.recheck);
	return 0;
}
