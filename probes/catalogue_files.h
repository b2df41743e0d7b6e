/* SPDX-License-Identifier: MIT
 *
 * The catalogue's files as they were at build time: the generated table of
 * tools/embed.py, sorted by name.
 */
#ifndef DIMWATCH_PROBES_CATALOGUE_FILES_H
#define DIMWATCH_PROBES_CATALOGUE_FILES_H

#include <stddef.h>

struct catalogue_file {
	const char *name; /* "deepseek.yaml" */
	const unsigned char *bytes;
	size_t n;
};

extern const struct catalogue_file catalogue_files[];
extern const size_t catalogue_files_n;

#endif
