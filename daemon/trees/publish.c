/* SPDX-License-Identifier: ISC */
/*
 * publish: see publish.h.  It must never sign or replace before it has
 * looked at what is published, and never write a file in place.
 */
#include "daemon/trees/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/trees/head.h"
#include "daemon/trees/policy.h"
#include "proto/out/tiles.h"
#include "store/sys.h"

struct publish {
	struct trees		*trees;
	const uint8_t		*seed;
	const struct seal_conf	*conf;
	char			 log[PATH_MAX - 512];	/* STORE/log */
	struct tree_checkpoint	 last;
	struct buf		 text;
	char			*dirs[64];	/* to sync; written to lately */
	unsigned		 ndirs;
	int			*final_r;
	struct trouble		*trouble;
};

static int
wrong(struct publish *p, const char *path)
{
	return trouble_errno(p->trouble, SAY_LOG_WRITE, path);
}

/* --- files -------------------------------------------------------------- */

static int
sync_dirs(struct publish *p)
{
	int rc = 0;

	for (unsigned i = 0; i < p->ndirs; i++) {
		if (rc == 0 && sys_sync_dir(p->dirs[i]) == -1)
			rc = wrong(p, p->dirs[i]);
		free(p->dirs[i]);
	}
	p->ndirs = 0;
	return rc;
}

static int
is_touched(const struct publish *p, const char *path, size_t len)
{
	for (unsigned i = 0; i < p->ndirs; i++)
		if (strlen(p->dirs[i]) == len &&
		    memcmp(p->dirs[i], path, len) == 0)
			return 1;
	return 0;
}

/* Remembers a folder whose names have changed. */
static int
touch_dir(struct publish *p, const char *path, size_t len)
{
	if (is_touched(p, path, len))
		return 0;
	if (p->ndirs == sizeof(p->dirs) / sizeof(p->dirs[0]) &&
	    sync_dirs(p) == -1)
		return -1;
	p->dirs[p->ndirs] = strndup(path, len);
	return p->dirs[p->ndirs++] != NULL ? 0 : (p->ndirs--, wrong(p, path));
}

/* Makes the folders of a path from log/ on, and remembers them. */
static int
make_dirs(struct publish *p, char *path)
{
	int rc = 0;

	if (touch_dir(p, path, (size_t)(strrchr(p->log, '/') - p->log)) == -1)
		return -1;
	for (char *s = path + strlen(p->log); s != NULL && rc == 0;
	    s = strchr(s + 1, '/')) {
		if (is_touched(p, path, (size_t)(s - path)))
			continue;	/* it is there */
		*s = '\0';
		rc = sys_mkdir(path) == -1 ? wrong(p, path) :
		    touch_dir(p, path, (size_t)(s - path));
		*s = '/';
	}
	return rc;
}

/* p->text under a new name beside the path; the rename is the caller's. */
static int
write_part(struct publish *p, const char *path, char part_r[PATH_MAX])
{
	int fd, rc;

	(void)snprintf(part_r, PATH_MAX, "%s.part", path);
	fd = buf_failed(&p->text) ? -1 :
	    sys_open(part_r, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd == -1)
		return wrong(p, part_r);
	rc = sys_pwrite(fd, p->text.data, p->text.len, 0) == -1 ||
	    sys_sync(fd) == -1 ? wrong(p, part_r) : 0;
	sys_close(fd);
	return rc;
}

static int
write_file(struct publish *p, char *path)
{
	char part[PATH_MAX];

	if (make_dirs(p, path) == -1 || write_part(p, path, part) == -1)
		return -1;
	return sys_rename(part, path) == -1 ? wrong(p, path) : 0;
}

/* Into p->text.  1, 0: there is no such file, -1 with trouble. */
static int
read_file(struct publish *p, const char *path)
{
	int fd = sys_open(path, O_RDONLY);
	uint8_t *room;
	int64_t n = -1;

	buf_clear(&p->text);
	if (fd == -1)
		return errno == ENOENT ? 0 :
		    trouble_errno(p->trouble, SAY_LOG_READ, path);
	room = buf_reserve(&p->text, NOTE_MAX);
	if (room != NULL)
		n = sys_pread(fd, room, NOTE_MAX, 0);
	if (n > 0)
		buf_commit(&p->text, (size_t)n);
	sys_close(fd);
	return n == -1 ? trouble_errno(p->trouble, SAY_LOG_READ, path) : 1;
}

