/* SPDX-License-Identifier: ISC */
/*
 * paper: see paper.h.
 *
 * A text is laid out line by line of its own, twice: once to count the
 * pages, for each says how many there are, once to draw them.  The layouts
 * of a short one are kept in between.
 *
 * It must never hold a layout of more than CHUNK bytes: one line of a text
 * can be all of it.
 */
#include "daemon/reader/paper.h"

#include <errno.h>
#include <fontconfig/fontconfig.h>
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/base/limits.h"
#include "proto/base/text.h"

#define WIDTH		595.276		/* A4, in points */
#define HEIGHT		841.890
#define LEFT		62.0
#define RIGHT		(WIDTH - 62.0)
#define TOP		56.0
#define BOTTOM		(HEIGHT - 64.0)
#define FOOT		(HEIGHT - 40.0)
#define LABEL		76.0		/* columns of labels */
#define CHUNK		8192
#define KEPT		4000		/* layouts */
/*
 * WenQuanYi before Noto: cairo 1.16 writes a subset of a font with PostScript
 * outlines in which a character of daily use (U+5982) is blank.
 */
#define FONTS		"DejaVu Sans, WenQuanYi Micro Hei, Noto Sans CJK SC"

enum item_kind { ITEM_TITLE, ITEM_FIELD, ITEM_RULE, ITEM_TEXT };

struct item {
	struct item	*next;
	enum item_kind	 kind;
	enum say_key	 label;
	size_t		 len;
	char		 text[];
};

struct paper {
	enum lang	 lang;
	struct item	*first, **last;
	PangoContext	*context;
	PangoFontDescription *plain, *bold, *title, *small;
	GPtrArray	*kept;
	guint		 at;		/* in kept, while it is drawn */
	cairo_t		*cr;		/* NULL while pages are counted */
	double		 y;
	unsigned	 page, pages;
	int		 numbered;
	int		 no_glyph;
	int		 full;		/* LIMIT_READ_PAGES are there */
	int		 failed;	/* memory */
};

/* --- PDF ------------------------------------------------------------------ */

static cairo_status_t
pdf_write(void *arg, const unsigned char *bytes, unsigned len)
{
	return answer_add(arg, bytes, len) == 0 ? CAIRO_STATUS_SUCCESS :
	    CAIRO_STATUS_WRITE_ERROR;
}

cairo_surface_t *
pdf_begin(struct answer *a, double width, double height)
{
	cairo_surface_t	*s = cairo_pdf_surface_create_for_stream(pdf_write, a,
			    width, height);

	/* It would be now, and no two answers alike. */
	cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE,
	    "1970-01-01T00:00:00Z");
	return s;
}

int
pdf_end(struct answer *a, cairo_surface_t *s)
{
	cairo_status_t	 status;

	cairo_surface_finish(s);
	status = cairo_surface_status(s);
	cairo_surface_destroy(s);
	errno = a->error != 0 ? a->error : ENOMEM;
	return a->error == 0 && status == CAIRO_STATUS_SUCCESS ? 0 : -1;
}

/* --- what is to be drawn ----------------------------------------------- */

static PangoContext *
context_new(void)
{
	PangoContext		*context;
	cairo_font_options_t	*options = cairo_font_options_create();

	/* Nothing is fitted to pixels: there are none. */
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	context = pango_font_map_create_context(
	    pango_cairo_font_map_get_default());
	pango_cairo_context_set_resolution(context, 72.0);
	pango_cairo_context_set_font_options(context, options);
	pango_context_set_round_glyph_positions(context, FALSE);
	pango_context_set_language(context,
	    pango_language_from_string("en"));
	cairo_font_options_destroy(options);
	return context;
}

struct paper *
paper_new(enum lang lang)
{
	struct paper	*p = g_new0(struct paper, 1);

	p->lang = lang;
	p->last = &p->first;
	p->context = context_new();
	p->plain = pango_font_description_from_string(FONTS " 10");
	p->bold = pango_font_description_from_string(FONTS " Bold 10");
	p->title = pango_font_description_from_string(FONTS " Bold 14");
	p->small = pango_font_description_from_string(FONTS " 8");
	p->kept = g_ptr_array_new_with_free_func(g_object_unref);
	return p;
}

