/* A shared object, but no driver. */
#include <berth/version.h>

BERTH_API int something_else(void);
BERTH_API int something_else(void) {
    return 1;
}
