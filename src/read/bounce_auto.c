/* SPDX-License-Identifier: MIT */
/* Answers of machines: vacation notices and the like (RFC 3834). */
#include "read/bounce_private.h"

/* How subjects of such answers begin.  With a colon behind, or alone, these words are a
 * machine's; with other words behind them, perhaps a person's. */
static const char *const subjects[] = {
	/* English, and what programs of all countries write in it */
	"automatic reply",
	"automatic response",
	"automated reply",
	"automated response",
	"auto reply",
	"auto-reply",
	"autoreply",
	"auto response",
	"auto-response",
	"autoresponse",
	"autoresponder",
	"auto responder",
	"auto:",
	"autorespons",
	"out of office",
	"out-of-office",
	"out of the office",
	"ooo",
	"vacation",
	"on vacation",
	"on leave",
	"on annual leave",
	"on holiday",
	"away from my mail",
	"away from the office",
	"away from office",
	"i am away",
	"i'm away",
	"i am out of",
	"i'm out of",
	"absence",
	"maternity leave",
	"parental leave",
	"no longer with",
	"no longer working",
	/* German */
	"automatische antwort",
	"automatische r\u00fcckmeldung",
	"automatische nachricht",
	"automatische rueckmeldung",
	"abwesenheit",
	"abwesend",
	"autoantwort",
	"urlaub",
	"ich bin nicht im b\u00fcro",
	"nicht im b\u00fcro",
	"au\u00dfer haus",
	/* French */
	"r\u00e9ponse automatique",
	"reponse automatique",
	"absence du bureau",
	"absent du bureau",
	"message d'absence",
	"absent",
	"en cong\u00e9",
	/* Spanish, Catalan */
	"respuesta autom\u00e1tica",
	"respuesta automatica",
	"autorespuesta",
	"autorrespuesta",
	"fuera de la oficina",
	"fuera de oficina",
	"respuesta de fuera",
	"ausente",
	"mensaje de ausencia",
	"contestaci\u00f3n autom\u00e1tica",
	"de vacaciones",
	"resposta autom\u00e0tica",
	/* Portuguese */
	"resposta autom\u00e1tica",
	"resposta automatica",
	"fora do escrit\u00f3rio",
	"aus\u00eancia",
	"ausencia",
	"f\u00e9rias",
	"mensagem autom\u00e1tica",
	/* Italian */
	"risposta automatica",
	"fuori ufficio",
	"fuori sede",
	"assenza",
	"assente",
	"messaggio automatico",
	"in ferie",
	/* Dutch */
	"automatisch antwoord",
	"automatische beantwoording",
	"automatische reactie",
	"afwezig",
	"niet aanwezig",
	"buiten kantoor",
	/* Swedish, Danish, Norwegian, Finnish, Icelandic */
	"autosvar",
	"automatiskt svar",
	"automatisk svar",
	"automatisk besked",
	"fr\u00e5nvaro",
	"frav\u00e6r",
	"ikke til stede",
	"ikke p\u00e5 kontoret",
	"borte fra kontoret",
	"automaattinen vastaus",
	"poissa",
	"automaatvastus",
	"sj\u00e1lfvirkt svar",
	/* Polish, Czech, Slovak, Hungarian, Romanian, Croatian,
	   Slovene, Baltic */
	"automatyczna odpowied\u017a",
	"odpowied\u017a automatyczna",
	"autoodpowied\u017a",
	"autoresponder",
	"poza biurem",
	"nieobecno\u015b\u0107",
	"nieobecny",
	"automatick\u00e1 odpov\u011b\u010f",
	"automatick\u00e1 odpove\u010f",
	"mimo kancel\u00e1\u0159",
	"nep\u0159\u00edtomnost",
	"automatikus v\u00e1lasz",
	"h\u00e1zon k\u00edv\u00fcl",
	"r\u0103spuns automat",
	"raspuns automat",
	"automatski odgovor",
	"samodejni odgovor",
	"odsotnost",
	"automatinis atsakymas",
	"autom\u0101tisk\u0101 atbilde",
	/* Russian, Ukrainian, Bulgarian, Greek, Turkish */
	"\u0410\u0432\u0442\u043e\u043e\u0442\u0432\u0435\u0442", /* Автоответ
								   */
	"\u0430\u0432\u0442\u043e\u043e\u0442\u0432\u0435\u0442",
	"\u0410\u0432\u0442\u043e\u043c\u0430\u0442\u0438\u0447\u0435"
	"\u0441\u043a",                                      /* Автоматическ */
	"\u0412 \u043e\u0442\u043f\u0443\u0441\u043a\u0435", /* В
								отпуске
							      */
	"\u041e\u0442\u043f\u0443\u0441\u043a",              /* Отпуск */
	"\u041d\u0435\u0442 \u043d\u0430 "
	"\u0440\u0430\u0431\u043e\u0442\u0435",              /* Нет на работе */
	"\u041e\u0442\u0441\u0443\u0442\u0441\u0442\u0432",  /* Отсутств
							      */
	"\u0412\u043d\u0435 \u043e\u0444\u0438\u0441\u0430", /* Вне
								офиса
							      */
	"\u0410\u0432\u0442\u043e\u043c\u0430\u0442\u0438\u0447\u043d"
	"\u0430 \u0432\u0456\u0434",                        /* uk */
	"\u0410\u0432\u0442\u043e\u0432\u0456\u0434\u043f", /* Автовідп
							     */
	"\u0410\u0432\u0442\u043e\u043c\u0430\u0442\u0438\u0447\u0435"
	"\u043d \u043e\u0442", /* bg */
	"\u0391\u03c5\u03c4\u03cc\u03bc\u03b1\u03c4\u03b7 "
	"\u03b1\u03c0\u03ac", /* Αυτόματη απά */
	"\u0395\u03ba\u03c4\u03cc\u03c2 "
	"\u03b3\u03c1\u03b1\u03c6\u03b5\u03af\u03bf\u03c5",
	"otomatik yan\u0131t",
	"otomatik cevap",
	"ofis d\u0131\u015f\u0131",
	"ofiste de\u011fil",
	/* Arabic, Hebrew, Persian */
	"\u0631\u062f \u062a\u0644\u0642\u0627\u0626\u064a",
	"\u05ea\u05e9\u05d5\u05d1\u05d4 "
	"\u05d0\u05d5\u05d8\u05d5\u05de\u05d8\u05d9\u05ea",
	"\u05de\u05e2\u05e0\u05d4 "
	"\u05d0\u05d5\u05d8\u05d5\u05de\u05d8\u05d9",
	"\u067e\u0627\u0633\u062e "
	"\u062e\u0648\u062f\u06a9\u0627\u0631",
	/* Japanese, Chinese, Korean, Thai, Vietnamese, Indonesian */
	"\u81ea\u52d5\u5fdc\u7b54",
	"\u81ea\u52d5\u8fd4\u4fe1",
	"\u4e0d\u5728",
	"\u81ea\u52d5"
	"\u56de\u8986",
	"\u81ea\u52a8\u56de\u590d",
	"\u81ea\u52a8\u7b54\u590d",
	"\u81ea\u52d5\u56de\u5fa9",
	"\u5916\u51fa",
	"\u4f11\u5047",
	"\uc790\ub3d9 \ud68c\uc2e0",
	"\uc790\ub3d9 \uc751\ub2f5",
	"\uc790\ub3d9\uc751\ub2f5",
	"\ubd80\uc7ac\uc911",
	"\uc790\ub3d9\ud68c\uc2e0",
	"\u0e15\u0e2d\u0e1a\u0e01\u0e25\u0e31\u0e1a\u0e2d\u0e31\u0e15"
	"\u0e42\u0e19\u0e21\u0e31\u0e15\u0e34",
	"tr\u1ea3 l\u1eddi t\u1ef1 \u0111\u1ed9ng",
	"balasan otomatis",
	"jawapan automatik",
};

