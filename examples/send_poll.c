/* SPDX-License-Identifier: MIT */
/* Sends one message to each of several servers at the same time, from one loop of its own, and prints
 * what became of each:   send_poll FROM TO SERVER... < message */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include <sendwell/sendwell.h>

enum { MOST = 64 };

struct delivery {
	const char *server;
	struct sw_mailer *mailer; /* NULL: over */
	struct sw_message *message;
};

static char text[1024 * 1024];

static enum sw_err start(struct delivery *d, char **argv, size_t len)
{
	enum sw_err e = sw_mailer_set(d->mailer, "server", d->server);
	if (!e)
		e = sw_message_load_bytes(d->message, text, len);
	if (!e)
		e = sw_message_envelope_from(d->message, argv[1]);
	if (!e)
		e = sw_message_add_recipient(d->message, argv[2]);
	return e ? e : sw_mailer_start_send(d->mailer, d->message);
}

static void end(struct delivery *d)
{
	sw_mailer_free(d->mailer);
	sw_message_free(d->message);
	d->mailer = NULL;
}

/* Goes on with one; true when it is over. */
static int step(struct delivery *d)
{
	struct sw_result *result;
	enum sw_err e = sw_mailer_process(d->mailer, &result);
	if (!e && !result)
		return 0;
	printf("%s: %s\n", d->server,
	       e ? sw_mailer_last_error_text(d->mailer) : sw_result_sentence(result));
	sw_result_free(result);
	end(d);
	return 1;
}

static void run(struct delivery *list, int count)
{
	for (int open = count; open > 0;) {
		struct pollfd fds[MOST];
		int wait = -1;
		for (int i = 0; i < count; i++) {
			int own = list[i].mailer ? sw_mailer_wait_ms(list[i].mailer) : -1;
			fds[i].fd = list[i].mailer ? sw_mailer_fd(list[i].mailer) : -1;
			fds[i].events = POLLIN;
			if (own >= 0 && (wait < 0 || own < wait))
				wait = own;
		}
		poll(fds, (nfds_t)count, wait);
		for (int i = 0; i < count; i++)
			if (list[i].mailer &&
			    (fds[i].revents || sw_mailer_wait_ms(list[i].mailer) == 0))
				open -= step(&list[i]);
	}
}

int main(int argc, char **argv)
{
	struct delivery list[MOST] = { { 0 } };
	int count = argc - 3;
	if (count < 1 || count > MOST) {
		fprintf(stderr, "usage: %s FROM TO SERVER... < MESSAGE\n", argv[0]);
		return 64;
	}
	size_t len = fread(text, 1, sizeof(text), stdin);
	for (int i = 0; i < count; i++) {
		struct delivery *d = &list[i];
		*d = (struct delivery){ argv[i + 3], sw_mailer_new(), sw_message_new() };
		if (!d->mailer || !d->message)
			return 71;
		if (start(d, argv, len)) {
			fprintf(stderr, "%s: %s%s\n", d->server,
				sw_mailer_last_error_text(d->mailer),
				sw_message_error_text(d->message));
			return 65;
		}
	}
	run(list, count);
	return 0;
}