/* --- what is there ------------------------------------------------------ */

/* 1 and the published head of a folder, 0 none, -1 with trouble. */
static int
published(struct publish *p, const char *folder, struct checkpoint *c)
{
	char path[PATH_MAX];
	struct note note;
	int rc;

	(void)snprintf(path, sizeof(path), "%s/%s/checkpoint", p->log, folder);
	if ((rc = read_file(p, path)) != 1)
		return rc;
	if (note_parse(&note, (char *)p->text.data, p->text.len) == -1 ||
	    checkpoint_parse(c, note.text, note.text_len) == -1) {
		*p->final_r = 1;
		return trouble_errno(p->trouble, SAY_LOG_READ, path);
	}
	return 1;
}

static int
ahead(struct publish *p, const char *folder, uint64_t theirs, uint64_t ours)
{
	char a[24], b[24], name[PATH_MAX];

	*p->final_r = 1;
	(void)snprintf(name, sizeof(name), "%s/%s", p->log, folder);
	(void)snprintf(a, sizeof(a), "%llu", (unsigned long long)theirs);
	(void)snprintf(b, sizeof(b), "%llu", (unsigned long long)ours);
	return trouble_set(p->trouble, theirs > ours ? SAY_LOG_AHEAD :
	    SAY_LOG_OTHER, name, a, b, NULL);
}

static int
damaged(struct publish *p, const char *folder)
{
	return trouble_errno(p->trouble, SAY_LOG_READ, folder);
}

/* What is published must be a beginning of the tree as it is here. */
static int
check_extends(struct publish *p, const struct tree_id *tree,
    const char *folder, const struct checkpoint *old)
{
	uint8_t root[MERKLE_HASH];
	uint64_t size = p->last.master_size;

	if (tree->what != LEAF_MASTER && trees_size(p->trees, tree,
	    p->last.position, &size) == -1)
		return damaged(p, folder);
	if (old->size > size)
		return ahead(p, folder, old->size, size);
	if (trees_root(p->trees, tree, old->size, root) == -1)
		return damaged(p, folder);
	return memcmp(root, old->root, sizeof(root)) == 0 ? 0 :
	    ahead(p, folder, old->size, old->size);
}

/* --- writing ------------------------------------------------------------ */

static int
fill_tile(struct publish *p, const struct tree_id *tree, const struct tile *t)
{
	struct tree_nodes n = { p->trees, *tree };
	const struct merkle_nodes nodes = { tree_nodes_get, &n };
	struct buf leaf = BUF_INIT;
	int rc = 0;

	buf_clear(&p->text);
	if (t->level != TILE_ENTRIES)
		return tile_hashes(&p->text, t, &nodes);
	for (unsigned i = 0; i < t->width && rc == 0; i++) {
		buf_clear(&leaf);
		rc = trees_leaf(p->trees, tree, t->index * TILE_WIDTH + i,
		    &leaf);
		if (rc == 0)
			rc = tile_entry_add(&p->text, leaf.data, leaf.len);
	}
	buf_release(&leaf);
	return rc;
}

static int
write_tiles(struct publish *p, const struct tree_id *tree, const char *folder,
    uint64_t old, uint64_t size)
{
	char path[PATH_MAX], name[TILE_PATH_MAX];
	struct tile_walk walk = { 0 };
	struct tile t;

	while (tile_next(&walk, old, size, &t)) {
		if (fill_tile(p, tree, &t) == -1)
			return damaged(p, folder);
		tile_path(&t, name);
		(void)snprintf(path, sizeof(path), "%s/%s/%s", p->log, folder,
		    name);
		if (write_file(p, path) == -1)
			return -1;
		sys_step("publish:tile");
	}
	return 0;
}