void
paper_free(struct paper *p)
{
	struct item	*i, *next;

	if (p == NULL)
		return;
	for (i = p->first; i != NULL; i = next) {
		next = i->next;
		g_free(i);
	}
	pango_font_description_free(p->plain);
	pango_font_description_free(p->bold);
	pango_font_description_free(p->title);
	pango_font_description_free(p->small);
	g_ptr_array_unref(p->kept);
	g_object_unref(p->context);
	g_free(p);
}

static void
item_add(struct paper *p, enum item_kind kind, enum say_key label,
    const char *text, size_t len)
{
	struct item	*i = g_try_malloc(sizeof(*i) + len);

	if (i == NULL) {
		p->failed = 1;
		return;
	}
	i->next = NULL;
	i->kind = kind;
	i->label = label;
	i->len = len;
	if (len > 0)
		memcpy(i->text, text, len);
	*p->last = i;
	p->last = &i->next;
}

void
paper_title(struct paper *p, const char *text, size_t len)
{
	item_add(p, ITEM_TITLE, SAY_COUNT, text, len);
}

void
paper_field(struct paper *p, enum say_key label, const char *text, size_t len)
{
	item_add(p, ITEM_FIELD, label, text, len);
}

void
paper_rule(struct paper *p)
{
	item_add(p, ITEM_RULE, SAY_COUNT, NULL, 0);
}

void
paper_text(struct paper *p, const char *text, size_t len)
{
	item_add(p, ITEM_TEXT, SAY_COUNT, text, len);
}

/* --- laying it out ----------------------------------------------------- */

/* A layout of the text; while pages are drawn, that which counted them. */
static PangoLayout *
layout_new(struct paper *p, const PangoFontDescription *font, double width,
    const char *text, size_t len)
{
	PangoLayout	*l;

	if (p->cr != NULL && p->at < p->kept->len)
		return g_object_ref(g_ptr_array_index(p->kept, p->at++));
	l = pango_layout_new(p->context);
	pango_layout_set_font_description(l, font);
	pango_layout_set_width(l, pango_units_from_double(width));
	pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_text(l, text, (int)len);
	if (pango_layout_get_unknown_glyphs_count(l) > 0)
		p->no_glyph = 1;
	if (p->cr == NULL && p->kept->len < KEPT)
		g_ptr_array_add(p->kept, g_object_ref(l));
	return l;
}

static void
foot_draw(struct paper *p)
{
	struct buf	 text = BUF_INIT;
	char		 page[16], pages[16];
	PangoLayout	*l;
	int		 width;

	(void)snprintf(page, sizeof(page), "%u", p->page);
	(void)snprintf(pages, sizeof(pages), "%u", p->pages);
	say(&text, p->lang, SAY_PAPER_PAGE, page, pages);
	l = pango_layout_new(p->context);
	pango_layout_set_font_description(l, p->small);
	pango_layout_set_text(l, (const char *)text.data, (int)text.len);
	pango_layout_get_size(l, &width, NULL);
	cairo_move_to(p->cr, RIGHT - pango_units_to_double(width), FOOT);
	pango_cairo_show_layout(p->cr, l);
	g_object_unref(l);
	buf_release(&text);
}

static void
page_end(struct paper *p)
{
	if (p->cr == NULL)
		return;
	if (p->numbered)
		foot_draw(p);
	cairo_show_page(p->cr);
}

/* Makes room for so much, on a new page if need be; 0 if there is none. */
static int
room_make(struct paper *p, double height)
{
	if (p->full || p->y + height <= BOTTOM || p->y <= TOP)
		return !p->full;
	if (p->page >= LIMIT_READ_PAGES) {
		p->full = 1;
		return 0;
	}
	page_end(p);
	p->page++;
	p->y = TOP;
	return 1;
}

/* One line at x, its top at p->y; label is drawn beside the first. */
static void
line_draw(struct paper *p, PangoLayoutIter *iter, double x, PangoLayout *label)
{
	PangoRectangle	 r, own;
	PangoLayoutLine	*line = pango_layout_iter_get_line_readonly(iter);
	double		 height, base;

	pango_layout_iter_get_line_extents(iter, NULL, &r);
	pango_layout_line_get_extents(line, NULL, &own);
	height = pango_units_to_double(own.height);
	if (!room_make(p, height))
		return;
	base = p->y - pango_units_to_double(own.y);
	if (p->cr != NULL) {
		cairo_move_to(p->cr, x + pango_units_to_double(r.x), base);
		pango_cairo_show_layout_line(p->cr, line);
	}
	if (p->cr != NULL && label != NULL) {
		cairo_move_to(p->cr, LEFT, base);
		pango_cairo_show_layout_line(p->cr,
		    pango_layout_get_line_readonly(label, 0));
	}
	p->y += height;
}

