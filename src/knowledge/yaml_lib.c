/* SPDX-License-Identifier: MIT */
#include "knowledge/yaml_lib.h"

#include "base/load.h"
#include "base/slice.h"

/* Those of the headers with which this was built. */
#define YAML  "libyaml-0.so.2"
#define CYAML "libcyaml.so.1"

static const struct sw_load_symbol yaml_symbols[] = {
	{ "yaml_parser_initialize", offsetof(struct sw_yaml_lib, parser_initialize) },
	{ "yaml_parser_set_input_string", offsetof(struct sw_yaml_lib, set_input) },
	{ "yaml_parser_parse", offsetof(struct sw_yaml_lib, parse) },
	{ "yaml_event_delete", offsetof(struct sw_yaml_lib, event_delete) },
	{ "yaml_parser_delete", offsetof(struct sw_yaml_lib, parser_delete) },
};
static const struct sw_load_symbol cyaml_symbols[] = {
	{ "cyaml_load_data", offsetof(struct sw_cyaml_lib, load) },
	{ "cyaml_free", offsetof(struct sw_cyaml_lib, free) },
	{ "cyaml_strerror", offsetof(struct sw_cyaml_lib, error_text) },
};

enum sw_err sw_yaml_load(struct sw_yaml_lib *ret, struct sw_error *err)
{
	return sw_load(YAML, "reads rules", yaml_symbols, SW_LEN(yaml_symbols), ret, err);
}

enum sw_err sw_cyaml_load(struct sw_cyaml_lib *ret, struct sw_error *err)
{
	return sw_load(CYAML, "reads rules", cyaml_symbols, SW_LEN(cyaml_symbols), ret, err);
}
