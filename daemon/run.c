/* SPDX-License-Identifier: ISC */
/*
 * run: the order of starting, and its reverse.
 *
 *	1 mail sockets		a port may need root
 *	  signing key		read, or made beside the master key
 *	2 user, Landlock	before the first thread: threads inherit them
 *	3 store			lock, recovery, claims; then the log may append
 *	4 reader, filing, API, drop folders, mail sessions
 *	5 ready
 *
 * At the end the doors let go of what they hold of the log, the store closes
 * and answers what was still under way, with LOG_DEAD at worst, and then the
 * doors are freed.
 */
#include "daemon/run.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/api/api.h"
#include "daemon/confine.h"
#include "daemon/export/job.h"
#include "daemon/export/render.h"
#include "daemon/filing/filing.h"
#include "daemon/follow.h"
#include "daemon/intake/again.h"
#include "daemon/intake/drop.h"
#include "daemon/intake/lmtp.h"
#include "daemon/intake/refused.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/notify.h"
#include "daemon/supervise.h"
#include "daemon/trees/logkey.h"
#include "daemon/trees/notary.h"

struct daemon {
	const struct conf	*conf;
	struct loop		*loop;
	struct store		*store;
	struct filing		*filing;
	struct supervise	*supervise;
	struct maker		*maker;		/* NULL: nothing made ahead */
	struct loop_parts	 parts;
	struct api_door		*door;
	char			 reader[PATH_MAX];
	char			 tmp[PATH_MAX + 8];	/* STORE/export */
	uint8_t			 seed[ED25519_KEY];	/* signs the log */
	int			 has_seed;
	struct notary_conf	 notary;
};

/*
 * The reader program: as configured, else beside this one, else where an
 * installation has it.
 */
static void
find_reader(struct daemon *d)
{
	static const char *const places[] = {
		"dossier-reader", "../libexec/dossier/dossier-reader"
	};
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	size_t i;

	if (d->conf->reader != NULL) {
		(void)snprintf(d->reader, sizeof(d->reader), "%s",
		    d->conf->reader);
		return;
	}
	self[n > 0 ? n : 0] = '\0';
	if ((slash = strrchr(self, '/')) != NULL)
		*slash = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (snprintf(d->reader, sizeof(d->reader), "%s/%s", self,
		    places[i]) < (int)sizeof(d->reader) &&
		    access(d->reader, X_OK) == 0)
			return;
	}
}

static int
open_store(struct daemon *d, struct trouble *t)
{
	const struct store_options opt = {
		.dir = d->conf->store, .key_path = d->conf->key,
		.compress = d->conf->compression
	};
	struct trouble why;

	if ((d->store = store_open(&opt, t)) == NULL)
		return -1;
	if (log_readonly(store_log(d->store), &why))
		logline_trouble(LOGLINE_ERROR, "log.readonly", &why);
	return 0;
}

static int
open_api(struct daemon *d, struct trouble *t)
{
	const struct conf *c = d->conf;
	const struct api_conf conf = {
		.socket = c->api.socket, .group = c->api.group,
		.lang = c->lang, .zone = c->office.zone,
		.region = c->office.region, .filing = d->filing,
		.supervise = d->supervise, .notary = d->parts.notary,
		.tmp = d->tmp
	};

	if (c->api.socket == NULL)
		return 0;
	(void)snprintf(d->tmp, sizeof(d->tmp), "%s/export", c->store);
	d->parts.api = api_listen(loop_base(d->loop), d->store, &conf, t);
	return d->parts.api != NULL ? 0 : -1;
}

/* Text and pages of what is filed, made ahead of bundles. */
static int
open_render(struct daemon *d, struct trouble *t)
{
	struct render_conf conf = { .reader = d->reader,
	    .lang = d->conf->lang };

	if (!d->conf->renditions)
		return 0;
	conf.maker = d->maker = maker_new();
	return d->maker != NULL && follow_render(d->parts.follow,
	    loop_base(d->loop), &conf) == 0 ? 0 :
	    trouble_errno(t, SAY_RUN_FAILED, "renditions");
}

