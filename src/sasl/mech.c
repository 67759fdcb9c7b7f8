/* SPDX-License-Identifier: MIT */
#include "sasl/sasl.h"

#include "base/text.h"

/* Strongest first.  CRAM-MD5 stands before PLAIN because it does not hand the password to a false
 * server; that is worth more than the age of MD5, which is not broken in this use.  NTLM is the last
 * one: whoever has its messages can guess the password far faster than any other's. */
static const struct sw_sasl_mech mechs[] = {
	{ .name = "SCRAM-SHA-256-PLUS", .channel_binding = true, .initial_response = true },
	{ .name = "SCRAM-SHA-1-PLUS", .channel_binding = true, .initial_response = true },
	{ .name = "SCRAM-SHA-256", .initial_response = true },
	{ .name = "SCRAM-SHA-1", .initial_response = true },
	{ .name = "CRAM-MD5", .weak = true },
	{ .name = "PLAIN", .reveals_secret = true, .initial_response = true },
	{ .name = "LOGIN", .reveals_secret = true },
	{ .name = "NTLM", .weak = true, .initial_response = true },
	{ .name = "OAUTHBEARER", .proof = SW_PROOF_TOKEN, .reveals_secret = true,
	  .initial_response = true },
	{ .name = "XOAUTH2", .proof = SW_PROOF_TOKEN, .reveals_secret = true,
	  .initial_response = true },
	{ .name = "EXTERNAL", .proof = SW_PROOF_CERT, .needs_tls = true, .initial_response = true },
	{ .name = "GSSAPI", .proof = SW_PROOF_TICKET, .initial_response = true },
};

size_t sw_sasl_mech_count(void)
{
	return SW_LEN(mechs);
}

const struct sw_sasl_mech *sw_sasl_mech_at(size_t i)
{
	return i < SW_LEN(mechs) ? &mechs[i] : NULL;
}

const struct sw_sasl_mech *sw_sasl_mech_find(struct sw_slice name)
{
	for (size_t i = 0; i < SW_LEN(mechs); i++)
		if (sw_slice_eq_nocase(name, sw_slice_str(mechs[i].name)))
			return &mechs[i];
	return NULL;
}

/* Words with blanks or commas between, never empty ones. */
static bool next_word(struct sw_slice *rest, struct sw_slice *ret)
{
	size_t start = 0;

	/* An empty slice may have no pointer, and C does not let NULL + 0 be computed. */
	if (rest->len == 0)
		return false;
	while (start < rest->len && strchr(" ,\t", rest->ptr[start]) && rest->ptr[start])
		start++;
	size_t end = start;
	while (end < rest->len && (!strchr(" ,\t", rest->ptr[end]) || !rest->ptr[end]))
		end++;
	*ret = sw_slice(rest->ptr + start, end - start);
	*rest = sw_slice_from(*rest, end);
	return ret->len > 0;
}

static bool has_word(struct sw_slice list, struct sw_slice word)
{
	struct sw_slice one;

	while (next_word(&list, &one))
		if (sw_slice_eq_nocase(one, word))
			return true;
	return false;
}

static bool has_any(struct sw_slice list)
{
	struct sw_slice word;

	return next_word(&list, &word);
}

static bool has_proof(const struct sw_sasl_wish *wish, const struct sw_sasl_mech *mech)
{
	unsigned proofs = wish->proofs ? wish->proofs : 1U << SW_PROOF_PASSWORD;

	return proofs >> mech->proof & 1;
}

enum sw_sasl_skip sw_sasl_judge(const struct sw_sasl_wish *wish, struct sw_slice name)
{
	const struct sw_sasl_mech *mech = sw_sasl_mech_find(name);
	bool by_name = has_any(wish->wanted);

	if (!mech)
		return SW_SASL_UNKNOWN;
	if (has_word(wish->tried, name))
		return SW_SASL_TRIED;
	if (by_name && !has_word(wish->wanted, name))
		return SW_SASL_NOT_WANTED;
	/* Without names only what we have the means for; whoever names one knows what he has. */
	if (!by_name && !has_proof(wish, mech))
		return SW_SASL_NO_PROOF;
	if (mech->needs_tls && !wish->tls)
		return SW_SASL_NEEDS_TLS;
	if (mech->channel_binding && !(wish->tls && wish->binding))
		return SW_SASL_NO_BINDING;
	if (!by_name && !wish->tls && (mech->reveals_secret || mech->weak))
		return SW_SASL_NEEDS_TLS;
	return SW_SASL_USABLE;
}

