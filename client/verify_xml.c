/* SPDX-License-Identifier: ISC */
/*
 * verify_xml: the one file that knows libxml2.  It must never build a tree of
 * what it reads, read a DTD, or open anything.
 */
#include "client/verify_xml.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#define PIECE (1 << 20)		/* given to the library at once */

struct xml {
	const struct xml_calls	*calls;
	void			*arg;
	xmlParserCtxtPtr	 parser;
	int			 bad;
};

static void
stop(struct xml *x)
{
	x->bad = 1;
	xmlStopParser(x->parser);
}

static void
on_begin(void *arg, const xmlChar *name, const xmlChar **attrs)
{
	static const char *const none[] = { NULL };
	struct xml *x = arg;

	if (!x->bad && x->calls->begin(x->arg, (const char *)name,
	    attrs != NULL ? (const char *const *)attrs : none) == -1)
		stop(x);
}

static void
on_end(void *arg, const xmlChar *name)
{
	struct xml *x = arg;

	if (!x->bad && x->calls->end(x->arg, (const char *)name) == -1)
		stop(x);
}

static void
on_text(void *arg, const xmlChar *text, int len)
{
	struct xml *x = arg;

	if (!x->bad && len > 0 && x->calls->text(x->arg, (const char *)text,
	    (size_t)len) == -1)
		stop(x);
}

/* A declaration of any kind needs an internal subset. */
static void
on_entity(void *arg, const xmlChar *name, int type, const xmlChar *public,
    const xmlChar *system, xmlChar *content)
{
	(void)name;
	(void)type;
	(void)public;
	(void)system;
	(void)content;
	stop(arg);
}

static void
on_error(void *arg, xmlErrorPtr error)
{
	(void)arg;
	(void)error;
}

struct xml *
xml_new(const struct xml_calls *calls, void *arg)
{
	struct xml *x = calloc(1, sizeof *x);
	xmlSAXHandler sax;

	if (x == NULL)
		return NULL;
	memset(&sax, 0, sizeof sax);
	sax.startElement = on_begin;
	sax.endElement = on_end;
	sax.characters = on_text;
	sax.cdataBlock = on_text;
	sax.ignorableWhitespace = on_text;
	sax.entityDecl = on_entity;
	sax.serror = on_error;
	sax.initialized = 1;		/* SAX1: decoded pairs */
	x->calls = calls;
	x->arg = arg;
	x->parser = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
	if (x->parser == NULL) {
		free(x);
		return NULL;
	}
	(void)xmlCtxtUseOptions(x->parser, XML_PARSE_NONET | XML_PARSE_SAX1 |
	    XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	return x;
}

void
xml_free(struct xml *x)
{
	if (x == NULL)
		return;
	xmlFreeParserCtxt(x->parser);
	free(x);
}

int
xml_bytes(struct xml *x, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0 && !x->bad) {
		int n = len < PIECE ? (int)len : PIECE;

		if (xmlParseChunk(x->parser, p, n, 0) != 0)
			x->bad = 1;
		p += n;
		len -= (size_t)n;
	}
	return x->bad ? -1 : 0;
}

int
xml_end(struct xml *x)
{
	if (!x->bad && (xmlParseChunk(x->parser, NULL, 0, 1) != 0 ||
	    !x->parser->wellFormed))
		x->bad = 1;
	return x->bad ? -1 : 0;
}

const char *
xml_attr(const char *const attrs[], const char *name)
{
	for (; attrs[0] != NULL; attrs += 2)
		if (strcmp(attrs[0], name) == 0)
			return attrs[1] != NULL ? attrs[1] : "";
	return "";
}

void
xml_prepare(void)
{
	xmlInitParser();
}
