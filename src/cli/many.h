/* SPDX-License-Identifier: MIT */
/* `send` with many messages: where they come from, what is written of them. */
#ifndef CLI_MANY_H
#define CLI_MANY_H

#include <stdint.h>

#include <sendwell/merge.h>
#include <sendwell/pool.h>

#include "cli/session.h"

/* One message to be, or why it is none. */
struct cli_letter {
	struct sw_message *message; /* NULL: could not be made */
	char *name;                 /* "list.csv:12"; cli_free */
	char *why;                  /* cli_free */
	int status;
	uint64_t key; /* of what it is made from */
	bool over;    /* there is no further one */
};

/* many_merge.c, many_mail.c: the messages one after the other. 0, or the status of what ends
 * everything, told. */
struct cli_letters;
struct cli_letters_kind {
	int (*open)(struct cli_letters *l);
	int (*next)(struct cli_letters *l, struct cli_letter *ret);
	unsigned (*permille)(struct cli_letters *l); /* 0: nobody knows */
	void (*close)(struct cli_letters *l);
};
struct cli_letters {
	const struct cli_letters_kind *kind;
	struct cli *c;
	struct sw_dkim_keys *keys;
	void *state;
};
extern const struct cli_letters_kind cli_letters_merge, cli_letters_mail;
bool cli_many_wanted(const struct cli *c);
void cli_letter_fini(struct cli_letter *letter);
/* Finishes the message, signed; what is wrong becomes the letter's `why`. False without
 * memory. */
bool cli_letter_finish(struct cli_letters *l, struct cli_letter *letter);
/* "FILE:NUMBER", printable; cli_free, NULL without memory. */
char *cli_letter_name(const char *file, uint64_t number);
/* What is wrong: status and text are the letter's from now on. False without memory. */
bool cli_letter_spoil(struct cli_letter *letter, int status, const char *why);
uint64_t cli_key_of(uint64_t key, const char *bytes, size_t len); /* begin with CLI_KEY */
#define CLI_KEY UINT64_C(0xcbf29ce484222325)

/* many_resume.c: what was done by earlier runs, by key. */
struct cli_resume;
enum cli_resume_state {
	CLI_RESUME_NEW,
	CLI_RESUME_BEGUN,
	CLI_RESUME_ACCEPTED,
	CLI_RESUME_PARTIAL,
	CLI_RESUME_REJECTED,
	CLI_RESUME_DEFERRED,
	CLI_RESUME_NOT_SENT,
	CLI_RESUME_UNCERTAIN,
};
int cli_resume_open(struct cli *c, const char *path, struct cli_resume **ret);
void cli_resume_close(struct cli_resume *r);
/* What is known of a message; *key becomes that of its occurrence (the same one twice is two).
 */
bool cli_resume_look(struct cli_resume *r, uint64_t *key, enum cli_resume_state *ret);
/* Writes it down. 0, or the status of what was wrong, told. */
int cli_resume_note(struct cli_resume *r, uint64_t key, enum cli_resume_state state,
		    const char *name);

/* many_report.c */
struct cli_tally {
	uint64_t of[SW_SUMMARY_COUNT];
	uint64_t read, skipped;
	uint64_t earlier[SW_SUMMARY_COUNT]; /* what those that were skipped had come to */
	uint64_t failures_shown;
	uint64_t held_back; /* by what ended it all */
	int first_status;   /* of the first that failed */
	bool same_status;   /* of all that did */
	bool stopped;
	double seconds;
	uint64_t sessions;
};
struct cli_results {
	struct cli *c;
	int fd; /* -1: none; that of a file is ours */
	bool is_stdout, failed;
};
int cli_results_open(struct cli *c, struct cli_results *ret);
void cli_results_close(struct cli_results *r);
void cli_many_told(struct cli_results *r, struct cli_tally *t, const char *name,
		   const struct sw_pool_account *a);
/* One that never came into the pool. */
void cli_many_not_begun(struct cli_results *r, struct cli_tally *t, const char *name,
			enum sw_summary summary, int status, const char *why);
/* The sums; returns the exit status. */
int cli_many_sums(struct cli_results *r, const struct cli_tally *t);
void cli_many_progress(struct cli *c, const struct cli_tally *t, unsigned permille,
		       double seconds);

/* many_keep.c: --transcript and --save. */
struct cli_many_keep {
	struct cli *c; /* NULL: not open */
	int transcript_fd, save_fd;
	bool transcript_stdout, save_stdout;
	char *lines; /* of the transcript, not written yet */
	size_t held;
	uint64_t cases, cases_left_out;
};
/* 0, or the status of what was wrong, told. */
int cli_many_keep_open(struct cli *c, struct cli_many_keep *k);
void cli_many_keep_close(struct cli_many_keep *k);
/* Whether somebody wants the lines of the dialogues. */
bool cli_many_keep_hears(const struct cli_many_keep *k);
void cli_many_keep_line(void *arg, uint64_t session, double ms, const char *mark,
			const char *text);
void cli_many_keep_flush(struct cli_many_keep *k);
void cli_many_keep_case(struct cli_many_keep *k, const struct sw_pool_account *a);
/* Tells what was not kept. */
void cli_many_keep_sums(const struct cli_many_keep *k);

int cli_run_many(struct cli *c);

#endif
