/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/world.h"
#include "sasl/sasl.h"

static const char binding[] = "0123456789abcdef0123456789abcdef";

static bool lookup(void *arg, struct sw_slice user, struct sw_secret *ret)
{
	(void)arg;
	if (!sw_slice_eq(user, SW_S("tim")) && !sw_slice_eq(user, SW_S("t=i,m")))
		return false;
	return sw_secret_set(ret, SW_S("tanstaaf tanstaaf")) == SW_OK;
}

struct pair {
	struct sw_sasl *client, *server;
	enum sw_sasl_status client_status, server_status;
	unsigned steps;
};

/* Changes a token on its way; may be NULL. */
typedef void (*meddle_fn)(void *arg, unsigned step, struct sw_buf *token);

static struct sw_sasl_identity identity(const char *user, const char *secret)
{
	return (struct sw_sasl_identity){
		.user = sw_slice_str(user),
		.secret = sw_slice_str(secret),
		.host = SW_S("mail.example.test"),
		.binding_exporter = SW_S("0123456789abcdef0123456789abcdef"),
	};
}

static void make_pair(struct pair *p, const struct sw_sasl_mech *mech,
		      const struct sw_sasl_identity *client_id)
{
	struct sw_sasl_identity self = identity("", "");
	struct sw_error err;

	*p = (struct pair){ .client_status = SW_SASL_MORE, .server_status = SW_SASL_MORE };
	p->client = sw_sasl_client(mech, client_id, &err);
	assert_non_null(p->client);
	p->server = sw_sasl_server(mech, lookup, NULL, &self, &err);
	assert_non_null(p->server);
}

static void free_pair(struct pair *p)
{
	sw_sasl_free(p->client);
	sw_sasl_free(p->server);
}

static int nothing_is_left(void **state)
{
	(void)state;
	return sw_mem_live() == 0 ? 0 : -1;
}

static void meddle_with(struct pair *p, meddle_fn meddle, void *arg, struct sw_buf *token)
{
	p->steps++;
	if (meddle)
		meddle(arg, p->steps, token);
}

/* As over SMTP: tokens to and fro until one side ends. */
static void run(struct pair *p, const struct sw_sasl_mech *mech, meddle_fn meddle, void *arg)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf token = { .max = 65536 };
	SW_CLEANUP(sw_buf_wipe) struct sw_buf next = { .max = 65536 };
	bool client_turn = mech->initial_response;

	for (int turn = 0; turn < 12; turn++, client_turn = !client_turn) {
		sw_buf_clear(&next);
		if (client_turn)
			assert_ok(sw_sasl_step(p->client, sw_buf_slice(&token), &next,
					       &p->client_status, NULL));
		else
			assert_ok(sw_sasl_step(p->server, sw_buf_slice(&token), &next,
					       &p->server_status, NULL));
		if (p->client_status == SW_SASL_REFUSED || p->server_status == SW_SASL_REFUSED)
			return;
		if (client_turn && p->server_status == SW_SASL_DONE)
			return;
		if (!client_turn && p->server_status == SW_SASL_DONE && sw_buf_len(&next) == 0)
			return;
		meddle_with(p, meddle, arg, &next);
		sw_buf_clear(&token);
		assert_ok(sw_buf_add(&token, sw_buf_slice(&next)));
	}
	fail_msg("%s does not end", mech->name);
}

static void every_mechanism_lets_the_right_one_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < sw_sasl_mech_count(); i++) {
		const struct sw_sasl_mech *mech = sw_sasl_mech_at(i);
		if (mech->proof != SW_PROOF_PASSWORD)
			continue; /* test_sasl_native.c */
		struct sw_sasl_identity id = identity("tim", "tanstaaf tanstaaf");
		struct pair p;
		make_pair(&p, mech, &id);
		bool scram = strncmp(mech->name, "SCRAM", 5) == 0;
		assert_int_equal(sw_sasl_server_proved(p.client), !scram);
		assert_string_equal(sw_sasl_user(p.server), "");
		run(&p, mech, NULL, NULL);
		assert_row(i, p.client_status == SW_SASL_DONE);
		assert_row(i, p.server_status == SW_SASL_DONE);
		assert_true(sw_sasl_server_proved(p.client));
		assert_string_equal(sw_sasl_user(p.server), "tim");
		assert_string_equal(sw_sasl_reason(p.client), "");
		free_pair(&p);
	}
}

