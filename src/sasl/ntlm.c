/* SPDX-License-Identifier: MIT */
/* NTLMv2's three messages (MS-NLMP 2.2.1), client side and, for the sandbox, the server's.
 * Numbers are little end first; texts stand behind the fixed part: length, length, offset. */
#include "sasl/ntlm.h"

#include <openssl/evp.h>

#include "codec/crypto.h"
#include "sasl/native.h"

enum {
	FLAG_UNICODE = 0x00000001,
	FLAG_REQUEST_TARGET = 0x00000004,
	FLAG_NTLM = 0x00000200,
	FLAG_ALWAYS_SIGN = 0x00008000,
	FLAG_EXTENDED = 0x00080000, /* session security; NTLMv2 needs it */
	FLAG_TARGET_INFO = 0x00800000,
	FLAG_128 = 0x20000000,
	FLAGS = FLAG_UNICODE | FLAG_REQUEST_TARGET | FLAG_NTLM | FLAG_ALWAYS_SIGN |
		FLAG_EXTENDED | FLAG_TARGET_INFO | FLAG_128,

	NEGOTIATE_SIZE = 32,
	CHALLENGE_LEAST = 32, /* before the target info was invented */
	CHALLENGE_SIZE = 48,
	AUTHENTICATE_SIZE = 88,
	MIC_AT = 72,

	AV_END = 0,
	AV_NAME = 1,
	AV_DOMAIN = 2,
	AV_FLAGS = 6,
	AV_TIME = 7,
	AV_BINDING = 10,
	AV_FLAG_MIC = 2,

	/* Target info that we send back: a server's has some 200 bytes. */
	MAX_INFO = 4096,
};

static const char signature[8] = "NTLMSSP";

static uint32_t get(struct sw_slice s, size_t at, size_t bytes)
{
	uint32_t value = 0;
	for (size_t i = 0; i < bytes; i++)
		value |= (uint32_t)(uint8_t)s.ptr[at + i] << (8 * i);
	return value;
}

static enum sw_err add(struct sw_buf *out, uint32_t value, size_t bytes)
{
	uint8_t raw[4];
	for (size_t i = 0; i < bytes; i++)
		raw[i] = (uint8_t)(value >> (8 * i));
	return sw_buf_add(out, sw_slice(raw, bytes));
}

/* A text that a message names at `at`; false when it does not lie inside. */
static bool get_text(struct sw_slice m, size_t at, struct sw_slice *ret)
{
	uint32_t len = get(m, at, 2), offset = get(m, at + 4, 4);
	*ret = (struct sw_slice){ "", 0 };
	if (len == 0)
		return true;
	if (offset > m.len || len > m.len - offset)
		return false;
	*ret = sw_slice(m.ptr + offset, len);
	return true;
}

static bool is_message(struct sw_slice m, uint32_t type, size_t least)
{
	return m.len >= least && memcmp(m.ptr, signature, sizeof(signature)) == 0 &&
	       get(m, 8, 4) == type;
}

static enum sw_err begin_message(struct sw_buf *out, uint32_t type)
{
	enum sw_err e = sw_buf_add(out, sw_slice(signature, sizeof(signature)));
	return e ? e : add(out, type, 4);
}

/* Names no domain and no workstation. */
static enum sw_err negotiate(struct sw_buf *out)
{
	static const uint8_t nothing[NEGOTIATE_SIZE - 16];
	enum sw_err e = begin_message(out, 1);
	if (!e)
		e = add(out, FLAGS, 4);
	return e ? e : sw_buf_add(out, sw_slice(nothing, sizeof(nothing)));
}

/* RFC 5929 4 in the form of RFC 2744's gss_channel_bindings_struct: no addresses, the data,
 * MD5 over it all. */
static bool binding_hash(struct sw_slice endpoint, uint8_t out[16])
{
	static const char prefix[] = "tls-server-end-point:";
	SW_CLEANUP(sw_buf_fini) struct sw_buf all = { .max = 256 };
	static const uint8_t no_addresses[16];
	unsigned len = 0;
	if (endpoint.len == 0 || !sw_crypto_ready() ||
	    sw_buf_add(&all, sw_slice(no_addresses, sizeof(no_addresses))) ||
	    add(&all, (uint32_t)(sizeof(prefix) - 1 + endpoint.len), 4) ||
	    sw_buf_add_str(&all, prefix) || sw_buf_add(&all, endpoint))
		return false;
	struct sw_slice s = sw_buf_slice(&all);
	return EVP_Digest(s.ptr, s.len, out, &len, EVP_md5(), NULL) == 1 && len == 16;
}

