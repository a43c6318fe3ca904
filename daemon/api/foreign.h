/* SPDX-License-Identifier: ISC */
/*
 * foreign: JSON as others write it, one flat object, read by jansson.
 *
 * It stands apart because jansson and proto/base/json.h have names in common.
 * Duplicate members, bytes that are not UTF-8 and NUL are refused.
 */
#ifndef DOSSIER_FOREIGN_H
#define DOSSIER_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

struct foreign;

enum foreign_type {
	FOREIGN_NONE,		/* no such member, or null */
	FOREIGN_TEXT, FOREIGN_INT, FOREIGN_BOOL, FOREIGN_LIST, FOREIGN_OTHER
};

#define FOREIGN_WHY_MAX 200

/* NULL: why says what is wrong and where; "" when it is no object. */
struct foreign *foreign_parse(const char *, size_t,
	    char why_r[FOREIGN_WHY_MAX]);
void	foreign_free(struct foreign *);
/* Names of members, in the order they came; NULL behind the last. */
const char *foreign_member(const struct foreign *, unsigned i);
enum foreign_type foreign_type(const struct foreign *, const char *name);
/* NULL unless the member is a text. */
const char *foreign_text(const struct foreign *, const char *name);
int64_t	foreign_int(const struct foreign *, const char *name);
int	foreign_true(const struct foreign *, const char *name);
/* Elements of a list; the i-th as a text, NULL if it is none. */
unsigned foreign_count(const struct foreign *, const char *name);
const char *foreign_item(const struct foreign *, const char *name, unsigned i);

#endif
