/* SPDX-License-Identifier: MIT */
/* Words of the explanations that are no data: there are few of them. */
#include "api/explain.h"

const char *sw_list_action_text(enum sw_list_action a, unsigned count, enum sw_lang lang)
{
	static const char *const texts[SW_LIST_ACTION_COUNT][SW_LANG_COUNT] = {
		[SW_LIST_KEEP] = { "keep the address", "оставить адрес" },
		[SW_LIST_COUNT] = { "keep the address, and count the failures",
				    "оставить адрес и считать отказы" },
		[SW_LIST_SUPPRESS] = { "stop mailing this address",
				       "больше не писать на этот адрес" },
		[SW_LIST_UNSUBSCRIBE] = { "unsubscribe this address at once",
					  "немедленно отписать этот адрес" },
	};
	bool counted = a == SW_LIST_COUNT && count > 0;

	if ((unsigned)a >= SW_LIST_ACTION_COUNT || (unsigned)lang >= SW_LANG_COUNT)
		return "";
	return texts[counted ? SW_LIST_SUPPRESS : a][lang];
}

const char *sw_vendor_kind_text(const char *kind, enum sw_lang lang)
{
	static const struct {
		const char *kind, *text[SW_LANG_COUNT];
	} rows[] = {
		{ "provider",
		  { "A provider that receives mail for its users.",
		    "Почтовый сервис, который принимает почту для своих пользователей." } },
		{ "filter",
		  { "A filter that stands before the mail servers of its customers.",
		    "Фильтр, который стоит перед почтовыми серверами своих клиентов." } },
		{ "blocklist",
		  { "A list of addresses or domains that others refuse mail from.",
		    "Список адресов или доменов, от которых другие не принимают почту." } },
		{ "software", { "Mail server software.", "Программа почтового сервера." } },
		{ "hoster",
		  { "A hosting provider that runs mail servers for its customers.",
		    "Хостинг, который держит почтовые серверы своих клиентов." } },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		if (strcmp(kind, rows[i].kind) == 0)
			return rows[i].text[lang];
	return "";
}

const char *sw_reply_class_title(int code, enum sw_lang lang)
{
	static const char *const titles[][SW_LANG_COUNT] = {
		[2] = { "Done, with a code that is not registered",
			"Выполнено, но такой код не зарегистрирован" },
		[3] = { "More is expected, with a code that is not registered",
			"Сервер ждёт продолжения, но такой код не зарегистрирован" },
		[4] = { "Refused for now, with a code that is not registered",
			"Временный отказ, но такой код не зарегистрирован" },
		[5] = { "Refused for good, with a code that is not registered",
			"Окончательный отказ, но такой код не зарегистрирован" },
	};
	int class = code / 100;

	return class >= 2 && class <= 5 ? titles[class][lang] : "";
}

const char *sw_reply_class_meaning(enum sw_lang lang)
{
	static const char *const texts[SW_LANG_COUNT] = {
		"The first digit alone is defined: 2 done, 3 go on, 4 try again later, 5 "
		"refused. "
		"What the server means stands in its words.",
		"Определена только первая цифра: 2 — выполнено, 3 — продолжайте, 4 — "
		"повторите "
		"позже, 5 — отказ. Что имеет в виду сервер, говорят его слова.",
	};

	return texts[lang];
}

const char *sw_decided_by_name(enum sw_decided_by by)
{
	static const char *const names[SW_DECIDED_BY_COUNT] = {
		[SW_BY_NOTHING] = "",          [SW_BY_RULE] = "rule",
		[SW_BY_ENHANCED] = "enhanced", [SW_BY_REPLY] = "reply",
		[SW_BY_CLASS] = "class",
	};

	return (unsigned)by < SW_DECIDED_BY_COUNT ? names[by] : "";
}
