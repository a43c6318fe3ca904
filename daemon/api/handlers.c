/* SPDX-License-Identifier: ISC */
/*
 * handlers: which function answers which route.  A route without one would
 * be a hole in the table: the tests look for it.
 */
#include "daemon/api/handlers.h"

static const struct handler handler_table[ROUTE_COUNT] = {
	[ROUTE_STATUS] = { status_get, NULL, NULL },
	[ROUTE_OPENAPI] = { openapi_get, NULL, NULL },
	[ROUTE_DOCUMENTS] = { documents_list, NULL, NULL },
	[ROUTE_DOCUMENT_ADD] = { documents_add, documents_begin,
	    documents_bytes },
	[ROUTE_DOCUMENT] = { documents_one, NULL, NULL },
	[ROUTE_DOCUMENT_RAW] = { documents_raw, NULL, NULL },
	[ROUTE_DOCUMENT_RECEIPT] = { documents_receipt, NULL, NULL },
	[ROUTE_DOCUMENT_WHY] = { documents_why, NULL, NULL },
	[ROUTE_DOCUMENT_CORRECT] = { documents_correct, NULL, NULL },
	[ROUTE_DOCUMENT_LINK] = { documents_link, NULL, NULL },
	[ROUTE_DOCUMENT_MISFILED] = { documents_misfiled, NULL, NULL },
	[ROUTE_NOTE_ADD] = { notes_add, NULL, NULL },
	[ROUTE_TRIAGE] = { triage_list, NULL, NULL },
	[ROUTE_TRIAGE_FILED] = { triage_filed, NULL, NULL },
	[ROUTE_TRIAGE_ASIDE] = { triage_aside, NULL, NULL },
	[ROUTE_TRIAGE_FILE] = { triage_file, NULL, NULL },
	[ROUTE_TRIAGE_SET_ASIDE] = { triage_set_aside, NULL, NULL },
	[ROUTE_TRIAGE_UNDO] = { triage_undo, NULL, NULL },
	[ROUTE_CLIENTS] = { clients_list, NULL, NULL },
	[ROUTE_CLIENT_ADD] = { clients_add, NULL, NULL },
	[ROUTE_CLIENT] = { clients_one, NULL, NULL },
	[ROUTE_CLIENT_SAME_AS] = { clients_same_as, NULL, NULL },
	[ROUTE_CONTACTS] = { contacts_list, NULL, NULL },
	[ROUTE_CONTACT_ADD] = { contacts_add, NULL, NULL },
	[ROUTE_CONTACT] = { contacts_one, NULL, NULL },
	[ROUTE_STAFF] = { staff_list, NULL, NULL },
	[ROUTE_STAFF_ADD] = { staff_add, NULL, NULL },
	[ROUTE_CASES] = { cases_list, NULL, NULL },
	[ROUTE_CASE_OPEN] = { cases_open, NULL, NULL },
	[ROUTE_CASE] = { cases_one, NULL, NULL },
	[ROUTE_CASE_CLOSE] = { cases_close, NULL, NULL },
	[ROUTE_CASE_REOPEN] = { cases_reopen, NULL, NULL },
	[ROUTE_CASE_LINK] = { cases_link, NULL, NULL },
	[ROUTE_PARTIES] = { parties_list, NULL, NULL },
	[ROUTE_PARTY_ADD] = { parties_add, NULL, NULL },
	[ROUTE_PARTY_END] = { parties_end, NULL, NULL },
	[ROUTE_FACTS] = { facts_list, NULL, NULL },
	[ROUTE_FACT_STATE] = { facts_state, NULL, NULL },
	[ROUTE_TIMELINE] = { timeline_get, NULL, NULL },
	[ROUTE_DOCUMENT_MARK] = { documents_mark, NULL, NULL },
	[ROUTE_BUNDLES] = { bundles_list, NULL, NULL },
	[ROUTE_BUNDLE_NEW] = { bundles_new, NULL, NULL },
	[ROUTE_BUNDLE] = { bundles_one, NULL, NULL },
	[ROUTE_BUNDLE_ITEMS] = { bundles_items, NULL, NULL },
	[ROUTE_BUNDLE_LOOSE] = { bundles_loose, NULL, NULL },
	[ROUTE_BUNDLE_DECIDE] = { bundles_decide, NULL, NULL },
	[ROUTE_BUNDLE_ORDER] = { bundles_order, NULL, NULL },
	[ROUTE_BUNDLE_DIFF] = { bundles_diff, NULL, NULL },
	[ROUTE_ENTRIES] = { entries_list, NULL, NULL },
	[ROUTE_REFUSED] = { refused_list, NULL, NULL },
	[ROUTE_KNOWN] = { known_get, NULL, NULL },
	[ROUTE_KNOWN_ALL] = { known_all, NULL, NULL },
	[ROUTE_SOURCES] = { sources_list, NULL, NULL },
	[ROUTE_SOURCES_WAITING] = { sources_waiting, NULL, NULL },
	[ROUTE_REPORT_CAPTURE] = { report_capture, NULL, NULL },
	[ROUTE_RULE_TEST] = { rules_test, rules_begin, rules_bytes },
	[ROUTE_BUNDLE_BUILD] = { builds_ask, NULL, NULL },
	[ROUTE_BUNDLE_ZIP] = { builds_zip, NULL, NULL },
	[ROUTE_JOBS] = { jobs_list, NULL, NULL },
	[ROUTE_JOB] = { jobs_one, NULL, NULL },
	[ROUTE_RULE_UNDO] = { rules_undo, NULL, NULL },
};

const struct handler *
handler_of(enum route route)
{
	return &handler_table[route];
}
