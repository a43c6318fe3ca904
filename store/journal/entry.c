/* SPDX-License-Identifier: ISC */
/*
 * entry: one entry by its place, for any thread.  It gives nothing whose tag
 * did not pass.
 */
#include "store/journal/journal.h"

#include <assert.h>
#include <string.h>

#include "store/sys.h"

static_assert(SALT_LEN == LOG_SALT_LEN, "salts");
static_assert(KIND_NAME_MAX == LOG_KIND_MAX, "names of kinds");

static int
memory(struct trouble *t)
{
	return trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL, NULL);
}

static int
damaged(struct log *log, const struct loc *at, struct trouble *t)
{
	const struct seat seat = { .series = LOG_JOURNAL,
	    .segment = at->segment };

	return files_damaged(log->files, &seat, at->offset, at->ordinal, t);
}

/*
 * Where the erasable part is: right behind the lasting one, whose header
 * alone is read.  The part authenticates by itself.
 */
static int
body_place(struct log *log, const struct loc *loc, struct loc *at_r,
    struct trouble *t)
{
	struct file *f = files_hold(log->files, LOG_JOURNAL, loc->segment, t);
	uint8_t head[FRAME_HEAD];
	struct frame frame;
	int rc = 0;

	if (f == NULL)
		return -1;
	if (sys_pread(f->fd, head, sizeof(head), loc->offset) != FRAME_HEAD ||
	    frame_decode(head, &frame) == -1 || frame.kind != FRAME_ENTRY ||
	    frame.ordinal != loc->ordinal)
		rc = damaged(log, loc, t);
	files_drop(log->files, f);
	if (rc == -1)
		return -1;
	*at_r = *loc;
	at_r->offset += (uint32_t)FRAME_SIZE(frame.length);
	at_r->ordinal++;
	return 0;
}

/* A frame of a kind, opened. */
static int
frame_at(struct log *log, const struct loc *at, enum frame_kind kind,
    struct buf *plain, struct trouble *t)
{
	struct seal *s = log_seal_take(log);
	struct frame frame;
	int rc = -1;

	if (s == NULL)
		return memory(t);
	if (files_frame(log->files, s, at, &frame, plain, t) == 0)
		rc = frame.kind == kind ? 0 : damaged(log, at, t);
	log_seal_give(log, s);
	return rc;
}

int
log_entry_salted(struct log *log, const struct loc *loc, struct buf *out,
    uint8_t salt_r[LOG_SALT_LEN], struct trouble *t)
{
	struct buf plain = BUF_INIT;
	struct loc at;
	int rc = -1;

	if (body_place(log, loc, &at, t) == 0 &&
	    frame_at(log, &at, FRAME_BODY, &plain, t) == 0)
		rc = plain.len < SALT_LEN ? damaged(log, &at, t) : 1;
	if (rc == 1) {
		memcpy(salt_r, plain.data, SALT_LEN);
		buf_add(out, plain.data + SALT_LEN, plain.len - SALT_LEN);
		if (buf_failed(out))
			rc = memory(t);
	}
	buf_release(&plain);
	return rc;
}

int
log_entry(struct log *log, const struct loc *loc, struct buf *out,
    struct trouble *t)
{
	uint8_t salt[SALT_LEN];

	return log_entry_salted(log, loc, out, salt, t) == 1 ? 0 : -1;
}

int
log_entry_kind(struct log *log, const struct loc *loc,
    char kind_r[LOG_KIND_MAX], struct trouble *t)
{
	struct log_claim claim[ENTRY_CLAIMS_MAX];
	struct buf plain = BUF_INIT;
	struct lasting l;
	int rc = frame_at(log, loc, FRAME_ENTRY, &plain, t);

	if (rc == 0 && lasting_decode(plain.data, plain.len, &l, claim) == -1)
		rc = damaged(log, loc, t);
	if (rc == 0)
		memcpy(kind_r, l.kind, LOG_KIND_MAX);
	buf_release(&plain);
	return rc;
}
