/* SPDX-License-Identifier: ISC */
/*
 * call: see call.h.  It must never print a part of an answer as if it were
 * whole: a broken connection is a failure, whatever came before.
 */
#include "client/call.h"

#include <sys/random.h>

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/text.h"

#define AT_ONCE	(128L << 10)	/* bytes of an answer, at most */

struct call {
	const struct cmd	*cmd;
	CURL			*curl;
	struct curl_slist	*head;
	struct buf		 path;		/* with the query so far */
	int			 asked;		/* a query parameter is there */
	const char		*method;
	struct buf		 answer;
	FILE			*save;
	call_feed_fn		*feed;
	void			*feed_arg;
	long			 status;
	const char		*expected;	/* type of problem */
	struct buf		 reason;
	char			 why[CURL_ERROR_SIZE];
};

struct call *
call_new(const struct cmd *cmd)
{
	struct call *call = calloc(1, sizeof(*call));

	if (call == NULL || (call->curl = curl_easy_init()) == NULL)
		exit(cmd_fail(cmd, EXIT_FAILED, SAY_CLI_NO_MEMORY, NULL,
		    NULL));
	call->cmd = cmd;
	return call;
}

void
call_free(struct call *call)
{
	if (call == NULL)
		return;
	curl_slist_free_all(call->head);
	curl_easy_cleanup(call->curl);
	buf_release(&call->path);
	buf_release(&call->answer);
	buf_release(&call->reason);
	free(call);
}

/* Forgets the request before this one, but keeps its connection. */
static void
begin(struct call *call)
{
	char line[64];

	call->expected = NULL;
	buf_clear(&call->reason);
	curl_easy_reset(call->curl);
	curl_slist_free_all(call->head);
	(void)snprintf(line, sizeof(line), "Accept-Language: %s",
	    lang_tag(call->cmd->lang));
	call->head = curl_slist_append(NULL, line);
}

void
call_route(struct call *call, enum route route, const char *id)
{
	const struct route_row *row = route_row(route);
	const char *hole = strstr(row->path, "{id}");

	begin(call);
	buf_clear(&call->path);
	call->asked = 0;
	call->method = row->method;
	if (hole == NULL) {
		buf_adds(&call->path, row->path);
		return;
	}
	buf_add(&call->path, row->path, (size_t)(hole - row->path));
	text_percent(&call->path, id, strlen(id));
	buf_adds(&call->path, hole + strlen("{id}"));
}

void
call_query(struct call *call, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_addc(&call->path, call->asked ? '&' : '?');
	call->asked = 1;
	buf_adds(&call->path, name);
	buf_addc(&call->path, '=');
	text_percent(&call->path, value, strlen(value));
}

void
call_key(struct call *call, const uint8_t key[16])
{
	struct buf line = BUF_INIT;

	buf_adds(&line, "Idempotency-Key: ");
	buf_addhex(&line, key, 16);
	if (!buf_failed(&line))
		call->head = curl_slist_append(call->head, buf_str(&line));
	buf_release(&line);
}

void
call_once(struct call *call)
{
	uint8_t key[16];

	if (getrandom(key, sizeof(key), 0) == (ssize_t)sizeof(key))
		call_key(call, key);
}

void
call_expect(struct call *call, const char *type)
{
	call->expected = type;
}

const char *
call_reason(const struct call *call)
{
	return call->reason.len > 0 ? (const char *)call->reason.data : "";
}

/* ---- the wire ------------------------------------------------------- */

static size_t
on_bytes(char *bytes, size_t size, size_t n, void *arg)
{
	struct call *call = arg;
	long status = 0;

	(void)curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
	if (call->save != NULL && status < 300)
		return fwrite(bytes, size, n, call->save);
	if (call->feed != NULL && status < 300)
		return call->feed(call->feed_arg, bytes, size * n) == -1 ? 0 :
		    size * n;
	buf_add(&call->answer, bytes, size * n);
	return buf_failed(&call->answer) ? 0 : size * n;
}

static const char *
member(const json_t *problem, const char *key)
{
	const char *text = json_string_value(json_object_get(problem, key));

	return text != NULL ? text : "";
}

static void
print_line(const char *before, const char *text)
{
	if (text[0] != '\0')
		(void)fprintf(stderr, "%s%s\n", before, text);
}

