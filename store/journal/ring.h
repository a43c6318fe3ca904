/* SPDX-License-Identifier: ISC */
/*
 * ring: the secrets of the segments, wrapped by the master key, in two
 * copies outside the segments; and the master key's own file.
 *
 * keys/ring and keys/ring.copy, the same bytes, big-endian
 *	 0  8  "DOSRING\n"
 *	 8  4  format version, 1
 *	12 16  id of the store
 *	28  8  generation: one more at each writing
 *	36  4  number of rows
 *	40 40  the store's own secret, wrapped (RFC 3394) by the master key
 *	80 52  a row: 1 series, 1 form (1: wrapped secret), 2 zero, 4 segment,
 *	       4 length of the rest (40), 40 the secret, wrapped
 *	   32  HMAC-SHA256 of all before; key HKDF-Expand(master,
 *	       "dossier ring")
 *	   32  SHA-256 of all before: tells damage from a wrong key
 *
 * A row is never taken out and a number never given twice, so no secret ever
 * seals two different frames of one ordinal.
 *
 * Master key file: one line of 64 hex digits and 8 more, the first bytes of
 * SHA-256("dossier master key" || key); blanks and dashes anywhere.
 *
 * Crash states of one writing (steps as in ring.c)
 *	ring:written	new file beside, unsynced	old ring, old copy
 *	ring:synced	new file beside, whole		old ring, old copy
 *	ring:renamed	rename maybe lost		either ring, old copy
 *	ring:entered	rename kept			new ring, old copy
 *	copy:written .. copy:renamed			new ring, either copy
 *	copy:entered	done				new ring, new copy
 * The row is used only behind the last, so whichever file is read after a
 * crash, it has all rows that segments were made with.  The one with the
 * higher generation rules; the next writing makes them equal again.
 */
#ifndef DOSSIER_JOURNAL_RING_H
#define DOSSIER_JOURNAL_RING_H

#include <stdint.h>

#include "store/journal/seal.h"
#include "store/trouble.h"

struct ring;

/* Reads the key file, or makes one when `make` and there is none. */
int	key_read(const char *path, int make, uint8_t key_r[SECRET_LEN],
	    struct trouble *);
/* The 72 digits of a key in groups of eight, for file and recovery sheet. */
void	key_text(const uint8_t key[SECRET_LEN], struct buf *);

/* A new ring in the folder, for a new store. */
int	ring_create(const char *dir, const char *key_path, struct trouble *);
struct ring *ring_load(const char *dir, const char *key_path,
	    struct trouble *);
void	ring_free(struct ring *);

const uint8_t *ring_store(const struct ring *);		/* the store's id */
const uint8_t *ring_root(const struct ring *);		/* its own secret */
/* 1 and the secret of a segment, 0 if there is none.  Any thread. */
int	ring_secret(struct ring *, uint8_t series, uint32_t segment,
	    uint8_t secret_r[SECRET_LEN]);
/*
 * The number and secret of the next segment of a series, durable in both
 * copies.  errno ENOSPC: no room, nothing changed; else it is final.
 */
int	ring_next(struct ring *, uint8_t series, uint32_t *segment_r,
	    uint8_t secret_r[SECRET_LEN], struct trouble *);

/* The bare reading of a ring's bytes, for backups: 0 and the store's id. */
int	ring_peek(const uint8_t *, size_t, uint8_t store_r[STORE_ID_LEN],
	    uint64_t *generation_r);

#endif
