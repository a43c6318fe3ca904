/* SPDX-License-Identifier: ISC */
/*
 * bundle: the order of a build.
 *
 *	1 plan		what is in it, from the views at P and Q
 *	2 documents	looked at ahead (bundle_ahead.c), then numbered and
 *			written in the order of their numbers
 *	3 tables	timeline, auditors' tables, delta, proofs; beside
 *			them custody and email-auth; README, workbook
 *	4 proofs, manifests, seal
 */
#include "daemon/export/bundle.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bundle_own.h"
#include "daemon/export/maker.h"

#define SLICE	512		/* documents of the plan at once */

/* ---- the order in which documents are written -------------------- */

/* What has numbers keeps their order; the rest follows in the plan's. */
struct turn {
	uint64_t	number;		/* UINT64_MAX: none yet */
	size_t		item;
};

static int
by_turn(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

static int
has_turn(const struct making *m, const struct plan_item *item)
{
	return item->treatment == TREAT_PRODUCE ||
	    (item->treatment == TREAT_WITHHOLD && !making_is(m, "dsar"));
}

/* Items of the plan in the order of writing. */
static size_t *
turns_of(struct making *m, size_t *n_r)
{
	struct turn *turn = calloc(m->plan->n + 1, sizeof *turn);
	size_t skip = strlen(m->bundle->prefix), n = 0;
	size_t *item = calloc(m->plan->n + 1, sizeof *item);

	for (size_t i = 0; turn != NULL && i < m->plan->n; i++) {
		const struct plan_item *it = &m->plan->item[i];

		if (!has_turn(m, it))
			continue;
		turn[n].item = i;
		turn[n].number = it->numbered != NULL &&
		    strlen(it->numbered->first) > skip ?
		    strtoull(it->numbered->first + skip, NULL, 10) :
		    UINT64_MAX;
		n++;
	}
	if (turn != NULL)
		qsort(turn, n, sizeof *turn, by_turn);
	for (size_t i = 0; turn != NULL && item != NULL && i < n; i++)
		item[i] = turn[i].item;
	*n_r = n;
	if (turn == NULL) {
		free(item);
		item = NULL;
	}
	free(turn);
	return item;
}

/* ---- the phases -------------------------------------------------- */

int
making_stopped(struct making *m)
{
	struct pollfd fd = { m->stopfd, POLLIN, 0 };

	if (m->stopfd == -1 || poll(&fd, 1, 0) <= 0)
		return 0;
	(void)trouble_set(m->t, SAY_EXPORT_STOPPED, NULL, NULL, NULL, NULL);
	return 1;
}

static int
write_all(struct making *m, struct ahead *ahead, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct family *family;
		int rc;

		if (making_stopped(m) || (family = ahead_next(ahead)) == NULL)
			return -1;
		rc = family_write(m, family);
		ahead_done(ahead);
		if (rc == -1)
			return -1;
		atomic_fetch_add(&m->progress->done, 1);
	}
	return 0;
}

static int
make_documents(struct making *m)
{
	struct ahead *ahead;
	size_t n, *item;
	int rc = -1;

	making_phase(m, BUNDLE_DOCUMENTS);
	if (book_open(m) == -1 || volume_open(m) == -1)
		return -1;
	if ((item = turns_of(m, &n)) == NULL)
		return making_failed(m, "documents");
	atomic_store(&m->progress->total, (unsigned)n);
	if ((ahead = ahead_begin(m, item, n)) == NULL) {
		(void)making_failed(m, "threads");
	} else {
		rc = write_all(m, ahead, n);
		ahead_end(ahead);
	}
	free(item);
	if (rc == 0)
		rc = volume_close(m);
	return rc == 0 ? making_index(m) : -1;
}

/* The time of the last entry that the bundle shows, and who proves it. */
static int
find_as_of(struct making *m)
{
	struct trees *trees = trees_open(m->store, m->t);
	struct buf text = BUF_INIT;
	struct entry entry;
	int got, rc = -1;

	if (trees == NULL)
		return -1;
	if (trees_entry(trees, m->position, &text, NULL) == 1 &&
	    entry_decode(&entry, (const char *)text.data, text.len) == 0) {
		m->as_of = entry.at;
		entry_release(&entry);
		rc = 0;
	}
	buf_release(&text);
	if (rc == 0 && (got = trees_checkpoint_from(trees, m->position,
	    &m->checkpoint)) == 1 && (got = trees_head_index(trees, &m->tree,
	    &m->checkpoint, &m->head_index, &m->head)) == 1)
		m->has_head = 1;
	trees_close(trees);
	return rc == 0 ? 0 : making_failed(m, "as of");
}

