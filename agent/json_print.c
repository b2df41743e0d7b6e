/* SPDX-License-Identifier: MIT
 *
 * See json_print.h.
 */
#include "agent/json_print.h"

#include <stdint.h>
#include <stdio.h>

#include "agent/base/json.h"

void json_print(json_t *v)
{
	struct str out;
	str_init(&out, (size_t)1 << 30);
	json_dump(v, &out);
	(void)puts(str_c(&out));
	str_fini(&out);
	json_decref(v);
}
