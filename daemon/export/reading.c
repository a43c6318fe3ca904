/* SPDX-License-Identifier: ISC */
/*
 * reading: see reading.h.
 *
 * Two programs, each started when it is first asked.  One question at a time
 * is with them, so a socket that ends, a wrong packet or a verdict that does
 * not come is of that question; it is asked once more of a new program.
 *
 *	a program	pid	ready	leaves it by
 *	absent		0	0	a question: starting
 *	starting	set	0	hello: ready; anything else: absent, and
 *					no answer
 *	ready		set	1	anything but a verdict: absent, and the
 *					question again, once
 *
 * It must never wait without a deadline, nor touch the loop.
 */
#include "daemon/export/reading.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/boxed.h"
#include "daemon/log.h"
#include "proto/base/limits.h"

#define TRIES		2		/* programs that may die over one */
#define HELLO_MS	60000		/* to get warm */
#define VERDICT_MS	((LIMIT_READ_SECONDS + 15) * 1000)
#define SLICE		(1u << 20)	/* of a blob */

struct member {
	char		*path;
	pid_t		 pid;
	int		 sock;
	int		 ready;
	char		 maker[sizeof(((struct reading_hello *)0)->maker)];
};

struct reading_client {
	struct member	 reader, drawer;
	int		 stopfd;
	uint32_t	 next;
};

/* --- the programs ------------------------------------------------------------- */

/* dossier-drawer in the folder of that path. */
static char *
beside(const char *path)
{
	const char	*slash = strrchr(path, '/');
	int		 folder = slash == NULL ? 0 : (int)(slash + 1 - path);
	char		*out;

	return asprintf(&out, "%.*sdossier-drawer", folder, path) == -1 ?
	    NULL : out;
}

struct reading_client *
reading_client_new(const char *path, int stopfd)
{
	struct reading_client	*c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->stopfd = stopfd;
	c->reader.sock = c->drawer.sock = -1;
	c->reader.path = strdup(path);
	c->drawer.path = beside(path);
	if (c->reader.path == NULL || c->drawer.path == NULL) {
		reading_client_free(c);
		errno = ENOMEM;
		return NULL;
	}
	return c;
}

static void
member_end(struct member *m)
{
	if (m->sock != -1)
		(void)close(m->sock);
	m->sock = -1;
	m->ready = 0;
	(void)boxed_end(m->pid);	/* how it ended is logged elsewhere */
	m->pid = 0;
}

void
reading_client_free(struct reading_client *c)
{
	if (c == NULL)
		return;
	member_end(&c->reader);
	member_end(&c->drawer);
	free(c->reader.path);
	free(c->drawer.path);
	free(c);
}

static int64_t
now_ms(void)
{
	struct timespec	 t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);	/* cannot fail */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A packet: its length, 0 at the end; -1 with ECANCELED, ETIMEDOUT or else. */
static ssize_t
packet_wait(const struct reading_client *c, int sock, void *to, size_t size,
    int ms)
{
	struct pollfd	 p[2] = { { .fd = sock, .events = POLLIN },
			    { .fd = c->stopfd, .events = POLLIN } };
	int64_t		 until = now_ms() + ms, left;
	int		 n;

	while ((left = until - now_ms()) > 0) {
		n = poll(p, 2, (int)left);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0 && p[1].revents != 0) {
			errno = ECANCELED;
			return -1;
		}
		if (n > 0 && p[0].revents != 0)
			return recv(sock, to, size, 0);
	}
	errno = ETIMEDOUT;
	return -1;
}

