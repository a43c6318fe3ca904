/* SPDX-License-Identifier: ISC */
/*
 * follow_read: the bytes go to a memfd, the memfd to the reader, the reader's
 * answer to an entry: within it if it fits, else in a derived blob.
 *
 * What cannot be read is stated too, as unread with the reason: it must never
 * wait silently.  A claim read/D-... keeps two statements apart.
 */
#include "daemon/follow_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/log.h"
#include "proto/base/json.h"
#include "proto/base/limits.h"

#define SLICE		(1u << 20)	/* copied in one turn of the loop */
#define INLINE_MAX	(LIMIT_ENTRY - 1024)	/* of a reading in its entry */

struct reading_job {
	struct reading_job	*prev, *next;
	struct reading_jobs	*jobs;
	int			 stating;
	struct store		*store;
	struct supervise	*supervise;
	struct known_work	 work;
	reading_done_fn		*done;
	void			*arg;
	struct blobr		*blob;
	int			 fd;
	uint64_t		 copied;
};

/* ---- stating ---------------------------------------------------------------- */

static void
job_free(struct reading_job *job)
{
	if (job->prev != NULL)
		job->prev->next = job->next;
	else
		job->jobs->first = job->next;
	if (job->next != NULL)
		job->next->prev = job->prev;
	if (job->fd != -1)
		(void)close(job->fd);	/* a memfd of ours */
	blobr_free(job->blob);
	free(job);
}

static void
on_stated(void *arg, const struct log_result *result)
{
	struct reading_job *job = arg;
	struct log_head head = { .seq = 0 };

	job->jobs->stating--;
	/* A conflict says that it was stated before. */
	if (result->outcome == LOG_DONE || result->outcome == LOG_CONFLICT)
		log_head(store_log(job->store), &head);
	job->done(job->arg, &job->work.document, head.seq);
	job_free(job);
}

/* The answer as a derived blob of the batch; its hash.  0, or -1. */
static int
put_derived(struct reading_job *job, struct batch *b, const char *text,
    size_t len, uint8_t hash_r[LOG_HASH_LEN])
{
	struct blobw *blob = blobw_new(store_log(job->store), 1);

	if (blob == NULL)
		return -1;
	if (blobw_add(blob, text, len) == -1) {
		blobw_free(blob);
		return -1;
	}
	blobw_hash(blob, hash_r);
	return batch_blob(b, blob) == -1 ? -1 : 0;
}

static void
write_body(struct buf *body, const char *reader, const char *text, size_t len,
    const uint8_t *hash, const char *reason)
{
	struct jw w;

	jw_init(&w, body);
	jw_object(&w);
	jw_kstr(&w, "reader", reader);
	if (hash != NULL) {
		jw_key(&w, "reading_sha256");
		jw_hex(&w, hash, LOG_HASH_LEN);
	} else if (text != NULL) {
		jw_key(&w, "reading");
		jw_raw(&w, text, len);
	}
	jw_kstr_opt(&w, "reason", reason);
	jw_kstr(&w, "status", reason == NULL ? "read" : "unread");
	jw_end(&w);
}

static int
draft(struct reading_job *job, struct batch *b, const struct buf *body)
{
	struct draft d = {
		.kind = KIND_DOCUMENT_READ, .actor = "dossierd",
		.client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
		.document = REF_ID(job->work.document), .staff = REF_NONE,
		.body = (const char *)body->data, .bodylen = body->len,
		.blob = -1
	};
	char id[ID_TEXT_MAX], claim[ID_TEXT_MAX + 8];
	int n;

	(void)snprintf(claim, sizeof(claim), "read/%s",
	    id_text(&job->work.document, id));
	if (batch_expect(b, claim, 0) == -1 || (n = batch_draft(b, &d)) == -1)
		return -1;
	return batch_set(b, n, claim, CLAIM_SEQ);
}

/* Appends document.read: a reading, or the reason why there is none. */
static void
state(struct reading_job *job, const char *text, size_t len,
    const char *reason)
{
	struct batch *b = batch_new(store_log(job->store));
	struct buf body = BUF_INIT;
	uint8_t hash[LOG_HASH_LEN];
	const char *reader = supervise_reader(job->supervise);
	int derived = len > INLINE_MAX, bad = b == NULL;

	if (*reader == '\0')
		reader = "dossier-reader " DOSSIER_VERSION;
	if (!bad && derived)
		bad = put_derived(job, b, text, len, hash) == -1;
	if (!bad) {
		write_body(&body, reader, text, len, derived ? hash : NULL,
		    reason);
		bad = buf_failed(&body) || draft(job, b, &body) == -1;
	}
	buf_release(&body);
	if (!bad) {
		job->stating = 1;
		job->jobs->stating++;
		log_append(store_log(job->store), b, on_stated, job);
		return;
	}
	batch_free(b);
	job->done(job->arg, &job->work.document, 0);
	job_free(job);
}

