/* SPDX-License-Identifier: ISC */
/*
 * verbs: the one table of commands and options.  Dispatch, --help, the
 * completions and the command list of dossier(1) are made from it.
 */
#include "client/verbs.h"

#define END { NULL, 0, NULL, SAY_CLI_SEE_HELP }

const struct flag cmd_common[] = {
	{ "socket", 's', "PATH", SAY_OPT_SOCKET },
	{ "lang", 's', "en|zh", SAY_OPT_LANG },
	{ "json", 'b', NULL, SAY_OPT_JSON },
	{ "help", 'b', NULL, SAY_OPT_HELP },
	{ "version", 'b', NULL, SAY_OPT_VERSION },
	END
};

#define LIMIT	{ "limit", 's', "N", SAY_OPT_LIMIT }
#define AFTER	{ "after", 's', "N", SAY_OPT_AFTER }
#define KNOWN	{ "as-known-on", 's', "WHEN", SAY_OPT_AS_KNOWN }
#define REASON	{ "reason", 's', "TEXT", SAY_OPT_REASON }
#define CASE	{ "case", 's', "K", SAY_OPT_CASE }
#define CLIENT	{ "client", 's', "C", SAY_OPT_CLIENT }

static const struct flag none[] = { END };
static const struct flag limited[] = { LIMIT, END };
static const struct flag reasoned[] = { REASON, END };

static const struct flag documents[] = { CASE, CLIENT,
	{ "all", 'b', NULL, SAY_OPT_EACH_COPY },
	{ "not-delivered", 'b', NULL, SAY_OPT_NOT_DELIVERED },
	KNOWN, AFTER, LIMIT, END };
static const struct flag triage_list[] = { AFTER, LIMIT, END };
static const struct flag known_at[] = { KNOWN, END };
static const struct flag of_client[] = { CLIENT, LIMIT, END };

static const struct flag add[] = {
	CASE, CLIENT,
	{ "channel", 's', "NAME", SAY_OPT_CHANNEL },
	{ "kind", 's', "NAME", SAY_OPT_KIND },
	{ "title", 's', "TEXT", SAY_OPT_TITLE },
	{ "dated", 's', "DATE", SAY_OPT_DATED },
	{ "received", 's', "DATE", SAY_OPT_RECEIVED },
	{ "sent", 's', "DATE", SAY_OPT_SENT },
	{ "from", 's', "TEXT", SAY_OPT_FROM },
	{ "to", 's', "TEXT", SAY_OPT_TO },
	{ "direction", 's', "in|out|internal|between", SAY_OPT_DIRECTION },
	{ "sent-by", 's', "post|courier|hand", SAY_OPT_SENT_BY },
	{ "tracking", 's', "NUMBER", SAY_OPT_TRACKING },
	{ "proof", 's', "D", SAY_OPT_PROOF_OF_SENDING },
	END
};

static const struct flag get[] = {
	{ "output", 's', "FILE", SAY_OPT_OUTPUT }, END
};

static const struct flag proof[] = {
	{ "output", 's', "DIR", SAY_OPT_PROOF_OUTPUT }, END
};
static const struct flag log_key[] = {
	{ "pem", 'b', NULL, SAY_OPT_PEM }, END
};
static const struct flag log_checkpoint[] = {
	{ "last", 'b', NULL, SAY_OPT_LAST },
	{ "stamp", 'b', NULL, SAY_OPT_STAMP },
	{ "journal", 'b', NULL, SAY_OPT_JOURNAL }, END
};
static const struct flag log_consistency[] = {
	{ "of", 's', "master|K|C", SAY_OPT_OF_TREE }, END
};

static const struct flag correct[] = {
	{ "field", 's', "NAME", SAY_OPT_FIELD },
	{ "value", 's', "TEXT", SAY_OPT_VALUE }, REASON, END
};

static const struct flag link_to[] = {
	{ "as", 's', "copy-of|proof-of-sending", SAY_OPT_LINK_HOW },
	{ "to", 's', "D", SAY_OPT_LINK_TO }, REASON, END
};

static const struct flag misfiled[] = {
	{ "from", 's', "K|C", SAY_OPT_MISFILED_FROM }, REASON, END
};

