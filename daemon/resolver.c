/* SPDX-License-Identifier: ISC */
/*
 * resolver: c-ares says which sockets it waits for, and each has an event; one
 * timer ends what nobody answers.  It must never block.
 */
#include "daemon/resolver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ares.h>
#include <arpa/nameser.h>

#define TEXT_MAX	2048	/* of one record that is kept */
#define TRIES		2
#define TRY_MS		4000
#define SOCKETS_MAX	16

struct resolver {
	struct event_base *base;
	ares_channel	 ares;
	int		 has_ares;
	struct event	*timer;
	struct { int fd; struct event *event; } socket[SOCKETS_MAX];
};

struct asked {
	struct resolver	*r;
	resolver_fn	*fn;
	void		*arg;
};

static void
timer_set(struct resolver *r)
{
	struct timeval room, *tv = ares_timeout(r->ares, NULL, &room);

	if (tv != NULL)
		(void)event_add(r->timer, tv);
	else
		(void)event_del(r->timer);
}

static void
on_socket(int fd, short what, void *arg)
{
	struct resolver *r = arg;

	ares_process_fd(r->ares, what & EV_READ ? fd : ARES_SOCKET_BAD,
	    what & EV_WRITE ? fd : ARES_SOCKET_BAD);
	timer_set(r);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct resolver *r = arg;

	(void)fd;
	(void)what;
	ares_process_fd(r->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	timer_set(r);
}

/* What c-ares waits for on a socket has changed. */
static void
on_interest(void *arg, ares_socket_t fd, int reads, int writes)
{
	struct resolver *r = arg;
	int at = -1;

	for (int i = 0; i < SOCKETS_MAX; i++)
		if (r->socket[i].event != NULL && r->socket[i].fd == fd) {
			event_free(r->socket[i].event);
			r->socket[i].event = NULL;
		}
	for (int i = 0; i < SOCKETS_MAX && at == -1; i++)
		if (r->socket[i].event == NULL)
			at = i;
	if ((!reads && !writes) || at == -1)
		return;		/* one too many times out */
	r->socket[at].fd = fd;
	r->socket[at].event = event_new(r->base, fd, (short)(EV_PERSIST |
	    (reads ? EV_READ : 0) | (writes ? EV_WRITE : 0)), on_socket, r);
	if (r->socket[at].event != NULL)
		(void)event_add(r->socket[at].event, NULL);
}

/* The strings of the first record, as one; others are counted as wrong. */
static enum found
take_text(struct buf *text, const unsigned char *answer, int len)
{
	struct ares_txt_ext *all = NULL, *t;
	int records = 0;

	if (ares_parse_txt_reply_ext(answer, len, &all) != ARES_SUCCESS)
		return FOUND_NOT;
	for (t = all; t != NULL; t = t->next) {
		records += t->record_start != 0;
		if (records != 1)
			continue;
		for (size_t i = 0; i < t->length; i++)
			buf_addc(text, t->txt[i] < ' ' ||
			    t->txt[i] > '~' ? '?' : (char)t->txt[i]);
	}
	ares_free_data(all);
	return !buf_failed(text) && text->len <= TEXT_MAX ? FOUND_TEXT :
	    FOUND_NOT;
}

static void
on_answer(void *arg, int status, int timeouts, unsigned char *answer, int len)
{
	struct asked *a = arg;
	struct buf text = BUF_INIT;
	enum found found = status == ARES_ENOTFOUND ||
	    status == ARES_ENODATA ? FOUND_NOT : FOUND_NOBODY;

	(void)timeouts;
	if (status == ARES_SUCCESS)
		found = take_text(&text, answer, len);
	/* The channel is going, and with it whoever asked. */
	if (status != ARES_EDESTRUCTION)
		a->fn(a->arg, found, &text);
	buf_release(&text);
	free(a);
}

int
resolver_ask(struct resolver *r, const char *name, resolver_fn *fn, void *arg)
{
	struct asked *a = malloc(sizeof *a);

	if (a == NULL)
		return -1;
	*a = (struct asked){ r, fn, arg };
	ares_query(r->ares, name, ns_c_in, ns_t_txt, on_answer, a);
	timer_set(r);
	return 0;
}

static int
servers_set(struct resolver *r, const char *server)
{
	if (strcmp(server, "system") == 0)
		return 0;
	if (ares_set_servers_ports_csv(r->ares, server) == ARES_SUCCESS)
		return 0;
	errno = EINVAL;
	return -1;
}

struct resolver *
resolver_new(struct event_base *base, const char *server)
{
	struct resolver *r = calloc(1, sizeof *r);
	struct ares_options o = { .timeout = TRY_MS, .tries = TRIES,
	    .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
	    .sock_state_cb = on_interest, .sock_state_cb_data = r };

	if (r == NULL)
		return NULL;
	r->base = base;
	r->timer = evtimer_new(base, on_timer, r);
	r->has_ares = r->timer != NULL && ares_init_options(&r->ares, &o,
	    ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS |
	    ARES_OPT_SOCK_STATE_CB) == ARES_SUCCESS;
	if (!r->has_ares)
		errno = ENOMEM;
	if (r->has_ares && servers_set(r, server) == 0)
		return r;
	resolver_free(r);
	return NULL;
}

void
resolver_free(struct resolver *r)
{
	int error = errno;

	if (r == NULL)
		return;
	if (r->has_ares)
		ares_destroy(r->ares);
	for (int i = 0; i < SOCKETS_MAX; i++)
		if (r->socket[i].event != NULL)
			event_free(r->socket[i].event);
	if (r->timer != NULL)
		event_free(r->timer);
	free(r);
	errno = error;
}
