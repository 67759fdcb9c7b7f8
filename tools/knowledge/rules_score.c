/* SPDX-License-Identifier: MIT */
/* How well rules do on replies whose categories are known, and on whatever is typed in. */
#include <stdlib.h>

#include "base/file.h"
#include "knowledge/advice.h"
#include "base/mem.h"
#include "base/text.h"
#include "rules.h"

struct sample {
	struct sw_slice provider, page, status, text, category;
};

/* Columns by the names of the first line. */
static bool read_columns(struct sw_slice header, int column[5])
{
	static const char *const names[] = { "provider", "reply_page", "status", "text",
					     "category" };
	struct sw_slice cell;

	memset(column, -1, 5 * sizeof(*column));
	for (int i = 0; sw_slice_split(&header, '\t', &cell); i++)
		for (int n = 0; n < 5; n++)
			if (sw_slice_eq(sw_slice_trim(cell), sw_slice_str(names[n])))
				column[n] = i;
	return column[3] >= 0 && column[4] >= 0;
}

static struct sample read_sample(struct sw_slice line, const int column[5])
{
	struct sample s = { 0 };
	struct sw_slice *cells[5] = { &s.provider, &s.page, &s.status, &s.text, &s.category };
	struct sw_slice cell;

	for (int i = 0; sw_slice_split(&line, '\t', &cell); i++)
		for (int n = 0; n < 5; n++)
			if (column[n] == i)
				*cells[n] = sw_slice_trim(cell);
	return s;
}

static void classify(const struct rule_set *s, const struct sample *sample,
		     struct sw_class *ret)
{
	struct sw_reply_context context = { 0 };
	struct kn_codes found;
	uint64_t code;
	size_t len;

	sw_kn_codes_find(sample->text, 0, context.enhanced, &found);
	if (!found.code && sw_slice_u64(sample->page, &code) && code < 1000)
		context.code = (int)code;
	if (!found.code && !found.enhanced.class)
		(void)sw_enhanced_parse(sample->status, &context.enhanced, &len);
	sw_classify_reply(&s->k, sample->text, &context, ret);
}

struct pair {
	char text[160];
	unsigned count;
};

static void count_pair(struct pair *pairs, size_t *count, size_t max, const char *text)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(pairs[i].text, text) == 0) {
			pairs[i].count++;
			return;
		}
	if (*count == max)
		return;
	snprintf(pairs[*count].text, sizeof(pairs[0].text), "%s", text);
	pairs[(*count)++].count = 1;
}

static int by_count(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

static void print_line(const char *head, struct sw_slice text)
{
	char shown[400];

	sw_text_escape_into(shown, sizeof(shown), text, SW_TEXT_LINE);
	printf("%s%s\n", head, shown);
}

static bool same_family(struct sw_slice a, struct sw_slice b)
{
	return sw_slice_eq(sw_slice_head(a, sw_slice_find(a, '.')),
			   sw_slice_head(b, sw_slice_find(b, '.')));
}

static void score_lines(struct rule_set *s, struct sw_slice rest, const int column[5])
{
	static struct pair pairs[256];
	unsigned total = 0, right = 0, family = 0;
	size_t pair_count = 0;
	struct sw_slice line;

	while (rest.len && sw_slice_split(&rest, '\n', &line)) {
		struct sample sample = read_sample(line, column);
		struct sw_class c;
		char text[160];

		if (sample.text.len == 0)
			continue;
		classify(s, &sample, &c);
		struct sw_slice got = sw_slice_str(sw_category_at(&s->k, c.category).id);
		bool same = sw_slice_eq(got, sample.category);

		total++;
		right += same;
		family += same_family(got, sample.category);
		if (same)
			continue;
		snprintf(text, sizeof(text), "%.*s taken for %s", SW_FMT(sample.category),
			 got.ptr);
		count_pair(pairs, &pair_count, SW_LEN(pairs), text);
		printf("miss: %s by %s (%u)\n", text, rule_winner_name(s, &c), c.confidence);
		print_line("\t", sample.text);
	}
	qsort(pairs, pair_count, sizeof(*pairs), by_count);
	for (size_t i = 0; i < pair_count; i++)
		printf("%4u  %s\n", pairs[i].count, pairs[i].text);
	printf("category right: %u of %u (%.1f %%), family: %u (%.1f %%)\n", right, total,
	       total ? 100.0 * right / total : 0, family, total ? 100.0 * family / total : 0);
}

bool rules_score(struct rule_set *s, const char *path)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf content = { .max = 64 * 1024 * 1024 };
	struct sw_error err;
	struct sw_slice rest, header;
	int column[5];

	if (sw_file_read(path, SW_FILE_INPUT, content.max, &content, &err)) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		return false;
	}
	rest = sw_buf_slice(&content);
	if (!sw_slice_split(&rest, '\n', &header) || !read_columns(header, column)) {
		fprintf(stderr, "%s: no columns `text` and `category`\n", path);
		return false;
	}
	score_lines(s, rest, column);
	return true;
}

static void print_class(const struct rule_set *s, const struct sw_class *c, const char *line)
{
	char enhanced[SW_ENHANCED_TEXT];

	printf("%s\t%s\t%u\t%d %s\t%s\t%s%s", sw_category_at(&s->k, c->category).id,
	       rule_winner_name(s, c), c->confidence, c->code,
	       sw_enhanced_text(c->enhanced, enhanced), sw_retry_name(c->retry),
	       sw_list_action_name(c->list_action), c->vetoed ? " (vetoed)" : "");
	if (c->vendor != SW_NONE)
		printf("\tvendor %s", sw_vendor_at(&s->k, c->vendor).id);
	if (c->runner_up != SW_NONE)
		printf("\tnext rule %s (%s, %u)", sw_rule_at(&s->k, c->runner_up).id,
		       sw_category_at(&s->k, sw_rule_at(&s->k, c->runner_up).category).id,
		       c->runner_up_confidence);
	if (c->retry_after_s)
		printf("\tafter %u s", c->retry_after_s);
	printf("\n");
	print_line("\t", sw_slice_str(line));
}

void rules_classify(struct rule_set *s, FILE *in)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, in) > 0) {
		struct rule_line l;
		struct sw_class c;

		line[strcspn(line, "\n")] = '\0';
		l = rule_line_parse(line);
		sw_classify_reply(&s->k, l.text, &l.context, &c);
		print_class(s, &c, line);
	}
	free(line);
}
