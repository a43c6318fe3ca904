/* SPDX-License-Identifier: ISC */
/*
 * line: from sealed row to timeline row.  It prints no sentence: kind and
 * arguments go on as they are (proto/out/rows.h).
 */
#include "store/ask/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/ask/bundle.h"

#define CHUNK 65536

struct chunk {
	struct chunk	*next;
	size_t		 len, cap;
	max_align_t	 data[];
};

void *
slab_get(struct slab *a, size_t n)
{
	struct chunk *c = a->chunk;
	void *p;

	n = (n + 15) & ~(size_t)15;
	if (c == NULL || c->cap - c->len < n) {
		size_t cap = n > CHUNK ? n : CHUNK;

		if ((c = malloc(sizeof(*c) + cap)) == NULL)
			return NULL;
		c->next = a->chunk;
		c->len = 0;
		c->cap = cap;
		a->chunk = c;
	}
	p = (char *)c->data + c->len;
	c->len += n;
	a->used += n;
	return p;
}

/* Keeps one chunk of the usual size. */
void
slab_reset(struct slab *a)
{
	struct chunk *kept = NULL, *next;

	for (struct chunk *c = a->chunk; c != NULL; c = next) {
		next = c->next;
		if (kept == NULL && c->cap == CHUNK) {
			kept = c;
			kept->len = 0;
			kept->next = NULL;
		} else {
			free(c);
		}
	}
	a->chunk = kept;
	a->used = 0;
}

void
slab_release(struct slab *a)
{
	struct chunk *next;

	for (struct chunk *c = a->chunk; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	memset(a, 0, sizeof(*a));
}

/* ---- texts ----------------------------------------------------------- */

/* Texts of rows are C strings: a NUL that somebody wrote becomes a space. */
static void
copy_text(char *to, const struct vstr *s)
{
	for (size_t i = 0; i < s->n; i++)
		to[i] = s->p[i] == '\0' ? ' ' : s->p[i];
}

static int
text_of(struct slab *a, const struct vstr *s, const char *behind,
    const char **text_r)
{
	size_t n = strlen(behind);
	char *p;

	if (s->n + n == 0) {
		*text_r = "";
		return 0;
	}
	if ((p = slab_get(a, s->n + n + 1)) == NULL)
		return -1;
	copy_text(p, s);
	memcpy(p + s->n, behind, n + 1);
	*text_r = p;
	return 0;
}

/* All who got it, with "; " between; "..." when there were more than kept. */
static int
recipients(struct slab *a, const struct vdoc *doc, const char **text_r)
{
	unsigned n = doc->nto < VDOC_TO_MAX ? doc->nto : VDOC_TO_MAX;
	size_t len = 0;
	char *p;

	if (n == 0) {
		*text_r = "";
		return 0;
	}
	for (unsigned i = 0; i < n; i++)
		len += doc->to[i].n + 2;
	if ((p = slab_get(a, len + sizeof("..."))) == NULL)
		return -1;
	*text_r = p;
	for (unsigned i = 0; i < n; i++) {
		if (i > 0) {
			memcpy(p, "; ", 2);
			p += 2;
		}
		copy_text(p, &doc->to[i]);
		p += doc->to[i].n;
	}
	memcpy(p, "; ...", 6);
	if (doc->nto == n)
		*p = '\0';
	return 0;
}

/* ---- documents ------------------------------------------------------- */

static const enum time_from from_table[] = {
	[FROM_CAPTURE]	= TIME_CAPTURE,
	[FROM_HEADER]	= TIME_HEADER,
	[FROM_RECEIVED]	= TIME_RECEIVED,
	[FROM_FILE]	= TIME_FILE,
	[FROM_ENVELOPE]	= TIME_ENVELOPE,
	[FROM_NOTE]	= TIME_NOTE,
	[FROM_STATED]	= TIME_STATED,
	[FROM_ENTRY]	= TIME_ENTRY,
};

static int
put_arrivals(struct slab *a, const struct vdoc *doc, struct row *row)
{
	static const char hex[] = "0123456789abcdef";
	const struct varrival *from;
	struct row_arrival *to;
	uint64_t total;
	unsigned n = vdoc_arrivals(doc, &from, &total);

	if (n == 0)
		return 0;
	if ((to = slab_get(a, n * sizeof(*to))) == NULL)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		to[i].document = from[i].document;
		to[i].seq = from[i].seq;
		to[i].at = from[i].at;
		for (unsigned k = 0; k < 8; k++) {
			to[i].chain[2 * k] = hex[from[i].chain[k] >> 4];
			to[i].chain[2 * k + 1] = hex[from[i].chain[k] & 15];
		}
		to[i].chain[16] = '\0';
		if (text_of(a, &from[i].channel, "", &to[i].channel) == -1)
			return -1;
	}
	row->arrivals = to;
	row->narrivals = n;
	return 0;
}

