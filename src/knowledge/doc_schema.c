/* SPDX-License-Identifier: MIT */
/* libcyaml's schemas of the sections (data/README.md), and reading by them. */
#include <stdio.h>

#include "base/mem.h"
#include "knowledge/doc_field.h"
#include "knowledge/yaml_lib.h"

const cyaml_schema_value_t sw_doc_string_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, SW_MAX_KNOWLEDGE_TEXT),
};

const cyaml_schema_field_t sw_doc_text_fields[] = {
	STRING(MUST, doc_text, en),
	STRING(MUST, doc_text, ru),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t category_fields[] = {
	STRING(MUST, doc_category, id),
	TEXT(MUST, doc_category, title),
	TEXT(MUST, doc_category, meaning),
	STRING(MUST, doc_category, who),
	STRING(MUST, doc_category, retry),
	STRING(MUST, doc_category, list_action),
	NUMBER(doc_category, count),
	NUMBER(doc_category, count_days),
	STRING(MUST, doc_category, scope),
	STRINGS(MAY, doc_category, sisimai),
	STRING(MAY, doc_category, kumo),
	STRING(MAY, doc_category, probe),
	STRINGS(MAY, doc_category, causes),
	STRINGS(MAY, doc_category, remedies),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t cause_fields[] = {
	STRING(MUST, doc_cause, id),
	TEXT(MUST, doc_cause, text),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t remedy_fields[] = {
	STRING(MUST, doc_remedy, id),
	STRING(MUST, doc_remedy, who),
	TEXT(MUST, doc_remedy, text),
	STRING(MAY, doc_remedy, literal),
	STRING(MAY, doc_remedy, applicability),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t code_fields[] = {
	STRING(MUST, doc_code, code),
	TEXT(MUST, doc_code, title),
	TEXT(MUST, doc_code, meaning),
	STRING(MUST, doc_code, category),
	STRING(MAY, doc_code, retry),
	STRINGS(MAY, doc_code, replies),
	STRINGS(MAY, doc_code, source),
	STRINGS(MAY, doc_code, causes),
	STRINGS(MAY, doc_code, remedies),
	TEXT(MAY, doc_code, note),
	CYAML_FIELD_BOOL("dotted", MAY, struct doc_code, dotted),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t vendor_fields[] = {
	STRING(MUST, doc_vendor, id),
	STRING(MUST, doc_vendor, name),
	STRING(MUST, doc_vendor, kind),
	STRINGS(MAY, doc_vendor, mx),
	STRINGS(MAY, doc_vendor, banner),
	STRINGS(MAY, doc_vendor, text),
	STRING(MAY, doc_vendor, url),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t rule_fields[] = {
	STRING(MUST, doc_rule, id),
	STRINGS(MAY, doc_rule, vendor),
	STRINGS(MAY, doc_rule, reply),
	STRINGS(MAY, doc_rule, enhanced),
	STRINGS(MAY, doc_rule, stage),
	STRINGS(MAY, doc_rule, text),
	STRINGS(MAY, doc_rule, with),
	STRINGS(MAY, doc_rule, without),
	STRING(MUST, doc_rule, category),
	STRING(MAY, doc_rule, who),
	STRING(MAY, doc_rule, retry),
	STRING(MAY, doc_rule, list_action),
	STRING(MAY, doc_rule, scope),
	STRING(MAY, doc_rule, probe),
	STRING(MAY, doc_rule, sisimai),
	STRINGS(MAY, doc_rule, causes),
	STRINGS(MAY, doc_rule, remedies),
	TEXT(MAY, doc_rule, meaning),
	NUMBER(doc_rule, score),
	STRING(MAY, doc_rule, ref),
	STRINGS(MUST, doc_rule, yes),
	STRINGS(MAY, doc_rule, no),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t error_fields[] = {
	STRING(MUST, doc_error, id),
	STRINGS(MAY, doc_error, numbers),
	STRINGS(MAY, doc_error, names),
	STRINGS(MAY, doc_error, text),
	STRINGS(MAY, doc_error, without),
	TEXT(MUST, doc_error, title),
	TEXT(MUST, doc_error, meaning),
	STRING(MUST, doc_error, category),
	STRING(MUST, doc_error, stage),
	STRINGS(MAY, doc_error, causes),
	STRINGS(MAY, doc_error, remedies),
	STRING(MAY, doc_error, command),
	CYAML_FIELD_BOOL("frame", MAY, struct doc_error, frame),
	STRINGS(MUST, doc_error, yes),
	STRINGS(MAY, doc_error, no),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t layout_fields[] = {
	STRING(MUST, doc_layout, id),
	STRING(MUST, doc_layout, name),
	STRINGS(MAY, doc_layout, signs),
	STRINGS(MAY, doc_layout, hints),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t phrase_fields[] = {
	STRING(MUST, doc_phrase, id),
	STRING(MUST, doc_phrase, role),
	STRING(MAY, doc_phrase, stage),
	STRING(MAY, doc_phrase, layout),
	STRINGS(MUST, doc_phrase, text),
	CYAML_FIELD_END,
};

ENTRY(category_entry, doc_category, category_fields);
ENTRY(cause_entry, doc_cause, cause_fields);
ENTRY(remedy_entry, doc_remedy, remedy_fields);
ENTRY(code_entry, doc_code, code_fields);
ENTRY(vendor_entry, doc_vendor, vendor_fields);
ENTRY(rule_entry, doc_rule, rule_fields);
ENTRY(error_entry, doc_error, error_fields);
ENTRY(layout_entry, doc_layout, layout_fields);
ENTRY(phrase_entry, doc_phrase, phrase_fields);

#define SECTION(member, entry)                                                                \
	CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER | MAY, struct doc, member, &(entry), \
			     0, SW_MAX_KNOWLEDGE_ITEMS)

static const cyaml_schema_field_t doc_fields[] = {
	SECTION(categories, category_entry),
	SECTION(causes, cause_entry),
	SECTION(remedies, remedy_entry),
	SECTION(codes, code_entry),
	SECTION(vendors, vendor_entry),
	SECTION(rules, rule_entry),
	SECTION(errors, error_entry),
	SECTION(findings, sw_doc_finding_entry),
	SECTION(judgements, sw_doc_judgement_entry),
	SECTION(layouts, layout_entry),
	SECTION(phrases, phrase_entry),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t doc_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct doc, doc_fields),
};

/* libcyaml reports in pieces: what is wrong, then where, inside out. */
struct report {
	char what[256];
	unsigned line;
	bool some;
};

static void note(cyaml_log_t level, void *arg, const char *fmt, va_list args) SW_PRINTF(3, 0);

static void note(cyaml_log_t level, void *arg, const char *fmt, va_list args)
{
	struct report *r = arg;
	char text[256];

	if (level < CYAML_LOG_ERROR || vsnprintf(text, sizeof(text), fmt, args) < 0)
		return;
	char *line = strstr(text, "(line: ");

	if (line && r->line == 0) {
		uint64_t number;
		struct sw_slice digits = sw_slice_str(line + strlen("(line: "));

		digits.len = strspn(digits.ptr, "0123456789");
		if (sw_slice_u64(digits, &number) && number < UINT32_MAX)
			r->line = (unsigned)number;
	}
	if (r->some || line)
		return;
	r->some = true;
	struct sw_slice what = sw_slice_trim(sw_slice_str(text));

	if (sw_slice_starts(what, SW_S("Load: ")))
		what = sw_slice_from(what, strlen("Load: "));
	snprintf(r->what, sizeof(r->what), "%.*s", SW_FMT(what));
}

static void *memory(void *arg SW_UNUSED, void *ptr, size_t size)
{
	if (size == 0) {
		sw_free(ptr);
		return NULL;
	}
	return sw_realloc(ptr, size);
}

static cyaml_config_t config_for(struct report *r)
{
	return (cyaml_config_t){
		.log_fn = note,
		.log_ctx = r,
		.mem_fn = memory,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS,
	};
}

/* libcyaml counts lines up to where it noticed: past the key, or at the end of the thing. */
static unsigned better_line(cyaml_err_t code, const struct report *r,
			    const struct doc_marks *marks)
{
	const char *name = strrchr(r->what, ' ');
	unsigned line = 0;

	if (code == CYAML_ERR_INVALID_KEY && name)
		line = sw_doc_line_of_key(marks, name + 1, r->line);
	else if (code == CYAML_ERR_MAPPING_FIELD_MISSING && name && strcmp(name, " en") != 0 &&
		 strcmp(name, " ru") != 0)
		line = sw_doc_line_of_item(marks, r->line);
	return line ? line : r->line;
}

enum sw_err sw_doc_read(struct sw_slice yaml, const struct doc_complaints *complaints,
			const struct doc_marks *marks, struct doc **ret)
{
	struct report report = { .some = false };
	cyaml_config_t config = config_for(&report);
	struct sw_cyaml_lib lib;
	struct sw_error err;
	void *doc = NULL;

	sw_error_clear(&err);
	if (sw_cyaml_load(&lib, &err)) {
		sw_doc_complain(complaints, 0, "%s", err.text);
		return SW_E_DATA;
	}
	cyaml_err_t code = lib.load((const uint8_t *)yaml.ptr, yaml.len, &config, &doc_schema,
				    &doc, NULL);

	if (code == CYAML_OK) {
		*ret = doc;
		return SW_OK;
	}
	if (code == CYAML_ERR_OOM)
		return SW_E_NOMEM;
	sw_doc_complain(complaints, better_line(code, &report, marks), "%s",
			report.some ? report.what : lib.error_text(code));
	return SW_E_DATA;
}

void sw_doc_free(struct doc *d)
{
	struct report report = { .some = false };
	cyaml_config_t config = config_for(&report);

	struct sw_cyaml_lib lib;

	/* It was there when the document was read. */
	if (d && !sw_cyaml_load(&lib, NULL))
		lib.free(&config, &doc_schema, d, 0);
}