static void no_mechanism_lets_a_wrong_one_in(void **state)
{
	static const struct {
		const char *user, *secret, *authzid;
	} wrong[] = {
		{ "tim", "tanstaaf tanstaag", "" },
		{ "tim", "tanstaaf", "" },
		{ "tom", "tanstaaf tanstaaf", "" },
		{ "TIM", "tanstaaf tanstaaf", "" },
		{ "tim", "tanstaaf tanstaaf", "root" },
	};

	(void)state;
	for (size_t i = 0; i < sw_sasl_mech_count(); i++) {
		const struct sw_sasl_mech *mech = sw_sasl_mech_at(i);
		if (mech->proof != SW_PROOF_PASSWORD)
			continue; /* test_sasl_native.c */
		/* these have no authzid to send */
		bool no_authzid = !strcmp(mech->name, "LOGIN") ||
				  !strcmp(mech->name, "CRAM-MD5") || !strcmp(mech->name, "NTLM");
		for (size_t k = 0; k < SW_LEN(wrong); k++) {
			if (wrong[k].authzid[0] && no_authzid)
				continue;
			struct sw_sasl_identity id = identity(wrong[k].user, wrong[k].secret);
			struct pair p;
			id.authzid = sw_slice_str(wrong[k].authzid);
			make_pair(&p, mech, &id);
			run(&p, mech, NULL, NULL);
			assert_row(i * 100 + k, p.server_status == SW_SASL_REFUSED);
			assert_string_not_equal(sw_sasl_reason(p.server), "");
			free_pair(&p);
		}
	}
}

static void names_with_separators_pass_scram(void **state)
{
	const struct sw_sasl_mech *mech = sw_sasl_mech_find(SW_S("scram-sha-256"));
	struct sw_sasl_identity id = identity("t=i,m", "tanstaaf tanstaaf");
	struct pair p;

	(void)state;
	make_pair(&p, mech, &id);
	run(&p, mech, NULL, NULL);
	assert_int_equal(p.client_status, SW_SASL_DONE);
	assert_string_equal(sw_sasl_user(p.server), "t=i,m");
	free_pair(&p);
}

static void plus_forms_notice_another_connection(void **state)
{
	(void)state;
	for (size_t i = 0; i < sw_sasl_mech_count(); i++) {
		const struct sw_sasl_mech *mech = sw_sasl_mech_at(i);
		if (mech->proof != SW_PROOF_PASSWORD)
			continue; /* test_sasl_native.c */
		struct sw_sasl_identity id = identity("tim", "tanstaaf tanstaaf");
		struct pair p;
		if (!mech->channel_binding)
			continue;
		id.binding_exporter = SW_S("0123456789abcdef0123456789abcdeX");
		make_pair(&p, mech, &id);
		run(&p, mech, NULL, NULL);
		assert_int_equal(p.server_status, SW_SASL_REFUSED);
		free_pair(&p);
		/* tls-unique against tls-exporter */
		id.binding_unique = sw_slice_str(binding);
		id.binding_exporter = SW_S("");
		make_pair(&p, mech, &id);
		run(&p, mech, NULL, NULL);
		assert_int_equal(p.server_status, SW_SASL_REFUSED);
		free_pair(&p);
	}
}

struct flip {
	unsigned step;
	size_t byte;
	bool done;
	bool idle; /* the last digit of base64 before '=' has bits that mean nothing */
};

static void flip_bit(void *arg, unsigned step, struct sw_buf *token)
{
	struct flip *f = arg;

	if (step != f->step || f->byte >= sw_buf_len(token))
		return;
	char *at = token->data + token->start + f->byte;
	*at = (char)(*at ^ (1 << (f->byte % 8)));
	f->idle = at[1] == '=';
	f->done = true;
}

