/* SPDX-License-Identifier: ISC */
/*
 * lmtp: listeners and sockets; what a session means is lmtp_tx.c.
 *
 * A session's events read into one buffer of the listener's, so that a
 * thousand sessions cost little memory.  Reading stops when a session sends
 * more while it waits for its commit, while the log is busy and while replies
 * are not taken; nothing else is back-pressure.
 *
 * A session is freed in session_after() alone, where every callback ends.
 */
#include "daemon/intake/lmtp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/intake/lmtp_tx.h"
#include "daemon/intake/peers.h"
#include "daemon/intake/sockets.h"
#include "daemon/intake/tls.h"
#include "daemon/log.h"
#include "proto/base/limits.h"

#define READ_SIZE	65536
#define OUT_MAX		65536	/* replies not taken: reading stops */
#define LISTENERS_MAX	16
#define BURST		64	/* accepted in one turn */
#define OVER_MAX	64	/* sessions past the limit being told 421 */

struct listener {
	struct lmtp	*lmtp;
	struct event	*event;
	int		 fd;
};

struct session {
	struct session	*prev, *next;
	struct lmtp	*lmtp;
	struct lmtp_tx	*tx;		/* protocol, envelope, intake */
	struct event	*read, *write;
	struct tls_line	*tls;		/* or NULL: in clear */
	int		 fd;
	int		 gone;		/* the peer hung up */
	int		 eof;		/* it sends no more, but listens */
	int		 paused;	/* for the log */
	int		 ahead;		/* sent more while the log works */
	struct buf	 left;		/* read and not yet taken */
	int64_t		 since;		/* of the present idle span, ms */
	uint64_t	 bytes;		/* that came in it */
	unsigned	 number;
};

struct lmtp {
	const struct conf_lmtp	*conf;
	struct event_base	*base;
	struct store		*store;
	struct lmtp_config	 session;
	struct listener		 listener[LISTENERS_MAX];
	unsigned		 nlisteners;
	struct peer_net		*peer;
	struct tls		*tls;		/* or NULL */
	struct session		*sessions;
	unsigned		 nsessions, npaused, numbers;
	struct timeval		 idle;
	struct event		*retry;	/* accepting again after EMFILE */
	int			 stopping;
	char			 host[256];
	uint8_t			 room[READ_SIZE];
};

static int
add_listener(struct lmtp *l, int fd)
{
	struct listener *li;

	if (fd == -1)
		return -1;
	li = &l->listener[l->nlisteners++];
	li->lmtp = l;
	li->fd = fd;
	return 0;
}

static int
open_all(struct lmtp *l, struct trouble *t)
{
	const struct conf_lmtp *c = l->conf;
	unsigned i;

	if (c->socket != NULL &&
	    add_listener(l, socket_unix(c->socket, c->group, 0660,
	    t)) == -1)
		return -1;
	for (i = 0; i < c->listen.n && l->nlisteners < LISTENERS_MAX; i++)
		if (add_listener(l, socket_tcp(c->listen.at[i], t)) == -1)
			return -1;
	return 0;
}

struct lmtp *
lmtp_open(const struct conf_lmtp *c, struct trouble *t)
{
	struct lmtp *l = calloc(1, sizeof(*l));
	unsigned i;

	if (l != NULL)
		l->peer = calloc(c->peers.n + 1, sizeof(*l->peer));
	if (l == NULL || l->peer == NULL) {
		(void)trouble_errno(t, SAY_RUN_FAILED, "malloc");
		free(l);
		return NULL;
	}
	l->conf = c;
	for (i = 0; i < c->peers.n; i++)
		(void)peer_parse_net(c->peers.at[i], &l->peer[i]);
	l->idle.tv_sec = (time_t)(c->idle_ms / 1000);
	l->idle.tv_usec = (suseconds_t)(c->idle_ms % 1000 * 1000);
	if (gethostname(l->host, sizeof(l->host) - 1) == -1)
		(void)snprintf(l->host, sizeof(l->host), "localhost");
	if ((c->certificate != NULL && (l->tls = tls_load(c->certificate,
	    c->key, t)) == NULL) || open_all(l, t) == -1) {
		lmtp_free(l);
		return NULL;
	}
	return l;
}

static void
session_free(struct session *s)
{
	struct lmtp *l = s->lmtp;

	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		l->sessions = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	l->nsessions--;
	l->npaused -= s->paused ? 1 : 0;
	if (s->tx != NULL)
		lmtp_tx_close(s->tx);
	if (s->read != NULL)
		event_free(s->read);
	if (s->write != NULL)
		event_free(s->write);
	tls_end(s->tls);
	if (s->fd != -1)
		(void)close(s->fd);
	buf_release(&s->left);
	free(s);
}

