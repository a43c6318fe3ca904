/* SPDX-License-Identifier: ISC */
/*
 * office: the office's own addresses, domains and numbers, from the
 * configuration.  They decide the direction of a message and never identify
 * a client.
 */
#ifndef DOSSIER_OFFICE_H
#define DOSSIER_OFFICE_H

#define OFFICE_MAX 64

struct office {
	char	 name[256];
	char	 zone[64];		/* Europe/London */
	char	 region[8];		/* GB: of numbers without country */
	/* Owned; each list ends with NULL. */
	char	*domain[OFFICE_MAX + 1];
	char	*address[OFFICE_MAX + 1];
	char	*number[OFFICE_MAX + 1];
};

void	office_release(struct office *);
/* 1 if the address, or its domain, is the office's. */
int	office_address(const struct office *, const char *address);
int	office_number(const struct office *, const char *e164);

#endif
