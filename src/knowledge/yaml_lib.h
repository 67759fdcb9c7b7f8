/* SPDX-License-Identifier: MIT */
/* libyaml's and libcyaml's functions, found at run time (base/load.h): the built-in knowledge
 * is an image, and few have rules of their own. */
#ifndef SW_KNOWLEDGE_YAML_LIB_H
#define SW_KNOWLEDGE_YAML_LIB_H

#include <cyaml/cyaml.h>
#include <yaml.h>

#include "base/error.h"

struct sw_yaml_lib {
	__typeof__(yaml_parser_initialize) *parser_initialize;
	__typeof__(yaml_parser_set_input_string) *set_input;
	__typeof__(yaml_parser_parse) *parse;
	__typeof__(yaml_event_delete) *event_delete;
	__typeof__(yaml_parser_delete) *parser_delete;
};
struct sw_cyaml_lib {
	__typeof__(cyaml_load_data) *load;
	__typeof__(cyaml_free) *free;
	__typeof__(cyaml_strerror) *error_text;
};

/* SW_E_OS: it is not there, or not what it should be. */
enum sw_err sw_yaml_load(struct sw_yaml_lib *ret, struct sw_error *err) SW_MUST_USE;
enum sw_err sw_cyaml_load(struct sw_cyaml_lib *ret, struct sw_error *err) SW_MUST_USE;

#endif
