/* SPDX-License-Identifier: ISC */
/*
 * facts: see facts.h.  Every text is copied out, so that the JSON can go.
 * It must never fail on a member of an unexpected type: the reader's words
 * were checked before, an older entry's may lack anything.
 */
#include "daemon/filing/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/buf.h"
#include "proto/base/text.h"

static char *
copy(const struct json *json, uint32_t tok)
{
	struct buf text = BUF_INIT;
	char *ret = NULL;

	if (json_str(json, tok, &text) == -1)
		buf_clear(&text);
	if (!buf_failed(&text))
		ret = strdup(buf_str(&text));
	buf_release(&text);
	return ret;
}

static char *
member(const struct json *json, uint32_t obj, const char *key)
{
	return copy(json, json_get(json, obj, key));
}

static int
texts_add(struct texts *list, char *text)
{
	if (text == NULL)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->v[i], text) == 0) {
			free(text);
			return 0;
		}
	}
	if (text[0] == '\0' || list->n == FACTS_LIST)
		free(text);
	else
		list->v[list->n++] = text;
	return 0;
}

/* An array of texts, or of objects of which `key` is taken; or one text. */
static int
texts_take(struct texts *list, const struct json *json, uint32_t arr,
    const char *key)
{
	if (arr == JSON_NONE)
		return 0;
	if (json->tok[arr].type == JSON_STR)
		return texts_add(list, copy(json, arr));
	if (json->tok[arr].type != JSON_ARR)
		return 0;
	for (uint32_t t = json_first(json, arr); t != JSON_NONE;
	    t = json_after(json, arr, t)) {
		if (json->tok[t].type == JSON_OBJ && key != NULL) {
			if (texts_add(list, member(json, t, key)) == -1)
				return -1;
		} else if (json->tok[t].type == JSON_STR) {
			if (texts_add(list, copy(json, t)) == -1)
				return -1;
		}
	}
	return 0;
}

/* A name that somebody wrote in an address's place sends nothing. */
static void
texts_sender(struct texts *list)
{
	char *sender;
	size_t i = 0;

	while (i < list->n && strchr(list->v[i], '@') == NULL)
		i++;
	if (i == list->n)
		return;
	sender = list->v[i];
	memmove(&list->v[1], &list->v[0], i * sizeof(list->v[0]));
	list->v[0] = sender;
}

static void
texts_release(struct texts *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	list->n = 0;
}

static char *
base_subject(const char *subject)
{
	struct buf text = BUF_INIT;
	char *ret = NULL;

	if (text_base_subject(&text, subject, strlen(subject)) == 0 &&
	    buf_str(&text) != NULL)
		ret = strdup(buf_str(&text));
	buf_release(&text);
	return ret;
}

static int
has(const struct json *json, uint32_t obj, const char *key)
{
	return json_get(json, obj, key) != JSON_NONE;
}

/*
 * Who a message went to, whatever its header says: out of a journal report
 * and of X-Envelope-To.
 */
static int
take_envelopes(struct facts *f, const struct json *json, uint32_t r)
{
	uint32_t journal = json_get(json, r, "journal");

	f->journal = journal != JSON_NONE;
	if (f->from.n == 0 && texts_add(&f->from, member(json, journal,
	    "sender")) == -1)
		return -1;
	if (texts_take(&f->to, json, json_get(json, journal, "recipients"),
	    "address") == -1)
		return -1;
	return texts_take(&f->to, json, json_get(json, r, "envelope_to"),
	    "address");
}

/* archive+user=example.org@host was delivered to user@example.org too. */
static int
take_plus(struct texts *to, const char *address)
{
	const char *plus = strchr(address, '+'), *at = strrchr(address, '@');
	const char *eq = plus == NULL || at == NULL || plus > at ? NULL :
	    memrchr(plus, '=', (size_t)(at - plus));
	char *text;

	/* A domain has no =, a local part may. */
	if (eq == NULL || eq == plus + 1 || eq + 1 == at)
		return 0;
	text = strndup(plus + 1, (size_t)(at - plus - 1));
	if (text != NULL)
		text[eq - plus - 1] = '@';
	return texts_add(to, text);
}

/* The envelope in which the bytes came, unless a journal report had its own. */
static int
take_envelope(struct facts *f, const struct json *json, uint32_t envelope)
{
	struct texts to = { .n = 0 };
	size_t i;
	int ret = 0;

	if (f->journal)
		return 0;
	if (f->from.n == 0 && texts_take(&f->from, json,
	    json_get(json, envelope, "from"), NULL) == -1)
		return -1;
	if (texts_take(&to, json, json_get(json, envelope, "to"), NULL) == -1)
		ret = -1;
	for (i = 0; i < to.n && ret == 0; i++) {
		char *copied = strdup(to.v[i]);

		if (texts_add(&f->to, copied) == -1 ||
		    take_plus(&f->to, to.v[i]) == -1)
			ret = -1;
	}
	texts_release(&to);
	return ret;
}