/* One bit of every third byte of each token: each try costs 4096 iterations on both sides. */
static void scram_notices_what_was_changed_on_the_way(void **state)
{
	const struct sw_sasl_mech *mech = sw_sasl_mech_find(SW_S("SCRAM-SHA-1"));
	struct flip f = { .step = 1 };

	(void)state;
	while (f.step <= 4) {
		struct sw_sasl_identity id = identity("tim", "tanstaaf tanstaaf");
		struct pair p;
		f.done = f.idle = false;
		make_pair(&p, mech, &id);
		run(&p, mech, flip_bit, &f);
		bool noticed = p.client_status == SW_SASL_REFUSED ||
			       p.server_status == SW_SASL_REFUSED;
		bool both_sure = sw_sasl_server_proved(p.client) &&
				 p.server_status == SW_SASL_DONE;
		free_pair(&p);
		assert_row(f.byte, !f.done || f.idle || (noticed && !both_sure));
		if (f.done) {
			f.byte += 3;
		} else {
			assert_true(f.step == 4 || f.byte > 20);
			f.byte = 0;
			f.step++;
		}
	}
}

static void client_does_not_believe_a_false_server(void **state)
{
	static const char *const finals[] = {
		"v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "v=", "", "e=invalid-proof", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
	};
	const struct sw_sasl_mech *mech = sw_sasl_mech_find(SW_S("SCRAM-SHA-1"));

	(void)state;
	for (size_t i = 0; i < SW_LEN(finals); i++) {
		SW_CLEANUP(sw_buf_wipe) struct sw_buf a = { .max = 4096 };
		SW_CLEANUP(sw_buf_wipe) struct sw_buf b = { .max = 4096 };
		struct sw_sasl_identity id = identity("tim", "tanstaaf tanstaaf");
		enum sw_sasl_status status;
		struct pair p;
		make_pair(&p, mech, &id);
		assert_ok(sw_sasl_step(p.client, SW_S(""), &a, &status, NULL));
		assert_ok(sw_sasl_step(p.server, sw_buf_slice(&a), &b, &status, NULL));
		sw_buf_clear(&a);
		assert_ok(sw_sasl_step(p.client, sw_buf_slice(&b), &a, &status, NULL));
		assert_int_equal(status, SW_SASL_MORE);
		assert_false(sw_sasl_server_proved(p.client));
		assert_ok(sw_sasl_step(p.client, sw_slice_str(finals[i]), &a, &status, NULL));
		assert_row(i, status == SW_SASL_REFUSED);
		assert_false(sw_sasl_server_proved(p.client));
		free_pair(&p);
	}
}

static void client_answers_no_absurd_demands(void **state)
{
	static const char *const counts[] = { "1000001", "99999999999999999999", "-1", "x", "",
					      "4294967297" };
	const struct sw_sasl_mech *mech = sw_sasl_mech_find(SW_S("SCRAM-SHA-256"));

	(void)state;
	for (size_t i = 0; i < SW_LEN(counts); i++) {
		SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { .max = 4096 };
		SW_CLEANUP(sw_buf_wipe) struct sw_buf in = { .max = 4096 };
		struct sw_sasl_identity id = identity("tim", "x");
		enum sw_sasl_status status;
		struct sw_sasl *s = sw_sasl_client(mech, &id, NULL);
		assert_non_null(s);
		assert_ok(sw_sasl_step(s, SW_S(""), &out, &status, NULL));
		size_t nonce = sw_slice_search(sw_buf_slice(&out), SW_S("r="));
		assert_ok(sw_buf_printf(&in, "%sS,s=QSXCR+Q6sek8bf92,i=%s", sw_buf_str(&out) + nonce,
					counts[i]));
		assert_ok(sw_sasl_step(s, sw_buf_slice(&in), &out, &status, NULL));
		assert_row(i, status == SW_SASL_REFUSED);
		assert_contains(sw_sasl_reason(s), "iterations");
		sw_sasl_free(s);
	}
}

static void garbage_is_refused_and_ends_the_exchange(void **state)
{
	struct sw_fake_world world;

	(void)state;
	sw_fake_world_init(&world);
	for (size_t i = 0; i < sw_sasl_mech_count(); i++) {
		const struct sw_sasl_mech *mech = sw_sasl_mech_at(i);
		if (mech->proof != SW_PROOF_PASSWORD)
			continue; /* test_sasl_native.c */
		for (int turn = 0; turn < 60; turn++) {
			SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { .max = 65536 };
			struct sw_sasl_identity id = identity("tim", "tanstaaf tanstaaf");
			enum sw_sasl_status status = SW_SASL_MORE;
			struct pair p;
			make_pair(&p, mech, &id);
			for (int k = 0; k < 14; k++) {
				uint8_t noise[64];
				uint8_t len;
				assert_true(world.world.random(world.world.arg, &len, 1));
				len = (uint8_t)(len % sizeof(noise));
				assert_true(world.world.random(world.world.arg, noise, len));
				struct sw_sasl *s = turn % 2 ? p.client : p.server;
				assert_ok(sw_sasl_step(s, sw_slice(noise, len), &out, &status,
						       NULL));
			}
			/* a client of CRAM-MD5, PLAIN or LOGIN answers anything, but ends */
			assert_row(i, status == SW_SASL_REFUSED);
			if (turn % 2 == 0)
				assert_string_not_equal(sw_sasl_reason(p.server), "");
			free_pair(&p);
		}
	}
}

