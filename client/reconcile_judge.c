/* SPDX-License-Identifier: ISC */
/*
 * reconcile_judge: what the daemon says of a batch of items, and what that
 * makes of each.  One arrival stands for one call only.  It must never call
 * something captured that only looks like it: how it was matched is always
 * said.
 */
#include "client/reconcile_own.h"

#include <stdlib.h>
#include <string.h>

#define ASK_BYTES 100000	/* of the keys of one question */

static const char *const by_word[] = { "sha256", "entry", "message-id",
	"fax", "call" };

/* ---- documents that were met ----------------------------------------- */

/* By which entry an earlier item met the document; 0: none did. */
static uint64_t
met_before(const struct reconcile *rec, const struct id *document)
{
	return document->number < rec->nmet ? rec->met[document->number] : 0;
}

static void
meet(struct reconcile *rec, const struct id *document, uint64_t entry)
{
	size_t n = document->number;

	if (n >= rec->nmet) {
		size_t more = n + n / 2 + 1024;
		uint64_t *grown = realloc(rec->met, more * sizeof(*grown));

		if (grown == NULL) {
			rec->failed = cmd_fail(rec->cmd, EXIT_FAILED,
			    SAY_CLI_NO_MEMORY, NULL, NULL);
			return;
		}
		memset(grown + rec->nmet, 0,
		    (more - rec->nmet) * sizeof(*grown));
		rec->met = grown;
		rec->nmet = more;
	}
	if (rec->met[n] == 0)
		rec->met[n] = entry;
}

/* ---- what the daemon says -------------------------------------------- */

static const char *
text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "";
}

static struct id
id_of(const json_t *object, const char *key)
{
	const char *value = text(object, key);
	struct id id;

	if (id_parse(value, strlen(value), &id) == -1)
		memset(&id, 0, sizeof(id));
	return id;
}

/* Of several documents of one Message-ID the one that leads the others. */
static const json_t *
leading(const json_t *documents)
{
	const json_t *document;
	size_t i;

	json_array_foreach(documents, i, document)
		if (json_object_get(document, "copy_of") == NULL)
			return document;
	return json_array_get(documents, 0);
}

/* The document that stands for the item. */
static void
take_document(struct reconcile *rec, struct fate *fate, enum by by,
    const json_t *document)
{
	const json_t *receipt = json_array_get(json_object_get(document,
	    "receipts"), 0);
	uint64_t before;

	fate->known = 1;
	fate->by = by;
	fate->document = id_of(document, "id");
	fate->of = id_of(document, "copy_of");
	fate->entry = (uint64_t)json_integer_value(json_object_get(receipt,
	    "seq"));
	(void)snprintf(fate->receipt, sizeof(fate->receipt), "%s",
	    text(receipt, "receipt"));
	before = met_before(rec, &fate->document);
	/* Recipients of one transaction have one receipt: no duplicates. */
	if (before != 0 && !(by == BY_ENTRY && before == fate->entry))
		fate->of = fate->document;
	if (fate->of.kind != ID_NONE)
		fate->class = REC_DUPLICATE;
	else if (strcmp(text(document, "state"), "aside") == 0)
		fate->class = REC_ASIDE;
	else
		fate->class = REC_CAPTURED;
	if (fate->class == REC_ASIDE)
		buf_adds(&fate->why, text(document, "aside"));
	meet(rec, &fate->document, fate->entry);
}

static void
contradict(const struct reconcile *rec, struct fate *fate, enum say_key key,
    const char *a, const char *b)
{
	fate->class = REC_CONTRADICTED;
	buf_clear(&fate->why);
	say(&fate->why, rec->cmd->lang, key, a, b);
}

/* Does the journal still hold what it had acknowledged? */
static void
check_receipt(struct reconcile *rec, const struct rec_item *item,
    struct fate *fate, const json_t *row)
{
	const json_t *document = json_array_get(json_object_get(row,
	    "documents"), 0);
	const json_t *receipt = json_array_get(json_object_get(document,
	    "receipts"), 0);
	char number[24];