const struct sw_sasl_mech *sw_sasl_choose(const struct sw_sasl_wish *wish)
{
	struct sw_slice wanted = wish->wanted;
	struct sw_slice name;

	while (next_word(&wanted, &name))
		if (has_word(wish->offered, name) && sw_sasl_judge(wish, name) == SW_SASL_USABLE)
			return sw_sasl_mech_find(name);
	for (size_t i = 0; i < SW_LEN(mechs); i++) {
		name = sw_slice_str(mechs[i].name);
		if (has_word(wish->offered, name) && sw_sasl_judge(wish, name) == SW_SASL_USABLE)
			return &mechs[i];
	}
	return NULL;
}

static const struct {
	const char *name;
	const char *people;
} skips[] = {
	[SW_SASL_USABLE] = { "usable", "could be used" },
	[SW_SASL_UNKNOWN] = { "unknown", "not known to this program" },
	[SW_SASL_NEEDS_TLS] = { "needs_tls",
				"not used without TLS, because a listener could get the password" },
	[SW_SASL_NO_BINDING] = { "no_binding",
				 "not used, because the connection gives no channel binding" },
	[SW_SASL_NOT_WANTED] = { "not_wanted", "not among those asked for" },
	[SW_SASL_NO_PROOF] = { "no_proof",
			       "not used, because it takes another kind of secret than is set" },
	[SW_SASL_TRIED] = { "tried", "refused already" },
};

const char *sw_sasl_skip_name(enum sw_sasl_skip skip)
{
	return (unsigned)skip < SW_LEN(skips) ? skips[skip].name : "?";
}

/* Appends `before` and the name, which the server or the user wrote. */
static enum sw_err add_name(struct sw_buf *out, const char *before, struct sw_slice name)
{
	enum sw_err e = sw_buf_add_str(out, before);

	return e ? e : sw_text_escape(out, name, SW_TEXT_LINE);
}

static enum sw_err add_list(struct sw_buf *out, struct sw_slice list)
{
	struct sw_slice name;
	enum sw_err e = SW_OK;

	for (bool first = true; !e && next_word(&list, &name); first = false)
		e = add_name(out, first ? " " : ", ", name);
	return e;
}

static enum sw_err add_skipped(const struct sw_sasl_wish *wish, enum sw_sasl_skip skip,
			       struct sw_buf *out)
{
	struct sw_slice offered = wish->offered;
	struct sw_slice name;
	bool first = true;
	enum sw_err e = SW_OK;

	while (!e && next_word(&offered, &name)) {
		if (sw_sasl_judge(wish, name) != skip)
			continue;
		if (first)
			e = sw_buf_printf(out, "; %s:", skips[skip].people);
		if (!e)
			e = add_name(out, first ? " " : ", ", name);
		first = false;
	}
	return e;
}

static enum sw_err add_not_offered(const struct sw_sasl_wish *wish, struct sw_buf *out)
{
	struct sw_slice wanted = wish->wanted;
	struct sw_slice name;
	bool first = true;
	enum sw_err e = SW_OK;

	while (!e && next_word(&wanted, &name)) {
		if (has_word(wish->offered, name))
			continue;
		e = add_name(out, first ? "; asked for but not offered: " : ", ", name);
		first = false;
	}
	return e;
}

enum sw_err sw_sasl_explain(const struct sw_sasl_wish *wish, struct sw_buf *out)
{
	enum sw_err e;

	if (has_any(wish->offered)) {
		e = sw_buf_add_str(out, "the server offers");
		if (!e)
			e = add_list(out, wish->offered);
	} else {
		e = sw_buf_add_str(out, "the server offers no mechanism to authenticate");
	}
	for (unsigned i = SW_SASL_UNKNOWN; i < SW_LEN(skips) && !e; i++)
		e = add_skipped(wish, (enum sw_sasl_skip)i, out);
	return e ? e : add_not_offered(wish, out);
}
