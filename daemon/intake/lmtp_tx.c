/* SPDX-License-Identifier: ISC */
/*
 * lmtp_tx: from the callbacks of proto/wire/smtp to struct intake and back.
 *
 * Must never give SMTP_OK for a recipient before the log's LOG_DONE, and
 * never a 5xx for trouble of our own.
 */
#include "daemon/intake/lmtp_tx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/intake/peers.h"
#include "daemon/log.h"

/* An envelope longer than this would not fit an entry: 452, send the rest
 * in another transaction (RFC 5321, section 4.5.3.1.10). */
#define SAID_MAX 256	/* of a command that a refusal names */
#define ENVELOPE_MAX 49152

struct lmtp_tx {
	const struct lmtp_config *conf;
	struct smtp_session	*smtp;
	lmtp_replied_fn		*replied;
	void			*arg;
	struct intake		*intake;	/* while bytes come */
	struct buf		 from;		/* of the envelope */
	struct buf		 to;		/* "a","b": canonical */
	int			 waiting;	/* the log owes an answer */
	int			 closed;	/* the socket is gone */
	int			 ending;	/* smtp_end() when answered */
	enum smtp_close		 why;
	unsigned		 session;
	unsigned long		 mails, refused;
	char			 peer[PEER_TEXT_MAX];
};

/* Our own state: may anything be taken now? */
static enum smtp_answer
willing(const struct lmtp_tx *tx)
{
	struct log *log = store_log(tx->conf->store);

	if (log_dead(log, NULL) || log_readonly(log, NULL))
		return SMTP_TROUBLE;
	return SMTP_OK;
}

static void
refuse(struct lmtp_tx *tx, enum smtp_answer answer, const char *from,
    const char *to)
{
	const char *text = smtp_answer_text(answer);

	tx->refused++;
	intake_refuse(tx->conf->store, &(struct refusal){ "email",
	    tx->conf->conf->source, text != NULL ? text : "", tx->peer, from,
	    to, NULL });
}

static void
forget(struct lmtp_tx *tx)
{
	intake_free(tx->intake);
	tx->intake = NULL;
	buf_clear(&tx->from);
	buf_clear(&tx->to);
}

static enum smtp_answer
on_mail(void *arg, const struct smtp_mail *mail)
{
	struct lmtp_tx *tx = arg;
	enum smtp_answer answer = willing(tx);

	forget(tx);
	if (answer == SMTP_OK && mail->has_size &&
	    mail->size > tx->conf->smtp.max_size) {
		refuse(tx, SMTP_TOO_LARGE, mail->from.address, NULL);
		return SMTP_TOO_LARGE;
	}
	buf_adds(&tx->from, mail->from.address);
	return buf_failed(&tx->from) ? SMTP_TROUBLE : answer;
}

/* RFC 5321, 4.5.1: a bare postmaster is somebody at every door. */
static int
is_ours(const struct conf_list *domains, const struct smtp_path *path)
{
	unsigned i;

	if (domains->n == 0 || (path->domain == NULL &&
	    strcasecmp(path->address, "postmaster") == 0))
		return 1;
	for (i = 0; path->domain != NULL && i < domains->n; i++)
		if (strcasecmp(path->domain, domains->at[i]) == 0)
			return 1;
	return 0;
}

static enum smtp_answer
on_rcpt(void *arg, const struct smtp_path *path)
{
	struct lmtp_tx *tx = arg;
	struct buf one = BUF_INIT;
	struct jw w;
	enum smtp_answer answer = SMTP_OK;

	if (!is_ours(&tx->conf->conf->domains, path)) {
		refuse(tx, SMTP_NO_SUCH_USER, buf_str(&tx->from),
		    path->address);
		return SMTP_NO_SUCH_USER;
	}
	jw_init(&w, &one);
	jw_str(&w, path->address);
	if (tx->to.len + one.len > ENVELOPE_MAX) {
		answer = SMTP_NO_SPACE;
	} else {
		if (tx->to.len > 0)
			buf_addc(&tx->to, ',');
		buf_add(&tx->to, one.data, one.len);
	}
	if (buf_failed(&one) || buf_failed(&tx->to))
		answer = SMTP_TROUBLE;
	buf_release(&one);
	return answer;
}

