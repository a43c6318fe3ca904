/* SPDX-License-Identifier: ISC */
/*
 * session: one connection of a caller: bytes from the socket into the parser
 * and a call, its reply back as bytes.
 *
 *	HEAD    reading a request's head
 *	BODY    reading its body; stops reading while the log has no room
 *	WAIT    the call will answer; nothing is read
 *	SEND    the answer goes out, slice by slice as the socket drains
 *	LINGER  answered before the request was read: what still comes is
 *		thrown away until the caller hangs up, so that it can read
 *		the answer
 *
 *	HEAD -> BODY -> WAIT -> SEND -> HEAD (keep-alive), or closed
 *	  \       \-----------> SEND -> LINGER -> closed
 *	   \------------------> SEND
 *
 * A session is freed only at the end of its own event callbacks or by the
 * listener, never inside a call.  At most one slice of input and one of
 * output are in memory.
 */
#include "daemon/api/inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/limits.h"

#define SESSION_READ	65536
#define LINGER_SECONDS	5

enum session_state { HEAD, BODY, WAIT, SEND, LINGER };

struct session {
	LIST_ENTRY(session) link;
	struct api	*api;
	struct caller	 caller;
	int		 fd;
	struct event	*rd, *wr, *timer;
	enum session_state state;
	struct http	 http;
	struct buf	 in;		/* read, not yet used */
	size_t		 in_at;
	struct call	*call;
	struct buf	 out, slice;
	size_t		 out_at;
	int		 chunked;	/* the answer is */
	int		 source;	/* more of the answer will be made */
	int		 begun;		/* some of a request's head was read */
	int		 whole;		/* the request was read to its end */
	int		 close;		/* after this answer */
	int		 paused;	/* no room in the log */
	int		 full;		/* only to be told so */
	int		 dead;		/* to be freed by its event */
};

static void
session_timer(struct session *s, int seconds)
{
	struct timeval tv = { seconds, 0 };

	(void)event_add(s->timer, &tv);
}

/* ---- the answer's head ------------------------------------------------ */

static void
session_date(struct buf *out)
{
	char text[64];
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) != NULL && strftime(text, sizeof text,
	    "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm) > 0)
		buf_adds(out, text);
}

static void
session_length(struct session *s, struct buf *out)
{
	const struct reply *r = &s->call->reply;

	s->chunked = r->length == UINT64_MAX;
	if (s->chunked) {
		buf_adds(out, "Transfer-Encoding: chunked\r\n");
		return;
	}
	buf_adds(out, "Content-Length: ");
	buf_addu(out, r->length);
	buf_adds(out, "\r\n");
}

static void
session_head(struct session *s)
{
	const struct call *call = s->call;
	const struct reply *r = &call->reply;
	struct buf *out = &s->out;
	uint64_t position = call->position;

	if (position == 0)
		position = store_applied(call->store);
	buf_adds(out, "HTTP/1.1 ");
	buf_addu(out, (uint64_t)r->status);
	buf_addc(out, ' ');
	buf_adds(out, problem_reason(r->status));
	buf_adds(out, "\r\n");
	session_date(out);
	buf_adds(out, "Content-Type: ");
	buf_adds(out, r->type);
	buf_adds(out, "\r\n");
	session_length(s, out);
	buf_adds(out, "Cache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\nDossier-Position: ");
	buf_addu(out, position);
	buf_adds(out, "\r\nDossier-Request: r-");
	buf_addu(out, call->number);
	buf_adds(out, "\r\n");
	buf_add(out, r->head.data, r->head.len);
	if (s->close)
		buf_adds(out, "Connection: close\r\n");
	buf_adds(out, "\r\n");
}

/* The call has answered: called from inside it, so only takes note. */
static void
session_answered(void *arg, struct call *call)
{
	struct session *s = arg;
	struct buf *body = &call->reply.body;

	if (!s->whole || !s->http.keep_alive)
		s->close = 1;
	session_head(s);
	s->source = call->reply.source != NULL;
	if (s->http.method == HTTP_HEAD && s->whole) {
		s->source = 0;
		s->chunked = 0;
	} else
		buf_add(&s->out, body->data, body->len);
	buf_release(body);
	s->state = SEND;
	s->paused = 0;
	(void)event_del(s->rd);
	(void)event_add(s->wr, NULL);
	session_timer(s, s->api->idle_seconds);
}

/* ---- the request ------------------------------------------------------ */

