/* SPDX-License-Identifier: ISC */
/*
 * picture: see picture.h.
 *
 * A JPEG goes into the PDF as it is, once it was decoded to its end to see
 * that it can be; the pixels of the others are packed again without loss.
 * It must never ask for memory that the size in a header promises before
 * that was held against PIXELS_MAX.
 */
#include "daemon/reader/picture.h"

#include <cairo-pdf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>
#include <tiffio.h>

#include "daemon/reader/paper.h"
#include "proto/base/buf.h"
#include "proto/base/limits.h"

#define PIXELS_MAX	(100u << 20)	/* of one page: 400 MiB */
#define SIDE_MAX	32767		/* of a cairo surface */
#define POINTS_MAX	14400.0		/* side of a page (PDF 1.4, C.2) */
#define POINTS_MIN	18.0
#define A4_SHORT	595.276
#define A4_LONG		841.890

/* The PDF that the pages go to; it begins with the first. */
struct album {
	struct answer	*answer;
	cairo_surface_t	*pdf;
	unsigned	 pages;
};

static int
too_large(uint32_t width, uint32_t height)
{
	return width == 0 || height == 0 || width > SIDE_MAX ||
	    height > SIDE_MAX || (uint64_t)width * height > PIXELS_MAX;
}

/* The size of the page; of a resolution that cannot be meant, within A4. */
static void
page_size(double width, double height, double xdpi, double ydpi,
    double *w_r, double *h_r)
{
	double	 wide = width > height ? A4_LONG : A4_SHORT;
	double	 high = width > height ? A4_SHORT : A4_LONG, scale;

	*w_r = xdpi > 1 ? width * 72 / xdpi : 0;
	*h_r = ydpi > 1 ? height * 72 / ydpi : 0;
	if (*w_r >= POINTS_MIN && *h_r >= POINTS_MIN && *w_r <= POINTS_MAX &&
	    *h_r <= POINTS_MAX)
		return;
	scale = wide / width < high / height ? wide / width : high / height;
	*w_r = width * scale;
	*h_r = height * scale;
}

static void
page_add(struct album *al, cairo_surface_t *image, double xdpi, double ydpi)
{
	int	 width = cairo_image_surface_get_width(image);
	int	 height = cairo_image_surface_get_height(image);
	double	 w, h;
	cairo_t	*cr;

	page_size(width, height, xdpi, ydpi, &w, &h);
	if (al->pdf == NULL)
		al->pdf = pdf_begin(al->answer, w, h);
	else
		cairo_pdf_surface_set_size(al->pdf, w, h);
	cr = cairo_create(al->pdf);
	cairo_scale(cr, w / width, h / height);
	cairo_set_source_surface(cr, image, 0, 0);
	cairo_paint(cr);
	cairo_show_page(cr);
	cairo_destroy(cr);
	al->pages++;
}

static int
album_end(struct album *al, enum reading_outcome otherwise)
{
	if (al->pdf == NULL) {
		answer_outcome(al->answer, otherwise);
		return 0;
	}
	al->answer->tail.pages = al->pages;
	return pdf_end(al->answer, al->pdf);
}

/* --- TIFF -------------------------------------------------------------- */

struct memory {
	const char	*bytes;
	size_t		 size, at;
};

static tmsize_t
memory_read(thandle_t arg, void *to, tmsize_t n)
{
	struct memory	*m = arg;
	size_t		 len = m->at < m->size ? m->size - m->at : 0;

	if (n <= 0)
		return 0;
	if (len > (size_t)n)
		len = (size_t)n;
	memcpy(to, m->bytes + m->at, len);
	m->at += len;
	return (tmsize_t)len;
}

static tmsize_t
memory_write(thandle_t arg, void *from, tmsize_t n)
{
	(void)arg;
	(void)from;
	(void)n;
	return -1;
}

static toff_t
memory_seek(thandle_t arg, toff_t to, int whence)
{
	struct memory	*m = arg;

	if (whence == SEEK_CUR)
		to += m->at;
	else if (whence == SEEK_END)
		to += m->size;
	m->at = to > m->size ? m->size : (size_t)to;
	return m->at;
}

static int
memory_close(thandle_t arg)
{
	(void)arg;
	return 0;
}

static toff_t
memory_size(thandle_t arg)
{
	return ((struct memory *)arg)->size;
}

