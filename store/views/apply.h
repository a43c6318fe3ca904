/* SPDX-License-Identifier: ISC */
/*
 * apply: from one item of the journal to the rows that it makes.  The only
 * writer of views.
 *
 * Pure: the same items in the same order give the same rows.  It reads no
 * clock, no configuration and no file but the derived blob that a long
 * document.read names.  An entry about something that is not there (erased,
 * or never seen) makes its ENTRY row and nothing else.
 *
 *	apply.c       dispatch by kind; what all share
 *	apply_arrive.c  documents: arrivals, and what was refused
 *	apply_doc.c   documents that are here: triage, corrections
 *	apply_file.c  filings
 *	apply_read.c  what the reader said
 *	apply_render.c  text and pages made ahead
 *	apply_set.c   copies, and the timeline rows of documents
 *	apply_tie.c   other ties: equal parts, delivery reports, proofs
 *	apply_call.c  calls and faxes, found by number and day
 *	apply_case.c  clients, contacts, cases, staff, parties
 *	apply_fact.c  facts
 *	apply_tree.c  Merkle trees
 *	apply_bundle.c  marks, bundles, decisions, builds
 *	settle.c      lane, direction and the three times of a document
 */
#ifndef DOSSIER_VIEWS_APPLY_H
#define DOSSIER_VIEWS_APPLY_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/kinds.h"
#include "store/log.h"
#include "store/trouble.h"
#include "store/views/row.h"
#include "store/views/cipher.h"
#include "store/views/write.h"

/* Memory that lives for one entry. */
struct arena {
	struct arena_chunk	*chunk;
	int			 failed;
};

void	*arena_alloc(struct arena *, size_t);	/* NULL: failed is set */
void	 arena_reset(struct arena *);
void	 arena_release(struct arena *);

struct apply_tails;

struct apply {
	struct vtxn	*x;		/* of apply_begin() */
	struct log	*log;
	struct apply_tails *tails;	/* right edges, while a batch lasts */
	struct trouble	*trouble;
	int		 told;		/* trouble says it already */
	struct entry	 e;		/* the entry being applied */
	uint8_t		 chain[8];
	uint8_t		 commitment[LOG_HASH_LEN];
	struct arena	 arena;
	struct buf	 out;		/* scratch: a packed row */
	struct buf	 tmp;		/* scratch: a folded text */
	struct vline	 line;		/* scratch: large */
};

void	apply_init(struct apply *, struct log *);
void	apply_release(struct apply *);
/* Around the items of each transaction; 0, or -1 with errno. */
int	apply_begin(struct apply *, struct vtxn *);
int	apply_end(struct apply *);
/* 0, or -1 with errno and trouble. */
int	apply_item(struct apply *, const struct log_item *, struct trouble *);

/* ---- shared by apply_*.c --------------------------------------------- */

/* A text of a token; "" if it is none.  Lives as long as the entry. */
struct vstr apply_str(struct apply *, const struct json *, uint32_t tok);
struct vstr apply_field(struct apply *, const char *field);
struct vstr apply_copy(struct apply *, const void *, size_t);
/* The text as a time; WHEN_NONE if it is none. */
struct vwhen apply_when(struct vstr);
/* The id in a text; ID_NONE if it is none. */
struct id apply_id(struct vstr);

/* A look-up row for a text that was folded (or needs no folding). */
int	apply_look(struct apply *, enum view_look, const void *, size_t,
	    const struct id *);
int	apply_unlook(struct apply *, enum view_look, const void *, size_t,
	    const struct id *, uint64_t made);
/* The same after view_fold_name(). */
int	apply_look_name(struct apply *, enum view_look, struct vstr,
	    const struct id *);

/* A record entry's row in the timeline of a scope. */
int	apply_line(struct apply *, const struct id *scope, struct vstr stated,
	    struct vstr asked, const struct vstr arg[3]);
/* Another version of a thing's row with the same bytes: it has changed. */
int	apply_touch(struct apply *, enum view_table, const struct id *);
/* client, case, contact or staff, by the kind of the id. */
enum view_table apply_table(const struct id *);

