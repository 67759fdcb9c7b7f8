/* SPDX-License-Identifier: MIT */
/* Memory that was refused. Nothing here aborts for want of memory: calls fail with SW_E_NOMEM. But some libraries below
 * go on with a part of their work when they get none, and say nothing; what was looked at then seems to lack something.
 * sendwell takes no such result for true: it looks whether anything was refused meanwhile. */
#ifndef SENDWELL_MEMORY_H
#define SENDWELL_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include <sendwell/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For a program's main(), before anything else of OpenSSL, jansson or libcurl is called: they get their memory by way of sendwell
 * from then on (it is malloc's as before), so that it knows what they were refused. They are one for the whole process:
 * that is why no other function does this, and why a library on top of sendwell leaves it to its program. False: OpenSSL
 * has allocated already; nothing was changed. */
SW_EXPORT bool sw_memory_watch(void);

/* How often memory was refused so far, in all threads. A result that was put together while it grew may lack a part. */
SW_EXPORT uint64_t sw_memory_refused(void);

#ifdef __cplusplus
}
#endif
#endif
