/* SPDX-License-Identifier: ISC */
/*
 * mbox: splits a named mbox into messages, as a machine that takes bytes.
 *
 * A From_ line begins the file, or follows an empty line and holds a time
 * and a year ("From a@b Fri Sep  1 17:38:39 2017").  A message is all bytes
 * between its From_ line and the next one, so the empty line before that is
 * its last; nothing is unquoted or trimmed.
 */
#ifndef DOSSIER_MBOX_H
#define DOSSIER_MBOX_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

struct mbox_calls {
	/* The From_ line without its end; returns -1 to stop. */
	int	(*begin)(void *arg, const char *line, size_t len);
	int	(*bytes)(void *arg, const uint8_t *, size_t);
	int	(*end)(void *arg);
};

struct mbox {
	const struct mbox_calls *calls;
	void		*arg;
	int		 state;
	int		 in_message;
	struct buf	 held;
};

void	mbox_init(struct mbox *, const struct mbox_calls *, void *arg);
void	mbox_release(struct mbox *);
/*
 * 0, or -1: a callback said so, or errno is ENOMEM, or EINVAL: the file does
 * not begin with a From_ line.
 */
int	mbox_feed(struct mbox *, const void *, size_t);
int	mbox_end(struct mbox *);	/* no more bytes */
/* 1 if a line (without its end) inside the file is a From_ line. */
int	mbox_is_from(const char *, size_t);

#endif