/* A document while an entry changes it. */
struct held {
	struct vdoc	 d;		/* borrows from row and the arena */
	struct vrow	 row;
	uint64_t	 made;		/* of the version in force; 0: new */
	enum vstate	 state;		/* as counted */
	enum vstatus	 status;
	int		 counted;	/* 0: not in the counts yet */
	int		 copy;
	int		 due;
};

#define HELD_INIT(h) memset(&(h)->row, 0, sizeof (h)->row)

/* 1, 0 no such document, -1. */
int	held_load(struct apply *, const struct id *, struct held *);
int	held_save(struct apply *, struct held *);
void	held_release(struct held *);
/*
 * Settles, saves, and brings the timeline rows of the document's set up to
 * date: what every change of a document ends with.
 */
int	held_changed(struct apply *, struct held *);
/* Out of the queue (or from aside), with what had been suggested. */
int	triage_leave(struct apply *, struct vdoc *);
int	triage_enter(struct apply *, struct vdoc *);
/* Computed from the office's addresses; what a person stated stays. */
void	direction_computed(struct apply *, struct vdoc *);
/* Each arrival and each correction of a call or fax: its look-ups. */
int	call_arrival(struct apply *, const struct vdoc *);
int	call_corrected(struct apply *, struct vdoc *);
/* Makes one document a copy of the other; the earlier number leads the set. */
int	set_join(struct apply *, struct held *, const struct id *other);
/* The latest set with this content, if it has room. */
int	set_find(struct apply *, const void *content, size_t,
	    struct id *head_r);

/*
 * Ties of a reading: before the document is saved, what others say of it;
 * when it is saved, what it says of others.  0 or -1.
 */
int	tie_reading(struct apply *, struct held *, const struct json *,
	    uint32_t reading);
int	tie_others(struct apply *, const struct id *, const struct json *,
	    uint32_t reading);
/* The message is filed: reports on it that wait in triage are work again. */
int	tie_reports_again(struct apply *, const struct vdoc *);
/* `other` proves that the document was sent.  Saves both; 0 or -1. */
int	tie_proof(struct apply *, struct held *, const struct id *other);

/* Lane, kind, happened and written out of what is known. */
void	doc_settle(struct vdoc *);

int	apply_received(struct apply *);
/* The rows of an arrival under its source; new: it made the document. */
int	apply_arrival(struct apply *, int new);
int	apply_read(struct apply *);
int	apply_authenticated(struct apply *);
int	apply_rendered(struct apply *);
/* It was read or filed, or is filed no more: is it to be rendered now? */
int	apply_render_due(struct apply *, const struct vdoc *);
int	apply_filed(struct apply *);
int	apply_unfiled(struct apply *);
int	apply_triaged(struct apply *);
int	apply_set_aside(struct apply *);
int	apply_restored(struct apply *);
int	apply_corrected(struct apply *);
int	apply_linked(struct apply *);
int	apply_refused(struct apply *);
int	apply_client_added(struct apply *);
int	apply_same_as(struct apply *);
int	apply_contact_added(struct apply *);
int	apply_staff_added(struct apply *);
int	apply_case_opened(struct apply *);
int	apply_case_closed(struct apply *);
int	apply_case_linked(struct apply *);
int	apply_party_added(struct apply *);
int	apply_party_ended(struct apply *);
int	apply_fact(struct apply *);
int	apply_marked(struct apply *);
int	apply_bundle_opened(struct apply *);
int	apply_bundle_decided(struct apply *);
int	apply_bundle_ordered(struct apply *);
int	apply_bundle_asked(struct apply *);
int	apply_bundle_ended(struct apply *);
int	apply_bundle_stamped(struct apply *);
/* Every entry into its trees; its leaf in its case's or client's, or 0. */
int	apply_leaves(struct apply *, const struct log_item *,
	    uint64_t *index_r);
int	apply_checkpoint(struct apply *);
int	apply_sealed(struct apply *);
int	apply_life(struct apply *);

#endif
