/* SPDX-License-Identifier: ISC */
/*
 * drop_facts: what is said of a file beside its bytes: its name and time,
 * what the configuration says of the folder, the folders it was in, and its
 * sidecar NAME.json.
 *
 * What a sidecar says that the entry has a field for goes there as well, if
 * it is of the right form.  Must never refuse a file for what is said of it.
 */
#include "daemon/intake/drop_own.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/intake/sidecar.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/base/when.h"
#include "store/ask/known.h"

#define YEAR_9999 INT64_C(253402300799)	/* the last second that has a text */

/* ---- whom it belongs to ----------------------------------------------- */

/* The folder in the drop folder that names a case or client; 1, 0, -1. */
static int
named_target(const struct drop_file *f, struct id *id_r)
{
	const char *slash = strchr(f->name, '/');
	size_t len = slash != NULL ? (size_t)(slash - f->name) : 0;
	char name[NAME_MAX + 1];

	if (len == 0 || f->drop->conf->subfolders != SUBFOLDERS_CASE)
		return 0;
	if (id_parse(f->name, len, id_r) == 0 &&
	    (id_r->kind == ID_CASE || id_r->kind == ID_CLIENT))
		return 1;
	(void)snprintf(name, sizeof(name), "%.*s", (int)len, f->name);
	return text_is_utf8(name, len) ?
	    known_reference(f->drop->store, name, id_r) == 1 : 0;
}

/* 1 known and open, with its client; 0 not, -1 failed. */
static int
known_target(const struct drop_file *f, const struct id *id,
    struct known_case *known_r)
{
	int rc;

	if (id->kind == ID_CASE)
		rc = known_case(f->drop->store, id, known_r);
	else if (id->kind == ID_CLIENT)
		rc = known_client(f->drop->store, id, known_r);
	else
		return 0;
	if (rc == 1 && id->kind == ID_CASE && !known_r->open)
		return 0;
	return rc;
}

/*
 * A folder that belongs to a case or client files what is put there.  A case
 * that is closed or that nobody opened leaves it to triage.  1 if its own
 * folder's name said so: then that name is no tag.
 */
static int
file_it(struct drop_file *f)
{
	const struct conf_drop *c = f->drop->conf;
	struct buf title = BUF_INIT;
	struct known_case known;
	struct id id = c->target;
	int by_name = named_target(f, &id), rc;

	if ((rc = known_target(f, &id, &known)) != 1)
		return rc;
	buf_adds(&title, "Drop folder ");
	buf_adds(&title, c->name);
	rc = buf_str(&title) == NULL ? -1 : intake_file(f->intake,
	    id.kind == ID_CASE ? &known.client : &id,
	    id.kind == ID_CASE ? &id : NULL, "certain", "drop-folder",
	    buf_str(&title), NULL);
	buf_release(&title);
	return rc == -1 ? -1 : by_name;
}

/* ---- the sidecar ------------------------------------------------------ */

#define SIDECAR_MAX 32768	/* of an entry's 60 KiB, when it is canonical */

/* What no entry can hold stays in the folder and is a document by itself. */
static int
make_sidecar(struct drop_file *f, const struct buf *raw,
    const struct sidecar_more *more, struct buf *json)
{
	if (sidecar_canonical((const char *)raw->data, raw->len, more,
	    json) == -1)
		return -1;
	if (json->len <= SIDECAR_MAX)
		return 0;
	free(f->sidecar);
	f->sidecar = NULL;
	buf_clear(json);
	return sidecar_canonical(NULL, 0, more, json);
}

/* The device of the configuration, and the folders it was in, as tags. */
static int
set_more(struct drop_file *f, int named, const struct buf *raw)
{
	struct sidecar_more more = { .device = f->drop->conf->device };
	struct buf tag[LIMIT_DROP_DEPTH] = { 0 }, json = BUF_INIT;
	const char *at = f->name, *slash;
	unsigned i;
	int rc = 0;

	for (; (slash = strchr(at, '/')) != NULL; at = slash + 1) {
		if ((named && at == f->name) ||
		    more.ntags == LIMIT_DROP_DEPTH)
			continue;
		text_clean(&tag[more.ntags], at, (size_t)(slash - at));
		more.tag[more.ntags] = buf_str(&tag[more.ntags]);
		if (more.tag[more.ntags++] == NULL)
			rc = -1;
	}
	if (rc == 0)
		rc = make_sidecar(f, raw, &more, &json);
	if (rc == 0 && json.len > 0)
		rc = intake_set(f->intake, "sidecar", (const char *)json.data,
		    json.len);
	if (rc == 0 && json.len > 0)
		rc = sidecar_lift(f->intake, (const char *)json.data,
		    json.len);
	for (i = 0; i < more.ntags; i++)
		buf_release(&tag[i]);
	buf_release(&json);
	return rc;
}

/* The whole of a small file; 0, or -1. */
static int
read_small(int dir, const char *name, struct stat *st_r, struct buf *out)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK);
	uint8_t *room;
	ssize_t n = -1;

	if (fd == -1)
		return -1;
	if (fstat(fd, st_r) == 0 && S_ISREG(st_r->st_mode) &&
	    st_r->st_nlink == 1 && st_r->st_size <= LIMIT_SIDECAR)
		while (out->len <= LIMIT_SIDECAR &&
		    (room = buf_reserve(out, LIMIT_SIDECAR)) != NULL &&
		    (n = read(fd, room, LIMIT_SIDECAR)) > 0)
			buf_commit(out, (size_t)n);
	(void)close(fd);	/* was only read */
	return n == 0 && out->len > 0 && (off_t)out->len == st_r->st_size &&
	    text_is_utf8((const char *)out->data, out->len) ? 0 : -1;
}

int
drop_sidecar(struct drop_file *f)
{
	struct buf raw = BUF_INIT;
	struct drop_file *beside;
	char *path, *leaf;
	int named, rc = -1;

	if (asprintf(&path, "%s.json", f->name) == -1)
		return -1;
	leaf = path + (drop_leaf(f) - f->name);
	beside = (struct drop_file *)names_find(&f->drop->files, path);
	if (beside != NULL && drop_now() - beside->since <
	    f->drop->conf->quiet_ms) {
		rc = 0;
		goto out;
	}
	if (read_small(f->dir, leaf, &f->sidecar_st, &raw) == -1)
		buf_clear(&raw);
	else if ((f->sidecar = strdup(leaf)) == NULL)
		goto out;
	if ((named = file_it(f)) != -1 && set_more(f, named, &raw) == 0)
		rc = 1;
out:
	buf_release(&raw);
	free(path);
	return rc;
}

/* ---- the file itself -------------------------------------------------- */

int
drop_facts(struct drop_file *f)
{
	char modified[WHEN_TEXT_MAX];
	int64_t at = f->st.st_mtim.tv_sec;

	if (intake_text(f->intake, "filename", drop_leaf(f)) == -1)
		return -1;
	/* A clock that is far off says nothing that a text could hold. */
	if (at > -YEAR_9999 / 5 && at < YEAR_9999 &&
	    intake_text(f->intake, "modified", when_text(at * WHEN_SECOND +
	    f->st.st_mtim.tv_nsec / 1000, modified)) == -1)
		return -1;
	return intake_text(f->intake, "kind", f->drop->conf->kind);
}