static void
add_seq(uint64_t *seqs, unsigned *n, uint64_t seq)
{
	unsigned i = *n;

	if (seq == 0)
		return;
	for (unsigned k = 0; k < *n; k++)
		if (seqs[k] == seq)
			return;
	for (; i > 0 && seqs[i - 1] > seq; i--)
		seqs[i] = seqs[i - 1];
	seqs[i] = seq;
	++*n;
}

/* Whom it did not reach. */
static int
put_bounces(struct slab *a, const struct vdoc *doc, struct row *row)
{
	struct row_bounce *to;

	if (!vdoc_undelivered(doc))
		return 0;
	if ((to = slab_get(a, doc->nbounces * sizeof(*to))) == NULL)
		return -1;
	for (unsigned i = 0; i < doc->nbounces; i++) {
		const struct vbounce *from = &doc->bounce[i];

		to[i].document = from->document;
		to[i].at = from->at;
		if (text_of(a, &from->recipient, "", &to[i].recipient) == -1 ||
		    text_of(a, &from->status, "", &to[i].status) == -1)
			return -1;
	}
	row->bounces = to;
	row->nbounces = doc->nbounces;
	return text_of(a, &doc->delivery, "", &row->delivery);
}

static int
put_fax(struct slab *a, const struct vdoc *doc, struct row *row)
{
	row->fax_pages = doc->fax_pages;
	return text_of(a, &doc->fax_number, "", &row->fax_number) == -1 ||
	    text_of(a, &doc->fax_result, "", &row->fax_result) == -1 ? -1 : 0;
}

/* How a paper of ours went, and what proves it. */
static int
put_sent(struct slab *a, const struct vdoc *doc, struct row *row)
{
	struct id *proofs;

	if (text_of(a, &doc->sent_by, "", &row->sent_by) == -1 ||
	    text_of(a, &doc->tracking, "", &row->tracking) == -1)
		return -1;
	if (doc->nproofs == 0)
		return 0;
	if ((proofs = slab_get(a, doc->nproofs * sizeof(*proofs))) == NULL)
		return -1;
	memcpy(proofs, doc->proof, doc->nproofs * sizeof(*proofs));
	row->proofs = proofs;
	row->nproofs = doc->nproofs;
	return 0;
}

/* Arrivals, the reading, the filings of this scope. */
static int
put_seqs(struct slab *a, const struct vdoc *doc, const struct id *scope,
    struct row *row)
{
	uint64_t *seqs = slab_get(a, (row->narrivals + doc->nfilings + 2) *
	    sizeof(*seqs));
	unsigned n = 0;

	if (seqs == NULL)
		return -1;
	add_seq(seqs, &n, doc->seq);
	for (unsigned i = 0; i < row->narrivals; i++)
		add_seq(seqs, &n, row->arrivals[i].seq);
	add_seq(seqs, &n, doc->read_seq);
	for (unsigned i = 0; i < doc->nfilings; i++) {
		const struct vfiling *f = &doc->filing[i];

		if (id_equal(f->kase.kind != ID_NONE ? &f->kase : &f->client,
		    scope))
			add_seq(seqs, &n, f->seq);
	}
	row->seqs = seqs;
	row->nseqs = n;
	return 0;
}

/* What the sentence tells: title, from, to; of notes what, with whom, next. */
static int
put_args(struct slab *a, const struct vdoc *doc, struct row *row)
{
	const struct vstr *title = doc->subject.n > 0 ? &doc->subject :
	    doc->title.n > 0 ? &doc->title : doc->note_text.n > 0 ?
	    &doc->note_text : &doc->filename;

	if (text_of(a, title, title == &doc->note_text && doc->note_cut ?
	    "\xe2\x80\xa6" : "", &row->title) == -1)
		return -1;
	row->args[0] = row->title;
	if (doc->note_type.n == 0) {
		row->args[1] = row->from;
		row->args[2] = row->to;
		return 0;
	}
	return text_of(a, &doc->note_text, doc->note_cut ?
	    "\xe2\x80\xa6" : "", &row->args[0]) == -1 ||
	    text_of(a, &doc->note_with, "", &row->args[1]) == -1 ||
	    text_of(a, &doc->note_next, "", &row->args[2]) == -1 ? -1 : 0;
}

/* How far the sender's clock was from ours, where both are instants. */
static void
put_drift(const struct vdoc *doc, struct row *row)
{
	if (doc->header.at == WHEN_NONE ||
	    doc->header.precision < WHEN_MINUTE ||
	    (row->time_from != TIME_ENVELOPE &&
	    row->time_from != TIME_RECEIVED))
		return;
	row->has_drift = 1;
	row->drift = (row->at - doc->header.at) / WHEN_SECOND;
}

