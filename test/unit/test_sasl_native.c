/* SPDX-License-Identifier: MIT */
/* Tokens and NTLMv2: the bytes that the standards name, both sides together, and what must not
 * come through. */
#include "sw_test.h"

#include "sasl/md4.h"
#include "sasl/ntlm.h"
#include "sasl/oauth.h"
#include "sasl/sasl.h"

static bool lookup(void *arg, struct sw_slice user, struct sw_secret *ret)
{
	(void)arg;
	if (!sw_slice_eq(user, SW_S("tim")) && !sw_slice_eq(user, SW_S("a,b=c@x.test")) &&
	    !sw_slice_eq(user, SW_S("жук")))
		return false;
	return sw_secret_set(ret, SW_S("right")) == SW_OK;
}

static void hex_is(const uint8_t *bytes, size_t len, const char *expected)
{
	char text[129];
	assert_true(2 * len < sizeof(text));
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	assert_string_equal(text, expected);
}

static void md4_is_that_of_rfc_1320(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "31d6cfe0d16ae931b73c59d7e0c089c0" },
		{ "a", "bde52cb31de33e46245e05fbdbd6fb24" },
		{ "abc", "a448017aaf21d8525fc10ae87aa6729d" },
		{ "message digest", "d9130a8164549fe818874806e1c7014b" },
		{ "abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9" },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
		  "043f8582f241db351ce627e153e7f0e4" },
		{ "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
		  "e33b4ddc9c38f2199c3e7b164fcc0536" },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		uint8_t out[16];
		sw_md4(sw_slice_str(cases[i].in), out);
		hex_is(out, 16, cases[i].out);
	}
}

/* MS-NLMP 4.2.4. */
static void ntlm_v2_is_that_of_the_specification(void **state)
{
	static const char info[] = "\x02\x00\x0c\x00" "D\0o\0m\0a\0i\0n\0"
				   "\x01\x00\x0c\x00" "S\0e\0r\0v\0e\0r\0" "\x00\x00\x00\x00";
	static const uint8_t nonce[8] = { 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa };
	const struct sw_slice challenge = SW_S("\x01\x23\x45\x67\x89\xab\xcd\xef");
	SW_CLEANUP(sw_buf_fini) struct sw_buf temp = { .max = 512 };
	uint8_t key[16], proof[16], lm[16], session[16];
	(void)state;
	assert_ok(sw_ntlm_key(SW_S("User"), SW_S("Domain"), SW_S("Password"), key));
	hex_is(key, 16, "0c868a403bfd7a93a3001ef22ef02e3f");
	assert_ok(sw_ntlm_temp(0, nonce, sw_slice(info, sizeof(info) - 1), &temp));
	sw_ntlm_hmac(key, challenge, sw_buf_slice(&temp), proof);
	hex_is(proof, 16, "68cd0ab851e51c96aabc927bebef6a1c");
	sw_ntlm_hmac(key, challenge, sw_slice(nonce, 8), lm);
	hex_is(lm, 16, "86c35097ac9cec102554764a57cccc19");
	sw_ntlm_hmac(key, sw_slice(proof, 16), SW_S(""), session);
	hex_is(session, 16, "8de40ccadbc14a82f15cb0ad0de95ca3");
}

static void names_become_utf16(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 64 };
	(void)state;
	assert_ok(sw_ntlm_utf16(SW_S("aé" "жё" "\xf0\x9f\x98\x80"), true, &out));
	assert_true(sw_slice_eq(sw_buf_slice(&out),
				SW_S("A\0\xc9\0\x16\x04\x01\x04\x3d\xd8\x00\xde")));
	assert_int_equal(sw_ntlm_utf16(SW_S("\xff"), false, &out), SW_E_DATA);
}

static struct sw_sasl *client(const char *name, const char *user, const char *secret)
{
	struct sw_error err;
	struct sw_sasl_identity id = { .user = sw_slice_str(user),
				       .secret = sw_slice_str(secret),
				       .host = SW_S("mx.test"),
				       .port = 587,
				       .binding_endpoint = SW_S("0123456789"),
				       .nonce = { 1, 2, 3 } };
	struct sw_sasl *s = sw_sasl_client(sw_sasl_mech_find(sw_slice_str(name)), &id, &err);
	if (!s)
		fail_msg("%s", err.text);
	return s;
}

