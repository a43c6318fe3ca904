/* SPDX-License-Identifier: ISC */
/*
 * timeline_book: a timeline as a workbook.
 *
 * Making one takes seconds where there are 100,000 rows, most of them inside
 * one call of the library, so it is done on a thread: one at a time, in the
 * order in which they were asked for.  The thread reads the views like any
 * reader and writes a file without a name in the store's folder for exports;
 * the loop thread answers with that file.  A workbook whose caller has gone
 * is not begun.
 *
 *	asked -> [waits] -> thread -> eventfd -> joined, answered
 *
 * api_free() gives up what waits and joins what runs.
 */
#include "daemon/api/timeline_own.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/export/xlsx.h"

#define BOOK_READ 65536

struct book {
	struct source	 source;	/* first; of the answer */
	STAILQ_ENTRY(book) link;
	struct call	*call;
	struct tl	*tl;
	const char	*type;
	char		*tmp;		/* folder */
	int		 fd;		/* the workbook */
	pthread_t	 thread;
	int		 running;
	int		 event_fd;
	struct event	*event;
	atomic_int	 stop;
	int		 error;		/* errno of the thread; 0: done */
};

static void
book_free(struct source *source)
{
	struct book *b = (struct book *)source;

	if (b->event != NULL)
		event_free(b->event);
	if (b->event_fd != -1)
		(void)close(b->event_fd);
	if (b->fd != -1)
		(void)close(b->fd);
	if (b->tl != NULL)
		tl_free(&b->tl->source);
	free(b->tmp);
	free(b);
}

/* ---- on the thread ------------------------------------------------------ */

static int
about_row(struct xlsx *x, const char *name, const char *value)
{
	const char *const cell[] = { name, value != NULL ? value : "" };

	return value == NULL || value[0] == '\0' ? 0 : xlsx_row(x, cell);
}

static int
about_number(struct xlsx *x, const char *name, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)n);
	return about_row(x, name, text);
}

static int
about_time(struct xlsx *x, const char *name, int64_t at)
{
	char text[WHEN_TEXT_MAX];

	return at == WHEN_NONE ? 0 : about_row(x, name, when_text(at, text));
}

static int
about_of(struct xlsx *x, const struct rows_head *head)
{
	char id[ID_TEXT_MAX];

	for (unsigned i = 0; i < head->ncolumns; i++)
		if (about_row(x, "of", id_text(&head->columns[i].id, id)) ==
		    -1 || about_row(x, "title", head->columns[i].title) == -1)
			return -1;
	return 0;
}

static int
about_lanes(struct xlsx *x, const struct rows_head *head)
{
	for (unsigned i = 0; i < LANE_COUNT; i++)
		if ((head->lanes >> i & 1) && about_row(x, "lane",
		    lane_name((enum lane)i)) == -1)
			return -1;
	return 0;
}

/* What the workbook is, which question it answers, and how much is in it. */
static int
book_about(const struct tl *tl, struct xlsx *x)
{
	const struct rows_head *head = &tl->head;

	if (xlsx_table(x, &timeline_about_sheet) == -1 ||
	    about_row(x, "mode", say_text(tl->lang, tl->table.aid ?
	    SAY_HTML_MODE_AID : SAY_HTML_MODE_RECORD)) == -1 ||
	    about_of(x, head) == -1 ||
	    about_number(x, "position", head->position) == -1 ||
	    (head->as_known != 0 && about_number(x, "as_known_on",
	    head->as_known) == -1) ||
	    about_time(x, "as_it_was_on", head->as_was) == -1 ||
	    about_time(x, "since", head->since) == -1 ||
	    about_time(x, "until", head->until) == -1 ||
	    about_lanes(x, head) == -1)
		return -1;
	return about_row(x, "zone", tl->conf.zone) == -1 ||
	    about_row(x, "tzdb", tl->conf.tzdb) == -1 ||
	    about_number(x, "rows", tl->table.rows) == -1 ||
	    about_number(x, "documents", tl->table.documents) == -1 ||
	    about_number(x, "waiting", head->waiting) == -1 ||
	    about_number(x, "cells_cut", xlsx_cut(x)) == -1 ||
	    about_row(x, "program", tl->conf.program) == -1 ? -1 : 0;
}

static int
book_rows(struct book *b, struct xlsx *x)
{
	struct row *row;
	int rc;

	while ((rc = tl_next(b->tl, &row)) == 1) {
		if (b->stop) {
			errno = ECANCELED;
			return -1;
		}
		rc = table_fill(&b->tl->table, row);
		if (rc == 1)
			rc = xlsx_row(x, b->tl->table.cells.cell);
		if (rc == -1)
			return -1;
	}
	return rc;
}

static int
book_write(struct book *b, struct xlsx *x)
{
	return xlsx_table(x, b->tl->table.sheet) == -1 ||
	    book_rows(b, x) == -1 || book_about(b->tl, x) == -1 ||
	    xlsx_end(x, b->tl->table.latest) == -1 ? -1 : 0;
}

