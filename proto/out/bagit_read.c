/* SPDX-License-Identifier: ISC */
/*
 * bagit_read: the tag files of a bag, read.  It must never give out a path
 * that leads out of the bag, nor one path twice.
 */
#include "proto/out/bagit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "proto/base/text.h"

#define LABELS_MAX 64		/* lines of bag-info.txt */

/* ---- bag-info.txt ------------------------------------------------------ */

/* Digits without a leading zero, to the end of the text. */
static int
number(const char *text, const char *end, uint64_t *n_r)
{
	uint64_t n = 0;

	if (text == end || (*text == '0' && end - text > 1) ||
	    end - text > 18)
		return -1;
	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		n = n * 10 + (uint64_t)(*text - '0');
	}
	*n_r = n;
	return 0;
}

/* "a<between>b" */
static int
pair(const char *text, const char *between, uint64_t *a_r, uint64_t *b_r)
{
	const char *stop = strstr(text, between);

	if (stop == NULL || number(text, stop, a_r) == -1)
		return -1;
	stop += strlen(between);
	return number(stop, stop + strlen(stop), b_r);
}

static int
info_count(struct bagit_info *info, const char *value)
{
	uint64_t a, b;

	if (pair(value, " of ", &a, &b) == -1 || a < 1 || a > b ||
	    b > UINT32_MAX)
		return -1;
	info->volume = (unsigned)a;
	info->volumes = (unsigned)b;
	return 0;
}

static enum bagit_fault
info_value(struct bagit_info *info, const char *label, const char *value)
{
	const struct { const char *label; const char **to; } texts[] = {
		{ "Source-Organization", &info->organization },
		{ "Contact-Name", &info->contact_name },
		{ "Contact-Email", &info->contact_email },
		{ "External-Description", &info->description },
		{ "Bagging-Date", &info->date },
		{ "External-Identifier", &info->identifier },
		{ "Bag-Group-Identifier", &info->group },
		{ "Log-Origin", &info->origin },
		{ "As-Known-On", &info->as_known_on },
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(label, texts[i].label) == 0)
			*texts[i].to = value;
	if (strcmp(label, "Payload-Oxum") == 0 &&
	    pair(value, ".", &info->octets, &info->files) == -1)
		return BAGIT_OXUM;
	if (strcmp(label, "Bag-Count") == 0 && info_count(info, value) == -1)
		return BAGIT_LINE;
	if (strcmp(label, "Log-Tree-Size") == 0 &&
	    number(value, value + strlen(value), &info->tree_size) == -1)
		return BAGIT_LINE;
	return BAGIT_FINE;
}

