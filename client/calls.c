/* SPDX-License-Identifier: ISC */
/*
 * calls: items out of the logs of fax servers and telephone systems, one a
 * call.
 *
 * A fax server writes a CALL line for what it answered and RECV lines for what
 * the call brought: a CALL is an item only if it brought nothing.  Calls
 * within the office are none, and pagers are none.
 */
#include "client/reconcile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/map.h"
#include "proto/base/buf.h"
#include "proto/wire/calllog.h"
#include "proto/wire/faxlog.h"
#include "proto/wire/lines.h"

#define READ_SIZE 65536

struct fax_call {
	struct rec_item	 item;
	int		 bare;		/* a CALL line */
	char		*commid;
};

struct calls {
	struct reconcile *rec;
	const char	*path;
	struct fax_call	*v;
	size_t		 n, cap;
	struct map	 brought;	/* commid -> 1: a RECV line has it */
	uint64_t	 elsewhere;
	int		 code;
};

static void
bad_line(struct calls *c, uint64_t line)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%llu",
	    (unsigned long long)line);
	reconcile_unread(c->rec, SAY_REC_BAD_LINE, c->path, number);
}

/* A part of a question; the bar parts them. */
static void
add_part(struct buf *key, const char *p, size_t n, int last)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != '|' && (unsigned char)p[i] >= ' ')
			buf_addc(key, (uint8_t)p[i]);
	if (!last)
		buf_addc(key, '|');
}

static char *
take_text(struct buf *text)
{
	char *copy = buf_failed(text) ? NULL : strdup(buf_str(text));

	buf_clear(text);
	return copy;
}

/* ---- faxes -------------------------------------------------------------- */

static void
fax_key(struct buf *key, const struct faxlog_line *l)
{
	char pages[24];
	int n = snprintf(pages, sizeof(pages), "%lu", l->pages);
	const char *way = l->what == FAXLOG_SENT ? "out" : "in";

	add_part(key, l->commid.p, l->commid.n, 0);
	add_part(key, l->job.p, l->job.n, 0);
	add_part(key, way, strlen(way), 0);
	add_part(key, l->number.p, l->number.n, 0);
	add_part(key, l->at, strlen(l->at), 0);
	add_part(key, pages, l->pages > 0 ? (size_t)n : 0, 1);
}

/* TIME TYPE COMMID NUMBER */
static void
fax_name(struct buf *name, const struct faxlog_line *l)
{
	buf_adds(name, l->at);
	buf_addc(name, ' ');
	buf_add(name, l->type.p, l->type.n);
	buf_addc(name, ' ');
	buf_add(name, l->commid.p, l->commid.n);
	buf_addc(name, ' ');
	buf_add(name, l->number.p, l->number.n);
}

/* recvq/fax00012.tif as the hook names it: fax00012-COMMID.tif */
static void
fax_file(struct buf *name, const struct faxlog_line *l)
{
	const char *p = l->file.p, *slash = memrchr(p, '/', l->file.n);
	size_t n = l->file.n;

	if (slash != NULL) {
		n -= (size_t)(slash + 1 - p);
		p = slash + 1;
	}
	if (n > 4 && memcmp(p + n - 4, ".tif", 4) == 0)
		n -= 4;
	buf_add(name, p, n);
	if (l->commid.n > 0) {
		buf_addc(name, '-');
		buf_add(name, l->commid.p, l->commid.n);
	}
	buf_adds(name, ".tif");
}

static struct fax_call *
fax_new(struct calls *c)
{
	if (c->n == c->cap) {
		size_t cap = c->cap > 0 ? 2 * c->cap : 256;
		struct fax_call *grown = realloc(c->v, cap * sizeof(*grown));

		if (grown == NULL)
			return NULL;
		c->v = grown;
		c->cap = cap;
	}
	memset(&c->v[c->n], 0, sizeof(c->v[0]));
	return &c->v[c->n++];
}

static int
fax_note(struct calls *c, const struct faxlog_line *l)
{
	struct fax_call *f = fax_new(c);
	struct buf text = BUF_INIT;
	uint64_t *brought = l->what != FAXLOG_RECEIVED ? NULL :
	    map_at(&c->brought, l->commid.p, l->commid.n);

	if (f == NULL || (l->what == FAXLOG_RECEIVED && brought == NULL))
		return -1;
	if (brought != NULL)
		*brought = 1;
	f->bare = l->what == FAXLOG_CALL;
	f->commid = strndup(l->commid.p, l->commid.n);
	fax_name(&text, l);
	f->item.name = take_text(&text);
	fax_key(&text, l);
	f->item.fax = take_text(&text);
	if (l->file.n > 0) {
		fax_file(&text, l);
		f->item.file = take_text(&text);
	}
	if (l->reason.n > 0)
		f->item.reply = strndup(l->reason.p, l->reason.n);
	buf_release(&text);
	return f->commid != NULL && f->item.fax != NULL ? 0 : -1;
}

static int
fax_line(void *arg, const char *p, size_t n)
{
	struct calls *c = arg;
	struct faxlog_line line;

	if (n == 0)
		return 0;
	if (!faxlog_read(p, n, &line)) {
		c->code = 1;		/* told with its number */
		return 0;
	}
	if (line.what == FAXLOG_OTHER) {
		c->elsewhere++;
		return 0;
	}
	if (fax_note(c, &line) == 0)
		return 0;
	errno = ENOMEM;
	return -1;
}

