/* SPDX-License-Identifier: ISC */
/*
 * row: the members of sealed rows, packed and unpacked.
 *
 * Packed: members as tag(1) length(LEB128) bytes, in the order of the tags,
 * members without value left out; the same struct always packs to the same
 * bytes.  An unpacked struct borrows its texts from the packed bytes.
 *
 * Nothing here reads LMDB; all is pure.
 */
#ifndef DOSSIER_VIEWS_ROW_H
#define DOSSIER_VIEWS_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "proto/base/kinds.h"
#include "proto/base/when.h"
#include "store/log.h"

struct vstr {
	const char	*p;		/* not NUL-terminated */
	size_t		 n;
};

/* A text that outlives the row, and whether a row's text is this one. */
struct vstr vstr_of(const char *text);
int	vstr_is(struct vstr, const char *text);
/* Into an array with a NUL, cut between two characters. */
void	vstr_copy(char *to, size_t size, const struct vstr *);

/* A time with its precision; at == WHEN_NONE: not known. */
struct vwhen {
	int64_t			at;
	enum when_precision	precision;
};

enum vstate { STATE_NEW, STATE_TRIAGE, STATE_FILED, STATE_ASIDE };
enum vstatus { STATUS_RECEIVED, STATUS_READ, STATUS_UNREAD };
/* Where happened_at comes from, the earlier ones ruling the later ones. */
enum vfrom {
	FROM_CAPTURE,	/* nothing better: our own clock */
	FROM_HEADER,	/* the mail's Date */
	FROM_RECEIVED,	/* the topmost Received of a mail that was imported */
	FROM_FILE,	/* the file's own time (not used for in) */
	FROM_ENVELOPE,	/* a live arrival */
	FROM_NOTE,	/* the note says when */
	FROM_STATED,	/* a person says so */
	FROM_ENTRY	/* record: when it was entered */
};

const char *vstate_name(enum vstate);		/* new triage filed aside */
const char *vstatus_name(enum vstatus);		/* received read unread */
const char *vfrom_name(enum vfrom);		/* capture header ... */
const char *vprecision_name(enum when_precision); /* exact minute date ... */
/*
 * The marks of a document: the word of bit 1 << i, NULL past the last; the
 * bit of a word, 0 if it is none.
 */
const char *vmark_name(unsigned i);
unsigned vmark_bit(const char *, size_t);

#define VDOC_TO_MAX	20	/* texts kept in the row; `nto` counts all */
#define VDOC_ARRIVAL_MAX 16	/* arrivals named in the row, all are counted */
#define VDOC_SUGGEST_MAX 32	/* suggestions indexed by SUGGEST */
#define VDOC_COPY_MAX	63	/* copies of one head; the next begins a set */
#define VDOC_FILING_MAX	64	/* filings in force that a row names */
#define VDOC_SHOWN_MAX	(VDOC_FILING_MAX * 2)
#define VDOC_NOTE_CUT	500	/* bytes of a note's text that rows keep */
#define VDOC_BOUNCE_MAX	32	/* recipients not reached that a row names */
#define VDOC_PROOF_MAX	8	/* proofs of sending that a row names */

struct vfiling {
	uint64_t	seq;
	struct id	client, kase;
	int		main;
};

/* One arrival of the document, or of a copy of it. */
struct varrival {
	uint64_t	seq;
	int64_t		at;
	uint8_t		chain[8];	/* front of the receipt's chain value */
	struct id	document;
	struct vstr	channel;
};

/* What a delivery report says; in the report and in what it is about. */
struct vbounce {
	struct id	document;	/* the other of the two, or ID_NONE */
	int64_t		at;		/* when the report was captured */
	struct vstr	recipient, status;
};

/* A TIME row in force for the set whose head this document is. */
struct vshown {
	struct id	scope;
	int64_t		time;
	uint64_t	made;
};

