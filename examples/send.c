/* SPDX-License-Identifier: MIT */
/* Sends one message and says what became of it.
 *
 *   SMTP_PASSWORD=... send smtp://USER@HOST:PORT FROM TO SUBJECT < text */
#include <stdio.h>

#include <sendwell/sendwell.h>

/* The first call that fails decides. */
static enum sw_err write_it(struct sw_message *message, char **argv)
{
	enum sw_err e = sw_message_from(message, argv[2]);
	if (!e)
		e = sw_message_to(message, argv[3]);
	if (!e)
		e = sw_message_subject(message, argv[4]);
	if (!e)
		e = sw_message_text_file(message, "-");
	return e ? e : sw_message_finish(message);
}

static enum sw_err send_it(struct sw_mailer *mailer, struct sw_message *message,
			   const char *server, struct sw_result **ret)
{
	enum sw_err e = sw_mailer_set(mailer, "server", server);
	if (!e && sw_mailer_needs_secret(mailer))
		e = sw_mailer_set(mailer, "password-env", "SMTP_PASSWORD");
	return e ? e : sw_mailer_send(mailer, message, ret);
}

int main(int argc, char **argv)
{
	struct sw_mailer *mailer = sw_mailer_new();
	struct sw_message *message = sw_message_new();
	struct sw_result *result = NULL;
	int status = 64;
	if (!mailer || !message)
		return 71;
	if (argc != 5) {
		fprintf(stderr, "usage: %s SERVER FROM TO SUBJECT < TEXT\n", argv[0]);
	} else if (write_it(message, argv)) {
		fprintf(stderr, "%s\n", sw_message_error_text(message));
		status = 65;
	} else if ((status = sw_err_exit_status(send_it(mailer, message, argv[1], &result))) !=
		   0) {
		fprintf(stderr, "%s\n", sw_mailer_last_error_text(mailer));
	} else {
		/* One sentence: accepted by whom, or refused, in which stage, and what to do.
		 */
		printf("%s\n", sw_result_sentence(result));
		status = sw_result_exit_status(result);
	}
	sw_result_free(result);
	sw_message_free(message);
	sw_mailer_free(mailer);
	return status;
}