static void
layout_draw(struct paper *p, PangoLayout *l, double x, PangoLayout *label)
{
	PangoLayoutIter	*iter = pango_layout_get_iter(l);

	do {
		line_draw(p, iter, x, label);
		label = NULL;
	} while (!p->full && pango_layout_iter_next_line(iter));
	pango_layout_iter_free(iter);
}

static void
stretch_draw(struct paper *p, const PangoFontDescription *font, double x,
    const char *text, size_t len)
{
	PangoLayout	*l = layout_new(p, font, RIGHT - x, text, len);

	layout_draw(p, l, x, NULL);
	g_object_unref(l);
}

/* Line by line; a very long one in pieces. */
static void
text_draw(struct paper *p, const PangoFontDescription *font, const char *text,
    size_t len)
{
	const char	*end = text + len, *nl;
	size_t		 n, cut;

	for (; text < end && !p->full; text = nl + 1) {
		nl = memchr(text, '\n', (size_t)(end - text));
		if (nl == NULL)
			nl = end;
		for (n = (size_t)(nl - text); n > CHUNK && !p->full;
		    n -= cut, text += cut) {
			cut = text_cut(text, n, CHUNK);
			stretch_draw(p, font, LEFT, text, cut);
		}
		stretch_draw(p, font, LEFT, text, n);
	}
}

static void
field_draw(struct paper *p, const struct item *i)
{
	const char	*name = say_text(p->lang, i->label);
	PangoLayout	*label = layout_new(p, p->bold, LABEL, name,
			    strlen(name));
	size_t		 cut = text_cut(i->text, i->len, CHUNK);
	PangoLayout	*value = layout_new(p, p->plain, RIGHT - LEFT - LABEL,
			    i->text, cut);

	layout_draw(p, value, LEFT + LABEL, label);
	g_object_unref(label);
	g_object_unref(value);
	if (cut < i->len)
		stretch_draw(p, p->plain, LEFT + LABEL, i->text + cut,
		    text_cut(i->text + cut, i->len - cut, 4 * CHUNK));
	p->y += 2;
}

static void
rule_draw(struct paper *p)
{
	if (room_make(p, 16) && p->cr != NULL) {
		cairo_set_line_width(p->cr, 0.5);
		cairo_move_to(p->cr, LEFT, p->y + 6);
		cairo_line_to(p->cr, RIGHT, p->y + 6);
		cairo_stroke(p->cr);
	}
	p->y += 16;
}

static void
items_draw(struct paper *p)
{
	const struct item	*i;

	p->page = 1;
	p->y = TOP;
	p->full = 0;
	for (i = p->first; i != NULL && !p->full; i = i->next) {
		switch (i->kind) {
		case ITEM_TITLE:
			text_draw(p, p->title, i->text, i->len);
			p->y += 10;
			break;
		case ITEM_FIELD:
			field_draw(p, i);
			break;
		case ITEM_RULE:
			rule_draw(p);
			break;
		case ITEM_TEXT:
			text_draw(p, p->plain, i->text, i->len);
			break;
		}
	}
}

int
paper_draw(struct paper *p, struct answer *a, int numbered)
{
	cairo_surface_t	*s;

	p->numbered = numbered;
	items_draw(p);
	p->pages = p->page;
	s = pdf_begin(a, WIDTH, HEIGHT);
	p->cr = cairo_create(s);
	items_draw(p);
	page_end(p);
	if (cairo_status(p->cr) != CAIRO_STATUS_SUCCESS)
		p->failed = 1;
	cairo_destroy(p->cr);
	p->cr = NULL;
	/* pdf_end() has set errno for both. */
	if (pdf_end(a, s) == -1 || p->failed)
		return -1;
	a->tail.pages = p->pages;
	if (p->no_glyph)
		a->tail.notes |= READING_NO_GLYPH;
	if (p->full)
		a->tail.notes |= READING_CUT;
	return 0;
}

/* --- fonts ------------------------------------------------------------- */

/*
 * Something of most scripts, so that their fonts are open and what Pango
 * asked fontconfig for each is remembered.
 */