enum subject_sign { SUBJECT_NONE, SUBJECT_WEAK, SUBJECT_STRONG };

static enum subject_sign sign_of(struct sw_slice subject)
{
	enum subject_sign best = SUBJECT_NONE;

	subject = sw_slice_trim(subject);
	if (subject.len && (subject.ptr[0] == '[' || subject.ptr[0] == '('))
		subject = sw_slice_trim(sw_slice_from(subject, 1));
	for (size_t i = 0; i < SW_LEN(subjects) && subject.len; i++) {
		if (sw_ascii_lower(subject.ptr[0]) != sw_ascii_lower(subjects[i][0]))
			continue;
		struct sw_slice words = sw_slice_str(subjects[i]);

		if (!sw_slice_starts_nocase(subject, words))
			continue;
		struct sw_slice rest = sw_slice_trim(sw_slice_from(subject, words.len));
		size_t colon = sw_slice_find(rest, ':');

		/* "Automatic reply - away: ..." is one word further. */
		bool strong = rest.len == 0 || colon == 0 || words.ptr[words.len - 1] == ':' ||
			      rest.ptr[0] == ']' || sw_slice_starts(rest, SW_S("\uff1a"));

		if (strong)
			return SUBJECT_STRONG;
		best = SUBJECT_WEAK;
	}
	return best;
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
