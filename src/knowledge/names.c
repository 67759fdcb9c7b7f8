/* SPDX-License-Identifier: MIT */
/* The words for what a category says, in the data and for people. */
#include "knowledge/names.h"

#include "knowledge/phrase.h"

struct word {
	const char *name, *text[SW_LANG_COUNT];
};

static const struct word who[SW_WHO_COUNT] = {
	[SW_WHO_SENDER_ADMIN] = { "sender-admin",
				  { "the sending side's administrator",
				    "администратор отправителя" } },
	[SW_WHO_SENDER_USER] = { "sender-user",
				 { "whoever sent the message", "отправитель письма" } },
	[SW_WHO_RECIPIENT] = { "recipient", { "the recipient", "получатель" } },
	[SW_WHO_RECEIVING_ADMIN] = { "receiving-admin",
				     { "the receiving side's administrator",
				       "администратор получателя" } },
	[SW_WHO_NETWORK] = { "network", { "whoever runs the network in between",
					  "владелец сети между серверами" } },
	[SW_WHO_NOBODY] = { "nobody", { "nobody: it passes by itself",
					"никто: пройдёт само" } },
};
static const struct word retry[SW_RETRY_COUNT] = {
	[SW_RETRY_NEVER] = { "never", { "do not send it again unchanged",
					"не отправлять повторно без изменений" } },
	[SW_RETRY_NORMAL] = { "normal", { "try again at the usual intervals",
					  "повторить с обычными интервалами" } },
	[SW_RETRY_SLOW] = { "slow", { "try again later, and send more slowly",
				      "повторить позже и отправлять медленнее" } },
	[SW_RETRY_LONG] = { "long", { "try again every few hours for some days",
				      "повторять раз в несколько часов в течение нескольких "
				      "дней" } },
	[SW_RETRY_GREYLIST] = { "greylist", { "try again in some minutes from the same address",
					      "повторить через несколько минут с того же "
					      "адреса" } },
	[SW_RETRY_SPLIT] = { "split", { "send at once to fewer recipients at a time",
					"сразу отправить меньшему числу получателей за раз" } },
	[SW_RETRY_NEXT_WINDOW] = { "next-window", { "try again when the quota is renewed",
						    "повторить, когда обновится квота" } },
	[SW_RETRY_AFTER_FIX] = { "after-fix", { "try again when the cause is mended",
						"повторить после устранения причины" } },
	[SW_RETRY_OVER_IPV4] = { "over-ipv4", { "send at once over IPv4",
						"сразу отправить по IPv4" } },
	[SW_RETRY_OTHER_MECHANISM] = { "other-mechanism",
				       { "log in with another mechanism",
					 "войти с другим механизмом аутентификации" } },
	[SW_RETRY_BY_CLASS] = { "by-class",
				{ "4xx: try again later; 5xx: do not",
				  "4xx: повторить позже; 5xx: не повторять" } },
};
static const struct word list_action[SW_LIST_ACTION_COUNT] = {
	[SW_LIST_KEEP] = { "keep", { NULL } },
	[SW_LIST_COUNT] = { "count", { NULL } },
	[SW_LIST_SUPPRESS] = { "suppress", { NULL } },
	[SW_LIST_UNSUBSCRIBE] = { "unsubscribe", { NULL } },
};
static const struct word scope[SW_SCOPE_COUNT] = {
	[SW_SCOPE_MESSAGE] = { "message", { NULL } },
	[SW_SCOPE_RECIPIENT] = { "recipient", { NULL } },
	[SW_SCOPE_SENDER] = { "sender", { NULL } },
	[SW_SCOPE_IP] = { "ip", { NULL } },
	[SW_SCOPE_DOMAIN] = { "domain", { NULL } },
	[SW_SCOPE_PROVIDER] = { "provider", { NULL } },
};

static const char *name_of(const struct word *words, size_t count, size_t i)
{
	return i < count ? words[i].name : "?";
}

static const char *text_of(const struct word *words, size_t count, size_t i, enum sw_lang lang)
{
	return i < count && (unsigned)lang < SW_LANG_COUNT ? words[i].text[lang] : "?";
}