static enum sw_sasl_status step(struct sw_sasl *s, struct sw_slice in, struct sw_buf *out)
{
	enum sw_sasl_status status;
	sw_buf_clear(out);
	assert_ok(sw_sasl_step(s, in, out, &status, NULL));
	return status;
}

static void tokens_are_sent_as_the_standards_say(void **state)
{
	static const struct {
		const char *mech, *first, *second;
	} cases[] = {
		{ "XOAUTH2", "user=a,b=c@x.test\x01" "auth=Bearer vF9.x\x01\x01", "" },
		{ "OAUTHBEARER",
		  "n,a=a=2Cb=3Dc@x.test,\x01" "host=mx.test\x01" "port=587\x01"
		  "auth=Bearer vF9.x\x01\x01", "\x01" },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { .max = 4096 };
		struct sw_sasl *s = client(cases[i].mech, "a,b=c@x.test", "vF9.x");
		assert_int_equal(step(s, SW_S(""), &out), SW_SASL_MORE);
		assert_string_equal(sw_buf_str(&out), cases[i].first);
		/* The answer to the error (RFC 7628 3.2.3). */
		assert_int_equal(step(s, SW_S("{\"status\":\"401\"}"), &out), SW_SASL_DONE);
		assert_string_equal(sw_buf_str(&out), cases[i].second);
		assert_int_equal(step(s, SW_S("{}"), &out), SW_SASL_REFUSED);
		sw_sasl_free(s);
	}
}

static void a_separator_in_a_name_or_token_is_not_sent(void **state)
{
	static const char *const mechs[] = { "XOAUTH2", "OAUTHBEARER" };
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { .max = 4096 };
		struct sw_sasl *s = client(mechs[i % 2], i < 2 ? "a\x01" "auth=x" : "a",
					   i < 2 ? "t" : "t\x01x");
		assert_int_equal(step(s, SW_S(""), &out), SW_SASL_REFUSED);
		assert_int_equal(sw_buf_len(&out), 0);
		sw_sasl_free(s);
	}
}

/* Tokens to and fro; whether both sides are content. */
static bool agree(const char *mech, const char *user, const char *secret)
{
	struct sw_sasl_identity self = { .host = SW_S("mx.test"), .nonce = { 9, 8, 7 } };
	SW_CLEANUP(sw_buf_wipe) struct sw_buf a = { .max = 4096 };
	SW_CLEANUP(sw_buf_wipe) struct sw_buf b = { .max = 4096 };
	enum sw_sasl_status c = SW_SASL_MORE, v = SW_SASL_MORE;
	struct sw_error err;
	struct sw_sasl *me = client(mech, user, secret);
	struct sw_sasl *you = sw_sasl_server(sw_sasl_mech_find(sw_slice_str(mech)), lookup, NULL,
					     &self, &err);
	assert_non_null(you);
	for (int i = 0; i < 5 && v == SW_SASL_MORE && c != SW_SASL_REFUSED; i++) {
		c = step(me, sw_buf_slice(&b), &a);
		v = step(you, sw_buf_slice(&a), &b);
	}
	if (v == SW_SASL_DONE && strcmp(mech, "EXTERNAL") != 0)
		assert_string_equal(sw_sasl_user(you), strchr(user, '\\') ? strchr(user, '\\') + 1
									  : user);
	sw_sasl_free(me);
	sw_sasl_free(you);
	return v == SW_SASL_DONE;
}

static void both_sides_agree_on_the_right_secret_only(void **state)
{
	static const char *const mechs[] = { "XOAUTH2", "OAUTHBEARER", "NTLM" };
	(void)state;
	for (size_t i = 0; i < SW_LEN(mechs); i++) {
		assert_true(agree(mechs[i], "tim", "right"));
		assert_true(agree(mechs[i], "a,b=c@x.test", "right"));
		assert_true(agree(mechs[i], "жук", "right"));
		assert_false(agree(mechs[i], "tim", "wrong"));
		assert_false(agree(mechs[i], "eve", "right"));
	}
	assert_true(agree("NTLM", "CORP\\tim", "right"));
}

