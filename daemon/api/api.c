/* SPDX-License-Identifier: ISC */
/*
 * api: the listener: who may come in, and who is it.
 */
#include "daemon/api/api.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/api/inside.h"
#include "daemon/intake/sockets.h"
#include "daemon/log.h"
#include "proto/base/limits.h"
#include "proto/base/when.h"
#include "store/ask/known.h"

#define ACCEPT_MAX 64		/* connections taken in one turn of the loop */
#define FULL_MAX 32		/* past the limit, each to hear 503 */

/* ---- who is it -------------------------------------------------------- */

static void
api_actor(struct api *api, uid_t uid, struct caller *caller)
{
	char room[4096], text[ID_TEXT_MAX];
	struct passwd pw, *found = NULL;
	struct id staff;

	(void)snprintf(caller->actor, sizeof caller->actor, "uid:%lu",
	    (unsigned long)uid);
	if (getpwuid_r(uid, &pw, room, sizeof room, &found) != 0 ||
	    found == NULL)
		return;
	if (known_staff(api->store, pw.pw_name, &staff) == 1)
		(void)snprintf(caller->actor, sizeof caller->actor, "%s",
		    id_text(&staff, text));
}

static int
api_caller(struct api *api, int fd, struct caller *caller)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return -1;
	api_actor(api, cred.uid, caller);
	caller->owner = cred.uid == 0 || cred.uid == api->uid;
	return 0;
}

/* ---- coming in -------------------------------------------------------- */

static void
api_take(struct api *api, int fd)
{
	int full = api->nsessions >= LIMIT_HTTP_SESSIONS;
	struct caller caller;

	/* A few more come in to be told that it is full. */
	if (api->nsessions >= LIMIT_HTTP_SESSIONS + FULL_MAX ||
	    api_caller(api, fd, &caller) == -1 ||
	    session_new(api, fd, &caller, full) == NULL)
		(void)close(fd);
}

static void
api_accept(int listener, short what, void *arg)
{
	struct api *api = arg;

	(void)what;
	for (int i = 0; i < ACCEPT_MAX; i++) {
		int fd = accept4(listener, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd == -1)
			return;
		api_take(api, fd);
	}
}

/* ---- life ------------------------------------------------------------- */

/* "# version 2026a" is the first line of the zone data, where it is kept. */
static void
api_tzdb(struct api *api)
{
	FILE *f = fopen("/usr/share/zoneinfo/tzdata.zi", "re");

	if (f == NULL)
		return;
	if (fscanf(f, "# version %30[0-9A-Za-z.-]", api->tzdb) != 1)
		api->tzdb[0] = '\0';
	(void)fclose(f);
}

/* Civil dates of questions and times of day in exports are the office's. */
static void
api_zone(struct api *api, const char *zone)
{
	(void)snprintf(api->zone, sizeof api->zone, "%s",
	    zone == NULL || *zone == '\0' ? "UTC" : zone);
	(void)setenv("TZ", api->zone, 1);
	tzset();
	api_tzdb(api);
}

static int
api_open(struct api *api, const struct api_conf *conf,
    struct trouble *trouble)
{
	mode_t mode = conf->mode != 0 ? conf->mode : 0660;

	if ((api->socket = strdup(conf->socket)) == NULL ||
	    (api->tmp = strdup(conf->tmp != NULL ? conf->tmp : "/tmp")) ==
	    NULL)
		return trouble_errno(trouble, SAY_API_CHOWN, conf->socket);
	api->fd = socket_unix(conf->socket, conf->group, mode, trouble);
	if (api->fd == -1)
		return -1;
	api->accept = event_new(api->base, api->fd, EV_READ | EV_PERSIST,
	    api_accept, api);
	if (api->accept == NULL || event_add(api->accept, NULL) == -1)
		return trouble_errno(trouble, SAY_API_CHOWN, conf->socket);
	return 0;
}

struct api *
api_listen(struct event_base *base, struct store *store,
    const struct api_conf *conf, struct trouble *trouble)
{
	struct api *api = calloc(1, sizeof *api);

	if (api == NULL) {
		(void)trouble_errno(trouble, SAY_API_CHOWN, conf->socket);
		return NULL;
	}
	api->base = base;
	api->store = store;
	api->filing = conf->filing;
	api->supervise = conf->supervise;
	api->notary = conf->notary;
	api->lang = conf->lang;
	api->uid = geteuid();
	api->started = (int64_t)time(NULL) * WHEN_SECOND;
	api->fd = -1;
	api->idle_seconds = conf->idle_seconds > 0 ? conf->idle_seconds :
	    LIMIT_HTTP_IDLE_S;
	LIST_INIT(&api->sessions);
	LIST_INIT(&api->waits);
	STAILQ_INIT(&api->books);
	(void)snprintf(api->region, sizeof api->region, "%s",
	    conf->region == NULL ? "" : conf->region);
	api_zone(api, conf->zone);
	if (api_open(api, conf, trouble) == -1) {
		api_free(api);
		return NULL;
	}
	return api;
}

void
api_wake(struct api *api)
{
	struct session *s;

	waits_wake(api);
	if (store_busy(api->store))
		return;
	for (s = LIST_FIRST(&api->sessions); s != NULL;) {
		struct session *next = session_after(s);

		session_wake(s);
		s = next;
	}
}

void
api_jobs(struct api *api, struct jobs *jobs)
{
	api->jobs = jobs;
}

void
api_doors(struct api *api, const struct api_door *door, unsigned n)
{
	api->door = door;
	api->ndoors = n;
}

void
api_stop(struct api *api)
{
	struct session *s;

	if (api->accept != NULL)
		event_free(api->accept);
	api->accept = NULL;
	if (api->fd != -1)
		(void)close(api->fd);
	api->fd = -1;
	for (s = LIST_FIRST(&api->sessions); s != NULL;) {
		struct session *next = session_after(s);

		session_stop(s);
		s = next;
	}
	waits_stop(api);
}

unsigned
api_sessions(const struct api *api)
{
	return api->nsessions;
}

void
api_free(struct api *api)
{
	struct session *s;

	if (api == NULL)
		return;
	api_stop(api);
	while ((s = LIST_FIRST(&api->sessions)) != NULL)
		session_free(s);
	books_end(api);
	free(api->tmp);
	free(api->socket);
	free(api);
}
