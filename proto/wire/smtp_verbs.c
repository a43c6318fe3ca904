/* SPDX-License-Identifier: ISC */
/*
 * smtp_verbs: the commands of LMTP and SMTP.  A command is a whole line; it
 * is read here and nowhere else, by the table of verbs at the end.
 */
#include "proto/wire/smtp_own.h"

#include <string.h>
#include <strings.h>

/* What LHLO and EHLO offer; SIZE and STARTTLS are said apart. */
static const char *const offer_table[] = {
	"PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING",
	"ENHANCEDSTATUSCODES"
};

/* The argument of a command: what is left of the line. */
struct arg {
	const char	*p;
	size_t		 len;
};

static void
arg_skip(struct arg *a, size_t n)
{
	a->p += n;
	a->len -= n;
}

static void
arg_spaces(struct arg *a)
{
	while (a->len > 0 && *a->p == ' ')
		arg_skip(a, 1);
}

/* The next word, up to a space. */
static struct arg
arg_word(struct arg *a)
{
	struct arg word = { a->p, 0 };

	while (word.len < a->len && a->p[word.len] != ' ')
		word.len++;
	arg_skip(a, word.len);
	arg_spaces(a);
	return word;
}

static int
arg_is(const struct arg *a, const char *word)
{
	return a->len == strlen(word) && strncasecmp(a->p, word, a->len) == 0;
}

/* 1 if it begins with these letters in either case; they are skipped. */
static int
arg_takes(struct arg *a, const char *start)
{
	size_t n = strlen(start);

	if (a->len < n || strncasecmp(a->p, start, n) != 0)
		return 0;
	arg_skip(a, n);
	return 1;
}

static int
arg_number(const struct arg *a, uint64_t *v_r)
{
	uint64_t v = 0;

	if (a->len == 0 || a->len > 19)
		return -1;
	for (size_t i = 0; i < a->len; i++) {
		if (a->p[i] < '0' || a->p[i] > '9')
			return -1;
		v = v * 10 + (uint64_t)(a->p[i] - '0');
	}
	*v_r = v;
	return 0;
}

/* The sender's name, with which everything begins anew; -1: refused. */
static int
begin(struct smtp_session *s, struct arg *a, int plain)
{
	struct arg name = arg_word(a);

	if (name.len == 0 || a->len > 0 || name.len >= sizeof s->helo) {
		smtp_say(s, RE_ARGUMENT);
		return -1;
	}
	smtp_reset(s);
	memcpy(s->helo, name.p, name.len);
	s->helo[name.len] = '\0';
	s->stage = ST_READY;
	s->plain = plain;
	return 0;
}

static void
do_lhlo(struct smtp_session *s, struct arg *a)
{
	if (begin(s, a, 0) == -1)
		return;
	buf_adds(&s->out, "250-");
	buf_adds(&s->out, s->config->host);
	buf_adds(&s->out, "\r\n250-SIZE ");
	buf_addu(&s->out, s->config->max_size);
	if (s->config->tls && !s->secured)
		buf_adds(&s->out, "\r\n250-STARTTLS");
	for (size_t i = 0; i < sizeof offer_table / sizeof *offer_table; i++) {
		buf_adds(&s->out, "\r\n250");
		buf_addc(&s->out, i + 1 < sizeof offer_table /
		    sizeof *offer_table ? '-' : ' ');
		buf_adds(&s->out, offer_table[i]);
	}
	buf_adds(&s->out, "\r\n");
}

static void
do_helo(struct smtp_session *s, struct arg *a)
{
	if (begin(s, a, 1) == -1)
		return;
	buf_adds(&s->out, "250 ");
	buf_adds(&s->out, s->config->host);
	buf_adds(&s->out, "\r\n");
}

/* One NAME=VALUE of MAIL; the reply that it earns, RE_OK to go on. */
static enum reply
mail_parameter(struct smtp_mail *m, struct arg word)
{
	if (arg_takes(&word, "SIZE=")) {
		if (m->has_size || arg_number(&word, &m->size) == -1)
			return RE_ARGUMENT;
		m->has_size = 1;
		return RE_OK;
	}
	if (arg_takes(&word, "BODY=")) {
		m->body8 = arg_is(&word, "8BITMIME");
		return m->body8 || arg_is(&word, "7BIT") ? RE_OK :
		    RE_ARGUMENT;
	}
	if (arg_is(&word, "SMTPUTF8")) {
		m->utf8 = 1;
		return RE_OK;
	}
	return RE_PARAMETER;
}

static int
has_8bit(const char *text)
{
	for (; *text != '\0'; text++)
		if ((uint8_t)*text >= 0x80)
			return 1;
	return 0;
}