static void tokens_beyond_the_limit_are_refused(void **state)
{
	char *big = malloc(SW_MAX_AUTH_LINE + 1);

	(void)state;
	assert_non_null(big);
	memset(big, 'a', SW_MAX_AUTH_LINE + 1);
	for (size_t i = 0; i < sw_sasl_mech_count(); i++) {
		SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { .max = 65536 };
		struct sw_sasl_identity id = identity("tim", "x");
		enum sw_sasl_status status;
		struct sw_sasl *s = sw_sasl_client(sw_sasl_mech_at(i), &id, NULL);
		assert_ok(sw_sasl_step(s, sw_slice(big, SW_MAX_AUTH_LINE + 1), &out, &status, NULL));
		assert_int_equal(status, SW_SASL_REFUSED);
		assert_int_equal(sw_buf_len(&out), 0);
		sw_sasl_free(s);
	}
	free(big);
}

static void identities_that_cannot_be_sent_are_refused_with_the_reason(void **state)
{
	static const struct {
		struct sw_sasl_identity id;
		const char *words;
	} cases[] = {
		{ { .user = { "", 0 }, .secret = { "x", 1 } }, "no user name" },
		{ { .user = { "u", 1 }, .secret = { "", 0 } }, "no password" },
		{ { .user = { "a\0b", 3 }, .secret = { "x", 1 } }, "user name holds a NUL" },
		{ { .user = { "u", 1 }, .secret = { "a\0b", 3 } }, "password holds a NUL" },
		{ { .user = { "u", 1 }, .secret = { "x", 1 }, .authzid = { "\0", 1 } },
		  "authorization name holds a NUL" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		for (size_t k = 0; k < sw_sasl_mech_count(); k++) {
			struct sw_error err;
			if (sw_sasl_mech_at(k)->proof > SW_PROOF_TOKEN && i < 2)
				continue; /* needs neither name nor secret */
			assert_null(sw_sasl_client(sw_sasl_mech_at(k), &cases[i].id, &err));
			assert_int_equal(err.code, SW_E_CONFIG);
			assert_contains(err.text, cases[i].words);
		}
	}
}

static void characters_beyond_saslprep_are_our_own_failure(void **state)
{
	/* a private use character, a control and invalid UTF-8 (RFC 4013 2.3) */
	static const char *const texts[] = { "p\xee\x80\x80", "p\x01", "p\xff" };

	(void)state;
	for (size_t i = 0; i < SW_LEN(texts); i++) {
		for (size_t k = 0; k < sw_sasl_mech_count(); k++) {
			const struct sw_sasl_mech *mech = sw_sasl_mech_at(k);
			/* NTLM takes the bytes as they are (MS-NLMP), but for invalid UTF-8. */
			if (mech->proof != SW_PROOF_PASSWORD || !strcmp(mech->name, "NTLM"))
				continue;
			struct sw_sasl_identity id = identity("tim", texts[i]);
			struct sw_error err;
			struct sw_sasl *s = sw_sasl_client(mech, &id, &err);
			/* PLAIN and LOGIN carry any byte but NUL */
			assert_row(i * 100 + k, !s == !mech->reveals_secret);
			sw_sasl_free(s);
			if (mech->reveals_secret)
				continue;
			assert_int_equal(err.code, SW_E_CONFIG);
			assert_contains(err.text, "password holds characters");
			assert_null(strstr(err.text, texts[i]));
			id = identity(texts[i], "x");
			assert_null(sw_sasl_client(mech, &id, &err));
			assert_contains(err.text, "user name holds characters");
		}
	}
}

static void plain_sends_exactly_the_three_parts(void **state)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { .max = 4096 };
	struct sw_sasl_identity id = identity("us\xc3\xa9r", "p\xe4ss");
	enum sw_sasl_status status;

	(void)state;
	struct sw_sasl *s = sw_sasl_client(sw_sasl_mech_find(SW_S("PLAIN")), &id, NULL);
	assert_ok(sw_sasl_step(s, SW_S(""), &out, &status, NULL));
	assert_int_equal(status, SW_SASL_DONE);
	assert_slice(sw_buf_slice(&out), "\0us\xc3\xa9r\0p\xe4ss");
	/* a server that asks again gets nothing more */
	sw_buf_clear(&out);
	assert_ok(sw_sasl_step(s, SW_S("Password:"), &out, &status, NULL));
	assert_int_equal(status, SW_SASL_REFUSED);
	assert_int_equal(sw_buf_len(&out), 0);
	sw_sasl_free(s);
}

