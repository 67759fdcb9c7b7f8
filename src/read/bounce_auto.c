/* SPDX-License-Identifier: MIT */
/* Answers of machines: vacation notices and the like (RFC 3834). */
#include "read/bounce_private.h"

/* How the subjects of such answers begin. The first words are a machine's when a colon follows
 * or nothing; the others a person writes, too, and they count only beside another sign. */
/* clang-format off */
static const char *const answers[] = {
	/* English, and what programs of all countries write in it */
	"automatic reply", "automatic response", "automated reply", "automated response",
	"auto reply", "auto-reply", "autoreply", "auto response", "auto-response",
	"autoresponse", "autoresponder", "auto responder", "auto:", "autorespons",
	"out of office autoreply", "out of office auto-reply", "out of office reply",
	"out of office response", "vacation reply", "vacation response", "vacation auto",
	/* German, Dutch, the North */
	"automatische antwort", "automatische rückmeldung", "automatische rueckmeldung",
	"autoantwort", "abwesenheitsnotiz", "abwesenheitsbenachrichtigung",
	"abwesenheitsnachricht", "automatisch antwoord", "automatische beantwoording",
	"automatische reactie", "afwezigheidsbericht", "autosvar", "automatiskt svar",
	"automatisk svar", "automatisk besked", "frånvaromeddelande", "automaattinen vastaus",
	"poissaoloviesti", "automaatvastus", "sjálfvirkt svar",
	/* Romance */
	"réponse automatique", "reponse automatique", "message d'absence",
	"respuesta automática", "respuesta automatica", "autorespuesta", "autorrespuesta",
	"respuesta de fuera", "mensaje de ausencia", "contestación automática",
	"resposta automàtica", "resposta automática", "resposta automatica",
	"mensagem automática", "risposta automatica", "risposta da fuori",
	"messaggio automatico", "răspuns automat", "raspuns automat",
	/* Slavic, Baltic, Hungarian */
	"automatyczna odpowiedź", "odpowiedź automatyczna", "autoodpowiedź",
	"automatická odpověď", "automatická odpoveď", "automatski odgovor",
	"samodejni odgovor", "automatinis atsakymas", "automātiskā atbilde",
	"automatikus válasz", "Автоответ", "автоответ", "Автоматическ", "Автоматична від",
	"Автовідп", "Автоматичен от", "Аўтаматычны адказ", "Аутоматски одговор",
	/* Greek, Turkish, Semitic, Persian */
	"Αυτόματη απά", "otomatik yanıt", "otomatik cevap", "رد تلقائي", "תשובה אוטומטית",
	"מענה אוטומטי", "پاسخ خودکار",
	/* East */
	"自動応答", "自動返信", "自動回覆", "自動回復", "自动回复", "自动答复", "자동 회신", "자동 응답", "자동응답", "자동회신",
	"ตอบกลับอัตโนมัติ", "trả lời tự động", "balasan otomatis", "jawapan automatik",
	"स्वचालित उत्तर",
};
static const char *const absences[] = {
	/* English */
	"out of office", "out-of-office", "out of the office", "ooo", "vacation",
	"on vacation", "on leave", "on annual leave", "on holiday", "away from my mail",
	"away from the office", "away from office", "i am away", "i'm away", "i am out of",
	"i'm out of", "absence", "maternity leave", "parental leave", "no longer with",
	"no longer working",
	/* German, Dutch, the North */
	"abwesenheit", "abwesend", "automatische nachricht", "urlaub",
	"ich bin nicht im büro", "nicht im büro", "außer haus", "afwezig", "niet aanwezig",
	"buiten kantoor", "frånvaro", "fravær", "ikke til stede", "ikke på kontoret",
	"borte fra kontoret", "poissa",
	/* Romance */
	"absence du bureau", "absent du bureau", "absent", "en congé", "fuera de la oficina",
	"fuera de oficina", "ausente", "de vacaciones", "fora do escritório", "ausência",
	"ausencia", "férias", "fuori ufficio", "fuori sede", "assenza", "assente", "in ferie",
	/* Slavic, Hungarian, Greek, Turkish */
	"poza biurem", "nieobecność", "nieobecny", "mimo kancelář", "nepřítomnost",
	"odsotnost", "házon kívül", "В отпуске", "Отпуск", "Нет на работе", "Отсутств",
	"Вне офиса", "Εκτός γραφείου", "ofis dışı", "ofiste değil",
	/* East */
	"不在", "外出", "休假", "부재중",
};
/* clang-format on */

enum subject_sign { SUBJECT_NONE, SUBJECT_WEAK, SUBJECT_STRONG };

/* Length of the word that the subject begins with, or 0. */
static size_t begins_with(struct sw_slice subject, const char *const *words, size_t count)
{
	size_t longest = 0;

	for (size_t i = 0; i < count && subject.len; i++) {
		if (sw_ascii_lower(subject.ptr[0]) != sw_ascii_lower(words[i][0]))
			continue;
		struct sw_slice word = sw_slice_str(words[i]);

		if (word.len > longest && sw_slice_starts_nocase(subject, word))
			longest = word.len;
	}
	return longest;
}

