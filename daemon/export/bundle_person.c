/* SPDX-License-Identifier: ISC */
/*
 * bundle_person: processing-info.csv of a dsar bundle: what GDPR article 15
 * (1) has a person told, as far as the journal knows it.  What it does not
 * know is said to be the office's to add.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bundle_own.h"
#include "proto/out/tables.h"

#define KINDS	64

/* Words with how often each was met. */
struct tally {
	char	 word[KINDS][80];
	unsigned count[KINDS], n;
};

static void
tally_add(struct tally *t, const char *word)
{
	unsigned i;

	for (i = 0; i < t->n; i++)
		if (strcmp(t->word[i], word) == 0)
			break;
	if (i == KINDS || *word == '\0')
		return;
	if (i == t->n)
		(void)snprintf(t->word[t->n++], sizeof t->word[0], "%s",
		    word);
	t->count[i]++;
}

static void
tally_put(const struct tally *t, struct buf *out)
{
	for (unsigned i = 0; i < t->n; i++) {
		buf_adds(out, i > 0 ? "; " : "");
		buf_adds(out, t->word[i]);
		buf_adds(out, " (");
		buf_addu(out, t->count[i]);
		buf_adds(out, ")");
	}
}

static void
add(struct tally *t, const struct jrow *row, const char *key)
{
	struct buf text = BUF_INIT;
	const char *s;

	jrow_str(row, 0, key, &text);
	if ((s = buf_str(&text)) != NULL)
		tally_add(t, s);
	buf_release(&text);
}

static int
count(struct making *m, struct tally *kinds, struct tally *sources)
{
	for (size_t i = 0; i < m->npieces; i++) {
		struct jrow row = JROW_INIT;
		int bad;

		if (m->piece[i].document.part != 0)
			continue;
		bad = ask_one(m->store, &m->piece[i].document, m->position,
		    &row.text, m->t) != 1 || jrow_parse(&row) == -1;
		if (!bad) {
			add(kinds, &row, "kind");
			add(sources, &row, "channel");
		}
		jrow_release(&row);
		if (bad)
			return making_bad(m, &m->piece[i].document, "row");
	}
	return 0;
}

static int
put(struct making *m, struct bag_file *f, struct filling *row,
    enum say_key topic, enum say_key text, const struct tally *t)
{
	filling_begin(row, &sheet_processing);
	filling_set(row, TABLE_COLUMN(processing, TOPIC), say_text(m->lang,
	    topic));
	if (t != NULL)
		tally_put(t, filling_at(row, TABLE_COLUMN(processing, TEXT)));
	else
		filling_set(row, TABLE_COLUMN(processing, TEXT),
		    say_text(m->lang, text));
	return making_row(m, f, row);
}

int
make_processing(struct making *m)
{
	struct tally *t = calloc(2, sizeof *t);
	struct filling row = { .sheet = NULL };
	struct bag_file *f = NULL;
	int rc = -1;

	if (!making_is(m, "dsar")) {
		free(t);
		return 0;
	}
	if (t == NULL)
		(void)making_failed(m, "processing-info.csv");
	else if (count(m, &t[0], &t[1]) == 0 && (f = making_csv(m,
	    "data/processing-info.csv", &sheet_processing)) != NULL &&
	    put(m, f, &row, SAY_GDPR_PURPOSES, SAY_GDPR_ADD, NULL) == 0 &&
	    put(m, f, &row, SAY_GDPR_CATEGORIES, SAY_COUNT, &t[0]) == 0 &&
	    put(m, f, &row, SAY_GDPR_SOURCES, SAY_COUNT, &t[1]) == 0 &&
	    put(m, f, &row, SAY_GDPR_RECIPIENTS, SAY_GDPR_ADD, NULL) == 0 &&
	    put(m, f, &row, SAY_GDPR_RETENTION, SAY_GDPR_ADD, NULL) == 0 &&
	    put(m, f, &row, SAY_GDPR_RIGHTS, SAY_GDPR_RIGHTS_TEXT, NULL) == 0)
		rc = making_close(m, f);
	else
		bag_drop(f);
	filling_release(&row);
	free(t);
	return rc;
}
