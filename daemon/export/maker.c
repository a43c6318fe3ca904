/* SPDX-License-Identifier: ISC */
/* maker: see maker.h. */
#include "daemon/export/maker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct maker {
	pthread_mutex_t	 mutex;
	uint64_t	 stamp[READING_STAMP];
	char		 text[READING_MAKER_MAX];	/* "": not known yet */
};

struct maker *
maker_new(void)
{
	struct maker *m = calloc(1, sizeof *m);

	if (m != NULL)
		(void)pthread_mutex_init(&m->mutex, NULL);
	return m;
}

void
maker_free(struct maker *m)
{
	if (m == NULL)
		return;
	(void)pthread_mutex_destroy(&m->mutex);
	free(m);
}

/* 1 if what is remembered is of these files. */
static int
recall(struct maker *m, const uint64_t stamp[READING_STAMP],
    char text_r[READING_MAKER_MAX])
{
	int known;

	(void)pthread_mutex_lock(&m->mutex);
	known = m->text[0] != '\0' &&
	    memcmp(m->stamp, stamp, sizeof m->stamp) == 0;
	if (known)
		memcpy(text_r, m->text, sizeof m->text);
	(void)pthread_mutex_unlock(&m->mutex);
	return known;
}

int
maker_text(struct maker *m, struct reading_client *client,
    char text_r[READING_MAKER_MAX])
{
	uint64_t stamp[READING_STAMP];

	if (reading_stamp(client, stamp) == -1)
		return -1;
	if (recall(m, stamp, text_r))
		return 0;
	if (reading_maker(client, text_r) == -1)
		return -1;
	(void)pthread_mutex_lock(&m->mutex);
	memcpy(m->stamp, stamp, sizeof m->stamp);
	memcpy(m->text, text_r, sizeof m->text);
	(void)pthread_mutex_unlock(&m->mutex);
	return 0;
}
