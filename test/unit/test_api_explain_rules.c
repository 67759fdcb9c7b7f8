/* SPDX-License-Identifier: MIT */
/* Rules of a user's own: found, over the built-in ones, and harmless when they are wrong. */
#include "sw_test.h"

#include <unistd.h>

#include <sendwell/explain.h>

static const char good[] = "rules:\n"
			   "  - id: acme-plugh\n"
			   "    reply: [\"550\"]\n"
			   "    text: [\"plugh frobozz\"]\n"
			   "    category: policy.greylist\n"
			   "    meaning:\n"
			   "      en: The filter of ACME takes a rest.\n"
			   "      ru: Фильтр ACME отдыхает.\n"
			   "    yes:\n"
			   "      - \"550 5.7.1 plugh frobozz\"\n";

struct place {
	char dir[64];
	char complaints[4096];
	unsigned count, line;
};

static int setup(void **state)
{
	struct place *p = sw_calloc(1, sizeof(*p));

	assert_non_null(p);
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/sendwell-rules-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	*state = p;
	return 0;
}

static const char *const names[] = { "good.yaml", "bad.yaml", "worse.yml", "notes.txt",
				     ".hidden.yaml" };

static void path_of(const struct place *p, const char *name, char out[128])
{
	(void)snprintf(out, 128, "%s/%s", p->dir, name);
}

static void put(const struct place *p, const char *name, const char *text)
{
	char path[128];

	path_of(p, name, path);
	assert_ok(sw_file_replace(path, 0600, sw_slice_str(text), NULL));
}

static int teardown(void **state)
{
	struct place *p = *state;
	char path[128];

	for (size_t i = 0; i < SW_LEN(names); i++) {
		path_of(p, names[i], path);
		(void)unlink(path);
	}
	(void)rmdir(p->dir);
	sw_free(p);
	return 0;
}

static void complain(void *arg, const char *file, unsigned line, const char *text)
{
	struct place *p = arg;
	size_t used = strlen(p->complaints);

	p->count++;
	p->line = line;
	(void)snprintf(p->complaints + used, sizeof(p->complaints) - used, "%s:%u: %s\n", file,
		       line, text);
}

static struct sw_reading first(struct sw_explainer *e, const char *text,
			       struct sw_explanation **x)
{
	assert_ok(sw_explainer_read(e, text, strlen(text), x));
	assert_true(sw_explanation_count(*x) > 0);
	return sw_explanation_reading(*x, 0);
}

static void a_rule_of_the_user_wins_where_it_fits(void **state)
{
	struct sw_explainer *e = sw_explainer_new();
	struct place *p = *state;
	struct sw_explanation *x = NULL;

	assert_non_null(e);
	put(p, "good.yaml", good);
	put(p, "notes.txt", "no: [yaml");
	put(p, ".hidden.yaml", "no: [yaml");
	assert_ok(sw_explainer_add_rules(e, p->dir, complain, p));
	if (p->count)
		print_error("# %s", p->complaints);
	assert_int_equal(0, p->count);
	struct sw_reading r = first(e, "550 5.7.1 plugh, frobozz!", &x);

	assert_string_equal("acme-plugh", r.rule);
	assert_string_equal("policy.greylist", r.category);
	assert_string_equal("The filter of ACME takes a rest.", r.meaning);
	sw_explanation_free(x);
	assert_ok(sw_explainer_set(e, "language", "ru"));
	r = first(e, "550 5.7.1 plugh, frobozz!", &x);
	assert_string_equal("Фильтр ACME отдыхает.", r.meaning);
	sw_explanation_free(x);
	/* What is built in is there as before. */
	r = first(e, "552 5.2.2 mailbox full", &x);
	assert_string_equal("recipient.full", r.category);
	sw_explanation_free(x);
	/* And it can be looked up. */
	r = first(e, "acme-plugh", &x);
	assert_string_equal("rule", r.kind);
	sw_explanation_free(x);
	sw_explainer_free(e);
}

static void a_broken_file_is_told_and_the_others_count(void **state)
{
	struct sw_explainer *e = sw_explainer_new();
	struct place *p = *state;
	struct sw_explanation *x = NULL;

	assert_non_null(e);
	put(p, "good.yaml", good);
	put(p, "bad.yaml", "rules:\n  - id: broken\n    colour: red\n");
	put(p, "worse.yml", "rules: [\n");
	assert_ok(sw_explainer_add_rules(e, p->dir, complain, p));
	assert_true(p->count >= 2);
	assert_non_null(strstr(p->complaints, "colour"));
	assert_non_null(strstr(p->complaints, "worse.yml"));
	assert_null(strstr(p->complaints, "good.yaml"));
	struct sw_reading r = first(e, "550 5.7.1 plugh frobozz", &x);

	assert_string_equal("acme-plugh", r.rule);
	sw_explanation_free(x);
	sw_explainer_free(e);
}

static void sets_lie_over_each_other_up_to_a_limit(void **state)
{
	struct sw_explainer *e = sw_explainer_new();
	struct place *p = *state;
	enum sw_err code = SW_OK;
	unsigned sets = 0;

	assert_non_null(e);
	put(p, "good.yaml", good);
	assert_ok(sw_explainer_add_rules(e, "/nonexistent/rules.d", complain, p));
	while (!code && sets < 100) {
		code = sw_explainer_add_rules(e, p->dir, complain, p);
		sets += !code;
	}
	assert_err(code, SW_E_LIMIT);
	assert_int_equal(SW_MAX_KNOWLEDGE_LAYERS - 1, sets);
	assert_true(*sw_explainer_error_text(e));
	sw_explainer_free(e);
}

static void nothing_is_lost_when_memory_is(void **state)
{
	struct place *p = *state;

	put(p, "good.yaml", good);
	for (long n = 1;; n++) {
		struct sw_explainer *e = sw_explainer_new();
		long live = sw_mem_live();

		assert_non_null(e);
		sw_mem_fail_at(n);
		enum sw_err code = sw_explainer_add_rules(e, p->dir, complain, p);
		bool failed = sw_mem_failed();

		sw_mem_fail_at(0);
		if (failed)
			assert_err(code, SW_E_NOMEM);
		else
			assert_ok(code);
		if (code)
			assert_int_equal(live, sw_mem_live());
		sw_explainer_free(e);
		if (!failed)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_rule_of_the_user_wins_where_it_fits, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_broken_file_is_told_and_the_others_count,
						setup, teardown),
		cmocka_unit_test_setup_teardown(sets_lie_over_each_other_up_to_a_limit, setup,
						teardown),
		cmocka_unit_test_setup_teardown(nothing_is_lost_when_memory_is, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