/* Sends what can be sent now. */
static void
flush(struct session *s)
{
	struct buf *out = lmtp_tx_out(s->tx);
	ssize_t n;

	while (out->len > 0 && !s->gone) {
		n = tls_send(s->tls, s->fd, out->data, out->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n == -1)
			s->gone = 1;
		else
			buf_consume(out, (size_t)n);
	}
}

/* Reads or not, writes or not, from what the session is up to. */
static void
arm(struct session *s)
{
	struct lmtp *l = s->lmtp;
	size_t out = lmtp_tx_out(s->tx)->len;
	int paused = !l->stopping && store_busy(l->store);

	l->npaused += (unsigned)paused - (unsigned)s->paused;
	s->paused = paused;
	s->ahead &= lmtp_tx_waiting(s->tx);
	if (paused || s->ahead || s->eof || s->left.len > 0 || out > OUT_MAX ||
	    lmtp_tx_closing(s->tx))
		(void)event_del(s->read);
	else
		(void)event_add(s->read, &l->idle);
	if (out > 0 || tls_wants_write(s->tls))
		(void)event_add(s->write, &l->idle);
	else
		(void)event_del(s->write);
}

/* What was read and could not be taken yet. */
static void
take_left(struct session *s)
{
	size_t n;

	while (s->left.len > 0 && !lmtp_tx_waiting(s->tx) &&
	    !lmtp_tx_closing(s->tx)) {
		n = lmtp_tx_feed(s->tx, s->left.data, s->left.len);
		buf_consume(&s->left, n);
		if (n == 0)
			return;
	}
}

/* What came in clear behind STARTTLS is nobody's. */
static void
begin_tls(struct session *s)
{
	if (s->gone || !lmtp_tx_wants_tls(s->tx) ||
	    lmtp_tx_out(s->tx)->len > 0)
		return;
	buf_clear(&s->left);
	if ((s->tls = tls_begin(s->lmtp->tls, s->fd)) == NULL)
		s->gone = 1;
	else
		lmtp_tx_secured(s->tx);
}

static void
session_after(struct session *s)
{
	take_left(s);
	flush(s);
	begin_tls(s);
	if (s->gone || (lmtp_tx_out(s->tx)->len == 0 &&
	    (lmtp_tx_closing(s->tx) || (s->eof && !lmtp_tx_waiting(s->tx)))))
		session_free(s);
	else
		arm(s);
}

/* The log has answered: the transaction has its replies. */
static void
on_replied(void *arg)
{
	session_after(arg);
}

/* A sender that keeps the line but hardly sends holds a place for nothing. */
static int
too_slow(struct session *s, size_t n)
{
	struct timeval tv;
	int64_t now;

	(void)event_base_gettimeofday_cached(s->lmtp->base, &tv);
	now = (int64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
	s->bytes += n;
	if (s->since != 0 && now - s->since < s->lmtp->conf->idle_ms)
		return 0;
	if (s->since != 0 && s->bytes < LIMIT_SMTP_SLOW &&
	    lmtp_tx_in_mail(s->tx))
		return 1;
	s->since = now;
	s->bytes = 0;
	return 0;
}

static void
on_readable(int fd, short what, void *arg)
{
	struct session *s = arg;
	struct lmtp *l = s->lmtp;
	ssize_t n;
	size_t used;

	if (what & EV_TIMEOUT) {
		if (!lmtp_tx_waiting(s->tx))	/* else the log is silent */
			lmtp_tx_end(s->tx, SMTP_CLOSE_IDLE);
		session_after(s);
		return;
	}
	s->ahead = lmtp_tx_waiting(s->tx);
	n = tls_read(s->tls, fd, l->room, sizeof(l->room));
	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		arm(s);		/* a handshake may want to write */
		return;
	} else if (n == -1) {
		s->gone = 1;
	} else if (n == 0) {
		s->eof = 1;	/* Exim does, behind its QUIT */
	} else if (too_slow(s, (size_t)n)) {
		lmtp_tx_end(s->tx, SMTP_CLOSE_IDLE);
	} else {
		used = lmtp_tx_feed(s->tx, l->room, (size_t)n);
		buf_add(&s->left, l->room + used, (size_t)n - used);
		s->gone = buf_failed(&s->left);
	}
	session_after(s);
}

static void
on_writable(int fd, short what, void *arg)
{
	struct session *s = arg;

	if (what & EV_TIMEOUT)
		s->gone = 1;	/* it does not take our replies either */
	else if (tls_wants_write(s->tls)) {
		on_readable(fd, EV_READ, s);
		return;
	}
	session_after(s);
}