	(void)snprintf(number, sizeof(number), "%llu",
	    (unsigned long long)item->entry);
	fate->by = BY_ENTRY;
	fate->document = item->document;
	fate->entry = item->entry;
	memcpy(fate->receipt, item->receipt, sizeof(fate->receipt));
	if (document == NULL) {
		fate->known = 1;
		contradict(rec, fate, json_object_get(row, "kind") == NULL ?
		    SAY_REC_NO_ENTRY : SAY_REC_OTHER_ENTRY, number,
		    text(row, "kind"));
		return;
	}
	if (strcmp(text(receipt, "receipt"), item->receipt) == 0) {
		struct id id = id_of(document, "id");

		if (id_equal(&id, &item->document))
			take_document(rec, fate, BY_ENTRY, document);
		else
			contradict(rec, fate, SAY_REC_OTHER_DOCUMENT, number,
			    text(document, "id"));
	} else {
		contradict(rec, fate, SAY_REC_OTHER_CHAIN, number,
		    text(receipt, "receipt"));
	}
	fate->known = 1;
	if (item->disorder && fate->class != REC_CONTRADICTED)
		contradict(rec, fate, SAY_REC_DISORDER, number, NULL);
}

/* The first arrival that no earlier call was found by, if there is one. */
static void
take_call(struct reconcile *rec, struct fate *fate, const json_t *documents)
{
	static const struct { const char *word; enum by by; } how[] = {
		{ "commid", BY_COMMID }, { "number", BY_NUMBER },
		{ "contact", BY_CONTACT }, { "time", BY_TIME },
	};
	const json_t *document;
	size_t i;

	json_array_foreach(documents, i, document) {
		json_int_t seq = json_integer_value(json_object_get(
		    json_array_get(json_object_get(document, "receipts"), 0),
		    "seq"));
		enum by by = BY_TIME;
		char entry[24];
		int n = snprintf(entry, sizeof(entry), "%lld",
		    (long long)seq);
		uint64_t *met = map_at(&rec->calls, entry, (size_t)n);

		if (met != NULL && *met != 0)
			continue;
		for (size_t k = 0; k < sizeof(how) / sizeof(how[0]); k++)
			if (strcmp(text(document, "match"), how[k].word) == 0)
				by = how[k].by;
		if (met != NULL)
			*met = 1;
		take_document(rec, fate, by, document);
		return;
	}
}

static void
take_row(struct reconcile *rec, unsigned i, enum by by, const json_t *row)
{
	const json_t *documents = json_object_get(row, "documents");

	if (by == BY_ENTRY)
		check_receipt(rec, &rec->item[i], &rec->fate[i], row);
	else if (by == BY_FAX || by == BY_CALL)
		take_call(rec, &rec->fate[i], documents);
	else if (json_array_size(documents) > 0)
		take_document(rec, &rec->fate[i], by, leading(documents));
}

/* The key of an item for a question, NULL: nothing to ask. */
static const char *
key_of(const struct reconcile *rec, unsigned i, enum by by, char room[24])
{
	const struct rec_item *item = &rec->item[i];

	if (rec->fate[i].known)
		return NULL;
	switch (by) {
	case BY_SHA256:
		return item->sha256[0] != '\0' ? item->sha256 : NULL;
	case BY_MESSAGE_ID:
		return item->message_id;
	case BY_ENTRY:
		if (!item->kept)
			return NULL;
		(void)snprintf(room, 24, "%llu",
		    (unsigned long long)item->entry);
		return room;
	case BY_FAX:
		return item->fax;
	case BY_CALL:
		return item->call;
	default:
		break;
	}
	return NULL;
}

