/* SPDX-License-Identifier: ISC */
/*
 * zips: a finished build as a zip, with what has come for its seal by now
 * (daemon/export/seal_parts.h).  Whoever fetches it waits for a checkpoint
 * after the export, which takes no longer than syncing it.
 */
#include "daemon/api/handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/builds.h"
#include "daemon/api/inside.h"
#include "daemon/export/job.h"
#include "daemon/export/zip.h"
#include "daemon/trees/notary.h"

struct zipped {
	struct source	 source;	/* first */
	struct zip	*zip;
	struct seal_parts seal;
	struct zip_file	 also[SEAL_PARTS_MAX];
};

static int
zipped_more(struct source *source, struct buf *out)
{
	return zip_more(((struct zipped *)source)->zip, out);
}

static void
zipped_free(struct source *source)
{
	struct zipped *z = (struct zipped *)source;

	zip_free(z->zip);
	seal_parts_release(&z->seal);
	free(z);
}

/* The zip with what has come for its seal; 0, or -1: answered. */
static int
zipped_open(struct call *call, const struct id *bundle,
    const struct bundle_build *build, struct zipped *z)
{
	char id[ID_TEXT_MAX], name[ID_TEXT_MAX + 16];
	char *path = bundle_path(jobs_folder(call->api->jobs), bundle,
	    build->build);
	struct trouble t;

	(void)id_text(bundle, id);
	if (path != NULL)
		z->zip = zip_new(path, id);
	free(path);
	if (z->zip == NULL) {
		(void)snprintf(name, sizeof name, "%s.%u", id, build->build);
		call_fail(call, PROBLEM_NOT_FOUND, SAY_API_S_NO_ZIP, name);
		return -1;
	}
	if (jobs_parts(call->api->jobs, build, &z->seal, NULL, &t) == -1) {
		call_trouble(call, &t);
		return -1;
	}
	for (unsigned i = 0; i < z->seal.n; i++)
		z->also[i] = (struct zip_file){ z->seal.part[i].path,
		    z->seal.part[i].bytes.data, z->seal.part[i].bytes.len };
	zip_also(z->zip, z->also, z->seal.n);
	return 0;
}

/* What a call for a zip waits with. */
struct zip_asked {
	struct id	 bundle;
	struct bundle_build build;
};

static void
zip_answer(struct call *call, const struct zip_asked *asked)
{
	struct zipped *z = calloc(1, sizeof *z);
	char id[ID_TEXT_MAX], name[ID_TEXT_MAX + 60];

	if (z == NULL) {
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	z->source.more = zipped_more;
	z->source.free = zipped_free;
	if (zipped_open(call, &asked->bundle, &asked->build, z) == -1) {
		zipped_free(&z->source);
		return;
	}
	(void)snprintf(name, sizeof name, "attachment; filename=\"%s.%u.zip\"",
	    id_text(&asked->bundle, id), asked->build.build);
	call_head(call, "Content-Disposition", name);
	call_stream(call, "application/zip", &z->source, UINT64_MAX);
}

/* With a checkpoint after the export, or without if none can be made. */
static void
on_zip(void *arg, const struct tree_checkpoint *c, const struct trouble *why)
{
	struct call *call = arg;

	(void)c;
	(void)why;
	if (call_release(call))
		zip_answer(call, call->state);
}

static void
zip_ask(struct call *call, const struct bundle *bundle,
    const struct bundle_build *build)
{
	struct zip_asked *asked = malloc(sizeof *asked);

	if (asked == NULL || call->api->jobs == NULL) {
		free(asked);
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	asked->bundle = bundle->id;
	asked->build = *build;
	call->state = asked;
	call->state_free = free;
	if (call->api->notary == NULL) {
		zip_answer(call, asked);
		return;
	}
	call_hold(call);
	notary_ask(call->api->notary, build->ended, 0, on_zip, call);
}

void
builds_zip(struct call *call)
{
	struct bundle_build build;
	struct bundle bundle;
	struct trouble t;
	uint64_t n = 0;
	char text[48], id[ID_TEXT_MAX];
	int got;

	if (builds_bundle(call, &bundle) == -1)
		return;
	(void)call_query_int(call, "build", &n);
	got = bundle_build(call->store, &bundle.id, n > UINT32_MAX ?
	    UINT32_MAX : (unsigned)n, &build, &t);
	if (got == -1) {
		call_trouble(call, &t);
	} else if (got == 0 || build.state != BUILD_BUILT) {
		(void)snprintf(text, sizeof text, n == 0 ? "%s" : "%s.%llu",
		    id_text(&bundle.id, id), (unsigned long long)n);
		call_fail(call, PROBLEM_NOT_FOUND, SAY_API_S_NO_BUILD, text);
	} else {
		zip_ask(call, &bundle, &build);
	}
}
