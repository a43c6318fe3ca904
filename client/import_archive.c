/* SPDX-License-Identifier: ISC */
/*
 * import_archive: each file in a zip or tar is one message, read through
 * libarchive as a stream.  A name in an archive is a label: it must never
 * become a path.  An archive in it is one document.  An entry over
 * LIMIT_MAIL_SIZE is refused by name, whatever its header said of its size,
 * so a bomb costs that much memory and no disk.
 */
#include "client/import_own.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <string.h>

#include "proto/base/limits.h"

#define ARCHIVE_READ 65536
#define NAME_MAX_SHOWN 1024

/* No filter that would start a program of its own. */
static struct archive *
open_archive(const char *path)
{
	struct archive *a = archive_read_new();

	if (a == NULL)
		return NULL;
	(void)archive_read_support_filter_gzip(a);
	(void)archive_read_support_filter_bzip2(a);
	(void)archive_read_support_filter_xz(a);
	(void)archive_read_support_filter_zstd(a);
	(void)archive_read_support_format_zip(a);
	(void)archive_read_support_format_tar(a);
	(void)archive_read_support_format_raw(a);
	/* On failure the archive still says why. */
	(void)archive_read_open_filename(a, path, ARCHIVE_READ);
	return a;
}

/* "ARCHIVE/name", or the number of an entry whose name nobody can tell. */
static void
entry_name(struct archive_entry *entry, const char *path, uint64_t number,
    struct buf *name)
{
	const char *inside = archive_entry_pathname_utf8(entry);

	if (inside == NULL)
		inside = archive_entry_pathname(entry);
	buf_adds(name, path);
	buf_addc(name, '/');
	if (inside != NULL && inside[0] != '\0')
		buf_add(name, inside, strnlen(inside, NAME_MAX_SHOWN));
	if (inside == NULL || strnlen(inside, NAME_MAX_SHOWN + 1) >
	    NAME_MAX_SHOWN || inside[0] == '\0') {
		buf_addc(name, '#');
		buf_addu(name, number);
	}
}

/* 0, 1 it is too large, -1 it cannot be read. */
static int
read_entry(struct archive *a, struct buf *bytes)
{
	static char piece[ARCHIVE_READ];
	la_ssize_t n;

	buf_clear(bytes);
	while ((n = archive_read_data(a, piece, sizeof(piece))) > 0) {
		if ((size_t)n > LIMIT_MAIL_SIZE - bytes->len)
			return 1;
		buf_add(bytes, piece, (size_t)n);
	}
	return n < 0 ? -1 : 0;
}

static void
import_entry(struct import *im, struct archive *a, struct archive_entry *entry,
    const char *name, struct buf *bytes)
{
	int got = 1;

	if (archive_entry_filetype(entry) == AE_IFDIR)
		return;
	if (archive_entry_filetype(entry) != AE_IFREG ||
	    archive_entry_hardlink(entry) != NULL) {
		import_refuse(im, name, SAY_CLI_NO_FILE, NULL);
		return;
	}
	if (!archive_entry_size_is_set(entry) ||
	    archive_entry_size(entry) <= (la_int64_t)LIMIT_MAIL_SIZE)
		got = read_entry(a, bytes);
	if (got == 1)
		import_refuse(im, name, SAY_IMPORT_TOO_LARGE, NULL);
	else if (got == -1)
		import_refuse(im, name, SAY_IMPORT_BROKEN,
		    archive_error_string(a));
	else
		import_bytes(im, bytes, name, NULL);
}

/* Compressed, but no tar: an mbox, or one document as it is. */
static void
import_packed(struct import *im, const char *path, struct archive *a)
{
	struct buf first = BUF_INIT;
	uint8_t *room;
	la_ssize_t n = 0;

	if (archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE) {
		import_refuse(im, path, SAY_IMPORT_NO_ARCHIVE, NULL);
		return;		/* only --format brings it here */
	}
	room = buf_reserve(&first, ARCHIVE_READ);
	if (room != NULL && (n = archive_read_data(a, room,
	    ARCHIVE_READ)) > 0)
		buf_commit(&first, (size_t)n);
	if (first.len > 5 && memcmp(first.data, "From ", 5) == 0)
		import_mbox_packed(im, path, a, &first);
	else
		import_file(im, path, NULL);
	buf_release(&first);
}

static void
import_entries(struct import *im, const char *path, struct archive *a,
    struct buf *bytes)
{
	struct archive_entry *entry;
	uint64_t number = 0;
	int got;

	while (!im->away && !import_stopped() && (got =
	    archive_read_next_header(a, &entry)) != ARCHIVE_EOF) {
		struct buf name = BUF_INIT;

		if (got != ARCHIVE_OK && got != ARCHIVE_WARN) {
			/* What stands behind it cannot be told any more. */
			import_refuse(im, path, SAY_IMPORT_BROKEN,
			    archive_error_string(a));
			break;
		}
		if (archive_format(a) == ARCHIVE_FORMAT_RAW) {
			import_packed(im, path, a);
			break;
		}
		entry_name(entry, path, ++number, &name);
		if (buf_failed(&name))
			import_refuse(im, path, SAY_IMPORT_NO_MEMORY, NULL);
		else
			import_entry(im, a, entry, buf_str(&name), bytes);
		buf_release(&name);
	}
}

void
import_archive(struct import *im, const char *path)
{
	struct buf bytes = BUF_INIT;
	struct archive *a;

	/*
	 * libarchive gives names in the locale's charset or not at all;
	 * without this locale they are told by their numbers.
	 */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	a = open_archive(path);
	if (a == NULL)
		import_refuse(im, path, SAY_IMPORT_NO_MEMORY, NULL);
	else
		import_entries(im, path, a, &bytes);
	(void)archive_read_free(a);
	(void)setlocale(LC_CTYPE, "");
	buf_release(&bytes);
}
