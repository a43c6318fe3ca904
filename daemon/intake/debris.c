/* SPDX-License-Identifier: ISC */
/*
 * debris: the two lists.  Must never name what an office might call a
 * document; a name that is in doubt is unfinished, and so is listed.
 */
#include "daemon/intake/debris.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Left by desktops, file servers and programs that synchronise folders. */
static const char *const system_names[] = {
	".DS_Store", ".AppleDouble", ".AppleDB", ".TemporaryItems",
	".Trashes", ".Spotlight-V100", ".fseventsd", ".apdisk", ".localized",
	".VolumeIcon.icns", "__MACOSX", "Icon\r", "Thumbs.db", "ehthumbs.db",
	"desktop.ini", "$RECYCLE.BIN", "System Volume Information", "@eaDir",
	"#recycle", "#snapshot", ".stfolder", ".stversions", ".stignore",
	".sync", ".dropbox", ".dropbox.attr", ".dropbox.cache",
	".owncloudsync.log",
	".directory", "lost+found"
};

static const char *const unfinished_ends[] = {
	".part", ".partial", ".tmp", ".temp", ".crdownload", ".download",
	".filepart", ".lock", ".swp", "~"
};

static int
ends_with(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a >= b && strcasecmp(s + a - b, end) == 0;
}

enum debris
debris_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(system_names) / sizeof(system_names[0]); i++)
		if (strcasecmp(name, system_names[i]) == 0)
			return DEBRIS_SYSTEM;
	/* The other half of a file of macOS; Trash of a Linux desktop. */
	if (strncmp(name, "._", 2) == 0 || strncmp(name, ".Trash-", 7) == 0)
		return DEBRIS_SYSTEM;
	if (*name == '.' || strncmp(name, "~$", 2) == 0)
		return DEBRIS_UNFINISHED;
	for (i = 0; i < sizeof(unfinished_ends) /
	    sizeof(unfinished_ends[0]); i++)
		if (ends_with(name, unfinished_ends[i]))
			return DEBRIS_UNFINISHED;
	return DEBRIS_NONE;
}