static enum smtp_answer
on_data_begin(void *arg)
{
	struct lmtp_tx *tx = arg;
	enum smtp_answer answer = willing(tx);

	intake_free(tx->intake);
	tx->intake = NULL;
	if (answer != SMTP_OK)
		return answer;
	tx->intake = intake_new(tx->conf->store, "dossierd", "email",
	    tx->conf->conf->source);
	return tx->intake != NULL ? SMTP_OK : SMTP_TROUBLE;
}

static enum smtp_answer
on_data_bytes(void *arg, const uint8_t *bytes, size_t len)
{
	struct lmtp_tx *tx = arg;

	if (intake_bytes(tx->intake, bytes, len) == 0)
		return SMTP_OK;
	return errno == ENOSPC ? SMTP_NO_SPACE : SMTP_TROUBLE;
}

/* {"from":..,"helo":..,"peer":..,"protocol":..,"to":[..]} */
static int
set_envelope(struct lmtp_tx *tx)
{
	struct buf json = BUF_INIT;
	struct jw w;
	int rc;

	jw_init(&w, &json);
	jw_object(&w);
	jw_kstr(&w, "from", buf_str(&tx->from));
	jw_kstr_opt(&w, "helo", smtp_helo(tx->smtp));
	jw_kstr(&w, "peer", tx->peer);
	jw_kstr(&w, "protocol", smtp_protocol(tx->smtp));
	jw_key(&w, "to");
	jw_array(&w);
	jw_raw(&w, (const char *)tx->to.data, tx->to.len);
	jw_end(&w);
	jw_end(&w);
	rc = buf_failed(&json) ? -1 : intake_set(tx->intake, "envelope",
	    (const char *)json.data, json.len);
	buf_release(&json);
	return rc;
}

/* A reply for each recipient: the receipt, or why not. */
static void
reply_all(struct lmtp_tx *tx, enum smtp_answer answer, const char *text)
{
	unsigned i, n = smtp_due(tx->smtp);

	for (i = 0; i < n; i++)
		smtp_reply(tx->smtp, i, answer, text);
}

static void
tx_free(struct lmtp_tx *tx)
{
	logline(tx->refused > 0 ? LOGLINE_INFO : LOGLINE_DEBUG, "lmtp.closed",
	    "door=%s session=%u peer=%s mails=%lu refused=%lu",
	    tx->conf->conf->source, tx->session, tx->peer, tx->mails,
	    tx->refused);
	smtp_free(tx->smtp);
	intake_free(tx->intake);
	buf_release(&tx->from);
	buf_release(&tx->to);
	free(tx);
}

static void
on_committed(void *arg, enum log_outcome outcome, const struct receipt *r)
{
	struct lmtp_tx *tx = arg;
	struct buf text = BUF_INIT;
	const char *receipt;

	tx->waiting = 0;
	if (tx->closed) {
		tx_free(tx);
		return;
	}
	if (r != NULL) {
		intake_receipt(&text, r);
		receipt = buf_str(&text);	/* NULL: the usual words */
		tx->mails++;
		reply_all(tx, SMTP_OK, receipt);
	} else {
		reply_all(tx, outcome == LOG_NO_SPACE ? SMTP_NO_SPACE :
		    SMTP_TROUBLE, NULL);
	}
	buf_release(&text);
	if (tx->ending)
		smtp_end(tx->smtp, tx->why);
	else
		(void)smtp_feed(tx->smtp, NULL, 0);
	tx->replied(tx->arg);
}

