/* SPDX-License-Identifier: MIT */
/* Rules of a user's own: the YAML files of a directory over what is known already. */
#include "api/explain.h"

#include <stdio.h>

#include "base/dir.h"
#include "base/file.h"
#include "base/mem.h"

struct loader {
	struct sw_explainer *e;
	const char *dir;
	sw_complaint_fn fn;
	void *arg;
	struct sw_arena arena;
	struct sw_knowledge_source *sources;
	size_t count;
};

static void complain(void *arg, const char *file, unsigned line, const char *text)
{
	const struct loader *l = arg;

	if (l->fn)
		l->fn(l->arg, file, line, text);
}

static bool ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), tail = strlen(end);

	return len > tail && strcmp(name + len - tail, end) == 0;
}

/* A file that cannot be read is left out, and told. */
static enum sw_err read_file(struct loader *l, const char *name)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf path;
	SW_CLEANUP(sw_buf_fini) struct sw_buf bytes;
	struct sw_error err = { 0 };

	sw_buf_init(&path, SW_MAX_CONFIG);
	sw_buf_init(&bytes, SW_MAX_KNOWLEDGE_FILE);
	if (sw_buf_printf(&path, "%s/%s", l->dir, name))
		return sw_buf_fail(&path, "the path of a file of rules", &l->e->err);
	char *file = sw_arena_strdup(&l->arena, sw_buf_str(&path));

	if (!file)
		return sw_fail_nomem(&l->e->err);
	enum sw_err code =
		sw_file_read(file, SW_FILE_CONFIG, SW_MAX_KNOWLEDGE_FILE, &bytes, &err);

	if (code == SW_E_NOMEM)
		return sw_fail_nomem(&l->e->err);
	if (code) {
		complain(l, file, 0, err.text);
		return SW_OK;
	}
	struct sw_slice copy = sw_arena_copy(&l->arena, sw_buf_slice(&bytes));

	if (!copy.ptr)
		return sw_fail_nomem(&l->e->err);
	l->sources[l->count++] = (struct sw_knowledge_source){ file, copy };
	return SW_OK;
}

static enum sw_err read_files(struct loader *l)
{
	struct sw_dir_list list = { 0 };
	enum sw_err code = sw_dir_read(l->dir, SW_MAX_KNOWLEDGE_FILES, &list, &l->e->err);

	l->sources = code ? NULL
			  : sw_arena_alloc(&l->arena, (list.count + 1) * sizeof(*l->sources));
	if (!code && !l->sources)
		code = sw_fail_nomem(&l->e->err);
	for (size_t i = 0; !code && i < list.count; i++)
		if (list.names[i][0] != '.' &&
		    (ends_in(list.names[i], ".yaml") || ends_in(list.names[i], ".yml")))
			code = read_file(l, list.names[i]);
	sw_dir_list_fini(&list);
	return code;
}

enum sw_err sw_explainer_add_rules(struct sw_explainer *e, const char *dir, sw_complaint_fn fn,
				   void *arg)
{
	struct loader l = { .e = e, .dir = dir, .fn = fn, .arg = arg };
	enum sw_err code;

	sw_error_clear(&e->err);
	if (e->set_count == SW_MAX_RULE_SETS)
		return sw_fail(&e->err, SW_E_LIMIT, "%s: more than %d directories of rules",
			       dir, SW_MAX_RULE_SETS);
	sw_arena_init(&l.arena);
	code = read_files(&l);
	if (!code && l.count > 0) {
		struct sw_knowledge *k =
			sw_knowledge_load(e->k, l.sources, l.count, complain, &l, &e->err);

		if (k) {
			e->sets[e->set_count++] = k;
			e->k = k;
		} else {
			code = e->err.code ? e->err.code : sw_fail_nomem(&e->err);
		}
	}
	sw_arena_fini(&l.arena);
	return code;
}
