/* SPDX-License-Identifier: ISC */
/*
 * import_mbox: each message of an mbox, as proto/wire/mbox splits it: what
 * stands between its From_ line and the next, nothing unquoted.  A message
 * is held whole, up to LIMIT_MAIL_SIZE; a larger one must never be cut, it is
 * refused by its number.
 */
#include "client/import_own.h"

#include <archive.h>
#include <errno.h>
#include <string.h>

#include "proto/base/limits.h"
#include "proto/wire/mbox.h"

#define MBOX_READ 65536

struct box {
	struct import	*im;
	const char	*path;
	struct buf	 message;
	uint64_t	 number;
	int		 large;
};

static int
box_begin(void *arg, const char *line, size_t len)
{
	struct box *box = arg;

	(void)line;
	(void)len;
	buf_clear(&box->message);
	box->large = 0;
	return 0;
}

static int
box_bytes(void *arg, const uint8_t *bytes, size_t len)
{
	struct box *box = arg;

	if (len > LIMIT_MAIL_SIZE - box->message.len)
		box->large = 1;
	if (!box->large)
		buf_add(&box->message, bytes, len);
	return 0;
}

static int
box_end(void *arg)
{
	struct box *box = arg;
	struct import *im = box->im;
	struct buf name = BUF_INIT;

	buf_adds(&name, box->path);
	buf_addc(&name, '#');
	buf_addu(&name, ++box->number);
	if (buf_failed(&name))
		import_refuse(im, box->path, SAY_IMPORT_NO_MEMORY, NULL);
	else if (box->large)
		import_refuse(im, buf_str(&name), SAY_IMPORT_TOO_LARGE, NULL);
	else
		import_bytes(im, &box->message, buf_str(&name), NULL);
	buf_release(&name);
	return im->away || import_stopped() ? -1 : 0;
}

static const struct mbox_calls box_calls = { box_begin, box_bytes, box_end };

static void
box_done(struct box *box, struct mbox *mbox, int failed, enum say_key why,
    const char *reason)
{
	if (failed && !box->im->away && !import_stopped())
		import_refuse(box->im, box->path, why, reason);
	mbox_release(mbox);
	buf_release(&box->message);
}

static int
feed_file(struct mbox *mbox, FILE *file)
{
	static char bytes[MBOX_READ];
	size_t n;

	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0) {
		if (mbox_feed(mbox, bytes, n) == -1)
			return -1;
	}
	return ferror(file) ? -1 : mbox_end(mbox);
}

void
import_mbox(struct import *im, const char *path)
{
	struct box box = { .im = im, .path = path, .message = BUF_INIT };
	struct mbox mbox;
	FILE *file = fopen(path, "rb");
	int failed, error;

	mbox_init(&mbox, &box_calls, &box);
	failed = file == NULL || feed_file(&mbox, file) == -1;
	error = errno;
	if (file != NULL)
		(void)fclose(file);
	box_done(&box, &mbox, failed, failed && file != NULL &&
	    error == EINVAL ? SAY_CLI_NO_MBOX : SAY_CLI_CANNOT_READ,
	    strerror(error));
}

void
import_mbox_packed(struct import *im, const char *path, struct archive *a,
    const struct buf *first)
{
	struct box box = { .im = im, .path = path, .message = BUF_INIT };
	static char bytes[MBOX_READ];
	struct mbox mbox;
	la_ssize_t n = 0;
	int failed;

	mbox_init(&mbox, &box_calls, &box);
	failed = mbox_feed(&mbox, first->data, first->len) == -1;
	while (!failed && (n = archive_read_data(a, bytes, sizeof(bytes))) > 0)
		failed = mbox_feed(&mbox, bytes, (size_t)n) == -1;
	/* What came before a break is offered, and the break is said. */
	if (!failed)
		failed = mbox_end(&mbox) == -1 || n < 0;
	box_done(&box, &mbox, failed, SAY_IMPORT_BROKEN, n < 0 ?
	    archive_error_string(a) : NULL);
}
