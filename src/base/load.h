/* SPDX-License-Identifier: MIT */
/* Libraries that are loaded when they are needed: a plain message to a server takes few of
 * those that the program can use, and each costs a part of the time that it takes to start. */
#ifndef SW_BASE_LOAD_H
#define SW_BASE_LOAD_H

#include <stddef.h>

#include "base/error.h"

struct sw_load_symbol {
	const char *name;
	size_t at; /* of the pointer to the function in the caller's struct */
};

/* dlopen, for good: libraries keep state that has no end. SW_E_NOMEM: nothing is said of the
 * library, memory was short; SW_E_OS: it is not there, *ret_why (static) tells. */
enum sw_err sw_load_open(const char *library, void **ret, const char **ret_why) SW_MUST_USE;

/* Finds all of them in "libx.so.1", which is never unloaded again. SW_E_OS: it or one of them
 * is not there; the text says what the loader found, `what` what it is for. */
enum sw_err sw_load(const char *library, const char *what,
		    const struct sw_load_symbol *symbols, size_t count, void *ret,
		    struct sw_error *err) SW_MUST_USE;

#endif