static void
session_begin(struct lmtp *l, int fd, const char *peer)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		(void)close(fd);
		return;
	}
	s->lmtp = l;
	s->fd = fd;
	s->number = ++l->numbers;
	s->next = l->sessions;
	if (s->next != NULL)
		s->next->prev = s;
	l->sessions = s;
	l->nsessions++;
	s->tx = lmtp_tx_new(&l->session, peer, s->number, on_replied, s);
	s->read = event_new(l->base, fd, EV_READ | EV_PERSIST, on_readable, s);
	s->write = event_new(l->base, fd, EV_WRITE | EV_PERSIST, on_writable,
	    s);
	if (s->tx == NULL || s->read == NULL || s->write == NULL) {
		session_free(s);
		return;
	}
	if (l->nsessions > LIMIT_SMTP_SESSIONS)
		lmtp_tx_end(s->tx, SMTP_CLOSE_BUSY);
	session_after(s);
}

static void
welcome(struct lmtp *l, int fd, const struct sockaddr *sa)
{
	char peer[PEER_TEXT_MAX];
	int one = 1;

	peer_name(fd, sa, peer);
	if (!peer_allowed(sa, l->peer, l->conf->peers.n)) {
		intake_refuse(l->store, &(struct refusal){ "email",
		    l->conf->source, "peer not allowed", peer, NULL, NULL,
		    NULL });
		logline(LOGLINE_WARNING, "lmtp.stranger",
		    "door=%s peer=%s", l->conf->source, peer);
		(void)close(fd);
		return;
	}
	if (l->nsessions >= LIMIT_SMTP_SESSIONS + OVER_MAX) {
		(void)close(fd);
		return;
	}
	if (sa->sa_family != AF_UNIX)	/* only speed is lost without it */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
		    sizeof(one));
	session_begin(l, fd, peer);
}

static void
on_retry(int fd, short what, void *arg)
{
	struct lmtp *l = arg;
	unsigned i;

	(void)fd;
	(void)what;
	for (i = 0; i < l->nlisteners; i++)
		(void)event_add(l->listener[i].event, NULL);
}

static void
on_accept(int fd, short what, void *arg)
{
	struct listener *li = arg;
	struct lmtp *l = li->lmtp;
	struct sockaddr_storage ss;
	struct timeval second = { 1, 0 };
	socklen_t len;
	int got, i;

	(void)what;
	for (i = 0; i < BURST; i++) {
		len = sizeof(ss);
		memset(&ss, 0, sizeof(ss));
		got = accept4(fd, (struct sockaddr *)&ss, &len,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (got != -1) {
			welcome(l, got, (struct sockaddr *)&ss);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
			logline(LOGLINE_WARNING, "lmtp.full",
			    "door=%s sessions=%u", l->conf->source,
			    l->nsessions);
			(void)event_del(li->event);
			(void)event_add(l->retry, &second);
		}
		return;
	}
}

int
lmtp_start(struct lmtp *l, struct event_base *base, struct store *store)
{
	unsigned i;

	l->base = base;
	l->store = store;
	l->session = (struct lmtp_config){
		.store = store, .conf = l->conf,
		.smtp = { l->conf->smtp ? SMTP_MODE_SMTP : SMTP_MODE_LMTP,
		    l->host, l->conf->mail_size, l->tls != NULL }
	};
	if ((l->retry = evtimer_new(base, on_retry, l)) == NULL)
		return -1;
	for (i = 0; i < l->nlisteners; i++) {
		l->listener[i].event = event_new(base, l->listener[i].fd,
		    EV_READ | EV_PERSIST, on_accept, &l->listener[i]);
		if (l->listener[i].event == NULL ||
		    event_add(l->listener[i].event, NULL) == -1)
			return -1;
	}
	return 0;
}

void
lmtp_wake(struct lmtp *l)
{
	struct session *s, *next;

	if (l->npaused == 0 || store_busy(l->store))
		return;
	for (s = l->sessions; s != NULL; s = next) {
		next = s->next;
		if (s->paused)
			session_after(s);
	}
}

static void
close_listeners(struct lmtp *l)
{
	unsigned i;

	for (i = 0; i < l->nlisteners; i++) {
		if (l->listener[i].event != NULL)
			event_free(l->listener[i].event);
		(void)close(l->listener[i].fd);
	}
	if (l->nlisteners > 0 && l->conf->socket != NULL)
		(void)unlink(l->conf->socket);	/* the next one replaces it */
	l->nlisteners = 0;
}

void
lmtp_stop(struct lmtp *l)
{
	struct session *s, *next;

	l->stopping = 1;
	if (l->retry != NULL)
		(void)event_del(l->retry);
	close_listeners(l);
	for (s = l->sessions; s != NULL; s = next) {
		next = s->next;
		lmtp_tx_end(s->tx, SMTP_CLOSE_STOPPING);
		session_after(s);
	}
}

unsigned
lmtp_sessions(const struct lmtp *l)
{
	return l->nsessions;
}

void
lmtp_free(struct lmtp *l)
{
	if (l == NULL)
		return;
	close_listeners(l);
	while (l->sessions != NULL)
		session_free(l->sessions);
	if (l->retry != NULL)
		event_free(l->retry);
	tls_free(l->tls);
	free(l->peer);
	free(l);
}
