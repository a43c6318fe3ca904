/* SPDX-License-Identifier: ISC */
/*
 * verify: what the two files of verification share.
 */
#ifndef DOSSIER_JOURNAL_VERIFY_H
#define DOSSIER_JOURNAL_VERIFY_H

#include "store/journal/opener.h"
#include "store/journal/journal.h"

/* Which frames of a blob segment were read through a map: a bit each. */
struct marks {
	uint8_t		 series;
	uint32_t	 segment;
	struct buf	 bits;
	struct buf	 stated;	/* the same for space.reclaimed */
};

struct verify {
	struct log		*log;
	struct seal		*seal;
	EVP_MD_CTX		*md;
	log_progress_fn		*progress;
	void			*arg;
	struct log_verified	*sum;
	struct trouble		*t;
	uint64_t		 told, total;
	int			 live;		/* a daemon may be writing */
	struct buf		*spare_at;	/* NULL: not wanted */

	/* The segment that is read. */
	struct walk		 walk;
	struct buf		 plain, body;
	const uint8_t		*sha256;	/* of struct opened */
	struct buf		 rows, tags;	/* as its footer has them */
	size_t			 group_from;	/* tags before the group */
	int			 sealed;
	/* Across segments. */
	struct first		 before;
	struct head		 head;
	struct lasting		 lasting;
	struct log_claim	 claim[ENTRY_CLAIMS_MAX];
	int			 body_due;
	/* The blob whose maps are being read. */
	struct map		 map;
	uint32_t		 pieces;
	struct buf		 piece;
	struct marks		*marks;
	size_t			 nmarks, capmarks;
	struct vtrees		*trees;
	log_head_fn		*on_head;
	void			*on_head_arg;
	struct opener		*opener;
};

int	verify_bad(struct verify *, uint64_t at, uint32_t ordinal);
int	verify_memory(struct verify *);
int	verify_tell(struct verify *, uint64_t n);
void	verify_note(struct verify *, const struct frame *, const uint8_t *raw);
int	verify_footer(struct verify *, uint64_t size, int strict);
int	verify_enter(struct verify *, uint8_t series, uint32_t segment,
	    uint64_t *size_r);
void	verify_leave(struct verify *);

/* verify_tree.c: 0, or -1 with trouble. */
struct vtrees *vtrees_new(void);
void	vtrees_free(struct vtrees *);
int	verify_leaf(struct verify *);
int	verify_checkpoint(struct verify *, const struct entry *);
void	verify_life(struct verify *, const struct entry *);

/* verify_blob.c */
/* Notes what an entry space.reclaimed says. */
int	verify_reclaimed(struct verify *, const struct entry *);
int	verify_blob(struct verify *);
int	verify_map(struct verify *, const struct frame *);
int	verify_series(struct verify *, uint8_t series);
void	verify_release(struct verify *);

#endif
