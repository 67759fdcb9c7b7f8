/* SPDX-License-Identifier: MIT */
/* The way down to the servers of a name, over name servers that follow a script: 127.0.0.1 is
 * the resolver, 127.0.0.2 serves the domain above, 127.0.0.3 and 4 the domain itself. */
#include "sw_test.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe/dns_walk.h"

enum { HOSTS = 4, AA = 0x04, RA = 0x80, NAME = 64, PATIENCE_US = 80 * 1000 };

struct rr {
	const char *name;
	enum sw_dns_type type;
	const char *data; /* "127.0.0.3", a name, or for MX and SOA the name in them */
};
struct row {
	unsigned host; /* the last number of the server's address */
	const char *name;
	enum sw_dns_type type;
	uint8_t aa, ra, rcode;
	struct rr answer[2], authority[2], additional[2];
};
struct script;
struct server {
	struct script *script;
	unsigned host;
	int fd;
	struct sw_watch *watch;
};
struct script {
	const struct row *rows;
	struct server servers[HOSTS];
	uint16_t port;
};

/* ---- packets */

static size_t put_name(uint8_t *to, const char *name)
{
	size_t n = 0;

	while (*name) {
		size_t len = strcspn(name, ".");

		to[n++] = (uint8_t)len;
		memcpy(to + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	to[n++] = 0;
	return n;
}

static size_t put_data(uint8_t *to, const struct rr *r)
{
	static const uint8_t soa[20] = { 0, 0, 0, 7 };
	size_t n = 0;

	if (r->type == SW_DNS_A)
		return inet_pton(AF_INET, r->data, to) == 1 ? 4 : 0;
	if (r->type == SW_DNS_MX) {
		memcpy(to, "\0\12", 2);
		n = 2;
	}
	n += put_name(to + n, r->data);
	if (r->type != SW_DNS_SOA)
		return n;
	n += put_name(to + n, "root");
	memcpy(to + n, soa, sizeof(soa));
	return n + sizeof(soa);
}

static size_t put_records(uint8_t *to, const struct rr rr[2], uint8_t *count)
{
	size_t n = 0;

	for (size_t i = 0; i < 2 && rr[i].name; i++) {
		n += put_name(to + n, rr[i].name);
		memcpy(to + n, (const uint8_t[]){ 0, (uint8_t)rr[i].type, 0, 1, 0, 0, 0, 60 },
		       8);
		size_t len = put_data(to + n + 10, &rr[i]);

		to[n + 8] = 0;
		to[n + 9] = (uint8_t)len;
		n += 10 + len;
		++*count;
	}
	return n;
}

static size_t read_name(const uint8_t *from, char name[NAME])
{
	size_t n = 0, at = 0;

	while (from[n] && at + from[n] + 2 < NAME) {
		memcpy(name + at, from + n + 1, from[n]);
		at += from[n];
		name[at++] = '.';
		n += from[n] + 1u;
	}
	name[at ? at - 1 : 0] = '\0';
	return n + 1;
}

static const struct row *find(const struct server *s, const char *name, unsigned type)
{
	for (const struct row *r = s->script->rows; r->host; r++)
		if (r->host == s->host && strcmp(r->name, name) == 0 &&
		    type == (unsigned)r->type)
			return r;
	return NULL;
}

/* What is not in the script is not answered. */
static void on_question(void *arg, unsigned ready SW_UNUSED)
{
	struct server *s = arg;
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	uint8_t in[600], out[600];
	char name[NAME];
	ssize_t got = recvfrom(s->fd, in, sizeof(in), 0, (struct sockaddr *)&from, &len);

	if (got < 17)
		return;
	size_t question = read_name(in + 12, name) + 4;
	const struct row *r = find(s, name, in[12 + question - 3]);

	if (!r)
		return;
	memcpy(out, in, 12 + question);
	out[2] = (uint8_t)(0x80 | r->aa);
	out[3] = (uint8_t)(r->ra | r->rcode);
	memset(out + 6, 0, 6);
	size_t n = 12 + question;

	n += put_records(out + n, r->answer, &out[7]);
	n += put_records(out + n, r->authority, &out[9]);
	n += put_records(out + n, r->additional, &out[11]);
	assert_true(sendto(s->fd, out, n, 0, (const struct sockaddr *)&from, len) ==
		    (ssize_t)n);
}

/* ---- the walk */

static void listen_at(struct server *s, struct sw_loop *loop)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(s->script->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + s->host) };
	socklen_t len = sizeof(at);

	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
	s->script->port = ntohs(at.sin_port);
	s->watch = sw_watch_new(loop, s->fd, on_question, s);
	assert_non_null(s->watch);
	sw_watch_set(s->watch, SW_WANT_READ);
}

struct heard {
	struct sw_loop *loop;
	unsigned calls;
};

static void on_end(void *arg, struct sw_walk *w SW_UNUSED)
{
	struct heard *h = arg;

	h->calls++;
	sw_loop_stop(h->loop);
}

