/* SPDX-License-Identifier: ISC */
/*
 * supervise: see supervise.h.
 *
 *	state		pid	hello	leaves it by
 *	waiting		0	0	the pause is over: starting
 *	starting	set	0	hello: ready; end of the socket: waiting
 *	ready		set	1	end of the socket, a wrong packet, a
 *					document that is overdue: waiting
 *
 * The reader is not trusted: an answer is copied before it is looked at, is
 * never longer than its limit, and is not passed on unless reading_check()
 * finds nothing wrong.  It must never block the loop on the reader.
 */
#include "daemon/supervise.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/boxed.h"
#include "daemon/log.h"
#include "proto/base/json.h"
#include "proto/base/limits.h"

#define MAGIC		0x53555045u
#define TRIES		2	/* readers that may die over one document */
#define PAUSE_MS	100	/* before the first new start, then doubled */
#define PAUSE_MAX_MS	60000
#define GRACE_S		15	/* that a verdict may be late */
#define HELLO_S		60	/* for the reader to get warm */

struct job {
	int		 used, sent, tries;
	uint32_t	 id;
	uint64_t	 size;
	uint32_t	 hint, role, part;
	char		*words;		/* VOUCH: its own; else NULL */
	int		 doc, answer;
	int64_t		 due;		/* ms, when the verdict is overdue */
	supervise_fn	*fn;
	void		*arg;
};

struct supervise {
	uint32_t	 magic;
	struct event_base *base;
	char		*path;
	struct event	*packets, *timer;	/* timer: pause or overdue */
	pid_t		 pid;
	int		 sock;
	int		 hello;
	int		 pause_ms;
	uint32_t	 next;
	struct job	 job[SUPERVISE_AT_ONCE];
	struct reading_hello said;
};

static void	reader_lost(struct supervise *, const char *why);

static void
timer_set(struct supervise *s, int64_t ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	(void)evtimer_add(s->timer, &tv);
}

static void
job_release(struct job *j)
{
	if (j->doc != -1)
		(void)close(j->doc);
	if (j->answer != -1)
		(void)close(j->answer);
	free(j->words);
	memset(j, 0, sizeof(*j));
	j->doc = j->answer = -1;
}

/* Copies the answer: 0, or -1 if it is too long or cannot be read. */
static int
answer_read(int fd, struct buf *out)
{
	struct stat	 st;
	uint8_t		*room;
	ssize_t		 n;
	size_t		 size;

	if (fstat(fd, &st) == -1 || st.st_size <= 0 ||
	    st.st_size > (off_t)LIMIT_READ_ANSWER)
		return -1;
	size = (size_t)st.st_size;
	room = buf_reserve(out, size);
	if (room == NULL)
		return -1;
	n = pread(fd, room, size, 0);
	if (n != (ssize_t)size)
		return -1;
	buf_commit(out, size);
	return 0;
}

/* Makes the result DIED unless the answer has the shape of a reading. */
static void
answer_judge(int fd, struct buf *text, struct supervise_result *r)
{
	struct json	 j;

	r->outcome = READING_DIED;
	r->wrong = "?";
	if (answer_read(fd, text) == -1 ||
	    json_parse(&j, (const char *)text->data, text->len) == -1)
		return;
	r->wrong = reading_check(&j);
	json_release(&j);
	if (r->wrong != NULL)
		return;
	r->outcome = READING_DONE;
	r->text = (const char *)text->data;
	r->len = text->len;
}

/* The same for a part: its tail says what became of it. */
static void
part_judge(int fd, struct supervise_result *r)
{
	struct reading_tail	 t;

	r->outcome = READING_DIED;
	r->wrong = "tail";
	if (boxed_tail(fd, &t) == -1 || boxed_seal(fd) == -1)
		return;
	r->wrong = NULL;
	r->outcome = t.outcome;
	r->size = t.size;
	if (t.outcome == READING_DONE)
		r->fd = fd;
}

/* The job is free before its callback runs, which may give the next one. */
static void
job_finish(struct supervise *s, struct job *j, enum reading_outcome outcome,
    uint32_t detail)
{
	struct supervise_result	 r = { outcome, detail, NULL, 0, NULL, -1, 0 };
	struct buf		 text = BUF_INIT;
	supervise_fn		*fn = j->fn;
	void			*arg = j->arg;

	assert(j->used && s->magic == MAGIC);
	if (outcome == READING_DONE && j->role != READING_READ)
		part_judge(j->answer, &r);
	else if (outcome == READING_DONE)
		answer_judge(j->answer, &text, &r);
	if (r.wrong != NULL)
		logline(LOGLINE_WARNING, "reader.lied", "member=%s", r.wrong);
	if (r.fd != -1)
		j->answer = -1;		/* it is the callback's first */
	job_release(j);
	fn(arg, &r);
	buf_release(&text);
	if (r.fd != -1)
		(void)close(r.fd);
}

