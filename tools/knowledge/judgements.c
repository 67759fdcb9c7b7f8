/* SPDX-License-Identifier: MIT */
/* Checks the judgements of a directory: whether they can be understood, and their cases. */
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/mem.h"
#include "files.h"
#include "verdict/judge.h"
#include "verdict/judge_condition.h"

static const char usage[] =
	"usage: judgements [OPTION...] DIRECTORY\n"
	"\n"
	"Loads DIRECTORY/*.yaml, findings/ and judgements/ below it, checks the conditions of "
	"all\n"
	"judgements against the facts that there are, and runs their cases: in each of `yes` "
	"the\n"
	"judgement's finding must stand first, in each of `no` it must not.  Ends with 1 when "
	"a file\n"
	"is broken or a case fails.\n"
	"\n"
	"  --tap      results as TAP\n"
	"  --judge    judges the facts on standard input, one a line, and prints what stands\n"
	"  --missing  names the findings that have no judgement, and no reason for it (lab_why)\n";

/* When the cases happen: $now. 2026-01-01T00:00:00Z */
#define NOW_US (INT64_C(1767225600) * 1000000)

struct checker {
	struct data_files files;
	struct sw_knowledge *k;
	bool tap;
	unsigned tests, failures, complaints, cases;
};

static void complain(void *arg, const char *file, unsigned line, const char *text)
{
	struct checker *c = arg;

	c->complaints++;
	printf("%s%s:%u: %s\n", c->tap ? "# " : "", file, line, text);
}

/* One result; what is wrong is in `text`. */
static void result(struct checker *c, bool ok, const char *file, size_t line, const char *id,
		   const char *text)
{
	c->tests++;
	c->failures += !ok;
	if (c->tap)
		printf("%s %u - %s line %zu: %s\n", ok ? "ok" : "not ok", c->tests, file, line,
		       id);
	if (!ok)
		printf("%s%s:%zu: %s: %s\n", c->tap ? "# " : "", file, line, id, text);
}

static const char *scalar(const yaml_node_t *n)
{
	return n && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : "";
}

static yaml_node_t *value_of(yaml_document_t *d, const yaml_node_t *map, const char *key)
{
	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     p < map->data.mapping.pairs.top; p++)
		if (strcmp(scalar(yaml_document_get_node(d, p->key)), key) == 0)
			return yaml_document_get_node(d, p->value);
	return NULL;
}

static size_t items_of(const yaml_node_t *list)
{
	if (!list || list->type != YAML_SEQUENCE_NODE)
		return 0;
	return (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
}

static yaml_node_t *item_of(yaml_document_t *d, const yaml_node_t *list, size_t i)
{
	return yaml_document_get_node(d, list->data.sequence.items.start[i]);
}

static size_t line_of(const yaml_node_t *n)
{
	return n->start_mark.line + 1;
}

/* What stands, as "SW-T08 confirmed 95, SW-T09 possible 30". */
static void describe(const struct sw_verdict *v, char *out, size_t size)
{
	size_t used = 0;

	snprintf(out, size, "nothing");
	for (const struct sw_finding *f = v->findings; f && used + 80 < size; f = f->next)
		used += (size_t)snprintf(out + used, size - used, "%s%s %s %u (%s)%s%s",
					 used ? ", " : "", f->code,
					 sw_finding_state_name(f->state), f->confidence,
					 *f->rule ? f->rule : "category",
					 f->explained_by ? " explained by " : "",
					 f->explained_by ? f->explained_by : "");
}

static bool stands(const struct sw_finding *f)
{
	return f->state <= SW_FINDING_POSSIBLE && !f->explained_by;
}

/* A case that must (or must not) give the finding. */
static void run_case(struct checker *c, yaml_document_t *d, const char *file,
		     yaml_node_t *lines, const char *id, const char *finding, bool yes)
{
	struct sw_facts *facts = sw_facts_new(NULL, 0, NOW_US);
	struct sw_arena arena;
	struct sw_verdict v = { 0 };
	struct sw_error err;
	char text[2000], seen[1500];
	bool ok = facts != NULL;

	c->cases++;
	sw_arena_init(&arena);
	snprintf(text, sizeof(text), "no facts");
	for (size_t i = 0; ok && i < items_of(lines); i++) {
		ok = !sw_fact_line(facts, sw_slice_str(scalar(item_of(d, lines, i))), &err);
		if (!ok)
			snprintf(text, sizeof(text), "fact %zu: %s", i + 1, err.text);
	}
	ok = ok && items_of(lines) > 0;
	if (ok && sw_judge(c->k, facts, &arena, &v, &err)) {
		ok = false;
		snprintf(text, sizeof(text), "%s", err.text);
	} else if (ok) {
		const struct sw_finding *f = v.findings;
		bool first = f && stands(f) && strcmp(f->code + strlen("SW-"), finding) == 0;

		/* The rule itself must have spoken, or another one of the same finding. */
		ok = yes ? first && *f->rule : !(first && *f->rule);
		describe(&v, seen, sizeof(seen));
		snprintf(text, sizeof(text), "%s: SW-%s %s stand first; there is: %s",
			 yes ? "yes" : "no", finding, yes ? "must" : "must not", seen);
	}
	result(c, ok, file, line_of(lines), id, text);
	sw_arena_fini(&arena);
	sw_facts_free(facts);
}

static void run_cases(struct checker *c, yaml_document_t *d, const char *file,
		      const yaml_node_t *judgement, const char *key, bool yes)
{
	const yaml_node_t *cases = value_of(d, judgement, key);
	const char *id = scalar(value_of(d, judgement, "id"));
	const char *finding = scalar(value_of(d, judgement, "finding"));

	if (items_of(cases) == 0)
		result(c, false, file, line_of(judgement), id,
		       yes ? "no case in `yes`, expected one at least"
			   : "no case in `no`, expected one at least");
	for (size_t i = 0; i < items_of(cases); i++)
		run_case(c, d, file, item_of(d, cases, i), id, finding, yes);
}

static void check_rule(struct checker *c, const char *file, const yaml_node_t *node,
		       const char *id)
{
	struct sw_error err;

	for (size_t i = 0; i < sw_judgement_count(c->k); i++)
		if (strcmp(sw_judgement_at(c->k, i).id, id) == 0) {
			bool ok = !sw_judgement_check(c->k, i, &err);

			result(c, ok, file, line_of(node), id, ok ? "" : err.text);
			return;
		}
	/* Its file is broken, which was told. */
}

static void check_file(struct checker *c, const struct sw_knowledge_source *source)
{
	yaml_parser_t parser;
	yaml_document_t d;

	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)source->yaml.ptr,
				     source->yaml.len);
	if (yaml_parser_load(&parser, &d)) {
		const yaml_node_t *list =
			value_of(&d, yaml_document_get_root_node(&d), "judgements");

		for (size_t i = 0; i < items_of(list); i++) {
			const yaml_node_t *j = item_of(&d, list, i);

			check_rule(c, source->name, j, scalar(value_of(&d, j, "id")));
			run_cases(c, &d, source->name, j, "yes", true);
			run_cases(c, &d, source->name, j, "no", false);
		}
		yaml_document_delete(&d);
	}
	yaml_parser_delete(&parser);
}