/* A file that is written only if it is another; empties the text. */
static int
write_if_other(struct publish *p, char *path, struct buf *text)
{
	int rc = read_file(p, path);

	if (rc == 1 && p->text.len == text->len &&
	    memcmp(p->text.data, text->data, text->len) == 0) {
		buf_release(text);
		return 0;
	}
	buf_swap(&p->text, text);
	buf_release(text);
	return rc == -1 ? -1 : write_file(p, path);
}

static int
write_vkey(struct publish *p, const struct checkpoint *head)
{
	char path[PATH_MAX];
	struct buf text = BUF_INIT;
	struct note_vkey key;

	if (head_vkey(head, p->seed, &key) == -1)
		return damaged(p, head->origin);
	note_vkey_text(&text, &key);
	buf_addc(&text, '\n');
	(void)snprintf(path, sizeof(path), "%s/%s/vkey", p->log,
	    head_folder(head));
	return write_if_other(p, path, &text);
}

/* Also when nothing is new: witnesses come and go with the configuration. */
static int
write_policy(struct publish *p)
{
	char path[PATH_MAX];
	struct buf text = BUF_INIT;
	struct checkpoint head;
	struct note_vkey key;

	if (head_of_master(p->trees, &p->last, &head) == -1 ||
	    head_vkey(&head, p->seed, &key) == -1)
		return damaged(p, "master");
	policy_text(&text, &key, p->conf);
	(void)snprintf(path, sizeof(path), "%s/trust.policy", p->log);
	if (write_if_other(p, path, &text) == -1)
		return -1;
	return sync_dirs(p);
}

static int
write_checkpoint(struct publish *p, const struct checkpoint *head)
{
	char path[PATH_MAX], part[PATH_MAX];

	buf_clear(&p->text);
	if (checkpoint_sign(&p->text, head, p->seed) == -1)
		return damaged(p, head->origin);
	(void)snprintf(path, sizeof(path), "%s/%s/checkpoint", p->log,
	    head_folder(head));
	if (make_dirs(p, path) == -1 || write_part(p, path, part) == -1)
		return -1;
	sys_step("publish:written");
	if (sys_rename(part, path) == -1)
		return wrong(p, path);
	if (sync_dirs(p) == -1)
		return -1;
	sys_step("publish:renamed");
	return 0;
}

static int
publish_tree(struct publish *p, const struct tree_id *tree,
    const struct checkpoint *head)
{
	const char *folder = head_folder(head);
	struct checkpoint old = { { 0 }, 0, { 0 } };
	int rc = published(p, folder, &old);

	if (rc == -1)
		return -1;
	if (rc == 1 && check_extends(p, tree, folder, &old) == -1)
		return -1;
	if (rc == 1 && old.size >= head->size)
		return 0;	/* a crash came between it and the master */
	if (write_vkey(p, head) == -1 ||
	    write_tiles(p, tree, folder, old.size, head->size) == -1 ||
	    sync_dirs(p) == -1)
		return -1;
	sys_step("publish:tiles");
	return write_checkpoint(p, head);
}

/* Every head that came to the master since what is published. */
static int
publish_heads(struct publish *p, uint64_t from)
{
	struct tree_head h;
	struct checkpoint head;

	for (uint64_t i = from; i < p->last.master_size; i++) {
		if (trees_head(p->trees, i, &h) != 1)
			return damaged(p, "master");
		/* Of an earlier life: it was signed under that, or never. */
		if (h.life != p->last.life)
			continue;
		if (head_of(p->trees, &h, &head) == -1)
			return damaged(p, "master");
		if (publish_tree(p, &h.tree, &head) == -1)
			return -1;
	}
	return 0;
}

/* --- a restored store --------------------------------------------------- */

/* Where what was published in a life is, once the next one has begun. */
static void
folder_of(const struct publish *p, uint64_t life, char path_r[PATH_MAX])
{
	char text[LIFE_TEXT];

	leaf_life_text(life, text);
	(void)snprintf(path_r, PATH_MAX, "%s.%s", p->log, text);
}

