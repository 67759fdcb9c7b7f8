/* SPDX-License-Identifier: MIT */
#include "base/world.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static uint64_t real_now(void *arg SW_UNUSED)
{
	struct timespec ts;

	/* Cannot fail: the clock exists since Linux 2.6 and the pointer is ours. */
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int64_t real_wall(void *arg SW_UNUSED)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + (int64_t)ts.tv_nsec / 1000;
}

static bool real_random(void *arg SW_UNUSED, void *out, size_t len)
{
	char *place = out;

	while (len) {
		ssize_t got = getrandom(place, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		place += got;
		len -= (size_t)got;
	}
	return true;
}

const struct sw_world *sw_world_real(void)
{
	static const struct sw_world real = {
		.now_us = real_now,
		.wall_us = real_wall,
		.random = real_random,
	};

	return &real;
}

static uint64_t fake_now(void *arg)
{
	return ((struct sw_fake_world *)arg)->now_us;
}

static int64_t fake_wall(void *arg)
{
	return ((struct sw_fake_world *)arg)->wall_us;
}

/* SplitMix64: well spread from any seed, and the same everywhere. */
static uint64_t fake_next(struct sw_fake_world *f)
{
	uint64_t z = f->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static bool fake_random(void *arg, void *out, size_t len)
{
	unsigned char *place = out;

	for (size_t i = 0; i < len; i++)
		place[i] = (unsigned char)(fake_next(arg) & 0xff);
	return true;
}

void sw_fake_world_init(struct sw_fake_world *f)
{
	*f = (struct sw_fake_world){
		.world = { .arg = f, .now_us = fake_now, .wall_us = fake_wall,
			   .random = fake_random },
		.now_us = 1000000,
		.wall_us = INT64_C(1767225600) * 1000000, /* 2026-01-01T00:00:00Z */
	};
}