static int
session_call(struct session *s)
{
	s->call = call_new(s->api, &s->caller, s->api->lang);
	if (s->call == NULL) {
		s->dead = 1;
		return -1;
	}
	s->call->notify = session_answered;
	s->call->arg = s;
	s->whole = 0;
	return 0;
}

static void
session_bad(struct session *s)
{
	s->close = 1;
	if (s->call == NULL && session_call(s) == -1)
		return;
	call_refuse(s->call, s->http.status, s->http.why);
}

static int
session_has_body(const struct session *s)
{
	return s->http.chunked || s->http.length > 0;
}

/* The head is whole: 0 to go on, 1 nothing more to do now. */
static int
session_begin(struct session *s)
{
	if (session_call(s) == -1)
		return 1;
	s->whole = !session_has_body(s);
	s->state = BODY;
	if (s->full) {
		s->close = 1;
		call_head(s->call, "Retry-After", "1");
		call_fail(s->call, PROBLEM_BUSY, SAY_API_D_SESSIONS);
	} else
		call_begin(s->call, &s->http);
	if (s->state != BODY)
		return 1;
	if (s->http.expect && !s->whole) {
		buf_adds(&s->out, "HTTP/1.1 100 Continue\r\n\r\n");
		(void)event_add(s->wr, NULL);
	}
	http_limit(&s->http, strcmp(s->call->row->method, "POST") == 0 &&
	    s->call->row->body[0].name != NULL &&
	    strcmp(s->call->row->body[0].type, "bytes") == 0 ?
	    LIMIT_HTTP_UPLOAD : LIMIT_HTTP_JSON);
	return 0;
}

static int
session_feed_head(struct session *s)
{
	size_t used = 0;
	int rc;

	s->begun = 1;
	rc = http_head(&s->http, s->in.data + s->in_at, s->in.len - s->in_at,
	    &used);
	s->in_at += used;
	if (rc == -1) {
		session_bad(s);
		return 1;
	}
	return rc == 0 ? 1 : session_begin(s);
}

static int
session_feed_body(struct session *s)
{
	const uint8_t *data = NULL;
	size_t used = 0, len = 0;
	int rc;

	if (call_busy(s->call)) {
		s->paused = 1;
		(void)event_del(s->rd);
		return 1;
	}
	rc = http_body(&s->http, s->in.data + s->in_at, s->in.len - s->in_at,
	    &used, &data, &len);
	s->in_at += used;
	if (len > 0)
		call_bytes(s->call, data, len);
	if (s->state != BODY)
		return 1;
	if (rc == -1) {
		session_bad(s);
		return 1;
	}
	if (rc == 0)
		return used == 0 || s->in_at == s->in.len;
	s->whole = 1;
	s->state = WAIT;
	(void)event_del(s->rd);
	(void)event_del(s->timer);
	call_end(s->call);
	return 1;
}

/* Uses what was read, as far as it goes. */
static void
session_feed(struct session *s)
{
	while (!s->dead) {
		int stop = 1;

		if (s->state == HEAD)
			stop = s->in_at == s->in.len || session_feed_head(s);
		else if (s->state == BODY)
			stop = session_feed_body(s);
		if (stop)
			break;
	}
	buf_consume(&s->in, s->in_at);
	s->in_at = 0;
}

/* ---- writing ---------------------------------------------------------- */

/* One slice of a long answer into `out`; -1: it cannot go on. */
static int
session_make(struct session *s)
{
	struct source *source = s->call->reply.source;
	char size[24];
	int rc;

	buf_clear(&s->slice);
	rc = source->more(source, &s->slice);
	if (rc == -1 || buf_failed(&s->slice))
		return -1;
	if (s->chunked && s->slice.len > 0) {
		(void)snprintf(size, sizeof size, "%zx\r\n", s->slice.len);
		buf_adds(&s->out, size);
	}
	buf_add(&s->out, s->slice.data, s->slice.len);
	if (s->chunked && s->slice.len > 0)
		buf_adds(&s->out, "\r\n");
	if (rc == 1)
		return 0;
	if (s->chunked)
		buf_adds(&s->out, "0\r\n\r\n");
	s->source = 0;
	return 0;
}

