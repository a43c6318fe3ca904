/* SPDX-License-Identifier: ISC */
/*
 * bundle: makes the zip of one build of a bundle, from what its plan says
 * (store/ask/bundle.h) to the manifests: production volume, timeline, tables
 * of auditors, custody, delta, proofs, README.html, seal.
 *
 * It runs on the export thread and reads the store through what any thread
 * may use; it appends nothing: job.c states the outcome.  Equal inputs,
 * program version and configuration give equal bytes but in seal/: it must
 * never take the clock, a random number or the number of the build into any
 * other file.
 */
#ifndef DOSSIER_EXPORT_BUNDLE_H
#define DOSSIER_EXPORT_BUNDLE_H

#include <stdatomic.h>
#include <stdint.h>

#include "daemon/export/bundle_stamp.h"
#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "proto/base/say.h"
#include "store/store.h"
#include "store/trouble.h"

struct maker;
struct office;

/* What builds are made with; all borrowed, read-only. */
struct bundle_conf {
	const char	*folder;	/* STORE/export */
	const char	*reader;	/* path of dossier-reader */
	struct maker	*maker;		/* NULL: nothing made ahead is used */
	enum lang	 lang;		/* where the bundle names none */
	const char	*zone;		/* of the office */
	const char	*office;	/* its name; "" not configured */
	const char	*email;		/* "" not configured */
	const struct office *own;	/* its addresses and domains */
	const uint8_t	*log_seed;	/* of the trees' key, 32 bytes */
	const struct seal_conf *seal;	/* who stamps */
	/* PEM files of the office's own certificate; NULL: nothing signed. */
	const char	*seal_certificate, *seal_key, *seal_chain;
};

enum bundle_phase {
	BUNDLE_WAITING, BUNDLE_PLANNING, BUNDLE_DOCUMENTS, BUNDLE_TABLES,
	BUNDLE_PROOFS, BUNDLE_SEALING, BUNDLE_PHASES
};
const char *bundle_phase_name(enum bundle_phase);

/* Written by the export thread, read by the loop. */
struct bundle_progress {
	atomic_uint	phase;		/* enum bundle_phase */
	atomic_uint	done, total;	/* documents */
	atomic_int	stop;		/* the other way: it is given up */
};

struct bundle_outcome {
	uint8_t		tagmanifest[64];
	uint64_t	documents, withheld, pages, files, bytes;
	struct buf	numbers;	/* the blob, to be released */
	struct stamp_wish stamp;	/* no token: none came; likewise */
};

/* "FOLDER/B-0001.1.zip"; the text is to be freed, NULL: ENOMEM. */
char	*bundle_path(const char *folder, const struct id *, unsigned build);
/*
 * Makes the zip of a build that was asked for; one that is there is
 * removed first.  0; -1 with trouble: SAY_EXPORT_STOPPED when stopfd became
 * readable, else why it failed.  What was made of it is removed.
 */
int	bundle_make(const struct bundle_conf *, struct store *,
	    const struct id *, unsigned build, struct bundle_progress *,
	    int stopfd, struct bundle_outcome *outcome_r, struct trouble *);

#endif