static int
put_nature(struct slab *a, const struct vdoc *doc, struct row *row)
{
	put_drift(doc, row);
	row->minutes = doc->note_minutes;
	return text_of(a, &doc->actor, "", &row->actor) == -1 ||
	    text_of(a, &doc->message_id, "", &row->message_id) == -1 ||
	    text_of(a, &doc->kind, "", &row->document_kind) == -1 ||
	    text_of(a, &doc->type, "", &row->type) == -1 ? -1 : 0;
}

static int
doc_row(struct slab *a, const struct vdoc *doc, const struct id *scope,
    struct row *row)
{
	static const char hex[] = "0123456789abcdef";

	row->at = doc->happened.at;
	row->precision = doc->happened.precision;
	row->time_from = from_table[doc->happened_from];
	row->captured_at = doc->at;
	row->written_at = doc->written.at;
	row->lane = doc->lane;
	row->direction = direction_of(doc->direction.p, doc->direction.n);
	if (row->direction == DIRECTION_COUNT)
		row->direction = DIRECTION_UNKNOWN;
	row->kind = KIND_DOCUMENT_RECEIVED;
	row->document = doc->id;
	row->machine = doc->machine;
	row->hidden = doc->veiled ? mark_name(2) : "";
	row->size = doc->size;
	for (unsigned i = 0; !doc->veiled && i < LOG_HASH_LEN; i++) {
		row->sha256[2 * i] = hex[doc->sha256[i] >> 4];
		row->sha256[2 * i + 1] = hex[doc->sha256[i] & 15];
	}
	row->sha256[doc->veiled ? 0 : 2 * LOG_HASH_LEN] = '\0';
	if (text_of(a, &doc->from, "", &row->from) == -1 ||
	    recipients(a, doc, &row->to) == -1 ||
	    text_of(a, &doc->channel, "", &row->channel) == -1 ||
	    put_args(a, doc, row) == -1 ||
	    put_arrivals(a, doc, row) == -1 ||
	    put_bounces(a, doc, row) == -1 || put_sent(a, doc, row) == -1 ||
	    put_fax(a, doc, row) == -1 || put_nature(a, doc, row) == -1)
		return -1;
	return put_seqs(a, doc, scope, row);
}

/* ---- the record ------------------------------------------------------ */

static int
record_row(struct slab *a, const struct vline *line, struct row *row)
{
	uint64_t *seq = slab_get(a, sizeof(*seq));

	if (seq == NULL)
		return -1;
	*seq = line->seq;
	row->seqs = seq;
	row->nseqs = 1;
	row->at = line->time.at;
	row->precision = line->time.precision;
	row->time_from = from_table[line->time_from];
	row->captured_at = line->at;
	row->lane = line_lane(line);
	row->kind = line->kind;
	row->document = line->document;
	if (text_of(a, &line->asked, "", &row->asked) == -1 ||
	    text_of(a, &line->actor, "", &row->actor) == -1)
		return -1;
	for (unsigned i = 0; i < ROW_ARGS; i++)
		if (text_of(a, &line->arg[i], "", &row->args[i]) == -1)
			return -1;
	return 0;
}

enum lane
line_lane(const struct vline *line)
{
	return line->is_doc ? line->doc.lane : kind_lane(line->kind);
}

int
line_is_contact(const struct vline *line)
{
	/* What a machine sent, or a carrier's slip, is no word from anybody. */
	if (!line->is_doc || line->doc.machine ||
	    line->doc.proof_of.kind != ID_NONE || (line->doc.direction.n == 8 &&
	    memcmp(line->doc.direction.p, "internal", 8) == 0))
		return 0;
	switch (line->doc.lane) {
	case LANE_EMAIL:
	case LANE_POST:
	case LANE_FAX:
	case LANE_CALL:
	case LANE_MEETING:
	case LANE_MESSAGE:
	case LANE_WEB:
		return 1;
	default:
		return 0;
	}
}

int
line_fact(struct slab *a, const struct vfact *fact, uint64_t ended,
    struct row *row)
{
	row->supersedes = fact->supersedes;
	row->superseded_by = ended;
	if (text_of(a, &fact->reason, "", &row->reason) == 0)
		return 0;
	errno = ENOMEM;
	return -1;
}

int
line_row(struct slab *a, const struct vline *line, const struct id *scope,
    const struct id *column, struct row *row)
{
	row_init(row);
	row->column = *column;
	if (scope->kind == ID_CASE && column->kind == ID_CLIENT)
		row->kase = *scope;
	if ((line->is_doc ? doc_row(a, &line->doc, scope, row) :
	    record_row(a, line, row)) == 0)
		return 0;
	errno = ENOMEM;
	return -1;
}
