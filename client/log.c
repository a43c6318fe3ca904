/* SPDX-License-Identifier: ISC */
/*
 * log: the signed log: its keys, its checkpoints, and proofs that others can
 * check without us.
 *
 * `dossier proof ... -o DIR' writes, for each entry, DIR/entry-N/ with
 *
 *	entry.json salt		what was stated; SHA-256 of both in this order
 *				is the commitment in the leaf
 *	journal-leaf journal.tlog-proof
 *	case-leaf case.tlog-proof	if it names a case or client
 *	master-leaf master.tlog-proof	the head of that tree in the master
 *	keys.vkey
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/call.h"
#include "client/get.h"
#include "client/post.h"
#include "client/show.h"
#include "client/verbs.h"
#include "proto/base/text.h"

static const char *
member(const json_t *row, const char *name)
{
	const char *s = json_string_value(json_object_get(row, name));

	return s != NULL ? s : "";
}

/* --- keys and checkpoints ----------------------------------------------- */

int
run_log_key(struct cmd *cmd)
{
	struct call *call = call_new(cmd);
	json_t *answer = NULL;
	int code;

	call_route(call, ROUTE_LOG_KEY, NULL);
	call_query(call, "of", cmd->nargs > 0 ? cmd->args[0] : NULL);
	code = call_json(call, NULL, &answer);
	if (code == EXIT_DONE && cmd->json)
		code = show_thing(cmd, show_row_of(answer));
	else if (code == EXIT_DONE && cmd_opt(cmd, "pem") != NULL)
		(void)fputs(member(show_row_of(answer), "pem"), stdout);
	else if (code == EXIT_DONE)
		(void)puts(member(show_row_of(answer), "key"));
	json_decref(answer);
	call_free(call);
	return code;
}

int
run_log_checkpoint(struct cmd *cmd)
{
	struct call *call = call_new(cmd);
	json_t *answer = NULL, *body = NULL;
	const char *which = "master";
	int code;

	if (cmd_opt(cmd, "last") != NULL)
		call_route(call, ROUTE_LOG_CHECKPOINT, NULL);
	else {
		call_route(call, ROUTE_LOG_CHECKPOINT_MAKE, NULL);
		body = json_pack("{sb}", "stamp",
		    cmd_opt(cmd, "stamp") != NULL);
	}
	if (cmd_opt(cmd, "journal") != NULL)
		which = "journal";
	code = call_json(call, body, &answer);
	if (code == EXIT_DONE && cmd->json)
		code = show_thing(cmd, show_row_of(answer));
	else if (code == EXIT_DONE)
		(void)fputs(member(show_row_of(answer), which), stdout);
	json_decref(body);
	json_decref(answer);
	call_free(call);
	return code;
}

int
run_log_consistency(struct cmd *cmd)
{
	return get_thing(cmd, &(const struct get){
	    .route = ROUTE_LOG_CONSISTENCY,
	    .param = { { "from", cmd->args[0] },
		{ "to", cmd->nargs > 1 ? cmd->args[1] : NULL },
		{ "of", cmd_opt(cmd, "of") } } });
}

/* --- proofs ------------------------------------------------------------- */

static const struct file {
	const char	*name, *member;
} files[] = {
	{ "entry.json", "entry" },
	{ "journal-leaf", "journal_leaf" },
	{ "journal.tlog-proof", "journal" },
	{ "case-leaf", "case_leaf" },
	{ "case.tlog-proof", "case" },
	{ "master-leaf", "master_leaf" },
	{ "master.tlog-proof", "master" },
	{ "keys.vkey", "keys" },
};

/* Never over a file that is there. */
static int
write_file(const char *folder, const char *name, const void *bytes,
    size_t len)
{
	char path[4096];
	FILE *f;
	int ok;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	if ((f = fopen(path, "wxe")) == NULL)
		return -1;
	ok = fwrite(bytes, 1, len, f) == len;
	return fclose(f) == 0 && ok ? 0 : -1;
}

static int
write_proof(const char *dir, const json_t *row)
{
	const char *salt = member(row, "salt");
	uint8_t raw[32];
	char folder[2048];
	size_t i;

	(void)snprintf(folder, sizeof folder, "%s/entry-%lld", dir,
	    (long long)json_integer_value(json_object_get(row, "seq")));
	if (mkdir(folder, 0777) == -1)
		return -1;
	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		const char *text = member(row, files[i].member);

		if (*text != '\0' && write_file(folder, files[i].name, text,
		    strlen(text)) == -1)
			return -1;
	}
	if (strlen(salt) != 2 * sizeof raw ||
	    text_unhex(salt, strlen(salt), raw) == -1)
		return 0;	/* erased */
	return write_file(folder, "salt", raw, sizeof raw);
}

struct proofs {
	struct cmd	*cmd;
	const char	*dir;
	json_t		*all;		/* with --json */
};

static int
on_proof(void *arg, const json_t *row)
{
	struct proofs *p = arg;

	if (p->cmd->json)
		return json_array_append(p->all, (json_t *)(uintptr_t)row);
	if (p->dir == NULL) {
		(void)fputs(member(row, "journal"), stdout);
		return 0;
	}
	if (write_proof(p->dir, row) == -1)
		return cmd_fail(p->cmd, EXIT_FAILED, SAY_CLI_WRITE, p->dir,
		    NULL);
	(void)printf("%s/entry-%lld\n", p->dir,
	    (long long)json_integer_value(json_object_get(row, "seq")));
	return 0;
}

/* "D-000201", "entry 12", or "12". */
static int
ask(struct cmd *cmd, struct call *call, struct proofs *p)
{
	int entry = strcmp(cmd->args[0], "entry") == 0;
	const char *what = cmd->args[entry && cmd->nargs > 1 ? 1 : 0];
	json_t *answer = NULL;
	int code;

	if (entry && cmd->nargs < 2)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NEEDS, "N", NULL);
	if (!entry && strspn(what, "0123456789") != strlen(what)) {
		call_route(call, ROUTE_PROOF_DOCUMENT, what);
		return call_list(call, 0, on_proof, p);
	}
	call_route(call, ROUTE_PROOF_ENTRY, what);
	code = call_json(call, NULL, &answer);
	if (code == EXIT_DONE)
		code = on_proof(p, show_row_of(answer));
	json_decref(answer);
	return code;
}

int
run_proof(struct cmd *cmd)
{
	struct proofs p = { cmd, cmd_opt(cmd, "output"), NULL };
	struct call *call;
	int code;

	if (p.dir != NULL && mkdir(p.dir, 0777) == -1 && errno != EEXIST)
		return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_WRITE, p.dir,
		    NULL);
	p.all = json_array();
	call = call_new(cmd);
	code = ask(cmd, call, &p);
	if (code == EXIT_DONE && cmd->json)
		code = show_json(p.all);
	json_decref(p.all);
	call_free(call);
	return code;
}
