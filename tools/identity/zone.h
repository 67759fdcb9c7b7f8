/* SPDX-License-Identifier: MIT */
/* A zone in JSON: name in lower case -> type -> list of records in presentation form (TXT: the
 * bytes as code points below 256), or a status ("timeout"). "CNAME" is followed. */
#ifndef SW_TOOLS_ZONE_H
#define SW_TOOLS_ZONE_H

#include <jansson.h>

#include "dns/question.h"

/* To be freed with sw_dns_answer_free; ends the program without memory. */
struct sw_dns_answer *zone_answer(const json_t *zone, const struct sw_dns_question *q);
/* The bytes of a JSON string of code points below 256; freed with sw_free. */
char *zone_bytes(const json_t *text, size_t *ret_len);

#endif
