/* SPDX-License-Identifier: MIT */
#include "smtp/server-command.h"

#include "base/limits.h"
#include "base/text.h"
#include "mail/address.h"

enum argument { NONE, OPTIONAL, REQUIRED, PATH_FROM, PATH_TO, CHUNK, ATTRIBUTES };

struct verb_row {
	enum sw_smtp_verb verb;
	const char *word;
	enum argument argument;
	unsigned needs;
};

static const struct verb_row verbs[] = {
#define SW_SMTP_VERB(id, word, argument, needs) { SW_VERB_##id, word, argument, needs },
#include "smtp/server-verb.def"
#undef SW_SMTP_VERB
};

const char *sw_smtp_verb_name(enum sw_smtp_verb v)
{
	for (size_t i = 0; i < SW_LEN(verbs); i++)
		if (verbs[i].verb == v)
			return verbs[i].word;
	switch (v) {
	case SW_VERB_CONNECT:
		return "CONNECT";
	case SW_VERB_AUTH_TOKEN:
		return "AUTH_TOKEN";
	case SW_VERB_MESSAGE:
		return "MESSAGE";
	case SW_VERB_NONE:
	case SW_VERB_EHLO:
	case SW_VERB_HELO:
	case SW_VERB_LHLO:
	case SW_VERB_STARTTLS:
	case SW_VERB_AUTH:
	case SW_VERB_MAIL:
	case SW_VERB_RCPT:
	case SW_VERB_DATA:
	case SW_VERB_BDAT:
	case SW_VERB_XCLIENT:
	case SW_VERB_RSET:
	case SW_VERB_NOOP:
	case SW_VERB_VRFY:
	case SW_VERB_HELP:
	case SW_VERB_QUIT:
	case SW_VERB_UNKNOWN:
	case SW_VERB_COUNT:
		break;
	}
	return "UNKNOWN";
}

static void wrong(struct sw_smtp_command *c, int code, const char *enhanced, const char *text)
{
	c->code = code;
	c->enhanced = enhanced;
	c->text = text;
}

/* Length of the path in <>, from behind the '<' to before the '>'. A quoted part may hold
 * '>'. False when it is not closed. */
static bool path_end(struct sw_slice s, size_t *ret_len)
{
	bool quoted = false;

	for (size_t i = 0; i < s.len; i++) {
		if (quoted && s.ptr[i] == '\\') {
			i++;
		} else if (s.ptr[i] == '"') {
			quoted = !quoted;
		} else if (!quoted && s.ptr[i] == '>') {
			*ret_len = i;
			return true;
		}
	}
	return false;
}

/* RFC 5321 4.1.1.3: a source route is accepted and ignored. */
static struct sw_slice without_route(struct sw_slice path)
{
	size_t colon = sw_slice_find(path, ':');

	return path.len && path.ptr[0] == '@' && colon < path.len
		       ? sw_slice_from(path, colon + 1)
		       : path;
}