struct vdoc {
	struct id	id;
	uint64_t	seq;		/* first arrival */
	int64_t		at;		/* its `at`: captured */
	uint8_t		sha256[LOG_HASH_LEN];
	uint64_t	size;
	struct loc	loc;		/* of the bytes; series 0: unknown */
	struct vstr	channel, source, filename;
	struct vstr	actor;		/* of the first arrival */
	struct vstr	kind;		/* letter ..., mail, call ...; or "" */
	struct vstr	title;		/* stated */
	struct vstr	subject;	/* of mail */
	struct vstr	thread;		/* folded subject without Re: */
	struct vstr	direction;	/* in out internal between unknown */
	struct vstr	direction_how;	/* stated, corrected, computed words */
	struct vstr	type;		/* media type as read */
	struct vstr	message_id;	/* of mail */
	struct vstr	from;
	struct vstr	to[VDOC_TO_MAX];
	unsigned	nto;		/* may be more than VDOC_TO_MAX */
	enum lane	lane;
	struct vwhen	happened;
	enum vfrom	happened_from;
	struct vwhen	written;
	/* stated and read times that happened is computed from */
	struct vwhen	dated, received, sent, header, hop, noted;
	enum vstatus	status;
	uint64_t	read_seq;	/* the document.read entry in force */
	struct vstr	reason;		/* why unread */
	enum vstate	state;
	uint64_t	triage_seq;	/* entry with the last suggestions */
	struct vstr	aside;		/* spam ... when set aside */
	uint64_t	aside_seq;	/* by this entry */
	/* notes: with, number, next; the text, cut to VDOC_NOTE_CUT */
	struct vstr	note_type, note_with, note_text, note_next;
	uint64_t	note_minutes;	/* 0: not said */
	int		note_cut;
	unsigned	corrections;
	int		machine;	/* list, reply, bounce: no contact */
	/* a message that did not reach somebody */
	struct vbounce	bounce[VDOC_BOUNCE_MAX];
	unsigned	nbounces;
	struct vstr	delivery;	/* what was done about it, as stated */
	struct vbounce	report;		/* of a report that something failed */
	int		is_report;
	/* each that it says was not reached, if there are several */
	struct vbounce	reported[VDOC_BOUNCE_MAX];
	unsigned	nreported;
	/* what we sent */
	struct vstr	sent_by, tracking;
	struct id	proof[VDOC_PROOF_MAX];	/* documents that prove it */
	unsigned	nproofs;
	struct id	proof_of;	/* what this one proves */
	/* a fax: the other side's number, pages, ok incomplete failed ... */
	struct vstr	fax_number, fax_result;
	uint64_t	fax_pages;
	uint64_t	arrivals;	/* of these bytes, all of them */
	struct varrival	arrival[VDOC_ARRIVAL_MAX];	/* the first ones */
	unsigned	narrivals;
	struct vfiling	filing[VDOC_FILING_MAX];	/* in force */
	unsigned	nfilings;
	/* the set of copies */
	struct id	copy_of;	/* the head, if this is a copy */
	struct id	copy[VDOC_COPY_MAX];	/* of a head: the others */
	unsigned	ncopies;
	/* of a head with copies: of all its set; see vdoc_arrivals() */
	uint64_t	set_arrivals;
	struct varrival	set_arrival[VDOC_ARRIVAL_MAX];
	unsigned	nset;
	struct id	suggest[VDOC_SUGGEST_MAX];	/* while in triage */
	unsigned	nsuggest;
	struct vshown	shown[VDOC_SHOWN_MAX];	/* of a head; for apply */
	unsigned	nshown;
	uint64_t	vouched;	/* document.authenticated in force */
	int		veiled;		/* never kept: by store/ask/veil.c */
	unsigned	marks;		/* bits, see vmark_bit() */
	uint64_t	marked;		/* the entry that set one last */
};

