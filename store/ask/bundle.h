/* SPDX-License-Identifier: ISC */
/*
 * bundle: evidence bundles as they are recorded, what one holds (its plan),
 * and what stands in its way (loose ends).
 *
 * Two positions rule a plan.
 *
 *	position P	what the bundle shows: which documents were filed in
 *			its case or client, where each stood, which are
 *			copies of each other.
 *	decided Q	the marks on documents, what was decided about each,
 *			and the order, as they stood at entry Q: the entry
 *			that asked for the build, or now.  A document that was
 *			marked privileged after P stays out of a bundle as
 *			known at P too, until someone decides.
 *
 * Numbers are taken from all builds that had ended when the plan was made,
 * whatever P and Q: a number that was given is never given to another.
 *
 * A decision to produce that is older than a mark does not count: the mark
 * asks once more.  A supplement takes over what was decided in the bundle
 * that it supplements; what that produced is not produced again unless the
 * supplement says so.
 *
 * The plan of equal (bundle, P, Q, ended builds) is equal.  Everything that a
 * plan gives is copied: it lasts until plan_free().  Reading is done slice by
 * slice (plan_more), each in a snapshot of its own, fit for the loop thread.
 *
 * The blob of numbers that bundle.built names: JSON lines, canonical, one a
 * document that the build produced or withheld, in the order of the bundle:
 *
 *	{"bates_first":"K20260031-0000001","bates_last":"K20260031-0000003",
 *	 "document":"D-000201","pages":3,"sha256":HEX,"treatment":"produce"}
 *
 * sha256 is that of the file in the bundle; a withheld document has neither
 * sha256 nor, unless a slip sheet stands for it, Bates numbers.
 */
#ifndef DOSSIER_ASK_BUNDLE_H
#define DOSSIER_ASK_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "store/store.h"

#define BUNDLE_PREFIX_MAX 20	/* bytes of a Bates prefix */
#define BUNDLE_DIGITS	7	/* of a Bates number behind its prefix */
#define BUNDLE_BATES_MAX (BUNDLE_PREFIX_MAX + 12)	/* with its NUL */

enum treatment {
	TREAT_PRODUCE,
	TREAT_WITHHOLD,		/* on the privilege log */
	TREAT_LEAVE_OUT,	/* not in the bundle; the README says why */
	TREAT_BEFORE,		/* produced in the bundle that it supplements */
	TREAT_UNDECIDED		/* marked, and nobody has decided: no build */
};
/* "produce" "withhold" "leave-out" "produced-before" "undecided" */
const char *treatment_name(enum treatment);

/* Marks of a document, as bits; the words are those of document.marked. */
#define MARK_PRIVILEGED		1u
#define MARK_WITHOUT_PREJUDICE	2u
#define MARK_RECEIVED_IN_ERROR	4u
#define MARKS_N			3
/* The word of mark 1 << i. */
const char *mark_name(unsigned i);

/* ---- a bundle -------------------------------------------------------- */

struct bundle {
	struct id	id;
	struct id	of;		/* the case, or the client */
	struct id	client;		/* the client, of a case too */
	struct id	supplements;	/* ID_NONE: it begins its own numbers */
	struct id	continued;	/* by this bundle */
	char		profile[16];	/* production audit dsar */
	char		prefix[BUNDLE_PREFIX_MAX + 1];
	char		lang[4];	/* "en" "zh", "": the office's */
	char		title[512];	/* "" none */
	/* 0: each build shows what is known then. */
	uint64_t	as_known;
	uint64_t	opened;		/* entry */
	int64_t		opened_at;
	uint64_t	version;	/* the last entry about it */
	unsigned	builds;		/* number of the last build asked for */
};

/* 1, 0 there is none, -1 with trouble; so all below unless they say more. */
int	bundle_get(struct store *, const struct id *, struct bundle *bundle_r,
	    struct trouble *);

enum build_state {
	BUILD_ASKED, BUILD_BUILT, BUILD_FAILED, BUILD_CANCELLED
};
/* "asked" "built" "failed" "cancelled" */
const char *build_state_name(enum build_state);


struct bundle_build {
	unsigned	build;
	enum build_state state;
	uint64_t	asked;		/* entry bundle.asked: Q of its plan */
	int64_t		asked_at;
	char		asked_by[64];	/* its actor */
	uint64_t	position;	/* P */
	char		earlier[48];	/* "B-0001.1"; "" none */
	uint64_t	ended;		/* entry built, failed, cancelled; 0 */
	int64_t		ended_at;
	char		tagmanifest[129];
	uint64_t	documents, withheld, pages, files, bytes;
	char		numbers[65];	/* hex of the blob, "" none */
	char		reason[512];	/* why it came to nothing; cut */
	uint64_t	stamped;	/* entry bundle.stamped, 0 none */
};

/* Build number `build`, 0: the last one built. */
int	bundle_build(struct store *, const struct id *, unsigned build,
	    struct bundle_build *build_r, struct trouble *);
/* "B-0001.1": 0, or -1 with errno EINVAL. */
int	bundle_build_parse(const char *, size_t, struct id *bundle_r,
	    unsigned *build_r);
/*
 * Builds that were asked for and have not ended, by bundle and number: what
 * the export thread has to do, after a restart too.  How many (at most max),
 * -1 with trouble.
 */
struct bundle_job {
	struct id	bundle;
	unsigned	build;
	uint64_t	asked;		/* entry; the lowest was asked first */
};
int	bundle_jobs(struct store *, struct bundle_job *out_r, unsigned max,
	    struct trouble *);
