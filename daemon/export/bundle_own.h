/* SPDX-License-Identifier: ISC */
/*
 * bundle_own: what the files of the bundle builder share: one struct making a
 * build, and what is kept of each thing that was produced until the tables
 * that cite it are written.
 *
 * Functions give 0, or -1 with making->t filled, unless they say otherwise.
 */
#ifndef DOSSIER_EXPORT_BUNDLE_OWN_H
#define DOSSIER_EXPORT_BUNDLE_OWN_H

#include "daemon/export/bag.h"
#include "daemon/export/bundle.h"
#include "daemon/export/reading.h"
#include "daemon/export/rendition.h"
#include "proto/base/json.h"
#include "proto/out/production.h"
#include "proto/out/sheet.h"
#include "store/ask/ask.h"
#include "store/ask/bundle.h"
#include "store/ask/trees.h"

#define VOLUME	"VOL001"
#define VOLUME_FOLDER "data/production/" VOLUME "/"

/* ---- rows -------------------------------------------------------- */

/* One row of a table being filled; columns in any order, each once. */
struct filling {
	const struct sheet *sheet;
	struct buf	 text;
	uint32_t	 at[SHEET_COLUMNS_MAX];
	const char	*cell[SHEET_COLUMNS_MAX];
};

void	filling_begin(struct filling *, const struct sheet *);
void	filling_release(struct filling *);
/* The cell is what is appended to the buffer until the next call. */
struct buf *filling_at(struct filling *, unsigned column);
void	filling_set(struct filling *, unsigned column, const char *);
void	filling_number(struct filling *, unsigned column, uint64_t);
/* NULL without memory. */
const char *const *filling_end(struct filling *);

/* ---- what was produced ------------------------------------------- */

#define PIECE_NATIVE	1u	/* NATIVES has it */
#define PIECE_TEXT	2u
#define PIECE_SLIP	4u	/* its image is a slip sheet */
#define PIECE_WITHHELD	8u
#define PIECE_EXCEPTION	16u
#define PIECE_MAIL	32u
#define PIECE_OUT	64u	/* it went out */

/* A document, or one of its parts that has numbers of its own. */
struct piece {
	struct id	document;	/* with its part */
	uint32_t	item;		/* of the plan */
	uint32_t	family;		/* index of the family's first piece */
	uint32_t	folder;		/* 0001 ... */
	uint32_t	pages;
	uint64_t	first, last;	/* numbers behind the prefix; 0: none */
	uint32_t	thread;		/* index of the thread's first piece */
	uint32_t	privid;		/* 0: not on the privilege log */
	uint32_t	flags;
	char		ext[12];	/* without its dot */
	uint64_t	size;
	uint8_t		sha256[32];
	uint64_t	case_seq;	/* 0: not in the tree of the bundle */
};

/* Where a document of that number is, itself or as a copy of it. */
struct place {
	uint32_t	number, piece;
	int		copy;
};

struct making {
	const struct bundle_conf *conf;
	struct store	*store;
	struct bundle_progress *progress;
	int		 stopfd;
	struct trouble	*t;
	enum lang	 lang;
	struct bundle_build build;
	struct bundle_build earlier;	/* .build 0: none is named */
	struct id	 earlier_bundle;
	struct plan	*plan;
	const struct bundle *bundle;	/* of the plan */
	uint64_t	 position;
	int64_t		 as_of;		/* `at` of the entry there */
	struct tree_id	 tree;		/* of the case or client */
	struct bag	*bag;
	struct reading_client *reading;
	char		 maker[READING_MAKER_MAX]; /* of today; "": ask all */
	struct bundle_outcome *outcome;
	/* what was produced, in the order of the numbers */
	struct piece	*piece;
	size_t		 npieces, cap;
	struct place	*place;		/* by number; see making_index() */
	size_t		 nplaces;
	uint64_t	 next;		/* number that is free */
	uint32_t	 in_folder;	/* documents in the last folder */
	uint32_t	 folder;
	uint32_t	 nwithheld, nexceptions;
	uint64_t	 ndisclosed;	/* leaves of the tree */
	uint32_t	 nauth;		/* mails with an authentication */
	struct volume	*volume;
	struct threads	*threads;
	struct book	*book;
	/* of the checkpoint that proves position */
	struct tree_checkpoint checkpoint;
	struct tree_head head;		/* of the bundle's tree in it */
	uint64_t	 head_index;
	int		 has_head;
};

