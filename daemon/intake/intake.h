/* SPDX-License-Identifier: ISC */
/*
 * intake: the one way in.  Every door (LMTP, drop folder, HTTP upload, note,
 * import) fills a struct intake and ends here; from the commit on it is an
 * entry, and nobody can tell the doors apart but by what the entry says.
 *
 * It must never parse what the bytes mean, and never call back with a
 * receipt before the log has said LOG_DONE.
 */
#ifndef DOSSIER_INTAKE_H
#define DOSSIER_INTAKE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "store/store.h"

struct intake;

/* What became of it; receipt is NULL unless outcome is LOG_DONE or REPEATED. */
typedef void intake_done_fn(void *arg, enum log_outcome,
	    const struct receipt *);

/* NULL: ENOMEM.  channel and source as document.received has them. */
struct intake *intake_new(struct store *, const char *actor,
	    const char *channel, const char *source);
/*
 * A member of the document.received body: canonical JSON of one value
 * (intake_set), or a text, nothing for NULL or "" (intake_text).
 */
int	intake_set(struct intake *, const char *field, const char *json,
	    size_t len);
int	intake_text(struct intake *, const char *field, const char *text);
/* Files it in the same append: under a case and its client, or a client. */
int	intake_file(struct intake *, const struct id *client,
	    const struct id *kase, const char *certainty, const char *rule,
	    const char *title, const char *reason);
/*
 * A document that is here proves that this one was sent: linked, and, if
 * asked, filed where this one is filed (main: as its main filing).
 */
int	intake_proof(struct intake *, const struct id *slip, int file,
	    int main);
/* The request that this is, for repeats; NULL: none. */
int	intake_key(struct intake *, const char *key);
/* 0, or -1 with errno as blobw_add() has it. */
int	intake_bytes(struct intake *, const void *, size_t);
uint64_t intake_size(const struct intake *);
/*
 * Takes it.  0: the callback comes later from the loop, always.  -1 with
 * errno EMSGSIZE (what is said of it is too long for an entry), EINVAL or
 * ENOMEM: nothing was appended and no callback comes.
 */
int	intake_commit(struct intake *, intake_done_fn *, void *arg)
	    __attribute__((warn_unused_result));
void	intake_free(struct intake *);

/* One document.refused, counted per peer and minute beyond a hundred. */
struct refusal {
	const char	*channel, *source, *reason;
	const char	*peer, *from, *to, *filename;	/* or NULL */
};
void	intake_refuse(struct store *, const struct refusal *);

/*
 * "kept as D-000123, entry 456, receipt 2f0c9a5d1be07c44": what an SMTP reply
 * or a folder's receipt says; the digits begin the chain value.
 */
void	intake_receipt(struct buf *, const struct receipt *);

#endif
