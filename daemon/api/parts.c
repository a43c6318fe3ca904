/* SPDX-License-Identifier: ISC */
/*
 * parts: see parts.h.
 *
 *	copying		slices of the document to a memfd, one a turn
 *	busy		the reader has its hands full: again soon
 *	reading		the reader has it; the call may go meanwhile
 *	sending		the bytes, hashed as they go
 *
 * Which part it is says the reading in force.  It must never end an answer
 * whose bytes have another hash than that reading says: it breaks off.
 */
#include "daemon/api/parts.h"

#include <sys/mman.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/inside.h"
#include "daemon/log.h"
#include "daemon/supervise.h"
#include "proto/base/json.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "store/ask/ask.h"
#include "store/ask/known.h"

#define COPY_SLICE	(1u << 20)
#define SEND_SLICE	(128u << 10)
#define RETRY_MS	20	/* while the reader has its hands full */
#define TRIES		500

struct part {
	struct call	*call;		/* NULL: nobody waits any more */
	struct id	 id;
	struct event	*turn;
	struct blobr	*blob;
	int		 fd;
	uint64_t	 size, copied;	/* of the document */
	enum reading_hint hint;
	unsigned	 tries;
	int		 reading;
	int		 has_hash;
	uint8_t		 sha256[LOG_HASH_LEN];
};

/* ---- sending ------------------------------------------------------------ */

struct bytes {
	struct source	 source;	/* first */
	int		 fd;
	uint64_t	 at, size;
	EVP_MD_CTX	*md;		/* NULL: no hash is known */
	uint8_t		 sha256[LOG_HASH_LEN];
};

static void
bytes_free(struct source *source)
{
	struct bytes *b = (struct bytes *)source;

	if (b->fd != -1)
		(void)close(b->fd);	/* a memfd of ours */
	EVP_MD_CTX_free(b->md);
	free(b);
}

static int
bytes_right(struct bytes *b)
{
	uint8_t hash[EVP_MAX_MD_SIZE];

	if (b->md == NULL)
		return 1;
	return EVP_DigestFinal_ex(b->md, hash, NULL) == 1 &&
	    memcmp(hash, b->sha256, sizeof b->sha256) == 0;
}

static int
bytes_more(struct source *source, struct buf *out)
{
	struct bytes *b = (struct bytes *)source;
	uint64_t left = b->size - b->at;
	size_t n = left < SEND_SLICE ? (size_t)left : SEND_SLICE;
	uint8_t *room = buf_reserve(out, n);

	if (room == NULL || pread(b->fd, room, n, (off_t)b->at) != (ssize_t)n)
		return -1;
	if (b->md != NULL && EVP_DigestUpdate(b->md, room, n) != 1)
		return -1;
	b->at += n;
	if (b->at == b->size && !bytes_right(b)) {
		logline(LOGLINE_ERROR, "part.differs", "at=%llu",
		    (unsigned long long)b->size);
		return -1;
	}
	buf_commit(out, n);
	return b->at < b->size;
}