/* Fills t from errno; always -1. */
int	making_failed(struct making *, const char *what);
int	making_bad(struct making *, const struct id *document,
	    const char *what);
/* 1 if the build is to be given up: t says so. */
int	making_stopped(struct making *);
void	making_phase(struct making *, enum bundle_phase);
/* The origin of the bundle's tree in its checkpoint. */
int	making_origin(struct making *, char name_r[NOTE_NAME_MAX + 1]);
/*
 * Who stated something: names of staff, the programs' own; outside of the
 * audit profile a login of this machine is the office.
 */
void	making_actor(const struct making *, const char *actor, struct buf *out);
/* 1 for the profile. */
int	making_is(const struct making *, const char *profile);
/*
 * bundle_name.c.  Whether this profile may name the recipient of an envelope:
 * row is that of the document, with its reading.
 */
struct jrow;
int	making_may_name(const struct making *, const struct jrow *row,
	    const char *address);
/* The same of an arrival, which names all of them: 1, 0, -1. */
int	making_may_give(struct making *, const struct entry *arrival);
/* What numbers look like; "" for 0. */
const char *making_bates(const struct making *, uint64_t number,
	    char text_r[BATES_MAX]);
/* Once all pieces are there; then the piece of a document, or NULL: it has
 * none.  *copy_r (may be NULL): it is there as a copy of another. */
int	making_index(struct making *);
const struct piece *making_piece(const struct making *, const struct id *,
	    int *copy_r);
/*
 * The family that begins at piece i, as a line of numbers: its document, its
 * numbers from the first to the last.  Gives the piece behind it.
 */
size_t	making_numbered(const struct making *, size_t i,
	    struct numbered *line_r);
/* A path from the volume's folder: "NATIVES/0001/X0000001.pdf". */
enum piece_file { PIECE_OF_NATIVE, PIECE_OF_TEXT, PIECE_OF_IMAGE };
void	making_path(const struct making *, const struct piece *,
	    enum piece_file, struct buf *out);

/* A table as one CSV file: opened with its head. */
struct bag_file *making_csv(struct making *, const char *path,
	    const struct sheet *);
int	making_row(struct making *, struct bag_file *, struct filling *);
int	making_close(struct making *, struct bag_file *);

/* ---- JSON -------------------------------------------------------- */

/* A parsed text and where its members are; release it either way. */
struct jrow {
	struct buf	text;
	struct json	json;
	int		parsed;
};
#define JROW_INIT { BUF_INIT, { NULL, NULL, 0 }, 0 }
int	jrow_parse(struct jrow *);	/* of what is in text; -1 errno */
void	jrow_release(struct jrow *);
/* Appends a string member; nothing if there is none. */
void	jrow_str(const struct jrow *, uint32_t obj, const char *key,
	    struct buf *);
int64_t	jrow_int(const struct jrow *, uint32_t obj, const char *key);
/* A time member, WHEN_NONE if there is none. */
int64_t	jrow_time(const struct jrow *, uint32_t obj, const char *key);

/* ---- a document and its family ----------------------------------- */

/*
 * One member of a family: the document, or a part with numbers of its own.
 * bundle_look.c fills it from the store and, through bundle_ask.c, from what
 * was made ahead or the reader; bundle_item.c gives it numbers and writes its
 * files.
 */
struct member {
	uint32_t	 part;		/* token in reading.parts, JSON_NONE */
	uint16_t	 number;	/* of the part, 0: the whole */
	int		 parent;	/* index in the family, -1 */
	int		 doc;		/* its bytes; -1: there are none */
	int		 text, image;	/* -1: none */
	uint64_t	 size, text_size, image_size;
	uint32_t	 pages;
	int		 slip;		/* only a slip stands for its pages */
	int		 mail;
	char		 type[64];
	char		 ext[12];
	struct buf	 name;		/* as it came */
	const char	*problem;	/* of exceptions.csv; NULL none */
	char		 detail[160];
	struct rendered	 said_text, said_image;	/* what came of asking */
	/* once it is written */
	struct piece	 piece;
	struct bag_sums	 sums, text_sums, image_sums;
};

