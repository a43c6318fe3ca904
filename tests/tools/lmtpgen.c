/* SPDX-License-Identifier: ISC */
/*
 * lmtpgen: sends mail by LMTP over connections that stay open, as fast as
 * the other side acknowledges it, and measures that.
 *
 *	lmtpgen --connect unix:PATH|tcp:HOST:PORT --connections N --messages M
 *	    [--size BYTES | --folder DIR] [--unique] [--bdat] [--window W]
 *	    [--to ADDR] [--ack-log FILE] [--seed S] [--timeout SECONDS]
 *
 * With --size each message is generated and unlike every other.  With
 * --folder the files are sent in turn; --unique then puts a line of its own
 * before each.  For DATA a lone LF becomes CRLF and a last CRLF is added, as
 * any sender must; --bdat sends the bytes as they are, W messages ahead.
 *
 * The log gets one line for each message when its 250 has been read, before
 * anything else is done: "NUMBER SHA256-OF-THE-BYTES SIZE REPLY".
 *
 * Closes on one line: acknowledged= refused= lost= (written to the end and
 * not answered) unsent= seconds= rate= bytes= ack_p50_us= ack_p99_us=
 * ack_max_us=, counted from the last byte of a message to its reply.  Exit 0
 * when all were acknowledged, 1 when some were refused, 8 when a connection
 * was lost, 2 on misuse.
 *
 * It must never send a message again: what was not acknowledged is lost.
 * It talks to this machine only.
 */
#include "tests/tools/mails.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include <openssl/evp.h>

#define WINDOW_MAX	32
#define PIECES_MAX	(4 * WINDOW_MAX + 8)
#define OWN_MAX		512
#define SHA_LEN		32

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_LOST = 8 };

/* What the other side answers next. */
enum expect { E_GREETING, E_LHLO, E_MAIL, E_RCPT, E_DATA, E_END };

struct sent {			/* a message on its way */
	uint64_t	 number;
	const struct mail *mail;
	size_t		 headlen;
	char		 head[OWN_MAX];
	int64_t		 done;	/* when its last byte was written, ns */
};

struct piece {			/* bytes to write */
	const char	*p;
	size_t		 n;
	struct sent	*ends;	/* the message that ends here */
	char		 own[OWN_MAX];
};

struct conn {
	int		 fd;
	struct piece	 out[PIECES_MAX];
	unsigned	 outhead, outlen;
	enum expect	 expect[4 * WINDOW_MAX + 4];
	unsigned	 exphead, explen;
	struct sent	 way[WINDOW_MAX];
	unsigned	 wayhead, waylen;
	bool		 refused;	/* MAIL or RCPT of the current one */
	char		 in[4096];
	size_t		 inlen;
};

static struct {
	const char	*connect, *folder, *to, *acklog;
	uint64_t	 connections, messages, size, window, seed, timeout;
	bool		 unique, bdat;
} opt = { .to = "office@example.org", .connections = 1, .messages = 1,
	.size = 4096, .window = 1, .seed = 1, .timeout = 60 };

static struct mails	 mails;
static uint64_t		 next_number, acked, refused, lost, bytes;
static uint32_t		*delays;	/* microseconds, one an ack */
static unsigned		 open_conns;
static int		 epfd = -1, logfd = -1;

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* --- a connection --------------------------------------------------- */

static struct piece *
conn_piece(struct conn *c)
{
	struct piece *p;

	if (c->outlen == PIECES_MAX)
		errx(EXIT_USAGE, "out queue full");
	p = &c->out[(c->outhead + c->outlen++) % PIECES_MAX];
	p->p = p->own;
	p->n = 0;
	p->ends = NULL;
	return p;
}

static void
conn_expect(struct conn *c, enum expect e)
{
	unsigned size = sizeof(c->expect) / sizeof(c->expect[0]);

	c->expect[(c->exphead + c->explen++) % size] = e;
}

static void
conn_say(struct conn *c, const char *text)
{
	struct piece *p = conn_piece(c);

	p->n = (size_t)snprintf(p->own, sizeof(p->own), "%s", text);
}

static size_t
head_write(char *head, size_t size, uint64_t number)
{
	int n;

	if (opt.folder != NULL && !opt.unique)
		return 0;
	if (opt.folder != NULL)
		n = snprintf(head, size, "X-Lmtpgen: %016" PRIx64 "-%010"
		    PRIu64 "\r\n", opt.seed, number);
	else
		n = snprintf(head, size, "From: a@example.org\r\n"
		    "Subject: %010" PRIu64 "\r\nMessage-ID: <%016" PRIx64
		    ".%010" PRIu64 "@lmtpgen.example>\r\n\r\n", number,
		    opt.seed, number);
	return (size_t)n;
}