/* All empty, times WHEN_NONE. */
void	vdoc_init(struct vdoc *);
void	vdoc_pack(const struct vdoc *, struct buf *);
/* 0, or -1 with errno EINVAL. */
int	vdoc_unpack(const void *, size_t, struct vdoc *doc_r);
/*
 * 1 if a report says that it did not arrive, and we may have sent it.  Due:
 * nobody has said what was done about it; a set is due by its head.
 */
int	vdoc_undelivered(const struct vdoc *);
int	vdoc_due(const struct vdoc *);
/*
 * The first arrivals of the document and, if it heads a set, of its copies,
 * by entry; how many are named comes back, how many there are in total_r.
 */
unsigned vdoc_arrivals(const struct vdoc *, const struct varrival **first_r,
	    uint64_t *total_r);

struct vclient {
	struct id	id, same_as;
	int64_t		created_at;
	struct vstr	name, since;
};

#define VCASE_LINK_MAX 100

struct vlink {
	struct id	kase;
	struct vstr	as;
};

struct vcase {
	struct id	id, client;
	int64_t		opened_at;	/* `at` of case.opened */
	int64_t		closed_at;	/* WHEN_NONE: open */
	struct vstr	opened;		/* true date, if stated */
	struct vstr	title, reference;
	struct vlink	link[VCASE_LINK_MAX];
	unsigned	nlinks;
};

struct vcontact {
	struct id	id;
	int64_t		added_at;
	struct vstr	type, name;	/* the name stated last */
};

struct vstaff {
	struct id	id;
	struct vstr	name, login, from;
};

struct vparty {
	uint64_t	seq;		/* the entry that added it */
	struct id	contact, client, kase;
	struct vstr	role, from, until;
	uint64_t	end;		/* party.ended entry, 0: none */
	int64_t		ended_at;	/* its `at` */
};

struct vfact {
	uint64_t	seq, supersedes;
	int64_t		at;
	struct id	subject, document;
	struct vstr	name, value, from, until, asked, actor, reason;
	struct vstr	number;		/* of a phone: E.164 */
};

void	vclient_pack(const struct vclient *, struct buf *);
int	vclient_unpack(const void *, size_t, struct vclient *);
void	vcase_pack(const struct vcase *, struct buf *);
int	vcase_unpack(const void *, size_t, struct vcase *);
void	vcontact_pack(const struct vcontact *, struct buf *);
int	vcontact_unpack(const void *, size_t, struct vcontact *);
void	vstaff_pack(const struct vstaff *, struct buf *);
int	vstaff_unpack(const void *, size_t, struct vstaff *);
void	vparty_pack(const struct vparty *, struct buf *);
int	vparty_unpack(const void *, size_t, struct vparty *);
void	vfact_pack(const struct vfact *, struct buf *);
int	vfact_unpack(const void *, size_t, struct vfact *);

/* A row of TIME: a document (the head of its set) or a record entry. */
struct vline {
	int		is_doc;
	struct vdoc	doc;		/* if is_doc */
	/* else */
	uint64_t	seq;
	int64_t		at;
	enum kind	kind;
	struct vstr	actor;
	struct id	client, kase, contact, staff;
	struct id	document;	/* source */
	struct vwhen	time;
	enum vfrom	time_from;	/* FROM_STATED or FROM_ENTRY */
	struct vstr	asked;		/* of facts */
	struct vstr	arg[3];		/* as the kind's sentence wants them */
};

void	vline_pack(const struct vline *, struct buf *);
int	vline_unpack(const void *, size_t, struct vline *);

/*
 * The forms in which texts are hashed for LOOK, appended.  0, or -1 (ENOMEM).
 *	address	 folded, without spaces
 *	number	 a leading + and digits
 *	name	 folded, one space for many
 */
int	view_fold_address(struct buf *, const char *, size_t);
int	view_fold_number(struct buf *, const char *, size_t);
int	view_fold_name(struct buf *, const char *, size_t);
/* What LOOK_CALL is hashed of: a fax or a call, its number and its time. */
int	view_call_text(struct buf *, int fax, struct vstr number, int64_t at);

#endif