static void hostile_ntlm_challenges_are_refused(void **state)
{
	/* Type 2 with a target info that lies outside, that is cut, too short, of another type. */
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
#define CASE(text) { text, sizeof(text) - 1 }
		CASE(""), CASE("NTLMSSP"), CASE("NTLM supported"),
		CASE("NTLMSSP\0\x02\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0" "1234567"),
		CASE("NTLMSSP\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0" "12345678" "00000000" "\0\0\0\0\0\0\0\0"),
		CASE("NTLMSSP\0\x02\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0" "12345678" "00000000" "\xff\xff\xff\xff\x30\0\0\0"),
		CASE("NTLMSSP\0\x02\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0" "12345678" "00000000" "\x08\0\x08\0\xff\xff\xff\xff"),
		CASE("NTLMSSP\0\x02\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0" "12345678" "00000000"
		     "\x08\0\x08\0\x30\0\0\0" "\x01\0\xff\0" "ABCD"),
#undef CASE
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { .max = 4096 };
		struct sw_sasl *s = client("NTLM", "tim", "right");
		assert_int_equal(step(s, SW_S(""), &out), SW_SASL_MORE);
		assert_int_equal(step(s, sw_slice(cases[i].bytes, cases[i].len), &out),
				 SW_SASL_REFUSED);
		assert_true(sw_sasl_reason(s)[0]);
		assert_int_equal(sw_buf_len(&out), 0);
		sw_sasl_free(s);
	}
}

/* A server's time asks for the integrity code, and leaves LMv2 out (MS-NLMP 3.1.5.1.2). */
static void a_time_brings_the_integrity_code(void **state)
{
	static const char with_time[] =
		"NTLMSSP\0\x02\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0" "12345678" "00000000"
		"\x10\0\x10\0\x30\0\0\0" "\x07\0\x08\0" "ABCDEFGH" "\0\0\0\0";
	static const uint8_t zero[24];
	SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { .max = 4096 };
	struct sw_sasl *s = client("NTLM", "tim", "right");
	(void)state;
	step(s, SW_S(""), &out);
	assert_int_equal(step(s, sw_slice(with_time, sizeof(with_time) - 1), &out), SW_SASL_DONE);
	const char *m = sw_buf_str(&out);
	assert_memory_equal(m + 88, zero, 24);
	assert_memory_not_equal(m + 72, zero, 16);
	struct sw_slice all = sw_buf_slice(&out);
	assert_true(sw_slice_search(all, SW_S("\x06\0\x04\0\x02\0\0\0")) < all.len);
	/* MsvAvChannelBindings, 16 bytes. */
	assert_true(sw_slice_search(all, SW_S("\x0a\0\x10\0")) < all.len);
	sw_sasl_free(s);
}

static void a_token_is_no_password_and_the_other_way_round(void **state)
{
	const struct sw_slice all = SW_S("PLAIN XOAUTH2 EXTERNAL NTLM OAUTHBEARER LOGIN");
	static const struct {
		unsigned proofs;
		const char *wanted, *chosen;
	} cases[] = {
		{ 0, "", "PLAIN" },
		{ 1U << SW_PROOF_PASSWORD, "", "PLAIN" },
		{ 1U << SW_PROOF_TOKEN, "", "OAUTHBEARER" },
		{ 1U << SW_PROOF_CERT, "", "EXTERNAL" },
		{ 1U << SW_PROOF_TICKET, "", NULL },
		{ 0, "xoauth2", "XOAUTH2" },
		{ 0, "ntlm", "NTLM" },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct sw_sasl_wish wish = { .offered = all, .tls = true,
					     .proofs = cases[i].proofs,
					     .wanted = sw_slice_str(cases[i].wanted) };
		const struct sw_sasl_mech *m = sw_sasl_choose(&wish);
		assert_string_equal(m ? m->name : "none",
				    cases[i].chosen ? cases[i].chosen : "none");
		/* Without TLS nothing of that, unless by name. */
		wish.tls = false;
		if (!cases[i].wanted[0])
			assert_null(sw_sasl_choose(&wish));
	}
}

