/* SPDX-License-Identifier: ISC */
/*
 * mails: the mail that a generator sends.  It must give the same mail for
 * the same seed on every machine.
 */
#include "tests/tools/mails.h"

#include <err.h>
#include <fcntl.h>
#include <fts.h>
#include <unistd.h>

#define BODIES	16

static void *
need(void *p)
{
	if (p == NULL)
		err(2, "no memory");
	return p;
}

/* Doubles dots at the start of lines; without any, wire is raw. */
static void
mail_stuff(struct mail *m)
{
	size_t i, dots = 0, n = 0;
	bool start = true;

	for (i = 0; i < m->rawlen; i++) {
		dots += start && m->raw[i] == '.';
		start = m->raw[i] == '\n' && i > 0 && m->raw[i - 1] == '\r';
	}
	m->wire = m->raw;
	m->wirelen = m->rawlen;
	if (dots == 0)
		return;
	m->wire = need(malloc(m->rawlen + dots));
	for (i = 0, start = true; i < m->rawlen; i++) {
		if (start && m->raw[i] == '.')
			m->wire[n++] = '.';
		m->wire[n++] = m->raw[i];
		start = m->raw[i] == '\n' && i > 0 && m->raw[i - 1] == '\r';
	}
	m->wirelen = n;
}

static struct mail *
mail_add(struct mails *all)
{
	all->list = need(realloc(all->list, (all->n + 1) *
	    sizeof(*all->list)));
	return &all->list[all->n++];
}

/* Lone LF to CRLF, and a CRLF at the end. */
static void
mail_lines(struct mail *m, const char *text, size_t len)
{
	char *p = need(malloc(2 * len + 2));
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
			p[n++] = '\r';
		p[n++] = text[i];
	}
	if (n < 2 || p[n - 1] != '\n') {
		p[n++] = '\r';
		p[n++] = '\n';
	}
	m->raw = p;
	m->rawlen = n;
}

static void
mail_read(struct mails *all, const char *path, size_t len, bool lines)
{
	struct mail *m = mail_add(all);
	char *text = need(malloc(len + 1));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n;

	if (fd == -1)
		err(2, "%s", path);
	while (have < len && (n = read(fd, text + have, len - have)) > 0)
		have += (size_t)n;
	close(fd);
	m->raw = text;
	m->rawlen = have;
	if (lines) {
		mail_lines(m, text, have);
		free(text);
	}
	mail_stuff(m);
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

void
mails_read(struct mails *all, const char *folder, bool lines)
{
	char *path = need(strdup(folder));
	char *roots[] = { path, NULL };
	FTS *fts = need(fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name));
	FTSENT *e;

	while ((e = fts_read(fts)) != NULL)
		if (e->fts_info == FTS_F)
			mail_read(all, e->fts_path,
			    (size_t)e->fts_statp->st_size, lines);
	fts_close(fts);
	free(path);
	if (all->n == 0)
		errx(2, "%s: no files", folder);
}

/* xorshift64*: the same mail for the same seed, everywhere. */
static uint64_t
random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

void
mails_make(struct mails *all, size_t size, uint64_t seed)
{
	uint64_t state = seed * 2 + 1, r;
	struct mail *m;
	size_t i, k, len = size > 256 ? size - 128 : 128;

	for (k = 0; k < BODIES; k++) {
		m = mail_add(all);
		m->raw = need(malloc(len));
		m->rawlen = len;
		for (i = 0; i < len; i++) {
			r = random_next(&state) >> 33;
			m->raw[i] = r % 6 == 0 ? ' ' :
			    (char)('a' + (char)(r / 6 % 26));
			if (i % 72 == 71)
				m->raw[i] = '\n';
			else if (i % 72 == 70)
				m->raw[i] = '\r';
		}
		m->raw[len - 2] = '\r';
		m->raw[len - 1] = '\n';
		if (m->raw[len - 3] == '\r')
			m->raw[len - 3] = ' ';
		mail_stuff(m);
	}
}