static int
open_followers(struct daemon *d, struct trouble *t)
{
	d->filing = filing_new(d->store, &d->conf->office, &d->conf->rules);
	if (d->filing != NULL)
		filing_gateways(d->filing, d->conf->fax, d->conf->nfax);
	d->supervise = supervise_new(loop_base(d->loop), d->reader);
	if (d->filing == NULL || d->supervise == NULL)
		return trouble_errno(t, SAY_RUN_FAILED, d->reader);
	d->parts.follow = follow_new(loop_base(d->loop), d->store,
	    d->supervise, d->filing);
	if (d->parts.follow == NULL)
		return trouble_errno(t, SAY_RUN_FAILED, "follow");
	if (open_render(d, t) == -1)
		return -1;
	return d->conf->resolver == NULL || follow_resolver(d->parts.follow,
	    loop_base(d->loop), d->conf->resolver) == 0 ? 0 :
	    trouble_errno(t, SAY_RUN_FAILED, "dns: resolver");
}

/* Without the key all goes on but signing; it is said. */
static void
open_key(struct daemon *d)
{
	struct trouble why;
	struct stat st;
	int rc;

	/* Where no store is, nothing is made. */
	if (stat(d->conf->key, &st) == -1)
		return;
	rc = logkey_open(d->conf->log_key, d->conf->key, d->seed, &why);
	d->has_seed = rc != -1;
	if (rc == -1)
		logline_trouble(LOGLINE_ERROR, "trees.key", &why);
	else if (rc == 1)
		logline(LOGLINE_WARNING, "trees.key",
		    "made=yes why=\"there was no signing key; keep a copy of "
		    "it beside that of the master key\"");
}

static int
open_notary(struct daemon *d, struct trouble *t)
{
	d->notary = (struct notary_conf) {
		.store_dir = d->conf->store,
		.seed = d->has_seed ? d->seed : NULL,
		.interval_ms = d->conf->log_interval_ms,
		.seal = &d->conf->seal
	};
	if (log_readonly(store_log(d->store), NULL))
		return 0;
	d->parts.notary = notary_new(loop_base(d->loop), d->store,
	    &d->notary);
	return d->parts.notary != NULL ? 0 :
	    trouble_errno(t, SAY_RUN_FAILED, "trees");
}

static int
open_jobs(struct daemon *d, struct trouble *t)
{
	const struct conf *c = d->conf;
	const struct bundle_conf conf = {
		.folder = d->tmp, .reader = d->reader, .lang = c->lang,
		.zone = c->office.zone, .office = c->office.name,
		.email = c->office.address[0] != NULL ?
		    c->office.address[0] : "",
		.own = &c->office, .maker = d->maker,
		.log_seed = d->has_seed ? d->seed : NULL, .seal = &c->seal,
		.seal_certificate = c->certificate,
		.seal_key = c->certificate_key, .seal_chain = c->chain
	};

	if (d->parts.notary == NULL)
		return 0;	/* read-only: nothing is asked for */
	(void)snprintf(d->tmp, sizeof(d->tmp), "%s/export", c->store);
	d->parts.jobs = jobs_new(loop_base(d->loop), d->store,
	    d->parts.notary, &conf);
	if (d->parts.jobs == NULL)
		return trouble_errno(t, SAY_RUN_FAILED, d->tmp);
	if (d->parts.api != NULL)
		api_jobs(d->parts.api, d->parts.jobs);
	return 0;
}

static int
open_drops(struct daemon *d, struct trouble *t)
{
	const struct conf *c = d->conf;
	struct loop_parts *p = &d->parts;

	if ((p->drop = calloc(c->ndrop + 1, sizeof(*p->drop))) == NULL)
		return trouble_errno(t, SAY_RUN_FAILED, "malloc");
	for (; p->ndrop < c->ndrop; p->ndrop++) {
		p->drop[p->ndrop] = drop_new(&c->drop[p->ndrop],
		    loop_base(d->loop), d->store, t);
		if (p->drop[p->ndrop] == NULL)
			return -1;
	}
	return 0;
}

/* What root opened belongs to the user that the daemon becomes. */
static int
give_socket(const struct conf *c, struct trouble *t)
{
	const struct passwd *pw;

	if (c->user == NULL || geteuid() != 0 || c->lmtp.socket == NULL)
		return 0;
	if ((pw = getpwnam(c->user)) == NULL)
		return trouble_set(t, SAY_RUN_USER, c->user, NULL, NULL, NULL);
	if (chown(c->lmtp.socket, pw->pw_uid, pw->pw_gid) == -1)
		return trouble_errno(t, SAY_RUN_SOCKET, c->lmtp.socket);
	return 0;
}

