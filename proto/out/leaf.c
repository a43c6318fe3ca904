/* SPDX-License-Identifier: ISC */
/* leaf: see leaf.h. */
#include "proto/out/leaf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/json.h"
#include "proto/base/text.h"
#include "proto/base/when.h"

#define SCHEME "dossier/"

static int
invalid(void)
{
	errno = EINVAL;
	return -1;
}

/* A journal has many: its members are spelled out, only a name needs quotes. */
void
leaf_encode(struct buf *out, enum leaf_tree tree, const struct leaf *l)
{
	char at[WHEN_TEXT_MAX];
	struct jw w;

	buf_addc(out, '{');
	if (tree == LEAF_CASE) {
		buf_adds(out, "\"case_seq\":");
		buf_addi(out, (int64_t)l->seq);
		buf_addc(out, ',');
	}
	buf_adds(out, "\"commitment\":\"");
	buf_addhex(out, l->commitment, sizeof(l->commitment));
	buf_adds(out, "\",\"kind\":");
	jw_init(&w, out);
	if (l->kind_name != NULL)
		jw_strn(&w, l->kind_name, l->kind_len);
	else
		jw_str(&w, kind_name(l->kind));
	buf_adds(out, ",\"recorded_at\":\"");
	buf_adds(out, when_text(l->at, at));
	if (tree == LEAF_JOURNAL) {
		buf_adds(out, "\",\"seq\":");
		buf_addi(out, (int64_t)l->seq);
		buf_adds(out, ",\"v\":1}");
	} else
		buf_adds(out, "\",\"v\":1}");
}

/* The text of a string that has no escapes: a kind, a time, hex. */
static int
plain(const struct json *j, const char *key, const char **text_r,
    size_t *len_r)
{
	uint32_t tok = json_get(j, 0, key);

	if (tok == JSON_NONE || j->tok[tok].type != JSON_STR)
		return -1;
	*text_r = j->text + j->tok[tok].start;
	*len_r = j->tok[tok].end - j->tok[tok].start;
	return memchr(*text_r, '\\', *len_r) == NULL ? 0 : -1;
}

static int
read_members(struct leaf *l, enum leaf_tree *tree_r, const struct json *j)
{
	const char *text;
	struct when when;
	size_t len;
	int64_t seq;

	if (j->tok[0].type != JSON_OBJ || j->tok[0].n != 5 ||
	    json_int(j, json_get(j, 0, "v"), 0) != 1)
		return -1;
	*tree_r = json_get(j, 0, "case_seq") != JSON_NONE ? LEAF_CASE :
	    LEAF_JOURNAL;
	seq = json_int(j, json_get(j, 0, *tree_r == LEAF_CASE ? "case_seq" :
	    "seq"), 0);
	if (seq < 1 || plain(j, "commitment", &text, &len) == -1 ||
	    len != 2 * sizeof(l->commitment) ||
	    text_unhex(text, len, l->commitment) == -1 ||
	    plain(j, "recorded_at", &text, &len) == -1 ||
	    when_parse(text, len, &when) == -1 ||
	    plain(j, "kind", &l->kind_name, &l->kind_len) == -1)
		return -1;
	l->seq = (uint64_t)seq;
	l->at = when.at;
	l->kind = kind_of(l->kind_name, l->kind_len);
	return 0;
}

int
leaf_parse(struct leaf *l, enum leaf_tree *tree_r, const char *text,
    size_t len)
{
	struct buf again = BUF_INIT;
	struct json j;
	int rc;

	memset(l, 0, sizeof(*l));
	if (json_parse(&j, text, len) == -1)
		return -1;
	rc = read_members(l, tree_r, &j);
	json_release(&j);
	if (rc == -1)
		return invalid();
	/* The one spelling only: dates and hex have others. */
	leaf_encode(&again, *tree_r, l);
	if (buf_failed(&again))
		rc = -1;
	else if (again.len != len || memcmp(again.data, text, len) != 0)
		rc = invalid();
	buf_release(&again);
	return rc;
}

/* --- origins ------------------------------------------------------------ */

uint64_t
leaf_life(int64_t at, const uint8_t commitment[MERKLE_HASH])
{
	uint64_t life = (uint64_t)(at / WHEN_SECOND) << 32;

	for (int i = 0; i < 4; i++)
		life |= (uint64_t)commitment[i] << (24 - 8 * i);
	return life;
}

void
leaf_life_text(uint64_t life, char text_r[LIFE_TEXT])
{
	if (life == LIFE_FIRST)
		(void)snprintf(text_r, LIFE_TEXT, "1");
	else
		(void)snprintf(text_r, LIFE_TEXT, "%u-%08x",
		    (unsigned)(life >> 32), (unsigned)(life & UINT32_MAX));
}

void
origin_text(const struct origin *o, char name_r[NOTE_NAME_MAX + 1])
{
	char life[LIFE_TEXT] = "";

	if (o->life != LIFE_FIRST)
		leaf_life_text(o->life, life);
	(void)snprintf(name_r, NOTE_NAME_MAX + 1, SCHEME "%s%s%s/%s%s",
	    o->sid, life[0] != '\0' ? "." : "", life,
	    o->tree == LEAF_JOURNAL ? "journal" :
	    o->tree == LEAF_MASTER ? "master" : "case/",
	    o->tree == LEAF_CASE ? o->id : "");
}

static int
is_hex(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (memchr("0123456789abcdef", text[i], 16) == NULL)
			return 0;
	return 1;
}

static size_t
read_life(struct origin *o, const char *text, size_t len)
{
	static const char digit[] = "0123456789abcdef";
	uint64_t second = 0, salt = 0;
	const char *d;
	size_t i = 1, n = 0;

	o->life = LIFE_FIRST;
	if (len == 0 || text[0] != '.')
		return 0;
	for (; i < len && i <= 10 && text[i] >= '0' && text[i] <= '9'; i++)
		second = second * 10 + (uint64_t)(text[i] - '0');
	if (i < len && text[i] == '-')
		i++;
	for (; i < len && n < 8 && text[i] != '\0' &&
	    (d = strchr(digit, text[i])) != NULL; i++, n++)
		salt = salt * 16 + (uint64_t)(d - digit);
	/* Whatever is not of this form is spelled in another way again. */
	o->life = second <= UINT32_MAX ? second << 32 | salt : 0;
	return i;
}

int
origin_parse(struct origin *o, const char *text, size_t len)
{
	static const size_t head = sizeof(SCHEME) - 1;
	char again[NOTE_NAME_MAX + 1];
	size_t pos = head + LEAF_SID;

	memset(o, 0, sizeof(*o));
	if (len < pos || memcmp(text, SCHEME, head) != 0 ||
	    !is_hex(text + head, LEAF_SID))
		return invalid();
	memcpy(o->sid, text + head, LEAF_SID);
	pos += read_life(o, text + pos, len - pos);
	if (len - pos == strlen("/journal"))
		o->tree = LEAF_JOURNAL;
	else if (len - pos == strlen("/master"))
		o->tree = LEAF_MASTER;
	else if (len - pos == strlen("/case/") + LEAF_TREE_ID &&
	    is_hex(text + len - LEAF_TREE_ID, LEAF_TREE_ID)) {
		o->tree = LEAF_CASE;
		memcpy(o->id, text + len - LEAF_TREE_ID, LEAF_TREE_ID);
	} else
		return invalid();
	origin_text(o, again);
	return strlen(again) == len && memcmp(again, text, len) == 0 ? 0 :
	    invalid();
}
