/* SPDX-License-Identifier: MIT */
/* The public face of the sandbox: settings by name, and the life of one server. */
#include <pthread.h>
#include <sendwell/sandbox.h>

#include "base/mem.h"
#include "sandbox/server.h"
#include "sasl/sasl.h"

enum {
	DEFAULT_SIZE = 50 * 1024 * 1024,
	MAX_NAME = 255,
	MAX_CREDENTIAL = 255,
	MAX_PORT = 65535,
	SECOND = 1000 * 1000,
};

struct sw_sandbox {
	/* Strings that were set; NULL: the default. */
	char *listen, *name, *user, *password, *auth, *store, *dir;
	struct sw_server_settings set;
	struct sw_faults faults;
	struct sw_server *server; /* after start */
	pthread_mutex_t runs;     /* held while it runs: free waits for the end */
	struct sw_error err;
};

#define SW_FAULT(name, arg, preset, argument, stage, hook, when, action, data, cause, help)   \
	{ name, argument, cause, SW_STAGE_##stage, help },
static const struct sw_fault_info infos[] = {
#include "sandbox/fault.def"
	{ NULL, NULL, NULL, SW_STAGE_CONFIG, NULL },
};
#undef SW_FAULT

const struct sw_fault_info *sw_sandbox_fault(size_t i)
{
	return &infos[i < SW_LEN(infos) ? i : SW_LEN(infos) - 1];
}

struct setting {
	const char *name;
	/* value NULL: back to the default. */
	enum sw_err (*set)(struct sw_sandbox *s, const struct setting *row, const char *value);
	const char *help;
};

static enum sw_err fail(struct sw_sandbox *s, const struct setting *row, const char *value,
			const char *expected)
{
	return sw_fail(&s->err, SW_E_USAGE, "%s: expected %s, got \"%.100s\"", row->name,
		       expected, value);
}

static enum sw_err copy(struct sw_sandbox *s, char **to, const char *value)
{
	char *text = value ? sw_strdup(value) : NULL;

	if (value && !text)
		return sw_fail_nomem(&s->err);
	sw_free(*to);
	*to = text;
	return SW_OK;
}

static bool is_text(const char *value, size_t max)
{
	return !value || (strlen(value) <= max && !sw_slice_has_control(sw_slice_str(value)));
}

static enum sw_err set_listen(struct sw_sandbox *s, const struct setting *row,
			      const char *value)
{
	if (!is_text(value, MAX_NAME))
		return fail(s, row, value, "an IP address");
	return copy(s, &s->listen, value);
}

/* It stands in replies and in a certificate: letters, digits, '-', '.', and for literals ':',
 * '[', ']'. */
static bool is_host(const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++) {
		char c = sw_ascii_lower(value[i]);

		if (!(c >= 'a' && c <= 'z') && !sw_ascii_digit(c) && !strchr("-._:[]", c))
			return false;
	}
	return len > 0 && len <= MAX_NAME;
}

static enum sw_err set_name(struct sw_sandbox *s, const struct setting *row, const char *value)
{
	if (value && !is_host(value))
		return fail(s, row, value, "a host name");
	return copy(s, &s->name, value);
}

static enum sw_err set_credential(struct sw_sandbox *s, const struct setting *row,
				  const char *value)
{
	bool is_user = strcmp(row->name, "user") == 0;

	if (!is_text(value, MAX_CREDENTIAL))
		return sw_fail(&s->err, SW_E_USAGE,
			       "%s: expected at most %d characters, none of "
			       "them a control character",
			       row->name, MAX_CREDENTIAL);
	return copy(s, is_user ? &s->user : &s->password, value);
}

static enum sw_err set_auth(struct sw_sandbox *s, const struct setting *row, const char *value)
{
	if (!is_text(value, MAX_NAME))
		return fail(s, row, value, "names of mechanisms with commas between them");
	struct sw_slice rest = sw_slice_str(value), word;

	while (rest.len > 0 && sw_slice_split(&rest, ',', &word))
		if (!sw_sasl_mech_find(sw_slice_trim(word)))
			return sw_fail(&s->err, SW_E_USAGE,
				       "auth: no mechanism is called \"%.*s\"", SW_FMT(word));
	return copy(s, &s->auth, value);
}

static enum sw_err set_path(struct sw_sandbox *s, const struct setting *row, const char *value)
{
	if (value && !*value)
		return fail(s, row, value, "a directory");
	return copy(s, strcmp(row->name, "store") == 0 ? &s->store : &s->dir, value);
}

