/* SPDX-License-Identifier: ISC */
/*
 * call: the life of a request (call.h has the states); its answer is in
 * call_answer.c.
 */
#include "daemon/api/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "daemon/api/foreign.h"
#include "daemon/api/handlers.h"
#include "daemon/api/inside.h"
#include "proto/base/json.h"
#include "proto/base/text.h"
#include "store/ask/ask.h"
#include "store/ask/known.h"

struct call *
call_new(struct api *api, const struct caller *caller, enum lang lang)
{
	struct call *call = calloc(1, sizeof *call);

	if (call == NULL)
		return NULL;
	call->api = api;
	call->store = api->store;
	call->caller = *caller;
	call->lang = lang;
	call->number = ++api->requests;
	return call;
}

static void
call_free(struct call *call)
{
	if (call->state != NULL)
		call->state_free(call->state);
	if (call->reply.source != NULL)
		call->reply.source->free(call->reply.source);
	for (unsigned i = 0; i < call->nerrors; i++) {
		free(call->error[i].pointer);
		buf_release(&call->error[i].detail);
	}
	buf_release(&call->reply.head);
	buf_release(&call->reply.body);
	buf_release(&call->path_id);
	buf_release(&call->raw);
	buf_release(&call->key);
	foreign_free(call->body);
	free(call);
}

void
call_drop(struct call *call)
{
	if (call == NULL)
		return;
	call->notify = NULL;
	call->dropped = 1;
	wait_free(call->wait);
	call->wait = NULL;
	if (call->pending == 0)
		call_free(call);
}

void
call_hold(struct call *call)
{
	call->pending++;
}

int
call_release(struct call *call)
{
	call->pending--;
	if (!call->dropped)
		return 1;
	if (call->pending == 0)
		call_free(call);
	return 0;
}

/* ---- the head -------------------------------------------------------- */

static enum lang
call_lang(const struct http *http, enum lang otherwise)
{
	const char *lang = http_query(http, "lang");

	if (lang == NULL)
		lang = http_header(http, "accept-language");
	if (lang == NULL)
		return otherwise;
	/* The first one that there is; weights are in falling order. */
	for (; *lang != '\0'; lang += strcspn(lang, ",")) {
		lang += strspn(lang, ", \t");
		if (strncasecmp(lang, "zh", 2) == 0)
			return LANG_ZH;
		if (strncasecmp(lang, "en", 2) == 0)
			return LANG_EN;
	}
	return otherwise;
}

/* The same request has the same hash: method, path, query; later the body. */
static void
call_hash(struct call *call, const struct http *http, EVP_MD_CTX *md)
{
	(void)EVP_DigestUpdate(md, call->row->method,
	    strlen(call->row->method) + 1);
	(void)EVP_DigestUpdate(md, http->path, strlen(http->path) + 1);
	for (unsigned i = 0; i < http->npairs; i++) {
		const struct http_pair *q = &http->query[i];

		(void)EVP_DigestUpdate(md, q->name, strlen(q->name) + 1);
		(void)EVP_DigestUpdate(md, q->value, strlen(q->value) + 1);
	}
	(void)EVP_DigestUpdate(md, call->raw.data, call->raw.len);
}

static int
call_fingerprint(struct call *call, const struct http *http)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t hash[EVP_MAX_MD_SIZE];

	if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(md);
		return -1;
	}
	call_hash(call, http, md);
	(void)EVP_DigestFinal_ex(md, hash, NULL);
	EVP_MD_CTX_free(md);
	call->request = get64(hash);
	return 0;
}

static void
call_no_route(struct call *call, const struct http *http, int found)
{
	struct buf allow = BUF_INIT;
	const char *id;
	size_t n;
	enum route r;

	if (found == 0) {
		call_fail(call, PROBLEM_NO_ROUTE, SAY_API_D_NO_ROUTE,
		    http->path);
		return;
	}
	for (int m = 0; m < HTTP_METHODS; m++) {
		const char *name = http_method_name((enum http_method)m);

		if (route_match(name, http->path, &r, &id, &n) != 1)
			continue;
		buf_adds(&allow, allow.len > 0 ? ", " : "");
		buf_adds(&allow, name);
	}
	call_head(call, "Allow", buf_str(&allow));
	call_fail(call, PROBLEM_METHOD, SAY_API_D_METHOD,
	    http_method_name(http->method), buf_str(&allow));
	buf_release(&allow);
}

static int
call_route(struct call *call, const struct http *http)
{
	const char *id;
	size_t idlen;
	int found;

	found = route_match(http_method_name(http->method), http->path,
	    &call->route, &id, &idlen);
	if (found != 1) {
		call_no_route(call, http, found);
		return -1;
	}
	call->row = route_row(call->route);
	if (idlen > 0 && (text_unpercent(&call->path_id, id, idlen) == -1 ||
	    !text_is_utf8(buf_str(&call->path_id), call->path_id.len))) {
		call_fail(call, PROBLEM_NO_ROUTE, SAY_API_D_NO_ROUTE,
		    http->path);
		return -1;
	}
	return 0;
}

