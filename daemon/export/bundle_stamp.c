/* SPDX-License-Identifier: ISC */
/* bundle_stamp: see bundle_stamp.h. */
#include "daemon/export/bundle_stamp.h"

#include <stdio.h>
#include <string.h>

#include "daemon/trees/post.h"
#include "daemon/trees/stamp.h"
#include "proto/base/json.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/base/when.h"

void
stamp_wish_release(struct stamp_wish *w)
{
	buf_release(&w->head);
	buf_release(&w->token);
}

static int
ask(struct stamp_wish *w, const char *url, const atomic_int *stop,
    char why_r[256])
{
	struct buf request = BUF_INIT;
	struct stamp *stamp = w->build != 0 ? stamp_ask_sum(w->tagmanifest,
	    &request) : stamp_ask(w->head.data, w->head.len, &request);
	int status = -1, ok = 0;

	buf_clear(&w->token);
	(void)snprintf(why_r, 256, "no memory");
	if (stamp != NULL)
		status = post(url, "application/timestamp-query", &request,
		    LIMIT_STAMP, stop, &w->token, why_r);
	if (status == 200)
		ok = stamp_check(stamp, w->token.data, w->token.len, &w->at,
		    why_r) == 0;
	else if (status != -1)
		(void)snprintf(why_r, 256, "status %d", status);
	if (!ok)
		buf_clear(&w->token);
	w->authority = url;
	stamp_free(stamp);
	buf_release(&request);
	return ok;
}

int
stamp_wish_ask(struct stamp_wish *w, const struct seal_conf *conf,
    const atomic_int *stop, char why_r[256])
{
	why_r[0] = '\0';
	for (unsigned i = 0; i < conf->nstamp && !atomic_load(stop); i++)
		if (ask(w, conf->stamp[i], stop, why_r))
			return 1;
	return 0;
}

void
stamp_wish_body(const struct stamp_wish *wish, struct buf *body)
{
	struct buf token = BUF_INIT;
	char when[WHEN_TEXT_MAX];
	struct jw w;

	text_base64(&token, wish->token.data, wish->token.len);
	jw_init(&w, body);
	jw_object(&w);
	jw_kstr(&w, "authority", wish->authority);
	if (wish->build != 0)
		jw_kint(&w, "build", wish->build);
	else
		jw_kint(&w, "master_size", (int64_t)wish->master_size);
	jw_kstr(&w, "time", when_text(wish->at, when));
	jw_key(&w, "token");
	jw_strn(&w, (const char *)token.data, token.len);
	jw_end(&w);
	buf_release(&token);
}
