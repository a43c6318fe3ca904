/* SPDX-License-Identifier: ISC */
/*
 * postfix: reads lines of Postfix's mail log.  It must never take a part of
 * an address for what Postfix says of the delivery.
 */
#include "proto/wire/postfix.h"

#include <errno.h>
#include <string.h>

#include "proto/base/text.h"

#define NUMBER_MAX 15			/* digits of an entry */

static int
text_is(const struct postfix_text *t, const char *word)
{
	return t->n == strlen(word) && memcmp(t->p, word, t->n) == 0;
}

/* The last place of a word before `end`; NULL: none. */
static const char *
last_of(const char *p, const char *end, const char *word)
{
	size_t n = strlen(word);

	while (end - p >= (ptrdiff_t)n) {
		if (memcmp(end - n, word, n) == 0)
			return end - n;
		end--;
	}
	return NULL;
}

static const char *
first_of(const char *p, const char *end, const char *word)
{
	return memmem(p, (size_t)(end - p), word, strlen(word));
}

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- our own replies ------------------------------------------------- */

/* Takes the word at *p; 0: it is not there. */
static int
take_word(const char **p, const char *end, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(end - *p) < n || memcmp(*p, word, n) != 0)
		return 0;
	*p += n;
	return 1;
}

static int
take_number(const char **p, const char *end, uint64_t *n_r)
{
	const char *from = *p;

	*n_r = 0;
	while (*p < end && is_digit(**p) && *p - from < NUMBER_MAX)
		*n_r = *n_r * 10 + (uint64_t)(*(*p)++ - '0');
	return *p > from && (*p == end || !is_digit(**p)) && *n_r > 0;
}

static int
take_receipt(const char *p, const char *end, struct id *document_r,
    uint64_t *entry_r, uint8_t receipt_r[8])
{
	const char *comma = memchr(p, ',', (size_t)(end - p));

	if (comma == NULL || id_parse(p, (size_t)(comma - p), document_r) ==
	    -1 || document_r->kind != ID_DOCUMENT)
		return 0;
	p = comma;
	return take_word(&p, end, ", entry ") &&
	    take_number(&p, end, entry_r) &&
	    take_word(&p, end, ", receipt ") && end - p >= 16 &&
	    text_unhex(p, 16, receipt_r) == 0;
}

int
postfix_receipt(const char *p, size_t n, struct id *document_r,
    uint64_t *entry_r, uint8_t receipt_r[8])
{
	static const char words[] = "kept as ";
	const char *end = p + n;

	while ((p = first_of(p, end, words)) != NULL) {
		p += sizeof(words) - 1;
		if (take_receipt(p, end, document_r, entry_r, receipt_r))
			return 1;
	}
	return 0;
}

/* ---- the front of a line --------------------------------------------- */

/*
 * NAME/PROCESS[PID]: and what is behind it.  The host is kept with it, since
 * one log may be of several.
 */
static int
take_sender(const char *p, const char *end, struct postfix_line *line,
    const char **rest_r)
{
	const char *colon = first_of(p, end, "]: "), *open, *slash, *host;

	if (colon == NULL || (open = last_of(p, colon, "[")) == NULL ||
	    (slash = last_of(p, open, "/")) == NULL)
		return 0;
	for (const char *c = open + 1; c < colon; c++)
		if (!is_digit(*c))
			return 0;
	line->process = (struct postfix_text){ slash + 1,
	    (size_t)(open - slash - 1) };
	host = last_of(p, slash, " ");
	if (host != NULL)
		host = last_of(p, host, " ");
	host = host != NULL ? host + 1 : p;
	line->sender = (struct postfix_text){ host,
	    (size_t)(colon + 1 - host) };
	*rest_r = colon + 3;
	return line->process.n > 0 && colon > open + 1;
}

static int
take_queue(const char **p, const char *end, struct postfix_text *queue_r)
{
	const char *from = *p;

	while (*p < end && (is_digit(**p) || (**p >= 'A' && **p <= 'Z') ||
	    (**p >= 'a' && **p <= 'z')))
		(*p)++;
	*queue_r = (struct postfix_text){ from, (size_t)(*p - from) };
	return *p > from && take_word(p, end, ": ");
}

/* ---- what a line says ------------------------------------------------ */

static enum postfix_status
status_of(const char *p, size_t n)
{
	static const struct { const char *word; enum postfix_status s; } t[] = {
		{ "sent", POSTFIX_SENT }, { "deferred", POSTFIX_DEFERRED },
		{ "bounced", POSTFIX_BOUNCED }, { "expired", POSTFIX_EXPIRED },
	};
	const struct postfix_text word = { p, n };

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (text_is(&word, t[i].word))
			return t[i].s;
	return POSTFIX_OTHER;
}