/* "zone server=kind:records server=kind..." of the walk to that name's MX, and who is direct.
 */
static void walk(const struct row *rows, const char *name, char out[512])
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	struct script script = { .rows = rows };
	struct sw_loop *loop = sw_loop_new(NULL);
	struct heard heard = { .loop = loop };
	struct sw_arena arena = { 0 };
	size_t n = 0;

	for (unsigned i = 0; i < HOSTS; i++) {
		script.servers[i] = (struct server){ .script = &script, .host = i + 1 };
		listen_at(&script.servers[i], loop);
	}
	const struct sw_walk_wish wish = { .resolver = sw_addr_v4(loopback, script.port),
					   .name = name,
					   .type = SW_DNS_MX,
					   .port = script.port,
					   .patience_us = PATIENCE_US,
					   .deadline_us = SW_NEVER };
	struct sw_walk *w = sw_walk_start(loop, &arena, &wish, on_end, &heard, NULL);

	assert_non_null(w);
	assert_int_equal(heard.calls, 0);
	assert_ok(sw_loop_run(loop));
	assert_int_equal(heard.calls, 1);
	const struct sw_walk_zone *z = sw_walk_get_zone(w);

	n += (size_t)snprintf(out, 512, "%s%s", z ? z->name : "none",
			      sw_walk_is_direct(w) ? " direct" : "");
	for (size_t i = 0; z && i < z->count; i++) {
		const struct sw_ask_account *a = sw_ask_get_account(z->servers[i].answer);

		n += (size_t)snprintf(
			out + n, 512 - n, " %s=%s:%zu", z->servers[i].name,
			sw_walk_kind_name(sw_walk_kind_of(&z->servers[i], z->name)),
			a ? a->answer->count : 0);
	}
	sw_walk_free(w);
	for (unsigned i = 0; i < HOSTS; i++) {
		sw_watch_free(script.servers[i].watch);
		close(script.servers[i].fd);
	}
	sw_arena_fini(&arena);
	sw_loop_free(loop);
}

/* The resolver knows both zones; the one above is begun with. */
#define ABOVE                                                                                 \
	{ .host = 1,                                                                          \
	  "a.test",                                                                           \
	  SW_DNS_NS,                                                                          \
	  .ra = RA,                                                                           \
	  .answer = { { "a.test", SW_DNS_NS, "old.a.test" } } },                              \
		{ .host = 1,                                                                  \
		  "test",                                                                     \
		  SW_DNS_NS,                                                                  \
		  .ra = RA,                                                                   \
		  .answer = { { "test", SW_DNS_NS, "ns.test" } },                             \
		  .additional = { { "ns.test", SW_DNS_A, "127.0.0.2" } } },                   \
	{                                                                                     \
		.host = 2, "test", SW_DNS_SOA, .aa = AA, .answer = {                          \
			{ "test", SW_DNS_SOA, "ns.test" }                                     \
		}                                                                             \
	}
#define DELEGATION(one, two)                                                                  \
	{                                                                                     \
		.host = 2, "a.test", SW_DNS_MX,                                               \
		.authority = { { "a.test", SW_DNS_NS, "n1.a.test" },                          \
			       { "a.test", SW_DNS_NS, "n2.a.test" } },                        \
		.additional = {                                                               \
			{ "n1.a.test", SW_DNS_A, one },                                       \
			{ "n2.a.test", SW_DNS_A, two }                                        \
		}                                                                             \
	}
#define SERVES(h, mx)                                                                         \
	{ .host = (h),                                                                        \
	  "a.test",                                                                           \
	  SW_DNS_MX,                                                                          \
	  .aa = AA,                                                                           \
	  .answer = { { "a.test", SW_DNS_MX, mx } } },                                        \
	{                                                                                     \
		.host = (h), "a.test", SW_DNS_SOA, .aa = AA, .answer = {                      \
			{ "a.test", SW_DNS_SOA, "n1.a.test" }                                 \
		}                                                                             \
	}
#define REFUSES(h)                                                                            \
	{ .host = (h), "a.test", SW_DNS_MX, .rcode = 5 },                                     \
	{                                                                                     \
		.host = (h), "a.test", SW_DNS_SOA, .rcode = 5                                 \
	}
#define END                                                                                   \
	{                                                                                     \
		0                                                                             \
	}

static void the_servers_of_now_are_asked(void **state SW_UNUSED)
{
	static const struct row rows[] = { ABOVE, DELEGATION("127.0.0.3", "127.0.0.4"),
					   SERVES(3, "mx.a.test"), SERVES(4, "mx.a.test"),
					   END };
	char text[512];

	/* Not old.a.test, which only the resolver still knows. */
	walk(rows, "a.test", text);
	assert_string_equal(text, "a.test direct n1.a.test=serves:1 n2.a.test=serves:1");
}

