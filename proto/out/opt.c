/* SPDX-License-Identifier: ISC */
/*
 * opt: an Opticon load file.  The format has no quotes: what would need one
 * is refused, never altered.
 */
#include "proto/out/opt.h"

#include <errno.h>
#include <string.h>

const struct cells_form opt_form = { "", ',', "", 0, 0, 0 };

/* 1 for a text that can stand between commas. */
static int
opt_fits(const char *text)
{
	if (text == NULL || text[0] == '\0')
		return 0;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= ' ' || *text == ',' ||
		    *text == '"' || *text == 0x7f)
			return 0;
	return 1;
}

int
opt_line(struct buf *out, const struct opt_image *image)
{
	if (!opt_fits(image->id) || !opt_fits(image->volume) ||
	    !opt_fits(image->path) || (image->first && image->pages == 0)) {
		errno = EINVAL;
		return -1;
	}
	buf_adds(out, image->id);
	buf_addc(out, ',');
	buf_adds(out, image->volume);
	buf_addc(out, ',');
	for (const char *p = image->path; *p != '\0'; p++)
		buf_addc(out, *p == '/' ? '\\' : *p);
	buf_adds(out, image->first ? ",Y,,," : ",,,,");
	if (image->first)
		buf_addu(out, image->pages);
	buf_adds(out, "\r\n");
	return 0;
}

static int
opt_pages(const char *text, uint32_t *pages_r)
{
	uint32_t pages = 0;

	if (text[0] < '1' || text[0] > '9' || strlen(text) > 9)
		return -1;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		pages = pages * 10 + (uint32_t)(*text - '0');
	}
	*pages_r = pages;
	return 0;
}

int
opt_read(struct opt_image *image, uint64_t row, const char *const cell[],
    unsigned n)
{
	errno = EINVAL;
	memset(image, 0, sizeof *image);
	if (n != 7 || !opt_fits(cell[0]) || !opt_fits(cell[1]) ||
	    !opt_fits(cell[2]) || cell[4][0] != '\0' || cell[5][0] != '\0')
		return -1;
	image->id = cell[0];
	image->volume = cell[1];
	image->path = cell[2];
	image->first = strcmp(cell[3], "Y") == 0;
	if (!image->first && (cell[3][0] != '\0' || cell[6][0] != '\0'))
		return -1;
	if (row == 1 && !image->first)
		return -1;
	return image->first ? opt_pages(cell[6], &image->pages) : 0;
}
