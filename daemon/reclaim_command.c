/* SPDX-License-Identifier: ISC */
/*
 * reclaim_command: `dossierd reclaim', for pieces that the running daemon
 * does not know of any more: those that a crash left.
 *
 * Everything is verified first; then the store is taken, and only if nobody
 * has written to it in between is anything given back.
 */
#include "daemon/commands.h"

#include "daemon/conf.h"
#include "daemon/reclaim.h"
#include "daemon/tell.h"

static int
give_back(const struct log_options *o, uint64_t entries,
    const struct buf *places, uint64_t *bytes_r, struct trouble *t)
{
	struct log *log = log_open(o, t);
	struct log_head head;
	int rc = -1;

	if (log == NULL)
		return -1;
	log_head(log, &head);
	if (log_readonly(log, t))
		;
	else if (head.seq != entries)
		(void)trouble_set(t, SAY_RECLAIM_MOVED, o->dir, NULL, NULL,
		    NULL);
	else if (log_start(log, t) == 0)
		rc = reclaim_all(log, places, bytes_r, t);
	log_close(log);
	return rc;
}

int
command_reclaim(const struct command_args *a)
{
	struct conf c;
	struct log_verified sum;
	struct trouble t;
	struct buf places = BUF_INIT;
	struct log_options o;
	uint64_t bytes = 0;
	char n[24];
	int rc = conf_load(&c, a->conf, &t);

	if (rc == -1)
		return tell_trouble(&t);
	o = (struct log_options){ .dir = c.store, .key_path = c.key,
	    .compress = c.compression, .spare_at = &places };
	rc = log_verify(&o, tell_progress, NULL, &sum, &t);
	tell_progress_end();
	o.spare_at = NULL;
	if (rc == 0 && places.len > 0)
		rc = give_back(&o, sum.entries, &places, &bytes, &t);
	if (rc == 0)
		tell(SAY_RECLAIM_DONE, tell_number(bytes, n));
	else
		rc = tell_trouble(&t);
	buf_release(&places);
	conf_release(&c);
	return rc;
}
