/* SPDX-License-Identifier: ISC */
/*
 * gateway: items out of Postfix's log: one a recipient of a mail, with the
 * last that was said of it.
 *
 *	deferred -> deferred -> sent | bounced | expired
 *
 * A line behind the end begins another item: short queue ids come again.
 * An item is ours when our receipt stands in it, or another went to the same
 * relay with one, or a process of the LMTP client wrote it.  The rest of the
 * log went elsewhere, and is only counted.
 *
 * One process of Postfix does one delivery at a time, so the entries in its
 * lines only grow: where they do not, the journal is not what it was.
 */
#include "client/reconcile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/map.h"
#include "proto/base/buf.h"
#include "proto/wire/message_id.h"
#include "proto/wire/postfix.h"

#define READ_SIZE 65536

struct delivery {
	struct rec_item		 item;
	char			*relay;
	enum postfix_status	 status;
	int			 lmtp;
};

struct gateway {
	struct reconcile	*rec;
	struct delivery		*v;
	size_t			 n, cap;
	struct map		 open;	/* "QUEUE ADDRESS" -> n, 0: ended */
	struct map		 ids;		/* queue -> n of message_id */
	struct map		 senders;	/* process -> its last entry */
	struct map		 relays;	/* of our receipts */
	char			**message_id;
	size_t			 nids, idcap;
};

static char *
copy(const struct postfix_text *t)
{
	return strndup(t->p, t->n);
}

/* ---- lines ------------------------------------------------------------ */

static int
note_id(struct gateway *g, const struct postfix_line *line)
{
	uint64_t *at = map_at(&g->ids, line->queue.p, line->queue.n);
	struct buf id = BUF_INIT;
	int ret = -1;

	if (g->nids == g->idcap) {
		size_t cap = g->idcap > 0 ? 2 * g->idcap : 256;
		char **grown = realloc(g->message_id, cap * sizeof(*grown));

		if (grown == NULL)
			return -1;
		g->message_id = grown;
		g->idcap = cap;
	}
	if (at == NULL)
		return -1;
	if (!message_id_clean(line->message_id.p, line->message_id.n, &id)) {
		*at = 0;
		ret = 0;
	} else if ((g->message_id[g->nids] = strdup(buf_str(&id))) != NULL) {
		*at = ++g->nids;
		ret = 0;
	}
	buf_release(&id);
	return ret;
}

static struct delivery *
begin(struct gateway *g, const struct postfix_line *line, const char *name)
{
	uint64_t id = map_get(&g->ids, line->queue.p, line->queue.n);
	struct delivery *d;

	if (g->n == g->cap) {
		size_t cap = g->cap > 0 ? 2 * g->cap : 256;
		struct delivery *grown = realloc(g->v, cap * sizeof(*grown));

		if (grown == NULL)
			return NULL;
		g->v = grown;
		g->cap = cap;
	}
	d = &g->v[g->n++];
	memset(d, 0, sizeof(*d));
	d->item.name = strdup(name);
	if (id > 0)
		d->item.message_id = strdup(g->message_id[id - 1]);
	return d;
}

/* Entries of one process only grow. */
static int
note_order(struct gateway *g, const struct postfix_line *line,
    struct rec_item *item)
{
	uint64_t *last = map_at(&g->senders, line->sender.p, line->sender.n);

	if (last == NULL)
		return -1;
	item->disorder = line->entry < *last;
	if (line->entry > *last)
		*last = line->entry;
	return 0;
}

static int
note_receipt(struct gateway *g, const struct postfix_line *line,
    struct rec_item *item)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t *relay = map_at(&g->relays, line->relay.p, line->relay.n);

	if (relay == NULL)
		return -1;
	*relay = 1;
	item->kept = 1;
	item->document = line->document;
	item->entry = line->entry;
	for (int i = 0; i < 8; i++) {
		item->receipt[2 * i] = digits[line->receipt[i] >> 4];
		item->receipt[2 * i + 1] = digits[line->receipt[i] & 15];
	}
	return note_order(g, line, item);
}

