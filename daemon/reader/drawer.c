/* SPDX-License-Identifier: ISC */
/*
 * dossier-drawer: makes pages of documents in a box, for dossierd;
 * a program apart from dossier-reader, whose forks its fonts would make
 * dear.  How it is called stands in run.c.
 */
#include <cairo.h>
#include <dirent.h>
#include <errno.h>
#include <libxml/xmlversion.h>
#include <malloc.h>
#include <pango/pango.h>
#include <sched.h>
#include <stdio.h>

#include "daemon/reader/document.h"
#include "daemon/reader/paper.h"
#include "daemon/reader/pdf.h"
#include "daemon/reader/picture.h"
#include "daemon/reader/role.h"
#include "proto/base/limits.h"

#define WAIT_MAX	1000000		/* looks at the threads */

static int
threads(void)
{
	DIR		*dir = opendir("/proc/self/task");
	const struct dirent *e;
	int		 n = 0;

	if (dir == NULL)
		return 0;
	while ((e = readdir(dir)) != NULL)
		n += e->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

/*
 * A box closes around one thread.  Those with which Pango looked for fonts
 * are at their end.
 */
static int
threads_wait(void)
{
	int	 i;

	for (i = 0; i < WAIT_MAX && threads() > 1; i++)
		(void)sched_yield();
	errno = EBUSY;
	return threads() > 1 ? -1 : 0;
}

static int
drawer_warm(void)
{
	/* One heap, without its holes: each fork copies the map of it. */
	(void)mallopt(M_ARENA_MAX, 1);
	if (document_warm() == -1)
		return -1;
	pdf_warm();
	if (paper_warm() == -1)
		return -1;
	if (threads_wait() == -1)
		return -1;
	(void)malloc_trim(0);	/* 1 or 0: something was given back or not */
	return 0;
}

static const char *
drawer_versions(void)
{
	static char	 text[124];

	(void)snprintf(text, sizeof(text), "dossier-drawer %s cairo %s "
	    "pango %s %s %s libxml2 %s", DOSSIER_VERSION,
	    cairo_version_string(), pango_version_string(), pdf_version(),
	    picture_version(), LIBXML_DOTTED_VERSION);
	return text;
}

static const char *
drawer_maker(void)
{
	static char	 text[192];
	char		 fonts[PAPER_FONTS_MAX];

	(void)snprintf(text, sizeof(text), "pages %d cairo %s pango %s %s %s "
	    "fonts %s", READING_MAKES, cairo_version_string(),
	    pango_version_string(), pdf_version(), picture_version(),
	    paper_fonts(fonts));
	return text;
}

#define TAIL sizeof(struct reading_tail)

static const struct program drawer = {
	.name = "dossier-drawer", .box = BOX_DRAW,
	.warm = drawer_warm, .versions = drawer_versions,
	.maker = drawer_maker,
	.folders = paper_folders,
	.roles = {
		[READING_DRAW] = { role_draw, LIMIT_READ_BYTES + TAIL },
		[READING_SLIP] = { role_slip, LIMIT_READ_BYTES + TAIL },
	},
};

int
main(int argc, char **argv)
{
	return run(&drawer, argc, argv);
}
