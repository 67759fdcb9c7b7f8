/* SPDX-License-Identifier: MIT */
/* Stacks of all kinds of streams carry a mebibyte both ways, whatever the pieces. */
#include "sw_test.h"

#include "certs.h"
#include "net/fault.h"
#include "net/tap.h"
#include "net/tls.h"
#include "wire.h"

enum { AMOUNT = 1024 * 1024 };

struct fixture {
	struct sw_tls_context *client[2], *server;	/* TLS 1.2 and 1.3 */
	char *bytes[2];
};

static int set_up(void **state)
{
	static struct fixture f;
	struct test_cert *cert =
		test_cert_new(&(struct test_cert_wish){ .san = "DNS:mx.test" }, NULL);
	const struct sw_tls_settings server = { .server = true, .cert_pem = cert->pem,
						.key_pem = cert->key_pem };

	f.server = sw_tls_context_new(&server, NULL);
	for (size_t i = 0; i < 2; i++) {
		const struct sw_tls_settings client = { .ca_file = NULL,
							.max_version = i ? 0 : 0x0303 };

		f.client[i] = sw_tls_context_new(&client, NULL);
		f.bytes[i] = malloc(AMOUNT);
		for (size_t k = 0; k < AMOUNT; k++)
			f.bytes[i][k] = (char)(k * 2654435761u >> (i ? 13 : 7));
	}
	test_cert_free(cert);
	*state = &f;
	return f.server && f.client[0] && f.client[1] ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < 2; i++) {
		sw_tls_context_unref(f->client[i]);
		free(f->bytes[i]);
	}
	sw_tls_context_unref(f->server);
	return 0;
}

enum { BELOW = 1, ABOVE = 2, TAP = 4 };

struct row {
	int tls;		/* 0: none, else 2 or 3 */
	unsigned filters;
	struct sw_fault_plan plan;
	size_t piece, amount;
};

static struct sw_stream *stack(struct sw_stream *s, struct fixture *f, const struct row *row,
			       struct sw_transcript *t, bool server)
{
	if (row->filters & BELOW)
		s = sw_fault_wrap(s, &row->plan, NULL);
	if (row->tls && server)
		s = sw_tls_server(s, f->server, NULL);
	else if (row->tls)
		s = sw_tls_client(s, f->client[row->tls - 2], "mx.test", SW_TLS_VERIFY_NONE,
				  NULL);
	if (row->filters & ABOVE)
		s = sw_fault_wrap(s, &row->plan, NULL);
	if (row->filters & TAP)
		s = sw_tap_wrap(s, t, row->tls != 0, NULL);
	assert_non_null(s);
	return s;
}

static void carry(struct fixture *f, const struct row *row, size_t number)
{
	struct sw_transcript *t = sw_transcript_new(NULL);
	struct wire w;
	size_t amount = row->amount ? row->amount : AMOUNT;

	wire_init(&w, number % 2);
	w.a.stack = stack(w.a.stack, f, row, t, false);
	w.b.stack = stack(w.b.stack, f, row, t, true);
	w.a.out = sw_slice(f->bytes[0], amount);
	w.b.out = sw_slice(f->bytes[1], amount);
	w.a.expected = w.b.expected = amount;
	w.a.piece = w.b.piece = row->piece;
	wire_run(&w, 60000);
	assert_row(number, !w.late);
	assert_row(number, w.a.end == SW_IO_OK && w.b.end == SW_IO_OK);
	assert_row(number, sw_slice_eq(sw_buf_slice(&w.b.in), w.a.out));
	assert_row(number, sw_slice_eq(sw_buf_slice(&w.a.in), w.b.out));
	if (row->tls) {
		const struct sw_tls_info *info = sw_tls_get_info(w.a.stack);

		assert_string_equal(info->version, row->tls == 2 ? "TLSv1.2" : "TLSv1.3");
		assert_true(info->raw_out > amount && info->raw_in > amount);
	} else {
		assert_null(sw_tls_get_info(w.a.stack));
	}
	wire_fini(&w);
	sw_transcript_free(t);
}

static void bytes_arrive_unchanged_through_any_stack(void **state)
{
	static const struct row rows[] = {
		{ .filters = 0 },
		{ .filters = TAP, .piece = 5000 },
		{ .filters = BELOW, .plan = { .max_write = 700, .max_read = 900 } },
		{ .filters = BELOW, .plan = { .again_first = true }, .piece = 30000 },
		{ .tls = 2 },
		{ .tls = 3 },
		{ .tls = 2, .filters = BELOW | ABOVE | TAP, .piece = 40000,
		  .plan = { .max_write = 5000, .max_read = 3000, .again_first = true } },
		{ .tls = 3, .filters = BELOW | ABOVE | TAP, .piece = 40000,
		  .plan = { .max_write = 5000, .max_read = 3000, .again_first = true } },
		{ .tls = 2, .filters = BELOW, .plan = { .max_write = 1, .max_read = 1 },
		  .amount = 20000, .piece = 3000 },
		{ .tls = 3, .filters = BELOW, .plan = { .max_write = 1, .max_read = 1 },
		  .amount = 20000, .piece = 3000 },
		{ .tls = 3, .filters = BELOW | TAP, .amount = 60000, .piece = 20000,
		  .plan = { .max_write = 6000, .drip_us = 200, .read_delay_us = 200 } },
		{ .tls = 3, .filters = ABOVE, .plan = { .max_write = 1, .max_read = 1 },
		  .amount = 20000 },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		carry(*state, &rows[i], i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_arrive_unchanged_through_any_stack),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
