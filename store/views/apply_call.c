/* SPDX-License-Identifier: ISC */
/*
 * apply_call: telephone and fax calls are found again as a fax server or a
 * telephone system lists them: by the server's number of the call, or by the
 * other side's number and the day.
 *
 *	LOOK 'x'  communication identifier of a fax server
 *	LOOK 'd'  'f' or 'c', the last VIEWS_TAIL digits of the number, '/',
 *		  the day (UTC, since 1970)
 *
 * Numbers are written in many ways; their last digits are not.  Rows stay
 * when a correction adds others: whoever asks holds them against the
 * document as it is.
 */
#include "store/views/apply.h"

#include <string.h>

int
view_call_text(struct buf *out, int fax, struct vstr number, int64_t at)
{
	const int64_t day = 86400 * WHEN_SECOND;
	char tail[VIEWS_TAIL];
	size_t n = 0;

	for (size_t i = number.n; i-- > 0 && n < sizeof tail;)
		if (number.p[i] >= '0' && number.p[i] <= '9')
			tail[n++] = number.p[i];
	buf_addc(out, fax ? 'f' : 'c');
	while (n > 0)
		buf_addc(out, (uint8_t)tail[--n]);
	buf_addc(out, '/');
	buf_addu(out, at < 0 ? 0 : (uint64_t)(at / day));
	return buf_failed(out) ? -1 : 0;
}

static int
look(struct apply *a, const struct vdoc *d, int fax, struct vstr number,
    int64_t at)
{
	buf_clear(&a->tmp);
	if (view_call_text(&a->tmp, fax, number, at) == -1)
		return -1;
	return apply_look(a, LOOK_CALL, a->tmp.data, a->tmp.len, &d->id);
}

static struct vstr
member(struct apply *a, uint32_t obj, const char *key)
{
	return apply_str(a, &a->e.json, json_get(&a->e.json, obj, key));
}

static int
fax_arrival(struct apply *a, const struct vdoc *d)
{
	uint32_t facts = entry_get(&a->e, "sidecar");
	int out = vstr_is(apply_field(a, "direction"), "out");
	struct vstr commid = member(a, facts, "commid");
	struct vwhen when = apply_when(apply_field(a,
	    out ? "sent" : "received"));

	if (commid.n > 0 && apply_look(a, LOOK_COMMID, commid.p, commid.n,
	    &d->id) == -1)
		return -1;
	return look(a, d, 1, member(a, facts, out ? "number" : "caller"),
	    when.at != WHEN_NONE ? when.at : a->e.at);
}

int
call_arrival(struct apply *a, const struct vdoc *d)
{
	uint32_t note = entry_get(&a->e, "note");
	struct vwhen when;

	if (vstr_is(apply_field(a, "channel"), "fax"))
		return fax_arrival(a, d);
	if (!vstr_is(member(a, note, "type"), "call"))
		return 0;
	when = apply_when(member(a, note, "at"));
	return look(a, d, 0, member(a, note, "number"),
	    when.at != WHEN_NONE ? when.at : a->e.at);
}

int
call_corrected(struct apply *a, struct vdoc *d)
{
	static const char *const fields[] = { "channel", "number", "received",
	    "sent", "note-at", "direction" };
	struct vstr field = apply_field(a, "field");
	size_t i = 0, n = sizeof fields / sizeof fields[0];

	while (i < n && !vstr_is(field, fields[i]))
		i++;
	if (i == n)
		return 0;
	doc_settle(d);
	if (vstr_is(d->channel, "fax"))
		return look(a, d, 1, d->fax_number, d->happened.at);
	/* The number of a note stands in its entry: whoever asks looks. */
	return vstr_is(d->note_type, "call") ? look(a, d, 0, vstr_of(""),
	    d->happened.at) : 0;
}
