/* SPDX-License-Identifier: ISC */
/*
 * verify: reads a store from end to end and believes nothing: every tag,
 * every group's digest, the chain, the sequence, the numbers that were given,
 * each blob's SHA-256, footers, and how segments say that the one before
 * ended.  It may run beside a daemon and never writes.
 */
#include "store/journal/verify.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "store/sys.h"

#define TELL_EVERY (4u << 20)

int
verify_bad(struct verify *v, uint64_t at, uint32_t ordinal)
{
	return files_damaged(v->log->files, &v->walk.file->seat, at, ordinal,
	    v->t);
}

int
verify_memory(struct verify *v)
{
	return trouble_set(v->t, SAY_STORE_MEMORY, NULL, NULL, NULL, NULL);
}

/* Counts bytes that were read; -1 when told to stop. */
int
verify_tell(struct verify *v, uint64_t n)
{
	struct log_progress p = { "verify", 0, v->total };

	v->sum->bytes += n;
	if (v->progress == NULL || v->sum->bytes < v->told + TELL_EVERY)
		return 0;
	v->told = p.done = v->sum->bytes;
	if (v->progress(v->arg, &p) == 0)
		return 0;
	return trouble_set(v->t, SAY_STORE_STOPPED, NULL, NULL, NULL, NULL);
}

/* ---- entries -------------------------------------------------------- */

static int
chain_broken(struct verify *v, uint64_t seq)
{
	char nth[24], path[PATH_MAX];

	(void)snprintf(nth, sizeof(nth), "%llu", (unsigned long long)seq);
	files_path(v->log->files, LOG_JOURNAL, v->walk.file->seat.segment,
	    ".seg", path, sizeof(path));
	return trouble_set(v->t, SAY_STORE_CHAIN, nth, path, NULL, NULL);
}

static int
next_is(uint32_t *next, uint32_t number)
{
	return number == (*next)++;
}

/* The number that the entry was given is the one that was next. */
static int
number_good(struct head *h, const struct entry *e)
{
	switch (kind_assigns(e->kind)) {
	case ID_CLIENT:
		return next_is(&h->next_client, e->client.number);
	case ID_CONTACT:
		return next_is(&h->next_contact, e->contact.number);
	case ID_STAFF:
		return next_is(&h->next_staff, e->staff.number);
	case ID_BUNDLE:
		return next_is(&h->next_bundle, e->bundle.number);
	case ID_DOCUMENT:
		if (e->document.number < h->next_document)
			return e->document.number > 0;
		return next_is(&h->next_document, e->document.number);
	case ID_CASE:
		if (e->kase.year != h->year) {
			h->year = e->kase.year;
			h->next_case = 1;
		}
		return next_is(&h->next_case, e->kase.number);
	case ID_NONE:
		break;
	}
	return 1;
}

/* Does it say again what its lasting part says? */
static int
entry_good(struct verify *v, const struct entry *e)
{
	const struct lasting *l = &v->lasting;

	return e->seq == l->seq && e->at == l->at &&
	    e->kind == kind_of(l->kind, strlen(l->kind)) &&
	    id_equal(&l->tree, e->kase.kind != ID_NONE ? &e->kase :
	    &e->client) && number_good(&v->head, e);
}

/* What some kinds say of the store itself. */
static int
entry_says(struct verify *v, const struct entry *e)
{
	switch (e->kind) {
	case KIND_SPACE_RECLAIMED:
		return verify_reclaimed(v, e) == 0 ? 0 :
		    chain_broken(v, e->seq);
	case KIND_STORE_RESTORED:
	case KIND_ROLLBACK_ACCEPTED:
		verify_life(v, e);
		return 0;
	case KIND_TREE_CHECKPOINT:
		return verify_checkpoint(v, e);
	default:
		return 0;
	}
}

static int
verify_text(struct verify *v)
{
	const char *text = (const char *)v->body.data + SALT_LEN;
	struct entry e;
	int rc;

	if (kind_of(v->lasting.kind, strlen(v->lasting.kind)) == KIND_COUNT)
		return 0;	/* of a newer version: its bytes hold */
	if (entry_decode(&e, text, v->body.len - SALT_LEN) == -1)
		return chain_broken(v, v->lasting.seq);
	rc = entry_good(v, &e) ? entry_says(v, &e) :
	    chain_broken(v, v->lasting.seq);
	entry_release(&e);
	return rc;
}

