/* SPDX-License-Identifier: ISC */
/*
 * rules: what the rules would do with a message, and taking back what one of
 * them did.
 *
 * A message on trial is read in the same box as any other, by the rules in
 * force, and nothing of it is kept: it lives in a memfd of this request.
 */
#include <sys/mman.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/filings.h"
#include "daemon/api/handlers.h"
#include "daemon/api/inside.h"
#include "daemon/api/list.h"
#include "daemon/filing/filing.h"
#include "daemon/supervise.h"
#include "proto/base/limits.h"
#include "proto/base/when.h"

#define TRIAL_RETRY_MS	20	/* while the reader has its hands full */
#define TRIAL_TRIES	500

/* A message on trial. */
struct trial {
	struct call	*call;		/* NULL: nobody waits any more */
	int		 fd;
	uint64_t	 size;
	struct event	*retry;
	unsigned	 tries;
	int		 reading;	/* the reader has it */
};

static void
trial_end(struct trial *trial)
{
	if (trial->fd != -1)
		(void)close(trial->fd);
	if (trial->retry != NULL)
		event_free(trial->retry);
	free(trial);
}

/* The call goes; a trial that is with the reader ends when that answers. */
static void
trial_leave(void *arg)
{
	struct trial *trial = arg;

	trial->call = NULL;
	if (!trial->reading)
		trial_end(trial);
}

int
rules_begin(struct call *call)
{
	struct trial *trial;

	if (call->api->filing == NULL || call->api->supervise == NULL) {
		call_fail(call, PROBLEM_NOT_DONE, SAY_API_D_NO_FILING);
		return -1;
	}
	if ((trial = calloc(1, sizeof(*trial))) == NULL ||
	    (trial->fd = memfd_create("trial", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING)) == -1) {
		free(trial);
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return -1;
	}
	trial->call = call;
	call->state = trial;
	call->state_free = trial_leave;
	return 0;
}

void
rules_bytes(struct call *call, const void *data, size_t len)
{
	struct trial *trial = call->state;

	if (trial == NULL || call->reply.status != 0)
		return;
	if (trial->size + len > LIMIT_HTTP_TRIAL) {
		char max[24];

		(void)snprintf(max, sizeof(max), "%u", LIMIT_HTTP_TRIAL);
		call_fail(call, PROBLEM_TOO_LARGE, SAY_API_D_TOO_LARGE, max);
		return;
	}
	while (len > 0) {
		ssize_t n = write(trial->fd, data, len);

		if (n <= 0) {
			call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
			return;
		}
		data = (const uint8_t *)data + n;
		len -= (size_t)n;
		trial->size += (uint64_t)n;
	}
}

/* What filing looks at, of a message that is not kept. */
static void
trial_facts(struct buf *facts, const char *reading, size_t len)
{
	struct jw jw;

	jw_init(&jw, facts);
	jw_object(&jw);
	jw_key(&jw, "reading");
	jw_raw(&jw, reading, len);
	jw_key(&jw, "received");
	jw_object(&jw);
	jw_kstr(&jw, "channel", "email");
	jw_kstr(&jw, "source", "trial");
	jw_end(&jw);
	jw_end(&jw);
}

static void
trial_read(void *arg, const struct supervise_result *result)
{
	struct trial *trial = arg;
	struct buf facts = BUF_INIT, row = BUF_INIT;
	struct call *call = trial->call;

	trial->reading = 0;
	if (call == NULL) {
		trial_end(trial);
		return;
	}
	if (result->outcome != READING_DONE) {
		call_fail(call, PROBLEM_STATE, SAY_API_D_UNREADABLE);
		return;
	}
	trial_facts(&facts, result->text, result->len);
	if (buf_failed(&facts) || filing_test(call->api->filing,
	    buf_str(&facts), facts.len, &row) == -1)
		call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
	else
		call_row(call, store_applied(call->store), &row);
	buf_release(&facts);
	buf_release(&row);
}

static void trial_try(evutil_socket_t, short, void *);

