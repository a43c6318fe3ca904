/* SPDX-License-Identifier: ISC */
/*
 * known: the look-ups that filing and handlers need.  Each opens and ends its
 * own read transaction and copies what it gives; fit for the loop thread.
 */
#ifndef DOSSIER_KNOWN_H
#define DOSSIER_KNOWN_H

#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "store/store.h"

#define KNOWN_MAX 64		/* more than that is no evidence of anything */

/* Who uses an address (folded inside) or number (E.164) now. */
struct known_party {
	struct id	contact;
	struct id	client;		/* ID_NONE: of no client yet */
	struct id	kase;		/* ID_NONE: of the client as a whole */
	int		open;		/* the case is open */
	char		role[40];
};
/* Number of rows, 0 none, KNOWN_MAX + 1 too many, -1 failed. */
int	known_address(struct store *, const char *address,
	    struct known_party out_r[KNOWN_MAX]);
int	known_number(struct store *, const char *e164,
	    struct known_party out_r[KNOWN_MAX]);
/* Contacts or clients by exact folded name. */
int	known_name(struct store *, const char *name,
	    struct known_party out_r[KNOWN_MAX]);

/* Documents of a Message-ID (without <>), with where they are filed now. */
struct known_thread {
	struct id	document, client, kase;
	int		open;
	int		ours;		/* it went out, or within the office */
	char		subject[256];	/* folded, without Re: and the like */
};
int	known_message(struct store *, const char *message_id,
	    struct known_thread out_r[KNOWN_MAX]);

struct known_case {
	struct id	client;
	int		open;
	uint64_t	version;	/* last entry that changed it */
	char		title[512];
	char		client_name[512];
};
/* 1 found, 0 none, -1 failed. */
int	known_case(struct store *, const struct id *, struct known_case *);
int	known_client(struct store *, const struct id *, struct known_case *);
/* Cases of a client, open ones first; the number as known_address() has it. */
int	known_cases(struct store *, const struct id *client,
	    struct id case_r[KNOWN_MAX], int open_r[KNOWN_MAX]);
/* By the office's own reference, if unique: 1, 0 none, 2 several. */
int	known_reference(struct store *, const char *reference, struct id *id_r);
/* 1 if the contact or thing exists. */
int	known_exists(struct store *, const struct id *);

/* A filing in force of a document. */
struct known_filing {
	uint64_t	seq;
	struct id	client, kase;
	int		main;
};
int	known_filings(struct store *, const struct id *document,
	    struct known_filing out_r[KNOWN_MAX]);
/* triage, filed, aside, or new (nothing said of it yet); NULL: not there. */
const char *known_state(struct store *, const struct id *document);
/* Staff of a login name on this host: 1, 0, -1. */
int	known_staff(struct store *, const char *login, struct id *staff_r);

/*
 * Pending work for followers, oldest first: documents received and not yet
 * read, and documents read (or unreadable, or notes) and not yet filed or
 * triaged, or delivery reports in triage whose message has been filed since.
 * Up to max from the given document on; number given, -1 failed.
 */
struct known_work {
	struct id	document;
	uint64_t	seq;		/* of its first arrival */
	struct loc	blob;
	uint64_t	size;
	char		channel[16];
	uint64_t	decided;	/* the triaging to be held against what
					 * is filed since; 0: no decision yet */
};
int	known_unread(struct store *, const struct id *from,
	    struct known_work *out_r, unsigned max);
int	known_unfiled(struct store *, const struct id *from,
	    struct known_work *out_r, unsigned max);
/* Live mail with a DKIM signature that was not held against DNS yet. */
int	known_unvouched(struct store *, const struct id *from,
	    struct known_work *out_r, unsigned max);
/*
 * Read and filed, and its text and pages not made ahead yet; known_work's
 * decided is then the document.rendered before, 0: none.
 */
int	known_unrendered(struct store *, const struct id *from,
	    struct known_work *out_r, unsigned max);
/*
 * The body of the last document.rendered, if it was made of the reading that
 * was in force at that position (0: now), and where its bytes are; size 0:
 * there are none (any more).  1, 0 there is no such entry, -1.
 */
int	known_rendition(struct store *, const struct id *document,
	    uint64_t position, struct buf *body_r, struct loc *loc_r,
	    uint64_t *size_r);
/* The document.read entry in force; 0: none, or -1 with errno. */
int	known_reading(struct store *, const struct id *document,
	    uint64_t position, uint64_t *seq_r);
/*
 * What filing looks at: the document.received body of the first arrival and
 * the reading, as one JSON object {"received": body, "reading": reading or
 * null, "at": text}; 1, 0, -1.
 */
int	known_document(struct store *, const struct id *document,
	    struct buf *out);
/*
 * The commitments of a document's arrivals and readings, as a JSON array of
 * hex texts in the order of their entries: what document.filed carries.
 */
int	known_commitments(struct store *, const struct id *document,
	    struct buf *out);
/* Hash of the rules in force per the journal (hex, "" if none): 1, 0, -1. */
int	known_rules(struct store *, char hash_r[65]);

#endif
