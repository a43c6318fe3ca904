/* SPDX-License-Identifier: ISC */
/*
 * settle: lane, kind and the three times of a document, out of what arrivals,
 * notes, the reader and corrections said.  Pure.
 *
 *	written   dated as stated, else the Date header
 *	reached   (out: sent) - the axis of timelines; the first that is known:
 *	          stated by a person; the note's own time; live mail: our clock
 *	          at its envelope; imported mail: topmost Received, else Date;
 *	          out: Date, else what it is dated; else our clock at capture
 *	captured  the `at` of the first arrival
 */
#include "store/views/apply.h"

#include <string.h>

static int
is_mail(const struct vdoc *d)
{
	return vstr_is(d->type, "message/rfc822") ||
	    vstr_is(d->channel, "email");
}

static enum lane
note_lane(const struct vdoc *d)
{
	if (vstr_is(d->note_type, "call"))
		return LANE_CALL;
	if (vstr_is(d->note_type, "message"))
		return LANE_MESSAGE;
	return LANE_MEETING;	/* meeting, visit, video */
}

static enum lane
doc_lane(const struct vdoc *d)
{
	static const struct {
		const char	*channel;
		enum lane	 lane;
	} table[] = {
		{ "email", LANE_EMAIL }, { "fax", LANE_FAX },
		{ "post", LANE_POST }, { "hand", LANE_POST },
		{ "web", LANE_WEB }, { "message", LANE_MESSAGE },
	};

	if (d->note_type.n > 0 || vstr_is(d->channel, "note"))
		return note_lane(d);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (vstr_is(d->channel, table[i].channel))
			return table[i].lane;
	return is_mail(d) ? LANE_EMAIL : LANE_POST;	/* imported */
}

/* Mail that a mail server handed us at the moment it came. */
static int
is_live(const struct vdoc *d)
{
	return vstr_is(d->source, "lmtp") || vstr_is(d->source, "smtp");
}

static void
happened(struct vdoc *d, struct vwhen w, enum vfrom from)
{
	d->happened = w;
	d->happened_from = from;
}

static void
settle_out(struct vdoc *d)
{
	if (d->sent.at != WHEN_NONE)
		happened(d, d->sent, FROM_STATED);
	else if (d->noted.at != WHEN_NONE)
		happened(d, d->noted, FROM_NOTE);
	else if (d->header.at != WHEN_NONE)
		happened(d, d->header, FROM_HEADER);
	else if (d->dated.at != WHEN_NONE)
		happened(d, d->dated, FROM_HEADER);
}

static void
settle_in(struct vdoc *d)
{
	if (d->received.at != WHEN_NONE)
		happened(d, d->received, FROM_STATED);
	else if (d->noted.at != WHEN_NONE)
		happened(d, d->noted, FROM_NOTE);
	else if (is_live(d))
		happened(d, (struct vwhen){ d->at, WHEN_EXACT },
		    FROM_ENVELOPE);
	else if (d->hop.at != WHEN_NONE)
		happened(d, d->hop, FROM_RECEIVED);
	else if (d->header.at != WHEN_NONE)
		happened(d, d->header, FROM_HEADER);
}

void
doc_settle(struct vdoc *d)
{
	d->lane = doc_lane(d);
	if (d->kind.n == 0 && d->note_type.n > 0)
		d->kind = d->note_type;
	else if (d->kind.n == 0 && is_mail(d))
		d->kind = vstr_of("mail");
	d->written = d->dated.at != WHEN_NONE ? d->dated : d->header;
	happened(d, (struct vwhen){ d->at, WHEN_EXACT }, FROM_CAPTURE);
	if (vstr_is(d->direction, "out"))
		settle_out(d);
	else
		settle_in(d);
	/* Stated for the other direction is better than our clock. */
	if (d->happened_from == FROM_CAPTURE && d->sent.at != WHEN_NONE)
		happened(d, d->sent, FROM_STATED);
	if (d->happened_from == FROM_CAPTURE && d->received.at != WHEN_NONE)
		happened(d, d->received, FROM_STATED);
}