static void
part_send(struct part *p, const struct supervise_result *result)
{
	struct bytes *b = calloc(1, sizeof *b);

	if (b == NULL || (b->fd = fcntl(result->fd, F_DUPFD_CLOEXEC, 0)) ==
	    -1 || (p->has_hash && ((b->md = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(b->md, EVP_sha256(), NULL) != 1))) {
		if (b != NULL)
			bytes_free(&b->source);
		call_fail(p->call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	b->source.more = bytes_more;
	b->source.free = bytes_free;
	b->size = result->size;
	memcpy(b->sha256, p->sha256, sizeof b->sha256);
	documents_raw_heads(p->call, &p->id, p->has_hash ? p->sha256 : NULL);
	call_stream(p->call, "application/octet-stream", &b->source, b->size);
}

/* ---- reading ------------------------------------------------------------ */

static void
part_end(struct part *p)
{
	if (p->fd != -1)
		(void)close(p->fd);	/* a memfd of ours */
	if (p->turn != NULL)
		event_free(p->turn);
	blobr_free(p->blob);
	free(p);
}

/* The call goes; what is with the reader ends when that answers. */
static void
part_leave(void *arg)
{
	struct part *p = arg;

	p->call = NULL;
	if (!p->reading)
		part_end(p);
}

static void
part_none(struct call *call, const struct id *id)
{
	char text[ID_TEXT_MAX];

	call_fail(call, PROBLEM_NOT_FOUND, SAY_API_D_NOT_FOUND,
	    id_text(id, text));
}

static void
part_read(void *arg, const struct supervise_result *result)
{
	struct part *p = arg;

	p->reading = 0;
	if (p->call == NULL)
		part_end(p);
	else if (result->outcome == READING_DONE)
		part_send(p, result);
	else if (result->outcome == READING_ABSENT)
		part_none(p->call, &p->id);
	else
		call_fail(p->call, PROBLEM_STATE, SAY_API_D_UNREADABLE);
}

static void
part_again(struct part *p, int ms)
{
	const struct timeval pause = { 0, ms * 1000 };

	if (evtimer_add(p->turn, &pause) == -1)
		call_fail(p->call, PROBLEM_BUSY, SAY_API_D_MEMORY);
}

static void
part_give(struct part *p)
{
	int doc = p->fd;

	if (supervise_busy(p->call->api->supervise)) {
		if (++p->tries > TRIES)
			call_fail(p->call, PROBLEM_BUSY,
			    SAY_API_D_READER_BUSY);
		else
			part_again(p, RETRY_MS);
		return;
	}
	p->fd = -1;		/* taken in any case */
	if (supervise_part(p->call->api->supervise, doc, p->size, p->hint,
	    (uint32_t)p->id.part - 1, part_read, p) == -1)
		call_fail(p->call, PROBLEM_BUSY, SAY_API_D_READER_BUSY);
	else
		p->reading = 1;
}

/* ---- copying ---------------------------------------------------------- */

static int
slice_write(int fd, const struct buf *b)
{
	size_t at = 0;

	while (at < b->len) {
		ssize_t n = write(fd, b->data + at, b->len - at);

		if (n == -1 && errno != EINTR)
			return -1;
		at += n == -1 ? 0 : (size_t)n;
	}
	return 0;
}

static int
slice_copy(struct part *p, struct trouble *trouble)
{
	struct buf slice = BUF_INIT;
	int ret = blobr_read(p->blob, p->copied, COPY_SLICE, &slice, trouble);

	if (ret == 0 && (slice.len == 0 || slice_write(p->fd, &slice) == -1))
		ret = trouble_errno(trouble, SAY_RUN_FAILED, "memfd");
	p->copied += slice.len;
	buf_release(&slice);
	return ret;
}

static void
part_turn(evutil_socket_t fd, short what, void *arg)
{
	struct part *p = arg;
	struct trouble trouble;

	(void)fd;
	(void)what;
	if (p->copied == p->size)
		part_give(p);
	else if (slice_copy(p, &trouble) == -1)
		call_trouble(p->call, &trouble);
	else
		part_again(p, 0);
}

/* ---- which it is ------------------------------------------------------ */

/* Looks the part up in the reading in force: 1, or 0 if there is none. */
static int
part_look(struct part *p, const struct json *json)
{
	uint32_t parts = json_get(json, json_get(json, 0, "reading"), "parts");
	uint32_t t = json_first(json, parts), hash;
	struct buf hex = BUF_INIT;

	for (unsigned n = p->id.part; t != JSON_NONE && n > 1; n--)
		t = json_after(json, parts, t);
	if (t == JSON_NONE)
		return 0;
	if (json_is(json, json_get(json, json_get(json, 0, "received"),
	    "channel"), "email"))
		p->hint = READING_MAIL;
	hash = json_get(json, t, "sha256");
	p->has_hash = hash != JSON_NONE && json_str(json, hash, &hex) == 0 &&
	    hex.len == 2 * sizeof p->sha256 &&
	    text_unhex((const char *)hex.data, hex.len, p->sha256) == 0;
	buf_release(&hex);
	return p->has_hash || json_get(json, t, "start") != JSON_NONE;
}

static int
part_known(struct part *p, struct store *store, const struct id *whole)
{
	struct buf text = BUF_INIT;
	struct json json;
	int got = 0;

	if (known_document(store, whole, &text) == 1 &&
	    json_parse(&json, buf_str(&text), text.len) == 0) {
		got = part_look(p, &json);
		json_release(&json);
	}
	buf_release(&text);
	return got;
}

static int
part_open(struct part *p, struct call *call, const struct id *whole)
{
	struct trouble trouble;
	struct loc loc;

	if (ask_blob(call->store, whole, &loc, NULL, &p->size, &trouble) !=
	    1 || (p->blob = blob_open(store_log(call->store), &loc,
	    &trouble)) == NULL) {
		call_trouble(call, &trouble);
		return -1;
	}
	p->fd = memfd_create("part", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	p->turn = evtimer_new(call->api->base, part_turn, p);
	if (p->fd == -1 || p->turn == NULL) {
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return -1;
	}
	return 0;
}

void
parts_raw(struct call *call, const struct id *id)
{
	struct id whole = *id;
	struct part *p = calloc(1, sizeof *p);

	whole.part = 0;
	if (p == NULL) {
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	p->call = call;
	p->id = *id;
	p->fd = -1;
	call->state = p;
	call->state_free = part_leave;
	if (known_exists(call->store, &whole) != 1 ||
	    !part_known(p, call->store, &whole))
		part_none(call, id);
	else if (call->api->supervise == NULL)
		call_fail(call, PROBLEM_NOT_DONE, SAY_API_D_UNREADABLE);
	else if (part_open(p, call, &whole) == 0)
		part_turn(-1, 0, p);
}