/* 1: what is published is of a life that came after that of this store. */
static int
is_later(const struct publish *p, uint64_t life)
{
	char ended[PATH_MAX];
	unsigned mode;

	folder_of(p, p->last.life, ended);
	return life >> 32 > p->last.life >> 32 || sys_mode(ended, &mode) == 0;
}

/*
 * What was published under the origins of an earlier life moves away whole.
 * 1: it did, 0: it is of this life, -1.
 */
static int
move_away(struct publish *p, const struct checkpoint *old)
{
	char to[PATH_MAX];
	struct origin o;

	if (origin_parse(&o, old->origin, strlen(old->origin)) == -1) {
		*p->final_r = 1;
		return damaged(p, old->origin);
	}
	if (o.life == p->last.life)
		return 0;
	if (is_later(p, o.life))
		return ahead(p, "master", old->size, p->last.master_size);
	folder_of(p, o.life, to);
	if (sys_rename(p->log, to) == -1)
		return wrong(p, to);
	(void)snprintf(to, sizeof(to), "%.*s",
	    (int)(strrchr(p->log, '/') - p->log), p->log);
	if (sys_sync_dir(to) == -1)
		return wrong(p, to);
	sys_step("publish:life");
	return 1;
}

/* Leaves of the master that were published in this life. */
static int
look(struct publish *p, uint64_t *from_r)
{
	struct checkpoint old;
	int rc = published(p, "master", &old), moved;

	*from_r = 0;
	if (rc != 1)
		return rc;
	if ((moved = move_away(p, &old)) != 0)
		return moved == 1 ? 0 : -1;
	if (check_extends(p, &TREE_MASTER, "master", &old) == -1)
		return -1;
	*from_r = old.size;
	return 0;
}

static int
publish_all(struct publish *p)
{
	struct checkpoint head;
	uint64_t from;

	if (look(p, &from) == -1)
		return -1;
	if (from == p->last.master_size)
		return 1;
	if (publish_heads(p, from) == -1)
		return -1;
	if (head_of_master(p->trees, &p->last, &head) == -1)
		return damaged(p, "master");
	if (publish_tree(p, &TREE_MASTER, &head) == -1)
		return -1;
	sys_step("publish:done");
	return 1;
}

/* No checkpoint in the journal: then none may be published either. */
static int
publish_nothing(struct publish *p)
{
	struct checkpoint old;
	int rc = published(p, "master", &old);

	if (rc == 1) {
		*p->final_r = 1;
		return ahead(p, "master", old.size, 0);
	}
	return rc;
}

int
publish_run(struct store *store, const char *dir,
    const uint8_t seed[ED25519_KEY], const struct seal_conf *conf,
    struct tree_checkpoint *done_r, int *final_r, struct trouble *t)
{
	struct publish p = { .seed = seed, .conf = conf,
	    .final_r = final_r, .trouble = t };
	int rc;

	*final_r = 0;
	memset(done_r, 0, sizeof(*done_r));
	if ((size_t)snprintf(p.log, sizeof(p.log), "%s/log", dir) >=
	    sizeof(p.log)) {
		errno = ENAMETOOLONG;
		return trouble_errno(t, SAY_LOG_WRITE, dir);
	}
	if ((p.trees = trees_open(store, t)) == NULL)
		return -1;
	rc = trees_checkpoint_last(p.trees, trees_position(p.trees), &p.last);
	/* Restored since: what it fixed is of the life before. */
	if (rc == 1 && p.last.life != trees_life(p.trees))
		rc = 0;
	else if (rc == 0)
		rc = publish_nothing(&p);
	else if (rc == 1)
		rc = publish_all(&p) == 1 && write_policy(&p) == 0 ? 1 : -1;
	else
		rc = damaged(&p, p.log);
	if (rc == 1)
		*done_r = p.last;
	for (unsigned i = 0; i < p.ndirs; i++)
		free(p.dirs[i]);
	trees_close(p.trees);
	buf_release(&p.text);
	return rc;
}
