/* SPDX-License-Identifier: ISC */
/*
 * reconcile_print: items and totals, as JSON, as lines of tab-separated
 * values, or the bare names of what is missing.
 */
#include "client/reconcile_own.h"

#include <stdlib.h>
#include <string.h>

#include "client/show.h"
#include "client/term.h"
#include "proto/base/text.h"

static const char *const by_word[] = { "sha256", "entry", "message-id",
	"fax", "call", "file-name", "commid", "number", "contact", "time", "" };

/* Said where it is less than the bytes or the receipt; else SAY_COUNT. */
static enum say_key
by_said(enum by by)
{
	switch (by) {
	case BY_MESSAGE_ID:
		return SAY_REC_BY_MESSAGE_ID;
	case BY_FILE:
		return SAY_REC_BY_FILE;
	case BY_COMMID:
		return SAY_REC_BY_COMMID;
	case BY_NUMBER:
		return SAY_REC_BY_NUMBER;
	case BY_CONTACT:
		return SAY_REC_BY_CONTACT;
	case BY_TIME:
		return SAY_REC_BY_TIME;
	default:
		return SAY_COUNT;
	}
}

static const struct {
	const char	*word;		/* of JSON */
	enum say_key	 said;
} classes[REC_CLASSES] = {
	[REC_CAPTURED] = { "captured", SAY_REC_CAPTURED },
	[REC_DUPLICATE] = { "duplicate", SAY_REC_DUPLICATE },
	[REC_ASIDE] = { "aside", SAY_REC_ASIDE },
	[REC_SIDECAR] = { "sidecar", SAY_REC_SIDECAR },
	[REC_REFUSED] = { "refused", SAY_REC_REFUSED },
	[REC_MISSING] = { "missing", SAY_REC_MISSING },
	[REC_CONTRADICTED] = { "contradicted", SAY_REC_CONTRADICTED },
};

/* A member; nothing for "".  Bytes from outside become text. */
static void
put(json_t *object, const char *key, const char *value)
{
	struct buf text_r = BUF_INIT;

	text_clean(&text_r, value, strlen(value));
	if (text_r.len > 0 && !buf_failed(&text_r))
		(void)json_object_set_new(object, key, json_stringn(
		    (const char *)text_r.data, text_r.len));
	buf_release(&text_r);
}

static void
print_json(struct reconcile *rec, const struct rec_item *item,
    struct fate *fate)
{
	json_t *line = json_object();
	char id[ID_TEXT_MAX];

	put(line, "by", by_word[fate->by]);
	put(line, "document", id_text(&fate->document, id));
	if (fate->class == REC_DUPLICATE)
		put(line, "duplicate_of", id_text(&fate->of, id));
	if (fate->entry != 0)
		(void)json_object_set_new(line, "entry",
		    json_integer((json_int_t)fate->entry));
	put(line, "name", item->name);
	put(line, "receipt", fate->receipt);
	put(line, "state", classes[fate->class].word);
	put(line, "why", buf_str(&fate->why));
	(void)fputs(rec->printed == 0 ? "\n" : ",\n", stdout);
	if (show_json(line) != EXIT_DONE)
		rec->failed = EXIT_FAILED;
	json_decref(line);
}

static void
print_tame(const char *s)
{
	char *copy = strdup(s);

	if (copy == NULL)
		return;
	term_tame(copy);
	(void)fputs(copy, stdout);
	free(copy);
}

/* state, name, document, receipt, why: what is not there stays empty. */
static void
print_line(const struct reconcile *rec, const struct rec_item *item,
    struct fate *fate)
{
	const struct id *which = fate->class == REC_DUPLICATE ? &fate->of :
	    &fate->document;
	char id[ID_TEXT_MAX];

	if (rec->missing) {
		print_tame(item->name);
		(void)putchar('\n');
		return;
	}
	(void)printf("%s\t", say_text(rec->cmd->lang,
	    classes[fate->class].said));
	print_tame(item->name);
	(void)printf("\t%s\t", id_text(which, id));
	if (fate->entry != 0)
		(void)printf("%llu %s", (unsigned long long)fate->entry,
		    fate->receipt);
	(void)putchar('\t');
	if (by_said(fate->by) != SAY_COUNT)
		(void)printf("%s%s", say_text(rec->cmd->lang,
		    by_said(fate->by)), fate->why.len > 0 ? ": " : "");
	print_tame(buf_str(&fate->why));
	(void)putchar('\n');
}

static int
is_printed(const struct reconcile *rec, enum rec_class class)
{
	int lacking = class == REC_MISSING || class == REC_CONTRADICTED;

	if (rec->missing)
		return lacking;
	return rec->all || rec->cmd->json || lacking || class == REC_REFUSED;
}

void
reconcile_print(struct reconcile *rec, const struct rec_item *item,
    struct fate *fate)
{
	if (!is_printed(rec, fate->class))
		return;
	if (rec->cmd->json)
		print_json(rec, item, fate);
	else
		print_line(rec, item, fate);
	rec->printed++;
}

/* ---- totals ---------------------------------------------------------- */

static void
print_sum(const struct reconcile *rec)
{
	FILE *out = rec->missing ? stderr : stdout;

	(void)fprintf(out, "%s %llu =", say_text(rec->cmd->lang,
	    SAY_REC_OFFERED), (unsigned long long)rec->offered);
	for (int i = 0; i < REC_CLASSES; i++) {
		if (rec->count[i] == 0 && (i == REC_SIDECAR ||
		    i == REC_CONTRADICTED))
			continue;
		(void)fprintf(out, "%s %s %llu", i > 0 ? " +" : "",
		    say_text(rec->cmd->lang, classes[i].said),
		    (unsigned long long)rec->count[i]);
	}
	(void)fputc('\n', out);
}

static void
print_json_totals(const struct reconcile *rec)
{
	json_t *totals = json_object();

	for (int i = 0; i < REC_CLASSES; i++)
		(void)json_object_set_new(totals, classes[i].word,
		    json_integer((json_int_t)rec->count[i]));
	(void)json_object_set_new(totals, "offered",
	    json_integer((json_int_t)rec->offered));
	(void)fputs("\n],\"totals\":", stdout);
	(void)show_json(totals);
	(void)puts("}");
	json_decref(totals);
}

void
reconcile_print_begin(const struct reconcile *rec)
{
	if (rec->cmd->json)
		(void)fputs("{\"items\":[", stdout);
}

void
reconcile_print_totals(const struct reconcile *rec)
{
	if (rec->cmd->json)
		print_json_totals(rec);
	else
		print_sum(rec);
}

/* Message-IDs are known once read: say so when that explains something. */
void
reconcile_print_unread(struct reconcile *rec)
{
	json_t *answer = NULL;
	const json_t *row;
	json_int_t left;
	char number[24];

	if (rec->count[REC_MISSING] == 0)
		return;
	call_route(rec->call, ROUTE_STATUS, NULL);
	if (call_json(rec->call, NULL, &answer) == EXIT_DONE) {
		row = show_row_of(answer);
		left = json_integer_value(json_object_get(row, "documents")) -
		    json_integer_value(json_object_get(row, "read")) -
		    json_integer_value(json_object_get(row, "unread"));
		(void)snprintf(number, sizeof(number), "%lld", (long long)left);
		if (left > 0)
			(void)cmd_fail(rec->cmd, 0, SAY_REC_UNREAD, number,
			    NULL);
	}
	json_decref(answer);
}
