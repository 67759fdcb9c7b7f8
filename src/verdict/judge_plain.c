/* SPDX-License-Identifier: MIT */
/* What rules a cause out, where the rule has no words of its own for it: what was seen instead. */
#include "base/text.h"
#include "verdict/judge_work.h"

/* What a fact is about, for people; types that are not here go by their names. */
static const struct {
	enum sw_fact_type type;
	const char *text[SW_LANG_COUNT];
} things[] = {
	{ SW_FACT_SEND_WISH, { "what was asked for", "задание" } },
	{ SW_FACT_LOCAL_ENV, { "this machine", "эта машина" } },
	{ SW_FACT_DNS_ANSWER, { "the DNS answer", "ответ DNS" } },
	{ SW_FACT_LOCAL_CLOCK, { "this machine's clock", "часы этой машины" } },
	{ SW_FACT_TCP_ATTEMPT, { "the connection attempt", "попытка соединения" } },
	{ SW_FACT_TCP_INFO, { "the connection", "соединение" } },
	{ SW_FACT_FIRST_BYTES, { "the first bytes of the server", "первые байты сервера" } },
	{ SW_FACT_REPLY, { "the server's reply", "ответ сервера" } },
	{ SW_FACT_CAPABILITIES, { "the EHLO answer", "ответ на EHLO" } },
	{ SW_FACT_TLS_HANDSHAKE, { "the TLS handshake", "рукопожатие TLS" } },
	{ SW_FACT_TLS_CERTIFICATE, { "the certificate", "сертификат" } },
	{ SW_FACT_AUTH_CHOICE, { "the choice of the login", "выбор способа входа" } },
	{ SW_FACT_AUTH_RESULT, { "the login", "вход" } },
	{ SW_FACT_RECIPIENT, { "the recipient's outcome", "итог получателя" } },
	{ SW_FACT_DATA_PROGRESS, { "the transfer", "передача письма" } },
	{ SW_FACT_SESSION_END, { "the end of the session", "конец сеанса" } },
	{ SW_FACT_MESSAGE_LINT, { "the message", "письмо" } },
	{ SW_FACT_NOT_ASKED, { "what was left out", "что не было запрошено" } },
	{ SW_FACT_MESSAGE_ENCODED, { "the encoding of the message", "кодирование письма" } },
	{ SW_FACT_SEND_RESULT, { "the result", "итог" } },
	{ SW_FACT_NAME_FORM, { "the form of the name", "вид имени" } },
	{ SW_FACT_ADDRESS_KIND, { "the kind of the address", "вид адреса" } },
	{ SW_FACT_MX_HOST, { "the MX host", "узел MX" } },
	{ SW_FACT_TCP_FAMILY, { "the addresses of the family", "адреса семейства" } },
	{ SW_FACT_RECIPIENTS_SUM, { "the recipients", "получатели" } },
	{ SW_FACT_PROBE_PORT, { "another port", "другой порт" } },
	{ SW_FACT_PROBE_OUTSIDE, { "other servers", "другие серверы" } },
	{ SW_FACT_PROBE_FIRST_BYTES, { "a patient look at the port", "терпеливый взгляд на порт" } },
	{ SW_FACT_PROBE_TLS, { "another handshake", "другое рукопожатие" } },
	{ SW_FACT_PROBE_HELLO, { "EHLO with another name", "EHLO с другим именем" } },
	{ SW_FACT_PROBE_TTL, { "the distance of the answer", "удалённость ответа" } },
	{ SW_FACT_PROBE_RESOLVER, { "another resolver", "другой резолвер" } },
	{ SW_FACT_PROBE_RCPT, { "the recipient asked otherwise", "получатель при другом запросе" } },
	{ SW_FACT_PROBE_SINGLE, { "commands one by one", "команды по одной" } },
	{ SW_FACT_CHECK_PTR, { "the reverse name", "обратное имя" } },
	{ SW_FACT_CHECK_DNSBL, { "the block list", "чёрный список" } },
	{ SW_FACT_CHECK_MX, { "the domain's MX", "MX домена" } },
	{ SW_FACT_LOCAL_CA, { "the store of certificates", "хранилище сертификатов" } },
	{ SW_FACT_LOCAL_FIREWALL, { "this machine's firewall", "брандмауэр этой машины" } },
	{ SW_FACT_LOCAL_ROUTE, { "the route", "маршрут" } },
	{ SW_FACT_HISTORY_ATTEMPTS, { "the earlier attempts", "прежние попытки" } },
};

static const char *thing(enum sw_fact_type type, enum sw_lang lang)
{
	for (size_t i = 0; i < SW_LEN(things); i++)
		if (things[i].type == type)
			return things[i].text[lang];
	return sw_fact_name(type);
}

/* "the connection attempt: state connected, port 587" */
static enum sw_err put_seen(struct sw_court *c, const struct sw_condition *parsed, uint32_t fact,
			    enum sw_lang lang, struct sw_buf *out)
{
	enum sw_err e = sw_buf_add_str(out, thing(parsed->type, lang));
	const char *between = ": ";

	for (size_t i = 0; !e && i < parsed->comparisons; i++) {
		struct sw_slice field = parsed->comparison[i].field;
		const char *value = sw_field_text(c, fact, field, lang);

		if (!value)
			return SW_E_NOMEM;
		if (!*value)
			continue;
		e = sw_buf_printf(out, "%s%.*s %.100s", between, SW_FMT(field), value);
		between = ", ";
	}
	return e;
}

enum sw_err sw_tell_plainly(struct sw_court *c, const struct sw_condition *parsed, uint32_t fact,
			    struct sw_evidence_line **list)
{
	static const char *const nothing[SW_LANG_COUNT] = { "not seen: ", "не видно: " };
	static const char *const seen[SW_LANG_COUNT] = { "seen instead: ", "видно другое: " };
	const char *text[SW_LANG_COUNT];

	for (size_t i = 0; i < SW_LANG_COUNT; i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_EVIDENCE_LINE };
		SW_CLEANUP(sw_buf_fini) struct sw_buf shown = { .max = SW_MAX_EVIDENCE_LINE };
		enum sw_lang lang = (enum sw_lang)i;
		bool any = fact != SW_UNBOUND;
		enum sw_err e = sw_buf_add_str(&out, any ? seen[i] : nothing[i]);

		if (!e)
			e = any ? put_seen(c, parsed, fact, lang, &out)
				: sw_buf_add_str(&out, thing(parsed->type, lang));
		if (!e)
			e = sw_text_escape(&shown, sw_buf_slice(&out), SW_TEXT_LINE);
		if (e == SW_E_LIMIT)
			return SW_OK;
		text[i] = e ? NULL : sw_arena_copy(c->arena, sw_buf_slice(&shown)).ptr;
		if (!text[i])
			return SW_E_NOMEM;
	}
	return sw_evidence_put(c, text, fact, list);
}
