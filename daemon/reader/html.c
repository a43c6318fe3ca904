/* SPDX-License-Identifier: ISC */
/*
 * html: see html.h.
 *
 * libxml2 makes a tree of whatever it is given; the walk below writes it.
 * White space is one blank, or, at the edges of a block, none; a block begins
 * on a line of its own.  A row of a table is a line, with " | " between its
 * cells, unless the table lays out the page (a cell with a block in it).
 *
 * It must never load a DTD, an entity or anything from elsewhere, nor go
 * deeper than DEPTH_MAX: what is below is left out.
 */
#include "daemon/reader/html.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proto/base/text.h"

#define DEPTH_MAX	200
#define INDENT_MAX	8	/* levels of lists and quotes that are shown */
#define LINK_MAX	500	/* bytes of an address that are shown */

/* Where the walk is; what is pending is written before the next word. */
struct page {
	struct buf	*out;
	size_t		 mark;		/* of out, where the page began */
	int		 lines;		/* line ends that are due, 0 to 2 */
	int		 space;		/* a blank is due */
	int		 pre;		/* white space counts */
	int		 quote;		/* blockquotes around */
	int		 list;		/* lists around */
	int		 depth;
	int		 items;		/* of an ordered list; -1: of another */
	int		 cells;		/* of this row */
	int		 layout;	/* this row lays out the page */
	const char	*bullet;	/* due at the begin of the line */
	char		 number[16];
};

static void	walk(struct page *, const xmlNode *);

static void
line_begin(struct page *pg)
{
	int	 i;

	for (i = 0; i < pg->quote && i < INDENT_MAX; i++)
		buf_adds(pg->out, "> ");
	for (i = pg->bullet != NULL ? 1 : 0; i < pg->list && i < INDENT_MAX;
	    i++)
		buf_adds(pg->out, "  ");
	if (pg->bullet != NULL)
		buf_adds(pg->out, pg->bullet);
	pg->bullet = NULL;
}

/* What is due before a word. */
static void
settle(struct page *pg)
{
	if (pg->out->len == pg->mark)
		pg->lines = 0;
	if (pg->lines > 0 || pg->out->len == pg->mark) {
		for (; pg->lines > 0; pg->lines--)
			buf_addc(pg->out, '\n');
		line_begin(pg);
	} else if (pg->space) {
		buf_addc(pg->out, ' ');
	}
	pg->space = 0;
}

static void
break_line(struct page *pg, int lines)
{
	if (lines == 0)
		return;
	if (pg->lines < lines)
		pg->lines = lines;
	pg->space = 0;
}

/* U+00A0, with which pages are indented, is a blank too. */
static size_t
blank_len(const char *s)
{
	if (strchr(" \t\r\n\f", *s) != NULL)
		return 1;
	return strncmp(s, "\xc2\xa0", 2) == 0 ? 2 : 0;
}

static void
blank_put(struct page *pg, const char *s)
{
	if (!pg->pre) {
		pg->space = 1;
	} else if (*s == '\n') {
		/* An empty line of such a text stays one. */
		if (pg->lines < 2)
			pg->lines++;
		pg->space = 0;
	} else if (*s != '\r') {
		settle(pg);
		buf_addc(pg->out, ' ');
	}
}

static void
text_put(struct page *pg, const char *s)
{
	size_t	 n;

	for (; *s != '\0'; s += n > 0 ? n : 1) {
		n = blank_len(s);
		if (n > 0) {
			blank_put(pg, s);
		} else if ((unsigned char)*s >= ' ' && *s != 127) {
			if (pg->lines > 0 || pg->space ||
			    pg->out->len == pg->mark)
				settle(pg);
			buf_addc(pg->out, *s);
		}
	}
}

static const char *
attr(const xmlNode *node, const char *name)
{
	const xmlAttr	*a;

	for (a = node->properties; a != NULL; a = a->next)
		if (strcasecmp((const char *)a->name, name) == 0 &&
		    a->children != NULL && a->children->content != NULL)
			return (const char *)a->children->content;
	return NULL;
}

static int
name_in(const char *name, const char *const names[], size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (strcasecmp(names[i], name) == 0)
			return 1;
	return 0;
}
#define NAME_IN(name, names)						\
	name_in((name), (names), sizeof(names) / sizeof(names[0]))