static void one_that_does_not_serve_is_lame(void **state SW_UNUSED)
{
	static const struct row rows[] = { ABOVE, DELEGATION("127.0.0.3", "127.0.0.4"),
					   SERVES(3, "mx.a.test"), REFUSES(4), END };
	char text[512];

	walk(rows, "a.test", text);
	assert_string_equal(text, "a.test direct n1.a.test=serves:1 n2.a.test=lame:0");
}

static void silence_is_told_from_refusal(void **state SW_UNUSED)
{
	static const struct row rows[] = { ABOVE, DELEGATION("127.0.0.3", "127.0.0.4"),
					   SERVES(3, "mx.a.test"), END };
	char text[512];

	walk(rows, "a.test", text);
	assert_string_equal(text, "a.test direct n1.a.test=serves:1 n2.a.test=silent:0");
}

static void one_lost_question_makes_nobody_silent(void **state SW_UNUSED)
{
	static const struct row rows[] = {
		ABOVE,
		DELEGATION("127.0.0.3", "127.0.0.3"),
		{ .host = 3,
		  "a.test",
		  SW_DNS_SOA,
		  .aa = AA,
		  .answer = { { "a.test", SW_DNS_SOA, "n1.a.test" } } },
		END
	};
	char text[512];

	walk(rows, "a.test", text);
	assert_string_equal(text, "a.test direct n1.a.test=serves:0 n2.a.test=serves:0");
}

static void a_name_server_without_address_leads_nowhere(void **state SW_UNUSED)
{
	static const struct row rows[] = {
		ABOVE,
		{ .host = 2,
		  "a.test",
		  SW_DNS_MX,
		  .authority = { { "a.test", SW_DNS_NS, "n1.b.test" },
				 { "a.test", SW_DNS_NS, "n2.b.test" } } },
		{ .host = 1,
		  "n1.b.test",
		  SW_DNS_A,
		  .ra = RA,
		  .answer = { { "n1.b.test", SW_DNS_A, "127.0.0.4" } } },
		{ .host = 1, "n2.b.test", SW_DNS_A, .ra = RA, .rcode = 3 },
		SERVES(4, "mx.a.test"),
		END
	};
	char text[512];

	/* The one that has an address is found by the resolver. */
	walk(rows, "a.test", text);
	assert_string_equal(text, "a.test direct n1.b.test=serves:1 n2.b.test=nowhere:0");
}

/* Something on the way answers every question to port 53 itself. */
static void a_resolver_in_their_place_is_seen(void **state SW_UNUSED)
{
	static const struct row rows[] = {
		{ .host = 1,
		  "a.test",
		  SW_DNS_NS,
		  .ra = RA,
		  .answer = { { "a.test", SW_DNS_NS, "n1.a.test" } },
		  .additional = { { "n1.a.test", SW_DNS_A, "127.0.0.3" } } },
		{ .host = 3,
		  "a.test",
		  SW_DNS_MX,
		  .ra = RA,
		  .answer = { { "a.test", SW_DNS_MX, "mx.a.test" } } },
		END
	};
	char text[512];

	walk(rows, "a.test", text);
	assert_string_equal(text, "a.test n1.a.test=relayed:1");
}

static void without_a_zone_there_is_no_walk(void **state SW_UNUSED)
{
	static const struct row none[] = { END };
	static const struct row missing[] = {
		{ .host = 1, "a.test", SW_DNS_NS, .ra = RA, .rcode = 3 },
		{ .host = 1, "test", SW_DNS_NS, .ra = RA, .rcode = 3 },
		END
	};
	char text[512];

	walk(none, "a.test", text);
	assert_string_equal(text, "none");
	walk(missing, "a.test", text);
	assert_string_equal(text, "none");
}

/* A server that sends us back up, or to another's domain, is not followed. */
static void a_delegation_leads_only_down(void **state SW_UNUSED)
{
	static const char *const cuts[] = { "test", "b.test", "" };
	char text[512];

	for (size_t i = 0; i < SW_LEN(cuts); i++) {
		const struct row rows[] = {
			ABOVE,
			{ .host = 2,
			  "a.test",
			  SW_DNS_MX,
			  .authority = { { cuts[i], SW_DNS_NS, "ns.test" } },
			  .additional = { { "ns.test", SW_DNS_A, "127.0.0.3" } } },
			END
		};

		walk(rows, "a.test", text);
		assert_string_equal(text, "test direct ns.test=serves:0");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_servers_of_now_are_asked),
		cmocka_unit_test(one_that_does_not_serve_is_lame),
		cmocka_unit_test(silence_is_told_from_refusal),
		cmocka_unit_test(one_lost_question_makes_nobody_silent),
		cmocka_unit_test(a_name_server_without_address_leads_nowhere),
		cmocka_unit_test(a_resolver_in_their_place_is_seen),
		cmocka_unit_test(without_a_zone_there_is_no_walk),
		cmocka_unit_test(a_delegation_leads_only_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
