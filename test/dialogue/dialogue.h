/* SPDX-License-Identifier: MIT */
/* Dialogues: read from files (README.md has the format) and replayed against a machine. */
#ifndef SW_TEST_DIALOGUE_H
#define SW_TEST_DIALOGUE_H

#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

enum step_type {
	STEP_FEED,   /* bytes of the other side */
	STEP_SAYS,   /* bytes that the machine must have put out */
	STEP_EVENT,  /* an event that it must have told */
	STEP_ACTION, /* what its owner does */
	STEP_QUERY,  /* what it must answer when asked */
};

struct step {
	enum step_type type;
	unsigned line;        /* of the file */
	char kind;            /* SAYS: 'c' command, 's' secret, 'd' message data */
	struct sw_slice text; /* escapes resolved (FEED, SAYS), else as written */
};

enum { MAX_STEPS = 600, MAX_HEADERS = 16, MAX_TEXT = 4 * 1024 * 1024 };

/* A file: what all its cases begin with, then the cases; or no case at all. */
struct dialogue_file {
	const char *path;
	bool server; /* which machine is tried */
	struct sw_slice keys[MAX_HEADERS], values[MAX_HEADERS];
	size_t headers;
	struct step steps[MAX_STEPS];
	size_t count;
	size_t prelude; /* steps before the first case */
	struct {
		struct sw_slice name;
		size_t from, to;
	} cases[100];
	size_t case_count;
	char *text; /* all slices point in here or into `made` */
	char *made[MAX_STEPS];
	size_t made_count;
};

bool dialogue_read(struct dialogue_file *f, const char *path);
void dialogue_free(struct dialogue_file *f);
/* "" when the file does not say. */
struct sw_slice dialogue_header(const struct dialogue_file *f, const char *key);
/* Resolves escapes into a new string; *ret_len may count NULs. */
char *dialogue_unescape(struct sw_slice s, size_t *ret_len);
/* Printable, for comparing and for showing. */
void dialogue_escape(struct sw_buf *out, struct sw_slice s);

/* One replay. */
struct replay {
	const struct dialogue_file *file;
	void *machine;
	uint64_t now_us;
	struct sw_buf events; /* told and not yet compared, one a line */
	struct sw_buf out; /* put out and not yet compared, and of which kind each byte is */
	struct sw_buf kinds;
	const char *bad_rule; /* a rule that holds for every dialogue was broken */
	/* client */
	int last_reply;
	bool over;
	unsigned begun, settled;
	bool manual;
	bool together; /* output is held until "go" */
	struct {       /* of the last transactions; the machine borrows them */
		char *strings[16];
		const char *recipients[12];
	} sets[6];
	size_t set;
	size_t counts[8]; /* recipients of transaction n % 8 */
	unsigned shown;   /* the one that the last event told of */
	/* server */
	struct sw_buf message;
};

/* What differs between the two machines. */
struct side {
	bool (*start)(struct replay *r);
	void (*stop)(struct replay *r);
	void (*feed)(struct replay *r, struct sw_slice bytes);
	/* Lets output go, into r->out. */
	void (*flush)(struct replay *r);
	/* False: no such action. */
	bool (*act)(struct replay *r, struct sw_slice verb, struct sw_slice args);
	/* Appends the answer; false: no such question. */
	bool (*ask)(struct replay *r, struct sw_slice what, struct sw_buf *out);
};
extern const struct side client_side, server_side;

void replay_event(struct replay *r, const char *fmt, ...) SW_PRINTF(2, 3);
void replay_error(struct replay *r, enum sw_err code);

#endif