static const char *const blocks[] = { "address", "article", "aside", "body",
    "center", "dd", "details", "dir", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "html", "legend",
    "main", "menu", "nav", "option", "section", "summary",
    "table", "tbody", "tfoot", "thead", "caption", "tr", "li", "ul", "ol" };
static const char *const spaced[] = { "p", "h1", "h2", "h3", "h4", "h5", "h6",
    "blockquote", "pre", "dl", "table" };
static const char *const silent[] = { "script", "style", "head", "title",
    "template", "object", "embed", "applet", "noembed", "noframes", "iframe",
    "svg", "math", "audio", "video", "canvas", "map", "select" };

/* 1 if the words of the link are not the address itself. */
static int
link_tells(const struct page *pg, size_t from, const char *href)
{
	const char	*shown = href;
	size_t		 n;

	if (strncasecmp(href, "http:", 5) != 0 &&
	    strncasecmp(href, "https:", 6) != 0 &&
	    strncasecmp(href, "mailto:", 7) != 0 &&
	    strncasecmp(href, "ftp:", 4) != 0 &&
	    strncasecmp(href, "tel:", 4) != 0)
		return 0;
	if (strncasecmp(href, "http", 4) != 0)
		shown = strchr(href, ':') + 1;
	else if (strstr(href, "//") != NULL)
		shown = strstr(href, "//") + 2;
	n = strcspn(shown, "?");
	if (n > 0 && shown[n - 1] == '/')
		n--;
	return n > 0 && memmem(pg->out->data + from, pg->out->len - from,
	    shown, n) == NULL;
}

static void
link_put(struct page *pg, const xmlNode *node)
{
	const char	*href = attr(node, "href"), *p;
	size_t		 from = pg->out->len, n, cut;

	walk(pg, node->children);
	if (href == NULL || buf_failed(pg->out) || pg->out->len == from ||
	    !link_tells(pg, from, href))
		return;
	n = strlen(href);
	cut = text_cut(href, n, LINK_MAX);
	buf_adds(pg->out, " <");
	for (p = href; p < href + cut; p++)
		if ((unsigned char)*p > ' ' && *p != 127)
			buf_addc(pg->out, *p);
	buf_adds(pg->out, cut < n ? "...>" : ">");
}

static void
item_put(struct page *pg, const xmlNode *node)
{
	break_line(pg, 1);
	pg->bullet = "- ";
	if (pg->items >= 0 && pg->items < 99999) {
		(void)snprintf(pg->number, sizeof(pg->number), "%d. ",
		    ++pg->items);
		pg->bullet = pg->number;
	}
	walk(pg, node->children);
	pg->bullet = NULL;
	break_line(pg, 1);
}

static void
list_put(struct page *pg, const xmlNode *node, int ordered)
{
	int	 items = pg->items, lines = pg->list > 0 ? 1 : 2;

	break_line(pg, lines);
	pg->items = ordered ? 0 : -1;
	pg->list++;
	walk(pg, node->children);
	pg->list--;
	pg->items = items;
	break_line(pg, lines);
}

/* 1 if there is something in the cell that wants lines of its own. */
static int
has_blocks(const xmlNode *node, int depth)
{
	for (; node != NULL && depth < 16; node = node->next)
		if (node->type == XML_ELEMENT_NODE && (NAME_IN((const char *)
		    node->name, blocks) || NAME_IN((const char *)node->name,
		    spaced) || strcasecmp((const char *)node->name, "br") ==
		    0 || has_blocks(node->children, depth + 1)))
			return 1;
	return 0;
}

static void
row_put(struct page *pg, const xmlNode *node)
{
	int	 cells = pg->cells, layout = pg->layout;

	pg->cells = 0;
	pg->layout = 0;
	for (const xmlNode *n = node->children; n != NULL && !pg->layout;
	    n = n->next)
		pg->layout = has_blocks(n->children, 0);
	break_line(pg, 1);
	walk(pg, node->children);
	break_line(pg, 1);
	pg->cells = cells;
	pg->layout = layout;
}

static void
cell_put(struct page *pg, const xmlNode *node)
{
	if (pg->layout)
		break_line(pg, 1);
	else if (pg->cells > 0 && pg->lines == 0 && pg->out->len > pg->mark) {
		buf_adds(pg->out, " |");
		pg->space = 1;
	}
	pg->cells++;
	walk(pg, node->children);
	if (pg->layout)
		break_line(pg, 1);
}

