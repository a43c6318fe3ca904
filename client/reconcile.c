/* SPDX-License-Identifier: ISC */
/*
 * reconcile: holds items against the store, a batch at a time, in this order:
 * the bytes' SHA-256, the entry of a receipt, the Message-ID, the call that a
 * log names, and for what is not here the refusals.  What the answers mean
 * is reconcile_judge.c.
 */
#include "client/reconcile_own.h"

#include <stdlib.h>
#include <string.h>

#include "client/show.h"
#include "client/verbs.h"

const struct cmd *
reconcile_cmd(const struct reconcile *rec)
{
	return rec->cmd;
}

void
reconcile_unread(struct reconcile *rec, enum say_key key, const char *what,
    const char *why)
{
	rec->failed = cmd_fail(rec->cmd, EXIT_FAILED, key, what, why);
}

static void
item_clear(struct rec_item *item)
{
	free(item->name);
	free(item->file);
	free(item->message_id);
	free(item->reply);
	free(item->fax);
	free(item->call);
	memset(item, 0, sizeof(*item));
}

/* ---- batches --------------------------------------------------------- */

static void
finish(struct reconcile *rec, unsigned i)
{
	struct fate *fate = &rec->fate[i];

	rec->offered++;
	rec->count[fate->class]++;
	reconcile_print(rec, &rec->item[i], fate);
}

static int
flush(struct reconcile *rec)
{
	int code = EXIT_DONE;

	if ((code = reconcile_ask(rec, BY_SHA256)) == EXIT_DONE &&
	    (code = reconcile_ask(rec, BY_ENTRY)) == EXIT_DONE &&
	    (code = reconcile_ask(rec, BY_MESSAGE_ID)) == EXIT_DONE &&
	    (code = reconcile_ask(rec, BY_FAX)) == EXIT_DONE)
		code = reconcile_ask(rec, BY_CALL);
	for (unsigned i = 0; i < rec->n; i++) {
		if (code == EXIT_DONE && !rec->fate[i].known)
			code = reconcile_absent(rec, &rec->item[i],
			    &rec->fate[i]);
		if (code == EXIT_DONE)
			finish(rec, i);
		item_clear(&rec->item[i]);
		buf_release(&rec->fate[i].why);
		memset(&rec->fate[i], 0, sizeof(rec->fate[i]));
	}
	rec->n = 0;
	if (code != EXIT_DONE)
		rec->away = code;
	show_progress(rec->cmd, SAY_REC_AT_WORK, rec->offered, 0);
	return code;
}

int
reconcile_offer(struct reconcile *rec, struct rec_item *item)
{
	if (rec->away != EXIT_DONE || item->name == NULL) {
		int code = rec->away;

		if (code == EXIT_DONE)
			code = rec->away = cmd_fail(rec->cmd, EXIT_FAILED,
			    SAY_CLI_NO_MEMORY, NULL, NULL);
		item_clear(item);
		return code;
	}
	rec->item[rec->n++] = *item;
	memset(item, 0, sizeof(*item));
	return rec->n == BATCH ? flush(rec) : EXIT_DONE;
}

/* ---- the whole ------------------------------------------------------- */

static int
read_all(struct reconcile *rec)
{
	static const struct {
		const char		*option;
		reconcile_read_fn	*read;
	} sources[] = {
		{ "folder", offered_folder }, { "maildir", offered_maildir },
		{ "mbox", offered_mbox }, { "ids", offered_ids },
		{ "call-log", calls_telephone },
	};
	int code = EXIT_DONE;

	for (size_t s = 0; s < sizeof(sources) / sizeof(sources[0]); s++) {
		const char *path;

		for (unsigned i = 0; code == EXIT_DONE && (path =
		    cmd_opts(rec->cmd, sources[s].option, i)) != NULL; i++)
			code = sources[s].read(rec, path);
	}
	if (code == EXIT_DONE && cmd_opt(rec->cmd, "postfix-log") != NULL)
		code = gateway_logs(rec);
	if (code == EXIT_DONE && cmd_opt(rec->cmd, "fax-log") != NULL)
		code = calls_faxes(rec);
	if (code == EXIT_DONE)
		code = flush(rec);
	return code;
}

static int
code_of(const struct reconcile *rec)
{
	if (rec->away != EXIT_DONE)
		return rec->away;
	if (rec->count[REC_CONTRADICTED] > 0)
		return EXIT_PROOF;
	if (rec->failed != EXIT_DONE)
		return rec->failed;
	return rec->count[REC_MISSING] > 0 ? EXIT_LOOK : EXIT_DONE;
}

static void
reconcile_free(struct reconcile *rec)
{
	for (unsigned i = 0; i < rec->n; i++)
		item_clear(&rec->item[i]);
	for (size_t i = 0; i < rec->nrefusals; i++) {
		free(rec->refusal[i].file);
		free(rec->refusal[i].why);
	}
	free(rec->refusal);
	free(rec->met);
	map_release(&rec->calls);
	call_free(rec->call);
	free(rec);
}

int
run_reconcile(struct cmd *cmd)
{
	struct reconcile *rec;
	int code;

	if (cmd->noptions == 0 || (cmd_opt(cmd, "folder") == NULL &&
	    cmd_opt(cmd, "maildir") == NULL && cmd_opt(cmd, "mbox") == NULL &&
	    cmd_opt(cmd, "ids") == NULL &&
	    cmd_opt(cmd, "postfix-log") == NULL &&
	    cmd_opt(cmd, "fax-log") == NULL &&
	    cmd_opt(cmd, "call-log") == NULL))
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NEEDS,
		    "--folder --maildir --mbox --ids --postfix-log --fax-log "
		    "--call-log", NULL);
	if ((rec = calloc(1, sizeof(*rec))) == NULL)
		return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_NO_MEMORY, NULL,
		    NULL);
	rec->cmd = cmd;
	rec->call = call_new(cmd);
	rec->all = cmd_opt(cmd, "all") != NULL;
	rec->missing = cmd_opt(cmd, "missing") != NULL;
	reconcile_print_begin(rec);
	(void)read_all(rec);
	show_progress_end();
	reconcile_print_totals(rec);
	reconcile_print_unread(rec);
	code = code_of(rec);
	reconcile_free(rec);
	return code;
}