struct info {
	struct sw_buf pairs; /* as it goes back, end mark included */
	uint64_t time;
	bool has_time;
};

static enum sw_err add_pair(struct sw_buf *out, uint32_t id, struct sw_slice value)
{
	enum sw_err e = add(out, id, 2);
	if (!e)
		e = add(out, (uint32_t)value.len, 2);
	return e ? e : sw_buf_add(out, value);
}

/* The server's pairs, without those that are ours to say (MS-NLMP 3.1.5.1.2). False: they are
 * broken. */
static bool copy_pairs(struct sw_slice in, struct info *info, uint32_t *flags)
{
	while (in.len >= 4) {
		uint32_t id = get(in, 0, 2), len = get(in, 2, 2);
		if (id == AV_END)
			return true;
		if (len > in.len - 4)
			return false;
		struct sw_slice value = sw_slice(in.ptr + 4, len);
		if (id == AV_TIME && len == 8) {
			info->time = get(value, 0, 4) | (uint64_t)get(value, 4, 4) << 32;
			info->has_time = true;
		}
		if (id == AV_FLAGS && len == 4)
			*flags |= get(value, 0, 4);
		else if (id != AV_BINDING && add_pair(&info->pairs, id, value))
			return false;
		in = sw_slice_from(in, 4 + len);
	}
	return in.len == 0;
}

static bool make_info(const struct sw_sasl_work *w, struct sw_slice in, struct info *info)
{
	uint8_t hash[16], raw[4];
	uint32_t flags = 0;
	if (!copy_pairs(in, info, &flags))
		return false;
	if (info->has_time)
		flags |= AV_FLAG_MIC;
	for (size_t i = 0; i < 4; i++)
		raw[i] = (uint8_t)(flags >> (8 * i));
	if (flags && add_pair(&info->pairs, AV_FLAGS, sw_slice(raw, 4)))
		return false;
	if (in.len && binding_hash(sw_secret_slice(&w->endpoint), hash) &&
	    add_pair(&info->pairs, AV_BINDING, sw_slice(hash, 16)))
		return false;
	/* Hundred nanoseconds since 1601. */
	if (!info->has_time)
		info->time = (uint64_t)w->wall_us * 10 + 116444736000000000ULL;
	return in.len == 0 || !add_pair(&info->pairs, AV_END, SW_S(""));
}

/* DOMAIN\user; everything else is a user as it stands. */
static void cut_user(const struct sw_secret *name, struct sw_slice *user,
		     struct sw_slice *domain)
{
	struct sw_slice all = sw_secret_slice(name);
	size_t at = sw_slice_find(all, '\\');
	*domain = at < all.len ? sw_slice_head(all, at) : SW_S("");
	*user = at < all.len ? sw_slice_from(all, at + 1) : all;
}

struct texts {
	struct sw_buf user, domain; /* UTF-16, or as they are */
	struct sw_buf response;     /* proof and temp */
	uint8_t lm[24];
	uint8_t session[16];
};

static enum sw_err fill_names(const struct sw_sasl_work *w, bool unicode, struct texts *t)
{
	struct sw_slice user, domain;
	cut_user(&w->user, &user, &domain);
	enum sw_err e =
		unicode ? sw_ntlm_utf16(user, false, &t->user) : sw_buf_add(&t->user, user);
	if (!e)
		e = unicode ? sw_ntlm_utf16(domain, false, &t->domain)
			    : sw_buf_add(&t->domain, domain);
	return e;
}

/* MS-NLMP 3.3.2: the proof over the server's challenge and our own bytes. */
static enum sw_err fill_response(const struct sw_sasl_work *w, struct sw_slice challenge,
				 const struct info *info, struct texts *t)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf temp = { .max = MAX_INFO + 64 };
	uint8_t key[SW_NTLM_KEY], proof[16];
	struct sw_slice user, domain;
	cut_user(&w->user, &user, &domain);
	enum sw_err e = sw_ntlm_key(user, domain, sw_secret_slice(&w->secret), key);
	if (!e)
		e = sw_ntlm_temp(info->time, w->nonce, sw_buf_slice(&info->pairs), &temp);
	if (!e) {
		sw_ntlm_hmac(key, challenge, sw_buf_slice(&temp), proof);
		sw_ntlm_hmac(key, sw_slice(proof, 16), SW_S(""), t->session);
		/* With a time in it LMv2 is left out (3.1.5.1.2). */
		if (!info->has_time) {
			sw_ntlm_hmac(key, challenge, sw_slice(w->nonce, 8), t->lm);
			memcpy(t->lm + 16, w->nonce, 8);
		}
		e = sw_buf_add(&t->response, sw_slice(proof, 16));
	}
	if (!e)
		e = sw_buf_add(&t->response, sw_buf_slice(&temp));
	sw_wipe(key, sizeof(key));
	return e;
}