/* An image is its words, if its sender gave it any. */
static void
image_put(struct page *pg, const xmlNode *node)
{
	const char	*alt = attr(node, "alt");

	if (alt == NULL || strspn(alt, " \t\r\n") == strlen(alt))
		return;
	text_put(pg, "[");
	text_put(pg, alt);
	buf_addc(pg->out, ']');
}

/* The elements that are more than a block; 1 if it was one. */
static int
element_special(struct page *pg, const xmlNode *node, const char *name)
{
	if (strcasecmp(name, "br") == 0) {
		if (pg->lines < 2)
			pg->lines++;
		pg->space = 0;
	} else if (strcasecmp(name, "hr") == 0) {
		break_line(pg, 1);
		text_put(pg, "----------");
		break_line(pg, 1);
	} else if (strcasecmp(name, "a") == 0) {
		link_put(pg, node);
	} else if (strcasecmp(name, "img") == 0) {
		image_put(pg, node);
	} else if (strcasecmp(name, "li") == 0) {
		item_put(pg, node);
	} else if (strcasecmp(name, "ul") == 0 ||
	    strcasecmp(name, "ol") == 0) {
		list_put(pg, node, strcasecmp(name, "ol") == 0);
	} else if (strcasecmp(name, "tr") == 0) {
		row_put(pg, node);
	} else if (strcasecmp(name, "td") == 0 ||
	    strcasecmp(name, "th") == 0) {
		cell_put(pg, node);
	} else {
		return 0;
	}
	return 1;
}

static void
element_put(struct page *pg, const xmlNode *node)
{
	const char	*name = (const char *)node->name;
	int		 quote = strcasecmp(name, "blockquote") == 0;
	int		 pre = strcasecmp(name, "pre") == 0;
	int		 lines = NAME_IN(name, spaced) ? 2 :
			    NAME_IN(name, blocks);

	if (NAME_IN(name, silent) || element_special(pg, node, name))
		return;
	break_line(pg, lines);
	pg->quote += quote;
	pg->pre += pre;
	walk(pg, node->children);
	pg->quote -= quote;
	pg->pre -= pre;
	break_line(pg, lines);
}

static void
walk(struct page *pg, const xmlNode *node)
{
	if (++pg->depth <= DEPTH_MAX) {
		for (; node != NULL && !buf_failed(pg->out);
		    node = node->next) {
			if ((node->type == XML_TEXT_NODE ||
			    node->type == XML_CDATA_SECTION_NODE) &&
			    node->content != NULL)
				text_put(pg, (const char *)node->content);
			else if (node->type == XML_ELEMENT_NODE)
				element_put(pg, node);
		}
	}
	pg->depth--;
}

void
html_warm(void)
{
	static const char	 page[] = "<p>a &eacute; <b>b</b></p>";
	struct buf		 out = BUF_INIT;

	xmlInitParser();
	(void)html_text(&out, page, sizeof(page) - 1);
	buf_release(&out);
}

int
html_text(struct buf *out, const char *s, size_t len)
{
	struct page	 pg = { .out = out, .mark = out->len, .items = -1 };
	xmlDoc		*doc;

	if (len == 0)
		return 0;
	if (len > INT_MAX)
		len = INT_MAX;
	doc = htmlReadMemory(s, (int)len, NULL, "UTF-8", HTML_PARSE_RECOVER |
	    HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
	    HTML_PARSE_IGNORE_ENC);
	if (doc == NULL)
		return buf_failed(out) ? -1 : 0;
	walk(&pg, xmlDocGetRootElement(doc));
	if (out->len > pg.mark)
		buf_addc(out, '\n');
	xmlFreeDoc(doc);
	return buf_failed(out) ? -1 : 0;
}

void
html_charset(const char *s, size_t len, char *charset, size_t size)
{
	const char	*p, *end = s + (len < 2048 ? len : 2048);
	size_t		 n = 0;

	charset[0] = '\0';
	for (p = s; p < end; p++) {
		if (end - p > 8 && strncasecmp(p, "charset=", 8) == 0)
			break;
	}
	if (p == end)
		return;
	for (p += 8; p < end && (*p == '"' || *p == '\'' || *p == ' '); p++)
		continue;
	for (; p < end && n + 1 < size && (isalnum((unsigned char)*p) ||
	    strchr("-_:.", *p) != NULL) && *p != '\0'; p++)
		charset[n++] = *p;
	charset[n] = '\0';
}