const char *sw_who_name(enum sw_who w)
{
	return name_of(who, SW_LEN(who), (size_t)w);
}

const char *sw_retry_name(enum sw_retry r)
{
	return name_of(retry, SW_LEN(retry), (size_t)r);
}

const char *sw_list_action_name(enum sw_list_action a)
{
	return name_of(list_action, SW_LEN(list_action), (size_t)a);
}

const char *sw_scope_name(enum sw_scope s)
{
	return name_of(scope, SW_LEN(scope), (size_t)s);
}

const char *sw_who_text(enum sw_who w, enum sw_lang lang)
{
	return text_of(who, SW_LEN(who), (size_t)w, lang);
}

const char *sw_retry_text(enum sw_retry r, enum sw_lang lang)
{
	return text_of(retry, SW_LEN(retry), (size_t)r, lang);
}

static const char *who_at(size_t i)
{
	return sw_who_name((enum sw_who)i);
}

static const char *retry_at(size_t i)
{
	return sw_retry_name((enum sw_retry)i);
}

static const char *list_action_at(size_t i)
{
	return sw_list_action_name((enum sw_list_action)i);
}

static const char *scope_at(size_t i)
{
	return sw_scope_name((enum sw_scope)i);
}

static const char *stage_at(size_t i)
{
	return sw_stage_name((enum sw_stage)i);
}

static const char *vendor_kind_at(size_t i)
{
	static const char *const kinds[] = { "provider", "filter", "blocklist", "software",
					     "hoster" };

	return i < SW_LEN(kinds) ? kinds[i] : "?";
}

static const char *applicability_at(size_t i)
{
	static const char *const kinds[] = { "exact", "template", "advice" };

	return i < SW_LEN(kinds) ? kinds[i] : "?";
}

static const char *phrase_role_at(size_t i)
{
	static const char *const names[SW_PHRASE_ROLE_COUNT] = {
		[SW_PHRASE_SIGN] = "sign",
		[SW_PHRASE_HINT] = "hint",
		[SW_PHRASE_FAILED] = "failed",
		[SW_PHRASE_DELAYED] = "delayed",
		[SW_PHRASE_GAVE_UP] = "gave-up",
		[SW_PHRASE_DELIVERED] = "delivered",
		[SW_PHRASE_RECIPIENTS] = "recipients",
		[SW_PHRASE_REASON] = "reason",
		[SW_PHRASE_TO] = "to",
		[SW_PHRASE_SENDER] = "sender",
		[SW_PHRASE_ORIGINAL] = "original",
		[SW_PHRASE_HELP] = "help",
		[SW_PHRASE_DETAILS] = "details",
		[SW_PHRASE_HOST] = "host",
		[SW_PHRASE_REPORTER] = "reporter",
		[SW_PHRASE_PARENT] = "parent",
		[SW_PHRASE_SKIP] = "skip",
		[SW_PHRASE_STAGE] = "stage",
		[SW_PHRASE_SUBJECT] = "subject",
		[SW_PHRASE_FROM] = "from",
		[SW_PHRASE_DENY] = "deny",
	};

	return names[i];
}

const struct kn_names sw_kn_who_names = { who_at, SW_WHO_COUNT };
const struct kn_names sw_kn_retry_names = { retry_at, SW_RETRY_COUNT };
const struct kn_names sw_kn_list_action_names = { list_action_at, SW_LIST_ACTION_COUNT };
const struct kn_names sw_kn_scope_names = { scope_at, SW_SCOPE_COUNT };
const struct kn_names sw_kn_stage_names = { stage_at, SW_STAGE_COUNT };
const struct kn_names sw_kn_vendor_kinds = { vendor_kind_at, 5 };
const struct kn_names sw_kn_applicabilities = { applicability_at, 3 };
const struct kn_names sw_kn_phrase_roles = { phrase_role_at, SW_PHRASE_ROLE_COUNT };

int sw_kn_name_find(const struct kn_names *names, const char *word)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->at(i), word) == 0)
			return (int)i;
	return -1;
}

uint8_t sw_kn_word(const struct kn_names *names, const char *word)
{
	return word ? (uint8_t)sw_kn_name_find(names, word) : (uint8_t)0xff;
}