static void
on_data_end(void *arg, enum smtp_answer answer)
{
	struct lmtp_tx *tx = arg;
	struct intake *in = tx->intake;

	if (answer != SMTP_OK) {
		if (answer == SMTP_TOO_LARGE)
			refuse(tx, answer, buf_str(&tx->from), NULL);
		forget(tx);
		return;
	}
	if (set_envelope(tx) == -1) {
		forget(tx);
		reply_all(tx, SMTP_TROUBLE, NULL);
		return;
	}
	tx->intake = NULL;
	tx->waiting = 1;
	if (intake_commit(in, on_committed, tx) == -1) {
		tx->waiting = 0;
		reply_all(tx, SMTP_TROUBLE, NULL);
	}
	forget(tx);
}

static void
on_reset(void *arg)
{
	forget(arg);
}

static void
on_quit(void *arg)
{
	(void)arg;	/* smtp_closing() says it */
}

/* FROM:<...> or TO:<...> as it was said, what cannot be shown as `?'. */
static void
on_refused(void *arg, int rcpt, const char *reply, const char *said,
    size_t len)
{
	struct lmtp_tx *tx = arg;
	const char *from = buf_str(&tx->from);
	char text[SAID_MAX];
	size_t n = len < sizeof(text) - 1 ? len : sizeof(text) - 1;

	for (size_t i = 0; i < n; i++)
		text[i] = said[i] >= ' ' && said[i] <= '~' ? said[i] : '?';
	text[n] = '\0';
	tx->refused++;
	intake_refuse(tx->conf->store, &(struct refusal){ "email",
	    tx->conf->conf->source, reply, tx->peer, rcpt ? from : text,
	    rcpt ? text : NULL, NULL });
}

static const struct smtp_calls calls = {
	on_mail, on_rcpt, on_data_begin, on_data_bytes, on_data_end,
	on_reset, on_quit, on_refused
};

struct lmtp_tx *
lmtp_tx_new(const struct lmtp_config *conf, const char *peer,
    unsigned session, lmtp_replied_fn *replied, void *arg)
{
	struct lmtp_tx *tx = calloc(1, sizeof(*tx));

	if (tx == NULL)
		return NULL;
	tx->conf = conf;
	tx->replied = replied;
	tx->arg = arg;
	tx->session = session;
	(void)snprintf(tx->peer, sizeof(tx->peer), "%s", peer);
	if ((tx->smtp = smtp_new(&conf->smtp, &calls, tx)) == NULL) {
		free(tx);
		return NULL;
	}
	return tx;
}

size_t
lmtp_tx_feed(struct lmtp_tx *tx, const void *bytes, size_t len)
{
	return smtp_feed(tx->smtp, bytes, len);
}

struct buf *
lmtp_tx_out(struct lmtp_tx *tx)
{
	return smtp_out(tx->smtp);
}

int
lmtp_tx_waiting(const struct lmtp_tx *tx)
{
	return tx->waiting;
}

int
lmtp_tx_closing(const struct lmtp_tx *tx)
{
	return !tx->waiting && smtp_closing(tx->smtp);
}

int
lmtp_tx_in_mail(const struct lmtp_tx *tx)
{
	return smtp_in_mail(tx->smtp);
}

int
lmtp_tx_wants_tls(const struct lmtp_tx *tx)
{
	return smtp_wants_tls(tx->smtp);
}

void
lmtp_tx_secured(struct lmtp_tx *tx)
{
	smtp_secured(tx->smtp);
}

void
lmtp_tx_end(struct lmtp_tx *tx, enum smtp_close why)
{
	if (tx->waiting) {
		tx->ending = 1;
		tx->why = why;
		return;
	}
	forget(tx);
	smtp_end(tx->smtp, why);
}

void
lmtp_tx_close(struct lmtp_tx *tx)
{
	tx->closed = 1;
	if (!tx->waiting)
		tx_free(tx);
}
