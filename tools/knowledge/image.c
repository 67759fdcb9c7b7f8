/* SPDX-License-Identifier: MIT */
/* Compiles data/ into the built-in image, as a C file.
 *
 * usage: image DIRECTORY OUTPUT.c DEPFILE
 *
 * The image is written as an array of 64 bit words of this machine: compilers read that in a
 * fraction of a second, and it is aligned.  The depfile names the files and directories read,
 * so that a new or changed file makes it anew.  A broken file stops the build. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "files.h"
#include "knowledge/build.h"

static void complain(void *arg, const char *file, unsigned line, const char *text)
{
	*(bool *)arg = true;
	fprintf(stderr, "%s:%u: %s\n", file, line, text);
}

static bool write_image(const struct kn_image *image, const char *path)
{
	FILE *out = fopen(path, "w");

	if (!out) {
		perror(path);
		return false;
	}
	fputs("/* Made from data/ by tools/knowledge/image.c. */\n"
	      "#include \"knowledge/builtin.h\"\n\n"
	      "const uint64_t sw_kn_builtin_words[] = {\n",
	      out);
	for (size_t at = 0; at < image->size; at += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, (const char *)image + at, sizeof(word));
		fprintf(out, "0x%llx,%s", (unsigned long long)word, at % 64 == 56 ? "\n" : "");
	}
	fprintf(out, "};\nconst size_t sw_kn_builtin_size = sizeof(sw_kn_builtin_words);\n");
	return fclose(out) == 0;
}

static bool write_depfile(const struct data_files *f, const char *directory, const char *output,
			  const char *path)
{
	FILE *out = fopen(path, "w");

	if (!out) {
		perror(path);
		return false;
	}
	fprintf(out, "%s: %s", output, directory);
	for (size_t i = 0; i < f->count; i++) {
		const char *slash = strrchr(f->paths[i], '/');

		fprintf(out, " \\\n %s", f->paths[i]);
		if (slash && i + 1 == f->count)
			fprintf(out, " \\\n %.*s", (int)(slash - f->paths[i]), f->paths[i]);
	}
	fputs("\n", out);
	return fclose(out) == 0;
}

static bool make(const struct data_files *files, const char *output)
{
	bool broken = false, ok = false;
	struct sw_error err;
	struct kn_image *image = NULL;
	struct kn_loading l = { .complain = complain, .arg = &broken };

	if (sw_kn_loading_read(&l, files->sources, files->count, &err) ||
	    (!broken && sw_kn_loading_build(&l, &image, &err)))
		fprintf(stderr, "%s\n", err.text);
	else
		ok = !broken && write_image(image, output);
	sw_free(image);
	sw_kn_loading_fini(&l);
	return ok;
}

int main(int argc, char **argv)
{
	struct data_files files;
	bool ok;

	if (argc != 4) {
		fprintf(stderr, "usage: image DIRECTORY OUTPUT.c DEPFILE\n");
		return 64;
	}
	ok = data_files_read(&files, argv[1]) && make(&files, argv[2]) &&
	     write_depfile(&files, argv[1], argv[2], argv[3]);
	data_files_fini(&files);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
