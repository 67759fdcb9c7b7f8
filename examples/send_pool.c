/* SPDX-License-Identifier: MIT */
/* A letter to everybody in a CSV file (columns email and name), over several sessions; one line for each
 * that was not accepted:   send_pool smtp://HOST:PORT FROM SUBJECT TEXT LIST.csv */
#include <stdio.h>
#include <string.h>

#include <sendwell/sendwell.h>

struct job {
	struct sw_pool *pool;
	struct sw_merge *rows;
	struct sw_template *to, *subject, *text;
	const char *from;
};

/* The row that the file is at, as a message; what is wrong with it is told. */
static struct sw_message *write_letter(struct job *j)
{
	const char *to, *subject, *text;
	size_t len;
	struct sw_message *m = sw_message_new();
	enum sw_err e = m ? sw_message_from(m, j->from) : SW_E_NOMEM;

	if (!e)
		e = sw_merge_fill(j->rows, j->to, &to, NULL);
	if (!e)
		e = sw_message_to(m, to);
	if (!e)
		e = sw_merge_fill(j->rows, j->subject, &subject, NULL);
	if (!e)
		e = sw_message_subject(m, subject);
	if (!e)
		e = sw_merge_fill(j->rows, j->text, &text, &len);
	if (!e)
		e = sw_message_text(m, text, len);
	if (!e)
		return m;
	printf("line %llu: %s%s\n", (unsigned long long)sw_merge_line(j->rows),
	       sw_merge_error_text(j->rows), m ? sw_message_error_text(m) : "out of memory");
	sw_message_free(m);
	return NULL;
}

/* Called when a session has nothing to do: so memory holds few messages, however long the list is. */
static int feed(void *arg)
{
	struct job *j = arg;
	int more = 1;

	while (more) {
		enum sw_err e = sw_merge_next(j->rows, &more);
		struct sw_message *m = !e && more ? write_letter(j) : NULL;

		if (e)
			printf("%s\n", sw_merge_error_text(j->rows));
		if (e && e != SW_E_DATA)
			return 0;
		more = more || e;
		if (m && !sw_pool_add(j->pool, m, SW_POOL_TAKE, NULL))
			return 1;
		if (m)
			sw_message_free(m);
	}
	return 0;
}

static void told(void *arg, void *tag, const struct sw_pool_account *a)
{
	struct sw_result_recipient r = sw_pool_account_recipient(a, 0);

	(void)arg;
	(void)tag;
	if (sw_pool_account_summary(a) != SW_SUMMARY_ACCEPTED)
		printf("%s %s: %d %s%s\n", sw_outcome_name(r.outcome), r.address, r.reply.code,
		       r.reply.text, sw_pool_account_trouble(a));
}

int main(int argc, char **argv)
{
	char why[256] = "";
	struct sw_mailer *mailer = sw_mailer_new();
	struct job j = { .rows = sw_merge_new() };
	int status = 64;

	if (argc != 6 || !mailer || !j.rows || sw_mailer_set(mailer, "server", argv[1]) ||
	    sw_merge_open(j.rows, argv[5])) {
		fprintf(stderr, "usage: %s SERVER FROM SUBJECT TEXT LIST.csv\n", argv[0]);
		return status;
	}
	j.from = argv[2];
	j.to = sw_merge_template("{{name|}} <{{email}}>", 21, SW_MERGE_ADDRESSES, why,
				 sizeof(why));
	j.subject = sw_merge_template(argv[3], strlen(argv[3]), SW_MERGE_LINE, why, sizeof(why));
	j.text = sw_merge_template(argv[4], strlen(argv[4]), SW_MERGE_TEXT, why, sizeof(why));
	j.pool = sw_pool_new(mailer, 4);
	if (j.to && j.subject && j.text && j.pool) {
		sw_pool_on_feed(j.pool, feed, &j);
		sw_pool_on_result(j.pool, told, &j);
		status = sw_pool_run(j.pool) ? 70 : 0;
		struct sw_pool_counts n = sw_pool_counts(j.pool);

		printf("%llu accepted, %llu uncertain\n", (unsigned long long)n.accepted,
		       (unsigned long long)n.uncertain);
	} else {
		fprintf(stderr, "%s\n", why);
	}
	sw_pool_free(j.pool);
	sw_merge_template_free(j.to);
	sw_merge_template_free(j.subject);
	sw_merge_template_free(j.text);
	sw_merge_free(j.rows);
	sw_mailer_free(mailer);
	return status;
}
