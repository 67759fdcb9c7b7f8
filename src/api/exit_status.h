/* SPDX-License-Identifier: MIT */
/* From an account to the status that a program should end with: sysexits.h, 79 uncertain, 80
 * partly accepted. Pure. */
#ifndef SW_API_EXIT_STATUS_H
#define SW_API_EXIT_STATUS_H

#include <sendwell/result.h>

#include "client/delivery.h"

enum sw_summary sw_summary_of(const struct sw_delivery *d);
int sw_exit_status_of(const struct sw_delivery *d);

#endif