/* The bytes of the message, and with DATA the dot after them. */
static void
conn_body(struct conn *c, struct sent *s)
{
	struct piece *p;

	p = conn_piece(c);
	p->p = s->head;
	p->n = s->headlen;
	p = conn_piece(c);
	p->p = opt.bdat ? s->mail->raw : s->mail->wire;
	p->n = opt.bdat ? s->mail->rawlen : s->mail->wirelen;
	if (!opt.bdat) {
		conn_say(c, ".\r\n");
		p = &c->out[(c->outhead + c->outlen - 1) % PIECES_MAX];
	}
	p->ends = s;
	conn_expect(c, E_END);
}

/* The envelope of the next message, if there is one more. */
static void
conn_next(struct conn *c)
{
	struct piece *p;
	struct sent *s;

	if (next_number == opt.messages) {
		if (c->waylen == 0)
			conn_say(c, "QUIT\r\n");
		return;
	}
	s = &c->way[(c->wayhead + c->waylen++) % WINDOW_MAX];
	s->number = next_number++;
	s->mail = &mails.list[s->number % mails.n];
	s->headlen = head_write(s->head, sizeof(s->head), s->number);
	s->done = 0;
	p = conn_piece(c);
	p->n = (size_t)snprintf(p->own, sizeof(p->own),
	    "MAIL FROM:<sender@example.net>\r\nRCPT TO:<%s>\r\n", opt.to);
	conn_expect(c, E_MAIL);
	conn_expect(c, E_RCPT);
	if (!opt.bdat) {
		conn_say(c, "DATA\r\n");
		conn_expect(c, E_DATA);
		return;
	}
	p = conn_piece(c);
	p->n = (size_t)snprintf(p->own, sizeof(p->own), "BDAT %zu LAST\r\n",
	    s->headlen + s->mail->rawlen);
	conn_body(c, s);
}

static void
conn_close(struct conn *c)
{
	for (; c->waylen > 0; c->waylen--) {
		lost += c->way[c->wayhead].done != 0;
		c->wayhead = (c->wayhead + 1) % WINDOW_MAX;
	}
	if (c->fd != -1) {
		close(c->fd);
		open_conns--;
	}
	c->fd = -1;
}

/* 0, or -1 when the other side has gone. */
static int
conn_write(struct conn *c)
{
	struct iovec iov[16];
	struct piece *p;
	ssize_t n;
	int k;

	while (c->outlen > 0) {
		for (k = 0; k < 16 && (unsigned)k < c->outlen; k++) {
			p = &c->out[(c->outhead + (unsigned)k) % PIECES_MAX];
			iov[k] = (struct iovec){
			    (char *)(uintptr_t)p->p, p->n };
		}
		n = writev(c->fd, iov, k);
		if (n == -1)
			return errno == EAGAIN ? 0 : -1;
		for (; c->outlen > 0; c->outlen--) {
			p = &c->out[c->outhead];
			if ((size_t)n < p->n) {
				p->p += n;
				p->n -= (size_t)n;
				break;
			}
			n -= (ssize_t)p->n;
			if (p->ends != NULL)
				p->ends->done = now_ns();
			c->outhead = (c->outhead + 1) % PIECES_MAX;
		}
	}
	return 0;
}

static void
log_ack(const struct sent *s, const char *reply)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sha[SHA_LEN];
	char hex[2 * SHA_LEN + 1], line[1024];
	int i, n;

	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(ctx, s->head, s->headlen) != 1 ||
	    EVP_DigestUpdate(ctx, s->mail->raw, s->mail->rawlen) != 1 ||
	    EVP_DigestFinal_ex(ctx, sha, NULL) != 1)
		errx(EXIT_USAGE, "SHA-256 failed");
	EVP_MD_CTX_free(ctx);
	for (i = 0; i < SHA_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", sha[i]);
	n = snprintf(line, sizeof(line), "%" PRIu64 " %s %zu %.700s\n",
	    s->number, hex, s->headlen + s->mail->rawlen, reply);
	if (write(logfd, line, (size_t)n) != n)
		err(EXIT_USAGE, "%s", opt.acklog);
}

