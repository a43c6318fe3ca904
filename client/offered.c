/* SPDX-License-Identifier: ISC */
/*
 * offered: items out of what senders still have: folders, Maildirs, mboxes
 * as import splits them, lists of Message-IDs.  Bytes are hashed as they are
 * read; of a message no more than its head is held.
 */
#include "client/reconcile.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/base/buf.h"
#include "proto/wire/mbox.h"
#include "proto/wire/message_id.h"

#define READ_SIZE 65536

/* The bytes of one item. */
struct digest {
	EVP_MD_CTX	*ctx;
	struct buf	 head;
	int		 failed;
};

static void
digest_begin(struct digest *d)
{
	if (d->ctx == NULL)
		d->ctx = EVP_MD_CTX_new();
	buf_clear(&d->head);
	d->failed = d->ctx == NULL ||
	    EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1;
}

static void
digest_add(struct digest *d, const void *bytes, size_t n)
{
	size_t room = MESSAGE_ID_HEAD - d->head.len;

	buf_add(&d->head, bytes, n < room ? n : room);
	if (!d->failed)
		d->failed = EVP_DigestUpdate(d->ctx, bytes, n) != 1;
}

/* SHA-256 and Message-ID of what came. */
static void
digest_end(struct digest *d, struct rec_item *item)
{
	struct buf text = BUF_INIT;
	uint8_t sha256[32];

	if (!d->failed && EVP_DigestFinal_ex(d->ctx, sha256, NULL) == 1) {
		buf_addhex(&text, sha256, sizeof(sha256));
		(void)snprintf(item->sha256, sizeof(item->sha256), "%s",
		    buf_str(&text));
	}
	buf_clear(&text);
	if (d->head.len > 0 && message_id_find((const char *)d->head.data,
	    d->head.len, &text))
		item->message_id = strdup(buf_str(&text));
	buf_release(&text);
}

static void
digest_release(struct digest *d)
{
	EVP_MD_CTX_free(d->ctx);
	buf_release(&d->head);
}

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* ---- files ----------------------------------------------------------- */

/* NAME.json beside NAME. */
static int
is_sidecar(const char *path)
{
	size_t n = strlen(path);
	struct stat st;
	char *base;
	int is;

	if (n < 6 || strcmp(path + n - 5, ".json") != 0 ||
	    (base = strndup(path, n - 5)) == NULL)
		return 0;
	is = stat(base, &st) == 0;
	free(base);
	return is;
}

static int
offer_file(struct reconcile *rec, const char *path)
{
	static char bytes[READ_SIZE];
	struct rec_item item = { .name = strdup(path),
	    .file = strdup(last_part(path)), .sidecar = is_sidecar(path) };
	struct digest digest = { NULL, BUF_INIT, 0 };
	FILE *file = fopen(path, "rb");
	size_t n;

	if (file == NULL) {
		reconcile_unread(rec, SAY_CLI_CANNOT_READ, path,
		    strerror(errno));
		return reconcile_offer(rec, &item);
	}
	digest_begin(&digest);
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		digest_add(&digest, bytes, n);
	if (ferror(file))
		reconcile_unread(rec, SAY_CLI_CANNOT_READ, path,
		    strerror(errno));
	else
		digest_end(&digest, &item);
	(void)fclose(file);
	digest_release(&digest);
	return reconcile_offer(rec, &item);
}

static int
visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
not_itself(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	    strcmp(entry->d_name, "..") != 0;
}

typedef int walk_fn(struct reconcile *, const char *path, const char *name);

/* Each entry of a folder, in the order of the names. */
static int
walk(struct reconcile *rec, const char *path,
    int (*wanted)(const struct dirent *), walk_fn *fn)
{
	struct dirent **entry = NULL;
	int n = scandir(path, &entry, wanted, alphasort), code = EXIT_DONE;

	if (n == -1)
		reconcile_unread(rec, SAY_CLI_CANNOT_READ, path,
		    strerror(errno));
	for (int i = 0; i < n; i++) {
		struct buf full = BUF_INIT;

		buf_adds(&full, path);
		buf_addc(&full, '/');
		buf_adds(&full, entry[i]->d_name);
		if (code == EXIT_DONE && !buf_failed(&full))
			code = fn(rec, buf_str(&full), entry[i]->d_name);
		buf_release(&full);
		free(entry[i]);
	}
	free(entry);
	return code;
}

