/* SPDX-License-Identifier: MIT */
#include "api/category.h"
#include "knowledge/advice.h"

/* Endings without a reply.  None of them says anything against an address but the null MX. */
static const char *const categories[SW_ENDING_COUNT] = {
	[SW_END_NO_HOST] = "network.connect",
	[SW_END_NULL_MX] = "domain.nullmx",
	[SW_END_DNS] = "dns.temporary",
	[SW_END_DANE] = "dns.temporary",
	[SW_END_MTA_STS] = "tls.failure",
	[SW_END_CONNECT] = "network.connect",
	[SW_END_PROXY] = "network.connect",
	[SW_END_PROXY_TARGET] = "network.connect",
	[SW_END_TIMEOUT] = "network.dropped",
	[SW_END_CLOSED] = "network.dropped",
	[SW_END_IO] = "network.dropped",
	[SW_END_NO_STARTTLS] = "tls.failure",
	[SW_END_TLS_INJECTION] = "tls.failure",
	[SW_END_TLS] = "tls.failure",
	[SW_END_NO_AUTH] = "auth.mechanism",
	[SW_END_NO_MECHANISM] = "auth.mechanism",
	[SW_END_AUTH_BROKEN] = "auth.mechanism",
	[SW_END_GARBAGE] = "system.error",
	[SW_END_ENDLESS] = "system.error",
	[SW_END_UNEXPECTED] = "system.error",
	[SW_END_UNSOLICITED] = "system.error",
	[SW_END_NEEDS_8BITMIME] = "content.conversion",
	[SW_END_NEEDS_SMTPUTF8] = "content.utf8",
	[SW_END_TOO_BIG] = "message.toobig",
	[SW_END_DEADLINE] = "network.dropped",
};

struct sw_class sw_category_of(const struct sw_reply *reply, enum sw_stage stage,
			       enum sw_ending ending, const char *host)
{
	const struct sw_knowledge *k = sw_knowledge_builtin();
	struct sw_class class = { .category = SW_NONE, .rule = SW_NONE };
	struct sw_reply_context context = {
		.code = reply->code,
		.enhanced = reply->enhanced,
		.has_stage = true,
		.stage = stage,
		.host = sw_slice_str(host),
	};
	const char *id = (unsigned)ending < SW_ENDING_COUNT ? categories[ending] : NULL;

	/* A timeout of the first packet is no broken connection. */
	if (ending == SW_END_TIMEOUT && stage <= SW_STAGE_TCP)
		id = categories[SW_END_CONNECT];
	if (reply->code >= 400)
		sw_classify_reply(k, sw_slice(reply->text, reply->text_len), &context, &class);
	else if (id)
		class.category = sw_category_find(k, sw_slice_str(id));
	return class;
}

const char *sw_category_name(uint16_t category)
{
	return category == SW_NONE ? "" : sw_category_at(sw_knowledge_builtin(), category).id;
}

enum sw_err sw_category_meaning(const struct sw_class *class, struct sw_buf *out)
{
	const struct sw_knowledge *k = sw_knowledge_builtin();
	bool by_code = class->by == SW_BY_ENHANCED || class->by == SW_BY_REPLY;

	if (class->category == SW_NONE || (class->by != SW_BY_RULE && !by_code))
		return SW_OK;
	const char *title = by_code && class->code_entry != SW_NONE
				    ? sw_code_at(k, class->code_entry).title[SW_LANG_EN]
				    : sw_category_at(k, class->category).title[SW_LANG_EN];

	return sw_buf_printf(out, "%s; who acts: %s; retry: %s", title,
			     sw_who_text(class->who, SW_LANG_EN),
			     sw_retry_text(class->retry, SW_LANG_EN));
}