/* The reply that decides about a message. */
static void
conn_answered(struct conn *c, const char *reply)
{
	struct sent *s = &c->way[c->wayhead];

	if (reply[0] == '2') {
		if (logfd != -1)
			log_ack(s, reply);
		delays[acked++] = (uint32_t)((now_ns() - s->done) / 1000);
		bytes += s->headlen + s->mail->rawlen;
	} else {
		if (refused++ == 0)
			warnx("refused: %s", reply);
	}
	c->wayhead = (c->wayhead + 1) % WINDOW_MAX;
	c->waylen--;
	c->refused = false;
}

/* 0, or -1 when the conversation makes no sense any more. */
static int
conn_reply(struct conn *c, const char *reply)
{
	unsigned size = sizeof(c->expect) / sizeof(c->expect[0]);
	enum expect e;

	if (c->explen == 0)
		return -1;	/* the answer to QUIT, or 421 */
	e = c->expect[c->exphead];
	c->exphead = (c->exphead + 1) % size;
	c->explen--;
	switch (e) {
	case E_GREETING:
		conn_say(c, "LHLO lmtpgen.example\r\n");
		conn_expect(c, E_LHLO);
		return reply[0] == '2' ? 0 : -1;
	case E_LHLO:
		while (c->waylen < opt.window && next_number < opt.messages)
			conn_next(c);
		if (c->waylen == 0)
			conn_next(c);
		return reply[0] == '2' ? 0 : -1;
	case E_MAIL:
	case E_RCPT:
		c->refused |= reply[0] != '2';
		return 0;
	case E_DATA:
		if (reply[0] == '3' && c->refused)
			return -1;
		if (reply[0] == '3') {
			conn_body(c, &c->way[c->wayhead]);
			conn_next(c);	/* rides with the end of this one */
			return 0;
		}
		conn_answered(c, reply);
		conn_next(c);
		return 0;
	case E_END:
		conn_answered(c, reply);
		if (opt.bdat || (c->waylen == 0 && c->explen == 0))
			conn_next(c);
		return 0;
	}
	return -1;
}

/* 1 when there may be more, 0 when there is not, -1 when it has ended. */
static int
conn_read(struct conn *c)
{
	char *line, *end;
	ssize_t n;

	n = read(c->fd, c->in + c->inlen, sizeof(c->in) - 1 - c->inlen);
	if (n == -1 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -1;
	c->inlen += (size_t)n;
	c->in[c->inlen] = '\0';
	for (line = c->in; (end = strstr(line, "\r\n")) != NULL;
	    line = end + 2) {
		*end = '\0';
		if (end - line > 3 && line[3] == '-')
			continue;
		if (conn_reply(c, line) == -1)
			return -1;
	}
	c->inlen -= (size_t)(line - c->in);
	memmove(c->in, line, c->inlen);
	return c->inlen == sizeof(c->in) - 1 ? -1 : 1;
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(sun.sun_path))
		errx(EXIT_USAGE, "%s: path too long", path);
	memcpy(sun.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(EXIT_LOST, "%s", path);
	return fd;
}

static int
connect_tcp(const char *where)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	const char *colon = strrchr(where, ':');
	char host[64];
	int fd, one = 1;

	if (colon == NULL)
		errx(EXIT_USAGE, "%s: needs HOST:PORT", where);
	snprintf(host, sizeof(host), "%.*s", (int)(colon - where), where);
	if (strncmp(host, "127.", 4) != 0 ||
	    inet_pton(AF_INET, host, &sin.sin_addr) != 1)
		errx(EXIT_USAGE, "%s: only 127.x.x.x", host);
	sin.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(EXIT_LOST, "%s", where);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void
conn_open(struct conn *c)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET,
		.data.ptr = c };

	if (strncmp(opt.connect, "unix:", 5) == 0)
		c->fd = connect_unix(opt.connect + 5);
	else if (strncmp(opt.connect, "tcp:", 4) == 0)
		c->fd = connect_tcp(opt.connect + 4);
	else
		errx(EXIT_USAGE, "--connect takes unix:PATH or tcp:HOST:PORT");
	if (fcntl(c->fd, F_SETFL, O_NONBLOCK) == -1 ||
	    epoll_ctl(epfd, EPOLL_CTL_ADD, c->fd, &ev) == -1)
		err(EXIT_USAGE, "epoll");
	conn_expect(c, E_GREETING);
	open_conns++;
}

/* Edge triggered: reads until there is nothing, then writes what arose. */
static void
conn_ready(struct conn *c)
{
	int more;

	while ((more = conn_read(c)) == 1)
		continue;
	if (more == -1 || conn_write(c) == -1)
		conn_close(c);
}

/* --- the whole run -------------------------------------------------- */

