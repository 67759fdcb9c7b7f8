/* SPDX-License-Identifier: MIT */
/* What the bounce reader makes of files, or of the files of folders: a table for the
 * conformance tests, or everything as lines of JSON.
 *
 * usage: bounces [--json] [--data DIRECTORY] PATH...
 *
 * --data: what is known, instead of what is built in. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/file.h"
#include "files.h"
#include "read/bounce.h"

enum { MOST = 256 << 20 };

/* What the labels of the samples call a recipient that a report blots out. */
static const char blotted[] = "undisclosed-recipient-in-headers@libsisimai.org.invalid";

static const char *reason_of(const struct sw_bounce_recipient *b)
{
	switch (b->action) {
	case SW_BOUNCE_FEEDBACK:
		return "feedback";
	case SW_BOUNCE_AUTOREPLY:
		return "vacation";
	case SW_BOUNCE_DELIVERED:
	case SW_BOUNCE_RELAYED:
	case SW_BOUNCE_EXPANDED:
		return "delivered";
	case SW_BOUNCE_FAILED:
	case SW_BOUNCE_DELAYED:
	case SW_BOUNCE_ACTION_COUNT:
		break;
	}
	return b->class.sisimai;
}

static const char *action_of(const struct sw_bounce_recipient *b)
{
	if (b->action != SW_BOUNCE_FAILED && b->action != SW_BOUNCE_DELAYED)
		return "none";
	/* Only what strikes an address off at once, not what counts up to that. */
	return b->class.list_action == SW_LIST_SUPPRESS && b->class.count == 0 ? "hard"
									       : "soft";
}

static void print_row(const char *name, size_t index, const struct sw_bounce_recipient *b)
{
	char enhanced[SW_ENHANCED_TEXT], code[8] = "";
	/* The labels name the last address of several, where it is one. */
	const char *final = b->final_address;
	const char *domain = strchr(final, '@');
	bool usable = domain && domain > final && strchr(domain, '.') && final[0] != '|';
	const char *address = usable ? final : b->address;

	if (b->code)
		snprintf(code, sizeof(code), "%d", b->code);
	if (b->action == SW_BOUNCE_FEEDBACK && !*address)
		address = blotted;
	printf("%s\t%zu\t%s\t%s\t%s\t%s\t%s\n", name, index, address, code,
	       sw_enhanced_text(b->enhanced, enhanced), reason_of(b), action_of(b));
}

static json_t *recipient_json(const struct sw_knowledge *k,
			      const struct sw_bounce_recipient *b)
{
	char enhanced[SW_ENHANCED_TEXT];
	const char *rule = b->class.rule == SW_NONE ? "" : sw_rule_at(k, b->class.rule).id;

	return json_pack("{s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:i,s:s,s:b}",
			 "address", b->address, "final", b->final_address, "action",
			 sw_bounce_action_name(b->action), "code", b->code, "enhanced",
			 sw_enhanced_text(b->enhanced, enhanced), "diagnostic", b->diagnostic,
			 "host", b->remote_host, "stage", b->has_stage ? (int)b->stage : -1,
			 "category", sw_category_at(k, b->class.category).id, "reason",
			 reason_of(b), "rule", rule, "confidence", (int)b->class.confidence,
			 "list_action", sw_list_action_name(b->class.list_action), "vetoed",
			 b->class.vetoed);
}

static void print_json(const struct sw_knowledge *k, const char *name,
		       const struct sw_bounce *b)
{
	json_t *list = json_array();

	for (const struct sw_bounce_recipient *p = b->recipients; p; p = p->next)
		json_array_append_new(list, recipient_json(k, p));
	json_t *all = json_pack(
		"{s:s,s:b,s:s,s:s,s:s,s:s,s:b,s:{s:s,s:s,s:s,s:s,s:s},s:o}", "file", name,
		"is_bounce", b->is_bounce, "why", b->why, "layout", b->layout, "reporting_mta",
		b->reporting_mta, "feedback_type", b->feedback_type, "cut", b->cut, "original",
		"message_id", b->original.message_id, "sender", b->original.sender, "date",
		b->original.date, "subject", b->original.subject, "envelope_id",
		b->original.envelope_id, "recipients", list);

	if (!all || json_dumpf(all, stdout, JSON_COMPACT))
		fputs("bounces: a result is no text\n", stderr);
	putchar('\n');
	json_decref(all);
}

static int read_one(const struct sw_knowledge *k, const char *path, bool json)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf bytes = { .max = MOST };
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct sw_error err = { 0 };
	struct sw_bounce b;
	size_t index = 0;

	if (sw_file_read(path, SW_FILE_INPUT, MOST, &bytes, &err) ||
	    sw_bounce_read(k, &arena, sw_buf_slice(&bytes), &b, &err)) {
		fprintf(stderr, "bounces: %s\n", err.text);
		return 1;
	}
	if (json)
		print_json(k, name, &b);
	else if (b.is_bounce)
		for (const struct sw_bounce_recipient *p = b.recipients; p; p = p->next)
			print_row(name, ++index, p);
	return 0;
}

static int read_folder(const struct sw_knowledge *k, const char *path, bool json)
{
	struct dirent **found;
	int count = scandir(path, &found, NULL, alphasort), status = 0;

	for (int i = 0; i < count; i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf inner = { .max = 4096 };

		if (found[i]->d_name[0] != '.' &&
		    !sw_buf_printf(&inner, "%s/%s", path, found[i]->d_name))
			status |= read_one(k, sw_buf_str(&inner), json);
		free(found[i]);
	}
	if (count >= 0)
		free(found);
	return status;
}

static void complain(void *arg SW_UNUSED, const char *file, unsigned line, const char *text)
{
	fprintf(stderr, "%s:%u: %s\n", file, line, text);
}

static struct sw_knowledge *load(const char *directory)
{
	struct data_files files = { 0 };
	struct sw_knowledge *k = NULL;
	struct sw_error err = { 0 };

	if (data_files_read(&files, directory)) {
		k = sw_knowledge_load(NULL, files.sources, files.count, complain, NULL, &err);
		if (!k)
			fprintf(stderr, "bounces: %s\n", err.text);
	}
	data_files_fini(&files);
	return k;
}

static int read_all(const struct sw_knowledge *k, char **paths, bool json)
{
	int status = 0;

	if (!json)
		puts("file\tindex\trecipient\treply\tenhanced\treason\taction");
	for (; *paths; paths++) {
		struct stat st;

		if (stat(*paths, &st) == 0 && S_ISDIR(st.st_mode))
			status |= read_folder(k, *paths, json);
		else
			status |= read_one(k, *paths, json);
	}
	return status;
}

int main(int argc SW_UNUSED, char **argv)
{
	struct sw_knowledge *loaded = NULL;
	bool json = false;

	for (argv++; *argv && strncmp(*argv, "--", 2) == 0; argv++) {
		if (strcmp(*argv, "--json") == 0)
			json = true;
		else if (strcmp(*argv, "--data") == 0 && argv[1])
			loaded = load(*++argv);
	}
	int status = read_all(loaded ? loaded : sw_knowledge_builtin(), argv, json);

	if (loaded)
		sw_knowledge_free(loaded);
	return status;
}