/* A file without a name: the library opens it by its descriptor. */
static int
book_file(struct book *b, char path_r[64])
{
	struct buf name = BUF_INIT;

	if (mkdir(b->tmp, 0700) == -1 && errno != EEXIST)
		return -1;
	buf_adds(&name, b->tmp);
	buf_adds(&name, "/.book-XXXXXX");
	buf_addc(&name, '\0');
	if (!buf_failed(&name)) {
		b->fd = mkostemp((char *)name.data, O_CLOEXEC);
		if (b->fd != -1)
			(void)unlink((char *)name.data);
	}
	buf_release(&name);
	(void)snprintf(path_r, 64, "/proc/self/fd/%d", b->fd);
	return b->fd == -1 ? -1 : 0;
}

static void *
book_run(void *arg)
{
	struct book *b = arg;
	struct xlsx_conf conf = { .tmpdir = b->tmp };
	uint64_t one = 1;
	struct xlsx *x;
	char path[64];

	conf.path = path;
	errno = 0;
	if (book_file(b, path) == -1 || (x = xlsx_new(&conf)) == NULL) {
		b->error = errno != 0 ? errno : EIO;
	} else {
		if (book_write(b, x) == -1)
			b->error = errno != 0 ? errno : EIO;
		xlsx_free(x);
	}
	/* Room for one more is always there. */
	(void)!write(b->event_fd, &one, sizeof one);
	return NULL;
}

/* ---- on the loop -------------------------------------------------------- */

static int
book_more(struct source *source, struct buf *out)
{
	struct book *b = (struct book *)source;
	uint8_t *room = buf_reserve(out, BOOK_READ);
	ssize_t n;

	if (room == NULL)
		return -1;
	do
		n = read(b->fd, room, BOOK_READ);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	buf_commit(out, (size_t)n);
	return n > 0;
}

static void
book_answer(struct book *b)
{
	struct call *call = b->call;
	struct stat st;

	if (b->error == 0 && (fstat(b->fd, &st) == -1 ||
	    lseek(b->fd, 0, SEEK_SET) == -1))
		b->error = errno;
	if (b->error == 0) {
		b->source.more = book_more;
		b->source.free = book_free;
		call_stream(call, b->type, &b->source, (uint64_t)st.st_size);
		return;
	}
	if (b->error == ENOSPC || b->error == EDQUOT)
		call_fail(call, PROBLEM_NO_SPACE, SAY_API_D_BOOK,
		    strerror(b->error));
	else
		call_fail(call, PROBLEM_INTERNAL, SAY_API_D_BOOK,
		    strerror(b->error));
	book_free(&b->source);
}

static void	books_next(struct api *);

static void
book_done(int fd, short what, void *arg)
{
	struct book *b = arg;
	struct api *api = b->call->api;

	(void)fd;
	(void)what;
	(void)pthread_join(b->thread, NULL);
	STAILQ_REMOVE_HEAD(&api->books, link);
	if (call_release(b->call))
		book_answer(b);
	else
		book_free(&b->source);
	books_next(api);
}

static int
book_start(struct api *api, struct book *b)
{
	b->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (b->event_fd == -1)
		return -1;
	b->event = event_new(api->base, b->event_fd, EV_READ, book_done, b);
	if (b->event == NULL || event_add(b->event, NULL) == -1)
		return -1;
	errno = pthread_create(&b->thread, NULL, book_run, b);
	b->running = errno == 0;
	return b->running ? 0 : -1;
}

/* The first that somebody still waits for. */
static void
books_next(struct api *api)
{
	struct book *b;

	while ((b = STAILQ_FIRST(&api->books)) != NULL) {
		if (!b->call->dropped && book_start(api, b) == 0)
			return;
		b->error = errno;
		STAILQ_REMOVE_HEAD(&api->books, link);
		if (call_release(b->call))
			book_answer(b);
		else
			book_free(&b->source);
	}
}

void
book_ask(struct call *call, struct tl *tl, const char *type)
{
	struct api *api = call->api;
	struct book *b = calloc(1, sizeof *b);
	int idle = STAILQ_EMPTY(&api->books);

	if (b != NULL) {
		b->fd = b->event_fd = -1;
		b->tmp = strdup(api->tmp);
	}
	if (b == NULL || b->tmp == NULL) {
		free(b);
		tl_free(&tl->source);
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	b->call = call;
	b->tl = tl;
	b->type = type;
	call_hold(call);
	STAILQ_INSERT_TAIL(&api->books, b, link);
	if (idle)
		books_next(api);
}

void
books_end(struct api *api)
{
	struct book *b;

	STAILQ_FOREACH(b, &api->books, link)
		b->stop = 1;
	while ((b = STAILQ_FIRST(&api->books)) != NULL) {
		if (b->running)
			(void)pthread_join(b->thread, NULL);
		STAILQ_REMOVE_HEAD(&api->books, link);
		if (call_release(b->call))
			call_drop(b->call);
		book_free(&b->source);
	}
}