static int
exit_of(long status)
{
	switch (status) {
	case 400: case 405: case 413: case 414: case 415: case 422:
		return EXIT_USAGE;
	case 401:
		return EXIT_SIGN_IN;
	case 403:
		return EXIT_REFUSED;
	case 404:
		return EXIT_NOT_FOUND;
	case 409: case 412: case 428:
		return EXIT_CONFLICT;
	case 429: case 503: case 507:
		return EXIT_AWAY;
	default:
		return EXIT_FAILED;
	}
}

/* A body that names nothing but things that are not there is no misuse. */
static int
exit_of_problem(long status, const json_t *problem)
{
	const json_t *errors = json_object_get(problem, "errors"), *error;
	size_t i;

	json_array_foreach(errors, i, error) {
		if (strcmp(member(error, "code"), "not-found") != 0)
			return exit_of(status);
	}
	return json_array_size(errors) > 0 ? EXIT_NOT_FOUND : exit_of(status);
}

/* The last word of the type is the one that call_expect() was given. */
static int
is_expected(const struct call *call, const json_t *problem)
{
	const char *type = member(problem, "type");
	const char *slash = strrchr(type, '/'), *colon = strrchr(type, ':');

	if (slash != NULL)
		type = slash + 1;
	else if (colon != NULL)
		type = colon + 1;
	return call->expected != NULL && strcmp(type, call->expected) == 0;
}

static void
keep_reason(struct call *call, const json_t *problem)
{
	const char *detail = member(problem, "detail");

	buf_adds(&call->reason, detail[0] != '\0' ? detail :
	    member(problem, "title"));
	(void)buf_str(&call->reason);	/* ends it with a NUL */
}

/* The daemon's problem, in its words: what, each member, what to do. */
static int
print_problem(struct call *call)
{
	json_t *problem = json_loadb((const char *)call->answer.data,
	    call->answer.len, JSON_ALLOW_NUL, NULL);
	const json_t *error;
	char number[32];
	size_t i;
	int code;

	if (problem == NULL) {
		(void)snprintf(number, sizeof(number), "%ld", call->status);
		return cmd_fail(call->cmd, exit_of(call->status),
		    SAY_CLI_BAD_ANSWER, number, NULL);
	}
	keep_reason(call, problem);
	if (is_expected(call, problem)) {
		json_decref(problem);
		return EXIT_CONFLICT;
	}
	print_line("dossier: ", member(problem, "title"));
	print_line("  ", member(problem, "detail"));
	json_array_foreach(json_object_get(problem, "errors"), i, error) {
		(void)fprintf(stderr, "  %s: %s\n", member(error, "pointer"),
		    member(error, "detail"));
	}
	print_line("  ", member(problem, "hint"));
	code = exit_of_problem(call->status, problem);
	json_decref(problem);
	return code;
}

static int
perform(struct call *call)
{
	CURL *curl = call->curl;
	struct buf url = BUF_INIT;
	CURLcode code;

	buf_clear(&call->answer);
	buf_adds(&url, "http://dossier");
	buf_add(&url, call->path.data, call->path.len);
	(void)curl_easy_setopt(curl, CURLOPT_URL, buf_str(&url));
	(void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH,
	    call->cmd->socket);
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, call->head);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
	(void)curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, AT_ONCE);
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, call->why);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	call->why[0] = '\0';
	code = curl_easy_perform(curl);
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &call->status);
	buf_release(&url);
	if (code == CURLE_COULDNT_CONNECT)
		return cmd_fail(call->cmd, EXIT_AWAY, SAY_CLI_AWAY,
		    call->cmd->socket, NULL);
	if (code == CURLE_WRITE_ERROR && (call->save != NULL ||
	    call->feed != NULL))
		return cmd_fail(call->cmd, EXIT_FAILED, SAY_CLI_WRITE,
		    strerror(errno), NULL);
	if (code != CURLE_OK)
		return cmd_fail(call->cmd, EXIT_AWAY, SAY_CLI_BROKEN,
		    call->why[0] != '\0' ? call->why :
		    curl_easy_strerror(code), NULL);
	return call->status < 300 ? EXIT_DONE : print_problem(call);
}

static int
answer_json(struct call *call, json_t **answer_r)
{
	json_error_t error;

	/* A mail may have a NUL in its subject, and it is told as it is. */
	*answer_r = json_loadb((const char *)call->answer.data,
	    call->answer.len, JSON_ALLOW_NUL, &error);
	if (*answer_r == NULL)
		return cmd_fail(call->cmd, EXIT_FAILED, SAY_CLI_BAD_ANSWER,
		    error.text, NULL);
	return EXIT_DONE;
}

