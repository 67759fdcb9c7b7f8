/* SPDX-License-Identifier: MIT */
/* The words that the data may use, by number.  Private to the room. */
#ifndef SW_KNOWLEDGE_NAMES_H
#define SW_KNOWLEDGE_NAMES_H

#include "knowledge/knowledge.h"

struct kn_names {
	const char *(*at)(size_t i);
	size_t count;
};
extern const struct kn_names sw_kn_who_names, sw_kn_retry_names, sw_kn_list_action_names,
	sw_kn_scope_names, sw_kn_stage_names, sw_kn_vendor_kinds, sw_kn_applicabilities,
	sw_kn_phrase_roles;
/* -1: no such word. */
int sw_kn_name_find(const struct kn_names *names, const char *word);
/* 0xff (KN_ABSENT) for NULL. */
uint8_t sw_kn_word(const struct kn_names *names, const char *word);

#endif