/* Reads FROM: with its parameters. */
static enum reply
mail_read(const struct smtp_session *s, struct smtp_mail *m, struct arg *a)
{
	size_t n;

	memset(m, 0, sizeof *m);
	if (!arg_takes(a, "FROM:"))
		return RE_ARGUMENT;
	arg_spaces(a);
	n = smtp_path_read(&m->from, a->p, a->len, 1,
	    s->config->mode == SMTP_MODE_LMTP);
	if (n == 0 || (n < a->len && a->p[n] != ' '))
		return RE_BAD_SENDER;
	arg_skip(a, n);
	arg_spaces(a);
	while (a->len > 0) {
		enum reply reply = mail_parameter(m, arg_word(a));

		if (reply != RE_OK)
			return reply;
	}
	if (has_8bit(m->from.address) && !m->utf8)
		return RE_NEED_UTF8;
	m->too_large = m->has_size && m->size > s->config->max_size;
	return RE_OK;
}

/* The owner hears of what is refused for good: somebody's mail bounces. */
static void
refuse(struct smtp_session *s, enum reply reply, int rcpt,
    const struct arg *said)
{
	const char *text = smtp_reply_text(reply);

	smtp_say(s, reply);
	if (text[0] == '5' && s->calls->refused != NULL)
		s->calls->refused(s->arg, rcpt, text, said->p, said->len);
}

static void
do_mail(struct smtp_session *s, struct arg *a)
{
	const struct arg said = *a;
	struct smtp_mail m;
	enum reply reply = mail_read(s, &m, a);
	enum smtp_answer answer;

	if (reply != RE_OK) {
		refuse(s, reply, 0, &said);
		return;
	}
	answer = s->calls->mail(s->arg, &m);
	if (m.too_large)
		answer = SMTP_TOO_LARGE;
	if (answer != SMTP_OK) {
		smtp_say(s, smtp_answer_reply(answer));
		s->calls->reset(s->arg);
		return;
	}
	s->utf8 = m.utf8;
	s->stage = ST_MAIL;
	smtp_say(s, RE_SENDER_OK);
}

static enum reply
rcpt_read(const struct smtp_session *s, struct smtp_path *path, struct arg *a)
{
	size_t n;

	if (!arg_takes(a, "TO:"))
		return RE_ARGUMENT;
	arg_spaces(a);
	n = smtp_path_read(path, a->p, a->len, 1, 1);
	if (n == 0 || path->address[0] == '\0' ||
	    (n < a->len && a->p[n] != ' '))
		return RE_BAD_RCPT;
	/* RFC 5321, 4.1.1.3: without a domain, postmaster alone. */
	if (path->domain == NULL && s->config->mode == SMTP_MODE_SMTP &&
	    strcasecmp(path->address, "postmaster") != 0)
		return RE_BAD_RCPT;
	arg_skip(a, n);
	arg_spaces(a);
	if (a->len > 0)
		return RE_PARAMETER;
	if (has_8bit(path->address) && !s->utf8)
		return RE_NEED_UTF8;
	return s->nrcpt >= LIMIT_SMTP_RCPT ? RE_MANY_RCPT : RE_OK;
}

static void
do_rcpt(struct smtp_session *s, struct arg *a)
{
	const struct arg said = *a;
	struct smtp_path path;
	enum reply reply = rcpt_read(s, &path, a);
	enum smtp_answer answer;

	if (reply != RE_OK) {
		refuse(s, reply, 1, &said);
		return;
	}
	answer = s->calls->rcpt(s->arg, &path);
	if (answer != SMTP_OK) {
		smtp_say(s, smtp_answer_reply(answer));
		return;
	}
	s->nrcpt++;
	s->stage = ST_RCPT;
	smtp_say(s, RE_RCPT_OK);
}

static void
do_data(struct smtp_session *s, struct arg *a)
{
	enum smtp_answer answer;

	if (a->len > 0) {
		smtp_say(s, RE_ARGUMENT);
		return;
	}
	answer = s->calls->data_begin(s->arg);
	if (answer != SMTP_OK) {
		smtp_say(s, smtp_answer_reply(answer));
		smtp_reset(s);
		return;
	}
	s->input = IN_DATA;
	s->eod = EOD_CRLF;
	smtp_say(s, RE_GO);
}

/*
 * RFC 3030, 2: the bytes of a refused BDAT come all the same, so they are
 * swallowed before the reply.
 */
static void
do_bdat(struct smtp_session *s, struct arg *a)
{
	struct arg size = arg_word(a), last = arg_word(a);
	uint64_t n;

	if (arg_number(&size, &n) == -1 || a->len > 0 ||
	    (last.len > 0 && !arg_is(&last, "LAST"))) {
		/* How much follows is not known: nothing can be right now. */
		smtp_say(s, RE_ARGUMENT);
		s->input = IN_CLOSED;
		return;
	}
	s->input = IN_CHUNK;
	s->chunk_left = n;
	s->chunk_last = last.len > 0;
	s->chunk_refused = 0;
	if (!(s->stage & (ST_RCPT | ST_CHUNKS))) {
		s->chunk_refused = 1;
		s->chunk_reply = s->stage == ST_MAIL ? RE_NO_RCPT :
		    RE_SEQUENCE;
	} else if (s->stage == ST_RCPT) {
		enum smtp_answer answer = s->calls->data_begin(s->arg);

		s->stage = ST_CHUNKS;
		s->verdict = answer;
	}
}