/* The build against which changes are listed. */
static int
find_earlier(struct making *m)
{
	const char *text = m->build.earlier;
	unsigned build;
	int got;

	if (*text == '\0')
		return 0;
	if (bundle_build_parse(text, strlen(text), &m->earlier_bundle,
	    &build) == -1)
		return making_failed(m, text);
	got = bundle_build(m->store, &m->earlier_bundle, build, &m->earlier,
	    m->t);
	if (got == 1 && m->earlier.state == BUILD_BUILT)
		return 0;
	return got == -1 ? -1 : trouble_set(m->t, SAY_EXPORT_FAILED, text,
	    "it was not built", NULL, NULL);
}

static int
make_plan(struct making *m, const struct id *bundle, unsigned build)
{
	int got = bundle_build(m->store, bundle, build, &m->build, m->t);

	making_phase(m, BUNDLE_PLANNING);
	if (got != 1)
		return got == -1 ? -1 : trouble_set(m->t, SAY_EXPORT_FAILED,
		    "build", "there is none", NULL, NULL);
	m->position = m->build.position;
	if ((m->plan = plan_new(m->store, bundle, m->position,
	    m->build.asked, m->t)) == NULL)
		return -1;
	m->bundle = &m->plan->bundle;
	do {
		if (making_stopped(m))
			return -1;
	} while ((got = plan_more(m->plan, SLICE, m->t)) == 1);
	if (got == -1)
		return -1;
	if (find_earlier(m) == -1)
		return -1;
	m->next = m->plan->next;
	m->tree = TREE_CASE(m->bundle->of);
	m->lang = *m->bundle->lang == '\0' ? m->conf->lang :
	    lang_of(m->bundle->lang);
	return find_as_of(m);
}

static int
make_each(struct making *m, int (*const make[])(struct making *))
{
	for (; *make != NULL; make++)
		if (making_stopped(m) || (*make)(m) == -1)
			return -1;
	return 0;
}

/*
 * Tables that need nothing of the others, made by a thread of their own: each
 * half costs as much as the documents do.  It has a copy of what is known so
 * far, and trouble of its own; bag and workbook take files and rows of both.
 */
struct beside {
	struct making	 m;
	struct trouble	 trouble;
	int		 rc;
};

static void *
beside_run(void *arg)
{
	int (*const make[])(struct making *) = {
		make_custody, make_vouched, NULL
	};
	struct beside *b = arg;

	b->rc = make_each(&b->m, make);
	return NULL;
}

static int
make_tables(struct making *m)
{
	int (*const make[])(struct making *) = {
		make_timeline, make_audit, make_delta, make_processing,
		make_proofs, NULL
	};
	int (*const last[])(struct making *) = {
		make_readme, book_close, NULL
	};
	struct beside b = { .m = *m };
	pthread_t thread;
	int rc;

	making_phase(m, BUNDLE_TABLES);
	b.m.t = &b.trouble;
	if ((errno = pthread_create(&thread, NULL, beside_run, &b)) != 0)
		return making_failed(m, "thread");
	rc = make_each(m, make);
	(void)pthread_join(thread, NULL);
	m->nauth = b.m.nauth;
	if (rc == 0 && b.rc == -1) {
		*m->t = b.trouble;
		rc = -1;
	}
	return rc == 0 ? make_each(m, last) : -1;
}

size_t
making_numbered(const struct making *m, size_t i, struct numbered *line)
{
	const struct piece *p = &m->piece[i];
	struct buf hex = BUF_INIT;
	uint64_t last = p->last;
	char bates[BATES_MAX];

	memset(line, 0, sizeof *line);
	line->document = p->document;
	line->treatment = p->flags & PIECE_WITHHELD ? TREAT_WITHHOLD :
	    TREAT_PRODUCE;
	for (i++; i < m->npieces && m->piece[i].family == p->family; i++)
		last = m->piece[i].last;
	line->pages = last - p->first + 1;
	(void)snprintf(line->first, sizeof line->first, "%s",
	    making_bates(m, p->first, bates));
	(void)snprintf(line->last, sizeof line->last, "%s",
	    making_bates(m, last, bates));
	if (p->flags & PIECE_NATIVE)
		buf_addhex(&hex, p->sha256, sizeof p->sha256);
	if (hex.len > 0 && buf_str(&hex) != NULL)
		(void)snprintf(line->sha256, sizeof line->sha256, "%s",
		    buf_str(&hex));
	buf_release(&hex);
	return i;
}