/* Started and warm: 0, or -1 with errno. */
static int
member_start(const struct reading_client *c, struct member *m)
{
	struct reading_hello	 h;
	ssize_t			 n;
	int			 error;

	if (m->ready)
		return 0;
	logline(LOGLINE_INFO, "reader.started", "why=export program=%s",
	    strrchr(m->path, '/') == NULL ? m->path :
	    strrchr(m->path, '/') + 1);
	m->sock = boxed_start(m->path, &m->pid);
	if (m->sock == -1)
		return -1;
	n = packet_wait(c, m->sock, &h, sizeof(h), HELLO_MS);
	if (n == (ssize_t)sizeof(h) && h.magic == READING_HELLO) {
		m->ready = 1;
		memcpy(m->maker, h.maker, sizeof(m->maker));
		m->maker[sizeof(m->maker) - 1] = '\0';
		return 0;
	}
	error = n == -1 ? errno : ENOEXEC;
	member_end(m);
	errno = error;
	return -1;
}

int
reading_maker(struct reading_client *c, char text_r[READING_MAKER_MAX])
{
	if (member_start(c, &c->reader) == -1 ||
	    member_start(c, &c->drawer) == -1)
		return -1;
	(void)snprintf(text_r, READING_MAKER_MAX, "%s, %s", c->reader.maker,
	    c->drawer.maker);
	return 0;
}

int
reading_stamp(const struct reading_client *c, uint64_t stamp[READING_STAMP])
{
	const char	*path[2] = { c->reader.path, c->drawer.path };
	struct stat	 st;
	size_t		 i;

	for (i = 0; i < 2; i++, stamp += READING_STAMP / 2) {
		if (stat(path[i], &st) == -1)
			return -1;
		stamp[0] = (uint64_t)st.st_ino;
		stamp[1] = (uint64_t)st.st_size;
		stamp[2] = (uint64_t)st.st_mtim.tv_sec;
		stamp[3] = (uint64_t)st.st_mtim.tv_nsec;
	}
	return 0;
}

/* --- a question ------------------------------------------------------------------- */

static int
question_fill(const struct reading_question *q, struct reading_request *r)
{
	size_t	 words = q->words == NULL ? 0 : strlen(q->words);

	memset(r, 0, sizeof(*r));
	if (q->role <= READING_READ || q->role > READING_VOUCH ||
	    (q->role == READING_SLIP || q->role == READING_VOUCH) !=
	    (q->words != NULL) ||
	    words > LIMIT_READ_WORDS) {
		errno = EINVAL;
		return -1;
	}
	r->magic = READING_MAGIC;
	r->size = q->role == READING_SLIP ? 0 : q->size;
	r->hint = q->hint;
	r->role = q->role;
	r->part = q->part;
	r->lang = q->lang;
	r->words = (uint32_t)words;
	if (q->charset != NULL)
		(void)snprintf(r->charset, sizeof(r->charset), "%s",
		    q->charset);
	return 0;
}

/* One try: 0 with a verdict, 1 if the program went, -1 with ECANCELED. */
static int
question_try(struct reading_client *c, struct member *m,
    struct reading_request *r, const char *words, int doc, int answer,
    struct reading_verdict *v)
{
	ssize_t	 n;

	r->id = ++c->next;
	if (boxed_send(m->sock, r, words, doc, answer, 0) == -1)
		return 1;
	n = packet_wait(c, m->sock, v, sizeof(*v), VERDICT_MS);
	if (n == -1 && errno == ECANCELED)
		return -1;
	return n != (ssize_t)sizeof(*v) || v->magic != READING_MAGIC ||
	    v->id != r->id || v->outcome > READING_NO_MEMORY;
}

/* A reader that says DONE has to show it. */
static void
answer_judge(int fd, const struct reading_verdict *v,
    struct reading_answer *a)
{
	struct reading_tail	 t;

	a->outcome = v->outcome;
	a->detail = v->detail;
	if (v->outcome != READING_DONE)
		return;
	if (boxed_tail(fd, &t) == -1 || boxed_seal(fd) == -1) {
		a->outcome = READING_DIED;
		logline(LOGLINE_WARNING, "reader.lied", "member=tail");
		return;
	}
	a->outcome = t.outcome;
	a->pages = t.pages;
	a->notes = t.notes;
	memcpy(a->type, t.type, sizeof(a->type));
	if (t.outcome != READING_DONE)
		return;
	a->size = t.size;
	a->fd = fd;
}

