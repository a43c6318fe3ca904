/* SPDX-License-Identifier: ISC */
/*
 * room: what the files of store/ask share - one snapshot with what is needed
 * to answer from it, and the writers of the rows that rows.txt lists.
 *
 * Functions give 1 found, 0 none, -1 with errno unless they say otherwise;
 * room_fail() turns errno into trouble, once, where the question was asked.
 */
#ifndef DOSSIER_ASK_ROOM_H
#define DOSSIER_ASK_ROOM_H

#include "proto/base/json.h"
#include "store/ask/ask.h"
#include "store/ask/merge.h"
#include "store/views/env.h"
#include "store/views/row.h"

struct room {
	struct store	*store;
	struct log	*log;
	struct views	*views;
	struct snap	 snap;
	int64_t		 as_was;	/* WHEN_NONE: not asked for */
	int64_t		 as_was_day;	/* for dates without a time of day */
	int64_t		 today;		/* of waiting_days */
	int		 veil;		/* see room_veil() */
	struct trouble	*trouble;	/* may be filled before a -1 */
	int		 told;		/* it is */
};

/* 0, or -1 with trouble.  room_end() is fine either way. */
int	room_begin(struct room *, struct store *, uint64_t position,
	    struct trouble *) __attribute__((warn_unused_result));
void	room_end(struct room *);
void	room_as_was(struct room *, const struct ask_query *);
/* Always -1; with trouble from errno unless it was told already. */
int	room_fail(struct room *, const char *what);

/* What a row names must be there: 1 stays 0, all else is -1 (EIO for 0). */
int	room_must(int got);

/* An entry as it was stated, decoded. */
struct told {
	struct buf	text;
	struct entry	entry;
	struct ventry	place;
	int		decoded;
};

#define TOLD_INIT { .text = BUF_INIT, .decoded = 0 }
int	told_get(struct room *, uint64_t seq, struct told *);
void	told_release(struct told *);

/*
 * veil.c: of what is asked as known earlier (room->veil), a document that was
 * marked as received in error since tells nothing any more but that it came,
 * when, by which way and where it is filed: its texts, its hash and its size
 * are taken out of doc, its marks say why, and doc->veiled is set.  A mark
 * that was there at P already changes nothing, nor one that was lifted since.
 * 0, or -1 with errno.
 */
int	room_veil(struct room *, struct vdoc *doc);

/* Rows by id; the struct borrows from the row. */
int	get_doc(struct room *, const struct id *, struct vrow *,
	    struct vdoc *);
int	get_client(struct room *, const struct id *, struct vrow *,
	    struct vclient *);
int	get_case(struct room *, const struct id *, struct vrow *,
	    struct vcase *);
int	get_contact(struct room *, const struct id *, struct vrow *,
	    struct vcontact *);
int	get_party(struct room *, const struct id *scope, uint64_t seq,
	    struct vrow *, struct vparty *);
/* The fact of an entry, superseded or not; row->ended is its successor. */
int	get_fact(struct room *, const struct id *subject, uint64_t seq,
	    struct vrow *, struct vfact *);

/* The filing of an entry, withdrawn or not; row->ended is the withdrawal. */
int	get_filing(struct room *, uint64_t seq, struct vrow *);

/*
 * The entries that name a document, in their order, of the kinds whose bits
 * (1 << kind) are given.  The walk ends when fn gives other than 0; its value
 * comes back, 0 at the end, -1 with errno.
 */
typedef int told_fn(struct room *, const struct told *, void *arg);
int	doc_entries(struct room *, const struct id *, uint64_t kinds,
	    told_fn *, void *arg);

/* Members with their keys. */
void	put_vstr(struct jw *, const char *key, const struct vstr *);
void	put_vstr_opt(struct jw *, const char *key, const struct vstr *);
/* The member `marks`; nothing without any. */
void	put_marks(struct jw *, unsigned marks);
/* Nothing for ID_NONE, WHEN_NONE. */
void	put_id(struct jw *, const char *key, const struct id *);
void	put_time(struct jw *, const char *key, int64_t at);
/* A member of a body as it stands, under its own key; nothing if absent. */
void	put_body(struct jw *, const struct entry *, const char *key);
/* The same under another key. */
void	put_body_as(struct jw *, const struct entry *, const char *field,
	    const char *key);

/* Rows; 0 or -1 with errno.  `one`: with the members of a single answer. */
int	put_document(struct room *, struct jw *, const struct vdoc *, int one);
/* The member `reading`, from the entry or from its derived blob. */
int	put_reading(struct room *, struct jw *, const struct vdoc *);
/* The member `shares`: other documents with the same bytes in them. */
int	put_shares(struct room *, struct jw *, const struct vdoc *);
int	put_client(struct room *, struct jw *, const struct vrow *);
int	put_case(struct room *, struct jw *, const struct vrow *);
int	put_contact(struct room *, struct jw *, const struct vrow *);
int	put_staff(struct room *, struct jw *, const struct vrow *);
int	put_party(struct room *, struct jw *, const struct vparty *);
int	put_fact(struct room *, struct jw *, const struct vrow *);
int	put_triage(struct room *, struct jw *, const struct vrow *);
int	put_aside(struct room *, struct jw *, const struct vrow *);
int	put_filed(struct room *, struct jw *, const struct vrow *);
int	put_refused(struct room *, struct jw *, uint64_t seq);
/* 1, 0 there is no such bundle, -1. */
int	put_bundle(struct room *, struct jw *, const struct id *);
/* The suggestions of an entry as an array, with titles and names. */
int	put_suggestions(struct room *, struct jw *, const struct entry *);

/* Does a fact or party of a row hold at room->as_was?  1, 0, -1. */
int	fact_holds(struct room *, const struct vrow *);

/* ---- which rows a scope has ---------------------------------------- */

struct ids {
	struct id	*v;
	size_t		 n, cap;
};

/* 0 or -1 with ENOMEM; ids_once() adds nothing twice. */
int	ids_add(struct ids *, const struct id *);
int	ids_once(struct ids *, const struct id *);
void	ids_release(struct ids *);
/*
 * A client, then clients that go on under it, and the cases of all of them;
 * of a case the case alone.  Cases and clients in no order.
 */
int	scopes_of(struct room *, const struct id *, struct ids *);

struct runs {
	struct run	*v;
	size_t		 n, cap;
};

/* 0 or -1 with ENOMEM. */
int	runs_add(struct runs *, const struct run *);
void	runs_release(struct runs *);
/* One run a scope of each id: SCOPE or SUGGEST rows, sorted by document. */
int	runs_scopes(struct room *, enum view_table, const struct id *,
	    size_t n, struct runs *);
/* Documents waiting that may belong to the scopes of these, each once. */
int	count_waiting(struct room *, const struct id *, size_t n,
	    uint64_t *n_r);

#endif
