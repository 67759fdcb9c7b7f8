/* SPDX-License-Identifier: MIT */
/* A mailer: settings, and a session with a server that is opened when needed, kept, and reused until
 * settings change.
 *
 * No global state, no signals, no printing. A mailer may be used from any thread, by one at a time.
 * Callbacks run on the stack of the call. Inside of one, what reads the mailer is allowed; another call, a change or a close
 * of the same mailer is refused (SW_E_USAGE), and sw_mailer_free ends the call, which frees the mailer when it returns.
 * Two kinds of bad news are never mixed: a call returns an sw_err when WE failed (bad argument, no memory,
 * unreadable file); what the server or the network did stands in the result, and the call returns SW_OK. */
#ifndef SENDWELL_MAILER_H
#define SENDWELL_MAILER_H

#include <sendwell/message.h>
#include <sendwell/result.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sw_mailer;

/* NULL only without memory. */
SW_EXPORT struct sw_mailer *sw_mailer_new(void);
/* Closes the session (QUIT, at most one second), wipes secrets. While a pool uses the mailer: when the pool is freed. */
SW_EXPORT void sw_mailer_free(struct sw_mailer *m);

/* A setting by name, as on the command line and in the configuration file:
 *   server        URL or HOST[:PORT]: smtp:// smtps:// submission:// submissions:// lmtp://, with
 *                 user, password (percent-encoded), /ehlo-name, ?tls=...&auth=... in it. Ports without
 *                 one: 587; smtps and submissions 465; lmtp 24. What the URL says counts as set now.
 *                 unix:/PATH: a socket that speaks LMTP. srv://DOMAIN: the servers that the SRV records
 *                 _submissions._tcp and _submission._tcp of the domain name.
 *   fallback      URL|HOST[:PORT][,...]: servers to ask, in this order, when the one before cannot be used
 *   mx            yes|no: deliver to the recipients' MX hosts instead of a server
 *   tls           auto|implicit|starttls|opportunistic|none
 *   ca            FILE with trusted certificates (PEM) instead of the system's
 *   tls-name      name that the certificate must be for, instead of the server's
 *   cert, key     FILEs: client certificate and key (PEM)
 *   tls-pin       sha256//BASE64[,...]: SHA-256 of a public key (SubjectPublicKeyInfo); the verified chain must
 *                 have one of these, beside all else
 *   tls-pin-only  yes|no: the pin of the server's own key stands for chain and name
 *   auth          auto|none|MECHANISM[,MECHANISM]
 *   user          login name
 *   password-file FILE, password-fd N, password-command "PROGRAM ARGS", password-env NAME
 *   ehlo          name to greet with
 *   resolver      ADDRESS[:PORT] of a DNS server
 *   proxy         socks5://, socks5h:// or http:// [USER:PASSWORD@]HOST[:PORT], none. Not set: smtp_proxy of
 *                 the environment, or ALL_PROXY when it is a SOCKS proxy; NO_PROXY is obeyed.
 *   source        local ADDRESS to connect from
 *   family        any|4|6
 *   timeout       seconds for one stage (may have a fraction); 0: those of RFC 5321
 *   deadline      seconds for a whole call; 0: none
 *   pipelining    yes|no
 *   all-or-none   yes|no: one refused recipient stops the message
 *   chunking      auto|yes|no: BDAT where it is offered
 *   downgrade     yes|no: parts with 8-bit bytes go as quoted-printable or base64 to a server without
 *                 8BITMIME (yes); what is signed is never changed, and not sent there
 *   dsn           never, or success, failure, delay with commas between (RFC 3461)
 *   dsn-return    full|headers
 *   dsn-envid     identifier, printable ASCII
 *   require-tls   yes|no: RFC 8689, or not at all
 *   deliver-by    SECONDS[;notify|;return]
 *   priority      -9 to 9
 *   hold-until    date and time of RFC 3339, or +SECONDS
 *                 (what of dsn, priority and deliver-by;notify a server does not know is left out, and
 *                 the result's JSON says so in server.not_asked; without the others nothing is sent)
 *   xclient       "NAME=VALUE ..." for Postfix's XCLIENT
 *   proxy-header  v1|v2[,ADDRESS[:PORT]]
 *   hosts         FILE instead of /etc/hosts
 * value NULL: back to the default. SW_E_USAGE for an unknown name or a bad value; the text says what was
 * expected and the nearest known name. Secrets are read at the first use. */