/*
 * Builds that were built, of all bundles, by bundle and number: those behind
 * `after' (NULL: from the first).  How many (at most max), -1 with trouble.
 */
struct bundle_done {
	struct id	bundle;
	struct bundle_build build;
};
int	bundle_done(struct store *, const struct bundle_done *after,
	    struct bundle_done *out_r, unsigned max, struct trouble *);

/* ---- numbers --------------------------------------------------------- */

/* What a build said of a document (a line of the blob). */
struct numbered {
	struct id	document;
	enum treatment	treatment;	/* PRODUCE or WITHHOLD */
	char		first[BUNDLE_BATES_MAX], last[BUNDLE_BATES_MAX];
	uint64_t	pages;
	char		sha256[65];	/* "" withheld */
	struct id	bundle;		/* which bundle and build said it */
	unsigned	build;
};

struct numbers {
	struct numbered	*v;		/* as the blob has them */
	size_t		 n, cap;
};

/* The blob of a build that was built, in its order; *n 0 if it has none. */
int	bundle_numbers(struct store *, const struct id *, unsigned build,
	    struct numbers *numbers_r, struct trouble *);
void	numbers_release(struct numbers *);
/* One line, with its LF, as the builder writes it. */
void	numbered_put(struct buf *, const struct numbered *);

/* ---- the plan -------------------------------------------------------- */

struct plan_item {
	/*
	 * Stands for its set of copies: the earliest, or the one that an
	 * earlier build gave numbers.
	 */
	struct id	document;
	struct id	*copy;		/* the others filed there, by number */
	unsigned	 ncopies;
	enum treatment	 treatment;
	unsigned	 marks;		/* of the set, at Q */
	int64_t		 happened;	/* at P */
	const char	*subject, *from;	/* at P; "" none; cut */
	/* the decision in force, of this bundle or of what it supplements */
	uint64_t	 decided;	/* entry, 0: nobody has decided */
	int64_t		 decided_at;
	char		 decided_by[64];
	const char	*basis, *description, *reason;	/* "" none */
	const char	*counsel;	/* lawyers, "; " between; "" none */
	/* what an earlier build said of it, numbers and all; NULL: none did */
	const struct numbered *numbered;
	unsigned	 order;		/* from 1, over all items */
};

struct plan_read;

struct plan {
	struct plan_read *read;		/* how it is made; not for others */
	struct bundle	 bundle;
	uint64_t	 position, decided;
	/* in their order; those left out stand among them */
	struct plan_item *item;
	size_t		 n;
	/*
	 * Documents that were left out with a reason and are not among those
	 * above: loose ends that someone looked at.  By number.
	 */
	struct plan_item *apart;
	size_t		 napart;
	/* Of all items. */
	size_t		 count[TREAT_UNDECIDED + 1];
	/* The first number that no build of this bundle, of one that it
	 * supplements or of one that supplements it, has given. */
	uint64_t	 next;
};

/*
 * position 0: bundle.as_known, or what is applied; decided 0: what is
 * applied.  NULL with trouble; trouble of SAY_ASK_NO_BUNDLE: no such one.
 */
struct plan *plan_new(struct store *, const struct id *bundle,
	    uint64_t position, uint64_t decided, struct trouble *);
/*
 * Reads on, about max documents: 1 more to do, 0 it is whole, -1 trouble.
 * Only a whole plan has items.
 */
int	plan_more(struct plan *, unsigned max, struct trouble *);
void	plan_free(struct plan *);
/* Item i as the row "item" of rows.txt. */
void	plan_row(const struct plan *, size_t i, struct buf *out);

/* ---- loose ends ------------------------------------------------------ */

/* Why a document may belong to the bundle; one, the first that holds. */
enum loose_why {
	LOOSE_WAITING,		/* neither read nor looked at by the rules */
	LOOSE_SUGGESTED,	/* the rules suggest the case */
	LOOSE_TOKEN,		/* it names the case */
	LOOSE_THREAD,		/* it answers what is filed there */
	LOOSE_PARTY		/* an address or number of a party */
};
/* "waiting" "suggested" "token" "thread" "party" */
const char *loose_name(enum loose_why);

/*
 * Documents captured at or before P that are neither filed anywhere nor left
 * out by this bundle at Q and touch its case or client: triage, set aside,
 * unread, and what still waits for the reader or the rules.  What waits is
 * always one: nobody knows yet.  A set of copies is one, by its head, and
 * none if one of the set is filed.
 *
 * What touches is what filing goes by, which the store knows nothing of: the
 * judge (daemon/filing/touch.h) says.  It is called with no snapshot open: 1
 * and touch_r, 0 it does not, -1 with errno.
 */
struct loose_touch {
	enum loose_why	why;
	char		word[256];	/* the address, number ...; or "" */
};
typedef int loose_judge_fn(void *arg, const struct bundle *,
	    const struct id *document, struct loose_touch *touch_r);

struct loose;

/* position, decided as for plan_new(). */
struct loose *loose_new(struct store *, const struct id *bundle,
	    uint64_t position, uint64_t decided, loose_judge_fn *, void *arg,
	    struct trouble *);
/*
 * Looks at about max documents and appends the rows "loose" of rows.txt, with
 * commas between: how many in n_r.  1 more to do, 0 the end, -1 trouble.
 */
int	loose_more(struct loose *, unsigned max, struct buf *out,
	    unsigned *n_r, struct trouble *);
void	loose_free(struct loose *);

#endif