static enum sw_err add_place(struct sw_buf *out, size_t len, size_t *offset)
{
	enum sw_err e = add(out, (uint32_t)len, 2);
	if (!e)
		e = add(out, (uint32_t)len, 2);
	if (!e)
		e = add(out, (uint32_t)*offset, 4);
	*offset += len;
	return e;
}

static enum sw_err authenticate(const struct texts *t, uint32_t flags, struct sw_buf *out)
{
	static const uint8_t nothing[AUTHENTICATE_SIZE - 64];
	const struct sw_slice parts[] = {
		sw_slice(t->lm, sizeof(t->lm)),
		sw_buf_slice(&t->response),
		sw_buf_slice(&t->domain),
		sw_buf_slice(&t->user),
		SW_S(""),
		SW_S(""),
	};
	size_t offset = AUTHENTICATE_SIZE;
	enum sw_err e = begin_message(out, 3);
	for (size_t i = 0; i < SW_LEN(parts) && !e; i++)
		e = add_place(out, parts[i].len, &offset);
	if (!e)
		e = add(out, flags, 4);
	if (!e) /* version and integrity code, filled in later */
		e = sw_buf_add(out, sw_slice(nothing, sizeof(nothing)));
	for (size_t i = 0; i < SW_LEN(parts) && !e; i++)
		e = sw_buf_add(out, parts[i]);
	return e;
}

/* Over all three messages (3.1.5.1.2), where the server gave its time. */
static enum sw_err seal(struct sw_sasl_work *w, const struct texts *t, struct sw_buf *out)
{
	uint8_t mic[16];
	sw_ntlm_hmac(t->session, sw_buf_slice(&w->kept), sw_buf_slice(out), mic);
	memcpy(out->data + out->start + MIC_AT, mic, sizeof(mic));
	return SW_OK;
}

static enum sw_err answer(struct sw_sasl_work *w, struct sw_slice in, struct sw_buf *out,
			  const char **why)
{
	struct info info = { .pairs = { .max = MAX_INFO } };
	struct texts t = { .user = { .max = 2 * SW_MAX_SECRET },
			   .domain = { .max = 2 * SW_MAX_SECRET },
			   .response = { .max = MAX_INFO + 128 } };
	struct sw_slice pairs = { "", 0 };
	uint32_t flags = get(in, 20, 4);
	enum sw_err e = SW_OK;
	if (in.len >= CHALLENGE_SIZE && !get_text(in, 40, &pairs))
		*why = "the server's NTLM challenge names bytes that it does not have";
	else if (!make_info(w, pairs, &info))
		*why = "the target info of the server's NTLM challenge is broken";
	else
		e = fill_names(w, flags & FLAG_UNICODE, &t);
	if (!*why && !e)
		e = fill_response(w, sw_slice(in.ptr + 24, 8), &info, &t);
	if (!*why && !e)
		e = authenticate(&t, flags & FLAGS, out);
	if (!*why && !e && info.has_time) {
		e = sw_buf_add(&w->kept, in);
		if (!e)
			e = seal(w, &t, out);
	}
	if (e == SW_E_DATA || e == SW_E_LIMIT)
		*why = "the user name or the password cannot be put into NTLM";
	sw_buf_wipe(&info.pairs);
	sw_buf_wipe(&t.user);
	sw_buf_wipe(&t.domain);
	sw_buf_wipe(&t.response);
	sw_wipe(&t, sizeof(t));
	return e == SW_E_NOMEM ? e : SW_OK;
}

enum sw_err sw_ntlm_client(struct sw_sasl_work *w, struct sw_slice in, struct sw_buf *out,
			   enum sw_sasl_status *status, const char **reason)
{
	const char *why = NULL;
	enum sw_err e = SW_OK;
	*status = SW_SASL_MORE;
	if (w->round == 0) {
		/* As Exchange does it: "334 NTLM supported" comes first, and means nothing. */
		w->kept.max = 2 * SW_MAX_AUTH_LINE;
		e = negotiate(&w->kept);
		return e ? e : sw_buf_add(out, sw_buf_slice(&w->kept));
	}
	if (w->round > 1)
		why = "NTLM has three messages, and the server wants more";
	else if (!is_message(in, 2, CHALLENGE_LEAST))
		why = "the server's answer is no NTLM challenge";
	else
		e = answer(w, in, out, &why);
	*status = why ? SW_SASL_REFUSED : SW_SASL_DONE;
	*reason = why ? why : "";
	return e;
}

