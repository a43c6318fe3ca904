/* SPDX-License-Identifier: ISC */
/*
 * upload: a call whose outcome is a document: bytes, or a note written out.
 */
#ifndef DOSSIER_UPLOAD_H
#define DOSSIER_UPLOAD_H

#include "daemon/api/call.h"

struct intake;
struct upload;

/* NULL: answered.  Belongs to the call. */
struct upload *upload_new(struct call *, const char *channel,
	    const char *source);
struct intake *upload_intake(struct upload *);
/* Files it in the same append; ID_NONE for what is not given. */
int	upload_place(struct upload *, const struct id *client,
	    const struct id *kase);
/* Answers when there is no room. */
void	upload_bytes(struct upload *, const void *, size_t);
/* Answers with the receipt when it is durable. */
void	upload_commit(struct upload *);
/* A receipt as store/ask/rows.txt has it. */
void	receipt_write(struct buf *, struct call *, const struct receipt *,
	    uint64_t size, const char *source);

#endif
