/* SPDX-License-Identifier: ISC */
/* check_files: see check_files.h. */
#include "daemon/trees/check_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "daemon/trees/policy.h"
#include "proto/out/tiles.h"
#include "store/sys.h"

#define FILE_MAX (TILE_WIDTH * (TILE_ENTRY_MAX + 2))

struct files {
	const char	*folder;
	struct buf	 bytes;		/* of the file read last */
	char		 path[PATH_MAX];
	struct trouble	*trouble;
};

static int
bad(struct files *f, const char *why)
{
	return trouble_set(f->trouble, SAY_LOG_READ, f->path, why, NULL,
	    NULL);
}

/* Into out.  1, 0: not there, -1 with trouble. */
static int
slurp(struct files *f, const char *name, struct buf *out)
{
	uint8_t *room;
	int64_t n, got = -1;
	int fd;

	(void)snprintf(f->path, sizeof(f->path), "%s/%s", f->folder, name);
	if ((fd = sys_open(f->path, O_RDONLY)) == -1)
		return errno == ENOENT ? 0 : trouble_errno(f->trouble,
		    SAY_LOG_READ, f->path);
	n = sys_size(fd);
	if (n >= 0 && n <= FILE_MAX &&
	    (room = buf_reserve(out, (size_t)n + 1)) != NULL &&
	    (got = sys_pread(fd, room, (size_t)n, 0)) == n)
		buf_commit(out, (size_t)n);
	sys_close(fd);
	return got == n ? 1 : bad(f, "it cannot be read whole");
}

static int
read_tile(void *arg, const struct tile *t, struct buf *out)
{
	struct files *f = arg;
	char name[TILE_PATH_MAX];
	int rc;

	tile_path(t, name);
	rc = slurp(f, name, out);
	if (rc == 0) {
		(void)bad(f, "it is missing");
		errno = ENOENT;
	}
	return rc == 1 ? 0 : -1;
}

/* The hashes of the entries are those of the tile beside them. */
static int
entries_match(struct files *f, const struct tile *t, struct buf *hashes)
{
	struct tile low = { 0, t->index, t->width };
	uint8_t hash[MERKLE_HASH];
	const uint8_t *entry;
	size_t pos = 0, len;
	unsigned n = 0;
	int rc;

	buf_clear(hashes);
	if (read_tile(f, &low, hashes) == -1)
		return -1;
	if (hashes->len != (size_t)t->width * MERKLE_HASH)
		return bad(f, "its length");
	buf_clear(&f->bytes);
	if (read_tile(f, t, &f->bytes) == -1)
		return -1;
	while ((rc = tile_entry_next(f->bytes.data, f->bytes.len, &pos,
	    &entry, &len)) == 1 && n < t->width) {
		merkle_leaf(entry, len, hash);
		if (memcmp(hash, hashes->data + (size_t)n++ * MERKLE_HASH,
		    MERKLE_HASH) != 0)
			return bad(f, "an entry that its hash is not of");
	}
	return rc == 0 && n == t->width ? 0 : bad(f, "another number of "
	    "entries");
}

/* Each hash of a higher tile is the top of a full one below. */
static int
hashes_match(struct files *f, const struct tile *t)
{
	struct tile below = { t->level - 1, 0, TILE_WIDTH };
	uint8_t pair[TILE_WIDTH][MERKLE_HASH];

	buf_clear(&f->bytes);
	if (read_tile(f, t, &f->bytes) == -1)
		return -1;
	if (f->bytes.len != (size_t)t->width * MERKLE_HASH)
		return bad(f, "its length");
	for (unsigned i = 0; i < t->width; i++) {
		struct buf low = BUF_INIT;
		unsigned n = TILE_WIDTH;

		below.index = t->index * TILE_WIDTH + i;
		if (read_tile(f, &below, &low) == -1 ||
		    low.len != sizeof(pair)) {
			buf_release(&low);
			return -1;
		}
		memcpy(pair, low.data, sizeof(pair));
		buf_release(&low);
		for (; n > 1; n /= 2)
			for (unsigned k = 0; k < n / 2; k++)
				merkle_node(pair[2 * k], pair[2 * k + 1],
				    pair[k]);
		if (memcmp(pair[0], f->bytes.data + (size_t)i * MERKLE_HASH,
		    MERKLE_HASH) != 0)
			return bad(f, "a hash that does not follow");
	}
	return 0;
}

static int
check_tiles(struct files *f, const struct checkpoint *head,
    uint64_t *tiles_r)
{
	struct buf hashes = BUF_INIT;
	struct tile_walk walk = { 0 };
	uint8_t root[MERKLE_HASH];
	struct tiles tiles;
	struct tile t;
	int rc = 0;

	tiles_init(&tiles, head->size, read_tile, f);
	while (rc == 0 && tile_next(&walk, 0, head->size, &t)) {
		if (t.level == TILE_ENTRIES)
			rc = entries_match(f, &t, &hashes);
		else if (t.level > 0)
			rc = hashes_match(f, &t);
		++*tiles_r;
	}
	if (rc == 0) {
		const struct merkle_nodes nodes = { tiles_get, &tiles };

		rc = merkle_root_at(&nodes, head->size, root);
		if (rc == 0 && memcmp(root, head->root, sizeof(root)) != 0)
			rc = bad(f, "the tiles have another root");
	}
	tiles_release(&tiles);
	buf_release(&hashes);
	return rc;
}

/* Whose key a folder says it is: 0, or -1 with trouble. */
static int
read_key(struct files *f, const char *name, struct note_vkey *vkey_r)
{
	struct buf key = BUF_INIT;
	int rc = slurp(f, name, &key);

	if (rc == 0 || (rc == 1 && (key.len == 0 || note_vkey_parse(vkey_r,
	    (char *)key.data, key.len - 1) == -1)))
		rc = bad(f, "no verifier key");
	buf_release(&key);
	return rc == -1 ? -1 : 0;
}

static int
check_head(struct files *f, struct checkpoint *head_r)
{
	struct note_vkey vkey;
	struct note note;
	int rc = slurp(f, "checkpoint", &f->bytes);

	if (rc != 1)
		return rc;
	if (read_key(f, "vkey", &vkey) == -1)
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "%s/checkpoint", f->folder);
	if (checkpoint_open(head_r, &note, (char *)f->bytes.data,
	    f->bytes.len, &vkey) == -1)
		return bad(f, "its signature or form is bad");
	return 1;
}

int
check_policy(const char *log, struct trouble *t)
{
	struct files f = { .folder = log, .trouble = t };
	struct note_vkey master;
	int rc = slurp(&f, "trust.policy", &f.bytes);

	if (rc == 1 && (rc = read_key(&f, "master/vkey", &master)) == 0 &&
	    !policy_ok(&f.bytes, &master)) {
		(void)snprintf(f.path, sizeof(f.path), "%s/trust.policy", log);
		rc = bad(&f, "it is not of this log");
	}
	buf_release(&f.bytes);
	return rc;
}

int
check_files(const char *folder, struct checkpoint *head_r, uint64_t *tiles_r,
    struct trouble *t)
{
	struct files f = { .folder = folder, .trouble = t };
	int rc = check_head(&f, head_r);

	if (rc == 1 && check_tiles(&f, head_r, tiles_r) == -1)
		rc = -1;
	buf_release(&f.bytes);
	return rc;
}