static void
do_rset(struct smtp_session *s, struct arg *a)
{
	if (a->len > 0) {
		smtp_say(s, RE_ARGUMENT);
		return;
	}
	smtp_reset(s);
	smtp_say(s, RE_OK);
}

static void
do_noop(struct smtp_session *s, struct arg *a)
{
	(void)a;	/* RFC 5321, 4.1.1.9: a parameter is ignored */
	smtp_say(s, RE_OK);
}

static void
do_vrfy(struct smtp_session *s, struct arg *a)
{
	smtp_say(s, a->len > 0 ? RE_VRFY : RE_ARGUMENT);
}

static void
do_none(struct smtp_session *s, struct arg *a)
{
	(void)a;
	smtp_say(s, RE_NOT_DONE);
}

/* RFC 3207: not within a mail, and not twice. */
static void
do_starttls(struct smtp_session *s, struct arg *a)
{
	if (!s->config->tls) {
		smtp_say(s, RE_NOT_DONE);
	} else if (a->len > 0) {
		smtp_say(s, RE_ARGUMENT);
	} else if (s->secured) {
		smtp_say(s, RE_SEQUENCE);
	} else {
		smtp_say(s, RE_TLS);
		s->input = IN_TLS;
	}
}

static void
do_quit(struct smtp_session *s, struct arg *a)
{
	if (a->len > 0) {
		smtp_say(s, RE_ARGUMENT);
		return;
	}
	smtp_reset(s);
	smtp_say(s, RE_BYE);
	s->input = IN_CLOSED;
	s->calls->quit(s->arg);
}

#define ANY	(ST_START | ST_READY | ST_MAIL | ST_RCPT | ST_CHUNKS)
#define LMTP	1
#define SMTP	2

static const struct verb {
	const char	*name;
	int		 modes;
	int		 stages;
	enum reply	 otherwise;	/* in another stage */
	void		(*act)(struct smtp_session *, struct arg *);
} verb_table[] = {
	{ "LHLO", LMTP, ANY, RE_SEQUENCE, do_lhlo },
	{ "EHLO", SMTP, ANY, RE_SEQUENCE, do_lhlo },
	{ "HELO", SMTP, ANY, RE_SEQUENCE, do_helo },
	{ "MAIL", LMTP | SMTP, ST_READY, RE_SEQUENCE, do_mail },
	{ "RCPT", LMTP | SMTP, ST_MAIL | ST_RCPT, RE_SEQUENCE, do_rcpt },
	{ "DATA", LMTP | SMTP, ST_RCPT, RE_NO_RCPT, do_data },
	{ "BDAT", LMTP | SMTP, ANY, RE_SEQUENCE, do_bdat },
	{ "RSET", LMTP | SMTP, ANY, RE_SEQUENCE, do_rset },
	{ "NOOP", LMTP | SMTP, ANY, RE_SEQUENCE, do_noop },
	{ "VRFY", LMTP | SMTP, ANY, RE_SEQUENCE, do_vrfy },
	{ "EXPN", LMTP | SMTP, ANY, RE_SEQUENCE, do_none },
	{ "HELP", LMTP | SMTP, ANY, RE_SEQUENCE, do_none },
	{ "STARTTLS", SMTP, ST_START | ST_READY, RE_SEQUENCE, do_starttls },
	{ "QUIT", LMTP | SMTP, ANY, RE_SEQUENCE, do_quit },
};

static const struct verb *
verb_find(const struct smtp_session *s, const struct arg *word)
{
	int mode = s->config->mode == SMTP_MODE_LMTP ? LMTP : SMTP;

	for (size_t i = 0; i < sizeof verb_table / sizeof verb_table[0]; i++)
		if ((verb_table[i].modes & mode) &&
		    arg_is(word, verb_table[i].name))
			return &verb_table[i];
	return NULL;
}

/* RFC 5321, 2.3.8: CR and LF come together; controls are in no command. */
static int
is_clean(const struct arg *a)
{
	for (size_t i = 0; i < a->len; i++)
		if ((uint8_t)a->p[i] < 0x20 || a->p[i] == 0x7f)
			return 0;
	return 1;
}

void
smtp_command(struct smtp_session *s, const char *text, size_t len)
{
	struct arg line = { text, len }, word;
	const struct verb *verb;

	if (!is_clean(&line)) {
		smtp_say(s, RE_SYNTAX);
		return;
	}
	while (line.len > 0 && line.p[line.len - 1] == ' ')
		line.len--;
	word = arg_word(&line);
	verb = verb_find(s, &word);
	if (verb == NULL)
		smtp_say(s, word.len > 0 ? RE_UNKNOWN : RE_SYNTAX);
	else if (!(verb->stages & (int)s->stage))
		smtp_say(s, verb->otherwise == RE_NO_RCPT &&
		    s->stage != ST_MAIL ? RE_SEQUENCE : verb->otherwise);
	else
		verb->act(s, &line);
}