static int
post_bytes(struct call *call, const char *type, const void *bytes,
    size_t len, json_t **answer_r)
{
	int code;

	call->head = curl_slist_append(call->head, type);
	(void)curl_easy_setopt(call->curl, CURLOPT_POST, 1L);
	(void)curl_easy_setopt(call->curl, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)len);
	(void)curl_easy_setopt(call->curl, CURLOPT_POSTFIELDS, bytes);
	code = perform(call);
	return code != EXIT_DONE ? code : answer_json(call, answer_r);
}

int
call_bytes(struct call *call, const void *bytes, size_t len,
    json_t **answer_r)
{
	return post_bytes(call, "Content-Type: application/octet-stream",
	    bytes, len, answer_r);
}

int
call_json(struct call *call, const json_t *body, json_t **answer_r)
{
	char *text;
	int code;

	if (body == NULL && strcmp(call->method, "POST") != 0) {
		code = perform(call);
		return code != EXIT_DONE ? code : answer_json(call, answer_r);
	}
	text = body != NULL ? json_dumps(body, JSON_COMPACT) : strdup("{}");
	if (text == NULL)
		return EXIT_FAILED;
	code = post_bytes(call, "Content-Type: application/json", text,
	    strlen(text), answer_r);
	free(text);
	return code;
}

/* A seekable file goes with its length, a pipe in chunks. */
int
call_upload(struct call *call, FILE *file, json_t **answer_r)
{
	off_t size = -1;
	int code;

	if (fseeko(file, 0, SEEK_END) == 0) {
		size = ftello(file);
		rewind(file);
	}
	call->head = curl_slist_append(call->head,
	    "Content-Type: application/octet-stream");
	call->head = curl_slist_append(call->head, "Expect:");
	(void)curl_easy_setopt(call->curl, CURLOPT_POST, 1L);
	(void)curl_easy_setopt(call->curl, CURLOPT_READDATA, file);
	if (size >= 0)
		(void)curl_easy_setopt(call->curl,
		    CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
	else
		call->head = curl_slist_append(call->head,
		    "Transfer-Encoding: chunked");
	code = perform(call);
	return code != EXIT_DONE ? code : answer_json(call, answer_r);
}

int
call_save(struct call *call, FILE *file)
{
	int code;

	call->save = file;
	code = perform(call);
	call->save = NULL;
	return code;
}

int
call_feed(struct call *call, call_feed_fn *fn, void *arg)
{
	int code;

	call->feed = fn;
	call->feed_arg = arg;
	code = perform(call);
	call->feed = NULL;
	return code;
}

/* Writes beside the target and renames, so that a break leaves no half. */
int
call_save_as(struct call *call, const char *path)
{
	struct buf part = BUF_INIT;
	FILE *file;
	int code = EXIT_FAILED;

	buf_adds(&part, path);
	buf_adds(&part, ".part");
	file = buf_failed(&part) ? NULL : fopen(buf_str(&part), "wb");
	if (file != NULL) {
		code = call_save(call, file);
		if (fclose(file) != 0 && code == EXIT_DONE)
			code = cmd_fail(call->cmd, EXIT_FAILED, SAY_CLI_WRITE,
			    strerror(errno), NULL);
		if (code == EXIT_DONE && rename(buf_str(&part), path) == -1)
			code = cmd_fail(call->cmd, EXIT_FAILED, SAY_CLI_WRITE,
			    strerror(errno), NULL);
		if (code != EXIT_DONE)
			(void)unlink(buf_str(&part));
	} else {
		(void)cmd_fail(call->cmd, code, SAY_CLI_WRITE, strerror(errno),
		    NULL);
	}
	buf_release(&part);
	return code;
}

/* The path of a list is kept; only the cursor behind it changes. */
int
call_list(struct call *call, long limit, call_row_fn *fn, void *arg)
{
	size_t base = call->path.len;
	int asked = call->asked, code = EXIT_DONE;
	long given = 0;

	while (code == EXIT_DONE) {
		json_t *answer = NULL;
		const json_t *row;
		const char *next;
		size_t i;

		if ((code = call_json(call, NULL, &answer)) != EXIT_DONE)
			break;
		json_array_foreach(json_object_get(answer, "rows"), i, row) {
			if ((limit > 0 && given == limit) ||
			    (code = fn(arg, row)) != EXIT_DONE)
				break;
			given++;
		}
		next = json_string_value(json_object_get(answer, "next"));
		call->path.len = base;
		call->asked = asked;
		call_query(call, "cursor", next);
		json_decref(answer);
		if (next == NULL || (limit > 0 && given == limit))
			break;
	}
	return code;
}