struct family {
	uint32_t	 item;		/* index in the plan */
	struct jrow	 row;		/* the row "document", one */
	uint32_t	 received, reading;	/* tokens */
	struct member	*member;
	unsigned	 n;
	struct rendition *kept;		/* made ahead, of today's maker */
	struct blobr	*bytes;		/* of kept; NULL: it has none */
};

/* What a document is looked at with. */
struct looking {
	struct store	*store;
	uint64_t	 position;	/* 0: now */
	enum lang	 lang;
	const char	*maker;		/* of today; NULL, "": all is asked */
};

/* Any thread, each with a client of its own; release it in any case. */
int	family_fill(const struct looking *, struct reading_client *,
	    const struct id *document, struct family *, struct trouble *);
/* The same of an item of the plan. */
int	family_look(const struct making *, struct reading_client *, size_t i,
	    struct family *, struct trouble *);
void	family_release(struct family *);
/* bundle_ask.c: text, pages and the ending of a name; 0, or -1 with trouble. */
int	member_ask(const struct looking *, const struct family *,
	    struct reading_client *, struct member *, struct trouble *);
/* The decoded bytes of a part. */
int	member_part(const struct family *, struct reading_client *,
	    struct member *, struct trouble *);
/* What was made ahead, if it is what would be made today. */
void	family_kept(const struct looking *, const struct id *document,
	    struct family *);
/* The words of a slip that stands for a member; number: its first. */
int	family_slip(const struct making *, struct reading_client *,
	    struct member *, const char *bates, struct trouble *);
/* Numbers and files; then its rows. */
int	family_write(struct making *, struct family *);
/* Before that: the sums of what was looked at, by whoever looked. */
int	family_sum(const struct making *, struct family *, struct trouble *);

/* ---- bundle_ahead.c: looking at documents before their turn ------ */

struct ahead;

/* Borrows item[n], indices of the plan in the order of writing. */
struct ahead *ahead_begin(struct making *, const size_t *item, size_t n);
/* The family of the next turn, once it is looked at; NULL with m->t. */
struct family *ahead_next(struct ahead *);
/* It is written: the turn after it is next. */
void	ahead_done(struct ahead *);
void	ahead_end(struct ahead *);

/* ---- bundle_volume.c: load files and logs ------------------------ */

int	volume_open(struct making *);
/* The rows of a family whose pieces begin at `first`. */
int	volume_family(struct making *, struct family *, size_t first);
int	volume_close(struct making *);
void	volume_free(struct volume *);
void	threads_free(struct threads *);

/* ---- bundle_book.c: timeline.xlsx -------------------------------- */

/*
 * A tab a table, in this order; rows come as the tables are made, each from
 * whoever writes it into its flat file.  An audit alone has parties, and the
 * person whose data it is gets no list of what is privileged.
 */
enum book_tab {
	BOOK_TIMELINE, BOOK_DOCUMENTS, BOOK_PARTIES, BOOK_CUSTODY,
	BOOK_PRIVILEGE, BOOK_CHECKS, BOOK_ABOUT, BOOK_TABS
};

int	book_open(struct making *);
/* Nothing, where the profile has no such tab. */
int	book_row(struct making *, enum book_tab, const char *const cell[]);
/* What was checked, what it is about; the file goes into the bag. */
int	book_close(struct making *);
void	book_free(struct book *);

/* ---- one file each ----------------------------------------------- */

int	make_readme(struct making *);
int	make_timeline(struct making *);
int	make_audit(struct making *);
int	make_custody(struct making *);
int	make_delta(struct making *);
int	make_proofs(struct making *);
int	make_disclosed(struct making *);
int	make_processing(struct making *);
int	make_vouched(struct making *);
/* After the manifests: text is tagmanifest-sha512.txt. */
int	make_seal(struct making *, const struct buf *text);

#endif