/* Asks from item *next on for as many as one question holds. */
static int
ask_some(struct reconcile *rec, enum by by, unsigned *next)
{
	unsigned which[BATCH], n = 0;
	size_t bytes = 0, i;
	json_t *keys = json_array(), *answer = NULL, *body;
	const json_t *row;
	char room[24];
	int code;

	for (; *next < rec->n && bytes < ASK_BYTES; (*next)++) {
		const char *key = key_of(rec, *next, by, room);

		if (key == NULL)
			continue;
		(void)json_array_append_new(keys, json_string(key));
		bytes += strlen(key);
		which[n++] = *next;
	}
	body = json_pack("{s:s, s:o}", "by", by_word[by], "keys", keys);
	if (n == 0 || body == NULL) {
		json_decref(body);
		return n == 0 ? EXIT_DONE : EXIT_FAILED;
	}
	call_route(rec->call, ROUTE_KNOWN_ALL, NULL);
	code = call_json(rec->call, body, &answer);
	json_decref(body);
	if (code == EXIT_DONE && json_array_size(json_object_get(answer,
	    "rows")) != n)
		code = cmd_fail(rec->cmd, EXIT_FAILED, SAY_CLI_BAD_ANSWER,
		    "known", NULL);
	if (code == EXIT_DONE)
		json_array_foreach(json_object_get(answer, "rows"), i, row)
			take_row(rec, which[i], by, row);
	json_decref(answer);
	return code;
}

int
reconcile_ask(struct reconcile *rec, enum by by)
{
	unsigned next = 0;
	int code = EXIT_DONE;

	while (next < rec->n && code == EXIT_DONE)
		code = ask_some(rec, by, &next);
	return code;
}

/* ---- refusals -------------------------------------------------------- */

static int
refusal_order(const void *a, const void *b)
{
	const struct refusal *x = a, *y = b;

	return strcmp(x->file, y->file);
}

static int
add_refusal(void *arg, const json_t *row)
{
	struct reconcile *rec = arg;
	const char *file = text(row, "filename");
	struct refusal *grown;

	if (file[0] == '\0')
		return EXIT_DONE;
	grown = realloc(rec->refusal, (rec->nrefusals + 1) * sizeof(*grown));
	if (grown == NULL)
		return EXIT_FAILED;
	rec->refusal = grown;
	grown += rec->nrefusals;
	grown->file = strdup(file);
	grown->why = strdup(text(row, "reason"));
	if (grown->file == NULL || grown->why == NULL)
		return EXIT_FAILED;
	rec->nrefusals++;
	return EXIT_DONE;
}

static int
get_refusals(struct reconcile *rec)
{
	int code;

	if (rec->asked_refusals)
		return EXIT_DONE;
	rec->asked_refusals = 1;
	call_route(rec->call, ROUTE_REFUSED, NULL);
	code = call_list(rec->call, 0, add_refusal, rec);
	if (rec->nrefusals > 1)
		qsort(rec->refusal, rec->nrefusals, sizeof(*rec->refusal),
		    refusal_order);
	return code;
}

/* What is not here: refused, or missing. */
int
reconcile_absent(struct reconcile *rec, const struct rec_item *item,
    struct fate *fate)
{
	const struct refusal want = { item->file, NULL }, *found = NULL;
	int code;

	fate->by = BY_NOTHING;
	fate->class = item->bounced ? REC_REFUSED :
	    item->sidecar ? REC_SIDECAR : REC_MISSING;
	if (item->reply != NULL)
		buf_adds(&fate->why, item->reply);
	if (fate->class != REC_MISSING || item->file == NULL)
		return EXIT_DONE;
	if ((code = get_refusals(rec)) != EXIT_DONE)
		return code;
	if (rec->nrefusals > 0)
		found = bsearch(&want, rec->refusal, rec->nrefusals,
		    sizeof(want), refusal_order);
	if (found == NULL)
		return EXIT_DONE;
	fate->class = REC_REFUSED;
	fate->by = BY_FILE;
	buf_adds(&fate->why, found->why);
	return EXIT_DONE;
}
