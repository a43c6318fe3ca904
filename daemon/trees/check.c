/* SPDX-License-Identifier: ISC */
/* check: see check.h. */
#include "daemon/trees/check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/trees/check_files.h"
#include "store/sys.h"

static int
show(struct check *c, const char *folder)
{
	struct check_shown s = { .met = 0 }, *grown;
	int rc = check_files(folder, &s.head, &c->tiles, c->trouble);

	if (rc != 1)
		return rc;
	grown = reallocarray(c->shown, c->n + 1, sizeof(*grown));
	if (grown == NULL)
		return trouble_set(c->trouble, SAY_STORE_MEMORY, NULL, NULL,
		    NULL, NULL);
	c->shown = grown;
	c->shown[c->n++] = s;
	return 0;
}

struct folder {
	struct check	*check;
	const char	*path;
};

static int
show_case(void *arg, const char *name)
{
	const struct folder *f = arg;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", f->path, name);
	return show(f->check, path) == -1 ? 1 : 0;
}

int
check_begin(struct check *c, const char *dir, struct trouble *t)
{
	char path[PATH_MAX];
	struct folder f = { c, path };
	int rc;

	memset(c, 0, sizeof(*c));
	c->trouble = t;
	/* Folders that nobody published into are fine. */
	(void)snprintf(path, sizeof(path), "%s/log/master", dir);
	if (show(c, path) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/log/journal", dir);
	if (show(c, path) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/log", dir);
	if (check_policy(path, t) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/log/case", dir);
	errno = 0;
	rc = sys_list(path, show_case, &f);
	if (rc == -1 && errno == ENOENT)
		return 0;
	return rc == 0 ? 0 : -1;
}

static int
wrong(struct check *c, enum say_key key, const struct check_shown *s)
{
	char size[24];

	(void)snprintf(size, sizeof(size), "%llu",
	    (unsigned long long)s->head.size);
	return trouble_set(c->trouble, key, s->head.origin, size, NULL, NULL);
}

int
check_head(void *arg, const struct checkpoint *head)
{
	struct check *c = arg;

	c->heads++;
	for (size_t i = 0; i < c->n; i++) {
		struct check_shown *s = &c->shown[i];

		if (s->head.size != head->size ||
		    strcmp(s->head.origin, head->origin) != 0)
			continue;
		if (memcmp(s->head.root, head->root, sizeof(head->root)) != 0)
			return wrong(c, SAY_LOG_OTHER, s);
		s->met = 1;
	}
	return 0;
}

int
check_end(struct check *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->shown[i].met)
			return wrong(c, SAY_LOG_UNKNOWN, &c->shown[i]);
	return 0;
}

void
check_release(struct check *c)
{
	free(c->shown);
	c->shown = NULL;
}
