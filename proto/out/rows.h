/* SPDX-License-Identifier: ISC */
/*
 * rows: the row set of the timeline: one struct that every format is made
 * from (terminal, JSON, CSV, HTML, later sheets and bundles).
 *
 * A row never holds a printed sentence in a language: it has the kind of its
 * entry and up to three values, and row_sentence() prints them.  A row is
 * either an event or a gap (a stretch without contact).
 *
 * As JSON, canonical; a member without value is left out:
 *
 *  actor        s  who made the first of its entries
 *  args         a  up to three texts for the sentence (entries.def says which)
 *  arrivals     a  of {at, chain, channel, document, seq}: every arrival of
 *                  the document and its copies, earliest first; chain is the
 *                  first 16 hex digits of the receipt's chain value
 *  asked        s  of a fact: when somebody asked for it, as it was stated
 *  at           s  where the row stands on the axis, RFC 3339 UTC
 *  captured_at  s  when the journal learned of it
 *  case         s  id of the case, where the column is a client
 *  channel      s  of a document
 *  column       s  id of the case or client whose column it stands in
 *  delivery     s  what was done about a message that did not arrive
 *  direction    s  in out internal between unknown; not of a row that
 *                  nobody sent (row_has_way)
 *  document     s  id; of a record row: the document that proves it
 *  document_kind s letter, invoice, mail, call ... from the office's list
 *  drift_s      i  of a mail: `at' minus its Date header, in seconds
 *  fax_number   s  of the other side
 *  fax_pages    i
 *  fax_result   s  ok incomplete failed retry withdrawn, or a gateway's words
 *  from, to     s  parties as texts
 *  gap_days     i  only of a gap: whole days without contact
 *  gap_until    s  only of a gap: where it ends (at: where it begins)
 *  kind         s  name of the entry's kind, or "gap"
 *  lane         s
 *  machine      b  true: a list, an auto-reply or a report sent it; it is no
 *                  contact
 *  message_id   s  of a mail
 *  minutes      i  how long a call or meeting took
 *  not_delivered a of {at, document, recipient, status}: reports that a
 *                  message of ours did not arrive; document is the report
 *  precision    s  exact minute date month year unknown
 *  proofs       a  ids of documents that prove that it was sent
 *  reason       s  of a fact: why it was stated
 *  sent_by      s  post courier hand, of what we sent on paper
 *  sentence     s  only in answers, in the language asked for
 *  seqs         a  the entries that made the row what it is, ascending
 *  sha256       s  of the document's bytes, hex
 *  size         i  of the document's bytes
 *  superseded_by i of a fact: the entry that replaced it
 *  supersedes   i  of a fact: the entry that it replaces
 *  time_from    s  where `at` comes from (enum time_from)
 *  title        s  of the document or thing, as lists show it
 *  tracking     s  number under which the carrier knows it
 *  type         s  media type as read
 *  written_at   s  dated, or its Date header
 */
#ifndef DOSSIER_ROWS_H
#define DOSSIER_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "proto/base/kinds.h"
#include "proto/base/say.h"
#include "proto/base/when.h"

enum direction {
	DIRECTION_UNKNOWN, DIRECTION_IN, DIRECTION_OUT, DIRECTION_INTERNAL,
	DIRECTION_BETWEEN, DIRECTION_COUNT
};

/* Where a row's time comes from. */
enum time_from {
	TIME_NONE, TIME_ENVELOPE, TIME_STATED, TIME_HEADER, TIME_RECEIVED,
	TIME_CAPTURE, TIME_FILE, TIME_NOTE, TIME_ENTRY, TIME_COUNT
};

struct row_arrival {
	struct id	 document;
	uint64_t	 seq;
	int64_t		 at;
	char		 chain[17];	/* "" if not known */
	const char	*channel;
};

struct row_bounce {
	struct id	 document;	/* the report */
	int64_t		 at;
	const char	*recipient, *status;
};

#define ROW_ARGS 3

/*
 * Texts are never NULL after row_init(); "" is no value.  Texts and arrays
 * are borrowed: who fills a row keeps them alive.
 */
struct row {
	int		 gap;		/* a gap: only at, column and gap_... */
	int64_t		 at;
	enum when_precision precision;
	enum time_from	 time_from;
	int64_t		 captured_at;	/* WHEN_NONE: no value; so below */
	int64_t		 written_at;
	enum lane	 lane;
	enum direction	 direction;
	enum kind	 kind;
	struct id	 column;
	struct id	 kase;		/* only where the column is a client */
	struct id	 document;
	const char	*args[ROW_ARGS];
	const char	*asked;
	const char	*from, *to;
	const char	*channel;
	const char	*title;
	const char	*sentence;
	const char	*delivery;
	const char	*sent_by, *tracking;
	const char	*fax_number, *fax_result;
	const char	*actor, *reason;
	/* why nothing is told of a document: received-in-error */
	const char	*hidden;
	const char	*document_kind, *type, *message_id;
	uint64_t	 minutes;	/* 0: not known */
	int64_t		 drift;		/* seconds, if has_drift */
	int		 has_drift;
	uint64_t	 supersedes, superseded_by;	/* 0: none */
	uint64_t	 fax_pages;	/* 0: not known */
	int		 machine;
	char		 sha256[65];	/* "" if there is none */
	uint64_t	 size;
	const uint64_t	*seqs;
	unsigned	 nseqs;
	const struct row_arrival *arrivals;
	unsigned	 narrivals;
	const struct row_bounce *bounces;
	unsigned	 nbounces;
	const struct id	*proofs;
	unsigned	 nproofs;
	int64_t		 gap_until;
	uint32_t	 gap_days;
};

/* A column of the timeline, and the head of all formats. */
struct rows_column {
	struct id	 id;		/* a case or a client */
	const char	*title;		/* of the case, or the client's name */
	struct id	 client;
	const char	*client_name;
	uint64_t	 waiting;	/* in triage, may belong here */
};

struct rows_head {
	const struct rows_column *columns;
	unsigned	 ncolumns;
	uint64_t	 position;	/* of the journal: of the rows */
	uint64_t	 waiting;	/* of all, each document once */
	uint64_t	 as_known;	/* 0: not asked for */
	int64_t		 as_was;	/* WHEN_NONE: not asked for; so below */
	int64_t		 since, until;
	uint32_t	 lanes;		/* 1 << enum lane; 0: all */
};

void	row_init(struct row *);
/* Writes canonical JSON; a sentence only if the row has one. */
void	row_encode(struct buf *, const struct row *);
/* Appends the row's one-line sentence; needs no `sentence` in it. */
void	row_sentence(struct buf *, const struct row *, enum lang);
/* {"as_known",... "columns":[...],... "waiting"}; no values left out. */
void	rows_head_encode(struct buf *, const struct rows_head *);

/* 0 for the lanes whose rows nobody sent: record, milestones, access. */
int	row_has_way(const struct row *);
/* The word for post, courier or hand; post's for anything else. */
enum say_key row_sent_by_say(const char *);
const char *direction_name(enum direction);
enum direction direction_of(const char *, size_t);	/* _COUNT if none */
enum say_key direction_say(enum direction);
const char *time_from_name(enum time_from);
enum say_key time_from_say(enum time_from);
const char *precision_name(enum when_precision);
enum say_key lane_say(enum lane);

#endif
