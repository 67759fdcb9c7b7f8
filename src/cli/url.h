/* SPDX-License-Identifier: MIT */
/* Looking at a server URL without taking it apart, which is the library's work. */
#ifndef CLI_URL_H
#define CLI_URL_H

#include <stdbool.h>

/* "smtp://user:word@host": a password stands in it. */
bool cli_url_has_password(const char *url);
/* The same with *** for the password; free with cli_free, NULL without memory. */
char *cli_url_without_password(const char *url);

#endif
