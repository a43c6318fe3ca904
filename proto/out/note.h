/* SPDX-License-Identifier: ISC */
/*
 * note: signed notes (C2SP signed-note), the keys that check them, and the
 * checkpoints and cosignatures that are written as notes.
 *
 *  text, lines that end with LF, the last of them too
 *  an empty line
 *  one or more lines: U+2014, space, name, space, base64(key id || signature)
 *
 * The key id is the first 4 bytes of SHA-256(name LF type key).  A verifier
 * key is `name+hex(key id)+base64(type || key)`.
 *
 *  type 1  Ed25519 over the text
 *  type 4  cosignature/v1: signature = time (64 bit, seconds) || Ed25519 over
 *          "cosignature/v1\ntime T\n" || text
 *
 * Lines of other keys are kept and ignored.  What is said to be signed by a
 * known key and is not makes the whole note bad.
 */
#ifndef DOSSIER_NOTE_H
#define DOSSIER_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/out/merkle.h"

#define NOTE_KEY	32	/* bytes of a key, public or secret (a seed) */
#define NOTE_SIG	64
#define NOTE_NAME_MAX	255	/* bytes of a name or origin */
#define NOTE_LINES_MAX	64	/* signature lines of one note */
#define NOTE_MAX	(512u << 10)	/* bytes of a note */

enum note_type { NOTE_ED25519 = 1, NOTE_COSIGNATURE = 4 };

/* Ed25519 (RFC 8032).  -1: out of memory, or no such key. */
int	ed25519_public(const uint8_t seed[NOTE_KEY], uint8_t key_r[NOTE_KEY]);
int	ed25519_sign(const uint8_t seed[NOTE_KEY], const void *, size_t,
	    uint8_t sig_r[NOTE_SIG]);
int	ed25519_verify(const uint8_t key[NOTE_KEY], const void *, size_t,
	    const uint8_t sig[NOTE_SIG]);	/* 1 good, 0 not */
/* PEM as OpenSSL reads it: SubjectPublicKeyInfo; PKCS8 (RFC 8410). */
void	ed25519_public_pem(struct buf *, const uint8_t key[NOTE_KEY]);
void	ed25519_secret_pem(struct buf *, const uint8_t seed[NOTE_KEY]);
/* Exactly what the two write; 0, or -1 with EINVAL. */
int	ed25519_public_of_pem(const char *, size_t, uint8_t key_r[NOTE_KEY]);
int	ed25519_secret_of_pem(const char *, size_t, uint8_t seed_r[NOTE_KEY]);

struct note_vkey {
	char	 name[NOTE_NAME_MAX + 1];
	uint8_t	 type;		/* enum note_type */
	uint8_t	 id[4];
	uint8_t	 key[NOTE_KEY];
};

/* 1 if it may be a name: UTF-8, no space of any kind, no + and no control. */
int	note_name_ok(const char *, size_t);
/* Fills in the key id.  0, or -1 with EINVAL: the name. */
int	note_vkey_make(struct note_vkey *key_r, const char *name,
	    enum note_type, const uint8_t key[NOTE_KEY]);
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
 * Signature lines alone, as a witness answers.  Into the lines of the note,
 * whose text stays what it was.  0, or -1 with EINVAL.
 */
int	note_parse_lines(struct note *note_r, const char *, size_t);
/*
 * 1: the key has signed; 0: no line is of this key; -1: a line is and its
 * signature is bad.  Of a cosignature, *time_r is when (seconds since 1970);
 * time_r may be NULL.
 */
int	note_verify(const struct note *, const struct note_vkey *,
	    uint64_t *time_r);
/* The line of a key, or NULL. */
const struct note_line *note_line_of(const struct note *,
	    const struct note_vkey *);
/* Appends the line as it stands, with its LF. */
void	note_line_copy(struct buf *, const struct note_line *);
/*
 * Appends a signature line over the text by a seed, whose public half stands
 * in the key (and type 4: at a time).  0, or -1 with errno.
 */
int	note_sign(struct buf *, const struct note_vkey *,
	    const uint8_t seed[NOTE_KEY], uint64_t time, const char *text,
	    size_t len);

/* The body of a checkpoint (C2SP tlog-checkpoint). */
struct checkpoint {
	char	 origin[NOTE_NAME_MAX + 1];
	uint64_t size;
	uint8_t	 root[MERKLE_HASH];
};

void	checkpoint_body(struct buf *, const struct checkpoint *);
/*
 * The three lines of a body, and no further ones: ours have none, and what
 * is not covered by the format cannot be audited.  0, or -1 with EINVAL.
 */
int	checkpoint_parse(struct checkpoint *checkpoint_r, const char *, size_t);
/* Body, empty line and our signature: a whole signed checkpoint. */
int	checkpoint_sign(struct buf *, const struct checkpoint *,
	    const uint8_t seed[NOTE_KEY]);
/*
 * Parses a note, its body, and checks that `key` has signed it and that its
 * origin is the key's name.  0, or -1 with EINVAL (the form), EBADMSG (the
 * signature is bad) or ENOKEY (the key has not signed it).
 */
int	checkpoint_open(struct checkpoint *checkpoint_r, struct note *note_r,
	    const char *, size_t, const struct note_vkey *key);

#endif
