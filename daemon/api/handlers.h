/* SPDX-License-Identifier: ISC */
/*
 * handlers: one row a route.  `run` is called when the request is whole and
 * checked.  Routes whose body is bytes have begin and bytes too; begin gives
 * -1 when it has answered.
 */
#ifndef DOSSIER_HANDLERS_H
#define DOSSIER_HANDLERS_H

#include "daemon/api/call.h"

struct handler {
	void	(*run)(struct call *);
	int	(*begin)(struct call *);
	void	(*bytes)(struct call *, const void *, size_t);
};

const struct handler *handler_of(enum route);

/* documents.c, upload.c */
int	documents_begin(struct call *);
void	documents_bytes(struct call *, const void *, size_t);
void	documents_add(struct call *);
void	documents_list(struct call *);
void	documents_one(struct call *);
void	documents_raw(struct call *);
void	documents_receipt(struct call *);
void	documents_why(struct call *);
void	documents_correct(struct call *);
void	documents_link(struct call *);
void	documents_misfiled(struct call *);
/* notes.c */
void	notes_add(struct call *);
/* triage.c */
void	triage_list(struct call *);
void	triage_filed(struct call *);
void	triage_aside(struct call *);
void	triage_file(struct call *);
void	triage_set_aside(struct call *);
void	triage_undo(struct call *);
/* clients.c */
void	clients_list(struct call *);
void	clients_add(struct call *);
void	clients_one(struct call *);
void	clients_same_as(struct call *);
void	contacts_list(struct call *);
void	contacts_add(struct call *);
void	contacts_one(struct call *);
void	staff_list(struct call *);
void	staff_add(struct call *);
/* cases.c */
void	cases_list(struct call *);
void	cases_open(struct call *);
void	cases_one(struct call *);
void	cases_close(struct call *);
void	cases_reopen(struct call *);
void	cases_link(struct call *);
void	parties_list(struct call *);
void	parties_add(struct call *);
void	parties_end(struct call *);
/* facts.c */
void	facts_list(struct call *);
void	facts_state(struct call *);
/* bundles.c, bundles_rows.c */
void	documents_mark(struct call *);
void	bundles_list(struct call *);
void	bundles_new(struct call *);
void	bundles_one(struct call *);
void	bundles_items(struct call *);
void	bundles_loose(struct call *);
void	bundles_decide(struct call *);
void	bundles_order(struct call *);
void	bundles_diff(struct call *);
/* timeline.c */
void	timeline_get(struct call *);
/* trees.c; log_...() is the journal's */
void	api_log_key(struct call *);
void	api_log_checkpoint(struct call *);
void	api_log_checkpoint_make(struct call *);
void	api_log_consistency(struct call *);
void	proof_entry(struct call *);
void	proof_document(struct call *);
/* status.c */
void	status_get(struct call *);
void	entries_list(struct call *);
void	refused_list(struct call *);
/* capture.c */
void	known_get(struct call *);
void	known_all(struct call *);
void	sources_list(struct call *);
void	sources_waiting(struct call *);
void	report_capture(struct call *);
/* builds.c, zips.c */
void	builds_ask(struct call *);
void	builds_cancel(struct call *);
void	builds_zip(struct call *);
/* jobs.c */
void	jobs_list(struct call *);
void	jobs_one(struct call *);
/* openapi.c */
void	openapi_get(struct call *);
/* rules.c */
int	rules_begin(struct call *);
void	rules_bytes(struct call *, const void *, size_t);
void	rules_test(struct call *);
void	rules_undo(struct call *);

#endif