static int
job_send(struct supervise *s, struct job *j)
{
	struct reading_request	 q = { .magic = READING_MAGIC, .id = j->id,
				    .size = j->size, .hint = j->hint,
				    .role = j->role, .part = j->part };

	if (j->words != NULL)
		q.words = (uint32_t)strlen(j->words);
	return boxed_send(s->sock, &q, j->words, j->doc, j->answer,
	    MSG_DONTWAIT);
}

/* Of the monotonic clock: a stepped wall clock makes nothing overdue. */
static int64_t
now_ms(void)
{
	struct timespec	 t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);	/* cannot fail */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Starts the timer for the job that is overdue first, if any. */
static void
overdue_set(struct supervise *s)
{
	int64_t	 least = INT64_MAX, now = now_ms();
	int	 i;

	for (i = 0; i < SUPERVISE_AT_ONCE; i++)
		if (s->job[i].sent && s->job[i].due < least)
			least = s->job[i].due;
	if (least == INT64_MAX)
		(void)evtimer_del(s->timer);
	else
		timer_set(s, least > now ? least - now : 0);
}

/* Hands over what waits.  What cannot be sent now is when a verdict comes. */
static void
jobs_send(struct supervise *s)
{
	struct job	*j;
	int		 i;

	if (!s->hello)
		return;
	for (i = 0; i < SUPERVISE_AT_ONCE; i++) {
		j = &s->job[i];
		if (!j->used || j->sent || job_send(s, j) == -1)
			continue;
		j->sent = 1;
		j->due = now_ms() + (LIMIT_READ_SECONDS + GRACE_S) * 1000;
	}
	overdue_set(s);
}

static void
verdict_take(struct supervise *s, const struct reading_verdict *v)
{
	int	 i;

	for (i = 0; i < SUPERVISE_AT_ONCE; i++)
		if (s->job[i].sent && s->job[i].id == v->id)
			break;
	if (i == SUPERVISE_AT_ONCE || v->outcome > READING_NO_MEMORY) {
		reader_lost(s, "verdict");
		return;
	}
	s->pause_ms = 0;	/* it works: a later death is a new story */
	job_finish(s, &s->job[i], v->outcome, v->detail);
	jobs_send(s);
}

static void
packet_read(evutil_socket_t fd, short what, void *arg)
{
	struct supervise	*s = arg;
	union {
		struct reading_hello	 hello;
		struct reading_verdict	 verdict;
	} u;
	ssize_t			 n;

	(void)what;
	assert(s->magic == MAGIC);
	n = recv(fd, &u, sizeof(u), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == (ssize_t)sizeof(u.hello) && !s->hello &&
	    u.hello.magic == READING_HELLO) {
		s->said = u.hello;
		s->said.reader[sizeof(s->said.reader) - 1] = '\0';
		s->hello = 1;
		jobs_send(s);
	} else if (n == (ssize_t)sizeof(u.verdict) && s->hello &&
	    u.verdict.magic == READING_MAGIC) {
		verdict_take(s, &u.verdict);
	} else {
		reader_lost(s, n == 0 ? "ended" : "packet");
	}
}

/* Starts the program; a failure is the same as its death. */
static void
reader_start(struct supervise *s)
{
	assert(s->pid == 0);
	s->sock = boxed_start(s->path, &s->pid);
	if (s->sock == -1) {
		reader_lost(s, "start");
		return;
	}
	s->packets = event_new(s->base, s->sock, EV_READ | EV_PERSIST,
	    packet_read, s);
	if (s->packets == NULL || event_add(s->packets, NULL) == -1)
		reader_lost(s, "event");
	else
		timer_set(s, HELLO_S * 1000);
}

/* Ends what there is of the reader; gives its wait status, 0 if none. */
static int
reader_end(struct supervise *s)
{
	int	 status;

	if (s->packets != NULL)
		event_free(s->packets);
	s->packets = NULL;
	if (s->sock != -1)
		(void)close(s->sock);
	s->sock = -1;
	s->hello = 0;
	status = boxed_end(s->pid);
	s->pid = 0;
	return status;
}