static int
call_allowed(struct call *call)
{
	if (strcmp(call->row->permission, "admin") != 0 || call->caller.owner)
		return 1;
	call_fail(call, PROBLEM_FORBIDDEN, SAY_API_D_FORBIDDEN,
	    call->row->permission);
	return 0;
}

static int
call_takes_bytes(const struct call *call)
{
	return call->row->body[0].name != NULL &&
	    strcmp(call->row->body[0].type, "bytes") == 0;
}

void
call_begin(struct call *call, const struct http *http)
{
	call->lang = call_lang(http, call->lang);
	if (call_route(call, http) == -1 || !call_allowed(call) ||
	    check_query(call, http) == -1 || check_headers(call, http) == -1)
		return;
	if (call_fingerprint(call, http) == -1) {
		call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
		return;
	}
	if (call_takes_bytes(call))
		(void)handler_of(call->route)->begin(call);
}

void
call_bytes(struct call *call, const void *data, size_t len)
{
	char max[24];

	if (call->reply.status != 0)
		return;
	if (call_takes_bytes(call)) {
		handler_of(call->route)->bytes(call, data, len);
		return;
	}
	if (len <= LIMIT_HTTP_JSON - call->raw.len) {
		buf_add(&call->raw, data, len);
		return;
	}
	(void)snprintf(max, sizeof max, "%d", LIMIT_HTTP_JSON);
	call_fail(call, PROBLEM_TOO_LARGE, SAY_API_D_TOO_LARGE, max);
}

/* The body belongs to what was asked, for repeated keys. */
static void
call_mix(struct call *call)
{
	uint8_t hash[EVP_MAX_MD_SIZE], in[8];

	put64(in, call->request);
	buf_add(&call->raw, in, sizeof in);
	if (EVP_Digest(call->raw.data, call->raw.len, hash, NULL,
	    EVP_sha256(), NULL) == 1)
		call->request = get64(hash);
	call->raw.len -= sizeof in;
}

/*
 * The path names something that the views do not have: it may just have been
 * acknowledged.
 */
static int
call_names_unapplied(const struct call *call)
{
	struct id id;

	return call->path_id.len > 0 &&
	    id_parse((const char *)call->path_id.data, call->path_id.len,
	    &id) == 0 && known_exists(call->store, &id) == 0;
}

/*
 * Who asks sees at least what was there when the store was opened, and who
 * decides all that was acknowledged before.  Notes and uploads are capture,
 * which waits for no view unless it names a case or a client.
 */
static void
call_run(struct call *call)
{
	struct log_head head = { .seq = 0 };

	if (call->route == ROUTE_NOTE_ADD &&
	    (call_text(call, "case") != NULL ||
	    call_text(call, "client") != NULL)) {
		call_settled(call, store_opened(call->store),
		    handler_of(call->route)->run);
	} else if (call_takes_bytes(call) || call->route == ROUTE_NOTE_ADD ||
	    call->route == ROUTE_OPENAPI) {
		handler_of(call->route)->run(call);
	} else if (strcmp(call->row->trace, "change") == 0) {
		log_head(store_log(call->store), &head);
		call_settled(call, head.seq, handler_of(call->route)->run);
	} else {
		if (call_names_unapplied(call))
			log_head(store_log(call->store), &head);
		else if (call->route != ROUTE_STATUS)
			head.seq = store_opened(call->store);
		call_settled(call, head.seq, call_soon);
	}
}

void
call_end(struct call *call)
{
	if (call->reply.status != 0)
		return;
	if (!call_takes_bytes(call) && call->row->body[0].name != NULL) {
		call_mix(call);
		if (buf_failed(&call->raw)) {
			call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
			return;
		}
		if (check_body(call) == -1)
			return;
	}
	call_run(call);
}

void
call_refuse(struct call *call, int status, const char *why)
{
	call->reply.status = status;
	call_fail(call, PROBLEM_BAD_REQUEST, SAY_API_D_HTTP, why);
}

int
call_busy(const struct call *call)
{
	return store_busy(call->store);
}

int
call_closed(struct call *call)
{
	struct trouble trouble;
	int dead = log_dead(store_log(call->store), &trouble);
	struct buf why = BUF_INIT;

	if (!dead && !log_readonly(store_log(call->store), &trouble))
		return 0;
	trouble_say(&why, call->lang, &trouble);
	call_fail(call, dead ? PROBLEM_DEAD : PROBLEM_READONLY,
	    SAY_API_D_STATEMENT, buf_str(&why));
	buf_release(&why);
	return 1;
}
