/* SPDX-License-Identifier: ISC */
/*
 * verify_export: that the export itself was recorded: seal/export.json gives
 * the entry bundle.built, which must name this bundle and the SHA-512 of its
 * tagmanifest-sha512.txt; seal/export.tlog-proof leads from its leaf to a
 * head of the same tree that was signed after it.
 *
 * Both came after the bundle was sealed and are in no manifest: whoever has
 * taken both out has left a bundle that says nothing of it.
 */
#include "client/verify_log.h"

#include <errno.h>
#include <string.h>

#include "proto/base/kinds.h"
#include "proto/out/disclosed.h"
#include "proto/out/layout.h"
#include "proto/out/tlogproof.h"

/* A member of the body is this text. */
static int
says(const struct entry *e, const char *field, const char *want)
{
	uint32_t at = entry_get(e, field);

	return at != JSON_NONE && json_is(&e->json, at, want);
}

/* The entry is about these manifests. */
static int
is_of_this(const struct verify *v, const struct entry *e)
{
	const struct verify_file *sealed = verify_file(v, LAYOUT_SEALED);
	char id[ID_TEXT_MAX];
	struct buf sum = BUF_INIT;
	int good;

	if (sealed == NULL || v->info.identifier == NULL ||
	    e->kind != KIND_BUNDLE_BUILT ||
	    strcmp(id_text(&e->bundle, id), v->info.identifier) != 0)
		return 0;
	buf_addhex(&sum, sealed->sha512, sizeof sealed->sha512);
	good = buf_str(&sum) != NULL && says(e, "tagmanifest", buf_str(&sum));
	buf_release(&sum);
	return good;
}

/* The text of its leaf, out of what is disclosed; 0, or -1 broken. */
static int
leaf_of(struct verify *v, const struct buf *file, uint64_t *case_seq_r,
    struct buf *leaf)
{
	const char *line = file->len > 0 ? (const char *)file->data : "";
	struct buf memory = BUF_INIT;
	struct leaf l = { .kind = KIND_BUNDLE_BUILT };
	struct disclosed d;
	struct entry e;
	int form = -1, same = 0;

	if (file->len > 0 && line[file->len - 1] == '\n' &&
	    disclosed_read(&d, &memory, line, file->len - 1) == 0 &&
	    d.case_seq != 0 && disclosed_commitment(&d, l.commitment) == 0 &&
	    entry_decode(&e, d.entry, d.entry_len) == 0) {
		form = 0;
		same = is_of_this(v, &e);
		l.seq = *case_seq_r = d.case_seq;
		l.at = e.at;
		leaf_encode(leaf, LEAF_CASE, &l);
		entry_release(&e);
	}
	buf_release(&memory);
	if (form == -1 || buf_failed(leaf))
		return verify_broken(v, VERIFY_EXPORT, SAY_VERIFY_EXPORT_FORM,
		    LAYOUT_EXPORT, NULL);
	return same ? 0 : verify_broken(v, VERIFY_EXPORT,
	    SAY_VERIFY_EXPORT_OTHER, NULL, NULL);
}

/* The leaf is where the proof says, in a tree that goes on from this one. */
static void
check_proof(struct verify *v, const struct keys *keys,
    const struct tlogproof *proof, uint64_t case_seq, const struct buf *leaf)
{
	const struct checkpoint *head = &v->log->head;
	struct checkpoint later, same;
	struct note_vkey key;

	if (log_head_open(v, VERIFY_EXPORT, keys, proof->checkpoint,
	    proof->checkpoint_len, &later) == -1)
		return;
	if (!log_same_tree(later.origin, head->origin) ||
	    later.size < head->size || proof->index + 1 != case_seq ||
	    log_key_for(keys, later.origin, &key) == -1 ||
	    tlogproof_check(proof, leaf->data, leaf->len, &key, &same) == -1)
		(void)verify_broken(v, VERIFY_EXPORT,
		    SAY_VERIFY_EXPORT_PROOF, LAYOUT_EXPORT_PROOF, NULL);
	else
		verify_good(v, VERIFY_EXPORT, SAY_VERIFY_OK_EXPORT,
		    verify_number(case_seq), verify_number(later.size));
}

void
log_export(struct verify *v, const struct keys *keys)
{
	const struct verify_file *entry = verify_file(v, LAYOUT_EXPORT);
	const struct verify_file *file = verify_file(v, LAYOUT_EXPORT_PROOF);
	struct buf leaf = BUF_INIT;
	struct tlogproof proof;
	uint64_t case_seq = 0;

	if (entry == NULL && file == NULL)
		return;
	if (entry == NULL || file == NULL) {
		(void)verify_broken(v, VERIFY_EXPORT, SAY_VERIFY_MISSING,
		    entry == NULL ? LAYOUT_EXPORT : LAYOUT_EXPORT_PROOF,
		    NULL);
		return;
	}
	tlogproof_init(&proof);
	if (leaf_of(v, &entry->kept, &case_seq, &leaf) == 0) {
		if (file->kept.len == 0 || tlogproof_parse(&proof,
		    (const char *)file->kept.data, file->kept.len) == -1)
			(void)verify_broken(v, VERIFY_EXPORT,
			    SAY_VERIFY_EXPORT_FORM, LAYOUT_EXPORT_PROOF,
			    NULL);
		else
			check_proof(v, keys, &proof, case_seq, &leaf);
	}
	tlogproof_release(&proof);
	buf_release(&leaf);
}