/* RFC 5321 4.1.2 Atom, RFC 6531 3.3 for what is beyond ASCII. */
static bool is_atext(char c)
{
	return (unsigned char)c >= 0x80 || sw_ascii_digit(c) ||
	       (sw_ascii_lower(c) >= 'a' && sw_ascii_lower(c) <= 'z') ||
	       (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* Length of the local part: a quoted string or atoms with dots between; 0: neither. */
static size_t local_len(struct sw_slice s)
{
	size_t i = 0;

	if (s.len && s.ptr[0] == '"') {
		for (i = 1; i < s.len && s.ptr[i] != '"'; i++)
			if (s.ptr[i] == '\\')
				i++;
		return i < s.len ? i + 1 : 0;
	}
	while (i < s.len && is_atext(s.ptr[i])) {
		while (i < s.len && is_atext(s.ptr[i]))
			i++;
		if (i < s.len && s.ptr[i] == '.')
			i++;
		else
			return i;
	}
	return 0;
}

/* A domain with UTF-8 in it: only that its labels are there; what they mean is IDNA's
 * business. */
static bool is_utf8_domain(struct sw_slice s)
{
	struct sw_slice label;

	while (sw_slice_split(&s, '.', &label)) {
		if (label.len == 0)
			return false;
		for (size_t i = 0; i < label.len; i++) {
			char c = sw_ascii_lower(label.ptr[i]);

			if (!sw_ascii_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' &&
			    (unsigned char)c < 0x80)
				return false;
		}
	}
	return true;
}

/* Mailbox of RFC 5321 4.1.2, with UTF-8. */
static bool is_mailbox(struct sw_slice a)
{
	size_t len = local_len(a);
	struct sw_slice domain = sw_slice_from(a, len + 1);

	if (a.len > SW_MAX_ADDRESS || len == 0 || len > SW_MAX_LOCAL_PART || len == a.len ||
	    a.ptr[len] != '@' || domain.len == 0 || domain.len > SW_MAX_DOMAIN)
		return false;
	return sw_slice_has_8bit(domain) ? is_utf8_domain(domain) : sw_ehlo_name_valid(domain);
}

/* esmtp-param of RFC 5321 4.1.2: keyword ["=" value]. */
static bool is_param(struct sw_slice p)
{
	size_t equals = sw_slice_find(p, '=');

	for (size_t i = 0; i < equals; i++) {
		char c = sw_ascii_lower(p.ptr[i]);

		if (!sw_ascii_digit(c) && !(c >= 'a' && c <= 'z') && !(c == '-' && i > 0))
			return false;
	}
	return equals > 0 && (equals == p.len || equals + 1 < p.len) &&
	       sw_slice_find(sw_slice_from(p, equals + 1), '=') ==
		       sw_slice_from(p, equals + 1).len;
}

static void parse_params(struct sw_smtp_command *c, struct sw_slice rest)
{
	struct sw_slice param;

	if (rest.len && rest.ptr[0] != ' ') {
		wrong(c, 501, "5.5.4", "A blank must stand between address and parameters");
		return;
	}
	c->params = rest = sw_slice_trim(rest);
	while (sw_slice_split(&rest, ' ', &param)) {
		if (param.len == 0)
			continue;
		if (!is_param(param)) {
			wrong(c, 501, "5.5.4", "Bad parameter syntax");
			return;
		}
		c->smtputf8 = c->smtputf8 || sw_slice_eq_nocase(param, SW_S("SMTPUTF8"));
		c->binary = c->binary || sw_slice_eq_nocase(param, SW_S("BODY=BINARYMIME"));
	}
}

static void parse_path(struct sw_smtp_command *c, struct sw_slice rest, bool from)
{
	struct sw_slice word = from ? SW_S("FROM:") : SW_S("TO:");
	size_t len = 0;

	if (!sw_slice_starts_nocase(rest, word)) {
		wrong(c, 501, "5.5.4",
		      from ? "Syntax: MAIL FROM:<address>" : "Syntax: RCPT TO:<address>");
		return;
	}
	/* RFC 5321 3.3 forbids a blank behind the colon; so many clients send one that every
	 * server takes it. */
	rest = sw_slice_trim(sw_slice_from(rest, word.len));
	if (!rest.len || rest.ptr[0] != '<' || !path_end(sw_slice_from(rest, 1), &len)) {
		wrong(c, 501, from ? "5.1.7" : "5.1.3", "The address must stand in <>");
		return;
	}
	c->arg = without_route(sw_slice(rest.ptr + 1, len));
	parse_params(c, sw_slice_from(rest, len + 2));
	if (c->code || (from && c->arg.len == 0))
		return;
	/* RFC 5321 4.5.1: the postmaster needs no domain. */
	if (!from && sw_slice_eq_nocase(c->arg, SW_S("postmaster")))
		return;
	if (!is_mailbox(c->arg))
		wrong(c, 501, from ? "5.1.7" : "5.1.3", "Bad address syntax");
}

/* "SIZE" or "SIZE LAST" (RFC 3030 2). What is malformed leaves nobody knowing where the next
 * command begins: that ends the session. */
static void parse_chunk(struct sw_smtp_command *c, struct sw_slice rest)
{
	size_t blank = sw_slice_find(rest, ' ');
	struct sw_slice last = sw_slice_trim(sw_slice_from(rest, blank));

	c->chunk_last = sw_slice_eq_nocase(last, SW_S("LAST"));
	if (!sw_slice_u64(sw_slice_head(rest, blank), &c->chunk_bytes) ||
	    c->chunk_bytes > INT64_MAX || (last.len > 0 && !c->chunk_last))
		wrong(c, 521, "5.5.4", "Syntax: BDAT size [LAST]; closing");
}

static void parse_attributes(struct sw_smtp_command *c, struct sw_slice rest)
{
	struct sw_slice all = c->params = rest, word;

	while (sw_slice_split(&rest, ' ', &word))
		if (word.len > 0 && (!is_param(word) || sw_slice_find(word, '=') == word.len))
			wrong(c, 501, "5.5.4", "Syntax: XCLIENT name=value ...");
	if (all.len == 0)
		wrong(c, 501, "5.5.4", "Syntax: XCLIENT name=value ...");
}

static void parse_rest(struct sw_smtp_command *c, enum argument argument, struct sw_slice rest)
{
	c->arg = rest;
	switch (argument) {
	case NONE:
		if (rest.len)
			wrong(c, 501, "5.5.4", "This command takes no argument");
		break;
	case REQUIRED:
		if (!rest.len)
			wrong(c, 501, "5.5.4", "This command needs an argument");
		break;
	case PATH_FROM:
	case PATH_TO:
		parse_path(c, rest, argument == PATH_FROM);
		break;
	case CHUNK:
		parse_chunk(c, rest);
		break;
	case ATTRIBUTES:
		parse_attributes(c, rest);
		break;
	case OPTIONAL:
		break;
	}
}

void sw_smtp_command_parse(struct sw_slice line, struct sw_smtp_command *ret)
{
	size_t blank = sw_slice_find(line, ' ');
	struct sw_slice word = sw_slice_head(line, blank);
	struct sw_slice rest = sw_slice_trim(sw_slice_from(line, blank));

	*ret = (struct sw_smtp_command){ .verb = SW_VERB_UNKNOWN, .arg = line };
	if (sw_slice_has_control(line)) {
		wrong(ret, 500, "5.5.2", "Control characters in a command");
		return;
	}
	for (size_t i = 0; i < SW_LEN(verbs); i++) {
		if (!sw_slice_eq_nocase(word, sw_slice_str(verbs[i].word)))
			continue;
		ret->verb = verbs[i].verb;
		ret->needs = verbs[i].needs;
		parse_rest(ret, verbs[i].argument, rest);
		break;
	}
	/* UTF-8 is for addresses (RFC 6531 3.3), other bytes above 0x7f are for nobody. */
	bool has_path = ret->verb == SW_VERB_MAIL || ret->verb == SW_VERB_RCPT;

	if (sw_slice_has_8bit(line) && !(has_path && sw_utf8_valid(line)))
		wrong(ret, 500, "5.5.2", "Bytes beyond ASCII in a command");
	else if (ret->verb == SW_VERB_UNKNOWN)
		wrong(ret, 500, "5.5.1", "Command not recognised");
}

bool sw_smtp_command_is_http(struct sw_slice line)
{
	static const char *const methods[] = { "GET ",    "POST ",    "HEAD ",
					       "PUT ",    "OPTIONS ", "CONNECT ",
					       "DELETE ", "PATCH ",   "Host:" };

	for (size_t i = 0; i < SW_LEN(methods); i++)
		if (sw_slice_starts_nocase(line, sw_slice_str(methods[i])))
			return true;
	return false;
}
