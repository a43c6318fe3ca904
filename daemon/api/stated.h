/* SPDX-License-Identifier: ISC */
/*
 * stated: drafts of the record's entries, shared by clients, contacts, staff
 * and facts.
 */
#ifndef DOSSIER_STATED_H
#define DOSSIER_STATED_H

#include "daemon/api/change.h"

/* A draft of that kind that names nothing yet. */
void	stated_draft(struct draft *, enum kind);
/* A fact of what `subject` names; with the E.164 form for a phone. */
int	stated_fact(struct change *, struct call *,
	    const struct draft *subject, const char *name, const char *value);
/* The facts that a request to add someone states: name, emails, phones ... */
void	stated_facts(struct change *, struct call *,
	    const struct draft *subject, int with_name);
/* The number in E.164, seen from the office's region; "" if it is none. */
const char *stated_e164(struct call *, const char *number, char room[32]);
/* Each element of `emails` looks like an address; errors noted. */
void	stated_emails(struct call *);

#endif