static enum sw_err set_port(struct sw_sandbox *s, const struct setting *row, const char *value)
{
	bool is_tls = strcmp(row->name, "tls-port") == 0;
	uint64_t port = 0;

	if (is_tls && value && strcmp(value, "none") == 0) {
		s->set.no_tls_port = true;
		return SW_OK;
	}
	if (value && (!sw_slice_u64(sw_slice_str(value), &port) || port > MAX_PORT))
		return fail(s, row, value,
			    is_tls ? "a port, 0 for any free one, or none"
				   : "a port, 0 for any free one");
	if (is_tls) {
		s->set.tls_port = (uint16_t)port;
		s->set.no_tls_port = false;
	} else {
		s->set.port = (uint16_t)port;
	}
	return SW_OK;
}

static enum sw_err set_flag(struct sw_sandbox *s, const struct setting *row, const char *value)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "require-auth", &s->set.require_auth },
		{ "require-tls", &s->set.require_tls },
		{ "lmtp", &s->set.lmtp },
		{ "proxy", &s->set.proxy },
		{ "xclient", &s->set.xclient },
	};
	bool on = value && strcmp(value, "yes") == 0;

	if (value && !on && strcmp(value, "no") != 0)
		return fail(s, row, value, "yes or no");
	for (size_t i = 0; i < SW_LEN(flags); i++)
		if (strcmp(row->name, flags[i].name) == 0)
			*flags[i].flag = on;
	return SW_OK;
}

static enum sw_err set_size(struct sw_sandbox *s, const struct setting *row, const char *value)
{
	uint64_t size = DEFAULT_SIZE;

	if (value &&
	    (!sw_slice_u64(sw_slice_str(value), &size) || size == 0 || size > INT64_MAX))
		return fail(s, row, value, "a number of bytes");
	s->set.size_bytes = size;
	return SW_OK;
}

static enum sw_err set_idle(struct sw_sandbox *s, const struct setting *row, const char *value)
{
	uint64_t us = 0;

	if (value && (!sw_fault_seconds(sw_slice_str(value), &us) || us == 0))
		return fail(s, row, value, "seconds, as 300 or 0.5");
	s->set.idle_us = us;
	return SW_OK;
}

static enum sw_err set_fault(struct sw_sandbox *s, const struct setting *row SW_UNUSED,
			     const char *value)
{
	if (!value) {
		sw_faults_fini(&s->faults);
		return SW_OK;
	}
	return sw_faults_add(&s->faults, sw_slice_str(value), &s->err);
}

static enum sw_err set_quit_after(struct sw_sandbox *s, const struct setting *row,
				  const char *value)
{
	struct sw_slice text = sw_slice_str(value);
	uint64_t messages = 0, us = 0;

	if (text.len > 1 && text.ptr[text.len - 1] == 's') {
		if (!sw_fault_seconds(sw_slice_head(text, text.len - 1), &us) || us == 0)
			return fail(s, row, value, "a number of messages, or seconds as 30s");
	} else if (value && (!sw_slice_u64(text, &messages) || messages == 0)) {
		return fail(s, row, value, "a number of messages, or seconds as 30s");
	}
	s->set.quit_messages = messages;
	s->set.quit_us = us;
	return SW_OK;
}

static const struct setting settings[] = {
	{ "listen", set_listen, "ADDRESS to listen on (default 127.0.0.1)" },
	{ "port", set_port, "PORT for SMTP with STARTTLS (default 0: any free one)" },
	{ "tls-port", set_port, "PORT for implicit TLS (default 0: any free one), or none" },
	{ "name", set_name,
	  "host name in the greeting and the certificate (default localhost)" },
	{ "user", set_credential, "login name (default sandbox); empty: no AUTH" },
	{ "password", set_credential, "its password (default not-secret)" },
	{ "auth", set_auth, "MECHANISM[,MECHANISM] to offer (default: all)" },
	{ "require-auth", set_flag, "yes|no: MAIL needs AUTH (default no)" },
	{ "require-tls", set_flag, "yes|no: AUTH and MAIL need TLS (default no)" },
	{ "size", set_size, "BYTES of the largest message (default 52428800)" },
	{ "store", set_path, "DIR for what comes in: ID.eml and ID.json" },
	{ "dir", set_path, "DIR for the CA's certificate, ca.pem (default: a temporary one)" },
	{ "lmtp", set_flag, "yes|no: speak LMTP (default no)" },
	{ "proxy", set_flag,
	  "yes|no: a PROXY header (v1, v2) begins each connection (default no)" },
	{ "xclient", set_flag, "yes|no: offer XCLIENT to everybody (default no)" },
	{ "idle", set_idle, "SECONDS of silence after which a connection ends (default 300)" },
	{ "fault", set_fault, "NAME[=ARG]: misbehave; may be given several times" },
	{ "quit-after", set_quit_after, "N messages, or Ns seconds, after which to stop" },
};

