/* SPDX-License-Identifier: ISC */
/*
 * smtp_path: the addresses of MAIL and RCPT (RFC 5321, 4.1.2; RFC 6531).
 * What does not follow the grammar is no path; nothing is mended.
 *
 *	path	"<" [ "@" domain *( "," "@" domain ) ":" ] mailbox ">"
 *	mailbox	( dot-string / quoted-string ) [ "@" ( domain / literal ) ]
 */
#include "proto/wire/smtp.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "proto/base/text.h"

#define DOMAIN_MAX 255		/* RFC 5321, 4.5.3.1.2 */
#define LABEL_MAX 63

struct scan {
	const char	*p, *end;
	int		 utf8;
};

static int
scan_char(struct scan *s, char want)
{
	if (s->p == s->end || *s->p != want)
		return 0;
	s->p++;
	return 1;
}

static int
is_alnum(const struct scan *s)
{
	uint8_t c = (uint8_t)*s->p;

	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || (c >= 0x80 && s->utf8);
}

static int
is_atext(const struct scan *s)
{
	return is_alnum(s) || (*s->p != '\0' &&
	    strchr("!#$%&'*+-/=?^_`{|}~", *s->p) != NULL);
}

static int
scan_atom(struct scan *s)
{
	const char *start = s->p;

	while (s->p < s->end && is_atext(s))
		s->p++;
	return s->p > start;
}

static int
scan_dot_string(struct scan *s)
{
	do {
		if (!scan_atom(s))
			return 0;
	} while (scan_char(s, '.'));
	return 1;
}

static int
scan_quoted(struct scan *s)
{
	while (s->p < s->end && *s->p != '"') {
		uint8_t c = (uint8_t)*s->p;

		if (c == '\\' && ++s->p < s->end)
			c = (uint8_t)*s->p;
		if (s->p == s->end || c < 0x20 || c == 0x7f ||
		    (c >= 0x80 && !s->utf8))
			return 0;
		s->p++;
	}
	return scan_char(s, '"');
}

static int
scan_label(struct scan *s)
{
	const char *start = s->p;

	while (s->p < s->end && (is_alnum(s) || *s->p == '-' || *s->p == '_'))
		s->p++;
	return s->p > start && *start != '-' && s->p[-1] != '-' &&
	    s->p - start <= LABEL_MAX;
}

/* [192.0.2.1], [IPv6:2001:db8::1] */
static int
scan_literal(struct scan *s)
{
	char text[64];
	uint8_t address[16];
	const char *close = memchr(s->p, ']', (size_t)(s->end - s->p));
	size_t n = close ? (size_t)(close - s->p) : 0;
	int v6;

	if (n == 0 || n >= sizeof text)
		return 0;
	memcpy(text, s->p, n);
	text[n] = '\0';
	s->p = close + 1;
	v6 = strncasecmp(text, "IPv6:", 5) == 0;
	return inet_pton(v6 ? AF_INET6 : AF_INET, text + (v6 ? 5 : 0),
	    address) == 1;
}

static int
scan_domain(struct scan *s)
{
	const char *start = s->p;

	if (scan_char(s, '['))
		return scan_literal(s);
	do {
		if (!scan_label(s))
			return 0;
	} while (scan_char(s, '.'));
	return s->p - start <= DOMAIN_MAX;
}

/* RFC 5321, C: a source route is taken and not looked at. */
static int
scan_route(struct scan *s)
{
	if (s->p == s->end || *s->p != '@')
		return 1;
	do {
		if (!scan_char(s, '@') || !scan_domain(s))
			return 0;
	} while (scan_char(s, ','));
	return scan_char(s, ':');
}

static int
scan_mailbox(struct scan *s, int bare, const char **domain_r)
{
	*domain_r = NULL;
	if (scan_char(s, '"') ? !scan_quoted(s) : !scan_dot_string(s))
		return 0;
	if (!scan_char(s, '@'))
		return bare;
	*domain_r = s->p;
	return scan_domain(s);
}

size_t
smtp_path_read(struct smtp_path *path_r, const char *text, size_t len,
    int utf8, int bare)
{
	struct scan s = { text, text + len, utf8 };
	const char *start, *domain = NULL;
	size_t n;

	path_r->address[0] = '\0';
	path_r->domain = NULL;
	if (!scan_char(&s, '<') || !scan_route(&s))
		return 0;
	start = s.p;
	if (s.p - text == 1 && scan_char(&s, '>'))
		return 2;
	if (!scan_mailbox(&s, bare, &domain))
		return 0;
	n = (size_t)(s.p - start);
	if (!scan_char(&s, '>') || n > LIMIT_SMTP_PATH ||
	    !text_is_utf8(start, n))
		return 0;
	memcpy(path_r->address, start, n);
	path_r->address[n] = '\0';
	if (domain != NULL)
		path_r->domain = path_r->address + (domain - start);
	return (size_t)(s.p - text);
}