static void
reader_lost(struct supervise *s, const char *why)
{
	struct job	*failed[SUPERVISE_AT_ONCE];
	int		 i, n = 0, status;

	status = reader_end(s);
	s->pause_ms = s->pause_ms == 0 ? PAUSE_MS : s->pause_ms * 2;
	if (s->pause_ms > PAUSE_MAX_MS)
		s->pause_ms = PAUSE_MAX_MS;
	logline(LOGLINE_WARNING, "reader.lost",
	    "why=%s signal=%d exit=%d again_ms=%d", why,
	    WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 0, s->pause_ms);
	timer_set(s, s->pause_ms);
	for (i = 0; i < SUPERVISE_AT_ONCE; i++) {
		if (!s->job[i].sent)
			continue;
		s->job[i].sent = 0;
		if (++s->job[i].tries >= TRIES)
			failed[n++] = &s->job[i];
	}
	for (i = 0; i < n; i++)
		job_finish(s, failed[i], READING_DIED, 0);
}

/* The pause is over, or a hello or a verdict is overdue. */
static void
timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct supervise	*s = arg;

	(void)fd;
	(void)what;
	assert(s->magic == MAGIC);
	if (s->pid == 0)
		reader_start(s);
	else
		reader_lost(s, "overdue");
}

struct supervise *
supervise_new(struct event_base *base, const char *path)
{
	struct supervise	*s;
	int			 i;

	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->magic = MAGIC;
	s->base = base;
	s->sock = -1;
	for (i = 0; i < SUPERVISE_AT_ONCE; i++)
		s->job[i].doc = s->job[i].answer = -1;
	s->path = strdup(path);
	s->timer = evtimer_new(base, timer_fired, s);
	if (s->path == NULL || s->timer == NULL) {
		supervise_free(s);
		errno = ENOMEM;
		return NULL;
	}
	timer_set(s, 0);
	return s;
}

void
supervise_free(struct supervise *s)
{
	int	 i;

	if (s == NULL)
		return;
	(void)reader_end(s);
	for (i = 0; i < SUPERVISE_AT_ONCE; i++)
		job_release(&s->job[i]);
	if (s->timer != NULL)
		event_free(s->timer);
	free(s->path);
	s->magic = 0;
	free(s);
}

int
supervise_busy(const struct supervise *s)
{
	int	 i;

	for (i = 0; i < SUPERVISE_AT_ONCE; i++)
		if (!s->job[i].used)
			return 0;
	return 1;
}

const char *
supervise_reader(const struct supervise *s)
{
	return s->said.reader;
}

static int
job_add(struct supervise *s, int docfd, const struct job *like)
{
	struct job	*j = NULL;
	int		 i, error = EAGAIN;

	for (i = 0; i < SUPERVISE_AT_ONCE && j == NULL; i++)
		if (!s->job[i].used)
			j = &s->job[i];
	if (j == NULL)
		goto out;
	error = EINVAL;
	if (boxed_seal(docfd) == -1)
		goto out;
	error = ENOMEM;
	if (like->words != NULL && (j->words = strdup(like->words)) == NULL)
		goto out;
	error = ENFILE;
	j->answer = memfd_create("answer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (j->answer == -1) {
		free(j->words);
		j->words = NULL;
		goto out;
	}
	j->used = 1;
	j->id = ++s->next;
	j->doc = docfd;
	j->size = like->size;
	j->hint = like->hint;
	j->role = like->role;
	j->part = like->part;
	j->fn = like->fn;
	j->arg = like->arg;
	jobs_send(s);
	return 0;
out:
	(void)close(docfd);
	errno = error;
	return -1;
}

int
supervise_read(struct supervise *s, int docfd, uint64_t size,
    enum reading_hint hint, supervise_fn *fn, void *arg)
{
	struct job	 like = { .size = size, .hint = hint,
			    .role = READING_READ, .fn = fn, .arg = arg };

	return job_add(s, docfd, &like);
}

int
supervise_part(struct supervise *s, int docfd, uint64_t size,
    enum reading_hint hint, uint32_t part, supervise_fn *fn, void *arg)
{
	struct job	 like = { .size = size, .hint = hint,
			    .role = READING_PART, .part = part, .fn = fn,
			    .arg = arg };

	return job_add(s, docfd, &like);
}

int
supervise_vouch(struct supervise *s, int docfd, uint64_t size, char *words,
    supervise_fn *fn, void *arg)
{
	struct job	 like = { .size = size, .hint = READING_MAIL,
			    .role = READING_VOUCH, .words = words, .fn = fn,
			    .arg = arg };

	if (strlen(words) > LIMIT_READ_WORDS) {
		(void)close(docfd);
		errno = EINVAL;
		return -1;
	}
	return job_add(s, docfd, &like);
}
