/* SPDX-License-Identifier: ISC */
/*
 * bundle_book: timeline/timeline.xlsx: the tables of a bundle as tabs of one
 * workbook, for who reads them without a program of their own.  It stays open
 * while the tables are made and is handed the rows that their flat files get;
 * its own are `checks', what was counted and held against each other in this
 * build, and `about'.
 *
 * A workbook takes about a million rows a tab; the timeline and the documents
 * stop the build there.  Custody, which has several rows a document, ends at
 * LIMIT_BOOK_CUSTODY, and checks says how many rows stand in its flat file
 * alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/export/bundle_own.h"
#include "daemon/export/xlsx.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/base/when.h"
#include "proto/out/tables.h"
#include "proto/out/timeline.h"

#define BOOK	"data/timeline/timeline.xlsx"
/* From where it stands to what it names. */
#define BASE	"../"
#define BASE_VOLUME "../production/" VOLUME "/"

static const struct sheet_column check_columns[] = {
	{ "check", SHEET_TEXT, 24, "what was counted or checked" },
	{ "value", SHEET_TEXT, 50, "what came of it" },
	{ "meaning", SHEET_TEXT, 60, "in words" },
};
static const struct sheet checks = { "checks", check_columns, 3 };

struct book {
	pthread_mutex_t	 mutex;		/* of the rows: bundle.c, beside */
	struct xlsx	*xlsx;
	int		 fd;
	struct sheet	 documents, privilege;	/* under the tabs' names */
	int		 at[BOOK_TABS];		/* tab; -1: there is none */
	uint64_t	 rows[BOOK_TABS];
	uint64_t	 left;			/* rows that found no room */
};

static int
book_failed(struct making *m)
{
	return making_failed(m, "timeline.xlsx");
}

/* ---- opening ----------------------------------------------------- */

static int
has_tab(const struct making *m, enum book_tab tab)
{
	return tab == BOOK_PARTIES ? making_is(m, "audit") :
	    tab == BOOK_PRIVILEGE ? !making_is(m, "dsar") : 1;
}

static int
begin_tabs(struct making *m)
{
	struct book *b = m->book;
	const struct sheet *const sheet[BOOK_TABS] = {
		[BOOK_TIMELINE] = &timeline_sheet,
		[BOOK_DOCUMENTS] = &b->documents,
		[BOOK_PARTIES] = &sheet_parties,
		[BOOK_CUSTODY] = &sheet_custody,
		[BOOK_PRIVILEGE] = &b->privilege,
		[BOOK_CHECKS] = &checks,
		[BOOK_ABOUT] = &timeline_about_sheet,
	};
	int n = 0;

	b->documents = sheet_production;
	b->documents.name = "documents";
	b->privilege = sheet_privilege;
	b->privilege.name = "privilege";
	for (int i = 0; i < BOOK_TABS; i++) {
		b->at[i] = -1;
		if (!has_tab(m, (enum book_tab)i))
			continue;
		if (xlsx_table(b->xlsx, sheet[i]) == -1)
			return book_failed(m);
		if (i == BOOK_DOCUMENTS)
			xlsx_base(b->xlsx, BASE_VOLUME);
		b->at[i] = n++;
	}
	return 0;
}

/* The library writes a file by its name: one without a name, then copied. */
int
book_open(struct making *m)
{
	struct xlsx_conf conf = { .tmpdir = m->conf->folder, .base = BASE };
	struct book *b = calloc(1, sizeof *b);
	char path[64];

	if ((m->book = b) == NULL)
		return book_failed(m);
	(void)pthread_mutex_init(&b->mutex, NULL);
	b->fd = open(m->conf->folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", b->fd);
	conf.path = path;
	if (b->fd == -1 || (b->xlsx = xlsx_new(&conf)) == NULL)
		return book_failed(m);
	return begin_tabs(m);
}

void
book_free(struct book *b)
{
	if (b == NULL)
		return;
	xlsx_free(b->xlsx);
	if (b->fd != -1)
		(void)close(b->fd);	/* it was copied, or is given up */
	(void)pthread_mutex_destroy(&b->mutex);
	free(b);
}

/* ---- rows -------------------------------------------------------- */

int
book_row(struct making *m, enum book_tab tab, const char *const cell[])
{
	struct book *b = m->book;
	int rc = 0;

	if (b->at[tab] == -1)
		return 0;
	pthread_mutex_lock(&b->mutex);
	if (tab == BOOK_CUSTODY && b->rows[tab] == LIMIT_BOOK_CUSTODY) {
		b->left++;
	} else {
		xlsx_turn(b->xlsx, (unsigned)b->at[tab]);
		b->rows[tab]++;
		rc = xlsx_row(b->xlsx, cell);
	}
	pthread_mutex_unlock(&b->mutex);
	return rc == -1 ? book_failed(m) : 0;
}

/* ---- what was checked -------------------------------------------- */

static int
check(struct making *m, const char *name, const char *value,
    enum say_key meaning)
{
	const char *const cell[] = { name, value, say_text(m->lang,
	    meaning) };

	return book_row(m, BOOK_CHECKS, cell);
}

static int
check_number(struct making *m, const char *name, uint64_t n,
    enum say_key meaning)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)n);
	return check(m, name, text, meaning);
}

