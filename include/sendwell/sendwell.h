/* SPDX-License-Identifier: MIT */
/* libsendwell: send mail, and know what became of it. Includes the whole public interface. */
#ifndef SENDWELL_SENDWELL_H
#define SENDWELL_SENDWELL_H

#include <sendwell/bounce.h>
#include <sendwell/diagnose.h>
#include <sendwell/dkim.h>
#include <sendwell/explain.h>
#include <sendwell/file.h>
#include <sendwell/import.h>
#include <sendwell/mail_source.h>
#include <sendwell/mailer.h>
#include <sendwell/memory.h>
#include <sendwell/merge.h>
#include <sendwell/message.h>
#include <sendwell/preset.h>
#include <sendwell/result.h>
#include <sendwell/sandbox.h>
#include <sendwell/pool.h>
#include <sendwell/step.h>
#include <sendwell/text.h>
#include <sendwell/types.h>
#include <sendwell/version.h>

#endif
