/* SPDX-License-Identifier: ISC */
/*
 * why: where a document stands, who or what decided so, and on what words:
 * the answer to a person who does not trust a filing.
 */
#include <stdlib.h>
#include <string.h>

#include "client/show.h"
#include "client/term.h"
#include "client/verbs.h"

static const char *
text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text != NULL ? text : "";
}

/* A sentence of the catalogue on a line of its own, tamed. */
static void
print_said(const struct cmd *cmd, const char *before, enum say_key key,
    const char *const args[], size_t nargs)
{
	struct buf line = BUF_INIT;
	char *text;

	buf_adds(&line, before);
	say_to(&line, cmd->lang, key, args, nargs);
	text = buf_failed(&line) ? NULL : strdup(buf_str(&line));
	if (text != NULL) {
		term_tame(text);
		(void)puts(text);
	}
	free(text);
	buf_release(&line);
}

static void
print_filing(const struct cmd *cmd, const json_t *filing)
{
	const char *place = text_of(filing, "case");
	char *words = show_text(filing, "words");
	char *seq = show_text(filing, "seq");
	char *ended = show_text(filing, "withdrawn_by");
	char when[TERM_WHEN];
	int gone = strcmp(text_of(filing, "state"), "withdrawn") == 0;

	term_when(text_of(filing, "at"), NULL, when);
	print_said(cmd, "  ", gone ? SAY_CLI_WHY_WITHDRAWN : SAY_CLI_WHY_FILED,
	    (const char *const[]){ place[0] != '\0' ? place :
	    text_of(filing, "client"), when, seq, text_of(filing, "actor"),
	    ended }, 5);
	if (text_of(filing, "rule")[0] != '\0')
		print_said(cmd, "    ", SAY_CLI_WHY_RULE,
		    (const char *const[]){ text_of(filing, "title"),
		    text_of(filing, "rule"), text_of(filing, "certainty") },
		    3);
	if (text_of(filing, "reason")[0] != '\0')
		print_said(cmd, "    ", SAY_CLI_WHY_REASON,
		    (const char *const[]){ text_of(filing, "reason") }, 1);
	if (words != NULL && words[0] != '\0')
		print_said(cmd, "    ", SAY_CLI_WHY_MATCHED,
		    (const char *const[]){ words }, 1);
	free(words);
	free(seq);
	free(ended);
}

static void
print_history(const struct cmd *cmd, const json_t *history)
{
	const json_t *entry;
	size_t i;

	(void)printf("\n%s\n", say_text(cmd->lang, SAY_CLI_WHY_HISTORY));
	json_array_foreach(history, i, entry) {
		char when[TERM_WHEN];
		char *seq = show_text(entry, "seq");
		char *place = show_text(entry, "case");

		term_when(text_of(entry, "at"), NULL, when);
		(void)printf("  %s  %6s  %-20s  %s  %s\n", when,
		    seq != NULL ? seq : "", text_of(entry, "kind"),
		    text_of(entry, "actor"), place != NULL ? place : "");
		free(seq);
		free(place);
	}
}

static void
print_why(const struct cmd *cmd, const json_t *why)
{
	const json_t *filings = json_object_get(why, "filings"), *row;
	size_t i;

	term_style(TERM_BOLD);
	(void)fputs(text_of(why, "document"), stdout);
	term_style(TERM_PLAIN);
	(void)printf("  %s\n", text_of(why, "state"));
	json_array_foreach(filings, i, row)
		print_filing(cmd, row);
	json_array_foreach(json_object_get(why, "suggestions"), i, row)
		show_suggestion(row);
	print_history(cmd, json_object_get(why, "history"));
}

int
run_why(struct cmd *cmd)
{
	struct call *call = call_new(cmd);
	json_t *answer = NULL;
	int code;

	call_route(call, ROUTE_DOCUMENT_WHY, cmd->args[0]);
	code = call_json(call, NULL, &answer);
	if (code == EXIT_DONE && cmd->json)
		code = show_thing(cmd, show_row_of(answer));
	else if (code == EXIT_DONE && (code = term_zone(cmd)) == EXIT_DONE)
		print_why(cmd, show_row_of(answer));
	json_decref(answer);
	call_free(call);
	return code;
}
