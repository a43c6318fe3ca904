/* SPDX-License-Identifier: ISC */
/*
 * tls: see tls.h.  It must never fall back to clear text once a line has
 * begun, and never leave an error of one line for another to find.
 */
#include "daemon/intake/tls.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct tls {
	SSL_CTX	*ctx;
};

struct tls_line {
	SSL	*ssl;
	int	 wants_write;
	int	 broken;
};

static int
wrong(const char *path, struct trouble *t)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	(void)trouble_set(t, SAY_RUN_FAILED, path, why != NULL ? why :
	    "not PEM", NULL, NULL);
	ERR_clear_error();
	return -1;
}

static int
load(SSL_CTX *ctx, const char *certificate, const char *key,
    struct trouble *t)
{
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1)
		return wrong(certificate, t);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return wrong(key, t);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	return 0;
}

struct tls *
tls_load(const char *certificate, const char *key, struct trouble *t)
{
	struct tls *tls = calloc(1, sizeof(*tls));

	if (tls == NULL || (tls->ctx = SSL_CTX_new(TLS_server_method())) ==
	    NULL) {
		(void)trouble_errno(t, SAY_RUN_FAILED, certificate);
		tls_free(tls);
		return NULL;
	}
	if (load(tls->ctx, certificate, key, t) == -1) {
		tls_free(tls);
		return NULL;
	}
	return tls;
}

void
tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls);
}

struct tls_line *
tls_begin(struct tls *tls, int fd)
{
	struct tls_line *line = calloc(1, sizeof(*line));

	if (line == NULL)
		return NULL;
	line->ssl = SSL_new(tls->ctx);
	if (line->ssl == NULL || SSL_set_fd(line->ssl, fd) != 1) {
		line->broken = 1;
		tls_end(line);
		return NULL;
	}
	SSL_set_accept_state(line->ssl);
	return line;
}

void
tls_end(struct tls_line *line)
{
	if (line == NULL)
		return;
	if (!line->broken && SSL_is_init_finished(line->ssl))
		(void)SSL_shutdown(line->ssl);	/* as far as it goes */
	SSL_free(line->ssl);
	ERR_clear_error();
	free(line);
}

/* What a call that gave rc means, as read(2) and send(2) would say it. */
static ssize_t
result(struct tls_line *line, int rc)
{
	int why;

	if (rc > 0)
		return rc;
	why = SSL_get_error(line->ssl, rc);
	ERR_clear_error();
	switch (why) {
	case SSL_ERROR_WANT_READ:
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_WANT_WRITE:
		line->wants_write = 1;
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	}
	line->broken = 1;
	errno = EPROTO;
	return -1;
}

ssize_t
tls_read(struct tls_line *line, int fd, void *room, size_t size)
{
	if (line == NULL)
		return read(fd, room, size);
	line->wants_write = 0;
	return result(line, SSL_read(line->ssl, room,
	    size < INT_MAX ? (int)size : INT_MAX));
}

ssize_t
tls_send(struct tls_line *line, int fd, const void *bytes, size_t len)
{
	ssize_t n;

	if (line == NULL)
		return send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	n = result(line, SSL_write(line->ssl, bytes,
	    len < INT_MAX ? (int)len : INT_MAX));
	line->wants_write = 0;	/* the caller knows that it has more */
	return n;
}

int
tls_wants_write(const struct tls_line *line)
{
	return line != NULL && line->wants_write;
}
