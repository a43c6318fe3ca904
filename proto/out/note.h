/* SPDX-License-Identifier: ISC */
/*
 * note: signed notes (C2SP signed-note) and the keys that check them.
 *
 *  text, lines that end with LF, the last of them too
 *  an empty line
 *  one or more lines: U+2014, space, name, space, base64(key id || signature)
 *
 * The key id is the first 4 bytes of SHA-256(name LF type key).  A verifier
 * key is `name+hex(key id)+base64(type || key)`.
 *
 *  type 1  Ed25519 over the text
 *  type 4  cosignature/v1 (C2SP tlog-cosignature): signature = time (64 bit,
 *          seconds) || Ed25519 over "cosignature/v1\ntime T\n" || text
 *
 * Lines of other keys are kept and ignored.  What is said to be signed by a
 * known key and is not makes the whole note bad.
 */
#ifndef DOSSIER_NOTE_H
#define DOSSIER_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/out/ed25519.h"

#define NOTE_NAME_MAX	255	/* bytes of a name or origin */
#define NOTE_LINES_MAX	64	/* signature lines of one note */
#define NOTE_MAX	(512u << 10)	/* bytes of a note */

enum note_type { NOTE_ED25519 = 1, NOTE_COSIGNATURE = 4 };

struct note_vkey {
	char	 name[NOTE_NAME_MAX + 1];
	uint8_t	 type;		/* enum note_type */
	uint8_t	 id[4];
	uint8_t	 key[ED25519_KEY];
};

/* 1 if it may be a name: UTF-8, no space of any kind, no + and no control. */
int	note_name_ok(const char *, size_t);
/* Fills in the key id.  0, or -1 with EINVAL: the name. */
int	note_vkey_make(struct note_vkey *key_r, const char *name,
	    enum note_type, const uint8_t key[ED25519_KEY]);
void	note_vkey_text(struct buf *, const struct note_vkey *);
/* Without LF.  0, or -1 with EINVAL: also a type that is not above. */
int	note_vkey_parse(struct note_vkey *key_r, const char *, size_t);

/* A note as views of the text that was parsed. */
struct note_line {
	const char	*name;
	size_t		 name_len;
	uint8_t		 id[4];
	const char	*base64;	/* key id and signature */
	size_t		 base64_len;
};

struct note {
	const char	*text;		/* with its last LF */
	size_t		 text_len;
	unsigned	 nlines;
	struct note_line line[NOTE_LINES_MAX];
};

/* Borrows the text.  0, or -1 with EINVAL. */
int	note_parse(struct note *note_r, const char *, size_t);
/*
 * Signature lines alone, as a witness answers, in place of those of the note,
 * whose text stays what it is.  0, or -1 with EINVAL.
 */
int	note_parse_lines(struct note *, const char *, size_t);
/*
 * 1: the key has signed; 0: no line is of this key; -1: a line is and its
 * signature is bad.  Of a cosignature, *time_r is when (seconds since 1970);
 * time_r may be NULL.
 */
int	note_verify(const struct note *, const struct note_vkey *,
	    uint64_t *time_r);
/* The first line of a key, or NULL. */
const struct note_line *note_line_of(const struct note *,
	    const struct note_vkey *);
/* Appends the line as it stands, with its LF. */
void	note_line_copy(struct buf *, const struct note_line *);
/*
 * Appends a signature line over the text by a seed, whose public half stands
 * in the key (and type 4: at a time).  0, or -1: out of memory.
 */
int	note_sign(struct buf *, const struct note_vkey *,
	    const uint8_t seed[ED25519_KEY], uint64_t time, const char *text,
	    size_t len);

#endif