/* relay=... stands behind the addresses, the last of its kind. */
static void
take_relay(const char *p, const char *end, struct postfix_line *line)
{
	static const char name[] = ", relay=";
	const char *relay = last_of(p, end, name), *stop;

	if (relay == NULL)
		return;
	relay += sizeof(name) - 1;
	stop = memchr(relay, ',', (size_t)(end - relay));
	line->relay = (struct postfix_text){ relay,
	    (size_t)((stop != NULL ? stop : end) - relay) };
}

/* to=<ADDRESS>: up to the ">, " before what follows it. */
static void
take_to(const char *p, const char *end, struct postfix_line *line)
{
	const char *stop = first_of(p, end, ">, orig_to=<");

	if (stop == NULL)
		stop = first_of(p, end, ">, relay=");
	line->to = (struct postfix_text){ p,
	    (size_t)((stop != NULL ? stop : end) - p) };
}

static int
take_delivery(const char *p, const char *end, struct postfix_line *line)
{
	static const char name[] = ", status=";
	const char *status = last_of(p, end, name), *word, *open;

	if (status == NULL)
		return 0;
	word = status + sizeof(name) - 1;
	open = memchr(word, ' ', (size_t)(end - word));
	if (open == NULL)
		open = end;
	line->what = POSTFIX_DELIVERY;
	line->status = status_of(word, (size_t)(open - word));
	if (end - open > 2 && open[1] == '(' && end[-1] == ')')
		line->reply = (struct postfix_text){ open + 2,
		    (size_t)(end - open - 3) };
	take_to(p, status, line);
	take_relay(p, status, line);
	line->kept = line->status == POSTFIX_SENT &&
	    postfix_receipt(line->reply.p, line->reply.n, &line->document,
	    &line->entry, line->receipt);
	return 1;
}

static int
take_message_id(const char *p, const char *end, struct postfix_line *line)
{
	line->what = POSTFIX_MESSAGE_ID;
	if (p < end && *p == '<')
		p++;
	if (end > p && end[-1] == '>')
		end--;
	line->message_id = (struct postfix_text){ p, (size_t)(end - p) };
	return end > p;
}

int
postfix_read(const char *p, size_t n, struct postfix_line *line)
{
	const char *end = p + n;

	memset(line, 0, sizeof(*line));
	line->reply.p = line->to.p = line->relay.p = "";
	if (!take_sender(p, end, line, &p) ||
	    !take_queue(&p, end, &line->queue))
		return 0;
	if (take_word(&p, end, "to=<"))
		return take_delivery(p, end, line);
	if (text_is(&line->process, "cleanup") &&
	    take_word(&p, end, "message-id="))
		return take_message_id(p, end, line);
	return 0;
}

/* ---- bytes to lines -------------------------------------------------- */

void
postfix_init(struct postfix *log,
    int (*line)(void *arg, const struct postfix_line *), void *arg)
{
	memset(log, 0, sizeof(*log));
	log->line = line;
	log->arg = arg;
}

void
postfix_release(struct postfix *log)
{
	buf_release(&log->held);
}

static int
one_line(struct postfix *log, const char *p, size_t n)
{
	struct postfix_line line;

	log->lines++;
	if (n > 0 && p[n - 1] == '\r')
		n--;
	return n <= POSTFIX_LINE_MAX && postfix_read(p, n, &line) ?
	    log->line(log->arg, &line) : 0;
}

/* The end of a line that began in earlier bytes. */
static int
held_line(struct postfix *log, const char *p, size_t n)
{
	int skipping = log->skipping, rc = 0;

	log->skipping = 0;
	if (!skipping)
		buf_add(&log->held, p, n);
	if (buf_failed(&log->held)) {
		errno = ENOMEM;
		return -1;
	}
	if (skipping)
		log->lines++;
	else
		rc = one_line(log, (const char *)log->held.data,
		    log->held.len);
	buf_clear(&log->held);
	return rc;
}

int
postfix_feed(struct postfix *log, const void *bytes, size_t n)
{
	const char *p = bytes, *end = p + n, *nl;

	while (p < end && (nl = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		int rc = log->skipping || log->held.len > 0 ?
		    held_line(log, p, (size_t)(nl - p)) :
		    one_line(log, p, (size_t)(nl - p));

		if (rc == -1)
			return -1;
		p = nl + 1;
	}
	if (log->skipping || p == end)
		return 0;
	buf_add(&log->held, p, (size_t)(end - p));
	if (buf_failed(&log->held)) {
		errno = ENOMEM;
		return -1;
	}
	if (log->held.len > POSTFIX_LINE_MAX + 1) {
		log->skipping = 1;
		buf_clear(&log->held);
	}
	return 0;
}

int
postfix_end(struct postfix *log)
{
	if (!log->skipping && log->held.len == 0)
		return 0;
	return held_line(log, "", 0);
}