static void
tiff_resolution(TIFF *tif, double *x_r, double *y_r)
{
	float		 x = 0, y = 0;
	uint16_t	 unit = RESUNIT_INCH;
	double		 inch;

	(void)TIFFGetField(tif, TIFFTAG_XRESOLUTION, &x);
	(void)TIFFGetField(tif, TIFFTAG_YRESOLUTION, &y);
	(void)TIFFGetFieldDefaulted(tif, TIFFTAG_RESOLUTIONUNIT, &unit);
	inch = unit == RESUNIT_CENTIMETER ? 2.54 : unit == RESUNIT_INCH ? 1 :
	    0;
	*x_r = x > 0 ? (double)x * inch : 0;
	*y_r = y > 0 ? (double)y * inch : 0;
}

/* libtiff has ABGR in a word, cairo xRGB. */
static void
swap_colours(uint32_t *p, size_t n)
{
	for (; n > 0; n--, p++)
		*p = 0xff000000u | (*p & 0xff) << 16 | (*p & 0xff00) |
		    (*p >> 16 & 0xff);
}

/* One page; 0 if it cannot be read, -1 with errno. */
static int
tiff_page(struct album *al, TIFF *tif)
{
	uint32_t	 width = 0, height = 0, *raster;
	double		 xdpi, ydpi;
	cairo_surface_t	*image;
	size_t		 n;
	int		 ok;

	if (!TIFFGetField(tif, TIFFTAG_IMAGEWIDTH, &width) ||
	    !TIFFGetField(tif, TIFFTAG_IMAGELENGTH, &height) ||
	    too_large(width, height))
		return 0;
	n = (size_t)width * height;
	raster = calloc(n, sizeof(*raster));
	if (raster == NULL)
		return -1;
	ok = TIFFReadRGBAImageOriented(tif, width, height, raster,
	    ORIENTATION_TOPLEFT, 0);
	if (ok) {
		swap_colours(raster, n);
		image = cairo_image_surface_create_for_data((void *)raster,
		    CAIRO_FORMAT_RGB24, (int)width, (int)height,
		    (int)width * 4);
		tiff_resolution(tif, &xdpi, &ydpi);
		page_add(al, image, xdpi, ydpi);
		/* The PDF has made a picture of it when the page was shown. */
		cairo_surface_finish(image);
		cairo_surface_destroy(image);
	}
	free(raster);
	return ok;
}

int
picture_tiff(struct answer *a, const char *bytes, size_t size)
{
	struct album	 al = { a, NULL, 0 };
	struct memory	 m = { bytes, size, 0 };
	TIFF		*tif;
	int		 rc = 1;

	(void)TIFFSetErrorHandler(NULL);
	(void)TIFFSetWarningHandler(NULL);
	tif = TIFFClientOpen("document", "rm", &m, memory_read, memory_write,
	    memory_seek, memory_close, memory_size, NULL, NULL);
	if (tif == NULL)
		return album_end(&al, READING_CORRUPT);
	do {
		if (al.pages == LIMIT_READ_PAGES) {
			a->tail.notes |= READING_CUT;
			break;
		}
		rc = tiff_page(&al, tif);
	} while (rc == 1 && a->error == 0 && TIFFReadDirectory(tif));
	TIFFClose(tif);
	if (rc == -1) {
		if (al.pdf != NULL)
			(void)pdf_end(a, al.pdf);	/* no answer comes */
		errno = ENOMEM;
		return -1;
	}
	/* Pages before one that cannot be read would pass for all of it. */
	if (rc == 0 && al.pages > 0)
		a->tail.notes |= READING_CUT;
	return album_end(&al, READING_CORRUPT);
}

/* --- PNG --------------------------------------------------------------- */

static cairo_status_t
png_read(void *arg, unsigned char *to, unsigned len)
{
	return memory_read(arg, to, len) == (tmsize_t)len ?
	    CAIRO_STATUS_SUCCESS : CAIRO_STATUS_READ_ERROR;
}

/* The data of a chunk before the picture; NULL if there is none. */
static const uint8_t *
png_chunk(const char *bytes, size_t size, const char *name, uint32_t len)
{
	const uint8_t	*p = (const uint8_t *)bytes;
	size_t		 at = 8;
	uint32_t	 n;

	while (size - at >= 12 && memcmp(p + at + 4, "IDAT", 4) != 0) {
		n = get32(p + at);
		if (n > size - at - 12)
			return NULL;
		if (n == len && memcmp(p + at + 4, name, 4) == 0)
			return p + at + 8;
		at += 12 + n;
	}
	return NULL;
}

