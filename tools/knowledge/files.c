/* SPDX-License-Identifier: MIT */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"

static int is_yaml(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 5 && e->d_name[0] != '.' && strcmp(e->d_name + len - 5, ".yaml") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool make_room(struct data_files *f)
{
	if (f->count < f->cap)
		return true;
	size_t cap = f->cap ? f->cap * 2 : 32;
	void *sources = sw_realloc(f->sources, cap * sizeof(*f->sources));

	if (!sources)
		return false;
	f->sources = sources;
	void *paths = sw_realloc(f->paths, cap * sizeof(*f->paths));

	if (!paths)
		return false;
	f->paths = paths;
	f->cap = cap;
	return true;
}

static bool read_one(struct data_files *f, const char *directory, const char *name)
{
	struct sw_buf content = { .max = SW_MAX_KNOWLEDGE_FILE + 1 };
	struct sw_error err;
	char path[4096];
	int len = snprintf(path, sizeof(path), "%s/%s", directory, name);

	if (len < 0 || (size_t)len >= sizeof(path) || !make_room(f)) {
		fprintf(stderr, "%s/%s: no memory, or too long a name\n", directory, name);
		return false;
	}
	if (sw_file_read(path, SW_FILE_INPUT, content.max, &content, &err)) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		sw_buf_fini(&content);
		return false;
	}
	struct sw_slice yaml = { .len = sw_buf_len(&content) };

	f->paths[f->count] = sw_strdup(path);
	yaml.ptr = sw_buf_take(&content);
	f->sources[f->count] = (struct sw_knowledge_source){ f->paths[f->count], yaml };
	f->count++;
	return f->paths[f->count - 1] && yaml.ptr;
}

static bool read_directory(struct data_files *f, const char *directory, bool must)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_yaml, by_name);
	bool ok = true;

	if (count < 0) {
		if (!must && errno == ENOENT)
			return true;
		perror(directory);
		return false;
	}
	for (int i = 0; i < count; i++) {
		ok = ok && read_one(f, directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return ok;
}

bool data_files_read(struct data_files *f, const char *directory)
{
	char replies[4096];

	*f = (struct data_files){ 0 };
	snprintf(replies, sizeof(replies), "%s/replies", directory);
	return read_directory(f, directory, true) && read_directory(f, replies, false);
}

void data_files_fini(struct data_files *f)
{
	for (size_t i = 0; i < f->count; i++) {
		sw_free(f->paths[i]);
		sw_free((void *)(uintptr_t)f->sources[i].yaml.ptr);
	}
	sw_free(f->paths);
	sw_free(f->sources);
	*f = (struct data_files){ 0 };
}
