/* SPDX-License-Identifier: MIT */
/* What is stored is what came over the wire, byte for byte. */
#include "sw_sandbox_test.h"

#include <dirent.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "sandbox/store.h"

enum { MAX_FILES = 64 };

/* Names in the directory that end like this, sorted; the count. */
static size_t list(const char *dir, const char *ending, char names[MAX_FILES][64])
{
	DIR *d = opendir(dir);
	size_t count = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		size_t len = strlen(e->d_name), tail = strlen(ending);

		if (e->d_name[0] == '.' && (len <= 2 || tail > 0))
			continue;
		if (len < tail || strcmp(e->d_name + len - tail, ending) != 0)
			continue;
		assert_true(count < MAX_FILES && len < sizeof(names[0]));
		memcpy(names[count++], e->d_name, len + 1);
	}
	closedir(d);
	qsort(names, count, sizeof(names[0]), (int (*)(const void *, const void *))strcmp);
	return count;
}

static void read_file(const char *dir, const char *name, struct sw_buf *out)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	sw_buf_clear(out);
	assert_ok(sw_file_read(path, SW_FILE_INPUT, 64 * 1024 * 1024, out, NULL));
}

static void begin(struct client *c, unsigned port)
{
	client_open(c, port);
	assert_code(c, 220);
	assert_says(c, "EHLO client.example\r\n", 250);
	assert_says(c, "MAIL FROM:<a@example.org> SIZE=10\r\n", 250);
	assert_says(c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(c, "RCPT TO:<c@example.net> NOTIFY=NEVER\r\n", 250);
	assert_says(c, "DATA\r\n", 354);
}

#define S(literal)                                                                            \
	{                                                                                     \
		literal, sizeof(literal) - 1                                                  \
	}

static void bytes_are_kept_as_they_came(void **state)
{
	static char long_line[70000 + 3];
	static const struct {
		struct sw_slice wire, kept;
	} rows[] = {
		{ S("Subject: x\r\n\r\nhello\r\n.\r\n"), S("Subject: x\r\n\r\nhello\r\n") },
		{ S(".\r\n"), S("") },
		{ S("\r\n.\r\n"), S("\r\n") },
		{ S("x\r\n.\r\n"), S("x\r\n") },
		{ S("..\r\n.\r\n"), S(".\r\n") },
		{ S("..a\r\n...\r\n....b\r\n.\r\n"), S(".a\r\n..\r\n...b\r\n") },
		{ S("\xff\xfe\x80 8bit \xc3\xbc\r\n.\r\n"),
		  S("\xff\xfe\x80 8bit \xc3\xbc\r\n") },
		{ S("tab\t and \x1b[31m\x07\r\n.\r\n"), S("tab\t and \x1b[31m\x07\r\n") },
		{ { long_line, sizeof(long_line) }, { long_line, sizeof(long_line) - 3 } },
	};
	struct box b;
	struct client c;
	char setting[512], names[MAX_FILES][64];
	struct sw_buf got = { .max = 1024 * 1024 };

	memset(long_line, 'x', sizeof(long_line));
	memcpy(long_line + sizeof(long_line) - 5, "\r\n.\r\n", 5);
	(void)snprintf(setting, sizeof(setting), "store=%s", (char *)*state);
	box_start(&b, (const char *const[]){ setting, NULL });
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		/* At once, and byte by byte: pieces must not matter. */
		for (size_t piece = rows[i].wire.len; piece > 0; piece = piece > 1 ? 1 : 0) {
			begin(&c, sw_sandbox_port(b.sandbox));
			for (size_t at = 0; at < rows[i].wire.len; at += piece)
				assert_true(client_try_send(&c, rows[i].wire.ptr + at, piece));
			assert_code(&c, 250);
			assert_contains(c.reply, "queued as ");
			char name[64] = "";
			const char *id = strstr(c.reply, "queued as ") + strlen("queued as ");

			(void)snprintf(name, sizeof(name), "%.*s.eml", (int)strcspn(id, "\r"),
				       id);
			read_file(*state, name, &got);
			assert_row(i, sw_slice_eq(sw_buf_slice(&got), rows[i].kept));
			client_close(&c);
			if (rows[i].wire.len > 1000)
				break;
		}
	}
	assert_int_equal(list(*state, ".eml", names), 2 * SW_LEN(rows) - 1);
	assert_int_equal(list(*state, ".json", names), 2 * SW_LEN(rows) - 1);
	assert_int_equal(sw_sandbox_message_count(b.sandbox), 2 * SW_LEN(rows) - 1);
	assert_int_equal(list(*state, ".tmp", names), 0);
	box_stop(&b);
	sw_buf_fini(&got);
}