/* Ends label and value of a line with NUL; NULL if it is no such line. */
static char *
info_split(char *line)
{
	char *colon = strchr(line, ':');

	if (colon == NULL || colon == line || colon[1] != ' ' ||
	    colon[2] == ' ' || colon[2] == '\0')
		return NULL;
	for (const char *p = line; p < colon; p++)
		if (*p == ' ' || *p == '\t')
			return NULL;
	for (const char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return NULL;
	*colon = '\0';
	return colon + 2;
}

static enum bagit_fault
info_line(struct bagit_info *info, const char *labels[], size_t n, char *line)
{
	char *value = info_split(line);

	if (value == NULL)
		return BAGIT_LINE;
	if (n == LABELS_MAX)
		return BAGIT_LONG;
	for (size_t i = 0; i < n; i++)
		if (strcmp(labels[i], line) == 0)
			return BAGIT_TWICE;
	labels[n] = line;
	return info_value(info, line, value);
}

int
bagit_info_read(struct bagit_info *info, struct buf *memory, const char *text,
    size_t len, enum bagit_fault *fault_r, size_t *line_r)
{
	const char *labels[LABELS_MAX];
	size_t n = 0;
	int oxum = 0;

	memset(info, 0, sizeof *info);
	buf_clear(memory);
	buf_add(memory, text, len);
	*line_r = 1;
	*fault_r = buf_str(memory) == NULL ? BAGIT_NO_MEMORY :
	    len == 0 || text[len - 1] != '\n' || !text_is_utf8(text, len) ||
	    memchr(text, '\0', len) != NULL ? BAGIT_LINE : BAGIT_FINE;
	if (*fault_r != BAGIT_FINE)
		return -1;
	for (char *line = (char *)memory->data, *end; *line != '\0';
	    line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		*line_r = n + 1;
		*fault_r = info_line(info, labels, n, line);
		if (*fault_r != BAGIT_FINE)
			return -1;
		oxum |= strcmp(labels[n++], "Payload-Oxum") == 0;
	}
	*fault_r = oxum ? BAGIT_FINE : BAGIT_OXUM;
	return oxum ? 0 : -1;
}

/* ---- manifests --------------------------------------------------------- */

/* Payload in a manifest; in a tagmanifest neither that, nor seals, nor one. */
static int
place_ok(const char *path, int tags)
{
	int data = strncmp(path, "data/", 5) == 0;

	if (!tags)
		return data;
	return !data && strncmp(path, "seal/", 5) != 0 &&
	    strncmp(path, "tagmanifest-", 12) != 0;
}

/* One line without its LF; the path ends in NUL. */
static enum bagit_fault
manifest_line(struct bagit_manifest *m, enum bagit_hash hash, int tags,
    char *line, size_t len)
{
	size_t digits = 2 * bagit_hash_len(hash);
	struct bagit_file *file = &m->files[m->nfiles];
	const char *last = m->nfiles > 0 ? file[-1].path : "";

	if (len < digits + 3 || memcmp(line + digits, "  ", 2) != 0 ||
	    text_unhex(line, digits, file->hash) == -1)
		return BAGIT_LINE;
	for (size_t i = 0; i < digits; i++)
		if (line[i] >= 'A' && line[i] <= 'F')
			return BAGIT_LINE;
	file->path = line + digits + 2;
	if (!bagit_path_ok(file->path, len - digits - 2))
		return BAGIT_PATH;
	if (!place_ok(file->path, tags))
		return BAGIT_PLACE;
	if (strcmp(last, file->path) >= 0)
		return strcmp(last, file->path) == 0 ? BAGIT_TWICE :
		    BAGIT_ORDER;
	m->nfiles++;
	return BAGIT_FINE;
}

/* Room for a copy of the text and as many files as it has lines. */
static enum bagit_fault
manifest_room(struct bagit_manifest *m, const char *text, size_t len)
{
	size_t lines = 0;

	if (len > 0 && text[len - 1] != '\n')
		return BAGIT_LINE;
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	if (lines > LIMIT_BAG_FILES)
		return BAGIT_LONG;
	m->files = calloc(lines + 1, sizeof *m->files);
	m->memory = malloc(len + 1);
	if (m->files == NULL || m->memory == NULL)
		return BAGIT_NO_MEMORY;
	if (len > 0)
		memcpy(m->memory, text, len);
	m->memory[len] = '\0';
	return BAGIT_FINE;
}

int
bagit_manifest_read(struct bagit_manifest *m, enum bagit_hash hash, int tags,
    const char *text, size_t len, enum bagit_fault *fault_r, size_t *line_r)
{
	memset(m, 0, sizeof *m);
	*line_r = 1;
	*fault_r = manifest_room(m, text, len);
	for (size_t at = 0; at < len && *fault_r == BAGIT_FINE; ++*line_r) {
		char *line = m->memory + at;
		char *end = memchr(line, '\n', len - at);
		size_t n = (size_t)(end - line);

		*end = '\0';
		*fault_r = manifest_line(m, hash, tags, line, n);
		at += n + 1;
	}
	if (*fault_r == BAGIT_FINE)
		return 0;
	if (*line_r > 1)
		--*line_r;
	return -1;
}

void
bagit_manifest_release(struct bagit_manifest *m)
{
	free(m->files);
	free(m->memory);
	memset(m, 0, sizeof *m);
}

static int
order_path(const void *path, const void *file)
{
	return strcmp(path, ((const struct bagit_file *)file)->path);
}

const struct bagit_file *
bagit_find(const struct bagit_manifest *m, const char *path)
{
	if (m->nfiles == 0)
		return NULL;
	return bsearch(path, m->files, m->nfiles, sizeof *m->files,
	    order_path);
}
