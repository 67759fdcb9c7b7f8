/* SPDX-License-Identifier: MIT */
/* How many replies a second sw_classify reads, on one core, and how many lines they are: a
 * reply of three lines is three.
 *
 * usage: bench_classify DIRECTORY [ROUNDS]
 *
 * The replies are the `yes` lines of the rules in DIRECTORY; the rules are those, too.  The
 * best of five runs counts, since others only tell what else the machine did.  With ROUNDS one
 * run of so many rounds is done, for callgrind. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "rules.h"

enum { RUNS = 5, LINES_A_RUN = 400 * 1000 };

struct lines {
	struct rule_line *at;
	size_t count, bytes, lines;
};

/* Failures of rules are not our business. */
void rules_say(struct rule_set *s, bool warning SW_UNUSED,
	       const struct kn_file *file SW_UNUSED, enum kn_part section SW_UNUSED,
	       size_t item SW_UNUSED, const char *key SW_UNUSED, size_t entry SW_UNUSED,
	       const char *fmt SW_UNUSED, ...)
{
	s->failures++;
}

static void complain(void *arg SW_UNUSED, const char *file, unsigned line, const char *text)
{
	fprintf(stderr, "%s:%u: %s\n", file, line, text);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t count_lines(const struct kn_loading *l)
{
	size_t count = 0;

	for (size_t f = 0; f < l->count; f++)
		for (size_t i = 0; l->files[f].doc && i < l->files[f].doc->rules_count; i++)
			count += l->files[f].doc->rules[i].yes_count;
	return count;
}

/* Lines of a reply; the last one may have no end. */
static size_t lines_of(struct sw_slice text)
{
	size_t count = text.len > 0 && text.ptr[text.len - 1] != '\n';

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '\n';
	return count;
}

static void collect(const struct kn_loading *l, struct lines *ret)
{
	for (size_t f = 0; f < l->count; f++) {
		const struct doc *d = l->files[f].doc;

		for (size_t i = 0; d && i < d->rules_count; i++)
			for (size_t y = 0; y < d->rules[i].yes_count; y++) {
				ret->at[ret->count] = rule_line_parse(d->rules[i].yes[y]);
				ret->lines += lines_of(ret->at[ret->count].text);
				ret->bytes += ret->at[ret->count++].text.len;
			}
	}
}

/* Returns something that depends on each result, so that none is left out. */
static unsigned long run(const struct rule_set *s, const struct lines *lines, size_t rounds)
{
	unsigned long sum = 0;

	for (size_t r = 0; r < rounds; r++)
		for (size_t i = 0; i < lines->count; i++) {
			struct sw_class c;

			sw_classify(&s->k, lines->at[i].text, &lines->at[i].context, &c);
			sum += c.category;
		}
	return sum;
}

static void measure(const struct rule_set *s, const struct lines *lines)
{
	size_t rounds = LINES_A_RUN / lines->count + 1;
	double best = 1e9;

	for (int i = 0; i < RUNS; i++) {
		double start = seconds();
		unsigned long sum = run(s, lines, rounds);
		double took = seconds() - start;

		if (sum != (unsigned long)-1 && took < best)
			best = took;
	}
	double count = (double)rounds * (double)lines->count;

	printf("classify: %.0f replies/s, %.0f lines/s on one core, %.0f MB/s, %.0f ns a "
	       "reply "
	       "(%zu different replies of %zu lines and %zu bytes in all; %zu rules, %u "
	       "patterns, "
	       "image of %u KiB)\n",
	       count / best, (double)rounds * (double)lines->lines / best,
	       (double)rounds * (double)lines->bytes / best / 1e6, best / count * 1e9,
	       lines->count, lines->lines, lines->bytes, sw_rule_count(&s->k),
	       s->image->part[KN_PATTERNS].count, s->image->size / 1024);
}

static bool bench(struct rule_set *s, const char *directory, size_t rounds)
{
	struct lines lines = { 0 };
	struct sw_error err = { 0 };

	if (!data_files_read(&s->files, directory))
		return false;
	if (sw_kn_loading_read(&s->loading, s->files.sources, s->files.count, &err) ||
	    sw_kn_loading_build(&s->loading, &s->image, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return false;
	}
	s->k.image = s->image;
	lines.at = sw_calloc(count_lines(&s->loading) + 1, sizeof(*lines.at));
	if (lines.at)
		collect(&s->loading, &lines);
	if (lines.count == 0)
		fprintf(stderr, "%s: no rule there\n", directory);
	else if (rounds)
		printf("%lu\n", run(s, &lines, rounds));
	else
		measure(s, &lines);
	sw_free(lines.at);
	return lines.count > 0;
}

int main(int argc, char **argv)
{
	struct rule_set s = { .loading.complain = complain };

	if (argc < 2) {
		fprintf(stderr, "usage: bench_classify DIRECTORY [ROUNDS]\n");
		return 64;
	}
	bool ok = bench(&s, argv[1], argc > 2 ? strtoul(argv[2], NULL, 10) : 0);

	sw_kn_loading_fini(&s.loading);
	sw_free(s.image);
	data_files_fini(&s.files);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
