/* SPDX-License-Identifier: MIT */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/world.h"

enum {
	/* Output that we look at; all but the first line is thrown away. */
	OUTPUT_MOST = 4 * SW_MAX_SECRET,
	/* How often we ask whether the child has ended: its descendants may keep the pipe
	 * open for ever, so the end of the output alone does not say. */
	PATROL_MS = 20,
};

/* A child and the pipe that it writes to. */
struct child {
	const char *name;
	pid_t pid;
	int fd;
	bool at_end; /* of the output */
	bool reaped;
	int status;
};

/* Both ends beyond standard error: the actions below would close them otherwise when we were
 * started with 0, 1 or 2 closed. */
static enum sw_err pipe_make(int fds[2], struct sw_error *err)
{
	int low[2];
	enum sw_err code = SW_OK;

	if (pipe2(low, O_CLOEXEC))
		return sw_fail_errno(err, SW_E_OS, errno, "no pipe for the command's output");
	fds[0] = fcntl(low[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	fds[1] = fds[0] < 0 ? -1 : fcntl(low[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (fds[1] < 0) {
		code = sw_fail_errno(err, SW_E_OS, errno, "no pipe for the command's output");
		if (fds[0] >= 0)
			close(fds[0]);
	}
	close(low[0]);
	close(low[1]);
	return code;
}

/* What the child reads, in memory that nobody else has a name for: whatever its size, nobody
 * waits for a reader. Beyond standard error as the pipe. */
static enum sw_err input_make(struct sw_slice input, int *ret_fd, struct sw_error *err)
{
	int low = memfd_create("input", MFD_CLOEXEC);
	int fd = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	bool written = fd >= 0;

	while (written && input.len) {
		ssize_t put = write(fd, input.ptr, input.len);

		written = put > 0;
		input = sw_slice_from(input, put > 0 ? (size_t)put : 0);
	}
	written = written && lseek(fd, 0, SEEK_SET) == 0;
	enum sw_err code = written ? SW_OK
				   : sw_fail_errno(err, SW_E_OS, errno,
						   "no memory for the command's input");

	if (low >= 0)
		close(low);
	if (code && fd >= 0)
		close(fd);
	else if (!code)
		*ret_fd = fd;
	return code;
}

/* An errno. in_fd -1: nothing to read. */
static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attr, int in_fd,
		   int out_fd)
{
	sigset_t none, all;
	int e = in_fd < 0 ? posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
							     "/dev/null", O_RDONLY, 0)
			  : posix_spawn_file_actions_adddup2(actions, in_fd, STDIN_FILENO);

	sigemptyset(&none);
	sigfillset(&all);
	if (!e)
		e = posix_spawn_file_actions_adddup2(actions, out_fd, STDOUT_FILENO);
	if (!e)
		e = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
	/* Our caller's mask and ignored signals (SIGPIPE) are not the child's business. */
	if (!e)
		e = posix_spawnattr_setsigmask(attr, &none);
	if (!e)
		e = posix_spawnattr_setsigdefault(attr, &all);
	if (!e)
		e = posix_spawnattr_setflags(attr,
					     POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return e;
}

/* No process group of its own: a command that asks for a passphrase must be allowed to read
 * the terminal. */
static int start(char *const argv[], int in_fd, int out_fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int e = posix_spawn_file_actions_init(&actions);

	if (e)
		return e;
	e = posix_spawnattr_init(&attr);
	if (!e) {
		e = prepare(&actions, &attr, in_fd, out_fd);
		if (!e)
			e = posix_spawnp(ret_pid, argv[0], &actions, &attr, argv, environ);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&actions);
	return e;
}

static enum sw_err reap(struct child *c, int options, struct sw_error *err)
{
	pid_t got;

	do
		got = waitpid(c->pid, &c->status, options);
	while (got < 0 && errno == EINTR);
	/* ECHILD: somebody ignores SIGCHLD or waits for any child. */
	if (got < 0) {
		c->reaped = true;
		return sw_fail_errno(err, SW_E_OS, errno, "%s: how it ended is not known",
				     c->name);
	}
	c->reaped = got == c->pid;
	return SW_OK;
}

/* What is in the pipe now; more than OUTPUT_MOST is dropped. */
static enum sw_err take_output(struct child *c, struct sw_buf *out, struct sw_error *err)
{
	char sink[512];

	for (;;) {
		size_t room = OUTPUT_MOST - sw_buf_len(out);
		char *place = room ? sw_buf_reserve(out, room) : sink;

		if (!place)
			return sw_fail_nomem(err);
		ssize_t got = read(c->fd, place, room ? room : sizeof(sink));

		if (got > 0 && room)
			sw_buf_commit(out, (size_t)got);
		sw_wipe(sink, sizeof(sink));
		if (got > 0)
			return SW_OK;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return SW_OK;
		c->at_end = true;
		if (got == 0)
			return SW_OK;
		return sw_fail_errno(err, SW_E_IO, errno, "%s: reading its output", c->name);
	}
}

/* Until the child has ended and what it wrote is read, or the deadline. */
static enum sw_err attend(struct child *c, uint64_t deadline_us, struct sw_buf *out,
			  struct sw_error *err)
{
	const struct sw_world *world = sw_world_real();

	for (;;) {
		uint64_t now = world->now_us(world->arg);
		/* Asked before the last read: what it wrote before it ended is in the pipe. */
		enum sw_err code = reap(c, WNOHANG, err);

		if (!code && !c->at_end)
			code = take_output(c, out, err);
		if (code || c->reaped)
			return code;
		if (now >= deadline_us)
			return sw_fail(err, SW_E_IO, "%s: did not end in time, killed",
				       c->name);
		/* poll ignores a negative descriptor: then it only sleeps. */
		struct pollfd p = { .fd = c->at_end ? -1 : c->fd, .events = POLLIN };
		uint64_t wait_ms = sw_min_u64((deadline_us - now + 999) / 1000,
					      c->at_end ? 1 : PATROL_MS);

		poll(&p, 1, (int)wait_ms);
	}
}

static enum sw_err judge(const struct child *c, struct sw_error *err)
{
	if (WIFSIGNALED(c->status))
		return sw_fail(err, SW_E_CONFIG, "%s: ended by signal %d, expected status 0",
			       c->name, WTERMSIG(c->status));
	if (!WIFEXITED(c->status) || WEXITSTATUS(c->status) != 0)
		return sw_fail(err, SW_E_CONFIG, "%s: ended with status %d, expected 0",
			       c->name, WEXITSTATUS(c->status));
	return SW_OK;
}

static void drain(struct child *c, struct sw_buf *out)
{
	size_t before;

	/* The child is gone, so this ends: at the pipe's end or when it is empty. */
	do {
		before = sw_buf_len(out);
		if (c->at_end || take_output(c, out, NULL))
			return;
	} while (sw_buf_len(out) != before);
}

static enum sw_err run(char *const argv[], int in_fd, uint64_t deadline_us, struct sw_buf *out,
		       struct sw_error *err)
{
	struct child c = { .name = argv[0] };
	int fds[2] = { -1, -1 };
	enum sw_err code = pipe_make(fds, err);

	if (code)
		return code;
	c.fd = fds[0];
	int e = start(argv, in_fd, fds[1], &c.pid);

	close(fds[1]);
	if (e) {
		close(c.fd);
		return sw_fail_errno(err, SW_E_CONFIG, e, "%s: cannot be started", c.name);
	}
	fcntl(c.fd, F_SETFL, O_NONBLOCK);
	code = attend(&c, deadline_us, out, err);
	if (!c.reaped) {
		kill(c.pid, SIGKILL);
		(void)!reap(&c, 0, NULL);
	}
	if (!code) {
		drain(&c, out);
		code = judge(&c, err);
	}
	close(c.fd);
	return code;
}

enum sw_err sw_process_secret(char *const argv[], uint64_t deadline_us, struct sw_secret *ret,
			      struct sw_error *err)
{
	/* All of it at once: growing would leave copies behind. */
	SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { .max = OUTPUT_MOST, .secret = true };
	enum sw_err code = run(argv, -1, deadline_us, &out, err);

	return code ? code : sw_secret_first_line(ret, sw_buf_slice(&out), argv[0], err);
}

enum sw_err sw_process_talk(char *const argv[], struct sw_slice input, uint64_t deadline_us,
			    struct sw_buf *out, struct sw_error *err)
{
	int fd = -1;

	sw_buf_wipe(out);
	*out = (struct sw_buf){ .max = OUTPUT_MOST, .secret = true };
	enum sw_err code = input_make(input, &fd, err);

	if (code)
		return code;
	code = run(argv, fd, deadline_us, out, err);
	close(fd);
	return code;
}