#define NOTE_FLAGS							\
	CLIENT,								\
	{ "direction", 's', "in|out", SAY_OPT_DIRECTION },		\
	{ "with", 'a', "NAME", SAY_OPT_WITH },				\
	{ "number", 's', "NUMBER", SAY_OPT_NUMBER },			\
	{ "at", 's', "WHEN", SAY_OPT_AT },				\
	{ "minutes", 's', "N", SAY_OPT_MINUTES },			\
	{ "result", 's', "TEXT", SAY_OPT_RESULT },			\
	{ "note", 's', "TEXT", SAY_OPT_NOTE },				\
	{ "agreed", 's', "TEXT", SAY_OPT_AGREED },			\
	{ "next", 's', "DATE", SAY_OPT_NEXT }

static const struct flag call_log[] = { NOTE_FLAGS, END };
static const struct flag note_log[] = {
	{ "type", 's', "call|meeting|visit|video|message", SAY_OPT_TYPE },
	NOTE_FLAGS, END
};

static const struct flag import[] = {
	{ "format", 's', "maildir|mbox|eml|zip|tar|pst", SAY_OPT_FORMAT },
	{ "mbox", 'b', NULL, SAY_OPT_MBOX }, CASE, CLIENT,
	{ "list", 'a', "captured|again|refused", SAY_OPT_IMPORT_LIST }, END
};

#define PERSON_FLAGS							\
	{ "email", 'a', "ADDRESS", SAY_OPT_EMAIL },			\
	{ "phone", 'a', "NUMBER", SAY_OPT_PHONE },			\
	{ "address", 's', "TEXT", SAY_OPT_ADDRESS },			\
	{ "type", 's', "person|organisation", SAY_OPT_PERSON }

static const struct flag client_add[] = { PERSON_FLAGS,
	{ "contact", 's', "P", SAY_OPT_CONTACT },
	{ "since", 's', "DATE", SAY_OPT_CLIENT_SINCE }, END };
static const struct flag contact_add[] = { PERSON_FLAGS, END };
static const struct flag staff_add[] = {
	{ "login", 's', "NAME", SAY_OPT_LOGIN },
	{ "email", 'a', "ADDRESS", SAY_OPT_EMAIL },
	{ "from", 's', "DATE", SAY_OPT_STAFF_FROM }, END
};
static const struct flag fact_state[] = {
	{ "from", 's', "DATE", SAY_OPT_TRUE_FROM },
	{ "until", 's', "DATE", SAY_OPT_TRUE_UNTIL },
	{ "asked", 's', "DATE", SAY_OPT_ASKED },
	{ "document", 's', "D", SAY_OPT_PROOF },
	{ "supersedes", 's', "N", SAY_OPT_SUPERSEDES }, REASON, END
};
static const struct flag fact_list[] = { KNOWN,
	{ "as-it-was-on", 's', "DATE", SAY_OPT_AS_WAS }, LIMIT, END };
static const struct flag case_open[] = {
	{ "reference", 's', "TEXT", SAY_OPT_REFERENCE },
	{ "opened", 's', "DATE", SAY_OPT_OPENED }, END
};
static const struct flag case_link[] = {
	{ "as", 's', "related|appeal-of|continues", SAY_OPT_LINK_AS }, END
};
static const struct flag party_add[] = {
	{ "from", 's', "DATE", SAY_OPT_TRUE_FROM }, END
};
static const struct flag party_end[] = {
	{ "until", 's', "DATE", SAY_OPT_TRUE_UNTIL }, REASON, END
};
static const struct flag triage_file[] = {
	{ "case", 'a', "K", SAY_OPT_CASE },
	{ "client", 'a', "C", SAY_OPT_CLIENT }, REASON, END
};
static const struct flag set_aside[] = {
	{ "as", 's',
	    "spam|marketing|auto-reply|internal|private|enquiry|office",
	    SAY_OPT_ASIDE_AS }, REASON, END
};
static const struct flag filed[] = {
	{ "since", 's', "DATE", SAY_OPT_SINCE },
	{ "rule", 's', "NAME", SAY_OPT_RULE }, LIMIT, END
};
static const struct flag rule_undo[] = {
	{ "since", 's', "WHEN", SAY_OPT_SINCE }, REASON, END
};
static const struct flag timeline[] = {
	{ "since", 's', "DATE", SAY_OPT_SINCE },
	{ "until", 's', "DATE", SAY_OPT_UNTIL },
	{ "lane", 's', "NAME,...", SAY_OPT_LANE }, KNOWN,
	{ "as-it-was-on", 's', "DATE", SAY_OPT_AS_WAS }, AFTER,
	{ "mode", 's', "record|aid", SAY_OPT_MODE },
	{ "csv", 'b', NULL, SAY_OPT_CSV },
	{ "jsonl", 'b', NULL, SAY_OPT_JSONL },
	{ "schema", 'b', NULL, SAY_OPT_SCHEMA },
	{ "timesketch", 'b', NULL, SAY_OPT_TIMESKETCH },
	{ "mactime", 'b', NULL, SAY_OPT_MACTIME },
	{ "xlsx", 's', "FILE", SAY_OPT_XLSX },
	{ "html", 's', "FILE", SAY_OPT_HTML }, END
};
static const struct flag entries[] = {
	{ "from", 's', "N", SAY_OPT_FROM_ENTRY }, LIMIT, END
};

