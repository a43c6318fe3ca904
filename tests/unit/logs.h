/* SPDX-License-Identifier: ISC */
/*
 * logs: what the tests of the journal share: a store in a private folder,
 * short ways to append and to read everything back.
 */
#ifndef DOSSIER_TESTS_LOGS_H
#define DOSSIER_TESTS_LOGS_H

#include "store/log.h"

#define LOGS_PATH 256

struct place {
	char	root[128];		/* of mkdtemp */
	char	dir[LOGS_PATH];		/* root/store */
	char	key[LOGS_PATH];		/* root/master.key */
};

/* A new folder; with a store in it if `init`. */
void	place_make(struct place *, int init);
void	place_remove(struct place *);
/* "root/store/journal/00000001.seg" and its like. */
const char *place_path(const struct place *, const char *name,
	    char path_r[LOGS_PATH]);

/* Opens for writing and starts; NULL with trouble. */
struct log *place_open(const struct place *, struct trouble *);
/* The same with segments of 256 KiB, so that they change often. */
struct log *place_open_small(const struct place *, struct trouble *);
struct log *place_read(const struct place *, struct trouble *);

/* Appends a document.received of these bytes and waits. */
enum log_outcome logs_document(struct log *, const void *, size_t,
	    struct receipt *);
/* Appends a contact.added and waits. */
enum log_outcome logs_contact(struct log *, struct receipt *);
/* Bytes that depend on `seed` alone. */
void	logs_bytes(uint32_t seed, uint8_t *out, size_t);

/*
 * Reads the journal from its beginning: entries met, or -1 at damage.
 * Each blob's bytes are read and held against its SHA-256 and size.
 */
long	logs_read(struct log *, struct trouble *);
/* The n-th document's bytes (by order of blobs) are those of the seed. */
int	logs_has_blob(struct log *, const uint8_t sha256[LOG_HASH_LEN]);
/* Prints a trouble for whoever reads a failed test. */
void	logs_say(const struct trouble *);

#endif