static void login_answers_whatever_the_prompts_say(void **state)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { .max = 4096 };
	struct sw_sasl_identity id = identity("tim", "secret");
	enum sw_sasl_status status;

	(void)state;
	struct sw_sasl *s = sw_sasl_client(sw_sasl_mech_find(SW_S("LOGIN")), &id, NULL);
	assert_ok(sw_sasl_step(s, SW_S("Benutzer?"), &out, &status, NULL));
	assert_int_equal(status, SW_SASL_MORE);
	assert_slice(sw_buf_slice(&out), "tim");
	sw_buf_clear(&out);
	assert_ok(sw_sasl_step(s, SW_S(""), &out, &status, NULL));
	assert_int_equal(status, SW_SASL_DONE);
	assert_slice(sw_buf_slice(&out), "secret");
	sw_sasl_free(s);
}

static void cram_md5_gives_the_answer_of_rfc_2195(void **state)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { .max = 4096 };
	struct sw_sasl_identity id = identity("tim", "tanstaaftanstaaf");
	enum sw_sasl_status status;

	(void)state;
	struct sw_sasl *s = sw_sasl_client(sw_sasl_mech_find(SW_S("CRAM-MD5")), &id, NULL);
	assert_ok(sw_sasl_step(s, SW_S("<1896.697170952@postoffice.reston.mci.net>"), &out, &status,
			       NULL));
	assert_int_equal(status, SW_SASL_DONE);
	assert_slice(sw_buf_slice(&out), "tim b913a602c7eda7a495b4e6e7334d3890");
	sw_sasl_free(s);
}

static void says_so_when_our_memory_is_out(void **state)
{
	const struct sw_sasl_mech *mech = sw_sasl_mech_find(SW_S("PLAIN"));

	(void)state;
	for (long n = 1;; n++) {
		SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { .max = 4096 };
		struct sw_sasl_identity id = identity("tim", "x");
		enum sw_sasl_status status;
		struct sw_error err;
		sw_mem_fail_at(n);
		struct sw_sasl *s = sw_sasl_client(mech, &id, &err);
		enum sw_err e = s ? sw_sasl_step(s, SW_S(""), &out, &status, &err) : err.code;
		bool hit = sw_mem_failed();
		sw_mem_fail_at(0);
		assert_err(e, hit ? SW_E_NOMEM : SW_OK);
		sw_sasl_free(s);
		sw_buf_wipe(&out);
		assert_int_equal(sw_mem_live(), 0);
		if (!hit)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mechanism_lets_the_right_one_in),
		cmocka_unit_test(no_mechanism_lets_a_wrong_one_in),
		cmocka_unit_test(names_with_separators_pass_scram),
		cmocka_unit_test(plus_forms_notice_another_connection),
		cmocka_unit_test(scram_notices_what_was_changed_on_the_way),
		cmocka_unit_test(client_does_not_believe_a_false_server),
		cmocka_unit_test(client_answers_no_absurd_demands),
		cmocka_unit_test(garbage_is_refused_and_ends_the_exchange),
		cmocka_unit_test(tokens_beyond_the_limit_are_refused),
		cmocka_unit_test(identities_that_cannot_be_sent_are_refused_with_the_reason),
		cmocka_unit_test(characters_beyond_saslprep_are_our_own_failure),
		cmocka_unit_test(plain_sends_exactly_the_three_parts),
		cmocka_unit_test(login_answers_whatever_the_prompts_say),
		cmocka_unit_test(cram_md5_gives_the_answer_of_rfc_2195),
		cmocka_unit_test(says_so_when_our_memory_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, nothing_is_left);
}
