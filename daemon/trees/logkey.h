/* SPDX-License-Identifier: ISC */
/*
 * logkey: the Ed25519 key that signs the log's checkpoints, a PEM file of
 * mode 0600 beside the master key: `log.key'.
 *
 * One key signs for every tree of the store: the verifier key of a tree is
 * made of the tree's origin and the one public key.  Losing it loses no data:
 * a new one is made, and whoever checks must be given its public part.
 */
#ifndef DOSSIER_LOGKEY_H
#define DOSSIER_LOGKEY_H

#include "proto/out/ed25519.h"
#include "store/trouble.h"

/* The path of the key beside a master key; path_r has PATH_MAX bytes. */
void	logkey_path(const char *master_key, char *path_r);
/*
 * Reads the key, or makes one if there is no file.  1: made now, 0: read, -1
 * with trouble.  The file made belongs to who owns the master key.
 */
int	logkey_open(const char *path, const char *master_key,
	    uint8_t seed_r[ED25519_KEY], struct trouble *);

#endif