/* The answer is out: on to the next request, or away. */
static void
session_next(struct session *s)
{
	call_drop(s->call);
	s->call = NULL;
	(void)event_del(s->wr);
	if (s->close) {
		(void)shutdown(s->fd, SHUT_WR);
		s->state = LINGER;
		s->dead = s->whole;
		session_timer(s, LINGER_SECONDS);
		(void)event_add(s->rd, NULL);
		return;
	}
	http_next(&s->http);
	s->begun = 0;
	/* An idle session holds no memory. */
	buf_release(&s->slice);
	buf_release(&s->out);
	if (s->in.len == 0)
		buf_release(&s->in);
	s->state = HEAD;
	session_timer(s, s->api->idle_seconds);
	(void)event_add(s->rd, NULL);
	session_feed(s);
}

static void
session_write(struct session *s)
{
	ssize_t n;

	if (s->out_at == s->out.len) {
		buf_clear(&s->out);
		s->out_at = 0;
		if (s->source && session_make(s) == -1)
			s->dead = 1;
	}
	if (s->dead || buf_failed(&s->out)) {
		s->dead = 1;
		return;
	}
	n = send(s->fd, s->out.data + s->out_at, s->out.len - s->out_at,
	    MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		s->dead = 1;
		return;
	}
	if (n > 0) {
		s->out_at += (size_t)n;
		session_timer(s, s->api->idle_seconds);
	}
	if (s->out_at < s->out.len || s->source)
		return;
	buf_clear(&s->out);
	s->out_at = 0;
	if (s->state == SEND)
		session_next(s);
	else
		(void)event_del(s->wr);
}

static void
session_writable(int fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd;
	(void)what;
	session_write(s);
	if (s->dead)
		session_free(s);
}

/* ---- reading ---------------------------------------------------------- */

static void
session_readable(int fd, short what, void *arg)
{
	struct session *s = arg;
	uint8_t *room = buf_reserve(&s->in, SESSION_READ);
	ssize_t n;

	(void)what;
	if (room == NULL) {
		session_free(s);
		return;
	}
	n = recv(fd, room, SESSION_READ, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		session_free(s);
		return;
	}
	if (s->state == LINGER)
		return;
	buf_commit(&s->in, (size_t)n);
	if (s->state == BODY)
		session_timer(s, s->api->idle_seconds);
	session_feed(s);
	if (!s->dead && s->state == SEND)
		session_write(s);
	if (s->dead)
		session_free(s);
}

static void
session_idle(int fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd;
	(void)what;
	/* Only a caller in the middle of a request is told so. */
	if ((s->state == BODY && !s->paused) ||
	    (s->state == HEAD && s->begun)) {
		s->http.status = 408;
		s->http.why = "the request did not come in time";
		session_bad(s);
		return;
	}
	if (s->paused) {
		session_timer(s, s->api->idle_seconds);
		return;
	}
	session_free(s);
}

void
session_wake(struct session *s)
{
	if (!s->paused || call_busy(s->call))
		return;
	s->paused = 0;
	(void)event_add(s->rd, NULL);
	session_feed(s);
	if (s->dead)
		session_free(s);
}

void
session_stop(struct session *s)
{
	s->close = 1;
	s->http.keep_alive = 0;
	if (s->state == HEAD && !s->begun)
		session_free(s);
}

/* ---- life ------------------------------------------------------------- */

struct session *
session_after(struct session *s)
{
	return LIST_NEXT(s, link);
}

struct session *
session_new(struct api *api, int fd, const struct caller *caller, int full)
{
	struct session *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->api = api;
	s->fd = fd;
	s->caller = *caller;
	s->full = full;
	http_init(&s->http);
	s->rd = event_new(api->base, fd, EV_READ | EV_PERSIST,
	    session_readable, s);
	s->wr = event_new(api->base, fd, EV_WRITE | EV_PERSIST,
	    session_writable, s);
	s->timer = evtimer_new(api->base, session_idle, s);
	LIST_INSERT_HEAD(&api->sessions, s, link);
	api->nsessions++;
	if (s->rd == NULL || s->wr == NULL || s->timer == NULL ||
	    event_add(s->rd, NULL) == -1) {
		s->fd = -1;	/* stays the caller's */
		session_free(s);
		return NULL;
	}
	session_timer(s, api->idle_seconds);
	return s;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	LIST_REMOVE(s, link);
	s->api->nsessions--;
	call_drop(s->call);
	if (s->rd != NULL)
		event_free(s->rd);
	if (s->wr != NULL)
		event_free(s->wr);
	if (s->timer != NULL)
		event_free(s->timer);
	if (s->fd != -1)
		(void)close(s->fd);
	http_release(&s->http);
	buf_release(&s->in);
	buf_release(&s->out);
	buf_release(&s->slice);
	free(s);
}