/* What later builds read of this one. */
static int
make_numbers(struct making *m)
{
	struct bundle_outcome *o = m->outcome;

	for (size_t i = 0; i < m->npieces;) {
		struct numbered line;

		i = making_numbered(m, i, &line);
		numbered_put(&o->numbers, &line);
		o->pages += line.pages;
		if (line.treatment == TREAT_WITHHOLD)
			o->withheld++;
		else
			o->documents++;
	}
	return buf_failed(&o->numbers) ? making_failed(m, "numbers") : 0;
}

static int
make_manifests(struct making *m)
{
	struct bundle_outcome *o = m->outcome;
	char date[WHEN_TEXT_MAX], known[WHEN_TEXT_MAX], id[ID_TEXT_MAX];
	char origin[NOTE_NAME_MAX + 1] = "";
	struct bagit_info info = {
		.organization = m->conf->office,
		.contact_email = m->conf->email,
		.description = m->bundle->title,
		.date = when_date(m->as_of, date),
		.identifier = id_text(&m->bundle->id, id),
		.as_known_on = when_text(m->as_of, known),
	};
	struct buf text = BUF_INIT;
	int rc;

	making_phase(m, BUNDLE_SEALING);
	if (m->has_head && making_origin(m, origin) == 0) {
		info.origin = origin;
		info.tree_size = m->head.size;
	}
	rc = bag_manifests(m->bag, &info, o->tagmanifest, &text, m->t);
	o->files = bag_files(m->bag);
	o->bytes = bag_octets(m->bag);
	if (rc == 0)
		rc = make_seal(m, &text);
	buf_release(&text);
	return rc == 0 ? bag_end(m->bag, m->t) : -1;
}

static int
make_all(struct making *m, const struct id *bundle, unsigned build)
{
	char *path = bundle_path(m->conf->folder, bundle, build);
	char id[ID_TEXT_MAX];
	int rc = -1;

	if (path == NULL)
		return making_failed(m, "path");
	if (bag_remove(path, m->t) == 0 &&
	    make_plan(m, bundle, build) == 0 &&
	    (m->bag = bag_new(path, id_text(bundle, id), m->t)) != NULL &&
	    make_documents(m) == 0 && make_numbers(m) == 0 &&
	    make_tables(m) == 0 && make_manifests(m) == 0)
		rc = 0;
	/* Nothing of it is of use to anybody, and it stands in clear. */
	if (rc == -1)
		(void)bag_remove(path, NULL);
	free(path);
	return rc;
}

const char *
bundle_phase_name(enum bundle_phase phase)
{
	static const char *const names[BUNDLE_PHASES] = {
		"waiting", "planning", "documents", "tables", "proofs",
		"sealing"
	};

	return phase < BUNDLE_PHASES ? names[phase] : "";
}

char *
bundle_path(const char *folder, const struct id *bundle, unsigned build)
{
	char id[ID_TEXT_MAX], *text;

	return asprintf(&text, "%s/%s.%u.zip", folder, id_text(bundle, id),
	    build) == -1 ? NULL : text;
}

int
bundle_make(const struct bundle_conf *conf, struct store *store,
    const struct id *bundle, unsigned build, struct bundle_progress *progress,
    int stopfd, struct bundle_outcome *outcome, struct trouble *t)
{
	struct making m = {
		.conf = conf, .store = store, .progress = progress,
		.stopfd = stopfd, .t = t, .lang = conf->lang,
		.outcome = outcome
	};
	int rc = -1;

	memset(outcome, 0, sizeof *outcome);
	if ((m.reading = reading_client_new(conf->reader, stopfd)) == NULL) {
		(void)making_failed(&m, "reader");
	} else {
		/* Without readers nothing that they made is of use either. */
		if (conf->maker == NULL || maker_text(conf->maker, m.reading,
		    m.maker) == -1)
			m.maker[0] = '\0';
		rc = make_all(&m, bundle, build);
	}
	book_free(m.book);
	volume_free(m.volume);
	threads_free(m.threads);
	bag_free(m.bag);
	plan_free(m.plan);
	reading_client_free(m.reading);
	free(m.piece);
	free(m.place);
	return rc;
}