static int
memfd(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

/* Asks until there is a verdict or TRIES are used up. */
static int
question_ask(struct reading_client *c, struct member *m,
    struct reading_request *r, const char *words, int doc,
    struct reading_answer *a)
{
	struct reading_verdict	 v = { .outcome = READING_DIED };
	int			 answer, i, got = 1;

	for (i = 0; i < TRIES && got == 1; i++) {
		if (member_start(c, m) == -1)
			return -1;
		answer = memfd("answer");
		if (answer == -1)
			return -1;
		got = question_try(c, m, r, words, doc, answer, &v);
		if (got == 0)
			answer_judge(answer, &v, a);
		else
			member_end(m);	/* what it still does is nobody's */
		if (a->fd != answer)
			(void)close(answer);
		if (got == 1)
			logline(LOGLINE_WARNING, "reader.lost",
			    "why=export role=%u", r->role);
	}
	if (got == 1)
		a->outcome = READING_DIED;
	errno = ECANCELED;
	return got == -1 ? -1 : 0;
}

int
reading_ask(struct reading_client *c, const struct reading_question *q,
    struct reading_answer *a)
{
	struct reading_request	 r;
	int			 doc = q->doc, rc, error;

	memset(a, 0, sizeof(*a));
	a->fd = -1;
	if (question_fill(q, &r) == -1)
		return -1;
	if (q->role == READING_SLIP)
		doc = memfd("document");	/* it has none of its own */
	if (doc == -1 || boxed_seal(doc) == -1) {
		error = EINVAL;
		rc = -1;
	} else {
		rc = question_ask(c, q->role == READING_DRAW ||
		    q->role == READING_SLIP ? &c->drawer : &c->reader, &r,
		    q->words, doc, a);
		error = errno;
	}
	if (q->role == READING_SLIP && doc != -1)
		(void)close(doc);
	errno = error;
	return rc;
}

void
reading_answer_release(struct reading_answer *a)
{
	if (a->fd != -1)
		(void)close(a->fd);
	a->fd = -1;
}

/* --- a document out of the store ----------------------------------------- */

static int
write_all(int fd, const uint8_t *p, size_t len)
{
	ssize_t	 n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = write(fd, p, len);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n == -1)
			n = 0;
	}
	return 0;
}

static int
blob_copy(struct blobr *blob, int fd, struct trouble *t)
{
	struct buf	 piece = BUF_INIT;
	uint64_t	 at = 0, size = blobr_size(blob);
	int		 rc = 0;

	while (rc == 0 && at < size) {
		buf_clear(&piece);
		rc = blobr_read(blob, at, SLICE, &piece, t);
		if (rc == 0 && piece.len == 0)
			rc = trouble_set(t, SAY_RUN_FAILED, "blob", "short",
			    NULL, NULL);
		if (rc == 0 && write_all(fd, piece.data, piece.len) == -1)
			rc = trouble_errno(t, SAY_RUN_FAILED, "memfd");
		at += piece.len;
	}
	buf_release(&piece);
	return rc;
}

int
reading_document(struct log *log, const struct loc *loc, uint64_t *size_r,
    struct trouble *t)
{
	struct blobr	*blob = blob_open(log, loc, t);
	int		 fd;

	if (blob == NULL)
		return -1;
	fd = memfd("document");
	if (fd == -1) {
		(void)trouble_errno(t, SAY_RUN_FAILED, "memfd");
	} else if (blob_copy(blob, fd, t) == -1 || boxed_seal(fd) == -1) {
		(void)close(fd);	/* a memfd of ours */
		fd = -1;
	}
	*size_r = blobr_size(blob);
	blobr_free(blob);
	return fd;
}
