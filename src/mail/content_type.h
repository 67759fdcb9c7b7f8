/* SPDX-License-Identifier: MIT */
/* Content types of attachments. */
#ifndef SW_MAIL_CONTENT_TYPE_H
#define SW_MAIL_CONTENT_TYPE_H

#include "base/slice.h"

/* By the ending of a file's name in any case; application/octet-stream when it is unknown. */
struct sw_slice sw_content_type_guess(struct sw_slice file_name);

#endif