SW_EXPORT enum sw_err sw_mailer_set(struct sw_mailer *m, const char *name, const char *value);
/* The password or token itself; copied, wiped when replaced. */
SW_EXPORT enum sw_err sw_mailer_set_secret(struct sw_mailer *m, const char *secret, size_t len);
/* Names of all settings in order, NULL after the last; and their one-line help. Static. */
SW_EXPORT const char *sw_mailer_setting_name(size_t i);
SW_EXPORT const char *sw_mailer_setting_help(size_t i);
/* Whether a password is wanted (user set, AUTH not "none") and no source for it was given: ask now. */
SW_EXPORT int sw_mailer_needs_secret(const struct sw_mailer *m);

/* Called every `every_ms` while a call runs; a return other than 0 aborts it: the result then says what
 * is known (not_sent, or uncertain after the final dot). */
typedef int (*sw_heartbeat_fn)(void *arg);
SW_EXPORT void sw_mailer_on_heartbeat(struct sw_mailer *m, unsigned every_ms, sw_heartbeat_fn fn,
				      void *arg);
/* Stage and message bytes as they go; total 0 when not known. */
typedef void (*sw_progress_fn)(void *arg, enum sw_stage stage, uint64_t done_bytes,
			       uint64_t total_bytes);
SW_EXPORT void sw_mailer_on_progress(struct sw_mailer *m, sw_progress_fn fn, void *arg);
/* Each line of the dialogue as it happens: mark "->" "<-" "~>" "<~" (~: inside TLS) "===" "***"; text is
 * redacted and escaped. */
typedef void (*sw_dialogue_fn)(void *arg, double ms, const char *mark, const char *text);
SW_EXPORT void sw_mailer_on_dialogue(struct sw_mailer *m, sw_dialogue_fn fn, void *arg);

/* Connects instead of the mailer, which then neither asks the DNS for the server's addresses nor dials nor takes a proxy:
 * through a tunnel, to a socket that was handed over, out of a sandbox. Returns a connected stream socket, which is the
 * mailer's from then on (it closes it), or -1 and errno. What happens on the connection stays the same: TLS is verified
 * for `host`. Called again for each connection; on the stack of the call, and may block it. NULL: none. */
typedef int (*sw_connect_fn)(void *arg, const char *host, uint16_t port);
SW_EXPORT void sw_mailer_on_connect(struct sw_mailer *m, sw_connect_fn fn, void *arg);

/* Sends. *ret is to be freed with sw_result_free; untouched when the return is not SW_OK. */
SW_EXPORT enum sw_err sw_mailer_send(struct sw_mailer *m, struct sw_message *message,
				     struct sw_result **ret);
/* Stop after that stage; nothing is sent. */
SW_EXPORT enum sw_err sw_mailer_verify_connection(struct sw_mailer *m, struct sw_result **ret);
SW_EXPORT enum sw_err sw_mailer_verify_login(struct sw_mailer *m, struct sw_result **ret);
/* MAIL and RCPT, then RSET: what the server says of each recipient. sender NULL: the null sender. */
SW_EXPORT enum sw_err sw_mailer_verify_recipients(struct sw_mailer *m, const char *sender,
						  const char *const *recipients, size_t count,
						  struct sw_result **ret);
/* Keeps an idle session alive; opens none. SW_OK also when there is no session. */
SW_EXPORT enum sw_err sw_mailer_noop(struct sw_mailer *m);
/* QUIT and close now. */
SW_EXPORT void sw_mailer_close(struct sw_mailer *m);
/* Whether a session is open, as far as we know without asking. */
SW_EXPORT int sw_mailer_is_connected(const struct sw_mailer *m);

/* SMTP code of the last reply that mattered, 0 when none came. */
SW_EXPORT int sw_mailer_last_status(const struct sw_mailer *m);
/* The whole story of the last call in words: error or result, one or several lines, printable. */
SW_EXPORT const char *sw_mailer_last_error_text(const struct sw_mailer *m);
/* Dialogue of the sessions of the last call, one line an entry, redacted and escaped. Borrowed until the
 * next call; NULL only without memory. */
SW_EXPORT const char *sw_mailer_transcript(struct sw_mailer *m);

#ifdef __cplusplus
}
#endif
#endif