static const struct flag reconcile[] = {
	{ "folder", 'a', "FOLDER", SAY_OPT_REC_FOLDER },
	{ "maildir", 'a', "FOLDER", SAY_OPT_REC_MAILDIR },
	{ "mbox", 'a', "FILE", SAY_OPT_REC_MBOX },
	{ "ids", 'a', "FILE", SAY_OPT_REC_IDS },
	{ "postfix-log", 'a', "FILE", SAY_OPT_REC_POSTFIX },
	{ "fax-log", 'a', "FILE", SAY_OPT_REC_FAX },
	{ "call-log", 'a', "FILE", SAY_OPT_REC_CALL },
	{ "missing", 'b', NULL, SAY_OPT_REC_MISSING },
	{ "all", 'b', NULL, SAY_OPT_REC_ALL }, END
};
static const struct flag report[] = {
	{ "since", 's', "DATE", SAY_OPT_SINCE },
	{ "until", 's', "DATE", SAY_OPT_UNTIL },
	{ "csv", 'b', NULL, SAY_OPT_CSV }, END
};

static const struct flag mark[] = {
	{ "as", 's', "privileged|without-prejudice|received-in-error",
	    SAY_OPT_MARK_AS },
	{ "lift", 'b', NULL, SAY_OPT_MARK_LIFT }, REASON, END
};
static const struct flag bundle_new[] = {
	{ "profile", 's', "production|audit|dsar", SAY_OPT_PROFILE }, KNOWN,
	{ "title", 's', "TEXT", SAY_OPT_BUNDLE_TITLE },
	{ "prefix", 's', "TEXT", SAY_OPT_PREFIX },
	{ "supplements", 's', "B", SAY_OPT_SUPPLEMENTS },
	{ "in", 's', "en|zh", SAY_OPT_BUNDLE_IN }, END
};
static const struct flag bundle_list[] = { CASE, CLIENT, LIMIT, END };
static const struct flag withhold[] = {
	{ "basis", 's', "attorney-client|legal-advice|litigation|"
	    "work-product|without-prejudice", SAY_OPT_BASIS },
	{ "description", 's', "TEXT", SAY_OPT_DESCRIPTION },
	{ "counsel", 'a', "NAME", SAY_OPT_COUNSEL }, REASON, END
};
static const struct flag leave_out[] = {
	{ "reason", 's', "TEXT", SAY_OPT_LEAVE_REASON }, END
};

static const struct flag verify[] = {
	{ "key", 's', "FILE", SAY_OPT_VERIFY_KEY },
	{ "ca", 's', "FILE", SAY_OPT_VERIFY_CA },
	{ "tsa-ca", 's', "FILE", SAY_OPT_VERIFY_TSA_CA },
	{ "earlier", 's', "PATH", SAY_OPT_VERIFY_EARLIER }, END
};

static const struct flag bundle_build[] = {
	{ "output", 's', "DIR|FILE.zip", SAY_OPT_BUILD_OUTPUT }, KNOWN,
	{ "earlier", 's', "B.N", SAY_OPT_EARLIER }, END
};

static const struct flag bundle_fetch[] = {
	{ "output", 's', "DIR|FILE.zip", SAY_OPT_BUILD_OUTPUT }, END
};

