/* SPDX-License-Identifier: ISC */
/*
 * bundle_name: which recipients of an envelope a bundle may name.
 *
 * An envelope knows whom a mail was blind-copied to, also where a gateway
 * writes it into the archive's address (archive+user=host@office).  Outside
 * of the audit profile a recipient is named only if who reads the document
 * knows it anyway: its To or Cc has it, or it is a mailbox of the office or
 * of nobody (RFC 6761: no one is behind .invalid, as our snippets have it).
 */
#include <string.h>
#include <strings.h>

#include "daemon/export/bundle_own.h"
#include "daemon/filing/office.h"
#include "proto/base/limits.h"

/*
 * archive+user=host@... is user@host, any other address itself; 0: too long
 * to be one.
 */
static int
meant(const char *address, char who_r[LIMIT_SMTP_PATH + 1])
{
	const char *plus = strchr(address, '+'), *at = strrchr(address, '@');
	char *eq;
	size_t n = strlen(address);

	if (n > LIMIT_SMTP_PATH)
		return 0;
	memcpy(who_r, address, n + 1);
	if (plus == NULL || at == NULL || plus > at)
		return 1;
	n = (size_t)(at - plus - 1);
	if ((eq = memrchr(plus + 1, '=', n)) == NULL)
		return 1;
	memcpy(who_r, plus + 1, n);
	who_r[n] = '\0';
	who_r[eq - plus - 1] = '@';
	return 1;
}

static int
is_mailbox(const struct making *m, const char *address)
{
	static const char nobody[] = ".invalid";
	size_t n = strlen(address), tail = sizeof nobody - 1;

	return office_address(m->conf->own, address) || (n > tail &&
	    strcasecmp(address + n - tail, nobody) == 0);
}

static int
in_list(const struct jrow *row, uint32_t list, const char *address)
{
	const struct json *j = &row->json;
	struct buf text = BUF_INIT;
	int found = 0;

	for (uint32_t x = json_first(j, list); x != JSON_NONE && !found;
	    x = json_after(j, list, x)) {
		const char *one;

		buf_clear(&text);
		jrow_str(row, x, "address", &text);
		one = buf_str(&text);
		found = one != NULL && strcasecmp(one, address) == 0;
	}
	buf_release(&text);
	return found;
}

int
making_may_name(const struct making *m, const struct jrow *row,
    const char *address)
{
	uint32_t reading = json_get(&row->json, 0, "reading");
	char who[LIMIT_SMTP_PATH + 1];

	if (making_is(m, "audit"))
		return 1;
	return meant(address, who) && (is_mailbox(m, who) ||
	    in_list(row, json_get(&row->json, reading, "to"), who) ||
	    in_list(row, json_get(&row->json, reading, "cc"), who));
}

int
making_may_give(struct making *m, const struct entry *arrival)
{
	const struct json *j = &arrival->json;
	uint32_t to = json_get(j, entry_get(arrival, "envelope"), "to"), x;
	struct jrow row = JROW_INIT;
	struct buf text = BUF_INIT;
	int ok = 1;

	if (making_is(m, "audit") || json_first(j, to) == JSON_NONE)
		return 1;
	if ((ok = ask_one(m->store, &arrival->document, m->position,
	    &row.text, m->t)) == 1 && jrow_parse(&row) == -1)
		ok = making_failed(m, "document");
	for (x = json_first(j, to); ok == 1 && x != JSON_NONE;
	    x = json_after(j, to, x)) {
		buf_clear(&text);
		(void)json_str(j, x, &text);
		ok = buf_str(&text) != NULL && making_may_name(m, &row,
		    buf_str(&text));
	}
	buf_release(&text);
	jrow_release(&row);
	return ok;
}
