/* SPDX-License-Identifier: MIT */
/* libgsasl's functions, found at run time (base/load.h). */
#ifndef SW_SASL_GSASL_LIB_H
#define SW_SASL_GSASL_LIB_H

#include <gsasl.h>

#include "base/error.h"

struct sw_gsasl_lib {
	int (*init)(Gsasl **ret);
	void (*done)(Gsasl *ctx);
	void (*callback_set)(Gsasl *ctx, Gsasl_callback_function fn);
	int (*client_start)(Gsasl *ctx, const char *mech, Gsasl_session **ret);
	int (*server_start)(Gsasl *ctx, const char *mech, Gsasl_session **ret);
	int (*step)(Gsasl_session *session, const char *in, size_t len, char **ret,
		    size_t *ret_len);
	void (*finish)(Gsasl_session *session);
	void (*hook_set)(Gsasl_session *session, void *hook);
	void *(*hook_get)(Gsasl_session *session);
	const char *(*property)(Gsasl_session *session, Gsasl_property property);
	int (*property_set)(Gsasl_session *session, Gsasl_property property, const char *data,
			    size_t len);
	int (*saslprep)(const char *in, Gsasl_saslprep_flags flags, char **ret, int *ret_rc);
	int (*base64_to)(const char *in, size_t len, char **ret, size_t *ret_len);
	void (*free)(void *data);
	const char *(*error_text)(int code);
	const char *(*version)(const char *wanted);
};

/* SW_E_OS: it is not there, or not what it should be. */
enum sw_err sw_gsasl_load(struct sw_gsasl_lib *ret, struct sw_error *err) SW_MUST_USE;
/* "2.2.0"; "not installed". */
const char *sw_gsasl_version(void);

#endif
