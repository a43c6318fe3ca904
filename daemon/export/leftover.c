/* SPDX-License-Identifier: ISC */
/* leftover: see leftover.h. */
#include "daemon/export/leftover.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bag.h"
#include "daemon/log.h"
#include "store/ask/bundle.h"

/* "B-0001.2", with or without an ending, of a build that came to nothing. */
static int
is_leftover(struct store *store, const char *name)
{
	const char *dot = strchr(name, '.');
	size_t n = dot == NULL ? 0 : strcspn(dot + 1, ".");
	struct bundle_build build;
	struct id bundle;
	unsigned number;

	return dot != NULL && bundle_build_parse(name, (size_t)(dot - name) +
	    1 + n, &bundle, &number) == 0 && bundle_build(store, &bundle,
	    number, &build, NULL) == 1 && (build.state == BUILD_FAILED ||
	    build.state == BUILD_CANCELLED);
}

void
leftovers_remove(struct store *store, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	struct trouble t;
	char *path;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (!is_leftover(store, e->d_name) ||
		    asprintf(&path, "%s/%s", folder, e->d_name) == -1)
			continue;
		if (bag_remove(path, &t) == -1)
			logline_trouble(LOGLINE_WARNING, "bundle.leftover",
			    &t);
		free(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
}