int
picture_png(struct answer *a, const char *bytes, size_t size)
{
	struct album	 al = { a, NULL, 0 };
	struct memory	 m = { bytes, size, 0 };
	const uint8_t	*head = size < 8 ? NULL : png_chunk(bytes, size,
			    "IHDR", 13), *phys;
	double		 x = 0, y = 0;
	cairo_surface_t	*image;
	cairo_status_t	 status;

	if (head == NULL)
		return album_end(&al, READING_CORRUPT);
	if (too_large(get32(head), get32(head + 4)))
		return album_end(&al, READING_TOO_LARGE);
	phys = png_chunk(bytes, size, "pHYs", 9);
	if (phys != NULL && phys[8] == 1) {	/* a metre */
		x = get32(phys) * 0.0254;
		y = get32(phys + 4) * 0.0254;
	}
	image = cairo_image_surface_create_from_png_stream(png_read, &m);
	status = cairo_surface_status(image);
	if (status == CAIRO_STATUS_SUCCESS)
		page_add(&al, image, x, y);
	cairo_surface_destroy(image);
	if (status == CAIRO_STATUS_NO_MEMORY) {
		errno = ENOMEM;
		return -1;
	}
	return album_end(&al, READING_CORRUPT);
}

/* --- JPEG -------------------------------------------------------------- */

struct jpeg {
	struct jpeg_decompress_struct	 d;
	struct jpeg_error_mgr		 errors;
	jmp_buf				 out;
};

static void
jpeg_fail(j_common_ptr c)
{
	struct jpeg	*j = c->client_data;

	longjmp(j->out, 1);
}

static void
jpeg_quiet(j_common_ptr c, int level)
{
	(void)c;
	(void)level;
}

static void
jpeg_dpi(const struct jpeg_decompress_struct *d, double *x_r, double *y_r)
{
	double	 inch = d->density_unit == 1 ? 1 : d->density_unit == 2 ?
		    2.54 : 0;

	*x_r = d->X_density * inch;
	*y_r = d->Y_density * inch;
}

/* Decodes it all: 1, 0 if that cannot be done, -1 if it is too large. */
static int
jpeg_look(struct jpeg *j, const char *bytes, size_t size, double *x_r,
    double *y_r)
{
	JSAMPARRAY	 row;

	memset(j, 0, sizeof(*j));
	j->d.err = jpeg_std_error(&j->errors);
	j->errors.error_exit = jpeg_fail;
	j->errors.emit_message = jpeg_quiet;
	j->d.client_data = j;
	if (setjmp(j->out) != 0)
		return 0;
	jpeg_create_decompress(&j->d);
	jpeg_mem_src(&j->d, (const unsigned char *)bytes, size);
	if (jpeg_read_header(&j->d, TRUE) != JPEG_HEADER_OK)
		return 0;
	jpeg_dpi(&j->d, x_r, y_r);
	if (too_large(j->d.image_width, j->d.image_height))
		return -1;
	(void)jpeg_start_decompress(&j->d);
	row = j->d.mem->alloc_sarray((j_common_ptr)&j->d, JPOOL_IMAGE,
	    j->d.output_width * (JDIMENSION)j->d.output_components, 1);
	while (j->d.output_scanline < j->d.output_height)
		(void)jpeg_read_scanlines(&j->d, row, 1);
	return 1;
}

int
picture_jpeg(struct answer *a, const char *bytes, size_t size)
{
	static struct jpeg	 j;
	struct album		 al = { a, NULL, 0 };
	double			 x = 0, y = 0;
	cairo_surface_t		*image;
	cairo_status_t		 status;
	int			 got;

	got = jpeg_look(&j, bytes, size, &x, &y);
	if (got != 1) {
		jpeg_destroy_decompress(&j.d);
		return album_end(&al, got == -1 ? READING_TOO_LARGE :
		    READING_CORRUPT);
	}
	/* Its pixels are never asked for. */
	image = cairo_image_surface_create(CAIRO_FORMAT_RGB24,
	    (int)j.d.image_width, (int)j.d.image_height);
	jpeg_destroy_decompress(&j.d);
	status = cairo_surface_set_mime_data(image, CAIRO_MIME_TYPE_JPEG,
	    (const unsigned char *)bytes, size, NULL, NULL);
	if (status == CAIRO_STATUS_SUCCESS)
		page_add(&al, image, x, y);
	cairo_surface_destroy(image);
	if (status != CAIRO_STATUS_SUCCESS) {
		errno = ENOMEM;
		return -1;
	}
	return album_end(&al, READING_CORRUPT);
}

const char *
picture_version(void)
{
	static char	 text[32];
	const char	*v = TIFFGetVersion();

	/* "LIBTIFF, Version 4.5.0\nCopyright ..." */
	v = strstr(v, "Version ") == NULL ? "?" : strstr(v, "Version ") + 8;
	(void)snprintf(text, sizeof(text), "libtiff %.*s",
	    (int)strcspn(v, "\n"), v);
	return text;
}
