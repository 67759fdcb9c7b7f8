/* SPDX-License-Identifier: MIT */
/* libcyaml's schemas of `findings` and `judgements` (data/README.md). */
#include "knowledge/doc_field.h"

static const cyaml_schema_field_t advice_fields[] = {
	STRING(MUST, doc_advice, who),
	TEXT(MUST, doc_advice, text),
	STRING(MAY, doc_advice, literal),
	STRING(MUST, doc_advice, applicability),
	CYAML_FIELD_END,
};
ENTRY(advice_entry, doc_advice, advice_fields);

static const cyaml_schema_field_t finding_fields[] = {
	STRING(MUST, doc_finding, code),
	TEXT(MUST, doc_finding, title),
	TEXT(MUST, doc_finding, title_plain),
	TEXT(MUST, doc_finding, story),
	STRING(MUST, doc_finding, level),
	STRING(MUST, doc_finding, stage),
	STRING(MUST, doc_finding, who),
	LIST(MUST, doc_finding, remedies, advice_entry),
	STRING(MUST, doc_finding, recheck),
	TEXT(MUST, doc_finding, test),
	STRINGS(MUST, doc_finding, lookalikes),
	STRINGS(MUST, doc_finding, explains),
	STRINGS(MUST, doc_finding, categories),
	STRING(MUST, doc_finding, lab),
	TEXT(MAY, doc_finding, lab_why),
	STRINGS(MUST, doc_finding, source),
	CYAML_FIELD_END,
};
ENTRY_OF(sw_doc_finding_entry, doc_finding, finding_fields);

/* By the number of a condition. */
#define TOLD(n) CYAML_FIELD_MAPPING(#n, MAY, struct doc_told, line[(n)-1], sw_doc_text_fields)
static const cyaml_schema_field_t told_fields[] = {
	TOLD(1), TOLD(2), TOLD(3),  TOLD(4),  TOLD(5),  TOLD(6),         TOLD(7),
	TOLD(8), TOLD(9), TOLD(10), TOLD(11), TOLD(12), CYAML_FIELD_END,
};

#define IF(type)                                                                              \
	CYAML_FIELD_STRING_PTR("if", CYAML_FLAG_POINTER, struct type, condition, 0,           \
			       SW_MAX_KNOWLEDGE_TEXT)
static const cyaml_schema_field_t support_fields[] = {
	IF(doc_turn),
	CYAML_FIELD_UINT("add", MUST, struct doc_turn, amount),
	TEXT(MAY, doc_turn, because),
	CYAML_FIELD_END,
};
ENTRY(support_entry, doc_turn, support_fields);

static const cyaml_schema_field_t contradict_fields[] = {
	IF(doc_turn),
	CYAML_FIELD_UINT("sub", MUST, struct doc_turn, amount),
	TEXT(MAY, doc_turn, because),
	CYAML_FIELD_END,
};
ENTRY(contradict_entry, doc_turn, contradict_fields);

static const cyaml_schema_field_t bind_fields[] = {
#define SW_PLACEHOLDER(id, name, form) STRING(MAY, doc_bind, name),
#include "knowledge/placeholder.def"
#undef SW_PLACEHOLDER
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t judgement_fields[] = {
	STRING(MUST, doc_judgement, id),
	STRING(MUST, doc_judgement, finding),
	STRINGS(MUST, doc_judgement, when),
	NUMBER(doc_judgement, weight),
	CYAML_FIELD_BOOL("proof", MAY, struct doc_judgement, proof),
	CYAML_FIELD_MAPPING("because", MAY, struct doc_judgement, because, told_fields),
	CYAML_FIELD_MAPPING("otherwise", MAY, struct doc_judgement, otherwise, told_fields),
	LIST(MAY, doc_judgement, supports, support_entry),
	LIST(MAY, doc_judgement, contradicts, contradict_entry),
	CYAML_FIELD_MAPPING("bind", MAY, struct doc_judgement, bind, bind_fields),
	/* Cases, lists of lists: for those who check the rules, not for those who use them. */
	CYAML_FIELD_IGNORE("yes", MAY),
	CYAML_FIELD_IGNORE("no", MAY),
	CYAML_FIELD_END,
};
ENTRY_OF(sw_doc_judgement_entry, doc_judgement, judgement_fields);
