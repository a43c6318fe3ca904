/* SPDX-License-Identifier: ISC */
/*
 * mails: the mail that a generator sends, read from a folder or made up.
 * It lives until the program ends; what goes wrong ends the program.
 */
#ifndef DOSSIER_TEST_MAILS_H
#define DOSSIER_TEST_MAILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mail {
	char		*raw;	/* the bytes that count */
	size_t		 rawlen;
	char		*wire;	/* the same with dots stuffed */
	size_t		 wirelen;
};

struct mails {
	struct mail	*list;
	size_t		 n;
};

/*
 * Every file under the folder, in order of name; with lines, a lone LF
 * becomes CRLF and a last CRLF is added.
 */
void	mails_read(struct mails *, const char *folder, bool lines);
/* Bodies of random words which, with a head of about 128 bytes, give size. */
void	mails_make(struct mails *, size_t size, uint64_t seed);

#endif