static void the_json_of_a_refused_token_is_read(void **state)
{
	struct sw_oauth_error e;
	(void)state;
	assert_true(sw_oauth_error_read(
		SW_S("{\"status\":\"400\",\"schemes\":\"Bearer\",\"scope\":\"https://mail.test/\\n\"}"),
		&e));
	assert_string_equal(e.status, "400");
	assert_string_equal(e.schemes, "Bearer");
	assert_string_equal(e.scope, "https://mail.test/\\x0a");
	assert_true(sw_oauth_error_read(SW_S("{\"status\":401}"), &e));
	assert_string_equal(e.status, "401");
	assert_false(sw_oauth_error_read(SW_S("[1]"), &e));
	assert_false(sw_oauth_error_read(SW_S(""), &e));
	assert_false(sw_oauth_error_read(SW_S("{\"status\":"), &e));
}

static void answers_of_token_servers_are_read_strictly(void **state)
{
	static const struct {
		const char *json, *token, *error;
		enum sw_err e;
		uint64_t expires;
	} cases[] = {
		{ "{\"access_token\":\"ya29.x\",\"expires_in\":3599,\"token_type\":\"Bearer\"}",
		  "ya29.x", "", SW_OK, 3599 },
		{ "{\"access_token\":\"t\",\"expires_in\":\"60\"}", "t", "", SW_OK, 60 },
		{ "{\"access_token\":\"t\"}", "t", "", SW_OK, 0 },
		{ "{\"error\":\"invalid_grant\",\"error_description\":\"revoked\"}", NULL,
		  "invalid_grant", SW_OK, 0 },
		{ "{\"error\":\"x\",\"access_token\":\"t\"}", NULL, "x", SW_OK, 0 },
		{ "{}", NULL, "", SW_E_DATA, 0 },
		{ "{\"access_token\":\"\"}", NULL, "", SW_E_DATA, 0 },
		{ "{\"access_token\":7}", NULL, "", SW_E_DATA, 0 },
		{ "{\"access_token\":\"a b\"}", NULL, "", SW_E_DATA, 0 },
		{ "{\"access_token\":\"a\\nb\"}", NULL, "", SW_E_DATA, 0 },
		{ "{\"access_token\":\"t\",\"expires_in\":-5}", "t", "", SW_E_DATA, 0 },
		{ "{\"access_token\":\"t\",\"token_type\":\"mac\"}", NULL, "", SW_E_DATA, 0 },
		{ "{\"access_token\":\"t\",\"access_token\":\"u\"}", NULL, "", SW_E_DATA, 0 },
		{ "<html>", NULL, "", SW_E_DATA, 0 },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_oauth_answer_fini) struct sw_oauth_answer a;
		struct sw_error err = { 0 };
		enum sw_err e = sw_oauth_answer_read(sw_slice_str(cases[i].json), &a, &err);
		if (e != cases[i].e)
			fail_msg("%s: %d %s", cases[i].json, e, err.text);
		assert_string_equal(a.error, cases[i].error);
		assert_int_equal(a.expires_s, cases[i].expires);
		if (!e && cases[i].token)
			assert_string_equal(a.token.ptr, cases[i].token);
		assert_null(strstr(err.text, "ya29"));
	}
}

static void forms_are_encoded(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 128 };
	(void)state;
	assert_ok(sw_oauth_form_add(&out, "a", SW_S("x y&=\xc3\xa9")));
	assert_ok(sw_oauth_form_add(&out, "b", SW_S("~.-_")));
	assert_string_equal(sw_buf_str(&out), "a=x%20y%26%3D%C3%A9&b=~.-_");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(md4_is_that_of_rfc_1320),
		cmocka_unit_test(ntlm_v2_is_that_of_the_specification),
		cmocka_unit_test(names_become_utf16),
		cmocka_unit_test(tokens_are_sent_as_the_standards_say),
		cmocka_unit_test(a_separator_in_a_name_or_token_is_not_sent),
		cmocka_unit_test(both_sides_agree_on_the_right_secret_only),
		cmocka_unit_test(hostile_ntlm_challenges_are_refused),
		cmocka_unit_test(a_time_brings_the_integrity_code),
		cmocka_unit_test(a_token_is_no_password_and_the_other_way_round),
		cmocka_unit_test(the_json_of_a_refused_token_is_read),
		cmocka_unit_test(answers_of_token_servers_are_read_strictly),
		cmocka_unit_test(forms_are_encoded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