static int
verify_entry(struct verify *v)
{
	struct lasting *l = &v->lasting;
	struct part link[2] = { { v->head.chain, LOG_HASH_LEN }, { NULL, 0 } };
	uint8_t md[LOG_HASH_LEN];

	if (lasting_decode(v->plain.data, v->plain.len, l, v->claim) == -1)
		return verify_bad(v, v->walk.at, v->walk.ordinal - 1);
	link[1] = (struct part){ v->plain.data, v->plain.len - LOG_HASH_LEN };
	if (seal_sha256(v->seal, link, 2, md) == -1)
		return verify_memory(v);
	if (l->seq != v->head.next_seq || l->at < v->head.at ||
	    memcmp(md, l->chain, sizeof(md)) != 0)
		return chain_broken(v, v->head.next_seq);
	memcpy(v->head.chain, l->chain, LOG_HASH_LEN);
	v->head.at = l->at;
	v->head.next_seq++;
	v->sum->entries++;
	v->body_due = 1;
	return verify_leaf(v);
}

static int
verify_body(struct verify *v)
{
	if (!v->body_due)
		return verify_bad(v, v->walk.at, v->walk.ordinal - 1);
	v->body_due = 0;
	buf_swap(&v->body, &v->plain);
	if (v->body.len < SALT_LEN ||
	    memcmp(v->sha256, v->lasting.commitment, LOG_HASH_LEN) != 0)
		return chain_broken(v, v->lasting.seq);
	return verify_text(v);
}

/* ---- groups and ends ------------------------------------------------ */

static int
heads_equal(const struct head *a, const struct head *b)
{
	return a->next_seq == b->next_seq && a->at <= b->at &&
	    a->next_document == b->next_document &&
	    a->next_client == b->next_client &&
	    a->next_contact == b->next_contact &&
	    a->next_staff == b->next_staff &&
	    a->next_bundle == b->next_bundle && a->year == b->year &&
	    a->next_case == b->next_case &&
	    memcmp(a->chain, b->chain, LOG_HASH_LEN) == 0;
}

static int
verify_commit(struct verify *v)
{
	struct commit c;
	uint8_t md[LOG_HASH_LEN];

	if (seal_sha256(v->seal, &(struct part){ v->tags.data +
	    v->group_from, v->tags.len - v->group_from }, 1, md) == -1)
		return verify_memory(v);
	if (commit_decode(v->plain.data, v->plain.len, &c) == -1 ||
	    c.group != v->head.group + 1 || memcmp(md, c.tags, sizeof(md)) != 0
	    || (uint64_t)c.frames * FRAME_TAG != v->tags.len - v->group_from ||
	    !heads_equal(&v->head, &c.head))
		return verify_bad(v, v->walk.at, v->walk.ordinal - 1);
	v->head = c.head;
	return 0;
}

/*
 * The trailer says where the footer is.  In a blob segment that a crash left
 * while it was ended, its end may be missing, and zeros stand behind it.
 */
static int
trailer_good(struct verify *v, uint64_t size, int strict)
{
	uint8_t got[TRAILER_LEN + 4096] = { 0 }, want[TRAILER_LEN] =
	    "DSEGEND\n";
	uint64_t left = size - v->walk.next;
	size_t n = left < sizeof(got) ? (size_t)left : sizeof(got), same = 0;

	if (!strict && v->live)
		return 1;	/* it is being ended while we look */
	put32(want + 8, (uint32_t)v->walk.at);
	if (sys_pread(v->walk.file->fd, got, n, v->walk.next) != (int64_t)n)
		return 0;
	if (strict)
		return left == TRAILER_LEN &&
		    memcmp(got, want, TRAILER_LEN) == 0;
	while (same < TRAILER_LEN && got[same] == want[same])
		same++;
	while (same < n && got[same] == 0)
		same++;
	return same >= n;
}