static const struct verb verbs[] = {
	{ "status", "", 0, 0, SAY_VERB_STATUS, none, run_status },
	{ "add", "FILE...", 1, -1, SAY_VERB_ADD, add, run_add },
	{ "documents", "", 0, 0, SAY_VERB_DOCUMENTS, documents,
	    run_documents },
	{ "show", "D", 1, 1, SAY_VERB_SHOW, known_at, run_show },
	{ "get", "D", 1, 1, SAY_VERB_GET, get, run_get },
	{ "receipt", "D", 1, 1, SAY_VERB_RECEIPT, none, run_receipt },
	{ "why", "D", 1, 1, SAY_VERB_WHY, none, run_why },
	{ "correct", "D", 1, 1, SAY_VERB_CORRECT, correct, run_correct },
	{ "link", "D", 1, 1, SAY_VERB_LINK, link_to, run_link },
	{ "misfiled", "D", 1, 1, SAY_VERB_MISFILED, misfiled, run_misfiled },
	{ "import", "FOLDER|FILE...", 1, -1, SAY_VERB_IMPORT, import,
	    run_import },
	{ "call log", "[K]", 0, 1, SAY_VERB_CALL_LOG, call_log,
	    run_call_log },
	{ "note log", "[K]", 0, 1, SAY_VERB_NOTE_LOG, note_log,
	    run_note_log },
	{ "triage list", "", 0, 0, SAY_VERB_TRIAGE_LIST, triage_list,
	    run_triage_list },
	{ "triage show", "D", 1, 1, SAY_VERB_TRIAGE_SHOW, none,
	    run_triage_show },
	{ "triage file", "D...", 1, -1, SAY_VERB_TRIAGE_FILE, triage_file,
	    run_triage_file },
	{ "triage set-aside", "D...", 1, -1, SAY_VERB_TRIAGE_SET_ASIDE,
	    set_aside, run_triage_set_aside },
	{ "triage undo", "D...", 1, -1, SAY_VERB_TRIAGE_UNDO, reasoned,
	    run_triage_undo },
	{ "triage filed", "", 0, 0, SAY_VERB_TRIAGE_FILED, filed,
	    run_triage_filed },
	{ "triage aside", "", 0, 0, SAY_VERB_TRIAGE_ASIDE, limited,
	    run_triage_aside },
	{ "rule test", "FILE", 1, 1, SAY_VERB_RULE_TEST, none,
	    run_rule_test },
	{ "rule undo", "NAME", 1, 1, SAY_VERB_RULE_UNDO, rule_undo,
	    run_rule_undo },
	{ "client add", "NAME", 1, 1, SAY_VERB_CLIENT_ADD, client_add,
	    run_client_add },
	{ "client list", "", 0, 0, SAY_VERB_CLIENT_LIST, limited,
	    run_client_list },
	{ "client show", "C", 1, 1, SAY_VERB_CLIENT_SHOW, known_at,
	    run_client_show },
	{ "client same-as", "C OTHER", 2, 2, SAY_VERB_CLIENT_SAME_AS,
	    reasoned, run_client_same_as },
	{ "case open", "C TITLE", 2, 2, SAY_VERB_CASE_OPEN, case_open,
	    run_case_open },
	{ "case list", "", 0, 0, SAY_VERB_CASE_LIST, of_client,
	    run_case_list },
	{ "case show", "K", 1, 1, SAY_VERB_CASE_SHOW, none, run_case_show },
	{ "case close", "K", 1, 1, SAY_VERB_CASE_CLOSE, reasoned,
	    run_case_close },
	{ "case reopen", "K", 1, 1, SAY_VERB_CASE_REOPEN, reasoned,
	    run_case_reopen },
	{ "case link", "K OTHER", 2, 2, SAY_VERB_CASE_LINK, case_link,
	    run_case_link },
	{ "party add", "K P ROLE", 3, 3, SAY_VERB_PARTY_ADD, party_add,
	    run_party_add },
	{ "party list", "K", 1, 1, SAY_VERB_PARTY_LIST, none,
	    run_party_list },
	{ "party end", "K ENTRY", 2, 2, SAY_VERB_PARTY_END, party_end,
	    run_party_end },
	{ "contact add", "NAME", 1, 1, SAY_VERB_CONTACT_ADD, contact_add,
	    run_contact_add },
	{ "contact list", "", 0, 0, SAY_VERB_CONTACT_LIST, limited,
	    run_contact_list },
	{ "contact show", "P", 1, 1, SAY_VERB_CONTACT_SHOW, none,
	    run_contact_show },
	{ "staff add", "NAME", 1, 1, SAY_VERB_STAFF_ADD, staff_add,
	    run_staff_add },
	{ "staff list", "", 0, 0, SAY_VERB_STAFF_LIST, limited,
	    run_staff_list },
	{ "fact state", "P|C|K NAME VALUE", 3, 3, SAY_VERB_FACT_STATE,
	    fact_state, run_fact_state },
	{ "fact list", "P|C|K", 1, 1, SAY_VERB_FACT_LIST, fact_list,
	    run_fact_list },
	{ "timeline", "K|C...", 1, 16, SAY_VERB_TIMELINE, timeline,
	    run_timeline },
	{ "verify", "PATH", 1, 1, SAY_VERB_VERIFY, verify, run_verify },
	{ "mark", "D...", 1, -1, SAY_VERB_MARK, mark, run_mark },
	{ "bundle new", "K|C", 1, 1, SAY_VERB_BUNDLE_NEW, bundle_new,
	    run_bundle_new },
	{ "bundle list", "", 0, 0, SAY_VERB_BUNDLE_LIST, bundle_list,
	    run_bundle_list },
	{ "bundle show", "B", 1, 1, SAY_VERB_BUNDLE_SHOW, none,
	    run_bundle_show },
	{ "bundle items", "B", 1, 1, SAY_VERB_BUNDLE_ITEMS, none,
	    run_bundle_items },
	{ "bundle loose", "B", 1, 1, SAY_VERB_BUNDLE_LOOSE, none,
	    run_bundle_loose },
	{ "bundle add", "B D...", 2, -1, SAY_VERB_BUNDLE_ADD, reasoned,
	    run_bundle_add },
	{ "bundle withhold", "B D...", 2, -1, SAY_VERB_BUNDLE_WITHHOLD,
	    withhold, run_bundle_withhold },
	{ "bundle leave-out", "B D...", 2, -1, SAY_VERB_BUNDLE_LEAVE_OUT,
	    leave_out, run_bundle_leave_out },
	{ "bundle order", "B D...|-", 2, -1, SAY_VERB_BUNDLE_ORDER, none,
	    run_bundle_order },
	{ "bundle diff", "B|B.N [B|B.N]", 1, 2, SAY_VERB_BUNDLE_DIFF, none,
	    run_bundle_diff },
	{ "bundle build", "B", 1, 1, SAY_VERB_BUNDLE_BUILD, bundle_build,
	    run_bundle_build },
	{ "bundle cancel", "B|B.N", 1, 1, SAY_VERB_BUNDLE_CANCEL, reasoned,
	    run_bundle_cancel },
	{ "bundle fetch", "B|B.N", 1, 1, SAY_VERB_BUNDLE_FETCH, bundle_fetch,
	    run_bundle_fetch },
	{ "job list", "", 0, 0, SAY_VERB_JOB_LIST, none, run_job_list },
	{ "job wait", "JOB", 1, 1, SAY_VERB_JOB_WAIT, none, run_job_wait },
	{ "reconcile", "", 0, 0, SAY_VERB_RECONCILE, reconcile,
	    run_reconcile },
	{ "report capture", "", 0, 0, SAY_VERB_REPORT_CAPTURE, report,
	    run_report_capture },
	{ "sources", "", 0, 0, SAY_VERB_SOURCES, none, run_sources },
	{ "refused", "", 0, 0, SAY_VERB_REFUSED, limited, run_refused },
	{ "entries", "", 0, 0, SAY_VERB_ENTRIES, entries, run_entries },
	{ "proof", "D|entry N", 1, 2, SAY_VERB_PROOF, proof, run_proof },
	{ "log key", "[K|C|journal|master]", 0, 1, SAY_VERB_LOG_KEY, log_key,
	    run_log_key },
	{ "log checkpoint", "", 0, 0, SAY_VERB_LOG_CHECKPOINT, log_checkpoint,
	    run_log_checkpoint },
	{ "log consistency", "FROM [TO]", 1, 2, SAY_VERB_LOG_CONSISTENCY,
	    log_consistency, run_log_consistency },
	{ "help", "[COMMAND]", 0, 3, SAY_VERB_HELP, none, run_help },
	{ "completion", "bash|zsh|fish", 1, 1, SAY_VERB_COMPLETION, none,
	    run_completion },
};

const struct verb *
verb_table(size_t *n_r)
{
	*n_r = sizeof(verbs) / sizeof(verbs[0]);
	return verbs;
}