static int
folder_entry(struct reconcile *rec, const char *path, const char *name)
{
	struct rec_item item = { .sidecar = 0 };
	struct stat st;

	(void)name;
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return walk(rec, path, not_itself, folder_entry);
	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		return offer_file(rec, path);
	/* As import sees it: offered, and cannot have been taken. */
	reconcile_unread(rec, SAY_CLI_NO_FILE, path, NULL);
	item.name = strdup(path);
	return reconcile_offer(rec, &item);
}

int
offered_folder(struct reconcile *rec, const char *path)
{
	return folder_entry(rec, path, path);
}

/* ---- Maildir --------------------------------------------------------- */

/* cur and new hold messages, tmp none that is whole; the rest are folders. */
static int
maildir_entry(struct reconcile *rec, const char *path, const char *name)
{
	struct stat st;

	if (lstat(path, &st) == -1 || !S_ISDIR(st.st_mode) ||
	    strcmp(name, "tmp") == 0)
		return EXIT_DONE;
	if (strcmp(name, "cur") == 0 || strcmp(name, "new") == 0)
		return walk(rec, path, visible, folder_entry);
	return walk(rec, path, not_itself, maildir_entry);
}

int
offered_maildir(struct reconcile *rec, const char *path)
{
	return walk(rec, path, not_itself, maildir_entry);
}

/* ---- mbox ------------------------------------------------------------ */

struct box {
	struct reconcile	*rec;
	const char		*path;
	struct digest		 digest;
	uint64_t		 n;
	int			 code;
};

static int
box_begin(void *arg, const char *line, size_t len)
{
	struct box *box = arg;

	(void)line;
	(void)len;
	digest_begin(&box->digest);
	return 0;
}

static int
box_bytes(void *arg, const uint8_t *bytes, size_t len)
{
	digest_add(&((struct box *)arg)->digest, bytes, len);
	return 0;
}

static int
box_end(void *arg)
{
	struct box *box = arg;
	struct rec_item item = { .sidecar = 0 };
	char name[4096];

	box->n++;
	(void)snprintf(name, sizeof(name), "%s#%llu", box->path,
	    (unsigned long long)box->n);
	item.name = strdup(name);
	item.file = strdup(last_part(name));
	digest_end(&box->digest, &item);
	box->code = reconcile_offer(box->rec, &item);
	return box->code == EXIT_DONE ? 0 : -1;
}

static const struct mbox_calls box_calls = { box_begin, box_bytes, box_end };

static int
feed(struct mbox *mbox, FILE *file)
{
	static char bytes[READ_SIZE];
	size_t n;

	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		if (mbox_feed(mbox, bytes, n) == -1)
			return -1;
	return ferror(file) ? -1 : mbox_end(mbox);
}

int
offered_mbox(struct reconcile *rec, const char *path)
{
	struct box box = { .rec = rec, .path = path };
	FILE *file = fopen(path, "rb");
	struct mbox mbox;

	mbox_init(&mbox, &box_calls, &box);
	if ((file == NULL || feed(&mbox, file) == -1) &&
	    box.code == EXIT_DONE)
		reconcile_unread(rec, file != NULL && errno == EINVAL ?
		    SAY_CLI_NO_MBOX : SAY_CLI_CANNOT_READ, path,
		    strerror(errno));
	if (file != NULL)
		(void)fclose(file);
	mbox_release(&mbox);
	digest_release(&box.digest);
	return box.code;
}

/* ---- Message-IDs ----------------------------------------------------- */

int
offered_ids(struct reconcile *rec, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	struct buf id = BUF_INIT;
	char *line = NULL;
	size_t size = 0;
	int code = EXIT_DONE;
	ssize_t n;

	while (file != NULL && code == EXIT_DONE &&
	    (n = getline(&line, &size, file)) != -1) {
		struct rec_item item = { .sidecar = 0 };

		buf_clear(&id);
		if (line[strspn(line, " \t\r\n")] == '\0')
			continue;
		line[strcspn(line, "\r\n")] = '\0';
		item.name = strdup(line);
		if (message_id_clean(line, strlen(line), &id))
			item.message_id = strdup(buf_str(&id));
		code = reconcile_offer(rec, &item);
	}
	if (file == NULL || ferror(file))
		reconcile_unread(rec, SAY_CLI_CANNOT_READ, path,
		    strerror(errno));
	if (file != NULL && file != stdin)
		(void)fclose(file);
	free(line);
	buf_release(&id);
	return code;
}
