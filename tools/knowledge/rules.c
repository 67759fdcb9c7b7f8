/* SPDX-License-Identifier: MIT */
/* Checks a directory of rules; see usage below. */
#include "rules.h"

#include <stdlib.h>

#include "base/mem.h"

static const char usage[] =
	"usage: rules [OPTION...] DIRECTORY\n"
	"\n"
	"Loads DIRECTORY/*.yaml and DIRECTORY/replies/*.yaml, runs the lines `yes` and `no` of\n"
	"all rules and errors, and says what else looks wrong.  Ends with 1 when a file is\n"
	"broken or a line fails.\n"
	"\n"
	"  --tap             results as TAP\n"
	"  --quiet           no warnings\n"
	"  --score FILE.tsv  classifies the replies of a table (columns text, category, reply_page,\n"
	"                    status) and prints misses, confusions and accuracy\n"
	"  --classify        classifies the lines of standard input (@mx= @banner= @stage= in front)\n";

void rules_say(struct rule_set *s, bool warning, const struct kn_file *file,
	       enum kn_part section, size_t item, const char *key, size_t entry,
	       const char *fmt, ...)
{
	char text[2048];
	va_list args;

	if (warning)
		s->warnings++;
	else
		s->failures++;
	if (warning && s->quiet)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	unsigned line = file ? sw_doc_line(&file->marks, sw_kn_section_names[section], item,
					   key, entry) :
			       0;

	if (s->tap && !warning)
		printf("not ok %u - %s line %u\n", s->tests, file ? file->name : "", line);
	if (file)
		printf("%s%s:%u: ", s->tap ? "# " : "", file->name, line);
	else if (s->tap)
		printf("# ");
	printf("%s", warning ? "warning: " : "");
	for (const char *c = text; *c; c++)
		printf("%c%s", *c, *c == '\n' && s->tap ? "# " : "");
	printf("\n");
}

static void complain(void *arg, const char *file, unsigned line, const char *text)
{
	struct rule_set *s = arg;

	s->complaints++;
	printf("%s%s:%u: %s\n", s->tap ? "# " : "", file, line, text);
}

static bool load(struct rule_set *s, const char *directory)
{
	struct sw_error err;

	if (!data_files_read(&s->files, directory))
		return false;
	s->loading.complain = complain;
	s->loading.arg = s;
	if (sw_kn_loading_read(&s->loading, s->files.sources, s->files.count, &err) ||
	    sw_kn_loading_build(&s->loading, &s->image, &err)) {
		fprintf(stderr, "%s: %s\n", directory, err.text);
		return false;
	}
	s->k.image = s->image;
	return true;
}

static void summary(struct rule_set *s)
{
	s->tests++;
	if (s->tap) {
		printf("%s %u - all files are well formed\n", s->complaints ? "not ok" : "ok",
		       s->tests);
		printf("1..%u\n", s->tests);
	}
	printf("%s%zu categories, %zu codes, %zu vendors, %zu rules, %zu errors; %u patterns in "
	       "%u bytes; %u tests, %u failed, %u complaints, %u warnings\n",
	       s->tap ? "# " : "", sw_category_count(&s->k), sw_code_count(&s->k),
	       sw_vendor_count(&s->k), sw_rule_count(&s->k), sw_knowledge_error_count(&s->k),
	       s->image->part[KN_PATTERNS].count, s->image->size, s->tests - 1, s->failures,
	       s->complaints, s->warnings);
}

static bool run(struct rule_set *s, const char *directory, const char *score, bool classify)
{
	if (!load(s, directory))
		return false;
	if (score)
		return rules_score(s, score);
	if (classify) {
		rules_classify(s, stdin);
		return true;
	}
	rules_check_lines(s);
	rules_check_style(s);
	summary(s);
	return s->failures + s->complaints == 0;
}

int main(int argc, char **argv)
{
	struct rule_set s = { 0 };
	const char *directory = NULL, *score = NULL;
	bool classify = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--tap") == 0)
			s.tap = true;
		else if (strcmp(argv[i], "--quiet") == 0)
			s.quiet = true;
		else if (strcmp(argv[i], "--classify") == 0)
			classify = true;
		else if (strcmp(argv[i], "--score") == 0 && i + 1 < argc)
			score = argv[++i];
		else if (argv[i][0] != '-' && !directory)
			directory = argv[i];
		else
			directory = NULL, i = argc;
	}
	if (!directory) {
		fputs(usage, stderr);
		return 64;
	}
	bool ok = run(&s, directory, score, classify);

	sw_kn_loading_fini(&s.loading);
	sw_free(s.image);
	data_files_fini(&s.files);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