/* 0 or -1 with errno. */
static int
fax_feed(struct calls *c, FILE *file)
{
	static char bytes[READ_SIZE];
	struct lines lines;
	size_t n;
	int rc = 0;

	lines_init(&lines, fax_line, c, FAXLOG_LINE_MAX);
	while (rc == 0 && (n = fread(bytes, 1, sizeof(bytes), file)) > 0) {
		const char *p = bytes, *end = bytes + n, *nl;

		/* Line by line, so that a bad one has its number. */
		for (; rc == 0 && p < end; p = nl) {
			uint64_t long_before = lines.toolong;

			nl = memchr(p, '\n', (size_t)(end - p));
			nl = nl != NULL ? nl + 1 : end;
			rc = lines_feed(&lines, p, (size_t)(nl - p));
			if (c->code != 0 || lines.toolong != long_before)
				bad_line(c, lines.n);
			c->code = 0;
		}
	}
	if (rc == 0)
		rc = ferror(file) ? -1 : lines_end(&lines);
	if (c->code != 0)
		bad_line(c, lines.n);
	c->code = 0;
	lines_release(&lines);
	return rc;
}

static void
fax_read(struct calls *c)
{
	FILE *file = strcmp(c->path, "-") == 0 ? stdin : fopen(c->path, "rb");

	if (file == NULL || fax_feed(c, file) == -1)
		reconcile_unread(c->rec, SAY_CLI_CANNOT_READ, c->path,
		    strerror(errno));
	if (file != NULL && file != stdin)
		(void)fclose(file);
}

static void
tell_elsewhere(const struct calls *c)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%llu",
	    (unsigned long long)c->elsewhere);
	if (c->elsewhere > 0)
		(void)cmd_fail(reconcile_cmd(c->rec), 0, SAY_REC_NO_FAX,
		    number, NULL);
}

static void
calls_free(struct calls *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].item.name);
		free(c->v[i].item.file);
		free(c->v[i].item.reply);
		free(c->v[i].item.fax);
		free(c->v[i].commid);
	}
	free(c->v);
	map_release(&c->brought);
}

int
calls_faxes(struct reconcile *rec)
{
	struct calls c = { .rec = rec };
	int code = EXIT_DONE;

	for (unsigned i = 0; (c.path = cmd_opts(reconcile_cmd(rec), "fax-log",
	    i)) != NULL; i++)
		fax_read(&c);
	for (size_t i = 0; i < c.n && code == EXIT_DONE; i++) {
		const char *commid = c.v[i].commid;

		if (!c.v[i].bare || map_get(&c.brought, commid,
		    strlen(commid)) == 0)
			code = reconcile_offer(rec, &c.v[i].item);
	}
	tell_elsewhere(&c);
	calls_free(&c);
	return code;
}

/* ---- telephone ----------------------------------------------------------- */

static const char *const way_name[] = { "", "in", "out", "internal" };

static int
on_call(void *arg, const struct calllog_call *call)
{
	struct calls *c = arg;
	struct rec_item item = { .sidecar = 0 };
	struct buf text = BUF_INIT;
	const char *way = way_name[call->direction];

	if (call->bad) {
		bad_line(c, call->line);
		return 0;
	}
	if (call->direction == CALLLOG_INTERNAL) {
		c->elsewhere++;
		return 0;
	}
	buf_adds(&text, "||");
	add_part(&text, way, strlen(way), 0);
	add_part(&text, call->number, strlen(call->number), 0);
	add_part(&text, call->at, strlen(call->at), 0);
	item.call = take_text(&text);
	buf_adds(&text, call->at);
	buf_addc(&text, ' ');
	buf_adds(&text, way[0] != '\0' ? way : "?");
	buf_addc(&text, ' ');
	buf_adds(&text, call->number[0] != '\0' ? call->number : "-");
	item.name = take_text(&text);
	if (call->result[0] != '\0')
		item.reply = strdup(call->result);
	buf_release(&text);
	c->code = reconcile_offer(c->rec, &item);
	return c->code == EXIT_DONE ? 0 : -1;
}

static int
telephone_feed(struct calls *c, FILE *file)
{
	static char bytes[READ_SIZE];
	struct calllog log;
	size_t n;
	int rc = 0;

	calllog_init(&log, on_call, c);
	while (rc == 0 && (n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		rc = calllog_feed(&log, bytes, n);
	if (rc == 0)
		rc = ferror(file) ? -1 : calllog_end(&log);
	calllog_release(&log);
	return rc;
}

int
calls_telephone(struct reconcile *rec, const char *path)
{
	struct calls c = { .rec = rec, .path = path };
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");

	if ((file == NULL || telephone_feed(&c, file) == -1) &&
	    c.code == EXIT_DONE)
		reconcile_unread(rec, file != NULL && errno == EINVAL ?
		    SAY_REC_NO_CALL_LOG : SAY_CLI_CANNOT_READ, path,
		    strerror(errno));
	if (file != NULL && file != stdin)
		(void)fclose(file);
	tell_elsewhere(&c);
	return c.code;
}
