/* SPDX-License-Identifier: ISC */
/*
 * mail: an Internet message to facts.
 */
#ifndef DOSSIER_MAIL_H
#define DOSSIER_MAIL_H

#include <gmime/gmime.h>
#include <stddef.h>

#include "daemon/reader/facts.h"
#include "daemon/reader/report.h"

/* A message that is open, with its report if it is in one. */
struct mail {
	GMimeObject	*root;
	struct report	 report;
	int		 reported;
};

/* Sets GMime up, while files may still be opened. */
int	mail_warm(void);
/*
 * Reads the message in the file of the descriptor, whose bytes are mapped
 * too.  1 if it is one, 0 if no header was found ("no-message" is doubted).
 */
int	mail_read(struct facts *, int fd, const char *bytes, size_t size);
/*
 * The parts alone: 1 if it is a message, then mail_close(); 0 as above.
 * The charset of its headers and its doubts go to the facts.
 */
int	mail_open(struct facts *, int fd, const char *bytes, size_t size,
	    struct mail *mail_r);
void	mail_close(struct mail *);
/* The body that the mail's text is in. */
GMimeObject *mail_body(const struct mail *);
/* Version of the library, such as "3.2.13". */
const char *mail_version(void);

#endif
