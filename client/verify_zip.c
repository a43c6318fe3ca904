/* SPDX-License-Identifier: ISC */
/*
 * verify_zip: the files of a bundle from a zip, without unpacking it.
 * It must never believe a size that the archive states, take a name that
 * leads out of it, nor go on reading what grows past its limits.
 */
#include "client/verify_own.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/limits.h"

struct zip {
	struct input	*in;
	struct archive	*archive;
	uint64_t	 files, bytes;
	size_t		 base_len;	/* with its slash */
	char		 base[BAGIT_PATH_MAX + 2];
};

/*
 * The path below the one base folder, NULL for a folder's own entry; -1 if
 * the name is none that may be.
 */
static int
zip_path(struct zip *z, struct archive_entry *entry, const char **path_r)
{
	const char *name = archive_entry_pathname(entry);
	const char *slash = name != NULL ? strchr(name, '/') : NULL;
	size_t len;

	*path_r = NULL;
	if (slash == NULL)
		return input_fail(z->in, name == NULL ? INPUT_NAME : INPUT_TOP,
		    name);
	len = (size_t)(slash - name) + 1;
	if (z->base_len == 0 && len < sizeof z->base &&
	    bagit_path_ok(name, len - 1)) {
		memcpy(z->base, name, len);
		z->base_len = len;
	}
	if (len != z->base_len || memcmp(z->base, name, len) != 0)
		return input_fail(z->in, bagit_path_ok(name, len - 1) ?
		    INPUT_TOP : INPUT_NAME, name);
	name += len;
	len = strlen(name);
	if (archive_entry_filetype(entry) == AE_IFDIR) {
		if (len > 0 && name[len - 1] == '/')
			len--;
		if (len > 0 && !bagit_path_ok(name, len))
			return input_fail(z->in, INPUT_NAME, name);
		return 0;
	}
	if (!bagit_path_ok(name, len))
		return input_fail(z->in, INPUT_NAME, name);
	*path_r = name;
	return 0;
}

static int
zip_data(struct zip *z, const struct input_calls *calls, void *arg,
    const char *path)
{
	uint64_t size = 0;
	const void *p;
	size_t n;
	int64_t at;
	int rc;

	while ((rc = archive_read_data_block(z->archive, &p, &n, &at)) ==
	    ARCHIVE_OK) {
		if (at < 0 || (uint64_t)at != size)	/* a hole */
			return input_fail(z->in, INPUT_ARCHIVE, path);
		size += n;
		z->bytes += n;
		if (size > z->in->file_max || z->bytes > z->in->bytes_max)
			return input_fail(z->in, INPUT_LARGE, path);
		if (z->bytes / LIMIT_VERIFY_RATIO > z->in->size)
			return input_fail(z->in, INPUT_BOMB, path);
		if (calls->bytes(arg, p, n) == -1)
			return input_fail(z->in, INPUT_STOPPED, path);
	}
	return rc == ARCHIVE_EOF ? 0 :
	    input_fail(z->in, INPUT_ARCHIVE, path);
}

static int
zip_entry(struct zip *z, struct archive_entry *entry,
    const struct input_calls *calls, void *arg)
{
	unsigned type = archive_entry_filetype(entry);
	const char *path;

	if (++z->files > LIMIT_BAG_FILES)
		return input_fail(z->in, INPUT_MANY, "");
	if (archive_entry_is_encrypted(entry))
		return input_fail(z->in, INPUT_SECRET,
		    archive_entry_pathname(entry));
	if ((type != AE_IFREG && type != AE_IFDIR) ||
	    archive_entry_hardlink(entry) != NULL ||
	    archive_entry_symlink(entry) != NULL)
		return input_fail(z->in, INPUT_LINK,
		    archive_entry_pathname(entry));
	if (zip_path(z, entry, &path) == -1)
		return -1;
	if (path == NULL)
		return 0;
	if (calls->begin(arg, path) == -1)
		return input_fail(z->in, INPUT_STOPPED, path);
	if (zip_data(z, calls, arg, path) == -1)
		return -1;
	return calls->end(arg) == -1 ?
	    input_fail(z->in, INPUT_STOPPED, path) : 0;
}

int
input_zip(struct input *in, const struct input_calls *calls, void *arg)
{
	struct zip z = { .in = in };
	struct archive_entry *entry;
	int rc = 0, got;

	if (lseek(in->fd, 0, SEEK_SET) == -1)
		return input_fail(in, INPUT_ERRNO, "");
	if (input_map(in) == -1)
		return -1;
	z.archive = archive_read_new();
	if (z.archive == NULL)
		return input_fail(in, INPUT_ERRNO, "");
	if (archive_read_support_format_zip_seekable(z.archive) !=
	    ARCHIVE_OK ||
	    archive_read_open_fd(z.archive, in->fd, 65536) != ARCHIVE_OK)
		rc = input_fail(in, INPUT_ARCHIVE, "");
	while (rc == 0) {
		got = archive_read_next_header(z.archive, &entry);
		if (got == ARCHIVE_EOF)
			break;
		rc = got != ARCHIVE_OK ? input_fail(in, INPUT_ARCHIVE, "") :
		    zip_entry(&z, entry, calls, arg);
	}
	(void)archive_read_free(z.archive);
	return rc;
}
