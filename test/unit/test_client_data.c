/* SPDX-License-Identifier: MIT */
/* Messages on their way: too big, broken, cut off, whole. */
#include "client_fixture.h"

static void a_message_that_does_not_fit_is_not_sent(void **state)
{
	static const struct {
		const char *keywords, *message;
		bool smtputf8;
		enum sw_ending ending;
	} rows[] = {
		{ "PIPELINING", "Subject: \xc3\xa4\r\n\r\n\r\n", false,
		  SW_END_NEEDS_8BITMIME },
		{ "8BITMIME", "Subject: x\r\n\r\n\r\n", true, SW_END_NEEDS_SMTPUTF8 },
		{ "SIZE 10", "Subject: x\r\n\r\n\r\n", false, SW_END_TOO_BIG },
	};
	const struct sw_ready_options options = { 0 };
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct client_fixture *f = client_fixture_new(
			&(struct script_plan){ .keywords = rows[i].keywords });
		struct sw_job job = { .kind = SW_JOB_SEND,
				      .sender = "a@b.test",
				      .recipients = three,
				      .recipient_count = 1,
				      .smtputf8 = rows[i].smtputf8 };
		assert_ok(sw_ready_memory(sw_slice_str(rows[i].message), &options, &job.source,
					  NULL));
		assert_row(i, client_fixture_run(f, &job) == SW_OK);
		expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_ENVELOPE, rows[i].ending, 0);
		char *log = script_server_log(f->server);
		assert_row(i, !strstr(log, "MAIL"));
		free(log);
		sw_source_free(job.source);
		client_fixture_free(f);
	}
}

/* Lines of 50 bytes behind a short header; every one begins with a dot. */
static char *big_message(size_t len)
{
	static const char head[] = "Subject: big\r\n\r\n";
	char *big = malloc(len + 1);
	assert_non_null(big);
	for (size_t i = 0; i < len; i++)
		big[i] = i % 50 == 0 ? '.' : i % 50 == 48 ? '\r' : i % 50 == 49 ? '\n' : 'x';
	memcpy(big, head, sizeof(head) - 1);
	big[len] = '\0';
	return big;
}

static void a_server_that_stops_reading_gets_its_last_words_heard(void **state)
{
	const struct sw_ready_options options = { 0 };
	(void)state;
	struct client_fixture *f =
		client_fixture_new(&(struct script_plan){ .close_after_data = 100000 });
	size_t len = 30 * 1000 * 1000;
	char *big = big_message(len);
	sw_source_free(f->source);
	assert_ok(sw_ready_memory(sw_slice(big, len), &options, &f->source, NULL));
	free(big);
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_DATA, SW_END_IO, 0);
	const struct sw_fact *fact = sw_facts_last(f->d.facts, SW_FACT_DATA_PROGRESS);
	assert_non_null(fact);
	assert_int_equal(sw_fact_int(fact, "dot_sent", -1), 0);
	assert_true(sw_fact_int(fact, "sent_bytes", -1) > 0);
	assert_true(sw_fact_int(fact, "sent_bytes", -1) < (int64_t)len);
	client_fixture_free(f);
}

/* A source that breaks half way: what a file does that shrinks, or a disk that fails. */
struct broken_source {
	struct sw_source source;
	size_t left;
};

static enum sw_err broken_rewind(struct sw_source *s, struct sw_error *err)
{
	(void)err;
	((struct broken_source *)s)->left = 1000 * 1000;
	return SW_OK;
}

static enum sw_err broken_read(struct sw_source *s, char *out, size_t size, size_t *ret_len,
			       struct sw_error *err)
{
	struct broken_source *b = (struct broken_source *)s;
	if (b->left < size)
		return sw_fail(err, SW_E_IO, "the disk is gone");
	memset(out, 'x', size);
	b->left -= size;
	*ret_len = size;
	return SW_OK;
}

static void a_source_that_breaks_sends_no_dot(void **state)
{
	static const struct sw_source_ops ops = { broken_rewind, broken_read, NULL };
	struct broken_source broken = { .source = { .ops = &ops,
						    .facts = { .size_bytes = 2000000 } } };
	struct sw_job job = { .kind = SW_JOB_SEND,
			      .sender = "a@b.test",
			      .recipients = three,
			      .recipient_count = 1,
			      .source = &broken.source };
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
	assert_err(client_fixture_run(f, &job), SW_E_IO);
	assert_contains(f->err.text, "the disk is gone");
	assert_null(f->c->session);
	assert_ok(client_fixture_send(f, 1));
	assert_int_equal(script_server_messages(f->server), 1);
	client_fixture_free(f);
}

static void big_messages_arrive_whole(void **state)
{
	const struct sw_ready_options options = { 0 };
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
	size_t len = 5 * 1000 * 1000, got;
	char *big = big_message(len);
	sw_source_free(f->source);
	assert_ok(sw_ready_memory(sw_slice(big, len), &options, &f->source, NULL));
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	char *text = script_server_message(f->server, &got);
	assert_int_equal(got, len);
	assert_memory_equal(text, big, len);
	free(text);
	free(big);
	client_fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_that_does_not_fit_is_not_sent),
		cmocka_unit_test(a_server_that_stops_reading_gets_its_last_words_heard),
		cmocka_unit_test(a_source_that_breaks_sends_no_dot),
		cmocka_unit_test(big_messages_arrive_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
