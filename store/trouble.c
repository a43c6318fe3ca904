/* SPDX-License-Identifier: ISC */
/*
 * trouble: fills and says what went wrong.  It prints nothing.
 */
#include "store/trouble.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void
put(char *to, size_t size, const char *text)
{
	(void)snprintf(to, size, "%s", text == NULL ? "" : text);
}

int
trouble_set(struct trouble *t, enum say_key key, const char *a, const char *b,
    const char *c, const char *d)
{
	if (t == NULL)
		return -1;
	t->key = key;
	put(t->arg[0], sizeof(t->arg[0]), a);
	put(t->arg[1], sizeof(t->arg[1]), b);
	put(t->arg[2], sizeof(t->arg[2]), c);
	put(t->arg[3], sizeof(t->arg[3]), d);
	return -1;
}

int
trouble_errno(struct trouble *t, enum say_key key, const char *a)
{
	char text[128];
	int saved = errno;

	(void)trouble_set(t, key, a, strerror_r(saved, text, sizeof(text)),
	    NULL, NULL);
	errno = saved;
	return -1;
}

void
trouble_say(struct buf *out, enum lang lang, const struct trouble *t)
{
	const char *args[TROUBLE_ARGS];

	for (size_t i = 0; i < TROUBLE_ARGS; i++)
		args[i] = t->arg[i];
	say_to(out, lang, t->key, args, TROUBLE_ARGS);
}
