/* SPDX-License-Identifier: MIT */
/* A configuration file: read, or refused with a line that says where and why. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/config.h"

static void look(const struct cli_config *config, const struct cli_out *out, int status)
{
	if (!status && out->failure)
		abort();
	if (status && (!out->failure || strpbrk(out->failure, "\033\r")))
		abort();
	for (size_t i = 0; i < config->count; i++) {
		const struct cli_config_entry *e = &config->entries[i];

		if (!e->section || !e->text || e->line == 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cli_config config = { 0 };
	struct cli_out out = { .json = true };
	int fd = memfd_create("config", 0);
	char path[32];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int status = cli_config_read(&config, &out, path);

	look(&config, &out, status);
	cli_config_fini(&config);
	cli_out_fini(&out);
	close(fd);
	return 0;
}