/* Tells the API by which doors documents come. */
static int
name_doors(struct daemon *d, struct trouble *t)
{
	const struct conf *c = d->conf;
	const struct conf_lmtp *mail[] = { &c->lmtp, &c->smtp };
	unsigned i, n = 0;

	if ((d->door = calloc(c->ndrop + 2, sizeof(*d->door))) == NULL)
		return trouble_errno(t, SAY_RUN_FAILED, "malloc");
	for (i = 0; i < 2; i++)
		if (mail[i]->socket != NULL || mail[i]->listen.n > 0)
			d->door[n++] = (struct api_door){ mail[i]->source,
				"email", NULL };
	for (i = 0; i < c->ndrop; i++)
		d->door[n++] = (struct api_door){
			drop_source(d->parts.drop[i]), c->drop[i].channel,
			d->parts.drop[i] };
	if (d->parts.api != NULL)
		api_doors(d->parts.api, d->door, n);
	return 0;
}

static int
open_all(struct daemon *d, struct trouble *t)
{
	if ((d->parts.lmtp = lmtp_open(&d->conf->lmtp, t)) == NULL ||
	    (d->parts.smtp = lmtp_open(&d->conf->smtp, t)) == NULL)
		return -1;
	find_reader(d);
	open_key(d);
	if (give_socket(d->conf, t) == -1 ||
	    confine_user(d->conf->user, t) == -1 ||
	    confine_files(d->conf, d->reader, t) == -1)
		return -1;
	if (open_store(d, t) == -1)
		return -1;
	if ((d->loop = loop_new()) == NULL)
		return trouble_errno(t, SAY_RUN_FAILED, "event_base_new");
	if (open_followers(d, t) == -1 || open_notary(d, t) == -1 ||
	    open_api(d, t) == -1 || open_jobs(d, t) == -1 ||
	    open_drops(d, t) == -1 || name_doors(d, t) == -1)
		return -1;
	if (lmtp_start(d->parts.lmtp, loop_base(d->loop), d->store) == -1 ||
	    lmtp_start(d->parts.smtp, loop_base(d->loop), d->store) == -1 ||
	    loop_attach(d->loop, d->store, &d->parts) == -1)
		return trouble_errno(t, SAY_RUN_FAILED, "event_add");
	return 0;
}

static void
close_all(struct daemon *d)
{
	unsigned i;

	if (d->parts.follow != NULL)
		follow_stop(d->parts.follow);
	if (d->parts.lmtp != NULL && d->loop != NULL && d->store != NULL)
		lmtp_stop(d->parts.lmtp);
	if (d->parts.smtp != NULL && d->loop != NULL && d->store != NULL)
		lmtp_stop(d->parts.smtp);
	for (i = 0; i < d->parts.ndrop; i++)
		drop_stop(d->parts.drop[i]);
	again_end();
	jobs_abandon(d->parts.jobs);
	if (d->parts.notary != NULL)
		notary_stop(d->parts.notary);
	api_free(d->parts.api);
	supervise_free(d->supervise);
	if (d->parts.follow != NULL)
		follow_abandon(d->parts.follow);
	notary_end(d->parts.notary);
	store_close(d->store);
	jobs_free(d->parts.jobs);
	notary_free(d->parts.notary);
	lmtp_free(d->parts.lmtp);
	lmtp_free(d->parts.smtp);
	for (i = 0; i < d->parts.ndrop; i++)
		drop_free(d->parts.drop[i]);
	free(d->parts.drop);
	free(d->door);
	follow_free(d->parts.follow);
	filing_free(d->filing);
	maker_free(d->maker);
	refused_clear();
	loop_free(d->loop);
}

int
run_daemon(const struct conf *conf, void (*ready)(void *), void *arg,
    struct trouble *t)
{
	struct daemon d;
	int code = -1;

	memset(&d, 0, sizeof(d));
	d.conf = conf;
	notify_open();
	confine_process();
	if (open_all(&d, t) == 0) {
		logline(LOGLINE_INFO, "loop.ready", "version=%s reader=%s",
		    DOSSIER_VERSION,
		    access(d.reader, X_OK) == 0 ? "found" : "missing");
		notify_say("READY=1");
		if (ready != NULL)
			ready(arg);
		code = loop_run(d.loop);
	}
	close_all(&d);
	explicit_bzero(d.seed, sizeof(d.seed));
	if (code != -1)
		logline(LOGLINE_INFO, "loop.ended", "code=%d", code);
	return code;
}
