/* SPDX-License-Identifier: ISC */
/*
 * stated: see stated.h.  A value is stored as it was stated; what is looked
 * up by (E.164) stands beside it.
 */
#include "daemon/api/stated.h"

#include <stdio.h>
#include <string.h>

#include "daemon/api/inside.h"
#include "daemon/filing/filing.h"

void
stated_draft(struct draft *d, enum kind kind)
{
	memset(d, 0, sizeof *d);
	d->kind = kind;
	d->client = d->kase = d->contact = d->document = d->staff = REF_NONE;
}

const char *
stated_e164(struct call *call, const char *number, char room[32])
{
	if (phone_e164(number, call->api->region, room) == -1)
		room[0] = '\0';
	return room;
}

int
stated_fact(struct change *change, struct call *call,
    const struct draft *subject, const char *name, const char *value)
{
	struct draft d = *subject;
	struct buf body = BUF_INIT;
	char room[32];
	struct jw w;

	d.kind = KIND_FACT_STATED;
	jw_init(&w, &body);
	jw_object(&w);
	if (strcmp(name, "phone") == 0)
		jw_kstr_opt(&w, "e164", stated_e164(call, value, room));
	jw_kstr(&w, "name", name);
	jw_kstr(&w, "value", value);
	jw_end(&w);
	return change_draft(change, &d, &body);
}

void
stated_facts(struct change *change, struct call *call,
    const struct draft *subject, int with_name)
{
	if (with_name)
		(void)stated_fact(change, call, subject, "name",
		    call_text(call, "name"));
	for (unsigned i = 0; i < call_count(call, "emails"); i++)
		(void)stated_fact(change, call, subject, "email",
		    call_item(call, "emails", i));
	for (unsigned i = 0; i < call_count(call, "phones"); i++)
		(void)stated_fact(change, call, subject, "phone",
		    call_item(call, "phones", i));
	if (call_text(call, "address") != NULL)
		(void)stated_fact(change, call, subject, "address",
		    call_text(call, "address"));
}

void
stated_emails(struct call *call)
{
	for (unsigned i = 0; i < call_count(call, "emails"); i++) {
		const char *text = call_item(call, "emails", i);
		const char *at = strrchr(text, '@');
		char pointer[32];

		if (at != NULL && at > text && at[1] != '\0' &&
		    strpbrk(at, " \t,;<>") == NULL)
			continue;
		(void)snprintf(pointer, sizeof pointer, "/emails/%u", i);
		call_error(call, pointer, "address", SAY_API_E_DOMAIN,
		    "emails", text);
	}
}