static int
take_reading(struct facts *f, const struct json *json, uint32_t r)
{
	f->subject = member(json, r, "subject");
	f->body = member(json, r, "body");
	f->machine = has(json, r, "auto_submitted") ||
	    has(json, r, "list_id") || has(json, r, "precedence") ||
	    has(json, r, "bounce");
	f->bounce = member(json, json_get(json, r, "bounce"), "message_id");
	if (f->subject == NULL || f->body == NULL || f->bounce == NULL)
		return -1;
	if (texts_take(&f->from, json, json_get(json, r, "from"),
	    "address") == -1 ||
	    texts_take(&f->names, json, json_get(json, r, "from"),
	    "name") == -1 ||
	    texts_take(&f->to, json, json_get(json, r, "to"),
	    "address") == -1 ||
	    texts_take(&f->to, json, json_get(json, r, "cc"),
	    "address") == -1 ||
	    texts_take(&f->thread, json, json_get(json, r, "in_reply_to"),
	    NULL) == -1)
		return -1;
	texts_sender(&f->from);
	if (take_envelopes(f, json, r) == -1)
		return -1;
	return texts_take(&f->thread, json, json_get(json, r, "references"),
	    NULL);
}

static int
take_note(struct facts *f, const struct json *json, uint32_t note)
{
	if (note == JSON_NONE)
		return 0;
	if (f->stated[0] == '\0') {
		free(f->stated);
		f->stated = member(json, note, "direction");
	}
	if (f->body[0] == '\0') {
		free(f->body);
		f->body = member(json, note, "text");
	}
	if (f->stated == NULL || f->body == NULL ||
	    texts_add(&f->numbers, member(json, note, "number")) == -1)
		return -1;
	return texts_take(&f->names, json, json_get(json, note, "with"), NULL);
}

static int
take_received(struct facts *f, const struct json *json, uint32_t r)
{
	uint32_t sidecar = json_get(json, r, "sidecar");

	f->channel = member(json, r, "channel");
	f->source = member(json, r, "source");
	f->filename = member(json, r, "filename");
	f->title = member(json, r, "title");
	f->stated = member(json, r, "direction");
	if (f->channel == NULL || f->source == NULL || f->filename == NULL ||
	    f->title == NULL || f->stated == NULL)
		return -1;
	if (take_envelope(f, json, json_get(json, r, "envelope")) == -1 ||
	    texts_take(&f->names, json, json_get(json, r, "from"),
	    NULL) == -1 ||
	    texts_add(&f->numbers, member(json, sidecar, "caller")) == -1 ||
	    texts_add(&f->numbers, member(json, sidecar, "number")) == -1)
		return -1;
	return take_note(f, json, json_get(json, r, "note"));
}

int
facts_take(struct facts *f, const char *text, size_t len)
{
	struct json json;
	int ret = -1;

	memset(f, 0, sizeof(*f));
	if (json_parse(&json, text, len) == -1)
		return -1;
	errno = ENOMEM;
	if (take_reading(f, &json, json_get(&json, 0, "reading")) == 0 &&
	    take_received(f, &json, json_get(&json, 0, "received")) == 0 &&
	    (f->base = base_subject(f->subject)) != NULL)
		ret = 0;
	json_release(&json);
	return ret;
}

void
facts_release(struct facts *f)
{
	free(f->channel);
	free(f->source);
	free(f->filename);
	free(f->title);
	free(f->subject);
	free(f->base);
	free(f->body);
	free(f->stated);
	free(f->bounce);
	texts_release(&f->from);
	texts_release(&f->to);
	texts_release(&f->thread);
	texts_release(&f->numbers);
	texts_release(&f->names);
	memset(f, 0, sizeof(*f));
}

static size_t
count_ours(const struct texts *list, const struct office *office)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += (size_t)office_address(office, list->v[i]);
	return n;
}

const char *
facts_direction(const struct facts *f, const struct office *office,
    const char **how_r)
{
	size_t from_ours, to_ours;

	*how_r = "stated";
	if (f->stated[0] != '\0')
		return f->stated;
	*how_r = "channel";
	if (f->from.n == 0)
		return strcmp(f->channel, "note") == 0 ||
		    strcmp(f->channel, "email") == 0 ||
		    strcmp(f->channel, "import") == 0 ? "unknown" : "in";
	*how_r = "no-office-addresses";
	if (office->domain[0] == NULL && office->address[0] == NULL)
		return "unknown";
	*how_r = "office-addresses";
	from_ours = count_ours(&f->from, office);
	to_ours = count_ours(&f->to, office);
	if (from_ours > 0)
		return to_ours < f->to.n ? "out" : "internal";
	return to_ours > 0 || f->to.n == 0 ? "in" : "between";
}
