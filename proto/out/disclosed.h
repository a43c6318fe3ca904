/* SPDX-License-Identifier: ISC */
/*
 * disclosed: entries of a case's tree as a bundle gives them away, with what
 * is needed to hold each against its leaf: proof/case/disclosed.jsonl.
 *
 * One line of canonical JSON an entry, then LF:
 *
 *  {"case_seq":3,"entry":"{...}","nonce":"64 hex"}	in the case's tree
 *  {"bound_by":3,"entry":"{...}","nonce":"64 hex"}	in no tree of the case:
 *	its commitment stands in the document.filed that is leaf 3 (from 1)
 *
 * "entry" is the entry's own bytes as a string, so that
 * SHA-256(nonce || entry) is its commitment.  Lines of the tree come first,
 * by case_seq; then the bound ones, by bound_by.  It must never take a line
 * that has another spelling.
 */
#ifndef DOSSIER_DISCLOSED_H
#define DOSSIER_DISCLOSED_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

#define DISCLOSED_NONCE	32
#define DISCLOSED_HASH	32
/* Bytes of a line with its LF: an entry of which every byte is escaped. */
#define DISCLOSED_MAX	(6 * 61440 + 256)

struct disclosed {
	uint64_t	 case_seq;	/* one of the two is 0 */
	uint64_t	 bound_by;
	uint8_t		 nonce[DISCLOSED_NONCE];
	const char	*entry;
	size_t		 entry_len;
};

void	disclosed_line(struct buf *, const struct disclosed *);
/*
 * A line without its LF.  The entry is unescaped into memory_r (cleared), to
 * which `entry' points.  0, or -1 with errno EINVAL or ENOMEM.
 */
int	disclosed_read(struct disclosed *disclosed_r, struct buf *memory_r,
	    const char *, size_t);
/* 0, or -1: out of memory. */
int	disclosed_commitment(const struct disclosed *,
	    uint8_t hash_r[DISCLOSED_HASH]);

#endif
