/* SPDX-License-Identifier: MIT */
/* The way through the stages on one line. */
#ifndef SW_VERDICT_STAGES_H
#define SW_VERDICT_STAGES_H

#include "verdict/facts.h"

/* Appends "dns ok 1 ms | tcp ok 0.2 ms | tls FAILED 5 ms | auth not reached | ..." from the
 * stage.time facts; nothing when there are none. More than 5 s in a stage is "slow". */
enum sw_err sw_verdict_stage_line(const struct sw_facts *f, struct sw_buf *out) SW_MUST_USE;
/* Appends "0.2 ms", "12 ms", "4.2 s". */
enum sw_err sw_verdict_duration(int64_t us, struct sw_buf *out) SW_MUST_USE;

#endif