static const char *const samples[] = { "Aa Zz 0123456789 .,:;-<>@()",
    "\xc3\xa9\xc3\x9f\xe2\x82\xac \xce\xb1\xce\xb2 \xd0\x96\xd0\xb8",
    "\xe4\xb8\xad\xe6\x96\x87\xe3\x80\x82\xef\xbc\x9a",
    "Aa \xe4\xb8\xad\xe6\x96\x87 1", "\xe3\x81\x82\xe4\xb8\xad",
    "\xed\x95\x9c", "\xd7\x90", "\xd8\xb9", "\xe0\xb8\x81",
    "\xe0\xa4\x95", "\xe2\x86\x92 \xe2\x9c\x93 \xf0\x9f\x99\x82" };

static cairo_status_t
nowhere(void *arg, const unsigned char *bytes, unsigned len)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return CAIRO_STATUS_SUCCESS;
}

static void
sample_draw(enum lang lang)
{
	struct paper	*p = paper_new(lang);
	cairo_surface_t	*s;
	size_t		 i;

	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		paper_title(p, samples[i], strlen(samples[i]));
		paper_field(p, SAY_PAPER_FROM, samples[i],
		    strlen(samples[i]));
		paper_text(p, samples[i], strlen(samples[i]));
	}
	p->numbered = 1;
	items_draw(p);
	s = cairo_pdf_surface_create_for_stream(nowhere, NULL, WIDTH, HEIGHT);
	p->cr = cairo_create(s);
	items_draw(p);
	page_end(p);
	cairo_destroy(p->cr);
	cairo_surface_finish(s);
	cairo_surface_destroy(s);
	paper_free(p);
}

int
paper_warm(void)
{
	FcConfig	*fonts = FcInitLoadConfigAndFonts();

	/* What is there now is what there is: children cannot look again. */
	if (fonts == NULL || !FcConfigSetCurrent(fonts) ||
	    !FcConfigSetRescanInterval(fonts, 0)) {
		errno = ENOENT;
		return -1;
	}
	sample_draw(LANG_EN);
	sample_draw(LANG_ZH);
	return 0;
}

/* A file by its path and size. */
static void
sum_file(GChecksum *sum, const char *path)
{
	char		 text[32];
	struct stat	 st;

	(void)snprintf(text, sizeof(text), "%lld", stat(path, &st) == -1 ?
	    -1LL : (long long)st.st_size);
	g_checksum_update(sum, (const guchar *)path, (gssize)strlen(path) + 1);
	g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1);
}

static int
by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each file once, in an order of its own: fontconfig's is of the disk. */
static void
sum_fonts(GChecksum *sum, GPtrArray *paths)
{
	g_ptr_array_sort(paths, by_text);
	for (guint i = 0; i < paths->len; i++)
		if (i == 0 || strcmp(g_ptr_array_index(paths, i),
		    g_ptr_array_index(paths, i - 1)) != 0)
			sum_file(sum, g_ptr_array_index(paths, i));
}

const char *
paper_fonts(char text_r[PAPER_FONTS_MAX])
{
	GChecksum	*sum = g_checksum_new(G_CHECKSUM_SHA256);
	GPtrArray	*paths = g_ptr_array_new();
	const FcFontSet	*set = FcConfigGetFonts(NULL, FcSetSystem);
	FcStrList	*files = FcConfigGetConfigFiles(NULL);
	FcChar8		*path;

	for (int i = 0; set != NULL && i < set->nfont; i++)
		if (FcPatternGetString(set->fonts[i], FC_FILE, 0, &path) ==
		    FcResultMatch)
			g_ptr_array_add(paths, path);
	while (files != NULL && (path = FcStrListNext(files)) != NULL)
		g_ptr_array_add(paths, path);
	sum_fonts(sum, paths);
	(void)snprintf(text_r, PAPER_FONTS_MAX, "%s",
	    g_checksum_get_string(sum));
	if (files != NULL)
		FcStrListDone(files);
	g_ptr_array_free(paths, TRUE);
	g_checksum_free(sum);
	return text_r;
}

const char *const *
paper_folders(void)
{
	static const char	*list[32];
	FcStrList		*dirs = FcConfigGetFontDirs(NULL);
	FcChar8			*dir;
	size_t			 n = 0;

	while (dirs != NULL && n + 1 < sizeof(list) / sizeof(list[0]) &&
	    (dir = FcStrListNext(dirs)) != NULL)
		list[n++] = g_strdup((const char *)dir);
	if (dirs != NULL)
		FcStrListDone(dirs);
	list[n] = NULL;
	return list;
}
