/* SPDX-License-Identifier: MIT */
#include "knowledge/advice.h"

#include "base/limits.h"

/* How sentences begin that say what to do or what might be, not what happened. */
static const char *const begins[] = {
	"please ",
	"for more ",
	"for further ",
	"for assistance",
	"for help",
	"for details",
	"for information",
	"see ",
	"visit ",
	"contact ",
	"if you ",
	"if this ",
	"if the ",
	"in case ",
	"should you ",
	"should this ",
	"learn more",
	"to learn ",
	"to resolve ",
	"to fix ",
	"click ",
	"more info",
	"refer to ",
	"check the ",
	"check that ",
	"check your ",
	"check whether ",
	"make sure ",
	"ensure ",
	"verify that ",
	"verify the ",
	"you may ",
	"you can ",
	"you could ",
	"you should ",
	"do not reply",
	"the sender ",
	"the administrator ",
	"possible reason",
	"possible cause",
	"common reason",
	"common cause",
	"this may be ",
	"this might be ",
	"this could be ",
	"this can be ",
	"this can happen",
	"this may happen",
	"this usually ",
	"this often ",
	"bitte ",
	"wenn sie ",
	"falls sie ",
	"falls ",
	"sollten sie ",
	"mögliche ",
	"weitere informationen",
	"veuillez ",
	"si vous ",
	"pour plus ",
	"merci de ",
	"por favor",
	"si usted ",
	"para más ",
	"se você ",
	"per favore",
	"se il ",
	"per ulteriori ",
	"prosimy ",
	"пожалуйста",
	"подробн",
	"если ",
	"возможно,",
	"возможные причины",
	"обратитесь ",
	"проверьте ",
	"убедитесь",
};

/* Past the codes and marks that a line of a reply begins with. */
static struct sw_slice without_codes(struct sw_slice s)
{
	size_t at = 0;

	while (at < s.len && strchr("0123456789.-# \t\r\n(*>\"'", s.ptr[at]) && s.ptr[at])
		at++;
	return sw_slice_from(s, at);
}

static bool is_advice(struct sw_slice sentence)
{
	sentence = without_codes(sentence);
	for (size_t i = 0; i < SW_LEN(begins); i++)
		if (sw_slice_starts_nocase(sentence, sw_slice_str(begins[i])))
			return true;
	/* ASCII letters alone are compared without their case. */
	return sw_slice_starts(sentence, SW_S("Пожалуйста")) ||
	       sw_slice_starts(sentence, SW_S("Подробн")) ||
	       sw_slice_starts(sentence, SW_S("Если ")) ||
	       sw_slice_starts(sentence, SW_S("Возможн")) ||
	       sw_slice_starts(sentence, SW_S("Обратитесь ")) ||
	       sw_slice_starts(sentence, SW_S("Проверьте ")) ||
	       sw_slice_starts(sentence, SW_S("Убедитесь")) ||
	       sw_slice_starts(sentence, SW_S("Mögliche "));
}

/* The end of the sentence or, in what is no advice yet, of the line that begins at `from`. */
static size_t sentence_end(struct sw_slice text, size_t from, bool advice)
{
	/* Codes have dots of their own. */
	size_t i = text.len - without_codes(sw_slice_from(text, from)).len + 1;

	for (; i < text.len; i++) {
		bool blank = text.ptr[i] == ' ' || text.ptr[i] == '\n' || text.ptr[i] == '\r';

		if (blank && strchr(".!?", text.ptr[i - 1]) && text.ptr[i - 1])
			return i;
		if (text.ptr[i] == '\n' && !advice)
			return i;
	}
	return text.len;
}

/* Steps over the stretches of advice behind the first sentence, in order. */
static bool next_advice(struct sw_slice text, size_t *at, struct sw_evidence *ret)
{
	bool first = *at == 0;

	while (*at < text.len) {
		size_t from = *at;
		bool advice = !first && is_advice(sw_slice_from(text, from));

		*at = sentence_end(text, from, advice);
		first = false;
		if (!advice)
			continue;
		*ret = (struct sw_evidence){ (uint32_t)from, (uint32_t)(*at - from) };
		return true;
	}
	return false;
}

static bool leans_on_advice(struct sw_slice text, const struct sw_class *c)
{
	struct sw_evidence advice;

	for (size_t at = 0; next_advice(text, &at, &advice);)
		for (size_t i = 0; i < c->evidence_count; i++)
			if (c->evidence[i].at + c->evidence[i].len > advice.at &&
			    c->evidence[i].at < advice.at + advice.len)
				return true;
	return false;
}

/* The text with blanks for its advice, so that each word keeps its place. */
static void classify_said(const struct sw_knowledge *k, struct sw_slice text,
			  const struct sw_reply_context *context, struct sw_class *ret)
{
	char said[SW_MAX_CLASSIFY];
	struct sw_evidence advice;

	memcpy(said, text.ptr, text.len);
	for (size_t at = 0; next_advice(text, &at, &advice);)
		memset(said + advice.at, ' ', advice.len);
	sw_classify(k, sw_slice(said, text.len), context, ret);
}

void sw_classify_reply(const struct sw_knowledge *k, struct sw_slice text,
		       const struct sw_reply_context *context, struct sw_class *ret)
{
	enum { KNOWN = 75, SAID = 55 };
	struct sw_evidence advice;
	struct sw_class said;
	size_t at = 0;

	sw_classify(k, text, context, ret);
	bool known = ret->by == SW_BY_RULE && ret->confidence >= KNOWN;

	/* Whose words are known says what its advice is worth, but for striking off. */
	text = sw_slice_head(text, SW_MAX_CLASSIFY);
	known = known && (ret->list_action == SW_LIST_KEEP || !leans_on_advice(text, ret));
	if ((known && !ret->vetoed) || !next_advice(text, &at, &advice))
		return;
	classify_said(k, text, context, &said);
	bool same = said.category == ret->category;
	bool enough = said.by == SW_BY_RULE && said.confidence >= SAID;

	/* What is left says it without the words that took it back, or something else. */
	if (enough ? (same ? ret->vetoed : !known)
		   : !same && !known && ret->list_action != SW_LIST_KEEP)
		*ret = said;
}