static void
run(struct conn *conns)
{
	struct epoll_event ev[64];
	struct conn *c;
	uint64_t i;
	int k, n;

	for (i = 0; i < opt.connections; i++)
		conn_open(&conns[i]);
	while (open_conns > 0) {
		n = epoll_wait(epfd, ev, 64, (int)opt.timeout * 1000);
		if (n == 0) {
			warnx("no answer for %" PRIu64 " seconds", opt.timeout);
			break;
		}
		for (k = 0; k < n; k++) {
			c = ev[k].data.ptr;
			if (c->fd != -1)
				conn_ready(c);
		}
	}
	for (i = 0; i < opt.connections; i++)
		conn_close(&conns[i]);
}

static int
by_delay(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int
report(int64_t ns)
{
	double seconds = (double)ns / 1e9;
	uint64_t unsent = opt.messages - acked - refused - lost;
	uint32_t none = 0, *d = acked > 0 ? delays : &none;

	qsort(delays, acked, sizeof(*delays), by_delay);
	printf("acknowledged=%" PRIu64 " refused=%" PRIu64 " lost=%" PRIu64
	    " unsent=%" PRIu64 " seconds=%.3f rate=%.1f bytes=%" PRIu64
	    " ack_p50_us=%u ack_p99_us=%u ack_max_us=%u\n", acked, refused,
	    lost, unsent, seconds, (double)acked / seconds, bytes,
	    d[acked / 2], d[acked * 99 / 100], d[acked > 0 ? acked - 1 : 0]);
	if (lost + unsent > 0)
		return EXIT_LOST;
	return refused > 0 ? EXIT_REFUSED : 0;
}

static uint64_t
number_of(const char *name, const char *text, uint64_t min, uint64_t max)
{
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	if (end == text || *end != '\0' || n < min || n > max)
		errx(EXIT_USAGE, "--%s takes a number from %" PRIu64 " to %"
		    PRIu64, name, min, max);
	return n;
}

static void
options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "connect", 1, NULL, 'c' }, { "connections", 1, NULL, 'n' },
		{ "messages", 1, NULL, 'm' }, { "size", 1, NULL, 's' },
		{ "folder", 1, NULL, 'f' }, { "unique", 0, NULL, 'u' },
		{ "bdat", 0, NULL, 'b' }, { "window", 1, NULL, 'w' },
		{ "to", 1, NULL, 't' }, { "ack-log", 1, NULL, 'a' },
		{ "seed", 1, NULL, 'S' }, { "timeout", 1, NULL, 'T' },
		{ NULL, 0, NULL, 0 } };
	int ch, at = 0;

	while ((ch = getopt_long(argc, argv, "", names, &at)) != -1) {
		switch (ch) {
		case 'c': opt.connect = optarg; break;
		case 'f': opt.folder = optarg; break;
		case 't': opt.to = optarg; break;
		case 'a': opt.acklog = optarg; break;
		case 'u': opt.unique = true; break;
		case 'b': opt.bdat = true; break;
		case 'n': opt.connections =
		    number_of("connections", optarg, 1, 10000); break;
		case 'm': opt.messages =
		    number_of("messages", optarg, 1, 100000000); break;
		case 's': opt.size =
		    number_of("size", optarg, 256, 1U << 30); break;
		case 'w': opt.window =
		    number_of("window", optarg, 1, WINDOW_MAX); break;
		case 'S': opt.seed =
		    number_of("seed", optarg, 0, UINT64_MAX / 4); break;
		case 'T': opt.timeout =
		    number_of("timeout", optarg, 1, 3600); break;
		default: exit(EXIT_USAGE);
		}
	}
	if (opt.connect == NULL || optind != argc)
		errx(EXIT_USAGE, "usage: see the head of lmtpgen.c");
	if (!opt.bdat)
		opt.window = 1;
}

int
main(int argc, char **argv)
{
	struct conn *conns;
	int64_t start;

	options(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if (opt.folder != NULL)
		mails_read(&mails, opt.folder, !opt.bdat);
	else
		mails_make(&mails, opt.size, opt.seed);
	delays = calloc(opt.messages, sizeof(*delays));
	conns = calloc(opt.connections, sizeof(*conns));
	if (delays == NULL || conns == NULL)
		err(EXIT_USAGE, "no memory");
	if (opt.acklog != NULL && (logfd = open(opt.acklog,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) == -1)
		err(EXIT_USAGE, "%s", opt.acklog);
	if ((epfd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err(EXIT_USAGE, "epoll");
	start = now_ns();
	run(conns);
	free(conns);
	return report(now_ns() - start);
}
