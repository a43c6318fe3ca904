/* SPDX-License-Identifier: ISC */
/*
 * restored: a store that came out of a backup says so in its journal before
 * it says anything else, so that nothing is signed again under the name that
 * the lost store signed with.
 *
 *	DIR/restored	a number of 32 hex digits and a line end: this restore
 *			was not stated yet.  Made before restore.part goes.
 *
 * What a death leaves
 *	before the entry is durable	the mark: the next start states it
 *	behind it, before the mark goes	the mark, and a claim under its number:
 *					the next start finds that, and states
 *					nothing
 */
#include "store/journal/copy.h"

#include <openssl/rand.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/sys.h"

#define MARK "restored"

int
restored_mark(struct copying *c, const char *dir)
{
	struct buf note = BUF_INIT;
	uint8_t id[16];
	int rc;

	if (RAND_bytes(id, sizeof(id)) != 1)
		return trouble_set(c->t, SAY_STORE_MEMORY, NULL, NULL, NULL,
		    NULL);
	buf_addhex(&note, id, sizeof(id));
	buf_addc(&note, '\n');
	rc = copy_write(c, dir, MARK, &note);
	buf_release(&note);
	return rc;
}

/* The claim that this very restore was stated. */
static int
claim_of(const struct buf *note, char *claim_r, size_t size)
{
	if (note->len != 33 || note->data[32] != '\n')
		return -1;
	(void)snprintf(claim_r, size, "store/restored/%.32s",
	    (const char *)note->data);
	return 0;
}

static struct batch *
batch_of(struct log *log, const char *claim, const struct buf *body)
{
	struct batch *b = batch_new(log);
	const struct draft d = { .kind = KIND_STORE_RESTORED,
	    .actor = "dossierd", .blob = -1, .client = REF_NONE,
	    .kase = REF_NONE, .contact = REF_NONE, .document = REF_NONE,
	    .staff = REF_NONE, .body = (const char *)body->data,
	    .bodylen = body->len };

	if (b != NULL && !buf_failed(body) && batch_draft(b, &d) == 0 &&
	    batch_expect(b, claim, 0) == 0 &&
	    batch_set(b, 0, claim, CLAIM_SEQ) == 0)
		return b;
	batch_free(b);
	return NULL;
}

static int
state(struct log *log, const char *claim, struct trouble *t)
{
	struct buf body = BUF_INIT;
	struct log_head head;
	struct batch *b;
	enum log_outcome outcome;

	log_head(log, &head);
	buf_adds(&body, "{\"position\":");
	buf_addu(&body, head.seq);
	buf_addc(&body, '}');
	b = batch_of(log, claim, &body);
	buf_release(&body);
	if (b == NULL)
		return trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL,
		    NULL);
	outcome = log_append_wait(log, b, NULL, 0);
	if (outcome == LOG_DONE || outcome == LOG_CONFLICT)
		return 0;
	if (!log_dead(log, t))
		(void)trouble_set(t, SAY_STORE_FULL, log->dir, NULL, NULL,
		    NULL);
	return -1;
}

int
restored_state(struct log *log, struct trouble *t)
{
	char path[PATH_MAX], claim[64];
	struct buf note = BUF_INIT;
	int rc = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", log->dir, MARK);
	if (copy_slurp(log->dir, MARK, &note) == -1) {
		rc = errno == ENOENT ? 0 : trouble_errno(t, SAY_STORE_READ,
		    path);
		buf_release(&note);
		return rc;
	}
	if (claim_of(&note, claim, sizeof(claim)) == -1)
		(void)trouble_set(t, SAY_STORE_FOREIGN, path, NULL, NULL,
		    NULL);
	else
		rc = state(log, claim, t);
	buf_release(&note);
	if (rc == -1)
		return -1;
	sys_step("restored:stated");
	(void)sys_unlink(path);		/* left over: its claim is known */
	if (sys_sync_dir(log->dir) == -1)
		return trouble_errno(t, SAY_STORE_MAKE, log->dir);
	return 0;
}