const char *sw_sandbox_setting_name(size_t i)
{
	return i < SW_LEN(settings) ? settings[i].name : NULL;
}

const char *sw_sandbox_setting_help(size_t i)
{
	return i < SW_LEN(settings) ? settings[i].help : NULL;
}

struct sw_sandbox *sw_sandbox_new(void)
{
	struct sw_sandbox *s = sw_calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	if (pthread_mutex_init(&s->runs, NULL) != 0) {
		sw_free(s);
		return NULL;
	}
	s->set.size_bytes = DEFAULT_SIZE;
	return s;
}

void sw_sandbox_free(struct sw_sandbox *s)
{
	if (!s)
		return;
	sw_sandbox_stop(s);
	(void)pthread_mutex_lock(&s->runs);
	(void)pthread_mutex_unlock(&s->runs);
	(void)pthread_mutex_destroy(&s->runs);
	sw_server_free(s->server);
	sw_faults_fini(&s->faults);
	sw_free(s->listen);
	sw_free(s->name);
	sw_free(s->user);
	sw_free(s->password);
	sw_free(s->auth);
	sw_free(s->store);
	sw_free(s->dir);
	sw_free(s);
}

enum sw_err sw_sandbox_set(struct sw_sandbox *s, const char *name, const char *value)
{
	if (s->server)
		return sw_fail(&s->err, SW_E_USAGE, "settings are made before the start");
	for (size_t i = 0; i < SW_LEN(settings); i++)
		if (name && strcmp(name, settings[i].name) == 0)
			return settings[i].set(s, &settings[i], value);
	return sw_fail(&s->err, SW_E_USAGE, "the sandbox has no setting \"%.100s\"",
		       name ? name : "");
}

void sw_sandbox_on_log(struct sw_sandbox *s, sw_sandbox_log_fn fn, void *arg)
{
	s->set.log = fn;
	s->set.log_arg = arg;
}

static const char *or_default(const char *value, const char *preset)
{
	return value ? value : preset;
}

enum sw_err sw_sandbox_start(struct sw_sandbox *s)
{
	if (s->server)
		return sw_fail(&s->err, SW_E_USAGE, "the sandbox is started already");
	s->set.listen = or_default(s->listen, "127.0.0.1");
	s->set.name = or_default(s->name, "localhost");
	s->set.user = or_default(s->user, "sandbox");
	s->set.password = or_default(s->password, "not-secret");
	s->set.auth = or_default(s->auth, "");
	s->set.store = s->store;
	s->set.dir = s->dir;
	s->set.faults = &s->faults;
	sw_error_clear(&s->err);
	s->server = sw_server_new(&s->set, &s->err);
	return s->server ? SW_OK : s->err.code;
}

unsigned sw_sandbox_port(const struct sw_sandbox *s)
{
	return s->server ? sw_server_port(s->server) : 0;
}

unsigned sw_sandbox_tls_port(const struct sw_sandbox *s)
{
	return s->server ? sw_server_tls_port(s->server) : 0;
}

const char *sw_sandbox_ca_file(const struct sw_sandbox *s)
{
	return s->server ? sw_server_ca_file(s->server) : "";
}

const char *sw_sandbox_address(const struct sw_sandbox *s)
{
	return s->server ? sw_server_address(s->server) : "";
}

enum sw_err sw_sandbox_run(struct sw_sandbox *s)
{
	if (!s->server)
		return sw_fail(&s->err, SW_E_USAGE, "the sandbox is not started");
	(void)pthread_mutex_lock(&s->runs);
	enum sw_err e = sw_server_run(s->server, &s->err);

	(void)pthread_mutex_unlock(&s->runs);
	return e;
}

void sw_sandbox_stop(struct sw_sandbox *s)
{
	if (s->server)
		sw_server_stop(s->server);
}

size_t sw_sandbox_message_count(const struct sw_sandbox *s)
{
	return s->server ? sw_server_messages(s->server) : 0;
}

const char *sw_sandbox_error_text(const struct sw_sandbox *s)
{
	return s->err.text;
}
