/* SPDX-License-Identifier: MIT */
/* Sends a message of its own to each address on standard input, over one session, and prints
 * one line for each:   send_many smtp://HOST:PORT FROM SUBJECT TEXT < addresses */
#include <stdio.h>
#include <string.h>

#include <sendwell/sendwell.h>

static enum sw_err write_to(struct sw_message *message, char **argv, const char *address)
{
	enum sw_err e = sw_message_from(message, argv[2]);
	if (!e)
		e = sw_message_to(message, address);
	if (!e)
		e = sw_message_subject(message, argv[3]);
	return e ? e : sw_message_text(message, argv[4], strlen(argv[4]));
}

/* 0 when it was accepted. */
static int send_to(struct sw_mailer *mailer, char **argv, const char *address)
{
	struct sw_message *message = sw_message_new();
	struct sw_result *result = NULL;
	int status = 71;
	if (message && write_to(message, argv, address)) {
		printf("bad %s: %s\n", address, sw_message_error_text(message));
	} else if (message && sw_mailer_send(mailer, message, &result)) {
		printf("failed %s: %s\n", address, sw_mailer_last_error_text(mailer));
	} else if (result) {
		printf("%s %s: %s\n", sw_summary_name(sw_result_summary(result)), address,
		       sw_result_sentence(result));
		status = sw_result_exit_status(result);
	}
	sw_result_free(result);
	sw_message_free(message);
	return status;
}

int main(int argc, char **argv)
{
	char line[512];
	int status = 0;
	struct sw_mailer *mailer = sw_mailer_new();
	if (argc != 5 || !mailer || sw_mailer_set(mailer, "server", argv[1])) {
		fprintf(stderr, "usage: %s SERVER FROM SUBJECT TEXT < ADDRESSES\n", argv[0]);
		return 64;
	}
	/* The session stays open between messages; one that died is replaced. */
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] && send_to(mailer, argv, line))
			status = 75;
	}
	sw_mailer_free(mailer);
	return status;
}
