/* SPDX-License-Identifier: ISC */
/*
 * import_folder: folders and Maildirs.  In a folder one file is one message,
 * hidden ones too.  A Maildir is a folder that holds cur, new and tmp: of it
 * cur and new are taken.  What is left out must never be left out silently.
 */
#include "client/import_own.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef void entry_fn(struct import *, const char *path, const char *name,
    const struct stat *);

static int
not_itself(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	    strcmp(entry->d_name, "..") != 0;
}

/* In the order of the names, so that two imports give the same numbers. */
static void
walk(struct import *im, const char *path, entry_fn *fn)
{
	struct dirent **entry = NULL;
	int n = scandir(path, &entry, not_itself, alphasort);

	if (n == -1)
		import_refuse(im, path, SAY_CLI_CANNOT_READ, strerror(errno));
	for (int i = 0; i < n; i++) {
		struct buf full = BUF_INIT;
		struct stat st;

		buf_adds(&full, path);
		buf_addc(&full, '/');
		buf_adds(&full, entry[i]->d_name);
		if (im->away || import_stopped())
			;
		else if (buf_failed(&full))
			import_refuse(im, path, SAY_IMPORT_NO_MEMORY, NULL);
		else if (lstat(buf_str(&full), &st) == -1)
			import_refuse(im, buf_str(&full), SAY_CLI_CANNOT_READ,
			    strerror(errno));
		else
			fn(im, buf_str(&full), entry[i]->d_name, &st);
		buf_release(&full);
		free(entry[i]);
	}
	free(entry);
}

/* ---- Maildir -------------------------------------------------------- */

static int
has_folder(const char *path, const char *name)
{
	struct buf full = BUF_INIT;
	struct stat st;
	int has;

	buf_adds(&full, path);
	buf_addc(&full, '/');
	buf_adds(&full, name);
	has = !buf_failed(&full) && stat(buf_str(&full), &st) == 0 &&
	    S_ISDIR(st.st_mode);
	buf_release(&full);
	return has;
}

int
import_is_maildir(const char *path)
{
	return has_folder(path, "cur") && has_folder(path, "new") &&
	    has_folder(path, "tmp");
}

static void
left_out(struct import *im, enum say_key why, const char *path)
{
	if (!im->counting)
		(void)cmd_fail(im->cmd, EXIT_DONE, why, path, NULL);
}

/*
 * The key of .../cur/NAME:2,FLAGS is .../NAME: the message is the same when
 * it was read meanwhile and moved from new to cur.
 */
static void
message_key(const struct import *im, const char *path, const char *name,
    struct buf *key)
{
	const char *flags = strstr(name, ":2,");
	const char *below = path + strlen(im->root);
	size_t len = strlen(below) - strlen(name) - strlen("cur/");

	buf_add(key, below, len);
	buf_add(key, name, flags != NULL ? (size_t)(flags - name) :
	    strlen(name));
}

static void
maildir_message(struct import *im, const char *path, const char *name,
    const struct stat *st)
{
	struct buf key = BUF_INIT;

	if (name[0] == '.') {
		left_out(im, SAY_IMPORT_LEFT_HIDDEN, path);
	} else if (!S_ISREG(st->st_mode)) {
		import_refuse(im, path, SAY_CLI_NO_FILE, NULL);
	} else {
		message_key(im, path, name, &key);
		import_file(im, path, buf_failed(&key) ? NULL :
		    buf_str(&key));
	}
	buf_release(&key);
}

static void
left_in_tmp(struct import *im, const char *path, const char *name,
    const struct stat *st)
{
	(void)name;
	(void)st;
	left_out(im, SAY_IMPORT_LEFT_TMP, path);
}

static void import_entry(struct import *, const char *path, const char *name,
    const struct stat *);

static void
maildir_entry(struct import *im, const char *path, const char *name,
    const struct stat *st)
{
	if (!S_ISDIR(st->st_mode))
		left_out(im, SAY_IMPORT_LEFT_SERVER, path);
	else if (strcmp(name, "cur") == 0 || strcmp(name, "new") == 0)
		walk(im, path, maildir_message);
	else if (strcmp(name, "tmp") == 0)
		walk(im, path, left_in_tmp);
	else
		import_entry(im, path, name, st);
}

/* ---- any ------------------------------------------------------------ */

static void
import_entry(struct import *im, const char *path, const char *name,
    const struct stat *st)
{
	(void)name;
	if (S_ISDIR(st->st_mode) && im->format != IMPORT_EML &&
	    import_is_maildir(path))
		walk(im, path, maildir_entry);
	else if (S_ISDIR(st->st_mode))
		walk(im, path, import_entry);
	else if (!S_ISREG(st->st_mode))
		import_refuse(im, path, SAY_CLI_NO_FILE, NULL);
	else if (im->format == IMPORT_ANY || im->format == IMPORT_MAILDIR ||
	    im->format == IMPORT_EML)
		import_file(im, path, NULL);
	else
		import_by_format(im, im->format, path);
}

void
import_path(struct import *im, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		import_refuse(im, path, SAY_CLI_CANNOT_READ, strerror(errno));
	else
		import_entry(im, path, path, &st);
}