static int
put_counts(struct making *m)
{
	static const char *const name[BOOK_TABS] = {
		"rows_timeline", "rows_documents", "rows_parties",
		"rows_custody", "rows_privilege", NULL, NULL
	};
	static const enum say_key meaning[BOOK_TABS] = {
		SAY_CHECKS_TIMELINE, SAY_CHECKS_DOCUMENTS, SAY_CHECKS_PARTIES,
		SAY_CHECKS_CUSTODY, SAY_CHECKS_PRIVILEGE
	};
	const struct book *b = m->book;

	for (int i = 0; i < BOOK_TABS; i++)
		if (name[i] != NULL && b->at[i] != -1 && check_number(m,
		    name[i], b->rows[i] + (i == BOOK_CUSTODY ? b->left : 0),
		    meaning[i]) == -1)
			return -1;
	if (b->left > 0 && check_number(m, "rows_not_here", b->left,
	    SAY_CHECKS_LEFT) == -1)
		return -1;
	return xlsx_cut(b->xlsx) == 0 ? 0 : check_number(m, "cells_cut",
	    xlsx_cut(b->xlsx), SAY_CHECKS_CUT);
}

static int
put_documents(struct making *m)
{
	uint64_t natives = 0;

	for (size_t i = 0; i < m->npieces; i++)
		natives += m->piece[i].document.part == 0 &&
		    (m->piece[i].flags & PIECE_NATIVE) != 0;
	return check_number(m, "documents_produced", m->outcome->documents,
	    SAY_CHECKS_PRODUCED) == -1 || check_number(m, "natives_compared",
	    natives, SAY_CHECKS_NATIVES) == -1 || check_number(m,
	    "exceptions", m->nexceptions, SAY_CHECKS_EXCEPTIONS) == -1 ? -1 :
	    0;
}

/* The head that its entries are proven by, as proof/case/checkpoint has it. */
static int
put_head(struct making *m)
{
	char origin[NOTE_NAME_MAX + 1];
	struct buf root = BUF_INIT;
	int rc;

	if (!m->has_head)
		return 0;
	text_base64(&root, m->head.root, sizeof m->head.root);
	if (buf_str(&root) == NULL || making_origin(m, origin) == -1)
		rc = book_failed(m);
	else
		rc = check(m, "checkpoint_origin", origin,
		    SAY_CHECKS_ORIGIN) == -1 || check_number(m,
		    "checkpoint_size", m->head.size, SAY_CHECKS_SIZE) == -1 ||
		    check(m, "checkpoint_root", buf_str(&root),
		    SAY_CHECKS_ROOT) == -1 || check_number(m,
		    "entries_disclosed", m->ndisclosed,
		    SAY_CHECKS_DISCLOSED) == -1 ? -1 : 0;
	buf_release(&root);
	return rc;
}

/* ---- what it is about -------------------------------------------- */

static int
about(struct making *m, const char *name, const char *value)
{
	const char *const cell[] = { name, value };

	return *value == '\0' ? 0 : book_row(m, BOOK_ABOUT, cell);
}

static int
put_about(struct making *m)
{
	char id[ID_TEXT_MAX], of[ID_TEXT_MAX], at[WHEN_TEXT_MAX], n[24];

	(void)snprintf(n, sizeof n, "%llu",
	    (unsigned long long)m->book->rows[BOOK_TIMELINE]);
	return about(m, "mode", say_text(m->lang, SAY_HTML_MODE_RECORD)) ==
	    -1 || about(m, "bundle", id_text(&m->bundle->id, id)) == -1 ||
	    about(m, "of", id_text(&m->bundle->of, of)) == -1 ||
	    about(m, "as_known_on", when_text(m->as_of, at)) == -1 ||
	    about(m, "zone", m->conf->zone) == -1 ||
	    about(m, "rows", n) == -1 ||
	    about(m, "program", "dossier " DOSSIER_VERSION) == -1 ? -1 : 0;
}

/* ---- the end ----------------------------------------------------- */

int
book_close(struct making *m)
{
	struct book *b = m->book;
	struct bag_sums sums;
	off_t size;

	if (put_counts(m) == -1 || put_documents(m) == -1 ||
	    put_head(m) == -1 || put_about(m) == -1)
		return -1;
	if (xlsx_end(b->xlsx, m->as_of) == -1 ||
	    (size = lseek(b->fd, 0, SEEK_END)) == -1)
		return book_failed(m);
	return bag_sum(m->bag, b->fd, (uint64_t)size, 0, &sums, m->t) == -1 ?
	    -1 : bag_copy(m->bag, BOOK, b->fd, &sums, m->t);
}
