/* SPDX-License-Identifier: MIT */
/* Short forms of libcyaml's fields, for the files that hold schemas. */
#ifndef SW_KNOWLEDGE_DOC_FIELD_H
#define SW_KNOWLEDGE_DOC_FIELD_H

#include <cyaml/cyaml.h>

#include "knowledge/doc.h"

extern const cyaml_schema_value_t sw_doc_string_entry, sw_doc_finding_entry,
	sw_doc_judgement_entry;
extern const cyaml_schema_field_t sw_doc_text_fields[];

#define MUST CYAML_FLAG_DEFAULT
#define MAY CYAML_FLAG_OPTIONAL
#define STRING(flag, type, member)                                                            \
	CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | (flag), struct type, member, 0,  \
			       SW_MAX_KNOWLEDGE_TEXT)
#define STRINGS(flag, type, member)                                                           \
	CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER | (flag), struct type, member,       \
			     &sw_doc_string_entry, 0, SW_MAX_KNOWLEDGE_LIST)
#define TEXT(flag, type, member)                                                              \
	CYAML_FIELD_MAPPING(#member, (flag), struct type, member, sw_doc_text_fields)
#define NUMBER(type, member) CYAML_FIELD_UINT(#member, MAY, struct type, member)
#define LIST(flag, type, member, entry)                                                       \
	CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER | (flag), struct type, member,       \
			     &(entry), 0, SW_MAX_KNOWLEDGE_LIST)
#define ENTRY_OF(name, type, fields)                                                          \
	const cyaml_schema_value_t name = {                                                   \
		CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct type, fields),                 \
	}
#define ENTRY(name, type, fields) static ENTRY_OF(name, type, fields)

#endif