/* ---- the sandbox's side ---- */

static enum sw_err challenge(struct sw_sasl_work *w, struct sw_buf *out)
{
	static const char target[] = "S\0A\0N\0D\0B\0O\0X\0";
	SW_CLEANUP(sw_buf_fini) struct sw_buf info = { .max = MAX_INFO };
	static const uint8_t nothing[8];
	const struct sw_slice name = sw_slice(target, sizeof(target) - 1);
	enum sw_err e = add_pair(&info, AV_DOMAIN, name);
	if (!e)
		e = add_pair(&info, AV_NAME, name);
	if (!e)
		e = add_pair(&info, AV_END, SW_S(""));
	size_t offset = CHALLENGE_SIZE;
	memcpy(w->challenge, w->nonce, sizeof(w->challenge));
	if (!e)
		e = begin_message(out, 2);
	if (!e)
		e = add_place(out, name.len, &offset);
	if (!e)
		e = add(out, FLAGS, 4);
	if (!e)
		e = sw_buf_add(out, sw_slice(w->challenge, 8));
	if (!e)
		e = sw_buf_add(out, sw_slice(nothing, sizeof(nothing)));
	if (!e)
		e = add_place(out, sw_buf_len(&info), &offset);
	if (!e)
		e = sw_buf_add(out, name);
	return e ? e : sw_buf_add(out, sw_buf_slice(&info));
}

/* UTF-16 to UTF-8, of the basic plane without surrogates: what a sandbox's user is called. */
static enum sw_err add_utf8(struct sw_buf *out, struct sw_slice in)
{
	enum sw_err e = SW_OK;
	for (size_t i = 0; i + 1 < in.len && !e; i += 2) {
		uint32_t c = get(in, i, 2);
		if (c >= 0x800)
			e = sw_buf_add_char(out, (char)(0xe0 | c >> 12));
		if (!e && c >= 0x80)
			e = sw_buf_add_char(out, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3f)
								   : 0xc0 | c >> 6));
		if (!e)
			e = sw_buf_add_char(out, (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c));
	}
	return e;
}

static bool is_proved(const struct sw_sasl_work *w, struct sw_slice user,
		      struct sw_slice domain, const struct sw_secret *right,
		      struct sw_slice response)
{
	uint8_t key[SW_NTLM_KEY], proof[16];
	if (response.len < 16 + 28 || sw_ntlm_key(user, domain, sw_secret_slice(right), key))
		return false;
	sw_ntlm_hmac(key, sw_slice(w->challenge, 8), sw_slice_from(response, 16), proof);
	sw_wipe(key, sizeof(key));
	return sw_sasl_same(sw_slice(proof, 16), sw_slice_head(response, 16));
}

static enum sw_err check(struct sw_sasl_work *w, struct sw_slice in, bool *ret)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf user = { .max = 4 * SW_MAX_ADDRESS };
	SW_CLEANUP(sw_buf_fini) struct sw_buf domain = { .max = 4 * SW_MAX_ADDRESS };
	SW_CLEANUP(sw_secret_fini) struct sw_secret right = { 0 };
	struct sw_slice raw_user, raw_domain, response;
	*ret = false;
	if (!is_message(in, 3, 64) || !get_text(in, 20, &response) ||
	    !get_text(in, 28, &raw_domain) || !get_text(in, 36, &raw_user))
		return SW_OK;
	if (add_utf8(&user, raw_user) || add_utf8(&domain, raw_domain))
		return SW_OK;
	enum sw_err e = sw_secret_set(&w->user, sw_buf_slice(&user));
	if (!e && w->lookup(w->lookup_arg, sw_buf_slice(&user), &right))
		*ret = is_proved(w, sw_buf_slice(&user), sw_buf_slice(&domain), &right,
				 response);
	return e;
}

enum sw_err sw_ntlm_server(struct sw_sasl_work *w, struct sw_slice in, struct sw_buf *out,
			   enum sw_sasl_status *status, const char **reason)
{
	bool good = false;
	*status = SW_SASL_MORE;
	if (w->round == 0 && is_message(in, 1, 16))
		return challenge(w, out);
	enum sw_err e = w->round == 1 ? check(w, in, &good) : SW_OK;
	*status = good ? SW_SASL_DONE : SW_SASL_REFUSED;
	*reason = good ? "" : "the proof is wrong";
	return e;
}
