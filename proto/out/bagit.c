/* SPDX-License-Identifier: ISC */
/*
 * bagit: the tag files of a bag, written.  It must never write a path that
 * another system would read as another file.
 */
#include "proto/out/bagit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

size_t
bagit_hash_len(enum bagit_hash hash)
{
	return hash == BAGIT_SHA512 ? 64 : 32;
}

const char *
bagit_hash_name(enum bagit_hash hash)
{
	return hash == BAGIT_SHA512 ? "sha512" : "sha256";
}

/* ---- paths ------------------------------------------------------------- */

static int
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/* A name that Windows takes for a device, whatever its ending. */
static int
is_device(const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);
	size_t stem = dot ? (size_t)(dot - name) : len;

	if (stem == 3)
		return strncasecmp(name, "con", 3) == 0 ||
		    strncasecmp(name, "prn", 3) == 0 ||
		    strncasecmp(name, "aux", 3) == 0 ||
		    strncasecmp(name, "nul", 3) == 0;
	return stem == 4 && name[3] >= '0' && name[3] <= '9' &&
	    (strncasecmp(name, "com", 3) == 0 ||
	    strncasecmp(name, "lpt", 3) == 0);
}

static int
name_ok(const char *name, size_t len)
{
	if (len == 0 || name[len - 1] == '.')	/* with it "." and ".." */
		return 0;
	for (size_t i = 0; i < len; i++)
		if (!is_name_byte(name[i]))
			return 0;
	return !is_device(name, len);
}

int
bagit_path_ok(const char *path, size_t len)
{
	const char *slash;

	if (len > BAGIT_PATH_MAX)
		return 0;
	while ((slash = memchr(path, '/', len)) != NULL) {
		size_t n = (size_t)(slash - path);

		if (!name_ok(path, n))
			return 0;
		path += n + 1;
		len -= n + 1;
	}
	return name_ok(path, len);
}

/* ---- paths beside each other ------------------------------------------- */

static int
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

/* Sorts what is below one folder together: "/" comes before all else. */
static int
fold_order(char c)
{
	return c == '/' ? 1 : c == '\0' ? 0 : lower(c) + 1;
}

static int
order_folded(const void *a, const void *b)
{
	const char *p = *(const char *const *)a, *q = *(const char *const *)b;

	while (*p != '\0' && fold_order(*p) == fold_order(*q)) {
		p++;
		q++;
	}
	return fold_order(*p) - fold_order(*q);
}

/*
 * Two neighbours in that order: a component that is the same but for case,
 * or a file where the other has a folder.
 */
static int
clash(const char *a, const char *b)
{
	int differ = 0;		/* by case, in this component */

	for (; lower(*a) == lower(*b); a++, b++) {
		differ |= *a != *b;
		if (*a == '\0')
			return 1;
		if (*a == '/' && differ)
			return 1;
	}
	return (*a == '\0' && *b == '/') || (*b == '\0' && *a == '/') ;
}

int
bagit_paths_ok(const char *const paths[], size_t n, const char *bad_r[2])
{
	const char **sorted;
	int ok = 1;

	if (n < 2)
		return 1;
	if (n > SIZE_MAX / sizeof *sorted ||
	    (sorted = malloc(n * sizeof *sorted)) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	memcpy(sorted, paths, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, order_folded);
	for (size_t i = 1; i < n && ok; i++)
		if (clash(sorted[i - 1], sorted[i])) {
			ok = 0;
			if (bad_r != NULL) {
				bad_r[0] = sorted[i - 1];
				bad_r[1] = sorted[i];
			}
		}
	free(sorted);
	return ok;
}

/* ---- tag files --------------------------------------------------------- */

#define DECLARATION \
	"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

void
bagit_declaration(struct buf *out)
{
	buf_adds(out, DECLARATION);
}

int
bagit_declaration_ok(const void *text, size_t len)
{
	return len == sizeof DECLARATION - 1 &&
	    memcmp(text, DECLARATION, len) == 0;
}

static void
info_line(struct buf *out, const char *label, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	buf_adds(out, label);
	buf_adds(out, ": ");
	for (; *value != '\0'; value++)
		buf_addc(out, (unsigned char)*value < ' ' || *value == 0x7f ?
		    ' ' : *value);
	buf_addc(out, '\n');
}

/* Two numbers with something between them. */
static void
info_pair(struct buf *out, const char *label, uint64_t a, const char *between,
    uint64_t b)
{
	buf_adds(out, label);
	buf_adds(out, ": ");
	buf_addu(out, a);
	buf_adds(out, between);
	buf_addu(out, b);
	buf_addc(out, '\n');
}

void
bagit_info(struct buf *out, const struct bagit_info *info)
{
	info_line(out, "Source-Organization", info->organization);
	info_line(out, "Contact-Name", info->contact_name);
	info_line(out, "Contact-Email", info->contact_email);
	info_line(out, "External-Description", info->description);
	info_line(out, "Bagging-Date", info->date);
	info_line(out, "External-Identifier", info->identifier);
	info_pair(out, "Payload-Oxum", info->octets, ".", info->files);
	if (info->volume > 0)
		info_pair(out, "Bag-Count", info->volume, " of ",
		    info->volumes);
	info_line(out, "Bag-Group-Identifier", info->group);
	info_line(out, "Log-Origin", info->origin);
	if (info->origin != NULL && info->origin[0] != '\0') {
		buf_adds(out, "Log-Tree-Size: ");
		buf_addu(out, info->tree_size);
		buf_addc(out, '\n');
	}
	info_line(out, "As-Known-On", info->as_known_on);
}

void
bagit_line(struct buf *out, enum bagit_hash hash, const uint8_t *bytes,
    const char *path)
{
	buf_addhex(out, bytes, bagit_hash_len(hash));
	buf_adds(out, "  ");
	buf_adds(out, path);
	buf_addc(out, '\n');
}