/* The footer says again what stands before it. */
int
verify_footer(struct verify *v, uint64_t size, int strict)
{
	uint8_t md[LOG_HASH_LEN];
	const struct buf *p = &v->plain;

	if (seal_sha256(v->seal, &(struct part){ v->tags.data, v->tags.len },
	    1, md) == -1)
		return verify_memory(v);
	if (p->len != FOOTER_HEAD + v->rows.len || p->data[0] != 1 ||
	    memcmp(p->data + 1, md, sizeof(md)) != 0 ||
	    get32(p->data + 33) != v->rows.len / FOOTER_ROW ||
	    memcmp(p->data + FOOTER_HEAD, v->rows.data, v->rows.len) != 0 ||
	    !trailer_good(v, size, strict))
		return verify_bad(v, v->walk.at, v->walk.ordinal - 1);
	v->sealed = 1;
	return 0;
}

/* Notes a frame for the footer's sake. */
void
verify_note(struct verify *v, const struct frame *f, const uint8_t *raw)
{
	buf_add32(&v->rows, (uint32_t)v->walk.at);
	buf_addc(&v->rows, f->kind);
	buf_add(&v->tags, raw + FRAME_HEAD + f->length, FRAME_TAG);
	v->sum->frames++;
}

static int
verify_first(struct verify *v)
{
	struct first first, *b = &v->before;
	char path[PATH_MAX], other[PATH_MAX];

	if (first_decode(v->plain.data, v->plain.len, &first) == -1)
		return verify_bad(v, v->walk.at, 0);
	if (first.number == b->number && first.state == b->state &&
	    first.ordinal == b->ordinal && first.length == b->length &&
	    heads_equal(&v->head, &first.head) &&
	    first.head.group == v->head.group) {
		v->head = first.head;
		return 0;
	}
	files_path(v->log->files, LOG_JOURNAL, v->walk.file->seat.segment,
	    ".seg", path, sizeof(path));
	files_path(v->log->files, LOG_JOURNAL, first.number, ".seg", other,
	    sizeof(other));
	return trouble_set(v->t, first.number > b->number ?
	    SAY_STORE_MISSING : SAY_STORE_SWAPPED, other, path, NULL, NULL);
}

static int
verify_frame(struct verify *v, struct opened *o, uint64_t size)
{
	const struct frame *f = &o->frame;
	int rc = 0;

	/* The place that is looked at; what opens frames is further on. */
	v->walk.at = o->at;
	v->walk.next = o->next;
	v->walk.ordinal = f->ordinal + 1;
	v->sha256 = o->sha256;
	buf_swap(&v->plain, &o->plain);
	if (o->rc == -1 || (v->body_due && f->kind != FRAME_BODY))
		return verify_bad(v, v->walk.at, f->ordinal);
	switch (f->kind) {
	case FRAME_FIRST:
		rc = f->ordinal == 0 ? verify_first(v) :
		    verify_bad(v, v->walk.at, f->ordinal);
		break;
	case FRAME_ENTRY:
		rc = verify_entry(v);
		break;
	case FRAME_BODY:
		rc = verify_body(v);
		break;
	case FRAME_BLOB:
		rc = verify_blob(v);
		break;
	case FRAME_MAP:
		rc = verify_map(v, f);
		break;
	case FRAME_COMMIT:
		rc = verify_commit(v);
		break;
	case FRAME_FOOTER:
		return verify_footer(v, size, 1);
	default:
		return verify_bad(v, v->walk.at, f->ordinal);
	}
	verify_note(v, f, o->raw);
	if (f->kind == FRAME_FIRST || f->kind == FRAME_COMMIT)
		v->group_from = v->tags.len;
	return rc;
}

/* ---- segments ------------------------------------------------------- */

int
verify_enter(struct verify *v, uint8_t series, uint32_t segment,
    uint64_t *size_r)
{
	struct file *f = files_hold(v->log->files, series, segment, v->t);
	int64_t size = f == NULL ? -1 : sys_size(f->fd);

	if (size == -1) {
		files_drop(v->log->files, f);
		return f == NULL ? -1 : trouble_errno(v->t, SAY_STORE_READ,
		    v->log->dir);
	}
	buf_clear(&v->rows);
	buf_clear(&v->tags);
	v->group_from = 0;
	v->sealed = 0;
	v->sum->segments++;
	walk_init(&v->walk, f, (uint64_t)size);
	*size_r = (uint64_t)size;
	return 0;
}

void
verify_leave(struct verify *v)
{
	files_drop(v->log->files, v->walk.file);
	walk_release(&v->walk);
}