static int
note_delivery(struct gateway *g, const struct postfix_line *line)
{
	struct buf name = BUF_INIT;
	struct delivery *d = NULL;
	uint64_t *open;
	int ret = -1;

	buf_add(&name, line->queue.p, line->queue.n);
	buf_addc(&name, ' ');
	buf_add(&name, line->to.p, line->to.n);
	if (buf_str(&name) == NULL ||
	    (open = map_at(&g->open, (const char *)name.data, name.len)) ==
	    NULL)
		goto out;
	d = *open > 0 ? &g->v[*open - 1] : begin(g, line, buf_str(&name));
	if (d == NULL)
		goto out;
	*open = line->status == POSTFIX_DEFERRED ? (uint64_t)(d - g->v) + 1 :
	    0;
	free(d->relay);
	free(d->item.reply);
	d->relay = copy(&line->relay);
	d->item.reply = line->kept ? NULL : copy(&line->reply);
	d->status = line->status;
	d->item.bounced = line->status == POSTFIX_BOUNCED;
	d->lmtp |= line->process.n == 4 &&
	    memcmp(line->process.p, "lmtp", 4) == 0;
	ret = line->kept ? note_receipt(g, line, &d->item) : 0;
out:
	buf_release(&name);
	return ret;
}

static int
on_line(void *arg, const struct postfix_line *line)
{
	int ret = line->what == POSTFIX_MESSAGE_ID ? note_id(arg, line) :
	    note_delivery(arg, line);

	if (ret == -1)
		errno = ENOMEM;
	return ret;
}

/* ---- the whole ------------------------------------------------------- */

static void
read_log(struct gateway *g, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	static char bytes[READ_SIZE];
	struct postfix log;
	int rc = file == NULL ? -1 : 0;
	size_t n;

	postfix_init(&log, on_line, g);
	while (rc == 0 && (n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		rc = postfix_feed(&log, bytes, n);
	if (rc == 0)
		rc = ferror(file) ? -1 : postfix_end(&log);
	if (rc == -1)
		reconcile_unread(g->rec, SAY_CLI_CANNOT_READ, path,
		    strerror(errno));
	if (file != NULL && file != stdin)
		(void)fclose(file);
	postfix_release(&log);
}

static int
offer_all(struct gateway *g)
{
	uint64_t elsewhere = 0;
	char number[24];
	int code = EXIT_DONE;

	for (size_t i = 0; i < g->n && code == EXIT_DONE; i++) {
		struct delivery *d = &g->v[i];

		if (d->item.kept || d->lmtp || (d->relay != NULL &&
		    map_get(&g->relays, d->relay, strlen(d->relay)) != 0))
			code = reconcile_offer(g->rec, &d->item);
		else
			elsewhere++;
	}
	(void)snprintf(number, sizeof(number), "%llu",
	    (unsigned long long)elsewhere);
	if (elsewhere > 0)
		(void)cmd_fail(reconcile_cmd(g->rec), 0, SAY_REC_ELSEWHERE,
		    number, NULL);
	return code;
}

static void
gateway_free(struct gateway *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->v[i].item.name);
		free(g->v[i].item.message_id);
		free(g->v[i].item.reply);
		free(g->v[i].relay);
	}
	for (size_t i = 0; i < g->nids; i++)
		free(g->message_id[i]);
	free(g->message_id);
	free(g->v);
	map_release(&g->open);
	map_release(&g->ids);
	map_release(&g->senders);
	map_release(&g->relays);
}

int
gateway_logs(struct reconcile *rec)
{
	struct gateway g = { .rec = rec };
	const char *path;
	int code;

	for (unsigned i = 0; (path = cmd_opts(reconcile_cmd(rec),
	    "postfix-log", i)) != NULL; i++)
		read_log(&g, path);
	code = offer_all(&g);
	gateway_free(&g);
	return code;
}
