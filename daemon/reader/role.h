/* SPDX-License-Identifier: ISC */
/*
 * role: what a reader program can be asked for, as its warm parent sees it.
 * dossier-reader has the light roles, so that its forks stay cheap;
 * dossier-drawer those that need fonts and makers of pages.
 */
#ifndef DOSSIER_ROLE_H
#define DOSSIER_ROLE_H

#include <stdint.h>

#include "daemon/reader/box.h"
#include "proto/wire/reading.h"

#define ROLE_COUNT	(READING_VOUCH + 1)

/*
 * Writes the answer to a request: 0, or -1 with errno ENOMEM, EFBIG or any
 * other.  The words are a C string.  Only in a child.
 */
typedef int	role_fn(const struct reading_request *, const char *words,
	    int docfd, int answerfd);

struct role {
	role_fn		*run;		/* NULL: not a role of this program */
	uint64_t	 max;		/* bytes of the answer with its tail */
};

struct program {
	const char	*name;
	enum box_kind	 box;
	int		(*warm)(void);	/* 0, or -1 with errno */
	const char	*(*versions)(void);
	const char	*(*maker)(void);	/* see struct reading_hello */
	/* Of BOX_DRAW: folders that may be read; NULL ends them. */
	const char *const *(*folders)(void);
	struct role	 roles[ROLE_COUNT];
};

/* What main() does: serves a socket, or answers of one file; see run.c. */
int	run(const struct program *, int argc, char **argv);

role_fn	 role_read, role_part, role_text, role_draw, role_slip;

#endif