static int
journal_segment(struct verify *v, uint32_t segment)
{
	struct durable end = v->log->durable;
	struct opened *o;
	struct walk walk;
	uint64_t size;
	int r = 0, rc = 0;

	if (verify_enter(v, LOG_JOURNAL, segment, &size) == -1)
		return -1;
	if (segment == end.segment)
		size = end.end;
	walk_init(&walk, v->walk.file, size);
	opener_begin(v->opener, &walk);
	while (rc == 0 && !v->sealed && (r = opener_next(v->opener, &o)) == 1) {
		rc = verify_frame(v, o, size);
		if (rc == 0)
			rc = verify_tell(v, FRAME_SIZE(o->frame.length));
	}
	opener_end(v->opener);
	walk_release(&walk);
	if (rc == 0 && !v->sealed && (v->walk.next != size || r != 0 ||
	    v->tags.len != v->group_from))
		rc = verify_bad(v, v->walk.next, v->walk.ordinal);
	v->before.state = v->sealed ? SEGMENT_SEALED : SEGMENT_CUT;
	v->before.number = segment;
	v->before.ordinal = v->walk.ordinal - 1;
	v->before.length = size;
	verify_leave(v);
	return rc;
}

static int
count_torn(void *arg, const char *name)
{
	struct verify *v = arg;
	size_t n = strlen(name);

	if (n > 5 && strcmp(name + n - 5, ".torn") == 0)
		v->sum->torn++;
	return 0;
}

static uint64_t
total_bytes(struct log *log)
{
	struct trouble t;
	struct file *f;
	uint64_t total = 0;
	uint32_t n;

	for (uint8_t s = LOG_JOURNAL; s <= LOG_DERIVED; s++) {
		for (n = 0; (n = files_after(log->files, s, n)) != 0;) {
			int64_t size;

			f = files_hold(log->files, s, n, &t);
			size = f == NULL ? 0 : sys_size(f->fd);
			files_drop(log->files, f);
			total += size > 0 ? (uint64_t)size : 0;
		}
	}
	return total;
}

static int
verify_all(struct verify *v)
{
	char path[PATH_MAX];
	uint32_t n = 0;

	while ((n = files_after(v->log->files, LOG_JOURNAL, n)) != 0 &&
	    n <= v->log->durable.segment)
		if (journal_segment(v, n) == -1)
			return -1;
	if (!heads_equal(&v->head, &v->log->head))
		return chain_broken(v, v->head.next_seq - 1);
	if (verify_series(v, LOG_BLOBS) == -1 ||
	    verify_series(v, LOG_DERIVED) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/journal", v->log->dir);
	return sys_list(path, count_torn, v) == 0 ? 0 :
	    trouble_errno(v->t, SAY_STORE_READ, path);
}

int
log_verify(const struct log_options *o, log_progress_fn *progress, void *arg,
    struct log_verified *sum_r, struct trouble *t)
{
	struct log_options reading = *o;
	struct verify *v = calloc(1, sizeof(*v));
	int rc = -1;

	memset(sum_r, 0, sizeof(*sum_r));
	reading.reading = reading.verifying = 1;
	if (v == NULL)
		return trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL,
		    NULL);
	v->sum = sum_r;
	v->spare_at = o->spare_at;
	v->on_head = o->head;
	v->on_head_arg = o->head_arg;
	v->progress = progress;
	v->arg = arg;
	v->t = t;
	v->log = log_open(&reading, t);
	if (v->log == NULL)
		goto out;
	v->live = sys_locked(v->log->lock_fd);
	v->seal = log_seal_take(v->log);
	v->md = EVP_MD_CTX_new();
	v->trees = vtrees_new();
	if (v->seal != NULL)
		v->opener = opener_new(v->log, v->seal);
	if (v->opener == NULL || v->md == NULL || v->trees == NULL) {
		(void)verify_memory(v);
		goto out;
	}
	if (v->live && o->spare_at != NULL) {
		/* What is on its way has no map yet and is not spare. */
		(void)trouble_set(t, SAY_STORE_LOCKED, v->log->dir, NULL,
		    NULL, NULL);
		goto out;
	}
	if (log_readonly(v->log, t))
		goto out;
	head_begin(&v->head, log_store_id(v->log));
	v->total = total_bytes(v->log);
	rc = verify_all(v);
out:
	opener_free(v->opener);
	if (v->log != NULL)
		log_seal_give(v->log, v->seal);
	verify_release(v);
	return rc;
}