static const char *
reason_of(enum reading_outcome outcome)
{
	switch (outcome) {
	case READING_DONE:
		return NULL;
	case READING_DIED:
		return "the reader died of it";
	case READING_TIMEOUT:
		return "reading took too long";
	case READING_TOO_LARGE:
		return "too large to read";
	case READING_NO_MEMORY:
		return "reading took too much memory";
	default:		/* what a tail says; a reading has none */
		break;
	}
	return "not read";
}

static void
on_read(void *arg, const struct supervise_result *r)
{
	struct reading_job *job = arg;
	char id[ID_TEXT_MAX];

	if (r->outcome != READING_DONE)
		logline(LOGLINE_WARNING, "read.failed",
		    "document=%s outcome=%d detail=%u wrong=%s",
		    id_text(&job->work.document, id), (int)r->outcome,
		    r->detail, r->wrong != NULL ? r->wrong : "-");
	state(job, r->outcome == READING_DONE ? r->text : NULL,
	    r->outcome == READING_DONE ? r->len : 0, reason_of(r->outcome));
}

/* ---- giving it to the reader ------------------------------------------ */

struct reading_job *
reading_job_new(struct reading_jobs *jobs, struct store *store,
    struct supervise *supervise, const struct known_work *work,
    reading_done_fn *done, void *arg)
{
	struct reading_job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->store = store;
	job->supervise = supervise;
	job->work = *work;
	job->done = done;
	job->arg = arg;
	job->fd = memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (job->fd == -1) {
		free(job);
		return NULL;
	}
	job->jobs = jobs;
	job->next = jobs->first;
	if (job->next != NULL)
		job->next->prev = job;
	jobs->first = job;
	return job;
}

void
reading_jobs_abandon(struct reading_jobs *jobs)
{
	struct reading_job *job, *next;

	for (job = jobs->first; job != NULL; job = next) {
		next = job->next;
		if (!job->stating)
			job_free(job);
	}
}

static int
write_all(int fd, const uint8_t *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Copies up to a slice.  1 more to come, 0 all is there, -1 it cannot be. */
static int
copy_slice(struct reading_job *job, struct trouble *t)
{
	struct buf bytes = BUF_INIT;
	uint64_t left = job->work.size - job->copied;
	int rc;

	if (job->blob == NULL && (job->blob = blob_open(store_log(job->store),
	    &job->work.blob, t)) == NULL)
		return -1;
	rc = blobr_read(job->blob, job->copied,
	    left < SLICE ? (size_t)left : SLICE, &bytes, t);
	if (rc == 0 && write_all(job->fd, bytes.data, bytes.len) == -1)
		rc = trouble_errno(t, SAY_RUN_FAILED, "memfd");
	job->copied += bytes.len;
	if (rc == 0 && bytes.len == 0 && left > 0)
		rc = trouble_set(t, SAY_RUN_FAILED, "blob", "short", NULL,
		    NULL);
	buf_release(&bytes);
	return rc == -1 ? -1 : job->copied < job->work.size;
}

static int
hand_over(struct reading_job *job)
{
	enum reading_hint hint = strcmp(job->work.channel, "email") == 0 ?
	    READING_MAIL : READING_ANY;
	int fd = job->fd;

	if (supervise_busy(job->supervise))
		return -1;
	job->fd = -1;		/* taken in any case */
	if (supervise_read(job->supervise, fd, job->work.size, hint, on_read,
	    job) == -1)
		state(job, NULL, 0, "the reader could not be started");
	return 0;
}

int
reading_job_step(struct reading_job *job)
{
	struct trouble t;
	char id[ID_TEXT_MAX];
	int rc;

	if (job->work.size > LIMIT_READ_SIZE) {
		state(job, NULL, 0, reason_of(READING_TOO_LARGE));
		return 0;
	}
	if (job->copied < job->work.size) {
		rc = copy_slice(job, &t);
		if (rc == -1) {
			logline(LOGLINE_ERROR, "read.damaged", "document=%s",
			    id_text(&job->work.document, id));
			logline_trouble(LOGLINE_ERROR, "read.damaged", &t);
			state(job, NULL, 0, "its bytes are damaged");
			return 0;
		}
		if (rc == 1)
			return 1;
	}
	return hand_over(job);
}
