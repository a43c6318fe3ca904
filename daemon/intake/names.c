/* SPDX-License-Identifier: ISC */
/*
 * names: tsearch(3).  It stands apart because search.h has a struct entry.
 */
#include "daemon/intake/names.h"

#include <search.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(x->name, y->name);
}

struct named *
names_find(struct names *names, const char *name)
{
	struct named want = { (char *)(uintptr_t)name };
	void *node = tfind(&want, &names->root, by_name);

	return node != NULL ? *(struct named **)node : NULL;
}

int
names_add(struct names *names, struct named *n)
{
	return tsearch(n, &names->root, by_name) != NULL ? 0 : -1;
}

void
names_remove(struct names *names, struct named *n)
{
	(void)tdelete(n, &names->root, by_name);
}

struct named *
names_any(const struct names *names)
{
	return names->root != NULL ? *(struct named **)names->root : NULL;
}

struct walk {
	void	(*fn)(void *, struct named *);
	void	*arg;
};

static void
one(const void *node, VISIT visit, void *arg)
{
	struct walk *w = arg;

	if (visit == postorder || visit == leaf)
		w->fn(w->arg, *(struct named *const *)node);
}

void
names_each(const struct names *names, void (*fn)(void *, struct named *),
    void *arg)
{
	struct walk w = { fn, arg };

	twalk_r(names->root, one, &w);
}
