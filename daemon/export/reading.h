/* SPDX-License-Identifier: ISC */
/*
 * reading: documents and their parts as bytes, text and pages, for a thread
 * that may wait: the export thread.  Never from the loop's, which has
 * supervise.
 *
 * A client keeps reader programs of its own, apart from the loop's, and
 * starts them when they are first needed and again when they died.  What a
 * reader says is held against limits and its tail before it is given on; it
 * is otherwise as trustworthy as the document.
 */
#ifndef DOSSIER_EXPORT_READING_H
#define DOSSIER_EXPORT_READING_H

#include <stdint.h>

#include "proto/base/say.h"
#include "proto/wire/reading.h"
#include "store/log.h"

struct reading_client;

/*
 * Path of dossier-reader, copied; dossier-drawer stands beside it.  When
 * stopfd becomes readable a question is given up (-1: there is none); it is
 * borrowed.  No program is started yet.  NULL: ENOMEM.
 */
struct reading_client *reading_client_new(const char *path, int stopfd);
/* Ends the programs. */
void	reading_client_free(struct reading_client *);

/*
 * What the bytes of texts and pages depend on besides the document, the
 * language and what is asked (struct reading_hello).  Starts both programs.
 * 0, or -1 with errno as reading_ask().
 */
#define READING_MAKER_MAX 400
int	reading_maker(struct reading_client *, char text_r[READING_MAKER_MAX]);
/* What another reader or drawer in the same place would change; 0, or -1. */
#define READING_STAMP 8
int	reading_stamp(const struct reading_client *,
	    uint64_t stamp_r[READING_STAMP]);

struct reading_question {
	enum reading_role role;		/* not READING_READ */
	/*
	 * Borrowed; not of SLIP.  A file that cannot be written through this
	 * descriptor, or a memfd with MFD_ALLOW_SEALING, which is sealed.
	 */
	int		 doc;
	uint64_t	 size;
	enum reading_hint hint;		/* READING_MAIL of channel email */
	uint32_t	 part;		/* PART: index in `parts`, root 0 */
	const char	*charset;	/* TEXT, DRAW: of a text, or NULL */
	enum lang	 lang;		/* DRAW, SLIP: of "From" and the like */
	const char	*words;		/* SLIP: UTF-8 lines, the first a title;
					 * VOUCH: DNS answers */
};

struct reading_answer {
	enum reading_outcome outcome;	/* any */
	uint32_t	 detail;	/* as in struct reading_verdict */
	/*
	 * DONE: exactly the bytes asked for, `size` of them, at offset 0 of
	 * a sealed memfd: it can be the document of another question.  Else
	 * -1.  Its hash is for the caller to check: a PART is right if its
	 * SHA-256 is that of the reading.
	 */
	int		 fd;
	uint64_t	 size;
	uint32_t	 pages;		/* DONE, ITSELF of DRAW, SLIP */
	uint32_t	 notes;		/* enum reading_note */
	char		 type[64];	/* "" if it was not looked at */
};

/*
 * Waits for the answer: 0 with any outcome (a reader that dies of the same
 * document twice is READING_DIED, one that lies too), then
 * reading_answer_release().  -1 with errno, without one: ECANCELED by stopfd;
 * EINVAL for such a descriptor, words or role; else no reader can be started
 * or memory is out: nothing is said of the document then.
 */
int	reading_ask(struct reading_client *, const struct reading_question *,
	    struct reading_answer *answer_r);
/* Closes the descriptor, if there is one. */
void	reading_answer_release(struct reading_answer *);

/*
 * The bytes of a blob as a sealed memfd, of which the caller closes the
 * descriptor; -1 with trouble.  It takes no anonymous memory of the daemon.
 */
int	reading_document(struct log *, const struct loc *, uint64_t *size_r,
	    struct trouble *);

#endif