static void bare_line_ends_are_refused(void **state)
{
	static const struct sw_slice rows[] = {
		S("a\nb\r\n.\r\n"), S("a\rb\r\n.\r\n"), S("a\r\n.\nMAIL FROM:<x@y>\r\n.\r\n"),
		S("a\n.\r\n"),      S("a\r.\r\n.\r\n"),
	};
	struct box b;
	struct client c;
	char setting[512], names[MAX_FILES][64];

	(void)snprintf(setting, sizeof(setting), "store=%s", (char *)*state);
	box_start(&b, (const char *const[]){ setting, NULL });
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		begin(&c, sw_sandbox_port(b.sandbox));
		assert_true(client_try_send(&c, rows[i].ptr, rows[i].len));
		assert_code(&c, 521);
		assert_int_equal(client_reply(&c), 0);
		client_close(&c);
	}
	assert_int_equal(sw_sandbox_message_count(b.sandbox), 0);
	box_stop(&b);
	assert_int_equal(list(*state, "", names), 0);
}

static json_t *load_json(const char *dir, const char *name)
{
	struct sw_buf text = { .max = 1024 * 1024 };
	json_t *json;

	read_file(dir, name, &text);
	json = json_loadb(sw_buf_str(&text), sw_buf_len(&text), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	sw_buf_fini(&text);
	return json;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	assert_non_null(text);
	return text;
}

static void the_envelope_is_written_down(void **state)
{
	struct box b;
	struct client c;
	char setting[512], names[MAX_FILES][64];

	(void)snprintf(setting, sizeof(setting), "store=%s", (char *)*state);
	box_start(&b, (const char *const[]){ setting, NULL });
	client_open(&c, sw_sandbox_port(b.sandbox));
	assert_code(&c, 220);
	assert_says(&c, "EHLO before.example\r\n", 250);
	assert_says(&c, "STARTTLS\r\n", 220);
	assert_int_equal(client_handshake(&c, sw_sandbox_ca_file(b.sandbox), "localhost", 0),
			 1);
	assert_says(&c, "EHLO client.example\r\n", 250);
	assert_says(&c, LOGIN_PLAIN, 235);
	assert_says(&c, "MAIL FROM:<\"../../x\"@example.org> SMTPUTF8 BODY=8BITMIME\r\n", 250);
	assert_says(&c, "RCPT TO:<b\xe2\x80\xae@example.net>\r\n", 250);
	assert_says(&c, "RCPT TO:<c@example.net> NOTIFY=NEVER\r\n", 250);
	assert_says(&c, "DATA\r\n", 354);
	assert_says(&c, "abc\r\n.\r\n", 250);
	client_close(&c);
	box_stop(&b);

	assert_int_equal(list(*state, ".json", names), 1);
	json_t *json = load_json(*state, names[0]);
	const json_t *tls = json_object_get(json, "tls"),
		     *auth = json_object_get(json, "auth");
	const json_t *to = json_object_get(json, "recipients");
	const json_t *params = json_object_get(json, "recipient_params");

	assert_string_equal(text_of(json, "schema"), "sendwell/sandbox/1");
	assert_int_equal(strncmp(names[0], text_of(json, "id"), strlen(text_of(json, "id"))),
			 0);
	assert_int_equal(strlen(text_of(json, "time")), strlen("2026-01-01T00:00:00.000Z"));
	assert_int_equal(strncmp(text_of(json, "client"), "127.0.0.1:", 10), 0);
	assert_string_equal(text_of(json, "helo"), "client.example");
	assert_string_equal(text_of(tls, "version"), "TLSv1.3");
	assert_true(strlen(text_of(tls, "cipher")) > 3);
	assert_string_equal(text_of(auth, "user"), "sandbox");
	assert_string_equal(text_of(auth, "mechanism"), "PLAIN");
	assert_string_equal(text_of(json, "sender"), "\"../../x\"@example.org");
	assert_string_equal(text_of(json, "params"), "SMTPUTF8 BODY=8BITMIME");
	assert_int_equal(json_array_size(to), 2);
	assert_string_equal(json_string_value(json_array_get(to, 0)),
			    "b\\xe2\\x80\\xae@example.net");
	assert_string_equal(json_string_value(json_array_get(to, 1)), "c@example.net");
	assert_string_equal(json_string_value(json_array_get(params, 1)), "NOTIFY=NEVER");
	assert_int_equal(json_integer_value(json_object_get(json, "size")), 5);
	/* printf 'abc\r\n' | sha256sum */
	assert_string_equal(
		text_of(json, "sha256"),
		"552bab6864c7a7b69a502ed1854b9245c0e1a30f008aaa0b281da62585fdb025");
	json_decref(json);
}

static void files_are_private(void **state)
{
	struct box b;
	struct client c;
	char setting[512], dir[256], path[512], names[MAX_FILES][64];
	struct stat st;

	(void)snprintf(dir, sizeof(dir), "%s/new/place", (char *)*state);
	(void)snprintf(setting, sizeof(setting), "store=%s", dir);
	box_start(&b, (const char *const[]){ setting, NULL });
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	begin(&c, sw_sandbox_port(b.sandbox));
	assert_says(&c, "x\r\n.\r\n", 250);
	client_close(&c);
	box_stop(&b);
	assert_int_equal(list(dir, "", names), 2);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%.63s", dir, names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

static void what_is_not_finished_leaves_nothing(void **state)
{
	struct box b;
	struct client c;
	char setting[512], names[MAX_FILES][64];

	(void)snprintf(setting, sizeof(setting), "store=%s", (char *)*state);
	box_start(&b, (const char *const[]){ setting, "size=1000", NULL });
	begin(&c, sw_sandbox_port(b.sandbox));
	client_send(&c, "half of a message\r\n");
	client_close(&c);
	begin(&c, sw_sandbox_port(b.sandbox));
	for (int i = 0; i < 200; i++)
		client_send(&c, "0123456789\r\n");
	assert_says(&c, ".\r\n", 552);
	assert_contains(c.reply, "5.3.4");
	/* The session goes on. */
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 250);
	client_close(&c);
	box_stop(&b);
	assert_int_equal(list(*state, "", names), 0);
}

static void exactly_the_limit_is_taken(void **state)
{
	struct box b;
	struct client c;
	char body[1024];

	(void)state;
	box_start(&b, (const char *const[]){ "size=1000", NULL });
	for (size_t size = 1000; size <= 1001; size++) {
		memset(body, 'x', sizeof(body));
		memcpy(body + size - 2, "\r\n.\r\n", 6);
		begin(&c, sw_sandbox_port(b.sandbox));
		assert_says(&c, body, size > 1000 ? 552 : 250);
		client_close(&c);
	}
	box_stop(&b);
}

static void data_without_end_is_bounded(void **state)
{
	static char block[64 * 1024];
	struct box b;
	struct client c;
	struct rusage before, after;
	bool alive = true;

	(void)state;
	for (size_t i = 0; i < sizeof(block); i += 64) {
		memset(block + i, 'x', 62);
		memcpy(block + i + 62, "\r\n", 2);
	}
	box_start(&b, (const char *const[]){ "size=1000000", NULL });
	begin(&c, sw_sandbox_port(b.sandbox));
	(void)getrusage(RUSAGE_SELF, &before);
	for (int i = 0; i < 4096 && alive; i++)
		alive = client_try_send(&c, block, sizeof(block));
	(void)getrusage(RUSAGE_SELF, &after);
	assert_false(alive);
	assert_true(after.ru_maxrss - before.ru_maxrss < 16 * 1024);
	client_close(&c);
	box_stop(&b);
}

/* Root writes everywhere, so the obstacle is one that stops root too. */
static void a_full_or_broken_store_is_a_temporary_failure(void **state)
{
	struct box b;
	struct client c;
	char setting[512], dir[256];

	(void)snprintf(dir, sizeof(dir), "%s/gone", (char *)*state);
	(void)snprintf(setting, sizeof(setting), "store=%s", dir);
	box_start(&b, (const char *const[]){ setting, NULL });
	assert_int_equal(rmdir(dir), 0);
	client_open(&c, sw_sandbox_port(b.sandbox));
	assert_code(&c, 220);
	assert_says(&c, "EHLO c\r\n", 250);
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 250);
	assert_says(&c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(&c, "DATA\r\n", 452);
	assert_says(&c, "NOOP\r\n", 250);
	/* Away between DATA and the dot. */
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_says(&c, "DATA\r\n", 354);
	char command[300];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
	assert_says(&c, "x\r\n.\r\n", 452);
	assert_int_equal(sw_sandbox_message_count(b.sandbox), 0);
	client_close(&c);
	box_stop(&b);
}

static enum sw_err store_one(void *arg)
{
	const char *dir = arg;
	struct sw_error err;
	const struct sw_slice to[] = { SW_S("b@example.net") }, params[] = { SW_S("") };
	const struct sw_envelope env = {
		.client = "127.0.0.1:1",
		.helo = SW_S("c"),
		.user = "u",
		.mechanism = "PLAIN",
		.sender = SW_S("a@example.org"),
		.sender_params = SW_S(""),
		.recipients = to,
		.recipient_params = params,
		.recipient_count = 1,
	};
	struct sw_store *s;
	struct sw_incoming *m;
	enum sw_err e;

	sw_error_clear(&err);
	s = sw_store_new(dir, sw_world_real(), &err);
	m = s ? sw_store_begin(s, &err) : NULL;
	e = m ? sw_incoming_write(m, SW_S("abc\r\n"), &err) : err.code;
	if (!e)
		e = sw_incoming_keep(m, &env, &err);
	sw_incoming_free(m);
	sw_store_free(s);
	return e;
}

static void no_memory_leaves_no_half_message(void **state)
{
	char names[MAX_FILES][64];

	sw_test_failing_allocations(store_one, *state);
	assert_int_equal(list(*state, "", names), 2);
}

int main(void)
{
#define IN_DIR(test)                                                                          \
	cmocka_unit_test_setup_teardown(test, sw_test_dir_make, sw_test_dir_remove)
	const struct CMUnitTest tests[] = {
		IN_DIR(bytes_are_kept_as_they_came),
		IN_DIR(bare_line_ends_are_refused),
		IN_DIR(the_envelope_is_written_down),
		IN_DIR(files_are_private),
		IN_DIR(what_is_not_finished_leaves_nothing),
		IN_DIR(exactly_the_limit_is_taken),
		IN_DIR(data_without_end_is_bounded),
		IN_DIR(a_full_or_broken_store_is_a_temporary_failure),
		IN_DIR(no_memory_leaves_no_half_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
