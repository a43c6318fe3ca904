/* SPDX-License-Identifier: ISC */
/*
 * banned: functions whose use is a compile error, because a bounded or
 * re-entrant one exists.  Included by the build on the command line.
 * alloca is refused by -Werror=alloca instead: glib's headers name it.
 */
#ifndef DOSSIER_BANNED_H
#define DOSSIER_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A library's header whose macros name one of them comes before. */
#ifdef DOSSIER_FIRST
#include DOSSIER_FIRST
#endif

/* With clang the C library's headers make macros of these two. */
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok
#pragma GCC poison gmtime localtime ctime asctime atoi atol

#endif
