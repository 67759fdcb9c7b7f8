/* SPDX-License-Identifier: MIT */
#include "knowledge/builtin.h"

#include <assert.h>

#include "knowledge/image.h"

const struct sw_knowledge *sw_knowledge_builtin(void)
{
	static const struct sw_knowledge builtin = {
		.image = (const struct kn_image *)(const void *)sw_kn_builtin_words,
	};

	assert(builtin.image->magic == KN_MAGIC && builtin.image->version == KN_VERSION);
	return &builtin;
}