static void print_lines(const struct sw_evidence_line *l, const char *mark)
{
	for (; l; l = l->next)
		printf("    %s %s\n    %s %s\n", mark, l->text[SW_LANG_EN], mark,
		       l->text[SW_LANG_RU]);
}

static bool judge_stdin(struct checker *c)
{
	struct sw_facts *facts = sw_facts_new(NULL, 0, NOW_US);
	struct sw_arena arena;
	struct sw_verdict v;
	struct sw_error err;
	char line[16 * 1024];
	bool ok = facts != NULL;

	sw_arena_init(&arena);
	while (ok && fgets(line, sizeof(line), stdin)) {
		struct sw_slice s = sw_slice_trim(sw_slice_str(line));

		ok = s.len == 0 || s.ptr[0] == '#' || !sw_fact_line(facts, s, &err);
		if (!ok)
			fprintf(stderr, "%s\n", err.text);
	}
	ok = ok && !sw_judge(c->k, facts, &arena, &v, &err);
	for (const struct sw_finding *f = ok ? v.findings : NULL; f; f = f->next) {
		printf("%s %s %u (%s)%s%s: %s\n", f->code, sw_finding_state_name(f->state),
		       f->confidence, *f->rule ? f->rule : "category",
		       f->explained_by ? " explained by " : "",
		       f->explained_by ? f->explained_by : "", f->title[SW_LANG_EN]);
		print_lines(f->because, "|");
		print_lines(f->against, "-");
	}
	for (size_t i = 0; ok && i < v.want_count && i < 5; i++)
		printf("wants %s %s (%u)\n", sw_fact_name(v.wants[i].type),
		       v.wants[i].selection, v.wants[i].gain);
	sw_arena_fini(&arena);
	sw_facts_free(facts);
	return ok;
}

static void say_missing(const struct checker *c)
{
	for (size_t i = 0; i < sw_finding_count(c->k); i++) {
		bool has = false;

		for (size_t j = 0; j < sw_judgement_count(c->k); j++)
			has = has || sw_judgement_at(c->k, j).finding == i;
		/* One that no machine of ours can make says why not. */
		if (!has && sw_finding_at(c->k, i).lab)
			printf("%s %s\n", sw_finding_at(c->k, i).code,
			       sw_finding_at(c->k, i).title_plain[SW_LANG_EN]);
	}
}

static bool run(struct checker *c, const char *directory, const char *what)
{
	struct sw_error err;

	if (!data_files_read(&c->files, directory))
		return false;
	c->k = sw_knowledge_load(NULL, c->files.sources, c->files.count, complain, c, &err);
	if (!c->k) {
		fprintf(stderr, "%s: %s\n", directory, err.text);
		return false;
	}
	if (strcmp(what, "--judge") == 0)
		return judge_stdin(c);
	if (strcmp(what, "--missing") == 0) {
		say_missing(c);
		return true;
	}
	for (size_t i = 0; i < c->files.count; i++)
		check_file(c, &c->files.sources[i]);
	result(c, c->complaints == 0, directory, 0, "all files are well formed", "see above");
	if (c->tap)
		printf("1..%u\n", c->tests);
	printf("%s%zu findings, %zu judgements, %u cases; %u tests, %u failed\n",
	       c->tap ? "# " : "", sw_finding_count(c->k), sw_judgement_count(c->k), c->cases,
	       c->tests, c->failures);
	return c->failures == 0;
}

int main(int argc, char **argv)
{
	struct checker c = { 0 };
	const char *directory = NULL, *what = "";

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--tap") == 0)
			c.tap = true;
		else if (strcmp(argv[i], "--judge") == 0 || strcmp(argv[i], "--missing") == 0)
			what = argv[i];
		else if (argv[i][0] != '-' && !directory)
			directory = argv[i];
		else
			directory = NULL, i = argc;
	}
	if (!directory) {
		fputs(usage, stderr);
		return 64;
	}
	bool ok = run(&c, directory, what);

	sw_knowledge_free(c.k);
	data_files_fini(&c.files);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