static void
trial_again(struct trial *trial)
{
	const struct timeval pause = { 0, TRIAL_RETRY_MS * 1000 };

	if (trial->retry == NULL)
		trial->retry = evtimer_new(trial->call->api->base, trial_try,
		    trial);
	if (trial->retry == NULL || ++trial->tries > TRIAL_TRIES ||
	    evtimer_add(trial->retry, &pause) == -1)
		call_fail(trial->call, PROBLEM_BUSY, SAY_API_D_READER_BUSY);
}

static void
trial_try(evutil_socket_t fd, short what, void *arg)
{
	struct trial *trial = arg;
	int doc;

	(void)fd;
	(void)what;
	if (supervise_busy(trial->call->api->supervise)) {
		trial_again(trial);
		return;
	}
	doc = trial->fd;
	trial->fd = -1;		/* taken in any case */
	if (supervise_read(trial->call->api->supervise, doc, trial->size,
	    READING_MAIL, trial_read, trial) == -1)
		call_fail(trial->call, PROBLEM_BUSY, SAY_API_D_READER_BUSY);
	else
		trial->reading = 1;
}

void
rules_test(struct call *call)
{
	struct trial *trial = call->state;

	if (lseek(trial->fd, 0, SEEK_SET) == -1)
		call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
	else
		trial_try(-1, 0, trial);
}

/* ---- undo -------------------------------------------------------------- */

/* The filing of a row, if it is still in force and by the rules. */
static int
undo_filing(struct call *call, const struct json *row,
    struct id *document_r, struct known_filing *filing_r)
{
	struct known_filing filing[KNOWN_MAX];
	uint64_t seq = (uint64_t)json_int(row, json_get(row, 0, "seq"), 0);
	size_t len;
	const char *text = json_span(row, json_get(row, 0, "document"), &len);
	int n;

	if (text == NULL || len < 2 ||
	    id_parse(text + 1, len - 2, document_r) == -1)
		return 0;
	n = known_filings(call->store, document_r, filing);
	for (int i = 0; i < n && i < KNOWN_MAX; i++) {
		if (filing[i].seq == seq) {
			*filing_r = filing[i];
			return 1;
		}
	}
	return 0;
}

static void
undo_rows(struct call *call, struct change *change)
{
	struct buf rows = call->raw;

	(void)change;
	buf_init(&call->raw);
	list_rows(call, store_applied(call->store), &rows);
	buf_release(&rows);
}

/* Withdraws what a row says and notes it for the answer; drafts made. */
static unsigned
undo_row(struct call *call, struct change *change, const struct buf *row,
    struct buf *rows)
{
	struct known_filing filing;
	struct id document;
	struct json json;
	unsigned made = 0;

	if (json_parse(&json, (const char *)row->data, row->len) == -1)
		return 0;
	if (undo_filing(call, &json, &document, &filing)) {
		filings_withdraw(change, &document, &filing, "undone",
		    call_text(call, "reason"));
		if (rows->len > 0)
			buf_addc(rows, ',');
		buf_add(rows, row->data, row->len);
		made = 1;
	}
	json_release(&json);
	return made;
}

/*
 * As many as one append holds; a caller asks again until no row comes back.
 * The answer's rows are the filings that were withdrawn.
 */
void
rules_undo(struct call *call)
{
	struct buf row = BUF_INIT, rows = BUF_INIT;
	struct change *change = NULL;
	struct ask_query q;
	struct ask *ask;
	unsigned made = 0;

	list_query(&q, ASK_FILED);
	q.rule = call_text(call, "rule");
	q.since = call_text_from(call, "since");
	if ((ask = ask_open(call->store, &q, NULL)) == NULL)
		call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
	else
		change = change_new(call);
	while (change != NULL && made < LIMIT_BATCH_DRAFTS) {
		buf_clear(&row);
		if (ask_next(ask, &row, 1, NULL) != 1)
			break;
		made += undo_row(call, change, &row, &rows);
	}
	ask_free(ask);
	buf_release(&row);
	if (change != NULL && made == 0) {
		list_rows(call, store_applied(call->store), &rows);
	} else if (change != NULL) {
		buf_swap(&call->raw, &rows);
		change_send(change, undo_rows);
	}
	buf_release(&rows);
}