static enum subject_sign sign_of(struct sw_slice subject)
{
	subject = sw_slice_trim(subject);
	if (subject.len && (subject.ptr[0] == '[' || subject.ptr[0] == '('))
		subject = sw_slice_trim(sw_slice_from(subject, 1));
	size_t len = begins_with(subject, answers, SW_LEN(answers));

	if (len == 0)
		return begins_with(subject, absences, SW_LEN(absences)) ? SUBJECT_WEAK
									: SUBJECT_NONE;
	struct sw_slice rest = sw_slice_trim(sw_slice_from(subject, len));
	bool strong = rest.len == 0 || rest.ptr[0] == ':' || rest.ptr[0] == ']' ||
		      subject.ptr[len - 1] == ':' || sw_slice_starts(rest, SW_S("："));

	/* Stems of words that are inflected: the rest of the word goes on. */
	if (!strong && ((unsigned char)rest.ptr[0] & 0x80))
		strong = sw_slice_find(sw_slice_head(rest, 40), ':') < rest.len;
	return strong ? SUBJECT_STRONG : SUBJECT_WEAK;
}

static bool is_responders_precedence(struct sw_slice value)
{
	return sw_slice_starts_nocase(value, SW_S("auto_reply")) ||
	       sw_slice_starts_nocase(value, SW_S("auto-reply")) ||
	       sw_slice_starts_nocase(value, SW_S("autoreply"));
}

static bool is_responders_mailer(struct sw_slice value)
{
	return sw_slice_starts_nocase(value, SW_S("vacation")) ||
	       sw_slice_starts_nocase(value, SW_S("autorespond")) ||
	       sw_slice_starts_nocase(value, SW_S("autoreply")) ||
	       sw_slice_starts_nocase(value, SW_S("auto-reply"));
}

bool bounce_is_autoreply(const struct bounce_reader *r)
{
	const struct bounce_head *h = &r->head;
	bool declared = sw_slice_starts_nocase(h->auto_submitted, SW_S("auto-replied")) ||
			h->responder || is_responders_precedence(h->precedence) ||
			is_responders_mailer(h->mailer);
	enum subject_sign sign = sign_of(h->subject);
	/* What machines show, but not only those that answer. */
	bool hinted = bounce_has_null_path(h) || h->suppress ||
		      sw_slice_starts_nocase(h->precedence, SW_S("bulk")) ||
		      sw_slice_starts_nocase(h->precedence, SW_S("junk")) ||
		      sw_slice_starts_nocase(h->auto_submitted, SW_S("auto"));

	/* Lists and calendars answer by machine as well, but for nobody. */
	if (h->list || r->calendar)
		return false;
	return declared || sign == SUBJECT_STRONG || (sign == SUBJECT_WEAK && hinted);
}

bool bounce_is_vacation(const struct bounce_reader *r)
{
	const struct bounce_head *h = &r->head;

	return h->responder || is_responders_precedence(h->precedence) ||
	       is_responders_mailer(h->mailer) || sign_of(h->subject) == SUBJECT_STRONG;
}

static bool is_nobody(struct sw_slice address)
{
	static const char *const starts[] = { "noreply",    "no-reply",     "no_reply",
					      "donotreply", "do-not-reply", "nobody" };

	for (size_t i = 0; i < SW_LEN(starts); i++)
		if (sw_slice_starts_nocase(address, sw_slice_str(starts[i])))
			return true;
	return address.len == 0;
}

enum sw_err bounce_take_words(struct bounce_reader *r, struct sw_bounce_recipient *b,
			      size_t most)
{
	struct sw_slice words = sw_slice_head(sw_slice_trim(r->text), most);

	/* No piece of a character at the end. */
	while (words.len == most && words.len &&
	       ((unsigned char)words.ptr[words.len - 1] & 0xc0) == 0x80)
		words.len--;
	if (words.len == most && ((unsigned char)words.ptr[words.len - 1] & 0x80))
		words.len--;
	b->diagnostic = bounce_one_line(r, words);
	return b->diagnostic ? SW_OK : SW_E_NOMEM;
}

enum sw_err bounce_read_autoreply(struct bounce_reader *r)
{
	enum { WORDS = 500 };
	struct sw_slice from = bounce_address(r->head.from);
	struct sw_slice reply_to = bounce_address(r->head.reply_to);
	struct sw_bounce_recipient *b = bounce_recipient_add(r, SW_BOUNCE_AUTOREPLY);

	if (!b)
		return SW_E_NOMEM;
	b->address = bounce_string(r, is_nobody(from) && reply_to.len ? reply_to : from);
	if (!b->address)
		return SW_E_NOMEM;
	r->ret->is_bounce = true;
	r->ret->layout = "autoreply";
	r->ret->why = "A machine answers for its user (RFC 3834).";
	return bounce_take_words(r, b, WORDS);
}
