/* SPDX-License-Identifier: MIT */
/* Messages a second that the bounce reader reads on one core, files in memory.
 *
 * usage: bench_bounce DATA PATH... [-n ROUNDS] */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"
#include "files.h"
#include "read/bounce.h"

enum { MOST_FILES = 100000, MOST = 64 << 20 };

struct corpus {
	struct sw_buf *files;
	size_t count;
	size_t bytes;
};

static void add_file(struct corpus *c, const char *path)
{
	struct sw_buf *b = &c->files[c->count];
	struct sw_error err = { 0 };

	sw_buf_init(b, MOST);
	if (c->count == MOST_FILES || sw_file_read(path, SW_FILE_INPUT, MOST, b, &err))
		return;
	c->bytes += sw_buf_len(b);
	c->count++;
}

static void add_folder(struct corpus *c, const char *path)
{
	DIR *d = opendir(path);

	for (struct dirent *e; d && (e = readdir(d));) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf inner = { .max = 4096 };

		if (e->d_name[0] != '.' && !sw_buf_printf(&inner, "%s/%s", path, e->d_name))
			add_file(c, sw_buf_str(&inner));
	}
	if (d)
		closedir(d);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

__attribute__((noinline)) static size_t
read_all(const struct sw_knowledge *k, const struct corpus *c, struct sw_arena *arena)
{
	size_t recipients = 0;

	for (size_t i = 0; i < c->count; i++) {
		struct sw_bounce b;

		if (!sw_bounce_read(k, arena, sw_buf_slice(&c->files[i]), &b, NULL))
			recipients += b.recipient_count;
		sw_arena_reset(arena);
	}
	return recipients;
}

static void complain(void *arg SW_UNUSED, const char *file, unsigned line, const char *text)
{
	fprintf(stderr, "%s:%u: %s\n", file, line, text);
}

int main(int argc, char **argv)
{
	struct corpus c = { .files = sw_calloc(MOST_FILES + 1, sizeof(struct sw_buf)) };
	struct data_files files = { 0 };
	struct sw_arena arena = { 0 };
	struct sw_error err = { 0 };
	unsigned rounds = 20;
	size_t recipients = 0;

	if (argc < 3 || !c.files || !data_files_read(&files, argv[1]))
		return 64;
	struct sw_knowledge *k =
		sw_knowledge_load(NULL, files.sources, files.count, complain, NULL, &err);

	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "-n") == 0 && i + 1 < argc)
			rounds = (unsigned)strtoul(argv[++i], NULL, 10);
		else
			add_folder(&c, argv[i]);
	}
	if (!k || !c.count) {
		fprintf(stderr, "bench_bounce: nothing to read %s\n", err.text);
		return 66;
	}
	recipients = read_all(k, &c, &arena);
	/* The best of five: others only tell what else the machine did. */
	double took = 0;

	for (unsigned run = 0; run < 5; run++) {
		double start = now();

		for (unsigned i = 0; i < rounds; i++)
			read_all(k, &c, &arena);
		double one = (now() - start) / rounds;

		took = run == 0 || one < took ? one : took;
	}
	printf("bounce: %.0f messages/s, %.1f MB/s (%zu messages, %zu recipients, %.1f us "
	       "each)\n",
	       (double)c.count / took, (double)c.bytes / took / 1e6, c.count, recipients,
	       took * 1e6 / (double)c.count);
	sw_arena_fini(&arena);
	sw_knowledge_free(k);
	data_files_fini(&files);
	for (size_t i = 0; i < c.count; i++)
		sw_buf_fini(&c.files[i]);
	sw_free(c.files);
	return 0;
}
