/* SPDX-License-Identifier: ISC */
/*
 * status: the counts, and whether the store is in health.
 */
#include "store/ask/ask.h"

#include <errno.h>

#include "store/ask/room.h"

static void
put_count(struct jw *w, const char *key, uint64_t n)
{
	jw_kint(w, key, (int64_t)n);
}

static void
put_counts(struct jw *w, const struct room *room,
    const uint64_t n[COUNT_N], uint64_t to_render, uint64_t entries,
    int readonly, const char *trouble)
{
	put_count(w, "applied", room->snap.applied);
	put_count(w, "aside", n[COUNT_ASIDE]);
	put_count(w, "cases", n[COUNT_CASES]);
	put_count(w, "clients", n[COUNT_CLIENTS]);
	put_count(w, "contacts", n[COUNT_CONTACTS]);
	put_count(w, "copies", n[COUNT_COPIES]);
	put_count(w, "documents", n[COUNT_DOCUMENTS]);
	put_count(w, "duplicates", n[COUNT_DUPLICATES]);
	put_count(w, "entries", entries);
	put_count(w, "not_delivered", n[COUNT_UNDELIVERED]);
	put_count(w, "position", room->snap.applied);
	put_count(w, "read", n[COUNT_READ]);
	jw_kbool(w, "readonly", readonly);
	put_count(w, "refused", n[COUNT_REFUSED]);
	jw_key(w, "store");
	jw_hex(w, log_store_id(room->log), 16);
	put_count(w, "to_render", to_render);
	put_count(w, "triage", n[COUNT_TRIAGE]);
	jw_kstr_opt(w, "trouble", trouble);
	put_count(w, "unfiled", n[COUNT_TRIAGE] + n[COUNT_NEW]);
	put_count(w, "unread", n[COUNT_UNREAD]);
	jw_kstr(w, "version", DOSSIER_VERSION);
}

int
ask_status(struct store *store, struct buf *out, struct trouble *trouble)
{
	struct trouble why = { .key = SAY_COUNT };
	struct buf text = BUF_INIT;
	uint64_t n[COUNT_N], to_render;
	struct log_head head;
	struct room room;
	size_t len = out->len;
	int readonly, ret = -1;
	struct jw w;

	if (room_begin(&room, store, 0, trouble) == -1)
		return -1;
	if (vcounts_get(&room.snap, n) == -1 ||
	    vrows_count(&room.snap, VIEW_TODO_RENDER, &to_render) == -1)
		goto out;
	log_head(room.log, &head);
	readonly = log_readonly(room.log, &why) == 1;
	if ((readonly || log_dead(room.log, &why) == 1) &&
	    why.key != SAY_COUNT)
		trouble_say(&text, LANG_EN, &why);
	jw_init(&w, out);
	jw_object(&w);
	put_counts(&w, &room, n, to_render, head.seq, readonly, buf_str(&text));
	jw_end(&w);
	ret = 0;
	if (buf_failed(out) || buf_failed(&text)) {
		errno = ENOMEM;
		ret = -1;
	}
out:
	if (ret == -1) {
		if (!buf_failed(out))
			out->len = len;
		(void)room_fail(&room, "status");
	}
	buf_release(&text);
	room_end(&room);
	return ret;
}
