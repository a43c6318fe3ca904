/* SPDX-License-Identifier: ISC */
/*
 * verbs: what each command does, one function a verb, one file a family.
 * verbs.c holds the table.
 */
#ifndef DOSSIER_VERBS_H
#define DOSSIER_VERBS_H

#include "client/cmd.h"

/* status.c */
int	run_status(struct cmd *);
int	run_refused(struct cmd *);
int	run_entries(struct cmd *);
/* log.c */
int	run_log_key(struct cmd *);
int	run_log_checkpoint(struct cmd *);
int	run_log_consistency(struct cmd *);
int	run_proof(struct cmd *);
/* documents.c */
int	run_documents(struct cmd *);
int	run_add(struct cmd *);
int	run_get(struct cmd *);
int	run_receipt(struct cmd *);
int	run_show(struct cmd *);
int	run_correct(struct cmd *);
int	run_link(struct cmd *);
int	run_misfiled(struct cmd *);
/* why.c */
int	run_why(struct cmd *);
/* note.c */
int	run_note_log(struct cmd *);
int	run_call_log(struct cmd *);
/* import.c */
int	run_import(struct cmd *);
/* reconcile.c, report.c */
int	run_reconcile(struct cmd *);
int	run_report_capture(struct cmd *);
int	run_sources(struct cmd *);
/* build.c */
int	run_bundle_build(struct cmd *);
int	run_bundle_cancel(struct cmd *);
int	run_bundle_fetch(struct cmd *);
int	run_job_list(struct cmd *);
int	run_job_wait(struct cmd *);
/* record.c */
int	run_client_add(struct cmd *);
int	run_client_list(struct cmd *);
int	run_client_show(struct cmd *);
int	run_client_same_as(struct cmd *);
int	run_contact_add(struct cmd *);
int	run_contact_list(struct cmd *);
int	run_contact_show(struct cmd *);
int	run_staff_add(struct cmd *);
int	run_staff_list(struct cmd *);
int	run_fact_state(struct cmd *);
int	run_fact_list(struct cmd *);
/* cases.c */
int	run_case_open(struct cmd *);
int	run_case_list(struct cmd *);
int	run_case_show(struct cmd *);
int	run_case_close(struct cmd *);
int	run_case_reopen(struct cmd *);
int	run_case_link(struct cmd *);
int	run_party_add(struct cmd *);
int	run_party_list(struct cmd *);
int	run_party_end(struct cmd *);
/* triage.c */
int	run_triage_list(struct cmd *);
int	run_triage_show(struct cmd *);
int	run_triage_file(struct cmd *);
int	run_triage_set_aside(struct cmd *);
int	run_triage_undo(struct cmd *);
int	run_triage_filed(struct cmd *);
int	run_triage_aside(struct cmd *);
int	run_rule_test(struct cmd *);
int	run_rule_undo(struct cmd *);
/* bundle.c */
int	run_mark(struct cmd *);
int	run_bundle_new(struct cmd *);
int	run_bundle_list(struct cmd *);
int	run_bundle_show(struct cmd *);
int	run_bundle_items(struct cmd *);
int	run_bundle_loose(struct cmd *);
int	run_bundle_add(struct cmd *);
int	run_bundle_withhold(struct cmd *);
int	run_bundle_leave_out(struct cmd *);
int	run_bundle_order(struct cmd *);
int	run_bundle_diff(struct cmd *);
/* timeline.c */
int	run_timeline(struct cmd *);
/* verify.c */
int	run_verify(struct cmd *);

#endif
