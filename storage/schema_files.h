/* SPDX-License-Identifier: MIT
 *
 * The SQL of schema/ as it was at build time: the generated table of tools/embed.py.
 */
#ifndef DIMWATCH_STORAGE_SCHEMA_FILES_H
#define DIMWATCH_STORAGE_SCHEMA_FILES_H

#include <stddef.h>

struct schema_file {
	const char *name; /* "1.sql", "views.sql" */
	const unsigned char *bytes;
	size_t n;
};

extern const struct schema_file schema_files[];
extern const size_t schema_files_n;

#endif
